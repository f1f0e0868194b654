"""Drafting papers from a table of specification: one paper or two equivalent forms, and single questions swapped."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from exams import composing, contents, difficulty, selecting, showing, specifying
from exams.models import Module, Paper, PaperQuestion, Question
from exams.selecting import Cell, Offer
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people.models import Organisation, User
from lms.questions import likeness

MOST_AVOIDED = 20
MOST_OFFERED = 30
_KINDS = {kind: place for place, kind in enumerate(Question.Kind.values)}
_Chosen = list[tuple[int, Cell, Offer]]


class SeedMissing(Refusal):
    sentence = _("Give a seed, any word or number. The same seed draws the same paper again.")
    field = "seed"


class AvoidedNotPossible(Refusal):
    sentence = _("The questions of 0 to 20 earlier papers can be left out.")
    field = "avoid_last"


class CellsShort(Refusal):
    """The bank cannot fill the table; `lacking` says of every such cell how many questions are missing."""

    sentence = _("The bank cannot fill the table: {cells}. Add or approve questions, or ask for fewer.")
    field = "rows"

    def __init__(self, lacking: dict[Cell, int]) -> None:
        self.lacking = lacking
        said = [
            str(_("{cell} ({count} lacking)")).format(cell=specifying.words(c), count=n) for c, n in lacking.items()
        ]
        super().__init__(cells="；".join(said))


class NoSuchPlace(Refusal):
    sentence = _("The paper has no question {number}. Load the page again.")
    status = 404


class NotOfThisCell(Refusal):
    sentence = _(
        "{code} cannot stand in the place of question {number}: it is of another kind, topic or level, already used, "
        "not approved, or too like another on the paper. Choose one of those offered."
    )
    field = "code"


@transaction.atomic
def compose_from(
    module: Module,
    rows: Sequence[Cell],
    *,
    title: str,
    seed: str,
    table: str = "",
    forms: int = 1,
    avoid_last: int = 0,
    shuffle: bool = True,
    by: User,
    at: dt.datetime,
) -> list[Paper]:
    """Draft a paper, or two equivalent forms, by a table of specification from the usable questions of the bank.

    The same seed gives the same paper whatever the order of the rows: sections stand in the order of their kinds. No
    two questions that are alike stand on one paper, and the forms share none; what candidates are expected to earn on
    each is on record. `avoid_last`: leave out the questions of so many of the authority's latest frozen papers.
    `table` is the title of the table. Who: an exam officer of the exam, until the bell.

    Refuses, and writes nothing: NotYourOffice, NotWritten, NotAtThisStep, SeedMissing, AvoidedNotPossible,
    TotalDoesNotFit, CellsShort, NoRightAnswer, QuestionUnsound.
    """
    composing.require_open(module, by, at)
    if not seed.strip():
        raise SeedMissing()
    if not 0 <= avoid_last <= MOST_AVOIDED:
        raise AvoidedNotPossible()
    composing.require_total(module, sum((cell.count * cell.points for cell in rows), Decimal(0)))
    bank = module.stage.exam.organisation
    cells = sorted(rows)
    offers = _offers(bank, cells, without=_used_lately(bank, avoid_last))
    found = selecting.select(cells, offers, seed.strip(), forms=forms, alike=lambda codes: _twins(bank, codes))
    if found.lacking:
        raise CellsShort(found.lacking)
    chosen = _in_order(cells, found.forms, seed.strip())
    questions = _questions(bank, [offer.code for form in chosen for _row, _cell, offer in form])
    composing.require_sound(list(questions.values()))
    snapshot = _snapshot(cells, table=table, forms=forms, avoid_last=avoid_last)
    papers: list[Paper] = []
    for letter, form in zip(Paper.Form.values if forms == 2 else [""], chosen, strict=True):
        paper = Paper(module=module, title=title.strip(), form=letter, seed=seed.strip(), specification=snapshot)
        paper.form_of = papers[0] if papers else None
        paper.composed_by, paper.composed_at = by, at
        paper.option_order = showing.ALGORITHM if shuffle else ""
        composing.lay_out(paper, _places(form, questions))
        papers.append(paper)
    facts = {"questions": len(chosen[0]), "forms": forms, "table": table}
    journal.write("exams.paper_composed", by=by, at=at, about=papers[0], facts=facts)
    return papers


@transaction.atomic
def swap(paper: Paper, number: int, code: str, *, by: User, at: dt.datetime) -> PaperQuestion:
    """Put another question of the same cell in the place of one, on a draft; whoever does becomes its composer, so
    somebody else freezes it. Refuses: NotYourOffice, NotAtThisStep, PaperFrozen, NoSuchPlace, NotOfThisCell,
    NoRightAnswer, QuestionUnsound."""
    composing.require_open(paper.module, by, at)
    forms = composing.locked_forms(paper)
    paper = next(each for each in forms if each.pk == paper.pk)
    place = place_of(paper, number)
    question = next((each for each in alternatives(place, only=code) if each.code == code), None)
    if question is None:
        raise NotOfThisCell(code=code, number=number)
    composing.require_sound([question])
    place.question = question
    place.save(update_fields=["question"])
    paper.expected = difficulty.expected(
        paper.module.stage.exam.organisation, list(paper.places.select_related("question"))
    )
    paper.composed_by, paper.composed_at = by, at
    paper.save(update_fields=["expected", "composed_by", "composed_at"])
    journal.write("exams.question_swapped", by=by, at=at, about=paper, facts={"number": number})
    return place


def place_of(paper: Paper, number: int) -> PaperQuestion:
    """The place of a number on a paper. Refuses: NoSuchPlace."""
    place = paper.places.select_related("question", "paper__module__stage__exam__organisation")
    found = place.filter(number=number).first()
    if found is None:
        raise NoSuchPlace(number=number)
    return found


def cell_of(place: PaperQuestion) -> Cell:
    """The cell that a place fills: of the paper's table, or, on a paper made by hand, what its question is."""
    rows = place.paper.specification.get("rows", [])
    if place.row is not None and place.row < len(rows):
        return _cell(rows[place.row])
    question = place.question
    return Cell(place.section, question.kind, question.topic, question.cognitive_level, place.points, 1)


def alternatives(place: PaperQuestion, *, only: str = "") -> list[Question]:
    """The questions that may stand in a place instead, at most 30, in the order of the paper's lots: of the same cell,
    on neither form, and like no other question there. `only`: look at this code alone."""
    paper = place.paper
    bank = paper.module.stage.exam.organisation
    forms = contents.forms(paper)
    used = dict(PaperQuestion.objects.filter(paper__in=forms).values_list("question__code", "question__stem"))
    cell = cell_of(place)
    offers = [each for each in _offers(bank, [cell], without=used) if each.fits(cell) and only in ("", each.code)]
    offers.sort(key=lambda each: selecting.draw(paper.seed, each.code))
    found = _questions(bank, [each.code for each in offers[: 2 * MOST_OFFERED]])
    others = {code: stem for code, stem in used.items() if code != place.question.code}
    stems = others | {code: each.stem for code, each in found.items()}
    alike = {code for pair in likeness.twins(stems, found) if set(pair) & set(others) for code in pair}
    return [each for code, each in found.items() if code not in alike][:MOST_OFFERED]


def _usable(bank: Organisation) -> QuerySet[Question]:
    return Question.objects.filter(organisation=bank).usable()


def _offers(bank: Organisation, cells: Iterable[Cell], without: Collection[str]) -> list[Offer]:
    """What the bank offers for these kinds; of a kind with parts the parts' points must make the place's."""
    known = difficulty.shown(bank)
    asked = _usable(bank).filter(kind__in={cell.kind for cell in cells}).order_by()
    worths = dict(asked.filter(kind=Question.Kind.CASE).values_list("code", "points"))
    declared = selecting.DECLARED_EASE
    rows = asked.values_list("code", "kind", "topic", "cognitive_level", "difficulty")
    return [
        Offer(code, kind, topic, level, known.get(code, declared[difficult]), worths.get(code))
        for code, kind, topic, level, difficult in rows
        if code not in without
    ]


def _used_lately(bank: Organisation, papers: int) -> set[str]:
    """The codes on the authority's latest papers whose bell has rung; two forms count as one. One that is still to be
    sat is left out, or the choice would tell what stands on it."""
    if not papers:
        return set()
    frozen = Paper.objects.filter(
        module__stage__exam__organisation=bank, state=Paper.State.FROZEN, form_of=None
    ).exclude(module__stage__state__in=composing.BEFORE_THE_BELL)
    frozen = frozen.order_by("-frozen_at", "-pk")
    latest = list(frozen.values_list("pk", flat=True)[:papers])
    used = PaperQuestion.objects.filter(Q(paper__in=latest) | Q(paper__form_of__in=latest))
    return set(used.values_list("question__code", flat=True))


def _twins(bank: Organisation, codes: Collection[str]) -> list[tuple[str, str]]:
    stems = dict(_usable(bank).filter(code__in=codes).order_by("code").values_list("code", "stem"))
    return likeness.twins(stems, stems)


def _questions(bank: Organisation, codes: Sequence[str]) -> dict[str, Question]:
    """The usable versions of these codes, in their order."""
    found = {each.code: each for each in _usable(bank).filter(code__in=codes)}
    return {code: found[code] for code in codes if code in found}


def _in_order(cells: list[Cell], forms: list[dict[Cell, list[Offer]]], seed: str) -> list[_Chosen]:
    """The questions of each form as they stand on it, each with its row: sections by their first kind, in a section by
    kind and points, then as the lots of form A fall; in form B each number is of the same row as in form A."""
    first: dict[str, int] = {}
    for cell in cells:
        first[cell.section] = min(first.get(cell.section, len(_KINDS)), _KINDS[cell.kind])

    def lot(offer: Offer) -> str:
        return selecting.draw(seed, offer.code)

    def place(each: tuple[int, Cell, Offer]) -> tuple:
        _row, cell, offer = each
        return first[cell.section], cell.section, _KINDS[cell.kind], cell.points, lot(offer)

    lead = sorted(((row, cell, offer) for row, cell in enumerate(cells) for offer in forms[0][cell]), key=place)
    others = []
    for form in forms[1:]:
        waiting = {cell: iter(sorted(form[cell], key=lot)) for cell in cells}
        others.append([(row, cell, next(waiting[cell])) for row, cell, _offer in lead])
    return [lead, *others]


def _places(form: _Chosen, questions: dict[str, Question]) -> list[PaperQuestion]:
    return [
        PaperQuestion(question=questions[offer.code], section=cell.section, number=number, points=cell.points, row=row)
        for number, (row, cell, offer) in enumerate(form, start=1)
    ]


def _snapshot(cells: list[Cell], *, table: str, forms: int, avoid_last: int) -> dict[str, object]:
    rows = [
        {
            "section": cell.section,
            "topic": cell.topic,
            "cognitive_level": cell.level,
            "kind": cell.kind,
            "count": cell.count,
            "points": contents.plain(cell.points),
        }
        for cell in cells
    ]
    return {
        "table": table,
        "rows": rows,
        "forms": forms,
        "avoid_last": avoid_last,
        "algorithm": selecting.ALGORITHM,
    }


def _cell(row: dict[str, object]) -> Cell:
    return Cell(
        str(row["section"]),
        str(row["kind"]),
        str(row["topic"]),
        str(row["cognitive_level"]),
        Decimal(str(row["points"])),
        int(str(row["count"])),
    )
