"""Who is found by what one types, and what stands in a person's record besides her schools and posts. Plain reads."""

import datetime as dt
import unicodedata

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Replace

from lms.journal.models import Line
from lms.lib import clock
from lms.people import access, noting
from lms.people.models import Appointment, FormerName, Organisation, PostHeld, Posting, Relation, Teacher, User

MOST_WORDS = 5


def words(asked: str) -> list[str]:
    """What was typed, as words to look for: plain characters, at most five."""
    plain = unicodedata.normalize("NFKC", asked[:80]).replace("\x00", "")
    return plain.split()[:MOST_WORDS]


def matching(found: QuerySet[Teacher], asked: str, at: dt.datetime) -> QuerySet[Teacher]:
    """Of these teachers those whom every typed word fits: by name or former name, how it sounds (zhiwei, lzw), or the
    school where she is or last was."""
    found = found.annotate(sound=Replace("name_pinyin", Value(" "), Value("")))
    for word in words(asked):
        found = found.filter(_fits(word, clock.local_date(at)))
    return found


def _fits(word: str, day: dt.date) -> Q:
    former = FormerName.objects.filter(teacher=OuterRef("pk"))
    merged = Teacher.objects.filter(merged_into=OuterRef("pk"), full_name__icontains=word)
    last = Posting.objects.last_on(day).filter(teacher=OuterRef("pk"), organisation__name__icontains=word)
    fits = Q(full_name__icontains=word) | Exists(former.filter(full_name__icontains=word)) | Exists(merged)
    fits |= Exists(last)
    if word.isascii() and word.isalpha():
        letters = word.lower()
        fits |= Q(sound__contains=letters) | Q(name_initials__startswith=letters)
        fits |= Exists(former.filter(name_initials__startswith=letters))
    return fits


def with_places(found: QuerySet[Teacher], at: dt.datetime) -> QuerySet[Teacher]:
    """The same teachers by the sound of their names, each with `last_postings`, `posts_today` and `former_names`, in a
    fixed number of queries."""
    day = clock.local_date(at)
    last = Posting.objects.last_on(day).select_related("organisation")
    return (
        found.select_related("user")
        .prefetch_related(
            Prefetch("postings", last, to_attr="last_postings"),
            Prefetch("posts", PostHeld.objects.held_on(day).order_by("post"), to_attr="posts_today"),
            "former_names",
        )
        .order_by("name_pinyin", "full_name", "pk")
    )


def readings(teacher: Teacher) -> QuerySet[Line]:
    """Who looked at a person's record, the newest first; at records merged into it as well."""
    records = [teacher.pk, *teacher.merged_from.values_list("pk", flat=True)]
    about = Line.objects.filter(subject_type=Teacher._meta.label_lower, subject_id__in=[str(each) for each in records])
    return about.filter(act=noting.READ).order_by("-at", "-pk")


def relations(teacher: Teacher, day: dt.date) -> QuerySet[Relation]:
    """The relations in force that stand in her own record."""
    return teacher.relations.held_on(day).select_related("other").order_by("pk")


def relations_by_others(teacher: Teacher, day: dt.date) -> QuerySet[Relation]:
    """The relations in force to her that stand in the records of others."""
    if teacher.user_id is None:
        return Relation.objects.none()
    return Relation.objects.held_on(day).filter(other=teacher.user_id).select_related("teacher").order_by("pk")


def open_schools(user: User, at: dt.datetime, *offices: str) -> QuerySet[Organisation]:
    """The schools and institutions that are open and that the user's offices of these kinds cover."""
    covered = Organisation.objects.under(*access.paths(user, at, *offices))
    return covered.filter(level__gte=Organisation.Level.SCHOOL, closed_on=None).order_by("path")


def possible_parents(unit: Organisation, user: User, at: dt.datetime) -> QuerySet[Organisation]:
    """The open units of a higher level, outside of the unit, that the user's bureau and exam offices cover."""
    covered = Organisation.objects.under(*access.paths(user, at, *Appointment.BUREAU_OFFICES))
    higher = covered.filter(level__lt=unit.level, closed_on=None, level__lte=Organisation.Level.CLUSTER)
    return higher.exclude(path__startswith=unit.path).exclude(pk=unit.parent_id).order_by(F("path"))


def possible_successors(unit: Organisation, user: User, at: dt.datetime) -> QuerySet[Organisation]:
    """The other open units of the same level below those that the user's bureau and exam offices cover."""
    below = access.under("parent__path", access.paths(user, at, *Appointment.BUREAU_OFFICES))
    return Organisation.objects.filter(below, level=unit.level, closed_on=None).exclude(pk=unit.pk).order_by("path")
