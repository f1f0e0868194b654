"""Programmes founded, their lessons demanded and retired, their periods announced; and whose they are."""

import datetime as dt
from decimal import Decimal

import pytest

from lms.journal.models import Line
from lms.lib import clock
from lms.people import access
from lms.training import planning, sharing, tailoring
from lms.training.models import Period, Programme, ProgrammeHours, Requirement
from tests.factories import certs, people
from tests.factories import training as make
from tests.factories.people import AT
from tests.factories.training import DAY

TODAY = clock.local_date(AT)


def found(unit, by=None, **more):
    given = {"code": "c-2024", "title": "心理健康教育C证培训", "track": "mental-C"} | more
    return planning.found(organisation=unit, plan=planning.Plan(**given), by=by, at=AT)


def open_period(programme, by=None, **more):
    given = {
        "number": 1,
        "starts_on": TODAY + 10 * DAY,
        "ends_on": TODAY + 40 * DAY,
        "enrol_from_at": AT,
        "enrol_until_at": AT + 9 * DAY,
    }
    return planning.open_period(programme=programme, by=by, at=AT, **(given | more))


# Programmes


def test_found_keeps_for_whom_where_to_and_how_many_hours(tree, officer):
    level = certs.level(tree.county)
    made = found(
        tree.county,
        officer,
        title=" 心理健康教育B证培训 ",
        level=level,
        requires=level,
        posts=["homeroom_teacher"],
        stages=["primary"],
        hours={"professional": Decimal("12.5"), "elective": Decimal(3)},
    )
    made = Programme.objects.get(pk=made.pk)
    assert (made.title, made.level, made.requires, made.posts, made.stages) == (
        "心理健康教育B证培训",
        level,
        level,
        ["homeroom_teacher"],
        ["primary"],
    )
    assert dict(made.hours.values_list("category", "hours")) == {"professional": Decimal("12.5"), "elective": 3}
    line = Line.objects.get(act="training.programme_founded")
    assert (line.actor, line.facts) == (officer, {"code": "c-2024"})


@pytest.mark.parametrize(
    "wrong", [{"title": " "}, {"track": " "}, {"code": " "}, {"code": "心理"}, {"code": "c 2024"}, {"code": "c/2024"}]
)
def test_found_is_refused_without_title_track_or_a_plain_code(tree, officer, wrong):
    with pytest.raises(planning.ProgrammeUnnamed):
        found(tree.county, officer, **wrong)


@pytest.mark.parametrize("wrong", [{"posts": ["headmistress"]}, {"stages": ["university"]}])
def test_found_is_refused_for_an_audience_that_there_is_not(tree, officer, wrong):
    with pytest.raises(tailoring.UnknownAudience):
        found(tree.county, officer, **wrong)


def test_found_keeps_each_tag_once(tree):
    made = found(tree.county, tags=["ethics", "newcomers", "ethics"])
    assert [str(each) for each in made.tags.all()] == ["师德", "新教师"]


def test_found_is_refused_for_a_tag_that_there_is_not(tree, officer):
    with pytest.raises(planning.UnknownTag):
        found(tree.county, officer, tags=["ethics", "gardening"])
    assert not Programme.objects.exists()


@pytest.mark.parametrize(
    "hours",
    [
        {"sport": Decimal(1)},
        {"elective": Decimal(0)},
        {"elective": Decimal(-1)},
        {"elective": Decimal("0.25")},
        {"elective": Decimal(1000)},
    ],
)
def test_found_is_refused_with_hours_that_cannot_be(tree, officer, hours):
    with pytest.raises(tailoring.HoursUnfit):
        found(tree.county, officer, hours=hours)
    assert not ProgrammeHours.objects.exists()


def test_found_is_refused_when_the_unit_has_the_code_and_done_when_another_has_it(tree, officer):
    found(tree.county)
    with pytest.raises(planning.CodeTaken) as refused:
        found(tree.county, officer)
    assert "澜溪县" in str(refused.value)
    assert found(tree.neighbour).organisation == tree.neighbour


def test_found_and_open_period_are_refused_outside_ones_office(tree):
    programme = found(tree.county)
    for by in (
        people.officer("bureau_officer", tree.neighbour),
        people.officer("auditor", tree.county),
        people.officer("school_officer", tree.school),
        people.officer("trainer", tree.county),
        people.teacher(school=tree.school).user,
    ):
        with pytest.raises(access.NotYourOffice):
            found(tree.county, by, code="other")
        with pytest.raises(access.NotYourOffice):
            open_period(programme, by)
    assert not Period.objects.exists()


@pytest.mark.parametrize("office", ["bureau_officer", "exam_officer"])
def test_planning_offices_of_the_unit_and_above_plan(tree, office):
    for number, unit in enumerate((tree.county, tree.city), start=1):
        by = people.officer(office, unit)
        made = found(tree.county, by, code=f"c-{number}")
        assert open_period(made, by).state == Period.State.OPEN


# Lessons demanded


def test_demand_lesson_is_journalled_once_and_again_only_when_something_changed(tree):
    programme, lesson = found(tree.county), make.lesson(minutes=10)
    made = make.demand(programme, lesson)
    make.demand(programme, lesson)
    assert Line.objects.filter(act="training.lesson_demanded").count() == 1
    longer = make.lesson("新名", minutes=20, key=lesson.key)
    assert make.demand(programme, longer) == made
    kept = Requirement.objects.get()
    assert (kept.title, kept.minutes) == ("新名", 20)
    assert Line.objects.filter(act="training.lesson_demanded").count() == 2


def test_retire_lesson_takes_it_off_and_demanding_it_again_puts_it_back(tree):
    programme, lesson = found(tree.county), make.lesson()
    make.demand(programme, lesson)
    planning.retire_lesson(programme=programme, key=lesson.key, by=None, at=AT)
    assert not Requirement.objects.standing().exists()
    assert Requirement.objects.get().retired_at == AT
    planning.retire_lesson(programme=programme, key=lesson.key, by=None, at=AT)
    make.demand(programme, lesson)
    assert Requirement.objects.standing().count() == 1
    acts = list(Line.objects.filter(act__contains="lesson").order_by("pk").values_list("act", flat=True))
    assert acts == ["training.lesson_demanded", "training.lesson_retired", "training.lesson_demanded"]


def test_retire_lesson_lets_be_what_was_never_demanded(tree):
    programme = found(tree.county)
    planning.retire_lesson(programme=programme, key=make.lesson().key, by=None, at=AT)
    assert not Requirement.objects.exists()


# Periods


def test_open_period_announces_it_and_is_journalled(tree, officer):
    made = open_period(found(tree.county), officer, number=12, capacity=60, mode="blended", place=" 进修学校 ")
    made = Period.objects.get(pk=made.pk)
    assert (made.number, made.capacity, made.mode, made.place, made.state) == (12, 60, "blended", "进修学校", "open")
    assert str(made) == "心理健康教育C证培训，第12期"
    line = Line.objects.get(act="training.period_opened")
    assert (line.actor, line.facts["capacity"]) == (officer, 60)


@pytest.mark.parametrize(
    "wrong",
    [
        {"ends_on": TODAY + 9 * DAY},
        {"enrol_until_at": AT},
        {"enrol_until_at": AT - DAY},
        {"enrol_until_at": clock.local_moment(TODAY + 41 * DAY) + dt.timedelta(seconds=1)},
    ],
)
def test_open_period_is_refused_with_dates_that_do_not_fit(tree, wrong):
    with pytest.raises(planning.DatesUnfit):
        open_period(found(tree.county), **wrong)


def test_open_period_may_enrol_until_the_end_of_its_last_day_and_last_one_day(tree):
    last = TODAY + 10 * DAY
    made = open_period(found(tree.county), ends_on=last, enrol_until_at=clock.local_moment(last + DAY))
    assert made.starts_on == made.ends_on


@pytest.mark.parametrize("capacity", [0, -1, 100_001])
def test_open_period_is_refused_without_seats_or_with_more_than_there_are_people(tree, capacity):
    with pytest.raises(planning.NoSeats):
        open_period(found(tree.county), capacity=capacity)


def test_open_period_keeps_how_one_comes_in(tree, officer):
    made = open_period(found(tree.county), officer, admission="school", selection="choice", offer_hours=48)
    made = Period.objects.get(pk=made.pk)
    assert (made.admission, made.selection, made.offer_hours) == ("school", "choice", 48)


def test_open_period_lets_each_come_by_herself_by_order_and_without_offers_unless_told(tree):
    made = open_period(found(tree.county))
    assert (made.admission, made.selection, made.offer_hours) == ("open", "order", None)
    assert (made.shares_until_on, made.next_place) == (None, 1)


@pytest.mark.parametrize("wrong", [{"admission": "letter"}, {"admission": ""}, {"selection": "lottery"}])
def test_open_period_is_refused_with_a_way_of_enrolling_that_there_is_not(tree, wrong):
    with pytest.raises(planning.WayUnknown):
        open_period(found(tree.county), **wrong)
    assert not Period.objects.exists()


@pytest.mark.parametrize("hours", [0, -1, 721])
def test_open_period_is_refused_with_offers_that_nobody_can_answer_or_that_never_end(tree, hours):
    with pytest.raises(planning.OfferUnfit):
        open_period(found(tree.county), offer_hours=hours)
    assert not Period.objects.exists()


@pytest.mark.parametrize("hours", [1, 720])
def test_open_period_keeps_an_offer_from_an_hour_to_thirty_days(tree, hours):
    assert open_period(found(tree.county), offer_hours=hours).offer_hours == hours


@pytest.mark.parametrize("number", [0, -1, 10_000])
def test_open_period_is_refused_with_a_number_that_is_none(tree, number):
    with pytest.raises(planning.NumberUnfit):
        open_period(found(tree.county), number=number)


def test_open_period_is_refused_when_its_number_is_taken(tree):
    programme = found(tree.county)
    open_period(programme, number=3)
    with pytest.raises(planning.NumberTaken) as refused:
        open_period(programme, number=3)
    assert "3" in str(refused.value)
    assert open_period(found(tree.county, code="other"), number=3).number == 3


# Seats


def change_seats(period, capacity, by, at=AT):
    return planning.change_seats(period=period, capacity=capacity, by=by, at=at)


def share(period, seats, until_on=None):
    return sharing.share(period=period, seats=seats, until_on=until_on, by=None, at=AT)


@pytest.fixture
def full(tree):
    """Two seats taken, and three who wait."""
    period = make.period(make.programme(tree.county), capacity=2)
    for each in make.teachers(tree.school, 5):
        make.enrolled(each, period)
    return period


def seated(period):
    return list(period.enrolments.seated().order_by("place").values_list("place", flat=True))


def test_change_seats_gives_more_to_those_who_wait_and_is_journalled(full, officer):
    assert change_seats(full, 4, officer).capacity == 4
    assert Period.objects.get().capacity == 4
    assert seated(full) == [1, 2, 3, 4]
    line = Line.objects.get(act="training.seats_changed")
    assert (line.actor, line.facts) == (officer, {"before": 2, "after": 4})


def test_change_seats_to_seats_for_all_leaves_nobody_waiting(full, officer):
    assert change_seats(full, None, officer).capacity is None
    assert seated(full) == [1, 2, 3, 4, 5]


def test_change_seats_goes_down_to_what_is_taken_and_no_further(full, officer):
    change_seats(full, 4, officer)
    with pytest.raises(planning.SeatsTaken) as refused:
        change_seats(full, 3, officer)
    assert (refused.value.field, "4" in str(refused.value)) == ("capacity", True)
    assert Period.objects.get().capacity == 4
    full.enrolments.filter(place=1).update(state="withdrawn")
    assert change_seats(full, 3, officer).capacity == 3
    assert seated(full) == [2, 3, 4]


def test_change_seats_counts_offers_and_completions_as_taken(full, officer):
    full.enrolments.filter(place=1).update(state="offered", offered_until_at=AT + DAY)
    full.enrolments.filter(place=2).update(state="completed")
    with pytest.raises(planning.SeatsTaken):
        change_seats(full, 1, officer)


@pytest.mark.parametrize("capacity", [0, -1, 100_001])
def test_change_seats_is_refused_with_a_number_that_is_none(full, officer, capacity):
    with pytest.raises(planning.NoSeats):
        change_seats(full, capacity, officer)


def test_change_seats_is_refused_outside_the_planners_office(full, tree):
    for by in (
        people.officer("school_officer", tree.school),
        people.officer("bureau_officer", tree.neighbour),
        people.officer("auditor", tree.county),
    ):
        with pytest.raises(access.NotYourOffice):
            change_seats(full, 9, by)
    assert (Period.objects.get().capacity, seated(full)) == (2, [1, 2])


def test_change_seats_is_refused_below_what_is_shared_down_the_tree(places, officer):
    period = make.period(make.programme(places.county), capacity=9)
    share(period, {places.cluster: 4, places.east: 2, places.alone: 1})
    for capacity in (4, None):
        with pytest.raises(planning.SeatsShared) as refused:
            change_seats(period, capacity, officer)
        assert "5" in str(refused.value)
    assert Period.objects.get().capacity == 9
    assert change_seats(period, 5, officer).capacity == 5


def test_change_seats_leaves_room_for_those_without_a_share(places, officer):
    """4 are the cluster's, none of them taken; 2 of the rest are."""
    period = make.period(make.programme(places.county), capacity=9)
    share(period, {places.cluster: 4})
    for each in make.teachers(places.alone, 2):
        make.enrolled(each, period)
    with pytest.raises(planning.SeatsShared):
        change_seats(period, 5, officer)
    assert change_seats(period, 6, officer).capacity == 6


def test_change_seats_is_free_of_shares_once_their_day_is_over(places, officer):
    period = make.period(make.programme(places.county), capacity=9)
    share(period, {places.cluster: 4}, until_on=TODAY)
    with pytest.raises(planning.SeatsShared):
        change_seats(period, 3, officer)
    assert change_seats(period, 3, officer, AT + DAY).capacity == 3


def test_change_seats_gives_new_ones_to_the_pool_and_not_to_a_share_that_is_full(places, officer):
    period = make.period(make.programme(places.county), capacity=2)
    share(period, {places.east: 1})
    for school in (places.east, places.east, places.alone, places.alone):
        make.enrolled(*make.teachers(school, 1), period)
    change_seats(period, 4, officer)
    assert seated(period) == [1, 3, 4]


# Whose they are


def test_programmes_and_periods_are_seen_by_those_below_and_by_offices_above(tree, personas, at):
    programme = found(tree.county)
    period = open_period(programme)
    upper = found(tree.city, code="upper")
    sees = {
        personas.teacher.user: {programme, upper},
        personas.county_officer: {programme, upper},
        personas.province_officer: {programme, upper},
        people.officer("auditor", tree.city): {programme, upper},
        personas.stranger.user: {upper},
        people.officer("bureau_officer", tree.neighbour): {upper},
        people.user("路人"): set(),
    }
    for user, programmes in sees.items():
        assert set(Programme.objects.visible_to(user, at)) == programmes, user
        assert set(Period.objects.visible_to(user, at)) == ({period} if programme in programmes else set()), user


def test_programmes_are_managed_by_the_planning_offices_that_cover_them(tree, personas, at):
    programme = found(tree.county)
    period = open_period(programme)
    for user, manages in (
        (personas.county_officer, True),
        (personas.province_officer, True),
        (people.officer("auditor", tree.county), False),
        (people.officer("bureau_officer", tree.neighbour), False),
        (personas.teacher.user, False),
    ):
        assert Programme.objects.managed_by(user, at).filter(pk=programme.pk).exists() is manages, user
        assert Period.objects.managed_by(user, at).filter(pk=period.pk).exists() is manages, user


def test_a_draft_is_seen_by_those_alone_who_plan_it(tree, personas, at):
    period = open_period(found(tree.county))
    Period.objects.update(state=Period.State.DRAFT)
    assert period in Period.objects.visible_to(personas.county_officer, at)
    assert period not in Period.objects.visible_to(personas.teacher.user, at)
    assert period not in Period.objects.visible_to(people.officer("auditor", tree.county), at)


# Attendance


def demand_attendance(programme, percent, by=None):
    return planning.demand_attendance(programme=programme, percent=percent, by=by, at=AT)


def test_demand_attendance_of_nothing_leaves_nothing_when_none_was_demanded(programme):
    assert demand_attendance(programme, None) is None
    assert not Requirement.objects.filter(kind=Requirement.Kind.ATTENDANCE).exists()
    assert not Line.objects.filter(act="training.attendance_demanded").exists()


def test_demand_attendance_is_changed_and_taken_back(tree, programme):
    officer = people.officer("bureau_officer", tree.county)
    for percent in (80, 80, 90, None):
        demand_attendance(programme, percent, officer)
    assert not programme.requirements.standing().filter(kind="attendance").exists()
    lines = Line.objects.filter(act="training.attendance_demanded").order_by("pk")
    assert [(each.facts["before"], each.facts["after"]) for each in lines] == [(None, 80), (80, 90), (90, None)]


@pytest.mark.parametrize("percent", [0, 101, -5])
def test_demand_attendance_refuses_what_is_no_percentage(programme, percent):
    with pytest.raises(planning.PercentUnfit):
        demand_attendance(programme, percent)


def test_demand_attendance_refuses_another_authority(tree, programme):
    with pytest.raises(access.NotYourOffice):
        demand_attendance(programme, 80, people.officer("bureau_officer", tree.neighbour))
