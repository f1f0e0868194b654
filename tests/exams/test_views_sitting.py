"""The pages of the written exam: the door, the paper, saving, hand-in, receipt, and the invigilator's board."""

import datetime as dt
import json
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams.models import Answer, AnswerSave, Attempt, StageEntry
from lms.journal.models import Line
from lms.lib import clock
from tests.factories import exams, papers, people

MINUTE = dt.timedelta(minutes=1)
PASSWORD = "songping-2024-exam"


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
    return papers.attempt(entry, answers={"1": "B"}, started_at=began)


@pytest.fixture
def me(client, personas):
    client.force_login(personas.teacher.user)
    return client


@pytest.fixture
def strangers(personas, tree):
    return [personas.stranger.user, personas.county_officer, papers.exam_officer(tree.city)]


def post(client, attempt, saves, **more):
    body = saves if isinstance(saves, (str, bytes)) else json.dumps({"saves": saves})
    address = reverse("exams:save_answers", args=[attempt.pk])
    return client.post(address, body, content_type=more.pop("content_type", "application/json"), **more)


def save(item="1", version=2, response="C"):
    return {"item": item, "version": version, "response": response}


# The door


def test_the_door_shows_the_ticket_and_opens_the_paper(me, entry):
    address = reverse("exams:sit", args=[entry.pk])
    page = me.get(address)
    assert entry.admission_number in page.text
    answer = me.post(address)
    assert answer.url == reverse("exams:attempt", args=[Attempt.objects.get().pk])


def test_the_door_tells_the_time_before_the_bell_and_opens_nothing(me, tree, personas):
    exam = papers.sitting_exam(tree.city, starts_at=clock.now() + 60 * MINUTE)
    entry = papers.ticketed(exam, personas.teacher)
    address = reverse("exams:sit", args=[entry.pk])
    assert me.get(address).status_code == 200
    answer = me.post(address)
    assert answer.status_code == 409
    assert "考试于" in answer.text
    assert not Attempt.objects.exists()


def test_the_door_is_closed_to_who_comes_too_late(me, tree, personas):
    exam = papers.sitting_exam(tree.city, starts_at=clock.now() - 40 * MINUTE)
    entry = papers.ticketed(exam, personas.teacher)
    assert "停止入场" in me.get(reverse("exams:sit", args=[entry.pk])).text
    assert me.post(reverse("exams:sit", args=[entry.pk])).status_code == 409


def test_the_door_is_not_there_for_others(client, entry, strangers):
    for stranger in strangers:
        client.force_login(stranger)
        for method in (client.get, client.post):
            assert method(reverse("exams:sit", args=[entry.pk])).status_code == 404
    assert not Attempt.objects.exists()


@pytest.mark.parametrize("name", ["sit", "attempt", "hand_in", "receipt", "invigilate", "bank", "papers"])
def test_a_visitor_is_asked_to_sign_in(client, db, name):
    address = reverse(f"exams:{name}", args=[1] if name not in ("bank", "papers") else [])
    assert client.get(address).url.startswith(reverse("account_login"))


# The paper


def test_the_paper_shows_questions_and_saved_answers_but_no_key(me, attempt):
    page = me.get(reverse("exams:attempt", args=[attempt.pk]))
    data = json.loads(re.search(r'<script id="exam-data"[^>]*>(.*?)</script>', page.text, re.DOTALL).group(1))
    assert [each["stem"] for each in data["items"]] == [each["stem"] for each in papers.items()]
    assert data["standing"] == {"1": {"version": 1, "response": "B"}}
    for secret in ("同理心", "尊重", "policy", '"right"', "guide", "倾听、放松、合理想法"):
        assert secret not in page.text
        assert json.dumps(secret).strip('"') not in page.text


def test_the_paper_and_its_doors_are_not_there_for_others(client, attempt, strangers):
    for stranger in strangers:
        client.force_login(stranger)
        for name in ("attempt", "hand_in", "receipt"):
            assert client.get(reverse(f"exams:{name}", args=[attempt.pk])).status_code == 404
        assert client.post(reverse("exams:hand_in", args=[attempt.pk])).status_code == 404
        assert post(client, attempt, [save()]).status_code == 404
    attempt.refresh_from_db()
    assert attempt.state == "open"
    assert not AnswerSave.objects.exists()


def test_the_paper_cannot_be_read_after_the_end(me, attempt):
    Attempt.objects.update(deadline_at=clock.now() - MINUTE)
    page = me.get(reverse("exams:attempt", args=[attempt.pk]), follow=True)
    assert page.redirect_chain == [(reverse("exams:receipt", args=[attempt.pk]), 302)]
    assert "课间发现" not in page.text
    assert "u8bfe" not in page.text


# Saving


def test_save_answers_acknowledges_with_the_servers_time(me, attempt):
    answer = post(me, attempt, [save(), save("3", 1, True)])
    assert answer.status_code == 200
    assert answer.json()["saved"] == [{"item": "1", "version": 2}, {"item": "3", "version": 1}]
    assert abs(dt.datetime.fromisoformat(answer.json()["at"]) - clock.now()) < MINUTE
    assert dict(Answer.objects.values_list("item", "response")) == {"1": "C", "3": True}


def test_save_answers_tells_what_stands_when_stale(me, attempt):
    answer = post(me, attempt, [save(version=1, response="A")])
    assert answer.status_code == 409
    body = answer.json()
    assert (body["refused"], body["standing"]) == ("StaleVersion", [{"item": "1", "version": 1, "response": "B"}])


def test_save_answers_keeps_aside_after_the_end(me, attempt):
    Attempt.objects.update(deadline_at=clock.now() - MINUTE)
    answer = post(me, attempt, [save()])
    assert (answer.status_code, answer.json()["refused"]) == (409, "KeptAside")
    assert AnswerSave.objects.get().outcome == "late"
    assert Answer.objects.get().response == "B"


@pytest.mark.parametrize(
    ("body", "status", "refused"),
    [
        (json.dumps({"saves": [save("99")]}), 422, "UnknownItem"),
        (json.dumps({"saves": [save(response="Z")]}), 422, "AnswerNotUnderstood"),
        (json.dumps({"saves": [save("5", 1, "长" * 20_001)]}), 422, "AnswerNotUnderstood"),
        (json.dumps({"saves": [save("5", 1, "字" * 400_000)]}, ensure_ascii=False), 413, "TooMuch"),
        ("not json", 400, "SavesNotUnderstood"),
        ("[" * 100_000, 400, "SavesNotUnderstood"),
        ("[1]", 400, "SavesNotUnderstood"),
        ("{}", 400, "SavesNotUnderstood"),
        ('{"saves": {"item": "1"}}', 400, "SavesNotUnderstood"),
        ('{"saves": ["1"]}', 400, "SavesNotUnderstood"),
        (json.dumps({"saves": [save()] * 301}), 400, "SavesNotUnderstood"),
        (b"\xff\xfe", 400, "SavesNotUnderstood"),
    ],
)
def test_save_answers_refuses_with_a_sentence_and_keeps_nothing(me, attempt, body, status, refused):
    answer = post(me, attempt, body)
    assert (answer.status_code, answer.json()["refused"]) == (status, refused)
    assert answer.json()["sentence"]
    assert Answer.objects.get().response == "B"
    assert not AnswerSave.objects.exists()


def test_save_answers_refuses_another_content_type(me, attempt):
    assert post(me, attempt, json.dumps({"saves": [save()]}), content_type="text/plain").status_code == 400


def test_save_answers_needs_a_csrf_token_and_a_session(attempt, personas, client):
    strict = type(client)(enforce_csrf_checks=True)
    strict.force_login(personas.teacher.user)
    assert post(strict, attempt, [save()]).status_code == 403
    answer = post(client, attempt, [save()])
    assert (answer.status_code, answer.json()["refused"]) == (401, "SignedOut")
    assert client.get(reverse("exams:save_answers", args=[attempt.pk])).status_code == 405
    assert not AnswerSave.objects.exists()


def test_save_answers_takes_three_statements_with_its_session(me, attempt, django_assert_num_queries):
    post(me, attempt, [save()])
    # session with its user; savepoint, lock, upsert with its line (two statements on SQLite), release
    with django_assert_num_queries(5 if connection.vendor == "postgresql" else 6):
        post(me, attempt, [save(version=3, response="A"), save("3", 1, True), save("5", 1, "倾听")])


# Another device


@pytest.fixture
def other(personas):
    """The same candidate on another device."""
    device = Client()
    personas.teacher.user.set_password(PASSWORD)
    personas.teacher.user.save()
    device.force_login(personas.teacher.user)
    return device


def test_another_device_writes_only_after_the_password_and_then_alone(personas, entry, other, began):
    first = Client()
    first.force_login(personas.teacher.user)
    first.post(reverse("exams:sit", args=[entry.pk]))
    attempt = Attempt.objects.get()
    assert post(first, attempt, [save()]).status_code == 200

    page = reverse("exams:attempt", args=[attempt.pk])
    take_over = reverse("exams:take_over", args=[attempt.pk])
    assert other.get(page).url == take_over
    refused = post(other, attempt, [save(version=3, response="A")])
    assert (refused.status_code, refused.json()["refused"]) == (409, "ContinuedElsewhere")
    assert other.post(take_over, {"password": "not-hers"}).status_code == 422
    assert post(other, attempt, [save(version=3, response="A")]).status_code == 409

    assert other.post(take_over, {"password": PASSWORD}).url == page
    assert post(other, attempt, [save(version=4, response="D")]).status_code == 200
    late = post(first, attempt, [save(version=5, response="A")])
    assert (late.status_code, late.json()["refused"]) == (409, "ContinuedElsewhere")
    assert first.get(page).url == take_over
    assert first.post(reverse("exams:hand_in", args=[attempt.pk])).url == take_over
    attempt.refresh_from_db()
    assert (attempt.state, attempt.take_overs, Answer.objects.get().response) == ("open", 1, "D")
    assert list(AnswerSave.objects.filter(outcome="elsewhere").values_list("version", flat=True)) == [3, 3, 5]
    assert Line.objects.filter(act="exams.attempt_taken_over", actor=personas.teacher.user).count() == 1


def test_take_over_is_not_found_by_strangers(client, attempt, strangers):
    for each in strangers:
        client.force_login(each)
        assert client.get(reverse("exams:take_over", args=[attempt.pk])).status_code == 404


def test_the_paper_begins_in_large_print_for_whom_it_was_granted(me, attempt, personas):
    page = reverse("exams:attempt", args=[attempt.pk])
    assert me.get(page).context["data"]["large_print"] is False
    exams.accommodation(personas.teacher, large_print=True, from_on=clock.local_date(clock.now()))
    assert me.get(page).context["data"]["large_print"] is True


def test_save_answers_tells_the_deadline_and_whether_the_time_stands_still(me, attempt):
    told = post(me, attempt, []).json()
    assert told["deadline"] == int(attempt.deadline_at.timestamp() * 1000)
    assert told["paused"] is False


# Hand-in


def test_a_page_that_takes_the_time_for_over_is_told_when_it_is_not(me, attempt):
    answer = me.post(reverse("exams:hand_in", args=[attempt.pk]), {"over": "1"})
    told = answer.json()
    assert (answer.status_code, told["refused"], told["paused"]) == (409, "TimeGoesOn", False)
    assert told["deadline"] == int(attempt.deadline_at.timestamp() * 1000)
    attempt.refresh_from_db()
    assert attempt.state == "open"


def test_hand_in_confirms_hands_in_and_shows_the_receipt(me, attempt):
    address = reverse("exams:hand_in", args=[attempt.pk])
    assert "2、3、4、5、6.1、6.2" in me.get(address).text
    post(me, attempt, [save()])
    page = me.post(address, follow=True)
    attempt.refresh_from_db()
    assert attempt.state == "handed_in"
    assert attempt.receipt in page.text.replace("</span> <span>", "")
    assert page.context["lines"][:2] == [("1", "C"), ("2", "")]
    assert me.get(address).url == me.post(address).url == reverse("exams:receipt", args=[attempt.pk])
    assert post(me, attempt, [save(version=9)]).json()["refused"] == "AlreadyHandedIn"


def test_the_receipt_waits_while_the_paper_is_open(me, attempt):
    assert me.get(reverse("exams:receipt", args=[attempt.pk])).url == reverse("exams:attempt", args=[attempt.pk])


# The board


def test_the_board_shows_who_is_in_to_those_who_watch(client, exam, attempt, tree):
    address = reverse("exams:invigilate", args=[exams.stage(exam).pk])
    client.force_login(people.officer("clerk", tree.city))
    page = client.get(address)
    assert "林知微" in page.text
    assert "登记缺考" not in page.text


def test_the_board_is_not_there_for_others(client, exam, attempt, personas, tree):
    stage = exams.stage(exam)
    for stranger in (personas.teacher.user, personas.county_officer, papers.exam_officer(tree.county)):
        client.force_login(stranger)
        assert client.get(reverse("exams:invigilate", args=[stage.pk])).status_code == 404
        assert client.post(reverse("exams:mark_absent", args=[stage.pk])).status_code == 404


def test_the_board_takes_the_same_statements_for_one_and_three(client, exam, attempt, tree, began):
    client.force_login(people.officer("clerk", tree.city))
    address = reverse("exams:invigilate", args=[exams.stage(exam).pk])
    client.get(address)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for name in ("甲", "乙"):
        papers.attempt(papers.ticketed(exam, name), answers={"1": "B"}, started_at=began)
    with CaptureQueriesContext(connection) as three:
        client.get(address)
    assert len(one) == len(three)


def test_absence_is_marked_from_the_board(client, tree, personas):
    exam = papers.sitting_exam(tree.city, starts_at=clock.now() - 40 * MINUTE)
    papers.ticketed(exam, personas.teacher)
    stage = exams.stage(exam)
    client.force_login(papers.exam_officer(tree.city))
    page = client.post(reverse("exams:mark_absent", args=[stage.pk]), follow=True)
    assert "已登记1人缺考" in page.text
    assert StageEntry.objects.get().state == "absent"


def test_absence_is_refused_while_entry_is_open(client, exam, entry, tree):
    client.force_login(papers.exam_officer(tree.city))
    answer = client.post(reverse("exams:mark_absent", args=[exams.stage(exam).pk]))
    assert answer.status_code == 409
    assert "考生仍可入场" in answer.text


def test_each_step_of_an_exam_asks_little_of_the_database(me, entry, exam):
    """Statements of each step, with its session and the transaction; where the journal writes, PostgreSQL asks one
    more. The paper's contents are read once a process."""
    asked = {}

    def ask(step, way, address, body=None):
        with CaptureQueriesContext(connection) as found:
            answer = me.get(address) if way == "GET" else me.post(address, body or {})
        asked[step] = len(found)
        return answer

    door = reverse("exams:sit", args=[entry.pk])
    papers.attempt(papers.ticketed(exam, people.teacher("先到的考生", school=entry.candidate.school)), answers={})
    ask("door", "GET", door)
    paper = ask("start", "POST", door)["Location"]
    ask("paper", "GET", paper)
    post(me, Attempt.objects.get(entry=entry), [save(version=1)])
    ask("summary", "GET", f"{paper}hand-in/")
    ask("hand-in", "POST", f"{paper}hand-in/")
    ask("receipt", "GET", f"{paper}receipt/")
    most = {"door": 6, "start": 13, "paper": 5, "summary": 3, "hand-in": 9, "receipt": 3}
    assert {step: number for step, number in asked.items() if number > most[step]} == {}
