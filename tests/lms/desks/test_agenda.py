"""A teacher's agenda: what to do now, what comes up, where things stand."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams.models import Candidate
from lms.desks import agenda
from lms.training.models import Enrolment, Session
from tests.factories import attendance, certs, courses, exams, papers, people, training
from tests.factories.people import AT

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def lin(personas):
    return personas.teacher


def titles(rows):
    return [each.title for each in rows]


def sitting(tree, lin, *, starts_at, state="ticket_issued", stage="arranged"):
    exam = exams.exam(tree.city, written=stage, starts_at=starts_at)
    candidate = exams.candidate(exam, lin)
    return SimpleNamespace(exam=exam, candidate=candidate, entry=exams.entry(candidate, state=state))


def test_agenda_is_none_for_somebody_who_is_no_teacher(personas, at):
    assert agenda.agenda(personas.county_officer, at) is None


def test_agenda_is_empty_when_a_teacher_has_done_nothing_yet(lin, at):
    found = agenda.agenda(lin.user, at)
    assert (found.tasks, found.coming, found.standings, found.certificates, found.open_exams) == ([], [], [], [], [])


def test_agenda_asks_for_the_correction_of_a_returned_registration(tree, lin, at):
    exam = exams.exam(tree.city, written="registration_open")
    candidate = exams.candidate(exam, lin, state="returned")
    Candidate.objects.filter(pk=candidate.pk).update(review_reason="手机号少一位")
    task = agenda.agenda(lin.user, at).tasks[0]
    assert "手机号少一位" in task.text
    assert task.address == reverse("exams:correct", args=[candidate.pk])


def test_agenda_asks_for_no_correction_when_the_seats_are_arranged(tree, lin, at):
    exams.candidate(exams.exam(tree.city, written="arranged"), lin, state="returned")
    found = agenda.agenda(lin.user, at)
    assert found.tasks == []
    assert titles(found.standings) == ["松平市心理健康教育教师上岗资格考试"]


@pytest.mark.parametrize("state", ["submitted", "rejected", "withdrawn", "approved"])
def test_agenda_says_where_a_registration_stands_while_there_is_nothing_to_do(tree, lin, at, state):
    exams.candidate(exams.exam(tree.city, written="registration_open"), lin, state=state)
    found = agenda.agenda(lin.user, at)
    assert [each.state for each in found.standings] == [state]
    assert found.tasks == []


def test_agenda_announces_a_sitting_with_its_ticket(tree, lin, at):
    ahead = sitting(tree, lin, starts_at=AT + dt.timedelta(days=9))
    coming = agenda.agenda(lin.user, at).coming[0]
    assert coming.at == AT + dt.timedelta(days=9)
    assert coming.address == reverse("exams:ticket", args=[ahead.entry.pk])
    assert "松平市第一中学考点" in coming.text


def test_agenda_leads_into_the_exam_on_its_day(tree, lin, at):
    today = sitting(tree, lin, starts_at=AT + 20 * MINUTE)
    task = agenda.agenda(lin.user, at).tasks[0]
    assert task.address == reverse("exams:sit", args=[today.entry.pk])
    assert task.action == "进入考试"


def test_agenda_no_longer_leads_into_the_exam_when_entry_has_closed(tree, lin, at):
    sitting(tree, lin, starts_at=AT - 31 * MINUTE)
    found = agenda.agenda(lin.user, at)
    assert found.tasks == []
    assert len(found.standings) == 1


def test_agenda_leads_back_into_an_open_attempt_until_it_is_handed_in(tree, lin, at):
    exam = papers.sitting_exam(tree.city, starts_at=AT - 40 * MINUTE, state="in_progress")
    entry = exams.entry(exams.candidate(exam, lin), state="present")
    attempt = papers.attempt(entry, started_at=AT - 40 * MINUTE)
    assert agenda.agenda(lin.user, at).tasks[0].action == "继续作答"
    attempt.state = attempt.State.HANDED_IN
    attempt.save()
    found = agenda.agenda(lin.user, at)
    assert found.tasks == []
    assert found.standings[0].text


@pytest.mark.parametrize("state", ["publicised", "finalised"])
def test_agenda_shows_the_outcome_once_it_is_public(tree, lin, at, state):
    seen = sitting(tree, lin, starts_at=AT - dt.timedelta(days=20), state="passed", stage=state)
    standing = agenda.agenda(lin.user, at).standings[0]
    assert standing.state == "passed"
    assert standing.address == reverse("exams:my_result", args=[seen.candidate.pk])


@pytest.mark.parametrize("stage", ["marking", "scores_checked", "line_set"])
def test_agenda_says_nothing_of_the_outcome_before_it_is_public(tree, personas, at, stage):
    lines = []
    for teacher, state in ((personas.teacher, "failed"), (personas.stranger, "passed")):
        sitting(tree, teacher, starts_at=AT - dt.timedelta(days=20), state=state, stage=stage)
        lines.append(agenda.agenda(teacher.user, at).standings)
    assert lines[0] == lines[1]


@pytest.mark.parametrize("stage", ["marking", "scores_checked"])
def test_agenda_says_nothing_of_a_hearing_before_it_is_public(tree, personas, at, stage):
    lines = []
    exam = exams.exam(tree.city, written="finalised", performance=stage)
    for teacher, state in ((personas.teacher, "failed"), (personas.stranger, "passed")):
        exams.entry(exams.candidate(exam, teacher), exams.stage(exam, 2), state=state)
        lines.append(agenda.agenda(teacher.user, at).standings)
    assert lines[0] == lines[1]


def test_agenda_lists_open_exams_and_own_certificates_and_no_one_elses(tree, personas, at):
    lin = personas.teacher
    exam = exams.exam(tree.city, written="registration_open")
    team = certs.staff(tree.city)
    certs.issued(certs.level(tree.city), team, [lin, personas.stranger])
    found = agenda.agenda(lin.user, at)
    assert found.open_exams == [exam]
    assert [each["credential"].teacher_id for each in found.certificates] == [lin.pk]
    assert found.certificates[0]["standing"] == "issued"


def test_agenda_says_when_a_certificate_has_expired(tree, personas, at):
    certs.issued(certs.level(tree.city, validity_months=12), certs.staff(tree.city), [personas.teacher])
    later = agenda.agenda(personas.teacher.user, at + dt.timedelta(days=800))
    assert later.certificates[0]["standing"] == "expired"


def test_agenda_leads_on_in_what_is_being_learnt_in_as_many_queries_for_three_as_for_one(
    tree, lin, at, django_assert_num_queries
):
    w = courses.world(tree.county)
    courses.enrolled(lin, w.period)
    with CaptureQueriesContext(connection) as one:
        (running,) = agenda.agenda(lin.user, at).learning
    assert (running.page.title, running.path.next_lesson) == ("心理健康教育C证培训", w.lesson)
    for n in range(2):
        programme = courses.programme(tree.county, title=f"项目{n}")
        courses.programme_page(w.room, programme, [w.course])
        courses.enrolled(lin, courses.period(programme))
    with django_assert_num_queries(len(one)):
        assert len(agenda.agenda(lin.user, at).learning) == 3


def test_agenda_asks_as_often_for_three_candidacies_as_for_one(tree, lin, at, django_assert_num_queries):
    sitting(tree, lin, starts_at=AT + dt.timedelta(days=9))
    with CaptureQueriesContext(connection) as one:
        agenda.agenda(lin.user, at)
    for days in (20, 30):
        sitting(tree, lin, starts_at=AT + dt.timedelta(days=days))
    lin.user.__dict__.pop("_appointments_on", None)
    with django_assert_num_queries(len(one)):
        found = agenda.agenda(lin.user, at)
    assert len(found.coming) == 3
    assert [each.at for each in found.coming] == sorted(each.at for each in found.coming)


def test_the_hearing_day_comes_up_until_it_is_over(tree, lin, at):
    exam = exams.exam(tree.city, written="finalised", performance="arranged")
    entry = exams.entry(exams.candidate(exam, lin), exams.stage(exam, 2))
    day = exam.stages.get(number=2).days.create(starts_at=AT + dt.timedelta(days=3), site="教师发展中心")
    panel = exam.stages.get(number=2).panels.create(code="A", name="第一组", group="小学")
    hearing = day.hearings.create(entry=entry, panel=panel)
    assert "教师发展中心" in agenda.agenda(lin.user, at).coming[0].text
    hearing.state = hearing.State.ACKNOWLEDGED
    hearing.save()
    assert agenda.agenda(lin.user, at).coming == []


def test_people_have_an_agenda_of_their_own(tree, personas, at):
    sitting(tree, personas.stranger, starts_at=AT + dt.timedelta(days=9))
    assert agenda.agenda(personas.teacher.user, at).coming == []
    assert people.user("无教师档案") and agenda.agenda(people.user("无教师档案"), at) is None


def test_sessions_of_ones_trainings_come_up_for_a_fortnight_and_say_when_one_may_sign_in(tree, personas, lin, at):
    programme = training.programme(tree.county)
    period = training.period(programme)
    seat = training.enrolled(lin, period)
    hour, day = dt.timedelta(hours=1), dt.timedelta(days=1)
    attendance.session(period, title="已结束", starts_at=AT - 3 * hour, ends_at=AT - hour)
    attendance.session(period, title="正在签到", starts_at=AT + MINUTE, room="三楼报告厅")
    attendance.session(period, title="第十四天", starts_at=AT + 14 * day)
    attendance.session(period, title="第十五天", starts_at=AT + 15 * day)
    gone = attendance.session(period, title="已取消", starts_at=AT + day)
    Session.objects.filter(pk=gone.pk).update(cancelled_at=AT)
    attendance.session(training.period(training.programme(tree.county)), title="别的培训", starts_at=AT + day)
    found = agenda.agenda(lin.user, at).coming
    assert titles(found) == ["正在签到", "第十四天"]
    assert (programme.name in found[0].text, "三楼报告厅" in found[0].text) == (True, True)
    assert ["请扫描现场签到码" in each.text for each in found] == [True, False]
    assert found[0].address == reverse("training:mine")
    assert agenda.agenda(personas.stranger.user, at).coming == []
    Enrolment.objects.filter(pk=seat.pk).update(state="withdrawn")
    assert agenda.agenda(lin.user, at).coming == []


def test_agenda_asks_as_often_for_three_sessions_as_for_one(tree, lin, at, django_assert_num_queries):
    seats = [training.period(training.programme(tree.county)) for _ in range(3)]
    for number, period in enumerate(seats):
        training.enrolled(lin, period)
        attendance.session(period, starts_at=AT + dt.timedelta(days=number + 1))
        if number == 0:
            with CaptureQueriesContext(connection) as one:
                agenda.agenda(lin.user, at)
    with django_assert_num_queries(len(one)):
        assert len(agenda.agenda(lin.user, at).coming) == 3
