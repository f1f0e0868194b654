"""What offices report: a school its yearly figures, which its bureau confirms; and the days off of the year."""

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, DayOff, Organisation, User, YearlyFigures


class DayWithoutName(Refusal):
    sentence = _("Name the day, for example the holiday; at most {longest} characters.")
    field = "name"


class PeriodUnusable(Refusal):
    sentence = _("A period ends on or after its first day and takes at most {longest} days. Correct the last day.")
    field = "last"


class NotASchool(Refusal):
    sentence = _("Figures are reported for an open school. {unit} is none on this day.")


class YearOutside(Refusal):
    sentence = _("The school year {year} lies ahead or too far back. Choose {latest} or one of the years before.")
    field = "year"


class DayOutside(Refusal):
    sentence = _("Say how it stood on a day of that school year that is not ahead: from {first} to {last}.")
    field = "as_of_on"


class NoClasses(Refusal):
    sentence = _("A school has at least one class and one pupil. Check both numbers.")
    field = "classes"


class MoreClassesThanPupils(Refusal):
    sentence = _("There cannot be more classes ({classes}) than pupils ({pupils}). Check both numbers.")
    field = "classes"


class NumberTooLarge(Refusal):
    sentence = _("No school has more than {most} pupils. Check the number of pupils.")
    field = "pupils"


class MorePostsThanClasses(Refusal):
    sentence = _("More full-time mental-health posts ({posts}) than classes ({classes}) cannot be. Check both numbers.")
    field = "full_time_posts"


class TooManyPartTime(Refusal):
    sentence = _("So many part-time mental-health posts ({posts}) for {pupils} pupils cannot be. Check both numbers.")
    field = "part_time_posts"


class FiguresWaiting(Refusal):
    sentence = _("The figures for this year wait for confirmation already. Correct those instead.")
    field = "year"


class FiguresDecided(Refusal):
    sentence = _("These figures have been decided already. Open the school's figures again to see how they stand.")


class OwnFigures(Refusal):
    sentence = _("You reported these figures yourself; another officer of the bureau must decide them.")


class ReturnWithoutReason(Refusal):
    sentence = _("Write what is to be corrected; the school reads it.")
    field = "reason"


REPORTERS = (Appointment.Office.SCHOOL_OFFICER, Appointment.Office.BUREAU_OFFICER)
MOST_PUPILS = 30_000
YEARS_BACK = 10
FIGURES = (
    "year",
    "as_of_on",
    "pupils",
    "classes",
    "has_counselling_room",
    "has_timetabled_course",
    "full_time_posts",
    "part_time_posts",
)


def school_year(day: dt.date) -> int:
    """The school year that a day lies in, by the year in which it began: from 1 September to 31 August."""
    return day.year if day.month >= 9 else day.year - 1


@transaction.atomic
def report_figures(
    *,
    school: Organisation,
    year: int,
    as_of_on: dt.date,
    pupils: int,
    classes: int,
    has_counselling_room: bool,
    has_timetabled_course: bool,
    full_time_posts: int,
    part_time_posts: int,
    by: User,
    at: dt.datetime,
) -> YearlyFigures:
    """Report how a school stood on a day of a school year; the bureau confirms or returns it. Confirmed figures of
    the same year count until these are confirmed in turn. Who: the school's officer, or a bureau officer over it.

    Refuses: NotYourOffice, NotASchool, FiguresWaiting, and what `_require_sound` refuses.
    """
    school = Organisation.objects.select_for_update(of=("self",)).get(pk=school.pk)
    access.require(by, school, at, *REPORTERS)
    typed = {
        "year": year,
        "as_of_on": as_of_on,
        "pupils": pupils,
        "classes": classes,
        "has_counselling_room": has_counselling_room,
        "has_timetabled_course": has_timetabled_course,
        "full_time_posts": full_time_posts,
        "part_time_posts": part_time_posts,
    }
    _require_sound(school, typed, clock.local_date(at))
    try:
        with transaction.atomic():
            figures = YearlyFigures.objects.create(organisation=school, submitted_by=by, submitted_at=at, **typed)
    except IntegrityError as twice:
        raise FiguresWaiting() from twice
    journal.write("people.figures_reported", by=by, at=at, about=figures, facts=_plain(figures))
    return figures


@transaction.atomic
def correct_figures(*, figures: YearlyFigures, by: User, at: dt.datetime, **typed: Any) -> YearlyFigures:
    """Correct figures that nobody has decided yet; `typed` is as in `report_figures`, for the same school and year.
    Whoever corrects them has reported them. What stood there before is kept in the journal. Refuses: NotYourOffice,
    NotASchool, FiguresDecided, and what `_require_sound` refuses."""
    figures, school = _locked(figures)
    access.require(by, school, at, *REPORTERS)
    if figures.state != YearlyFigures.State.SUBMITTED:
        raise FiguresDecided()
    typed["year"] = figures.year
    _require_sound(school, typed, clock.local_date(at))
    before = _plain(figures)
    for name in FIGURES:
        setattr(figures, name, typed[name])
    figures.submitted_by, figures.submitted_at = by, at
    figures.save(update_fields=[*FIGURES, "submitted_by", "submitted_at"])
    after = _plain(figures)
    changed = {name: f"{before[name]} → {after[name]}" for name in after if before[name] != after[name]}
    journal.write("people.figures_corrected", by=by, at=at, about=figures, facts=changed)
    return figures


@transaction.atomic
def confirm_figures(*, figures: YearlyFigures, by: User, at: dt.datetime) -> YearlyFigures:
    """Confirm what a school reported: from now on it counts, in the place of what was confirmed for that year before,
    which stays in the history. Refuses: NotYourOffice, FiguresDecided, OwnFigures."""
    figures, school = _to_decide(figures, by, at)
    state = YearlyFigures.State
    school.figures.filter(year=figures.year, state=state.CONFIRMED).update(state=state.REPLACED)
    _decide(figures, state.CONFIRMED, "", by, at)
    journal.write("people.figures_confirmed", by=by, at=at, about=figures, facts=_plain(figures))
    _tell("people.figures_confirmed", figures, at)
    return figures


@transaction.atomic
def return_figures(*, figures: YearlyFigures, reason: str, by: User, at: dt.datetime) -> YearlyFigures:
    """Return what a school reported, with a reason; it reports again. Refuses: NotYourOffice, FiguresDecided,
    OwnFigures, ReturnWithoutReason."""
    figures, _school = _to_decide(figures, by, at)
    reason = reason.strip()
    if not reason:
        raise ReturnWithoutReason()
    _decide(figures, YearlyFigures.State.RETURNED, reason, by, at)
    journal.write("people.figures_returned", by=by, at=at, about=figures, reason=reason, facts=_plain(figures))
    _tell("people.figures_returned", figures, at)
    return figures


def may_confirm(user: User, school: Organisation, at: dt.datetime) -> bool:
    """Whether the user is a bureau officer of a unit above the school."""
    paths = access.paths(user, at, Appointment.Office.BUREAU_OFFICER)
    return any(school.path.startswith(path) and school.path != path for path in paths)


def _locked(figures: YearlyFigures) -> tuple[YearlyFigures, Organisation]:
    school = Organisation.objects.select_for_update(of=("self",)).get(pk=figures.organisation_id)
    rows = YearlyFigures.objects.select_for_update(of=("self",)).select_related("submitted_by")
    figures = rows.get(pk=figures.pk)
    figures.organisation = school
    return figures, school


def _to_decide(figures: YearlyFigures, by: User, at: dt.datetime) -> tuple[YearlyFigures, Organisation]:
    figures, school = _locked(figures)
    if not may_confirm(by, school, at):
        raise access.NotYourOffice()
    if figures.state != YearlyFigures.State.SUBMITTED:
        raise FiguresDecided()
    if figures.submitted_by_id == by.pk:
        raise OwnFigures()
    return figures, school


def _decide(figures: YearlyFigures, state: str, reason: str, by: User, at: dt.datetime) -> None:
    figures.state, figures.reason, figures.decided_by, figures.decided_at = state, reason, by, at
    figures.save(update_fields=["state", "reason", "decided_by", "decided_at"])


def _require_sound(school: Organisation, typed: dict[str, Any], today: dt.date) -> None:
    """Refuses: NotASchool, YearOutside, DayOutside, NoClasses, MoreClassesThanPupils, NumberTooLarge,
    MorePostsThanClasses, TooManyPartTime."""
    if school.level != Organisation.Level.SCHOOL or (school.closed_on and school.closed_on < today):
        raise NotASchool(unit=school.name)
    _require_day(typed["year"], typed["as_of_on"], today)
    pupils, classes, posts = typed["pupils"], typed["classes"], typed["full_time_posts"]
    if not pupils or not classes:
        raise NoClasses()
    if pupils > MOST_PUPILS:
        raise NumberTooLarge(most=MOST_PUPILS)
    if classes > pupils:
        raise MoreClassesThanPupils(classes=classes, pupils=pupils)
    if posts > classes:
        raise MorePostsThanClasses(posts=posts, classes=classes)
    if typed["part_time_posts"] > pupils:
        raise TooManyPartTime(posts=typed["part_time_posts"], pupils=pupils)


def _require_day(year: int, as_of_on: dt.date, today: dt.date) -> None:
    latest = school_year(today)
    if not latest - YEARS_BACK <= year <= latest:
        raise YearOutside(year=f"{year}–{year + 1}", latest=f"{latest}–{latest + 1}")
    first, last = dt.date(year, 9, 1), min(today, dt.date(year + 1, 8, 31))
    if not first <= as_of_on <= last:
        raise DayOutside(first=first.isoformat(), last=last.isoformat())


def _plain(figures: YearlyFigures) -> dict[str, Any]:
    return {name: str(getattr(figures, name)) for name in FIGURES}


def _tell(kind: str, figures: YearlyFigures, at: dt.datetime) -> None:
    """Tell whoever reported the figures what became of them."""
    inbox.send(
        kind=kind,
        to=figures.submitted_by,
        at=at,
        address=f"/people/units/{figures.organisation_id}/figures/",
        school=figures.organisation.name,
        year=f"{figures.year}–{figures.year + 1}",
        reason=figures.reason,
    )


LONGEST = 31


@transaction.atomic
def set_days_off(
    *, first: dt.date, last: dt.date, is_working: bool, name: str, by: User | None, at: dt.datetime
) -> list[DayOff]:
    """`set_day_off` for every day of a period, or for none. Refuses: NotYourOffice, PeriodUnusable, DayWithoutName."""
    count = (last - first).days + 1
    if not 1 <= count <= LONGEST:
        raise PeriodUnusable(longest=LONGEST)
    days = [first + dt.timedelta(days=n) for n in range(count)]
    return [set_day_off(on=day, is_working=is_working, name=name, by=by, at=at) for day in days]


@transaction.atomic
def set_day_off(*, on: dt.date, is_working: bool, name: str, by: User | None, at: dt.datetime) -> DayOff:
    """Say that a day breaks the week's rule: off (a holiday), or worked (a weekend day in exchange). Said again, the
    later word stands. Who: a bureau officer of the whole tree, for the calendar is one for all; or the installation.

    Refuses: NotYourOffice, DayWithoutName.
    """
    if by and not keeps_calendar(by, at):
        raise access.NotYourOffice()
    name = " ".join(name.split())
    longest = DayOff._meta.get_field("name").max_length
    if not name or len(name) > longest:
        raise DayWithoutName(longest=longest)
    day, _made = DayOff.objects.update_or_create(on=on, defaults={"is_working": is_working, "name": name})
    facts = {"on": on.isoformat(), "is_working": is_working, "name": name}
    journal.write("people.day_off_set", by=by, at=at, about=day, facts=facts)
    return day


@transaction.atomic
def clear_day_off(*, day: DayOff, by: User, at: dt.datetime) -> None:
    """Take a day back: the week's rule holds for it again. Lists already public keep the dates they were opened with.
    Who: as `set_day_off`. Refuses: NotYourOffice."""
    if not keeps_calendar(by, at):
        raise access.NotYourOffice()
    facts = {"on": day.on.isoformat(), "is_working": day.is_working, "name": day.name}
    journal.write("people.day_off_cleared", by=by, at=at, about=day, facts=facts)
    day.delete()


def keeps_calendar(user: User, at: dt.datetime) -> bool:
    """Whether the user may change the calendar: a bureau officer of the whole tree."""
    held = access.offices(user, at, Appointment.Office.BUREAU_OFFICER)
    return any(each.organisation.parent_id is None for each in held)
