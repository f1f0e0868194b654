"""Titles of programmes, courses, modules and lessons, as their reader calls them."""

from typing import Any

from django.utils.translation import get_language


def titled(thing: Any) -> str:
    """The title; the English one, where there is one, for whoever reads English."""
    is_english = (get_language() or "").startswith("en")
    return (getattr(thing, "title_en", "") if is_english else "") or thing.title
