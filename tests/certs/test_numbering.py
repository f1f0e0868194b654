"""Numbers are taken in order, none twice, none left out, and only inside a transaction."""

import pytest
from django.db import transaction

from certs import numbering, numbers
from certs.models import NumberSeries
from tests.factories import certs


@pytest.fixture
def level(tree):
    return certs.level(tree.county)


def serials(taken):
    return [numbers.serial_of(each) for each in taken]


def test_take_gives_the_next_numbers_in_order(level):
    assert serials(numbering.take(level=level, year=2024, count=3)) == [1, 2, 3]
    taken = numbering.take(level=level, year=2024, count=2)
    assert [each[:-2] for each in taken] == ["990608-MB-2024-000004", "990608-MB-2024-000005"]
    assert all(numbers.check(each) for each in taken)


def test_take_counts_each_year_and_level_by_itself(level, tree):
    other = certs.level(tree.county, code="C", rank=1, name="C证")
    numbering.take(level=level, year=2024, count=5)
    assert serials(numbering.take(level=level, year=2025, count=1)) == [1]
    assert serials(numbering.take(level=other, year=2024, count=1)) == [1]


def test_take_gives_the_same_numbers_again_when_the_act_failed(level):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        numbering.take(level=level, year=2024, count=7)
        1 / 0  # noqa: B018
    assert serials(numbering.take(level=level, year=2024, count=1)) == [1]


def test_take_is_refused_when_the_year_has_too_few_numbers_left(level):
    NumberSeries.objects.create(level=level, year=2024, last=numbers.LAST_SERIAL - 2)
    with pytest.raises(numbering.SeriesExhausted, match="可编号2本"):
        numbering.take(level=level, year=2024, count=3)
    assert serials(numbering.take(level=level, year=2024, count=2)) == [999_998, 999_999]


@pytest.mark.django_db(transaction=True)
def test_take_is_impossible_outside_a_transaction(level):
    with pytest.raises(transaction.TransactionManagementError):
        numbering.take(level=level, year=2024, count=1)
