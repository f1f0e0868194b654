"""A teacher says that she was there, once; somebody else decides and says why."""

import pytest
from django.db import IntegrityError, transaction

from lms.inbox import rendering
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from lms.training import appealing, scheduling
from lms.training.models import Attendance, AttendanceAppeal
from tests.factories import attendance as held
from tests.factories import people
from tests.factories import training as make
from tests.factories.attendance import HOUR
from tests.factories.people import AT

AFTER = AT + 3 * HOUR
WORDS = "我坐在第三排，旁边是实验小学的老师"


@pytest.fixture
def clerk(tree):
    return people.officer("clerk", tree.county, "考务")


@pytest.fixture
def session(period):
    return held.session(period)


@pytest.fixture
def seat(teacher, period):
    return make.enrolled(teacher, period)


def appeal(session, by, *, words=WORDS, at=AFTER):
    return appealing.appeal(session=session, words=words, by=by, at=at)


def decide(made, by, state="present", *, reason="签名表上有您的签名", at=AFTER):
    return appealing.decide(appeal=made, state=state, reason=reason, by=by, at=at)


def test_appeal_stands_open_with_a_line(session, seat, teacher):
    made = appeal(session, teacher.user)
    assert (made.state, made.words, made.enrolment) == ("open", WORDS, seat)
    assert Line.objects.get(act="training.attendance_appealed").actor == teacher.user


def test_appeal_is_open_to_who_came_late(session, seat, teacher, clerk):
    held.taken(session, seat, "late", by=clerk)
    assert appeal(session, teacher.user).state == "open"


def test_appeal_is_refused_without_a_seat(tree, session, seat):
    with pytest.raises(appealing.NotYourSession):
        appeal(session, people.teacher("旁人", school=tree.school).user)


def test_appeal_is_refused_before_the_end_without_words_and_twice(session, seat, teacher):
    with pytest.raises(appealing.AppealTooEarly):
        appeal(session, teacher.user, at=AT + HOUR)
    with pytest.raises(appealing.AppealUnexplained):
        appeal(session, teacher.user, words=" ")
    appeal(session, teacher.user)
    with pytest.raises(appealing.AppealedBefore):
        appeal(session, teacher.user)


def test_appeal_is_refused_when_she_is_present_or_the_session_was_cancelled(tree, session, seat, teacher, clerk):
    held.taken(session, seat, by=clerk)
    with pytest.raises(appealing.NothingToAppeal):
        appeal(session, teacher.user)
    scheduling.cancel(session=session, reason="停电", by=people.officer("bureau_officer", tree.county), at=AT)
    with pytest.raises(scheduling.SessionCancelled):
        appeal(session, teacher.user)


def test_two_open_appeals_about_one_session_cannot_stand(session, seat, teacher):
    appeal(session, teacher.user)
    with pytest.raises(IntegrityError), transaction.atomic():
        AttendanceAppeal.objects.create(session=session, enrolment=seat, words="再说", made_at=AFTER)


def test_decide_grants_by_a_correction_and_tells_her(session, seat, teacher, clerk):
    made = decide(appeal(session, teacher.user), clerk)
    assert (made.state, made.decided_by) == ("granted", clerk)
    assert (Attendance.objects.get().state, Attendance.objects.get().source) == ("present", "correction")
    assert Line.objects.filter(act__in=["training.attendance_corrected", "training.appeal_decided"]).count() == 2
    told = rendering.words(Message.objects.get(recipient=teacher.user, kind="training.appeal_decided"))
    assert "已更正" in told.subject
    assert "签名表上有您的签名" in told.body


def test_decide_turns_down_without_noting_anything(session, seat, teacher, clerk):
    made = decide(appeal(session, teacher.user), clerk, "", reason="当日无人见到您")
    assert made.state == "refused"
    assert not Attendance.objects.exists()
    told = rendering.words(Message.objects.get(recipient=teacher.user, kind="training.appeal_decided"))
    assert "维持" in told.subject


def test_decide_is_refused_without_office_reason_or_twice(tree, session, seat, teacher, clerk):
    made = appeal(session, teacher.user)
    with pytest.raises(NotYourOffice):
        decide(made, people.officer("auditor", tree.county))
    with pytest.raises(appealing.DecisionUnexplained):
        decide(made, clerk, reason=" ")
    decide(made, clerk)
    with pytest.raises(appealing.AppealDecided):
        decide(made, clerk, "")


def test_decide_is_refused_of_ones_own_appeal(tree, session, seat, teacher):
    made = appeal(session, teacher.user)
    people.appointment(teacher.user, "clerk", tree.county)
    with pytest.raises(appealing.OwnAppeal):
        decide(made, teacher.user)
