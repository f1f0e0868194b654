"""A roster is checked whole, every fault told at once in its cell, and taken in only without a fault."""

import datetime as dt
import io
from pathlib import Path

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from exams import applying, enlisting, roster
from exams.models import Candidate, Stage
from lms.journal.models import Line
from lms.lib import clock, sheets
from lms.people import identity, registering
from lms.people.access import NotYourOffice
from lms.people.models import ActivationCode, Appointment, ImportRun, Teacher, User
from tests.factories import exams, people

OFFICE = Appointment.Office
OPEN = Stage.State.REGISTRATION_OPEN
DAY = dt.timedelta(days=1)


@pytest.fixture
def exam(tree):
    return exams.exam(tree.city, written=OPEN)


@pytest.fixture
def officer(tree):
    return people.officer(OFFICE.EXAM_OFFICER, tree.city, "程秋霁")


@pytest.fixture
def live_exam(tree):
    """An exam whose registration is open by the clock, for the pages."""
    now = clock.now()
    return exams.exam(tree.city, written=OPEN, opens_at=now - DAY, closes_at=now + DAY, starts_at=now + 30 * DAY)


def row(**more):
    """A row of a roster that has no fault, by heading."""
    given = {
        "姓名": "林知微",
        "身份证件号": people.id_number(),
        "县（市、区）": "澜溪县",
        "学校": "澜溪县实验小学",
        "学段": "小学",
        "任教学科": "语文",
        "岗位": "班主任",
        "学历": "本科",
        "教师资格证号码": "20111234567890123",
        "参加工作年月": "2011-08",
        "在岗情况": "在岗",
        "培训学时": "72",
        "手机": "19900000001",
    }
    return {**given, **more}


def workbook(*rows, headings=roster.HEADINGS):
    book = openpyxl.Workbook()
    book.active.append(headings)
    for each in rows:
        book.active.append([each.get(heading) for heading in headings])
    return saved(book)


def named(file, name="名单.xlsx"):
    file.name = name
    return file


def saved(book):
    buffer = io.BytesIO()
    book.save(buffer)
    buffer.seek(0)
    return buffer


def check(exam, officer, at, *rows, **more):
    return enlisting.check_roster(
        exam=exam, file=more.get("file") or workbook(*rows), file_name=more.get("name", "a.xlsx"), by=officer, at=at
    )


def keys(run):
    return [(fault["row"], fault["heading"], fault["key"]) for fault in run.errors]


def test_check_roster_keeps_a_faultless_roster_for_import_and_writes_nothing_else(exam, officer, at):
    run = check(exam, officer, at, row(), row(姓名="何 远", 教师资格证号码="无", 参加工作年月=None, 手机=None))
    assert (run.state, run.errors, run.row_count) == (ImportRun.State.CHECKED, [], 2)
    assert run.summary == {"ready": 2, "faulty": 0, "new": 2, "known": 0, "schools": 1}
    assert run.notes == [{"note": "name_normalised", "row": 3, "found": "何 远", "kept": "何远"}]
    assert not Teacher.objects.exists()
    assert not Candidate.objects.exists()
    assert Line.objects.get(act="exams.roster_checked").facts["rows"] == 2


def test_check_roster_keeps_identity_numbers_encrypted(exam, officer, at):
    good, bad = row(), row(身份证件号="990608198503120000")
    for rows in ([good], [good, bad]):
        run = check(exam, officer, at, *rows)
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM people_importrun WHERE id = %s", [run.pk])
            stored = str(cursor.fetchone())
        assert good["身份证件号"] not in stored
        assert "990608198503120000" not in stored
        assert good["身份证件号"] in ImportRun.objects.get(pk=run.pk).rows


@pytest.mark.parametrize(
    ("wrong", "heading", "key"),
    [
        ({"身份证件号": "990608198503120000"}, "身份证件号", "CutBySpreadsheet"),
        ({"身份证件号": "110105194912310021"}, "身份证件号", "WrongChecksum"),
        ({"身份证件号": "1101051949123"}, "身份证件号", "WrongLength"),
        ({"身份证件号": identity.with_check_character("99060819851301001")}, "身份证件号", "WrongBirthDate"),
        ({"身份证件号": "4.40608E+17"}, "身份证件号", "WrittenAsNumber"),
        ({"身份证件号": 440608198503120000}, "身份证件号", "WrittenAsNumber"),
        ({"身份证件号": "=A1"}, "身份证件号", "formula"),
        ({"身份证件号": None}, "身份证件号", "WrongLength"),
        ({"姓名": None}, "姓名", "NameMissing"),
        ({"姓名": "王" * 61}, "姓名", "NameTooLong"),
        ({"姓名": "=B1"}, "姓名", "formula"),
        ({"学校": "澜溪县实验小"}, "学校", "school_unknown"),
        ({"学校": None}, "学校", "school_missing"),
        ({"学段": "大学"}, "学段", "unknown_word"),
        ({"岗位": "校长助理"}, "岗位", "unknown_word"),
        ({"学历": None}, "学历", "unknown_word"),
        ({"在岗情况": "在"}, "在岗情况", "unknown_word"),
        ({"手机": "1380000"}, "手机", "phone_wrong"),
        ({"参加工作年月": "78.13"}, "参加工作年月", "month_wrong"),
        ({"参加工作年月": "2024-04"}, "参加工作年月", "month_wrong"),
        ({"参加工作年月": 2012.1}, "参加工作年月", "month_wrong"),
        ({"培训学时": "许多"}, "培训学时", "hours_wrong"),
        ({"培训学时": None}, "培训学时", "hours_wrong"),
        ({"教师资格证号码": 20111234567890123}, "教师资格证号码", "written_as_number"),
        ({"序号": "甲"}, "序号", "number_wrong"),
    ],
)
def test_check_roster_tells_a_fault_in_its_cell(exam, officer, at, wrong, heading, key):
    run = check(exam, officer, at, row(), row(**wrong))
    assert run.state == ImportRun.State.FAULTY
    assert (3, heading, key) in keys(run)
    fault = next(each for each in run.errors if each["key"] == key)
    assert fault["column"] == sheets.column_letters(roster.HEADINGS.index(heading))
    for language in ("en", "zh-hans"):
        with translation.override(language):
            assert roster.sentence(fault)
            assert roster.expected(fault)
            assert "{" not in roster.sentence(fault) + roster.expected(fault)


def test_check_roster_tells_every_fault_of_every_row_at_once(exam, officer, at):
    rows = [row(身份证件号="1", 岗位="无"), row(), row(学校="不存在的学校", 手机="1", 培训学时="x")]
    run = check(exam, officer, at, *rows)
    assert {(fault["row"], fault["heading"]) for fault in run.errors} == {
        (2, "身份证件号"),
        (2, "岗位"),
        (4, "学校"),
        (4, "手机"),
        (4, "培训学时"),
    }
    assert run.summary["faulty"] == 2
    assert run.summary["ready"] == 1


@pytest.mark.parametrize(
    "wanting", [{"手机": None}, {"参加工作年月": None}, {"教师资格证号码": "2011123456789012"}, {"备注": "任意"}]
)
def test_check_roster_leaves_to_the_review_what_the_review_decides(exam, officer, at, wanting):
    assert check(exam, officer, at, row(**wanting)).state == ImportRun.State.CHECKED


def test_check_roster_masks_what_it_found_in_private_columns(exam, officer, at):
    run = check(exam, officer, at, row(身份证件号="110105194912310021", 手机="199000000012"))
    found = {fault["heading"]: fault["found"] for fault in run.errors}
    assert found == {"身份证件号": "110************021", "手机": "199*****0012"}
    run = check(exam, officer, at, row(身份证件号="1101 0519 4912 31002", 手机="1380000"))
    assert [fault["found"] for fault in run.errors] == ["110***********002", "1380000"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2012-08", "2012-08"),
        ("2012.8", "2012-08"),
        ("2012年8月", "2012-08"),
        ("２０１２／０８", "2012-08"),
        ("201208", "2012-08"),
        (dt.date(2012, 8, 1), "2012-08"),
        (201208, "2012-08"),
        ("2024-03", "2024-03"),
        (None, ""),
    ],
)
def test_check_roster_reads_a_month_however_it_was_typed(exam, officer, at, typed, kept):
    run = check(exam, officer, at, row(参加工作年月=typed))
    assert enlisting.content(run)["entries"][0]["facts"]["work_started_on"] == kept


def test_check_roster_turns_words_into_codes(exam, officer, at):
    run = check(exam, officer, at, row(教师资格证号码="无", 学历="硕士", 在岗情况="长期病休", 岗位="后勤人员"))
    facts = enlisting.content(run)["entries"][0]["facts"]
    assert facts == {
        "stage": "primary",
        "subject": "语文",
        "post": "support_staff",
        "education": "graduate",
        "teacher_certificate": "none",
        "work_started_on": "2011-08",
        "in_service": False,
        "training_hours": "72",
        "phone": "19900000001",
    }


def test_check_roster_keeps_a_phone_typed_as_a_number_and_says_so(exam, officer, at):
    run = check(exam, officer, at, row(手机=19900000001))
    assert enlisting.content(run)["entries"][0]["facts"]["phone"] == "19900000001"
    assert run.notes == [{"note": "phone_as_number", "row": 2, "found": "199****0001"}]


def test_check_roster_names_the_nearest_school(exam, officer, at):
    run = check(exam, officer, at, row(学校="澜溪县第一实验小学"))
    assert run.errors[0]["expected"] == "澜溪县实验小学"


def test_check_roster_tells_a_school_of_another_authority_from_an_unknown_one(tree, at):
    exam = exams.exam(tree.county, written=OPEN)
    officer = people.officer(OFFICE.EXAM_OFFICER, tree.county)
    run = check(exam, officer, at, row(学校=tree.other_school.name))
    assert keys(run) == [(2, "学校", "school_outside")]
    assert "澜溪县" in roster.sentence(run.errors[0])


def test_check_roster_asks_for_the_county_when_two_schools_have_the_name(tree, exam, officer, at):
    for unit in (tree.county, tree.neighbour, tree.city):
        people.organisation("中心小学", parent=unit)
    for county, parent in (("澜溪县", tree.county), ("青屏县", tree.neighbour), ("市直", tree.city)):
        run = check(exam, officer, at, row(学校="中心小学", **{"县（市、区）": county}))
        assert run.errors == []
        assert run.state == ImportRun.State.CHECKED
        assert tree.county.__class__.objects.get(pk=enlisting.content(run)["entries"][0]["school"]).parent == parent
    run = check(exam, officer, at, row(学校="中心小学", **{"县（市、区）": None}))
    assert keys(run) == [(2, "学校", "school_ambiguous")]


def test_check_roster_tells_a_person_twice_with_the_other_row(exam, officer, at):
    number = people.id_number()
    run = check(exam, officer, at, row(身份证件号=number), row(), row(姓名="何远", 身份证件号=f" {number.lower()} "))
    assert keys(run) == [(4, "身份证件号", "person_twice")]
    assert run.errors[0]["facts"] == {"other": 2}


def test_check_roster_tells_a_number_twice_and_a_number_taken(tree, exam, officer, at):
    exams.candidate(exam, "已报名", number=7)
    run = check(exam, officer, at, row(序号="3"), row(序号=3), row(序号="7"), row(序号=None))
    assert keys(run) == [(3, "序号", "number_twice"), (4, "序号", "number_taken")]


def test_check_roster_tells_who_is_a_candidate_already(tree, exam, officer, at):
    teacher = people.teacher("林知微", school=tree.school)
    exams.candidate(exam, teacher, number=5)
    run = check(exam, officer, at, row(身份证件号=teacher.id_number))
    assert keys(run) == [(2, "身份证件号", "already_candidate")]
    assert "5" in roster.sentence(run.errors[0])


def test_check_roster_tells_a_name_or_a_school_that_is_not_the_record_s(tree, exam, officer, at):
    teacher = people.teacher("林知微", school=tree.city_school)
    run = check(exam, officer, at, row(姓名="林之微", 身份证件号=teacher.id_number))
    assert keys(run) == [(2, "姓名", "name_differs"), (2, "学校", "posted_elsewhere")]
    assert run.errors[1]["expected"] == tree.city_school.name
    assert "林知微" not in str(run.errors)


def test_check_roster_does_not_name_a_school_of_another_authority(tree, at):
    exam = exams.exam(tree.county, written=OPEN)
    officer = people.officer(OFFICE.EXAM_OFFICER, tree.county)
    teacher = people.teacher("林知微", school=tree.other_school)
    run = check(exam, officer, at, row(身份证件号=teacher.id_number))
    assert keys(run) == [(2, "学校", "posted_elsewhere")]
    assert tree.other_school.name not in str(run.errors)


def test_check_roster_accepts_other_brackets_a_title_and_a_gb18030_csv(exam, officer, at):
    book = openpyxl.Workbook()
    headings = [each.replace("（", " (").replace("）", ")") for each in roster.HEADINGS]
    for line in (["2024年报名花名册"], headings, [row().get(heading) for heading in roster.HEADINGS]):
        book.active.append(line)
    assert check(exam, officer, at, file=saved(book)).errors == []
    given = row(姓名="䶮㛃𬭎")
    lines = [",".join(roster.HEADINGS), ",".join(given.get(heading) or "" for heading in roster.HEADINGS)]
    run = check(exam, officer, at, file=io.BytesIO("\r\n".join(lines).encode("gb18030")), name="名单.csv")
    assert (run.errors, run.summary["new"]) == ([], 1)


def test_check_roster_notes_hidden_sheets_strange_columns_and_empty_rows(exam, officer, at):
    book = openpyxl.load_workbook(workbook(row(), {"备注": "合计"}, headings=[*roster.HEADINGS, "年龄"]))
    book.create_sheet("旧名单").sheet_state = "hidden"
    run = check(exam, officer, at, file=saved(book))
    assert (run.state, run.row_count) == (ImportRun.State.CHECKED, 1)
    assert [note["note"] for note in run.notes] == ["hidden_sheet", "column_ignored", "row_without_person"]
    assert all("{" not in roster.note_sentence(note) for note in run.notes)


def test_check_roster_refuses_a_file_that_is_no_roster(exam, officer, at):
    with pytest.raises(enlisting.HeadingsMissing) as refused:
        check(exam, officer, at, file=workbook(row(), headings=["姓名", "学校", "身份证件号"]))
    assert "学段" in str(refused.value)
    with pytest.raises(enlisting.NobodyListed):
        check(exam, officer, at)
    with pytest.raises(sheets.NotAWorkbook):
        check(exam, officer, at, file=io.BytesIO(b"?"))
    assert not ImportRun.objects.exists()


def test_check_roster_refuses_more_people_than_a_roster_holds(exam, officer, at, monkeypatch):
    monkeypatch.setattr(enlisting, "MAX_CANDIDATES", 1)
    with pytest.raises(enlisting.RosterTooLong):
        check(exam, officer, at, row(), row())


def test_check_roster_refuses_an_officer_whose_exam_office_does_not_cover_it(tree, exam, at):
    for office, unit in (
        (OFFICE.EXAM_OFFICER, tree.county),
        (OFFICE.BUREAU_OFFICER, tree.city),
        (OFFICE.CLERK, tree.city),
    ):
        with pytest.raises(NotYourOffice):
            check(exam, people.officer(office, unit), at, row())
    assert not ImportRun.objects.exists()


def test_check_roster_abandons_what_the_same_officer_brought_before(exam, officer, at):
    first = check(exam, officer, at, row(岗位="x"))
    second = check(exam, officer, at, row())
    first.refresh_from_db()
    assert (first.state, first.rows) == (ImportRun.State.ABANDONED, "")
    assert second.state == ImportRun.State.CHECKED


def test_commit_roster_registers_new_teachers_and_keeps_known_ones(tree, exam, officer, at):
    known = people.teacher("何远", school=tree.school)
    fresh = row(姓名="单雪梅", 序号="8")
    run = check(exam, officer, at, fresh, row(姓名="何远", 身份证件号=known.id_number, 序号="3"))
    made = enlisting.commit_roster(run=run, by=officer, at=at)
    assert [(each.number, each.teacher.full_name, each.state) for each in made] == [
        (8, "单雪梅", Candidate.State.SUBMITTED),
        (3, "何远", Candidate.State.SUBMITTED),
    ]
    assert made[1].teacher == known
    teacher = Teacher.objects.get(full_name="单雪梅")
    assert (teacher.id_number, teacher.school_on(at.date())) == (fresh["身份证件号"], tree.school)
    assert teacher.user.has_usable_password() is False
    assert Teacher.objects.count() == 2
    assert made[0].facts["post"] == "homeroom_teacher"
    run.refresh_from_db()
    assert (run.state, run.rows, run.committed_at) == (ImportRun.State.COMMITTED, "", at)


def test_commit_roster_writes_lines_for_the_import_and_not_for_every_row(exam, officer, at):
    run = check(exam, officer, at, *[row() for _each in range(5)])
    before = Line.objects.count()
    enlisting.commit_roster(run=run, by=officer, at=at)
    lines = Line.objects.order_by("pk")[before:]
    assert sorted(line.act for line in lines) == [
        "exams.roster_committed",
        "exams.roster_registered",
        "people.teachers_registered",
    ]
    assert not any(
        number in str(line.facts) for line in lines for number in Teacher.objects.values_list("id_number", flat=True)
    )


def test_commit_roster_asks_as_much_for_thirty_as_for_three(exam, officer, at):
    def queries(size):
        run = check(exam, officer, at, *[row() for _each in range(size)])
        with CaptureQueriesContext(connection) as asked:
            enlisting.commit_roster(run=run, by=officer, at=at)
        return len(asked)

    queries(1)
    assert queries(3) == queries(30)


def test_commit_roster_refuses_a_faulty_an_abandoned_and_a_committed_roster(exam, officer, at):
    run = check(exam, officer, at, row(岗位="x"))
    with pytest.raises(enlisting.RosterNotReady):
        enlisting.commit_roster(run=run, by=officer, at=at)
    enlisting.abandon_roster(run=run, by=officer, at=at)
    with pytest.raises(enlisting.RosterNotReady):
        enlisting.commit_roster(run=run, by=officer, at=at)
    run = check(exam, officer, at, row())
    enlisting.commit_roster(run=run, by=officer, at=at)
    with pytest.raises(enlisting.RosterNotReady):
        enlisting.commit_roster(run=run, by=officer, at=at)
    with pytest.raises(enlisting.RosterNotReady):
        enlisting.abandon_roster(run=run, by=officer, at=at)
    assert Candidate.objects.count() == 1


def test_commit_roster_refuses_when_the_register_changed_since_the_check(tree, exam, officer, at):
    given = row()
    run = check(exam, officer, at, row(), given)
    registering.register(
        full_name="林知微",
        id_number=given["身份证件号"],
        school=tree.school,
        post="homeroom_teacher",
        stage="primary",
        phone="",
        from_on=at.date(),
        by=None,
        at=at,
    )
    with pytest.raises(enlisting.RosterOutdated) as refused:
        enlisting.commit_roster(run=run, by=officer, at=at)
    assert "3" in str(refused.value)
    run = check(exam, officer, at, row())
    tree.school.closed_on = at.date()
    tree.school.save()
    with pytest.raises(enlisting.RosterOutdated):
        enlisting.commit_roster(run=run, by=officer, at=at)
    assert not Candidate.objects.exists()


def test_commit_roster_registers_nobody_when_the_exam_refuses(tree, exam, officer, at):
    run = check(exam, officer, at, row(), row())
    with pytest.raises(applying.RegistrationClosed):
        enlisting.commit_roster(run=run, by=officer, at=at + 30 * DAY)
    known = people.teacher("何远", school=tree.school)
    run = check(exam, officer, at, row(), row(姓名="何远", 身份证件号=known.id_number))
    exams.candidate(exam, known)
    with pytest.raises(applying.AlreadyRegistered):
        enlisting.commit_roster(run=run, by=officer, at=at)
    assert Teacher.objects.count() == 1
    assert ImportRun.objects.get(pk=run.pk).state == ImportRun.State.CHECKED


def test_commit_and_abandon_refuse_an_officer_whose_exam_office_does_not_cover_it(tree, exam, officer, at):
    run = check(exam, officer, at, row())
    for act in (enlisting.commit_roster, enlisting.abandon_roster):
        with pytest.raises(NotYourOffice):
            act(run=run, by=people.officer(OFFICE.EXAM_OFFICER, tree.county), at=at)


def test_marked_workbook_can_be_mended_and_brought_again(exam, officer, at):
    run = check(exam, officer, at, row(), row(手机="1380000", 姓名=None))
    content = enlisting.marked_workbook(run)
    book = openpyxl.load_workbook(io.BytesIO(content))
    column = roster.HEADINGS.index("手机") + 1
    assert book.active.cell(3, column).comment.text
    assert book.active.cell(2, column).comment is None
    book.active.cell(3, column, "19900000002")
    book.active.cell(3, roster.HEADINGS.index("姓名") + 1, "何远")
    assert check(exam, officer, at, file=saved(book)).state == ImportRun.State.CHECKED


def test_template_is_an_empty_roster_of_text_cells(exam, officer, at):
    book = openpyxl.load_workbook(io.BytesIO(roster.template()))
    page = book.worksheets[0]
    assert [cell.value for cell in page[1]] == roster.HEADINGS
    assert page.column_dimensions["C"].number_format == "@"
    for heading, value in row().items():
        page.cell(2, roster.HEADINGS.index(heading) + 1, value)
    run = check(exam, officer, at, file=saved(book))
    assert (run.state, run.notes) == (ImportRun.State.CHECKED, [])


def test_the_roster_of_the_input_folder_comes_in_whole(tree, officer, at):
    """284 people of 47 schools; nothing in it is a fault, what wants correction is left to the review."""
    path = Path(__file__).parent.parent / "data" / "jilin" / "roster.xlsx"
    with path.open("rb") as file:
        listed = sheets.read(file, path.name).rows
    for name in sorted({each.text("学校") for each in listed}):
        people.organisation(name, parent=tree.city)
    exam = exams.exam(tree.city, written=OPEN)
    with path.open("rb") as file:
        run = check(exam, officer, at, file=file, name=path.name)
    assert run.errors == []
    made = enlisting.commit_roster(run=run, by=officer, at=at)
    assert [each.number for each in made] == list(range(1, 285))
    assert {"䶮", "㛃", "𬭎"} <= set("".join(each.teacher.full_name for each in made))
    assert User.objects.filter(teacher__candidacies__exam=exam).values("username").distinct().count() == 284


def test_the_wizard_leads_from_a_faulty_file_to_registered_candidates(client, tree, live_exam, officer):
    client.force_login(officer)
    address = reverse("exams:roster", args=[live_exam.pk])
    assert client.get(address).status_code == 200
    given = row()
    response = client.post(address, {"file": named(workbook(row(手机="1380000", 姓名="何远"), given))})
    run = ImportRun.objects.get()
    assert response["Location"] == reverse("exams:roster_run", args=[run.pk])
    page = client.get(response["Location"]).content.decode()
    assert "1380000" in page
    assert "何远" in page
    assert given["身份证件号"] not in page
    marked = client.get(reverse("exams:roster_marked", args=[run.pk]))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(marked.streaming_content)))
    book.active.cell(2, roster.HEADINGS.index("手机") + 1, "19900000009")
    response = client.post(address, {"file": named(saved(book))}, follow=True)
    page = response.content.decode()
    assert "何远" in page
    assert identity.normalise(given["身份证件号"]) not in page
    assert not Candidate.objects.exists()
    run = ImportRun.objects.get(state=ImportRun.State.CHECKED)
    response = client.post(reverse("exams:roster_commit", args=[run.pk]), follow=True)
    assert response.status_code == 200
    assert Candidate.objects.filter(exam=live_exam, state=Candidate.State.SUBMITTED).count() == 2
    assert client.get(reverse("exams:roster_marked", args=[run.pk])).status_code == 404


def test_the_wizard_shows_a_refused_file_beside_its_field(client, live_exam, officer):
    client.force_login(officer)
    address = reverse("exams:roster", args=[live_exam.pk])
    response = client.post(address, {"file": named(io.BytesIO(b"?"))})
    assert response.status_code == 409
    assert response.context["form"].errors["file"] == [str(sheets.NotAWorkbook())]
    assert client.post(address, {}).status_code == 422
    assert not ImportRun.objects.exists()


def test_the_wizard_narrows_faults_to_a_column_and_shows_a_row_in_the_workbook(client, live_exam, officer):
    client.force_login(officer)
    rows = [row(手机="1", 岗位="x"), row(), row(岗位="y")]
    client.post(reverse("exams:roster", args=[live_exam.pk]), {"file": named(workbook(*rows))})
    address = reverse("exams:roster_run", args=[ImportRun.objects.get().pk])
    context = client.get(address, {"column": "岗位", "row": "4"}).context
    assert [fault["row"] for fault, _expected, _sentence in context["faults"]] == [2, 4]
    assert [number for number, _cells in context["excerpt"]["rows"]] == [3, 4]
    for odd in ({"row": "x"}, {"row": "99999"}, {"column": "?"}, {"page": "99"}):
        assert client.get(address, odd).status_code == 200


def test_a_roster_given_up_leads_back_to_the_first_step(client, live_exam, officer):
    client.force_login(officer)
    client.post(reverse("exams:roster", args=[live_exam.pk]), {"file": named(workbook(row()))})
    run = ImportRun.objects.get()
    assert client.get(reverse("exams:roster", args=[live_exam.pk])).context["unfinished"] == run
    response = client.post(reverse("exams:roster_abandon", args=[run.pk]))
    assert response["Location"] == reverse("exams:roster", args=[live_exam.pk])
    assert client.get(reverse("exams:roster_run", args=[run.pk])).status_code == 200
    assert ImportRun.objects.get().rows == ""


def test_rosters_and_slips_are_not_found_by_others(client, tree, live_exam, officer):
    client.force_login(officer)
    client.post(reverse("exams:roster", args=[live_exam.pk]), {"file": named(workbook(row()))})
    run = ImportRun.objects.get()
    of_exam = [reverse(f"exams:{name}", args=[live_exam.pk]) for name in ("roster", "roster_template", "slips")]
    of_run = [reverse(f"exams:{name}", args=[run.pk]) for name in ("roster_run", "roster_marked")]
    acts = [reverse(f"exams:{name}", args=[run.pk]) for name in ("roster_commit", "roster_abandon")]
    for stranger in (
        people.officer(OFFICE.EXAM_OFFICER, tree.neighbour),
        people.officer(OFFICE.BUREAU_OFFICER, tree.city),
        people.teacher("何远", school=tree.school).user,
    ):
        client.force_login(stranger)
        assert {client.get(address).status_code for address in [*of_exam, *of_run]} == {404}
        assert {client.post(address).status_code for address in [*of_exam[::2], *acts]} == {404}
    run.refresh_from_db()
    assert run.state == ImportRun.State.CHECKED
    client.logout()
    assert {client.get(address).status_code for address in [*of_exam, *of_run]} == {302}


def test_slips_are_printed_for_the_candidates_who_never_came_in(client, tree, live_exam, officer):
    candidate = exams.candidate(live_exam, people.teacher("林知微", school=tree.school), state="submitted")
    exams.candidate(live_exam, people.teacher("已退出", school=tree.school), state="withdrawn")
    elsewhere = people.organisation("外市小学", parent=tree.province)
    exams.candidate(live_exam, people.teacher("已调走", school=elsewhere), state="approved")
    client.force_login(officer)
    address = reverse("exams:slips", args=[live_exam.pk])
    assert client.get(address).context["waiting"] == 1
    response = client.post(address, {"whom": "new"})
    assert b"".join(response.streaming_content).startswith(b"%PDF")
    assert [code.user for code in ActivationCode.objects.all()] == [candidate.teacher.user]
    again = client.post(address, {"whom": "new"})
    assert again.status_code == 409
    assert "whom" in again.context["form"].errors
    assert client.post(address, {"whom": "?"}).status_code == 422


def test_the_template_is_a_workbook(client, live_exam, officer):
    client.force_login(officer)
    response = client.get(reverse("exams:roster_template", args=[live_exam.pk]))
    assert b"".join(response.streaming_content)[:2] == b"PK"
    assert "attachment" in response["Content-Disposition"]
