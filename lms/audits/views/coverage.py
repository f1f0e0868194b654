"""Who holds what and who is missing, for any unit in one's care and any day; and the same as workbooks."""

import datetime as dt
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lms.audits import exporting, queries, ranking, targeting, wording
from lms.audits.forms import DayForm, RankingForm
from lms.audits.measures import Yardstick
from lms.audits.queries import Line, Report
from lms.lib import clock, sheets
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Organisation

IN_A_PAGE = 50
_COLUMNS = 2  # shares of other yardsticks beside the one that ranks


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The coverage of the unit that one's office is at."""
    at = clock.now()
    unit = queries.own_unit(request.user, at)
    if unit is None:
        raise Http404
    return _page(request, unit, at)


@login_required
@require_safe
def coverage(request: HttpRequest, pk: int) -> HttpResponse:
    """The coverage of any unit in one's care."""
    at = clock.now()
    return _page(request, get_object_or_404(queries.units(request.user, at), pk=pk), at)


def _page(request: HttpRequest, unit: Organisation, at: dt.datetime) -> HttpResponse:
    form, on = asked_day(unit, request.GET, at)
    context: dict[str, Any] = {
        "unit": unit,
        "form": form,
        "on": on,
        "day": _kept(on, at),
        "may_set": unit.level < Organisation.Level.SCHOOL and access.covers(request.user, unit, at, *targeting.OFFICES),
        "crumbs": crumbs(unit, request, at, on),
    }
    if on:
        report = queries.report(unit, on)
        context |= _figures(report) | (_ranked(report, request.GET) if report.below else _missing(report))
    return render(request, "audits/coverage.html", context, status=200 if on else 422)


def _figures(report: Report) -> dict[str, Any]:
    return {
        "report": report,
        "required": [wording.shown(each, report.unit, report.on) for each in report.required],
        "aims": [wording.shown(each, report.unit, report.on) for each in report.aims],
        "gaps": ranking.gaps(report),
        "heads": [(wording.short_name(each), ranking.goal_of(each)) for each in report.yardsticks],
    }


def _ranked(report: Report, asked: QueryDict) -> dict[str, Any]:
    """The units below as they were asked for: by which share, grouped how, filtered, in which order."""
    if not report.lines:
        return {}
    by, grouping = _by(report, asked), _grouping(report, asked)
    form = RankingForm(asked, report)
    everyone = ranking.rows(report, by, grouping)
    found = ranking.ordered(ranking.chosen(everyone, **_within(form, report, asked)), form.order())
    others = [each for each in report.yardsticks if each != by][:_COLUMNS]
    page = Paginator(found, IN_A_PAGE).get_page(asked.get("page"))
    return {
        "by": by,
        "by_name": wording.name(by),
        "ranking_form": form,
        "grouping": grouping,
        "everyone": everyone,
        "short": sum(1 for each in everyone if each.to_goal),
        "found": found,
        "page": page,
        "rows": [(each, [each.shares.get(other.key) for other in others]) for each in page],
        "others": [wording.short_name(each) for each in others],
        "tabs": _tabs(report, by, asked),
        "groupings": _groupings(report, grouping, asked),
    }


def _by(report: Report, asked: QueryDict) -> Yardstick:
    """The yardstick that ranks; one that the unit does not have is not there."""
    key = asked.get("by", "")
    found = next((each for each in report.yardsticks if each.key == key), None)
    if key and found is None:
        raise Http404
    return found or report.yardsticks[0]


def _grouping(report: Report, asked: QueryDict) -> str:
    divided = bool(ranking.divisions(report))
    if divided and asked.get("units") in (ranking.SCHOOLS, ranking.PARTS):
        return asked["units"]
    return ranking.PARTS if divided and report.unit.level < Organisation.Level.COUNTY else ranking.SCHOOLS


def _within(form: RankingForm, report: Report, asked: QueryDict) -> dict[str, Any]:
    """What the form chose; a unit that is none of this one's parts is not there."""
    if asked.get("within") and asked["within"] not in form.divisions:
        raise Http404
    return form.chosen()


def _tabs(report: Report, by: Yardstick, asked: QueryDict) -> list[dict[str, Any]]:
    return [
        {"label": wording.short_name(each), "address": _address(asked, by=each.key), "current": each == by}
        for each in report.yardsticks
    ]


def _groupings(report: Report, grouping: str, asked: QueryDict) -> list[dict[str, Any]]:
    if not ranking.divisions(report):
        return []
    ways = {ranking.SCHOOLS: _("By school"), ranking.PARTS: _("By unit directly below")}
    return [
        {"label": label, "address": _address(asked, units=key), "current": key == grouping}
        for key, label in ways.items()
    ]


def _address(asked: QueryDict, **changed: str) -> str:
    query = asked.copy()
    query.pop("page", None)
    for name, value in changed.items():
        query[name] = value
    return f"?{query.urlencode()}#ranking"


def _missing(report: Report) -> dict[str, Any]:
    """At a school: the persons themselves, a few of every requirement that somebody misses."""
    lists = []
    for line in report.required:
        rule = line.yardstick.rule
        if rule and line.share.lacking:
            teachers = queries.lacking(rule, report.unit, report.on)[:8]
            lists.append(
                (wording.shown(line, report.unit, report.on), queries.rows_of(teachers, rule, report.unit, report.on))
            )
    return {"missing": lists}


@login_required
@require_POST
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """The ranking as it is shown, all pages, as a workbook."""
    at = clock.now()
    unit = get_object_or_404(queries.units(request.user, at), pk=pk)
    on = _known_day(unit, request.GET, at)
    report = queries.report(unit, on)
    asked = _ranked(report, request.GET)
    if not asked:
        raise Http404
    content = exporting.ranking(report, asked["by"], asked["found"], at)
    exporting.note(
        unit=unit,
        what=asked["by_name"],
        on=on,
        rows=len(asked["found"]),
        by=request.user,
        at=at,
        units=asked["grouping"],
        search=asked["ranking_form"].cleaned_data.get("q", ""),
    )
    return sheets.send(content, name=_("Coverage {unit} {day}.xlsx").format(unit=unit.name, day=on.isoformat()))


@login_required
@require_safe
def lacking(request: HttpRequest, pk: int, rule: int) -> HttpResponse:
    """The persons below a unit who lack what a rule asks of them, by name."""
    at = clock.now()
    unit = get_object_or_404(queries.units(request.user, at), pk=pk)
    form, on = asked_day(unit, request.GET, at)
    context: dict[str, Any] = {"unit": unit, "form": form, "on": on, "crumbs": crumbs(unit, request, at, on, own=True)}
    if on:
        line = _line(unit, on, rule)
        teachers = queries.lacking(line.yardstick.rule, unit, on)
        page = Paginator(teachers, IN_A_PAGE).get_page(request.GET.get("page"))
        rows = queries.rows_of(page.object_list, line.yardstick.rule, unit, on)
        context |= {
            "line": wording.shown(line, unit, on),
            "page": page,
            "rows": [(each, [exporting.paper_words(paper) for paper in each.held]) for each in rows],
            "post": wording.post_name(line.yardstick),
        }
    return render(request, "audits/lacking.html", context, status=200 if on else 422)


@login_required
@require_POST
def export_lacking(request: HttpRequest, pk: int, rule: int) -> HttpResponse:
    """The same persons as a workbook."""
    at = clock.now()
    unit = get_object_or_404(queries.units(request.user, at), pk=pk)
    on = _known_day(unit, request.GET, at)
    line = _line(unit, on, rule)
    found = queries.rows_of(queries.lacking(line.yardstick.rule, unit, on), line.yardstick.rule, unit, on)
    content = exporting.lacking(line.yardstick, unit, on, found, at)
    what = _("Without it: {name}").format(name=wording.name(line.yardstick))
    exporting.note(unit=unit, what=what, on=on, rows=len(found), by=request.user, at=at)
    return sheets.send(content, name=_("Missing {unit} {day}.xlsx").format(unit=unit.name, day=on.isoformat()))


def _line(unit: Organisation, on: dt.date, rule: int) -> Line:
    """The line of a rule in force at the unit on that day; any other rule is not there."""
    found = next((each for each in queries.headline(unit, on) if each.yardstick.key == f"r{rule}"), None)
    if found is None:
        raise Http404
    return found


def asked_day(unit: Organisation, asked: QueryDict, at: dt.datetime) -> tuple[DayForm, dt.date | None]:
    """The form with what was typed, and the day it means; None where it names no day that the records know."""
    form = DayForm(asked if "on" in asked else {"on": clock.local_date(at)})
    if not form.is_valid():
        return form, None
    on = form.cleaned_data["on"] or clock.local_date(at)
    try:
        queries.require_recorded(unit, on, clock.local_date(at))
    except Refusal as refusal:
        form.add_error("on", str(refusal))
        return form, None
    return form, on


def _known_day(unit: Organisation, asked: QueryDict, at: dt.datetime) -> dt.date:
    """The day of an export: its button stands on a page that had one."""
    _form, on = asked_day(unit, asked, at)
    if on is None:
        raise Http404
    return on


def crumbs(
    unit: Organisation, request: HttpRequest, at: dt.datetime, on: dt.date | None, *, own: bool = False
) -> list[tuple[str, str]]:
    """The units above as far as the user may see them, each with its coverage on the same day."""
    above = queries.units(request.user, at).filter(pk__in=[*unit.ancestor_ids, *([unit.pk] if own else [])])
    return [(each.name, reverse("audits:coverage", args=[each.pk]) + _kept(on, at)) for each in above]


def _kept(on: dt.date | None, at: dt.datetime) -> str:
    """What a link to another page of coverage carries on: the day, unless it is today."""
    return f"?on={on.isoformat()}" if on and on != clock.local_date(at) else ""
