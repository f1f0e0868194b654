"""When everything that a programme demands is done, the enrolment is completed and its hours stand on the record."""

import datetime as dt
import logging
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Teacher, User
from lms.records import ledger, outcomes, queries
from lms.training import demands, roll, seating
from lms.training.models import (
    PLANNERS,
    Assignment,
    Attendance,
    Enrolment,
    EnrolmentQuerySet,
    Period,
    Programme,
    Requirement,
    Submission,
)
from lms.training.moving import Move, move_all

log = logging.getLogger(__name__)
_STATES = Enrolment.State
# What an enrolment's period demands beside its programme, and which of it is passed.
_WORK = Assignment.objects.required().filter(period=OuterRef("period"))
_PASSED = Submission.objects.passed().filter(assignment=OuterRef("pk"), enrolment=OuterRef(OuterRef("pk")))
_NAMED = 5  # of what is missing, so many are named


class StillRunning(Refusal):
    sentence = _("This period runs until {day}. It can be closed from the day after.")


class WorkUnread(Refusal):
    sentence = _("{n} pieces of work that are required for completion wait to be read. Have them graded first.")


class AlreadyClosed(Refusal):
    sentence = _("This period is closed already.")


@transaction.atomic
def reconsider(*, teacher: Teacher, lesson: uuid.UUID, at: dt.datetime) -> list[Enrolment]:
    """A lesson was finished: complete every enrolment of the person of which nothing is missing any more, post its
    hours and record its outcome, each once. A period that has not begun or is over completes nobody."""
    demanding = Q(period__programme__requirements__key=lesson, period__programme__requirements__retired_at=None)
    return _complete(teacher, _running(at).of(teacher).filter(demanding), at)


def sweep(*, at: dt.datetime) -> int:
    """Complete whoever has nothing left to do without a lesson finished just now: she finished it before the period
    began or before she enrolled, or the last one missing was withdrawn, or her work was
    passed. How many were completed. One that cannot be
    completed holds nobody else up."""
    count = 0
    for enrolment in _ready(at):
        try:
            with transaction.atomic():
                count += len(_complete(enrolment.person, Enrolment.objects.filter(pk=enrolment.pk), at))
        except Exception:  # whatever is wrong with this one, it is tried again, and the others can be completed
            log.exception("enrolment %s could not be completed", enrolment.pk)
    return count


@transaction.atomic
def close(*, period: Period, by: User, at: dt.datetime) -> Period:
    """End a period whose last day is over: whoever has done everything has completed it, the others with a seat have
    not, and are told what was missing, and whoever of them came to a session has that on record; what still waited is
    cancelled. However late it is closed, hours and outcomes are of its last day. Refuses: NotYourOffice, StillRunning,
    AlreadyClosed, WorkUnread (required work waits to be graded)."""
    access.require(by, period.programme.organisation, at, *PLANNERS)
    held = seating.lock(period)
    if held.state == Period.State.CLOSED:
        raise AlreadyClosed()
    if held.ends_on >= clock.local_date(at):
        raise StillRunning(day=date_format(held.ends_on, "DATE_FORMAT"))
    unread = Submission.objects.filter(
        assignment__in=held.assignments.required(),
        enrolment__state=_STATES.CONFIRMED,
        state=Submission.State.HANDED_IN,
    ).count()
    if unread:
        raise WorkUnread(n=unread)
    pending = held.enrolments.filter(state__in=Enrolment.PENDING).select_for_update(of=("self",)).order_by("pk")
    rows = list(pending.select_related("teacher__user", "teacher__merged_into__user"))
    for each in rows:
        each.period = held
    with translation.override(settings.LANGUAGE_CODE):
        _end(rows, demands.of(held), at, by)
    states = Counter(each.state for each in rows)
    counts = {each: states[each] for each in (_STATES.COMPLETED, _STATES.NOT_COMPLETED, _STATES.CANCELLED)}
    held.state = Period.State.CLOSED
    held.save(update_fields=["state"])
    journal.write("training.period_closed", by=by, at=at, about=held, facts=counts)
    return held


def _end(rows: list[Enrolment], demanded: list[demands.Demand], at: dt.datetime, by: User) -> None:
    """What becomes of enrolments when their period closes."""
    seated = [each for each in rows if each.state == _STATES.CONFIRMED]
    lacks = demands.missing_by(seated, demanded)
    _credit([each for each in seated if demanded and not lacks[each.pk]], at)
    short = [each for each in seated if not demanded or lacks[each.pk]]
    moves = [Move(each, _STATES.NOT_COMPLETED, _missing(lacks[each.pk])) for each in short]
    move_all(moves, act="not_completed", by=by, at=at)
    came = Attendance.objects.filter(enrolment__in=[each.pk for each in short], state__in=Attendance.HERE)
    here = set(came.filter(session__cancelled_at=None).values_list("enrolment", flat=True))
    _record([each for each in short if each.pk in here], None, at)
    why = str(_("The period is over, and no seat fell free."))
    moves = [Move(each, _STATES.CANCELLED, why) for each in rows if each not in seated]
    move_all(moves, act="cancelled", by=by, at=at)


def _missing(lacks: list[demands.Demand]) -> str:
    """What was missing, in the site's language."""
    titles = str(_(", ")).join(str(each) for each in lacks[:_NAMED])
    return str(_("Missing ({n}): {titles}")).format(n=len(lacks), titles=titles)


def _running(at: dt.datetime) -> EnrolmentQuerySet:
    """Those with a seat in a period that has begun and is not over."""
    day = clock.local_date(at)
    return Enrolment.objects.filter(
        state=Enrolment.State.CONFIRMED, period__starts_on__lte=day, period__ends_on__gte=day
    )


def _ready(at: dt.datetime) -> Iterator[Enrolment]:
    """Those of whose demands none is missing: a few questions for each programme that runs."""
    running = _running(at).annotate(who=Coalesce("teacher__merged_into", "teacher"))
    programmes = Programme.objects.filter(pk__in=running.values("period__programme"))
    for programme in programmes.order_by("pk"):
        demanded = list(programme.requirements.standing())
        lessons = [each.key for each in demanded if each.kind == Requirement.Kind.LESSON]
        rows = running.filter(period__programme=programme)
        if lessons:
            rows = rows.filter(who__in=queries.finishers(lessons))
        if not demanded:
            rows = rows.filter(Exists(_WORK))
        rows = rows.exclude(Exists(_WORK.exclude(Exists(_PASSED))))
        rows = rows.select_related("teacher__merged_into").order_by("pk")
        yield from _attentive(rows, [each for each in demanded if each.key not in lessons])


def _attentive(rows: Iterable[Enrolment], demanded: list[Requirement]) -> list[Enrolment]:
    """Those of the rows who attended as much as is demanded, if anything is."""
    found = list(rows)
    shares = roll.attendance_share(found) if demanded else {}
    return [each for each in found if all(shares[each.pk] >= one.percent for one in demanded)]


def _complete(person: Teacher, rows: EnrolmentQuerySet, at: dt.datetime) -> list[Enrolment]:
    """Complete those of a person's enrolments that still hold a seat and lack nothing. Her own row is locked first, as
    for everything that she does with lessons."""
    Teacher.objects.select_for_update(of=("self",)).only("pk").get(pk=person.pk)
    locked = rows.filter(state=Enrolment.State.CONFIRMED).select_for_update(of=("self",))
    related = locked.select_related("period__programme__organisation", "teacher__user", "teacher__merged_into__user")
    found = []
    for each in related.order_by("pk"):
        demanded = demands.of(each.period)
        if demanded and not demands.missing(each, demanded):
            _credit([each], at)
            found.append(each)
    return found


def _credit(enrolments: list[Enrolment], at: dt.datetime) -> None:
    """Complete enrolments in one period: hours, outcome, state and word of each."""
    if not enrolments:
        return
    period = enrolments[0].period
    hours = {each.category: each.hours for each in period.worth}
    # The record speaks the site's language, whichever the reader's own is.
    with translation.override(settings.LANGUAGE_CODE):
        title = str(period)
    ledger.post_all(
        credits=[ledger.Credit(each.person, hours, title, f"training.enrolment:{each.pk}") for each in enrolments],
        begun_on=period.starts_on,
        earned_on=_last_day(period, at),
        at=at,
    )
    total = sum(hours.values(), Decimal(0))
    known = _record(enrolments, total, at)
    amounts = {category: str(amount) for category, amount in hours.items()}
    moves = [
        Move(each, _STATES.COMPLETED, facts={"hours": amounts, "outcome": known.get(each.pk)}) for each in enrolments
    ]
    move_all(moves, act="completed", by=None, at=at)
    told = {"programme": period.programme.title, "number": period.number, "hours": str(total) if total else ""}
    users = [each.person.user for each in enrolments if each.person.user]
    inbox.send_all(kind="training.completed", to=users, at=at, address="/records/", facts_of=lambda _user: told)


def _record(enrolments: list[Enrolment], hours: Decimal | None, at: dt.datetime) -> dict[int, int]:
    """Put trainings of one period on record, completed ones with their hours and others without, and say which
    enrolment's is under which key; a training of this title and period that stands there already, from a list of
    former years, is left as it is."""
    trainings = {each.pk: _training(each, hours, at) for each in enrolments}
    known = outcomes.recorded({each.person.pk for each in trainings.values()})
    fresh = {}
    for pk, each in trainings.items():
        if each.key not in known:
            known.add(each.key)
            fresh[pk] = each
    if not fresh:
        return {}
    period = enrolments[0].period
    made = outcomes.record_many(
        trainings=list(fresh.values()),
        about=period.programme.organisation,
        source=f"training.period:{period.pk}",
        by=None,
        at=at,
    )
    return {pk: outcome.pk for pk, outcome in zip(fresh, made, strict=True)}


def _training(enrolment: Enrolment, hours: Decimal | None, at: dt.datetime) -> outcomes.Training:
    period = enrolment.period
    return outcomes.Training(
        teacher=enrolment.person,
        track=period.programme.track,
        title=period.programme.title,
        ended_on=_last_day(period, at),
        is_completed=hours is not None,
        period=period.number,
        hours=hours or None,
        organiser=period.programme.organisation,
    )


def _last_day(period: Period, at: dt.datetime) -> dt.date:
    """The day on which a period was completed: today, or its last day if it is over."""
    return min(clock.local_date(at), period.ends_on)
