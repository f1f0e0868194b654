"""The pages of exam officers: bank, papers, and freezing by a second person."""

import datetime as dt
import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams import composing, contents, drafting, specifying
from exams.models import Module, Paper, Question, Sitting, Specification
from lms.journal.models import Line
from lms.lib import clock
from tests.exams import test_drafting
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


def test_the_paper_read_shows_its_pictures(client, draft, second):
    place = draft.places.select_related("question").first()
    place.question.stem += "![一张座位图](media:0123456789abcdef)"
    place.question.save()
    client.force_login(second)
    page = client.post(reverse("exams:paper_contents", args=[draft.pk])).text
    assert ('alt="一张座位图"' in page, "](media:" in page) == (True, False)


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


# By a table


def table(**changes):
    fields = {
        "title": "A卷",
        "seed": "第一号",
        "form_count": "1",
        "avoid_last": "0",
        "shuffle": "on",
        "table_title": "年度细目表",
        "form-TOTAL_FORMS": "3",
        "form-INITIAL_FORMS": "0",
    }
    for n, (kind, count, points) in enumerate([("single", "4", "4"), ("true_false", "2", "2"), ("case", "", "")]):
        fields |= {f"form-{n}-kind": kind, f"form-{n}-count": count, f"form-{n}-points": points}
    return fields | changes


@pytest.fixture
def to_come(module):
    """The sitting lies before everybody's real time."""
    Sitting.objects.filter(module=module).update(starts_at=clock.now() + dt.timedelta(days=1))


@pytest.fixture
def stocked(module, tree):
    for n in range(12):
        papers.question(tree.city, f"S1{n:02d}", stem=test_drafting.stem(n), topic="辅导")
        papers.question(
            tree.city, f"T1{n:02d}", stem=test_drafting.stem(n + 40), kind="true_false", body={}, key={"right": True}
        )
    return module


def test_a_table_drafts_a_paper_or_two_forms(client, stocked, officer):
    client.force_login(officer)
    address = reverse("exams:draft", args=[stocked.pk])
    assert "辅导" in client.get(address).text
    for kept in ("²", "9" * 4301):
        assert client.get(address, {"table": kept}).status_code == 200
    answer = client.post(address, table())
    paper = Paper.objects.get()
    assert answer.url == reverse("exams:paper", args=[paper.pk])
    assert (paper.seed, paper.option_order, paper.places.count()) == ("第一号", "sha256-options-1", 6)
    answer = client.post(address, table(form_count="2"))
    first, second = Paper.objects.exclude(pk=paper.pk).order_by("form")
    assert second.form_of == first
    page = client.get(answer.url).text
    assert reverse("exams:paper", args=[second.pk]) in page
    assert "第一号" in page


def test_a_table_that_the_bank_cannot_fill_says_where_and_keeps_what_was_typed(client, stocked, officer):
    client.force_login(officer)
    many = {"form-0-count": "14", "form-0-points": "1", "form-1-count": "14", "form-1-points": "0.5"}
    Module.objects.filter(pk=stocked.pk).update(full_marks=21)
    answer = client.post(reverse("exams:draft", args=[stocked.pk]), table(**many, title="卷名保留"))
    assert answer.status_code == 422
    assert answer.text.count("缺1题") >= 4
    kinds = dict(Question.Kind.choices)
    assert f"{kinds['true_false']}（缺1题）；{kinds['single']}（缺1题）" in answer.text
    for kept in ("卷名保留", 'value="14"', "第一号", 'value="0.5"'):
        assert kept in answer.text
    assert not Paper.objects.exists()


def test_a_table_is_kept_opened_again_and_replaced_by_its_title(client, stocked, officer, tree):
    client.force_login(officer)
    keep = reverse("exams:keep_table", args=[stocked.pk])
    answer = client.post(keep, table(title=""))
    kept = Specification.objects.get()
    assert (kept.organisation, kept.title, kept.rows.count()) == (tree.city, "年度细目表", 2)
    page = client.get(answer.url).text
    assert 'name="form-0-count" value="4"' in page
    assert "年度细目表" in page
    client.post(keep, table(**{"form-1-count": ""}, **{"form-1-points": ""}))
    assert [each.rows.count() for each in Specification.objects.all()] == [1]
    refused = client.post(keep, table(table_title=""))
    assert refused.status_code == 422
    refused = client.post(keep, table(**{"form-0-points": "一分"}))
    assert (refused.status_code, "第1行无法使用" in refused.text) == (422, True)


def test_swap_offers_the_cell_and_changes_the_draft(client, stocked, officer, second, at):
    client.force_login(officer)
    client.post(reverse("exams:draft", args=[stocked.pk]), table())
    paper = Paper.objects.get()
    address = reverse("exams:swap", args=[paper.pk, 1])
    offered = drafting.alternatives(drafting.place_of(paper, 1))
    page = client.get(address)
    assert all(each.stem in page.text for each in offered)
    assert client.post(address, {"code": ""}).status_code == 422
    assert client.post(address, {"code": "T100"}).status_code == 422
    client.post(address, {"code": offered[0].code})
    assert paper.places.get(number=1).question == offered[0]
    assert client.get(reverse("exams:swap", args=[paper.pk, 99])).status_code == 404
    composing.freeze(paper, by=second, at=at)
    assert client.get(address).url == reverse("exams:paper", args=[paper.pk])


def test_tables_and_swaps_are_not_there_for_others(client, stocked, draft, strangers):
    for stranger in strangers:
        client.force_login(stranger)
        assert client.get(reverse("exams:draft", args=[stocked.pk])).status_code == 404
        assert client.post(reverse("exams:keep_table", args=[stocked.pk]), table()).status_code == 404
        assert client.get(reverse("exams:swap", args=[draft.pk, 1])).status_code == 404
        for name in ("preview_paper", "print_paper"):
            assert client.post(reverse(f"exams:{name}", args=[draft.pk])).status_code == 404
    assert not Specification.objects.exists()


def test_the_page_of_a_table_takes_the_same_statements_for_one_and_three(client, stocked, officer, tree, at):
    client.force_login(officer)
    address = reverse("exams:draft", args=[stocked.pk])
    rows = [{"section": "一", "kind": "single", "count": 1, "points": 1}]
    specifying.keep(organisation=tree.city, title="表0", rows=rows, by=officer, at=at)
    client.get(address)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for n in (1, 2):
        specifying.keep(organisation=tree.city, title=f"表{n}", rows=rows, by=officer, at=at)
    with CaptureQueriesContext(connection) as three:
        assert "表2" in client.get(address).text
    assert len(one) == len(three)


# Who reads, sees and prints


def test_preview_shows_the_candidates_page_without_saving_and_notes_it(client, draft, officer):
    client.force_login(officer)
    page = client.post(reverse("exams:preview_paper", args=[draft.pk]))
    data = json.loads(re.search(r'id="exam-data"[^>]*>(.*?)</script>', page.text)[1])
    assert [each["number"] for each in data["items"]] == [1, 2, 3, 4, 5, 6]
    assert (data["preview"], data["attempt"]) == (True, 0)
    for absent in ("data-answers", "data-hand-in", "同理心"):
        assert absent not in page.text
    assert Line.objects.get(act="exams.paper_read").facts == {"purpose": "previewed"}


def test_print_gives_a_traceable_copy_and_notes_it(client, draft, officer):
    client.force_login(officer)
    answer = client.post(reverse("exams:print_paper", args=[draft.pk]))
    assert (answer["Content-Type"], b"".join(answer)[:5]) == ("application/pdf", b"%PDF-")
    assert Line.objects.get(act="exams.paper_read").facts == {"purpose": "printed"}


def test_a_frozen_paper_is_read_previewed_and_printed_only_by_those_named(
    client, draft, to_come, officer, second, tree
):
    third = papers.exam_officer(tree.city, "丙")
    client.force_login(second)
    signed = {"seen_digest": contents.digest_of(draft), "password": PASSWORD}
    without = client.post(reverse("exams:freeze", args=[draft.pk]), {**signed, "reader_1": third.pk})
    assert (without.status_code, "请写明丙为何需要" in without.text) == (422, True)
    client.post(reverse("exams:freeze", args=[draft.pk]), {**signed, "reader_1": third.pk, "reason_1": "监印"})
    draft.refresh_from_db()
    assert (draft.state, draft.readers.get().reader) == ("frozen", third)
    names = ("paper_contents", "preview_paper", "print_paper")
    for stranger in (officer, second):
        client.force_login(stranger)
        page = client.get(reverse("exams:paper", args=[draft.pk])).text
        assert ("监印" in page, "课间发现学生独自流泪" in page) == (True, False)
        for name in names:
            answer = client.post(reverse(f"exams:{name}", args=[draft.pk]))
            assert (answer.status_code, "课间发现学生独自流泪" in answer.text) == (403, False)
    client.force_login(third)
    assert "课间发现学生独自流泪" in client.post(reverse("exams:paper_contents", args=[draft.pk])).text
    assert Line.objects.filter(act="exams.paper_read").count() == 1


def test_the_seed_of_a_frozen_paper_is_hidden_like_its_questions(client, stocked, to_come, officer, second, at):
    client.force_login(officer)
    client.post(reverse("exams:draft", args=[stocked.pk]), table())
    paper = Paper.objects.get()
    assert "第一号" in client.get(reverse("exams:paper", args=[paper.pk])).text
    composing.freeze(paper, by=second, at=at)
    assert "第一号" not in client.get(reverse("exams:paper", args=[paper.pk])).text
    assert "第一号" not in str(list(Line.objects.values_list("facts", flat=True)))
