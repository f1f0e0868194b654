"""What every template may use without loading: masked names and telephones, deadlines, and points as people write
them."""

from decimal import Decimal

from django import template

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
