"""The pages that bring questions in and take them out, and the address of pictures and sounds."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams import collecting, rating
from exams.models import Mark, Paper, Question, QuestionMedia, Stage
from lms.journal.models import Line
from lms.people.models import Appointment, ImportRun
from tests.exams.test_collecting import SINGLE, TRUE, workbook
from tests.exams.test_collecting_formats import FILE, png, with_file
from tests.factories import papers, people, standards

COLLECT = reverse("exams:collect")
EXPORT = reverse("exams:export_questions")


@pytest.fixture
def officer(tree, client):
    officer = papers.exam_officer(tree.city)
    client.force_login(officer)
    return officer


@pytest.fixture
def send(client, tree, officer):
    def send(content, name="题目.gift", **more):
        content = content.encode() if isinstance(content, str) else content
        fields = {"organisation": tree.city.pk, "file": SimpleUploadedFile(name, content), **more}
        return client.post(COLLECT, fields, follow=True)

    return send


@pytest.fixture
def strangers(personas, tree):
    return [personas.teacher.user, personas.county_officer, papers.exam_officer(tree.county), people.user()]


def test_a_file_is_looked_at_before_it_comes_in(send, client, tree):
    page = send(FILE, prefix="MH-", difficulty="easy")
    run = ImportRun.objects.get()
    assert page.redirect_chain == [(reverse("exams:collected", args=[run.pk]), 302)]
    for text in ("适度的考试焦虑", "G001", "MH-", "GIFT", "3道题可以导入，2道不能"):
        assert text in page.text
    assert "与第10行的题目十分相似" in page.text
    assert not Question.objects.exists()
    done = client.post(reverse("exams:take_in", args=[run.pk]), follow=True)
    assert Question.objects.filter(organisation=tree.city).count() == 3
    assert "3道题是新的或有改动" in done.text
    assert client.post(reverse("exams:take_in", args=[run.pk])).status_code == 409


def test_a_refused_file_says_why_and_keeps_what_was_typed(send):
    page = send('<!DOCTYPE q [<!ENTITY a "b">]><quiz>&a;</quiz>', name="题.xml", prefix="MH-", difficulty="hard")
    assert page.status_code == 422
    assert "实体" in page.text
    assert 'value="MH-"' in page.text
    assert '<option value="hard" selected>' in page.text
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize(
    ("content", "more", "words"),
    [
        (b"not a workbook", {"name": "题库.xlsx"}, "工作簿"),
        (b"", {}, "空"),
        (FILE, {"prefix": "1"}, "字母开头"),
        (FILE, {"organisation": 987654}, "选择"),
    ],
)
def test_collect_shows_what_is_wrong(send, content, more, words):
    page = send(content, **more)
    assert page.status_code == 422
    assert words in page.text


def test_a_faulty_workbook_shows_every_fault_and_offers_the_red_cells(send, client):
    page = send(workbook(SINGLE, {**TRUE, "答案": "也许"}).read(), name="题库.xlsx")
    assert "也许" in page.text
    assert "J3" in page.text
    run = ImportRun.objects.get()
    answer = client.get(reverse("exams:collected_report", args=[run.pk]))
    sheet = openpyxl.load_workbook(io.BytesIO(answer.getvalue())).active
    assert sheet["J3"].comment is not None
    assert client.post(reverse("exams:take_in", args=[run.pk])).status_code == 409
    assert not Question.objects.exists()


def test_a_file_without_a_whole_question_offers_nothing_to_take_in(send):
    page = send("只是说明。{", name="a.gift")
    assert "没有可以导入的题目" in page.text
    assert "take-in" not in page.text


def test_a_file_can_be_given_up(send, client):
    send(FILE)
    run = ImportRun.objects.get()
    assert "题目.gift" in client.get(COLLECT).text
    client.post(reverse("exams:give_up_collected", args=[run.pk]))
    page = client.get(reverse("exams:collected", args=[run.pk]))
    assert "没有任何题目进入题库" in page.text
    assert "题目.gift" not in client.get(COLLECT).text


def test_the_pages_of_a_file_are_not_there_for_others(send, client, strangers):
    send(FILE)
    run = ImportRun.objects.get()
    for stranger in strangers:
        client.force_login(stranger)
        for name in ("collected", "collected_report"):
            assert client.get(reverse(f"exams:{name}", args=[run.pk])).status_code == 404
        for name in ("take_in", "give_up_collected"):
            assert client.post(reverse(f"exams:{name}", args=[run.pk])).status_code == 404
    run.refresh_from_db()
    assert run.state == ImportRun.State.CHECKED


def test_collect_and_export_are_refused_for_the_bank_of_another(client, tree, personas):
    client.force_login(papers.exam_officer(tree.county))
    file = SimpleUploadedFile("题目.gift", FILE.encode())
    assert client.post(COLLECT, {"organisation": tree.city.pk, "file": file}).status_code == 422
    assert client.post(EXPORT, {"organisation": tree.city.pk, "format": "gift"}).status_code == 422
    client.force_login(personas.county_officer)
    for address in (COLLECT, EXPORT, reverse("exams:question_template")):
        assert client.get(address).status_code == 403
    assert not ImportRun.objects.exists()


def test_the_page_of_a_file_asks_as_often_for_many_as_for_one(send, client):
    counts = []
    for text in ("一是一吗{T}", "雨天路滑吗{T}\n\n说明\n\n春天花开吗{T}\n\n鱼会游泳吗{T}\n\n又一段说明"):
        send(text)
        run = ImportRun.objects.latest("pk")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(reverse("exams:collected", args=[run.pk]))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_template_has_the_headings(client, officer):
    answer = client.get(reverse("exams:question_template"))
    sheet = openpyxl.load_workbook(io.BytesIO(answer.getvalue())).active
    assert [sheet["A1"].value, sheet["B1"].value] == ["编号", "题型"]


@pytest.fixture
def bank(send, client, tree):
    send(FILE, prefix="MH-")
    collecting.commit(run=ImportRun.objects.get(), by=papers.exam_officer(tree.city), at=people.AT)
    papers.question(
        tree.city, "C001", **{"kind": "case", "body": papers.PARTS, "key": {"parts": [{"guide": "一"}] * 2}}
    )
    return Question.objects.filter(organisation=tree.city)


def test_export_sends_the_chosen_questions(bank, client, tree):
    fields = {"organisation": tree.city.pk, "format": "gift", "kind": "fill_in"}
    answer = client.post(EXPORT, fields)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "同感又叫什么" in answer.content.decode()
    assert "适度的考试焦虑" not in answer.content.decode()
    assert Line.objects.get(act="exams.bank_exported").facts["questions"] == 1
    topic = client.post(
        EXPORT, {"organisation": tree.city.pk, "format": "moodle_xml", "kind": "single", "topic": "情绪"}
    )
    assert "适度的考试焦虑" in topic.content.decode()


def test_export_shows_what_has_no_place_and_sends_the_rest_when_asked(bank, client, tree):
    fields = {"organisation": tree.city.pk, "format": "gift"}
    page = client.post(EXPORT, fields)
    assert page.status_code == 422
    assert "C001" in page.text
    assert "GIFT没有" in page.text
    assert not Line.objects.filter(act="exams.bank_exported").exists()
    answer = client.post(EXPORT, {**fields, "rest": "1"})
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_export_says_so_where_no_question_fits(officer, client, tree):
    page = client.post(EXPORT, {"organisation": tree.city.pk, "format": "workbook", "topic": "没有的主题"})
    assert (page.status_code, "没有符合的题目" in page.text) == (422, True)


@pytest.fixture
def picture(send, client, tree):
    """A question with a picture in the bank of the city."""
    send(with_file(png()), name="a.xml")
    run = ImportRun.objects.latest("pk")
    [question] = collecting.commit(run=run, by=papers.exam_officer(tree.city), at=people.AT)
    return question, QuestionMedia.objects.get()


def address(media):
    return reverse("exams:question_media", args=[media.organisation_id, media.media_id])


def test_a_picture_is_shown_to_those_who_read_the_bank_and_to_nobody_else(picture, client, strangers):
    _question, media = picture
    answer = client.get(address(media))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert "no-store" in answer.headers["Cache-Control"]
    assert client.get(reverse("exams:question_media", args=[media.organisation_id, "0" * 16])).status_code == 404
    for stranger in strangers:
        client.force_login(stranger)
        assert client.get(address(media)).status_code == 404
    client.logout()
    assert client.get(address(media)).status_code == 302


def shows(attempt, number, **parts):
    """Let an item of the attempt's paper have these parts."""
    items = [{**each, **parts} if each["number"] == number else each for each in attempt.paper.items]
    Paper.objects.filter(pk=attempt.paper_id).update(items=items)


def test_a_picture_is_shown_to_who_sits_a_paper_with_it(picture, client, tree):
    question, media = picture
    exam = papers.sitting_exam(tree.city)
    entry = papers.ticketed(exam)
    client.force_login(entry.candidate.teacher.user)
    attempt = papers.attempt(entry, answers={"5": "倾听"})
    assert client.get(address(media)).status_code == 404
    shows(attempt, 1, stem=question.stem)
    assert client.get(address(media)).status_code == 200
    other = papers.ticketed(exam, "未开考的人")
    client.force_login(other.candidate.teacher.user)
    assert client.get(address(media)).status_code == 404


def test_a_picture_is_shown_to_who_marks_its_question_and_only_while_she_does(picture, client, tree):
    question, media = picture
    exam = papers.sitting_exam(tree.city)
    attempt = papers.attempt(papers.ticketed(exam), answers={"5": "倾听", "6.1": "成因"}, state="handed_in")
    Stage.objects.update(state="marking")
    hers, others, unasked = (people.officer(Appointment.Office.MARKER, tree.city, f"阅卷{n}") for n in range(3))
    for item, marker in (("5", hers), ("6.1", others)):
        Mark.objects.create(answer=attempt.answers.get(item=item), role="first", marker=marker, assigned_at=people.AT)
    client.force_login(hers)
    assert client.get(address(media)).status_code == 404
    shows(attempt, 5, stem=question.stem)
    assert client.get(address(media)).status_code == 200
    for stranger in (others, unasked):
        client.force_login(stranger)
        assert client.get(address(media)).status_code == 404
    client.force_login(hers)
    Stage.objects.update(state="scores_checked")
    assert client.get(address(media)).status_code == 404
    Stage.objects.update(state="marking")
    Appointment.objects.filter(user=hers).delete()
    assert client.get(address(media)).status_code == 404


def test_a_picture_of_the_guide_is_shown_to_who_marks_by_it_and_not_to_who_sat(picture, client, tree):
    question, media = picture
    attempt = papers.attempt(
        papers.ticketed(papers.sitting_exam(tree.city)), answers={"6.2": "措施"}, state="handed_in"
    )
    Stage.objects.update(state="marking")
    marker = people.officer(Appointment.Office.MARKER, tree.city)
    Mark.objects.create(answer=attempt.answers.get(), role="first", marker=marker, assigned_at=people.AT)
    Paper.objects.update(keys={**attempt.paper.keys, "6.2": {"guide": question.stem, "points": "5"}})
    client.force_login(marker)
    assert client.get(address(media)).status_code == 200
    client.force_login(attempt.entry.candidate.teacher.user)
    assert client.get(address(media)).status_code == 404


def test_a_picture_is_shown_to_who_judges_the_standard_of_a_paper_with_it(picture, client, tree, officer, at):
    question, media = picture
    exam = papers.sitting_exam(tree.city)
    attempt = papers.attempt(papers.ticketed(exam), state="handed_in")
    shows(attempt, 1, stem=question.stem)
    Stage.objects.update(state="marking")
    judges = standards.judges(tree.city, 4)
    setting = rating.name_judges(attempt.paper.module, judges[:3], by=officer, at=at)
    client.force_login(judges[0])
    assert client.get(address(media)).status_code == 404  # named, the first round not open yet
    rating.open_round(setting, by=officer, at=at)
    assert client.get(address(media)).status_code == 200
    client.force_login(judges[3])
    assert client.get(address(media)).status_code == 404
    client.force_login(judges[0])
    Appointment.objects.filter(user=judges[0]).delete()
    assert client.get(address(media)).status_code == 404
