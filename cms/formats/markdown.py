"""A lesson written in Markdown: a head between two lines of ---, text, and boxes fenced by ```.

The boxes: ```提示 (callout), ```引用 number《title》article (a regulation's words), ```思考 (reflection), ```题目
(question). English words do as well: callout, regulation, reflection, question. A picture, ![what it shows](path beside
the file), comes behind the paragraph in which it stands.
"""

import re
from collections.abc import Sequence
from html import escape
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from cms.formats import lesson
from cms.formats.lesson import Draft

_BOXES = {
    "提示": "callout",
    "callout": "callout",
    "引用": "regulation",
    "regulation": "regulation",
    "思考": "reflection",
    "reflection": "reflection",
    "题目": "question",
    "question": "question",
}
_TITLE = re.compile(r"(.*?)\s*《(.+)》([^《》]{0,40})")
_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")
_BLOCKS = {"paragraph", "heading", "bullet_list", "ordered_list", "list_item"}
_INLINES = {"text", "softbreak", "hardbreak", "strong_open", "strong_close", "em_open", "em_close"}
_LINKS = ("https://", "http://", "mailto:")


def read(file: str, text: str) -> Draft:
    """Everything of a file that a lesson's page can hold, with a remark on every part that it cannot."""
    draft = Draft(file)
    head, body, first = _split(text)
    lesson.read_head(draft, head)
    tokens = _PARSER.parse(body)
    for group in _groups(tokens):
        line = first + (group[0].map[0] if group[0].map else 0)
        _take(draft, group, line)
    return draft


def _split(text: str) -> tuple[list[tuple[int, str]], str, int]:
    """The numbered lines of the head, the body, and the number of the body's first line."""
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0].strip() != "---":
        return [], text, 1
    for place, line in enumerate(lines[1:], start=1):
        if line.strip() == "---":
            head = [(number + 1, each) for number, each in enumerate(lines[1:place], start=1)]
            return head, "\n".join(lines[place + 1 :]), place + 2
    return [], text, 1


def _groups(tokens: Sequence[Token]) -> list[list[Token]]:
    """The tokens of each block at the top."""
    groups: list[list[Token]] = []
    depth = 0
    for token in tokens:
        if depth == 0:
            groups.append([])
        groups[-1].append(token)
        depth += token.nesting
    return groups


def _take(draft: Draft, group: list[Token], line: int) -> None:
    kind = group[0].type.removesuffix("_open")
    if kind == "fence":
        _box(draft, group[0], line)
    elif kind == "hr":
        draft.add("text", "<hr/>")
    elif kind in ("code_block", "html_block"):
        draft.remark(line, group[0].content, "markup")
        draft.add("text", _paragraphs(group[0].content))
    elif kind == "table":
        draft.remark(line, _text_of(group), "table")
        rows = [_text_of(row) for row in _rows(group)]
        draft.add("text", "".join(f"<p>{escape(row)}</p>" for row in rows))
    elif (html := _html(draft, group, line)) and html != "<p></p>":
        draft.add("text", html)
    for token in group:
        for each in token.children or []:
            if each.type == "image":
                draft.picture(line, unquote(str(each.attrGet("src") or "")), each.content)


def _box(draft: Draft, token: Token, line: int) -> None:
    name, _space, rest = token.info.strip().partition(" ")
    box = _BOXES.get(name.lower())
    content = token.content.strip()
    if box == "question":
        lesson.question(draft, line, content.split("\n"))
    elif box == "reflection":
        draft.add("reflection", {"prompt": content})
    elif box == "callout":
        draft.add("callout", {"text": _paragraphs(content)})
    elif box == "regulation" and (found := _TITLE.fullmatch(rest)):
        value = {"number": found[1].strip(), "title": found[2], "article": found[3].strip(), "text": content}
        draft.add("regulation", value)
    else:
        draft.remark(line, f"{token.info}: {content}", "regulation_untitled" if box else "fence_unknown")
        draft.add("text", _paragraphs(content))


def _paragraphs(text: str) -> str:
    parts = [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
    return "".join("<p>" + escape(part).replace("\n", "<br/>") + "</p>" for part in parts)


def _html(draft: Draft, group: list[Token], line: int) -> str:
    """The rich text of a block, in the few elements that an editor may use."""
    parts = []
    for token in group:
        kind = token.type.removesuffix("_open").removesuffix("_close")
        if token.type == "inline":
            parts.append(_inline(draft, token.children or [], line))
        elif kind == "paragraph" and token.hidden:
            continue
        elif kind in _BLOCKS:
            tag = _tag(draft, token, line)
            parts.append(f"<{tag}>" if token.nesting > 0 else f"</{tag}>")
        elif token.nesting >= 0:  # a block within a list or a quotation that a page has no element for
            draft.remark(line, token.content or token.markup, "markup")
            parts.append(_paragraphs(token.content))
    return "".join(parts)


def _tag(draft: Draft, token: Token, line: int) -> str:
    if token.tag == "h1" and token.nesting > 0:
        draft.remark(line, "#", "heading_1")
    return {"h1": "h2", "h5": "h4", "h6": "h4"}.get(token.tag, token.tag)


def _inline(draft: Draft, tokens: Sequence[Token], line: int) -> str:
    parts: list[str] = []
    links: list[bool] = []
    for token in tokens:
        if token.type == "text":
            parts.append(escape(token.content))
        elif token.type in ("softbreak", "hardbreak"):
            parts.append("<br/>" if token.type == "hardbreak" else _joint(parts))
        elif token.type in _INLINES:
            tag = "b" if token.tag == "strong" else "i"
            parts.append(f"<{tag}>" if token.nesting > 0 else f"</{tag}>")
        elif token.type == "link_open":
            address = str(token.attrGet("href") or "")
            links.append(address.startswith(_LINKS))
            parts.append(f'<a href="{escape(address)}">' if links[-1] else "")
        elif token.type == "link_close":
            parts.append("</a>" if links.pop() else "")
        elif token.type != "image":  # pictures come behind the text
            draft.remark(line, token.content, "markup")
            parts.append(escape(token.content))
    return "".join(parts)


def _joint(parts: Sequence[str]) -> str:
    """What stands for a line's end inside a paragraph: a space between Latin words, nothing between Chinese."""
    before = parts[-1][-1:] if parts else ""
    return " " if before.isascii() and before.isalnum() else ""


def _rows(group: Sequence[Token]) -> list[list[Token]]:
    rows: list[list[Token]] = []
    for token in group:
        if token.type == "tr_open":
            rows.append([])
        if rows:
            rows[-1].append(token)
    return rows


def _text_of(tokens: Sequence[Token]) -> str:
    return " · ".join(token.content for token in tokens if token.type == "inline")
