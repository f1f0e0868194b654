"""Each rule of eligibility on both sides of its boundary."""

import datetime as dt
from decimal import Decimal

import pytest

from exams import eligibility
from tests.factories.exams import ELIGIBILITY, FACTS

ON = dt.date(2024, 3, 15)


def rules_broken(**facts):
    return [(each.rule, each.kind) for each in eligibility.findings({**FACTS, **facts}, ELIGIBILITY, ON)]


def test_findings_are_empty_when_every_rule_is_met():
    assert rules_broken() == []


@pytest.mark.parametrize("value", [False, None, "在岗", ""])
def test_findings_name_not_in_service_when_it_is_not_plainly_true(value):
    assert rules_broken(in_service=value) == [("not_in_service", "final")]


def test_findings_leave_service_alone_when_the_exam_does_not_ask():
    rules = {**ELIGIBILITY, "in_service": False}
    assert eligibility.findings({**FACTS, "in_service": False}, rules, ON) == []


@pytest.mark.parametrize("post", ["support_staff", "", None])
def test_findings_name_the_post_when_it_is_not_among_the_eligible(post):
    assert rules_broken(post=post) == [("post_not_eligible", "final")]


@pytest.mark.parametrize(
    ("stage", "education", "met"),
    [
        ("primary", "diploma", True),
        ("primary", "secondary", False),
        ("junior", "bachelor", True),
        ("junior", "diploma", False),
        ("senior", "graduate", True),
        ("senior", "", False),
    ],
)
def test_findings_measure_education_by_the_school_stage(stage, education, met):
    expected = [] if met else [("education_below_stage", "final")]
    assert rules_broken(stage=stage, education=education) == expected


def test_findings_name_the_certificate_when_there_is_none():
    assert rules_broken(teacher_certificate="none") == [("no_teacher_certificate", "final")]


@pytest.mark.parametrize(
    ("started", "broken"),
    [
        ("2022-03", False),
        ("2022-03-15", False),
        ("2022-03-16", True),
        ("2022-04", True),
        ("2024-03", True),
        ("2030-01", True),
    ],
)
def test_findings_count_full_years_to_the_last_day_of_registration(started, broken):
    expected = [("too_few_service_years", "final")] if broken else []
    assert rules_broken(work_started_on=started) == expected


def test_findings_tell_what_was_found_and_wanted():
    (finding,) = eligibility.findings({**FACTS, "work_started_on": "2023-01"}, ELIGIBILITY, ON)
    assert (finding.found, finding.wanted) == (1, 2)


@pytest.mark.parametrize(("hours", "broken"), [("60", False), (60, False), ("59.5", True), ("59", True), ("", True)])
def test_findings_measure_training_hours_at_sixty(hours, broken):
    expected = [("too_few_training_hours", "final")] if broken else []
    assert rules_broken(training_hours=hours) == expected


@pytest.mark.parametrize("hours", ["NaN", "Infinity", "many"])
def test_training_hours_are_none_when_they_cannot_be_read(hours):
    assert eligibility.training_hours({"training_hours": hours}) == Decimal(0)


@pytest.mark.parametrize(
    ("phone", "broken"), [("13900000001", False), ("1390000000", True), ("", True), ("１３９００００００００", True)]
)
def test_findings_want_eleven_digits_of_a_phone(phone, broken):
    assert rules_broken(phone=phone) == ([("phone_missing", "fixable")] if broken else [])


@pytest.mark.parametrize(("number", "broken"), [("1" * 17, False), ("1" * 16, True), ("1" * 18, True), ("", True)])
def test_findings_want_seventeen_digits_of_a_certificate(number, broken):
    assert rules_broken(teacher_certificate=number) == ([("certificate_number_wrong", "fixable")] if broken else [])


@pytest.mark.parametrize("text", ["", "2012年8月", "2012-13", "2012-02-30"])
def test_findings_ask_for_the_start_of_work_when_it_is_no_date(text):
    assert rules_broken(work_started_on=text) == [("work_start_missing", "fixable")]


def test_findings_list_final_ones_first_when_several_rules_are_broken():
    broken = rules_broken(phone="", in_service=False, training_hours="3")
    assert [kind for _, kind in broken] == ["final", "final", "fixable"]


def test_full_years_end_the_day_after_when_work_began_on_the_leap_day():
    start = dt.date(2020, 2, 29)
    assert eligibility.full_years(start, dt.date(2022, 2, 28)) == 1
    assert eligibility.full_years(start, dt.date(2022, 3, 1)) == 2


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        ({"min_age": 30}, "min_age"),
        ({"min_service_years": -1}, "min_service_years"),
        ({"min_training_hours": "60"}, "min_training_hours"),
        ({"min_service_years": True}, "min_service_years"),
        ({"min_education": {"primary": "some"}}, "min_education"),
        ({"min_education": ["primary"]}, "min_education"),
        ({"posts": "all"}, "posts"),
        ({"in_service": "yes"}, "in_service"),
    ],
)
def test_rule_faults_name_what_cannot_be_counted_with(rules, fault):
    assert eligibility.rule_faults(rules) == [fault]


def test_rule_faults_are_none_when_the_figures_are_sound():
    assert eligibility.rule_faults(ELIGIBILITY) == []
    assert eligibility.rule_faults({}) == []
