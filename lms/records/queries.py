"""What pages ask about trainings, lessons and hours: attendances are rows, persons are teachers."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from lms.people.models import Organisation, Posting, Teacher, User
from lms.records import governing, reckoning, wording
from lms.records.models import Conversion, Exemption, Honour, HourClaim, HourEntry, LessonCompletion, Outcome
from lms.records.reckoning import Judged, Year


def attendances(track: str, on: dt.date) -> QuerySet[Outcome]:
    """Every attendance of a training of this track that had ended by a day, completed or not; none that was struck."""
    return Outcome.objects.standing().filter(track=track, ended_on__lte=on)


def attended(tracks: Iterable[str], on: dt.date) -> QuerySet[Outcome]:
    """`attendances` of several tracks at once."""
    return Outcome.objects.standing().filter(track__in=list(tracks), ended_on__lte=on)


def trained(track: str, on: dt.date) -> QuerySet[Teacher]:
    """The persons who had completed at least one training of this track by a day; merged records count as one."""
    done = attendances(track, on).filter(is_completed=True)
    return Teacher.objects.filter(pk__in=done.values(who=Coalesce("teacher__merged_into", "teacher")))


def ever_at(unit: Organisation) -> Q:
    """A filter for rows with a `teacher` who is or was posted below a unit: whom a district trained stays its figure
    after she left."""
    posted = Posting.objects.filter(organisation__path__startswith=unit.path)
    return Q(teacher__in=posted.values("teacher"))


def own(user: User) -> QuerySet[Outcome]:
    """The user's own trainings, with those of records that were merged into hers, the newest first."""
    mine = Q(teacher__user=user) | Q(teacher__merged_into__user=user)
    return Outcome.objects.filter(mine).select_related("organiser").order_by("-ended_on", "-pk")


def hours(user: User) -> Decimal:
    """The hours of the user's completed trainings that stand, where hours are known exactly."""
    done = own(user).standing().filter(is_completed=True, is_approximate=False)
    return done.aggregate(all=Sum("hours"))["all"] or Decimal(0)


def kept(user: User, at: dt.datetime, *, words: str = "") -> QuerySet[Outcome]:
    """The trainings that the user's record offices keep, the newest first; `words` is part of a name or of a title."""
    rows = Outcome.objects.visible_to(user, at)
    if words.strip():
        rows = rows.filter(Q(teacher__full_name__contains=words.strip()) | Q(title__contains=words.strip()))
    return rows.select_related("teacher").order_by("-ended_on", "-pk")


def finished(teacher: Teacher) -> QuerySet[LessonCompletion]:
    """The lessons that a person finished, under this record or one that was merged into it."""
    return LessonCompletion.objects.filter(Q(teacher=teacher) | Q(teacher__merged_into=teacher))


def finishers(lessons: Iterable[uuid.UUID]) -> QuerySet:
    """The ids of the persons who finished every one of these lessons; merged records count as one."""
    wanted = set(lessons)
    done = LessonCompletion.objects.filter(lesson__in=wanted).values(who=Coalesce("teacher__merged_into", "teacher"))
    return done.annotate(n=Count("lesson", distinct=True)).filter(n=len(wanted)).values("who")


@dataclass(frozen=True)
class CategoryHours:
    """One category of a year: its name, and the hours that count, are demanded and are missing."""

    label: str
    hours: Decimal
    required: Decimal
    missing: Decimal


@dataclass(frozen=True)
class Counted:
    """An entry of the ledger, and how many of its hours count in the year: fewer than it has where the days were full,
    none where it was taken back or takes another back."""

    row: HourEntry
    hours: Decimal

    @property
    def is_cut(self) -> bool:
        return self.row.hours > self.hours and not self.is_void

    @property
    def is_void(self) -> bool:
        return bool(self.row.reverses_id or getattr(self.row, "reversed_by", None))


@dataclass(frozen=True)
class Ledger:
    """A person's hours of one training year as they are judged; its entries, the newest first; and the training years
    that have entries, with the present and the shown one, the latest first."""

    judged: Judged
    sums: list[CategoryHours]
    entries: list[Counted]
    years: list[Year]
    exemptions: list[Exemption]  # granted, of days of the year

    @property
    def year(self) -> Year:
        return self.judged.year


def ledger(teacher: Teacher | None, day: dt.date, asked: str = "") -> Ledger:
    """The hours of the training year that is asked for by its key (`wording.key`), or of the one in which `day` lies;
    a reversal counts on the day of what it takes back. Without a record there are none. Nine questions at most."""
    person = Teacher.objects.filter(pk=teacher.pk) if teacher else Teacher.objects.none()
    found = next(iter(governing.stretches(person).values()), [])
    entries = next(iter(governing.entries(person).values()), [])
    first = min([day, *(each.earned_on for each in entries)])
    every = {wording.key(each): each for each in reckoning.years(found, first, day)}
    present = reckoning.year_of(found, day)
    shown = every.get(asked, present)
    free = next(iter(governing.exempt(person).values()), [])
    judged = governing.judge(entries, found, shown.first, exempt=free)
    sums = [
        CategoryHours(str(HourEntry.Category(each.category).label), each.hours, each.required, each.missing)
        for each in judged.lines
    ]
    years = [each for each in every.values() if each in (present, shown) or reckoning.within(entries, each)]
    return Ledger(judged, sums, _rows(teacher, judged), years[::-1], _exemptions(teacher, judged))


def _exemptions(teacher: Teacher | None, judged: Judged) -> list[Exemption]:
    """What the days taken out of the demand rest on."""
    if teacher is None or not judged.exempt_days:
        return []
    rows = Exemption.objects.of(teacher).standing().between(judged.year.first, judged.year.last)
    return list(rows.select_related("decided_by").order_by("from_on"))


def _rows(teacher: Teacher | None, judged: Judged) -> list[Counted]:
    if teacher is None:
        return []
    own = HourEntry.objects.filter(Q(teacher=teacher) | Q(teacher__merged_into=teacher))
    rows = own.filter(earned_on__range=(judged.year.first, judged.year.last))
    ordered = rows.select_related("reversed_by", "claim").order_by("-earned_on", "-posted_at", "-pk")
    return [Counted(each, judged.counted.get(each.pk, Decimal(0))) for each in ordered]


@dataclass(frozen=True)
class Person:
    """A teacher in a list of hours: her school on the day, and her training year as it is judged."""

    teacher: Teacher
    school: str
    judged: Judged


def people(teachers: QuerySet[Teacher], day: dt.date) -> list[Person]:
    """These teachers by name, each with the training year in which the day lies. Six questions, however many they
    are; whoever lists many asks for those of one page."""
    found, entries, exempt = governing.stretches(teachers), governing.entries(teachers), governing.exempt(teachers)
    posted = Posting.objects.last_on(day).filter(teacher__in=teachers.order_by().values("pk"))
    schools = dict(posted.order_by("from_on", "pk").values_list("teacher", "organisation__name"))
    return [
        Person(
            each,
            schools.get(each.pk, ""),
            governing.judge(entries.get(each.pk, []), found.get(each.pk, []), day, exempt=exempt.get(each.pk, [])),
        )
        for each in by_name(teachers)
    ]


def by_name(teachers: QuerySet[Teacher]) -> QuerySet[Teacher]:
    """In the order of a list of names."""
    return teachers.order_by("name_pinyin", "full_name", "pk")


def credits(teacher: Teacher, day: dt.date) -> list[Conversion]:
    """What else than trainings of the platform earns this teacher hours, by the rules of the present training year."""
    found = governing.stretches(Teacher.objects.filter(pk=teacher.pk)).get(teacher.pk, [])
    year = reckoning.year_of(found, day)
    return list(Conversion.objects.filter(rule_set=year.rules.key).order_by("pk")) if year.rules else []


def claims(user: User, at: dt.datetime, *, state: str = "", words: str = "") -> QuerySet[HourClaim]:
    """The claims that the user's offices see, those that wait longest first; `words` are of a name or a title."""
    rows = HourClaim.objects.visible_to(user, at).exclude(teacher__user=user).exclude(teacher__merged_into__user=user)
    if state:
        rows = rows.filter(state=state)
    if words.strip():
        rows = rows.filter(Q(teacher__full_name__contains=words.strip()) | Q(title__contains=words.strip()))
    return rows.select_related("teacher__merged_into").order_by("submitted_at", "pk")


def exemptions(user: User, at: dt.datetime, state: str) -> QuerySet[Exemption]:
    """The exemptions in a state of other people that the user sees, the newest first."""
    rows = _others(Exemption.objects.visible_to(user, at), user).filter(state=state)
    return rows.select_related("teacher__merged_into").order_by("-proposed_at", "-pk")


def exemption_counts(user: User, at: dt.datetime) -> dict[str, int]:
    """How many `exemptions` there are in each state."""
    rows = _others(Exemption.objects.visible_to(user, at), user).order_by()
    return dict(rows.values_list("state").annotate(n=Count("pk", distinct=True)))


def honours(user: User, at: dt.datetime, state: str) -> QuerySet[Honour]:
    """The honours in a state of other people that the user sees; those that wait longest first, the others the newest
    first."""
    rows = _others(Honour.objects.visible_to(user, at), user).filter(state=state).select_related("teacher__merged_into")
    return rows.order_by("entered_at", "pk") if state == Honour.State.SUBMITTED else rows.order_by("-entered_at", "-pk")


def honour_counts(user: User, at: dt.datetime) -> dict[str, int]:
    """How many `honours` there are in each state."""
    rows = _others(Honour.objects.visible_to(user, at), user).order_by()
    return dict(rows.values_list("state").annotate(n=Count("pk", distinct=True)))


def _others(rows: QuerySet, user: User) -> QuerySet:
    """Those of other people than the user."""
    return rows.exclude(teacher__user=user).exclude(teacher__merged_into__user=user)
