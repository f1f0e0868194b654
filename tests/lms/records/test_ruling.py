"""What an authority demands in hours: laid down without overlap, ended, taken back before it begins."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from lms.journal.models import Line
from lms.people import uniting
from lms.people.access import NotYourOffice
from lms.records import governing, reckoning, ruling
from lms.records.models import Conversion, RuleSet
from lms.records.ruling import Credit
from tests.factories import people
from tests.factories import records as make
from tests.factories.people import AT

NEW_YEAR = dt.date(2021, 1, 1)


@pytest.fixture
def officer(tree):
    return people.officer("bureau_officer", tree.county, "沈县")


def test_lay_down_demands_hours_and_says_what_else_earns_some(tree, officer):
    made = make.rules(tree.county, by=officer, source=" 文件〔2021〕1号 ")
    made.refresh_from_db()
    assert (made.yearly, made.general, made.professional, made.elective) == (90, 30, 42, 18)
    assert (made.daily_cap, made.minutes_per_hour, made.cycle_hours, made.cycle_years) == (8, 45, 360, 5)
    assert (made.source, made.set_by, made.until_on) == ("文件〔2021〕1号", officer, None)
    assert dict(made.conversions.values_list("kind", "yearly_cap")) == {
        "paper": 28,
        "award": None,
        "outside_training": None,
    }
    line = Line.objects.get()
    assert (line.act, line.actor, line.reason) == ("records.rules_laid_down", officer, "文件〔2021〕1号")
    assert (line.facts["yearly"], line.facts["credits"]) == ("90", ["award", "outside_training", "paper"])


def test_lay_down_is_refused_outside_ones_bureau(tree):
    for by in (
        people.officer("bureau_officer", tree.neighbour),
        people.officer("exam_officer", tree.county),
        people.officer("auditor", tree.county),
        people.officer("school_officer", tree.school),
    ):
        with pytest.raises(NotYourOffice):
            make.rules(tree.county, by=by)
    assert not RuleSet.objects.exists()


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (NEW_YEAR, None),
        (dt.date(2020, 6, 1), NEW_YEAR),
        (dt.date(2022, 12, 31), dt.date(2023, 12, 31)),
        (dt.date(2021, 5, 1), dt.date(2021, 5, 1)),
    ],
)
def test_lay_down_is_refused_when_another_set_of_the_authority_holds_on_one_of_the_days(tree, officer, first, last):
    make.rules(tree.county, by=officer, name="现行规定", until_on=dt.date(2022, 12, 31))
    with pytest.raises(ruling.RuleSetsOverlap, match="现行规定"):
        make.rules(tree.county, by=officer, from_on=first, until_on=last)
    assert RuleSet.objects.count() == 1


def test_lay_down_is_done_beside_another_set_and_beside_another_authoritys(tree, officer):
    make.rules(tree.county, by=officer, until_on=dt.date(2022, 12, 31))
    make.rules(tree.county, by=officer, from_on=dt.date(2023, 1, 1))
    make.rules(tree.county, by=officer, from_on=dt.date(2016, 1, 1), until_on=dt.date(2020, 12, 31))
    make.rules(tree.province)
    assert RuleSet.objects.count() == 4


def test_no_authority_has_two_sets_without_end_whoever_writes(tree):
    first = make.rules(tree.county)
    first.pk, first.from_on = None, dt.date(2030, 1, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        first.save(force_insert=True)


@pytest.mark.parametrize("name", ["", "  "])
def test_lay_down_is_refused_without_a_name(tree, officer, name):
    with pytest.raises(ruling.RuleSetUnnamed):
        make.rules(tree.county, by=officer, name=name)


def test_lay_down_is_refused_when_it_would_end_before_it_begins(tree, officer):
    with pytest.raises(ruling.RuleSetReversed, match="2021年1月1日"):
        make.rules(tree.county, by=officer, until_on=dt.date(2020, 12, 31))


def test_lay_down_is_refused_when_the_categories_are_more_than_the_year(tree, officer):
    with pytest.raises(ruling.CategoriesTooMany, match="90"):
        make.rules(tree.county, by=officer, yearly=Decimal(89))


@pytest.mark.parametrize(
    "more",
    [
        {"yearly": Decimal(0), "general": Decimal(0), "professional": Decimal(0), "elective": Decimal(0)},
        {"general": Decimal(-1)},
        {"general": Decimal("1.25")},
        {"yearly": Decimal(10000)},
        {"daily_cap": Decimal(0)},
        {"daily_cap": Decimal(25)},
        {"minutes_per_hour": 0},
        {"minutes_per_hour": 61},
        {"cycle_years": 0},
        {"cycle_years": 11},
    ],
)
def test_lay_down_is_refused_when_a_number_makes_no_sense(tree, officer, more):
    with pytest.raises(ruling.DemandUnusable):
        make.rules(tree.county, by=officer, **more)


@pytest.mark.parametrize(("month", "day"), [(0, 1), (13, 1), (2, 29), (1, 0)])
def test_lay_down_is_refused_when_no_year_begins_on_that_day(tree, officer, month, day):
    with pytest.raises(ruling.YearBeginsNowhere):
        make.rules(tree.county, by=officer, year_month=month, year_day=day)


def test_lay_down_is_refused_when_a_kind_stands_twice_or_earns_nothing(tree, officer):
    twice = [Credit("paper", "professional"), Credit("paper", "general")]
    with pytest.raises(ruling.KindTwice, match="论文"):
        make.rules(tree.county, by=officer, credits=twice)
    for wrong in (
        Credit("paper", "leisure"),
        Credit("paper", "general", Decimal(0)),
        Credit("paper", "general", None, Decimal(-1)),
        Credit("paper", "general", Decimal("1.25")),
    ):
        with pytest.raises(ruling.ConversionUnusable, match="论文"):
            make.rules(tree.county, by=officer, credits=[wrong])


def test_end_lets_a_set_hold_until_a_day_and_judge_its_last_year_to_the_end(tree, officer):
    made = make.rules(tree.county, by=officer)
    ruling.end(rules=made, until_on=dt.date(2024, 6, 30), by=officer, at=AT)
    found = governing.at_unit(tree.school)
    assert [(each.from_on, each.until_on) for each in found] == [(NEW_YEAR, dt.date(2024, 6, 30))]
    assert reckoning.year_of(found, dt.date(2024, 12, 31)).rules.key == made.pk
    assert Line.objects.order_by("-pk").first().act == "records.rules_ended"


def test_end_is_refused_before_it_began_later_than_it_ends_and_to_others(tree, officer):
    made = make.rules(tree.county, by=officer, until_on=dt.date(2024, 12, 31))
    with pytest.raises(ruling.RuleSetReversed):
        ruling.end(rules=made, until_on=dt.date(2020, 12, 31), by=officer, at=AT)
    with pytest.raises(ruling.RuleSetEndsAlready, match="2024年12月31日"):
        ruling.end(rules=made, until_on=dt.date(2025, 12, 31), by=officer, at=AT)
    with pytest.raises(NotYourOffice):
        ruling.end(rules=made, until_on=AT.date(), by=people.officer("bureau_officer", tree.neighbour), at=AT)


def test_take_back_forgets_a_set_that_has_not_begun_and_refuses_any_other(tree, officer):
    bound = make.rules(tree.county, by=officer, until_on=dt.date(2024, 12, 31))
    coming = make.rules(tree.county, by=officer, from_on=dt.date(2025, 1, 1))
    ruling.take_back(rules=coming, by=officer, at=AT)
    assert list(RuleSet.objects.all()) == [bound]
    assert not Conversion.objects.exclude(rule_set=bound).exists()
    assert Line.objects.order_by("-pk").first().act == "records.rules_taken_back"
    for act in (
        lambda: ruling.take_back(rules=coming, by=officer, at=AT),
        lambda: ruling.end(rules=coming, until_on=AT.date(), by=officer, at=AT),
    ):
        with pytest.raises(ruling.RuleSetGone):
            act()
    with pytest.raises(ruling.RuleSetHasBegun, match="2021年1月1日"):
        ruling.take_back(rules=bound, by=officer, at=AT)
    with pytest.raises(NotYourOffice):
        ruling.take_back(rules=bound, by=people.officer("bureau_officer", tree.neighbour), at=AT)


def test_visible_are_ones_own_rules_and_those_above_and_managed_those_below_ones_bureau(tree, officer, at):
    own, above = make.rules(tree.county, by=officer), make.rules(tree.province)
    beside = make.rules(tree.neighbour)
    school = people.officer("school_officer", tree.school)
    assert set(RuleSet.objects.visible_to(officer, at)) == {own, above}
    assert set(RuleSet.objects.visible_to(school, at)) == {own, above}
    assert list(RuleSet.objects.managed_by(officer, at)) == [own]
    assert not RuleSet.objects.managed_by(school, at).exists()
    province = people.officer("bureau_officer", tree.province)
    assert set(RuleSet.objects.managed_by(province, at)) == {own, above, beside}


def test_governing_asks_as_much_for_three_teachers_as_for_one(tree, django_assert_num_queries):
    make.rules(tree.province)
    county = make.rules(tree.county, from_on=dt.date(2023, 1, 1))
    people_ = [people.teacher(f"教师{n}", school=tree.school) for n in range(3)]
    for chosen in (people_[:1], people_):
        rows = type(people_[0]).objects.filter(pk__in=[each.pk for each in chosen])
        with django_assert_num_queries(2):
            found = governing.stretches(rows)
        assert {each.pk for each in chosen} == set(found)
        assert [each.rules.key for each in found[chosen[0].pk]][-1] == county.pk
        with django_assert_num_queries(1):
            governing.entries(rows)
        with django_assert_num_queries(1):
            governing.exempt(rows)


def test_a_unit_that_still_demands_hours_is_not_merged_into_another(tree, at):
    make.rules(tree.county)
    by = people.officer("bureau_officer", tree.city)
    with pytest.raises(uniting.StillRules, match="继续教育学时规定"):
        uniting.unite(lesser=tree.county, greater=tree.neighbour, reason="撤并", on=at.date(), by=by, at=at)
