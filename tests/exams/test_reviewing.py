import pytest
from django.db import IntegrityError, transaction

from exams import composing, reviewing
from exams.models import Module, Question
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from tests.factories import exams, papers, people


@pytest.fixture
def author(tree):
    return people.officer("trainer", tree.city, "出题人")


@pytest.fixture
def officer(tree):
    return papers.exam_officer(tree.city, "审题人")


@pytest.fixture
def waiting(tree, author):
    return papers.question(tree.city, "S001", by=author, state="in_review")


def states(**of):
    return dict(Question.objects.filter(**of).order_by("code", "version").values_list("version", "state"))


def test_send_hands_a_draft_to_review(tree, author, at):
    question = papers.question(tree.city, "S001", by=author, state="draft")
    reviewing.send(question, by=author, at=at)
    assert states() == {1: "in_review"}
    step = question.steps.get()
    assert (step.state, step.by, step.at) == ("in_review", author, at)
    with pytest.raises(reviewing.MovedOn):
        reviewing.send(question, by=author, at=at)


def test_approve_makes_the_whole_list_usable_and_supersedes_what_stood_before(tree, author, officer, waiting, at):
    Question.objects.filter(pk=waiting.pk).update(state="usable")
    later = papers.question(tree.city, "T001", by=author, state="in_review")
    newer = Question.objects.create(
        organisation=tree.city, code="S001", version=2, kind="single", stem="新题干", body=papers.OPTIONS,
        key={"right": ["A"]}, points="1.0", difficulty="easy", collected_by=author, collected_at=at, state="in_review",
    )  # fmt: skip
    reviewing.approve([newer, later], by=officer, at=at)
    assert states(code="S001") == {1: "superseded", 2: "usable"}
    newer.refresh_from_db()
    assert (newer.reviewed_by, newer.reviewed_at) == (officer, at)
    line = Line.objects.get(act="exams.questions_approved")
    assert line.facts == {"count": 2, "codes": ["S001", "T001"]}
    assert set(Question.objects.usable()) == {newer, later}


def test_approve_is_refused_as_a_whole_when_one_is_her_own_or_has_moved_on(tree, author, officer, waiting, at):
    own = papers.question(tree.city, "T001", by=officer, state="in_review")
    with pytest.raises(reviewing.OwnQuestion, match="T001"):
        reviewing.approve([waiting, own], by=officer, at=at)
    draft = papers.question(tree.city, "T002", by=author, state="draft")
    with pytest.raises(reviewing.MovedOn, match="T002"):
        reviewing.approve([waiting, draft], by=officer, at=at)
    with pytest.raises(reviewing.NothingChosen):
        reviewing.approve([], by=officer, at=at)
    assert states(code="S001") == {1: "in_review"}
    assert not Line.objects.exists()


def test_approve_is_an_exam_officers_of_the_bank(tree, author, waiting, at):
    second_author = people.officer("trainer", tree.city, "另一位出题人")
    for other in (second_author, papers.exam_officer(tree.county), author):
        with pytest.raises(NotYourOffice):
            reviewing.approve([waiting], by=other, at=at)
    assert states() == {1: "in_review"}


def test_the_database_keeps_one_usable_version_and_two_persons(tree, officer):
    papers.question(tree.city, "S001", by=officer)
    for wrong in ({"code": "S001", "version": 2, "state": "usable"}, {"code": "T009", "reviewed_by": officer}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Question.objects.create(
                organisation=tree.city, kind="single", stem="题", points="1", difficulty="easy",
                collected_by=officer, collected_at=people.AT, **wrong,
            )  # fmt: skip


def test_send_back_tells_the_author_why(author, officer, waiting, at):
    with pytest.raises(reviewing.ReasonMissing):
        reviewing.send_back(waiting, "  ", by=officer, at=at)
    reviewing.send_back(waiting, "选项有两个可选", by=officer, at=at)
    assert states() == {1: "draft"}
    assert waiting.steps.get().reason == "选项有两个可选"
    told = Message.objects.get(recipient=author)
    assert (told.kind, told.address) == ("exams.question_sent_back", f"/exams/bank/{waiting.pk}/")


def test_send_back_is_refused_to_the_author(tree, officer, at):
    own = papers.question(tree.city, "T001", by=officer, state="in_review")
    with pytest.raises(reviewing.OwnQuestion):
        reviewing.send_back(own, "改", by=officer, at=at)


def test_retire_keeps_a_question_from_new_papers_until_it_is_taken_up(tree, officer, at):
    exam = exams.exam(tree.city)
    Module.objects.filter(stage__exam=exam, kind="written").update(full_marks=20, pass_mark=12)
    bank = papers.bank(tree.city)
    with pytest.raises(reviewing.ReasonMissing):
        reviewing.retire([bank["S001"]], "", by=officer, at=at)
    reviewing.retire([bank["S001"]], "法规已修订", by=officer, at=at)
    with pytest.raises(composing.NotUsable, match="S001"):
        composing.compose(exams.module(exam), "A卷", papers.sections(), by=officer, at=at)
    with pytest.raises(reviewing.MovedOn):
        reviewing.retire([bank["S001"]], "再次", by=officer, at=at)
    reviewing.take_up(bank["S001"], "修订未涉及", by=officer, at=at)
    assert composing.compose(exams.module(exam), "A卷", papers.sections(), by=officer, at=at)
    assert [each.reason for each in bank["S001"].steps.order_by("pk")] == ["法规已修订", "修订未涉及"]


def test_take_up_is_refused_when_a_later_version_is_there(tree, author, officer, at):
    old = papers.question(tree.city, "S001", by=author, state="retired")
    papers.question(tree.city, "S001", by=author, version=2, state="draft")
    with pytest.raises(reviewing.LaterVersion):
        reviewing.take_up(old, "还要用", by=officer, at=at)
    assert states() == {1: "retired", 2: "draft"}


def test_a_trainer_reads_the_bank_of_her_own_institution_alone(tree, author, at):
    own = papers.question(tree.city)
    papers.question(tree.county)
    papers.question(tree.province)
    assert list(Question.objects.visible_to(author, at)) == [own]
    assert not Question.objects.managed_by(author, at).exists()


def test_alike_finds_stems_across_the_bank_and_leaves_retired_ones_out(tree, officer):
    stem = "课间发现学生独自流泪，班主任首先宜怎样做？"
    one = papers.question(tree.city, "S001", stem=stem)
    two = papers.question(tree.city, "S002", stem=stem.replace("首先", "最先"))
    papers.question(tree.city, "S003", stem="保密例外有哪些情形？")
    papers.question(tree.city, "S004", stem=stem, state="retired")
    papers.question(tree.county, "S005", stem=stem)
    assert reviewing.alike(one) == [two]
    assert [(a.code, b.code) for a, b in reviewing.alike_in(tree.city)] == [("S001", "S002")]
