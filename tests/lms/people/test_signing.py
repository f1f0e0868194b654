"""Signing asks for the password again, and cannot be used to guess it."""

import datetime as dt

import pytest

from lms.people import signing
from tests.factories import people

PASSWORD = "a long and quiet river"


def test_confirm_goes_on_with_the_right_password(db, at):
    signing.confirm(people.user("甲", password=PASSWORD), PASSWORD, at)


def test_confirm_refuses_a_wrong_password_and_an_account_without_one(db, at):
    for user in (people.user("甲", password=PASSWORD), people.user("乙")):
        with pytest.raises(signing.WrongPassword) as refused:
            signing.confirm(user, "wrong", at)
        assert refused.value.field == "password"


def test_confirm_refuses_even_the_right_password_after_five_wrong_ones(db, at):
    user, other = people.user("甲", password=PASSWORD), people.user("乙", password=PASSWORD)
    for _each in range(5):
        with pytest.raises(signing.WrongPassword):
            signing.confirm(user, "wrong", at)
    with pytest.raises(signing.TooManyTries):
        signing.confirm(user, PASSWORD, at)
    signing.confirm(other, PASSWORD, at)
    signing.confirm(user, PASSWORD, at + dt.timedelta(minutes=5))
