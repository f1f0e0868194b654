"""In English one point is a point: lists of questions, papers and marking say so; Chinese has one form."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from exams.models import Paper, Question
from lms.lib.templatetags.page import in_points
from lms.people.models import Appointment
from tests.factories import exams, papers, people
from tests.factories import marking as make


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (Decimal("1.0"), "1 point", "1分"),
        ("1", "1 point", "1分"),
        (2, "2 points", "2分"),
        (Decimal("0.5"), "0.5 points", "0.5分"),
        (Decimal(0), "0 points", "0分"),
        (None, "–", "–"),
        ("", "–", "–"),
    ],
)
def test_points_have_their_word(value, english, chinese):
    with translation.override("en"):
        assert in_points(value) == english
    with translation.override("zh-hans"):
        assert in_points(value) == chinese


@pytest.fixture
def officer(tree):
    return people.officer(Appointment.Office.EXAM_OFFICER, tree.city, "程干事")


@pytest.fixture
def english(officer):
    client = Client(headers={"accept-language": "en"})
    client.force_login(officer)
    return client


def test_the_bank_says_one_point(english, tree):
    papers.question(tree.city, "S001", points="1")
    papers.question(tree.city, "S002", points="2")
    page = english.get(reverse("exams:bank")).text
    assert ("1 point<" in page, "2 points<" in page, "1 points" in page) == (True, True, False)
    question = Question.objects.get(code="S001")
    assert "1 points" not in english.get(reverse("exams:question", args=[question.pk])).text


def test_pages_of_marking_say_one_point(english, tree):
    exam = make.exam_in_marking(tree.city)
    attempt = make.script(exam)
    items = [{**each, "points": "1"} if each["number"] == 5 else each for each in attempt.paper.items]
    Paper.objects.filter(pk=attempt.paper_id).update(items=items)
    module = exams.module(exam)
    module.difference_limit = Decimal(1)
    module.save()
    make.marks(attempt, "5", "1", "1", make.markers(tree.city, 2))
    for address in (
        reverse("exams:marking", args=[module.stage_id]),
        reverse("exams:marked_item", args=[attempt.paper_id, "5"]),
        reverse("exams:item_criteria", args=[attempt.paper_id, "5"]),
        reverse("exams:trial_setup", args=[attempt.paper_id, "5"]),
        reverse("exams:answer_marks", args=[attempt.answers.get(item="5").pk]),
    ):
        page = english.get(address).text
        assert ("1 point" in page, "1 points" in page) == (True, False), address


def test_a_paper_read_says_one_point(english, tree, at):
    paper = papers.frozen_paper(exams.module(exams.exam(tree.city, written="finalised")))
    page = english.post(reverse("exams:paper_contents", args=[paper.pk])).text
    assert ("1 point<" in page, "2 points<" in page, "1 points" in page) == (True, True, False)
