"""Moodle XML out: questions with their files, grades and feedback; what Moodle has no place for goes into tags."""

import base64
import html
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from lms.questions.formats import cloze, meta
from lms.questions.formats.gift_writing import category, variant
from lms.questions.items import MEDIA_MARK, Item, LeftOut, Media, NotWhole
from lms.questions.marking import PLACES

_WHOLE = {"right": "correctfeedback", "partly": "partiallycorrectfeedback", "wrong": "incorrectfeedback"}
_AS_IT_STANDS = '<div style="white-space: pre-wrap">{}</div>'


def write(every: Iterable[Item]) -> tuple[bytes, list[LeftOut]]:
    """The items as a Moodle XML file, and those it has no place for: cases, shares that Moodle has no grade for."""
    quiz, topic = Element("quiz"), ()
    left_out: list[LeftOut] = []
    for item in every:
        try:
            question = _Writer(item).write()
        except NotWhole as why:
            left_out.append(LeftOut(item, why.reason, why.facts))
            continue
        if item.topic != topic:
            topic = item.topic
            place = SubElement(SubElement(quiz, "question", type="category"), "category")
            SubElement(place, "text").text = category(topic)
        quiz.append(question)
    indent(quiz)
    return tostring(quiz, encoding="utf-8", xml_declaration=True), left_out


class _Writer:
    def __init__(self, item: Item) -> None:
        self.item = item
        self.media = {each.id: each for each in item.media}
        self.told, self.whole, self.hints = meta.feedback_of(item)
        self.question = Element("question")

    def write(self) -> Element:
        item = self.item
        way = _WAYS.get(item.kind)
        if way is None:
            raise NotWhole("moodle_kind")
        kind, stem = way[0], item.stem
        if item.kind == "fill_in":
            kind, stem = self._kind_of_fill_in()
        self.question.set("type", kind)
        SubElement(SubElement(self.question, "name"), "text").text = item.title
        self._text("questiontext", stem)
        self._text("generalfeedback", item.explanation)
        self._plain("defaultgrade", format(item.points.normalize(), "f"))
        self._plain("idnumber", item.code)
        if kind != "cloze":
            way[1](self)
        for name, element in _WHOLE.items():
            if self.whole.get(name):
                self._text(element, self.whole[name])
        for each in self.hints:
            self._text("hint", each)
        self._tags()
        return self.question

    def _kind_of_fill_in(self) -> tuple[str, str]:
        if len(self.item.key["blanks"]) > 1:
            return "cloze", cloze.write(self.item)
        return ("numerical" if self.item.key.get("numbers") else "shortanswer"), self.item.stem

    def _text(self, name: str, text: str, inside: Element | None = None) -> Element:
        """A text as it stands; one that shows pictures or sounds as HTML with the files beside it."""
        shown = [self.media[found[2]] for found in MEDIA_MARK.finditer(text) if found[2] in self.media]
        element = SubElement(self.question if inside is None else inside, name)
        element.set("format", "html" if shown else "plain_text")
        SubElement(element, "text").text = _AS_IT_STANDS.format(self._marked(text)) if shown else text
        for each in {media.id: media for media in shown}.values():
            file = SubElement(element, "file", name=_name(each), path="/", encoding="base64")
            file.text = base64.b64encode(each.content).decode()
        return element

    def _marked(self, text: str) -> str:
        pieces, at = [], 0
        for found in MEDIA_MARK.finditer(text):
            if found[2] in self.media:
                pieces += [html.escape(text[at : found.start()]), _element(self.media[found[2]], found[1])]
                at = found.end()
        return "".join([*pieces, html.escape(text[at:])])

    def _plain(self, name: str, text: str, inside: Element | None = None) -> Element:
        element = SubElement(self.question if inside is None else inside, name)
        element.text = text
        return element

    def _answer(self, text: str, share: Fraction, told: str) -> Element:
        answer = self._text("answer", text)
        answer.set("fraction", meta.per_cent(share))
        if told:
            self._text("feedback", told, answer)
        return answer

    def _tags(self) -> None:
        words = [*meta.beside(self.item, points=self.question.get("type") == "cloze")]
        texts = [*(f"{name}:{word}" for name, word in words), *self.item.tags]
        if texts:
            tags = SubElement(self.question, "tags")
            for each in texts:
                SubElement(SubElement(tags, "tag"), "text").text = each

    def choice(self) -> None:
        self._plain("single", "true" if self.item.kind == "single" else "false")
        self._plain("shuffleanswers", "true")
        self._plain("answernumbering", "ABCD")
        weights = meta.choice_weights(self.item)
        for each in self.item.body["options"]:
            self._answer(each["text"], weights[each["id"]], self.told.get(each["id"], ""))

    def true_false(self) -> None:
        for word in (True, False):
            name = str(word).lower()
            self._answer(name, Fraction(word == self.item.key["right"]), self.told.get(name, ""))

    def fill_in(self) -> None:
        shares = self.item.key.get("shares", [{}])[0]
        numbers = self.item.key.get("numbers", False)
        if not numbers:
            self._plain("usecase", "1" if self.item.key.get("case") else "0")
        for word in self.item.key["blanks"][0]:
            text, around = _middle(word) if numbers else (variant(self.item, word), None)
            answer = self._answer(text, Fraction(shares.get(word, 1)), self.told.get(word, ""))
            if around is not None:
                self._plain("tolerance", around, answer)

    def matching(self) -> None:
        key = self.item.key
        if "shares" in key or "wrong" in key:
            raise NotWhole("shares")
        self._plain("shuffleanswers", "true")
        right = {each["id"]: each["text"] for each in self.item.body["right"]}
        pairs = [(each["text"], right[key["pairs"][each["id"]]]) for each in self.item.body["left"]]
        used = set(key["pairs"].values())
        for left, other in [*pairs, *(("", right[each]) for each in right if each not in used)]:
            self._plain("text", other, SubElement(self._text("subquestion", left), "answer"))

    def ordering(self) -> None:
        texts = {each["id"]: each["text"] for each in self.item.body["options"]}
        self._plain("layouttype", "VERTICAL")
        self._plain("selecttype", "ALL")
        self._plain("selectcount", str(len(texts)))
        grading = "ABSOLUTE_POSITION" if self.item.key.get("policy") == PLACES else "ALL_OR_NOTHING"
        self._plain("gradingtype", grading)
        self._plain("showgrading", "SHOW")
        for each in self.item.key["order"]:
            self._text("answer", texts[each]).set("fraction", "100")

    def short_answer(self) -> None:
        self._plain("responseformat", "editor")
        self._plain("responserequired", "1")
        self._plain("attachments", "0")
        self._text("graderinfo", self.item.key["guide"])


_WAYS = {
    "single": ("multichoice", _Writer.choice),
    "multiple": ("multichoice", _Writer.choice),
    "true_false": ("truefalse", _Writer.true_false),
    "fill_in": ("shortanswer", _Writer.fill_in),
    "matching": ("matching", _Writer.matching),
    "ordering": ("ordering", _Writer.ordering),
    "short_answer": ("essay", _Writer.short_answer),
}


def _name(media: Media) -> str:
    """A name of the file within its question, plain and its own."""
    ending = {"image/jpeg": "jpg", "audio/mpeg": "mp3", "audio/mp4": "m4a"}.get(
        media.content_type, media.content_type.partition("/")[2]
    )
    return f"{media.id}.{ending}"


def _element(media: Media, says: str) -> str:
    address = html.escape(f"@@PLUGINFILE@@/{_name(media)}")
    says = html.escape(says)
    if media.content_type.startswith("audio/"):
        return f'<audio controls="controls" src="{address}" title="{says}"></audio>'
    return f'<img src="{address}" alt="{says}">'


def _middle(word: str) -> tuple[str, str]:
    """A number or range as Moodle writes it: its middle, and how far around it."""
    low, _dots, high = word.partition("..")
    if word == "*":
        return "*", "0"
    lowest, highest = Decimal(low), Decimal(high or low)
    return format((lowest + highest) / 2, "f"), format((highest - lowest) / 2, "f")
