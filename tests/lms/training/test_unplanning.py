"""A wrong plan of batches is taken back with its periods, as long as nobody is enrolled in them."""

import pytest
import time_machine

from lms.inbox import rendering
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people import access
from lms.training import batching, enrolling, nominating, seating, unplanning
from lms.training.models import Period, PlannedPlace
from tests.factories import assignments, attendance, people
from tests.factories import training as make
from tests.factories.people import AT
from tests.factories.training import DAY
from tests.lms.training.test_batching import opened

HOMEROOM = "homeroom_teacher"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def homeroom(tree):
    return make.programme(tree.county, posts=[HOMEROOM], track="homeroom")


@pytest.fixture
def teachers(tree):
    return [people.teacher(each, school=tree.school, post=HOMEROOM) for each in ("甲老师", "乙老师")]


@pytest.fixture
def plan(officer, sender, homeroom, teachers):
    make.period(homeroom, 1)
    return opened(homeroom, officer, 2)


def take_back(period, by, reason="日期有误"):
    return unplanning.take_back(period=period, reason=reason, by=by, at=AT)


def test_take_back_removes_all_periods_of_the_plan_and_frees_who_was_meant(plan, officer, homeroom, teachers, sender):
    take_back(plan[1], officer)
    assert list(homeroom.periods.values_list("number", flat=True)) == [1]
    assert not PlannedPlace.objects.exists()
    assert {each.teacher for each in batching.candidates(homeroom, AT.date())} == set(teachers)
    line = Line.objects.get(act="training.batches_taken_back")
    assert (line.actor, line.reason, line.facts) == (officer, "日期有误", {"batches": [[2, 1], [3, 1]]})
    message = Message.objects.get(kind="training.batches_taken_back")
    words = rendering.words(message)
    assert (message.recipient, homeroom.title in words.subject, "日期有误" in words.body) == (sender, True, True)


@pytest.mark.parametrize("ends", [False, True])
def test_take_back_is_refused_once_somebody_is_or_was_enrolled(plan, officer, sender, teachers, ends):
    (row,) = nominating.nominate(teachers=teachers[:1], period=plan[0], by=sender, at=AT)
    if ends:
        enrolling.withdraw(enrolment=row, reason="误报", by=sender, at=AT)
    with pytest.raises(unplanning.PlanInUse, match="第2期"):
        take_back(plan[1], officer)
    assert Period.objects.count() == 3


@pytest.mark.parametrize("put_in", [attendance.session, assignments.assignment])
def test_take_back_is_refused_once_its_periods_are_worked_out(plan, officer, put_in):
    more = {"starts_at": AT + 31 * DAY} if put_in is attendance.session else {}
    put_in(plan[0], **more)
    with pytest.raises(unplanning.PlanWorkedOut):
        take_back(plan[0], officer)
    assert PlannedPlace.objects.count() == 2


def test_take_back_is_refused_without_a_reason_a_plan_or_the_office(plan, officer, sender, homeroom):
    with pytest.raises(unplanning.PlanUnexplained) as refused:
        take_back(plan[0], officer, " ")
    assert refused.value.field == "reason"
    with pytest.raises(access.NotYourOffice):
        take_back(plan[0], sender)
    with pytest.raises(unplanning.NoPlanHere):
        take_back(homeroom.periods.get(number=1), officer)
    take_back(plan[0], officer)
    with pytest.raises(unplanning.NoPlanHere):
        take_back(plan[0], officer)
    assert Line.objects.filter(act="training.batches_taken_back").count() == 1


def test_whoever_comes_for_a_period_that_was_taken_back_is_told_so(plan, officer, sender, teachers):
    take_back(plan[0], officer)
    with pytest.raises(seating.PeriodGone):
        nominating.nominate(teachers=teachers[:1], period=plan[0], by=sender, at=AT)


# The pages


def test_the_plan_is_taken_back_from_the_page_of_who_needs_it(client, plan, officer, homeroom):
    client.force_login(officer)
    needs, address = f"/training/programmes/{homeroom.pk}/needs/", f"/training/periods/{plan[0].pk}/plan/"
    assert address in client.get(needs).text
    page = client.get(address).text
    assert ("第2期" in page, "第3期" in page) == (True, True)
    refused = client.post(address, {"reason": ""})
    assert (refused.status_code, Period.objects.count()) == (422, 3)
    assert client.post(address, {"reason": "日期有误"}).headers["Location"] == needs
    assert list(homeroom.periods.values_list("number", flat=True)) == [1]
    assert client.get(address).status_code == 404


def test_a_plan_in_use_is_not_offered_and_refused_beside_what_was_typed(
    client, plan, officer, sender, homeroom, teachers
):
    nominating.nominate(teachers=teachers[:1], period=plan[0], by=sender, at=AT)
    client.force_login(officer)
    assert f"{plan[0].pk}/plan/" not in client.get(f"/training/programmes/{homeroom.pk}/needs/").text
    answer = client.post(f"/training/periods/{plan[1].pk}/plan/", {"reason": "日期有误"})
    assert (answer.status_code, "日期有误" in answer.text, Period.objects.count()) == (409, True, 3)


def test_the_page_is_not_there_for_others_nor_for_a_period_of_its_own(client, plan, officer, sender, homeroom, tree):
    stranger = people.officer("bureau_officer", tree.neighbour)
    for user in (sender, stranger):
        client.force_login(user)
        assert client.get(f"/training/periods/{plan[0].pk}/plan/").status_code == 404
    client.force_login(officer)
    assert client.get(f"/training/periods/{homeroom.periods.get(number=1).pk}/plan/").status_code == 404
