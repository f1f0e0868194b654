"""Identity numbers: their normal form, and every way of being wrong."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.people import identity

GOOD = "990608198503120019"


def bodies():
    """Seventeen digits with a real date of birth."""
    days = st.dates(dt.date(1900, 1, 1), dt.date(2099, 12, 31))
    area, order = st.integers(100000, 999999), st.integers(0, 999)
    return st.builds(lambda a, day, n: f"{a}{day:%Y%m%d}{n:03d}", area, days, order)


@given(bodies())
def test_check_accepts_a_number_completed_by_its_check_character(body):
    number = identity.with_check_character(body)
    assert identity.check(number) == number


@given(bodies(), st.integers(0, 16), st.integers(1, 9))
def test_check_refuses_when_any_one_digit_is_wrong(body, place, shift):
    number = identity.with_check_character(body)
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    with pytest.raises(identity.BadIdNumber):
        identity.check(wrong)


@given(bodies(), st.integers(0, 15))
def test_check_refuses_when_two_neighbours_are_exchanged(body, place):
    number = identity.with_check_character(body)
    wrong = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if wrong != number:
        with pytest.raises(identity.BadIdNumber):
            identity.check(wrong)


@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("11010519491231002X", "11010519491231002X"),  # the standard's own example
        ("11010519491231002x", "11010519491231002X"),
        (" 110105 19491231 002Ｘ ", "11010519491231002X"),
        ("１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
        ("110105\u00a019491231\u200b002X\n", "11010519491231002X"),
    ],
)
def test_normalise_gives_one_form_however_it_was_typed(number, right):
    assert identity.check(number) == right


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("", identity.WrongLength),
        ("110105491231002", identity.WrongLength),
        ("11010519491231002X1", identity.WrongLength),
        ("4.40608E+17", identity.WrittenAsNumber),
        ("4.40608e17", identity.WrittenAsNumber),
        ("1101051949123100XX", identity.WrongCharacters),
        ("11010519491231００2号", identity.WrongCharacters),
        ("110105194912310021", identity.WrongChecksum),
        ("990608198503120000", identity.CutBySpreadsheet),
        (identity.with_check_character("99060819850230001"), identity.WrongBirthDate),
        (identity.with_check_character("99060818991231001"), identity.WrongBirthDate),
        (identity.with_check_character("99060819851301001"), identity.WrongBirthDate),
    ],
)
def test_check_refuses_with_its_kind(number, kind):
    with pytest.raises(identity.BadIdNumber) as refused:
        identity.check(number)
    assert type(refused.value) is kind
    assert refused.value.field == "id_number"


def test_check_says_how_long_the_number_is_when_the_length_is_wrong():
    with pytest.raises(identity.WrongLength) as refused:
        identity.check("1" * 15)
    assert "15" in str(refused.value)


def test_check_accepts_an_honest_end_in_nought():
    number = next(
        made
        for order in range(1000)
        if (made := identity.with_check_character(f"99060819850312{order:03d}")).endswith("00")
    )
    assert identity.check(number) == number
