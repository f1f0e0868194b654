"""Two units become one: what goes on, with which dates, what ends, and when it is refused."""

import datetime as dt

import pytest

from lms.inbox import rendering
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people import appointing, importing, keeping, queries, uniting
from lms.people.access import NotYourOffice
from lms.people.models import Appointment, ImportRun, Organisation, Posting
from tests.factories import certs, exams, people

OFFICE, LEVEL = Appointment.Office, Organisation.Level
DAY = dt.timedelta(days=1)
BEGAN = dt.date(2012, 9, 1)


@pytest.fixture
def bureau(tree):
    return people.officer(OFFICE.BUREAU_OFFICER, tree.county, "沈县")


@pytest.fixture
def other(tree):
    return people.organisation("澜溪县第二小学", parent=tree.county, stages=("primary", "junior"))


@pytest.fixture
def on(at):
    return at.date() - 4 * DAY


@pytest.fixture
def unite(other, tree, bureau, on, at):
    """Merge the second school into the first."""

    def merged(**more):
        given = {"lesser": other, "greater": tree.school, "on": on, "reason": "布局调整", "by": bureau, "at": at}
        return uniting.unite(**{**given, **more})

    return merged


def spans(rows):
    """(unit, from, until) of rows, the earliest first."""
    return [(each.organisation.name, each.from_on, each.until_on) for each in rows.order_by("from_on", "pk")]


def test_unite_lets_teachers_and_posts_go_on_at_the_unit_that_stays(tree, other, unite, on):
    teacher = people.teacher("林知微", school=other, post="homeroom_teacher")
    stays = people.teacher("何远", school=tree.school)
    unite()
    halves = [(other.name, BEGAN, on - DAY), (tree.school.name, on, None)]
    assert spans(teacher.postings) == halves
    assert spans(teacher.posts) == halves
    assert [each.ending for each in teacher.postings.order_by("from_on")] == ["transferred", ""]
    assert {each.post for each in teacher.posts.all()} == {"homeroom_teacher"}
    assert spans(stays.postings) == [(tree.school.name, BEGAN, None)]


def test_unite_closes_the_lesser_names_its_successor_and_adds_its_stages(tree, other, unite, on, bureau):
    unite()
    other.refresh_from_db()
    tree.school.refresh_from_db()
    assert (other.closed_on, other.successor) == (on, tree.school)
    assert tree.school.stages == ["primary", "junior"]
    line = Line.objects.get(act="people.organisation_merged")
    assert (line.actor, line.subject_id, line.reason) == (bureau, str(other.pk), "布局调整")
    assert line.facts == {
        "into": tree.school.name,
        "successor": tree.school.pk,
        "on": on.isoformat(),
        "teachers": 0,
        "offices": 0,
        "below": 0,
    }


def test_unite_keeps_ends_that_are_known_and_moves_what_is_to_come(tree, other, unite, on, at):
    gone = people.teacher("已调出", school=other)
    gone.postings.update(until_on=on + DAY, ending="retired")
    long_gone = people.teacher("早调出", school=other)
    long_gone.postings.update(until_on=on - DAY, ending="left")
    came = people.teacher("当日来", school=other)
    came.postings.update(from_on=on)
    coming = people.officer(OFFICE.MARKER, other, "将任")
    coming.appointments.update(from_on=at.date() + DAY)
    unite()
    assert spans(gone.postings) == [(other.name, BEGAN, on - DAY), (tree.school.name, on, on + DAY)]
    assert [each.ending for each in gone.postings.order_by("from_on")] == ["transferred", "retired"]
    assert spans(long_gone.postings) == [(other.name, BEGAN, on - DAY)]
    assert long_gone.postings.get().ending == "left"
    assert spans(came.postings) == [(tree.school.name, on, None)]
    assert spans(coming.appointments) == [(tree.school.name, at.date() + DAY, None)]


def test_unite_lets_offices_go_on_with_those_who_stand_in_for_them(tree, other, unite, on, at):
    held = people.officer(OFFICE.SCHOOL_OFFICER, other, "校管").appointments.get()
    deputy = people.user("代管")
    appointing.deputise(user=deputy, appointment=held, from_on=on - DAY, until_on=at.date() + 9 * DAY, by=None, at=at)
    member = people.user("成员")
    appointing.appoint(
        user=member,
        office=OFFICE.LEADING_GROUP,
        organisation=other,
        from_on=BEGAN,
        until_on=None,
        role="member",
        by=None,
        at=at,
    )
    unite()
    assert spans(held.user.appointments) == [
        (other.name, dt.date(2020, 1, 1), on - DAY),
        (tree.school.name, on, None),
    ]
    stands = deputy.appointments.get(organisation=tree.school)
    assert (stands.from_on, stands.until_on) == (on, at.date() + 9 * DAY)
    assert stands.deputises_for == held.user.appointments.get(organisation=tree.school)
    assert deputy.appointments.get(organisation=other).deputises_for == held
    assert member.appointments.get(organisation=tree.school).role == "member"


def test_unite_leaves_one_accountable_head(tree, other, unite, on):
    head, hers = people.user("校长甲"), people.user("校长乙")
    people.appointment(head, OFFICE.ACCOUNTABLE_HEAD, tree.school)
    people.appointment(hers, OFFICE.ACCOUNTABLE_HEAD, other)
    unite()
    assert spans(hers.appointments) == [(other.name, dt.date(2020, 1, 1), on - DAY)]
    assert Message.objects.filter(recipient=hers, kind="people.office_withdrawn").exists()
    assert spans(head.appointments) == [(tree.school.name, dt.date(2020, 1, 1), None)]


def test_unite_lets_an_office_without_a_place_never_begin_where_it_would_on_that_day(tree, other, unite, on, at):
    people.appointment(people.user("校长甲"), OFFICE.ACCOUNTABLE_HEAD, tree.school)
    hers, deputy = people.user("校长乙"), people.user("副校长")
    held = people.appointment(hers, OFFICE.ACCOUNTABLE_HEAD, other, from_on=on)
    appointing.deputise(user=deputy, appointment=held, from_on=on, until_on=at.date(), by=None, at=at)
    unite()
    assert not Appointment.objects.filter(user__in=(hers, deputy)).exists()


def test_unite_lets_the_head_go_on_where_there_is_none(tree, other, unite, on):
    head = people.user("校长乙")
    people.appointment(head, OFFICE.ACCOUNTABLE_HEAD, other)
    unite()
    assert spans(head.appointments)[1] == (tree.school.name, on, None)


def test_unite_ends_an_office_that_the_same_person_holds_there_and_refuses_where_dates_differ(
    tree, other, unite, on, at
):
    both = people.officer(OFFICE.SCHOOL_OFFICER, other, "两校校管")
    there = people.appointment(both, OFFICE.SCHOOL_OFFICER, tree.school, until_on=at.date() + DAY)
    with pytest.raises(uniting.HoldsBoth) as refused:
        unite()
    assert "两校校管" in str(refused.value)
    assert spans(both.appointments.filter(organisation=other)) == [(other.name, dt.date(2020, 1, 1), None)]
    Appointment.objects.filter(pk=there.pk).update(until_on=None)
    unite()
    assert spans(both.appointments.filter(until_on=None)) == [(tree.school.name, dt.date(2020, 1, 1), None)]


def test_unite_refuses_a_deputy_who_holds_the_office_there_herself(tree, other, unite, at):
    held = people.officer(OFFICE.SCHOOL_OFFICER, other, "校管").appointments.get()
    hers = people.officer(OFFICE.SCHOOL_OFFICER, tree.school, "兼代")
    appointing.deputise(user=hers, appointment=held, from_on=BEGAN.replace(2020), until_on=at.date(), by=None, at=at)
    with pytest.raises(uniting.HoldsBoth):
        unite()


def test_unite_takes_the_units_below_along(tree, bureau, on, at):
    one, two = (people.organisation(name, level=40, parent=tree.county, stages=()) for name in ("东片学区", "西片学区"))
    school = people.organisation("东片小学", parent=one)
    teacher = people.teacher("林知微", school=school)
    clerk = people.officer(OFFICE.CLERK, one, "考务")
    uniting.unite(lesser=one, greater=two, on=on, reason="撤并", by=bureau, at=at)
    school.refresh_from_db()
    assert (school.parent, school.path) == (two, f"{two.path}{school.pk:08d}/")
    assert spans(teacher.postings) == [(school.name, BEGAN, None)]
    assert set(Organisation.objects.under(one.path)) == {one}
    assert clerk.appointments.get(until_on=None).organisation == two
    assert Line.objects.get(act="people.organisation_merged").facts["below"] == 1


def test_unite_tells_everybody_once_and_writes_a_line_about_each_teacher(tree, other, unite):
    teacher = people.teacher("林知微", school=other)
    people.appointment(teacher.user, OFFICE.LEADING_GROUP, other)
    closed = people.teacher("停用", school=other)
    closed.user.is_active = False
    closed.user.save()
    officer = people.officer(OFFICE.SCHOOL_OFFICER, other, "校管")
    unite()
    told = Message.objects.filter(kind="people.unit_merged")
    assert {each.recipient for each in told} == {teacher.user, officer}
    assert told.count() == 2
    words = rendering.words(told.get(recipient=officer))
    assert f"{other.name}已并入{tree.school.name}" in words.subject
    lines = Line.objects.filter(act="people.teacher_transferred")
    assert {each.subject_id for each in lines} == {str(teacher.pk), str(closed.pk)}


def test_unite_counts_each_teacher_once_on_every_day(tree, other, unite, on, at):
    for number in range(3):
        people.teacher(f"教师{number}", school=other)
    unite()
    counts = queries.teacher_counts([tree.county, tree.school, other], at)
    assert (counts[tree.county.pk], counts[tree.school.pk], counts[other.pk]) == (3, 3, 0)
    before = Posting.objects.held_on(on - DAY)
    assert before.filter(organisation=other).count() == 3
    assert not before.filter(organisation=tree.school).exists()


# Refused


def test_unite_refuses_one_and_the_same_unit_and_one_above_the_other(tree, unite, at):
    cluster = people.organisation("东片学区", level=40, parent=tree.county, stages=())
    with pytest.raises(uniting.SameUnit):
        unite(lesser=tree.school)
    for lesser, greater in ((tree.county, cluster), (cluster, tree.county)):
        with pytest.raises(uniting.OneAboveOther):
            unite(lesser=lesser, greater=greater, by=None)


def test_unite_refuses_units_of_different_levels(tree, other, unite):
    institution = people.organisation("进修学校", level=LEVEL.INSTITUTION, parent=tree.county, stages=())
    for greater in (tree.neighbour, institution):
        with pytest.raises(uniting.OtherKind):
            unite(greater=greater, by=None)


def test_unite_refuses_units_that_are_closed(tree, other, unite, at):
    for unit in (other, tree.school):
        Organisation.objects.filter(pk=unit.pk).update(closed_on=at.date())
        with pytest.raises(uniting.NotOpen) as refused:
            unite()
        assert unit.name in str(refused.value)
        Organisation.objects.filter(pk=unit.pk).update(closed_on=None)


def test_unite_refuses_an_office_that_does_not_stand_above_both(tree, other, unite):
    for office, unit in (
        ("bureau_officer", other),
        ("school_officer", tree.school),
        ("auditor", tree.county),
        ("bureau_officer", tree.neighbour),
    ):
        with pytest.raises(NotYourOffice):
            unite(by=people.officer(office, unit))
    with pytest.raises(NotYourOffice):
        unite(greater=tree.other_school)
    assert unite(greater=tree.other_school, by=people.officer(OFFICE.BUREAU_OFFICER, tree.city))


def test_unite_refuses_without_a_reason_and_for_a_day_to_come(unite, at):
    with pytest.raises(keeping.ReasonMissing):
        unite(reason=" ")
    with pytest.raises(keeping.DayAhead):
        unite(on=at.date() + DAY)


def test_unite_refuses_a_day_before_somebody_came(tree, other, unite, on):
    people.teacher("新来", school=other).postings.update(from_on=on + DAY)
    with pytest.raises(uniting.BegunSince) as refused:
        unite()
    assert "新来" in str(refused.value)
    assert unite(on=on + DAY)


def test_unite_refuses_while_an_exam_is_open(tree, other, unite, bureau):
    exam = exams.exam(tree.city)
    candidate = exams.candidate(exam, "考生", state="submitted", school=other)
    with pytest.raises(uniting.StillUnderWay):
        unite()
    candidate.state = "withdrawn"
    candidate.save()
    assert unite()


def test_unite_refuses_while_the_unit_holds_an_exam_of_its_own(tree, unite):
    exam = exams.exam(tree.neighbour, name="县级考试")
    with pytest.raises(uniting.StillUnderWay) as refused:
        unite(lesser=tree.neighbour, greater=tree.county, by=None)
    assert "县级考试" in str(refused.value)
    exam.stages.update(state="finalised")
    assert unite(lesser=tree.neighbour, greater=tree.county, by=None)


def test_unite_refuses_while_a_file_waits_and_while_the_unit_lays_down_rules(tree, unite, bureau, at):
    def merge():
        return unite(lesser=tree.neighbour, greater=tree.county, by=None)

    run = ImportRun.objects.create(
        organisation=tree.neighbour,
        kind="people.teachers",
        file_name="花名册.xlsx",
        state=ImportRun.State.CHECKED,
        checked_by=bureau,
        checked_at=at,
    )
    with pytest.raises(uniting.StillUnderWay) as refused:
        merge()
    assert "花名册.xlsx" in str(refused.value)
    importing.abandon(run=run, by=people.officer(OFFICE.BUREAU_OFFICER, tree.neighbour), at=at)
    rule = certs.rule(tree.neighbour, certs.level(tree.neighbour))
    with pytest.raises(uniting.StillRules):
        merge()
    rule.until_on = at.date() - 9 * DAY
    rule.save()
    assert merge()


def test_unite_refuses_where_two_units_below_bear_one_name(tree, unite):
    people.organisation(tree.other_school.name, parent=tree.county)
    with pytest.raises(uniting.NameBelowTaken) as refused:
        unite(lesser=tree.neighbour, greater=tree.county, by=None)
    assert tree.other_school.name in str(refused.value)
    tree.other_school.refresh_from_db()
    assert tree.other_school.parent == tree.neighbour
