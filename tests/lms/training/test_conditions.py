"""Each rule of joining a period, met and not met, with the sentence that says why not."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.people import merging
from lms.people.models import PostHeld
from lms.training import conditions, enrolling, scheduling
from lms.training.models import Enrolment, Period
from tests.factories import attendance, certs, people
from tests.factories import training as make
from tests.factories.attendance import HOUR
from tests.factories.people import AT
from tests.factories.training import DAY, SECOND


def told(name, teacher, period, at=AT):
    """The sentence of one rule, or "" where it is met."""
    period.refresh_from_db()
    (rule,) = [
        each for each in conditions.judge(period, conditions.applicant(teacher, [period], at)) if each.name == name
    ]
    return "" if rule.met else str(rule.why)


def level(tree):
    return certs.level(tree.county)


def holding(teacher, tree, **more):
    certs.issued(level(tree), certs.staff(tree.county), [teacher], at=AT - DAY, **more)


def test_every_rule_is_met_when_nothing_keeps_her_out(teacher, period):
    judged = conditions.judge(period, conditions.applicant(teacher, [period], AT))
    assert [each.name for each in judged] == [
        "announced",
        "window",
        "unit",
        "posts",
        "stages",
        "prerequisite",
        "not_yet",
        "once",
        "no_clash",
    ]
    assert conditions.unmet(period, conditions.applicant(teacher, [period], AT)) == []


@pytest.mark.parametrize("state", [Period.State.DRAFT, Period.State.CLOSED])
def test_announced_is_not_met_when_the_period_is_not_open(teacher, period, state):
    Period.objects.update(state=state)
    assert told("announced", teacher, period) == "本期尚未开放或已经关闭，请关注下一期。"


def test_window_opens_with_its_first_moment_and_closes_with_its_last(teacher, programme):
    opens, closes = dt.datetime(2024, 3, 6, 0, 30, tzinfo=dt.UTC), dt.datetime(2024, 3, 20, 16, tzinfo=dt.UTC)
    period = make.period(programme, 3, enrol_from_at=opens, enrol_until_at=closes)
    second = dt.timedelta(seconds=1)
    assert told("window", teacher, period, opens - second) == "报名将于2024年3月6日 08:30开始，请届时再来。"
    assert told("window", teacher, period, opens) == ""
    assert told("window", teacher, period, closes - second) == ""
    assert told("window", teacher, period, closes) == "本期报名已于2024年3月20日 24:00截止，您可以关注第4期。"


def test_unit_is_met_by_whoever_works_below_it_today(teacher, period, tree):
    assert told("unit", teacher, period) == ""
    for outsider in (
        people.teacher("何远", school=tree.other_school),
        people.teacher("无校"),
        people.teacher("市直", school=tree.city_school),
    ):
        assert "本培训面向澜溪县所属学校的教师" in told("unit", outsider, period)
    teacher.postings.update(until_on=dt.date(2024, 3, 4))
    assert told("unit", teacher, period) != ""


def test_posts_are_met_by_one_of_those_wanted_and_by_everybody_when_none_is(teacher, tree, period):
    assert told("posts", people.teacher("无岗", school=tree.school), period) == ""
    wanted = ["homeroom_teacher", "full_time_mental_health_teacher"]
    wants = make.period(make.programme(tree.county, posts=wanted))
    assert told("posts", teacher, wants) == ""
    other = people.teacher("何远", school=tree.school, post="support_staff")
    assert told("posts", other, wants) == "本培训面向：班主任、专职心理教师。如您担任上述岗位，请联系学校登记。"
    PostHeld.objects.filter(teacher=teacher).update(until_on=dt.date(2024, 3, 4))
    assert told("posts", teacher, wants) != ""


def test_stages_are_met_by_the_schools_or_by_those_of_a_post(teacher, tree):
    wants = make.period(make.programme(tree.county, stages=["junior", "senior"]))
    assert told("stages", teacher, wants) == "本培训面向以下学段的教师：初中、高中。"
    teacher.posts.update(stage="junior")
    assert told("stages", teacher, wants) == ""
    nine_years = people.organisation("澜溪县九年一贯制学校", parent=tree.county, stages=("primary", "junior"))
    assert told("stages", people.teacher("何远", school=nine_years), wants) == ""


def test_prerequisite_is_met_by_a_valid_certificate_of_the_level(teacher, tree):
    wants = make.period(make.programme(tree.county, requires=level(tree)))
    assert "须先持有有效的中小学心理健康教育教师B证" in told("prerequisite", teacher, wants)
    holding(teacher, tree)
    assert told("prerequisite", teacher, wants) == ""
    assert told("prerequisite", teacher, make.period(make.programme(tree.county))) == ""


def test_prerequisite_is_met_by_a_higher_level_and_not_by_one_that_ran_out(teacher, tree):
    lower = certs.level(tree.county, code="C", rank=1, name="C证", validity_months=1)
    wants = make.period(make.programme(tree.county, requires=lower))
    holding(teacher, tree)
    assert told("prerequisite", teacher, wants) == ""
    other = people.teacher("何远", school=tree.school)
    certs.issued(lower, certs.staff(tree.county), [other], at=AT - 60 * DAY)
    assert told("prerequisite", other, wants) != ""


def test_not_yet_is_not_met_by_whoever_holds_the_level_already(teacher, tree):
    earns = make.period(make.programme(tree.county, level=level(tree)))
    assert told("not_yet", teacher, earns) == ""
    holding(teacher, tree)
    assert told("not_yet", teacher, earns) == "您已持有有效的中小学心理健康教育教师B证（或更高等级），无需参加本培训。"


def test_once_is_not_met_while_she_is_in_another_period_and_met_when_she_withdrew(teacher, programme, period):
    second = make.period(programme, 2)
    enrolment = make.enrolled(teacher, period)
    assert told("once", teacher, second) == "您已报名本项目的另一期。如需换期，请先退出原来的一期。"
    enrolling.withdraw(enrolment=enrolment, reason="换期", by=teacher.user, at=AT)
    assert told("once", teacher, second) == ""


def test_once_is_not_met_while_she_waits_in_another_period(teacher, tree, programme):
    full = make.period(programme, 1, capacity=1)
    make.enrolled(people.teacher("何远", school=tree.school), full)
    assert make.enrolled(teacher, full).state == Enrolment.State.WAITING
    assert told("once", teacher, make.period(programme, 2)) != ""


def test_once_is_met_when_the_other_period_is_over_without_completion(teacher, programme, period):
    """Withdrawing from a period that is over is refused, so it must not keep her out for ever."""
    make.enrolled(teacher, period)
    later = AT + 40 * DAY
    second = make.period(programme, 2, at=later)
    assert told("once", teacher, second, later) == ""
    assert make.enrolled(teacher, second, at=later).state == Enrolment.State.CONFIRMED


def test_once_is_never_met_again_when_she_has_completed_it(teacher, programme, period):
    make.enrolled(teacher, period)
    Enrolment.objects.update(state=Enrolment.State.COMPLETED)
    later = AT + 40 * DAY
    second = make.period(programme, 2, at=later)
    assert told("once", teacher, second, later) == "您已完成本项目，结业情况见培训记录。"


def test_once_counts_what_she_did_under_a_record_that_was_merged(teacher, tree, programme, period):
    double = people.teacher("林知薇", school=tree.school)
    make.enrolled(double, period)
    Enrolment.objects.update(state=Enrolment.State.COMPLETED)
    merging.merge(lesser=double, greater=teacher, reason="同一人", by=None, at=AT)
    assert told("once", teacher, make.period(programme, 2)) == "您已完成本项目，结业情况见培训记录。"


def test_once_of_one_programme_does_not_concern_another(teacher, tree, period):
    make.enrolled(teacher, period)
    assert told("once", teacher, make.period(make.programme(tree.county))) == ""


# Sessions at the same time


@pytest.fixture
def elsewhere(tree, teacher):
    """A session, from ten to twelve, of a period of another programme in which she has a seat."""
    period = make.period(make.programme(tree.county, title="班主任基本功"))
    make.enrolled(teacher, period)
    return attendance.session(period, title="主题班会")


def clashing(tree, starts_at):
    """A period with a session of two hours from then on."""
    period = make.period(make.programme(tree.county))
    return attendance.session(period, starts_at=starts_at).period


def test_no_clash_is_not_met_while_she_is_at_a_session_elsewhere_and_says_which(tree, teacher, elsewhere):
    said = told("no_clash", teacher, clashing(tree, AT + HOUR))
    assert "2024年3月5日 10:00" in said
    assert "主题班会" in said
    assert "班主任基本功，第1期" in said
    with pytest.raises(enrolling.NotQualified) as refused:
        make.enrolled(teacher, clashing(tree, AT))
    assert [each.name for each in refused.value.missing] == ["no_clash"]


def test_no_clash_is_met_when_one_ends_as_the_other_begins(tree, teacher, elsewhere):
    for starts_at in (AT - 2 * HOUR, AT + 2 * HOUR):
        assert told("no_clash", teacher, clashing(tree, starts_at)) == ""
    for starts_at in (AT - 2 * HOUR + SECOND, AT + 2 * HOUR - SECOND):
        assert told("no_clash", teacher, clashing(tree, starts_at)) != ""


def test_no_clash_does_not_ask_about_sessions_that_were_cancelled(tree, teacher, elsewhere, officer):
    period = clashing(tree, AT)
    scheduling.cancel(session=period.sessions.get(), reason="讲师生病", by=officer, at=AT)
    assert told("no_clash", teacher, period) == ""
    period = clashing(tree, AT)
    scheduling.cancel(session=elsewhere, reason="讲师生病", by=officer, at=AT)
    assert told("no_clash", teacher, period) == ""


@pytest.mark.parametrize("state", Enrolment.State)
def test_no_clash_counts_seats_she_has_or_is_offered_alone(tree, teacher, elsewhere, state):
    Enrolment.objects.update(state=state, offered_until_at=AT + DAY)
    attends = state in (Enrolment.State.CONFIRMED, Enrolment.State.OFFERED)
    assert (told("no_clash", teacher, clashing(tree, AT)) != "") is attends


def test_no_clash_counts_what_she_joined_under_a_record_that_was_merged(tree, teacher, elsewhere):
    greater = people.teacher("林知微", school=tree.school)
    merging.merge(lesser=teacher, greater=greater, reason="同一人", by=None, at=AT)
    assert told("no_clash", greater, clashing(tree, AT)) != ""


def test_no_clash_is_told_of_the_period_in_which_she_is_neither_of_itself_nor_of_another(tree, teacher, elsewhere):
    other = people.teacher("何远", school=tree.school)
    assert told("no_clash", other, clashing(tree, AT)) == ""
    (found,) = conditions.applicant(teacher, [elsewhere.period, clashing(tree, AT)], AT).clashes.values()
    assert found == elsewhere


def test_no_clash_asks_no_more_for_many_periods(tree, teacher, elsewhere, django_assert_num_queries):
    few, many = [clashing(tree, AT)], [clashing(tree, AT) for _ in range(6)]
    with CaptureQueriesContext(connection) as captured:
        conditions.applicant(teacher, few, AT)
    with django_assert_num_queries(len(captured)):
        assert len(conditions.applicant(teacher, many, AT).clashes) == 6


# Many at once


def test_applicants_are_each_as_she_would_be_alone_in_as_many_queries(tree, teacher, elsewhere):
    holder, double, stranger = (people.teacher(name, school=tree.school) for name in ("持证", "重名", "路过"))
    wanted = level(tree)
    certs.issued(wanted, certs.staff(tree.county), [holder])
    merging.merge(lesser=double, greater=holder, reason="同一人", by=None, at=AT)
    period = make.period(make.programme(tree.county, level=wanted))
    beside = make.enrolled(stranger, period)
    periods = [period, clashing(tree, AT)]
    many = [teacher, holder, double, stranger]
    alone = {
        each.pk: conditions.applicant(each, periods, AT, beside=beside if each == stranger else None) for each in many
    }

    with CaptureQueriesContext(connection) as one:
        conditions.applicants(many[:1], periods, AT)
    with CaptureQueriesContext(connection) as asked:
        together = conditions.applicants(many, periods, AT, beside={stranger.pk: beside.pk})
    assert together == alone
    assert len(asked) == len(one)
    assert (together[teacher.pk].clashes, together[stranger.pk].enrolled) == ({periods[1].pk: elsewhere}, {})
    assert together[holder.pk].holds == {wanted.pk}
