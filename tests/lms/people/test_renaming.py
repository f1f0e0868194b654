"""A new name: the old one is kept and still finds her."""

import datetime as dt

import pytest

from lms.journal.models import Line
from lms.people import keeping, names, renaming
from lms.people.access import NotYourOffice
from lms.people.models import Appointment
from tests.factories import people

OFFICE = Appointment.Office
ON = dt.date(2024, 3, 1)


@pytest.fixture
def teacher(tree):
    return people.teacher("林知微", school=tree.school, name_initials="lzw")


@pytest.fixture
def rename(tree, teacher, at):
    def one(**more):
        by = people.officer(OFFICE.BUREAU_OFFICER, tree.county)
        given = {"full_name": "林晓岚", "on": ON, "reason": "户口簿更名", "by": by, "at": at}
        return renaming.rename(teacher=teacher, **{**given, **more})

    return one


def test_rename_keeps_the_old_name_until_the_day_before(teacher, rename):
    former = rename()
    assert (former.full_name, former.name_initials, former.until_on) == ("林知微", "lzw", dt.date(2024, 2, 29))
    teacher.refresh_from_db()
    assert (teacher.full_name, teacher.name_initials, teacher.user.full_name) == ("林晓岚", "lxl", "林晓岚")
    line = Line.objects.get(act="people.teacher_renamed")
    assert (line.reason, line.facts["name_before"]) == ("户口簿更名", "林*微")


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"full_name": "林 知微"}, renaming.SameName),
        ({"full_name": ""}, names.NameMissing),
        ({"reason": ""}, keeping.ReasonMissing),
        ({"on": dt.date(2024, 3, 6)}, keeping.DayAhead),
    ],
)
def test_rename_is_refused(wrong, kind, teacher, rename):
    with pytest.raises(kind):
        rename(**wrong)
    assert not teacher.former_names.exists()


def test_rename_is_refused_when_the_office_does_not_cover_her(tree, rename):
    for by in (
        people.officer(OFFICE.BUREAU_OFFICER, tree.neighbour),
        people.officer(OFFICE.SCHOOL_OFFICER, tree.school),
    ):
        with pytest.raises(NotYourOffice):
            rename(by=by)
