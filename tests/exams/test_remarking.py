"""Marking by criteria, marking anew, and check scripts: every outcome and every refusal of the acts."""

import datetime as dt
from decimal import Decimal

import pytest

from exams import calibrating, criteria, dividing, marking, queries, remarking, settling, stages
from exams.models import CheckScript, ItemCriterion, Mark, ModuleResult, Remarking, Stage, ThirdMarker
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from lms.people.models import Appointment
from tests.factories import exams, people
from tests.factories import marking as make

D = Decimal
THREE_LINES = [("识别想法", D(2)), ("放松训练", D(2)), ("寻求支持", D(1))]


@pytest.fixture
def officer(tree):
    return people.officer(Appointment.Office.EXAM_OFFICER, tree.city, "程干事")


@pytest.fixture
def exam(tree):
    return make.exam_in_marking(tree.city)


@pytest.fixture
def module(exam):
    return exams.module(exam)


@pytest.fixture
def paper(module):
    return module.sitting.paper


@pytest.fixture
def five(tree):
    return make.markers(tree.city, 5)


@pytest.fixture
def answer(exam, five):
    """An answer that two have marked."""
    attempt = make.script(exam)
    make.marks(attempt, "5", "2", "3", five)
    return attempt.answers.get(item="5")


# Criteria


def test_read_takes_lines_of_words_and_points():
    assert criteria.read("识别 想法 2\n\n  放松训练\u30001.5分 \n寻求支持\t0.5") == [
        ("识别 想法", D(2)),
        ("放松训练", D("1.5")),
        ("寻求支持", D("0.5")),
    ]


@pytest.mark.parametrize(
    "line", ["没有分值", "2", "分值不对 x", "分值为零 0", "四分之一 0.25", "负分 -1", "无穷 Infinity"]
)
def test_read_names_the_line_that_is_unclear(line):
    with pytest.raises(criteria.CriterionUnclear) as refusal:
        criteria.read(f"识别想法 2\n{line}")
    assert "2" in str(refusal.value)


def test_set_criteria_replaces_them_and_can_take_them_away(paper, officer, at):
    criteria.set_criteria(paper, "5", [("全部", D(5))], by=officer, at=at)
    criteria.set_criteria(paper, "5", THREE_LINES, by=officer, at=at)
    assert [(each.name, each.points) for each in criteria.of(paper)["5"]] == THREE_LINES
    assert Line.objects.filter(act="exams.criteria_set").count() == 2
    criteria.set_criteria(paper, "5", [], by=officer, at=at)
    assert criteria.of(paper) == {}


def test_set_criteria_refuses_a_sum_other_than_the_items_points(paper, officer, at):
    with pytest.raises(criteria.CriteriaDoNotAddUp) as refusal:
        criteria.set_criteria(paper, "5", THREE_LINES[:2], by=officer, at=at)
    assert ("4" in str(refusal.value), "5" in str(refusal.value)) == (True, True)
    assert not ItemCriterion.objects.exists()


@pytest.mark.parametrize("item", ["1", "6", "99"])
def test_set_criteria_refuses_what_people_do_not_mark(paper, officer, item, at):
    with pytest.raises(criteria.NotMarkedByPeople):
        criteria.set_criteria(paper, item, [("全部", D(1))], by=officer, at=at)


def test_set_criteria_refuses_once_a_mark_is_given(paper, answer, officer, at):
    with pytest.raises(criteria.CriteriaInUse):
        criteria.set_criteria(paper, "5", THREE_LINES, by=officer, at=at)
    criteria.set_criteria(paper, "6.1", [("全部", D(5))], by=officer, at=at)


def test_set_criteria_refuses_others_and_other_steps(paper, officer, five, at):
    with pytest.raises(NotYourOffice):
        criteria.set_criteria(paper, "5", THREE_LINES, by=five[0], at=at)
    Stage.objects.update(state="scores_checked")
    with pytest.raises(stages.NotAtThisStep):
        criteria.set_criteria(paper, "5", THREE_LINES, by=officer, at=at)


def test_mark_by_criteria_is_their_sum_and_keeps_each(exam, paper, officer, five, at):
    criteria.set_criteria(paper, "5", THREE_LINES, by=officer, at=at)
    own, _other = make.marks(make.script(exam), "5", None, None, five)
    given = marking.mark(own, by=five[0], at=at, by_criteria=[D(2), D("0.5"), D(0)])
    assert (given.points, given.criteria) == (D("2.5"), ["2", "0.5", "0"])
    given = marking.mark(own, by=five[0], at=at, by_criteria=[D("1.5"), D(1), D(0)])
    assert (given.points, given.criteria) == (D("2.5"), ["1.5", "1", "0"])


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ([], criteria.CriteriaMissing),
        ([D(1), D(1)], criteria.CriteriaMissing),
        ([D(1), None, D(1)], criteria.CriteriaMissing),
        ([D("2.5"), D(1), D(1)], criteria.CriterionOutOfRange),
        ([D(1), D("-0.5"), D(1)], criteria.CriterionOutOfRange),
        ([D(1), D("0.25"), D(1)], criteria.CriterionOutOfRange),
        ([D(1), D("NaN"), D(1)], criteria.CriterionOutOfRange),
    ],
)
def test_mark_refuses_criteria_that_are_missing_or_out_of_range(exam, paper, officer, five, given, refusal, at):
    criteria.set_criteria(paper, "5", THREE_LINES, by=officer, at=at)
    own, _other = make.marks(make.script(exam), "5", None, None, five)
    with pytest.raises(refusal):
        marking.mark(own, D(3), by=five[0], at=at, by_criteria=given)
    own.refresh_from_db()
    assert (own.points, own.criteria) == (None, [])


# Marking anew


def test_order_keeps_the_old_marks_and_counts_the_new_ones_alone(exam, module, answer, officer, five, at):
    later = at + dt.timedelta(hours=1)
    remarking.order(answer, five[2], five[3], "考生答在另一题下", by=officer, at=at)
    assert queries.standing(queries.constructed_answers(module), module.difference_limit).waiting == 2
    for role, points in (("first", "4"), ("second", "5")):
        new = Mark.objects.standing().get(answer=answer, role=role)
        marking.mark(new, D(points), by=new.marker, at=later)
    old = Mark.objects.exclude(superseded_by=None)
    assert {(each.role, each.points, each.marker) for each in old} == {
        ("first", D(2), five[0]),
        ("second", D(3), five[1]),
    }
    assert {each.superseded_by.reason for each in old} == {"考生答在另一题下"}
    found = next(each for each in queries.constructed_answers(module) if each.pk == answer.pk)
    assert marking.final_points(*(found.points(role) for role in queries.HUMAN), module.difference_limit) == D("4.5")
    line = Line.objects.get(act="exams.answer_marked_anew")
    assert line.facts["superseded"] == {"first": "2", "second": "3"}
    told = Message.objects.filter(kind="exams.marking_ready").values_list("recipient", flat=True)
    assert set(told) == {five[2].pk, five[3].pk}


def test_order_counts_in_the_settled_result(exam, answer, officer, five, at):
    marking.mark_by_key(answer.attempt_id, at)
    for item in ("6.1", "6.2"):
        make.marks(answer.attempt, item, "0", "0", five)
    remarking.order(answer, five[2], five[3], "漏评", by=officer, at=at)
    Mark.objects.standing().filter(answer=answer).update(points=D(5))
    settling.settle_written(exams.stage(exam), by=officer, at=at)
    result = ModuleResult.objects.get(entry=answer.attempt.entry)
    assert result.basis["constructed"]["5"] == ["5", "5", None, "5"]


def test_order_supersedes_a_third_mark_and_calls_in_nobody_of_before(exam, module, answer, officer, five, at):
    Mark.objects.filter(answer=answer, role="second").update(points=D(5))
    Mark.objects.filter(answer=answer, role="first").update(points=D(0))
    Mark.objects.create(answer=answer, role="third", marker=five[2], points=D(1), assigned_at=at)
    ThirdMarker.objects.bulk_create([ThirdMarker(module=module, marker=each) for each in five[:3]])
    remarking.order(answer, five[3], five[4], "分歧过大", by=officer, at=at)
    for marker, points in ((five[3], "0"), (five[4], "5")):
        marking.mark(Mark.objects.get(answer=answer, marker=marker), D(points), by=marker, at=at)
    assert not Mark.objects.standing().filter(answer=answer, role="third").exists()
    with pytest.raises(marking.MarkedByHerAlready):
        marking.assign_third(answer, five[2], by=officer, at=at)


def test_a_replaced_mark_is_out_of_her_piles_and_not_changed(answer, officer, five, at):
    old = Mark.objects.get(answer=answer, marker=five[0])
    remarking.order(answer, five[2], five[3], "漏评", by=officer, at=at)
    assert not Mark.objects.given_to(five[0], at).exists()
    with pytest.raises(marking.MarkReplaced):
        marking.mark(old, D(4), by=five[0], at=at)
    old.refresh_from_db()
    assert old.points == D(2)


@pytest.mark.parametrize("missing", ["first", "second"])
def test_order_refuses_before_both_have_marked(answer, officer, five, missing, at):
    Mark.objects.filter(answer=answer, role=missing).update(points=None)
    with pytest.raises(remarking.NotMarkedYet):
        remarking.order(answer, five[2], five[3], "漏评", by=officer, at=at)
    assert not Remarking.objects.exists()


def test_order_refuses_who_may_not_mark_it(exam, answer, officer, five, tree, at):
    stranger = people.user("路人")
    make.worked_at(five[4], answer.attempt.entry.candidate.school)
    for pair, refusal in (
        ((five[0], five[2]), remarking.AlreadyAnothersMarker),
        ((five[2], five[2]), remarking.TheSameMarker),
        ((five[2], stranger), marking.NotAMarker),
        ((five[2], five[4]), dividing.MarkerOfTheSchool),
    ):
        with pytest.raises(refusal):
            remarking.order(answer, *pair, "漏评", by=officer, at=at)
    assert not Remarking.objects.exists()
    assert Mark.objects.standing().filter(answer=answer).count() == 2


def test_order_refuses_without_reason_office_and_at_another_step(answer, officer, five, at):
    with pytest.raises(remarking.RemarkReasonMissing):
        remarking.order(answer, five[2], five[3], "  ", by=officer, at=at)
    with pytest.raises(NotYourOffice):
        remarking.order(answer, five[2], five[3], "漏评", by=five[0], at=at)
    Stage.objects.update(state="scores_checked")
    with pytest.raises(stages.NotAtThisStep):
        remarking.order(answer, five[2], five[3], "漏评", by=officer, at=at)


# Check scripts


@pytest.fixture
def at_work(exam, five):
    """The third and fourth mark the same question of another script; the fifth another question."""
    other = make.script(exam)
    make.marks(other, "5", None, None, five[2:4])
    make.marks(other, "6.1", None, None, (five[4], five[0]))
    return five


def test_agree_mixes_it_into_the_piles_of_the_others_who_mark_the_question(answer, officer, at_work, at):
    calibrating.agree(answer, D("2.5"), "三人研讨", by=officer, at=at)
    checks = Mark.objects.filter(role="check")
    assert {(each.answer_id, each.marker, each.points) for each in checks} == {
        (answer.pk, at_work[2], None),
        (answer.pk, at_work[3], None),
    }
    assert Mark.objects.given_to(at_work[2], at).waiting().count() == 2
    assert Line.objects.get(act="exams.check_script_agreed").facts["points"] == "2.5"


def test_a_check_never_counts_and_calls_in_no_third(module, answer, officer, at_work, at):
    ThirdMarker.objects.create(module=module, marker=at_work[4])
    calibrating.agree(answer, D("2.5"), "三人研讨", by=officer, at=at)
    check = Mark.objects.get(role="check", marker=at_work[2])
    marking.mark(check, D(0), by=at_work[2], at=at)
    found = next(each for each in queries.constructed_answers(module) if each.pk == answer.pk)
    assert set(found.marks) == {"first", "second"}
    assert marking.final_points(*(found.points(role) for role in queries.HUMAN), module.difference_limit) == D("2.5")
    assert not Mark.objects.filter(role="third").exists()


def test_a_check_stands_once_marked_and_shows_how_far_off_she_was(module, answer, officer, at_work, at):
    calibrating.agree(answer, D("2.5"), "三人研讨", by=officer, at=at)
    for marker, points in ((at_work[2], "4"), (at_work[3], "2")):
        marking.mark(Mark.objects.get(role="check", marker=marker), D(points), by=marker, at=at)
    assert [each.off for each in calibrating.checked(module, at_work[2])] == [D("1.5")]
    assert [each.off for each in calibrating.checked_now(at_work[3], at)] == [D("-0.5")]
    both = calibrating.deviations(calibrating.checked(module))
    assert both[at_work[2].pk] == calibrating.Deviation(1, D("1.50"), D("1.50"))
    assert both[at_work[3].pk] == calibrating.Deviation(1, D("-0.50"), D("0.50"))
    with pytest.raises(marking.CheckMarked):
        marking.mark(Mark.objects.get(role="check", marker=at_work[2]), D("2.5"), by=at_work[2], at=at)


def test_agree_passes_over_markers_of_the_candidates_school(answer, officer, at_work, at):
    make.worked_at(at_work[2], answer.attempt.entry.candidate.school)
    calibrating.agree(answer, D(2), "三人研讨", by=officer, at=at)
    assert [each.marker for each in Mark.objects.filter(role="check")] == [at_work[3]]


def test_agree_refuses_what_is_not_final(answer, officer, at_work, at):
    Mark.objects.filter(answer=answer, role="second").update(points=None)
    with pytest.raises(calibrating.NotFinalYet):
        calibrating.agree(answer, D(2), "三人研讨", by=officer, at=at)
    assert not CheckScript.objects.exists()


def test_agree_refuses_a_second_time_and_where_nobody_is_left(answer, officer, at_work, at):
    calibrating.agree(answer, D(2), "三人研讨", by=officer, at=at)
    with pytest.raises(calibrating.ACheckScriptAlready):
        calibrating.agree(answer, D(3), "三人研讨", by=officer, at=at)
    assert CheckScript.objects.get().points == D(2)


def test_agree_refuses_where_nobody_else_marks_the_question(answer, officer, at):
    with pytest.raises(calibrating.NobodyToCheck):
        calibrating.agree(answer, D(2), "三人研讨", by=officer, at=at)
    assert not CheckScript.objects.exists()


@pytest.mark.parametrize(("points", "refusal"), [("5.5", marking.OutOfRange), ("2.25", marking.NotHalfPoints)])
def test_agree_refuses_points_out_of_range(answer, officer, at_work, points, refusal, at):
    with pytest.raises(refusal):
        calibrating.agree(answer, D(points), "三人研讨", by=officer, at=at)


def test_agree_refuses_without_reason_office_and_at_another_step(answer, officer, at_work, at):
    with pytest.raises(calibrating.CheckReasonMissing):
        calibrating.agree(answer, D(2), " ", by=officer, at=at)
    with pytest.raises(NotYourOffice):
        calibrating.agree(answer, D(2), "三人研讨", by=at_work[0], at=at)
    Stage.objects.update(state="scores_checked")
    with pytest.raises(stages.NotAtThisStep):
        calibrating.agree(answer, D(2), "三人研讨", by=officer, at=at)
