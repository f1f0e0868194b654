"""A small district built by the acts: who was named, who attended, what stands on record, and what coverage says."""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine

from certs.models import Level as CertificateLevel
from lms.audits import measures
from lms.demo.district import building
from lms.demo.district.blueprint import (
    CLASSROOM,
    LEADER,
    NAMED,
    OWN,
    Blueprint,
    Level,
    Officer,
    Programme,
    School,
    Unit,
)
from lms.lib import clock
from lms.people.models import Organisation
from lms.records.models import HourEntry, Outcome
from lms.training.models import Attendance, Enrolment, Period
from lms.training.models import Programme as Training
from tests.factories import rehearsal
from tests.factories.people import AT

pytestmark = pytest.mark.django_db

COUNTY, ONE, TWO = "990101", "9901010001", "9901010002"
SESSIONS = (("学生心理发展", "lecture"), ("活动课", "practice"))


def _programme(code, hours, entry, tags=()):
    more = {"title": f"{code}培训", "title_en": f"Training {code}", "place": "进修学校"}
    return Programme(
        code=code, hours=Decimal(hours), posts=(CLASSROOM,), sessions=SESSIONS, tags=tags, entry=entry, **more
    )


class Small(Blueprint):
    """Two schools of three teachers and a leader each; C in two periods, of which one broke off the first; everybody
    named for a round of training that certifies nobody, two of them for a topic that each enters herself."""

    authority = COUNTY
    scheme = ("small-mh", "SM", "心理健康教育教师证书")
    units = (Unit("云溪省教育厅", "990000", "province"), Unit("小溪县教育局", COUNTY, "county", "990000"))
    levels = (Level("C", 1, "C级", "C培训", Decimal(40)), Level("T", 2, "全员", "T培训", Decimal(16)))
    programmes = (
        _programme("C", 40, "picked", tags=("newcomers",)),
        _programme("T", 16, NAMED),
        _programme("topic", 8, OWN),
    )
    rules = ()
    goals = ()
    officers = (
        Officer("small-one", "甲一", "bureau_officer", COUNTY),
        Officer("small-two", "乙二", "bureau_officer", COUNTY),
        Officer("small-exam", "丙三", "exam_officer", COUNTY),
        Officer("small-sign", "丁四", "signatory", COUNTY),
        Officer("small-school", "戊五", "school_officer", ONE),
    )

    def __init__(self, today):
        super().__init__(today, "small", COUNTY, 900_000)
        for school in self.schools:
            for number in range(3):
                made = self.hire(school, CLASSROOM, self.long_ago())
                made.trainings.append(("C", 1 if number else 2, True))
                made.trainings.append(("T", 1, True))
            self.hire(school, LEADER, self.long_ago())
        self.people[0].trainings.insert(0, ("C", 1, False))
        for each in self.people[:2]:
            each.trainings.append(("topic", 1, True))

    @classmethod
    def list_schools(cls):
        return [
            School("小溪一小", ONE, COUNTY, ("primary",), 400, 10, True),
            School("小溪二小", TWO, COUNTY, ("primary",), 300, 8, False),
        ]

    def closed_on(self, code, period):
        weeks = {"C": 70 - 20 * period, "T": 20, "topic": 10}[code]
        return self.today - dt.timedelta(weeks=weeks)

    def certified(self, level):
        return super().certified(level) if level == "C" else []


@pytest.fixture(scope="module", autouse=True)
def plan(django_db_setup, django_db_blocker):
    """The district, built once for all tests of this file and taken back after them."""
    with time_machine.travel(AT, tick=False), rehearsal.undone(django_db_blocker):
        made = Small(clock.local_date(AT))
        list(building.build(made, AT))
        yield made


def periods(code):
    return Period.objects.filter(programme__code=f"mh-{code}").order_by("number")


def test_those_of_each_period_held_a_seat_and_it_was_closed_after_its_last_day(plan):
    states = {
        (each.programme.code, each.number): sorted(each.enrolments.values_list("state", flat=True))
        for each in Period.objects.select_related("programme")
    }

    assert states == {
        ("mh-c", 1): ["completed"] * 4 + ["not_completed"],
        ("mh-c", 2): ["completed"] * 2,
        ("mh-t", 1): ["completed"] * 6,
        ("mh-topic", 1): ["completed"] * 2,
    }
    assert {each.state for each in Period.objects.all()} == {Period.State.CLOSED}
    assert [each.ends_on for each in periods("c")] == [plan.closed_on("C", 1), plan.closed_on("C", 2)]


def test_schools_named_and_the_bureau_picked_in_the_days_before(plan):
    for each in Enrolment.objects.filter(period=periods("c")[0]).select_related("school", "period"):
        steps = list(each.steps.order_by("pk").values_list("state", "by__full_name", "at"))
        leader = next(one for one in plan.people if one.school.code == TWO and LEADER in one.posts)
        assert [state for state, _by, _at in steps][:2] == ["school_approved", "confirmed"]
        assert [by for _state, by, _at in steps][:2] == [
            "戊五" if each.school.code == ONE else leader.full_name,
            "甲一",
        ]
        named_at, picked_at, ended_at = (at for _state, _by, at in steps)
        assert each.period.enrol_from_at < named_at < each.period.enrol_until_at < picked_at < ended_at
        assert clock.local_date(picked_at) < each.period.starts_on
        assert clock.local_date(ended_at) == each.period.ends_on + dt.timedelta(days=1)
    own = Enrolment.objects.filter(period=periods("topic")[0])
    assert {each.enrolled_by for each in own} == {each.teacher.user for each in own}


def test_who_broke_off_came_to_the_first_session_alone(plan):
    (left,) = Enrolment.objects.filter(state="not_completed")
    noted = Attendance.objects.filter(enrolment=left).order_by("session__starts_at")

    assert left.teacher.full_name == plan.people[0].full_name
    assert list(noted.values_list("state", flat=True)) == ["present", "absent"]
    assert Attendance.objects.count() == 2 * Enrolment.objects.count()


def test_hours_are_posted_once_and_dated_by_the_training(plan):
    rows = HourEntry.objects.values_list("teacher__full_name", "title", "hours", "begun_on", "earned_on")
    expected = [
        (each.full_name, f"{code}培训，第{period}期", hours, day - dt.timedelta(days=11), day)
        for each in plan.people
        for code, period, completed in each.trainings
        if completed
        for day, hours in [(plan.closed_on(code, period), {"C": 40, "T": 16, "topic": 8}[code])]
    ]

    assert sorted(rows) == sorted(expected)


def test_outcomes_are_the_attendances_of_the_plan_and_coverage_counts_them(plan):
    levels = {each.code: each for each in CertificateLevel.objects.select_related("scheme")}
    track = {"C": levels["C"].track, "T": levels["T"].track, "topic": "topic"}
    rows = Outcome.objects.values_list("teacher__full_name", "track", "period", "is_completed", "ended_on")

    assert sorted(rows) == sorted(
        (each.full_name, track[code], period, completed, plan.closed_on(code, period))
        for each in plan.people
        for code, period, completed in each.trainings
    )
    county = Organisation.objects.get(code=COUNTY)
    counted = measures.levels(county, plan.today, [levels["C"], levels["T"]])
    assert [(each.attendances, each.trained, each.valid) for each in counted] == [(7, 6, 6), (6, 6, 0)]


def test_programmes_lead_to_a_level_where_somebody_is_certified_and_bear_their_tags():
    found = {each.code: each for each in Training.objects.select_related("level")}

    assert {code: each.level and each.level.code for code, each in found.items()} == {
        "mh-c": "C",
        "mh-t": None,
        "mh-topic": None,
    }
    assert list(found["mh-c"].tags.values_list("tag", flat=True)) == ["newcomers"]
    assert found["mh-c"].requirements.get().percent == 80
