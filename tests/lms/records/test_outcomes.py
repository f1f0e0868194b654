"""Trainings on record: added, never edited; a wrong one is struck and leaves its place."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from lms.inbox import rendering
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from lms.people.models import Appointment, Posting
from lms.records import outcomes, queries
from lms.records.models import Outcome
from tests.factories import people
from tests.factories import records as make

Office = Appointment.Office
TODAY, DAY = dt.date(2024, 3, 5), dt.timedelta(days=1)


@pytest.fixture
def teacher(tree):
    return people.teacher("林知微", school=tree.school)


@pytest.fixture
def officer(tree):
    return people.officer(Office.BUREAU_OFFICER, tree.county, "沈县")


@pytest.fixture
def record(teacher, officer):
    def one(**more):
        return make.outcome(more.pop("teacher", teacher), by=more.pop("by", officer), **more)

    return one


def held(track="homeroom", on=TODAY):
    return set(queries.trained(track, on))


# Recording


def test_record_keeps_what_was_gone_through(record, teacher, officer, tree, at):
    made = record(title="第三期", period=3, precision="month", hours=Decimal("12.5"), organiser=tree.county)
    made.refresh_from_db()
    assert (made.teacher, made.period, made.precision, made.hours) == (teacher, 3, "month", Decimal("12.5"))
    assert (made.organiser, made.source, made.recorded_by, made.recorded_at) == (tree.county, "test:1", officer, at)
    assert held() == {teacher}
    assert held(on=made.ended_on - DAY) == set()
    line = Line.objects.get(act="records.outcome_recorded")
    assert (line.actor, line.facts["completed"]) == (officer, True)


def test_record_of_one_not_completed_is_an_attendance_and_no_person_trained(record, officer):
    record(is_completed=False)
    assert queries.attendances("homeroom", TODAY).count() == 1
    assert held() == set()


@pytest.mark.parametrize("office", [Office.BUREAU_OFFICER, Office.EXAM_OFFICER])
def test_record_is_possible_for_bureau_and_exam_officers_and_for_an_act_above(office, record, tree):
    assert record(by=people.officer(office, tree.city))
    assert record(by=None).recorded_by is None


@pytest.mark.parametrize("office", [o for o in Appointment.Office if o not in Outcome.OFFICES])
def test_record_is_refused_when_the_office_is_another(office, record, tree):
    with pytest.raises(outcomes.NeverHere):
        record(by=people.officer(office, tree.county))


def test_record_is_refused_for_one_who_was_never_here_and_possible_for_one_who_left(record, teacher, tree):
    neighbour = people.officer(Office.BUREAU_OFFICER, tree.neighbour)
    with pytest.raises(outcomes.NeverHere, match="林知微"):
        record(by=neighbour)
    Posting.objects.filter(teacher=teacher).update(until_on=dt.date(2020, 8, 31))
    Posting.objects.create(teacher=teacher, organisation=tree.other_school, from_on=dt.date(2020, 9, 1))
    assert record(title="甲")
    assert record(title="乙", by=neighbour)


@pytest.mark.parametrize("blank", [{"title": " "}, {"track": ""}])
def test_record_is_refused_without_title_or_track(blank, record):
    with pytest.raises(outcomes.TrainingUnnamed):
        record(**blank)


def test_record_is_refused_when_it_is_not_over(record):
    with pytest.raises(outcomes.NotOverYet, match="2024-03-06"):
        record(ended_on=TODAY + DAY)
    assert record(ended_on=TODAY)


@pytest.mark.parametrize("hours", ["-0.5", "10000", "1.25"])
def test_record_is_refused_when_the_hours_make_no_sense(hours, record):
    with pytest.raises(outcomes.HoursUnusable):
        record(hours=Decimal(hours))


def test_record_is_refused_when_the_same_training_is_on_record(record, teacher, tree):
    record(title="C证培训", period=3)
    with pytest.raises(outcomes.AlreadyRecorded, match="C证培训"):
        record(title="C证培训", period=3)
    assert record(title="C证培训", period=4)
    assert record(title="C证培训")
    with pytest.raises(outcomes.AlreadyRecorded):
        record(title="C证培训")
    assert record(title="C证培训", period=3, track="other")
    assert record(title="C证培训", period=3, teacher=people.teacher("乙", school=tree.school))


def test_the_database_itself_keeps_no_training_twice(record):
    made = record(title="C证培训")
    made.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        made.save()


def test_record_for_a_merged_record_goes_to_the_one_that_stays(record, teacher):
    lesser = people.teacher("林知微", account=False, merged_into=teacher)
    assert record(teacher=lesser).teacher == teacher


def test_record_many_counts_attendances_and_persons_apart(teacher, officer, tree, at):
    other = people.teacher("何远", school=tree.school)
    trainings = [make.training(each, title=title) for each, title in ((teacher, "甲"), (teacher, "乙"), (other, "甲"))]
    made = outcomes.record_many(trainings=trainings, about=tree.county, source="x:1", by=officer, at=at)
    assert len(made) == queries.attendances("homeroom", TODAY).count() == 3
    assert held() == {teacher, other}
    line = Line.objects.get(act="records.outcomes_recorded")
    assert line.facts == {"attendances": 3, "persons": 2, "source": "x:1"}


def test_record_many_is_refused_whole_when_one_stands_twice(teacher, officer, tree, at):
    trainings = [
        make.training(teacher, title="甲"),
        make.training(teacher, title="乙"),
        make.training(teacher, title="甲"),
    ]
    with pytest.raises(outcomes.TwiceListed, match="甲"):
        outcomes.record_many(trainings=trainings, about=tree.county, source="x:1", by=officer, at=at)
    assert not Outcome.objects.exists()


def test_record_many_takes_the_same_queries_for_one_and_for_thirty(
    officer, tree, at, django_assert_max_num_queries, django_assert_num_queries
):
    people_ = [people.teacher(f"教师{n}", school=tree.school, account=False) for n in range(30)]

    def go(some, title):
        rows = [make.training(each, title=title) for each in some]
        outcomes.record_many(trainings=rows, about=tree.county, source="x:1", by=officer, at=at)

    go(people_[:1], "热身")
    with django_assert_max_num_queries(12) as counted:
        go(people_[:1], "甲")
    with django_assert_num_queries(len(counted)):
        go(people_, "乙")


# Striking


def test_strike_keeps_it_to_be_seen_counts_it_no_more_and_tells_the_teacher(record, teacher, officer, at):
    made = record(title="C证培训")
    outcomes.strike(outcome=made, reason=" 录错了人 ", by=officer, at=at)
    made.refresh_from_db()
    assert (made.struck_by, made.struck_at, made.strike_reason) == (officer, at, "录错了人")
    assert held() == set()
    assert queries.attendances("homeroom", TODAY).count() == 0
    assert list(queries.own(teacher.user)) == [made]
    told = Message.objects.get(kind="records.outcome_struck")
    assert told.recipient == teacher.user
    assert "录错了人" in rendering.words(told).body
    assert Line.objects.get(act="records.outcome_struck").reason == "录错了人"
    assert record(title="C证培训").struck_at is None


def test_strike_tells_the_one_person_whose_records_were_merged(tree, record, teacher, officer, at):
    lesser = people.teacher("林知微", school=tree.school)
    made = record(teacher=lesser)
    type(lesser).objects.filter(pk=lesser.pk).update(merged_into=teacher)
    outcomes.strike(outcome=made, reason="录错了人", by=officer, at=at)
    assert Message.objects.get(kind="records.outcome_struck").recipient == teacher.user


def test_strike_is_refused_without_a_reason_and_a_second_time(record, officer, at):
    made = record()
    with pytest.raises(outcomes.StrikeUnexplained):
        outcomes.strike(outcome=made, reason=" ", by=officer, at=at)
    outcomes.strike(outcome=made, reason="错", by=officer, at=at)
    with pytest.raises(outcomes.AlreadyStruck):
        outcomes.strike(outcome=made, reason="错", by=officer, at=at)


def test_strike_is_refused_for_other_offices_and_neighbours(record, teacher, tree, at):
    made = record()
    for user in (
        teacher.user,
        people.officer(Office.AUDITOR, tree.county),
        people.officer(Office.SCHOOL_OFFICER, tree.school),
        people.officer(Office.BUREAU_OFFICER, tree.neighbour),
    ):
        with pytest.raises(NotYourOffice):
            outcomes.strike(outcome=made, reason="错", by=user, at=at)


# Taking back


def test_take_back_removes_one_source_and_no_other(record, officer, tree, at):
    record(title="甲", source="people.importrun:7")
    stays = record(title="乙", source="people.importrun:8")
    assert outcomes.take_back(source="people.importrun:7", about=tree.county, by=officer, at=at) == 1
    assert list(Outcome.objects.all()) == [stays]
    assert Line.objects.get(act="records.outcomes_taken_back").facts["count"] == 1


def test_take_back_is_refused_when_one_was_struck_or_the_office_is_another(record, officer, tree, at):
    made = record(source="people.importrun:7")
    with pytest.raises(NotYourOffice):
        neighbour = people.officer(Office.BUREAU_OFFICER, tree.neighbour)
        outcomes.take_back(source="people.importrun:7", about=tree.county, by=neighbour, at=at)
    outcomes.strike(outcome=made, reason="错", by=officer, at=at)
    with pytest.raises(outcomes.SomeStruck):
        outcomes.take_back(source="people.importrun:7", about=tree.county, by=officer, at=at)


# Who sees what


def test_a_training_stays_with_the_unit_of_then_and_goes_with_her(record, teacher, officer, tree, at):
    neighbour = people.officer(Office.BUREAU_OFFICER, tree.neighbour)
    then = record(title="在这里", ended_on=dt.date(2019, 7, 1))
    Posting.objects.filter(teacher=teacher).update(until_on=dt.date(2020, 8, 31))
    Posting.objects.create(teacher=teacher, organisation=tree.other_school, from_on=dt.date(2020, 9, 1))
    after = record(title="在那里", ended_on=dt.date(2022, 7, 1), by=neighbour)
    seen = lambda user: set(Outcome.objects.visible_to(user, at))  # noqa: E731
    assert seen(officer) == {then}
    assert seen(neighbour) == {then, after}
    assert seen(teacher.user) == {then, after}
    assert seen(people.teacher("旁人", school=tree.school).user) == set()
    assert set(Outcome.objects.managed_by(officer, at)) == {then}
    assert set(Outcome.objects.managed_by(people.officer(Office.AUDITOR, tree.county), at)) == set()
