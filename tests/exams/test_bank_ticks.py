"""What is done with the ticked questions of the bank's list: sent to review, taken out as a file; ticks without a
script."""

import io

import openpyxl
import pytest
from django.urls import reverse

from exams import exporting, reviewing
from exams.models import Question
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from lms.people.models import Appointment
from tests.factories import papers, people
from tests.factories.people import AT

BANK, TAKE_OUT, DECIDE = reverse("exams:bank"), reverse("exams:export_ticked"), reverse("exams:bank_decide")


@pytest.fixture
def officer(client, tree):
    made = papers.exam_officer(tree.city, "审题人")
    client.force_login(made)
    return made


@pytest.fixture
def author(tree):
    return people.officer("trainer", tree.city, "出题人")


@pytest.fixture
def three(tree):
    case = {"kind": "case", "body": papers.PARTS, "key": {"parts": [{"guide": "一"}] * 2}}
    return [
        papers.question(tree.city, "A1", stem="第一问？"),
        papers.question(tree.city, "A2", stem="第二问？", state="draft"),
        papers.question(tree.city, "C1", **case),
    ]


def chosen(*questions, **more):
    return {"chosen": [each.pk for each in questions], **more}


# --- Acts ------------------------------------------------------------------------------------------------------------


def test_export_ticked_refuses_none_and_several_banks(tree, three, officer):
    with pytest.raises(exporting.NothingTicked):
        exporting.export_ticked([], "workbook", by=officer, at=AT)
    other = papers.question(tree.county, "B1")
    with pytest.raises(exporting.SeveralBanks, match="2"):
        exporting.export_ticked([three[0], other], "workbook", by=officer, at=AT)
    with pytest.raises(NotYourOffice):
        exporting.export_ticked([three[0]], "workbook", by=papers.exam_officer(tree.county), at=AT)


def test_send_many_sends_all_or_none_and_writes_a_line_for_each(tree, author):
    two = [papers.question(tree.city, code, by=author, state="draft") for code in ("A1", "A2")]
    usable = papers.question(tree.city, "A3")
    with pytest.raises(reviewing.MovedOn, match="A3"):
        reviewing.send_many([*two, usable], by=author, at=AT)
    with pytest.raises(reviewing.NothingChosen):
        reviewing.send_many([], by=author, at=AT)
    with pytest.raises(NotYourOffice):
        reviewing.send_many(two, by=papers.exam_officer(tree.county), at=AT)
    assert not Question.objects.filter(state="in_review").exists()
    reviewing.send_many(two, by=author, at=AT)
    assert Question.objects.filter(state="in_review").count() == 2
    assert Line.objects.filter(act="exams.question_sent").count() == 2


# --- Pages -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["workbook", "gift", "moodle_xml"])
def test_the_ticked_are_taken_out_in_each_format(client, three, officer, kind):
    answer = client.post(TAKE_OUT, chosen(three[1], format=kind))
    assert answer.headers["Content-Disposition"].startswith("attachment")
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if kind == "workbook":
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        text = "".join(str(cell.value) for row in sheet for cell in row)
    else:
        text = content.decode()
    assert ("第二问" in text, "第一问" in text) == (True, False)
    assert Line.objects.get(act="exams.bank_exported").facts["questions"] == 1


def test_what_has_no_place_is_shown_and_the_others_are_taken_out_when_asked(client, three, officer):
    page = client.post(f"{TAKE_OUT}?kind=", chosen(*three, format="gift"))
    assert page.status_code == exporting.SomeLeftOut([], 0).status
    assert "C1" in page.text and "GIFT没有" in page.text
    assert page.text.count('type="hidden" name="chosen"') == 3
    answer = client.post(TAKE_OUT, chosen(*three, format="gift", rest="1"))
    assert "第一问" in answer.content.decode()


def test_a_refused_export_stands_above_the_list_and_ticks_are_kept(client, tree, three, officer):
    none = client.post(TAKE_OUT, {"format": "gift"})
    assert (none.status_code, "请勾选要导出的试题" in none.text) == (422, True)
    other = papers.question(tree.county, "B1")
    both = client.post(TAKE_OUT, chosen(three[0], other, format="gift"))
    assert (both.status_code, both.text.count(" checked")) == (422, 2)
    assert client.post(TAKE_OUT, chosen(three[0], format="exe")).status_code == 404


def test_the_list_under_a_refusal_leads_on_to_the_list(client, tree, three, officer):
    page = client.post(TAKE_OUT, {"format": "gift"}).content.decode()
    assert f'method="get" action="{BANK}"' in page
    assert f'href="{BANK}?tick=all"' in page


def test_what_is_seen_but_not_managed_is_refused_with_a_sentence_and_keeps_its_ticks(client, tree, three):
    both = papers.exam_officer(tree.county)
    trains = people.officer("trainer", tree.city, "也出题")
    Appointment.objects.filter(user=trains).update(user=both)
    client.force_login(both)
    answer = client.post(TAKE_OUT, chosen(three[0], papers.question(tree.county, "B1"), format="gift"))
    assert (answer.status_code, answer.text.count(" checked")) == (409, 2)
    assert "有 1 道不由您办理" in answer.text


def test_nobody_takes_out_what_she_does_not_manage(client, tree, three, author):
    for person in (author, papers.exam_officer(tree.county), people.user()):
        client.force_login(person)
        assert client.post(TAKE_OUT, chosen(three[0], format="gift")).status_code == 404
    assert not Line.objects.filter(act="exams.bank_exported").exists()


def test_all_of_a_page_are_ticked_without_a_script_and_the_ticks_are_counted(client, three, officer):
    page = client.get(f"{BANK}?kind=single").text
    assert "已勾选0题" in page and f'href="{BANK}?kind=single&amp;tick=all"' in page
    page = client.get(f"{BANK}?kind=single&tick=all").text
    assert "已勾选2题" in page and page.count(" checked") == 2
    assert f'href="{BANK}?kind=single"' in page
    assert f'action="{DECIDE}?kind=single"' in page


def test_the_ticked_drafts_are_sent_by_who_writes_for_the_bank(client, tree, author):
    drafts = [papers.question(tree.city, code, by=author, state="draft") for code in ("A1", "A2")]
    client.force_login(author)
    page = client.get(BANK).text
    assert 'value="send"' in page and 'value="approve"' not in page and TAKE_OUT not in page
    answer = client.post(f"{DECIDE}?kind=single", chosen(*drafts, step="send"))
    assert answer.url == f"{BANK}?kind=single"
    again = client.post(DECIDE, chosen(*drafts, step="send"))
    assert (again.status_code, again.text.count(" checked")) == (409, 2)
    client.force_login(papers.exam_officer(tree.county))
    assert client.post(DECIDE, chosen(*drafts, step="send")).status_code == 404
