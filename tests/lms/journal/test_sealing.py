"""The chain of the journal: sealed in order, and any tampering named."""

import pytest
from django.db import transaction

from lms.journal import sealing, writing
from lms.journal.models import Line
from tests.factories import journal

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines(personas, at):
    with transaction.atomic():
        written = [
            writing.write("people.noted", by=personas.county_officer, at=at, about=personas.teacher, facts={"n": n})
            for n in range(4)
        ]
    return written


def test_seal_gives_places_in_order_and_verifies(lines):
    assert journal.seal() == 4
    assert list(Line.objects.order_by("pk").values_list("place", flat=True)) == [1, 2, 3, 4]


def test_verify_finds_nothing_when_nothing_was_touched(lines):
    journal.seal()

    assert sealing.verify() is None
    assert sealing.head()[0] == 4


@pytest.mark.parametrize(
    ("tamper", "what"),
    [
        (lambda: Line.objects.filter(place=2).update(reason="nothing happened"), "changed"),
        (lambda: Line.objects.filter(place=2)._raw_delete("default"), "missing"),
        (lambda: swap(2, 3), "does not follow"),
    ],
)
def test_verify_names_the_first_bad_line_when_the_table_was_tampered_with(lines, tamper, what):
    journal.seal()
    tamper()

    fault = sealing.verify()

    assert fault is not None
    assert what in fault.what


def test_a_line_cannot_be_changed_or_deleted(lines):
    with pytest.raises(TypeError):
        lines[0].save()
    with pytest.raises(TypeError):
        lines[0].delete()
    with pytest.raises(TypeError):
        Line.objects.all().delete()


def test_the_line_keeps_the_name_and_unit_of_its_moment(lines, personas, tree):
    personas.county_officer.full_name = "改了名"
    personas.county_officer.save()

    line = Line.objects.first()

    assert (line.actor_name, line.unit_name) == ("沈县", "澜溪县")
    assert Line.objects.under(tree.county.path).count() == 4
    assert Line.objects.under(tree.neighbour.path).count() == 0


def swap(one, other):
    Line.objects.filter(place=one).update(place=99)
    Line.objects.filter(place=other).update(place=one)
    Line.objects.filter(place=99).update(place=other)
