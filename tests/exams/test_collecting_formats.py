"""Files of other software into a bank: what comes in, what is told, and that nothing comes in twice."""

import base64
import io
import json
import zipfile

import openpyxl
import pytest
from PIL import Image

from exams import collecting, exporting, question_media
from exams.models import Question, QuestionMedia
from exams.question_faults import Fault
from exams.question_files import GIFT, MOODLE_XML, QTI, QTI_PACKAGE, WORKBOOK, NotReadable, format_of
from lms.journal.models import Line
from lms.lib import scans
from lms.people.access import NotYourOffice
from lms.people.models import ImportRun
from lms.questions.items import Item
from tests.exams.test_collecting import JILIN, SINGLE, WHOLE, workbook
from tests.factories import papers
from tests.lms.questions.formats.test_reading import qti_item

FILE = """$CATEGORY: $course$/情绪/考试

// [id:G001] [difficulty:hard] [points:2]
::焦虑::适度的考试焦虑对学习{=有益#对 ~有害 ~无关}

同感又叫什么？{=共情 =%50%同理心}

说明：下面是判断题。

心理辅导应当替学生做决定。{F}

心理辅导应当替学生作决定！{F}
"""


def png(colour="red"):
    file = io.BytesIO()
    Image.new("RGB", (4, 4), colour).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def officer(tree):
    return papers.exam_officer(tree.city)


@pytest.fixture
def check(tree, officer, at):
    def check(content, name="题目.gift", **options):
        content = content.encode() if isinstance(content, str) else content
        return collecting.check(tree.city, io.BytesIO(content), name, by=officer, at=at, **options)

    return check


@pytest.fixture
def commit(officer, at):
    return lambda run: collecting.commit(run=run, by=officer, at=at)


def reasons(run):
    return [(each["row"], each["key"]) for each in run.errors]


def test_check_finds_what_is_whole_and_tells_the_rest_by_line(check):
    run = check(FILE, prefix="MH-", difficulty="easy")
    assert run.state == ImportRun.State.CHECKED
    assert reasons(run) == [(8, "description"), (12, "alike_line")]
    assert Fault(**run.errors[1]).sentence.count("10") == 1
    assert (run.row_count, run.summary["new"], run.summary["reported"]) == (3, 3, 2)
    assert not Question.objects.exists()
    assert Line.objects.get(act="exams.questions_checked").facts["whole"] == 3


def test_commit_takes_in_what_is_whole_with_codes_and_what_the_file_does_not_say(check, commit, officer, at):
    made = commit(check(FILE, prefix="MH-", difficulty="easy"))
    assert [(each.code, each.kind, each.difficulty) for each in made] == [
        ("G001", "single", "hard"),
        ("MH-001", "fill_in", "easy"),
        ("MH-002", "true_false", "easy"),
    ]
    first = made[0]
    assert (first.topic, first.points, first.source) == ("情绪/考试", 2, "题目.gift")
    assert first.key == {"right": ["A"], "feedback": {"answers": {"A": "对"}}, "about": {"title": "焦虑"}}
    assert {each.state for each in made} == {Question.State.IN_REVIEW}
    run = ImportRun.objects.get()
    assert (run.state, run.rows, run.committed_at) == (ImportRun.State.COMMITTED, "", at)
    facts = Line.objects.get(act="exams.bank_collected").facts
    assert facts == {"file": "题目.gift", "new": 3, "changed": 0, "unchanged": 0, "reported": 2}


def test_the_same_file_again_changes_nothing_even_under_another_name(check, commit):
    first = commit(check(FILE, prefix="MH-"))
    run = check(FILE, name="另一个名字.gift", prefix="XY", difficulty="hard")
    assert (run.summary["unchanged"], run.summary["new"], run.summary["changed"]) == (3, 0, 0)
    assert [each.pk for each in commit(run)] == [each.pk for each in first]
    assert Question.objects.count() == 3


def test_commit_goes_on_counting_and_makes_the_next_version_of_a_known_code(check, commit):
    commit(check(FILE, prefix="MH-"))
    made = commit(check("// [id:G001]\n适度的考试焦虑对学习{=有益 ~有害}\n\n保密有例外。{T}", prefix="MH-"))
    assert [(each.code, each.version) for each in made] == [("G001", 2), ("MH-003", 1)]
    assert made[0].difficulty == "hard"


def test_check_tells_of_a_code_twice_and_of_a_question_much_like_one_of_the_bank(check, commit):
    commit(check(FILE, prefix="MH-"))
    run = check("// [id:N1]\n保密有例外吗{T}\n\n// [id:N1]\n家访前要预约吗{T}\n\n心理辅导应替学生做决定。{F}")
    assert reasons(run) == [(5, "code_line"), (7, "alike_bank")]


def test_check_keeps_nothing_to_take_in_where_every_item_is_told(check, commit):
    run = check("只有说明。\n\n还是{说明")
    assert run.state == ImportRun.State.FAULTY
    with pytest.raises(collecting.CollectionNotReady):
        commit(run)
    assert not Question.objects.exists()


def test_a_new_file_gives_up_the_one_before_it(check, commit):
    first = check(FILE)
    check(FILE)
    first.refresh_from_db()
    assert (first.state, first.rows) == (ImportRun.State.ABANDONED, "")
    with pytest.raises(collecting.CollectionNotReady):
        commit(first)


def test_abandon_forgets_what_was_found(check, officer, at):
    run = check(FILE)
    collecting.abandon(run=run, by=officer, at=at)
    run.refresh_from_db()
    assert (run.state, run.rows) == (ImportRun.State.ABANDONED, "")
    with pytest.raises(collecting.CollectionNotReady):
        collecting.abandon(run=run, by=officer, at=at)


def test_only_an_exam_officer_of_the_bank_checks_commits_and_abandons(check, tree, personas, at):
    run = check(FILE)
    for other in (papers.exam_officer(tree.county), personas.county_officer, personas.teacher.user):
        for act in (
            lambda by: collecting.check(tree.city, io.BytesIO(FILE.encode()), "a.gift", by=by, at=at),
            lambda by: collecting.commit(run=run, by=by, at=at),
            lambda by: collecting.abandon(run=run, by=by, at=at),
        ):
            with pytest.raises(NotYourOffice):
                act(other)
        assert run not in collecting.runs(other, at)
    assert not Question.objects.exists()


@pytest.mark.parametrize("prefix", ["", "1", "题", "MH 1", "A" * 11])
def test_check_is_refused_for_a_prefix_that_makes_no_code(check, prefix):
    with pytest.raises(collecting.PrefixWrong):
        check(FILE, prefix=prefix)
    assert not ImportRun.objects.exists()


def package():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("imsmanifest.xml", '<m><resource type="imsqti_item_xmlv2p1" href="a.xml"/></m>')
        archive.writestr("a.xml", qti_item())
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (FILE.encode(), "题目.txt", GIFT),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<quiz></quiz>", "题目.txt", MOODLE_XML),
        (qti_item(), "题目.xml", QTI),
        (package(), "题目.zip", QTI_PACKAGE),
        (workbook(SINGLE).getvalue(), "题目.zip", WORKBOOK),
        ("题型,题干\n单选,{选}".encode(), "题目.csv", WORKBOOK),
        (b"MZ program", "题目.txt", WORKBOOK),
    ],
)
def test_format_of_goes_by_content(content, name, kind):
    assert format_of(content, name) == kind


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('<!DOCTYPE q [<!ENTITY a "b">]><quiz>&a;</quiz>', "实体"),
        ("<quiz><question></quiz>", "1"),
        ("<html></html>", "QTI"),
        ("<quiz></quiz>", "Moodle"),
    ],
)
def test_check_is_refused_for_a_file_that_is_not_safe_or_not_whole(check, content, words):
    with pytest.raises(NotReadable) as refused:
        check(content, name="题目.xml")
    assert words in str(refused.value)
    assert not ImportRun.objects.exists()


def test_check_takes_one_item_and_a_package_of_qti(check, commit):
    [single] = commit(check(qti_item(), name="a.xml"))
    assert (single.code, single.kind) == ("i1", "single")
    assert check(package(), name="a.zip").summary["unchanged"] == 1


MOODLE = """<quiz><question type="multichoice"><name><text>看图</text></name><questiontext format="html"><text>
<![CDATA[<p>图中是什么？<img src="@@PLUGINFILE@@/a.png" alt="一块颜色"></p>]]></text>{file}</questiontext>
<single>true</single><answer fraction="100"><text>红</text></answer><answer fraction="0"><text>蓝</text></answer>
</question></quiz>"""


def with_file(content):
    encoded = base64.b64encode(content).decode()
    return MOODLE.format(file=f'<file name="a.png" encoding="base64">{encoded}</file>')


def test_pictures_come_in_drawn_anew_and_are_kept_once(check, commit, tree):
    [question] = commit(check(with_file(png()), name="a.xml"))
    [media] = QuestionMedia.objects.all()
    assert question.stem == f"图中是什么？![一块颜色](media:{media.media_id})"
    assert (media.content_type, media.organisation) == ("image/jpeg", tree.city)
    kept = question_media.read(tree.city.pk, [media.media_id])[media.media_id]
    assert kept.content.startswith(b"\xff\xd8\xff")
    assert kept.id == media.media_id
    run = check(with_file(png()), name="b.xml")
    assert run.summary["unchanged"] == 1
    commit(run)
    assert QuestionMedia.objects.count() == 1


def test_a_picture_that_is_none_is_told_and_nothing_of_it_is_kept(check):
    run = check(with_file(b"\x89PNG\r\n\x1a\n broken"), name="a.xml")
    assert reasons(run) == [(1, "media_kind")]
    assert not QuestionMedia.objects.exists()


def test_commit_leaves_no_file_behind_when_it_is_refused(check, tree, at, settings):
    run = check(with_file(png("blue")), name="a.xml")
    before = {each.name for each in (settings.PRIVATE_ROOT / "scans").glob("*")}
    with pytest.raises(NotYourOffice):
        collecting.commit(run=run, by=papers.exam_officer(tree.county), at=at)
    assert {each.name for each in (settings.PRIVATE_ROOT / "scans").glob("*")} == before
    assert scans.PDF


def test_a_faulty_workbook_comes_in_not_at_all_and_goes_back_with_red_cells(check, commit):
    run = check(
        workbook(SINGLE, {**SINGLE, "编号": "S002", "题干": "家访前怎样做？", "答案": "D"}).getvalue(), "题库.xlsx"
    )
    assert (run.state, reasons(run)) == (ImportRun.State.FAULTY, [(3, "right.no_such_option")])
    sheet = openpyxl.load_workbook(io.BytesIO(collecting.report(run))).active
    assert sheet["J3"].value == "D"
    assert "D" in sheet["J3"].comment.text
    with pytest.raises(collecting.CollectionNotReady):
        commit(run)


def test_a_whole_workbook_waits_for_the_officers_word(check, commit):
    run = check(workbook(*WHOLE).getvalue(), "题库.xlsx")
    assert (run.state, run.row_count) == (ImportRun.State.CHECKED, 6)
    assert not Question.objects.exists()
    assert len(commit(run)) == 6


def test_report_lists_by_line_what_does_not_come_in(check):
    book = openpyxl.load_workbook(io.BytesIO(collecting.report(check("=1+1 没有答案\n\n" + FILE))))
    rows = list(book.active.iter_rows(min_row=2, values_only=True))
    assert [row[0] for row in rows] == [1, 10, 14]
    assert rows[0][1] == "=1+1 没有答案"
    assert book.active["B2"].data_type == "s"


NEW_KINDS = [
    {"编号": "P001", "题型": "匹配", "题干": "把阶段与任务连起来。", "答案": "小学 -> 勤奋\n初中 -> 同一性\n-> 亲密"},
    {"编号": "O001", "题型": "排序", "题干": "危机干预的步骤是？", "答案": "评估\n陪伴\n转介", "给分方式": "按位"},
    {**SINGLE, "编号": "W001", "题型": "多选", "题干": "哪些是共情？", "答案": "A=1；B=-1/2", "给分方式": "权重"},
    {**SINGLE, "编号": "W002", "题干": "哪一项最好？", "答案": "A=1/2；B=1", "给分方式": "权重"},
    {**SINGLE, "编号": "W003", "题型": "多选", "题干": "多选按项？", "选项C": "丙", "答案": "AB", "给分方式": "逐项"},
]


def test_the_new_kinds_come_in_by_workbook(check, commit):
    headings = [*WHOLE[0].keys(), "选项C", "分值", "难度", "给分方式"]
    by_code = {each.code: each for each in commit(check(workbook(*NEW_KINDS, headings=headings).getvalue(), "a.xlsx"))}
    assert by_code["P001"].body["right"] == [
        {"id": "A", "text": "亲密"},
        {"id": "B", "text": "勤奋"},
        {"id": "C", "text": "同一性"},
    ]
    assert by_code["P001"].key == {"pairs": {"1": "B", "2": "C"}}
    assert by_code["O001"].key == {"order": ["A", "C", "B"], "policy": "places"}
    assert by_code["W001"].key == {"right": ["A"], "policy": "weights", "weights": {"A": "1", "B": "-1/2"}}
    assert by_code["W002"].key == {"right": ["B"], "weights": {"A": "1/2", "B": "1"}}
    assert by_code["W003"].key == {"right": ["A", "B"], "policy": "per_option"}


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({**NEW_KINDS[0], "答案": "小学；初中"}, ("答案", "pair")),
        ({**NEW_KINDS[0], "答案": "小学 -> 勤奋"}, ("答案", "options.too_few_pairs")),
        ({**NEW_KINDS[0], "给分方式": "按位"}, ("给分方式", "policy")),
        ({**NEW_KINDS[1], "答案": "评估"}, ("答案", "options.too_few")),
        ({**NEW_KINDS[2], "答案": "A"}, ("答案", "weight")),
        ({**NEW_KINDS[2], "答案": "A=1/2"}, ("答案", "right.weights_total")),
        ({**SINGLE, "附加": "{"}, ("附加", "extras")),
        ({**SINGLE, "附加": '{"right": ["A"]}'}, ("附加", "extras")),
        ({**SINGLE, "附加": '{"about": {"title": "\\ud800"}}'}, ("附加", "extras")),
        ({**SINGLE, "附加": "[" * 5000}, ("附加", "extras")),
        ({**SINGLE, "附加": '{"feedback": {"answers": {"A": 1}}}'}, ("附加", "extras")),
    ],
)
def test_the_new_columns_are_checked(tree, row, fault):
    headings = [*WHOLE[0].keys(), "分值", "难度", "给分方式", "附加"]
    checked = collecting.check_workbook(tree.city, workbook(row, headings=headings), "a.xlsx")
    assert fault in [(each.heading, each.key) for each in checked.faults]


@pytest.fixture
def bank(tree, officer, at, check, commit):
    """The bank of a whole exam and questions of every other kind, one with a picture."""
    with JILIN.open("rb") as file:
        collecting.collect(tree.city, file, JILIN.name, by=officer, at=at)
    headings = [*WHOLE[0].keys(), "选项C", "分值", "难度", "给分方式"]
    commit(check(workbook(*NEW_KINDS, headings=headings).getvalue(), "a.xlsx"))
    commit(check(with_file(png()), name="a.xml"))
    return list(Question.objects.newest().order_by("code"))


@pytest.mark.parametrize(
    ("kind", "name", "left_out"),
    [(WORKBOOK, "题库.xlsx", {"Q001"}), (GIFT, "题库.gift", None), (MOODLE_XML, "题库.xml", {"C001", "C002", "C003"})],
)
def test_what_was_exported_comes_back_without_a_change(bank, tree, officer, at, check, kind, name, left_out):
    with pytest.raises(exporting.SomeLeftOut) as refused:
        exporting.export(tree.city, bank, kind, by=officer, at=at)
    gone = {item.code for item, _key, _facts in refused.value.left_out}
    assert left_out is None or gone == left_out
    content = exporting.export(tree.city, bank, kind, rest=True, by=officer, at=at)
    run = check(content, name)
    assert run.errors == []
    assert (run.summary["unchanged"], run.summary["format"]) == (len(bank) - len(gone), kind)
    assert run.row_count == len(bank) - len(gone)
    facts = Line.objects.get(act="exams.bank_exported").facts
    assert (facts["questions"], facts["left_out"], facts["format"]) == (run.row_count, len(gone), kind)
    assert len(facts["copy"]) == 8


def test_no_formula_runs_from_an_exported_workbook(tree, officer, at, check, commit):
    commit(check("::=1+1::\\=cmd|' /C calc'!A1 是什么？{=\\=1+1 ~@SUM(A1) ~+1 ~-1}", prefix="F"))
    content = exporting.export(tree.city, list(Question.objects.all()), WORKBOOK, by=officer, at=at)
    cells = [cell for row in openpyxl.load_workbook(io.BytesIO(content)).worksheets[0] for cell in row if cell.value]
    assert {cell.data_type for cell in cells} == {"s"}
    assert "=cmd|' /C calc'!A1 是什么？" in [cell.value for cell in cells]


def test_export_is_refused_to_others_and_without_questions(bank, tree, personas, officer, at):
    for other in (papers.exam_officer(tree.county), personas.county_officer, personas.teacher.user):
        with pytest.raises(NotYourOffice):
            exporting.export(tree.city, bank, WORKBOOK, rest=True, by=other, at=at)
    with pytest.raises(exporting.NothingToExport):
        exporting.export(tree.city, [], WORKBOOK, by=officer, at=at)
    case = [each for each in bank if each.kind == "case"]
    with pytest.raises(exporting.SomeLeftOut):
        exporting.export(tree.city, case, GIFT, rest=True, by=officer, at=at)
    assert not Line.objects.filter(act="exams.bank_exported").exists()


def test_waiting_items_come_back_as_they_were(check):
    run = check(with_file(png()), name="a.xml")
    [item] = collecting.waiting(run)
    assert isinstance(item, Item)
    assert item.media[0].id in item.stem
    assert json.loads(run.rows)[0]["points"] == "1.0"
