"""QTI 2.1 and 2.2 in: single items and packages of them, as far as a bank keeps them whole."""

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lms.questions import items
from lms.questions.checking import BLANK
from lms.questions.formats import package
from lms.questions.formats.limits import MAX_ITEMS, Unreadable
from lms.questions.formats.texts import Texts
from lms.questions.formats.xml_tree import Node, parse
from lms.questions.items import Item, NotWhole, Reported, tidy
from lms.questions.marking import ALL_OR_NOTHING, WEIGHTS

_TEMPLATE = re.compile(r"/rptemplates/(match_correct|map_response)(?:\.xml)?$")
_ITEM_TYPE = re.compile(r"imsqti_item_xmlv2p[012]")
_TEST_TYPE = re.compile(r"imsqti_(test|assessment|section)")
Parts = tuple[str, str, dict[str, Any], dict[str, Any]]


def read(content: bytes) -> list[Item | Reported]:
    """The one item of an XML file. Raises Unreadable, as `xml_tree.parse` and: not_qti."""
    root = parse(content)
    if root.name != "assessmentItem":
        raise Unreadable("not_qti")
    return [_read_item(root, lambda name: None)]


def read_package(content: bytes) -> list[Item | Reported]:
    """Every item that a zipped package names in its imsmanifest.xml, in that order and by its line there; tests are
    told, since only their items come in. Raises Unreadable, as `package.opened` and `xml_tree.parse`."""
    files = package.opened(content)
    manifest = next((name for name in files if name.rpartition("/")[2] == "imsmanifest.xml"), None)
    if manifest is None:
        raise Unreadable("no_manifest")
    found: list[Item | Reported] = []
    for resource in parse(files[manifest]).anywhere("resource"):
        kind, place = resource.attributes.get("type", ""), resource.attributes.get("href", "")
        if len(found) == MAX_ITEMS:
            raise Unreadable("too_many", limit=MAX_ITEMS)
        if _TEST_TYPE.match(kind):
            found.append(Reported(resource.line, place, "test"))
        elif _ITEM_TYPE.match(kind):
            found.append(_read_of_package(files, package.beside(manifest, place), resource.line))
    return found


def _read_of_package(files: dict[str, bytes], name: str, line: int) -> Item | Reported:
    if name not in files:
        return Reported(line, name, "file_missing", {"name": name[:80]})
    try:
        root = parse(files[name])
    except Unreadable as why:
        return Reported(line, name, f"file_{why.reason}", why.facts)
    if root.name != "assessmentItem":
        return Reported(line, name, "file_not_qti")
    return replace(_read_item(root, lambda other: files.get(package.beside(name, other))), line=line)


def _read_item(root: Node, file_named: Callable[[str], bytes | None]) -> Item | Reported:
    title = tidy(root.attributes.get("title", ""))
    try:
        return _Reader(root, title, Texts(file_named)).item()
    except NotWhole as why:
        return Reported(root.line, title or root.attributes.get("identifier", ""), why.reason, why.facts)


class _Reader:
    """Reads one assessmentItem."""

    def __init__(self, root: Node, title: str, texts: Texts) -> None:
        self.root, self.title, self.texts = root, title, texts
        self.points = Decimal(1)

    def item(self) -> Item:
        self._require_plain()
        kind, stem, body, key = self._parts()
        code = self.root.attributes.get("identifier", "")
        item = Item(
            kind=kind,
            stem=tidy(stem),
            body=body,
            key=key,
            points=self.points,
            title=self.title,
            code=code,
            media=self.texts.media,
            line=self.root.line,
        )
        return items.require_whole(item)

    def _require_plain(self) -> None:
        """Raises NotWhole for what changes while a candidate answers."""
        if self.root.attributes.get("adaptive") == "true":
            raise NotWhole("adaptive")
        if self.root.nodes("templateDeclaration") or self.root.nodes("templateProcessing"):
            raise NotWhole("template")
        if self.root.nodes("modalFeedback") or self.root.anywhere("feedbackInline", "feedbackBlock"):
            raise NotWhole("processing")
        self.rule = ""
        if processing := self.root.first("responseProcessing"):
            named = _TEMPLATE.search(processing.attributes.get("template", ""))
            if not named or processing.nodes():
                raise NotWhole("processing")
            self.rule = named[1]

    def _parts(self) -> Parts:
        ways: dict[str, Callable[[Node], Parts]] = {
            "choiceInteraction": self._choice,
            "inlineChoiceInteraction": self._inline_choice,
            "orderInteraction": self._order,
            "matchInteraction": self._match,
            "gapMatchInteraction": self._gaps,
            "textEntryInteraction": self._entry,
            "extendedTextInteraction": self._essay,
        }
        body = self.root.first("itemBody")
        if body is None:
            raise NotWhole("description")
        found = [each for each in _every(body) if each.name.endswith("Interaction")]
        if not found:
            raise NotWhole("description")
        names = {each.name for each in found}
        if len(names) > 1 or (len(found) > 1 and names != {"textEntryInteraction"}):
            raise NotWhole("several_interactions")
        if found[0].name not in ways:
            raise NotWhole("kind_unknown", kind=found[0].name)
        if found[0].name != "extendedTextInteraction" and not self.rule:
            raise NotWhole("processing")
        self.found, self.body = found, body
        return ways[found[0].name](found[0])

    def _stem(self, **instead: str | None) -> str:
        """The text of the item without its answers; `instead` says what stands for an interaction by its name."""
        ways: dict[str, Callable[[Node], str | None]] = {
            "rubricBlock": self._rubric,
            **{name: lambda _node, text=text: text for name, text in instead.items()},
        }
        for each in self.found:
            ways.setdefault(each.name, lambda _node: None)
        text = self.texts.nodes(self.body, ways)
        prompt = self.found[0].first("prompt")
        asked = self.texts.nodes(prompt) if prompt else ""
        return "\n\n".join(each for each in (text, asked) if each)

    def _rubric(self, node: Node) -> str | None:
        return self.texts.nodes(node) if "candidate" in node.attributes.get("view", "").split() else None

    def _declared(self, interaction: Node) -> tuple[Node, list[str]]:
        name = interaction.attributes.get("responseIdentifier", "")
        for each in self.root.nodes("responseDeclaration"):
            if each.attributes.get("identifier") == name:
                right = each.first("correctResponse")
                return each, [" ".join(value.text().split()) for value in right.nodes("value")] if right else []
        raise NotWhole("syntax")

    def _choice(self, node: Node) -> Parts:
        declared, right = self._declared(node)
        options, letter_of = self._options(node.nodes("simpleChoice"))
        single = declared.attributes.get("cardinality") == "single"
        right = [self._known(letter_of, each) for each in right]
        if self.rule == "match_correct":
            key: dict[str, Any] = {"right": right} if single else {"right": sorted(right), "policy": ALL_OR_NOTHING}
        else:
            key = self._weighed(declared, letter_of, single)
        return "single" if single else "multiple", self._stem(), {"options": options}, key

    def _weighed(self, declared: Node, letter_of: dict[str, str], single: bool) -> dict[str, Any]:
        mapped, otherwise = self._mapping(declared)
        worth = {letter: mapped.get(name, otherwise) for name, letter in letter_of.items()}
        best = max(worth.values()) if single else sum((each for each in worth.values() if each > 0), Fraction(0))
        self._weigh(declared, best, any(each < 0 for each in worth.values()))
        weights = {letter: str(each / best) for letter, each in worth.items() if each}
        right = [letter for letter, each in worth.items() if (each == best if single else each > 0)]
        return {"right": right, "weights": weights} | ({} if single else {"policy": WEIGHTS})

    def _weigh(self, declared: Node, best: Fraction, takes_away: bool) -> None:
        """The points of the item from what its mapping gives at best. Raises NotWhole where a bank cannot give them."""
        mapping = declared.first("mapping")
        bounds = mapping.attributes if mapping else {}
        if takes_away and _fraction(bounds.get("lowerBound", "-1")) != 0:
            raise NotWhole("negative")
        if best <= 0 or ("upperBound" in bounds and _fraction(bounds["upperBound"]) != best):
            raise NotWhole("points", points=str(bounds.get("upperBound", best)))
        self.points = Decimal(best.numerator) / Decimal(best.denominator)

    def _inline_choice(self, node: Node) -> Parts:
        kind, _stem, body, key = self._choice_of(node, "inlineChoice")
        return kind, self._stem(inlineChoiceInteraction=" ____ ").replace(" ____ ", "____"), body, key

    def _choice_of(self, node: Node, name: str) -> Parts:
        renamed = Node(node.name, node.attributes, node.line, [*node.children])
        for each in renamed.nodes(name):
            each.name = "simpleChoice"
        return self._choice(renamed)

    def _options(self, nodes: list[Node]) -> tuple[list[dict[str, str]], dict[str, str]]:
        options = items.options(self.texts.nodes(each) for each in nodes)
        names = [each.attributes.get("identifier", "") for each in nodes]
        return options, {name: each["id"] for name, each in zip(names, options, strict=True)}

    def _order(self, node: Node) -> Parts:
        _declared, right = self._declared(node)
        if self.rule != "match_correct" or node.attributes.get("minChoices") or node.attributes.get("maxChoices"):
            raise NotWhole("ordering_policy")
        texts = {each.attributes.get("identifier", ""): self.texts.nodes(each) for each in node.nodes("simpleChoice")}
        if sorted(right) != sorted(texts):
            raise NotWhole("problem", about="right", why="order_not_whole")
        body, key = items.ordering([texts[each] for each in right], ALL_OR_NOTHING)
        return "ordering", self._stem(), body, key

    def _match(self, node: Node) -> Parts:
        sets = node.nodes("simpleMatchSet")
        if len(sets) != 2:
            raise NotWhole("syntax")
        left, right = (
            {each.attributes.get("identifier", ""): self.texts.nodes(each) for each in side.nodes()} for side in sets
        )
        if any(each.attributes.get("matchMax", "1") != "1" for each in sets[0].nodes()):
            raise NotWhole("several_pairs")
        return self._paired(node, left, right, self._stem())

    def _gaps(self, node: Node) -> Parts:
        words = {each.attributes.get("identifier", ""): self.texts.nodes(each) for each in node.nodes("gapText")}
        gaps = [each.attributes.get("identifier", "") for each in node.anywhere("gap")]
        if not words or node.nodes("gapImg"):
            raise NotWhole("kind_unknown", kind="gapImg")
        numbers = iter(range(1, len(gaps) + 1))
        shown = self.texts.nodes(
            node, {"prompt": lambda _: None, "gapText": lambda _: None, "gap": lambda _: f"____（{next(numbers)}）"}
        )
        prompt = node.first("prompt")
        around = self.texts.nodes(self.body, {"gapMatchInteraction": lambda _: None, "rubricBlock": self._rubric})
        stem = "\n\n".join(each for each in (around, self.texts.nodes(prompt) if prompt else "", shown) if each)
        left = {name: f"（{number}）" for number, name in enumerate(gaps, start=1)}
        return self._paired(node, left, words, stem, turned=True)

    def _paired(
        self, node: Node, left: dict[str, str], right: dict[str, str], stem: str, *, turned: bool = False
    ) -> Parts:
        """A matching question; `turned` where the file names the right side of a pair first."""
        declared, pairs = self._declared(node)
        split = [_pair(each, turned) for each in pairs]
        if {one for one, _other in split} != set(left) or len(split) != len(left):
            raise NotWhole("problem", about="right", why="pair_missing")
        other_of = dict(split)
        if not set(other_of.values()) <= set(right):
            raise NotWhole("syntax")
        used = set(other_of.values())
        if len(set(right.values())) < len(right):
            raise NotWhole("problem", about="options", why="twice")
        body, key = items.matching(
            [(text, right[other_of[name]]) for name, text in left.items()],
            [text for name, text in right.items() if name not in used],
        )
        if self.rule == "match_correct":
            return "matching", stem, body, key | {"policy": ALL_OR_NOTHING}
        return "matching", stem, body, key | self._shares(declared, list(left), other_of, turned)

    def _shares(self, declared: Node, left: list[str], other_of: dict[str, str], turned: bool) -> dict[str, Any]:
        mapped, otherwise = self._mapping(declared)
        by_pair = {_pair(name, turned): worth for name, worth in mapped.items()}
        worth = [by_pair.pop((name, other_of[name]), otherwise) for name in left]
        if any(each != otherwise for each in by_pair.values()):
            raise NotWhole("shares")
        best = sum(worth, Fraction(0))
        self._weigh(declared, best, otherwise < 0)
        if otherwise > 0 or min(worth) < 0:
            raise NotWhole("shares")
        found: dict[str, Any] = {}
        if len(set(worth)) > 1:
            found["shares"] = {str(number): str(each / best) for number, each in enumerate(worth, start=1)}
        return found | ({"wrong": str(otherwise / best)} if otherwise else {})

    def _entry(self, node: Node) -> Parts:
        stem = self._stem(textEntryInteraction="____")
        if len(BLANK.findall(stem)) != len(self.found):
            raise NotWhole("several_blanks")
        blanks, shares, totals = [], [], []
        for each in self.found:
            declared, right = self._declared(each)
            if declared.attributes.get("baseType") != "string":
                raise NotWhole("kind_unknown", kind=declared.attributes.get("baseType", ""))
            words, worth = ({word: Fraction(1) for word in right}, Fraction(1))
            if self.rule == "map_response":
                words, worth = self._words(declared)
            blanks.append(list(words))
            totals.append(worth)
            shares.append({word: str(share / worth) for word, share in words.items() if share != worth})
        if len(set(totals)) > 1:
            raise NotWhole("shares")
        self.points = _decimal(totals[0]) * len(blanks) if self.rule == "map_response" else Decimal(1)
        if self.rule == "match_correct" and len(blanks) > 1:
            raise NotWhole("processing")
        key: dict[str, Any] = {"blanks": blanks, "case": True}
        if any(shares):
            key["shares"] = shares
        return "fill_in", stem, {"blanks": len(blanks)}, key

    def _words(self, declared: Node) -> tuple[dict[str, Fraction], Fraction]:
        mapping = declared.first("mapping")
        entries = mapping.nodes("mapEntry") if mapping else []
        if any(each.attributes.get("caseSensitive", "true") != "true" for each in entries):
            raise NotWhole("processing")
        mapped, otherwise = self._mapping(declared)
        best = max(mapped.values(), default=Fraction(0))
        if otherwise != 0 or best <= 0 or min(mapped.values()) < 0:
            raise NotWhole("negative")
        return mapped, best

    def _essay(self, node: Node) -> Parts:
        guides = [
            self.texts.nodes(each)
            for each in self.body.anywhere("rubricBlock")
            if {"scorer", "tutor", "author"} & set(each.attributes.get("view", "").split())
        ]
        for each in self.root.nodes("outcomeDeclaration"):
            if each.attributes.get("identifier") == "SCORE" and "normalMaximum" in each.attributes:
                self.points = items.points_of(each.attributes["normalMaximum"])
        return "short_answer", self._stem(), {}, {"guide": "\n\n".join(guides)}

    def _mapping(self, declared: Node) -> tuple[dict[str, Fraction], Fraction]:
        """What each answer is worth, and any other."""
        mapping = declared.first("mapping")
        if mapping is None:
            raise NotWhole("processing")
        entries = {
            " ".join(each.attributes.get("mapKey", "").split()): _fraction(each.attributes.get("mappedValue", ""))
            for each in mapping.nodes("mapEntry")
        }
        return entries, _fraction(mapping.attributes.get("defaultValue", "0"))

    def _known(self, letter_of: dict[str, str], name: str) -> str:
        if name not in letter_of:
            raise NotWhole("problem", about="right", why="no_such_option", letters=name[:40])
        return letter_of[name]


def _every(node: Node) -> list[Node]:
    return [found for each in node.nodes() for found in (each, *_every(each))]


def _pair(text: str, turned: bool) -> tuple[str, str]:
    one, _space, other = text.partition(" ")
    return (other, one) if turned else (one, other)


def _fraction(text: str) -> Fraction:
    if not items.NUMBER.fullmatch(text.strip()):
        raise NotWhole("points", points=text[:20])
    return Fraction(text.strip())


def _decimal(share: Fraction) -> Decimal:
    return Decimal(share.numerator) / Decimal(share.denominator)
