from dataclasses import replace
from decimal import Decimal

import pytest

from exams import editing, reviewing
from exams.models import Question
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from tests.factories import papers, people

CONTENT = editing.Content(
    kind="single",
    stem=" 学生在走廊上哭，先做什么？ ",
    body=papers.OPTIONS,
    key={"right": ["B"]},
    points=Decimal("1.0"),
    difficulty="easy",
    topic="情绪 ／ 陪伴",
    cognitive_level="应用",
)


@pytest.fixture
def author(tree):
    return people.officer("trainer", tree.city, "出题人")


@pytest.fixture
def officer(tree):
    return papers.exam_officer(tree.city, "审题人")


@pytest.fixture
def written(tree, author, at):
    return editing.write(tree.city, "S001", CONTENT, by=author, at=at)


def test_write_puts_a_draft_into_the_bank_of_the_trainers_institution(written, author, at):
    question = Question.objects.get()
    assert (question.state, question.version, question.stem) == ("draft", 1, "学生在走廊上哭，先做什么？")
    assert (question.topic, question.collected_by, question.collected_at) == ("情绪/陪伴", author, at)
    assert question.steps.get().state == "draft"
    assert Line.objects.get(act="exams.question_written").facts == {"version": 1, "kind": "single", "state": "draft"}


def test_write_is_refused_outside_her_own_institution(tree, author, at):
    county_officer = papers.exam_officer(tree.county)
    for person, bank in [(author, tree.county), (author, tree.province), (county_officer, tree.city)]:
        with pytest.raises(NotYourOffice):
            editing.write(bank, "S001", CONTENT, by=person, at=at)
    with pytest.raises(NotYourOffice):
        editing.write(tree.city_school, "S001", CONTENT, by=papers.exam_officer(tree.city), at=at)
    assert not Question.objects.exists()


@pytest.mark.parametrize(
    ("code", "content", "refusal"),
    [
        ("S001", CONTENT, editing.CodeTaken),
        ("题 1", CONTENT, editing.CodeNotPossible),
        ("S002", replace(CONTENT, key={"right": ["Z"]}), editing.QuestionFaulty),
        ("S002", replace(CONTENT, stem=" "), editing.QuestionFaulty),
    ],
)
def test_write_is_refused_and_keeps_nothing(written, tree, author, at, code, content, refusal):
    with pytest.raises(refusal):
        editing.write(tree.city, code, content, by=author, at=at)
    assert Question.objects.count() == 1


def test_revise_makes_a_version_and_leaves_the_one_in_use_until_approval(tree, author, officer, at):
    used = papers.question(tree.city, "S001", by=author, stem="旧题干")
    newer = editing.revise(used, CONTENT, by=author, at=at, send=True)
    assert (newer.version, newer.state) == (2, "in_review")
    assert Question.objects.usable().get() == used
    reviewing.approve([newer], by=officer, at=at)
    used.refresh_from_db()
    assert (used.state, used.stem) == ("superseded", "旧题干")
    assert Question.objects.usable().get() == newer


def test_revise_takes_the_place_of_a_version_not_yet_approved(written, author, at):
    newer = editing.revise(written, replace(CONTENT, points=Decimal(2)), by=author, at=at)
    written.refresh_from_db()
    assert (written.state, written.points, newer.state, newer.points) == ("superseded", 1, "draft", 2)


def test_revise_is_refused_when_nothing_or_too_much_has_changed(written, author, at):
    with pytest.raises(editing.NothingChanged):
        editing.revise(written, CONTENT, by=author, at=at)
    editing.revise(written, replace(CONTENT, source="自编"), by=author, at=at)
    with pytest.raises(editing.NewerVersion):
        editing.revise(written, replace(CONTENT, source="教材"), by=author, at=at)
    assert Question.objects.count() == 2


def test_move_topic_takes_everything_below_along(written, tree, author, officer, at):
    beside = papers.question(tree.city, "S009", topic="情绪管理")
    elsewhere = papers.question(tree.county, "S001", topic="情绪/陪伴")
    with pytest.raises(NotYourOffice):
        editing.move_topic(tree.city, "情绪", "心理/情绪", by=author, at=at)
    assert editing.move_topic(tree.city, "情绪", " 心理/情绪", by=officer, at=at) == 1
    for question, topic in [(written, "心理/情绪/陪伴"), (beside, "情绪管理"), (elsewhere, "情绪/陪伴")]:
        question.refresh_from_db()
        assert question.topic == topic
    facts = {"start": "情绪", "to": "心理/情绪", "versions": 1}
    assert Line.objects.get(act="exams.topic_moved").facts == facts


@pytest.mark.parametrize(
    ("start", "to", "refusal"),
    [
        ("没有的", "甲", editing.TopicUnknown),
        ("", "甲", editing.TopicUnknown),
        ("情绪", " / ", editing.TopicNotPossible),
        ("情绪", "长" * 118, editing.TopicNotPossible),
    ],
)
def test_move_topic_is_refused(written, tree, officer, at, start, to, refusal):
    with pytest.raises(refusal):
        editing.move_topic(tree.city, start, to, by=officer, at=at)
    written.refresh_from_db()
    assert written.topic == "情绪/陪伴"


def test_next_code_is_free(tree):
    for code in ("S001", "S017", "SX", "M400"):
        papers.question(tree.city, code)
    papers.question(tree.county, "S200")
    assert editing.next_code(tree.city, "single") == "S018"
    assert editing.next_code(tree.city, "ordering") == "O001"
