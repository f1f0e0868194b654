"""After the draw: who comes late is put behind the last seat, and two change seats, each with a reason."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from exams import applying, housing, needs, on_record, seating, stages, wording
from exams.models import Candidate, Exam, Room, Sitting, Stage, StageEntry
from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Teacher, User


class BellRung(Refusal):
    sentence = _("The exam began on {starts}. From then on seats stay as they are.")


class ReasonMissing(Refusal):
    sentence = _("Write why; it stands in the record of the sitting.")
    field = "reason"


class SeatedAlready(Refusal):
    sentence = _("{name} has a seat in this exam already (number {number}).")


class OutOfThisExam(Refusal):
    sentence = _("{name}'s registration is “{state}”; it cannot be taken up again in this exam.")


class NotEligible(Refusal):
    sentence = _("She does not meet every rule: {rules}. Correct the facts, or leave her for the next exam.")


class SeatUnfit(Refusal):
    sentence = _("Two who sit in this exam change seats. Choose another number of the list.")
    field = "other"


class NoRoomLeft(Refusal):
    sentence = _("999 rooms are full, so nobody can be added.")


@transaction.atomic
def add_late(
    *, stage: Stage, teacher: Teacher, facts: Mapping[str, Any], reason: str, by: User, at: dt.datetime
) -> StageEntry:
    """Take a teacher into an exam whose seats are drawn: registered (or, if hers was returned, taken up again) with
    these facts, found eligible, and put behind the last seat; nobody is moved. Who: an exam officer of the exam, not
    for herself. Her ticket is published with the next publication.

    Refuses: NotYourOffice, ReviewingOneself, ReasonMissing, NotAtThisStep, BellRung, NotBelowTheAuthority,
    SeatedAlready, OutOfThisExam, NotEligible, NoRoomLeft.
    """
    sitting = _begin(stage, reason, by, at)
    if teacher.user_id == by.pk:
        raise applying.ReviewingOneself()
    candidate = _candidate(stage.exam, teacher, facts, at)
    broken = applying.findings(candidate)
    if broken:
        raise NotEligible(rules="; ".join(wording.rule_name(each.rule) for each in broken))
    candidate.state = Candidate.State.APPROVED
    candidate.reviewed_by, candidate.reviewed_at = by, at
    candidate.review_rule = candidate.review_reason = ""
    candidate.save()
    need = needs.of_candidate(sitting, candidate)
    room, seat = _behind_the_last(sitting, is_separate=bool(need and need.separate_room))
    entry = seating.entry_at(stage, candidate.pk, room, seat)
    try:
        with transaction.atomic():
            entry.save()
    except IntegrityError as error:
        raise SeatedAlready(name=teacher.full_name, number=candidate.number) from error
    _note(stage, "added", entry.admission_number)
    journal.write(
        "exams.candidate_added_late",
        by=by,
        at=at,
        about=candidate,
        reason=reason.strip(),
        facts={"seat": entry.admission_number},
    )
    if teacher.user_id:
        facts_told = {"exam": stage.exam.name}
        inbox.send(kind="exams.added_late", to=teacher.user, at=at, address="/exams/mine/", **facts_told)
    return entry


@transaction.atomic
def swap(*, entry: StageEntry, other: StageEntry, reason: str, by: User, at: dt.datetime) -> None:
    """Let two candidates change seats, and with the seats their admission numbers; both are told, and tickets that were
    published hold the new seat from now on. Who: an exam officer of the exam.

    Refuses: NotYourOffice, ReasonMissing, NotAtThisStep, BellRung, SeatUnfit.
    """
    stage = entry.stage
    _begin(stage, reason, by, at)
    live = (StageEntry.State.SEATED, StageEntry.State.TICKETED)
    rows = StageEntry.objects.select_for_update(of=("self",)).filter(pk__in=[entry.pk, other.pk], stage=stage)
    two = list(rows.filter(state__in=live).exclude(room=None).select_related("candidate__teacher__user"))
    if len(two) != 2:
        raise SeatUnfit()
    first, second = two
    seats = [(each.room_id, each.seat, each.admission_number) for each in two]
    StageEntry.objects.filter(pk=first.pk).update(room=None, seat=None, admission_number="")
    for each, (room, seat, number) in ((second, seats[0]), (first, seats[1])):
        StageEntry.objects.filter(pk=each.pk).update(room=room, seat=seat, admission_number=number)
    _note(stage, "swapped", [seats[0][2], seats[1][2]])
    facts = {"candidates": [first.candidate.number, second.candidate.number], "seats": [seats[0][2], seats[1][2]]}
    journal.write("exams.seats_swapped", by=by, at=at, about=stage, reason=reason.strip(), facts=facts)
    told = [each.candidate.teacher.user for each in two if each.candidate.teacher.user_id]
    name = stage.exam.name
    inbox.send_all(kind="exams.seat_changed", to=told, at=at, address="/exams/mine/", facts_of=lambda _: {"exam": name})


def _begin(stage: Stage, reason: str, by: User, at: dt.datetime) -> Sitting:
    access.require(by, stage.exam.organisation, at, seating.OFFICER)
    if not reason.strip():
        raise ReasonMissing()
    stages.lock(stage)
    stages.require(stage, Stage.State.ARRANGED)
    sitting = Sitting.objects.get(module__stage=stage)
    if at >= sitting.starts_at:
        raise BellRung(starts=wording.moment(sitting.starts_at))
    return sitting


def _candidate(exam: Exam, teacher: Teacher, facts: Mapping[str, Any], at: dt.datetime) -> Candidate:
    """Her registration: the one that was returned, with these facts, or a new one."""
    exam = Exam.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=exam.pk)
    found = Candidate.objects.filter(exam=exam, teacher=teacher).first()
    if found is None:
        return applying.register_behind(exam, applying.Row(teacher, facts), at)
    found.exam = exam
    if found.entries.filter(stage__number=1).exists():
        raise SeatedAlready(name=teacher.full_name, number=found.number)
    if found.state not in (Candidate.State.RETURNED, Candidate.State.APPROVED):
        raise OutOfThisExam(name=teacher.full_name, state=found.get_state_display())
    recorded = on_record.facts(exam, [teacher], clock.local_date(at))[teacher.pk]
    found.facts = {**found.facts, **applying.clean(facts), **recorded}
    return found


def _behind_the_last(sitting: Sitting, *, is_separate: bool) -> tuple[Room, int]:
    """The seat behind the last one that was given, in the rooms of this kind; a new room where the last is full."""
    last = sitting.rooms.filter(is_separate=is_separate).order_by("number").last()
    taken = last.entries.aggregate(last=Max("seat"))["last"] or 0 if last else 0
    if last and taken < last.capacity:
        return last, taken + 1
    number = (sitting.rooms.aggregate(last=Max("number"))["last"] or 0) + 1
    if number > housing.MOST_ROOMS:
        raise NoRoomLeft()
    size, site = (last.capacity, last.site) if last else (sitting.room_size, sitting.sites.last())
    room = Room.objects.create(sitting=sitting, number=number, capacity=size, site=site, is_separate=is_separate)
    return room, 1


def _note(stage: Stage, what: str, value: Any) -> None:
    """Keep beside the draw what changed after it, so that the draw itself can still be repeated."""
    stage.arrangement = {**stage.arrangement, what: [*stage.arrangement.get(what, []), value]}
    stage.save(update_fields=["arrangement"])
