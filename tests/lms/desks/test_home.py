"""The home page of a teacher, an officer, and of somebody who is neither."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lms.people.models import Appointment
from tests.factories import certs, courses, exams, people
from tests.factories.people import AT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def home(client, user):
    client.force_login(user)
    response = client.get(reverse("desks:home"))
    assert response.status_code == 200
    return response.content.decode()


def test_home_tells_a_teacher_what_to_do_and_what_she_holds(client, tree, personas):
    lin = personas.teacher
    exams.candidate(exams.exam(tree.city, written="registration_open"), lin, state="returned")
    credential = certs.issued(certs.level(tree.city), certs.staff(tree.city), [lin])[0]
    page = home(client, lin.user)
    assert "林知微老师，有1件事要办" in page
    assert "2024年3月5日" in page
    assert credential.number in page
    assert page.count("<h1") == 1
    assert " style=" not in page


def test_home_has_a_line_for_what_a_teacher_is_learning(client, tree, personas):
    w = courses.world(tree.county)
    assert "正在学习" not in home(client, personas.teacher.user)
    courses.enrolled(personas.teacher, w.period)
    page = home(client, personas.teacher.user)
    assert "正在学习" in page and "已学完0课，共2课" in page
    assert f'href="{w.lesson.address}"' in page


def test_home_tells_an_officer_what_waits(client, tree, personas):
    exam = exams.exam(tree.city, written="registration_open")
    exams.candidate(exam, personas.teacher, state="submitted")
    page = home(client, personas.county_officer)
    assert "沈县，有1件事等您处理" in page
    assert reverse("exams:candidates", args=[exam.pk]) in page


def test_home_shows_both_to_a_teacher_with_an_office(client, tree, personas):
    people.appointment(personas.teacher.user, Appointment.Office.MARKER, tree.city)
    page = home(client, personas.teacher.user)
    assert "等我处理" in page
    assert "我的证书" in page


def test_home_says_so_when_somebody_holds_no_office(client):
    assert "今天没有担任职务" in home(client, people.user("新人"))


def test_home_is_for_those_who_signed_in(client):
    assert client.get(reverse("desks:home")).status_code == 302


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_home_asks_as_often_for_three_rows_as_for_one(client, tree, personas, language, django_assert_num_queries):
    client.cookies["django_language"] = language
    office = people.officer(Appointment.Office.EXAM_OFFICER, tree.city)

    def one_more():
        exam = exams.exam(tree.city, written="registration_open", starts_at=AT + dt.timedelta(hours=2))
        exams.candidate(exam, state="submitted")

    one_more()
    home(client, office)
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("desks:home"))
    one_more()
    one_more()
    with django_assert_num_queries(len(one)):
        client.get(reverse("desks:home"))
