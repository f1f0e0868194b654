"""The desk of an office that looks after records: the rates of its unit; at a school, who is missing by name."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lms.desks import agenda, oversight, waiting
from tests.factories import district, people
from tests.factories.district import Office, Post

pytestmark = pytest.mark.django_db


@pytest.fixture
def d(tree):
    return district.small(tree.city)


def test_overview_is_none_without_such_an_office(d, at):
    assert oversight.overview(people.officer(Office.JUDGE, d.county), at) is None


def test_overview_shows_the_rates_of_the_unit_required_first(d, at):
    found = oversight.overview(district.officer(d), at)
    assert (found.unit, found.missing) == (d.county, [])
    assert [(each["share"].part, each["share"].of) for each in found.figures] == [(14, 23), (3, 5), (1, 2), (1, 4)]
    assert [each["yardstick"].is_required for each in found.figures] == [True, True, True, False]


def test_overview_at_a_school_names_who_lacks_what_is_required(d, at):
    found = oversight.overview(district.officer(d, Office.SCHOOL_OFFICER, d.direct), at)
    named = {each.figure["name"]: {who.full_name for who in each.teachers} for each in found.missing}
    assert named["专职心理教师，心理健康教育A证及以上"] == {"专职乙"}
    assert "班主任，心理健康教育B证及以上" not in named
    assert (found.year_due.standing, found.year_name) == ("missing", "2023–2024")


@pytest.mark.parametrize("office", [Office.BUREAU_OFFICER, Office.SCHOOL_OFFICER])
def test_home_asks_the_same_for_few_and_for_many(today, d, client, office):
    unit = d.county if office == Office.BUREAU_OFFICER else d.schools[2]
    client.force_login(district.officer(d, office, unit))
    counts = []
    for n in range(2):
        assert client.get(reverse("desks:home")).status_code == 200
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("desks:home"))
        counts.append(len(asked))
        for each in range(3):
            district.person(f"新{n}{each}", d.schools[2], Post.CLASSROOM)
            people.organisation(f"新校{n}{each}", parent=d.county)
    assert counts[0] == counts[1]


def test_home_of_an_officer_shows_numerator_denominator_and_day(today, d, client):
    client.force_login(district.officer(d))
    shown = client.get(reverse("desks:home")).text
    for words in ("澜溪区持证与覆盖", "14 / 23", "截至2024年3月5日", reverse("audits:coverage", args=[d.county.pk])):
        assert words in shown, words


def test_home_of_a_school_officer_shows_who_is_missing_slips_and_figures_due(today, d, client):
    client.force_login(district.officer(d, Office.SCHOOL_OFFICER, d.schools[2]))
    shown = client.get(reverse("desks:home")).text
    for words in ("没有证", "待打印的激活单", "待报送年度数据"):
        assert words in shown, words


# Work that waits


def titles(user, at):
    return {each.title: each.count for each in waiting.work(user, at)}


def test_figures_wait_for_the_bureau_and_are_due_at_the_school(d, at):
    bureau = district.officer(d)
    school = district.officer(d, Office.SCHOOL_OFFICER, d.direct)
    assert "待确认的年度数据" not in titles(bureau, at)
    assert "待报送年度数据" in titles(school, at)
    waiting_one = district.figures(d.direct, state="submitted")
    assert titles(bureau, at)["待确认的年度数据"] == 1
    assert "待报送年度数据" not in titles(school, at)
    waiting_one.delete()
    district.figures(d.direct, state="returned")
    assert "年度数据被退回，请更正" in titles(school, at)


def test_slips_to_print_are_those_of_ones_own_school(d, at):
    school = district.officer(d, Office.SCHOOL_OFFICER, d.direct)
    count = titles(school, at)["待打印的激活单"]
    district.person("邻校", d.schools[0])
    assert titles(school, at)["待打印的激活单"] == count == 6


# A teacher's duties


def test_agenda_says_what_a_post_requires_and_what_she_holds(d, at):
    found = agenda.agenda(d.part[3].user, at).duties
    assert [(each.post, each.is_required, each.is_fulfilled) for each in found] == [
        ("专任教师", True, True),
        ("兼职心理教师", True, False),
    ]
    assert found[1].held == "心理健康教育C证（有效）"


def test_agenda_calls_what_is_only_aimed_at_no_requirement(d, at, today, client):
    duty = agenda.agenda(d.homeroom[1].user, at).duties[-1]
    assert (duty.post, duty.is_required, duty.is_fulfilled) == ("班主任", False, False)
    client.force_login(d.homeroom[1].user)
    assert "班主任：目标为心理健康教育B证及以上" in client.get(reverse("desks:home")).text


def test_agenda_lists_certificates_from_elsewhere_of_her_own_only(d, at):
    assert [each.state for each in agenda.agenda(d.full[1].user, at).elsewhere] == ["to_be_verified"]
    assert agenda.agenda(d.plain.user, at).elsewhere == []


def test_agenda_has_no_duties_for_who_is_at_no_school(d, at):
    assert agenda.agenda(people.teacher("未任职").user, at).duties == []
