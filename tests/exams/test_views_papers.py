"""The pages of exam officers: bank, workbook, papers, and freezing by a second person."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams import composing, contents
from exams.models import Module, Paper, Question
from lms.journal.models import Line
from tests.exams.test_collecting import SINGLE, TRUE, workbook
from tests.factories import exams, papers, people

PASSWORD = "一句很长的口令2024"


@pytest.fixture
def officer(tree):
    return papers.exam_officer(tree.city, "甲")


@pytest.fixture
def second(tree):
    return people.officer("exam_officer", tree.city, "乙", password=PASSWORD)


@pytest.fixture
def module(tree):
    exam = exams.exam(tree.city)
    Module.objects.filter(stage__exam=exam, kind="written").update(full_marks=20, pass_mark=12)
    papers.bank(tree.city)
    return exams.module(exam)


@pytest.fixture
def draft(module, officer, at):
    return composing.compose(module, "A卷", papers.sections(), by=officer, at=at)


@pytest.fixture
def strangers(personas, tree):
    return [personas.teacher.user, personas.county_officer, papers.exam_officer(tree.county), people.user()]


def typed(**changes):
    fields = {"title": "A卷"}
    for section in papers.sections():
        kind = section["kind"]
        fields |= {
            f"{kind}_name": kind,
            f"{kind}_points": section["points"],
            f"{kind}_codes": " ".join(section["codes"]),
        }
    return fields | changes


def upload(*rows):
    return SimpleUploadedFile("题库.xlsx", workbook(*rows).read())


# The bank


def test_the_bank_narrows_by_kind_topic_and_words(client, tree, officer):
    papers.question(tree.city, "S001", stem="甲题干", topic="班主任工作")
    papers.question(tree.city, "T001", stem="乙题干", kind="true_false", body={}, key={"right": True})
    client.force_login(officer)
    address = reverse("exams:bank")
    for query, found in [
        ({}, {"甲题干", "乙题干"}),
        ({"kind": "single"}, {"甲题干"}),
        ({"topic": "班主任工作"}, {"甲题干"}),
        ({"q": "t00"}, {"乙题干"}),
        ({"q": "无此字"}, set()),
        ({"kind": "riddle"}, set()),
    ]:
        page = client.get(address, query).text
        assert {each for each in ("甲题干", "乙题干") if each in page} == found


def test_the_bank_shows_only_what_the_offices_cover(client, tree, strangers):
    question = papers.question(tree.city, "S001", stem="只给考务看的题干")
    for stranger in strangers:
        client.force_login(stranger)
        assert "只给考务看的题干" not in client.get(reverse("exams:bank")).text
        assert client.get(reverse("exams:question", args=[question.pk])).status_code == 404


def test_the_bank_takes_the_same_statements_for_one_and_three(client, tree, officer):
    client.force_login(officer)
    papers.question(tree.city)
    client.get(reverse("exams:bank"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("exams:bank"))
    papers.question(tree.city)
    papers.question(tree.city)
    with CaptureQueriesContext(connection) as three:
        client.get(reverse("exams:bank"))
    assert len(one) == len(three)


@pytest.mark.parametrize("code", [each[0] for each in papers.KINDS])
def test_a_question_shows_its_key_and_versions(client, module, officer, code):
    question = Question.objects.get(code=code)
    client.force_login(officer)
    page = client.get(reverse("exams:question", args=[question.pk]))
    assert question.stem in page.text
    assert "第1版" in page.text


def test_collect_takes_a_workbook_in(client, tree, officer):
    client.force_login(officer)
    page = client.post(
        reverse("exams:collect"), {"organisation": tree.city.pk, "file": upload(SINGLE, TRUE)}, follow=True
    )
    assert "共读入2道题：新增或有改动2道，未变0道。" in page.text


def test_collect_shows_every_fault_and_takes_nothing(client, tree, officer):
    client.force_login(officer)
    file = upload(SINGLE, {**TRUE, "答案": "也许"})
    answer = client.post(reverse("exams:collect"), {"organisation": tree.city.pk, "file": file})
    assert answer.status_code == 422
    for shown in ("J3", "也许", "答案应为“对”或“错”。", "没有导入任何题目"):
        assert shown in answer.text
    assert not Question.objects.exists()


def test_collect_shows_why_a_file_cannot_be_read(client, tree, officer):
    client.force_login(officer)
    file = SimpleUploadedFile("题库.xlsx", b"not a workbook")
    answer = client.post(reverse("exams:collect"), {"organisation": tree.city.pk, "file": file})
    assert (answer.status_code, "errsum" in answer.text) == (422, True)


def test_collect_is_refused_for_the_bank_of_another(client, tree, personas):
    client.force_login(papers.exam_officer(tree.county))
    answer = client.post(reverse("exams:collect"), {"organisation": tree.city.pk, "file": upload(SINGLE)})
    assert answer.status_code == 422
    client.force_login(personas.teacher.user)
    assert client.post(reverse("exams:collect"), {"organisation": tree.city.pk}).status_code == 403
    assert not Question.objects.exists()


# Papers


def test_compose_drafts_a_paper(client, module, officer):
    client.force_login(officer)
    address = reverse("exams:compose", args=[module.pk])
    assert client.get(address).status_code == 200
    answer = client.post(address, typed())
    paper = Paper.objects.get()
    assert answer.url == reverse("exams:paper", args=[paper.pk])
    assert paper.places.count() == 6


def test_compose_shows_a_refusal_and_keeps_what_was_typed(client, module, officer):
    client.force_login(officer)
    answer = client.post(reverse("exams:compose", args=[module.pk]), typed(single_codes="S999", title="卷名保留"))
    assert answer.status_code == 422
    assert "题库中没有S999" in answer.text
    assert "卷名保留" in answer.text
    assert ">\nS999</textarea>" in answer.text
    assert not Paper.objects.exists()


def test_recompose_starts_from_the_draft(client, draft, officer, tree):
    papers.question(tree.city, "S002")
    client.force_login(officer)
    address = reverse("exams:recompose", args=[draft.pk])
    assert "S001" in client.get(address).text
    client.post(address, typed(single_codes="S002"))
    assert draft.places.get(number=1).question.code == "S002"


def test_the_papers_pages_are_not_there_for_others(client, draft, strangers):
    for stranger in strangers:
        client.force_login(stranger)
        assert "A卷" not in client.get(reverse("exams:papers")).text
        assert client.get(reverse("exams:compose", args=[draft.module_id])).status_code == 404
        assert client.get(reverse("exams:paper", args=[draft.pk])).status_code == 404
        for name in ("paper_contents", "recompose", "freeze"):
            assert client.post(reverse(f"exams:{name}", args=[draft.pk])).status_code == 404
    assert not Line.objects.filter(act="exams.paper_read").exists()


def test_the_paper_shows_its_questions_only_on_demand_and_notes_it(client, draft, second):
    client.force_login(second)
    address = reverse("exams:paper", args=[draft.pk])
    page = client.get(address).text
    assert contents.digest_of(draft)[:8] in page
    assert "课间发现学生独自流泪" not in page
    assert not Line.objects.filter(act="exams.paper_read").exists()
    page = client.post(reverse("exams:paper_contents", args=[draft.pk])).text
    for shown in ("课间发现学生独自流泪", "同理心", "成因"):
        assert shown in page
    assert Line.objects.get(act="exams.paper_read").actor == second
    assert client.get(reverse("exams:paper_contents", args=[draft.pk])).status_code == 405


def test_freeze_needs_the_second_persons_password(client, draft, second):
    client.force_login(second)
    address = reverse("exams:freeze", args=[draft.pk])
    signed = {"seen_digest": contents.digest_of(draft), "password": "错的口令"}
    assert client.post(address, signed).status_code == 422
    draft.refresh_from_db()
    assert draft.state == "draft"
    client.post(address, {**signed, "password": PASSWORD})
    draft.refresh_from_db()
    assert (draft.state, draft.frozen_by) == ("frozen", second)
    assert "开考时考生作答的就是这份试卷" in client.get(reverse("exams:paper", args=[draft.pk])).text


def test_freeze_shows_the_composer_that_another_must(client, draft, officer):
    officer.set_password(PASSWORD)
    officer.save()
    client.force_login(officer)
    assert "本人" in client.get(reverse("exams:paper", args=[draft.pk])).text
    signed = {"seen_digest": contents.digest_of(draft), "password": PASSWORD}
    answer = client.post(reverse("exams:freeze", args=[draft.pk]), signed)
    assert answer.status_code == 422
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_freeze_is_refused_for_what_changed_since(client, draft, second):
    client.force_login(second)
    answer = client.post(reverse("exams:freeze", args=[draft.pk]), {"seen_digest": "0" * 64, "password": PASSWORD})
    assert "您打开之后，试卷又有改动" in answer.text
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_frozen_paper_offers_no_change(client, draft, second, officer, at):
    composing.freeze(draft, by=second, at=at)
    client.force_login(officer)
    assert client.get(reverse("exams:recompose", args=[draft.pk])).url == reverse("exams:paper", args=[draft.pk])
    answer = client.post(reverse("exams:recompose", args=[draft.pk]), typed())
    assert (answer.status_code, "已经定卷" in answer.text) == (422, True)
