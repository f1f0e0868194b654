"""Designing a rubric: its criteria and their bands, changed freely until the first assessment uses it."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User
from lms.scoring.models import Criterion, Rubric

FULL_MARKS = Decimal(100)
# 优 from 90 of 100 points of a criterion, 良 from 75, 中 from 60, 差 below: words of the score sheets in use.
BANDS = (("优", Decimal("0.90")), ("良", Decimal("0.75")), ("中", Decimal("0.60")), ("差", Decimal(0)))


class PointsDoNotSum(Refusal):
    sentence = _("The criteria come to {total} points, but the full mark is {full}. Correct the points.")
    field = "criteria"


class CriterionFaulty(Refusal):
    sentence = _("Criterion {number} needs a name, a code of its own, and whole points from 1.")
    field = "criteria"


class NoCriteria(Refusal):
    sentence = _("A rubric needs a name and at least one criterion.")
    field = "criteria"


class RubricFrozen(Refusal):
    sentence = _("“{rubric}” has been used to judge and stands as it is. Draft a new rubric instead.")


@transaction.atomic
def draft_rubric(
    *, name: str, criteria: Sequence[dict[str, Any]], by: User, at: dt.datetime, full_marks: Decimal = FULL_MARKS
) -> Rubric:
    """A new rubric. `criteria`: [{"code", "name", "hint", "points"}] in their order, whole points that sum to
    `full_marks`. Who: an exam officer of any authority.

    Refuses: NotYourOffice, NoCriteria, CriterionFaulty, PointsDoNotSum.
    """
    _require_officer(by, at)
    lines = _checked(name, criteria, full_marks)
    rubric = Rubric.objects.create(name=name.strip())
    _write(rubric, lines)
    journal.write("scoring.rubric_drafted", by=by, at=at, about=rubric, facts=_facts(lines))
    return rubric


@transaction.atomic
def redraft_rubric(
    *,
    rubric: Rubric,
    name: str,
    criteria: Sequence[dict[str, Any]],
    by: User,
    at: dt.datetime,
    full_marks: Decimal = FULL_MARKS,
) -> Rubric:
    """Put another name and other criteria in place of a rubric's, as long as nobody has been judged by it.

    Refuses: NotYourOffice, RubricFrozen, NoCriteria, CriterionFaulty, PointsDoNotSum.
    """
    _require_officer(by, at)
    rubric = Rubric.objects.select_for_update().get(pk=rubric.pk)
    if rubric.frozen_at:
        raise RubricFrozen(rubric=rubric.name)
    lines = _checked(name, criteria, full_marks)
    rubric.criteria.all().delete()
    rubric.name = name.strip()
    rubric.save(update_fields=["name"])
    _write(rubric, lines)
    journal.write("scoring.rubric_redrafted", by=by, at=at, about=rubric, facts=_facts(lines))
    return rubric


def freeze(rubrics: Iterable[int], *, at: dt.datetime) -> None:
    """From now on these rubrics stand as they are; one that already does keeps its moment. Part of the act that uses
    them, in its transaction."""
    for rubric in Rubric.objects.select_for_update().filter(pk__in=set(rubrics), frozen_at=None).order_by("pk"):
        rubric.frozen_at = at
        rubric.save(update_fields=["frozen_at"])


def bands_of(points: int) -> list[dict[str, Any]]:
    """The bands of a criterion of so many points, best first, whole points without gap or overlap: 20 points give
    优 18–20, 良 15–17, 中 12–14, 差 0–11. A band that would be empty is left out."""
    bands = []
    top = points
    for name, share in BANDS:
        low = int((share * points).to_integral_value(ROUND_CEILING))
        if low <= top:
            bands.append({"name": name, "from": low, "to": top})
            top = low - 1
    return bands


def _require_officer(by: User, at: dt.datetime) -> None:
    if not access.offices(by, at, Appointment.Office.EXAM_OFFICER):
        raise access.NotYourOffice()


def _checked(name: str, criteria: Sequence[dict[str, Any]], full_marks: Decimal) -> list[dict[str, Any]]:
    if not name.strip() or not criteria:
        raise NoCriteria()
    lines: list[dict[str, Any]] = []
    for number, given in enumerate(criteria, start=1):
        code, title = str(given.get("code", "")).strip(), str(given.get("name", "")).strip()
        points = _whole(given.get("points"))
        if not code or not title or points is None or code in {line["code"] for line in lines}:
            raise CriterionFaulty(number=number)
        hint = str(given.get("hint", "")).strip()
        lines.append({"number": number, "code": code, "name": title, "hint": hint, "points": points})
    total = sum(line["points"] for line in lines)
    if total != full_marks:
        raise PointsDoNotSum(total=total, full=int(full_marks))
    return lines


def _whole(value: Any) -> int | None:
    try:
        points = Decimal(str(value))
    except InvalidOperation:
        return None
    if not points.is_finite() or points < 1 or points != points.to_integral_value():
        return None
    return int(points)


def _write(rubric: Rubric, lines: list[dict[str, Any]]) -> None:
    Criterion.objects.bulk_create([Criterion(rubric=rubric, bands=bands_of(line["points"]), **line) for line in lines])


def _facts(lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {"criteria": {line["code"]: line["points"] for line in lines}}
