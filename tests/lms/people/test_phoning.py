"""A telephone becomes one's own by digits that were sent to it, and sets a new password; nobody learns whose it is."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people import activating, phones, phoning, sending, signing
from lms.people.attempts import TooManyTries
from lms.people.models import PhoneCode, User
from tests.factories import people, texts

PHONE, OTHER = "13987600001", "13987600002"
PASSWORD, NEW = "a long and quiet river", "another long river 7"
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def user(db):
    texts.SENT.clear()
    return people.user("林知微", password=PASSWORD, phone=PHONE)


def ask(user, at, phone=PHONE, password="", **more):
    return phoning.ask(user=user, phone=phone, password=password, at=at, **more)


def digits(user, at, phone=PHONE, password=PASSWORD):
    """What was sent to a telephone that the account asks for."""
    sending.send_confirmation(ask(user, at, phone, password).pk, at=at)
    return texts.last_code()


def confirmed(user, at, phone=PHONE):
    User.objects.filter(pk=user.pk).update(phone=phone, phone_confirmed_at=at)
    user.refresh_from_db()
    return user


def test_confirm_makes_the_number_her_own_and_writes_a_line_without_it(user, at):
    code = digits(user, at)
    phoning.confirm(user=user, code=f" {code[:3]} {code[3:]} ", at=at + MINUTE)
    user.refresh_from_db()
    assert (user.phone, user.phone_confirmed_at) == (PHONE, at + MINUTE)
    line = Line.objects.get(act="people.phone_confirmed")
    assert (line.actor, line.facts) == (user, {"another": False})
    assert PHONE not in str(Line.objects.values())
    assert not Message.objects.exists()


def test_ask_needs_no_password_for_the_number_on_record_and_the_right_one_for_another(user, at):
    assert ask(user, at, "139 8760 0001").phone == PHONE
    for wrong in ("", "wrong"):
        with pytest.raises(phoning.WrongPassword):
            ask(user, at, OTHER, wrong)
    assert ask(user, at, OTHER, PASSWORD).phone == OTHER
    assert User.objects.get(pk=user.pk).phone == PHONE  # until the digits are typed


def test_ask_counts_wrong_passwords(user, at):
    for _each in range(5):
        with pytest.raises(signing.WrongPassword):
            ask(user, at, OTHER, "wrong")
    with pytest.raises(TooManyTries):
        ask(user, at, OTHER, PASSWORD)


@pytest.mark.parametrize("number", ["", "12345", "23987600001", "1398760000X", "139876000011", "\x00"])
def test_ask_refuses_what_is_no_mobile_phone(user, at, number):
    with pytest.raises(phones.BadPhone):
        ask(user, at, number, PASSWORD)


def test_ask_refuses_the_number_that_is_confirmed_already(user, at):
    confirmed(user, at)
    with pytest.raises(phoning.ConfirmedAlready):
        ask(user, at, PHONE, PASSWORD)


def test_ask_refuses_where_no_short_message_can_be_sent(user, at, settings):
    settings.SMS_BACKEND = ""
    for act in (lambda: ask(user, at), lambda: phoning.ask_reset(phone=PHONE, at=at)):
        with pytest.raises(phoning.NoTexts):
            act()


def test_ask_sends_five_codes_an_hour_to_an_account_and_to_a_number(user, at):
    for _each in range(5):
        ask(user, at)
    with pytest.raises(phoning.TooManyCodes):
        ask(user, at, OTHER, PASSWORD)
    stranger = people.user("何远", password=PASSWORD)
    with pytest.raises(phoning.TooManyCodes):
        ask(stranger, at, PHONE, PASSWORD)
    with pytest.raises(phoning.TooManyCodes):
        phoning.ask_reset(phone=PHONE, at=at)
    assert ask(user, at + 61 * MINUTE)


def test_confirm_takes_the_newest_digits_only_once_and_for_ten_minutes(user, at):
    old = digits(user, at)
    new = digits(user, at + MINUTE)
    refusals = [
        ("", at + MINUTE),
        ("000000" if new != "000000" else "111111", at + MINUTE),
        (new, at + 11 * MINUTE),
    ]
    if old != new:
        refusals.append((old, at + MINUTE))
    for code, moment in refusals:
        with pytest.raises(phoning.DigitsNotAccepted):
            phoning.confirm(user=user, code=code, at=moment)
    phoning.confirm(user=user, code=new, at=at + 2 * MINUTE)
    with pytest.raises(phoning.DigitsNotAccepted):
        phoning.confirm(user=user, code=new, at=at + 2 * MINUTE)


def test_confirm_refuses_before_the_digits_were_sent(user, at):
    ask(user, at)
    with pytest.raises(phoning.DigitsNotAccepted):
        phoning.confirm(user=user, code="", at=at)


def test_confirm_refuses_anothers_digits(user, at):
    code = digits(user, at)
    stranger = people.user("何远", password=PASSWORD)
    digits(stranger, at, OTHER)
    if texts.last_code() != code:
        with pytest.raises(phoning.DigitsNotAccepted):
            phoning.confirm(user=stranger, code=code, at=at)


def test_confirm_takes_five_wrong_tries_and_then_not_even_the_right_digits(user, at):
    code = digits(user, at)
    wrong = "000000" if code != "000000" else "111111"
    for _each in range(5):
        with pytest.raises(phoning.DigitsNotAccepted):
            phoning.confirm(user=user, code=wrong, at=at)
    with pytest.raises(TooManyTries):
        phoning.confirm(user=user, code=code, at=at)


def test_confirm_refuses_a_number_that_is_anothers_without_saying_whose(user, at):
    confirmed(people.user("欧阳静修"), at)
    code = digits(user, at)
    with pytest.raises(phoning.PhoneTaken) as refused:
        phoning.confirm(user=user, code=code, at=at)
    assert "欧阳" not in str(refused.value)
    user.refresh_from_db()
    assert user.phone_confirmed_at is None
    assert not Line.objects.filter(act="people.phone_confirmed").exists()


def test_a_number_on_two_records_may_be_confirmed_by_one(user, at):
    people.user("同号", phone=PHONE)
    assert phoning.confirm(user=user, code=digits(user, at), at=at)


def test_confirm_tells_her_when_another_number_takes_the_place_of_a_confirmed_one(user, at):
    confirmed(user, at)
    with pytest.raises(phoning.WrongPassword):
        ask(user, at, OTHER)
    phoning.confirm(user=user, code=digits(user, at, OTHER), at=at)
    user.refresh_from_db()
    assert user.phone == OTHER
    assert Message.objects.get().kind == "people.phone_changed"


# A new password


def reset_code(user, at):
    user_id, name = phoning.ask_reset(phone=PHONE, at=at)
    sending.send_reset(user_id, at=at)
    return {"user_id": user_id, "counted_as": name, "code": texts.last_code()}


def reset(at, password=NEW, **given):
    return phoning.reset(password=password, at=at, **given)


def test_reset_sets_the_password_ends_the_sessions_and_tells_her(client, user, at):
    confirmed(user, at)
    client.force_login(user)
    reset(at, **reset_code(user, at))
    assert User.objects.get(pk=user.pk).check_password(NEW)
    assert client.get("/home/").status_code == 302
    assert Line.objects.get(act="people.password_reset").actor == user
    assert Message.objects.get().kind == "people.password_reset"


def test_ask_reset_does_the_same_for_an_unknown_number(user, at):
    confirmed(user, at)
    costs = {}
    for phone in (PHONE, OTHER):
        with CaptureQueriesContext(connection) as asked:
            user_id, name = phoning.ask_reset(phone=phone, at=at)
        costs[phone] = len(asked)
        assert (user_id == user.pk) == (phone == PHONE)
        assert len(name) == 64
    assert costs[PHONE] == costs[OTHER]
    assert not PhoneCode.objects.exists()  # made when it is sent


def test_ask_reset_finds_nobody_by_a_number_not_confirmed_or_of_a_closed_account(user, at):
    assert phoning.ask_reset(phone=PHONE, at=at)[0] == 0
    confirmed(user, at)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert phoning.ask_reset(phone=PHONE, at=at)[0] == 0


def test_reset_refuses_with_one_sentence_whatever_is_wrong(user, at):
    confirmed(user, at)
    given = reset_code(user, at)
    wrong = "000000" if given["code"] != "000000" else "111111"
    said = set()
    for other, moment in (({"code": wrong}, at), ({"user_id": 0}, at), ({}, at + 11 * MINUTE), ({"code": ""}, at)):
        with pytest.raises(phoning.DigitsNotAccepted) as refused:
            reset(moment, **{**given, **other})
        said.add(str(refused.value))
    assert len(said) == 1
    reset(at, **given)
    with pytest.raises(phoning.DigitsNotAccepted):
        reset(at, **given)


def test_reset_counts_wrong_tries_alike_for_a_known_and_an_unknown_number(user, at):
    confirmed(user, at)
    known = reset_code(user, at)
    unknown = dict(zip(("user_id", "counted_as"), phoning.ask_reset(phone=OTHER, at=at), strict=True))
    for given in (known, unknown):
        for _each in range(5):
            with pytest.raises(phoning.DigitsNotAccepted):
                reset(at, **{**given, "code": ""})
        with pytest.raises(TooManyTries):
            reset(at, **{**given, "code": known["code"]})


def test_reset_refuses_a_weak_password_and_keeps_the_digits(user, at):
    confirmed(user, at)
    given = reset_code(user, at)
    with pytest.raises(activating.WeakPassword):
        reset(at, "short", **given)
    assert reset(at, **given)


def test_reset_refuses_when_the_number_has_changed_meanwhile(user, at):
    confirmed(user, at)
    given = reset_code(user, at)
    User.objects.filter(pk=user.pk).update(phone=OTHER)
    with pytest.raises(phoning.DigitsNotAccepted):
        reset(at, **given)


def test_digits_for_one_purpose_are_none_for_the_other(user, at):
    confirmed(user, at)
    given = reset_code(user, at)
    with pytest.raises(phoning.DigitsNotAccepted):
        phoning.confirm(user=user, code=given["code"], at=at)
    later = at + MINUTE
    row = PhoneCode.objects.create(user=user, phone=PHONE, sent_at=later, expires_at=later + 10 * MINUTE)
    sending.send_confirmation(row.pk, at=later)
    with pytest.raises(phoning.DigitsNotAccepted):
        reset(later, **{**given, "code": texts.last_code()})
