"""More time and standing still: who may give it, whom it reaches, and that nobody loses a second."""

import datetime as dt

import pytest

from exams import oneself, sitting, stages, timing
from exams.models import AnswerSave, Attempt, ExtraTime, Interruption, Sitting, StageEntry
from lms.journal.models import Line
from lms.people import access
from tests.factories import exams, papers, people
from tests.factories.people import AT

MINUTE, SECOND = dt.timedelta(minutes=1), dt.timedelta(seconds=1)
END = AT + 120 * MINUTE
SAVE = [{"item": "1", "version": 1, "response": "B"}]


@pytest.fixture
def exam(tree):
    return papers.sitting_exam(tree.city)


@pytest.fixture
def held(exam):
    return Sitting.objects.select_related("module__stage__exam").get()


@pytest.fixture
def officer(tree):
    return papers.exam_officer(tree.city)


@pytest.fixture
def clerk(tree):
    return people.officer("clerk", tree.city)


@pytest.fixture
def two(exam, personas):
    """Two candidates: the first is in the paper, the second is not yet."""
    return [papers.ticketed(exam, each) for each in (personas.teacher, personas.stranger)]


@pytest.fixture
def attempt(two):
    return sitting.start(two[0], by=two[0].candidate.teacher.user, at=AT)


def begin(entry, at):
    return sitting.start(entry, by=entry.candidate.teacher.user, at=at)


def deadlines():
    return list(Attempt.objects.order_by("pk").values_list("deadline_at", flat=True))


def test_give_time_reaches_who_is_in_the_paper_and_who_begins_later(held, two, attempt, officer):
    timing.give_time(sitting=held, minutes=10, reason="停电", by=officer, at=AT + MINUTE)
    begin(two[1], AT + 2 * MINUTE)
    assert deadlines() == [END + 10 * MINUTE] * 2
    line = Line.objects.get(act="exams.time_given")
    assert (line.actor, line.facts["minutes"], line.facts["all"]) == (officer, 10, True)


def test_give_time_to_one_leaves_the_others_as_they_are(held, two, attempt, clerk):
    timing.give_time(sitting=held, entry=two[1], minutes=7, reason="换机", by=clerk, at=AT)
    begin(two[1], AT + MINUTE)
    timing.give_time(sitting=held, entry=two[1], minutes=3, reason="换机", by=clerk, at=AT + 2 * MINUTE)
    assert deadlines() == [END, END + 10 * MINUTE]


def test_an_answer_in_the_time_given_counts_and_one_after_it_does_not(held, attempt, officer, two):
    timing.give_time(sitting=held, minutes=5, reason="停电", by=officer, at=AT)
    me = two[0].candidate.teacher.user
    assert sitting.save_answers(attempt, SAVE, by=me, at=END + 5 * MINUTE).deadline_at == END + 5 * MINUTE
    with pytest.raises(sitting.KeptAside):
        later = [{**SAVE[0], "version": 2, "response": "C"}]
        sitting.save_answers(attempt, later, by=me, at=END + 5 * MINUTE + 31 * SECOND)


@pytest.mark.parametrize("minutes", [0, -5, 241])
def test_give_time_is_refused_outside_its_bounds(held, attempt, officer, minutes):
    with pytest.raises(timing.MinutesUnfit):
        timing.give_time(sitting=held, minutes=minutes, reason="停电", by=officer, at=AT)
    assert deadlines() == [END]
    assert not ExtraTime.objects.exists()


def test_give_time_and_pause_are_refused_without_a_reason(held, attempt, officer):
    with pytest.raises(timing.ReasonMissing):
        timing.give_time(sitting=held, minutes=5, reason="  ", by=officer, at=AT)
    with pytest.raises(timing.ReasonMissing):
        timing.pause(sitting=held, reason="", by=officer, at=AT)
    assert deadlines() == [END]


def test_give_time_to_everybody_is_refused_to_a_clerk_and_all_of_it_to_a_stranger(held, two, attempt, clerk, personas):
    with pytest.raises(access.NotYourOffice):
        timing.give_time(sitting=held, minutes=5, reason="停电", by=clerk, at=AT)
    for by in (personas.county_officer, two[0].candidate.teacher.user):
        for entry in (None, two[0]):
            with pytest.raises(access.NotYourOffice):
                timing.give_time(sitting=held, entry=entry, minutes=5, reason="停电", by=by, at=AT)
            with pytest.raises(access.NotYourOffice):
                timing.pause(sitting=held, entry=entry, reason="停电", by=by, at=AT)
            with pytest.raises(access.NotYourOffice):
                timing.resume(sitting=held, entry=entry, by=by, at=AT)
    assert deadlines() == [END]


def test_give_time_is_refused_for_a_candidate_of_another_exam_and_for_who_has_handed_in(
    held, two, attempt, officer, tree
):
    elsewhere = exams.entry(exams.candidate(exams.exam(tree.city)), state="ticket_issued")
    with pytest.raises(timing.NotOfThisSitting):
        timing.give_time(sitting=held, entry=elsewhere, minutes=5, reason="停电", by=officer, at=AT)
    sitting.hand_in(attempt, by=two[0].candidate.teacher.user, at=AT + MINUTE)
    with pytest.raises(timing.NotInThePaper):
        timing.give_time(sitting=held, entry=two[0], minutes=5, reason="停电", by=officer, at=AT + 2 * MINUTE)


def test_give_time_is_refused_once_the_stage_is_over(held, attempt, officer):
    held.module.stage.state = "marking"
    held.module.stage.save()
    with pytest.raises(stages.NotAtThisStep):
        timing.give_time(sitting=held, minutes=5, reason="停电", by=officer, at=AT)


# Standing still


def test_pause_stops_saves_after_the_grace_and_resume_gives_every_second_back(held, two, attempt, clerk):
    me = two[0].candidate.teacher.user
    timing.pause(sitting=held, reason="火警", by=clerk, at=AT + 10 * MINUTE)
    kept = sitting.save_answers(attempt, SAVE, by=me, at=AT + 10 * MINUTE + 30 * SECOND)  # on its way when it stopped
    assert kept.is_paused
    later = [{**SAVE[0], "version": 2, "response": "C"}]
    with pytest.raises(sitting.StandsStill):
        sitting.save_answers(attempt, later, by=me, at=AT + 11 * MINUTE)
    assert AnswerSave.objects.count() == 1
    assert timing.resume(sitting=held, by=clerk, at=AT + 17 * MINUTE) == 1
    assert deadlines() == [END + 7 * MINUTE]
    assert not sitting.save_answers(attempt, later, by=me, at=AT + 17 * MINUTE).is_paused
    stop = Interruption.objects.get()
    assert (stop.from_at, stop.until_at, stop.ended_by) == (AT + 10 * MINUTE, AT + 17 * MINUTE, clerk)


def test_nobody_begins_while_the_time_stands_still_and_who_begins_after_has_the_new_end(held, two, attempt, clerk):
    timing.pause(sitting=held, reason="火警", by=clerk, at=AT + 20 * MINUTE)
    with pytest.raises(sitting.StandsStill):
        begin(two[1], AT + 25 * MINUTE)
    timing.resume(sitting=held, by=clerk, at=AT + 40 * MINUTE)
    begin(two[1], AT + 45 * MINUTE)  # entry closed at 30 minutes after the bell and has moved by 20
    assert deadlines() == [END + 20 * MINUTE] * 2


def test_the_clock_hands_in_nobody_whose_time_stands_still(held, two, attempt, clerk):
    timing.pause(sitting=held, entry=two[0], reason="身体不适", by=clerk, at=END - MINUTE)
    assert sitting.close_overdue(END + 30 * MINUTE) == 0
    timing.resume(sitting=held, entry=two[0], by=clerk, at=END + 30 * MINUTE)
    assert deadlines() == [END + 31 * MINUTE]
    assert sitting.close_overdue(END + 31 * MINUTE + 31 * SECOND) == 1


def test_pause_of_one_leaves_the_others_going(held, two, attempt, clerk):
    begin(two[1], AT)
    timing.pause(sitting=held, entry=two[0], reason="身体不适", by=clerk, at=AT + MINUTE)
    timing.resume(sitting=held, entry=two[0], by=clerk, at=AT + 6 * MINUTE)
    assert deadlines() == [END + 5 * MINUTE, END]


def test_resume_of_all_lets_who_was_stopped_alone_go_on_with_all_that_was_left(held, two, attempt, clerk):
    begin(two[1], AT)
    timing.pause(sitting=held, entry=two[0], reason="身体不适", by=clerk, at=AT + MINUTE)
    timing.pause(sitting=held, reason="火警", by=clerk, at=AT + 5 * MINUTE)
    with pytest.raises(timing.StandsStillAlready):
        timing.resume(sitting=held, entry=two[0], by=clerk, at=AT + 6 * MINUTE)
    assert timing.resume(sitting=held, by=clerk, at=AT + 11 * MINUTE) == 2
    assert deadlines() == [END + 10 * MINUTE, END + 6 * MINUTE]
    assert not Interruption.objects.filter(until_at=None).exists()


def test_pause_twice_and_resume_of_nothing_are_refused(held, two, attempt, clerk):
    with pytest.raises(timing.NothingStandsStill):
        timing.resume(sitting=held, by=clerk, at=AT)
    timing.pause(sitting=held, reason="火警", by=clerk, at=AT)
    for entry in (None, two[0]):
        with pytest.raises(timing.StandsStillAlready):
            timing.pause(sitting=held, entry=entry, reason="火警", by=clerk, at=AT + MINUTE)
    timing.resume(sitting=held, by=clerk, at=AT + MINUTE)
    with pytest.raises(timing.NotInThePaper):
        timing.pause(sitting=held, entry=two[1], reason="身体不适", by=clerk, at=AT + 2 * MINUTE)
    assert StageEntry.objects.filter(attempt=None).get() == two[1]


def test_nobody_gives_time_to_herself(held, two, attempt, officer, tree):
    me = two[0].candidate.teacher.user
    people.appointment(me, "exam_officer", tree.city)
    acts = (
        lambda: timing.give_time(sitting=held, entry=two[0], minutes=5, reason="停电", by=me, at=AT),
        lambda: timing.pause(sitting=held, entry=two[0], reason="停电", by=me, at=AT),
        lambda: timing.resume(sitting=held, entry=two[0], by=me, at=AT),
    )
    for act in acts:
        with pytest.raises(oneself.ForOneself):
            act()
    assert deadlines() == [END]


def test_pause_does_not_reach_whose_time_is_over(held, two, attempt, clerk):
    with pytest.raises(timing.NotInThePaper):
        timing.pause(sitting=held, entry=two[0], reason="火警", by=clerk, at=END + MINUTE)
    timing.pause(sitting=held, reason="火警", by=clerk, at=END + MINUTE)
    assert Attempt.objects.get().paused_at is None
