"""Programmes are founded, what they demand is kept up to date, and their periods are announced."""

import datetime as dt
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from certs.models import Level
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Organisation, User
from lms.training import seating, staffing, tailoring
from lms.training.models import PLANNERS, Period, Programme, ProgrammeHours, ProgrammeTag, Requirement


class ProgrammeUnnamed(Refusal):
    sentence = _("A programme needs a title, a track, and a code of letters, figures and hyphens.")
    field = "title"


class CodeTaken(Refusal):
    sentence = _("{unit} has a programme of this code already. Choose another code.")
    field = "code"


class UnknownTag(Refusal):
    sentence = _("This tag is not in the list. Choose those of the list.")
    field = "tags"


class DatesUnfit(Refusal):
    sentence = _(
        "A period ends after it begins; enrolment closes after it opens, and on the period's last day at latest."
    )
    field = "ends_on"


class NoSeats(Refusal):
    sentence = _("A period has 1 to 100,000 seats; leave the number out where everybody finds one.")
    field = "capacity"


class PercentUnfit(Refusal):
    sentence = _("The least attendance is a whole percentage from 1 to 100; leave it empty where none is demanded.")
    field = "percent"


class WayUnknown(Refusal):
    sentence = _("This way of enrolling is not in the list. Choose one of the list.")
    field = "admission"


class ModeUnknown(Refusal):
    sentence = _("This mode is not in the list. Choose one of the list.")
    field = "mode"


class OfferUnfit(Refusal):
    sentence = _("An offered seat is kept for 1 to 720 hours; leave the number out where nobody is asked.")
    field = "offer_hours"


class SeatsTaken(Refusal):
    sentence = _("{taken} seats are taken; there cannot be fewer.")
    field = "capacity"


class SeatsShared(Refusal):
    sentence = _("{shared} seats are shared among units; there cannot be fewer. Change the shares first.")
    field = "capacity"


class NumberUnfit(Refusal):
    sentence = _("Periods are numbered from 1 to 9,999.")
    field = "number"


class NumberTaken(Refusal):
    sentence = _("Period {number} of this programme stands already. Take the next number.")
    field = "number"


MOST_SEATS, HIGHEST_NUMBER, LONGEST_OFFER = 100_000, 9_999, 720
_CODE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Plan:
    """What a programme is: for whom, leading where, worth how many hours of 45 minutes by category, embedded in which
    tracks of continuing education (`Programme.Tag`)."""

    code: str
    title: str
    track: str
    title_en: str = ""
    summary: str = ""
    level: Level | None = None
    requires: Level | None = None
    posts: Sequence[str] = ()
    stages: Sequence[str] = ()
    hours: Mapping[str, Decimal] | None = None
    tags: Sequence[str] = ()


@transaction.atomic
def found(*, organisation: Organisation, plan: Plan, by: User | None, at: dt.datetime) -> Programme:
    """Add a programme to a unit; `by` None is the installation. Refuses: NotYourOffice, ProgrammeUnnamed, CodeTaken,
    UnknownAudience, UnknownTag, HoursUnfit."""
    _require_office(by, organisation, at)
    if not plan.title.strip() or not _CODE.fullmatch(plan.code.strip()) or not plan.track.strip():
        raise ProgrammeUnnamed()
    tailoring.require_audience(plan.posts, plan.stages)
    require_tags(plan.tags)
    hours = plan.hours or {}
    tailoring.require_hours(hours)
    try:
        with transaction.atomic():
            programme = Programme.objects.create(
                organisation=organisation,
                code=plan.code.strip(),
                title=plan.title.strip(),
                title_en=plan.title_en.strip(),
                summary=plan.summary.strip(),
                track=plan.track.strip(),
                level=plan.level,
                requires=plan.requires,
                posts=list(plan.posts),
                stages=list(plan.stages),
            )
    except IntegrityError as taken:
        raise CodeTaken(unit=organisation) from taken
    ProgrammeHours.objects.bulk_create(
        ProgrammeHours(programme=programme, category=category, hours=amount) for category, amount in hours.items()
    )
    ProgrammeTag.objects.bulk_create(ProgrammeTag(programme=programme, tag=tag) for tag in dict.fromkeys(plan.tags))
    journal.write("training.programme_founded", by=by, at=at, about=programme, facts={"code": programme.code})
    return programme


def require_tags(tags: Sequence[str]) -> None:
    """Refuse (UnknownTag) tags that there are not."""
    if not set(tags) <= set(Programme.Tag.values):
        raise UnknownTag()


@transaction.atomic
def demand_lesson(
    *, programme: Programme, key: uuid.UUID, title: str, minutes: int, by: User | None, at: dt.datetime
) -> Requirement:
    """From now on this lesson and its least minutes belong to the programme; told again, its title and minutes are
    brought up to date, and one that was retired stands again. Whoever completed the programme keeps that."""
    wanted = {"title": title, "minutes": minutes, "retired_at": None}
    found, is_new = Requirement.objects.select_for_update(of=("self",)).get_or_create(
        programme=programme, kind=Requirement.Kind.LESSON, key=key, defaults=wanted
    )
    if is_new or any(getattr(found, name) != value for name, value in wanted.items()):
        for name, value in wanted.items():
            setattr(found, name, value)
        found.save(update_fields=list(wanted))
        journal.write("training.lesson_demanded", by=by, at=at, about=found, facts={"minutes": minutes})
    return found


@transaction.atomic
def retire_lesson(*, programme: Programme, key: uuid.UUID, by: User | None, at: dt.datetime) -> None:
    """This lesson is no longer demanded; one that never was is let be."""
    standing = Requirement.objects.standing().filter(programme=programme, kind=Requirement.Kind.LESSON, key=key)
    for each in standing.select_for_update(of=("self",)):
        each.retired_at = at
        each.save(update_fields=["retired_at"])
        journal.write("training.lesson_retired", by=by, at=at, about=each)


@transaction.atomic
def demand_attendance(
    *, programme: Programme, percent: int | None, by: User | None, at: dt.datetime
) -> Requirement | None:
    """From now on finishing the programme demands at least this percentage of the minutes of a period's sessions; None
    demands no attendance, and where none ever was, nothing is kept. Whoever completed it keeps that. Refuses:
    NotYourOffice, PercentUnfit."""
    _require_office(by, programme.organisation, at)
    if percent is not None and not 1 <= percent <= 100:
        raise PercentUnfit()
    own = {"programme": programme, "kind": Requirement.Kind.ATTENDANCE, "key": Requirement.ATTENDANCE_KEY}
    rows = Requirement.objects.select_for_update(of=("self",))
    if percent is None:
        found = rows.filter(**own).first()
    else:
        found, _is_new = rows.get_or_create(**own, defaults={"title": "", "percent": percent, "retired_at": at})
    before = found.percent if found and not found.retired_at else None
    if found and before != percent:
        found.percent, found.retired_at = percent or found.percent, None if percent else at
        found.save(update_fields=["percent", "retired_at"])
        facts = {"before": before, "after": percent}
        journal.write("training.attendance_demanded", by=by, at=at, about=programme, facts=facts)
    return found


@transaction.atomic
def open_period(
    *,
    programme: Programme,
    number: int,
    starts_on: dt.date,
    ends_on: dt.date,
    enrol_from_at: dt.datetime,
    enrol_until_at: dt.datetime,
    capacity: int | None = None,
    mode: str = Period.Mode.SELF_STUDY,
    place: str = "",
    admission: str = Period.Admission.OPEN,
    selection: str = Period.Selection.BY_ORDER,
    offer_hours: int | None = None,
    terms: tailoring.Terms | None = None,
    trainers: staffing.Staff | None = None,
    by: User | None,
    at: dt.datetime,
) -> Period:
    """Announce a period of a programme, with what it says otherwise than that and with its trainers. Refuses:
    NotYourOffice, NumberUnfit, DatesUnfit, NoSeats, WayUnknown, ModeUnknown, OfferUnfit, NumberTaken, and what
    `tailoring.tailor` and `staffing.staff` refuse of what they are told."""
    _require_office(by, programme.organisation, at)
    if not 1 <= number <= HIGHEST_NUMBER:
        raise NumberUnfit()
    last_moment = clock.local_moment(ends_on + dt.timedelta(days=1))
    if ends_on < starts_on or not enrol_from_at < enrol_until_at <= last_moment:
        raise DatesUnfit()
    _require_seats(capacity)
    if admission not in Period.Admission.values or selection not in Period.Selection.values:
        raise WayUnknown()
    if mode not in Period.Mode.values:
        raise ModeUnknown()
    if offer_hours is not None and not 1 <= offer_hours <= LONGEST_OFFER:
        raise OfferUnfit()
    terms, trainers = terms or tailoring.Terms(), trainers or staffing.Staff()
    tailoring.require_fit(terms)
    staffing.require_fit(trainers, starts_on)
    try:
        with transaction.atomic():
            period = Period(
                programme=programme,
                number=number,
                mode=mode,
                place=place.strip(),
                starts_on=starts_on,
                ends_on=ends_on,
                enrol_from_at=enrol_from_at,
                enrol_until_at=enrol_until_at,
                capacity=capacity,
                admission=admission,
                selection=selection,
                offer_hours=offer_hours,
                state=Period.State.OPEN,
            )
            tailoring.set_audience(period, terms)
            period.save()
    except IntegrityError as taken:
        raise NumberTaken(number=number) from taken
    tailoring.set_hours(period, terms)
    staffing.write(period, trainers)
    facts = {"number": number, "capacity": capacity, "starts_on": starts_on, "ends_on": ends_on}
    journal.write("training.period_opened", by=by, at=at, about=period, facts=facts)
    return period


@transaction.atomic
def change_seats(*, period: Period, capacity: int | None, by: User, at: dt.datetime) -> Period:
    """Give a period more seats, or fewer; who waits and finds one has it. Refuses: NotYourOffice, NoSeats, SeatsTaken,
    SeatsShared (None, or fewer than are shared down the tree)."""
    _require_office(by, period.programme.organisation, at)
    _require_seats(capacity)
    held = seating.lock(period)
    taken = held.enrolments.taking().count()
    if capacity is not None and capacity < taken:
        raise SeatsTaken(taken=taken)
    seats = seating.Seats(held, at)
    shared = held.capacity - seats.pool() if held.capacity is not None else 0
    if shared and (capacity is None or capacity < shared + seats.taken_from_pool()):
        raise SeatsShared(shared=shared)
    before, held.capacity = held.capacity, capacity
    held.save(update_fields=["capacity"])
    facts = {"before": before, "after": capacity}
    journal.write("training.seats_changed", by=by, at=at, about=held, facts=facts)
    seating.fill(held, at=at)
    return held


def _require_seats(capacity: int | None) -> None:
    if capacity is not None and not 1 <= capacity <= MOST_SEATS:
        raise NoSeats()


def _require_office(by: User | None, unit: Organisation, at: dt.datetime) -> None:
    if by is not None:
        access.require(by, unit, at, *PLANNERS)
