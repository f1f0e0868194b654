"""A small frozen paper, handed-in scripts and markers, for tests of marking and what follows. All invented."""

import datetime as dt
import itertools
from decimal import Decimal

from exams.models import Answer, Attempt, Mark, ModuleResult, Paper, Sitting, ThirdMarker
from lms.people.models import Appointment, Posting
from tests.factories import exams, people
from tests.factories.people import AT

_count = itertools.count(1)

ITEMS = [
    {"number": 1, "kind": "single", "section": "单选题", "points": "1", "stem": "一题", "body": {"options": []}},
    {"number": 2, "kind": "multiple", "section": "多选题", "points": "2", "stem": "二题", "body": {"options": []}},
    {"number": 3, "kind": "true_false", "section": "判断题", "points": "1", "stem": "三题", "body": {}},
    {"number": 4, "kind": "fill_in", "section": "填空题", "points": "2", "stem": "四题____、____、____", "body": {}},
    {"number": 5, "kind": "short_answer", "section": "简答题", "points": "5", "stem": "怎样缓解考前焦虑？", "body": {}},
    {
        "number": 6,
        "kind": "case",
        "section": "案例分析题",
        "points": "10",
        "stem": "小航近来常与同学冲突。",
        "body": {
            "parts": [
                {"number": 1, "stem": "分析原因。", "points": "5"},
                {"number": 2, "stem": "提出对策。", "points": "5"},
            ]
        },
    },
]
KEYS = {
    "1": {"right": ["B"], "points": "1"},
    "2": {"right": ["A", "C"], "points": "2"},
    "3": {"right": True, "points": "1"},
    "4": {"blanks": [["安全"], ["尊重"], ["保密"]], "points": "2"},
    "5": {"guide": "识别想法、放松训练、寻求支持，各占一定分值。", "points": "5"},
    "6.1": {"guide": "情绪调节与家庭支持。", "points": "5"},
    "6.2": {"guide": "安抚、沟通、家校合作。", "points": "5"},
}
RIGHT = {"1": "B", "2": ["A", "C"], "3": True, "4": ["安全", "尊重", "保密"]}
WRITTEN = {"5": "先处理情绪，再讲方法。", "6.1": "缺少支持。", "6.2": "先安抚，再沟通。"}


def paper(module, *, items=None, keys=None):
    """A frozen paper for the module, used by its sitting; 6 points by the key, 15 by markers."""
    composer = people.user("组卷人")
    made = Paper.objects.create(
        module=module,
        title="专业知识试卷",
        state="frozen",
        items=ITEMS if items is None else items,
        keys=KEYS if keys is None else keys,
        composed_by=composer,
        composed_at=AT,
        frozen_by=people.user("审卷人"),
        frozen_at=AT,
    )
    Sitting.objects.filter(module=module).update(paper=made)
    return made


def exam_in_marking(organisation, **more):
    """An exam whose written stage is being marked, with its paper; returns the exam."""
    made = exams.exam(organisation, written="marking", **more)
    paper(exams.module(made))
    return made


def script(of_exam, who="某考生", *, answers=None, state="handed_in", entry_state="present", school=None):
    """A candidate's attempt at the exam's paper; the answers, RIGHT and WRITTEN unless given, by item."""
    entry = exams.entry(exams.candidate(of_exam, who, school=school), state=entry_state)
    handed_in = state == "handed_in"
    attempt = Attempt.objects.create(
        entry=entry,
        paper=Sitting.objects.get(module__stage=entry.stage).paper,
        state=state,
        script=f"S{next(_count):06d}",
        started_at=AT,
        deadline_at=AT + dt.timedelta(hours=2),
        grace_seconds=30,
        handed_in_at=AT + dt.timedelta(hours=1) if handed_in else None,
        handed_in_how="candidate" if handed_in else "",
    )
    for item, response in ({**RIGHT, **WRITTEN} if answers is None else answers).items():
        Answer.objects.create(attempt=attempt, item=item, version=1, response=response, saved_at=AT)
    return attempt


def markers(organisation, count=3):
    """Markers of the authority, posted nowhere."""
    return [people.officer(Appointment.Office.MARKER, organisation, f"阅卷{n}") for n in range(1, count + 1)]


def worked_at(user, school, *, until_on=None):
    """Make a user a teacher who is, or until a day was, posted at a school."""
    person = people.teacher(str(user), user=user)
    return Posting.objects.create(teacher=person, organisation=school, from_on=dt.date(2012, 9, 1), until_on=until_on)


def marks(attempt, item, first, second, by, *, third=None, pool=()):
    """Marks of one answer as they stand; None leaves one waiting."""
    answer = attempt.answers.get(item=item)
    made = []
    for role, points, marker in zip(("first", "second"), (first, second), by, strict=False):
        points = None if points is None else Decimal(points)
        made.append(Mark.objects.create(answer=answer, role=role, marker=marker, points=points, assigned_at=AT))
    if third is not None:
        made.append(
            Mark.objects.create(answer=answer, role="third", marker=by[2], points=Decimal(third), assigned_at=AT)
        )
    module = attempt.paper.module
    ThirdMarker.objects.bulk_create([ThirdMarker(module=module, marker=each) for each in pool], ignore_conflicts=True)
    return made


def scored(of_exam, score, who="某考生", *, school=None, state="marked", passed=None, basis=None, stage=None):
    """An entry of the written stage with its settled result; score None makes it absent."""
    entry = exams.entry(exams.candidate(of_exam, who, school=school), stage, state="absent" if score is None else state)
    return ModuleResult.objects.create(
        entry=entry,
        module=entry.stage.modules.first(),
        status="absent" if score is None else "scored",
        score=None if score is None else Decimal(score),
        passed=passed,
        basis=basis or {},
        settled_at=AT,
    )


def settled(attempt, finals):
    """A handed-in attempt with its settled result; `finals` are the points of its constructed items, the rest 0."""
    entry = attempt.entry
    basis = {"constructed": {item: [None, None, None, points] for item, points in finals.items()}}
    score = sum(Decimal(points) for points in finals.values())
    module = attempt.paper.module
    return ModuleResult.objects.create(
        entry=entry, module=module, status="scored", score=score, basis=basis, settled_at=AT
    )
