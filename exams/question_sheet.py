"""The workbook of questions: its headings and words, how a row is read as a question, and how a question is written."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from exams.models import Question
from exams.question_faults import Fault
from lms.lib import sheets
from lms.questions import checking, extras, items, marking, topics
from lms.questions.checking import Problem
from lms.questions.items import Item, LeftOut, NotWhole, tidy

# The headings and words are a format, the same in every language of the site.
CODE, KIND, STEM, RIGHT, POLICY, POINTS = "编号", "题型", "题干", "答案", "给分方式", "分值"
OPTIONS = [f"选项{letter}" for letter in "ABCDEF"]
MORE_OPTIONS = [f"选项{letter}" for letter in "GHIJKLMNOPQRSTUVWXYZ"]
TOPIC, DIFFICULTY, COGNITIVE, EXPLANATION, SOURCE = "主题", "难度", "认知层次", "解析", "来源"
EXTRAS = "附加"
HEADINGS = [CODE, KIND, STEM, *OPTIONS, RIGHT, POINTS, TOPIC, DIFFICULTY, COGNITIVE, EXPLANATION, SOURCE]
EVERY_HEADING = [*HEADINGS, *MORE_OPTIONS, POLICY, EXTRAS]
REQUIRED_HEADINGS = [CODE, KIND, STEM, *OPTIONS[:2], RIGHT, POINTS, DIFFICULTY]
KINDS = {
    "单选": Question.Kind.SINGLE,
    "多选": Question.Kind.MULTIPLE,
    "判断": Question.Kind.TRUE_FALSE,
    "填空": Question.Kind.FILL_IN,
    "匹配": Question.Kind.MATCHING,
    "排序": Question.Kind.ORDERING,
    "简答": Question.Kind.SHORT_ANSWER,
    "案例": Question.Kind.CASE,
}
PART = "案例小题"
DIFFICULTIES = {"易": Question.Difficulty.EASY, "中": Question.Difficulty.MEDIUM, "难": Question.Difficulty.HARD}
TRUTHS = {"对": True, "错": False}
# How points are given, for each kind that has a choice; the first is meant where nothing stands.
POLICIES = {
    Question.Kind.SINGLE: {"权重": marking.WEIGHTS},
    Question.Kind.MULTIPLE: {
        "部分一半": marking.HALF,
        "全对": marking.ALL_OR_NOTHING,
        "逐项": marking.PER_OPTION,
        "权重": marking.WEIGHTS,
    },
    Question.Kind.MATCHING: {"逐对": marking.PAIRS, "全对": marking.ALL_OR_NOTHING},
    Question.Kind.ORDERING: {"全对": marking.ALL_OR_NOTHING, "按位": marking.PLACES},
}
LONGEST = {TOPIC: topics.LONGEST, COGNITIVE: 20, SOURCE: 200}
CODES = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,15}")
_BETWEEN_BLANKS, _BETWEEN_WORDS = re.compile("[；;]"), re.compile("[/／]")
_ARROW = re.compile(r"\s*(?:->|→)\s*")
_SHARE = re.compile(r"([A-Za-z])\s*[=＝]\s*(-?[0-9]{1,9}(?:/[1-9][0-9]{0,8})?)")
_PLACES = {"stem": STEM, "points": POINTS, "options": OPTIONS[0], "right": RIGHT, "parts": KIND}


@dataclass
class Draft:
    """A row as a question, or as a part of the case above it; a case has its parts."""

    row: sheets.Row
    item: Item
    parts: "list[Draft]" = field(default_factory=list)


def read(sheet: sheets.Sheet) -> tuple[list[Draft], list[Fault]]:
    """The questions of a workbook in its order, and everything in it that needs mending but what needs the bank."""
    faults: list[Fault] = []
    drafts = _joined([_Row(row, faults).draft() for row in sheet.rows], faults)
    for each in drafts:
        faults += [_told(each, problem) for problem in _problems(each)]
    return drafts, [*faults, *_twice(drafts)]


def fault(row: sheets.Row, heading: str, key: str, /, **facts: Any) -> Fault:
    """A fault in a cell of a row."""
    cell = row.cells.get(heading)
    texts = {name: str(value) for name, value in facts.items()}
    return Fault(row.number, heading, cell.address if cell else "", cell.text if cell else "", key, texts)


class _Row:
    """Reads one row; what cannot be read is told and left empty."""

    def __init__(self, row: sheets.Row, faults: list[Fault]) -> None:
        self.row, self.faults = row, faults
        self.texts = {heading: tidy(row.text(heading)) for heading in EVERY_HEADING}

    def draft(self) -> Draft:
        texts = self.texts
        for each in EVERY_HEADING:
            if self.row.kind(each) == sheets.FORMULA:
                self.fault(each, "formula")
        kind = texts[KIND] if texts[KIND] == PART else KINDS.get(texts[KIND], "")
        if not kind:
            self.fault(KIND, "kind", kinds="、".join([*KINDS, PART]))
        if kind != PART and not CODES.fullmatch(texts[CODE]):
            self.fault(CODE, "code")
        difficulty = DIFFICULTIES.get(texts[DIFFICULTY], "")
        if not difficulty and kind != PART:
            self.fault(DIFFICULTY, "difficulty", words="、".join(DIFFICULTIES))
        for heading, longest in LONGEST.items():
            if len(texts[heading]) > longest:
                self.fault(heading, "cell_too_long", longest=longest)
        body, key = self.body_and_key(kind)
        item = Item(
            code=texts[CODE],
            kind=kind,
            stem=texts[STEM],
            body=body,
            key=key | self.extras(kind, key),
            points=self.points(),
            topic=tuple(each for each in topics.tidy(texts[TOPIC]).split("/") if each),
            difficulty=difficulty,
            cognitive_level=texts[COGNITIVE],
            explanation=texts[EXPLANATION],
            source=texts[SOURCE],
            line=self.row.number,
        )
        return Draft(self.row, item)

    def fault(self, heading: str, key: str, **facts: Any) -> None:
        self.faults.append(fault(self.row, heading, key, **facts))

    def points(self) -> Decimal:
        """Points with at most one decimal place; where they cannot be read, that is told and 1 stands in for them."""
        text = self.texts[POINTS]
        if items.NUMBER.fullmatch(text):
            points = Decimal(text)
            if abs(points) < 1000 and points == points.quantize(Decimal("0.1")):
                return points.quantize(Decimal("0.1"))
        self.fault(POINTS, "points_cell")
        return Decimal(1)

    def policy(self, kind: str) -> str:
        """The word for how points are given as its code, "" where none stands or may stand."""
        words = POLICIES.get(Question.Kind(kind), {}) if kind in Question.Kind.values else {}
        text = self.texts[POLICY]
        if text and text not in words:
            self.fault(POLICY, "policy", words="、".join(words) or "–")
        return words.get(text, "")

    def body_and_key(self, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
        right, policy = self.texts[RIGHT], self.policy(kind)
        if kind in (Question.Kind.SINGLE, Question.Kind.MULTIPLE):
            return {"options": self.options()}, self.choice_key(kind, policy)
        if kind == Question.Kind.TRUE_FALSE:
            if right and right not in TRUTHS:
                self.fault(RIGHT, "truth")
                return {}, {"right": False}
            return {}, {"right": TRUTHS[right]} if right else {}
        if kind == Question.Kind.FILL_IN:
            blanks = [[word.strip() for word in _BETWEEN_WORDS.split(blank)] for blank in _BETWEEN_BLANKS.split(right)]
            return {"blanks": len(checking.BLANK.findall(self.texts[STEM]))}, {"blanks": blanks if right else []}
        if kind == Question.Kind.MATCHING:
            return self.matching(policy)
        if kind == Question.Kind.ORDERING:
            steps = [each.strip() for each in (right.split("\n") if "\n" in right else _BETWEEN_BLANKS.split(right))]
            return self.kept(lambda: items.ordering(filter(None, steps), policy or marking.ALL_OR_NOTHING))
        return {}, {"guide": right} if right else {}

    def choice_key(self, kind: str, policy: str) -> dict[str, Any]:
        right = self.texts[RIGHT].upper()
        if policy == marking.WEIGHTS:
            shares = [each.strip() for each in _BETWEEN_BLANKS.split(right) if each.strip()]
            found = [_SHARE.fullmatch(each) for each in shares]
            if not all(found):
                self.fault(RIGHT, "weight")
            weights = {each[1]: each[2] for each in found if each}
            full = [letter for letter, share in weights.items() if checking.fraction(share) == 1]
            some = [letter for letter, share in weights.items() if checking.fraction(share) > 0]
            key = {"right": full if kind == Question.Kind.SINGLE else some, "weights": weights}
            return key if kind == Question.Kind.SINGLE else {**key, "policy": policy}
        letters = [letter for letter in right if letter.isalnum()]
        return {"right": letters} | ({"policy": policy or marking.HALF} if kind == Question.Kind.MULTIPLE else {})

    def options(self) -> list[dict[str, str]]:
        every = [*OPTIONS, *MORE_OPTIONS]
        filled = [heading for heading in every if self.texts[heading]]
        if filled != every[: len(filled)]:
            self.fault(next(heading for heading in every if not self.texts[heading]), "gap")
        return [{"id": heading[-1], "text": self.texts[heading]} for heading in filled]

    def matching(self, policy: str) -> tuple[dict[str, Any], dict[str, Any]]:
        right = self.texts[RIGHT]
        lines = [
            each for each in (right.split("\n") if "\n" in right else _BETWEEN_BLANKS.split(right)) if each.strip()
        ]
        sides = [_ARROW.split(each.strip(), maxsplit=1) for each in lines]
        if not all(len(each) == 2 and each[1] for each in sides):
            self.fault(RIGHT, "pair")
            return {}, {}
        pairs = [(left, other) for left, other in sides if left]
        body, key = self.kept(lambda: items.matching(pairs, [other for left, other in sides if not left]))
        return body, key | ({"policy": policy} if policy == marking.ALL_OR_NOTHING else {})

    def kept(self, make: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        try:
            return make()
        except NotWhole as why:
            self.fault(RIGHT, why.reason, **why.facts)
            return {}, {}

    def extras(self, kind: str, key: dict[str, Any]) -> dict[str, Any]:
        """What the last column adds to a key: feedback, shares, rules of comparing; nothing where it makes no sense."""
        text = self.texts[EXTRAS]
        if not text:
            return {}
        found = extras.read(kind, text)
        if found is None:
            self.fault(EXTRAS, "extras")
        return found or {}


def _joined(drafts: list[Draft], faults: list[Fault]) -> list[Draft]:
    """The questions, the parts of a case put into the case above them."""
    whole: list[Draft] = []
    for each in drafts:
        if each.item.kind != PART:
            whole.append(each)
            continue
        case = whole[-1] if whole and whole[-1].item.kind == Question.Kind.CASE else None
        if case is None:
            faults.append(fault(each.row, KIND, "part_alone"))
            continue
        expected = f"{case.item.code}.{len(case.parts) + 1}"
        if each.item.code != expected:
            faults.append(fault(each.row, CODE, "part_code", code=expected))
        case.parts.append(each)
    for each in whole:
        if each.item.kind == Question.Kind.CASE:
            body, key = _with_parts([part.item for part in each.parts])
            each.item = replace(each.item, body=body, key=key)
    return whole


def _with_parts(parts: list[Item]) -> tuple[dict[str, Any], dict[str, Any]]:
    shown = [
        {"number": number, "stem": part.stem, "points": format(part.points.normalize(), "f")}
        for number, part in enumerate(parts, start=1)
    ]
    return {"parts": shown}, {"parts": [part.key for part in parts]}


def _problems(draft: Draft) -> list[Problem]:
    item = draft.item
    return checking.problems(item.kind, item.stem, item.body, item.key, item.points) if item.kind else []


def _told(draft: Draft, problem: Problem) -> Fault:
    """A problem at the cell where it is mended: for a part's missing text or guide, in the part's own row."""
    heading = STEM if problem.why == "part_empty" else _PLACES[problem.about]
    if problem.about == "options" and draft.item.kind in (Question.Kind.MATCHING, Question.Kind.ORDERING):
        heading = RIGHT
    row = draft.row
    if draft.parts and problem.why in ("no_guide", "part_empty"):
        row = next((part.row for part in draft.parts if not part.row.text(heading)), row)
    return fault(row, heading, f"{problem.about}.{problem.why}", **problem.facts)


def _twice(drafts: list[Draft]) -> Iterator[Fault]:
    first: dict[str, Draft] = {}
    for each in drafts:
        before = first.setdefault(each.item.code, each)
        if before is not each:
            yield fault(each.row, CODE, "code_twice", row=before.row.number, code=each.item.code)


def write(every: Iterable[Item], copy: str = "") -> tuple[bytes, list[LeftOut]]:
    """The items as a workbook that can be taken in again, and those it has no place for; the mark of a copy stands on a
    second sheet."""
    rows: list[dict[str, str]] = []
    left_out: list[LeftOut] = []
    for item in every:
        try:
            rows += _rows(item)
        except NotWhole as why:
            left_out.append(LeftOut(item, why.reason, why.facts))
    more = [each for each in MORE_OPTIONS if any(each in row for row in rows)]
    place = HEADINGS.index(OPTIONS[-1]) + 1
    headings = [*HEADINGS[:place], *more, *HEADINGS[place:], POLICY, EXTRAS]
    table = [[row.get(heading, "") for heading in headings] for row in rows]
    marks = [("导出", ["副本"], [[copy]])] if copy else []
    return sheets.write([("题库", headings, table), *marks], text_columns=headings), left_out


def template() -> bytes:
    """An empty workbook with the headings."""
    return sheets.write([("题库", [*HEADINGS, POLICY], [])], text_columns=HEADINGS)


def _rows(item: Item) -> list[dict[str, str]]:
    if item.media:
        raise NotWhole("sheet_media")
    words = {kind: word for word, kind in KINDS.items()}
    levels = {level: word for word, level in DIFFICULTIES.items()}
    row = {
        CODE: item.code,
        KIND: words[Question.Kind(item.kind)],
        STEM: item.stem,
        RIGHT: _right(item),
        POLICY: _policy(item),
        POINTS: format(item.points.normalize(), "f"),
        TOPIC: "/".join(item.topic),
        DIFFICULTY: levels.get(Question.Difficulty(item.difficulty), "") if item.difficulty else "",
        COGNITIVE: item.cognitive_level,
        EXPLANATION: item.explanation,
        SOURCE: item.source,
        EXTRAS: extras.write(item.kind, item.key, _splits(item)),
    }
    if item.kind in (Question.Kind.SINGLE, Question.Kind.MULTIPLE):
        row |= {f"选项{each['id']}": each["text"] for each in item.body["options"]}
    parts = zip(item.body.get("parts", []), item.key.get("parts", []), strict=True)
    return [row, *(_part(item, part, key) for part, key in parts)]


def _part(item: Item, part: dict[str, Any], key: dict[str, Any]) -> dict[str, str]:
    code = f"{item.code}.{part['number']}"
    return {CODE: code, KIND: PART, STEM: part["stem"], RIGHT: key["guide"], POINTS: part["points"]}


def _policy(item: Item) -> str:
    words = {code: word for word, code in POLICIES.get(Question.Kind(item.kind), {}).items()}
    if item.kind == Question.Kind.SINGLE:
        return words[marking.WEIGHTS] if "weights" in item.key else ""
    return words.get(item.key.get("policy", ""), "")


def _right(item: Item) -> str:
    key = item.key
    if "weights" in key:
        return "；".join(f"{letter}={share}" for letter, share in key["weights"].items())
    if item.kind in (Question.Kind.SINGLE, Question.Kind.MULTIPLE):
        return "".join(key["right"])
    if item.kind == Question.Kind.TRUE_FALSE:
        return "对" if key["right"] else "错"
    if item.kind == Question.Kind.FILL_IN:
        return "；".join("/".join(words) for words in key["blanks"])
    if item.kind == Question.Kind.MATCHING:
        right = {each["id"]: each["text"] for each in item.body["right"]}
        pairs = [(each["text"], right[key["pairs"][each["id"]]]) for each in item.body["left"]]
        used = set(key["pairs"].values())
        return _lines([*pairs, *(("", right[each]) for each in right if each not in used)])
    if item.kind == Question.Kind.ORDERING:
        texts = {each["id"]: each["text"] for each in item.body["options"]}
        steps = [texts[each] for each in key["order"]]
        if any("\n" in each for each in steps):
            raise NotWhole("sheet_lines")
        return "\n".join(steps)
    return str(key.get("guide", ""))


def _lines(pairs: list[tuple[str, str]]) -> str:
    if any("\n" in text or _ARROW.search(text) for pair in pairs for text in pair):
        raise NotWhole("sheet_lines")
    return "\n".join(f"{left} -> {other}" for left, other in pairs)


def _splits(item: Item) -> bool:
    """Whether an accepted word holds a sign that parts words or blanks, so that the column alone cannot tell."""
    every = [word for words in item.key.get("blanks", []) for word in words]
    return any(re.search("[；;/／]", word) or word != word.strip() for word in every)
