"""GIFT in: the text format of Moodle for questions, with its comments, weights, feedback and escapes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lms.questions import items
from lms.questions.checking import BLANK
from lms.questions.formats import meta
from lms.questions.formats.limits import MAX_ITEMS, Unreadable, require_size
from lms.questions.formats.meta import Meta
from lms.questions.formats.texts import Texts
from lms.questions.items import Item, NotWhole, Reported, tidy
from lms.questions.marking import ALL_OR_NOTHING, PLACES

# An escaped sign is carried through as a control character, which no text has.
_ESCAPED = {"\\\\": "\x01", "\\:": "\x02", "\\#": "\x03", "\\=": "\x04", "\\{": "\x05", "\\}": "\x06", "\\~": "\x07"}
_ESCAPED |= {"\\n": "\x08"}
_ESCAPE = re.compile(r"\\[\\:#={}~n]")
_MEANT = {"\x01": "\\", "\x02": ":", "\x03": "#", "\x04": "=", "\x05": "{", "\x06": "}", "\x07": "~", "\x08": "\n"}
_NAME = re.compile(r"\s*::(.*?)::", re.DOTALL)
_FORMAT = re.compile(r"\s*\[(html|moodle|plain|markdown)\]")
_WEIGHT = re.compile(r"\s*%(-?[0-9]{1,3}(?:\.[0-9]*)?)%")
_WORD = re.compile(r"\[([a-z]+):((?:\\.|[^\]\\])*)\]")
_TRUTH = re.compile(r"(TRUE|T|FALSE|F)\s*(#|$)", re.IGNORECASE)
_CATEGORY = "$CATEGORY:"
_GRADINGS = {"ALL_OR_NOTHING": ALL_OR_NOTHING, "ABSOLUTE_POSITION": PLACES, "ABSOLUTE": PLACES}


@dataclass
class _Block:
    line: int
    topic: tuple[str, ...]
    lines: list[str] = field(default_factory=list)
    meta: Meta = field(default_factory=Meta)


@dataclass(frozen=True)
class _Answer:
    sign: str
    text: str
    share: Fraction | None
    feedback: str


def read(content: bytes) -> list[Item | Reported]:
    """Every item of a GIFT file, in its order. Raises Unreadable: too_big, encoding, too_many."""
    require_size(content)
    found: list[Item | Reported] = []
    for block in _blocks(_decoded(content)):
        if len(found) == MAX_ITEMS:
            raise Unreadable("too_many", limit=MAX_ITEMS)
        found.append(_Reader(block).read())
    return found


def looks_like(content: bytes) -> bool:
    """Whether a file may be GIFT: text with something in braces."""
    try:
        text = _decoded(content)
    except Unreadable:
        return False
    return re.search(r"(?<!\\)\{[^{}]*(?<!\\)\}", text) is not None


def _decoded(content: bytes) -> str:
    encodings = ["utf-16"] if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return "".join(each for each in text if each in "\n\r\t" or each >= " ")
    raise Unreadable("encoding")


def _blocks(text: str) -> Iterator[_Block]:
    """What stands between blank lines, comments taken out and categories followed."""
    topic: tuple[str, ...] = ()
    beside, block = Meta(), None
    for number, line in enumerate([*text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), ""], start=1):
        bare = line.strip()
        if bare.startswith("//"):
            _note(bare, block.meta if block else beside)
        elif not bare:
            if block:
                yield block
                beside, block = Meta(), None
        elif bare.startswith(_CATEGORY) and block is None:
            topic = path(bare.removeprefix(_CATEGORY).strip())
        else:
            block = block or _Block(number, topic, meta=beside)
            block.lines.append(line)


def _note(comment: str, beside: Meta) -> None:
    for name, text in _WORD.findall(comment):
        meant = re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], text)
        name = "code" if name == "id" else name
        if name == "tag":
            beside.tags.append(meant)
        else:
            beside.add(name, meant)


def path(text: str) -> tuple[str, ...]:
    """A category of Moodle as names from the widest to the narrowest; // stands for a stroke inside a name."""
    names = [each.replace("//", "/").strip() for each in re.split("(?<!/)/(?!/)", text)]
    roots = re.compile(r"\$(course|system|module|cat\d+)\$")
    return tuple(tidy(each) for each in names if each and not roots.fullmatch(each) and each != "top")


class _Reader:
    """Reads one block."""

    def __init__(self, block: _Block) -> None:
        self.block = block
        self.texts = Texts()
        self.format = "moodle"
        self.title = ""

    def read(self) -> Item | Reported:
        try:
            return self._item()
        except NotWhole as why:
            return Reported(self.block.line, self.title, why.reason, why.facts)

    def _item(self) -> Item:
        text = _ESCAPE.sub(lambda found: _ESCAPED[found[0]], "\n".join(self.block.lines)).strip()
        if name := _NAME.match(text):
            self.title, text = _meant(name[1]), text[name.end() :]
        else:
            self.title = _meant(text.partition("{")[0])[:60]
        if wanted := _FORMAT.match(text):
            self.format, text = wanted[1], text[wanted.end() :]
        before, opened, rest = text.partition("{")
        if not opened:
            raise NotWhole("syntax" if "}" in text else "description")
        inside, closed, after = rest.partition("}")
        if not closed or "{" in inside:
            raise NotWhole("syntax")
        if "{" in after or "}" in after:
            raise NotWhole("several_blocks")
        inside, _marks, general = inside.strip().partition("####")
        stem = f"{before.rstrip(' ')} ____{after}" if after.strip() and before[-1:] == " " else ""
        stem = stem or (f"{before}____{after}" if after.strip() else before)
        kind, body, key = self._kind(inside.strip())
        item = Item(
            kind=kind,
            stem=self._stem(kind, stem),
            body=body,
            key=self._told(key),
            points=Decimal(1),
            title=self.title if name else "",
            topic=self.block.topic,
            explanation=self._text(general) if general.strip() else "",
            media=self.texts.media,
            line=self.block.line,
        )
        if item.kind == "fill_in":
            item.body["blanks"] = len(BLANK.findall(item.stem))
        return items.require_whole(self.block.meta.put_on(item))

    def _stem(self, kind: str, text: str) -> str:
        stem = self._text(text)
        return f"{stem} ____" if kind == "fill_in" and not BLANK.search(stem) else stem

    def _told(self, key: dict[str, Any]) -> dict[str, Any]:
        words = self.block.meta.words
        whole = {name: words.get(name, "") for name in meta.WHOLE}
        answers = key.pop("feedback", {})
        return items.with_feedback(key, answers, whole, self.block.meta.hints)

    def _kind(self, inside: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
        if not inside:
            return "short_answer", {}, {"guide": self.block.meta.words.get("guide", "")}
        if inside.startswith("#"):
            return self._numerical(inside[1:])
        if inside.startswith(">"):
            return self._ordering(inside[1:])
        if truth := _TRUTH.match(inside):
            return self._true_false(truth[1].upper().startswith("T"), inside)
        answers = self._answers(inside)
        if all(each.sign == "=" and "->" in each.text for each in answers):
            return self._matching(answers)
        if any(each.sign == "~" for each in answers):
            return self._choice(answers)
        return self._fill_in(answers)

    def _answers(self, inside: str) -> list[_Answer]:
        pieces = re.split(r"([=~])", inside)
        if pieces[0].strip() or len(pieces) < 3:
            raise NotWhole("syntax")
        return [self._answer(sign, text) for sign, text in zip(pieces[1::2], pieces[2::2], strict=True)]

    def _answer(self, sign: str, text: str) -> _Answer:
        share = None
        if weight := _WEIGHT.match(text):
            share, text = meta.grade(weight[1]), text[weight.end() :]
        text, _mark, feedback = text.partition("#")
        return _Answer(sign, text.strip(), share, self._inline(feedback))

    def _choice(self, answers: list[_Answer]) -> tuple[str, dict[str, Any], dict[str, Any]]:
        single = any(each.sign == "=" for each in answers)
        options = items.options(self._inline(each.text) for each in answers)
        shares = [Fraction(each.sign == "=") if each.share is None else each.share for each in answers]
        weights = {each["id"]: share for each, share in zip(options, shares, strict=True)}
        key = meta.choice_key(weights, single, self.block.meta)
        key["feedback"] = {each["id"]: one.feedback for each, one in zip(options, answers, strict=True)}
        return "single" if single else "multiple", {"options": options}, key

    def _fill_in(self, answers: list[_Answer]) -> tuple[str, dict[str, Any], dict[str, Any]]:
        key = fill_in_key([(self._inline(each.text), each.share, each.feedback) for each in answers])
        return "fill_in", {}, key | ({"case": True} if self.block.meta.words.get("case") else {})

    def _matching(self, answers: list[_Answer]) -> tuple[str, dict[str, Any], dict[str, Any]]:
        sides = [each.text.partition("->") for each in answers]
        whole = [(self._inline(left), self._inline(right)) for left, _arrow, right in sides]
        return matching_parts(whole, self.block.meta)

    def _ordering(self, inside: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
        head, _end, rest = inside.strip().partition("\n")
        words = head.split()
        grading = next((_GRADINGS[each] for each in words if each in _GRADINGS), None)
        if "ALL" not in words or grading is None:
            raise NotWhole("ordering_policy")
        body, key = items.ordering([self._inline(each) for each in rest.split("\n") if each.strip()], grading)
        return "ordering", body, key

    def _true_false(self, right: bool, inside: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
        told = [self._inline(each) for each in inside.split("#")[1:]]
        wrong_text, right_text = [*told, "", ""][:2]
        feedback = {str(right).lower(): right_text, str(not right).lower(): wrong_text}
        return "true_false", {}, {"right": right, "feedback": feedback}

    def _numerical(self, inside: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
        answers = self._answers(inside) if "=" in inside else [self._answer("=", inside)]
        variants = [(number_range(_meant(each.text)), each.share, each.feedback) for each in answers]
        return "fill_in", {}, {**fill_in_key(variants, wildcards=False), "numbers": True}

    def _text(self, text: str) -> str:
        """A text in the format of the question, or in its own."""
        wanted = _FORMAT.match(text)
        chosen = wanted[1] if wanted else self.format
        text = text[wanted.end() :] if wanted else text
        if chosen == "plain":
            return tidy(_meant(text))
        return self.texts.of_format(chosen, _meant(text).strip())

    def _inline(self, text: str) -> str:
        """A text in which the ends of lines of the file are white space."""
        return self._text(re.sub(r"[ \t]*\n[ \t]*", " ", text.strip()))


def fill_in_key(variants: list[tuple[str, Fraction | None, str]], *, wildcards: bool = True) -> dict[str, Any]:
    """The key of one blank from its variants, what each is worth (None: everything) and what is told to it. A * in a
    variant stands for anything, \\* for itself. Raises NotWhole("variant_twice")."""
    words = [word for word, _share, _told in variants]
    if len(set(words)) < len(words):
        raise NotWhole("variant_twice")
    any_wild = wildcards and any(re.search(r"(?<!\\)\*", word) for word in words)
    if wildcards and not any_wild:
        variants = [(word.replace("\\*", "*"), share, told) for word, share, told in variants]
    shares = {word: str(share) for word, share, _told in variants if share not in (None, 1)}
    key: dict[str, Any] = {"blanks": [[word for word, _share, _told in variants]]}
    if shares:
        key["shares"] = [shares]
    if any_wild:
        key["wildcards"] = True
    return key | {"feedback": {word: told for word, _share, told in variants}}


def matching_parts(sides: list[tuple[str, str]], beside: Meta) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Kind, body and key of a matching question; a pair without its left side is one more on the right."""
    pairs, more = [each for each in sides if each[0]], [right for left, right in sides if not left]
    if any(not right for _left, right in pairs):
        raise NotWhole("syntax")
    body, key = items.matching(pairs, more)
    policy = beside.words.get("policy")
    return "matching", body, key | ({"policy": policy} if policy == ALL_OR_NOTHING else {})


def number_range(text: str) -> str:
    """A number of GIFT, "4", "4:0.5" or "3..5", as the number or range a key holds. Raises NotWhole("syntax")."""
    text = text.strip()
    if text == "*":
        return text
    if ".." in text:
        low, high = (_number(each) for each in text.split("..", 1))
    else:
        middle, _colon, around = text.partition(":")
        low, high = _number(middle) - _number(around or "0"), _number(middle) + _number(around or "0")
    if low > high:
        raise NotWhole("syntax")
    return number(low) if low == high else f"{number(low)}..{number(high)}"


def _number(text: str) -> Decimal:
    if not items.NUMBER.fullmatch(text.strip()):
        raise NotWhole("syntax")
    return Decimal(text.strip())


def number(value: Decimal) -> str:
    """A number without needless noughts."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _meant(text: str) -> str:
    return "".join(_MEANT.get(each, each) for each in text).strip()
