"""When everything that a programme demands is done, the enrolment is completed and its hours stand on the record."""

import datetime as dt
import logging
import uuid
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
    Enrolment,
    EnrolmentQuerySet,
    Period,
    Programme,
    Requirement,
    Submission,
)
from lms.training.moving import move

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
    not, and are told what was missing; what still waited is cancelled. Refuses: NotYourOffice, StillRunning,
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
    counts = dict.fromkeys((_STATES.COMPLETED, _STATES.NOT_COMPLETED, _STATES.CANCELLED), 0)
    pending = held.enrolments.filter(state__in=Enrolment.PENDING).select_for_update(of=("self",)).order_by("pk")
    demanded = demands.of(held)
    for each in pending.select_related("teacher__user", "teacher__merged_into__user"):
        each.period = held
        _end(each, demanded, at, by)
        counts[each.state] += 1
    held.state = Period.State.CLOSED
    held.save(update_fields=["state"])
    journal.write("training.period_closed", by=by, at=at, about=held, facts=counts)
    return held


def _end(enrolment: Enrolment, demanded: list[demands.Demand], at: dt.datetime, by: User) -> None:
    """What becomes of an enrolment when its period closes."""
    lacks = demands.missing(enrolment, demanded)
    with translation.override(settings.LANGUAGE_CODE):
        if enrolment.state != _STATES.CONFIRMED:
            why = str(_("The period is over, and no seat fell free."))
            move(enrolment, _STATES.CANCELLED, act="cancelled", by=by, at=at, reason=why)
        elif demanded and not lacks:
            _credit(enrolment, at)
        else:
            titles = str(_(", ")).join(str(each) for each in lacks[:_NAMED])
            why = str(_("Missing ({n}): {titles}")).format(n=len(lacks), titles=titles)
            move(enrolment, _STATES.NOT_COMPLETED, act="not_completed", by=by, at=at, reason=why)


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
            _credit(each, at)
            found.append(each)
    return found


def _credit(enrolment: Enrolment, at: dt.datetime) -> None:
    programme, person = enrolment.period.programme, enrolment.person
    hours = {each.category: each.hours for each in enrolment.period.worth}
    # The record speaks the site's language, whichever the reader's own is.
    with translation.override(settings.LANGUAGE_CODE):
        title = str(enrolment.period)
    ledger.post(
        teacher=person,
        hours=hours,
        title=title,
        source=f"training.enrolment:{enrolment.pk}",
        begun_on=enrolment.period.starts_on,
        earned_on=clock.local_date(at),
        by=None,
        at=at,
    )
    total = sum(hours.values(), Decimal(0))
    facts = {"hours": {category: str(amount) for category, amount in hours.items()}}
    facts["outcome"] = _record(enrolment, total, at)
    move(enrolment, Enrolment.State.COMPLETED, act="completed", by=None, at=at, facts=facts)
    if person.user:
        inbox.send(
            kind="training.completed",
            to=person.user,
            at=at,
            address="/records/",
            programme=programme.title,
            number=enrolment.period.number,
            hours=str(total) if total else "",
        )


def _record(enrolment: Enrolment, hours: Decimal, at: dt.datetime) -> int | None:
    """Put the completion on record, and say under which key; a training of this title and period that stands there
    already, from a list of former years, is left as it is."""
    period = enrolment.period
    training = outcomes.Training(
        teacher=enrolment.person,
        track=period.programme.track,
        title=period.programme.title,
        ended_on=clock.local_date(at),
        is_completed=True,
        period=period.number,
        hours=hours or None,
        organiser=period.programme.organisation,
    )
    if training.key in outcomes.recorded({training.person.pk}):
        return None
    return outcomes.record(training=training, source=f"training.period:{period.pk}", by=None, at=at).pk
