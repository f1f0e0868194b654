"""The arithmetic of hours, against sums done by hand: years, categories, the cap of a day, what is missing."""

import datetime as dt
import itertools
from decimal import Decimal

import pytest

from lms.records import reckoning
from lms.records.reckoning import Entry, Laid, Post, Rules, Stretch

CATEGORIES = ("general", "professional", "elective")


def day(text):
    return dt.date.fromisoformat(text)


def rules(key=1, *, yearly="90", general="30", professional="42", elective="18", cap="8", begins=(1, 1), **more):
    minima = {"general": general, "professional": professional, "elective": elective}
    return Rules(
        key=key,
        name=f"规则{key}",
        yearly=Decimal(yearly),
        minima={name: Decimal(hours) for name, hours in minima.items() if hours != "0"},
        daily_cap=Decimal(cap),
        cycle_hours=Decimal(more.get("cycle", "360")),
        cycle_years=5,
        begins=begins,
    )


EARLIER = rules(1, yearly="72", general="18", professional="42", elective="12", cap="6")
PRESENT = rules(2)
PLAIN = rules(3, yearly="72", general="0", professional="0", elective="0", begins=(9, 1))
GUANGDONG = [
    Stretch(day("2016-01-01"), day("2020-12-31"), EARLIER),
    Stretch(day("2021-01-01"), None, PRESENT),
]


def entry(key, category, hours, earned_on, begun_on=None, reverses=None):
    first = day(begun_on) if begun_on else None
    return Entry(key, category, Decimal(hours), day(earned_on), first, reverses)


def judge(entries, on, found=GUANGDONG):
    return reckoning.judge(entries, found, day(on), categories=CATEGORIES)


# One teacher, three years, two rule sets. A hand calculation:
#
#  no.  category      days                     hours   most the days earn    counts   beyond
#                     2020: 72 = 18 general + 42 professional + 12 elective, 6 hours a day
#   1   general       2–4 March                   18   3 × 6 = 18                18        0
#   2   professional  29 February (leap day)       8   1 × 6 =  6                 6        2
#   3   professional  6–10 July                   30   5 × 6 = 30                30        0
#   4   professional  31 December                  6   1 × 6 =  6                 6        0
#   5   elective      until 20 November, days     12   needs 2 days              12        0
#                     not known
#       general 18 of 18 · professional 6 + 30 + 6 = 42 of 42 · elective 12 of 12 · together 72 of 72 · missing 0
#
#                     2021: 90 = 30 general + 42 professional + 18 elective, 8 hours a day
#   6   general       10–12 May                   24   3 × 8 = 24                24        0
#   7   professional  5–9 July                    40   5 × 8 = 40                40        0
#   8   professional  10 September                 6   together at most 8         6        0
#   9   professional  10 September                 4   taken back by 10           –        –
#  10   professional  (posted 3 March 2022)       −4   takes 9 back               –        –
#  11   elective      1–3 October                 20   3 × 8 = 24                20        0
#  12   general       1 January                    2   1 × 8 =  8                 2        0
#       general 24 + 2 = 26 of 30, missing 4 · professional 40 + 6 = 46 of 42, 4 over · elective 20 of 18, 2 over
#       together 26 + 46 + 20 = 92 of 90 · what is over fills no other category: missing 4
#
#                     2022: as 2021
#  13   general       9–12 May                    30   4 × 8 = 32                30        0
#  14   professional  4–9 July                    48   6 × 8 = 48                48        0
#  15   professional  8 March                      8   together at most 8         8        0
#  16   elective      8 March                      3   nothing left of the day    0        3
#       general 30 of 30 · professional 48 + 8 = 56 of 42 · elective 0 of 18, missing 18
#       together 86 of 90, missing 4 · the 18 elective hours fulfil that as well: missing 18
#       five years 2018–2022: 0 + 0 + 72 + 92 + 86 = 250 of 360, missing 110
LEDGER = [
    entry(1, "general", "18", "2020-03-04", "2020-03-02"),
    entry(2, "professional", "8", "2020-02-29", "2020-02-29"),
    entry(3, "professional", "30", "2020-07-10", "2020-07-06"),
    entry(4, "professional", "6", "2020-12-31", "2020-12-31"),
    entry(5, "elective", "12", "2020-11-20"),
    entry(6, "general", "24", "2021-05-12", "2021-05-10"),
    entry(7, "professional", "40", "2021-07-09", "2021-07-05"),
    entry(8, "professional", "6", "2021-09-10", "2021-09-10"),
    entry(9, "professional", "4", "2021-09-10", "2021-09-10"),
    entry(10, "professional", "-4", "2021-09-10", "2021-09-10", reverses=9),
    entry(11, "elective", "20", "2021-10-03", "2021-10-01"),
    entry(12, "general", "2", "2021-01-01", "2021-01-01"),
    entry(13, "general", "30", "2022-05-12", "2022-05-09"),
    entry(14, "professional", "48", "2022-07-09", "2022-07-04"),
    entry(15, "professional", "8", "2022-03-08", "2022-03-08"),
    entry(16, "elective", "3", "2022-03-08", "2022-03-08"),
]
BY_HAND = {
    # year: (general, professional, elective), (missing of each), together, demanded, beyond, missing, cycle
    2020: ((18, 42, 12), (0, 0, 0), 72, 72, 2, 0, 72),
    2021: ((26, 46, 20), (4, 0, 0), 92, 90, 0, 4, 164),
    2022: ((30, 56, 0), (0, 0, 18), 86, 90, 3, 18, 250),
}


@pytest.mark.parametrize("year", BY_HAND)
def test_three_years_under_two_rule_sets_agree_with_the_hand_calculation(year):
    hours, missing, together, demanded, beyond, lacking, cycle = BY_HAND[year]
    found = judge(LEDGER, f"{year}-06-01")
    assert (found.year.first, found.year.last) == (dt.date(year, 1, 1), dt.date(year, 12, 31))
    assert tuple(each.hours for each in found.lines) == hours
    assert tuple(each.missing for each in found.lines) == missing
    assert (found.hours, found.required, found.beyond, found.missing) == (together, demanded, beyond, lacking)
    assert found.is_fulfilled is (year == 2020)
    assert (found.cycle.hours, found.cycle.required, found.cycle.missing) == (cycle, 360, 360 - cycle)
    assert found.cycle.first == dt.date(year - 4, 1, 1)


def test_what_was_beyond_the_cap_comes_up_when_the_entry_beside_it_is_taken_back():
    both = [
        entry(1, "professional", "6", "2021-09-10", "2021-09-10"),
        entry(2, "professional", "4", "2021-09-10", "2021-09-10"),
    ]
    before = judge(both, "2021-06-01")
    assert (before.hours, before.beyond, before.counted) == (8, 2, {1: 6, 2: 2})
    after = judge([*both, entry(3, "professional", "-6", "2021-09-10", "2021-09-10", reverses=1)], "2021-06-01")
    assert (after.hours, after.beyond, after.counted) == (4, 0, {2: 4})


def test_one_days_hours_go_first_and_those_of_many_days_fill_what_is_left():
    many = entry(1, "general", "16", "2021-05-12", "2021-05-10")  # three days, 24 hours would fit
    found = judge([many, entry(2, "elective", "8", "2021-05-11", "2021-05-11")], "2021-05-12")
    assert found.counted == {1: 16, 2: 8}
    full = judge([many, entry(2, "elective", "8", "2021-05-11"), entry(3, "elective", "4", "2021-05-12")], "2021-05-12")
    assert (full.counted, full.beyond) == ({1: 12, 2: 8, 3: 4}, 4)


def test_an_entry_whose_days_nobody_knows_is_not_cut_by_the_cap_alone():
    assert judge([entry(1, "general", "30", "2021-05-12")], "2021-05-12").beyond == 0
    assert judge([entry(1, "general", "30", "2021-05-12", "2021-05-12")], "2021-05-12").beyond == 22


def test_hours_given_for_a_deed_fill_no_day_and_are_cut_by_none():
    paper = Entry(1, "professional", Decimal(20), day("2021-05-12"), day("2021-05-12"), is_converted=True)
    found = judge([paper, entry(2, "general", "8", "2021-05-12", "2021-05-12")], "2021-05-12")
    assert (found.counted, found.beyond) == ({1: 20, 2: 8}, 0)


# Exempted in 2022, by hand: 1 January to 31 May are 31 + 28 + 31 + 30 + 31 = 151 of 365 days, 214 are left.
#   90 × 214 ÷ 365 = 52.77 → 52 · general 30: 17.59 → 17 · professional 42: 24.62 → 24 · elective 18: 10.55 → 10
#   2018–2022 are 5 × 365 + 1 = 1826 days, 1675 are left: 360 × 1675 ÷ 1826 = 330.23 → 330
#   counted 30 + 56 + 0 = 86; missing the 10 electives; in five years 250 of 330, missing 80
# With December 2021 as well, 31 days more of the five years: 360 × 1644 ÷ 1826 = 324.12 → 324
# The whole year: nothing of it is demanded; 1826 − 365 = 1461 days: 360 × 1461 ÷ 1826 = 288.04 → 288, missing 38
@pytest.mark.parametrize(
    ("spans", "days", "demanded", "minima", "missing", "cycle"),
    [
        ([("2022-01-01", "2022-05-31")], 151, 52, (17, 24, 10), 10, 330),
        # Days that two exemptions share are taken out once; what lies outside the year is of other years.
        ([("2021-12-01", "2022-04-30"), ("2022-02-01", "2022-05-31")], 151, 52, (17, 24, 10), 10, 324),
        ([("2022-01-01", "2022-12-31")], 365, 0, (0, 0, 0), 0, 288),
        ([("2023-01-01", "2023-12-31")], 0, 90, (30, 42, 18), 18, 360),
    ],
)
def test_exempted_days_are_taken_out_of_the_demand_as_calculated_by_hand(spans, days, demanded, minima, missing, cycle):
    exempt = [reckoning.Exempt(day(first), day(last)) for first, last in spans]
    found = reckoning.judge(LEDGER, GUANGDONG, day("2022-06-01"), categories=CATEGORIES, exempt=exempt)
    assert (found.exempt_days, found.required, found.missing) == (days, demanded, missing)
    assert tuple(each.required for each in found.lines) == minima
    assert (found.hours, found.cycle.hours, found.cycle.required) == (86, 250, cycle)


@pytest.mark.parametrize(
    ("on", "first", "last"),
    [
        ("2020-12-31", "2020-01-01", "2020-12-31"),
        ("2021-01-01", "2021-01-01", "2021-12-31"),
        ("2020-02-29", "2020-01-01", "2020-12-31"),
    ],
)
def test_a_calendar_year_ends_on_31_december(on, first, last):
    year = reckoning.year_of(GUANGDONG, day(on))
    assert (year.first, year.last, year.is_short) == (day(first), day(last), False)


@pytest.mark.parametrize(
    ("on", "first", "last"),
    [
        ("2021-08-31", "2020-09-01", "2021-08-31"),
        ("2021-09-01", "2021-09-01", "2022-08-31"),
        ("2024-02-29", "2023-09-01", "2024-08-31"),
    ],
)
def test_a_school_year_begins_on_1_september(on, first, last):
    year = reckoning.year_of([Stretch(day("2019-09-01"), None, PLAIN)], day(on))
    assert (year.first, year.last, year.is_short) == (day(first), day(last), False)


def test_the_hours_of_31_august_and_1_september_belong_to_two_years():
    ledger = [entry(1, "general", "5", "2021-08-31"), entry(2, "general", "7", "2021-09-01")]
    found = [Stretch(day("2019-09-01"), None, PLAIN)]
    assert [judge(ledger, on, found).hours for on in ("2021-08-31", "2021-09-01")] == [5, 7]
    assert judge(ledger, "2021-09-01", found).cycle.hours == 12


def test_a_year_is_judged_to_its_end_by_the_rules_of_its_first_day():
    found = [Stretch(day("2016-01-01"), day("2021-03-31"), EARLIER), Stretch(day("2021-04-01"), None, PRESENT)]
    assert [reckoning.year_of(found, day(on)).rules.key for on in ("2021-03-31", "2021-12-31", "2022-01-01")] == [
        1,
        1,
        2,
    ]


def test_where_the_boundary_moves_a_short_year_demands_nothing_and_counts_in_the_cycle():
    found = [Stretch(day("2019-01-01"), day("2021-12-31"), PRESENT), Stretch(day("2022-01-01"), None, PLAIN)]
    spans = [
        (each.first, each.last, each.demands) for each in reckoning.years(found, day("2021-06-01"), day("2023-01-01"))
    ]
    assert spans == [
        (day("2021-01-01"), day("2021-12-31"), True),
        (day("2022-01-01"), day("2022-08-31"), False),
        (day("2022-09-01"), day("2023-08-31"), True),
    ]
    short = judge([entry(1, "general", "5", "2022-03-01")], "2022-03-01", found)
    assert (short.hours, short.required, short.missing, short.is_fulfilled) == (5, 0, 0, True)
    assert judge([entry(1, "general", "5", "2022-03-01")], "2022-10-01", found).cycle.hours == 5


def test_a_teacher_who_comes_in_autumn_begins_with_a_short_year():
    found = [Stretch(day("2021-09-01"), None, PRESENT)]
    first, second = reckoning.years(found, day("2021-09-01"), day("2022-01-01"))
    assert (first.first, first.last, first.is_short, second.demands) == (
        day("2021-09-01"),
        day("2021-12-31"),
        True,
        True,
    )


def test_without_rules_a_calendar_year_sums_up_and_demands_nothing():
    found = judge([entry(1, "general", "30", "2014-05-01", "2014-05-01")], "2014-12-31", [])
    assert (found.year.rules, found.hours, found.beyond, found.required, found.cycle) == (None, 30, 0, 0, None)


def test_years_follow_on_one_another_without_gap_or_overlap():
    found = [
        Stretch(day("2017-05-01"), day("2018-10-10"), PLAIN),
        Stretch(day("2019-02-01"), day("2020-06-30"), PRESENT),
        Stretch(day("2020-07-01"), None, PLAIN),
    ]
    chain = reckoning.years(found, day("2015-01-01"), day("2024-12-31"))
    assert chain[0].first == day("2015-01-01")
    assert all(later.first == before.last + dt.timedelta(days=1) for before, later in itertools.pairwise(chain))
    assert chain[-1].last >= day("2024-12-31")


def test_a_total_above_the_categories_may_be_filled_from_any_of_them():
    loose = rules(4, yearly="90", general="30", professional="42", elective="0")
    found = [Stretch(day("2021-01-01"), None, loose)]
    ledger = [entry(1, "general", "30", "2021-05-12"), entry(2, "professional", "60", "2021-07-12")]
    assert judge(ledger, "2021-12-01", found).missing == 0
    assert judge(ledger[:1], "2021-12-01", found).missing == 60


PROVINCE, CITY, COUNTY = 1, 2, 3


def laid(authority, rules, first="2016-01-01", last=None):
    return Laid(authority, day(first), day(last) if last else None, rules)


def post(first, last=None, authorities=(9, COUNTY, CITY, PROVINCE)):
    return Post(day(first), day(last) if last else None, authorities)


def spans(found):
    return [(each.from_on, each.until_on, each.rules.key) for each in found]


def test_the_nearest_authority_decides_and_the_one_above_where_it_has_no_rules():
    laws = [laid(PROVINCE, EARLIER), laid(COUNTY, PRESENT, "2021-01-01", "2021-12-31")]
    assert spans(reckoning.stretches([post("2018-09-01")], laws)) == [
        (day("2018-09-01"), day("2020-12-31"), 1),
        (day("2021-01-01"), day("2021-12-31"), 2),
        (day("2022-01-01"), None, 1),
    ]


def test_another_authority_decides_from_the_day_of_the_transfer():
    laws = [laid(PROVINCE, EARLIER), laid(4, PLAIN)]
    moved = [post("2018-09-01", "2020-08-31"), post("2020-09-01", authorities=(8, 4, PROVINCE))]
    found = reckoning.stretches(moved, laws)
    assert spans(found) == [(day("2018-09-01"), day("2020-08-31"), 1), (day("2020-09-01"), None, 3)]
    # Her calendar year 2020 is judged to its end by the rules of its first day.
    assert reckoning.year_of(found, day("2020-12-31")).rules.key == 1


def test_two_schools_under_the_same_rules_are_one_stretch_and_a_gap_is_none():
    laws = [laid(PROVINCE, PRESENT)]
    joined = [post("2018-09-01", "2020-08-31"), post("2020-09-01", authorities=(8, COUNTY, CITY, PROVINCE))]
    assert spans(reckoning.stretches(joined, laws)) == [(day("2018-09-01"), None, 2)]
    apart = [post("2018-09-01", "2019-08-31"), post("2020-09-01", "2021-08-31")]
    assert len(reckoning.stretches(apart, laws)) == 2


def test_of_two_postings_at_once_the_later_one_decides():
    laws = [laid(PROVINCE, EARLIER), laid(4, PLAIN)]
    found = reckoning.stretches([post("2018-09-01"), post("2020-09-01", authorities=(8, 4, PROVINCE))], laws)
    assert spans(found) == [(day("2018-09-01"), day("2020-08-31"), 1), (day("2020-09-01"), None, 3)]


def test_nobody_is_judged_by_another_authoritys_rules():
    assert reckoning.stretches([post("2018-09-01")], [laid(77, PRESENT)]) == []
    assert reckoning.stretches([], [laid(PROVINCE, PRESENT)]) == []
