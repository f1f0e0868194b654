"""Two records of one person become one, unless both together would break what may be only once."""

import datetime as dt

import pytest

from certs import queries as certificates
from certs.models import Credential
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people import keeping, merging, moving
from lms.people.access import NotYourOffice
from lms.people.models import Appointment, Relation, Teacher
from lms.records.models import Outcome
from tests.factories import certs, exams, people

OFFICE = Appointment.Office


@pytest.fixture
def officer(tree):
    return people.officer(OFFICE.BUREAU_OFFICER, tree.city)


@pytest.fixture
def greater(tree):
    return people.teacher("单雪梅", school=tree.school, post="homeroom_teacher")


@pytest.fixture
def lesser(tree):
    return people.teacher("单雪梅", school=tree.other_school, post="classroom_teacher")


@pytest.fixture
def merge(greater, lesser, officer, at):
    def one(**more):
        given = {"lesser": lesser, "greater": greater, "reason": "同一人重复建档", "by": officer, "at": at}
        return merging.merge(**{**given, **more})

    return one


def test_merge_points_the_lesser_at_the_greater_and_ends_its_school_and_posts(greater, lesser, merge):
    merge()
    lesser.refresh_from_db()
    assert lesser.merged_into == greater
    yesterday = dt.date(2024, 3, 4)
    assert (lesser.postings.get().until_on, lesser.posts.get().until_on) == (yesterday, yesterday)
    assert (greater.postings.get().until_on, greater.posts.get().until_on) == (None, None)
    line = Line.objects.get(act="people.records_merged")
    assert (line.subject_id, line.reason, line.facts["lesser"]) == (str(greater.pk), "同一人重复建档", lesser.pk)
    assert Message.objects.get().recipient == greater.user


def test_merge_closes_the_lesser_account_and_signs_it_out(client, lesser, merge):
    client.force_login(lesser.user)
    assert client.get("/home/").status_code == 200
    merge()
    lesser.user.refresh_from_db()
    assert (lesser.user.is_active, lesser.user.session_epoch) == (False, 1)
    assert client.get("/home/").status_code == 302


def test_merge_moves_nothing_that_hangs_on_the_lesser_and_both_count_as_one(tree, greater, lesser, merge, at):
    level = certs.level(tree.city)
    credential = certs.issued(level, certs.staff(tree.city), [lesser])[0]
    merge()
    credential.refresh_from_db()
    assert credential.teacher == lesser
    assert set(certificates.holders(level, at.date())) == {greater}
    assert credential in Credential.objects.held_by(greater.user)
    assert credential in Credential.objects.visible_to(greater.user, at)


def test_merge_takes_along_what_was_merged_into_the_lesser_before(tree, greater, lesser, merge):
    first = people.teacher("单雪梅", school=tree.school, account=False)
    merge(lesser=first, greater=lesser)
    merge()
    assert set(Teacher.objects.filter(merged_into=greater)) == {first, lesser}


def test_merge_of_a_posting_that_begins_today_ends_on_its_first_day(lesser, merge, at):
    lesser.postings.update(from_on=at.date())
    merge()
    assert lesser.postings.get().until_on == at.date()


def test_merge_is_refused_when_both_are_in_the_same_exam(tree, greater, lesser, merge):
    exam = exams.exam(tree.city)
    exams.candidate(exam, greater)
    exams.candidate(exam, lesser)
    with pytest.raises(merging.StandsInTheWay) as refused:
        merge()
    assert exam.name in str(refused.value)
    lesser.refresh_from_db()
    assert (lesser.merged_into, lesser.postings.get().until_on, lesser.user.is_active) == (None, None, True)


def test_merge_is_refused_while_the_account_that_closes_is_needed_for_an_exam(tree, greater, lesser, merge):
    exam = exams.exam(tree.city, written="registration_closed")
    candidacy = exams.candidate(exam, lesser)
    with pytest.raises(merging.StillUnderWay) as refused:
        merge()
    assert exam.name in str(refused.value)
    candidacy.state = "withdrawn"
    candidacy.save()
    assert merge() == greater


def test_merge_lets_her_see_the_exams_of_both_and_judge_none_of_them(client, tree, greater, lesser, merge):
    exam = exams.exam(tree.city, written="finalised", performance="finalised")
    candidacy = exams.candidate(exam, lesser)
    merge()
    client.force_login(greater.user)
    assert exam.name in client.get("/exams/mine/").text
    assert client.get(f"/exams/candidacies/{candidacy.pk}/result/").status_code == 200
    people.appointment(greater.user, OFFICE.BUREAU_OFFICER, tree.city)
    assert not type(candidacy).objects.reviewed_by(greater.user, people.AT).filter(pk=candidacy.pk).exists()


def test_merge_is_refused_when_one_of_them_and_a_record_merged_before_are_in_the_same_exam(
    tree, greater, lesser, merge
):
    exam = exams.exam(tree.city)
    before = people.teacher("单雪梅", school=tree.school, merged_into=greater)
    exams.candidate(exam, before)
    exams.candidate(exam, lesser)
    with pytest.raises(merging.StandsInTheWay):
        merge()


def test_merge_is_refused_when_both_have_a_certificate_on_the_same_basis_unless_one_was_returned(
    tree, greater, lesser, merge, at
):
    level, team = certs.level(tree.city), certs.staff(tree.city)
    certs.batch(level, team.proposer, [greater, lesser])
    with pytest.raises(merging.StandsInTheWay):
        merge()
    Credential.objects.filter(teacher=lesser).update(state="returned")
    assert merge() == greater


def test_merge_is_refused_when_both_have_the_same_training_and_not_when_they_have_different_ones(
    greater, lesser, merge, officer, at
):
    def outcome(teacher, title):
        return Outcome.objects.create(
            teacher=teacher,
            track="mental-health",
            title=title,
            ended_on=at.date(),
            is_completed=True,
            source=f"test:{teacher.pk}:{title}",
            recorded_by=officer,
            recorded_at=at,
        )

    outcome(greater, "第一期")
    outcome(lesser, "第二期")
    same = outcome(lesser, "第一期")
    with pytest.raises(merging.StandsInTheWay):
        merge()
    same.delete()
    assert merge() == greater


def test_merge_is_refused_when_both_declared_the_same_relation(tree, greater, lesser, merge, officer, at):
    judge = people.officer(OFFICE.JUDGE, tree.city)
    for each in (greater, lesser):
        Relation.objects.create(
            teacher=each, other=judge, kind="kin", from_on=at.date(), declared_by=officer, declared_at=at
        )
    with pytest.raises(merging.StandsInTheWay):
        merge()


def test_merge_is_refused_when_it_is_the_same_or_a_merged_record(greater, lesser, merge):
    with pytest.raises(merging.SameRecord):
        merge(lesser=greater)
    merge()
    with pytest.raises(keeping.RecordMerged):
        merge()
    with pytest.raises(keeping.RecordMerged):
        merge(lesser=greater, greater=lesser)


def test_merge_is_refused_when_there_is_no_reason(merge):
    with pytest.raises(keeping.ReasonMissing):
        merge(reason="")


def test_merge_is_refused_when_the_record_that_stays_is_the_worse_one(tree, greater, lesser, merge, officer, at):
    with pytest.raises(merging.StaysWithoutAccount):
        merge(greater=people.teacher("单雪梅", school=tree.school, account=False))
    moving.leave(teacher=greater, ending="left", on=at.date(), reason="离职", by=officer, at=at)
    with pytest.raises(merging.StaysWithoutSchool):
        merge()


def test_merge_is_refused_when_the_account_that_closes_holds_an_office(tree, lesser, merge):
    people.appointment(lesser.user, OFFICE.MARKER, tree.city)
    with pytest.raises(merging.StillInOffice) as refused:
        merge()
    assert tree.city.name in str(refused.value)


def test_merge_is_refused_when_the_offices_cover_only_one_of_the_schools(tree, merge):
    for by in (
        people.officer(OFFICE.BUREAU_OFFICER, tree.county),
        people.officer(OFFICE.BUREAU_OFFICER, tree.neighbour),
        people.officer(OFFICE.SCHOOL_OFFICER, tree.school),
        people.officer(OFFICE.AUDITOR, tree.city),
    ):
        with pytest.raises(NotYourOffice):
            merge(by=by)
