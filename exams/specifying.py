"""Tables of specification: kept for reuse, changed, read into cells."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from exams.models import Question, Specification, SpecificationRow
from exams.models.exam import EXAM_OFFICES
from exams.selecting import Cell
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Organisation, User

MOST_ROWS = 200
MOST_QUESTIONS = 500


class NothingAsked(Refusal):
    sentence = _("The table asks for no question yet. Fill in at least one row.")
    field = "rows"


class TooMuchAsked(Refusal):
    sentence = _("The table asks for more than 200 rows or 500 questions. Split it into two papers.")
    field = "rows"


class RowNotPossible(Refusal):
    sentence = _(
        "Row {number} cannot be used: a section, a kind, how many (at least 1) and points above 0 with at most one "
        "decimal place are needed."
    )
    field = "rows"


class CellTwice(Refusal):
    sentence = _("“{cell}” stands in the table twice. Put both rows into one.")
    field = "rows"


class TitleTaken(Refusal):
    sentence = _("There is a table “{title}” already. Give this one another title.")
    field = "title"


@transaction.atomic
def keep(
    *,
    organisation: Organisation,
    title: str,
    rows: Sequence[Mapping[str, Any]],
    instead_of: Specification | None = None,
    by: User,
    at: dt.datetime,
) -> Specification:
    """Keep a table for reuse, or put it in the place of one that stands; papers made from the old one keep their copy.

    `rows`: [{"section", "topic", "cognitive_level", "kind", "count", "points"}], numbered in the order given; without
    a topic or level any will do. Who: an exam officer over the organisation. Refuses: NotYourOffice, NothingAsked,
    TooMuchAsked, RowNotPossible, CellTwice, TitleTaken.
    """
    access.require(by, organisation, at, *EXAM_OFFICES)
    cells = read(rows)
    kept = instead_of or Specification(organisation=organisation)
    if instead_of:
        kept = Specification.objects.select_for_update().get(pk=instead_of.pk, organisation=organisation)
    kept.title, kept.kept_by, kept.kept_at = title.strip(), by, at
    kept.total = sum((each.count * each.points for each in cells), Decimal(0))
    try:
        with transaction.atomic():
            kept.save()
    except IntegrityError as error:
        raise TitleTaken(title=title.strip()) from error
    kept.rows.all().delete()
    SpecificationRow.objects.bulk_create(
        [
            SpecificationRow(
                specification=kept,
                number=number,
                section=each.section,
                topic=each.topic,
                cognitive_level=each.level,
                kind=each.kind,
                count=each.count,
                points=each.points,
            )
            for number, each in enumerate(cells, start=1)
        ]
    )
    facts = {"title": kept.title, "rows": len(cells), "total": str(kept.total)}
    journal.write("exams.specification_kept", by=by, at=at, about=kept, facts=facts)
    return kept


def read(rows: Sequence[Mapping[str, Any]]) -> list[Cell]:
    """The rows as cells, in their order. Refuses: NothingAsked, TooMuchAsked, RowNotPossible, CellTwice."""
    cells = [_cell(number, row) for number, row in enumerate(rows, start=1)]
    if not cells:
        raise NothingAsked()
    if len(cells) > MOST_ROWS or sum(each.count for each in cells) > MOST_QUESTIONS:
        raise TooMuchAsked()
    times = Counter((each.section, each.kind, each.topic, each.level) for each in cells)
    if twice := next((each for each in cells if times[each.section, each.kind, each.topic, each.level] > 1), None):
        raise CellTwice(cell=words(twice))
    return cells


def cells(specification: Specification) -> list[Cell]:
    """A kept table as cells."""
    return [
        Cell(row.section, row.kind, row.topic, row.cognitive_level, row.points, row.count)
        for row in specification.rows.all()
    ]


def words(cell: Cell) -> str:
    """A cell as a person names it: section, kind, topic, level."""
    kind = str(dict(Question.Kind.choices).get(cell.kind, cell.kind))
    named = str(dict(Question.CognitiveLevel.choices).get(cell.level, cell.level))
    parts: Iterable[str] = (cell.section, kind, cell.topic, named)
    return " · ".join(dict.fromkeys(part for part in parts if part))


def _cell(number: int, row: Mapping[str, Any]) -> Cell:
    try:
        count, points = int(str(row["count"])), Decimal(str(row["points"]))
        possible = (
            0 < count <= MOST_QUESTIONS
            and points.is_finite()
            and 0 < points < 1000
            and points == points.quantize(Decimal("0.1"))
        )
    except (InvalidOperation, ValueError):
        possible = False
    section = str(row["section"]).strip()
    if not possible or not section or row["kind"] not in Question.Kind.values:
        raise RowNotPossible(number=number)
    topic, level = str(row.get("topic") or "").strip(), str(row.get("cognitive_level") or "").strip()
    return Cell(section, str(row["kind"]), topic, level, points.quantize(Decimal("0.1")), count)
