"""What templates of courses say: text of an editor, titles and deadlines in the reader's language, and an entry of a
dictionary."""

from collections.abc import Mapping
from typing import Any

from django import template

from cms import richtext, wording
from lms.lib import moments

register = template.Library()
register.filter("shown", richtext.shown)
register.filter("titled", wording.titled)
register.filter("deadline", moments.deadline)


@register.filter
def entry(of: Mapping[str, Any] | None, key: Any) -> Any:
    """What stands in a dictionary under a key, as text; None where there is no dictionary or no such key."""
    return of.get(str(key)) if of else None
