"""Duty rules: who may set them, for which level, and that two of a kind never hold on the same day."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from certs import requiring
from certs.models import DutyRule
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from lms.people.models import Appointment
from tests.factories import certs, people

Office = Appointment.Office
PART_TIME, HOMEROOM = "part_time_mental_health_teacher", "homeroom_teacher"
FROM, UNTIL = dt.date(2022, 9, 1), dt.date(2025, 8, 31)
TODAY, DAY = dt.date(2024, 3, 5), dt.timedelta(days=1)


@pytest.fixture
def officer(tree):
    return people.officer(Office.BUREAU_OFFICER, tree.county, "沈县")


@pytest.fixture
def level(tree):
    return certs.level(tree.county)


@pytest.fixture
def set_rule(tree, officer, level, at):
    def one(**more):
        given = {"authority": tree.county, "post": PART_TIME, "level": level, "from_on": FROM, "by": officer, "at": at}
        return requiring.set_rule(**(given | more))

    return one


def test_set_rule_keeps_what_was_set_by_whom_and_why(set_rule, officer, level, tree, at):
    rule = set_rule(stage="primary", is_required=False, until_on=UNTIL, source=" 澜教〔2022〕8号 ")
    rule.refresh_from_db()
    assert (rule.authority, rule.post, rule.stage, rule.level) == (tree.county, PART_TIME, "primary", level)
    assert (rule.is_required, rule.from_on, rule.until_on, rule.source) == (False, FROM, UNTIL, "澜教〔2022〕8号")
    assert (rule.set_by, rule.set_at) == (officer, at)
    line = Line.objects.get(act="certs.duty_set")
    assert (line.actor, line.reason, line.facts["required"]) == (officer, "澜教〔2022〕8号", False)


def test_set_rule_takes_a_level_of_an_authority_above(set_rule, tree):
    assert set_rule(level=certs.level(tree.province)).level.scheme.authority == tree.province


@pytest.mark.parametrize("office", [o for o in Appointment.Office if o != Office.BUREAU_OFFICER])
def test_set_rule_is_refused_when_the_office_is_another(office, set_rule, tree):
    with pytest.raises(NotYourOffice):
        set_rule(by=people.officer(office, tree.county))


def test_set_rule_is_refused_when_the_officer_is_a_neighbour_or_below(set_rule, tree):
    for unit in (tree.neighbour, tree.school):
        with pytest.raises(NotYourOffice):
            set_rule(by=people.officer(Office.BUREAU_OFFICER, unit))
    assert set_rule(by=people.officer(Office.BUREAU_OFFICER, tree.city))


@pytest.mark.parametrize("wrong", [{"post": "headmaster"}, {"post": ""}, {"stage": "university"}])
def test_set_rule_is_refused_when_post_or_stage_is_unknown(wrong, set_rule):
    with pytest.raises(requiring.PostUnknown):
        set_rule(**wrong)


def test_set_rule_is_refused_when_the_level_is_of_a_neighbour_below_or_of_another_province(set_rule, tree):
    other = people.organisation("别省", level=10, code="980000")
    for owner in (tree.neighbour, tree.school, other):
        with pytest.raises(requiring.ForeignLevel, match=owner.name):
            set_rule(level=certs.level(owner, code="X" if owner == tree.school else "B"))
    assert not DutyRule.objects.exists()


def test_set_rule_is_refused_when_it_ends_before_it_begins(set_rule):
    with pytest.raises(requiring.DatesReversed, match="2022年9月1日"):
        set_rule(until_on=FROM - DAY)
    assert set_rule(until_on=FROM).until_on == FROM


@pytest.mark.parametrize(
    "span",
    [(FROM, None), (FROM - DAY, FROM), (UNTIL, None), (FROM + DAY, UNTIL - DAY), (dt.date(1999, 1, 1), None)],
)
def test_set_rule_is_refused_when_another_holds_on_one_of_its_days(span, set_rule):
    set_rule(until_on=UNTIL)
    with pytest.raises(requiring.RulesOverlap) as refused:
        set_rule(from_on=span[0], until_on=span[1])
    assert "B证，2022年9月1日至2025年8月31日" in str(refused.value)
    assert DutyRule.objects.count() == 1


def test_set_rule_is_refused_for_another_level_of_the_same_scheme_in_the_same_days(set_rule, tree):
    set_rule()
    with pytest.raises(requiring.RulesOverlap, match="自2022年9月1日起"):
        set_rule(level=certs.level(tree.county, code="A", rank=3, name="A证"))


def test_set_rule_stands_beside_another_of_other_days_post_stage_scheme_or_authority(set_rule, tree):
    set_rule(until_on=UNTIL)
    set_rule(from_on=UNTIL + DAY)
    set_rule(from_on=FROM - 9 * DAY, until_on=FROM - DAY)
    set_rule(post=HOMEROOM)
    set_rule(stage="primary")
    set_rule(level=certs.level(tree.county, mark="N", name="班主任合格证书"))
    set_rule(authority=tree.city, level=certs.level(tree.city), by=people.officer(Office.BUREAU_OFFICER, tree.city))
    assert DutyRule.objects.count() == 7


def test_the_database_itself_keeps_no_rule_twice_without_end(set_rule, level, tree, officer, at):
    set_rule()
    with pytest.raises(IntegrityError), transaction.atomic():
        DutyRule.objects.create(
            authority=tree.county, post=PART_TIME, level=level, from_on=UNTIL, set_by=officer, set_at=at
        )


def test_end_rule_lets_it_hold_for_the_last_time_on_a_day(set_rule, officer, at):
    rule = requiring.end_rule(rule=set_rule(), until_on=UNTIL, by=officer, at=at)
    assert DutyRule.objects.held_on(UNTIL).get() == rule
    assert not DutyRule.objects.held_on(UNTIL + DAY).exists()
    assert Line.objects.get(act="certs.duty_ended").facts["until_on"] == "2025-08-31"


def test_end_rule_shortens_one_that_has_an_end(set_rule, officer, at):
    rule = set_rule(until_on=UNTIL)
    assert requiring.end_rule(rule=rule, until_on=UNTIL - DAY, by=officer, at=at).until_on == UNTIL - DAY


@pytest.mark.parametrize("until", [UNTIL, UNTIL + DAY])
def test_end_rule_is_refused_when_it_ends_by_then_already(until, set_rule, officer, at):
    rule = set_rule(until_on=UNTIL)
    with pytest.raises(requiring.EndsAlready, match="2025年8月31日"):
        requiring.end_rule(rule=rule, until_on=until, by=officer, at=at)


def test_end_rule_is_refused_when_it_would_end_before_it_begins(set_rule, officer, at):
    with pytest.raises(requiring.DatesReversed):
        requiring.end_rule(rule=set_rule(), until_on=FROM - DAY, by=officer, at=at)


def test_end_rule_is_refused_when_the_officer_is_a_neighbour_or_has_another_office(set_rule, tree, at):
    rule = set_rule()
    for office, unit in ((Office.BUREAU_OFFICER, tree.neighbour), (Office.EXAM_OFFICER, tree.county)):
        with pytest.raises(NotYourOffice):
            requiring.end_rule(rule=rule, until_on=UNTIL, by=people.officer(office, unit), at=at)


def test_take_back_rule_leaves_it_to_the_journal_alone(set_rule, officer, at):
    rule = set_rule(from_on=TODAY + DAY, is_required=False, source="澜教〔2024〕3号")
    requiring.take_back_rule(rule=rule, by=officer, at=at)
    assert not DutyRule.objects.exists()
    line = Line.objects.get(act="certs.duty_taken_back")
    assert (line.actor, line.reason, line.subject_id) == (officer, "澜教〔2024〕3号", str(rule.pk))
    assert line.facts == {
        "post": PART_TIME,
        "stage": "",
        "level": "中小学心理健康教育教师B证",
        "required": False,
        "from_on": "2024-03-06",
        "until_on": "",
    }
    assert set_rule(from_on=TODAY + DAY)


@pytest.mark.parametrize("first", [TODAY, TODAY - DAY])
def test_take_back_rule_is_refused_when_it_has_begun(first, set_rule, officer, at):
    with pytest.raises(requiring.HasBegun, match=f"2024年3月{first.day}日"):
        requiring.take_back_rule(rule=set_rule(from_on=first), by=officer, at=at)
    assert DutyRule.objects.exists()


def test_take_back_rule_goes_by_the_day_of_the_site_not_by_utc(set_rule, officer):
    """At seven in the evening of UTC the rule's first day has begun in Shanghai."""
    rule = set_rule(from_on=TODAY + DAY)
    with pytest.raises(requiring.HasBegun):
        requiring.take_back_rule(rule=rule, by=officer, at=dt.datetime(2024, 3, 5, 19, 0, tzinfo=dt.UTC))


def test_take_back_rule_and_end_rule_are_refused_when_it_has_been_taken_back(set_rule, officer, at):
    rule = set_rule(from_on=TODAY + DAY)
    requiring.take_back_rule(rule=DutyRule.objects.get(pk=rule.pk), by=officer, at=at)
    with pytest.raises(requiring.RuleGone):
        requiring.take_back_rule(rule=rule, by=officer, at=at)
    with pytest.raises(requiring.RuleGone):
        requiring.end_rule(rule=rule, until_on=TODAY + DAY, by=officer, at=at)


def test_take_back_rule_is_refused_when_the_officer_is_a_neighbour_or_has_another_office(set_rule, tree, at):
    rule = set_rule(from_on=TODAY + DAY)
    for office, unit in ((Office.BUREAU_OFFICER, tree.neighbour), (Office.EXAM_OFFICER, tree.county)):
        with pytest.raises(NotYourOffice):
            requiring.take_back_rule(rule=rule, by=people.officer(office, unit), at=at)
    assert DutyRule.objects.exists()
