"""A whole exam played by acts comes to what the recount finds in the same files."""

from decimal import Decimal

import pytest

from exams import queries, whole_exam
from lms.demo import steps
from tests import recount
from tests.factories import rehearsal

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    return rehearsal.folder(tmp_path_factory.mktemp("jilin"))


@pytest.fixture(scope="module")
def counted(given):
    """What the recount finds in the folder."""
    return recount.recount(given)


@pytest.fixture(scope="module")
def played(django_db_setup, django_db_blocker, given):
    """The course after its last step, and the steps' names and counts in order."""
    with rehearsal.undone(django_db_blocker):
        course = rehearsal.course(given)
        yield course, rehearsal.play(course)


@pytest.fixture
def course(played, db):
    return played[0]


@pytest.fixture
def counts(played, db):
    """The counts of every step, by the step's module and name."""
    told = [counts for _name, counts in played[1]]
    return {(each.__module__.rpartition(".")[2], each.__name__): told[at] for at, each in enumerate(steps.ALL)}


def test_the_small_folder_has_one_of_every_fate(counted):
    kinds = ("roster", "refused", "returned", "withdrawn", "seated", "absent", "sat", "passed_written", "certified")
    assert {kind: counted[kind] for kind in kinds} == {
        "roster": 14,
        "refused": 1,
        "returned": 1,
        "withdrawn": 1,
        "seated": 12,
        "absent": 1,
        "sat": 11,
        "passed_written": 8,
        "certified": 7,
    }


def test_every_step_is_taken_once_and_in_order(played):
    assert [name for name, _counts in played[1]] == [each.__name__ for each in steps.ALL]


@pytest.mark.parametrize(
    ("step", "count", "figure"),
    [
        (("registration", "register"), "registered", "roster"),
        (("registration", "review"), "refused", "refused"),
        (("registration", "review"), "returned", "returned"),
        (("registration", "review"), "corrected", "returned"),
        (("registration", "review"), "withdrawn", "withdrawn"),
        (("registration", "arrange"), "seated", "seated"),
        (("written", "come_in"), "came in", "seated"),
        (("written", "sit"), "absent", "absent"),
        (("written", "sit"), "sat", "sat"),
        (("written", "set_line"), "passed written", "passed_written"),
        (("written", "publish_written"), "on the public list", "sat"),
        (("performance", "call_to_hearing"), "called", "passed_written"),
        (("performance", "hear"), "heard", "passed_written"),
        (("performance", "hear"), "passed both", "certified"),
        (("performance", "publish_performance"), "on the public list", "passed_written"),
        (("certificates", "certify"), "certified", "certified"),
    ],
)
def test_a_step_counts_what_the_recount_counts(counts, counted, step, count, figure):
    assert counts[step][count] == counted[figure]


def test_steps_count_what_the_folder_says(counts, course):
    given = course.given
    sitting = counts["written", "sit"]
    assert counts["registration", "review"]["approved"] == 13
    assert counts["registration", "set_paper"]["questions"] == len(course.codes) == 68
    assert sitting["handed in by the clock"] == len(given.who("never_handed_in")) == 2
    assert sitting["handed in"] == sitting["sat"] - 2
    assert sitting["lost connection"] == len(given.who("connection_lost")) == 1
    assert sitting["saves"] == sum(len(ledger) for ledger in course.candidates.ledger.values())
    assert counts["written", "mark"]["marks"] == sum(len(roles) for roles in given.marks.values())
    assert counts["written", "mark"]["third marks planned"] == 2
    assert counts["performance", "hear"]["sheets signed"] == 7 * 2 * counts["performance", "call_to_hearing"]["called"]
    assert counts["performance", "call_to_hearing"]["judges recused"] == 1


def test_everyone_has_the_written_total_of_the_recount(course, counted):
    results = whole_exam.results(course.exam).filter(module=course.paper_module, status="scored")
    assert {str(each.entry.candidate.number): each.score for each in results} == {
        who: Decimal(total) for who, total in counted["written_totals"].items()
    }


def test_everyone_heard_has_the_module_scores_of_the_recount(course, counted):
    found: dict[str, dict[str, Decimal]] = {}
    for each in whole_exam.results(course.exam).exclude(module=course.paper_module):
        found.setdefault(str(each.entry.candidate.number), {})[each.module.kind] = each.score
    assert found == {
        who: {code: Decimal(score) for code, score in scores.items()}
        for who, scores in counted["module_scores"].items()
    }


def test_exactly_those_of_the_recount_are_certified(course, counted):
    numbers = {each.teacher_id: str(each.number) for each in whole_exam.candidates(course.exam)}
    certified = [numbers[each.teacher_id] for each in whole_exam.credentials(course.exam)]
    assert sorted(certified, key=int) == counted["certified_candidates"]


def test_each_fate_leaves_its_candidate_in_its_state(course):
    states = {each.number: each.state for each in whole_exam.candidates(course.exam)}
    entries = whole_exam.entries(course.written)
    assert states[rehearsal.REFUSED] == "rejected"
    assert states[rehearsal.WITHDRAWN] == "withdrawn"
    assert states[rehearsal.RETURNED] == "approved"
    assert entries[rehearsal.RETURNED].candidate.facts["phone"] == "19900063781"
    assert not {rehearsal.REFUSED, rehearsal.WITHDRAWN} & set(entries)
    assert entries[rehearsal.ABSENT].state == "absent"
    assert entries[rehearsal.FAILED_LESSON].state == "passed"
    assert whole_exam.entries(course.performance)[rehearsal.FAILED_LESSON].state == "failed"
    recusal = whole_exam.recusals(course.performance).get()
    assert recusal.hearing.entry.candidate.number == rehearsal.RECUSED
    assert (recusal.judge, recusal.replaced_by) == (course.staff["J03"], course.staff["J22"])


def test_the_ledger_holds_every_answer_of_the_folder(course):
    """What the candidates kept is what the files say they answered, and it stands."""
    kept = whole_exam.saved_answers(course.written)
    for number, ledger in course.candidates.ledger.items():
        assert set(ledger) == set(course.given.responses(number))
        assert all(kept[number, item] == stands for item, stands in ledger.items())
    assert set(course.candidates.ledger) == set(course.given.answers)


def test_the_funnel_of_the_exam_is_the_recounts(course, counted):
    funnel = queries.funnel(course.exam)
    assert (funnel["registered"], funnel["rejected"], funnel["withdrawn"]) == (14, 1, 1)
    for figure in ("seated", "absent", "sat", "passed_written", "certified"):
        assert funnel[figure] == counted[figure]


def test_one_judge_who_changes_her_mind_changes_who_is_certified(course, tmp_path):
    """Candidate 31 stands on the line of 60.00; without J14's points the panel's mean falls below it. A second exam of
    the same authority: units, people and level stand from the first."""
    pair = (rehearsal.TWICE_PASSED, rehearsal.ON_THE_LINE)
    given = rehearsal.folder(tmp_path / "jilin", pair)
    before = recount.recount(given)
    assert rehearsal.change(given / "scores.csv", rehearsal.nothing_from("J14", rehearsal.ON_THE_LINE, "oral")) == 5
    after = recount.recount(given)

    first, course = course, rehearsal.course(given)
    course.plan["exam"]["code"] = "232"
    course.units, course.staff, course.level = first.units, first.staff, first.level
    told = dict(rehearsal.play(course))

    assert (before["certified"], after["certified"]) == (2, 1)
    assert told["hear"]["passed both"] == told["certify"]["certified"] == after["certified"]
    oral = whole_exam.results(course.exam).get(
        entry__candidate__number=rehearsal.ON_THE_LINE, module=course.modules["oral"]
    )
    assert (oral.score, oral.passed) == (Decimal(after["module_scores"][str(rehearsal.ON_THE_LINE)]["oral"]), False)
