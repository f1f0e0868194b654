import datetime as dt

import pytest
from celery import current_app
from django.db import connection

from exams import jobs, sitting, stages
from exams.models import Answer, AnswerSave, Attempt, Mark, Paper, Sitting, Stage, StageEntry
from lms.journal.models import Line
from lms.lib import clock, crypto
from tests.factories import exams, papers
from tests.factories.people import AT

MINUTE = dt.timedelta(minutes=1)
SECOND = dt.timedelta(seconds=1)
END = AT + 120 * MINUTE
GRACE = 30 * SECOND


@pytest.fixture
def exam(tree):
    return papers.sitting_exam(tree.city)


@pytest.fixture
def entry(exam, personas):
    return papers.ticketed(exam, personas.teacher)


@pytest.fixture
def me(personas):
    return personas.teacher.user


@pytest.fixture
def attempt(entry, me):
    return sitting.start(entry, by=me, at=AT)


def save(item="1", version=1, response="B"):
    return {"item": item, "version": version, "response": response}


# Start


def test_start_fixes_the_deadline_and_shows_presence_at_the_bell(entry, me):
    attempt = sitting.start(entry, by=me, at=AT)
    entry.refresh_from_db()
    assert (attempt.started_at, attempt.deadline_at, attempt.grace_seconds) == (AT, END, 30)
    assert (entry.state, entry.stage.state) == ("present", "in_progress")
    assert attempt.paper == Sitting.objects.get(module__stage=entry.stage).paper
    assert len(attempt.script) == 10
    assert Line.objects.filter(act="exams.attempt_started", actor=me).count() == 1


def test_start_opens_the_paper_that_was_frozen_while_she_waited_for_another_to_begin(entry, me, monkeypatch):
    """Of a hall that waits for the first start, everybody reads again which paper lies there."""
    other = Paper.objects.get(sittings__module__stage=entry.stage_id)
    other.pk, other.title = None, "换发的试卷"
    other.save(force_insert=True)

    def somebody_else_began(stage, to, at):
        Sitting.objects.update(paper=other)
        return False

    monkeypatch.setattr(stages, "reach", somebody_else_began)
    Stage.objects.filter(pk=entry.stage_id).update(state=Stage.State.ARRANGED)
    assert sitting.start(entry, by=me, at=AT).paper == other


def test_start_returns_the_same_attempt_when_called_twice_even_after_the_end(entry, me, attempt):
    assert sitting.start(entry, by=me, at=AT + 5 * MINUTE) == attempt
    assert sitting.start(entry, by=me, at=END + 60 * MINUTE) == attempt
    assert Attempt.objects.get().started_at == AT
    assert Line.objects.filter(act="exams.attempt_started").count() == 1


def test_start_gives_less_time_when_a_candidate_comes_late(entry, me):
    attempt = sitting.start(entry, by=me, at=AT + 30 * MINUTE)
    assert attempt.deadline_at == END


def test_start_is_refused_before_the_bell_and_tells_the_time(entry, me):
    with pytest.raises(sitting.BeforeTheBell) as refused:
        sitting.start(entry, by=me, at=AT - SECOND)
    assert "10:00" in str(refused.value)
    assert not Attempt.objects.exists()


def test_start_is_refused_after_entry_closes(entry, me):
    with pytest.raises(sitting.EntryClosed):
        sitting.start(entry, by=me, at=AT + 30 * MINUTE + SECOND)
    entry.refresh_from_db()
    assert (entry.state, entry.stage.state) == ("ticket_issued", "arranged")


def test_start_is_refused_to_another_person(entry, personas, tree):
    for other in (personas.stranger.user, papers.exam_officer(tree.city)):
        with pytest.raises(sitting.NotYourAttempt):
            sitting.start(entry, by=other, at=AT)


@pytest.mark.parametrize("state", ["seated", "absent", "violated"])
def test_start_is_refused_without_a_published_ticket(entry, me, state):
    StageEntry.objects.update(state=state)
    with pytest.raises(sitting.NotAdmitted):
        sitting.start(entry, by=me, at=AT)


def test_start_admits_who_was_signed_in_at_the_door(entry, me):
    StageEntry.objects.update(state="present")
    assert sitting.start(entry, by=me, at=AT).state == "open"


def test_start_is_refused_while_there_is_no_paper(entry, me):
    Sitting.objects.update(paper=None)
    with pytest.raises(sitting.NoPaperYet):
        sitting.start(entry, by=me, at=AT)


def test_start_is_refused_in_a_stage_without_a_sitting(personas, exam, me):
    entry = exams.entry(exams.candidate(exam, personas.teacher), exams.stage(exam, 2), state="ticket_issued")
    with pytest.raises(sitting.NoPaperYet):
        sitting.start(entry, by=me, at=AT)


def test_start_is_refused_when_the_stage_is_not_arranged(entry, me):
    entry.stage.state = "registration_closed"
    entry.stage.save()
    with pytest.raises(stages.NotAtThisStep):
        sitting.start(entry, by=me, at=AT)
    assert not Attempt.objects.exists()


# Save


def test_save_answers_acknowledges_what_is_committed_and_records_each(attempt, me):
    at = AT + MINUTE
    saves = [save(item, 1, response) for item, response in papers.RIGHT.items()]
    answer = sitting.save_answers(attempt, saves, by=me, at=at)
    assert answer == sitting.Kept([{"item": item, "version": 1} for item in papers.RIGHT], at, END, False)
    assert dict(Answer.objects.values_list("item", "response")) == papers.RIGHT
    assert set(AnswerSave.objects.values_list("item", "outcome", "received_at")) == {
        (item, "saved", at) for item in papers.RIGHT
    }


def test_save_answers_takes_few_statements_however_many_answers(attempt, me, django_assert_num_queries):
    sitting.save_answers(attempt, [save()], by=me, at=AT)  # the paper is read once by a process
    for version, items in ((2, ["1"]), (3, list(papers.RIGHT))):
        # savepoint, lock, upsert with its line (two statements on SQLite), release
        with django_assert_num_queries(4 if connection.vendor == "postgresql" else 5):
            sitting.save_answers(
                attempt, [save(item, version, papers.RIGHT[item]) for item in items], by=me, at=AT + MINUTE
            )


def test_save_answers_takes_a_newer_version_over_an_older(attempt, me):
    sitting.save_answers(attempt, [save(version=1, response="A")], by=me, at=AT)
    sitting.save_answers(attempt, [save(version=5, response="C")], by=me, at=AT + MINUTE)
    standing = Answer.objects.get()
    assert (standing.version, standing.response, standing.saved_at) == (5, "C", AT + MINUTE)
    assert AnswerSave.objects.count() == 2


@pytest.mark.parametrize("version", [1, 2])
def test_save_answers_is_refused_when_a_newer_or_other_answer_stands(attempt, me, version):
    sitting.save_answers(attempt, [save(version=2, response="C")], by=me, at=AT)
    with pytest.raises(sitting.StaleVersion) as refused:
        sitting.save_answers(attempt, [save(version=version, response="")], by=me, at=AT + MINUTE)
    assert refused.value.standing == [{"item": "1", "version": 2, "response": "C"}]
    assert Answer.objects.get().response == "C"
    assert list(AnswerSave.objects.order_by("pk").values_list("version", "outcome")) == [
        (2, "saved"),
        (version, "stale"),
    ]


def test_save_answers_saves_the_others_when_one_is_stale(attempt, me):
    sitting.save_answers(attempt, [save(version=2, response="C")], by=me, at=AT)
    with pytest.raises(sitting.StaleVersion) as refused:
        sitting.save_answers(attempt, [save(version=1), save("3", 1, True)], by=me, at=AT + MINUTE)
    assert refused.value.saved == [{"item": "3", "version": 1}]
    assert dict(Answer.objects.values_list("item", "response")) == {"1": "C", "3": True}


def test_save_answers_acknowledges_a_replay_without_a_second_effect(attempt, me):
    sitting.save_answers(attempt, [save()], by=me, at=AT)
    before = Answer.objects.values().get()
    again = sitting.save_answers(attempt, [save()], by=me, at=AT + MINUTE)
    assert again.saved == [{"item": "1", "version": 1}]
    assert Answer.objects.values().get() == before
    assert AnswerSave.objects.count() == 1


def test_save_answers_acknowledges_a_replay_after_the_end_and_after_hand_in(attempt, me):
    sitting.save_answers(attempt, [save()], by=me, at=AT)
    sitting.hand_in(attempt, by=me, at=AT + MINUTE)
    for late in (AT + 2 * MINUTE, END + 5 * MINUTE):
        assert sitting.save_answers(attempt, [save()], by=me, at=late).saved == [{"item": "1", "version": 1}]
    assert AnswerSave.objects.count() == 1


def test_save_answers_takes_an_answer_back(attempt, me):
    sitting.save_answers(attempt, [save(version=1)], by=me, at=AT)
    sitting.save_answers(attempt, [save(version=2, response="")], by=me, at=AT)
    assert Answer.objects.get().response == ""


def test_save_answers_counts_until_the_last_moment_of_the_grace(attempt, me):
    sitting.save_answers(attempt, [save()], by=me, at=END + GRACE)
    assert Answer.objects.get().response == "B"


@pytest.mark.parametrize("closed_first", [False, True])
def test_save_answers_keeps_aside_what_comes_after_the_end(attempt, me, closed_first):
    sitting.save_answers(attempt, [save()], by=me, at=AT)
    if closed_first:
        sitting.close_overdue(END + GRACE + SECOND)
    with pytest.raises(sitting.KeptAside) as refused:
        sitting.save_answers(attempt, [save(version=2, response="C")], by=me, at=END + GRACE + SECOND)
    assert refused.value.kept_aside == [{"item": "1", "version": 2}]
    assert Answer.objects.get().response == "B"
    assert list(AnswerSave.objects.order_by("pk").values_list("outcome", "response")) == [("saved", "B"), ("late", "C")]


def test_save_answers_keeps_aside_what_came_in_time_but_after_the_clock_had_closed(attempt, me):
    sitting.close_overdue(END + GRACE + SECOND)
    with pytest.raises(sitting.KeptAside):
        sitting.save_answers(attempt, [save()], by=me, at=END)
    assert AnswerSave.objects.get().outcome == "late"


def test_save_answers_is_refused_when_handed_in_already(attempt, me):
    sitting.hand_in(attempt, by=me, at=AT + MINUTE)
    with pytest.raises(sitting.AlreadyHandedIn):
        sitting.save_answers(attempt, [save()], by=me, at=AT + 2 * MINUTE)
    assert not Answer.objects.exists()
    assert not AnswerSave.objects.exists()


def test_save_answers_is_refused_before_the_attempt_began(attempt, me):
    with pytest.raises(sitting.BeforeTheBell):
        sitting.save_answers(attempt, [save()], by=me, at=AT - SECOND)


def test_save_answers_is_refused_for_anothers_attempt(attempt, personas, tree):
    for other in (personas.stranger.user, papers.exam_officer(tree.city)):
        with pytest.raises(sitting.NotYourAttempt):
            sitting.save_answers(attempt, [save()], by=other, at=AT)
    assert not AnswerSave.objects.exists()


@pytest.mark.parametrize("item", ["99", "6", "6.3", "1.1", "", None, 1, ["1"]])
def test_save_answers_is_refused_for_an_unknown_item(attempt, me, item):
    with pytest.raises(sitting.UnknownItem):
        sitting.save_answers(attempt, [save("3", 1, True), save(item)], by=me, at=AT)
    assert not Answer.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        save(response="Z"),
        save(response=None),
        save(version=0),
        save(version=-1),
        save(version=True),
        save(version="1"),
        save(version=1.5),
        save(version=2**31),
        save("5", 1, "长" * 20_001),
        save("5", 1, "零\x00"),
        {"item": "1"},
    ],
)
def test_save_answers_is_refused_when_the_shape_is_wrong(attempt, me, wrong):
    with pytest.raises(sitting.AnswerNotUnderstood):
        sitting.save_answers(attempt, [save("3", 1, True), wrong], by=me, at=AT)
    assert not Answer.objects.exists()


def test_save_answers_takes_several_saves_of_one_item_in_their_order(attempt, me):
    answer = sitting.save_answers(attempt, [save(version=1, response="A"), save(version=2)], by=me, at=AT)
    assert answer.saved == [{"item": "1", "version": 1}, {"item": "1", "version": 2}]
    assert Answer.objects.values_list("version", "response").get() == (2, "B")
    with pytest.raises(sitting.StaleVersion):
        sitting.save_answers(attempt, [save(version=4), save(version=3, response="A")], by=me, at=AT)
    assert Answer.objects.values_list("version", "response").get() == (4, "B")
    outcomes = AnswerSave.objects.order_by("pk").values_list("version", "outcome")
    assert list(outcomes) == [(1, "saved"), (2, "saved"), (4, "saved"), (3, "stale")]


def test_save_answers_keeps_rare_characters_as_they_were_typed(attempt, me):
    text = "䶮 㛃 𬭎\r\n“引号”😀"
    sitting.save_answers(attempt, [save("5", 1, text)], by=me, at=AT)
    assert Answer.objects.get().response == text


# Hand in


def test_hand_in_gives_a_receipt_of_every_answer_and_version(attempt, me):
    sitting.save_answers(attempt, [save(), save("4", 3, ["共情", ""])], by=me, at=AT)
    done = sitting.hand_in(attempt, by=me, at=AT + MINUTE)
    assert (done.state, done.handed_in_how, done.handed_in_at) == ("handed_in", "candidate", AT + MINUTE)
    expected = {"paper": Paper.objects.get().digest, "answers": [["1", 1, "B"], ["4", 3, ["共情", ""]]]}
    assert done.receipt == crypto.digest(expected)
    assert Line.objects.filter(act="exams.attempt_handed_in", actor=me).count() == 1


def test_hand_in_changes_nothing_when_done_twice(attempt, me):
    first = sitting.hand_in(attempt, by=me, at=AT + MINUTE)
    again = sitting.hand_in(attempt, by=me, at=AT + 5 * MINUTE)
    assert (again.receipt, again.handed_in_at) == (first.receipt, first.handed_in_at)
    assert Line.objects.filter(act="exams.attempt_handed_in").count() == 1


def test_hand_in_is_refused_for_anothers_attempt(attempt, personas):
    with pytest.raises(sitting.NotYourAttempt):
        sitting.hand_in(attempt, by=personas.stranger.user, at=AT)
    attempt.refresh_from_db()
    assert attempt.state == "open"


def test_hand_in_leaves_the_marking_to_the_queue(attempt, me, queue):
    sitting.save_answers(attempt, [save(response="B"), save("2", 1, ["A"])], by=me, at=AT)
    with queue.committing():
        sitting.hand_in(attempt, by=me, at=AT + MINUTE)
    attempt.refresh_from_db()
    assert attempt.marked_at is None
    assert queue.drain() == 1
    attempt.refresh_from_db()
    assert attempt.marked_at
    assert dict(Mark.objects.values_list("answer__item", "points")) == {"1": 1, "2": 1}


def test_mark_pending_finds_what_the_queue_lost(attempt, me):
    sitting.save_answers(attempt, [save()], by=me, at=AT)
    sitting.hand_in(attempt, by=me, at=AT + MINUTE)
    jobs.mark_pending()
    jobs.mark_pending()
    assert Mark.objects.get().points == 1


def test_close_overdue_hands_in_what_was_saved_and_carries_no_answers(attempt, me, queue):
    sitting.save_answers(attempt, [save()], by=me, at=AT)
    assert sitting.close_overdue(END + GRACE) == 0
    with queue.committing():
        assert sitting.close_overdue(END + GRACE + SECOND) == 1
    attempt.refresh_from_db()
    assert (attempt.state, attempt.handed_in_how) == ("handed_in", "clock")
    assert dict(Answer.objects.values_list("item", "version")) == {"1": 1}
    assert AnswerSave.objects.count() == 1
    assert queue.drain() == 1
    assert sitting.close_overdue(END + GRACE + MINUTE) == 0
    assert Line.objects.get(act="exams.attempt_handed_in").actor is None


def test_close_overdue_leaves_those_who_still_have_time(exam, entry, me, attempt):
    Attempt.objects.update(deadline_at=END + 20 * MINUTE)
    assert sitting.close_overdue(END + GRACE + SECOND) == 0


def test_the_clock_hands_nothing_in_while_a_day_of_the_past_is_played_out(attempt, me):
    with clock.held():
        jobs.close_overdue()
        attempt.refresh_from_db()
        assert attempt.state == "open"
        sitting.save_answers(attempt, [save()], by=me, at=AT)
    jobs.close_overdue()
    attempt.refresh_from_db()
    assert (attempt.state, attempt.handed_in_how) == ("handed_in", "clock")


def test_close_overdue_gives_the_candidates_own_receipt(attempt, me):
    sitting.save_answers(attempt, [save()], by=me, at=AT)
    sitting.close_overdue(END + 5 * MINUTE)
    attempt.refresh_from_db()
    assert attempt.receipt == sitting.hand_in(attempt, by=me, at=END + 6 * MINUTE).receipt


def test_the_jobs_of_the_sitting_are_known_to_the_worker():
    assert {"exams.jobs.close_overdue", "exams.jobs.mark_pending", "exams.tasks.mark_attempt"} <= set(current_app.tasks)


# The page believes the time is over


def test_hand_in_of_a_page_that_takes_the_time_for_over_is_refused_while_it_goes_on(attempt, me):
    with pytest.raises(sitting.TimeGoesOn) as refused:
        sitting.hand_in(attempt, by=me, at=END - SECOND, because_over=True)
    assert (refused.value.deadline_at, refused.value.is_paused) == (END, False)
    Attempt.objects.update(paused_at=END - MINUTE)
    with pytest.raises(sitting.TimeGoesOn) as refused:
        sitting.hand_in(attempt, by=me, at=END + MINUTE, because_over=True)
    assert refused.value.is_paused
    attempt.refresh_from_db()
    assert attempt.state == "open"
    Attempt.objects.update(paused_at=None)
    assert sitting.hand_in(attempt, by=me, at=END, because_over=True).handed_in_how == "clock"


def test_a_time_that_was_over_does_not_come_back_by_a_stop(attempt, me):
    Attempt.objects.update(paused_at=END + MINUTE)
    with pytest.raises(sitting.KeptAside):
        sitting.save_answers(attempt, [save()], by=me, at=END + MINUTE)
    assert sitting.close_overdue(END + 2 * MINUTE) == 1
    attempt.refresh_from_db()
    assert (attempt.handed_in_how, attempt.paused_at) == ("clock", None)


def test_what_another_device_sends_after_the_end_is_late_like_all_else(entry, me):
    attempt = sitting.start(entry, by=me, at=AT, device="first")
    with pytest.raises(sitting.KeptAside):
        sitting.save_answers(attempt, [save()], by=me, at=END + GRACE + SECOND, device="second")
    assert AnswerSave.objects.get().outcome == "late"
