"""After the draw: late-comers behind the last seat, and two who change seats."""

import datetime as dt

import pytest

from exams import applying, reseating, seating
from exams.models import Candidate, Sitting, StageEntry
from exams.stages import NotAtThisStep
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from tests.factories import exams as make
from tests.factories import people
from tests.factories.exams import FACTS


@pytest.fixture
def officer(tree):
    return people.officer("exam_officer", tree.city, "程秋霁")


@pytest.fixture
def exam(tree, at):
    day = dt.timedelta(days=1)
    return make.exam(tree.city, written="registration_closed", code="241", opens_at=at - 9 * day, closes_at=at - day)


@pytest.fixture
def stage(tree, exam, officer, at):
    """Four candidates in rooms of three, their tickets published."""
    Sitting.objects.update(room_size=3)
    for n in range(4):
        make.candidate(exam, f"考生{n}", school=tree.school)
    found = make.stage(exam)
    seating.arrange(stage=found, seed="x", by=officer, at=at)
    seating.publish_tickets(stage=found, by=officer, at=at)
    return found


@pytest.fixture
def late(tree):
    return people.teacher("何迟", school=tree.school)


def add(stage, teacher, by, at, facts=FACTS, reason="漏报,经批准"):
    return reseating.add_late(stage=stage, teacher=teacher, facts=facts, reason=reason, by=by, at=at)


def seats(stage):
    return dict(StageEntry.objects.filter(stage=stage).values_list("candidate__number", "admission_number"))


def test_add_late_appends_behind_the_last_seat_and_moves_nobody(tree, stage, officer, late, at):
    before, draw = seats(stage), stage.arrangement["digest"]
    entry = add(stage, late, officer, at)
    assert (entry.room.number, entry.seat, entry.admission_number) == (2, 2, "99060024100202")
    add(stage, people.teacher("何晚", school=tree.school), officer, at)
    last = add(stage, people.teacher("何末", school=tree.city_school), officer, at)
    assert (last.room.number, last.seat, last.room.capacity) == (3, 1, 3)
    assert before.items() <= seats(stage).items()
    assert entry.candidate.state == Candidate.State.APPROVED
    stage.refresh_from_db()
    assert stage.arrangement["digest"] == draw
    assert stage.arrangement["added"] == ["99060024100202", "99060024100203", "99060024100301"]
    line = Line.objects.filter(act="exams.candidate_added_late").first()
    assert (line.actor, line.reason, line.facts["seat"]) == (officer, "漏报,经批准", "99060024100202")
    assert Message.objects.filter(kind="exams.added_late", recipient=late.user).exists()
    assert seating.publish_tickets(stage=stage, by=officer, at=at) == 3


def test_add_late_takes_a_returned_registration_up_again(tree, stage, officer, late, at):
    returned = make.candidate(stage.exam, late, state="returned", facts={"phone": ""})
    entry = add(stage, late, officer, at)
    returned.refresh_from_db()
    assert (entry.candidate_id, returned.state, returned.facts["phone"]) == (returned.pk, "approved", FACTS["phone"])


def test_add_late_seats_who_needs_a_room_of_her_own_apart(tree, stage, officer, late, at):
    make.accommodation(late, separate_room=True)
    entry = add(stage, late, officer, at)
    assert (entry.room.is_separate, entry.room.number, entry.seat) == (True, 3, 1)
    other = add(stage, people.teacher("何晚", school=tree.school), officer, at)
    assert (other.room.number, other.seat) == (2, 2)


def test_add_late_refuses_who_cannot_come_in(tree, stage, officer, late, at):
    for person, facts, refusal in (
        (late, {**FACTS, "training_hours": "3"}, reseating.NotEligible),
        (Candidate.objects.first().teacher, FACTS, reseating.SeatedAlready),
        (make.candidate(stage.exam, "被拒", state="rejected").teacher, FACTS, reseating.OutOfThisExam),
        (people.teacher("程秋霁", school=tree.school, user=officer), FACTS, applying.ReviewingOneself),
        (people.teacher("外人", school=people.organisation("远校")), FACTS, applying.NotBelowTheAuthority),
    ):
        with pytest.raises(refusal):
            add(stage, person, officer, at, facts)
    assert StageEntry.objects.count() == 4
    assert not Candidate.objects.filter(teacher=late).exists()


def test_both_refuse_without_a_reason_after_the_bell_and_for_other_offices(tree, stage, officer, late, at):
    first, second = StageEntry.objects.all()[:2]
    starts = Sitting.objects.get().starts_at
    for by, moment, reason, refusal in (
        (officer, at, " ", reseating.ReasonMissing),
        (officer, starts, "晚到", reseating.BellRung),
        (people.officer("clerk", tree.city), at, "晚到", NotYourOffice),
    ):
        with pytest.raises(refusal):
            add(stage, late, by, moment, reason=reason)
        with pytest.raises(refusal):
            reseating.swap(entry=first, other=second, reason=reason, by=by, at=moment)
    type(stage).objects.update(state="in_progress")
    with pytest.raises(NotAtThisStep):
        add(stage, late, officer, at)
    assert not Line.objects.filter(act__in=("exams.candidate_added_late", "exams.seats_swapped")).exists()


def test_swap_changes_seats_and_numbers_and_tells_both(stage, officer, at):
    first, second = StageEntry.objects.order_by("admission_number")[0:4:3]
    before = [(each.room_id, each.seat, each.admission_number) for each in (first, second)]
    reseating.swap(entry=first, other=second, reason="轮椅通道", by=officer, at=at)
    first.refresh_from_db()
    second.refresh_from_db()
    assert [(each.room_id, each.seat, each.admission_number) for each in (second, first)] == before
    assert {first.state, second.state} == {"ticket_issued"}
    told = Message.objects.filter(kind="exams.seat_changed")
    assert {each.recipient_id for each in told} == {each.candidate.teacher.user_id for each in (first, second)}
    line = Line.objects.get(act="exams.seats_swapped")
    assert line.reason == "轮椅通道"
    assert sorted(line.facts["candidates"]) == sorted(each.candidate.number for each in (first, second))


def test_swap_refuses_oneself_another_exam_and_who_has_withdrawn(tree, stage, officer, at):
    first, second = StageEntry.objects.all()[:2]
    elsewhere = make.entry(make.candidate(make.exam(tree.city, written="arranged"), "他场"))
    StageEntry.objects.filter(pk=second.pk).update(state="withdrawn")
    for other in (first, elsewhere, second):
        with pytest.raises(reseating.SeatUnfit):
            reseating.swap(entry=first, other=other, reason="x", by=officer, at=at)
