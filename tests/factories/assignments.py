"""Assignments and what was handed in, made by the acts themselves. All invented."""

import datetime as dt

from lms.training import assigning, grading, handing_in
from tests.factories.people import AT

DAY = dt.timedelta(days=1)


def task(**more):
    given = {"title": "个案分析", "task": "记录一次谈心，写出您的思考。", "due_at": AT + 7 * DAY}
    return assigning.Task(**(given | more))


def assignment(period, *, by=None, at=AT, **more):
    more.setdefault("due_at", at + 7 * DAY)
    return assigning.assign(period=period, task=task(**more), by=by, at=at)


def handed_in(assignment, teacher, *, text="我和小安谈了二十分钟。", file=None, at=AT):
    return handing_in.hand_in(assignment=assignment, text=text, file=file, by=teacher.user, at=at)


def graded(submission, *, by, is_passed=True, feedback="抓住了情绪背后的需要", at=AT, version=1):
    return grading.grade(submission=submission, version=version, is_passed=is_passed, feedback=feedback, by=by, at=at)


def sent_back(submission, *, by, reason="请补充您的思考", at=AT):
    return grading.send_back(submission=submission, version=1, reason=reason, by=by, at=at)
