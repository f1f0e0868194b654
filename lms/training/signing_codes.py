"""The code on the screen that changes every 15 seconds, and the proof that somebody had it before her. Pure."""

import datetime as dt
import hmac
from dataclasses import dataclass

from lms.lib.crypto import keyed_hash

IN, OUT = "in", "out"
STEP = 15  # seconds for which one code is shown
VALID = 30  # seconds after which a picture of it is worthless
PROOF_VALID = 120  # seconds for the finger to press the button
_DIGITS = 32  # of the hash in hex: 128 bits


@dataclass(frozen=True)
class Seen:
    """What a code or a proof says: which session, in or out, and since when it holds."""

    session: int
    way: str
    at: dt.datetime


def code(session: int, way: str, at: dt.datetime) -> str:
    """The code of a session to sign in or out by, as the screen shows it at a moment."""
    step = int(at.timestamp()) // STEP
    return f"{session}.{way}.{step}.{_seal('code', session, way, step)}"


def seconds_left(at: dt.datetime) -> float:
    """How long the screen still shows the code of this moment."""
    return STEP - at.timestamp() % STEP


def read_code(text: str, at: dt.datetime) -> tuple[Seen | None, bool]:
    """What a code says, if it is one of ours, and whether it holds at `at`: for 30 seconds from when it was first
    shown, by the server's clock, and not before."""
    session, way, step, is_ours = _open("code", text, ())
    if not is_ours:
        return None, False
    shown_at = dt.datetime.fromtimestamp(step * STEP, dt.UTC)
    return Seen(session, way, shown_at), 0 <= (at - shown_at).total_seconds() < VALID


def proof(session: int, way: str, user: int, at: dt.datetime) -> str:
    """That this user had the session's code before her at a moment; worthless to anybody else."""
    seconds = int(at.timestamp())
    return f"{session}.{way}.{seconds}.{_seal('proof', session, way, seconds, user)}"


def read_proof(text: str, user: int, at: dt.datetime) -> tuple[Seen | None, bool]:
    """What this user's proof says, if it is hers, and whether two minutes have not passed."""
    session, way, seconds, is_hers = _open("proof", text, (user,))
    if not is_hers:
        return None, False
    seen_at = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return Seen(session, way, seen_at), -1 < (at - seen_at).total_seconds() <= PROOF_VALID


def _seal(purpose: str, *facts: object) -> str:
    return keyed_hash(f"training.signing.{purpose}", ":".join(map(str, facts)))[:_DIGITS]


def _open(purpose: str, text: str, more: tuple[int, ...]) -> tuple[int, str, int, bool]:
    """The parts of a sealed text and whether its seal is ours; a text that is none of ours is not."""
    parts = text.split(".")
    if len(parts) != 4 or parts[1] not in (IN, OUT) or not all(_is_number(parts[place]) for place in (0, 2)):
        return 0, "", 0, False
    session, way, moment = int(parts[0]), parts[1], int(parts[2])
    return session, way, moment, hmac.compare_digest(_seal(purpose, session, way, moment, *more), parts[3])


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12
