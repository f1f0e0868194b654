"""What a record says of schools and posts, trainings, hours and honours."""

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lms.desks.record_row import HONOUR, HOURS, TRAINING, WORK, Row, known, span
from lms.lib.templatetags.design import known_to
from lms.people.models import PostHeld, Posting, Teacher
from lms.records import governing, reckoning, wording
from lms.records.models import Honour, HourEntry, Outcome
from lms.records.reckoning import Judged, Line, Year
from lms.training.models import Enrolment

_TOOK_PART = (Enrolment.State.CONFIRMED, Enrolment.State.COMPLETED, Enrolment.State.NOT_COMPLETED)


# Schools and posts


def posting(each: Posting) -> Row:
    """A school where she was."""
    return Row(
        WORK,
        each.from_on,
        span(each.from_on, each.until_on),
        each.organisation.name,
        state="ended" if each.ending else "",
        word=str(each.get_ending_display()),
        facts={
            "what": "posting",
            "school": each.organisation.name,
            "from": each.from_on,
            "until": each.until_on,
            "ending": each.ending,
        },
    )


def post(each: PostHeld) -> Row:
    """A post that she held."""
    stage = str(each.get_stage_display())
    return Row(
        WORK,
        each.from_on,
        span(each.from_on, each.until_on),
        str(each.get_post_display()),
        tuple(filter(None, (each.organisation.name, stage))),
        facts={
            "what": "post",
            "post": each.post,
            "name": str(each.get_post_display()),
            "stage": each.stage,
            "school": each.organisation.name,
            "from": each.from_on,
            "until": each.until_on,
        },
    )


# Trainings


def trainings(persons: list[int], own: bool) -> Iterator[Row]:
    """What stands on record as an outcome, and the periods she took part in of which none stands there."""
    recorded = set()
    for each in Outcome.objects.filter(teacher__in=persons).select_related("organiser").order_by("pk"):
        recorded |= {each.source, (each.title, each.period)}
        yield _outcome(each, own)
    took_part = Enrolment.objects.filter(teacher__in=persons, state__in=_TOOK_PART).order_by("pk")
    for one in took_part.select_related("period__programme__organisation"):
        period = one.period
        if not recorded & {f"training.period:{period.pk}", (period.programme.title, period.number)}:
            yield _enrolment(one, own)


def _outcome(each: Outcome, own: bool) -> Row:
    if each.struck_at:
        state, word = "void", pgettext("training", "struck")
    elif each.is_completed:
        state, word = "completed", pgettext("training", "completed")
    else:
        state, word = "absent", pgettext("training", "not completed")
    organiser = each.organiser.name if each.organiser else ""
    return Row(
        TRAINING,
        each.ended_on,
        known_to(each.ended_on, each.precision),
        _in_period(each.title, each.period),
        tuple(filter(None, (organiser, _hours_of(each), each.strike_reason))),
        state,
        word,
        reverse("records:training", args=[each.pk]) if own else "",
        {
            "what": "training",
            "title": each.title,
            "period": each.period,
            "track": each.track,
            "organiser": organiser,
            "ended_on": known(each.ended_on, each.precision),
            "hours": each.hours,
            "hours_are_approximate": each.is_approximate,
            "level": each.level,
            "completed": each.is_completed,
            "struck": each.struck_at is not None,
            "reason": each.strike_reason,
        },
    )


def _enrolment(each: Enrolment, own: bool) -> Row:
    period, programme = each.period, each.period.programme
    is_over = each.state != Enrolment.State.CONFIRMED
    return Row(
        TRAINING,
        period.ends_on if is_over else period.starts_on,
        span(period.starts_on, period.ends_on),
        _in_period(programme.name, period.number),
        (programme.organisation.name,),
        "absent" if each.state == Enrolment.State.NOT_COMPLETED else each.state,
        str(each.get_state_display()),
        reverse("training:mine") if own else "",
        {
            "what": "period",
            "title": programme.title,
            "period": period.number,
            "track": programme.track,
            "organiser": programme.organisation.name,
            "from": period.starts_on,
            "until": period.ends_on,
            "state": each.state,
        },
    )


def _in_period(title: str, number: int | None) -> str:
    return f"{title} {pgettext('training', 'period %(n)s') % {'n': number}}" if number else title


def _hours_of(each: Outcome) -> str:
    return _("{n} hours").format(n=wording.about(each.hours, each.is_approximate)) if each.hours else ""


# Hours


def hours(teacher: Teacher, persons: list[int], day: dt.date, own: bool) -> tuple[Judged, list[Row]]:
    """The present training year as it is judged, and a row for every one that has entries."""
    person = Teacher.objects.filter(pk=teacher.pk)
    found = governing.stretches(person).get(teacher.pk, [])
    entries = governing.entries(person).get(teacher.pk, [])
    written = list(HourEntry.objects.filter(teacher__in=persons).order_by("earned_on", "pk"))
    exempt = governing.exempt(person).get(teacher.pk, [])
    judged = governing.judge(entries, found, day, exempt=exempt)
    first = min([day, *(each.earned_on for each in entries)])
    address = reverse("records:mine") if own else reverse("records:person", args=[teacher.pk])
    last = max([day, *(each.earned_on for each in entries)])
    years = [each for each in reckoning.years(found, first, last) if reckoning.within(entries, each)]
    shown = [governing.judge(entries, found, each.first, exempt=exempt) for each in years]
    return judged, [_year(each, written, day, address) for each in shown]


def _year(judged: Judged, written: Sequence[HourEntry], day: dt.date, address: str) -> Row:
    year = judged.year
    state, word = _fulfilment(judged, day)
    sums = _("; ").join(_sum(each) for each in judged.lines if each.hours or each.required)
    return Row(
        HOURS,
        min(year.last, day) if year.first <= day else year.last,
        span(year.first, year.last),
        _total(judged),
        tuple(filter(None, (sums, year.rules.name if year.rules else ""))),
        state,
        word,
        f"{address}?year={wording.key(year)}",
        _year_facts(judged, year, written),
    )


def _total(judged: Judged) -> str:
    year, hours, required = wording.name(judged.year), wording.plain(judged.hours), wording.plain(judged.required)
    if judged.required:
        return _("{year}: {hours} of {required} hours").format(year=year, hours=hours, required=required)
    return _("{year}: {hours} hours").format(year=year, hours=hours)


def _sum(line: Line) -> str:
    name, hours, required = HourEntry.Category(line.category).label, wording.plain(line.hours), line.required
    if not required:
        return f"{name} {hours}"
    return _("{category} {hours} of {required}").format(category=name, hours=hours, required=wording.plain(required))


def _fulfilment(judged: Judged, day: dt.date) -> tuple[str, str]:
    if not judged.required:
        return "", ""
    if judged.is_fulfilled:
        return "completed", pgettext("hours", "fulfilled")
    missing = _("%(n)s missing") % {"n": wording.plain(judged.missing)}
    return ("waiting" if judged.year.last >= day else "ended"), missing


def _year_facts(judged: Judged, year: Year, written: Sequence[HourEntry]) -> dict[str, Any]:
    mine = [each for each in written if year.first <= each.earned_on <= year.last]
    return {
        "what": "hours",
        "from": year.first,
        "until": year.last,
        "rules": year.rules.name if year.rules else None,
        "hours": judged.hours,
        "required": judged.required,
        "missing": judged.missing,
        "beyond_a_day": judged.beyond,
        "categories": [
            {"category": each.category, "hours": each.hours, "required": each.required} for each in judged.lines
        ],
        "entries": [
            {
                "number": each.pk,
                "for": each.title,
                "category": each.category,
                "hours": each.hours,
                "counts": judged.counted.get(each.pk, Decimal(0)),
                "from": each.begun_on,
                "earned_on": each.earned_on,
                "takes_back": each.reverses_id,
                "reason": each.reason,
            }
            for each in mine
        ],
    }


# Honours


def honours(persons: list[int], own: bool) -> Iterator[Row]:
    """Those that the bureau confirmed."""
    for each in Honour.objects.standing().filter(teacher__in=persons).order_by("pk"):
        yield Row(
            HONOUR,
            each.given_on,
            known_to(each.given_on, each.precision),
            each.title,
            (each.giver, str(each.get_level_display())),
            address=reverse("records:honour", args=[each.pk]) if own else "",
            facts={
                "what": "honour",
                "title": each.title,
                "giver": each.giver,
                "level": each.level,
                "given_on": known(each.given_on, each.precision),
            },
        )
