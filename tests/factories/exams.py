"""Exams, candidates and their entries for tests: a written stage with one paper, then a performance with two modules.

Rows are written as they would stand at a step, without walking there; the acts have their own tests. All invented.
"""

import datetime as dt
import itertools
from decimal import Decimal

from certs.models import Level, Scheme
from exams.models import Accommodation, Candidate, Exam, Module, Room, Sitting, Stage, StageEntry
from lms.people.models import Organisation, Posting
from tests.factories import people
from tests.factories.people import AT

DAY = dt.timedelta(days=1)
_count = itertools.count(1)

ELIGIBILITY = {
    "posts": [
        "classroom_teacher",
        "homeroom_teacher",
        "part_time_mental_health_teacher",
        "full_time_mental_health_teacher",
        "moral_education_officer",
        "leader_in_charge",
    ],
    "min_education": {
        "preschool": "diploma",
        "primary": "diploma",
        "junior": "bachelor",
        "senior": "bachelor",
        "vocational": "bachelor",
        "special": "diploma",
    },
    "min_service_years": 2,
    "min_training_hours": 60,
    "in_service": True,
}
FACTS = {
    "post": "part_time_mental_health_teacher",
    "stage": "primary",
    "subject": "心理健康",
    "education": "bachelor",
    "teacher_certificate": "20122200431234567",
    "work_started_on": "2012-08",
    "in_service": True,
    "training_hours": "72",
    "phone": "13900000001",
}


def level(organisation, *, name="心理健康教育教师上岗资格证书", code="B", rank=2, validity_months=36):
    """A level of a scheme of this authority; the scheme is made at the first call."""
    scheme, _ = Scheme.objects.get_or_create(
        authority=organisation, code="mental-health", defaults={"mark": "XL", "name": "心理健康教育教师证书"}
    )
    made, _ = Level.objects.get_or_create(
        scheme=scheme, rank=rank, defaults={"code": code, "name": name, "validity_months": validity_months}
    )
    return made


def exam(
    organisation,
    *,
    name="松平市心理健康教育教师上岗资格考试",
    code=None,
    written="planning",
    performance="planning",
    opens_at=AT - 10 * DAY,
    closes_at=AT + 10 * DAY,
    starts_at=AT + 40 * DAY,
    minutes=120,
    eligibility=None,
    publicity_working_days=5,
    **more,
):
    """An Exam with stage 1 (written, one module of 100 points, line 60.00, a sitting at `starts_at`) and stage 2
    (performance: oral exam and lesson presentation, 7 judges, drop one high and one low); `written` and
    `performance` are the states at which the stages stand. No paper, rubric or panel: add your own."""
    made = Exam.objects.create(
        organisation=organisation,
        level=more.pop("level", None) or level(organisation),
        name=name,
        code=code or f"{300 + next(_count) % 690}",  # never one that a test names: 001, 24x, 999
        registration_opens_at=opens_at,
        registration_closes_at=closes_at,
        eligibility=ELIGIBILITY if eligibility is None else eligibility,
        publicity_working_days=publicity_working_days,
        held_at=AT - 20 * DAY,
        **more,
    )
    first = Stage.objects.create(exam=made, number=1, kind="written", name="笔试", state=written)
    second = Stage.objects.create(exam=made, number=2, kind="performance", name="面试", state=performance)
    paper = Module.objects.create(
        stage=first, number=1, kind="written", name="专业知识", pass_mark=Decimal("60"), difference_limit=Decimal("3")
    )
    Module.objects.create(stage=second, number=1, kind="oral", name="口试", pass_mark=Decimal("60"))
    Module.objects.create(stage=second, number=2, kind="lesson", name="说课", pass_mark=Decimal("60"))
    Sitting.objects.create(module=paper, site="松平市第一中学考点", starts_at=starts_at, minutes=minutes)
    return made


def stage(of_exam, number=1):
    return of_exam.stages.get(number=number)


def module(of_exam, stage_number=1, number=1):
    return Module.objects.get(stage__exam=of_exam, stage__number=stage_number, number=number)


def candidate(of_exam, who="某考生", *, state="approved", number=None, facts=None, school=None):
    """A candidate in a state. `who` is a Teacher, or the name of a new one (posted to `school`, or to a new school
    below the exam's authority); `facts` are laid over FACTS, which meet every rule."""
    if isinstance(who, str):
        school = school or people.organisation(f"第{next(_count)}学校", parent=of_exam.organisation)
        who = people.teacher(who, school=school)
    school = school or Organisation.objects.get(pk=Posting.objects.get(teacher=who, until_on=None).organisation_id)
    taken = Candidate.objects.filter(exam=of_exam).order_by("-number").values_list("number", flat=True).first() or 0
    return Candidate.objects.create(
        exam=of_exam,
        teacher=who,
        school=school,
        number=number or taken + 1,
        state=state,
        facts={**FACTS, **(facts or {})},
        submitted_at=AT - 5 * DAY,
    )


def entry(of_candidate, stage=None, state="seated", *, room=None, seat=None, admission_number=None):
    """A candidate's entry in a stage (stage 1 unless named). A seat in the written stage's first room unless given;
    entries of a performance have none."""
    stage = stage or of_candidate.exam.stages.get(number=1)
    if stage.kind == "written" and room is None:
        sitting = Sitting.objects.get(module__stage=stage)
        room, _ = Room.objects.get_or_create(sitting=sitting, number=1, defaults={"capacity": 9999})
        seat = seat or StageEntry.objects.filter(room=room).count() + 1
    authority = of_candidate.exam.organisation.code[:6]
    return StageEntry.objects.create(
        candidate=of_candidate,
        stage=stage,
        state=state,
        room=room,
        seat=seat,
        admission_number=(
            f"{authority}{of_candidate.exam.code}{stage.number:03d}{of_candidate.number:02d}"
            if admission_number is None
            else admission_number
        ),
    )


def accommodation(teacher, *, from_on=dt.date(2024, 1, 1), reason="材料已核", **granted):
    """What a teacher needs at exams, granted without an officer's act."""
    return Accommodation.objects.create(
        teacher=teacher,
        from_on=from_on,
        reason=reason,
        granted_by=people.user("考务甲"),
        granted_at=AT - 20 * DAY,
        **granted,
    )
