"""Attendance: by the code on the screen, by a clerk's list, by correction. One test per outcome and per refusal."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.journal.models import Line
from lms.people.access import NotYourOffice
from lms.people.models import Appointment, User
from lms.training import appealing, attending, enrolling, scheduling, signing_codes
from lms.training.models import Attendance, AttendanceMark, Enrolment
from tests.factories import attendance as held
from tests.factories import people
from tests.factories import training as make
from tests.factories.attendance import HOUR, MINUTE
from tests.factories.people import AT
from tests.factories.training import DAY, SECOND

OUT = signing_codes.OUT
LIST, SHEET = Attendance.Source.LIST, Attendance.Source.SHEET


@pytest.fixture
def clerk(tree):
    return people.officer("clerk", tree.county, "考务")


@pytest.fixture
def session(period):
    return held.session(period)


@pytest.fixture
def seat(teacher, period):
    return make.enrolled(teacher, period)


def take(session, marks, by, *, at=AT, source=LIST):
    return attending.take(session=session, marks=marks, source=source, by=by, at=at)


def correct(session, seat, by, state="present", *, reason="签到时手机没电", at=AT, **more):
    return attending.correct(session=session, enrolment=seat, state=state, reason=reason, by=by, at=at, **more)


# The code


@pytest.mark.parametrize(
    ("after", "state"),
    [(-30, "present"), (0, "present"), (1, "late"), (15, "late"), (16, "absent"), (119, "absent")],
)
def test_sign_in_counts_as_present_late_or_absent_by_when_the_code_was_scanned(teacher, seat, session, after, state):
    at = AT + after * MINUTE
    row = held.signed(session, teacher.user, at=at)
    assert (row.state, row.in_at, row.source) == (state, at, "qr")
    mark = row.marks.get()
    assert (mark.before, mark.state, mark.by, mark.counted) == ("", state, teacher.user, True)


def test_sign_in_follows_the_sessions_own_limit_of_lateness(teacher, seat, period):
    strict = held.session(period, absent_after=5)
    assert held.signed(strict, teacher.user, at=AT + 6 * MINUTE).state == "absent"


def test_sign_in_twice_changes_nothing(teacher, seat, session):
    held.signed(session, teacher.user)
    again = held.signed(session, teacher.user, at=AT + 5 * MINUTE)
    assert (again.state, again.in_at) == ("present", AT)
    assert AttendanceMark.objects.count() == 1


def test_sign_in_counts_for_her_under_a_record_that_was_merged(tree, teacher, seat, session):
    survivor = people.teacher("林知微", school=tree.school)
    teacher.merged_into, teacher.user_id = survivor, teacher.user_id
    teacher.save()
    assert held.signed(session, survivor.user).enrolment == seat


def test_sign_out_keeps_the_state_and_earlier_than_the_end_is_left_early(teacher, seat, session):
    held.signed(session, teacher.user, at=AT + 3 * MINUTE)
    left = held.signed(session, teacher.user, way=OUT, at=AT + HOUR)
    assert (left.state, left.out_at) == ("left_early", AT + HOUR)
    assert held.signed(session, teacher.user, way=OUT, at=AT + 2 * HOUR).state == "late"


def test_sign_out_of_who_came_too_late_leaves_her_absent(teacher, seat, session):
    held.signed(session, teacher.user, at=AT + 20 * MINUTE)
    assert held.signed(session, teacher.user, way=OUT, at=AT + 2 * HOUR).state == "absent"


def test_slow_finger_is_late_by_when_she_scanned_not_by_when_she_pressed(teacher, seat, session):
    code = signing_codes.code(session.pk, "in", AT)
    _session, way, proof = attending.look_at_code(text=code, by=teacher.user, at=AT)
    assert way == "in"
    assert attending.sign(proof=proof, by=teacher.user, at=AT + 119 * SECOND).state == "present"


def test_look_at_code_writes_nothing(teacher, seat, session):
    attending.look_at_code(text=signing_codes.code(session.pk, "in", AT), by=teacher.user, at=AT)
    assert not Attendance.objects.exists()


def test_look_at_code_refuses_a_picture_of_half_a_minute_ago_and_one_for_later(teacher, seat, session):
    for other in (AT - 30 * SECOND, AT + 15 * SECOND):
        with pytest.raises(attending.CodeTooOld):
            attending.look_at_code(text=signing_codes.code(session.pk, "in", other), by=teacher.user, at=AT)


def test_look_at_code_refuses_what_is_none_of_ours(teacher, seat, session):
    for text in ("hello", signing_codes.code(session.pk + 1, "in", AT)):
        with pytest.raises(attending.CodeUnknown):
            attending.look_at_code(text=text, by=teacher.user, at=AT)


def test_code_of_another_session_is_refused_by_name(tree, teacher, seat):
    other = held.session(make.period(make.programme(tree.county)), title="别人的课")
    with pytest.raises(attending.NoSeatHere, match="别人的课"):
        held.signed(other, teacher.user)
    assert not Attendance.objects.exists()


def test_code_is_refused_to_who_waits_or_withdrew(tree, teacher, period, session, seat):
    enrolling.withdraw(enrolment=seat, reason="出差", by=teacher.user, at=AT)
    with pytest.raises(attending.NoSeatHere):
        held.signed(session, teacher.user)
    full = make.period(make.programme(tree.county), capacity=1)
    first, waiting = make.teachers(tree.school, 2)
    for each in (first, waiting):
        make.enrolled(each, full)
    with pytest.raises(attending.NoSeatHere):
        held.signed(held.session(full), waiting.user)


def test_sign_refuses_a_proof_of_somebody_else_and_one_that_was_made_up(tree, teacher, seat, session, period):
    (friend,) = make.teachers(tree.school, 1)
    make.enrolled(friend, period)
    forwarded = signing_codes.proof(session.pk, "in", teacher.user.pk, AT)
    for proof in (forwarded, "made.up", ""):
        with pytest.raises(attending.ProofUnfit):
            attending.sign(proof=proof, by=friend.user, at=AT)


def test_sign_refuses_a_proof_after_two_minutes(teacher, seat, session):
    proof = signing_codes.proof(session.pk, "in", teacher.user.pk, AT)
    with pytest.raises(attending.CodeTooOld):
        attending.sign(proof=proof, by=teacher.user, at=AT + 121 * SECOND)


def test_sign_in_is_refused_before_it_opens_and_after_the_end(teacher, seat, session):
    with pytest.raises(attending.NotOpenYet):
        held.signed(session, teacher.user, at=AT - 30 * MINUTE - SECOND)
    with pytest.raises(attending.SignInOver):
        held.signed(session, teacher.user, at=AT + 2 * HOUR)


def test_a_session_to_come_cannot_be_signed(teacher, seat, period):
    later = held.session(period, starts_at=AT + DAY)
    with pytest.raises(attending.NotOpenYet):
        held.signed(later, teacher.user)


def test_sign_out_is_refused_before_the_session_and_when_the_door_is_closed(teacher, seat, session):
    held.signed(session, teacher.user, at=AT - MINUTE)
    for at in (AT - SECOND, AT + 2 * HOUR + 30 * MINUTE + SECOND):
        with pytest.raises(attending.SignOutClosed):
            held.signed(session, teacher.user, way=OUT, at=at)


def test_sign_out_is_refused_to_who_never_came_in(teacher, seat, session):
    with pytest.raises(attending.NotSignedIn):
        held.signed(session, teacher.user, way=OUT, at=AT + HOUR)


def test_sign_is_refused_when_the_session_was_cancelled(tree, teacher, seat, session):
    scheduling.cancel(session=session, reason="停电", by=people.officer("bureau_officer", tree.county), at=AT)
    with pytest.raises(scheduling.SessionCancelled):
        held.signed(session, teacher.user)


def test_sign_is_refused_against_a_correction_but_not_against_an_excuse(teacher, seat, session, clerk):
    correct(session, seat, clerk, "excused", at=AT - DAY)
    assert held.signed(session, teacher.user).state == "present"
    correct(session, seat, clerk, "absent", reason="代签", at=AT + MINUTE)
    with pytest.raises(attending.CorrectionStands, match="缺勤"):
        held.signed(session, teacher.user, at=AT + 2 * MINUTE)


# The clerk's list


def test_take_notes_each_and_writes_one_line(tree, period, session, clerk):
    seats = [make.enrolled(each, period) for each in make.teachers(tree.school, 3)]
    states = ("present", "late", "absent")
    taken = take(session, [held.mark(seat, state) for seat, state in zip(seats, states, strict=True)], clerk)
    assert (len(taken.kept), taken.refused) == (3, [])
    assert tuple(Attendance.objects.order_by("pk").values_list("state", flat=True)) == states
    line = Line.objects.get(act="training.attendance_taken")
    assert line.facts == {"source": "list", "states": {"present": 1, "late": 1, "absent": 1}}
    assert line.actor == clerk


def test_take_asks_as_often_for_many_as_for_one(tree, period, session, clerk):
    def asked(count, name):
        seats = [make.enrolled(each, period) for each in make.teachers(tree.school, count, name=name)]
        with CaptureQueriesContext(connection) as taking:
            take(session, [held.mark(each) for each in seats], clerk)
        return len(taking)

    asked(1, "首")
    assert asked(1, "甲") == asked(5, "乙")
    assert AttendanceMark.objects.count() == Attendance.objects.filter(state="present").count() == 7


def test_take_of_a_mark_that_arrives_twice_notes_it_once(session, seat, clerk):
    mark = held.mark(seat)
    first = take(session, [mark, mark], clerk)
    again = take(session, [mark], clerk, at=AT + MINUTE)
    assert (first.kept, again.kept) == ([mark.key, mark.key], [mark.key])
    assert AttendanceMark.objects.count() == 1
    assert Line.objects.filter(act="training.attendance_taken").count() == 1


def test_take_lets_the_later_mark_win_whichever_arrives_first(session, seat, clerk):
    take(session, [held.mark(seat, "late", at=AT + 6 * MINUTE)], clerk, at=AT + 7 * MINUTE)
    late = take(session, [held.mark(seat, "absent", at=AT + 5 * MINUTE)], clerk, at=AT + 12 * MINUTE)
    assert len(late.kept) == 1
    assert Attendance.objects.get().state == "late"
    assert AttendanceMark.objects.order_by("pk").last().counted is False
    take(session, [held.mark(seat, "present", at=AT + 8 * MINUTE)], clerk, at=AT + 12 * MINUTE)
    assert Attendance.objects.get().state == "present"


def test_take_believes_the_devices_clock_only_between_the_opening_and_now(session, seat, clerk):
    for wrong in (AT - 3 * DAY, AT + 3 * DAY):
        take(session, [held.mark(seat, at=wrong)], clerk, at=AT + MINUTE)
        assert Attendance.objects.get().marked_at == AT + MINUTE


def test_take_of_marks_made_without_a_network_counts_when_they_were_made(session, seat, clerk):
    made, arrived = AT + 2 * HOUR + 25 * MINUTE, AT + 2 * HOUR + 35 * MINUTE
    take(session, [held.mark(seat, "absent", at=AT)], clerk)
    taken = take(session, [held.mark(seat, "present", at=made)], clerk, at=arrived)
    assert taken.refused == []
    assert (Attendance.objects.get().state, Attendance.objects.get().marked_at) == ("present", made)
    assert AttendanceMark.objects.order_by("pk").last().arrived_at == arrived


def test_take_from_a_printed_sheet_days_later_notes_who_has_no_mark(session, seat, clerk):
    row = held.taken(session, seat, by=clerk, at=AT + 3 * DAY, source=SHEET)
    assert (row.state, row.source, row.in_at) == ("present", "sheet", None)


def test_take_by_the_sessions_own_trainer_and_by_planners(tree, period, seat):
    trainer = people.officer("trainer", tree.school, "温师")
    own = held.session(period, trainer=trainer)
    for by in (trainer, people.officer("bureau_officer", tree.city), people.officer("trainer", tree.county)):
        assert take(own, [held.mark(seat)], by).refused == []


def test_take_by_the_sessions_own_trainer_is_refused_once_her_office_is_over(tree, period, seat):
    trainer = people.officer("trainer", tree.school, "温师")
    own = held.session(period, trainer=trainer)
    Appointment.objects.filter(user=trainer).update(until_on=AT.date() - DAY)
    with pytest.raises(NotYourOffice):
        take(own, [held.mark(seat)], User.objects.get(pk=trainer.pk))


def test_take_is_refused_to_everybody_else(tree, session, seat, teacher):
    others = [people.officer(each, tree.county) for each in ("auditor", "school_officer", "judge", "marker")]
    others += [people.officer("clerk", tree.neighbour), people.officer("trainer", tree.school), teacher.user]
    for by in others:
        with pytest.raises(NotYourOffice):
            take(session, [held.mark(seat)], by)
    assert not Attendance.objects.exists()


def test_take_is_refused_before_the_session_opens_and_when_it_is_cancelled(tree, session, seat, clerk):
    with pytest.raises(attending.NotOpenYet):
        take(session, [held.mark(seat)], clerk, at=AT - 31 * MINUTE)
    scheduling.cancel(session=session, reason="停电", by=people.officer("bureau_officer", tree.county), at=AT)
    with pytest.raises(scheduling.SessionCancelled):
        take(session, [held.mark(seat)], clerk)


def refusals(taken):
    return [(type(each).__name__, str(each)) for _key, each in taken.refused]


def test_take_refuses_the_row_of_who_is_not_enrolled_and_notes_the_others(tree, period, session, seat, clerk):
    elsewhere = make.enrolled(people.teacher("外人", school=tree.school), make.period(make.programme(tree.county)))
    gone = people.teacher("退者", school=tree.school)
    left = make.enrolled(gone, period)
    enrolling.withdraw(enrolment=left, reason="忙", by=gone.user, at=AT)
    marks = [held.mark(elsewhere), held.mark(seat), held.mark(left), held.mark(987654321)]
    taken = take(session, marks, clerk)
    assert taken.kept == [marks[1].key]
    told = refusals(taken)
    assert [name for name, _words in told] == ["NotInThePeriod"] * 3
    assert "第1行" in told[0][1]
    assert "外人" not in told[0][1]
    assert "第3行" in told[1][1]
    assert "退者" in told[1][1]
    assert Attendance.objects.count() == 1


def test_take_refuses_an_unknown_state(session, seat, clerk):
    assert [name for name, _words in refusals(take(session, [held.mark(seat, "asleep")], clerk))] == ["MarkUnknown"]


def test_take_refuses_a_clerk_who_marks_herself(tree, session, seat, teacher):
    people.appointment(teacher.user, "clerk", tree.county)
    assert [name for name, _words in refusals(take(session, [held.mark(seat)], teacher.user))] == ["OwnAttendance"]


def test_take_refuses_to_change_a_correction(session, seat, clerk):
    correct(session, seat, clerk, "absent", reason="代签")
    told = refusals(take(session, [held.mark(seat, at=AT + MINUTE)], clerk, at=AT + MINUTE))
    assert [name for name, _words in told] == ["CorrectionStands"]
    assert "林知微" in told[0][1]


def test_take_refuses_to_change_a_mark_once_the_session_is_closed(session, seat, clerk):
    held.taken(session, seat, "absent", by=clerk)
    later = AT + DAY
    told = refusals(take(session, [held.mark(seat, "present", at=later)], clerk, at=later, source=SHEET))
    assert [name for name, _words in told] == ["AlreadyNoted"]
    assert Attendance.objects.get().state == "absent"


# Corrections


def test_correct_keeps_before_and_after_with_the_reason(session, seat, clerk):
    held.taken(session, seat, "absent", by=clerk)
    row = correct(session, seat, clerk, "excused", reason=" 住院 ", proof="诊断证明", at=AT + DAY)
    assert (row.state, row.reason, row.proof, row.source) == ("excused", "住院", "诊断证明", "correction")
    line = Line.objects.get(act="training.attendance_corrected")
    assert (line.facts["before"], line.facts["after"], line.reason) == ("absent", "excused", "住院")
    mark = row.marks.order_by("pk").last()
    assert (mark.before, mark.state, mark.reason) == ("absent", "excused", "住院")


def test_correct_replaces_a_correction(session, seat, clerk):
    correct(session, seat, clerk, "absent")
    assert correct(session, seat, clerk, "present", at=AT + MINUTE).state == "present"


def test_correct_notes_an_excuse_before_the_session_and_nothing_else(session, seat, clerk):
    with pytest.raises(attending.NotOpenYet):
        correct(session, seat, clerk, "present", at=AT - DAY)
    assert correct(session, seat, clerk, "excused", at=AT - DAY).state == "excused"


def test_correct_is_refused_without_a_reason_a_state_or_a_seat(tree, session, seat, clerk, teacher):
    with pytest.raises(attending.CorrectionUnexplained):
        correct(session, seat, clerk, reason=" ")
    with pytest.raises(attending.MarkUnknown):
        correct(session, seat, clerk, "asleep")
    elsewhere = make.enrolled(teacher, make.period(make.programme(tree.county)))
    with pytest.raises(attending.NotInThePeriod):
        correct(session, elsewhere, clerk)


def test_correct_is_refused_of_ones_own_and_without_the_office(tree, session, seat, teacher):
    people.appointment(teacher.user, "clerk", tree.county)
    with pytest.raises(attending.OwnAttendance):
        correct(session, seat, teacher.user)
    with pytest.raises(NotYourOffice):
        correct(session, seat, people.officer("auditor", tree.county))


def test_correct_is_refused_when_the_session_was_cancelled(tree, session, seat, clerk):
    scheduling.cancel(session=session, reason="停电", by=people.officer("bureau_officer", tree.county), at=AT)
    with pytest.raises(scheduling.SessionCancelled):
        correct(session, seat, clerk)


def test_key_is_its_own_even_between_sessions(period, session, seat, clerk):
    """One key is one mark: sent again about another session it notes nothing there."""
    key = uuid.uuid4()
    take(session, [held.mark(seat, key=key)], clerk)
    other = held.session(period, starts_at=AT + MINUTE)
    take(other, [held.mark(seat, key=key)], clerk)
    assert not Attendance.objects.filter(session=other).exists()


def test_who_did_not_complete_is_still_corrected_and_may_still_appeal(session, seat, teacher, clerk):
    Enrolment.objects.filter(pk=seat.pk).update(state=Enrolment.State.NOT_COMPLETED)
    after = AT + 3 * HOUR
    made = appealing.appeal(session=session, words="我坐在第三排", by=teacher.user, at=after)
    appealing.decide(appeal=made, state="present", reason="有人证明", by=clerk, at=after)
    assert Attendance.objects.get().state == "present"
