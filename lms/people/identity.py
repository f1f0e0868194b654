"""Identity numbers: one way to write them, and whether one can be right (GB 11643-1999)."""

import datetime as dt
import operator
import re
import unicodedata

from django.utils.translation import gettext_lazy as _

from lms.lib import crypto
from lms.lib.refusals import Refusal

LENGTH = 18
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_SHAPE = re.compile(r"[0-9]{17}[0-9X]")
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?E\+?[0-9]+")
_EARLIEST = 1900


class BadIdNumber(Refusal):
    """An identity number that cannot be right; each kind says what to do."""

    field = "id_number"


class WrittenAsNumber(BadIdNumber):
    sentence = _("The spreadsheet turned it into a number and lost digits. Format the cell as text and type it again.")


class WrongLength(BadIdNumber):
    sentence = _("An identity number has 18 characters; this one has {length}. Copy it from the card.")


class WrongCharacters(BadIdNumber):
    sentence = _("An identity number is 17 digits and a digit or X. Copy it from the card.")


class WrongBirthDate(BadIdNumber):
    sentence = _("Characters 7 to 14 are no date of birth. Copy the number from the card.")


class WrongChecksum(BadIdNumber):
    sentence = _("The check character at the end does not fit, so a character is wrong. Compare it with the card.")


class CutBySpreadsheet(BadIdNumber):
    sentence = _("It looks like it was cut by a spreadsheet: it ends in 000. Format the cell as text, type it again.")


def normalise(number: str) -> str:
    """An identity number as it is kept: full-width characters made plain, without spaces, X in upper case."""
    if number.isascii() and number.isalnum():
        return number.upper()
    plain = unicodedata.normalize("NFKC", number)
    return "".join(each for each in plain if not each.isspace() and unicodedata.category(each) != "Cf").upper()


def check(number: str) -> str:
    """The number in its normal form. Refuses (BadIdNumber): WrittenAsNumber, WrongLength, WrongCharacters,
    CutBySpreadsheet, WrongBirthDate, WrongChecksum."""
    number = normalise(number)
    if _SCIENTIFIC.fullmatch(number):
        raise WrittenAsNumber()
    if len(number) != LENGTH:
        raise WrongLength(length=len(number))
    if not _SHAPE.fullmatch(number):
        raise WrongCharacters()
    fits = number[-1] == check_character(number[:-1])
    if not fits and number.endswith("000"):
        raise CutBySpreadsheet()
    if not _is_date(number[6:14]):
        raise WrongBirthDate()
    if not fits:
        raise WrongChecksum()
    return number


def check_character(body: str) -> str:
    """The last character that belongs to the first seventeen digits."""
    total = sum(map(operator.mul, map(int, body), _WEIGHTS))
    return _CHECK_CHARACTERS[total % 11]


def with_check_character(body: str) -> str:
    """Seventeen digits completed to an identity number."""
    return body + check_character(body)


def id_number_hash(number: str) -> str:
    """What an identity number in its normal form is found by."""
    return crypto.keyed_hash("id_number", number)


def _is_date(digits: str) -> bool:
    try:
        born = dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return born.year >= _EARLIEST
