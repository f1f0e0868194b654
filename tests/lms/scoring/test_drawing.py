"""Lots: committed before, drawn once, replayed by anyone."""

import hashlib

import pytest

from lms.journal.models import Line
from lms.scoring import drawing
from lms.scoring.models import Lot
from tests.factories import people

SEED = "松平-231-第1天-00000"
ITEMS = ["99060824100101", "99060824100102", "99060824100103", "#4"]


@pytest.fixture
def clerk(db):
    return people.user("考务员")


def commit(clerk, at, **more):
    return drawing.commit(**{"purpose": "exams.order:1", "items": ITEMS, "seed": SEED, "by": clerk, "at": at, **more})


def test_commit_keeps_the_hash_that_anyone_can_compute(clerk, at):
    lot = commit(clerk, at)
    assert lot.commitment == hashlib.sha256("|".join([SEED, *ITEMS]).encode()).hexdigest()
    line = Line.objects.get(act="scoring.lot_committed")
    assert line.facts == {"purpose": "exams.order:1", "commitment": lot.commitment}
    assert SEED not in str(line.facts)


def test_draw_orders_by_the_documented_algorithm_and_reveals_the_seed(clerk, at):
    lot = drawing.draw(commit(clerk, at), by=clerk, at=at)
    by_hand = sorted(ITEMS, key=lambda item: hashlib.sha256(f"{SEED}|{item}".encode()).hexdigest())
    assert lot.result == by_hand and sorted(lot.result) == sorted(ITEMS)
    assert Line.objects.get(act="scoring.lot_drawn").facts["seed"] == SEED


def test_replay_holds_for_an_honest_draw(clerk, at):
    assert drawing.replay(drawing.draw(commit(clerk, at), by=clerk, at=at))


def test_replay_does_not_hold_before_the_draw(clerk, at):
    assert drawing.replay(commit(clerk, at)) is False


@pytest.mark.parametrize(
    "tampered", [{"seed": SEED + "x"}, {"items": ITEMS[:3]}, {"result": ITEMS}, {"commitment": "0" * 64}]
)
def test_replay_finds_what_was_changed(clerk, at, tampered):
    lot = drawing.draw(commit(clerk, at), by=clerk, at=at)
    assert lot.result != ITEMS
    Lot.objects.filter(pk=lot.pk).update(**tampered)
    lot.refresh_from_db()
    assert drawing.replay(lot) is False


def test_draw_is_refused_a_second_time(clerk, at):
    lot = drawing.draw(commit(clerk, at), by=clerk, at=at)
    with pytest.raises(drawing.AlreadyDrawn):
        drawing.draw(lot, by=clerk, at=at)


def test_commit_is_refused_when_the_purpose_has_a_lot(clerk, at):
    commit(clerk, at)
    with pytest.raises(drawing.AlreadyCommitted):
        commit(clerk, at, seed="another-seed-0000")
    assert Lot.objects.get().seed == SEED


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"items": []}, drawing.NothingToDraw),
        ({"items": ["1", "1"]}, drawing.ItemTwice),
        ({"items": ["1|2", "3"]}, drawing.ItemWithBar),
        ({"seed": "short"}, drawing.SeedTooShort),
    ],
)
def test_commit_is_refused_when_the_draw_could_not_be_checked(clerk, at, more, refusal):
    with pytest.raises(refusal):
        commit(clerk, at, **more)
    assert not Lot.objects.exists()


def test_commit_all_gives_each_lot_a_seed_of_its_own_and_writes_one_line(clerk, at):
    lots = drawing.commit_all(wanted={"a": ITEMS, "b": ITEMS}, about=clerk, by=clerk, at=at)
    assert lots["a"].seed != lots["b"].seed and len(lots["a"].seed) == 32
    line = Line.objects.get(act="scoring.lots_committed")
    assert line.facts["commitments"] == {name: lot.commitment for name, lot in lots.items()}


def test_commit_all_is_refused_when_one_purpose_is_taken(clerk, at):
    commit(clerk, at)
    with pytest.raises(drawing.AlreadyCommitted):
        drawing.commit_all(wanted={"new": ITEMS, "exams.order:1": ITEMS}, about=clerk, by=clerk, at=at)
    assert Lot.objects.count() == 1
