"""XML from strangers as a tree that knows its lines; entities, outside references and overlong files are refused."""

import io
import re
from dataclasses import dataclass, field
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import create_parser

from lms.questions.formats.limits import MAX_DEPTH, MAX_NODES, Unreadable, require_size

_CHINESE = re.compile(rb"^(<\?xml[^>]*encoding=[\"'])(gb2312|gbk|gb18030)([\"'])", re.IGNORECASE)


@dataclass
class Node:
    """An element: its name without a prefix, its attributes, the line it begins on, and what is in it in order."""

    name: str
    attributes: dict[str, str]
    line: int
    children: "list[Node | str]" = field(default_factory=list)

    def nodes(self, name: str = "") -> "list[Node]":
        """The elements directly inside, of one name or all."""
        return [each for each in self.children if isinstance(each, Node) and name in ("", each.name)]

    def first(self, name: str) -> "Node | None":
        """The first element of a name directly inside."""
        return next(iter(self.nodes(name)), None)

    def anywhere(self, *names: str) -> "list[Node]":
        """The elements of these names at any depth, in order."""
        found = []
        for each in self.nodes():
            if each.name in names:
                found.append(each)
            found += each.anywhere(*names)
        return found

    def text(self) -> str:
        """All text inside, at any depth."""
        return "".join(each if isinstance(each, str) else each.text() for each in self.children)

    def text_of(self, name: str) -> str:
        """The text of the first element of a name, without blanks around it; "" where there is none."""
        node = self.first(name)
        return node.text().strip() if node else ""


class _Builder(ContentHandler):
    def __init__(self) -> None:
        super().__init__()
        self.root: Node | None = None
        self.open: list[Node] = []
        self.count = 0

    def startElement(self, name: str, attrs) -> None:  # noqa: N802 - the name xml.sax calls
        self.count += 1
        if len(self.open) >= MAX_DEPTH:
            raise Unreadable("too_deep", limit=MAX_DEPTH)
        if self.count > MAX_NODES:
            raise Unreadable("too_many", limit=MAX_NODES)
        given = {each.rpartition(":")[2]: value for each, value in attrs.items()}
        node = Node(name.rpartition(":")[2], given, self._locator.getLineNumber())
        if self.open:
            self.open[-1].children.append(node)
        else:
            self.root = node
        self.open.append(node)

    def endElement(self, name: str) -> None:  # noqa: N802 - the name xml.sax calls
        self.open.pop()

    def characters(self, content: str) -> None:
        inside = self.open[-1].children
        if inside and isinstance(inside[-1], str) and len(inside[-1]) < 4096:
            inside[-1] += content
        else:
            inside.append(content)


def parse(content: bytes) -> Node:
    """The tree of an XML file. Raises Unreadable: too_big, too_deep, too_many, entities (any DOCTYPE), not_xml with its
    line."""
    require_size(content)
    content = content.lstrip()
    if _CHINESE.match(content):
        try:
            text = content.decode("gb18030").encode()
        except UnicodeDecodeError as error:
            raise Unreadable("encoding") from error
        content = _CHINESE.sub(rb"\1utf-8\3", text)
    builder = _Builder()
    parser = create_parser(forbid_dtd=True)
    parser.setContentHandler(builder)
    try:
        parser.parse(io.BytesIO(content))
    except DefusedXmlException as error:
        raise Unreadable("entities") from error
    except (SAXException, ValueError, LookupError) as error:
        line = getattr(error, "getLineNumber", lambda: 0)()
        raise Unreadable("not_xml", line=line or 1) from error
    if builder.root is None:
        raise Unreadable("not_xml", line=1)
    return builder.root
