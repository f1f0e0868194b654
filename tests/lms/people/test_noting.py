"""A reading is noted once per reader, teacher and day, and never for reading one's own record."""

import datetime as dt

import pytest

from lms.journal.models import Line
from lms.people import noting
from lms.people.models import Appointment
from tests.factories import people


@pytest.fixture
def teacher(tree):
    return people.teacher("林知微", school=tree.school)


@pytest.fixture
def officer(tree):
    return people.officer(Appointment.Office.BUREAU_OFFICER, tree.county, "沈县")


def test_note_reading_writes_one_line_a_day_and_reader(tree, teacher, officer, at):
    other = people.officer(Appointment.Office.AUDITOR, tree.city)
    end_of_day = dt.datetime(2024, 3, 5, 15, 59, tzinfo=dt.UTC)  # 23:59 in Shanghai
    for moment in (at, at, end_of_day):
        noting.note_reading(teacher=teacher, by=officer, at=moment)
    assert Line.objects.count() == 1
    noting.note_reading(teacher=teacher, by=other, at=at)
    noting.note_reading(teacher=people.teacher("何远", school=tree.school), by=officer, at=at)
    noting.note_reading(teacher=teacher, by=officer, at=end_of_day + dt.timedelta(minutes=1))
    assert Line.objects.count() == 4
    line = Line.objects.order_by("pk").first()
    assert (line.act, line.actor_name, line.unit_name, line.facts) == (
        "people.record_read",
        "沈县",
        tree.county.name,
        {},
    )


def test_note_reading_writes_nothing_for_oneself(tree, teacher, at):
    merged = people.teacher("林知薇", school=tree.school, merged_into=teacher)
    for record in (teacher, merged):
        assert noting.note_reading(teacher=record, by=teacher.user, at=at) is None
    assert not Line.objects.exists()
