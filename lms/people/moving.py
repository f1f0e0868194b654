"""Where a teacher works: she takes up a school, is transferred to another, retires or leaves."""

import datetime as dt
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import access, keeping
from lms.people.assigning import BeforeHerTime, NoSchool, end_posts
from lms.people.models import Appointment, Organisation, PostHeld, Posting, SchoolStage, Teacher, User
from lms.people.registering import NotASchool, UnknownPost

OFFICES = Appointment.BUREAU_OFFICES
Ending = Posting.Ending


class AlreadyAtSchool(Refusal):
    sentence = _("{name} is at {school} already, and nobody has two schools at once. Transfer her instead.")
    field = "school"


class SameSchool(Refusal):
    sentence = _("{name} is at {school} already. Choose the school she goes to.")
    field = "school"


class TooEarly(Refusal):
    sentence = _("She was at {school} on {day}, so the change cannot begin then. Choose a later day.")
    field = "on"


class UnknownEnding(Refusal):
    sentence = _("Say whether she retired or left the profession.")
    field = "ending"


@transaction.atomic
def take_up(
    *, teacher: Teacher, school: Organisation, post: str, stage: str, on: dt.date, by: User | None, at: dt.datetime
) -> Posting:
    """A teacher whom the register knows and who is at no school now takes one up from a day on, with a post. Who: an
    officer whose bureau or exam offices cover that school and the one where she last was; or the installation itself.

    Refuses: RecordMerged, NotYourOffice, NotASchool, UnknownPost, DayAhead, AlreadyAtSchool, TooEarly.
    """
    teacher = keeping.locked(teacher)
    _require_both(teacher, school, by, at)
    _require_open(school)
    if post not in PostHeld.Post.values or stage not in ("", *SchoolStage.values):
        raise UnknownPost()
    keeping.require_come(on, at)
    posting = _open(teacher, school, on)
    PostHeld.objects.create(teacher=teacher, organisation=school, post=post, stage=stage, from_on=on)
    facts = {"school": school.pk, "name": school.name, "on": on.isoformat(), "post": post}
    journal.write("people.school_taken_up", by=by, at=at, about=teacher, facts=facts)
    keeping.tell(teacher, by, at, kind="people.record_changed", what="school", reason="")
    return posting


@transaction.atomic
def transfer(
    *,
    teacher: Teacher,
    school: Organisation,
    on: dt.date,
    kept: Iterable[PostHeld],
    by: User | None,
    at: dt.datetime,
) -> Posting:
    """From a day on she is at another school: the old posting and every post held there end on the day before, and
    the posts of `kept` go on at the new one. Who: an officer whose bureau or exam offices cover both schools, or the
    installation itself.

    Refuses: RecordMerged, NotYourOffice, NoSchool, SameSchool, NotASchool, DayAhead, TooEarly, PostStartedLater.
    """
    teacher = keeping.locked(teacher)
    old = _current(teacher)
    _require_both(teacher, school, by, at)
    if old.organisation_id == school.pk:
        raise SameSchool(name=teacher.full_name, school=school.name)
    _require_open(school)
    keeping.require_come(on, at)
    if on <= old.from_on:
        raise TooEarly(school=old.organisation.name, day=keeping.shown(on))
    posts = list(teacher.posts.between(on, None).order_by("pk"))
    going_on = {each.pk for each in kept}
    end_posts(posts, on)
    _end(old, on - dt.timedelta(days=1), Ending.TRANSFERRED)
    posting = _open(teacher, school, on)
    carried = [each for each in posts if each.pk in going_on]
    for each in carried:
        PostHeld.objects.create(teacher=teacher, organisation=school, post=each.post, stage=each.stage, from_on=on)
    facts = {"from": old.organisation.name, "to": school.name, "on": on.isoformat()}
    facts["posts_kept"] = [each.post for each in carried]
    journal.write("people.teacher_transferred", by=by, at=at, about=teacher, facts=facts)
    told = {"old": old.organisation.name, "new": school.name, "from_on": on.isoformat()}
    keeping.tell(teacher, by, at, kind="people.transferred", **told)
    return posting


@transaction.atomic
def leave(*, teacher: Teacher, ending: str, on: dt.date, reason: str, by: User | None, at: dt.datetime) -> Posting:
    """She retires or leaves the profession: a day is her last at school and in every post. Her account stays, for her
    certificates. Who: an officer whose bureau or exam office covers her school, or the installation itself.

    Refuses: RecordMerged, NotYourOffice, ReasonMissing, UnknownEnding, NoSchool, DayAhead, BeforeHerTime,
    PostStartedLater.
    """
    teacher = keeping.locked(teacher)
    keeping.require(teacher, by, at, *OFFICES)
    reason = keeping.given(reason)
    if ending not in (Ending.RETIRED, Ending.LEFT):
        raise UnknownEnding()
    posting = _current(teacher)
    keeping.require_come(on, at)
    if on < posting.from_on:
        first = keeping.shown(posting.from_on)
        raise BeforeHerTime(name=teacher.full_name, school=posting.organisation.name, first=first)
    after = on + dt.timedelta(days=1)
    end_posts(list(teacher.posts.between(after, None).order_by("pk")), after)
    _end(posting, on, ending)
    facts = {"school": posting.organisation.name, "ending": ending, "on": on.isoformat()}
    journal.write("people.teacher_left", by=by, at=at, about=teacher, reason=reason, facts=facts)
    keeping.tell(teacher, by, at, kind="people.record_changed", what=str(ending), reason=reason)
    return posting


def _require_both(teacher: Teacher, school: Organisation, by: User | None, at: dt.datetime) -> None:
    """An office over the school where she is or last was, and one over the school she goes to."""
    keeping.require(teacher, by, at, *OFFICES)
    if by:
        access.require(by, school, at, *OFFICES)


def _require_open(school: Organisation) -> None:
    school = Organisation.objects.select_for_update(of=("self",)).get(pk=school.pk)
    if school.level < Organisation.Level.SCHOOL or school.closed_on:
        raise NotASchool(name=school.name)


def _current(teacher: Teacher) -> Posting:
    posting = teacher.postings.filter(until_on=None).select_related("organisation").first()
    if posting is None:
        raise NoSchool(name=teacher.full_name)
    return posting


def _end(posting: Posting, last: dt.date, ending: str) -> None:
    posting.until_on, posting.ending = last, ending
    posting.save(update_fields=["until_on", "ending"])


def _open(teacher: Teacher, school: Organisation, on: dt.date) -> Posting:
    """A new current posting. Refuses: AlreadyAtSchool, TooEarly (she was at a school on that day)."""
    other = teacher.postings.between(on, None).select_related("organisation").order_by("-from_on").first()
    if other and other.until_on is None:
        raise AlreadyAtSchool(name=teacher.full_name, school=other.organisation.name)
    if other:
        raise TooEarly(school=other.organisation.name, day=keeping.shown(on))
    try:
        with transaction.atomic():
            return Posting.objects.create(teacher=teacher, organisation=school, from_on=on)
    except IntegrityError as error:
        raise AlreadyAtSchool(name=teacher.full_name, school=school.name) from error
