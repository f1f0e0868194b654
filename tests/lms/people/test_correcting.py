"""Mistakes in a record are put right by those who keep it, with a reason, and the old value stands only covered."""

import datetime as dt

import pytest

from lms.inbox.models import Message
from lms.journal.models import Line
from lms.lib.crypto import keyed_hash
from lms.people import correcting, identity, keeping, names
from lms.people.access import NotYourOffice
from lms.people.models import Appointment, PostHeld
from lms.people.registering import AlreadyRegistered, UnknownPost
from tests.factories import people

OFFICE = Appointment.Office
FROM = dt.date(2012, 9, 1)


@pytest.fixture
def officer(tree):
    return people.officer(OFFICE.BUREAU_OFFICER, tree.county)


@pytest.fixture
def school_officer(tree):
    return people.officer(OFFICE.SCHOOL_OFFICER, tree.school)


@pytest.fixture
def teacher(tree):
    return people.teacher("单雪梅", school=tree.school, post="homeroom_teacher")


def correct(teacher, by, at, **more):
    given = {"full_name": teacher.full_name, "id_number": "", "reason": "录入有误"}
    return correcting.correct(teacher=teacher, by=by, at=at, **{**given, **more})


def correct_post(held, by, at, **more):
    given = {"post": held.post, "stage": held.stage, "from_on": held.from_on, "until_on": None, "reason": "岗位录错"}
    return correcting.correct_post(held=held, by=by, at=at, **{**given, **more})


def test_correct_writes_the_name_its_sound_and_the_account(teacher, officer, at):
    changed = correct(teacher, officer, at, full_name="单雪 楣")
    changed.refresh_from_db()
    assert (changed.full_name, changed.name_pinyin, changed.name_initials) == ("单雪楣", "shan xue mei", "sxm")
    assert changed.user.full_name == "单雪楣"
    assert not changed.former_names.exists()
    line = Line.objects.get(act="people.record_corrected")
    assert (line.reason, line.facts) == ("录入有误", {"name_before": "单*梅"})
    assert Message.objects.get().recipient == teacher.user


def test_correct_writes_the_number_and_the_journal_has_it_covered(teacher, officer, at):
    before, number = teacher.id_number, people.id_number()
    changed = correct(teacher, officer, at, id_number=f" {number.lower()} ")
    changed.refresh_from_db()
    assert (changed.id_number, changed.id_number_hash) == (number, keyed_hash("id_number", number))
    line = Line.objects.get(act="people.record_corrected")
    assert line.facts["number_before"].startswith(before[:3] + "***")
    for whole in (before, number):
        assert whole not in f"{line.facts}{line.reason}{line.subject_name}"


def test_correct_is_refused_when_there_is_no_reason_or_no_change(teacher, officer, at):
    with pytest.raises(keeping.ReasonMissing):
        correct(teacher, officer, at, full_name="单雪楣", reason=" ")
    with pytest.raises(keeping.NothingChanged):
        correct(teacher, officer, at, id_number=teacher.id_number)
    assert not Line.objects.exists()


def test_correct_is_refused_when_name_or_number_cannot_be(teacher, officer, at):
    for wrong, kind in (({"full_name": " "}, names.NameMissing), ({"id_number": "123"}, identity.WrongLength)):
        with pytest.raises(kind):
            correct(teacher, officer, at, **wrong)


def test_correct_is_refused_when_the_number_is_another_persons(tree, teacher, officer, at):
    other = people.teacher("别人", school=tree.other_school)
    with pytest.raises(AlreadyRegistered):
        correct(teacher, officer, at, id_number=other.id_number)


def test_correct_is_refused_when_the_record_was_merged(tree, teacher, officer, at):
    merged = people.teacher("单雪莓", school=tree.school, merged_into=teacher)
    with pytest.raises(keeping.RecordMerged):
        correct(merged, officer, at, full_name="单雪楣")


@pytest.mark.parametrize(
    ("office", "unit"),
    [
        ("bureau_officer", "neighbour"),
        ("auditor", "county"),
        ("judge", "county"),
        ("school_officer", "school"),  # who a person is, her bureau decides
    ],
)
def test_correct_is_refused_when_the_office_does_not_cover_it(office, unit, tree, teacher, at):
    with pytest.raises(NotYourOffice):
        correct(teacher, people.officer(office, getattr(tree, unit)), at, full_name="单雪楣")


def test_correct_is_refused_to_officers_when_no_school_keeps_the_record(officer, at):
    with pytest.raises(NotYourOffice):
        correct(people.teacher("无校"), officer, at, full_name="有名")
    assert correct(people.teacher("无校"), None, at, full_name="有名").full_name == "有名"


def test_correct_post_is_done_by_the_schools_own_officer(teacher, school_officer, at):
    held = correct_post(teacher.posts.get(), school_officer, at, post="classroom_teacher", from_on=FROM.replace(day=3))
    held.refresh_from_db()
    assert (held.post, held.stage, held.from_on) == ("classroom_teacher", "primary", dt.date(2012, 9, 3))
    facts = Line.objects.get(act="people.post_corrected").facts
    assert (facts["before"]["post"], facts["after"]["from_on"]) == ("homeroom_teacher", "2012-09-03")
    assert Message.objects.get().facts["what"] == "posts"


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"reason": ""}, keeping.ReasonMissing),
        ({"post": "wizard"}, UnknownPost),
        ({"stage": "university"}, UnknownPost),
        ({"until_on": dt.date(2012, 8, 31)}, correcting.EndsBeforeItStarts),
        ({}, keeping.NothingChanged),
    ],
)
def test_correct_post_is_refused(wrong, kind, teacher, officer, at):
    with pytest.raises(kind):
        correct_post(teacher.posts.get(), officer, at, **wrong)


def test_correct_post_is_refused_when_the_same_post_stands_there_in_that_time(tree, teacher, officer, at):
    other = PostHeld.objects.create(
        teacher=teacher, organisation=tree.school, post="classroom_teacher", stage="primary", from_on=FROM
    )
    with pytest.raises(correcting.TwiceTheSamePost):
        correct_post(other, officer, at, post="homeroom_teacher")


def test_correct_post_and_strike_post_are_refused_to_another_schools_officer(tree, teacher, at):
    sister = people.officer(OFFICE.SCHOOL_OFFICER, people.organisation("第二小学", parent=tree.county))
    with pytest.raises(NotYourOffice):
        correct_post(teacher.posts.get(), sister, at, post="classroom_teacher")
    with pytest.raises(NotYourOffice):
        correcting.strike_post(held=teacher.posts.get(), reason="错", by=sister, at=at)


def test_strike_post_removes_it_and_the_journal_keeps_what_stood_there(teacher, school_officer, at):
    with pytest.raises(keeping.ReasonMissing):
        correcting.strike_post(held=teacher.posts.get(), reason="", by=school_officer, at=at)
    correcting.strike_post(held=teacher.posts.get(), reason="张冠李戴", by=school_officer, at=at)
    assert not teacher.posts.exists()
    line = Line.objects.get(act="people.post_struck")
    assert (line.reason, line.facts["before"]["post"]) == ("张冠李戴", "homeroom_teacher")
