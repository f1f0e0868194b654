"""Question banks in: a workbook is checked whole, every fault told by its row, and taken in only without a fault."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from exams import versioning
from exams.models import Question
from lms.journal import writing as journal
from lms.lib import sheets
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, Organisation, User
from lms.questions import checking, likeness, marking, topics
from lms.questions.checking import Problem

OFFICER = Appointment.Office.EXAM_OFFICER

# The workbook's headings and the words it uses are a format, the same in every language of the site.
CODE, KIND, STEM, RIGHT, POINTS = "编号", "题型", "题干", "答案", "分值"
OPTIONS = [f"选项{letter}" for letter in "ABCDEF"]
TOPIC, DIFFICULTY, COGNITIVE, EXPLANATION, SOURCE = "主题", "难度", "认知层次", "解析", "来源"
HEADINGS = [CODE, KIND, STEM, *OPTIONS, RIGHT, POINTS, TOPIC, DIFFICULTY, COGNITIVE, EXPLANATION, SOURCE]
REQUIRED_HEADINGS = [CODE, KIND, STEM, *OPTIONS[:2], RIGHT, POINTS, DIFFICULTY]
KINDS = {
    "单选": Question.Kind.SINGLE,
    "多选": Question.Kind.MULTIPLE,
    "判断": Question.Kind.TRUE_FALSE,
    "填空": Question.Kind.FILL_IN,
    "简答": Question.Kind.SHORT_ANSWER,
    "案例": Question.Kind.CASE,
}
PART = "案例小题"
DIFFICULTIES = {"易": Question.Difficulty.EASY, "中": Question.Difficulty.MEDIUM, "难": Question.Difficulty.HARD}
TRUTHS = {"对": True, "错": False}
_BETWEEN_BLANKS, _BETWEEN_WORDS = re.compile("[；;]"), re.compile("[/／]")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,15}")
_CONTENT = (
    *("kind", "stem", "body", "key", "points"),
    *("topic", "difficulty", "cognitive_level", "explanation", "source"),
)
_LONGEST = {TOPIC: 80, COGNITIVE: 20, SOURCE: 200}

# What a problem found by lms.questions means in the workbook: the column to look at, and the sentence.
_SENTENCES: dict[tuple[str, str], tuple[str, Promise]] = {
    ("stem", "empty"): (STEM, _("The stem is empty. Write the question.")),
    ("stem", "no_blank"): (STEM, _("A fill-in question needs a blank: write ____ where the word belongs.")),
    ("points", "not_positive"): (POINTS, _("Points must be above 0.")),
    ("points", "parts_differ"): (POINTS, _("The case is worth {total} points but its parts add up to {parts}.")),
    ("options", "too_few"): (OPTIONS[0], _("A choice needs at least two options.")),
    ("options", "twice"): (OPTIONS[0], _("Two options say the same.")),
    ("right", "none"): (RIGHT, _("The right answer is missing.")),
    ("right", "no_such_option"): (RIGHT, _("The answer names {letters}, but there is no such option.")),
    ("right", "more_than_one"): (RIGHT, _("A single choice has exactly one right letter.")),
    ("right", "only_one"): (RIGHT, _("A multiple choice has at least two right letters; with one it is a 单选.")),
    ("right", "letter_twice"): (RIGHT, _("The answer names a letter twice.")),
    ("right", "empty_blank"): (RIGHT, _("The answer of a blank is empty. Separate blanks by ； and variants by /.")),
    ("right", "blanks_differ"): (RIGHT, _("The stem has {blanks} blanks, the answer has {answers}.")),
    ("right", "no_guide"): (RIGHT, _("The marking points are missing.")),
    ("parts", "none"): (KIND, _("A case needs parts: rows of kind 案例小题 right below it.")),
    ("parts", "part_empty"): (STEM, _("A part of this case has no question.")),
}


@dataclass(frozen=True)
class Fault:
    """One thing to mend: the row of the workbook, the column's heading and address, what stands there, why not."""

    row: int
    heading: str
    address: str
    found: str
    sentence: str


@dataclass
class Draft:
    """A question as the workbook has it."""

    row: sheets.Row
    code: str
    kind: str
    stem: str
    body: dict[str, Any]
    key: dict[str, Any]
    points: Decimal
    topic: str = ""
    difficulty: str = ""
    cognitive_level: str = ""
    explanation: str = ""
    source: str = ""
    parts: "list[Draft]" = field(default_factory=list)

    def content(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in _CONTENT)


@dataclass(frozen=True)
class Checked:
    """What a workbook holds: the questions in its order, and what must be mended before any of them is taken in."""

    drafts: list[Draft]
    faults: list[Fault]


class BankFaulty(Refusal):
    sentence = _("Nothing was taken in: {count} places in the workbook need mending. Mend them and bring it again.")
    field = "file"

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(count=len(faults))
        self.faults = faults


class NoQuestions(Refusal):
    sentence = _("The workbook has no question below its headings. Choose the workbook with the question bank.")
    field = "file"


class HeadingsMissing(Refusal):
    sentence = _("These columns are missing: {headings}. The first row of the workbook must name them.")
    field = "file"


def check_workbook(organisation: Organisation, file: IO[bytes], file_name: str) -> Checked:
    """Read a workbook and find every fault at once: of each question by itself, codes that come twice, and stems too
    alike to another in the workbook or in the bank. Writes nothing. Refuses: HeadingsMissing, NoQuestions, and what
    lms.lib.sheets refuses of a file."""
    sheet = sheets.read(file, file_name, expected=HEADINGS)
    if missing := [each for each in REQUIRED_HEADINGS if each not in sheet.headings]:
        raise HeadingsMissing(headings="、".join(missing))
    if not sheet.rows:
        raise NoQuestions()
    faults: list[Fault] = []
    drafts = _joined([_draft(row, faults) for row in sheet.rows], faults)
    for each in drafts:
        faults += [_told(each, problem) for problem in _problems(each)]
    faults += _twice(drafts)
    faults += _alike(organisation, drafts)
    return Checked(drafts, sorted(faults, key=lambda fault: (fault.row, HEADINGS.index(fault.heading))))


@transaction.atomic
def collect(
    organisation: Organisation, file: IO[bytes], file_name: str, *, by: User, at: dt.datetime
) -> list[Question]:
    """Take a workbook into an institution's bank, whole or not at all; returns its questions as they now stand, in the
    workbook's order. A code that is new is version 1; one whose content changed gets the next version and the earlier
    ones stay; one that did not change is left as it is. What is new waits for review by another person. Who: an exam
    officer whose office covers the institution.

    Refuses: NotYourOffice, BankFaulty (with every fault), HeadingsMissing, NoQuestions.
    """
    access.require(by, organisation, at, OFFICER)
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    checked = check_workbook(organisation, file, file_name)
    if checked.faults:
        raise BankFaulty(checked.faults)
    standing = {each.code: each for each in Question.objects.filter(organisation=organisation).newest()}
    changed = [each for each in checked.drafts if not _stands(standing.get(each.code), each)]
    versions = [_question(each, standing.get(each.code)) for each in changed]
    made = versioning.enter(organisation, versions, Question.State.IN_REVIEW, by=by, at=at)
    facts = {
        "file": file_name[:200],
        "new": sum(each.version == 1 for each in made),
        "changed": sum(each.version > 1 for each in made),
        "unchanged": len(checked.drafts) - len(made),
    }
    journal.write("exams.bank_collected", by=by, at=at, about=organisation, facts=facts)
    now_standing = standing | {each.code: each for each in made}
    return [now_standing[each.code] for each in checked.drafts]


def _stands(question: Question | None, draft: Draft) -> bool:
    return question is not None and tuple(getattr(question, name) for name in _CONTENT) == draft.content()


def _question(draft: Draft, before: Question | None) -> Question:
    content = {name: getattr(draft, name) for name in _CONTENT}
    return Question(code=draft.code, version=before.version + 1 if before else 1, **content)


def _draft(row: sheets.Row, faults: list[Fault]) -> Draft:
    """A row as a question or a part of one; what cannot be read is told and left empty."""
    texts = {heading: row.text(heading) for heading in HEADINGS}
    formulas = [each for each in HEADINGS if each in row.cells and row.cells[each].kind == sheets.FORMULA]
    faults += [_fault(row, each, _("A formula stands here. Paste its value instead.")) for each in formulas]
    kind = texts[KIND] if texts[KIND] == PART else KINDS.get(texts[KIND], "")
    if not kind:
        faults.append(_fault(row, KIND, _("The kind must be one of {kinds}."), kinds="、".join([*KINDS, PART])))
    if kind != PART and not _CODE.fullmatch(texts[CODE]):
        faults.append(_fault(row, CODE, _("A code is up to 16 letters and figures, such as S001.")))
    difficulty = DIFFICULTIES.get(texts[DIFFICULTY], "")
    if not difficulty and kind != PART:
        words = "、".join(DIFFICULTIES)
        faults.append(_fault(row, DIFFICULTY, _("The difficulty must be one of {words}."), words=words))
    for heading, longest in _LONGEST.items():
        if len(texts[heading]) > longest:
            faults.append(_fault(row, heading, _("At most {longest} characters fit here."), longest=longest))
    body, key = _body_and_key(kind, texts, row, faults)
    return Draft(
        row=row,
        code=texts[CODE],
        kind=kind,
        stem=texts[STEM],
        body=body,
        key=key,
        points=_points(row, texts[POINTS], faults),
        topic=topics.tidy(texts[TOPIC]),
        difficulty=difficulty,
        cognitive_level=texts[COGNITIVE],
        explanation=texts[EXPLANATION],
        source=texts[SOURCE],
    )


def _points(row: sheets.Row, text: str, faults: list[Fault]) -> Decimal:
    """Points with at most one decimal place; where they cannot be read, that is told and 1 stands in for them."""
    try:
        points = Decimal(text)
        if points.is_finite() and points < 1000 and points == points.quantize(Decimal("0.1")):
            return points.quantize(Decimal("0.1"))
    except InvalidOperation:
        pass
    faults.append(_fault(row, POINTS, _("Points are a number with at most one decimal place, such as 1 or 1.5.")))
    return Decimal(1)


def _body_and_key(
    kind: str, texts: dict[str, str], row: sheets.Row, faults: list[Fault]
) -> tuple[dict[str, Any], dict[str, Any]]:
    right = texts[RIGHT]
    if kind in (Question.Kind.SINGLE, Question.Kind.MULTIPLE):
        letters = [letter for letter in right.upper() if letter.isalnum()]
        policy = {"policy": marking.HALF} if kind == Question.Kind.MULTIPLE else {}
        return {"options": _options(texts, row, faults)}, {"right": letters, **policy}
    if kind == Question.Kind.TRUE_FALSE:
        if right and right not in TRUTHS:
            faults.append(_fault(row, RIGHT, _("The answer must be 对 or 错.")))
            return {}, {"right": False}
        return {}, {"right": TRUTHS[right]} if right else {}
    if kind == Question.Kind.FILL_IN:
        blanks = [[word.strip() for word in _BETWEEN_WORDS.split(blank)] for blank in _BETWEEN_BLANKS.split(right)]
        blanks = blanks if right else []
        return {"blanks": len(checking.BLANK.findall(texts[STEM]))}, {"blanks": blanks}
    return {}, {"guide": right} if right else {}


def _options(texts: dict[str, str], row: sheets.Row, faults: list[Fault]) -> list[dict[str, str]]:
    filled = [heading for heading in OPTIONS if texts[heading]]
    if filled != OPTIONS[: len(filled)]:
        gap = next(heading for heading in OPTIONS if not texts[heading])
        faults.append(_fault(row, gap, _("An option is missing before a later one. Fill the options without a gap.")))
    return [{"id": heading[-1], "text": texts[heading]} for heading in filled]


def _joined(drafts: list[Draft], faults: list[Fault]) -> list[Draft]:
    """The questions, the parts of a case put into the case above them."""
    whole: list[Draft] = []
    for each in drafts:
        if each.kind != PART:
            whole.append(each)
            continue
        case = whole[-1] if whole and whole[-1].kind == Question.Kind.CASE else None
        if case is None:
            faults.append(_fault(each.row, KIND, _("A part of a case belongs right below its case.")))
            continue
        expected = f"{case.code}.{len(case.parts) + 1}"
        if each.code != expected:
            faults.append(_fault(each.row, CODE, _("This part's code must be {code}."), code=expected))
        case.parts.append(each)
    for each in whole:
        if each.kind == Question.Kind.CASE:
            each.body, each.key = _with_parts(each.parts)
    return whole


def _with_parts(parts: list[Draft]) -> tuple[dict[str, Any], dict[str, Any]]:
    shown = [
        {"number": number, "stem": part.stem, "points": format(part.points.normalize(), "f")}
        for number, part in enumerate(parts, start=1)
    ]
    return {"parts": shown}, {"parts": [part.key for part in parts]}


def _problems(draft: Draft) -> list[Problem]:
    if not draft.kind:
        return []
    return checking.problems(draft.kind, draft.stem, draft.body, draft.key, draft.points)


def _told(draft: Draft, problem: Problem) -> Fault:
    """A problem at the cell where it is mended: for a part's missing text or guide, in the part's own row."""
    heading, sentence = _SENTENCES[problem.about, problem.why]
    row = draft.row
    if draft.parts and problem.why in ("no_guide", "part_empty"):
        row = next((part.row for part in draft.parts if not part.row.text(heading)), row)
    return _fault(row, heading, sentence, **problem.facts)


def _twice(drafts: list[Draft]) -> Iterator[Fault]:
    first: dict[str, Draft] = {}
    for each in drafts:
        before = first.setdefault(each.code, each)
        if before is not each:
            sentence = _("Row {row} already has the code {code}. Give each question its own.")
            yield _fault(each.row, CODE, sentence, row=before.row.number, code=each.code)


def _alike(organisation: Organisation, drafts: list[Draft]) -> Iterator[Fault]:
    """Stems too alike: to an earlier row of the workbook, or to another question of the bank."""
    by_code = {each.code: each for each in drafts if each.stem}
    bank = Question.objects.filter(organisation=organisation).newest().exclude(code__in=by_code)
    stems = dict(bank.values_list("code", "stem")) | {code: each.stem for code, each in by_code.items()}
    for earlier, later in likeness.twins(stems, by_code):
        draft = by_code[later]
        if earlier in by_code:
            sentence = _("The stem is much like {code} in row {row}. Keep one, or make them ask different things.")
            yield _fault(draft.row, STEM, sentence, code=earlier, row=by_code[earlier].row.number)
        else:
            sentence = _("The stem is much like {code} of the bank. Keep one, or make them ask different things.")
            yield _fault(draft.row, STEM, sentence, code=earlier)


def _fault(row: sheets.Row, heading: str, sentence: Promise, /, **facts: Any) -> Fault:
    cell = row.cells.get(heading)
    text = str(format_lazy(sentence, **facts))
    return Fault(row.number, heading, cell.address if cell else "", cell.text if cell else "", text)
