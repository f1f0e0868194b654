"""Question files as they come: their format by content, their items as the bank keeps them, what is told instead."""

import base64
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from exams import question_faults, question_sheet
from exams.models import Question
from exams.question_faults import Fault
from lms.lib.refusals import Refusal
from lms.questions import topics
from lms.questions.formats import gift_reading, limits, moodle_reading, package, qti
from lms.questions.formats.limits import Unreadable
from lms.questions.items import Item, Media, Reported, tidy

WORKBOOK, GIFT, MOODLE_XML, QTI, QTI_PACKAGE = "workbook", "gift", "moodle_xml", "qti", "qti_package"
FORMATS = {
    WORKBOOK: _("workbook"),
    GIFT: "GIFT",
    MOODLE_XML: "Moodle XML",
    QTI: _("QTI item"),
    QTI_PACKAGE: _("QTI package"),
}
_READERS: dict[str, Callable[[bytes], list[Item | Reported]]] = {
    GIFT: gift_reading.read,
    MOODLE_XML: moodle_reading.read,
    QTI: qti.read,
    QTI_PACKAGE: qti.read_package,
}
_MOST_OF_START = 4096
_TITLE = 200


class NotReadable(Refusal):
    """A file that is no question file, or is one that is not safe to read."""

    sentence = _("This file cannot be read. Choose a workbook, GIFT, Moodle XML, or an item or package of QTI.")
    field = "file"
    _sentences = {
        "too_big": _("The file is larger than {limit} MB. Send it in parts, or leave pictures out."),
        "unpacks": _("The package unpacks to more than {limit} MB. Send it in parts."),
        "too_deep": _("The file is nested more than {limit} levels deep. No question needs that."),
        "too_many": _("The file has more than {limit} parts. Send it in parts."),
        "entities": _("The file declares entities or a document type, which is refused. Export it without them."),
        "not_xml": _("The file is no whole XML: it breaks at line {line}. Export it again."),
        "not_moodle": _("This XML holds no quiz of Moodle and no item of QTI. Choose another file."),
        "not_qti": _("This XML holds no item of QTI. Choose another file."),
        "no_manifest": _("The package has no imsmanifest.xml. Export it again as a QTI package."),
        "not_zip": _("The package is damaged. Export it again."),
        "path": _("The package names a file “{name}” that leads outside, or stands twice. It is not opened."),
        "locked": _("The package is locked by a password. Export it without one."),
        "encoding": _("The text of the file is in no known encoding. Save it as UTF-8."),
    }

    def __init__(self, why: Unreadable | None = None) -> None:
        if why and why.reason in self._sentences:
            self.sentence = self._sentences[why.reason]
        super().__init__(**(why.facts if why else {}))


def format_of(content: bytes, file_name: str) -> str:
    """The format of a file by its content; WORKBOOK for everything that only a reader of workbooks may refuse."""
    if content.startswith(package.START):
        return QTI_PACKAGE if b"imsmanifest.xml" in content else WORKBOOK
    start = content[:_MOST_OF_START].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<"):
        return MOODLE_XML if b"<quiz" in start else QTI
    if file_name.lower().endswith((".xlsx", ".xls", ".et", ".csv")):
        return WORKBOOK
    return GIFT if file_name.lower().endswith(".gift") or gift_reading.looks_like(content) else WORKBOOK


def read(content: bytes, kind: str) -> tuple[list[Item], list[Fault]]:
    """The items of a file of another software as this bank keeps them, and those told by their line. Refuses:
    NotReadable."""
    try:
        found = _READERS[kind](content)
    except Unreadable as why:
        raise NotReadable(why) from why
    if not found:
        raise NotReadable()
    whole: list[Item] = []
    faults: list[Fault] = []
    for each in found:
        if isinstance(each, Item):
            item = _of_bank(each)
            too_long = _too_long(item)
            if too_long is None:
                whole.append(item)
            else:
                faults.append(too_long)
        else:
            key, facts = question_faults.of_reason(each.reason, each.facts)
            faults.append(Fault(each.line, "", "", each.title[:_TITLE], key, facts))
    return whole, faults


def _of_bank(item: Item) -> Item:
    """The item as the bank has its parts: a code that fits or none, a topic by its names, what it was called kept."""
    title = item.title if item.title != item.code else ""
    about = {name: value for name, value in (("title", title), ("tags", list(item.tags))) if value}
    return replace(
        item,
        code=item.code if question_sheet.CODES.fullmatch(item.code) else "",
        topic=tuple(topics.tidy(each.replace("/", "-")) for each in item.topic),
        difficulty=item.difficulty if item.difficulty in Question.Difficulty.values else "",
        key=item.key | ({"about": about} if about else {}),
        points=item.points.quantize(Decimal("0.1")),
        title="",
        tags=(),
    )


def of_question(question: Question, media: tuple[Media, ...], kind: str) -> Item:
    """A question of the bank on its way out; a workbook keeps what it was called in its key, others as its title."""
    key = dict(question.key)
    about = {} if kind == WORKBOOK else key.pop("about", {})
    return Item(
        code=question.code,
        title="" if kind == WORKBOOK else tidy(about.get("title", "")) or question.code,
        kind=question.kind,
        stem=tidy(question.stem),
        body=_tidied(question.body),
        key=_tidied(key),
        points=question.points,
        topic=tuple(each for each in question.topic.split("/") if each),
        explanation=tidy(question.explanation),
        difficulty=question.difficulty,
        cognitive_level=question.cognitive_level,
        source=question.source,
        tags=tuple(about.get("tags", ())),
        media=media,
    )


def _tidied(part: Any) -> Any:
    """A body or key with every text as formats can hold it."""
    if isinstance(part, dict):
        return {name: _tidied(value) for name, value in part.items()}
    if isinstance(part, list):
        return [_tidied(each) for each in part]
    return tidy(part) if isinstance(part, str) else part


def _too_long(item: Item) -> Fault | None:
    texts = {
        question_sheet.TOPIC: "/".join(item.topic),
        question_sheet.COGNITIVE: item.cognitive_level,
        question_sheet.SOURCE: item.source,
    }
    for heading, text in texts.items():
        longest = question_sheet.LONGEST[heading]
        if len(text) > longest:
            return told(item, "too_long_here", heading=heading, longest=longest)
    return None


def told(item: Item, key: str, **facts: Any) -> Fault:
    """A fault of an item of another software."""
    called = item.key.get("about", {}).get("title", "") or item.stem
    return Fault(item.line, "", "", called[:_TITLE], key, {name: str(value) for name, value in facts.items()})


def packed(every: Iterable[Item]) -> str:
    """Items as text, to wait for the officer's word."""
    rows = []
    for item in every:
        media = [
            {"name": each.name, "content_type": each.content_type, "content": base64.b64encode(each.content).decode()}
            for each in item.media
        ]
        rows.append({**asdict(replace(item, media=())), "points": str(item.points), "media": media})
    return json.dumps(rows, ensure_ascii=False)


def unpacked(text: str) -> list[Item]:
    """Items that waited."""
    return [_item(each) for each in json.loads(text or "[]")]


def _item(row: dict[str, Any]) -> Item:
    media = tuple(Media(each["name"], each["content_type"], base64.b64decode(each["content"])) for each in row["media"])
    shaped = {
        "points": Decimal(row["points"]),
        "topic": tuple(row["topic"]),
        "tags": tuple(row["tags"]),
        "media": media,
    }
    return Item(**{**row, **shaped})


MAX_BYTES = limits.MAX_BYTES
