"""A roster tells everything that is wrong at once, changes what it says and nothing else, and goes back wholly."""

import datetime as dt
import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from lms.inbox.models import Message
from lms.journal.models import Line
from lms.lib import packing, sheets
from lms.people import activating, identity, importing, moving, noting, registering, roster
from lms.people.import_kinds import REGISTER, ActedOn, Outdated
from lms.people.models import Appointment, ImportRun, PostHeld, Posting, Teacher, User
from tests.factories import people
from tests.factories.imports import checked, committed, row, workbook

OFFICE = Appointment.Office
DAY = dt.timedelta(days=1)
TODAY = dt.date(2024, 3, 5)
ROSTER = REGISTER["people.teachers"]


@pytest.fixture
def officer(tree):
    return people.officer(OFFICE.BUREAU_OFFICER, tree.county, "沈县")


@pytest.fixture(autouse=True)
def private(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path


def keys(run):
    return [(fault["row"], fault["heading"], fault["key"]) for fault in run.errors]


def entries(run):
    return list(packing.unpack(run.rows))


def known(tree, name="何远", *, school=None, posts=("classroom_teacher",), stage="primary", **more):
    """A teacher who is at a school with these posts since 2012."""
    teacher = people.teacher(name, school=school or tree.school, **more)
    for post in posts:
        PostHeld.objects.create(
            teacher=teacher,
            organisation=school or tree.school,
            post=post,
            stage=stage,
            from_on=dt.date(2012, 9, 1),
        )
    return teacher


def of(teacher, **more):
    """A row that says of a teacher of `known` what her record says."""
    given = {"姓名": teacher.full_name, "身份证件号": teacher.id_number, "岗位": "学科教师", "手机": None}
    return row(**{**given, **more})


def state():
    """The register as it stands, to compare before and after."""
    return (
        sorted(Teacher.objects.values_list("pk", "full_name", "id_number_hash")),
        sorted(User.objects.values_list("pk", "username", "phone")),
        sorted(Posting.objects.values_list("pk", "teacher", "organisation", "from_on", "until_on", "ending"), key=str),
        sorted(PostHeld.objects.values_list("pk", "teacher", "post", "stage", "from_on", "until_on"), key=str),
    )


@pytest.mark.parametrize(
    ("wrong", "heading", "key"),
    [
        ({"姓名": None}, "姓名", "NameMissing"),
        ({"姓名": "=A1"}, "姓名", "formula"),
        ({"姓名": "王" * 61}, "姓名", "NameTooLong"),
        ({"身份证件号": "990608198503120000"}, "身份证件号", "CutBySpreadsheet"),
        ({"身份证件号": 440608198503120000}, "身份证件号", "WrittenAsNumber"),
        ({"身份证件号": "4.40608E+17"}, "身份证件号", "WrittenAsNumber"),
        ({"身份证件号": "110105194912310021"}, "身份证件号", "WrongChecksum"),
        ({"身份证件号": "1101051949123"}, "身份证件号", "WrongLength"),
        ({"身份证件号": identity.with_check_character("99060819851301001")}, "身份证件号", "WrongBirthDate"),
        ({"学校": "澜溪县实验小"}, "学校", "school_unknown"),
        ({"学校": "海滨航海学校"}, "学校", "school_unlike_any"),
        ({"学校": "青屏县第一小学"}, "学校", "school_outside"),
        ({"学校": None}, "学校", "school_missing"),
        ({"学段": "大学"}, "学段", "unknown_word"),
        ({"学段": "高中"}, "学段", "stage_elsewhere"),
        ({"岗位": "班主任、校长助理"}, "岗位", "unknown_word"),
        ({"岗位": None}, "岗位", "unknown_word"),
        ({"任职起始日期": "2012-13-01"}, "任职起始日期", "date_wrong"),
        ({"任职起始日期": "2024-03-06"}, "任职起始日期", "date_wrong"),
        ({"手机": "1380000"}, "手机", "phone_wrong"),
        ({"手机": 19900000001}, "手机", "phone_number"),
        ({"手机": "1.99E+10"}, "手机", "phone_number"),
    ],
)
def test_check_tells_a_fault_in_its_cell(tree, officer, at, wrong, heading, key):
    run = checked(officer, tree.county, at, row(), row(**wrong))
    assert run.state == ImportRun.State.FAULTY
    assert (3, heading, key) in keys(run)
    fault = next(each for each in run.errors if each["key"] == key)
    assert fault["column"] == sheets.column_letters(roster.HEADINGS.index(heading))
    for language in ("en", "zh-hans"):
        with translation.override(language):
            assert ROSTER.sentence(fault)
            assert ROSTER.expected(fault)
            assert "{" not in ROSTER.sentence(fault) + ROSTER.expected(fault)


def test_check_finds_fourteen_different_faults_at_once(tree, officer, at):
    """The planted errors of a real roster: each in its own row, each told, and the rows between them are sound."""
    here, elsewhere = known(tree), known(tree, "周宁", school=tree.other_school)
    twice = people.id_number()
    planted = [
        {"姓名": None},
        {"身份证件号": "990608198503120000"},
        {"身份证件号": 440608198503120000},
        {"身份证件号": "110105194912310021"},
        {"身份证件号": "99060819850312"},
        {"身份证件号": twice},
        {"学校": "澜溪县第一实验小学"},
        {"学校": "青屏县第一小学"},
        {"学段": "高中"},
        {"岗位": "校长助理"},
        {"任职起始日期": "2024-13-05"},
        {"手机": "1380000"},
        {"姓名": "何近", "身份证件号": here.id_number},
        {"姓名": "周宁", "身份证件号": elsewhere.id_number},
    ]
    rows = [row(身份证件号=twice), *[each for wrong in planted for each in (row(**wrong), row())]]
    run = checked(officer, tree.county, at, *rows)
    assert [fault["row"] for fault in run.errors] == [3 + 2 * index for index in range(14)]
    assert len({fault["key"] for fault in run.errors}) == 14
    assert run.summary["faulty"] == 14
    assert run.summary["ready"] == len(rows) - 14
    assert run.errors[6]["expected"] == "澜溪县实验小学"
    assert run.errors[8]["expected"] == "小学"
    told = str(run.errors)
    assert elsewhere.id_number not in told
    assert here.full_name not in told
    assert not Line.objects.filter(act="people.import_committed").exists()


def test_check_cleans_names_of_what_the_eye_cannot_see_and_shows_it(tree, officer, at):
    run = checked(officer, tree.county, at, row(姓名="林\u3000知\u200b微"))
    assert entries(run)[0]["full_name"] == "林知微"
    assert run.notes == [{"note": "name_normalised", "row": 2, "found": "林␣知[U+200B]微", "kept": "林知微"}]
    assert "林␣知[U+200B]微" in ROSTER.note_sentence(run.notes[0])


def test_check_finds_a_school_however_its_spaces_were_typed(tree, officer, at):
    run = checked(officer, tree.county, at, row(学校="澜溪县\u00a0实验\u200b小学"))
    assert run.errors == []
    assert entries(run)[0]["school"] == tree.school.pk


def test_check_asks_for_the_county_when_two_schools_have_the_name(tree, at):
    officer = people.officer(OFFICE.BUREAU_OFFICER, tree.city)
    for unit in (tree.county, tree.neighbour):
        people.organisation("中心小学", parent=unit)
    run = checked(officer, tree.city, at, row(学校="中心小学"))
    assert keys(run) == [(2, "学校", "school_ambiguous")]
    run = checked(officer, tree.city, at, row(学校="中心小学", **{"县（市、区）": "青屏县"}))
    assert run.errors == []


def test_check_tells_two_numbers_of_one_person(tree, officer, at):
    greater, lesser = known(tree), known(tree, "何远")
    lesser.merged_into = greater
    lesser.save()
    run = checked(officer, tree.county, at, of(greater), of(lesser))
    assert keys(run) == [(3, "身份证件号", "person_twice")]


def test_check_sorts_people_into_new_changed_unchanged_and_left(tree, officer, at):
    same, moved, gone = known(tree, "甲同"), known(tree, "乙动"), known(tree, "丙离")
    second = people.organisation("澜溪县第二小学", parent=tree.county)
    run = checked(
        officer,
        tree.county,
        at,
        row(),
        of(same),
        of(moved, 学校="澜溪县第二小学", 任职起始日期="2023-09-01"),
    )
    assert run.state == ImportRun.State.CHECKED
    assert run.summary["counts"] == {"added": 1, "changed": 1, "same": 1, "left": 1}
    assert run.summary["left_schools"] == [[tree.school.pk, tree.school.name, 1]]
    added, changed, left = entries(run)
    assert (added["does"], added["from_on"], added["posts"]) == (
        "added",
        "2012-09-01",
        ["homeroom_teacher", "classroom_teacher"],
    )
    assert (changed["teacher"], changed["school"], changed["from_on"]) == (moved.pk, second.pk, "2023-09-01")
    assert (left["teacher"], left["until_on"]) == (gone.pk, "2024-03-04")
    assert [ROSTER.preview_row(each)[0] for each in entries(run)] == ["林知微", "乙动", "丙离"]
    assert moved.id_number not in str(ROSTER.preview_row(changed))
    assert not Posting.objects.filter(organisation=second).exists()


def test_check_refuses_a_move_that_begins_before_she_came(tree, officer, at):
    teacher = known(tree)
    people.organisation("澜溪县第二小学", parent=tree.county)
    run = checked(officer, tree.county, at, of(teacher, 学校="澜溪县第二小学", 任职起始日期="2012-09-01"))
    assert keys(run)[0] == (2, "任职起始日期", "too_early")


def test_check_refuses_to_end_a_post_that_began_today(tree, officer, at):
    teacher = known(tree, posts=())
    PostHeld.objects.create(
        teacher=teacher, organisation=tree.school, post="homeroom_teacher", stage="primary", from_on=TODAY
    )
    run = checked(officer, tree.county, at, of(teacher))
    assert keys(run) == [(2, "岗位", "post_began_today")]


def test_check_keeps_a_telephone_that_she_confirmed_herself(tree, officer, at):
    teacher = known(tree)
    User.objects.filter(pk=teacher.user_id).update(phone="19900000009", phone_confirmed_at=at)
    run = checked(officer, tree.county, at, of(teacher, 手机="19900000008"))
    assert (run.notes, run.summary["counts"]["same"]) == ([{"note": "phone_kept", "row": 2}], 1)


def test_check_asks_as_much_for_three_hundred_as_for_three(tree, officer, at):
    def queries(size):
        run = importing.bring(
            kind="people.teachers",
            organisation=tree.county,
            file=workbook(*[row() for _each in range(size)], of(known(tree, f"何{size}"))),
            file_name="a.xlsx",
            by=officer,
            at=at,
        )
        with CaptureQueriesContext(connection) as asked:
            importing.loading.check(run.pk, at)
        return len(asked)

    queries(1)
    assert queries(3) == queries(300)


def test_commit_registers_moves_and_changes_and_leaves_the_rest_alone(tree, officer, at):
    fresh = row(姓名="单雪梅", 岗位="班主任、学科教师")
    second = people.organisation("澜溪县第二小学", parent=tree.county)
    moved, posts, phone, gone = (known(tree, name) for name in ("乙动", "丁岗", "戊机", "丙离"))
    run = committed(
        officer,
        tree.county,
        at,
        fresh,
        of(moved, 学校="澜溪县第二小学", 任职起始日期="2023-09-01"),
        of(posts, 岗位="兼职心理教师"),
        of(phone, 手机="19900000077"),
    )
    assert run.state == ImportRun.State.COMMITTED
    teacher = Teacher.objects.get(full_name="单雪梅")
    assert teacher.posts.count() == 2
    assert {each.from_on for each in teacher.postings.all()} == {dt.date(2012, 9, 1)}
    assert teacher.user.has_usable_password() is False
    old, new = moved.postings.order_by("from_on")
    assert (old.until_on, old.ending) == (dt.date(2023, 8, 31), Posting.Ending.TRANSFERRED)
    assert (new.organisation, new.until_on) == (second, None)
    assert [(each.organisation, each.until_on) for each in moved.posts.order_by("from_on")] == [
        (tree.school, dt.date(2023, 8, 31)),
        (second, None),
    ]
    assert [(each.post, each.from_on, each.until_on) for each in posts.posts.order_by("pk")] == [
        ("classroom_teacher", dt.date(2012, 9, 1), TODAY - DAY),
        ("part_time_mental_health_teacher", TODAY, None),
    ]
    assert User.objects.get(pk=phone.user_id).phone == "19900000077"
    assert gone.postings.get().until_on is None
    assert {message.recipient for message in Message.objects.filter(kind="people.roster_changed")} == {
        moved.user,
        posts.user,
    }


def test_commit_lets_go_who_is_not_listed_only_where_the_officer_says_so(tree, officer, at):
    gone, other = known(tree, "丙离"), known(tree, "己在", school=people.organisation("第三小学", parent=tree.county))
    run = committed(officer, tree.county, at, row(), row(学校="第三小学"), chosen=[str(tree.school.pk)])
    assert run.state == ImportRun.State.COMMITTED
    posting = gone.postings.get()
    assert (posting.until_on, posting.ending) == (TODAY - DAY, Posting.Ending.LEFT)
    assert gone.posts.get().until_on == TODAY - DAY
    assert other.postings.get().until_on is None
    assert Line.objects.get(act="people.import_committed").facts["chosen"] == 1


def test_commit_takes_up_again_who_had_left(tree, officer, at):
    teacher = known(tree, posts=())
    teacher.postings.update(until_on=dt.date(2023, 7, 31), ending="left")
    committed(officer, tree.county, at, of(teacher, 任职起始日期="2024-03-01"))
    assert teacher.postings.get(until_on=None).from_on == dt.date(2024, 3, 1)


def test_commit_writes_no_identity_number_into_the_journal(tree, officer, at):
    given = row()
    committed(officer, tree.county, at, given)
    assert given["身份证件号"] not in str(list(Line.objects.values_list("facts", "subject_name")))


def test_commit_refuses_when_a_record_changed_since_the_check(tree, officer, at):
    teacher = known(tree)
    run = checked(officer, tree.county, at, row(), of(teacher, 岗位="班主任"))
    teacher.postings.update(until_on=TODAY, ending="retired")
    with pytest.raises(Outdated) as refused:
        importing.commit(run=run, chosen=[], by=officer, at=at)
    assert "3" in str(refused.value)
    assert not Teacher.objects.filter(full_name="林知微").exists()


def test_commit_refuses_when_somebody_new_was_registered_meanwhile(tree, officer, at):
    given = row()
    run = checked(officer, tree.county, at, given)
    registering.register(
        full_name="林知微",
        id_number=given["身份证件号"],
        school=tree.school,
        post="homeroom_teacher",
        stage="primary",
        phone="",
        from_on=TODAY,
        by=None,
        at=at,
    )
    with pytest.raises(registering.AlreadyRegistered):
        importing.commit(run=run, chosen=[], by=officer, at=at)


def test_commit_refuses_when_a_school_was_closed_or_someone_who_left_is_gone_already(tree, officer, at):
    teacher = known(tree)
    run = checked(officer, tree.county, at, row())
    teacher.postings.update(until_on=TODAY, ending="retired")
    with pytest.raises(Outdated):
        importing.commit(run=run, chosen=[str(tree.school.pk)], by=officer, at=at)
    tree.school.closed_on = TODAY
    tree.school.save()
    with pytest.raises(Outdated):
        importing.commit(run=run, chosen=[], by=officer, at=at)


def test_commit_asks_as_much_for_thirty_as_for_three(tree, officer, at):
    def queries(size):
        people_known = [known(tree, f"何{size}{n}") for n in range(size)]
        rows = [row() for _each in range(size)] + [of(each, 岗位="班主任", 手机="19900000077") for each in people_known]
        run = checked(officer, tree.county, at, *rows)
        with CaptureQueriesContext(connection) as asked:
            importing.commit(run=run, chosen=[], by=officer, at=at)
        return len(asked)

    queries(1)
    assert queries(3) == queries(30)


def test_undo_puts_everything_back(tree, officer, at):
    people.organisation("澜溪县第二小学", parent=tree.county)
    moved, posts, phone, _gone = (known(tree, name) for name in ("乙动", "丁岗", "戊机", "丙离"))
    before = state()
    run = committed(
        officer,
        tree.county,
        at,
        row(),
        row(),
        of(moved, 学校="澜溪县第二小学", 任职起始日期="2023-09-01"),
        of(posts, 岗位="兼职心理教师"),
        of(phone, 手机="19900000077"),
        chosen=[str(tree.school.pk)],
    )
    assert state() != before
    importing.undo(run=run, by=officer, at=at + DAY)
    assert state() == before
    run.refresh_from_db()
    assert (run.state, run.undo) == (ImportRun.State.UNDONE, "")
    assert Message.objects.filter(kind="people.roster_undone").count() == 3


def _retired(tree, teacher, officer, at):
    moving.leave(teacher=teacher, ending="retired", on=TODAY, reason="年满", by=officer, at=at)


def _slips(tree, teacher, officer, at):
    activating.issue_codes(users=[teacher.user], by=officer, at=at)


def _registered_for(tree, teacher, officer, at):
    people.appointment(teacher.user, OFFICE.MARKER, tree.county)


def _brought_again(tree, teacher, officer, at):
    committed(officer, tree.county, at + DAY, of(teacher, 岗位="后勤人员"))


def _phone(tree, teacher, officer, at):
    committed(officer, tree.county, at + DAY, of(teacher, 岗位="学科教师、班主任", 手机="19900000055"))


@pytest.mark.parametrize("act", [_retired, _slips, _registered_for, _brought_again, _phone])
def test_undo_refuses_when_someone_has_acted_on_a_row(tree, officer, at, act):
    run = committed(officer, tree.county, at, row(), row(姓名="单雪梅"))
    teacher = Teacher.objects.get(full_name="单雪梅")
    act(tree, teacher, officer, at)
    before = state()
    with pytest.raises(ActedOn) as refused:
        importing.undo(run=run, by=officer, at=at + 2 * DAY)
    assert "单雪梅" in str(refused.value)
    assert state() == before


def test_undo_is_not_hindered_by_who_only_read_a_record(tree, officer, at):
    run = committed(officer, tree.county, at, row())
    noting.note_reading(teacher=Teacher.objects.get(), by=officer, at=at + DAY)
    importing.undo(run=run, by=officer, at=at + DAY)
    assert not Teacher.objects.exists()


def test_undo_goes_back_in_the_order_of_the_imports(tree, officer, at):
    before = state()
    first = committed(officer, tree.county, at, given := row())
    later = {**given, "岗位": "后勤人员"}
    second = committed(officer, tree.county, at + DAY, later)
    with pytest.raises(ActedOn):
        importing.undo(run=first, by=officer, at=at + 2 * DAY)
    importing.undo(run=second, by=officer, at=at + 2 * DAY)
    importing.undo(run=first, by=officer, at=at + 2 * DAY)
    assert state() == before


def test_undo_refuses_when_a_changed_person_was_changed_again(tree, officer, at):
    teacher = known(tree)
    run = committed(officer, tree.county, at, of(teacher, 手机="19900000077"))
    committed(officer, tree.county, at + DAY, of(teacher, 岗位="学科教师、班主任"))
    with pytest.raises(ActedOn):
        importing.undo(run=run, by=officer, at=at + 2 * DAY)


def test_template_is_an_empty_roster_of_text_cells(tree, officer, at):

    book = openpyxl.load_workbook(io.BytesIO(ROSTER.template()))
    page = book.worksheets[0]
    assert [cell.value for cell in page[1]] == roster.HEADINGS
    assert page.column_dimensions["B"].number_format == "@"
    for heading, value in row().items():
        page.cell(2, roster.HEADINGS.index(heading) + 1, value)
    buffer = io.BytesIO()
    book.save(buffer)
    buffer.seek(0)
    run = checked(officer, tree.county, at, file=buffer)
    assert (run.state, run.notes) == (ImportRun.State.CHECKED, [])
