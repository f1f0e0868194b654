"""Trial marking: prepared, required, marked and decided about; nobody on trial gets or reads a candidate's answer."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from exams import calibrating, criteria, dividing, marking, qualifying, queries, remarking, settling, stages, trials
from exams.models import Mark, ModuleResult, Stage, TrialDecision, TrialMark, TrialRule, TrialScript
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from lms.people.models import Appointment, User
from tests.factories import exams, people
from tests.factories import marking as make

D = Decimal
AGREED = ("2", "3", "4", "1")


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
def three(tree):
    return make.markers(tree.city, 3)


@pytest.fixture
def prepared(paper, officer, at):
    """Four trial scripts of question 5."""
    return [
        qualifying.prepare(paper, "5", f"备卷{n}", D(points), "三人研讨", by=officer, at=at)
        for n, points in enumerate(AGREED, 1)
    ]


@pytest.fixture
def rule(paper, prepared, officer, at):
    """Two scripts, at most one point off."""
    return qualifying.require(paper, "5", 2, D(1), by=officer, at=at)


def tried(rule, marker, at, *offs):
    """The marker marks her next trial scripts so far off."""
    for off in offs:
        script = qualifying.upcoming(rule, marker)
        qualifying.mark(script, script.points + D(off), by=marker, at=at)


def trial_of(rule, marker):
    return trials.of_item(rule.paper, rule.item).of(marker.pk, (rule.paper_id, rule.item))


# Prepared and required


def test_prepare_keeps_scripts_in_order_and_a_line_of_each(prepared):
    assert [(each.number, each.text, each.points) for each in TrialScript.objects.all()] == [
        (n, f"备卷{n}", D(points)) for n, points in enumerate(AGREED, 1)
    ]
    assert Line.objects.filter(act="exams.trial_script_prepared").count() == 4


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"item": "1"}, criteria.NotMarkedByPeople),
        ({"text": "  "}, qualifying.TrialTextMissing),
        ({"points": D("5.5")}, marking.OutOfRange),
        ({"points": D("2.25")}, marking.NotHalfPoints),
        ({"reason": " "}, qualifying.TrialReasonMissing),
    ],
)
def test_prepare_refuses_what_is_not_whole(paper, officer, changed, refusal, at):
    given = {"item": "5", "text": "备卷", "points": D(2), "reason": "研讨"} | changed
    with pytest.raises(refusal):
        qualifying.prepare(paper, **given, by=officer, at=at)
    assert not TrialScript.objects.exists()


def test_prepare_refuses_others_and_other_steps(paper, officer, three, at):
    with pytest.raises(NotYourOffice):
        qualifying.prepare(paper, "5", "备卷", D(2), "研讨", by=three[0], at=at)
    Stage.objects.update(state="scores_checked")
    with pytest.raises(stages.NotAtThisStep):
        qualifying.prepare(paper, "5", "备卷", D(2), "研讨", by=officer, at=at)


def test_require_is_kept_changed_and_taken_away(paper, rule, officer, at):
    qualifying.require(paper, "5", 3, D("0.5"), by=officer, at=at)
    assert [(each.count, each.limit) for each in TrialRule.objects.all()] == [(3, D("0.5"))]
    assert qualifying.require(paper, "5", 0, D(1), by=officer, at=at) is None
    assert not TrialRule.objects.exists()
    assert [each.act for each in Line.objects.filter(act__startswith="exams.trial_").order_by("pk")][4:] == [
        "exams.trial_required",
        "exams.trial_required",
        "exams.trial_lifted",
    ]


@pytest.mark.parametrize(
    ("count", "limit", "refusal"),
    [
        (5, D(1), qualifying.TooFewTrialScripts),
        (-1, D(1), qualifying.TrialCountOff),
        (2, D("5.5"), qualifying.TrialLimitOff),
        (2, D("-1"), qualifying.TrialLimitOff),
        (2, D("0.3"), qualifying.TrialLimitOff),
        (2, D("NaN"), qualifying.TrialLimitOff),
    ],
)
def test_require_refuses_numbers_that_cannot_be(paper, prepared, officer, count, limit, refusal, at):
    with pytest.raises(refusal):
        qualifying.require(paper, "5", count, limit, by=officer, at=at)
    assert not TrialRule.objects.exists()


def test_require_refuses_once_begun_and_once_given_out(exam, paper, rule, three, officer, at):
    tried(rule, three[0], at, 0)
    with pytest.raises(qualifying.TrialBegun):
        qualifying.require(paper, "5", 1, D(2), by=officer, at=at)
    qualifying.prepare(paper, "6.1", "备卷", D(2), "研讨", by=officer, at=at)
    make.marks(make.script(exam), "6.1", None, None, three)
    with pytest.raises(qualifying.GivenOutAlready):
        qualifying.require(paper, "6.1", 1, D(2), by=officer, at=at)


def test_require_refuses_others_other_steps_and_items_with_a_key(paper, prepared, three, officer, at):
    with pytest.raises(NotYourOffice):
        qualifying.require(paper, "5", 2, D(1), by=three[0], at=at)
    with pytest.raises(criteria.NotMarkedByPeople):
        qualifying.require(paper, "1", 2, D(1), by=officer, at=at)
    Stage.objects.update(state="scores_checked")
    with pytest.raises(stages.NotAtThisStep):
        qualifying.require(paper, "5", 2, D(1), by=officer, at=at)


# Marked


def test_a_marker_within_the_limit_passes(rule, three, at):
    assert not trial_of(rule, three[0]).may_mark
    tried(rule, three[0], at, 1, -1)
    trial = trial_of(rule, three[0])
    assert ([each.off for each in trial.judged], trial.left, trial.may_mark) == ([D(1), D(-1)], 0, True)
    trials.require_passed(three[0], rule.paper, "5")
    assert not trial_of(rule, three[1]).may_mark


def test_a_marker_too_far_off_once_is_held(rule, three, at):
    tried(rule, three[0], at, 0, "1.5")
    trial = trial_of(rule, three[0])
    assert (trial.is_held, trial.may_mark, trial.may_be_decided) == (True, False, True)
    with pytest.raises(trials.TrialNotPassed):
        trials.require_passed(three[0], rule.paper, "5")


def test_mark_goes_by_criteria_where_the_item_has_any(paper, rule, three, officer, at):
    criteria.set_criteria(paper, "5", [("识别想法", D(3)), ("放松训练", D(2))], by=officer, at=at)
    script = qualifying.upcoming(rule, three[0])
    with pytest.raises(criteria.CriteriaMissing):
        qualifying.mark(script, by=three[0], at=at)
    given = qualifying.mark(script, by=three[0], at=at, by_criteria=[D("1.5"), D("0.5")])
    assert (given.points, given.criteria) == (D(2), ["1.5", "0.5"])


def test_mark_refuses_what_is_not_next_or_not_due(rule, prepared, three, at):
    with pytest.raises(qualifying.NotTheNextTrial):
        qualifying.mark(prepared[1], D(3), by=three[0], at=at)
    tried(rule, three[0], at, 0)
    with pytest.raises(qualifying.NotTheNextTrial):
        qualifying.mark(prepared[0], D(3), by=three[0], at=at)
    tried(rule, three[0], at, 0)
    with pytest.raises(qualifying.NoTrialDue):
        qualifying.mark(prepared[2], D(3), by=three[0], at=at)
    assert TrialMark.objects.count() == 2


@pytest.mark.parametrize(("points", "refusal"), [("5.5", marking.OutOfRange), ("2.25", marking.NotHalfPoints)])
def test_mark_refuses_points_out_of_range(rule, three, points, refusal, at):
    with pytest.raises(refusal):
        qualifying.mark(qualifying.upcoming(rule, three[0]), D(points), by=three[0], at=at)


def test_mark_refuses_others_other_steps_and_where_nothing_is_required(paper, prepared, rule, three, officer, at):
    with pytest.raises(NotYourOffice):
        qualifying.mark(prepared[0], D(2), by=officer, at=at)
    Stage.objects.update(state="scores_checked")
    with pytest.raises(stages.NotAtThisStep):
        qualifying.mark(prepared[0], D(2), by=three[0], at=at)
    Stage.objects.update(state="marking")
    qualifying.require(paper, "5", 0, D(1), by=officer, at=at)
    with pytest.raises(qualifying.NoTrialDue):
        qualifying.mark(prepared[0], D(2), by=three[0], at=at)


def test_who_agreed_on_a_script_or_sees_the_points_is_not_tried_and_another_lets_her_go_on(
    paper, prepared, rule, three, officer, tree, at
):
    agreed = User.objects.get(pk=officer.pk)
    Appointment.objects.filter(user=agreed).update(office=Appointment.Office.MARKER)
    people.appointment(three[0], Appointment.Office.EXAM_OFFICER, tree.city)
    sees = User.objects.get(pk=three[0].pk)
    other = people.officer(Appointment.Office.EXAM_OFFICER, tree.city, "另一干事")
    for who in (agreed, sees):
        with pytest.raises(qualifying.PointsKnown):
            qualifying.mark(prepared[0], D(2), by=who, at=at)
        with pytest.raises(qualifying.NotToBeDecided):
            qualifying.give_more(rule, who, 1, "再试", by=other, at=at)
        qualifying.let_go_on(rule, who, "参与定分", by=other, at=at)
        assert trial_of(rule, who).may_mark
        with pytest.raises(qualifying.NotToBeDecided):
            qualifying.let_go_on(rule, who, "再来", by=other, at=at)
    assert not TrialMark.objects.exists()


def test_who_knows_the_points_never_lets_herself_go_on(rule, three, tree, at):
    people.appointment(three[0], Appointment.Office.EXAM_OFFICER, tree.city)
    herself = User.objects.get(pk=three[0].pk)
    with pytest.raises(qualifying.OwnTrial):
        qualifying.let_go_on(rule, herself, "参与定分", by=herself, at=at)
    assert not trial_of(rule, herself).may_mark


def test_criteria_stand_once_a_trial_script_was_marked_by_them(paper, rule, three, officer, at):
    tried(rule, three[0], at, 0)
    with pytest.raises(criteria.CriteriaInUse):
        criteria.set_criteria(paper, "5", [("识别想法", D(3)), ("放松训练", D(2))], by=officer, at=at)
    assert criteria.set_criteria(paper, "6.1", [("提出对策", D(5))], by=officer, at=at)


def test_a_trial_mark_is_kept_once(rule, prepared, three, at):
    tried(rule, three[0], at, 0)
    with pytest.raises(IntegrityError), transaction.atomic():
        TrialMark.objects.create(script=prepared[0], marker=three[0], points=1, marked_at=at)


# Decided


def test_let_go_on_opens_answers_with_a_reason_that_is_kept(rule, three, officer, at):
    tried(rule, three[0], at, 2, 2)
    qualifying.let_go_on(rule, three[0], "两份均有争议", by=officer, at=at)
    assert trial_of(rule, three[0]).may_mark
    line = Line.objects.get(act="exams.trial_let_go_on")
    assert (line.reason, line.facts["marker"]) == ("两份均有争议", str(three[0]))
    assert Message.objects.get(kind="exams.trial_let_go_on").recipient == three[0]
    with pytest.raises(qualifying.NotToBeDecided):
        qualifying.let_go_on(rule, three[0], "再来", by=officer, at=at)


def test_give_more_decides_by_the_new_ones_alone(rule, three, officer, at):
    tried(rule, three[0], at, 2, 2)
    qualifying.give_more(rule, three[0], 2, "再试两份", by=officer, at=at)
    assert (trial_of(rule, three[0]).left, trial_of(rule, three[0]).may_mark) == (2, False)
    tried(rule, three[0], at, 0, "0.5")
    assert (len(trial_of(rule, three[0]).judged), trial_of(rule, three[0]).may_mark) == (4, True)
    assert Message.objects.get(kind="exams.trial_more_given").recipient == three[0]


def test_give_more_holds_back_one_who_had_passed_or_gone_on(exam, rule, three, officer, at):
    tried(rule, three[0], at, 0, 0)
    tried(rule, three[1], at, 0, 0)
    own, _other = make.marks(make.script(exam), "5", None, None, three)
    assert marking.hand_out(own, by=three[0], at=at) == own.answer
    qualifying.give_more(rule, three[0], 1, "尺度偏移", by=officer, at=at)
    with pytest.raises(trials.TrialNotPassed):
        marking.hand_out(own, by=three[0], at=at)
    with pytest.raises(trials.TrialNotPassed):
        marking.mark(own, D(3), by=three[0], at=at)
    own.refresh_from_db()
    assert own.points is None
    tried(rule, three[0], at, 0)
    assert marking.mark(own, D(3), by=three[0], at=at).points == D(3)


def test_decisions_are_refused_while_she_marks_or_without_need(rule, three, officer, at):
    tried(rule, three[0], at, 2)
    for decide in (
        lambda: qualifying.let_go_on(rule, three[0], "理由", by=officer, at=at),
        lambda: qualifying.give_more(rule, three[0], 1, "理由", by=officer, at=at),
    ):
        with pytest.raises(qualifying.NotToBeDecided):
            decide()
    tried(rule, three[1], at, 0, 0)
    with pytest.raises(qualifying.PassedByHerself):
        qualifying.let_go_on(rule, three[1], "理由", by=officer, at=at)
    assert not TrialDecision.objects.exists()


def test_decisions_are_refused_without_reason_scripts_office_and_by_herself(rule, three, officer, tree, at):
    tried(rule, three[0], at, 2, 2)
    with pytest.raises(qualifying.TrialReasonMissing):
        qualifying.let_go_on(rule, three[0], " ", by=officer, at=at)
    with pytest.raises(qualifying.TrialCountOff):
        qualifying.give_more(rule, three[0], 0, "理由", by=officer, at=at)
    with pytest.raises(qualifying.TooFewTrialScripts):
        qualifying.give_more(rule, three[0], 3, "理由", by=officer, at=at)
    with pytest.raises(NotYourOffice):
        qualifying.let_go_on(rule, three[0], "理由", by=three[1], at=at)
    people.appointment(three[0], Appointment.Office.EXAM_OFFICER, tree.city)
    with pytest.raises(qualifying.OwnTrial):
        qualifying.let_go_on(rule, three[0], "理由", by=User.objects.get(pk=three[0].pk), at=at)
    Stage.objects.update(state="scores_checked")
    with pytest.raises(stages.NotAtThisStep):
        qualifying.let_go_on(rule, three[0], "理由", by=officer, at=at)
    assert not TrialDecision.objects.exists()


# Real answers


def test_allocate_gives_a_question_only_to_those_who_passed_it(exam, module, rule, three, officer, at):
    for _ in range(3):
        make.script(exam)
    tried(rule, three[0], at, 0, 0)
    tried(rule, three[1], at, 2, 2)
    with pytest.raises(dividing.NoTwoPassed):
        marking.allocate(module, three, by=officer, at=at)
    assert not Mark.objects.exists()
    qualifying.let_go_on(rule, three[1], "争议", by=officer, at=at)
    marking.allocate(module, three, by=officer, at=at)
    of_five = Mark.objects.filter(answer__item="5").values_list("marker", flat=True)
    assert set(of_five) == {three[0].pk, three[1].pk}
    assert three[2].pk in set(Mark.objects.filter(answer__item="6.1").values_list("marker", flat=True))


def test_no_one_on_trial_is_named_marker_of_an_answer(exam, module, rule, three, tree, officer, at):
    more = make.markers(tree.city, 2)
    answer = make.script(exam).answers.get(item="5")
    for each in three[:2]:
        tried(rule, each, at, 0, 0)
    with pytest.raises(trials.MarkerOnTrial):
        marking.allocate(module, [], pairs={answer.pk: (three[0], three[2])}, by=officer, at=at)
    make.marks(answer.attempt, "5", "0", "5", three)
    with pytest.raises(trials.MarkerOnTrial):
        marking.assign_third(answer, three[2], by=officer, at=at)
    with pytest.raises(trials.MarkerOnTrial):
        remarking.order(answer, *more, "漏评", by=officer, at=at)


def test_third_markers_and_checks_pass_over_who_is_on_trial(exam, module, rule, three, tree, officer, at):
    more = make.markers(tree.city, 2)
    for each in (three[0], three[1], more[0]):
        tried(rule, each, at, 0, 0)
    attempt = make.script(exam)
    _first, second = make.marks(attempt, "5", "0", None, three, pool=[three[2], more[0]])
    marking.mark(second, D(5), by=three[1], at=at)
    assert Mark.objects.get(role="third").marker == more[0]
    other = make.script(exam)
    make.marks(other, "5", "2", "2", three)
    make.marks(make.script(exam), "5", None, None, (three[2], more[0]))
    calibrating.agree(other.answers.get(item="5"), D(2), "研讨", by=officer, at=at)
    assert [each.marker for each in Mark.objects.filter(role="check")] == [more[0]]


@pytest.mark.parametrize("office", ["marker", None])
def test_hand_out_refuses_others_marks_and_offices(exam, three, tree, office, at):
    own, _other = make.marks(make.script(exam), "5", None, None, three)
    if office:
        with pytest.raises(marking.NotYourMark):
            marking.hand_out(own, by=three[1], at=at)
    else:
        Appointment.objects.filter(user=three[0]).delete()
        with pytest.raises(NotYourOffice):
            marking.hand_out(own, by=three[0], at=at)


def test_hand_out_refuses_at_another_step(exam, three, at):
    own, _other = make.marks(make.script(exam), "5", None, None, three)
    Stage.objects.update(state="scores_checked")
    own.refresh_from_db()
    with pytest.raises(stages.NotAtThisStep):
        marking.hand_out(Mark.objects.get(pk=own.pk), by=three[0], at=at)


def test_trial_marks_never_count_for_a_candidate(exam, module, rule, three, officer, at):
    attempt = make.script(exam)
    for each in three:
        tried(rule, each, at, 1, 1)
    marking.mark_by_key(attempt.pk, at)
    for item in ("5", "6.1", "6.2"):
        make.marks(attempt, item, "0", "0", three)
    assert queries.standing(queries.constructed_answers(module), module.difference_limit).answers == 3
    settling.settle_written(exams.stage(exam), by=officer, at=at)
    assert ModuleResult.objects.get().basis["constructed"]["5"] == ["0", "0", None, "0"]
