"""The calendar of days off: one for all, kept by a bureau officer of the whole tree."""

import datetime as dt

import pytest

from lms.journal.models import Line
from lms.people import queries, reporting
from lms.people.access import NotYourOffice
from lms.people.models import Appointment
from tests.factories import people

ON = dt.date(2024, 4, 4)


def set_day(tree, at, *, on=ON, is_working=False, name="清明节", by=None):
    return reporting.set_day_off(on=on, is_working=is_working, name=name, by=by, at=at)


def test_set_day_off_is_read_back_as_an_exception(tree, at):
    set_day(tree, at)
    set_day(tree, at, on=dt.date(2024, 4, 7), is_working=True, name="清明节调休")
    set_day(tree, at, on=dt.date(2024, 5, 1), name="劳动节")
    assert queries.day_exceptions(dt.date(2024, 4, 1), dt.date(2024, 4, 30)) == {
        ON: False,
        dt.date(2024, 4, 7): True,
    }
    assert Line.objects.filter(act="people.day_off_set").count() == 3


def test_set_day_off_lets_the_later_word_stand(tree, at):
    set_day(tree, at)
    set_day(tree, at, is_working=True, name="照常上班")
    assert queries.day_exceptions(ON, ON) == {ON: True}


def test_set_day_off_needs_the_bureau_office_of_the_whole_tree(tree, at):
    office = Appointment.Office
    assert set_day(tree, at, by=people.officer(office.BUREAU_OFFICER, tree.province)).on == ON
    for kind, unit in ((office.BUREAU_OFFICER, tree.city), (office.EXAM_OFFICER, tree.province)):
        with pytest.raises(NotYourOffice):
            set_day(tree, at, on=dt.date(2024, 4, 5), by=people.officer(kind, unit))
    assert queries.day_exceptions(dt.date(2024, 4, 5), dt.date(2024, 4, 5)) == {}


@pytest.mark.parametrize("name", ["", "  ", "节" * 41])
def test_set_day_off_refuses_a_day_without_a_usable_name(tree, at, name):
    with pytest.raises(reporting.DayWithoutName):
        set_day(tree, at, name=name)
