"""Coverage as a workbook: the ranking, or the persons who lack something, with what the figures are and of when."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certs import wording as certs
from lms.audits import wording
from lms.audits.measures import Share, Yardstick
from lms.audits.queries import Lacking, Report
from lms.audits.ranking import Row
from lms.journal import writing as journal
from lms.lib import clock, sheets
from lms.people import access
from lms.people.models import Appointment, Organisation, PostHeld, User

# What a certificate from elsewhere is called while it stands so; the others have their words in certs.
_ELSEWHERE = {
    "verified": gettext_lazy("verified"),
    "to_be_verified": gettext_lazy("waiting for verification"),
    "rejected": gettext_lazy("not verified"),
}


@transaction.atomic
def note(*, unit: Organisation, what: str, on: dt.date, rows: int, by: User, at: dt.datetime, **chosen: Any) -> None:
    """Write into the journal that figures or names left the site: which, of what day, how many rows, chosen by what.
    Refuses: NotYourOffice."""
    access.require(by, unit, at, *Appointment.RECORD_OFFICES)
    facts = {"what": what, "on": on.isoformat(), "rows": rows, **{key: value for key, value in chosen.items() if value}}
    journal.write("audits.coverage_exported", by=by, at=at, about=unit, facts=facts)


def ranking(report: Report, by: Yardstick, found: Sequence[Row], at: dt.datetime) -> bytes:
    """The ranking as a workbook: every yardstick with numerator, denominator and percent; and what each is."""
    headings = [_("Place"), _("Unit"), _("Code"), _("Belongs to")]
    for each in report.yardsticks:
        name = wording.short_name(each)
        headings += [name, _("{name}: of").format(name=name), _("{name}: percent").format(name=name)]
    headings += [_("Pupils"), _("Full-time"), _("Part-time")]
    table = [_ranked(each, report.yardsticks) for each in found]
    title = _("Coverage, ranked by: {name}").format(name=wording.name(by))
    above = [title, *_head(report.unit, report.on, at), *_definitions(report)]
    return sheets.write([(_("Ranking"), headings, table)], above=above)


def _ranked(row: Row, yardsticks: Iterable[Yardstick]) -> list[Any]:
    unit = row.unit
    cells = [row.place, row.name, unit.code if unit else None, unit.parent.name if unit and unit.parent else None]
    for each in yardsticks:
        share = row.shares.get(each.key, Share())
        cells += [share.part, share.of, "–" if share.percent is None else share.percent]
    reported = row.figures
    numbers = (reported.pupils, reported.full_time_posts, reported.part_time_posts) if reported else (None, None, None)
    return [*cells, *numbers]


def lacking(yardstick: Yardstick, unit: Organisation, on: dt.date, found: Sequence[Lacking], at: dt.datetime) -> bytes:
    """The persons who lack what their post requires, or is meant to have: name, school, post, since when, what each
    holds. No identity number, no telephone."""
    headings = [_("Name"), _("School"), _("Post"), _("In the post since"), _("Holds on that day")]
    post = str(PostHeld.Post(yardstick.post).label)
    table = [
        [each.teacher.full_name, each.school.name if each.school else None, post, each.since, held_words(each)]
        for each in found
    ]
    title = _("Without it: {name}").format(name=wording.name(yardstick))
    above = [title, *_head(unit, on, at), wording.definition(yardstick, unit, on)]
    return sheets.write([(_("Persons"), headings, table)], above=above)


def held_words(row: Lacking) -> str:
    """What a person holds, in one line; a dash where it is nothing."""
    return _("; ").join(paper_words(each) for each in row.held) or "–"


def paper_words(paper: dict[str, Any]) -> str:
    standing = _ELSEWHERE.get(paper["standing"]) or certs.STANDINGS[paper["standing"]]
    if paper["standing"] == "expired":
        return _("{name}, expired on {day}").format(name=paper["name"], day=wording.day(paper["until"]))
    return _("{name}, {standing}").format(name=paper["name"], standing=standing)


def _head(unit: Organisation, on: dt.date, at: dt.datetime) -> list[str]:
    printed = clock.local_date(at)
    return [
        _("Unit: {name} ({code})").format(name=unit.name, code=unit.code),
        _("As of: {day}, 24:00").format(day=wording.day(on)),
        _("Exported on {day}").format(day=wording.day(printed)),
    ]


def _definitions(report: Report) -> list[str]:
    return [
        _("{name}. {definition}").format(
            name=wording.short_name(each), definition=wording.definition(each, report.unit, report.on)
        )
        for each in report.yardsticks
    ]
