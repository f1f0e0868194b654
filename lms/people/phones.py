"""Mobile phone numbers: one way to write them, and whether one can be right."""

import re
import unicodedata

from django.utils.translation import gettext_lazy as _

from lms.lib.refusals import Refusal

_SHAPE = re.compile(r"1[3-9][0-9]{9}")


class BadPhone(Refusal):
    sentence = _("A mobile phone number has 11 digits and begins with 1. Check what you typed.")
    field = "phone"
    status = 422


def normalise(number: str) -> str:
    """A number as it is kept: plain digits, without spaces, hyphens and the country's +86."""
    plain = "".join(unicodedata.normalize("NFKC", number).split()).replace("-", "")
    return plain.removeprefix("+86").removeprefix("0086")


def check(number: str) -> str:
    """The number in its normal form. Refuses: BadPhone."""
    number = normalise(number)
    if not _SHAPE.fullmatch(number):
        raise BadPhone()
    return number
