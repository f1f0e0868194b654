"""The pages of coverage: what they show of any unit and day, to whom, and what leaves as a workbook."""

import datetime as dt
import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lms.journal.models import Line
from tests.factories import district, people
from tests.factories.district import ON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
Post, Office = district.Post, district.Office


@pytest.fixture
def d(tree):
    made = district.small(tree.city)
    for school in made.schools[:4]:
        district.figures(school)
    made.neighbour = district.tree(tree.city, "青屏区", clusters=("河西学区",))
    made.stranger = district.person("邻区金雀", made.neighbour.direct, Post.CLASSROOM)
    return made


@pytest.fixture
def officer(d, client):
    client.force_login(district.officer(d))
    return client


def page(client, unit, **asked):
    return client.get(reverse("audits:coverage", args=[unit.pk]), asked)


def lacking(client, unit, rule, **asked):
    return client.get(reverse("audits:lacking", args=[unit.pk, rule.pk]), asked)


def test_the_page_shows_shares_with_numerator_denominator_day_and_definition(officer, d):
    shown = page(officer, d.county)
    assert shown.status_code == 200
    for words in ("14 / 23", "60.9", "2024年3月5日", "分母：2024年3月5日在澜溪区", "只计一次", "缺9人"):
        assert words in shown.text, words


def test_the_four_numbers_of_a_level_stand_apart_with_their_meaning(officer, d):
    shown = page(officer, d.county).text
    for words in ("培训人次", "培训人数", "持证人数", "有效持证人数", "同一人参加两次计两次"):
        assert words in shown


def test_a_target_is_a_mark_on_the_meter_and_never_a_failing_rule(officer, d):
    district.target(d, Post.CLASSROOM, d.c, 95)
    shown = page(officer, d.county)
    assert 'class="goal"' in shown.text
    assert "目标95%，截至2024年8月31日，还差8人" in shown.text
    required, aims = shown.text.split('id="aims"')
    assert "班主任" not in required.split('id="required"')[1]
    assert "班主任，心理健康教育B证及以上" in aims
    assert "不是持证要求" in aims


def test_staffing_stands_with_its_norm_and_what_is_missing(officer, d):
    from_on = dt.date(2020, 1, 1)
    d.county.staffing_norms.create(
        pupils_per_teacher=800, source="文件18号", from_on=from_on, set_by=d.setter, set_at=people.AT
    )
    shown = page(officer, d.county).text
    for words in ("1 : 900", "按1:800至少需5人，缺1人", "文件18号", "另有1所学校没有经确认的数据"):
        assert words in shown, words


def test_nobody_to_count_is_a_dash_and_no_percentage(officer, d):
    d.aim.delete()
    district.rule(d, Post.LEADER, d.a)
    figure = page(officer, d.county).text.split("分管领导，心理健康教育A证及以上")[1][:300]
    assert "–" in figure and "%" not in figure


def test_without_any_rule_the_page_says_so(d, client, tree):
    client.force_login(people.officer(Office.AUDITOR, tree.neighbour))
    assert "当日没有生效的持证要求" in client.get(reverse("audits:home")).text


@pytest.mark.parametrize("on", ["2012-08-31", "2024-03-06", "31.2.2024", "x" * 50])
def test_a_day_without_records_is_refused_in_words_and_kept(officer, d, on):
    for address in (
        reverse("audits:coverage", args=[d.county.pk]),
        reverse("audits:lacking", args=[d.county.pk, d.c_rule.pk]),
    ):
        shown = officer.get(address, {"on": on})
        assert shown.status_code == 422
        assert f'value="{on}"' in shown.text
        assert 'role="alert"' in shown.text
        assert "14 / 23" not in shown.text


def test_another_day_has_its_own_figures_and_links_keep_it(officer, d):
    shown = page(officer, d.county, on="2024-03-04").text
    assert "数据截至2024年3月4日" in shown
    assert f"/coverage/{d.schools[0].pk}/?on=2024-03-04" in shown
    assert f"/coverage/{d.county.pk}/{d.c_rule.pk}/lacking/?on=2024-03-04" in shown


# The ranking


def test_the_ranking_starts_with_the_lowest_and_can_be_turned(officer, d):
    names = [each.name for each in d.schools]

    def order(**asked):
        text = page(officer, d.county, **asked).text.split('id="ranking"')[1].split('id="gaps"')[0]
        return sorted((each for each in names if each in text), key=text.index)

    assert order()[0] == d.schools[2].name
    assert order(sort="highest")[0] != d.schools[2].name
    assert order(sort="nonsense") == order()
    assert order(within=d.clusters[0].pk) == [each for each in order() if each.startswith("城中")]
    assert set(order(q="bl")) == {d.schools[2].name, d.schools[3].name}
    assert order(by=f"r{d.b_rule.pk}", short="on") == [d.schools[3].name, d.direct.name]


def test_the_ranking_by_parts_and_the_table_of_gaps_name_the_clusters(officer, d):
    shown = page(officer, d.county, units="parts").text
    assert shown.split('id="ranking"')[1].count("城中学区") >= 2
    assert "差距在哪里" in shown
    assert "直属学校" in shown


def test_nothing_found_says_so(officer, d):
    assert "没有符合条件的单位" in page(officer, d.county, q="没有的学校").text


@pytest.mark.parametrize("page_of", ["coverage", "lacking"])
def test_a_neighbour_is_not_there_by_any_parameter(officer, d, page_of):
    other = d.neighbour
    foreign = district.rule(d, Post.CLASSROOM, d.c, authority=other.county)
    args = [foreign.pk] if page_of == "lacking" else []
    for unit in (other.county, other.clusters[0], other.direct):
        assert officer.get(reverse(f"audits:{page_of}", args=[unit.pk, *args])).status_code == 404
    asked = [{"within": other.clusters[0].pk}, {"within": other.direct.pk}, {"by": f"r{foreign.pk}"}, {"by": "t1"}]
    for each in asked:
        assert page(officer, d.county, **each).status_code == 404, each
        export = reverse("audits:export", args=[d.county.pk])
        query = "&".join(f"{key}={value}" for key, value in each.items())
        assert officer.post(f"{export}?{query}").status_code == 404, each
    assert lacking(officer, d.county, foreign).status_code == 404
    assert officer.post(reverse("audits:export", args=[other.county.pk])).status_code == 404
    assert officer.post(reverse("audits:export_lacking", args=[other.county.pk, d.c_rule.pk])).status_code == 404
    assert officer.post(reverse("audits:export_lacking", args=[d.county.pk, foreign.pk])).status_code == 404
    assert not Line.objects.filter(act="audits.coverage_exported").exists()


def test_a_search_never_finds_a_neighbours_school_or_teacher(officer, d):
    for asked in ({"q": "青屏"}, {"q": "hx"}, {"units": "parts", "q": "河西"}):
        assert d.neighbour.direct.name not in page(officer, d.county, **asked).text
    assert "邻区金雀" not in lacking(officer, d.county, d.c_rule).text


def test_queries_are_the_same_at_one_unit_and_at_forty(client, tree):
    d = district.large(schools=1, teachers=5, parent=tree.city, clusters=1)
    client.force_login(district.officer(d))
    page(client, d.county)
    counts = []
    for again in range(2):
        with CaptureQueriesContext(connection) as asked:
            assert page(client, d.county).status_code == 200
        counts.append(len(asked))
        for n in range(40):
            school = people.organisation(f"增设{again}{n}小学", parent=d.clusters[0])
            district.person(f"增{n}", school, Post.CLASSROOM)
            district.figures(school)
    assert counts[0] == counts[1]


# Who sees


@pytest.mark.parametrize("office", [Office.BUREAU_OFFICER, Office.EXAM_OFFICER, Office.AUDITOR])
def test_record_offices_see_their_own_unit_and_all_below(d, client, office):
    client.force_login(people.officer(office, d.county))
    assert "澜溪区" in client.get(reverse("audits:home")).text
    for unit in (d.clusters[0], d.direct):
        assert page(client, unit).status_code == 200


def test_a_school_officer_sees_her_school_only_and_who_is_missing_by_name(d, client):
    client.force_login(people.officer(Office.SCHOOL_OFFICER, d.schools[2]))
    shown = client.get(reverse("audits:home")).text
    assert d.schools[2].name in shown
    assert "没有证" in shown
    for unit in (d.county, d.clusters[1], d.schools[3], d.neighbour.direct):
        assert page(client, unit).status_code == 404
        assert lacking(client, unit, d.c_rule).status_code == 404
    assert "没有证" in lacking(client, d.schools[2], d.c_rule).text


@pytest.mark.parametrize("office", ["marker", "judge", "clerk", "signatory", "centre"])
def test_other_offices_find_no_page(d, client, office):
    client.force_login(people.officer(office, d.county))
    assert client.get(reverse("audits:home")).status_code == 404
    assert page(client, d.county).status_code == 404
    assert lacking(client, d.county, d.c_rule).status_code == 404


def test_a_visitor_is_sent_to_sign_in(d, client):
    assert page(client, d.county).status_code == 302


# The persons


def test_the_list_names_school_post_since_when_and_what_is_held(officer, d):
    shown = lacking(officer, d.county, d.c_rule).text
    for words in ("应持证23人，其中9人未持证", "已过期", "北岭学区第1小学", "2012年9月1日", "（2024年3月4日到期）"):
        assert words in shown, words
    assert "有C证" not in shown


def test_the_list_asks_the_same_for_one_person_and_for_many(officer, d):
    counts = []
    for rule in (d.a_rule, d.c_rule):
        lacking(officer, d.county, rule)
        with CaptureQueriesContext(connection) as asked:
            lacking(officer, d.county, rule)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_nobody_missing_says_so(officer, d):
    assert "没有未持证人员" in lacking(officer, d.schools[0], d.b_rule).text


# Workbooks


def sheet_of(response):
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    return [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]


def test_the_ranking_leaves_with_unit_day_and_definitions_on_the_sheet(officer, d):
    answer = officer.post(
        reverse("audits:export", args=[d.county.pk]) + "?on=2024-03-05&within=" + str(d.clusters[0].pk)
    )
    rows = sheet_of(answer)
    above = "\n".join(str(row[0]) for row in rows[:12])
    for words in (
        "按“专任教师，心理健康教育C证及以上”排名",
        f"单位：澜溪区（{d.county.code}）",
        "2024年3月5日24:00",
        "分母",
        "分子",
    ):
        assert words in above, words
    head = next(n for n, row in enumerate(rows) if row[0] == "名次")
    assert {row[1] for row in rows[head + 1 :]} == {each.name for each in d.schools[:2]}
    line = Line.objects.get(act="audits.coverage_exported")
    assert (line.subject_name, line.facts["on"], line.facts["rows"]) == ("澜溪区", ON.isoformat(), 2)


def test_the_missing_persons_leave_without_number_or_telephone(officer, d):
    who = d.nothing
    who.user.phone = "13900001111"
    who.user.save()
    who.full_name = "=HYPERLINK(1)"
    who.save()
    rows = sheet_of(officer.post(reverse("audits:export_lacking", args=[d.county.pk, d.c_rule.pk])))
    text = str(rows)
    assert "=HYPERLINK(1)" in text and who.id_number not in text and "13900001111" not in text
    head = next(n for n, row in enumerate(rows) if row[0] == "姓名")
    assert len(rows) - head - 1 == 9
    assert "分母" in str(rows[:head]) and "2024年3月5日24:00" in str(rows[:head])
    line = Line.objects.get(act="audits.coverage_exported")
    assert line.facts["rows"] == 9 and "HYPERLINK" not in str(line.facts)


def test_an_export_of_a_day_without_records_is_not_there(officer, d):
    assert officer.post(reverse("audits:export", args=[d.county.pk]) + "?on=1999-01-01").status_code == 404
