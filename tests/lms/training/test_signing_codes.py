"""The code on the screen and the proof of having had it: half a minute, two minutes, one session, one person."""

import datetime as dt

import pytest

from lms.training import signing_codes
from tests.factories.people import AT

SECOND = dt.timedelta(seconds=1)


def test_code_stays_for_fifteen_seconds_and_is_another_then():
    shown = [signing_codes.code(7, "in", AT + n * SECOND) for n in range(31)]
    assert len(set(shown[:15])) == 1
    assert len(set(shown)) == 3
    assert signing_codes.seconds_left(AT + 4 * SECOND) == 11


def test_code_of_another_session_or_way_is_another():
    codes = {signing_codes.code(session, way, AT) for session in (7, 8) for way in ("in", "out")}
    assert len(codes) == 4


@pytest.mark.parametrize(
    ("after", "holds"), [(-1, False), (0, True), (29, True), (30, False), (31, False), (86400, False)]
)
def test_code_holds_for_thirty_seconds_by_the_servers_clock_and_not_before(after, holds):
    seen, is_fresh = signing_codes.read_code(signing_codes.code(7, "out", AT), AT + after * SECOND)
    assert (seen.session, seen.way) == (7, "out")
    assert is_fresh is holds


def test_code_with_anything_changed_is_none_of_ours():
    whole = signing_codes.code(7, "in", AT)
    session, way, step, seal = whole.split(".")
    forged = [f"8.{way}.{step}.{seal}", f"{session}.out.{step}.{seal}", f"{session}.{way}.{int(step) + 1}.{seal}"]
    forged += [whole[:-1], "", "...", "x.in.1.2", f"{session}.up.{step}.{seal}", "٧.in.1.2", "9" * 40 + ".in.1.2"]
    assert {signing_codes.read_code(each, AT)[0] for each in forged} == {None}


@pytest.mark.parametrize(("after", "holds"), [(0, True), (120, True), (121, False), (-2, False)])
def test_proof_holds_for_two_minutes(after, holds):
    seen, is_fresh = signing_codes.read_proof(signing_codes.proof(7, "in", 3, AT), 3, AT + after * SECOND)
    assert (seen.session, seen.way, seen.at) == (7, "in", AT)
    assert is_fresh is holds


def test_proof_is_worthless_to_somebody_else_and_is_no_code():
    mine = signing_codes.proof(7, "in", 3, AT)
    assert signing_codes.read_proof(mine, 4, AT)[0] is None
    assert signing_codes.read_code(mine, AT)[0] is None
    assert signing_codes.read_proof(signing_codes.code(7, "in", AT), 3, AT)[0] is None
