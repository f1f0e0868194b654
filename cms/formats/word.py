"""A lesson written in Word (.docx): a title, text, and boxes that begin with a sign in brackets.

The signs, each at the beginning of a paragraph: 【题目】单选 and on to 解析：; 【提示】; 【思考】; 【引用】 number
《title》 and the passage behind it or in the next paragraph. Lines `标题：` and the like at the top are its head.
"""

import io
import re
import zipfile
from html import escape
from html.parser import HTMLParser
from typing import Any

import mammoth

from cms.formats import lesson
from cms.formats.lesson import Draft

_SIGN = re.compile(
    r"【(题目|提示|思考|引用|question|callout|reflection|regulation)】\s*(.*)", re.IGNORECASE | re.DOTALL
)
_NAMES = {"question": "题目", "callout": "提示", "reflection": "思考", "regulation": "引用"}
_TITLE = re.compile(r"(.*?)\s*《(.+?)》\s*(.*)", re.DOTALL)
_HEAD = re.compile(r"\s*([^:：]{1,20}?)\s*[:：]")
_TAGS = {"p": "p", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4", "ul": "ul", "ol": "ol", "li": "li"}
_INLINE = {"strong": "b", "b": "b", "em": "i", "i": "i"}
_MOST_UNPACKED, _MOST_RATIO = 100 * 2**20, 100


def read(file: str, content: bytes) -> Draft:
    """Everything of a document that a lesson's page can hold, with a remark on every part that it cannot. Its pictures
    come behind the paragraph in which they stand; no part from outside is fetched; one that unpacks beyond all measure
    is not opened."""
    draft = Draft(file)
    if not _is_light(content):
        draft.remark(None, file, "not_word")
        return draft
    pictures: list[bytes] = []
    keep = mammoth.images.img_element(lambda image: _keep(pictures, image))
    try:
        result = mammoth.convert_to_html(io.BytesIO(content), convert_image=keep)
    except (KeyError, ValueError, zipfile.BadZipFile, mammoth.docx.files.InvalidFileReferenceError):
        draft.remark(None, file, "not_word")
        return draft
    for message in result.messages:
        if "image" not in message.message.lower() and "style" not in message.message.lower():
            draft.remark(None, message.message, "markup")
    reader = _Reader(pictures)
    reader.feed(result.value)
    _assemble(draft, reader.nodes)
    return draft


def _keep(pictures: list[bytes], image: Any) -> dict[str, str]:
    """A picture is set aside; its element keeps its number."""
    with image.open() as opened:
        pictures.append(opened.read())
    return {"src": str(len(pictures) - 1)}


def _is_light(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(each.file_size for each in archive.infolist())
            return "word/document.xml" in archive.namelist() and (
                unpacked <= min(_MOST_UNPACKED, max(len(content), 1) * _MOST_RATIO)
            )
    except zipfile.BadZipFile:
        return False


class _Node:
    """One block at the top of a document: its element, its rich text, its plain text and its pictures."""

    def __init__(self, tag: str) -> None:
        self.tag, self.html, self.text = tag, "", ""
        self.pictures: list[tuple[bytes, str]] = []  # each with what it shows


class _Reader(HTMLParser):
    """Cuts the converted document into its blocks, keeping the few elements that an editor may use."""

    def __init__(self, pictures: list[bytes]) -> None:
        super().__init__()
        self.nodes: list[_Node] = []
        self._pictures = pictures
        self._open: list[str] = []
        self._links: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("br", "img"):
            self._void(tag, dict(attrs))
            return
        if not self._open:
            self.nodes.append(_Node(tag))
        self._open.append(tag)
        node = self.nodes[-1]
        if tag == "a":
            address = dict(attrs).get("href") or ""
            self._links.append(address.startswith(("https://", "http://", "mailto:")))
            node.html += f'<a href="{escape(address)}">' if self._links[-1] else ""
        elif kept := _TAGS.get(tag) or _INLINE.get(tag):
            node.html += f"<{kept}>"

    def handle_endtag(self, tag: str) -> None:
        node = self.nodes[-1]
        if tag == "a":
            node.html += "</a>" if self._links.pop() else ""
        elif kept := _TAGS.get(tag) or _INLINE.get(tag):
            node.html += f"</{kept}>"
        if tag in ("tr", "td", "th"):
            node.text += "\n" if tag == "tr" else " · "
        if self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self.nodes:
            self.nodes[-1].html += escape(data)
            self.nodes[-1].text += data

    def _void(self, tag: str, attrs: dict[str, str | None]) -> None:
        if not self._open:
            self.nodes.append(_Node("p"))
        if tag == "br":
            self.nodes[-1].html += "<br/>"
            self.nodes[-1].text += "\n"
        else:
            self.nodes[-1].pictures.append((self._pictures[int(attrs["src"] or 0)], attrs.get("alt") or ""))


def _assemble(draft: Draft, nodes: list[_Node]) -> None:
    rest = _head(draft, nodes)
    place = 0
    while place < len(rest):
        node = rest[place]
        found = _SIGN.match(node.text.strip()) if node.tag == "p" else None
        begun, place = place, place + 1
        if found:
            place = _box(draft, found[1], found[2], rest, place)
        else:
            _text(draft, node)
        for content, alt in [each for node in rest[begun:place] for each in node.pictures]:
            draft.picture(None, "", alt, content)


def _head(draft: Draft, nodes: list[_Node]) -> list[_Node]:
    """The title, a heading of the first order, and the lines of the head; what follows them."""
    rest = list(nodes)
    lines: list[tuple[int, str]] = []
    while rest:
        text = rest[0].text.strip()
        key = _HEAD.match(text)
        if rest[0].tag == "h1" and not draft.title and text:
            draft.title = text[:255]
        elif key and key[1].strip().lower() in lesson.KEYS:
            lines += [(len(lines) + 1, line) for line in text.split("\n")]
        elif text or rest[0].pictures:
            break
        rest.pop(0)
    lesson.read_head(draft, lines)
    return rest


def _box(draft: Draft, sign: str, first: str, nodes: list[_Node], place: int) -> int:
    """Add the box that a sign begins; the place after it."""
    kind = _NAMES.get(sign.lower(), sign)
    lines = first.split("\n")
    if kind == "题目":
        while place < len(nodes) and nodes[place].tag == "p" and not _SIGN.match(nodes[place].text.strip()):
            lines += nodes[place].text.split("\n")
            place += 1
            if any(line.strip().startswith(("解析", "explanation")) for line in lines):
                break
        lesson.question(draft, place, lines)
    elif kind == "提示":
        draft.add("callout", {"text": f"<p>{escape(first)}</p>"})
    elif kind == "思考":
        draft.add("reflection", {"prompt": first})
    elif found := _TITLE.fullmatch(first):
        passage = found[3].strip(" ：:\n")
        if not passage and place < len(nodes):
            passage, place = nodes[place].text.strip(), place + 1
        value = {"number": found[1].strip(), "title": found[2], "article": "", "text": passage}
        draft.add("regulation", value)
    else:
        draft.remark(None, first, "regulation_untitled")
        draft.add("text", f"<p>{escape(first)}</p>")
    return place


def _text(draft: Draft, node: _Node) -> None:
    if node.tag == "table":
        draft.remark(None, node.text, "table")
        rows = [line.strip(" ·") for line in node.text.split("\n") if line.strip(" ·")]
        draft.add("text", "".join(f"<p>{escape(row)}</p>" for row in rows))
    elif not node.text.strip():
        return
    elif node.tag == "h1":
        draft.remark(None, node.text, "heading_1")
        draft.add("text", f"<h2>{escape(node.text)}</h2>")
    elif node.tag in _TAGS:
        draft.add("text", node.html)
    else:
        draft.remark(None, node.text, "markup")
        draft.add("text", f"<p>{escape(node.text)}</p>")
