"""A file brought in goes its way whatever happens: stored, checked, committed, undone, given up; a killed worker leaves
nothing half done, and what was lost is found again."""

import datetime as dt
import io
import os

import openpyxl
import pytest
from django.conf import settings
from django.db import connection

from lms.journal.models import Line
from lms.lib import sheets
from lms.people import importing, loading
from lms.people.access import NotYourOffice
from lms.people.import_kinds import REGISTER, ActedOn, Outdated
from lms.people.models import Appointment, ImportRun, QuietTime, Teacher
from tests.factories import people
from tests.factories.imports import brought, checked, committed, row, workbook

OFFICE = Appointment.Office
State = ImportRun.State
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def officer(tree):
    return people.officer(OFFICE.BUREAU_OFFICER, tree.county, "沈县")


@pytest.fixture(autouse=True)
def private(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path


@pytest.fixture
def large(monkeypatch):
    """Every file counts as a large one."""
    monkeypatch.setattr(loading, "LARGE", 0)


def stored():
    return list(loading.folder().iterdir()) if loading.folder().is_dir() else []


def refreshed(run):
    return ImportRun.objects.get(pk=run.pk)


def quiet(at):
    return QuietTime.objects.create(source="test", why="笔试正在进行", from_at=at - MINUTE, until_at=at + 90 * MINUTE)


# --- Bringing --------------------------------------------------------------------------------------------------------


def test_bring_stores_the_file_under_another_name_and_queues_its_check(tree, officer, at, queue):
    with queue.committing():
        run = brought(officer, tree.county, at, row(), name="../../花名册.xlsx")
    (file,) = stored()
    assert (run.state, run.stored, run.file_name) == (State.WAITING, file.name, "花名册.xlsx")
    assert file.stat().st_mode & 0o777 == 0o600
    assert "花名册" not in file.name
    assert Line.objects.get(act="people.import_brought").facts == {"kind": run.kind, "unit": tree.county.pk}
    with queue.committing():
        assert queue.drain() == 1
    assert refreshed(run).state == State.CHECKED
    assert stored() == []


def test_bring_refuses_an_officer_whose_office_does_not_cover_the_unit(tree, at):
    for office, unit in ((OFFICE.BUREAU_OFFICER, tree.neighbour), (OFFICE.AUDITOR, tree.county)):
        with pytest.raises(NotYourOffice):
            brought(people.officer(office, unit), tree.county, at, row())
    assert stored() == []


def test_bring_refuses_a_file_that_is_too_large_and_keeps_nothing_of_it(tree, officer, at, monkeypatch):
    monkeypatch.setattr(loading, "MAX_BYTES", 1024 * 1024)
    with pytest.raises(sheets.FileTooBig):
        brought(officer, tree.county, at, file=io.BytesIO(b"x" * (1024 * 1024 + 1)))
    assert stored() == []
    assert not ImportRun.objects.exists()


def test_bring_gives_up_what_the_same_officer_left_unfinished(tree, officer, at, django_capture_on_commit_callbacks):
    waiting = brought(officer, tree.county, at, row())
    other = brought(people.officer(OFFICE.BUREAU_OFFICER, tree.county), tree.county, at, row())
    with django_capture_on_commit_callbacks(execute=True):
        brought(officer, tree.county, at, row())
    assert refreshed(waiting).state == State.ABANDONED
    assert refreshed(other).state == State.WAITING
    assert len(stored()) == 2


# --- Checking --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "name", "refusal"),
    [
        (io.BytesIO(b"?"), "a.xlsx", "NotAWorkbook"),
        (io.BytesIO(b"?"), "a.xlsm", "MacrosInside"),
        (workbook(row(), headings=["姓名", "身份证件号"]), "a.xlsx", "HeadingsMissing"),
        (workbook(), "a.xlsx", "NobodyListed"),
        (workbook({"备注": "合计"}), "a.xlsx", "NobodyListed"),
    ],
)
def test_check_refuses_a_file_and_keeps_the_reason(tree, officer, at, file, name, refusal):
    file.seek(0)
    run = checked(officer, tree.county, at, file=file, name=name)
    assert run.state == State.REFUSED
    kept = loading.refusal_of(run)
    assert kept.code == refusal
    assert "{" not in str(kept)
    assert Line.objects.get(act="people.import_refused").facts["refused"] == refusal


def test_check_refuses_more_rows_than_the_kind_takes(tree, officer, at, monkeypatch):
    monkeypatch.setattr(REGISTER["people.teachers"], "max_rows", 1)
    run = checked(officer, tree.county, at, row(), row())
    assert loading.refusal_of(run).code == "FileTooLong"


def test_check_takes_every_kind_of_file(tree, officer, at):
    given = row()
    text = "\n".join([",".join(given), ",".join(given.values())])
    for name, content in (("a.csv", text.encode("gb18030")), ("b.csv", text.encode("utf-8-sig"))):
        assert checked(officer, tree.county, at, file=io.BytesIO(content), name=name).state == State.CHECKED


def test_check_notes_what_it_left_aside(tree, officer, at):
    book = openpyxl.load_workbook(workbook(row(), {"备注": "合计"}, headings=[*row(), "备注", "年龄"]))
    book.create_sheet("旧名单").sheet_state = "hidden"
    buffer = io.BytesIO()
    book.save(buffer)
    buffer.seek(0)
    run = checked(officer, tree.county, at, file=buffer)
    assert (run.state, run.row_count) == (State.CHECKED, 1)
    assert [note["note"] for note in run.notes] == ["hidden_sheet", "column_ignored", "row_without_person"]
    assert all("{" not in importing.importer_of(run).note_sentence(note) for note in run.notes)


def test_check_keeps_rows_encrypted(tree, officer, at):
    for rows in ([row()], [row(), row(手机="1")]):
        run = checked(officer, tree.county, at, *rows)
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM people_importrun WHERE id = %s", [run.pk])
            kept = str(cursor.fetchone())
        assert rows[0]["身份证件号"] not in kept
        assert "dev:" in kept


def test_check_says_how_far_it_has_come(tree, officer, at, monkeypatch):
    run = brought(officer, tree.county, at, row(), row())
    told = []
    loading.check(run.pk, at, lambda rows: (told.append(rows), loading.note_progress(run.pk, rows, at + MINUTE)))
    assert told == [2]
    assert refreshed(run).progress == 2


def test_check_is_done_once_however_often_it_is_asked_for(tree, officer, at):
    run = checked(officer, tree.county, at, row())
    loading.check(run.pk, at + MINUTE)
    assert refreshed(run).checked_at == at
    assert Line.objects.filter(act="people.import_checked").count() == 1
    loading.check(987654321, at)


def test_check_leaves_alone_what_was_given_up_meanwhile(tree, officer, at, monkeypatch):
    run = brought(officer, tree.county, at, row())
    kind = REGISTER["people.teachers"]
    whole = kind.check

    def slow(**given):
        importing.abandon(run=run, by=officer, at=at)
        return whole(**given)

    monkeypatch.setattr(kind, "check", slow)
    loading.check(run.pk, at)
    assert (refreshed(run).state, refreshed(run).rows) == (State.ABANDONED, "")


def test_check_that_fails_by_our_own_fault_ends_with_a_sentence(tree, officer, at, monkeypatch, caplog):
    def broken(**given):
        raise ZeroDivisionError

    monkeypatch.setattr(REGISTER["people.teachers"], "check", broken)
    run = checked(officer, tree.county, at, row())
    assert loading.refusal_of(run).code == "CheckFailed"
    assert "ZeroDivisionError" in caplog.text


def test_check_of_a_file_that_kills_its_worker_ends_after_three_tries(tree, officer, at, monkeypatch):
    class Killed(BaseException):
        pass

    def killed(**given):
        raise Killed

    run = brought(officer, tree.county, at, row())
    monkeypatch.setattr(REGISTER["people.teachers"], "check", killed)
    for _each in range(loading.TRIES):
        with pytest.raises(Killed):
            loading.check(run.pk, at)
        assert refreshed(run).state == State.WAITING
    loading.check(run.pk, at)
    assert loading.refusal_of(refreshed(run)).code == "CheckFailed"


def test_check_says_so_when_the_file_is_lost(tree, officer, at):
    run = brought(officer, tree.county, at, row())
    stored()[0].unlink()
    loading.check(run.pk, at)
    assert loading.refusal_of(refreshed(run)).code == "FileLost"


def test_check_keeps_a_bounded_number_of_faults_and_counts_them_all(tree, officer, at, monkeypatch):
    monkeypatch.setattr(loading, "MAX_TOLD", 2)
    run = checked(officer, tree.county, at, *[row(手机="1") for _each in range(5)])
    assert (len(run.errors), run.summary["faults"], run.summary["faulty"]) == (2, 5, 5)


# --- Committing and undoing ------------------------------------------------------------------------------------------


def test_commit_leaves_a_large_file_to_the_queue(tree, officer, at, queue, large):
    run = checked(officer, tree.county, at, row())
    with queue.committing():
        importing.commit(run=run, chosen=[], by=officer, at=at)
    assert refreshed(run).state == State.COMMITTING
    assert not Teacher.objects.exists()
    with queue.committing():
        queue.drain()
    assert refreshed(run).state == State.COMMITTED
    assert Line.objects.get(act="people.import_committed").actor == officer
    loading.load(run.pk, at)
    assert Teacher.objects.count() == 1
    with queue.committing():
        importing.undo(run=run, by=officer, at=at)
    assert refreshed(run).state == State.UNDOING
    with queue.committing():
        queue.drain()
    assert refreshed(run).state == State.UNDONE
    assert not Teacher.objects.exists()
    loading.unload(run.pk, at)


def test_load_that_is_refused_leaves_the_file_checked_and_keeps_the_reason(tree, officer, at, large):
    run = checked(officer, tree.county, at, row())
    importing.commit(run=run, chosen=[], by=officer, at=at)
    tree.school.closed_on = at.date()
    tree.school.save()
    loading.load(run.pk, at)
    assert refreshed(run).state == State.CHECKED
    assert isinstance(loading.refusal_of(refreshed(run)), Outdated)


def test_load_that_is_killed_leaves_nothing_and_is_done_later(tree, officer, at, large, monkeypatch):
    class Killed(BaseException):
        pass

    run = checked(officer, tree.county, at, row())
    importing.commit(run=run, chosen=[], by=officer, at=at)
    kind = REGISTER["people.teachers"]
    whole = kind.commit

    def killed(**given):
        whole(**given)
        raise Killed

    monkeypatch.setattr(kind, "commit", killed)
    with pytest.raises(Killed):
        loading.load(run.pk, at)
    assert not Teacher.objects.exists()
    assert refreshed(run).state == State.COMMITTING
    monkeypatch.setattr(kind, "commit", whole)
    loading.load(run.pk, at)
    assert refreshed(run).state == State.COMMITTED


def test_load_that_fails_by_our_own_fault_leaves_the_file_checked(tree, officer, at, large, monkeypatch, caplog):
    def broken(**given):
        raise ZeroDivisionError

    run = checked(officer, tree.county, at, row())
    importing.commit(run=run, chosen=[], by=officer, at=at)
    monkeypatch.setattr(REGISTER["people.teachers"], "commit", broken)
    loading.load(run.pk, at)
    assert (refreshed(run).state, loading.refusal_of(refreshed(run)).code) == (State.CHECKED, "WorkFailed")
    assert "ZeroDivisionError" in caplog.text


def test_unload_that_is_refused_leaves_the_file_committed(tree, officer, at, large):
    run = committed(officer, tree.county, at, row())
    people.appointment(Teacher.objects.get().user, OFFICE.MARKER, tree.county)
    importing.undo(run=run, by=officer, at=at)
    loading.unload(run.pk, at)
    assert refreshed(run).state == State.COMMITTED
    assert isinstance(loading.refusal_of(refreshed(run)), ActedOn)


def test_commit_undo_and_abandon_refuse_what_is_not_at_that_step(tree, officer, at):
    faulty = checked(officer, tree.county, at, row(手机="1"))
    for act in (lambda: importing.commit(run=faulty, chosen=[], by=officer, at=at), lambda: undo(faulty, officer, at)):
        with pytest.raises(importing.NotReady):
            act()
    done = committed(officer, tree.county, at, row())
    for act in (lambda: importing.commit(run=done, chosen=[], by=officer, at=at), lambda: abandon(done, officer, at)):
        with pytest.raises(importing.NotReady):
            act()
    undo(done, officer, at)
    with pytest.raises(importing.NotReady):
        undo(done, officer, at)


def undo(run, officer, at):
    return importing.undo(run=run, by=officer, at=at)


def abandon(run, officer, at):
    return importing.abandon(run=run, by=officer, at=at)


def test_commit_refuses_a_choice_that_was_not_offered(tree, officer, at):
    run = checked(officer, tree.county, at, row())
    with pytest.raises(importing.UnknownChoice):
        importing.commit(run=run, chosen=["1"], by=officer, at=at)


def test_commit_undo_and_abandon_refuse_an_officer_whose_office_does_not_cover_the_unit(tree, officer, at):
    stranger = people.officer(OFFICE.BUREAU_OFFICER, tree.neighbour)
    run = checked(officer, tree.county, at, row())
    with pytest.raises(NotYourOffice):
        importing.commit(run=run, chosen=[], by=stranger, at=at)
    with pytest.raises(NotYourOffice):
        abandon(run, stranger, at)
    importing.commit(run=run, chosen=[], by=officer, at=at)
    with pytest.raises(NotYourOffice):
        undo(run, stranger, at)


def test_load_refuses_when_the_office_ended_before_the_queue_came_to_it(tree, officer, at, large):
    run = checked(officer, tree.county, at, row())
    importing.commit(run=run, chosen=[], by=officer, at=at)
    officer.appointments.update(until_on=at.date() - dt.timedelta(days=1))
    loading.load(run.pk, at)
    assert loading.refusal_of(refreshed(run)).code == "NotYourOffice"
    assert not Teacher.objects.exists()


def test_a_committed_file_s_rows_are_gone(tree, officer, at):
    run = committed(officer, tree.county, at, row())
    assert (run.rows, run.stored, run.committed_at) == ("", "", at)


def test_marked_workbook_can_be_mended_and_brought_again(tree, officer, at):
    run = checked(officer, tree.county, at, row(), row(手机="1380000", 学校="无此校"))
    book = openpyxl.load_workbook(io.BytesIO(importing.marked_workbook(run)))
    page = book.active
    headings = [cell.value for cell in page[1]]
    phone, school = headings.index("手机") + 1, headings.index("学校") + 1
    assert page.cell(3, phone).comment.text
    assert page.cell(2, phone).comment is None
    page.cell(3, phone, "19900000002")
    page.cell(3, school, "澜溪县实验小学")
    buffer = io.BytesIO()
    book.save(buffer)
    buffer.seek(0)
    assert checked(officer, tree.county, at, file=buffer).state == State.CHECKED


# --- While a sitting is on -------------------------------------------------------------------------------------------


def test_a_large_import_waits_while_a_sitting_is_on_and_says_until_when(tree, officer, at, large, monkeypatch):
    run = checked(officer, tree.county, at, row())
    quiet(at)
    monkeypatch.setattr(loading.connection, "vendor", "sqlite", raising=False)
    with pytest.raises(loading.QuietTimeNow) as refused:
        importing.commit(run=run, chosen=[], by=officer, at=at)
    assert "2024-03-05 11:30" in str(refused.value)
    assert "笔试正在进行" in str(refused.value)
    importing.commit(run=run, chosen=[], by=officer, at=at + 91 * MINUTE)
    loading.load(run.pk, at + 91 * MINUTE)
    with pytest.raises(loading.QuietTimeNow):
        undo(run, officer, at)
    again = brought(officer, tree.county, at, row())
    loading.check(again.pk, at)
    assert loading.refusal_of(refreshed(again)).code == "QuietTimeNow"


def test_a_small_import_and_one_on_another_database_need_not_wait(tree, officer, at, monkeypatch):
    quiet(at)
    assert committed(officer, tree.county, at, row()).state == State.COMMITTED
    monkeypatch.setattr(loading, "LARGE", 0)
    monkeypatch.setattr(loading.connection, "vendor", "postgresql", raising=False)
    loading.require_no_quiet_time(100_000, at)


# --- What was lost ---------------------------------------------------------------------------------------------------


def test_lost_tasks_are_found_again(tree, officer, at, queue, large):
    run = brought(officer, tree.county, at, row())
    assert importing.requeue_lost(at + MINUTE) == 0
    with queue.committing():
        assert importing.requeue_lost(at + 3 * MINUTE) == 1
    with queue.committing():
        queue.drain()
    assert refreshed(run).state == State.CHECKED
    importing.commit(run=run, chosen=[], by=officer, at=at)
    with queue.committing():
        assert importing.requeue_lost(at + 3 * MINUTE) == 1
    with queue.committing():
        queue.drain()
    assert refreshed(run).state == State.COMMITTED
    undo(refreshed(run), officer, at)
    with queue.committing():
        assert importing.requeue_lost(at + 3 * MINUTE) == 1
    with queue.committing():
        queue.drain()
    assert refreshed(run).state == State.UNDONE
    assert importing.requeue_lost(at + 9 * MINUTE) == 0


def test_files_that_no_run_speaks_of_are_removed_after_an_hour(tree, officer, at):
    assert importing.clear_orphans(at) == 0
    run = brought(officer, tree.county, at, row())
    orphan, fresh = loading.folder() / "orphan", loading.folder() / "fresh"
    for path, age in ((orphan, 120), (fresh, 1), (loading.folder() / run.stored, 120)):
        path.touch()
        moment = (at - age * MINUTE).timestamp()
        os.utime(path, (moment, moment))
    assert importing.clear_orphans(at) == 1
    assert {path.name for path in stored()} == {"fresh", run.stored}


def test_the_folder_is_private():
    assert str(loading.folder()).startswith(str(settings.PRIVATE_ROOT))
