"""Posts change from a day on: some end the day before, others begin, several at once."""

import datetime as dt

import pytest

from lms.journal.models import Line
from lms.people import assigning, keeping
from lms.people.access import NotYourOffice
from lms.people.models import Appointment, PostHeld
from lms.people.registering import UnknownPost
from tests.factories import people

OFFICE = Appointment.Office
ON = dt.date(2024, 3, 1)


@pytest.fixture
def officer(tree):
    return people.officer(OFFICE.SCHOOL_OFFICER, tree.school)


@pytest.fixture
def teacher(tree):
    return people.teacher("林知微", school=tree.school, post="homeroom_teacher")


@pytest.fixture
def change(teacher, officer, at):
    def one(**more):
        given = {"ended": [], "begun": [], "on": ON, "by": officer, "at": at}
        return assigning.change_posts(teacher=teacher, **{**given, **more})

    return one


def test_change_posts_ends_some_the_day_before_and_begins_others(teacher, change):
    change(
        ended=teacher.posts.all(),
        begun=[("part_time_mental_health_teacher", "primary"), ("classroom_teacher", "primary")],
    )
    assert teacher.posts.get(post="homeroom_teacher").until_on == dt.date(2024, 2, 29)
    on_the_day = teacher.posts.held_on(ON).values_list("post", flat=True)
    assert set(on_the_day) == {"part_time_mental_health_teacher", "classroom_teacher"}
    line = Line.objects.get(act="people.posts_changed")
    assert line.facts["ended"] == ["homeroom_teacher"]
    assert line.facts["on"] == "2024-03-01"


def test_change_posts_begins_again_what_it_ends(teacher, change):
    change(ended=teacher.posts.all(), begun=[("homeroom_teacher", "primary")])
    assert teacher.posts.count() == 2


def test_change_posts_counts_the_same_post_twice_asked_as_one(teacher, change):
    change(begun=[("leader_in_charge", ""), ("leader_in_charge", "")])
    assert teacher.posts.filter(post="leader_in_charge").count() == 1


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({}, keeping.NothingChanged),
        ({"begun": [("wizard", "")]}, UnknownPost),
        ({"begun": [("leader_in_charge", "university")]}, UnknownPost),
        ({"begun": [("leader_in_charge", "")], "on": dt.date(2024, 3, 6)}, keeping.DayAhead),
        ({"begun": [("leader_in_charge", "")], "on": dt.date(2012, 8, 31)}, assigning.BeforeHerTime),
        ({"begun": [("homeroom_teacher", "primary")]}, assigning.AlreadyHeld),
    ],
)
def test_change_posts_is_refused(wrong, kind, teacher, change):
    with pytest.raises(kind):
        change(**wrong)
    assert teacher.posts.get().until_on is None


def test_change_posts_is_refused_when_a_post_began_later_or_has_ended(teacher, change):
    teacher.posts.update(from_on=ON)
    with pytest.raises(assigning.PostStartedLater):
        change(ended=teacher.posts.all())
    teacher.posts.update(from_on=dt.date(2012, 9, 1), until_on=dt.date(2020, 1, 1))
    with pytest.raises(assigning.PostOver):
        change(ended=teacher.posts.all())


def test_change_posts_leaves_another_teachers_posts_alone(tree, change):
    other = people.teacher("何远", school=tree.school, post="homeroom_teacher")
    with pytest.raises(keeping.NothingChanged):
        change(ended=other.posts.all())
    assert other.posts.get().until_on is None


def test_change_posts_is_refused_when_she_is_at_no_school(teacher, change):
    teacher.postings.update(until_on=dt.date(2024, 1, 31), ending="retired")
    with pytest.raises(assigning.NoSchool):
        change(begun=[("leader_in_charge", "")])


def test_change_posts_is_refused_when_the_office_does_not_cover_her_school(tree, change):
    sister = people.organisation("澜溪县第二小学", parent=tree.county)
    for stranger in (
        people.officer(OFFICE.SCHOOL_OFFICER, sister),
        people.officer(OFFICE.BUREAU_OFFICER, tree.neighbour),
        people.officer(OFFICE.AUDITOR, tree.county),
    ):
        with pytest.raises(NotYourOffice):
            change(begun=[("leader_in_charge", "")], by=stranger)
    assert not PostHeld.objects.filter(post="leader_in_charge").exists()
