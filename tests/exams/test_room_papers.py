"""The papers of the rooms: complete, in order, with needs and photos, in a fixed number of queries; and prepared by the
queue where they are many."""

import base64
import io

import pypdf
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from exams import room_papers, seating
from exams.models import Candidate, Sitting, StageEntry
from lms.journal.models import Line
from lms.people import photos
from tests.factories import exams as make
from tests.factories import people
from tests.factories.people import AT


@pytest.fixture
def officer(tree):
    return people.officer("exam_officer", tree.city, "程秋霁")


@pytest.fixture
def drawn(tree, officer, settings, tmp_path):
    """Five candidates in rooms of two, the fifth with a room of her own; the first has a photo, tickets are out."""
    settings.PRIVATE_ROOT = tmp_path
    exam = make.exam(tree.city, written="registration_closed", code="241", name="松平市考试")
    made = [make.candidate(exam, f"考生{n}", school=tree.school) for n in "甲乙丙丁戊"]
    make.accommodation(made[4].teacher, separate_room=True, extra_percent=25)
    written = io.BytesIO()
    Image.new("RGB", (450, 630), "white").save(written, "JPEG")
    Candidate.objects.filter(pk=made[0].pk).update(photo=photos.store(written.getvalue()))
    Sitting.objects.update(room_size=2)
    stage = make.stage(exam)
    seating.arrange(stage=stage, seed="x", by=officer, at=AT)
    seating.publish_tickets(stage=stage, by=officer, at=AT)
    return Sitting.objects.select_related("module__stage__exam__organisation").get()


def content(sitting, parts=room_papers.PARTS, rooms=None):
    return room_papers.content(sitting, parts=parts, rooms=rooms, at=AT)


def test_content_has_every_room_with_seats_needs_photos_and_tickets(drawn):
    made = content(drawn)
    assert [(room["number"], room["expected"], room["separate"]) for room in made["rooms"]] == [
        ("001", 2, False),
        ("002", 2, False),
        ("003", 1, True),
    ]
    people_ = {each["name"]: each for room in made["rooms"] for each in room["people"]}
    assert people_["考生戊"]["needs"] == ["延长 30 分钟", "单独考场"]
    assert [name for name, each in people_.items() if each["photo"]] == ["考生甲"]
    assert base64.b64decode(people_["考生甲"]["photo"]).startswith(b"\xff\xd8")
    tickets = {each["name"]: each for room in made["rooms"] for each in room["tickets"]}
    assert (len(tickets), tickets["考生戊"]["own_ends"], tickets["考生甲"]["own_ends"]) == (5, "12:30", "")


def test_content_leaves_out_who_withdrew_and_tickets_that_are_not_out(drawn):
    first, second = StageEntry.objects.order_by("admission_number")[:2]
    StageEntry.objects.filter(pk=first.pk).update(state="withdrawn")
    StageEntry.objects.filter(pk=second.pk).update(ticketed_at=None)
    (room,) = content(drawn, rooms=[1])["rooms"]
    assert (room["expected"], room["tickets"]) == (1, [])
    assert [each["withdrawn"] for each in room["people"]] == [True, False]


def test_content_takes_as_many_queries_for_more_candidates(drawn, tree):
    def count():
        with CaptureQueriesContext(connection) as queries:
            content(drawn)
        return len(queries)

    before = count()
    room = drawn.rooms.first()
    type(room).objects.update(capacity=9)
    for n in range(3):
        candidate = make.candidate(drawn.module.stage.exam, f"增补{n}", school=tree.school)
        make.entry(candidate, room=room, seat=n + 3, admission_number=f"9906002410010{n + 3}")
    assert count() == before


def test_content_refuses_before_the_draw(tree, drawn):
    with pytest.raises(room_papers.NoRoomsYet):
        content(drawn, rooms=[9])


def test_pdf_at_once_refuses_many_seats_but_not_one_room_or_a_short_kind(drawn, monkeypatch):
    monkeypatch.setattr(room_papers, "AT_ONCE", 5)
    with pytest.raises(room_papers.TooManySeats, match="5"):
        room_papers.pdf_at_once(drawn, parts=room_papers.PARTS, room=None, at=AT)
    assert room_papers.pdf_at_once(drawn, parts=("doors",), room=None, at=AT).startswith(b"%PDF")
    assert room_papers.pdf_at_once(drawn, parts=room_papers.PARTS, room=1, at=AT).startswith(b"%PDF")


def test_batches_hold_every_room_once_for_each_kind_and_never_divide_one(drawn, monkeypatch):
    assert room_papers.batches(drawn, ["doors", "tickets"]) == [("doors", [1, 2, 3], 5), ("tickets", [1, 2, 3], 5)]
    monkeypatch.setattr(room_papers, "A_PIECE", 4)
    assert room_papers.batches(drawn, ["doors"]) == [("doors", [1, 2], 4), ("doors", [3], 1)]
    assert [rooms for _part, rooms, _seats in room_papers.batches(drawn, ["tickets"])] == [[1], [2], [3]]


def test_basis_changes_when_somebody_withdraws_or_moves(drawn):
    before = room_papers.basis(drawn)
    entry = StageEntry.objects.order_by("pk").first()
    StageEntry.objects.filter(pk=entry.pk).update(state="withdrawn")
    assert room_papers.basis(drawn) != before
    StageEntry.objects.filter(pk=entry.pk).update(state=entry.state)
    assert room_papers.basis(drawn) == before


def test_pdf_prints_doors_sheets_labels_and_tickets_in_this_order(drawn):
    pages = pypdf.PdfReader(io.BytesIO(room_papers.pdf(drawn, at=AT))).pages
    texts = [page.extract_text() for page in pages]
    assert len(texts) == 3 * 3 + 5
    for page, word in ((0, "考场门贴"), (3, "考生签到表"), (9, "准考证")):
        assert word in texts[page]
    assert "单独考场" in texts[2]
    assert all(f"考生{n}" in "".join(texts[6:9]) for n in "甲乙丙丁戊")


def test_page_gives_tickets_to_exam_officers_only(client, tree, drawn, officer):
    address = reverse("exams:print_rooms", args=[drawn.module.stage_id])
    with time_machine.travel(AT, tick=False):
        for who, pages in ((officer, 5), (people.officer("clerk", tree.city), 3)):
            client.force_login(who)
            answer = client.post(address, {"part": ["tickets"]} if who == officer else {"part": ["doors", "tickets"]})
            content_ = b"".join(answer.streaming_content)
            assert len(pypdf.PdfReader(io.BytesIO(content_)).pages) == pages
        client.force_login(people.officer("exam_officer", tree.county))
        assert client.post(address).status_code == 404
    lines = Line.objects.filter(act="exams.room_papers_read").order_by("pk")
    assert [line.facts["parts"] for line in lines] == [["tickets"], ["doors"]]
