"""Where a teacher works: one school at a time, every earlier one kept with the way it ended."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people import assigning, keeping, moving
from lms.people.access import NotYourOffice
from lms.people.models import Appointment, Posting
from lms.people.registering import NotASchool, UnknownPost
from tests.factories import people

OFFICE = Appointment.Office
ON = dt.date(2024, 3, 1)


@pytest.fixture
def sister(tree):
    return people.organisation("澜溪县第二小学", parent=tree.county)


@pytest.fixture
def officer(tree):
    return people.officer(OFFICE.BUREAU_OFFICER, tree.county)


@pytest.fixture
def teacher(tree):
    return people.teacher("林知微", school=tree.school, post="homeroom_teacher")


@pytest.fixture
def transfer(teacher, sister, officer, at):
    def one(**more):
        given = {"school": sister, "on": ON, "kept": [], "by": officer, "at": at}
        return moving.transfer(teacher=teacher, **{**given, **more})

    return one


@pytest.fixture
def leave(teacher, officer, at):
    def one(**more):
        given = {"ending": "retired", "on": ON, "reason": "到龄退休", "by": officer, "at": at}
        return moving.leave(teacher=teacher, **{**given, **more})

    return one


@pytest.fixture
def take_up(teacher, sister, officer, at):
    def one(**more):
        given = {"school": sister, "post": "classroom_teacher", "stage": "primary", "on": ON, "by": officer, "at": at}
        return moving.take_up(teacher=teacher, **{**given, **more})

    return one


def test_transfer_ends_the_old_posting_with_its_posts_and_opens_the_new(teacher, tree, sister, transfer):
    transfer()
    old, new = teacher.postings.order_by("from_on")
    assert (old.organisation, old.until_on, old.ending) == (tree.school, dt.date(2024, 2, 29), "transferred")
    assert (new.organisation, new.from_on, new.until_on) == (sister, ON, None)
    assert teacher.posts.get().until_on == dt.date(2024, 2, 29)
    line = Line.objects.get(act="people.teacher_transferred")
    assert line.facts == {"from": tree.school.name, "to": sister.name, "on": "2024-03-01", "posts_kept": []}
    told = Message.objects.get(kind="people.transferred")
    assert (told.recipient, told.facts["new"]) == (teacher.user, sister.name)


def test_transfer_carries_the_posts_over_that_were_chosen(teacher, sister, transfer):
    transfer(kept=teacher.posts.all())
    old, new = teacher.posts.order_by("from_on")
    assert (old.until_on, new.organisation, new.post) == (dt.date(2024, 2, 29), sister, "homeroom_teacher")
    assert (new.stage, new.from_on, new.until_on) == ("primary", ON, None)


def test_transfer_is_refused_when_one_office_does_not_cover_both_schools(tree, teacher, transfer):
    for by, school in (
        (people.officer(OFFICE.BUREAU_OFFICER, tree.county), tree.other_school),
        (people.officer(OFFICE.BUREAU_OFFICER, tree.neighbour), tree.other_school),
        (people.officer(OFFICE.SCHOOL_OFFICER, tree.school), tree.city_school),
        (people.officer(OFFICE.AUDITOR, tree.city), tree.other_school),
    ):
        with pytest.raises(NotYourOffice):
            transfer(by=by, school=school)
    assert teacher.postings.get().until_on is None


def test_transfer_between_counties_is_the_citys_or_of_one_who_holds_an_office_in_each(tree, transfer, at):
    both = people.officer(OFFICE.BUREAU_OFFICER, tree.county)
    people.appointment(both, OFFICE.EXAM_OFFICER, tree.neighbour)
    assert transfer(by=both, school=tree.other_school).organisation == tree.other_school
    city = people.officer(OFFICE.EXAM_OFFICER, tree.city)
    assert transfer(by=city, school=tree.city_school, on=at.date()).organisation == tree.city_school


@pytest.mark.parametrize(
    ("day", "kind"), [(dt.date(2024, 3, 6), keeping.DayAhead), (dt.date(2012, 9, 1), moving.TooEarly)]
)
def test_transfer_is_refused_when_the_day_cannot_be(day, kind, transfer):
    with pytest.raises(kind):
        transfer(on=day)


def test_transfer_is_refused_when_it_leads_to_no_open_school(tree, sister, transfer):
    with pytest.raises(moving.SameSchool):
        transfer(school=tree.school)
    with pytest.raises(NotASchool):
        transfer(school=tree.county)
    sister.closed_on = dt.date(2024, 1, 1)
    sister.save()
    with pytest.raises(NotASchool):
        transfer()


def test_transfer_is_refused_when_a_post_began_later(teacher, transfer):
    teacher.posts.update(from_on=ON)
    with pytest.raises(assigning.PostStartedLater):
        transfer()
    assert teacher.postings.get().until_on is None


def test_transfer_and_leave_are_refused_when_she_is_at_no_school(transfer, leave, at):
    leave()
    with pytest.raises(assigning.NoSchool):
        transfer()
    with pytest.raises(assigning.NoSchool):
        leave()


@pytest.mark.parametrize("ending", ["retired", "left"])
def test_leave_ends_school_and_posts_on_that_day_and_keeps_the_account(ending, teacher, leave):
    leave(ending=ending)
    posting = teacher.postings.get()
    assert (posting.until_on, posting.ending, teacher.posts.get().until_on) == (ON, ending, ON)
    teacher.user.refresh_from_db()
    assert teacher.user.is_active
    line = Line.objects.get(act="people.teacher_left")
    assert (line.reason, line.facts["ending"]) == ("到龄退休", ending)


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"ending": "transferred"}, moving.UnknownEnding),
        ({"ending": ""}, moving.UnknownEnding),
        ({"reason": " "}, keeping.ReasonMissing),
        ({"on": dt.date(2024, 3, 6)}, keeping.DayAhead),
        ({"on": dt.date(2012, 8, 31)}, assigning.BeforeHerTime),
    ],
)
def test_leave_is_refused(wrong, kind, teacher, leave):
    with pytest.raises(kind):
        leave(**wrong)
    assert teacher.postings.get().until_on is None


def test_leave_is_refused_when_the_office_is_no_bureaus(tree, leave):
    for by in (
        people.officer(OFFICE.SCHOOL_OFFICER, tree.school),
        people.officer(OFFICE.BUREAU_OFFICER, tree.neighbour),
    ):
        with pytest.raises(NotYourOffice):
            leave(by=by)


def test_take_up_opens_a_school_again_for_one_who_left(teacher, sister, leave, take_up, at):
    leave(on=dt.date(2023, 6, 30))
    take_up()
    assert teacher.school_on(at.date()) == sister
    assert teacher.posts.held_on(ON).get().post == "classroom_teacher"
    assert Line.objects.get(act="people.school_taken_up").facts["name"] == sister.name


def test_take_up_is_refused_when_she_is_at_a_school_already(teacher, take_up):
    with pytest.raises(moving.AlreadyAtSchool):
        take_up()
    assert teacher.postings.count() == 1


def test_a_second_current_posting_is_refused_by_the_database_too(teacher, sister):
    with pytest.raises(IntegrityError), transaction.atomic():
        Posting.objects.create(teacher=teacher, organisation=sister, from_on=ON)


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"post": "wizard"}, UnknownPost),
        ({"on": dt.date(2024, 3, 6)}, keeping.DayAhead),
        ({"on": dt.date(2023, 6, 30)}, moving.TooEarly),
    ],
)
def test_take_up_is_refused(wrong, kind, leave, take_up):
    leave(on=dt.date(2023, 6, 30))
    with pytest.raises(kind):
        take_up(**wrong)


def test_take_up_is_refused_when_the_office_covers_only_one_of_the_schools(tree, leave, take_up):
    leave(on=dt.date(2023, 6, 30))
    with pytest.raises(NotYourOffice):
        take_up(school=tree.other_school)
    with pytest.raises(NotYourOffice):
        take_up(school=tree.other_school, by=people.officer(OFFICE.BUREAU_OFFICER, tree.neighbour))
    assert take_up(school=tree.other_school, by=people.officer(OFFICE.BUREAU_OFFICER, tree.city)).pk
