"""The pledge for those whom another registered: agreed to once by herself, before ticket and start, at the door in the
same step as the start."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams import applying, pledging, sitting
from exams.models import Attempt, Candidate, Exam, Sitting
from lms.journal.models import Line
from lms.lib import clock
from tests.factories import papers, people

MINUTE = dt.timedelta(minutes=1)
PLEDGE = "本人承诺独立作答，遵守考场规则。"


@pytest.fixture
def began(db):
    return clock.now() - 10 * MINUTE


@pytest.fixture
def entry(tree, personas, began):
    """A candidate with a ticket whom an officer brought in, for an exam with the second version of a pledge."""
    exam = papers.sitting_exam(tree.city, starts_at=began)
    Exam.objects.update(pledge=PLEDGE, pledge_version=2)
    return papers.ticketed(exam, personas.teacher)


def agree(entry, version="2", by=None):
    pledging.agree(
        candidate=entry.candidate,
        version=version,
        by=by or entry.candidate.teacher.user,
        at=entry.candidate.submitted_at,
    )
    entry.candidate.refresh_from_db()


def test_agree_keeps_version_and_moment_once_and_journals_it(entry):
    agree(entry)
    assert (entry.candidate.pledge_version, entry.candidate.pledged_at) == (2, entry.candidate.submitted_at)
    agree(entry)
    assert Line.objects.get(act="exams.pledge_agreed").facts == {"pledge_version": 2}


def test_agree_refuses_another_s_hand_no_tick_another_version_and_who_withdrew(entry, tree):
    with pytest.raises(applying.NotYourRegistration):
        agree(entry, by=people.officer("exam_officer", tree.city))
    with pytest.raises(pledging.PledgeDue):
        agree(entry, version="")
    with pytest.raises(pledging.OtherPledge):
        agree(entry, version="1")
    type(entry.candidate).objects.update(state="withdrawn")
    with pytest.raises(pledging.NothingToPledge, match="已放弃"):
        agree(entry)
    assert not Line.objects.filter(act="exams.pledge_agreed").exists()


def test_agree_has_nothing_to_do_without_a_pledge(entry):
    Exam.objects.update(pledge="")
    agree(entry, version="")
    assert entry.candidate.pledge_version is None


def test_start_refuses_until_the_pledge_is_agreed_to_as_it_stands(entry, began):
    user, at = entry.candidate.teacher.user, began + MINUTE
    with pytest.raises(pledging.PledgeDue):
        sitting.start(entry, by=user, at=at)
    agree(entry)
    Exam.objects.update(pledge_version=3)
    with pytest.raises(pledging.PledgeDue):
        sitting.start(entry, by=user, at=at)
    agree(entry, version="3")
    attempt = sitting.start(entry, by=user, at=at)
    Exam.objects.update(pledge_version=4)
    assert sitting.start(entry, by=user, at=at) == attempt


def test_start_asks_the_database_no_more_for_an_exam_with_a_pledge(tree, personas, began):
    exam = papers.sitting_exam(tree.city, starts_at=began)
    entries = [papers.ticketed(exam, f"教师{n}", school=tree.school) for n in range(4)]
    papers.attempt(entries[0], started_at=began)
    counts = []
    for each in (entries[1], entries[3]):  # the same form of the paper
        with CaptureQueriesContext(connection) as queries:
            sitting.start(each, by=each.candidate.teacher.user, at=began + MINUTE)
        counts.append(len(queries))
        Exam.objects.update(pledge=PLEDGE, pledge_version=1)
        Candidate.objects.update(pledge_version=1)
    assert counts[0] == counts[1]


# --- Pages -----------------------------------------------------------------------------------------------------------


def test_door_takes_tick_and_start_in_one_step(client, entry):
    client.force_login(entry.candidate.teacher.user)
    door = reverse("exams:sit", args=[entry.pk])
    page = client.get(door).content.decode()
    assert PLEDGE in page and 'name="pledged" value="2"' in page
    unticked = client.post(door)
    assert unticked.status_code == pledging.PledgeDue().status
    assert "请阅读" in unticked.content.decode() and PLEDGE in unticked.content.decode()
    assert not Attempt.objects.exists()
    answer = client.post(door, {"pledged": "2"})
    assert answer.url == reverse("exams:attempt", args=[Attempt.objects.get().pk])
    assert PLEDGE not in client.get(door).content.decode()


def test_door_keeps_the_tick_where_the_start_is_refused(client, entry):
    client.force_login(entry.candidate.teacher.user)
    Sitting.objects.update(starts_at=clock.now() + MINUTE)
    door = reverse("exams:sit", args=[entry.pk])
    page = client.post(door, {"pledged": "2"}).content.decode()
    assert PLEDGE not in page
    entry.candidate.refresh_from_db()
    assert entry.candidate.pledge_version == 2


def test_ticket_of_her_own_waits_for_the_pledge_and_an_officer_s_print_does_not(client, entry, tree, began):
    type(entry).objects.update(ticketed_at=began)
    ticket = reverse("exams:ticket", args=[entry.pk])
    page = reverse("exams:pledge", args=[entry.candidate_id])
    client.force_login(entry.candidate.teacher.user)
    assert client.get(ticket).url == page
    assert PLEDGE in client.get(page).content.decode()
    assert page in client.get(reverse("exams:mine")).content.decode()
    assert client.post(page).status_code == pledging.PledgeDue().status
    assert client.post(page, {"pledged": "1"}).status_code == pledging.OtherPledge().status
    assert client.post(page, {"pledged": "2"}).url == reverse("exams:mine")
    assert page not in client.get(reverse("exams:mine")).content.decode()
    assert client.get(ticket)["Content-Type"] == "application/pdf"
    assert "您已于" in client.get(page).content.decode()
    type(entry.candidate).objects.update(pledge_version=None)
    client.force_login(people.officer("exam_officer", tree.city))
    assert client.get(ticket)["Content-Type"] == "application/pdf"
    assert "尚未同意" in client.get(reverse("exams:candidate", args=[entry.candidate_id])).content.decode()


def test_page_of_another_s_pledge_is_not_there(client, entry, tree):
    client.force_login(people.officer("exam_officer", tree.city))
    assert client.get(reverse("exams:pledge", args=[entry.candidate_id])).status_code == 404
