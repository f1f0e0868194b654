"""Certificate numbers: composed and read back, and no slip of the pen turns one into another."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs import numbers

CHARACTERS = numbers.CHARACTERS
parts = st.fixed_dictionaries(
    {
        "authority": st.text(CHARACTERS, min_size=6, max_size=6),
        "mark": st.text(CHARACTERS, min_size=2, max_size=8),
        "year": st.integers(1990, 2199),
        "serial": st.integers(1, numbers.LAST_SERIAL),
    }
)


def places(number):
    return [index for index, each in enumerate(number) if each != "-"]


def swapped(number, one, other):
    letters = list(number)
    letters[one], letters[other] = letters[other], letters[one]
    return "".join(letters)


@given(parts)
def test_compose_makes_a_number_that_reads_back(given_parts):
    number = numbers.compose(**given_parts)
    assert re.fullmatch(r"[0-9A-Z]{6}-[0-9A-Z]{2,8}-\d{4}-\d{6}-[0-9A-Z]", number)
    assert numbers.parse(number) == numbers.Number(**given_parts)
    assert numbers.serial_of(number) == given_parts["serial"]
    assert numbers.check(number)


@given(parts)
def test_check_finds_every_single_wrong_character(given_parts):
    number = numbers.compose(**given_parts)
    for index in places(number):
        for other in CHARACTERS.replace(number[index], ""):
            assert not numbers.check(number[:index] + other + number[index + 1 :])


@given(parts)
def test_check_finds_every_swap_of_neighbours_and_across_one(given_parts):
    number = numbers.compose(**given_parts)
    where = places(number)
    for pairs in (itertools.pairwise(where), zip(where, where[2:], strict=False)):
        for one, other in pairs:
            if number[one] != number[other]:
                assert not numbers.check(swapped(number, one, other))


@given(parts, st.sampled_from(CHARACTERS), st.sampled_from(CHARACTERS))
def test_check_finds_every_doubled_character_taken_for_another(given_parts, heard, meant):
    number = numbers.compose(**{**given_parts, "authority": given_parts["authority"][:4] + meant * 2})
    if heard != meant:
        assert not numbers.check(number[:4] + heard * 2 + number[6:])


@given(parts)
def test_check_finds_every_left_out_and_added_character(given_parts):
    number = numbers.compose(**given_parts)
    for index in places(number)[-9:]:
        assert not numbers.check(number[:index] + number[index + 1 :])
        assert not numbers.check(number[:index] + "7" + number[index:])


def test_the_elements_of_the_check_form_a_group():
    everything = range(36)
    for one, other in itertools.product(everything, everything):
        assert numbers._sum(one, other) == numbers._sum(other, one)
        assert numbers._times(numbers._sum(one, other)) == numbers._sum(numbers._times(one), numbers._times(other))
    assert all(numbers._sum(one, numbers._negative(one)) == 0 for one in everything)
    assert {numbers._times(one) for one in everything} == set(everything)


@pytest.mark.parametrize(
    ("text", "serial"),
    [
        ("990608-mb-2024-000217-X", 217),
        (" 990608-MB-2024-000217-x\n", 217),
        ("990608 - MB - 2024 - 000217 - X", 217),
        ("９９０６０８－ＭＢ－２０２４－０００２１７－Ｘ", 217),
        ("990608—mb–2024‐000217−x", 217),
    ],
)
def test_parse_reads_a_number_however_it_is_typed(text, serial):
    assert numbers.parse(text).serial == serial


@pytest.mark.parametrize(
    "text",
    ["", "990608", "990608MB2024000217X", "990608-MB-2024-217-X", "990608-MB-2024-000217-Y", "٩٩٠٦٠٨-MB-2024-000217-X"],
)
def test_parse_refuses_what_is_no_number(text):
    with pytest.raises(numbers.NotANumberError):
        numbers.parse(text)
    assert not numbers.check(text)


@pytest.mark.parametrize(
    "wrong",
    [{"serial": 0}, {"serial": 1_000_000}, {"authority": "99060"}, {"mark": "b"}, {"mark": "X" * 9}, {"year": 20240}],
)
def test_compose_refuses_parts_that_do_not_fit(wrong):
    with pytest.raises(numbers.NotANumberError):
        numbers.compose(**{"authority": "990608", "mark": "MB", "year": 2024, "serial": 1, **wrong})


def test_area_is_the_first_six_characters_of_a_code():
    assert numbers.area("9906080001") == "990608"
    assert numbers.area("d1-990608") == "D19906"
    with pytest.raises(numbers.NotANumberError):
        numbers.area("99")
