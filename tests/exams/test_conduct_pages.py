"""Pages of who conducts a sitting: the board, a seat, everybody's time, violations, what came after the end."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from exams import sanctioning, sitting, timing
from exams.models import Answer, Attempt, ExtraTime, LateAnswers, Sitting, StageEntry, Violation
from lms.lib import clock
from tests.factories import papers, people

MINUTE = dt.timedelta(minutes=1)
PASSWORD = "songping-2024-exam"
WHY = "考点断网，监考员当场记录。"


@pytest.fixture
def began(db):
    return clock.now() - 10 * MINUTE


@pytest.fixture
def exam(tree, began):
    return papers.sitting_exam(tree.city, starts_at=began)


@pytest.fixture
def entry(exam, personas):
    return papers.ticketed(exam, personas.teacher)


@pytest.fixture
def attempt(entry, began):
    return sitting.start(entry, by=entry.candidate.teacher.user, at=began)


@pytest.fixture
def clerk(tree):
    return people.officer("clerk", tree.city)


@pytest.fixture
def officers(tree):
    both = papers.exam_officer(tree.city), papers.exam_officer(tree.city)
    for each in both:
        each.set_password(PASSWORD)
        each.save()
    return both


@pytest.fixture
def enter():
    def _enter(user):
        client = Client()
        client.force_login(user)
        return client

    return _enter


def address(name, pk):
    return reverse(f"exams:{name}", args=[pk])


def test_the_seat_takes_each_act_and_shows_what_was_given(enter, entry, attempt, clerk, exam):
    client = enter(clerk)
    page = address("at_seat", entry.pk)
    assert entry.candidate.teacher.full_name in client.get(page).text
    assert client.post(page, {"act": "check-in"}).url == page
    assert client.post(page, {"act": "time", "minutes": "5", "reason": "换机"}).url == page
    assert client.post(page, {"act": "stop", "reason": "身体不适"}).url == page
    attempt.refresh_from_db()
    assert attempt.paused_at
    assert client.post(page, {"act": "go-on"}).url == page
    assert client.post(page, {"act": "report", "tier": "general", "reason": "翻看手机"}).url == page
    text = client.get(page).text
    assert "换机" in text
    assert "翻看手机" in text
    assert StageEntry.objects.get().checked_in_by == clerk
    assert Violation.objects.get().proposed_by == clerk


@pytest.mark.parametrize(
    ("sent", "status", "kept"),
    [
        ({"act": "time", "minutes": "900", "reason": "停电过久"}, 422, "停电过久"),
        ({"act": "time", "minutes": "5", "reason": ""}, 422, 'value="5"'),
        ({"act": "stop", "reason": ""}, 422, "id_stop_reason"),
        ({"act": "report", "tier": "", "reason": "看见了纸条"}, 422, "看见了纸条"),
        ({"act": "go-on"}, 409, "计时没有暂停"),
    ],
)
def test_the_seat_keeps_what_was_typed_when_it_is_refused(enter, entry, attempt, clerk, sent, status, kept):
    answer = enter(clerk).post(address("at_seat", entry.pk), sent)
    assert (answer.status_code, kept in answer.text) == (status, True)
    assert not ExtraTime.objects.exists()
    assert not Violation.objects.exists()


def test_everybodys_time_is_given_stopped_and_goes_on(enter, entry, attempt, officers):
    client = enter(officers[0])
    page = address("everybody", entry.stage_id)
    end = attempt.deadline_at
    client.post(page, {"act": "time", "minutes": "10", "reason": "停电"})
    client.post(page, {"act": "stop", "reason": "火警"})
    assert "火警" in client.get(page).text
    assert Sitting.objects.get().paused_at
    client.post(page, {"act": "go-on"})
    attempt.refresh_from_db()
    assert end + 10 * MINUTE <= attempt.deadline_at <= end + 10 * MINUTE + dt.timedelta(seconds=30)


def test_a_clerk_stops_everybodys_time_but_gives_none(enter, entry, attempt, clerk):
    client = enter(clerk)
    page = address("everybody", entry.stage_id)
    assert 'value="stop"' in client.get(page).text
    assert 'value="time"' not in client.get(page).text
    assert client.post(page, {"act": "time", "minutes": "10", "reason": "停电"}).status_code == 403
    assert not ExtraTime.objects.exists()


def test_a_violation_is_confirmed_with_the_password_by_a_second_person(enter, entry, attempt, clerk, officers):
    violation = sanctioning.report(entry=entry, tier="general", what="翻看手机", by=clerk, at=clock.now())
    client = enter(officers[0])
    assert "翻看手机" in client.get(address("violations", entry.stage_id)).text
    page = address("violation", violation.pk)
    sent = {"act": "confirm", "seen_digest": violation.seen_digest, "password": "not-hers"}
    assert client.post(page, sent).status_code == 422
    assert StageEntry.objects.get().state == "present"
    assert client.post(page, {**sent, "password": PASSWORD}).url == page
    assert StageEntry.objects.get().state == "violated"


def test_a_report_is_dismissed_only_with_a_reason(enter, entry, attempt, clerk, officers):
    violation = sanctioning.report(entry=entry, tier="general", what="翻看手机", by=clerk, at=clock.now())
    client = enter(officers[0])
    page = address("violation", violation.pk)
    sent = {"act": "dismiss", "seen_digest": violation.seen_digest, "reason": ""}
    assert client.post(page, sent).status_code == 422 or client.post(page, sent).status_code == 409
    client.post(page, {**sent, "reason": "手机为考务所用"})
    assert Violation.objects.get().decision_reason == "手机为考务所用"
    assert StageEntry.objects.get().state == "present"


def test_late_answers_count_after_two_officers(enter, entry, attempt, officers):
    Attempt.objects.update(deadline_at=clock.now() - 2 * MINUTE)
    sitting.close_overdue(clock.now())
    with pytest.raises(sitting.KeptAside):
        saves = [{"item": "1", "version": 1, "response": "B"}]
        sitting.save_answers(attempt, saves, by=entry.candidate.teacher.user, at=clock.now())
    first = enter(officers[0])
    assert entry.admission_number in first.get(address("scripts_with_late", entry.stage_id)).text
    page = address("late", attempt.pk)
    assert first.post(page, {"reason": ""}).status_code in (409, 422)
    first.post(page, {"reason": WHY})
    assert 'value="accept"' not in first.get(page).text
    late = LateAnswers.objects.get()
    second = enter(officers[1])
    assert WHY in second.get(page).text
    second.post(page, {"act": "accept", "seen_digest": late.seen_digest, "password": PASSWORD})
    assert Answer.objects.get().response == "B"


def test_a_receipt_is_checked_by_whom_it_concerns_and_unknown_to_others(client, entry, attempt):
    me = entry.candidate.teacher.user
    sitting.save_answers(attempt, [{"item": "1", "version": 1, "response": "B"}], by=me, at=clock.now())
    receipt = sitting.hand_in(attempt, by=me, at=clock.now()).receipt
    page = reverse("exams:check_receipt")
    spaced = " ".join([receipt[:8], receipt[8:]]).upper()
    client.force_login(me)
    assert "note-ok" in client.get(page, {"receipt": spaced}).text
    Attempt.objects.update(paper=papers.frozen_paper(attempt.paper.module, title="另一份"))
    attempt.paper.__class__.objects.filter(title="另一份").update(digest="0" * 64)
    assert "note-no" in client.get(page, {"receipt": receipt}).text
    client.force_login(people.user("旁人"))
    assert "note-warn" in client.get(page, {"receipt": receipt}).text


def test_strangers_find_none_of_it(enter, entry, attempt, personas, clerk):
    violation = sanctioning.report(entry=entry, tier="general", what="翻看手机", by=clerk, at=clock.now())
    pages = [
        address("at_seat", entry.pk),
        address("everybody", entry.stage_id),
        address("violations", entry.stage_id),
        address("violation", violation.pk),
        address("scripts_with_late", entry.stage_id),
        address("late", attempt.pk),
    ]
    for each in (personas.county_officer, personas.teacher.user):
        visitor = enter(each)
        assert [visitor.get(page).status_code for page in pages] == [404] * len(pages)


def test_the_board_tells_who_was_not_heard_of(enter, entry, attempt, clerk):
    board = address("invigilate", entry.stage_id)
    client = enter(clerk)
    assert "失去联系" in client.get(board).text  # the label of the figure
    assert client.get(board).context["tally"].silent == 1
    sitting.save_answers(attempt, [], by=entry.candidate.teacher.user, at=clock.now())
    assert client.get(board).context["tally"].silent == 0
    timing.pause(sitting=Sitting.objects.get(), reason="火警", by=clerk, at=clock.now())
    Attempt.objects.update(asked_at=None)
    assert client.get(board).context["tally"].silent == 0
