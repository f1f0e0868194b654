"""What templates of scores and lines say about figures."""

from django import template

register = template.Library()


@register.filter
def signed(change: int) -> str:
    """A change with its sign: +7, −4, 0."""
    if not change:
        return "0"
    return f"+{change}" if change > 0 else f"−{-change}"
