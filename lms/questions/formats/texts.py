"""HTML of other software as plain text: paragraphs, lists, pictures and sounds stay; what cannot stay is told."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from urllib.parse import unquote

from markdown_it import MarkdownIt

from lms.questions.formats.limits import MAX_MEDIA
from lms.questions.formats.xml_tree import Node
from lms.questions.items import Media, NotWhole, content_type, tidy


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_INLINE = _names(
    "b strong i em u span font small big a abbr acronym cite code kbd samp q label mark ins bdi bdo var dfn time wbr "
    "ruby rb rt nobr tt"
)
_PARAGRAPHS = _names("p h1 h2 h3 h4 h5 h6 blockquote pre ul ol dl figure")
_LINES = _names("div section article li dt dd figcaption center address header footer main body html br hr")
_SILENT = {"head", "title", "meta", "link", "style", "rp"}
_RAISED = {
    "sup": str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ"),
    "sub": str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎"),
}
LONGEST = 50_000  # characters in one text of a question
_FORMULA = [("\\(", "\\)"), ("\\[", "\\]"), ("$$", "$$")]  # what opens one, and what ends it
_FILE_PLACE = "@@PLUGINFILE@@/"
_DATA = re.compile(r"data:[\w/+.-]+;base64,(.*)", re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^>]*>|&[a-zA-Z]+;|&#\d+;")
_MARKDOWN = MarkdownIt("commonmark").enable("strikethrough").enable("table")


class Texts:
    """Reads the texts of one item and gathers the media they show. `file_named` gives the content of a file that
    belongs to the item, None where there is none."""

    def __init__(self, file_named: Callable[[str], bytes | None] = lambda name: None) -> None:
        self._file_named = file_named
        self._media: dict[str, Media] = {}

    @property
    def media(self) -> tuple[Media, ...]:
        return tuple(self._media.values())

    def html(self, text: str) -> str:
        """Raises NotWhole: markup, formula, media_missing, media_kind, media_elsewhere."""
        flow = Flow(self)
        reader = _Html(flow)
        reader.feed(text)
        reader.close()
        return _without_formula(flow.text())

    def moodle(self, text: str) -> str:
        """Text in which lines count and HTML may stand, as Moodle's own format has it."""
        if not _TAG.search(text):
            return _without_formula(tidy(text))
        return self.html(text.strip().replace("\r\n", "\n").replace("\n", "<br>"))

    def markdown(self, text: str) -> str:
        return self.html(_MARKDOWN.render(text))

    def of_format(self, name: str, text: str) -> str:
        """A text by the name that its format has in Moodle; HTML where none is named."""
        if name in ("plain_text", "plain"):
            return tidy(text)
        return {"markdown": self.markdown, "moodle_auto_format": self.moodle, "moodle": self.moodle}.get(
            name, self.html
        )(text)

    def nodes(self, node: Node, instead: Mapping[str, Callable[[Node], str | None]] | None = None) -> str:
        """What is in an XML element that is HTML. `instead` says by an element's name what stands for it."""
        flow = Flow(self)
        _walk(node, flow, instead or {})
        return flow.text()

    def shown(self, address: str, says: str) -> str:
        """The mark of a picture or sound by its address. Raises NotWhole."""
        if inline := _DATA.match(address):
            name, content = says or "picture", _decoded(inline[1])
        elif re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//", address):
            raise NotWhole("media_elsewhere", name=address[:80])
        else:
            name = unquote(address.removeprefix(_FILE_PLACE).partition("?")[0])
            found = self._file_named(name)
            if found is None:
                raise NotWhole("media_missing", name=name[:80])
            content = found
        media = Media(name.rpartition("/")[2][:100], content_type(content), content)
        if not media.content_type or len(content) > MAX_MEDIA:
            raise NotWhole("media_kind", name=name[:80])
        self._media.setdefault(media.id, media)
        return media.mark(says or media.name)


def decoded_file(node: Node) -> bytes | None:
    """The content of a file that an XML file carries in base64; None where it is none."""
    return _decoded(node.text()) if node.attributes.get("encoding", "base64") == "base64" else None


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        return b""


def _without_formula(text: str) -> str:
    if any(0 <= text.find(opens) < text.rfind(ends) - 2 for opens, ends in _FORMULA):
        raise NotWhole("formula")
    return text


class Flow:
    """Plain text in the making, fed with the elements and texts of HTML."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._out: list[str] = []
        self._lists: list[int | None] = []  # the numbers of ordered lists, None for others
        self._links: list[str] = []
        self._kept = 0  # inside so many elements whose white space counts
        self._silent = 0
        self._raised: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._length = 0

    def start(self, tag: str, given: Mapping[str, str | None]) -> None:
        if tag in _SILENT:
            self._silent += tag not in ("meta", "link")
        elif tag in ("img", "source", "audio", "object"):
            self._show(tag, given)
        elif tag in _RAISED:
            self._raised.append(tag)
        elif tag in _INLINE:
            self._start_inline(tag, given)
        elif tag in _PARAGRAPHS or tag in _LINES:
            self._start_block(tag)
        else:
            raise NotWhole("markup", what=tag[:20])
        if tag not in ("br", "hr", "img", "meta", "link", "source", "wbr"):
            keeps = tag == "pre" or "white-space:pre" in (given.get("style") or "").replace(" ", "")
            self._kept += keeps
            self._open.append((tag, keeps))

    def end(self, tag: str) -> None:
        place = next((at for at in range(len(self._open) - 1, -1, -1) if self._open[at][0] == tag), None)
        if place is None:
            return
        for name, keeps in reversed(self._open[place:]):
            self._kept -= keeps
            self._close(name)
        del self._open[place:]

    def data(self, text: str) -> None:
        if self._silent:
            return
        self._length += len(text)
        if self._length > LONGEST:
            raise NotWhole("too_long", limit=LONGEST)
        if self._raised:
            table = _RAISED[self._raised[-1]]
            if any(ord(each) not in table for each in text.strip()):
                raise NotWhole("markup", what=self._raised[-1])
            text = text.strip().translate(table)
        if not self._kept:
            text = re.sub(r"[ \t\r\n\f]+", " ", text)
            if not self._out or self._out[-1][-1:] in (" ", "\n"):
                text = text.removeprefix(" ")
        if text:
            self._out.append(text)

    def text(self) -> str:
        text = re.sub("\n{3,}", "\n\n", "".join(self._out))
        return tidy(text.replace("\xa0", " "))

    def _start_inline(self, tag: str, given: Mapping[str, str | None]) -> None:
        if tag == "a":
            self._links.append(given.get("href") or "")
        elif tag == "q":
            self._out.append("“")
        elif tag == "rt":
            self._out.append("（")

    def _start_block(self, tag: str) -> None:
        if tag == "br":
            self._out.append("\n")
            return
        self._break(2 if tag in _PARAGRAPHS and not self._lists else 1)
        if tag == "hr":
            self._out.append("———\n")
        elif tag in ("ul", "ol"):
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._out.append(self._bullet())

    def _bullet(self) -> str:
        indent = "\xa0\xa0" * (len(self._lists) - 1)
        if not self._lists or self._lists[-1] is None:
            return f"{indent}- "
        self._lists[-1] += 1
        return f"{indent}{self._lists[-1]}. "

    def _close(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _RAISED and self._raised:
            self._raised.pop()
        elif tag == "a" and self._links:
            self._link(self._links.pop())
        elif tag == "q":
            self._out.append("”")
        elif tag == "rt":
            self._out.append("）")
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        if tag in _PARAGRAPHS:
            self._break(2 if not self._lists else 1)
        elif tag in _LINES:
            self._break(1)

    def _link(self, address: str) -> None:
        if address.startswith(_FILE_PLACE):
            self._out.append(" " + self._texts.shown(address, ""))
        elif re.match(r"https?://", address):
            self._out.append(f" ({address})" if address not in "".join(self._out[-3:]) else "")
        elif address and not address.startswith(("#", "mailto:")):
            raise NotWhole("markup", what="a")

    def _show(self, tag: str, given: Mapping[str, str | None]) -> None:
        address = given.get("src") or given.get("data")
        if address:
            self._out.append(self._texts.shown(address, given.get("alt") or given.get("title") or ""))
        elif tag in ("img", "object"):
            raise NotWhole("markup", what=tag)

    def _break(self, lines: int) -> None:
        """Go to a new line; with 2, leave one blank."""
        tail = ""
        while self._out and not tail.strip(" \n"):
            tail = self._out.pop() + tail
        tail = tail.rstrip(" ")
        if tail:
            self._out.append(tail + "\n" * max(0, lines - (len(tail) - len(tail.rstrip("\n")))))


class _Html(HTMLParser):
    def __init__(self, flow: Flow) -> None:
        super().__init__(convert_charrefs=True)
        self._flow = flow

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._flow.start(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        self._flow.end(tag)

    def handle_data(self, data: str) -> None:
        self._flow.data(data)

    def unknown_decl(self, data: str) -> None:
        raise NotWhole("markup", what=data[:20])


def _walk(node: Node, flow: Flow, instead: Mapping[str, Callable[[Node], str | None]]) -> None:
    for each in node.children:
        if isinstance(each, str):
            flow.data(each)
        elif each.name in instead:
            stands = instead[each.name](each)
            if stands:
                flow.data(stands)
        else:
            flow.start(each.name, each.attributes)
            _walk(each, flow, instead)
            flow.end(each.name)
