"""A sitting on paper: declared, attended, ended by its officer, and settled from what was entered."""

import datetime as dt
from decimal import Decimal

import pytest

from exams import (
    admitting,
    convening,
    declaring,
    entering,
    invigilating,
    oneself,
    paper_results,
    settling,
    sitting,
    stages,
)
from exams.models import Attempt, Module, ModuleResult, Room, Sitting, Stage, StageEntry, Violation
from lms.journal.models import Line
from lms.people import access
from lms.people.models import Appointment
from tests.factories import exams, marking, papers, people
from tests.factories import on_paper as make
from tests.factories.people import AT

D = Decimal
AFTER = AT + dt.timedelta(hours=2, seconds=1)


@pytest.fixture
def officer(tree):
    return people.officer(Appointment.Office.EXAM_OFFICER, tree.city, "程干事")


@pytest.fixture
def clerks(tree):
    return make.clerks(tree.city, 3)


@pytest.fixture
def arranged(tree):
    """An exam on paper whose bell rings at AT."""
    return make.exam(tree.city, state="arranged", starts_at=AT)


def sitting_of(exam):
    return Sitting.objects.select_related("module__stage__exam__organisation").get(module__stage__exam=exam)


def declare(exam, way, by, at=AT):
    return declaring.declare(sitting=sitting_of(exam), on_paper=way, by=by, at=at)


# Declared


def test_an_exam_is_declared_as_sat_on_paper_and_online_again(tree, officer):
    exam = exams.exam(tree.city)
    declare(exam, "question", officer)
    declare(exam, "question", officer)
    declare(exam, "section", officer)
    assert sitting_of(exam).on_paper == "section"
    declare(exam, "", officer)
    assert sitting_of(exam).on_paper == ""
    assert [each.facts for each in Line.objects.filter(act="exams.sat_on_paper_declared").order_by("pk")] == [
        {"from": "online", "to": "question"},
        {"from": "question", "to": "section"},
        {"from": "section", "to": "online"},
    ]


def test_only_an_exam_officer_declares_and_only_what_there_is(tree, officer, clerks, personas):
    exam = exams.exam(tree.city)
    for by in (clerks[0], personas.county_officer):
        with pytest.raises(access.NotYourOffice):
            declare(exam, "section", by)
    with pytest.raises(declaring.WayUnknown):
        declare(exam, "by pigeon", officer)
    Stage.objects.filter(exam=exam).update(state="scores_checked")
    with pytest.raises(stages.NotAtThisStep):
        declare(exam, "section", officer)


def test_it_stays_online_once_somebody_has_started(tree, officer):
    exam = papers.sitting_exam(tree.city)
    papers.attempt(papers.ticketed(exam))
    with pytest.raises(declaring.StartedOnline):
        declare(exam, "section", officer)
    assert sitting_of(exam).on_paper == ""


def test_the_way_stands_once_a_score_is_entered(tree, officer, clerks):
    exam = make.exam(tree.city)
    make.entered(make.script(exam), clerks)
    for way in ("", "question"):
        with pytest.raises(declaring.ScoresEntered):
            declare(exam, way, officer)


@pytest.mark.parametrize("state", ["present", "absent"])
def test_it_stays_on_paper_once_attendance_is_noted(tree, officer, state):
    exam = make.exam(tree.city)
    make.script(exam, state=state)
    with pytest.raises(declaring.SignedInOnPaper):
        declare(exam, "", officer)
    declare(exam, "total", officer)
    assert sitting_of(exam).on_paper == "total"


def test_who_was_checked_in_online_is_present_once_it_is_on_paper(tree, officer, clerks):
    exam = papers.sitting_exam(tree.city)
    here, away = papers.ticketed(exam, "已到"), papers.ticketed(exam, "未到")
    admitting.check_in(entry=here, by=clerks[0], at=AT)
    declare(exam, "section", officer)
    assert [make.fresh(each).state for each in (here, away)] == ["present", "ticket_issued"]
    assert Line.objects.get(act="exams.sat_on_paper_declared").facts["present"] == 1
    invigilating.end_on_paper(here.stage, by=officer, at=AFTER + dt.timedelta(hours=2))
    assert [make.fresh(each).state for each in (here, away)] == ["present", "absent"]


def test_another_time_leaves_it_on_paper(tree, officer):
    exam = exams.exam(tree.city, closes_at=AT + dt.timedelta(days=1))
    declare(exam, "section", officer)
    found = sitting_of(exam)
    figures = {"minutes": 90, "entry_closes_minutes": 30, "grace_seconds": 30, "room_size": 30}
    starts_at = AT + dt.timedelta(days=9)
    convening.schedule_sitting(module=found.module, site="二中", starts_at=starts_at, **figures, by=officer, at=AT)
    assert sitting_of(exam).on_paper == "section"


# Attended


def test_nobody_opens_it_online(arranged):
    entry = make.script(arranged, state="ticket_issued")
    with pytest.raises(sitting.SatOnPaper):
        sitting.start(entry, by=entry.candidate.teacher.user, at=AT)
    assert not Attempt.objects.exists()


def test_who_is_checked_in_is_present_and_the_stage_is_under_way_from_the_bell(arranged, clerks):
    early, late = (make.script(arranged, name, state="ticket_issued") for name in ("早到", "晚到"))
    admitting.check_in(entry=early, by=clerks[0], at=AT - dt.timedelta(minutes=20))
    assert make.fresh(early).state == "present"
    assert make.fresh(early).stage.state == "arranged"
    admitting.check_in(entry=late, by=clerks[0], at=AT)
    assert make.fresh(late).stage.state == "in_progress"
    admitting.take_back(entry=late, by=clerks[0], at=AT)
    assert make.fresh(late).state == "ticket_issued"


def test_who_was_checked_in_before_the_exam_went_on_paper_can_be_signed_in(arranged, clerks):
    entry = make.script(arranged, state="ticket_issued")
    StageEntry.objects.update(checked_in_at=AT, checked_in_by=clerks[1])
    admitting.check_in(entry=entry, by=clerks[0], at=AT)
    assert (make.fresh(entry).state, make.fresh(entry).checked_in_by) == ("present", clerks[0])


def test_a_sign_in_list_is_entered_as_a_whole_and_leaves_what_another_entered(arranged, clerks):
    one, two, three = (make.script(arranged, name, state="ticket_issued") for name in "甲乙丙")
    room = Room.objects.select_related("sitting__module__stage").get()
    admitting.check_in(entry=three, by=clerks[1], at=AT)  # since the page was shown
    came = admitting.enter_list(room=room, present={one.pk, two.pk}, shown={two.pk}, by=clerks[0], at=AT)
    assert came == (1, 0)
    admitting.check_in(entry=two, by=clerks[1], at=AT)
    assert admitting.enter_list(room=room, present=set(), shown={two.pk}, by=clerks[0], at=AT) == (0, 1)
    assert [make.fresh(each).state for each in (one, two, three)] == ["present", "ticket_issued", "present"]


@pytest.mark.parametrize("count", [1, 4])
def test_a_full_list_takes_as_many_questions_as_one_seat(arranged, clerks, count, django_assert_max_num_queries):
    entries = [make.script(arranged, f"考生{n}", state="ticket_issued") for n in range(2 * count)]
    room = Room.objects.select_related("sitting__module__stage__exam__organisation").get()
    come, gone = entries[:count], entries[count:]
    admitting.enter_list(room=room, present={each.pk for each in gone}, shown=(), by=clerks[0], at=AT)
    change = {"present": {each.pk for each in come}, "shown": {each.pk for each in gone}}
    with django_assert_max_num_queries(15):
        assert admitting.enter_list(room=room, **change, by=clerks[1], at=AT) == (count, count)
    assert {make.fresh(each).state for each in come} == {"present"}
    assert {make.fresh(each).state for each in gone} == {"ticket_issued"}
    assert Line.objects.filter(act="exams.candidate_checked_in").count() == 2 * count
    assert Line.objects.filter(act="exams.check_in_taken_back").count() == count
    assert make.fresh(come[0]).stage.state == "in_progress"


def test_one_who_cannot_be_signed_in_refuses_the_whole_list(arranged, clerks):
    one, gone = make.script(arranged, "甲", state="ticket_issued"), make.script(arranged, "退出", state="withdrawn")
    room = Room.objects.select_related("sitting__module__stage").get()
    with pytest.raises(admitting.NoTicket):
        admitting.enter_list(room=room, present={one.pk, gone.pk}, shown=(), by=clerks[0], at=AT)
    Stage.objects.filter(pk=one.stage_id).update(state="scores_checked")
    with pytest.raises(stages.NotAtThisStep):
        admitting.enter_list(room=room, present={one.pk}, shown=(), by=clerks[0], at=AT)
    assert make.fresh(one).state == "ticket_issued"


def test_a_list_is_refused_online_to_strangers_and_of_oneself(arranged, clerks, personas, tree):
    own = make.script(
        arranged, people.teacher("登分考生", school=tree.city_school, user=clerks[0]), state="ticket_issued"
    )
    room = Room.objects.select_related("sitting__module__stage").get()
    with pytest.raises(access.NotYourOffice):
        admitting.enter_list(room=room, present={own.pk}, shown=(), by=personas.county_officer, at=AT)
    with pytest.raises(oneself.ForOneself):
        admitting.enter_list(room=room, present={own.pk}, shown=(), by=clerks[0], at=AT)
    Sitting.objects.update(on_paper="")
    room.refresh_from_db()
    with pytest.raises(admitting.NoSignInList):
        admitting.enter_list(room=room, present={own.pk}, shown=(), by=clerks[1], at=AT)
    assert make.fresh(own).state == "ticket_issued"


def test_the_list_is_corrected_until_scores_are_entered_or_checked(tree, officer, clerks):
    exam = make.exam(tree.city, starts_at=AT)
    away, there = make.script(exam, "缺考", state="absent"), make.script(exam, "到考")
    StageEntry.objects.filter(pk=there.pk).update(checked_in_at=AT, checked_in_by=clerks[0])
    admitting.check_in(entry=away, by=officer, at=AFTER)
    assert make.fresh(away).state == "present"
    admitting.take_back(entry=there, by=officer, at=AFTER)
    assert make.fresh(there).state == "absent"
    make.entered(make.fresh(away), clerks)
    with pytest.raises(admitting.ScriptEntered):
        admitting.take_back(entry=away, by=officer, at=AFTER)
    Stage.objects.filter(exam=exam).update(state="scores_checked")
    with pytest.raises(stages.NotAtThisStep):
        admitting.check_in(entry=there, by=officer, at=AFTER)


def test_while_scores_are_entered_the_list_is_the_exam_officers_alone(tree, officer, clerks):
    away = make.script(make.exam(tree.city), "缺席")
    StageEntry.objects.filter(pk=away.pk).update(state="absent")
    room = make.fresh(away).room
    with pytest.raises(access.NotYourOffice):
        admitting.check_in(entry=away, by=clerks[0], at=AFTER)
    with pytest.raises(access.NotYourOffice):
        admitting.take_back(entry=away, by=clerks[0], at=AFTER)
    with pytest.raises(access.NotYourOffice):
        admitting.enter_list(room=room, present={away.pk}, shown=(), by=clerks[0], at=AFTER)
    assert make.fresh(away).state == "absent"
    admitting.enter_list(room=room, present={away.pk}, shown=(), by=officer, at=AFTER)
    assert make.fresh(away).state == "present"


def test_online_nobody_absent_is_checked_in(tree, clerks):
    exam = papers.sitting_exam(tree.city)
    entry = papers.ticketed(exam, state="absent")
    with pytest.raises(admitting.NoTicket):
        admitting.check_in(entry=entry, by=clerks[0], at=AT)


def test_the_clock_never_ends_a_sitting_on_paper(arranged, officer):
    entry = make.script(arranged)
    Stage.objects.filter(pk=entry.stage_id).update(state="in_progress")
    assert invigilating.close_stages(AFTER + dt.timedelta(days=1)) == 0
    assert make.fresh(entry).stage.state == "in_progress"


def test_the_officer_ends_it_and_who_is_on_no_list_is_absent(arranged, officer):
    there, away = make.script(arranged, "到考"), make.script(arranged, "缺考", state="ticket_issued")
    invigilating.end_on_paper(there.stage, by=officer, at=AFTER)
    assert [make.fresh(each).state for each in (there, away)] == ["present", "absent"]
    assert make.fresh(there).stage.state == "marking"
    assert Line.objects.get(act="exams.sitting_ended").facts == {"present": 1}
    with pytest.raises(stages.NotAtThisStep):
        invigilating.end_on_paper(there.stage, by=officer, at=AFTER)


def test_whose_ticket_was_never_published_is_signed_in_or_absent(arranged, officer, clerks):
    there, away = (make.script(arranged, name, state="seated") for name in ("补报", "未到"))
    admitting.check_in(entry=there, by=clerks[0], at=AT)
    invigilating.end_on_paper(there.stage, by=officer, at=AFTER)
    assert [make.fresh(each).state for each in (there, away)] == ["present", "absent"]
    admitting.take_back(entry=there, by=officer, at=AFTER)
    assert make.fresh(there).state == "absent"


def test_ending_is_refused_early_without_lists_online_and_to_others(arranged, officer, clerks, tree):
    entry = make.script(arranged, state="ticket_issued")
    stage = entry.stage
    with pytest.raises(access.NotYourOffice):
        invigilating.end_on_paper(stage, by=clerks[0], at=AFTER)
    with pytest.raises(invigilating.StillWriting):
        invigilating.end_on_paper(stage, by=officer, at=AT + dt.timedelta(hours=2))
    with pytest.raises(invigilating.NobodySignedIn):
        invigilating.end_on_paper(stage, by=officer, at=AFTER)
    Sitting.objects.update(on_paper="")
    with pytest.raises(invigilating.SatOnline):
        invigilating.end_on_paper(stage, by=officer, at=AFTER)
    with pytest.raises(invigilating.NoSittingHere):
        invigilating.end_on_paper(exams.stage(arranged, 2), by=officer, at=AFTER)
    assert make.fresh(entry).state == "ticket_issued"


# Settled


def test_scores_from_paper_are_settled_exactly_and_explained(tree, officer, clerks):
    exam = make.exam(tree.city)
    same, apart, away, void = (make.script(exam, name) for name in "甲乙丙丁")
    StageEntry.objects.filter(pk=away.pk).update(state="absent")
    make.entered(same, clerks, first={**make.FULL, "s6": "7.75"}, second={})
    make.entered(apart, clerks, second={"s6": "7"})
    StageEntry.objects.filter(pk=void.pk).update(state="violated")
    entering.decide(apart, make.points({"s6": "8"}), {"s6": "卷面为8分"}, by=clerks[2], at=AT)

    assert settling.settle_written(exams.stage(exam), by=officer, at=AT) == 2

    results = {each.entry_id: each for each in ModuleResult.objects.all()}
    assert results[same.pk].score == D("18.75")
    assert results[apart.pk].score == D("19")
    assert (results[away.pk].status, results[void.pk].status) == ("absent", "void")
    assert results[apart.pk].basis["paper"]["people"] == [str(each) for each in clerks]
    assert results[apart.pk].basis["paper"]["lines"][-2:] == [
        ["s5", "简答题", "5", "5", "5", None, "5", ""],
        ["s6", "案例分析题", "10", "10", "7", "8", "8", "卷面为8分"],
    ]
    assert make.fresh(same).state == "marked"
    assert exams.stage(exam).state == "scores_checked"


def test_scores_are_not_checked_while_anything_is_missing(tree, officer, clerks):
    exam = make.exam(tree.city)
    never, once, apart, same, seated = (make.script(exam, name) for name in "甲乙丙丁戊")
    StageEntry.objects.filter(pk=seated.pk).update(state="ticket_issued")
    make.entered(once, clerks)
    make.entered(apart, clerks, second={"s6": "7", "s5": "0"})
    make.entered(same, clerks, second={})
    papers_violation(same, officer)
    with pytest.raises(paper_results.PaperScoresMissing) as refused:
        settling.settle_written(exams.stage(exam), by=officer, at=AT)
    assert refused.value.facts == {"undecided": 1, "never": 1, "once": 1, "open": 1, "reports": 1}
    assert not ModuleResult.objects.exists()
    assert never.stage.state == "marking"


def papers_violation(entry, by):
    return Violation.objects.create(
        entry=entry, tier="general", reason="夹带", seen={}, seen_digest="x", proposed_by=by, proposed_at=AT
    )


def test_after_the_scores_are_checked_nothing_is_entered(tree, officer, clerks):
    exam = make.exam(tree.city, "total", paper=False)
    entry = make.script(exam)
    for by in clerks[:2]:
        entering.enter(entry, make.points({"total": "76.5"}), by=by, at=AT)
    settling.settle_written(exams.stage(exam), by=officer, at=AT)
    assert ModuleResult.objects.get().score == D("76.5")
    with pytest.raises(stages.NotAtThisStep):
        entering.enter(make.fresh(entry), make.points({"total": "90"}), by=clerks[0], at=AT)
    assert Module.objects.get(kind="written").full_marks == 100


def test_marks_of_an_online_exam_are_still_asked_for(tree, officer):
    exam = marking.exam_in_marking(tree.city)
    make.script(exam)
    with pytest.raises(settling.MarksMissing):
        settling.settle_written(exams.stage(exam), by=officer, at=AT)
