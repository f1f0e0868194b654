import io
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from exams import collecting, question_sheet
from exams.models import Question
from lms.journal.models import Line
from lms.lib import sheets
from lms.people.access import NotYourOffice
from tests.factories import papers

JILIN = Path(__file__).parents[1] / "data" / "jilin" / "questions.xlsx"
SINGLE = {"编号": "S001", "题型": "单选", "题干": "班主任首先宜怎样做？", "选项A": "甲", "选项B": "乙", "答案": "B"}
MULTIPLE = {**SINGLE, "编号": "M001", "题型": "多选", "题干": "哪些情形属于保密例外？", "选项C": "丙", "答案": "AC"}
TRUE = {"编号": "T001", "题型": "判断", "题干": "心理辅导以自愿为前提。", "答案": "对"}
FILL = {"编号": "F001", "题型": "填空", "题干": "助人条件是____和____。", "答案": "共情/同理心；尊重", "分值": "2"}
SHORT = {"编号": "E001", "题型": "简答", "题干": "请说明如何缓解考试焦虑。", "答案": "放松、合理想法", "分值": "5"}
CASE = {"编号": "C001", "题型": "案例", "题干": "小航三次动手打人。", "分值": "10"}
PART_1 = {"编号": "C001.1", "题型": "案例小题", "题干": "原因是什么？", "答案": "成因", "分值": "4", "难度": ""}
PART_2 = {"编号": "C001.2", "题型": "案例小题", "题干": "怎样帮助他？", "答案": "措施", "分值": "6", "难度": ""}
WHOLE = [SINGLE, MULTIPLE, TRUE, FILL, SHORT, CASE, PART_1, PART_2]


def workbook(*rows, headings=None):
    """A workbook with these rows; points 1, an easy question, unless the row says otherwise."""
    headings = headings or question_sheet.HEADINGS
    book = openpyxl.Workbook()
    book.active.append(headings)
    for row in rows:
        whole = {"分值": "1", "难度": "易", **row}
        book.active.append([whole.get(heading, "") for heading in headings])
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file


@pytest.fixture
def officer(tree):
    return papers.exam_officer(tree.city)


@pytest.fixture
def collect(tree, officer, at):
    return lambda *rows: collecting.collect(tree.city, workbook(*rows), "题库.xlsx", by=officer, at=at)


def faults(tree, *rows):
    checked = collecting.check_workbook(tree.city, workbook(*rows), "题库.xlsx")
    return [(each.row, each.heading) for each in checked.faults]


def test_collect_takes_every_kind_in(collect, officer, at):
    questions = collect(*WHOLE)
    assert [each.code for each in questions] == ["S001", "M001", "T001", "F001", "E001", "C001"]
    by_code = {each.code: each for each in Question.objects.all()}
    assert by_code["S001"].key == {"right": ["B"]}
    assert by_code["S001"].body == {"options": [{"id": "A", "text": "甲"}, {"id": "B", "text": "乙"}]}
    assert by_code["M001"].key == {"right": ["A", "C"], "policy": "half"}
    assert by_code["T001"].key == {"right": True}
    assert by_code["F001"].key == {"blanks": [["共情", "同理心"], ["尊重"]]}
    assert by_code["F001"].body == {"blanks": 2}
    assert by_code["E001"].key == {"guide": "放松、合理想法"}
    assert [part["points"] for part in by_code["C001"].body["parts"]] == ["4", "6"]
    assert by_code["C001"].key == {"parts": [{"guide": "成因"}, {"guide": "措施"}]}
    assert (by_code["F001"].points, by_code["F001"].difficulty) == (Decimal(2), "easy")
    assert (by_code["F001"].collected_by, by_code["F001"].collected_at) == (officer, at)


def test_collect_leaves_what_is_unchanged_and_adds_a_version_for_what_changed(collect):
    collect(SINGLE, TRUE)
    questions = collect(SINGLE, {**TRUE, "答案": "错"})
    assert [(each.code, each.version) for each in questions] == [("S001", 1), ("T001", 2)]
    versions = Question.objects.filter(code="T001").order_by("version")
    assert [each.key["right"] for each in versions] == [True, False]
    assert list(Question.objects.newest().values_list("code", "version").order_by("code")) == [("S001", 1), ("T001", 2)]
    line = Line.objects.filter(act="exams.bank_collected").latest("pk")
    assert line.facts == {"file": "题库.xlsx", "new": 0, "changed": 1, "unchanged": 1}


def test_collect_keeps_banks_apart(collect, tree, at):
    collect(SINGLE)
    other = papers.exam_officer(tree.county)
    collecting.collect(tree.county, workbook({**SINGLE, "答案": "A"}), "题库.xlsx", by=other, at=at)
    assert Question.objects.filter(code="S001", version=1).count() == 2


def test_collect_writes_nothing_and_tells_every_fault_when_one_row_is_wrong(collect):
    with pytest.raises(collecting.BankFaulty) as refused:
        collect(SINGLE, {**MULTIPLE, "答案": ""}, {**TRUE, "答案": "也许"}, {**FILL, "分值": "两分"})
    assert [(each.row, each.heading) for each in refused.value.faults] == [(3, "答案"), (4, "答案"), (5, "分值")]
    assert refused.value.faults[1].found == "也许"
    assert refused.value.faults[1].address == "J4"
    assert not Question.objects.exists()
    assert not Line.objects.filter(act="exams.bank_collected").exists()


@pytest.mark.parametrize(
    ("row", "heading"),
    [
        ({**SINGLE, "答案": ""}, "答案"),
        ({**SINGLE, "答案": "D"}, "答案"),
        ({**SINGLE, "答案": "AB"}, "答案"),
        ({**SINGLE, "选项B": "", "答案": "A"}, "选项A"),
        ({**SINGLE, "选项B": "甲"}, "选项A"),
        ({**SINGLE, "选项D": "丁"}, "选项C"),
        ({**MULTIPLE, "答案": "A"}, "答案"),
        ({**MULTIPLE, "答案": "AA"}, "答案"),
        ({**TRUE, "答案": ""}, "答案"),
        ({**FILL, "答案": "共情"}, "答案"),
        ({**FILL, "答案": "共情；"}, "答案"),
        ({**FILL, "题干": "没有空的题干"}, "题干"),
        ({**SHORT, "答案": ""}, "答案"),
        ({**SINGLE, "题干": " "}, "题干"),
        ({**SINGLE, "题型": "连线"}, "题型"),
        ({**SINGLE, "难度": "极难"}, "难度"),
        ({**SINGLE, "编号": ""}, "编号"),
        ({**SINGLE, "编号": "S 1"}, "编号"),
        ({**SINGLE, "分值": "0"}, "分值"),
        ({**SINGLE, "分值": "-1"}, "分值"),
        ({**SINGLE, "分值": "0.25"}, "分值"),
        ({**SINGLE, "分值": "NaN"}, "分值"),
        ({**SINGLE, "主题": "长" * 121}, "主题"),
        ({**SINGLE, "题干": "=1+1"}, "题干"),
        (CASE, "题型"),
        (PART_1, "题型"),
    ],
)
def test_check_workbook_tells_the_row_and_the_column(tree, row, heading):
    assert (3, heading) in faults(tree, {**TRUE, "编号": "T900", "题干": "这一行没有问题。"}, row)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([CASE, {**PART_1, "编号": "C001.3"}, PART_2], (3, "编号")),
        ([CASE, PART_1, {**PART_2, "分值": "5"}], (2, "分值")),
        ([CASE, PART_1, {**PART_2, "答案": ""}], (4, "答案")),
        ([CASE, PART_1, {**PART_2, "题干": ""}], (4, "题干")),
        ([SINGLE, {**TRUE, "编号": "S001"}], (3, "编号")),
        ([SINGLE, {**SINGLE, "编号": "S002"}], (3, "题干")),
        (
            [{**SINGLE, "题干": "班主任首先宜怎样做"}, {**SINGLE, "编号": "S002", "题干": "班主任首先应怎样做"}],
            (3, "题干"),
        ),
    ],
)
def test_check_workbook_tells_what_does_not_go_together(tree, rows, expected):
    assert faults(tree, *rows) == [expected]


def test_check_workbook_tells_a_stem_much_like_one_of_the_bank(collect, tree):
    collect(SINGLE)
    assert faults(tree, SINGLE) == []
    assert faults(tree, {**SINGLE, "编号": "S777"}) == [(2, "题干")]


def test_collect_is_refused_to_others(tree, personas, at):
    for other in (papers.exam_officer(tree.county), personas.county_officer, personas.teacher.user):
        with pytest.raises(NotYourOffice):
            collecting.collect(tree.city, workbook(SINGLE), "题库.xlsx", by=other, at=at)
    assert not Question.objects.exists()


def test_collect_is_refused_without_the_headings(tree, officer, at):
    file = workbook(SINGLE, headings=["编号", "题型", "题干", "选项A", "选项B", "难度"])
    with pytest.raises(collecting.HeadingsMissing) as refused:
        collecting.collect(tree.city, file, "题库.xlsx", by=officer, at=at)
    assert "答案、分值" in str(refused.value)


def test_collect_is_refused_without_questions(tree, officer, at):
    with pytest.raises(collecting.NoQuestions):
        collecting.collect(tree.city, workbook(), "题库.xlsx", by=officer, at=at)


def test_collect_is_refused_for_a_file_that_is_no_workbook(tree, officer, at):
    with pytest.raises(sheets.BadFile):
        collecting.collect(tree.city, io.BytesIO(b"MZ not a workbook"), "题库.xlsx", by=officer, at=at)


def test_collect_takes_the_bank_of_a_whole_exam(tree, officer, at):
    with JILIN.open("rb") as file:
        questions = collecting.collect(tree.city, file, JILIN.name, by=officer, at=at)
    assert len(questions) >= 80
    assert {each.kind for each in questions} == set(Question.Kind) - {Question.Kind.MATCHING, Question.Kind.ORDERING}
    with JILIN.open("rb") as file:
        again = collecting.collect(tree.city, file, JILIN.name, by=officer, at=at)
    assert [each.pk for each in again] == [each.pk for each in questions]
