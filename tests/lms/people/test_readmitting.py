"""Back into an account: a new slip for a lost password, and a second factor taken away for a lost device."""

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from lms.inbox import rendering
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people import activating, keeping, overseeing, readmitting, sending
from lms.people.access import NotYourOffice
from lms.people.models import ActivationCode, Appointment, User
from tests.factories import people

OFFICE = Appointment.Office
PASSWORD, NEW = "a long and quiet river", "another calm evening"
DAY = dt.timedelta(days=1)


@pytest.fixture
def teacher(tree, at):
    found = people.teacher("林知微", school=tree.school)
    activating.give_password(user=found.user, password=PASSWORD, at=at - 300 * DAY)
    return found


@pytest.fixture
def officer(tree):
    return people.officer(OFFICE.BUREAU_OFFICER, tree.county, "沈县")


@pytest.fixture
def school_officer(tree):
    return people.officer(OFFICE.SCHOOL_OFFICER, tree.school, "校管")


def issue(teacher, by, at, *, in_wrong_hands=False):
    return readmitting.issue_slip(user=teacher.user, in_wrong_hands=in_wrong_hands, by=by, at=at)


def use(teacher, code, at):
    return activating.activate(code=code, id_last_four=teacher.id_number[-4:], password=NEW, at=at)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def is_in(client):
    return client.get("/inbox/").status_code == 200


def factor(user, kind="totp"):
    return Authenticator.objects.create(user=user, type=kind, data={"secret": "x"})


def test_issue_slip_leaves_the_old_password_until_the_slip_is_used(teacher, school_officer, at):
    before = signed_in(teacher.user)
    code = issue(teacher, school_officer, at)
    user = User.objects.get(pk=teacher.user_id)
    assert user.check_password(PASSWORD)
    assert is_in(before)
    assert code not in str(list(ActivationCode.objects.values()))
    came = use(teacher, code, at + DAY)
    user.refresh_from_db()
    assert came == user
    assert (user.check_password(NEW), user.check_password(PASSWORD)) == (True, False)
    assert user.activated_at == at - 300 * DAY
    assert not is_in(before)


def test_issue_slip_and_its_use_are_journalled_and_told_to_the_teacher(teacher, school_officer, at):
    code = issue(teacher, school_officer, at)
    line = Line.objects.get(act="people.slip_reissued")
    assert (line.actor, line.subject_id, line.facts) == (
        school_officer,
        str(teacher.user_id),
        {"in_wrong_hands": False},
    )
    told = rendering.words(Message.objects.get(recipient=teacher.user))
    assert "校管" in told.body
    use(teacher, code, at + DAY)
    assert Line.objects.get(act="people.slip_used").actor == teacher.user
    assert not Line.objects.filter(act="people.account_activated").exists()
    assert Message.objects.filter(recipient=teacher.user, kind="people.slip_used").count() == 1
    assert not any(code in str(each.facts) for each in Message.objects.all())


def test_issue_slip_ends_everything_at_once_where_the_account_may_be_in_wrong_hands(teacher, officer, at):
    user = teacher.user
    user.email, user.phone, user.phone_confirmed_at = "thief@e.example", "13987600001", at
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True)
    factor(user)
    thief = signed_in(user)
    code = issue(teacher, officer, at, in_wrong_hands=True)
    user = User.objects.get(pk=user.pk)
    assert not user.has_usable_password()
    assert not is_in(thief)
    assert (user.email, user.phone, user.phone_confirmed_at) == ("", "13987600001", None)
    assert not EmailAddress.objects.exists()
    assert not Authenticator.objects.exists()
    assert "停用" in rendering.words(Message.objects.get(kind="people.slip_reissued")).body
    assert use(teacher, code, at).check_password(NEW)


def test_issue_slip_ends_the_slip_before_it(teacher, officer, at):
    first, second = issue(teacher, officer, at), issue(teacher, officer, at)
    with pytest.raises(activating.CodeNotAccepted):
        use(teacher, first, at)
    assert use(teacher, second, at)
    with pytest.raises(activating.CodeNotAccepted):
        use(teacher, second, at)


def test_issue_slip_needs_the_identity_number_and_has_its_time(teacher, officer, at):
    code = issue(teacher, officer, at)
    with pytest.raises(activating.CodeNotAccepted):
        activating.activate(code=code, id_last_four="0000", password=NEW, at=at)
    with pytest.raises(activating.CodeNotAccepted):
        use(teacher, code, at + activating.VALID_FOR)
    with pytest.raises(activating.WeakPassword):
        activating.activate(code=code, id_last_four=teacher.id_number[-4:], password="short", at=at)
    assert User.objects.get(pk=teacher.user_id).check_password(PASSWORD)


def test_issue_slip_refuses_an_account_that_was_never_activated_or_is_closed(tree, teacher, officer, at):
    newcomer = people.teacher("何远", school=tree.school)
    with pytest.raises(readmitting.NotActivated):
        issue(newcomer, officer, at)
    User.objects.filter(pk=teacher.user_id).update(is_active=False)
    with pytest.raises(overseeing.AccountClosed):
        issue(teacher, officer, at)
    assert not ActivationCode.objects.exists()


def test_issue_slip_refuses_who_has_no_record(tree, at):
    clerk = people.officer(OFFICE.CLERK, tree.county, "考务")
    with pytest.raises(activating.NoRecord):
        readmitting.issue_slip(
            user=clerk, in_wrong_hands=False, by=people.officer(OFFICE.BUREAU_OFFICER, tree.city), at=at
        )


def test_issue_slip_refuses_a_record_that_was_merged(tree, teacher, officer, at):
    other = people.teacher("林知薇", school=tree.school)
    teacher.merged_into = other
    teacher.save()
    with pytest.raises(keeping.RecordMerged):
        issue(teacher, None, at)


def test_issue_slip_refuses_oneself_strangers_and_who_does_not_stand_above(tree, teacher, school_officer, at):
    with pytest.raises(overseeing.NotForOneself):
        issue(teacher, teacher.user, at)
    for office, unit in (("school_officer", tree.other_school), ("auditor", tree.city), ("exam_officer", tree.county)):
        with pytest.raises(NotYourOffice):
            issue(teacher, people.officer(office, unit), at)
    people.appointment(teacher.user, OFFICE.SCHOOL_OFFICER, tree.school)
    with pytest.raises(overseeing.AnswersElsewhere):
        issue(teacher, school_officer, at)
    assert not ActivationCode.objects.exists()
    assert issue(teacher, people.officer(OFFICE.BUREAU_OFFICER, tree.county), at)


def test_an_ordinary_code_does_not_open_an_account_that_was_activated_meanwhile(tree, at):
    newcomer = people.teacher("何远", school=tree.school)
    code = activating.issue_code(user=newcomer.user, by=None, at=at)
    activating.give_password(user=newcomer.user, password=PASSWORD, at=at)
    with pytest.raises(activating.CodeNotAccepted):
        use(newcomer, code, at)


def test_a_new_slip_is_never_sent_by_the_clock_as_an_activation(teacher, officer, at):
    issue(teacher, officer, at)
    assert sending.waiting(at + dt.timedelta(minutes=5)) == ([], [])


# The second factor


@pytest.fixture
def colleague(tree):
    """An officer of the county who is no teacher; the city's bureau stands above her."""
    return people.officer(OFFICE.CLERK, tree.county, "考务", password=PASSWORD)


@pytest.fixture
def above(tree):
    return people.officer(OFFICE.BUREAU_OFFICER, tree.city, "程市")


def reset(user, by, at, reason="手机遗失"):
    readmitting.reset_second_factor(user=user, reason=reason, by=by, at=at)


def test_reset_takes_every_way_away_ends_the_sessions_and_tells_her(colleague, above, at):
    for kind in ("totp", "webauthn", "recovery_codes"):
        factor(colleague, kind)
    before = signed_in(colleague)
    reset(colleague, above, at)
    assert not Authenticator.objects.exists()
    assert not is_in(before)
    line = Line.objects.get(act="people.second_factor_reset")
    assert (line.actor, line.reason) == (above, "手机遗失")
    assert line.facts == {"kinds": ["recovery_codes", "totp", "webauthn"]}
    assert "手机遗失" in rendering.words(Message.objects.get(recipient=colleague)).body


def test_reset_leads_her_to_set_up_a_new_one_when_she_signs_in(colleague, above, at):
    factor(colleague)
    reset(colleague, above, at)
    client = Client()
    client.post(reverse("account_login"), {"login": colleague.username, "password": PASSWORD})
    assert client.get("/home/")["Location"] == reverse("mfa_index")


def test_reset_takes_nothing_from_anybody_else(tree, colleague, above, at):
    other = people.officer(OFFICE.CLERK, tree.county)
    kept = factor(other)
    factor(colleague)
    reset(colleague, above, at)
    assert list(Authenticator.objects.all()) == [kept]


def test_reset_refuses_oneself_equals_strangers_and_other_offices(tree, colleague, at):
    factor(colleague)
    with pytest.raises(overseeing.NotForOneself):
        reset(colleague, colleague, at)
    with pytest.raises(overseeing.AnswersElsewhere):
        reset(colleague, people.officer(OFFICE.BUREAU_OFFICER, tree.county), at)
    for office, unit in (("bureau_officer", tree.neighbour), ("exam_officer", tree.city), ("auditor", tree.city)):
        with pytest.raises(NotYourOffice):
            reset(colleague, people.officer(office, unit), at)
    assert Authenticator.objects.count() == 1


def test_reset_refuses_without_a_reason_and_where_there_is_nothing(colleague, above, at):
    with pytest.raises(readmitting.NoFactor):
        reset(colleague, above, at)
    factor(colleague)
    with pytest.raises(keeping.ReasonMissing):
        reset(colleague, above, at, reason=" ")
    assert Authenticator.objects.count() == 1
