"""The ability model: the same for the same seed, within every bound, and enough to play a folder without answers."""

from decimal import Decimal

import pytest

from exams import whole_exam
from lms.demo import ability, invariants
from tests.factories import journal, rehearsal

HALF = Decimal("0.5")
SEED, OTHER = "rehearsal", "another"
OPTIONS = [{"id": letter, "text": letter} for letter in "ABCD"]
ITEMS = [
    {"number": 1, "kind": "single", "body": {"options": OPTIONS}},
    {"number": 2, "kind": "multiple", "body": {"options": OPTIONS}},
    {"number": 3, "kind": "true_false", "body": {}},
    {"number": 4, "kind": "fill_in", "body": {"blanks": 2}},
    {"number": 5, "kind": "short_answer", "body": {}},
    {"number": 6, "kind": "case", "body": {"parts": [{"number": 1}, {"number": 2}]}},
]
KEYS = {
    "1": {"right": ["B"], "difficulty": "medium"},
    "2": {"right": ["C", "A"], "difficulty": "medium"},
    "3": {"right": False, "difficulty": "medium"},
    "4": {"blanks": [["依恋", "依附"], ["转介"]], "difficulty": "medium"},
    "5": {},
    "6": {},
}
RIGHT = {"1": "B", "2": ["A", "C"], "3": False, "4": ["依恋", "转介"]}
PEOPLE = range(1, 401)


def drawn(seed):
    return [ability.responses(seed, candidate, ITEMS, KEYS) for candidate in PEOPLE]


def test_the_same_seed_draws_the_same_and_another_seed_another():
    assert drawn(SEED) == drawn(SEED)
    assert drawn(SEED) != drawn(OTHER)
    # Not their abilities alone: what slips a candidate's mind does not hang on them.
    assert [set(said) for said in drawn(SEED)] != [set(said) for said in drawn(OTHER)]
    thetas = [[ability.ability(seed, candidate) for candidate in PEOPLE] for seed in (SEED, SEED, OTHER)]
    assert thetas[0] == thetas[1]
    assert not set(thetas[0]) & set(thetas[2])
    points = [[ability.marker_points(seed, c, "66", "M01", Decimal(5)) for c in PEOPLE] for seed in (SEED, SEED, OTHER)]
    assert points[0] == points[1] != points[2]
    sheets = [
        [ability.judge_points(seed, c, "oral", "J01", "ethics", Decimal(20)) for c in PEOPLE]
        for seed in (SEED, SEED, OTHER)
    ]
    assert sheets[0] == sheets[1] != sheets[2]


def test_one_draw_does_not_hang_on_what_was_drawn_before():
    """Asked for alone or among others, candidate 9 is the same person."""
    alone = ability.responses(SEED, 9, ITEMS[2:], KEYS)

    assert alone == {item: said for item, said in drawn(SEED)[8].items() if item[0] not in "12"}


def test_abilities_spread_like_a_standard_normal_distribution():
    thetas = [ability.ability(SEED, candidate) for candidate in range(1, 2001)]
    mean = sum(thetas) / len(thetas)
    deviation = (sum((theta - mean) ** 2 for theta in thetas) / len(thetas)) ** 0.5

    assert abs(mean) < 0.1
    assert 0.9 < deviation < 1.1


def test_responses_have_the_shape_of_their_kind_and_answer_only_what_is_asked():
    for said in drawn(SEED):
        assert set(said) <= {"1", "2", "3", "4", "5", "6.1", "6.2"}
        assert said.get("1", "A") in set("ABCD")
        assert said.get("2", ["A"]) == sorted(set(said.get("2", ["A"]))) and set(said.get("2", [])) <= set("ABCD")
        assert said.get("3", True) in (True, False)
        assert len(said.get("4", ["", ""])) == 2
        assert all(isinstance(said[item], str) and said[item] for item in ("5", "6.1", "6.2") if item in said)


def test_one_item_in_fifty_is_left_blank():
    blank = sum(len(ITEMS) - len({item.partition(".")[0] for item in said}) for said in drawn(SEED))

    assert 0.01 < blank / (len(PEOPLE) * len(ITEMS)) < 0.03


def test_the_able_answer_more_rightly_and_the_hard_is_answered_less_rightly():
    def share(people, difficulty):
        keys = {number: {**key, "difficulty": difficulty} for number, key in KEYS.items()}
        said = [ability.responses(SEED, candidate, ITEMS, keys) for candidate in people]
        return sum(each.get(item) == right for each in said for item, right in RIGHT.items()) / len(people) / len(RIGHT)

    by_ability = sorted(PEOPLE, key=lambda candidate: ability.ability(SEED, candidate))
    assert share(by_ability[:100], "medium") + 0.2 < share(by_ability[-100:], "medium")
    assert share(PEOPLE, "hard") + 0.1 < share(PEOPLE, "medium") < share(PEOPLE, "easy") - 0.1


@pytest.mark.parametrize("full", [Decimal(1), Decimal("2.5"), Decimal(5), Decimal(10)])
def test_marker_points_are_half_points_within_the_full_marks(full):
    given = [ability.marker_points(SEED, c, "66", marker, full) for c in PEOPLE for marker in ("M01", "M02")]

    assert all(0 <= points <= full and points % HALF == 0 for points in given)
    assert {min(given), max(given)} == {0, full}


@pytest.mark.parametrize("full", [Decimal(10), Decimal(20), Decimal("7.5"), Decimal(30)])
def test_judge_points_are_half_points_within_the_criterion(full):
    given = [ability.judge_points(SEED, c, "oral", f"J{c % 7}", "ethics", full) for c in range(1, 8001)]

    assert all(0 <= points <= full and points % HALF == 0 for points in given)
    assert len(set(given)) > 5
    assert max(given) == full  # the ablest would earn more


def test_two_markers_differ_by_little_and_not_never():
    pairs = [[ability.marker_points(SEED, c, "66", m, Decimal(10)) for m in ("M01", "M02")] for c in PEOPLE]
    apart = [abs(one - other) for one, other in pairs]

    assert max(apart) <= Decimal("2.5")  # two errors of a point and the rounding of each
    assert sum(apart) > 0


@pytest.mark.django_db
def test_a_folder_without_answers_marks_and_scores_runs_through(tmp_path):
    """Everybody's answers, marks and points are drawn; the invariants hold as they do for given ones."""
    names = ("events.csv", "answers.csv", "marks.csv", "scores.csv")
    candidates = (5, 7, 8, 13, 31, 198)
    course = rehearsal.course(rehearsal.folder(tmp_path, candidates, without=names), seed="seven")

    told = dict(rehearsal.play(course))
    journal.seal()

    assert told["sit"]["sat"] == told["register"]["registered"] == len(candidates)
    assert 0 < told["certify"]["certified"] <= told["call_to_hearing"]["called"] < len(candidates)
    ledger = course.candidates.ledger
    for number in candidates:
        said = ability.responses("seven", number, course.paper.items, course.paper.keys)
        assert {item: response for item, (_version, response) in ledger[number].items()} == said
    scores = {each.score for each in whole_exam.results(course.exam).filter(module=course.paper_module)}
    assert len(scores) == len(candidates)
    world = invariants.World(exam=course.exam, acknowledged=ledger, files_expected=False)
    assert invariants.check(world) == {name: [] for name in invariants.CHECKS}
