"""Rooms, seats, admission numbers and tickets."""

import pytest

from exams import housing, seating
from exams.models import Room, Sitting, Stage, StageEntry
from exams.stages import NotAtThisStep
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from tests.factories import exams as make
from tests.factories import people


@pytest.fixture
def officer(tree):
    return people.officer("exam_officer", tree.city, "程秋霁")


def hall(tree, count=5, *, room_size=None, state="registration_closed", **more):
    exam = make.exam(tree.city, written=state, **more)
    for n in range(count):
        make.candidate(exam, f"考生{n}", school=[tree.school, tree.other_school, tree.city_school][n % 3])
    if room_size:
        Sitting.objects.filter(module__stage__exam=exam).update(room_size=room_size)
    return make.stage(exam)


def seats(stage):
    rows = StageEntry.objects.filter(stage=stage).order_by("admission_number")
    return list(rows.values_list("candidate__number", "room__number", "seat", "admission_number"))


def test_arrange_fills_rooms_and_numbers_every_seat(tree, officer, at):
    stage = hall(tree, 5, room_size=2, code="241")
    seating.arrange(stage=stage, seed="松平", by=officer, at=at)
    stage.refresh_from_db()
    assert stage.state == Stage.State.ARRANGED
    assert [row[3] for row in seats(stage)] == [
        f"990600241{room}" for room in ("00101", "00102", "00201", "00202", "00301")
    ]
    assert Room.objects.count() == 3
    assert (stage.arrangement["seed"], stage.arrangement["candidates"], stage.arrangement["rooms"]) == ("松平", 5, 3)
    assert Line.objects.get().facts["digest"] == stage.arrangement["digest"]


def test_arrange_gives_the_same_seats_when_seed_and_people_are_the_same(tree, officer, at):
    first = hall(tree, 12, room_size=5, code="241")
    seating.arrange(stage=first, seed="甲", by=officer, at=at)
    before, digest = seats(first), first.arrangement["digest"]
    StageEntry.objects.all().delete()
    Room.objects.all().delete()
    Stage.objects.filter(pk=first.pk).update(state="registration_closed", arrangement={})
    first.refresh_from_db()
    seating.arrange(stage=first, seed="甲", by=officer, at=at)
    assert (seats(first), first.arrangement["digest"]) == (before, digest)


def test_arrange_seats_only_the_approved(tree, officer, at):
    stage = hall(tree, 2)
    for state in ("returned", "rejected", "withdrawn", "voided"):
        make.candidate(stage.exam, "另一人", state=state, school=tree.school)
    assert len(seating.arrange(stage=stage, seed="x", by=officer, at=at)) == 2


def test_arrange_refuses_and_counts_when_some_wait_for_review(tree, officer, at):
    stage = hall(tree, 2)
    for _ in range(3):
        make.candidate(stage.exam, "待审", state="submitted", school=tree.school)
    with pytest.raises(seating.ReviewUnfinished) as refused:
        seating.arrange(stage=stage, seed="x", by=officer, at=at)
    assert refused.value.facts == {"count": 3}
    stage.refresh_from_db()
    assert stage.state == Stage.State.REGISTRATION_CLOSED
    assert not StageEntry.objects.exists()


@pytest.mark.parametrize("state", ["planning", "registration_open", "arranged", "in_progress"])
def test_arrange_refuses_when_registration_is_not_closed(tree, officer, at, state):
    with pytest.raises(NotAtThisStep):
        seating.arrange(stage=hall(tree, 1, state=state), seed="x", by=officer, at=at)


def test_arrange_refuses_when_nobody_is_approved(tree, officer, at):
    with pytest.raises(seating.NobodyApproved):
        seating.arrange(stage=hall(tree, 0), seed="x", by=officer, at=at)


def test_arrange_refuses_when_there_is_no_seed(tree, officer, at):
    with pytest.raises(seating.SeedMissing):
        seating.arrange(stage=hall(tree, 1), seed="  ", by=officer, at=at)


def test_arrange_refuses_when_there_is_no_sitting(tree, officer, at):
    stage = hall(tree, 1)
    stage.modules.get().sitting.delete()
    with pytest.raises(seating.NoSitting):
        seating.arrange(stage=stage, seed="x", by=officer, at=at)


def test_arrange_refuses_when_the_stage_is_a_performance(tree, officer, at):
    with pytest.raises(seating.NothingToArrange):
        seating.arrange(stage=make.stage(make.exam(tree.city), 2), seed="x", by=officer, at=at)


def test_arrange_refuses_when_the_numbers_run_out_of_rooms(tree):
    sitting = Sitting.objects.get(module__stage=hall(tree, 0))
    assert len(housing.halls(sitting, 998 * 30, 30)[0]) == 998
    with pytest.raises(housing.TooManyRooms):
        housing.halls(sitting, 998 * 30 + 1, 30)


@pytest.mark.parametrize("office", ["bureau_officer", "clerk"])
def test_arrange_refuses_when_the_office_is_another(tree, at, office):
    with pytest.raises(NotYourOffice):
        seating.arrange(stage=hall(tree, 1), seed="x", by=people.officer(office, tree.city), at=at)


def test_publish_tickets_tells_everyone_when_seats_are_arranged(tree, officer, at):
    stage = hall(tree, 3)
    seating.arrange(stage=stage, seed="x", by=officer, at=at)
    assert seating.publish_tickets(stage=stage, by=officer, at=at) == 3
    entry = StageEntry.objects.first()
    assert (entry.state, entry.ticketed_at) == (StageEntry.State.TICKETED, at)
    assert Message.objects.filter(kind="exams.ticket_ready").count() == 3


def test_publish_tickets_refuses_when_all_are_published(tree, officer, at):
    stage = hall(tree, 1)
    seating.arrange(stage=stage, seed="x", by=officer, at=at)
    seating.publish_tickets(stage=stage, by=officer, at=at)
    with pytest.raises(seating.NoTicketsToPublish):
        seating.publish_tickets(stage=stage, by=officer, at=at)
    assert Message.objects.count() == 1


def test_publish_tickets_leaves_out_who_has_withdrawn(tree, officer, at):
    stage = hall(tree, 2)
    seating.arrange(stage=stage, seed="x", by=officer, at=at)
    StageEntry.objects.filter(candidate__number=1).update(state="withdrawn")
    assert seating.publish_tickets(stage=stage, by=officer, at=at) == 1


def test_publish_tickets_refuses_when_nothing_is_arranged(tree, officer, at):
    with pytest.raises(NotAtThisStep):
        seating.publish_tickets(stage=hall(tree, 1), by=officer, at=at)


def test_publish_tickets_refuses_when_the_office_is_a_neighbour_s(tree, at):
    with pytest.raises(NotYourOffice):
        seating.publish_tickets(stage=hall(tree, 1), by=people.officer("exam_officer", tree.county), at=at)
