"""Papers that the queue sets: asked for by those who may print, whole and in order, fetched under the journal's eyes,
cleared away; and the pages of all this."""

import datetime as dt
import io
import os

import pypdf
import pytest
import time_machine
from django.urls import reverse

from exams import accommodating, preparing, print_runs, room_papers, seating, timing
from exams.models import Candidate, PrintRun, Sitting, StageEntry
from lms.journal.models import Line
from lms.lib import clock
from lms.lib.printing import PrintingError
from lms.people import access
from lms.people.models import Teacher
from tests.factories import exams as make
from tests.factories import people
from tests.factories.people import AT

State = PrintRun.State
LATER = AT + dt.timedelta(minutes=5)


@pytest.fixture
def officer(tree):
    return people.officer("exam_officer", tree.city, "程秋霁")


@pytest.fixture
def clerk(tree):
    return people.officer("clerk", tree.city, "安明")


@pytest.fixture
def drawn(tree, officer, settings, tmp_path, monkeypatch):
    """Five candidates in three rooms of two, tickets are out; more than one room is for the queue."""
    settings.PRIVATE_ROOT = tmp_path
    monkeypatch.setattr(room_papers, "AT_ONCE", 2)
    monkeypatch.setattr(room_papers, "A_PIECE", 2)
    exam = make.exam(tree.city, written="registration_closed", code="241", name="松平市考试")
    for n in "甲乙丙丁戊":
        make.candidate(exam, f"考生{n}", school=tree.school)
    Sitting.objects.update(room_size=2)
    stage = make.stage(exam)
    seating.arrange(stage=stage, seed="x", by=officer, at=AT)
    seating.publish_tickets(stage=stage, by=officer, at=AT)
    return Sitting.objects.select_related("module__stage__exam__organisation").get()


def prepared(sitting, by, parts=room_papers.PARTS):
    return preparing.prepare(sitting=sitting, parts=parts, by=by, at=AT)


def set_now(run):
    print_runs.set_papers(run.pk, LATER)
    run.refresh_from_db()
    return run


def test_prepare_has_the_queue_set_one_document_in_order(drawn, officer, queue):
    with queue.committing():
        run = prepared(drawn, officer)
    queue.drain()
    run.refresh_from_db()
    assert (run.state, run.done, run.total, run.pages) == (State.READY, 20, 20, 14)
    file = print_runs.folder() / run.stored
    texts = [page.extract_text() for page in pypdf.PdfReader(file).pages]
    assert ["考场门贴" in texts[n] for n in (0, 2, 3)] == [True, True, False]
    assert "考生签到表" in texts[3] and "准考证" in texts[13]
    assert all(f"考生{n}" in "".join(texts[9:]) for n in "甲乙丙丁戊")
    assert file.stat().st_mode & 0o077 == 0
    assert [each.name for each in print_runs.folder().iterdir()] == [run.stored]
    assert Line.objects.get(act="exams.room_papers_ordered").facts == {"parts": list(room_papers.PARTS), "seats": 5}


def test_prepare_gives_the_same_run_while_it_waits_and_another_afterwards(drawn, officer, clerk):
    run = prepared(drawn, officer, ["sheets", "doors"])
    assert run.parts == "doors,sheets"
    assert prepared(drawn, clerk, ["doors", "sheets"]) == run
    set_now(run)
    assert prepared(drawn, officer, ["doors", "sheets"]) != run
    assert Line.objects.filter(act="exams.room_papers_ordered").count() == 2


def test_prepare_refuses_tickets_to_who_only_watches_and_everything_to_strangers(tree, drawn, clerk):
    with pytest.raises(access.NotYourOffice):
        prepared(drawn, clerk)
    with pytest.raises(access.NotYourOffice):
        prepared(drawn, people.officer("exam_officer", tree.county), ["doors"])
    assert prepared(drawn, clerk, ["doors"]).with_tickets is False


def test_prepare_refuses_before_the_draw(drawn, officer):
    StageEntry.objects.update(room=None, seat=None)
    with pytest.raises(room_papers.NoRoomsYet):
        prepared(drawn, officer)


def test_fetch_is_journalled_and_refused_until_ready_and_after_clearing(drawn, officer, clerk):
    run = prepared(drawn, officer)
    with pytest.raises(preparing.NotReadyYet):
        preparing.fetch(run=run, by=officer, at=LATER)
    set_now(run)
    with pytest.raises(access.NotYourOffice):
        preparing.fetch(run=run, by=clerk, at=LATER)
    assert preparing.fetch(run=run, by=officer, at=LATER).read_bytes().startswith(b"%PDF")
    assert Line.objects.get(act="exams.room_papers_read").facts["pages"] == 14
    file = print_runs.folder() / run.stored
    old = (LATER - dt.timedelta(hours=2)).timestamp()
    os.utime(file, (old, old))
    assert preparing.clear(LATER + preparing.KEPT) == 0
    assert preparing.clear(LATER + preparing.KEPT + dt.timedelta(minutes=1)) == 1
    run.refresh_from_db()
    assert (run.state, run.stored, file.exists()) == (State.CLEARED, "", False)
    with pytest.raises(preparing.NotReadyYet):
        preparing.fetch(run=run, by=officer, at=LATER)


def test_clear_removes_what_a_killed_process_left_but_nothing_that_is_being_written(drawn, officer):
    run = set_now(prepared(drawn, officer, ["doors"]))
    left, fresh = print_runs.folder() / "pieces-old", print_runs.folder() / "pieces-new"
    for each in (left, fresh):
        each.mkdir()
        (each / "0.pdf").write_bytes(b"%PDF")
    now = dt.datetime.now(dt.UTC)
    old = (now - dt.timedelta(hours=2)).timestamp()
    os.utime(left, (old, old))
    PrintRun.objects.update(seen_at=now)
    assert preparing.clear(now) == 1
    assert {each.name for each in print_runs.folder().iterdir()} == {run.stored, "pieces-new"}


def test_a_run_that_cannot_be_set_fails_and_leaves_nothing(drawn, officer, monkeypatch):
    def torn(*args, **kwargs):
        raise PrintingError("torn")

    run = prepared(drawn, officer)
    monkeypatch.setattr(room_papers, "pdf", torn)
    assert set_now(run).state == State.FAILED
    assert list(print_runs.folder().iterdir()) == []
    monkeypatch.undo()
    assert set_now(run).state == State.FAILED


def test_a_lost_run_is_queued_again_and_given_up_after_some_tries(drawn, officer, queue):
    run = prepared(drawn, officer, ["doors"])
    with queue.committing():
        assert preparing.requeue_lost(AT + dt.timedelta(minutes=4)) == 0
        assert preparing.requeue_lost(AT + dt.timedelta(minutes=6)) == 1
    PrintRun.objects.filter(pk=run.pk).update(tries=print_runs.TRIES)
    queue.drain()
    run.refresh_from_db()
    assert run.state == State.FAILED


def test_a_run_at_which_another_worker_is_is_left_to_it(drawn, officer):
    run = prepared(drawn, officer, ["doors"])
    PrintRun.objects.filter(pk=run.pk).update(tries=1, seen_at=LATER - dt.timedelta(minutes=4))
    assert set_now(run).state == State.WAITING
    PrintRun.objects.filter(pk=run.pk).update(seen_at=LATER - dt.timedelta(minutes=6))
    assert (set_now(run).state, run.tries) == (State.READY, 2)


@pytest.mark.parametrize("change", ["time", "need", "photo", "name", "seat"])
def test_a_document_is_outdated_once_what_it_prints_has_changed(drawn, officer, change):
    before = room_papers.basis(drawn)
    assert room_papers.basis(drawn) == before
    entry = StageEntry.objects.select_related("candidate__teacher").order_by("pk")[0]
    if change == "time":
        timing.give_time(sitting=drawn, entry=entry, minutes=5, reason="换机", by=officer, at=AT)
    elif change == "need":
        day = clock.local_date(AT)
        accommodating.grant(
            teacher=entry.candidate.teacher, extra_percent=25, reason="按规定", from_on=day, by=officer, at=AT
        )
    elif change == "photo":
        Candidate.objects.filter(pk=entry.candidate_id).update(photo="another.jpg")
    elif change == "name":
        Teacher.objects.filter(pk=entry.candidate.teacher_id).update(full_name="更正后的姓名")
    else:
        StageEntry.objects.filter(pk=entry.pk).update(seat=9)
    assert room_papers.basis(drawn) != before


def test_a_run_says_how_far_it_has_come(drawn, officer):
    seen = []
    run = prepared(drawn, officer, ["doors", "labels"])
    print_runs.set_papers(run.pk, LATER, seen.append)
    assert seen == [2, 4, 5, 7, 9, 10, 10]
    print_runs.note_progress(run.pk, 3, LATER)
    run.refresh_from_db()
    assert run.done == 10


def test_progress_is_noted_while_a_run_waits(client, drawn, officer):
    run = prepared(drawn, officer, ["doors"])
    print_runs.note_progress(run.pk, 3, LATER)
    run.refresh_from_db()
    assert (run.done, run.seen_at) == (3, LATER)
    client.force_login(officer)
    with time_machine.travel(LATER, tick=False):
        page = client.get(reverse("exams:print_run", args=[run.pk])).content.decode()
    assert 'value="3" max="5"' in page


# --- Pages -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def clock_at():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.mark.usefixtures("clock_at")
def test_pages_prepare_wait_and_hand_out(client, drawn, officer):
    client.force_login(officer)
    rooms = reverse("exams:rooms", args=[drawn.module.stage_id])
    address = reverse("exams:prepare_prints", args=[drawn.module.stage_id])
    assert f'action="{address}"' in client.get(rooms).content.decode()
    answer = client.post(address)
    run = PrintRun.objects.get()
    page = reverse("exams:print_run", args=[run.pk])
    assert answer.url == page
    waiting = client.get(page).content.decode()
    assert 'http-equiv="refresh"' in waiting and "<progress" in waiting
    set_now(run)
    ready = client.get(page).content.decode()
    assert 'http-equiv="refresh"' not in ready
    fetch = reverse("exams:fetch_print", args=[run.pk])
    assert fetch in ready and "重新生成" not in ready
    content = b"".join(client.post(fetch).streaming_content)
    assert len(pypdf.PdfReader(io.BytesIO(content)).pages) == 14
    assert page in client.get(rooms).content.decode()
    StageEntry.objects.filter(pk=StageEntry.objects.first().pk).update(state="withdrawn")
    assert "重新生成" in client.get(page).content.decode()


@pytest.mark.usefixtures("clock_at")
def test_pages_of_a_run_exist_only_for_those_who_may_print_it(client, tree, drawn, officer, clerk):
    whole = set_now(prepared(drawn, officer))
    doors = set_now(prepared(drawn, officer, ["doors"]))
    neighbour = people.officer("exam_officer", tree.county)
    for who, run, status in (
        (clerk, whole, 404),
        (clerk, doors, 200),
        (neighbour, doors, 404),
        (StageEntry.objects.first().candidate.teacher.user, doors, 404),
        (officer, whole, 200),
    ):
        client.force_login(who)
        assert client.get(reverse("exams:print_run", args=[run.pk])).status_code == status, who
        assert client.post(reverse("exams:fetch_print", args=[run.pk])).status_code == status, who
    client.force_login(neighbour)
    assert client.post(reverse("exams:prepare_prints", args=[drawn.module.stage_id])).status_code == 404
    client.force_login(clerk)
    listed = client.get(reverse("exams:rooms", args=[drawn.module.stage_id])).content.decode()
    assert reverse("exams:print_run", args=[doors.pk]) in listed
    assert reverse("exams:print_run", args=[whole.pk]) not in listed


@pytest.mark.usefixtures("clock_at")
def test_page_says_what_failed_and_fetching_is_refused_with_a_sentence(client, drawn, officer):
    run = prepared(drawn, officer, ["doors"])
    PrintRun.objects.update(state=State.FAILED)
    client.force_login(officer)
    page = client.get(reverse("exams:print_run", args=[run.pk])).content.decode()
    assert "用表未能生成" in page and 'name="part" value="doors"' in page
    refused = client.post(reverse("exams:fetch_print", args=[run.pk]))
    assert refused.status_code == preparing.NotReadyYet().status
    assert "未完成" in refused.content.decode()


@pytest.mark.usefixtures("clock_at")
def test_page_of_many_papers_sends_back_to_have_them_prepared(client, drawn, officer):
    client.force_login(officer)
    answer = client.post(reverse("exams:print_rooms", args=[drawn.module.stage_id]), follow=True)
    assert "5 个座位的用表" in answer.content.decode()
