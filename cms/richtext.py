"""Text of an editor as a page may show it: nothing but the marks that the editor offers, whatever way it came in, and
links that lead away give this site's address to nobody."""

from typing import Any

from bs4 import Tag
from wagtail.rich_text import RichText
from wagtail.whitelist import Whitelister, allow_without_attributes, check_url

_MARKS = ("[document]", "p", "br", "hr", "h2", "h3", "h4", "b", "strong", "i", "em", "ul", "ol", "li")


def _link(tag: Tag) -> None:
    """Keep where a link leads: a page of this site by its id, a place of this site, or an address outside."""
    given, tag.attrs = tag.attrs, {}
    if given.get("linktype") == "page":
        tag.attrs = {"linktype": "page", "id": given.get("id", "")}
        return
    address = check_url(given.get("href", "").strip())
    if not address:
        return
    tag["href"] = address
    is_here = address.startswith(("#", "/")) and not address.startswith(("//", "/\\"))
    if not is_here:
        tag["target"], tag["rel"] = "_blank", "noopener noreferrer"


class _Cleaner(Whitelister):
    element_rules = {**dict.fromkeys(_MARKS, allow_without_attributes), "a": _link}

    def clean_tag_node(self, doc: Tag, tag: Tag) -> None:
        if tag.name in ("script", "style"):
            tag.decompose()
        else:
            super().clean_tag_node(doc, tag)


def shown(text: Any) -> RichText:
    """What an editor wrote, clean: a rich text, or the string in which it is kept."""
    source = text.source if isinstance(text, RichText) else str(text or "")
    return RichText(_Cleaner().clean(source))
