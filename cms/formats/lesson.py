"""What every format yields: the facts at a file's head, blocks in order, and remarks on what was not understood."""

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cms import asking

# The keys of a file's head, in the words of either language.
KEYS = {
    "标题": "title",
    "title": "title",
    "英文标题": "title_en",
    "title in english": "title_en",
    "简介": "summary",
    "summary": "summary",
    "最少学习": "minutes",
    "minutes": "minutes",
    "每次抽题": "ask",
    "ask": "ask",
    "来源": "sources",
    "sources": "sources",
}
_KINDS = {
    "单选": "single",
    "单选题": "single",
    "single": "single",
    "多选": "multiple",
    "多选题": "multiple",
    "multiple": "multiple",
    "判断": "true_false",
    "判断题": "true_false",
    "true or false": "true_false",
    "填空": "fill_in",
    "填空题": "fill_in",
    "fill in": "fill_in",
}
_JUDGED = dict.fromkeys(("对", "正确", "√", "是", "true"), True)
_JUDGED |= dict.fromkeys(("错", "错误", "×", "否", "false"), False)
_OPTION = re.compile(r"([A-H])\s*[.．、:：)）]\s*(.+)")
_ANSWER = re.compile(r"(?:答案|answer)\s*[:：]\s*(.*)", re.IGNORECASE)
_EXPLANATION = re.compile(r"(?:解析|explanation)\s*[:：]\s*(.*)", re.IGNORECASE)
_HEAD = re.compile(r"\s*([^:：]{1,20}?)\s*[:：]\s*(.*?)\s*$")

NOT_UNDERSTOOD: dict[str, str | Promise] = {
    "key_unknown": _("This line of the head is not known; it was left out."),
    "number_expected": _("A number is expected here; the usual one was taken."),
    "kind_unknown": _("A question begins with its kind: 单选, 多选, 判断 or 填空. This one was left out."),
    "no_answer": _("This question has no line 答案：…; it was left out."),
    "no_explanation": _("This question has no line 解析：…; it was left out."),
    "question_unusable": _("This question cannot be used, and was left out: {faults}"),
    "fence_unknown": _("This kind of box is not known; its text was kept as plain text."),
    "regulation_untitled": _("A quotation needs the document's title in 《》; it was kept as plain text."),
    "picture_missing": _("There is no such picture beside the file; add it in the editor."),
    "picture_unfit": _("This picture was left out: {reason}"),
    "picture_unnamed": _("Nothing says what this picture shows. Write it in the editor, for those who do not see it."),
    "picture_unused": _("No lesson shows this picture; it was left out."),
    "markup": _("This kind of markup does not come along; its text was kept where it has one."),
    "table": _("Tables do not come along; its text was kept line by line."),
    "heading_1": _("The title of a lesson stands in its head; this heading became one of the second order."),
    "no_title": _("No title was found; the file's name was taken."),
    "empty": _("There is no text in this file; no lesson was made of it."),
    "file_unknown": _("This file is neither Markdown nor Word; it was left out."),
    "not_text": _("This file is not readable as text (UTF-8 or GB18030); it was left out."),
    "not_word": _("This file cannot be opened as a Word document (.docx); it was left out."),
}


@dataclass(frozen=True)
class Remark:
    """Something in a file that was not understood: where, what stands there, why (a key of NOT_UNDERSTOOD)."""

    file: str
    line: int | None
    found: str
    why: str
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        return str(NOT_UNDERSTOOD[self.why]).format(**self.facts)

    @property
    def data(self) -> dict[str, Any]:
        """As plain data, of which `Remark(**data)` makes it again."""
        return {"file": self.file, "line": self.line, "found": self.found, "why": self.why, "facts": dict(self.facts)}


@dataclass(frozen=True)
class Picture:
    """A picture as a file names it: the block that waits for it, its line, and its path beside the file or, out of
    Word, what it is itself."""

    block: dict[str, Any]
    line: int | None
    path: str
    content: bytes | None = None


@dataclass
class Draft:
    """A file as it was read."""

    file: str
    title: str = ""
    title_en: str = ""
    summary: str = ""
    minutes: int | None = None
    ask: int | None = None
    sources: list[str] = field(default_factory=list)
    blocks: list[dict[str, Any]] = field(default_factory=list)  # as a StreamField keeps them
    pictures: list[Picture] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    def remark(self, line: int | None, found: str, why: str, **facts: str) -> None:
        self.remarks.append(Remark(self.file, line, " ".join(found.split())[:120], why, facts))

    def add(self, kind: str, value: Any) -> None:
        """Put a block at the end; running text joins the text before it."""
        if kind == "text" and self.blocks and self.blocks[-1]["type"] == "text":
            self.blocks[-1]["value"] += value
        else:
            self.blocks.append({"type": kind, "value": value, "id": str(uuid.uuid4())})

    def picture(self, line: int | None, path: str, alt: str, content: bytes | None = None) -> None:
        """Put a picture at the end; `alt` is what it shows, in words."""
        self.add("picture", {"image": None, "alt": " ".join(alt.split())[:255], "caption": ""})
        self.pictures.append(Picture(self.blocks[-1], line, path, content))


def read_head(draft: Draft, lines: Iterable[tuple[int, str]]) -> None:
    """The lines `key：value` at a file's head, with `- …` for the items of a list."""
    listing = False
    for number, line in lines:
        item = line.strip()
        if not item:
            continue
        if item.startswith("- "):
            if listing:
                draft.sources.append(item[2:].strip())
            else:
                draft.remark(number, item, "key_unknown")
            continue
        found = _HEAD.fullmatch(item)
        key = KEYS.get(found[1].strip().lower()) if found else None
        if found is None or key is None:
            draft.remark(number, item, "key_unknown")
            continue
        listing = key == "sources"
        _take(draft, number, key, found[2])


def _take(draft: Draft, number: int, key: str, value: str) -> None:
    if key == "sources":
        draft.sources += [value] if value else []
    elif key in ("minutes", "ask"):
        digits = re.match(r"\d{1,3}", value)
        if digits and (key == "ask" or int(digits[0])):
            setattr(draft, key, int(digits[0]))
        else:
            draft.remark(number, value, "number_expected")
    else:
        setattr(draft, key, value[:255] if key != "summary" else value)


def question(draft: Draft, number: int, lines: list[str]) -> None:
    """Add the question that these lines ask, or a remark that says why not."""
    lines = [line.strip() for line in lines if line.strip()]
    kind = _KINDS.get(lines[0].strip("【】[]()（） ").lower()) if lines else None
    if kind is None:
        draft.remark(number, lines[0] if lines else "", "kind_unknown")
        return
    parts = _parts(lines[1:])
    if why := _lacks(kind, parts):
        draft.remark(number, " ".join(parts["stem"]), why)
        return
    value = _value(kind, parts)
    if faults := asking.faults(value):
        said = " ".join(str(each) for sentences in faults.values() for each in sentences)
        draft.remark(number, value["stem"], "question_unusable", faults=said)
        return
    draft.add("question", value)


def _lacks(kind: str, parts: Mapping[str, list[str]]) -> str:
    answer = "".join(parts.get("answer", [])).strip()
    if not answer or (kind == "true_false" and _plain(answer) not in _JUDGED):
        return "no_answer"
    return "" if "".join(parts.get("explanation", [])) else "no_explanation"


def _plain(answer: str) -> str:
    return answer.lower().rstrip("。.")


def _parts(lines: list[str]) -> dict[str, list[str]]:
    """Stem, options, answer and explanation; what follows one without a sign of its own belongs to it."""
    parts: dict[str, list[str]] = {"stem": [], "options": []}
    current = "stem"
    for line in lines:
        if current != "explanation" and (found := _ANSWER.fullmatch(line)):
            current, parts["answer"] = "answer", [found[1].strip()]
        elif found := _EXPLANATION.fullmatch(line):
            current, parts["explanation"] = "explanation", [found[1].strip()]
        elif current in ("stem", "options") and (found := _OPTION.fullmatch(line)):
            current = "options"
            parts["options"].append(line)
        elif current == "options":
            parts["options"][-1] += line
        else:
            parts[current].append(line)
    return parts


def _value(kind: str, parts: Mapping[str, list[str]]) -> dict[str, Any]:
    answer = " ".join(parts["answer"]).strip()
    right = set(re.findall(r"[A-H]", answer.upper())) if kind in ("single", "multiple") else set()
    options = [found for each in parts["options"] if (found := _OPTION.fullmatch(each))]
    blanks = re.split(r"[、;；,，]", answer) if kind == "fill_in" else []
    return {
        "kind": kind,
        "stem": "\n".join(parts["stem"]),
        "options": [{"text": each[2].strip(), "is_right": each[1] in right} for each in options],
        "is_true": _JUDGED.get(_plain(answer), False),
        "blanks": "\n".join(each.strip() for each in blanks),
        "explanation": "\n".join(parts["explanation"]),
    }
