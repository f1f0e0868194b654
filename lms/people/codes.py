"""One-time codes: how they look, and the keyed hash that is kept of them."""

import secrets
import unicodedata

from lms.lib.crypto import keyed_hash

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that looks like something else: no 0 O 1 I L
LENGTH = 10
DIGITS = 6

# What six digits are good for: a code for one purpose is none for the other.
CONFIRM, RESET = "confirm", "reset"


def new() -> str:
    """An activation code as a slip shows it: ABCDE-FGHJK."""
    letters = "".join(secrets.choice(ALPHABET) for _each in range(LENGTH))
    return f"{letters[:5]}-{letters[5:]}"


def hashed(code: str) -> str:
    """The keyed hash of an activation code, however it was typed: small letters, full-width ones, hyphens and spaces
    are equal."""
    plain = unicodedata.normalize("NFKC", code).upper()
    return keyed_hash("activation_code", "".join(each for each in plain if each.isalnum()))


def new_digits() -> str:
    """A code for a telephone."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def hashed_digits(code: str, *, purpose: str, row: int) -> str:
    """The keyed hash of six digits for one purpose and one row, so that equal digits are never equal hashes."""
    plain = "".join(each for each in unicodedata.normalize("NFKC", code) if each.isalnum())
    return keyed_hash("phone_code", f"{purpose}\0{row}\0{plain}")


def fits(code: str, kept: str, *, purpose: str, row: int) -> bool:
    """Whether these are the digits of which the hash was kept."""
    return bool(kept) and secrets.compare_digest(hashed_digits(code, purpose=purpose, row=row), kept)
