"""Questions, papers and attempts for tests: a small paper with one question of each kind, frozen, and people at it."""

import datetime as dt
import itertools
from decimal import Decimal

from exams.models import Answer, Attempt, Module, Paper, Question, Sitting
from lms.lib import crypto
from lms.people.models import Appointment
from tests.factories import exams, people
from tests.factories.people import AT

_count = itertools.count(1)
OPTIONS = {"options": [{"id": letter, "text": f"做法{letter}"} for letter in "ABCD"]}
PARTS = {
    "parts": [
        {"number": 1, "stem": "这名学生可能遇到了什么？", "points": "5"},
        {"number": 2, "stem": "您会怎样做？", "points": "5"},
    ]
}
# One of each kind: (code, kind, stem, body, key, points). Together 20 points.
KINDS = [
    ("S001", "single", "课间发现学生独自流泪，班主任首先宜怎样做？", OPTIONS, {"right": ["B"]}, "1"),
    ("M001", "multiple", "哪些情形属于保密例外？", OPTIONS, {"right": ["A", "C"], "policy": "half"}, "2"),
    ("T001", "true_false", "心理辅导以自愿为前提。", {}, {"right": True}, "1"),
    ("F001", "fill_in", "助人的条件是____和____。", {"blanks": 2}, {"blanks": [["共情", "同理心"], ["尊重"]]}, "2"),
    ("E001", "short_answer", "请说明怎样帮助考试焦虑的学生。", {}, {"guide": "倾听、放松、合理想法"}, "4"),
    ("C001", "case", "小航近一个月三次动手打人。", PARTS, {"parts": [{"guide": "成因"}, {"guide": "措施"}]}, "10"),
]
# One right answer to each item of the paper that has a key, and words for the others.
RIGHT = {
    "1": "B",
    "2": ["A", "C"],
    "3": True,
    "4": ["共情", "尊重"],
    "5": "倾听并教他放松。",
    "6.1": "情绪调节不足。",
    "6.2": "先倾听。",
}


def question(organisation, code=None, *, by=None, kind="single", stem=None, body=None, key=None, points="1", **more):
    """A usable question; the version that was usable before it is superseded."""
    n = next(_count)
    code = code or f"Q{n:03d}"
    Question.objects.filter(organisation=organisation, code=code).usable().update(state=Question.State.SUPERSEDED)
    return Question.objects.create(
        organisation=organisation,
        code=code,
        state=more.pop("state", Question.State.USABLE),
        kind=kind,
        stem=stem or f"第{n}个问题问的是什么？",
        body=OPTIONS if body is None else body,
        key={"right": ["B"]} if key is None else key,
        points=Decimal(points),
        difficulty=more.pop("difficulty", "easy"),
        collected_by=by or people.user("出题人"),
        collected_at=AT,
        **more,
    )


def bank(organisation, by=None):
    """One question of each kind, by code."""
    by = by or people.user("出题人")
    return {
        code: question(organisation, code, by=by, kind=kind, stem=stem, body=body, key=key, points=points)
        for code, kind, stem, body, key, points in KINDS
    }


def sections():
    """The sections of a paper with every question of `bank`: 20 points."""
    return [
        {"name": kind, "kind": kind, "points": points, "codes": [code]}
        for code, kind, _stem, _body, _key, points in KINDS
    ]


def items():
    """The frozen items of that paper."""
    return [
        {"number": n, "kind": kind, "section": kind, "points": points, "stem": stem, "body": body}
        for n, (_code, kind, stem, body, _key, points) in enumerate(KINDS, start=1)
    ]


def keys():
    """Their keys by item."""
    found = {}
    for n, (_code, kind, _stem, _body, key, points) in enumerate(KINDS, start=1):
        if kind == "case":
            found |= {f"{n}.{k}": {**part, "points": "5"} for k, part in enumerate(key["parts"], start=1)}
        else:
            found[str(n)] = {**key, "points": points}
    return found


def frozen_paper(of_module, *, title="试卷"):
    """A frozen paper with one question of each kind, given to the module's sitting; full marks become its 20 points."""
    Module.objects.filter(pk=of_module.pk).update(full_marks=20, pass_mark=12)
    paper = Paper.objects.create(
        module=of_module,
        title=title,
        state=Paper.State.FROZEN,
        items=items(),
        keys=keys(),
        digest=crypto.digest({"items": items(), "keys": keys()}),
        composed_by=people.user("组卷人"),
        composed_at=AT,
        frozen_by=people.user("定卷人"),
        frozen_at=AT,
    )
    Sitting.objects.filter(module=of_module).update(paper=paper)
    return paper


def sitting_exam(organisation, *, starts_at=AT, minutes=120, state="arranged", **more):
    """An exam whose written stage is arranged, with a frozen paper, its bell at `starts_at` (AT)."""
    exam = exams.exam(organisation, written=state, starts_at=starts_at, minutes=minutes, **more)
    frozen_paper(exams.module(exam))
    return exam


def ticketed(exam, who="某考生", state="ticket_issued", **more):
    """A candidate's entry with a published ticket."""
    return exams.entry(exams.candidate(exam, who, **more), state=state)


def attempt(entry, *, answers=None, started_at=AT, state="open", **more):
    """An attempt under way since `started_at`, with answers {item: response} saved as version 1."""
    sitting = Sitting.objects.get(module__stage=entry.stage)
    type(entry).objects.filter(pk=entry.pk).update(state="present")
    type(entry.stage).objects.filter(pk=entry.stage_id, state="arranged").update(state="in_progress")
    made = Attempt.objects.create(
        entry=entry,
        paper=sitting.paper,
        state=state,
        script=f"T{next(_count):09d}",
        started_at=started_at,
        deadline_at=sitting.ends_at,
        grace_seconds=sitting.grace_seconds,
        **more,
    )
    for item, response in (answers or {}).items():
        Answer.objects.create(
            attempt=made, item=item, version=1, response=response, saved_at=started_at + dt.timedelta(minutes=1)
        )
    return made


def exam_officer(organisation, full_name="考务员"):
    return people.officer(Appointment.Office.EXAM_OFFICER, organisation, full_name)
