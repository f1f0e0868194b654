"""What templates of scores and lines say about figures."""

from decimal import Decimal

from django import template

register = template.Library()


@register.filter
def signed(change: int) -> str:
    """A change with its sign: +7, −4, 0."""
    if not change:
        return "0"
    return f"+{change}" if change > 0 else f"−{-change}"


@register.filter
def percent(share: Decimal | None) -> str:
    """A share as per cent with one decimal, "62.5%"; a dash where there is none."""
    return "–" if share is None else f"{share * 100:.1f}%"


@register.filter
def signed_text(change: str) -> str:
    """Points as text with their sign: "+0.5", "−1", "0"."""
    if change.startswith(("-", "−")):
        return f"−{change[1:]}"
    return change if change == "0" else f"+{change}"
