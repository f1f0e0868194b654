"""From a slip to a signed-in teacher: codes are given by office, used once, and cannot be guessed."""

import datetime as dt

import pytest

from lms.journal.models import Line
from lms.people import activating, codes
from lms.people.access import NotYourOffice
from lms.people.models import ActivationCode, Appointment, User
from tests.factories import people

OFFICE = Appointment.Office
PASSWORD = "a long and quiet river"
DAY = dt.timedelta(days=1)


@pytest.fixture
def teacher(tree):
    return people.teacher("林知微", school=tree.school)


@pytest.fixture
def code(teacher, at):
    return activating.issue_code(user=teacher.user, by=None, at=at)


def activate(teacher, code, at, **more):
    given = {"code": code, "id_last_four": teacher.id_number[-4:], "password": PASSWORD, "at": at}
    return activating.activate(**{**given, **more})


def test_activate_sets_the_password_uses_the_code_and_writes_a_line(teacher, code, at):
    user = activate(teacher, code, at)
    user = User.objects.get(pk=user.pk)
    assert user == teacher.user
    assert user.check_password(PASSWORD)
    assert user.activated_at == at
    assert ActivationCode.objects.get().used_at == at
    assert Line.objects.get(act="people.account_activated").actor == user


def test_activate_accepts_a_code_and_digits_however_they_are_typed(teacher, code, at):
    typed = f" {code.lower().replace('-', ' ')} "
    assert activate(teacher, typed, at, id_last_four=f" {teacher.id_number[-4:].lower()} ")


def test_activate_refuses_with_one_sentence_whatever_is_wrong(teacher, code, at):
    activate(teacher, code, at)
    other = people.teacher("何远", school=teacher.school_on(at.date()))
    late = activating.issue_code(user=other.user, by=None, at=at)
    sentences = set()
    for wrong in (
        lambda: activate(teacher, code, at),  # used
        lambda: activate(other, late, at + activating.VALID_FOR),  # late
        lambda: activate(other, "ABCDE-FGHJK", at),  # unknown
        lambda: activate(other, late, at, id_last_four="0000"),
        lambda: activate(other, late, at, id_last_four="学校"),
        lambda: activate(other, late, at, id_last_four=""),
        lambda: activate(other, "", at),
    ):
        with pytest.raises(activating.CodeNotAccepted) as refused:
            wrong()
        sentences.add(str(refused.value))
    assert len(sentences) == 1
    assert activate(other, late, at + activating.VALID_FOR - dt.timedelta(seconds=1))


def test_activate_refuses_when_the_account_is_closed(teacher, code, at):
    teacher.user.is_active = False
    teacher.user.save()
    with pytest.raises(activating.CodeNotAccepted):
        activate(teacher, code, at)


def test_activate_refuses_a_weak_password_and_keeps_the_code(teacher, code, at):
    for weak in ("short", "1234567890123", "password123", ""):
        with pytest.raises(activating.WeakPassword) as refused:
            activate(teacher, code, at, password=weak)
        assert str(refused.value)
    assert activate(teacher, code, at)


def test_activate_refuses_after_eight_wrong_tries_with_a_code_and_again_later_accepts_it(teacher, code, at):
    for n in range(8):
        with pytest.raises(activating.CodeNotAccepted):
            activate(teacher, code, at, id_last_four="0000", address=f"10.0.0.{n}")
    with pytest.raises(activating.TooManyTries):
        activate(teacher, code, at, address="10.0.0.99")
    assert activate(teacher, code, at + dt.timedelta(minutes=5), address="10.0.0.99")


def test_activate_refuses_after_sixty_wrong_tries_from_an_address_and_nobody_elsewhere(teacher, code, at):
    for n in range(60):
        with pytest.raises(activating.CodeNotAccepted):
            activate(teacher, f"WRONG{n}", at, address="10.0.0.1")
    with pytest.raises(activating.TooManyTries):
        activate(teacher, code, at, address="10.0.0.1")
    assert activate(teacher, code, at, address="10.0.0.2")


def test_activate_does_not_count_those_who_come_in_from_one_address(tree, at):
    room = [people.teacher(f"考生{n}", school=tree.school) for n in range(70)]
    codes = activating.issue_codes(users=[each.user for each in room], by=None, at=at)
    for each in room:
        assert activate(each, codes[each.user_id], at, address="10.0.0.1")


def test_issue_code_keeps_only_a_hash_and_ends_older_codes(teacher, code, at):
    newer = activating.issue_code(user=teacher.user, by=None, at=at + DAY)
    assert newer != code
    stored = str(list(ActivationCode.objects.values()))
    assert newer not in stored
    assert newer.replace("-", "") not in stored
    with pytest.raises(activating.CodeNotAccepted):
        activate(teacher, code, at + DAY)
    assert activate(teacher, newer, at + DAY)


def test_issue_code_uses_no_character_that_looks_like_another(teacher, at):
    made = [activating.issue_code(user=teacher.user, by=None, at=at) for _each in range(50)]
    assert set("".join(made)) <= set(codes.ALPHABET + "-")
    assert not set(codes.ALPHABET) & set("01OIL")
    assert {len(code) for code in made} == {11}


def test_issue_codes_needs_an_office_that_covers_the_present_school(tree, teacher, at):
    for office, unit in ((OFFICE.EXAM_OFFICER, tree.city), (OFFICE.BUREAU_OFFICER, tree.school)):
        officer = people.officer(office, unit)
        assert activating.issue_codes(users=[teacher.user], by=officer, at=at).keys() == {teacher.user_id}
    before = ActivationCode.objects.count()
    for office, unit in ((OFFICE.BUREAU_OFFICER, tree.neighbour), (OFFICE.AUDITOR, tree.province)):
        with pytest.raises(NotYourOffice):
            activating.issue_codes(users=[teacher.user], by=people.officer(office, unit), at=at)
    with pytest.raises(NotYourOffice):
        activating.issue_codes(users=[teacher.user], by=teacher.user, at=at)
    assert ActivationCode.objects.count() == before


def test_issue_codes_refuses_when_the_teacher_has_left_the_school(tree, teacher, at):
    teacher.postings.update(until_on=at.date() - DAY)
    with pytest.raises(NotYourOffice):
        activating.issue_code(user=teacher.user, by=people.officer(OFFICE.BUREAU_OFFICER, tree.county), at=at)


def test_issue_codes_refuses_someone_without_record_and_someone_already_in(teacher, code, at):
    with pytest.raises(activating.NoRecord):
        activating.issue_code(user=people.user("无档"), by=None, at=at)
    activate(teacher, code, at)
    with pytest.raises(activating.AlreadyActivated):
        activating.issue_code(user=teacher.user, by=None, at=at)


def test_issue_codes_writes_one_line_without_any_code(tree, at):
    users = [people.teacher(f"考生{n}", school=tree.school).user for n in range(3)]
    codes = activating.issue_codes(users=users, by=people.officer(OFFICE.BUREAU_OFFICER, tree.county), at=at)
    line = Line.objects.get(act="people.codes_issued")
    assert line.facts["count"] == 3
    assert not any(code in str(line.facts) for code in codes.values())


# Codes that are sent


def test_send_codes_leaves_no_code_behind_and_ends_older_ones_at_once(teacher, code, at):
    User.objects.filter(pk=teacher.user_id).update(phone="13987600001")
    (row,) = activating.send_codes(users=[teacher.user], by=None, at=at + DAY)
    assert row.code_hash is None
    with pytest.raises(activating.CodeNotAccepted):
        activate(teacher, code, at + DAY)
    assert Line.objects.get(act="people.codes_sent").facts == {"count": 1, "users": [teacher.user_id]}


def test_send_codes_refuses_who_has_no_telephone_on_record(tree, teacher, at):
    with_phone = people.teacher("何远", school=tree.school)
    User.objects.filter(pk=with_phone.user_id).update(phone="13987600001")
    with pytest.raises(activating.NoPhone) as refused:
        activating.send_codes(users=[with_phone.user, teacher.user], by=None, at=at)
    assert "林知微" in str(refused.value)
    assert not ActivationCode.objects.exists()


def test_send_codes_refuses_where_no_short_message_can_be_sent(teacher, at, settings):
    settings.SMS_BACKEND = ""
    with pytest.raises(activating.NoTexts):
        activating.send_codes(users=[teacher.user], by=None, at=at)


def test_send_codes_needs_the_same_office_as_a_slip(tree, teacher, at):
    User.objects.filter(pk=teacher.user_id).update(phone="13987600001")
    assert activating.send_codes(users=[teacher.user], by=people.officer(OFFICE.SCHOOL_OFFICER, tree.school), at=at)
    with pytest.raises(NotYourOffice):
        activating.send_codes(users=[teacher.user], by=people.officer(OFFICE.BUREAU_OFFICER, tree.neighbour), at=at)
