"""What waits for an office: each kind of work for whoever may do it, and for nobody else."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams.models import CutScore, Paper, PublicNotice
from lms.desks import waiting
from lms.people.models import Appointment
from lms.training import appealing, assigning
from tests.factories import (
    assignments,
    attendance,
    certs,
    courses,
    exams,
    marking,
    on_paper,
    papers,
    people,
    records,
    training,
)
from tests.factories.people import AT

pytestmark = pytest.mark.django_db
Office = Appointment.Office


@pytest.fixture
def officer(tree):
    return people.officer(Office.EXAM_OFFICER, tree.city, "周拟")


@pytest.fixture
def second(tree):
    return people.officer(Office.SIGNATORY, tree.city, "郑签")


def found(user, at=AT):
    user.__dict__.pop("_appointments_on", None)
    return [(each.title, each.count, each.address) for each in waiting.work(user, at)]


def test_work_is_empty_for_a_teacher_and_an_officer_without_any(personas, officer):
    assert found(personas.teacher.user) == found(officer) == []


def test_work_counts_the_registrations_to_review_by_exam_and_scope(tree, personas, officer):
    exam = exams.exam(tree.city, written="registration_open")
    exams.candidate(exam, personas.teacher, state="submitted")
    exams.candidate(exam, personas.stranger, state="submitted")
    exams.candidate(exam, state="approved")
    address = reverse("exams:candidates", args=[exam.pk]) + "?state=submitted"
    assert found(officer) == [("待审核的报名", 2, address)]
    assert found(personas.county_officer) == [("待审核的报名", 1, address)]
    assert found(people.officer(Office.AUDITOR, tree.city)) == []


def test_work_counts_the_questions_to_review_that_she_did_not_write(tree, officer):
    trainer = people.officer(Office.TRAINER, tree.city)
    papers.question(tree.city, by=trainer, state="in_review")
    papers.question(tree.city, by=officer, state="in_review")
    papers.question(tree.city, by=trainer, state="draft")
    assert found(officer) == [("审核试题", 1, reverse("exams:bank") + "?state=in_review")]
    assert found(trainer) == found(people.officer(Office.EXAM_OFFICER, tree.county)) == []


def test_work_offers_a_paper_to_freeze_to_another_than_its_composer(tree, officer):
    paper = Paper.objects.create(
        module=exams.module(exams.exam(tree.city)), title="甲卷", composed_by=officer, composed_at=AT
    )
    other = people.officer(Office.EXAM_OFFICER, tree.city, "吴核")
    assert found(officer) == []
    assert found(other) == [("待核对冻结的试卷", None, reverse("exams:paper", args=[paper.pk]))]
    assert found(people.officer(Office.EXAM_OFFICER, tree.county)) == []


def test_work_offers_a_proposed_line_to_another_than_its_proposer(tree, officer, second):
    module = exams.module(exams.exam(tree.city, written="scores_checked"))
    CutScore.objects.create(
        module=module, value=Decimal("60.00"), seen={}, seen_digest="0", proposed_by=officer, proposed_at=AT
    )
    assert found(officer) == []
    assert found(second) == [("待批准的划线60.00分", None, reverse("exams:cut_score", args=[module.pk]))]
    CutScore.objects.update(state="approved", decided_by=second, decided_at=AT)
    assert found(second) == []


def test_work_offers_a_public_list_to_another_than_its_proposer(tree, officer, second):
    notice = PublicNotice.objects.create(
        stage=exams.stage(exams.exam(tree.city, written="line_set")),
        opens_on=dt.date(2024, 3, 6),
        closes_on=dt.date(2024, 3, 12),
        token="t",
        seen_digest="0",
        proposed_by=officer,
        proposed_at=AT,
    )
    assert found(officer) == []
    assert found(second) == [("待批准的公示，3月6日开始", None, reverse("exams:notice", args=[notice.pk]))]


def test_work_offers_a_certificate_list_to_the_signatory(tree, personas, officer, second):
    batch = certs.batch(certs.level(tree.city), officer, [personas.teacher, personas.stranger])
    assert found(officer) == []
    assert found(second) == [("待签发的证书名单", 2, reverse("certs:batch", args=[batch.pk]))]
    assert found(people.officer(Office.SIGNATORY, tree.county)) == []


def test_work_counts_the_answers_in_a_markers_pile(tree):
    exam = marking.exam_in_marking(tree.city)
    one, two, three = marking.markers(tree.city)
    script = marking.script(exam, "甲")
    marking.marks(script, "5", None, None, (one, two))
    assert [(title, count) for title, count, _ in found(one)] == [("待阅答卷", 1)]
    assert found(three) == []


def test_work_leads_to_the_sitting_and_the_hearings_of_today(tree, officer):
    clerk = people.officer(Office.CLERK, tree.city)
    exam = exams.exam(tree.city, written="arranged", starts_at=AT + dt.timedelta(hours=4))
    day = exams.stage(exam, 2).days.create(starts_at=AT + dt.timedelta(hours=1), site="教师发展中心")
    addresses = [address for *_, address in found(clerk)]
    assert addresses == [
        reverse("exams:invigilate", args=[exams.stage(exam).pk]),
        reverse("exams:board", args=[day.pk]),
    ]
    assert found(clerk, AT + dt.timedelta(days=1)) == []


def test_work_leads_a_judge_to_her_sheets_on_the_day(tree):
    judge = people.officer(Office.JUDGE, tree.city)
    stage = exams.stage(exams.exam(tree.city, performance="arranged"), 2)
    stage.days.create(starts_at=AT + dt.timedelta(hours=1), site="教师发展中心")
    stage.panels.create(code="A", name="第一组", group="小学").members.create(judge=judge, number=1)
    assert [address for *_, address in found(judge)] == [reverse("exams:judging")]
    assert found(people.officer(Office.JUDGE, tree.city)) == []


def test_work_counts_the_pages_of_a_review_for_another_than_their_author(tree):
    world = courses.world(tree.county, lessons=2)
    trainer = people.officer(Office.TRAINER, tree.county, "训员甲")
    both = people.officer(Office.CONTENT_REVIEWER, tree.county, "两职")
    people.appointment(both, Office.TRAINER, tree.county)
    stranger = people.officer(Office.CONTENT_REVIEWER, tree.neighbour, "邻员")
    states = [hand_in(world.lesson, trainer), hand_in(world.lessons[1], both)]
    editor = reverse("wagtailadmin_home")
    assert found(both) == [("待审核的课程页面", 1, editor)]
    reviewer = people.officer(Office.CONTENT_REVIEWER, tree.city, "审员甲")
    assert found(reviewer) == [("待审核的课程页面", 2, editor)]
    assert found(trainer) == found(stranger) == []
    states[0].current_task_state.reject(user=reviewer, comment="补充出处")
    assert found(trainer) == [("退回给您的课程页面", 1, editor)]
    assert found(reviewer) == [("待审核的课程页面", 1, editor)]
    assert found(both) == []


def hand_in(page, user):
    page.save_revision(user=user)
    return page.get_workflow().start(page, user)


def test_work_asks_as_often_for_three_of_a_kind_as_for_one(tree, officer, second, django_assert_num_queries):
    def one_more():
        exam = exams.exam(tree.city, written="registration_open", starts_at=AT + dt.timedelta(hours=1))
        exams.candidate(exam, state="submitted")
        Paper.objects.create(module=exams.module(exam), title="卷", composed_by=second, composed_at=AT)

    one_more()
    with CaptureQueriesContext(connection) as one:
        assert len(found(officer)) == 3
    one_more()
    one_more()
    with django_assert_num_queries(len(one)):
        assert len(found(officer)) == 9


def test_work_leads_clerks_and_trainers_to_the_sessions_of_today_and_counts_appeals(tree):
    trainer = people.officer(Office.TRAINER, tree.school, "温师")
    clerk, bureau = (people.officer(each, tree.county) for each in (Office.CLERK, Office.BUREAU_OFFICER))
    teacher = people.teacher("林知微", school=tree.school)
    period = training.period(training.programme(tree.county))
    training.enrolled(teacher, period)
    own, other = attendance.session(period, trainer=trainer), attendance.session(period)
    attendance.session(period, starts_at=AT + dt.timedelta(days=1))
    appealing.appeal(session=other, words="我在", by=teacher.user, at=AT + dt.timedelta(hours=3))
    word, appeals = "今日课次，10:00", ("待处理的考勤申诉", 1, reverse("training:near"))
    first, second = ((word, None, reverse("training:session", args=[each.pk])) for each in (own, other))
    assert found(trainer) == [first]
    assert found(clerk) == [first, second, appeals]
    assert found(bureau) == [appeals]
    assert found(people.officer(Office.CLERK, tree.neighbour)) == []


def test_work_counts_what_is_to_be_graded_for_those_who_teach_and_never_ones_own(tree):
    guest, bureau = people.officer(Office.TRAINER, tree.neighbour), people.officer(Office.BUREAU_OFFICER, tree.county)
    period = training.period(training.programme(tree.county))
    attendance.session(period, trainer=guest, starts_at=AT + dt.timedelta(days=1))
    one, two = training.teachers(tree.school, 2)
    assignment = assignments.assignment(period)
    for each in (one, two):
        training.enrolled(each, period)
        assignments.handed_in(assignment, each)
    address = reverse("training:submissions", args=[assignment.pk]) + "?state=handed_in"
    assert found(guest) == found(bureau) == [("待批阅的作业", 2, address)]
    people.appointment(one.user, Office.TRAINER, tree.county)
    assert found(one.user) == [("待批阅的作业", 1, address)]
    assert found(people.officer(Office.TRAINER, tree.neighbour)) == []
    assert found(people.officer(Office.CLERK, tree.county)) == []
    assigning.withdraw(assignment=assignment, reason="重复", by=bureau, at=AT)
    assert found(bureau) == []


def test_exams_under_way_name_the_stage_that_is_not_final_yet(tree, officer):
    exams.exam(tree.city, written="finalised", performance="arranged")
    exams.exam(tree.neighbour)
    assert [each["stage"].state for each in waiting.exams_under_way(officer, AT)] == ["planning", "arranged"]
    assert waiting.exams_under_way(people.officer(Office.EXAM_OFFICER, tree.county), AT) == []


def test_work_counts_the_claims_of_hours_that_wait_for_the_school_and_for_the_bureau(tree, settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path
    records.rules(tree.county)
    teacher = people.teacher("林知微", school=tree.school)
    school = people.officer(Office.SCHOOL_OFFICER, tree.school)
    bureau, second = (people.officer(Office.BUREAU_OFFICER, tree.county, name) for name in ("甲", "乙"))
    records.drafted(teacher)
    records.submitted(teacher)
    records.verified(teacher, school)
    records.verified(teacher, bureau)
    queue, word = reverse("records:claim_queue"), "待处理的学时认定"
    claims = {user: [each for each in found(user) if each[0] == word] for user in (school, bureau, second)}
    assert claims[school] == [(word, 1, f"{queue}?state=submitted")]
    # What she verified herself is for another officer to recognise.
    assert claims[bureau] == [(word, 1, f"{queue}?state=school_verified")]
    assert claims[second] == [(word, 2, f"{queue}?state=school_verified")]
    assert [each for each in found(teacher.user) if each[0] == word] == []


def test_work_from_paper_is_counted_in_as_many_questions_for_many_stages_as_for_one(tree):
    clerks = on_paper.clerks(tree.city, 3)
    asked = []
    for number in range(1, 3):
        exam = on_paper.exam(tree.city)
        one, _two = (on_paper.script(exam, f"{name}{number}") for name in "甲乙")
        on_paper.entered(one, clerks, second={"s6": "7"})
        with CaptureQueriesContext(connection) as queries:
            rows = found(clerks[2])
        asked.append(len(queries))
        assert [(title, count) for title, count, _address in rows] == [
            ("纸笔成绩待录入", 1),
            ("两次录入不一致待裁定", 1),
        ] * number
    assert asked[0] == asked[1]
    assert [(title, count) for title, count, _address in found(clerks[0])] == [("纸笔成绩待录入", 1)] * 2
