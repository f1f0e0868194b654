"""Drafts of papers and kept tables thrown away: by whom, what stands in the way, what stays; and the pages."""

import pytest
from django.urls import reverse

from exams import composing, discarding, drafting, specifying
from exams.models import Module, Paper, Question, Sitting, Specification
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from tests.exams import test_drafting
from tests.factories import exams, papers

ROWS = [{"section": "一", "kind": "single", "count": 1, "points": "2"}]


@pytest.fixture
def officers(tree):
    return papers.exam_officer(tree.city, "甲"), papers.exam_officer(tree.city, "乙")


@pytest.fixture
def module(tree):
    exam = exams.exam(tree.city)
    Module.objects.filter(stage__exam=exam, kind="written").update(full_marks=20, pass_mark=12)
    papers.bank(tree.city)
    return exams.module(exam)


@pytest.fixture
def draft(module, officers, at):
    return composing.compose(module, "A卷", papers.sections(), by=officers[0], at=at)


@pytest.fixture
def table(tree, officers, at):
    return specifying.keep(organisation=tree.city, title="常用细目表", rows=ROWS, by=officers[0], at=at)


def test_discard_paper_removes_the_draft_and_keeps_questions_and_a_line(draft, officers, at):
    questions = Question.objects.count()
    discarding.discard_paper(paper=draft, by=officers[0], at=at)
    assert not Paper.objects.exists()
    assert Question.objects.count() == questions
    line = Line.objects.get(act="exams.paper_discarded")
    assert (line.subject_id, line.facts["title"], line.facts["questions"]) == (str(draft.pk), "A卷", 6)


def test_discard_paper_takes_both_forms(tree, officers, at):
    module = test_drafting.module.__wrapped__(tree)
    made = drafting.compose_from(module, test_drafting.table(), title="卷", seed="s", forms=2, by=officers[0], at=at)
    discarding.discard_paper(paper=made[1], by=officers[0], at=at)
    assert not Paper.objects.exists()
    assert Line.objects.get(act="exams.paper_discarded").facts["forms"] == 2


def test_discard_paper_refuses_another_officer_until_she_changed_the_draft(draft, officers, at):
    with pytest.raises(discarding.ComposedByAnother, match="甲"):
        discarding.discard_paper(paper=draft, by=officers[1], at=at)
    composing.recompose(draft, "A卷", papers.sections(), by=officers[1], at=at)
    discarding.discard_paper(paper=draft, by=officers[1], at=at)
    assert not Paper.objects.exists()


def test_discard_paper_refuses_a_frozen_one_strangers_and_what_is_gone(draft, officers, tree, at):
    with pytest.raises(NotYourOffice):
        discarding.discard_paper(paper=draft, by=papers.exam_officer(tree.county), at=at)
    composing.freeze(draft, by=officers[1], at=at)
    with pytest.raises(composing.PaperFrozen):
        discarding.discard_paper(paper=draft, by=officers[0], at=at)
    Sitting.objects.update(paper=None)
    with pytest.raises(composing.PaperFrozen):
        discarding.discard_paper(paper=draft, by=officers[0], at=at)
    Paper.objects.all().delete()
    with pytest.raises(composing.DraftGone):
        discarding.discard_paper(paper=draft, by=officers[0], at=at)


def test_discard_paper_refuses_where_a_sitting_stands_on_it(draft, officers, at):
    Sitting.objects.update(paper=draft)
    with pytest.raises(discarding.DraftInUse):
        discarding.discard_paper(paper=draft, by=officers[0], at=at)
    assert Paper.objects.filter(pk=draft.pk).exists()
    assert not Line.objects.filter(act="exams.paper_discarded").exists()


def test_freeze_refuses_a_draft_that_was_discarded_meanwhile(draft, officers, at):
    seen = Paper.objects.select_related("module__stage__exam__organisation").get()
    discarding.discard_paper(paper=draft, by=officers[0], at=at)
    with pytest.raises(composing.DraftGone):
        composing.freeze(seen, by=officers[1], at=at)


def test_discard_table_leaves_papers_and_refuses_strangers_and_what_is_gone(table, draft, officers, tree, at):
    with pytest.raises(NotYourOffice):
        discarding.discard_table(table=table, by=papers.exam_officer(tree.county), at=at)
    discarding.discard_table(table=table, by=officers[1], at=at)
    assert not Specification.objects.exists() and Paper.objects.exists()
    assert Line.objects.get(act="exams.specification_discarded").facts == {"title": "常用细目表", "total": "2.0"}
    with pytest.raises(discarding.TableGone):
        discarding.discard_table(table=Specification(pk=9, organisation=tree.city), by=officers[1], at=at)


# --- Pages -----------------------------------------------------------------------------------------------------------


def test_page_says_what_goes_and_the_list_shows_it_gone(client, draft, officers):
    client.force_login(officers[0])
    page = reverse("exams:discard_paper", args=[draft.pk])
    assert page in client.get(reverse("exams:paper", args=[draft.pk])).content.decode()
    asked = client.get(page).content.decode()
    assert "不能恢复" in asked and "作废草稿</button>" in asked
    after = client.post(page, follow=True).content.decode()
    assert "“A卷”已作废" in after and reverse("exams:paper", args=[draft.pk]) not in after
    assert client.get(page).status_code == 404


def test_page_shows_the_refusal_to_another_officer_and_is_not_there_for_strangers(client, draft, officers, tree):
    client.force_login(officers[1])
    page = reverse("exams:discard_paper", args=[draft.pk])
    assert page not in client.get(reverse("exams:paper", args=[draft.pk])).content.decode()
    refused = client.post(page)
    assert refused.status_code == discarding.ComposedByAnother(name="").status
    assert "由甲组卷" in refused.content.decode()
    client.force_login(papers.exam_officer(tree.county))
    assert client.get(page).status_code == 404


def test_page_of_a_frozen_paper_offers_no_button(client, draft, officers, at):
    composing.freeze(draft, by=officers[1], at=at)
    client.force_login(officers[0])
    page = client.get(reverse("exams:discard_paper", args=[draft.pk])).content.decode()
    assert "作废草稿</button>" not in page
    assert "回到试卷" in page


def test_page_of_a_table_takes_it_off_the_list(client, table, module, officers, tree):
    client.force_login(officers[1])
    page = reverse("exams:discard_table", args=[module.pk, table.pk])
    tables = reverse("exams:draft", args=[module.pk])
    assert page in client.get(tables).content.decode()
    assert "不受影响" in client.get(page).content.decode()
    assert client.post(page).url == tables
    assert page not in client.get(tables).content.decode()
    assert client.get(page).status_code == 404
    client.force_login(papers.exam_officer(tree.county))
    assert client.get(page).status_code == 404
