"""What every template may use without loading: masked names and telephones, deadlines, and points as people write
them."""

from decimal import Decimal

from django import template
from django.utils.translation import ngettext

from lms.lib import masking, moments

register = template.Library()
register.filter("masked_name", masking.mask_name)
register.filter("masked_phone", masking.mask_phone)
register.filter("deadline", moments.deadline)


@register.filter
def points(value: Decimal | None) -> str:
    """A number of points without needless noughts: 60, 59.5, 70.13; a dash where there is none."""
    if value is None:
        return "–"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.filter
def in_points(value: Decimal | str | int | None) -> str:
    """The same with its word: 1 point, 0.5 points, 60 points; a dash where there is none."""
    if value is None or value == "":
        return "–"
    number = Decimal(value)
    return ngettext("%(n)s point", "%(n)s points", 1 if number == 1 else 2) % {"n": points(number)}
