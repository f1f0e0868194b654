"""The page on which everything that one may read is found, and beside it people and units for their offices."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms import finding, publishing
from lms.lib import clock
from lms.people import names
from lms.people.models import Appointment
from tests.factories import cms, courses, people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def root():
    cms.root()


@pytest.fixture
def now():
    return clock.now()


def announce(title, body, at):
    return publishing.announce(title=title, body=body, by=None, at=at)


def asked(client, question, **more):
    return client.get(reverse("cms:search"), {"q": question, **more})


def page_of(client, question, **more):
    response = asked(client, question, **more)
    assert response.status_code == 200
    return response.content.decode()


def teacher(name, school):
    sound = {"name_pinyin": names.pinyin(name), "name_initials": names.initials(name)}
    return people.teacher(name, school=school, **sound)


@pytest.mark.parametrize("question", ["", "   ", "…", "\x00"])
def test_search_says_what_it_looks_through_when_nothing_is_asked(client, question):
    assert "您要找什么？" in page_of(client, question)


def test_search_says_so_when_nothing_is_found(client, now):
    announce("报名通知", "三月五日开始", now)
    page = page_of(client, "没有的词")
    assert "没有找到" in page
    assert "报名通知" not in page


def test_search_shows_the_place_with_the_words_marked_and_markup_as_text(client, now):
    announce("<b>报名</b>通知", "<script>alert(1)</script>" + "前文" * 60 + "请在系统里报名，" + "后文" * 60, now)
    page = page_of(client, "报名")
    assert "&lt;b&gt;<mark>报名</mark>&lt;/b&gt;通知" in page
    assert "请在系统里<mark>报名</mark>，" in page
    assert "<script>alert" not in page
    assert "共 1 条结果" in page


def test_search_keeps_what_was_typed_and_shows_it_as_text(client):
    page = page_of(client, '"><img src=x>')
    assert "<img" not in page
    assert "&quot;&gt;&lt;img src=x&gt;" in page


def test_search_shows_course_and_module_of_a_lesson(client, tree, now):
    w = courses.world(tree.county, at=now)
    reviewer = people.officer(Appointment.Office.CONTENT_REVIEWER, tree.county, "祝审")
    client.force_login(reviewer)
    page = page_of(client, "第1课")
    assert f"{w.course.title} › {w.module.title}" in page
    assert reverse("cms:lesson", args=[w.lesson.pk]) in page


def test_search_pages_what_is_more_than_a_page(client, now):
    for number in range(23):
        announce(f"通知{number}", "报名", now)
    first, second = page_of(client, "报名"), page_of(client, "报名", page=2)
    assert first.count('class="t"') == 20
    assert second.count('class="t"') == 3
    assert "共 23 条结果" in first


def test_search_turns_no_more_pages_than_it_puts_in_order(client, now, monkeypatch):
    monkeypatch.setattr(finding, "MOST_RANKED", 21)
    for number in range(23):
        announce(f"通知{number}", "报名", now)
    announce("报名", "…", now - dt.timedelta(days=9))
    page = page_of(client, "报名")
    assert "共 24 条结果" in page
    assert page.index("<mark>报名</mark>") < page.index("通知2")  # old, but its title has the word
    assert page_of(client, "报名", page=2).count('class="t"') == 1


def test_search_narrows_by_kind(client, now):
    announce("公告甲", "报名", now)
    add_document("文件乙", "报名", now)
    page = page_of(client, "报名")
    assert "公告甲" in page and "文件乙" in page and "全部" in page
    page = page_of(client, "报名", kind="document")
    assert "公告甲" not in page and "文件乙" in page
    assert "公告甲" in page_of(client, "报名", kind="nonsense")


def add_document(title, summary, at):
    return publishing.add_policy_document(
        title=title, issuer="教育部", issued_on=dt.date(2020, 1, 1), summary=summary, by=None, at=at
    )


def test_search_asks_as_often_for_many_as_for_one(client, tree, now):
    w = courses.world(tree.county, lessons=1, at=now)
    officer = people.officer(Appointment.Office.BUREAU_OFFICER, tree.county, "沈县")
    client.force_login(officer)
    teacher("第课", tree.school)
    announce("第课", "第课", now)
    asked(client, "第")
    with CaptureQueriesContext(connection) as one:
        asked(client, "第")
    for number in range(2, 9):
        courses.lesson(courses.module(w.course, f"第{number}模块"), f"第{number}课")
        teacher(f"第{number}", tree.school)
        announce(f"第{number}", "第", now)
        add_document(f"第{number}", "", now)
    with CaptureQueriesContext(connection) as many:
        asked(client, "第")
    assert len(many) == len(one)


@pytest.mark.parametrize("question", ["林知微", "知微", "linzhiwei", "zhiwei", "lzw", "LZW"])
def test_search_finds_a_teacher_by_name_and_sound_for_who_keeps_her_record(client, tree, question):
    found = teacher("林知微", tree.school)
    client.force_login(people.officer(Appointment.Office.BUREAU_OFFICER, tree.county, "沈县"))
    page = page_of(client, question)
    assert reverse("people:teacher", args=[found.pk]) in page
    assert tree.school.name in page


@pytest.mark.parametrize("question", ["实验小学", "实验", "lxxsyxx", "syxx", "shiyan", "lanxi shiyan"])
def test_search_finds_a_unit_by_name_pinyin_and_initials(client, tree, question):
    client.force_login(people.officer(Appointment.Office.BUREAU_OFFICER, tree.county, "沈县"))
    page = page_of(client, question)
    assert reverse("people:unit", args=[tree.school.pk]) in page
    assert reverse("people:unit", args=[tree.county.pk]) not in page


@pytest.mark.parametrize("question", ["林知微", "lzw", "实验小学", "syxx"])
def test_search_names_nobody_to_those_who_do_not_keep_records(client, tree, question):
    found = teacher("林知微", tree.school)
    stranger = teacher("何远", tree.other_school).user
    marker = people.officer(Appointment.Office.MARKER, tree.county, "阅甲")
    neighbour = people.officer(Appointment.Office.BUREAU_OFFICER, tree.neighbour, "邻县")
    for user in (None, stranger, marker, neighbour):
        client.logout()
        if user:
            client.force_login(user)
        page = page_of(client, question)
        assert reverse("people:teacher", args=[found.pk]) not in page
        assert reverse("people:unit", args=[tree.school.pk]) not in page


def test_search_leads_to_the_whole_list_when_more_people_fit(client, tree):
    client.force_login(people.officer(Appointment.Office.BUREAU_OFFICER, tree.county, "沈县"))
    for number in range(6):
        teacher(f"林知{number}", tree.school)
    page = page_of(client, "林知")
    assert page.count("/people/teachers/") == 5
    assert f"{reverse('people:search')}?q=" in page


def test_every_page_of_a_signed_in_person_has_the_field(client, tree):
    client.force_login(teacher("何远", tree.other_school).user)
    page = client.get(reverse("desks:home")).content.decode()
    assert f'action="{reverse("cms:search")}"' in page
    assert f'href="{reverse("cms:search")}"' in page  # on a phone
