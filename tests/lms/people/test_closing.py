"""An account is closed and opened again by an officer above, with a reason; sessions end, what was done stays."""

import pytest
from django.test import Client
from django.urls import reverse

from lms.inbox import rendering
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people import access, activating, closing, keeping, overseeing
from lms.people.access import NotYourOffice
from lms.people.models import Appointment, Posting, User
from tests.factories import people

OFFICE = Appointment.Office
PASSWORD = "a long and quiet river"


@pytest.fixture
def teacher(tree):
    found = people.teacher("林知微", school=tree.school)
    found.user.set_password(PASSWORD)
    found.user.save()
    return found


@pytest.fixture
def officer(tree):
    return people.officer(OFFICE.BUREAU_OFFICER, tree.county, "沈县")


def close(user, by, at, reason="本人申请"):
    closing.close(user=user, reason=reason, by=by, at=at)


def reopen(user, by, at, reason="重新任教"):
    closing.reopen(user=user, reason=reason, by=by, at=at)


def sign_in(user):
    client = Client()
    client.post(reverse("account_login"), {"login": user.username, "password": PASSWORD})
    return client.get("/inbox/").status_code == 200


def test_close_ends_the_sessions_at_once_and_keeps_the_history(teacher, officer, at):
    client = Client()
    client.force_login(teacher.user)
    close(teacher.user, officer, at)
    assert client.get("/inbox/").status_code == 302
    assert not sign_in(teacher.user)
    assert Posting.objects.filter(teacher=teacher, until_on=None).exists()
    line = Line.objects.get(act="people.account_closed")
    assert (line.actor, line.subject_id, line.reason) == (officer, str(teacher.user_id), "本人申请")
    assert "本人申请" in rendering.words(Message.objects.get(recipient=teacher.user)).body


def test_close_ends_slips_and_offices_count_for_nothing(tree, officer, at):
    newcomer = people.teacher("何远", school=tree.school)
    people.appointment(newcomer.user, OFFICE.SCHOOL_OFFICER, tree.school)
    code = activating.issue_code(user=newcomer.user, by=None, at=at)
    close(newcomer.user, officer, at)
    assert access.offices(User.objects.get(pk=newcomer.user_id), at) == []
    reopen(newcomer.user, officer, at)
    assert [each.office for each in access.offices(User.objects.get(pk=newcomer.user_id), at)] == ["school_officer"]
    with pytest.raises(activating.CodeNotAccepted):
        activating.activate(code=code, id_last_four=newcomer.id_number[-4:], password=PASSWORD, at=at)


def test_reopen_lets_her_in_with_her_old_password_and_tells_her(teacher, officer, at):
    client = Client()
    client.force_login(teacher.user)
    close(teacher.user, officer, at)
    reopen(teacher.user, officer, at)
    assert client.get("/inbox/").status_code == 302  # what ended stays over
    assert sign_in(teacher.user)
    assert Line.objects.get(act="people.account_reopened").reason == "重新任教"
    assert Message.objects.filter(recipient=teacher.user, kind="people.account_reopened").exists()


@pytest.mark.parametrize("act", [close, reopen])
def test_close_and_reopen_refuse_oneself_strangers_equals_and_other_offices(tree, teacher, officer, at, act):
    clerk = people.officer(OFFICE.CLERK, tree.county, "考务")
    with pytest.raises(overseeing.NotForOneself):
        act(officer, officer, at)
    with pytest.raises(overseeing.AnswersElsewhere):
        act(clerk, officer, at)
    for office, unit in (
        ("bureau_officer", tree.neighbour),
        ("school_officer", tree.school),
        ("exam_officer", tree.city),
        ("auditor", tree.city),
    ):
        with pytest.raises(NotYourOffice):
            act(teacher.user, people.officer(office, unit), at)
    assert User.objects.filter(pk=teacher.user_id, is_active=True, session_epoch=0).exists()


def test_close_and_reopen_refuse_what_is_so_already_and_no_reason(teacher, officer, at):
    with pytest.raises(closing.NotClosed):
        reopen(teacher.user, officer, at)
    with pytest.raises(keeping.ReasonMissing):
        close(teacher.user, officer, at, reason=" ")
    close(teacher.user, officer, at)
    with pytest.raises(closing.AlreadyClosed):
        close(teacher.user, officer, at)
    with pytest.raises(keeping.ReasonMissing):
        reopen(teacher.user, officer, at, reason="")


def test_reopen_refuses_the_account_of_a_record_that_was_merged(tree, teacher, officer, at):
    close(teacher.user, officer, at)
    teacher.merged_into = people.teacher("林知薇", school=tree.school)
    teacher.save()
    for by in (officer, None):
        with pytest.raises(keeping.RecordMerged):
            reopen(teacher.user, by, at)
