"""A performance stage: rubrics, panel, topics, days, judges, and candidates who passed the paper. All invented."""

import datetime as dt
import itertools
from decimal import Decimal
from types import SimpleNamespace

from exams import empanelling, hearing, performing
from exams.models import Hearing, Performance
from lms.people.models import Appointment, Posting
from lms.scoring import designing
from lms.scoring.models import Assessment, Criterion, Rubric, ScoreSheet
from tests.factories import exams, people
from tests.factories.people import AT

_count = itertools.count(1)
Office = Appointment.Office
CRITERIA = [("material", "教材分析", 60), ("method", "教法", 40)]
TOPICS = [{"group": "小学", "code": f"X-{n:02d}", "text": f"题目{n}"} for n in range(1, 6)]
STARTS = dt.datetime(2024, 3, 24, 0, 30, tzinfo=dt.UTC)  # Sunday 08:30 in Shanghai


def rubric(criteria=CRITERIA, *, name="说课评分表"):
    made = Rubric.objects.create(name=name)
    for number, (code, title, points) in enumerate(criteria, start=1):
        bands = designing.bands_of(points)
        Criterion.objects.create(rubric=made, number=number, code=code, name=title, points=points, bands=bands)
    return made


def assessment(judges=3, *, of_rubric=None, **rule):
    """An assessment with an empty sheet for each of so many new judges; returns it and its sheets by judge."""
    made = Assessment.objects.create(rubric=of_rubric or rubric(), judges=judges, opened_at=AT, **rule)
    return made, [ScoreSheet.objects.create(assessment=made, judge=people.user(f"评委{n}")) for n in range(judges)]


def judges(organisation, count=7, name="评委"):
    return [people.officer(Office.JUDGE, organisation, f"{name}{next(_count)}") for _ in range(count)]


def worked_at(judge, school, *, until_on=None):
    """Make a judge a teacher who is, or until a day was, posted at a school."""
    person = getattr(judge, "teacher", None) or people.teacher(str(judge), user=judge)
    return Posting.objects.create(teacher=person, organisation=school, from_on=dt.date(2010, 9, 1), until_on=until_on)


def stage(organisation, *, candidates=2, seats=3, reserves=1, days=1, schools=None, names=None):
    """A performance stage ready to call: a panel of `seats` judges for primary schools, topics, days from STARTS on,
    and so many candidates who passed a final written stage. Nobody is called yet."""
    exam = exams.exam(organisation, written="finalised")
    made = exams.stage(exam, 2)
    for module in made.modules.all():
        module.rubric, module.judges = rubric(name=f"{module.name}评分表"), seats
        module.save()
    officer = people.officer(Office.EXAM_OFFICER, organisation, "考试科长")
    world = SimpleNamespace(
        exam=exam,
        stage=made,
        officer=officer,
        clerk=people.officer(Office.CLERK, organisation, "考务员"),
        judges=judges(organisation, seats),
        reserves=judges(organisation, reserves, "替补"),
        candidates=[
            exams.candidate(exam, names[n] if names else f"考生{n}", school=schools[n] if schools else None)
            for n in range(candidates)
        ],
    )
    for each in world.candidates:
        exams.entry(each, state="passed")
    world.panel = empanelling.form_panel(
        stage=made,
        code="P1",
        name="第1考场",
        group="小学",
        stages=["primary"],
        judges=world.judges,
        reserves=world.reserves,
        by=officer,
        at=AT,
    )
    empanelling.add_topics(stage=made, topics=TOPICS, by=officer, at=AT)
    world.days = [day(world, STARTS + dt.timedelta(days=n)) for n in range(days)]
    world.day = world.days[0]
    return world


def day(world, starts_at, **figures):
    minutes = {"slot_minutes": 10, "prepare_minutes": 30, "present_minutes": 15, "defend_minutes": 5} | figures
    return empanelling.schedule_day(
        stage=world.stage, starts_at=starts_at, site="松平市教育学院", **minutes, by=world.officer, at=AT
    )


def called(organisation, **more):
    """`stage`, with its candidates called; `hearings` in the order of the roster."""
    world = stage(organisation, **more)
    empanelling.call_candidates(stage=world.stage, by=world.officer, at=AT)
    world.hearings = hearings(world)
    world.hearing = world.hearings[0]
    return world


def hearings(world):
    found = Hearing.objects.filter(entry__stage=world.stage).select_related("entry__candidate__teacher", "day", "panel")
    return list(found.order_by("entry__candidate__number"))


def at_step(world, state, *, hearing_at=0):
    """Walk one hearing of a called stage to a state by the acts, the order of its day drawn; returns it as it is."""
    one = world.hearings[hearing_at]
    at = one.day.starts_at
    if state == "scheduled":
        return again(one)
    performing.sign_in(hearing=one, by=world.clerk, at=at)
    if state == "signed_in":
        return again(one)
    if again(one).number is None:
        performing.draw_order(day=one.day, by=world.clerk, at=at)
    for step, reached in WAY:
        if state == "lot_drawn" or again(one).state == state:
            break
        getattr(performing, step)(hearing=one, by=world.clerk, at=at)
        if reached == "scoring" and state in ("scored", "acknowledged"):
            score(world, one)
    if state == "acknowledged":
        performing.acknowledge(hearing=one, by=world.clerk, at=at)
    return again(one)


WAY = [
    ("draw_topic", "topic_drawn"),
    ("prepare", "preparing"),
    ("present", "presenting"),
    ("defend", "defending"),
    ("finish", "scoring"),
]


def score(world, one, *, points="30"):
    """Every judge fills and signs both modules' sheets with the same points for every criterion."""
    for performance in performances(one):
        for sheet in sheets(performance):
            given = {code: Decimal(points) for code, _name, _most in CRITERIA}
            hearing.sign(performance=performance, points=given, by=sheet.judge, at=one.day.starts_at)


def performances(one):
    return list(Performance.objects.filter(hearing=one).select_related("assessment").order_by("module__number"))


def sheets(performance):
    live = ScoreSheet.objects.filter(assessment=performance.assessment_id).exclude(state="void")
    return list(live.select_related("judge").order_by("pk"))


def again(row):
    return type(row).objects.get(pk=row.pk)
