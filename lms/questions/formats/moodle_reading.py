"""Moodle XML in: each kind of question that a bank can keep whole, with its files, grades, feedback and tags."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from lms.questions import items
from lms.questions.checking import BLANK
from lms.questions.formats import cloze, meta
from lms.questions.formats.gift_reading import fill_in_key, matching_parts, number_range, path
from lms.questions.formats.limits import MAX_ITEMS, Unreadable
from lms.questions.formats.meta import Meta
from lms.questions.formats.texts import Texts, decoded_file
from lms.questions.formats.xml_tree import Node, parse
from lms.questions.items import Item, NotWhole, Reported, tidy
from lms.questions.marking import ALL_OR_NOTHING, PLACES

_WHOLE = {"right": "correctfeedback", "partly": "partiallycorrectfeedback", "wrong": "incorrectfeedback"}
_GRADINGS = {"ALL_OR_NOTHING": ALL_OR_NOTHING, "-1": ALL_OR_NOTHING, "ABSOLUTE_POSITION": PLACES, "0": PLACES}
_ORDER_OF_ALL = ("", "ALL", "0")
Parts = tuple[dict[str, Any], dict[str, Any]]


def read(content: bytes) -> list[Item | Reported]:
    """Every question of a Moodle XML file, in its order. Raises Unreadable, as `xml_tree.parse` and: not_moodle,
    too_many."""
    quiz = parse(content)
    if quiz.name != "quiz":
        raise Unreadable("not_moodle")
    found: list[Item | Reported] = []
    topic: tuple[str, ...] = ()
    for node in quiz.nodes("question"):
        if node.attributes.get("type") == "category":
            category = node.first("category")
            topic = path(category.text_of("text") if category else "")
            continue
        if len(found) == MAX_ITEMS:
            raise Unreadable("too_many", limit=MAX_ITEMS)
        found.append(_Reader(node, topic).read())
    return found


class _Reader:
    """Reads one question."""

    def __init__(self, node: Node, topic: tuple[str, ...]) -> None:
        self.node, self.topic = node, topic
        self.kind = node.attributes.get("type", "")
        self.meta = Meta()
        files = {
            (each.attributes.get("path", "/") + each.attributes.get("name", "")).lstrip("/"): each
            for each in node.anywhere("file")
        }
        self.texts = Texts(lambda name: decoded_file(files[name]) if name in files else None)

    def read(self) -> Item | Reported:
        name = self.node.first("name")
        title = tidy(name.text_of("text") if name else "")
        try:
            return self._item(title)
        except NotWhole as why:
            return Reported(self.node.line, title, why.reason, why.facts)

    def _item(self, title: str) -> Item:
        ways: dict[str, Callable[[str], tuple[str, str, Parts]]] = {
            "multichoice": self._choice,
            "truefalse": self._true_false,
            "shortanswer": self._fill_in,
            "numerical": self._numerical,
            "matching": self._matching,
            "ordering": self._ordering,
            "essay": self._essay,
            "cloze": self._cloze,
        }
        if self.kind == "description":
            raise NotWhole("description")
        if self.kind not in ways:
            raise NotWhole("kind_unknown", kind=self.kind[:40])
        self._note()
        kind, stem, (body, key) = ways[self.kind](self._text("questiontext"))
        whole = {name: self._text(element) or self.meta.words.get(name, "") for name, element in _WHOLE.items()}
        told = key.pop("feedback", {})
        hints = [self._of(each) for each in self.node.nodes("hint")]
        item = Item(
            kind=kind,
            stem=stem,
            body=body,
            key=items.with_feedback(key, told, whole, hints),
            points=items.points_of(self.node.text_of("defaultgrade")),
            title=title,
            code=tidy(self.node.text_of("idnumber")),
            topic=self.topic,
            explanation=self._text("generalfeedback"),
            media=self.texts.media,
            line=self.node.line,
        )
        return items.require_whole(self.meta.put_on(item))

    def _note(self) -> None:
        """The tags: those of this project by their names, all others as they are."""
        tags = self.node.first("tags")
        for each in tags.nodes("tag") if tags else []:
            text = tidy(each.text_of("text"))
            name, colon, word = text.partition(":")
            if not (colon and self.meta.add(name, word)) and text:
                self.meta.tags.append(text)

    def _text(self, name: str) -> str:
        node = self.node.first(name)
        return self._of(node) if node else ""

    def _of(self, node: Node) -> str:
        """A text of the file in its own format."""
        text = node.first("text")
        inside = text.text() if text else ""
        return self.texts.of_format(node.attributes.get("format", "html"), inside) if inside.strip() else ""

    def _answers(self) -> list[tuple[Node, Fraction, str]]:
        """The answers, what each is worth, and what is told to it."""
        found = []
        for each in self.node.nodes("answer"):
            feedback = each.first("feedback")
            share = meta.grade(each.attributes.get("fraction", "0"))
            found.append((each, share, self._of(feedback) if feedback else ""))
        return found

    def _choice(self, stem: str) -> tuple[str, str, Parts]:
        single = self.node.text_of("single").lower() in ("", "true", "1")
        answers = self._answers()
        options = items.options(self._of(node) for node, _share, _told in answers)
        weights = {each["id"]: share for each, (_node, share, _told) in zip(options, answers, strict=True)}
        key = meta.choice_key(weights, single, self.meta)
        key["feedback"] = {each["id"]: told for each, (_node, _share, told) in zip(options, answers, strict=True)}
        return "single" if single else "multiple", stem, ({"options": options}, key)

    def _true_false(self, stem: str) -> tuple[str, str, Parts]:
        answers = {node.text_of("text").lower(): (share, told) for node, share, told in self._answers()}
        right = [word == "true" for word, (share, _told) in answers.items() if share == 1]
        if set(answers) != {"true", "false"} or len(right) != 1:
            raise NotWhole("syntax")
        feedback = {word: told for word, (_share, told) in answers.items()}
        return "true_false", stem, ({}, {"right": right[0], "feedback": feedback})

    def _fill_in(self, stem: str) -> tuple[str, str, Parts]:
        key = fill_in_key([(tidy(node.text_of("text")), share, told) for node, share, told in self._answers()])
        if self.node.text_of("usecase") == "1":
            key["case"] = True
        return "fill_in", *_with_blank(stem, key)

    def _numerical(self, stem: str) -> tuple[str, str, Parts]:
        units = self.node.first("units")
        if units and units.nodes("unit"):
            raise NotWhole("units")
        variants = []
        for node, share, told in self._answers():
            number, around = node.text_of("text"), node.text_of("tolerance") or "0"
            variants.append((number_range(number if number == "*" else f"{number}:{around}"), share, told))
        return "fill_in", *_with_blank(stem, {**fill_in_key(variants, wildcards=False), "numbers": True})

    def _matching(self, stem: str) -> tuple[str, str, Parts]:
        sides = []
        for each in self.node.nodes("subquestion"):
            answer = each.first("answer")
            sides.append((self._of(each), tidy(answer.text_of("text") if answer else "")))
        kind, body, key = matching_parts(sides, self.meta)
        return kind, stem, (body, key)

    def _ordering(self, stem: str) -> tuple[str, str, Parts]:
        grading = _GRADINGS.get(self.node.text_of("gradingtype"))
        if grading is None or self.node.text_of("selecttype") not in _ORDER_OF_ALL:
            raise NotWhole("ordering_policy")
        return "ordering", stem, items.ordering([self._of(each) for each in self.node.nodes("answer")], grading)

    def _essay(self, stem: str) -> tuple[str, str, Parts]:
        if self.node.text_of("responseformat") == "noinline" or self.node.text_of("attachmentsrequired") not in (
            "",
            "0",
        ):
            raise NotWhole("attachments")
        if self._text("responsetemplate"):
            raise NotWhole("response_template")
        for name in ("minwordlimit", "maxwordlimit"):
            if self.node.text_of(name) not in ("", "0"):
                raise NotWhole("word_limit", limit=self.node.text_of(name)[:10])
        return "short_answer", stem, ({}, {"guide": self._text("graderinfo")})

    def _cloze(self, stem: str) -> tuple[str, str, Parts]:
        text, key, points = cloze.read(stem)
        self.meta.words.setdefault("points", format(points, "f"))
        return "fill_in", text, ({"blanks": len(BLANK.findall(text))}, key)


def _with_blank(stem: str, key: dict[str, Any]) -> tuple[str, Parts]:
    """The stem with a blank in it, and the body that says so."""
    stem = stem if BLANK.search(stem) else f"{stem} ____"
    return stem, ({"blanks": len(BLANK.findall(stem))}, key)
