"""The written exam: candidates come in, sit, are marked; the line; publicity and the final result."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from exams import analysing, marking, queries, releasing, scripts, settling, standard_setting, whole_exam
from lms.demo import ability
from lms.demo.course import Counts, Course, Script
from lms.demo.steps import standard
from lms.people import activating


def come_in(course: Course) -> Counts:
    """One-time codes are handed out; each seated candidate comes in with hers and fetches her ticket."""
    at = course.go(course.bell - dt.timedelta(days=3))
    course.entries = whole_exam.entries(course.written)
    accounts = {number: entry.candidate.teacher.user for number, entry in course.entries.items()}
    codes = activating.issue_codes(users=list(accounts.values()), by=course.officer, at=at)
    course.candidates.come_in(
        {number: codes[account.pk] for number, account in accounts.items()},
        {number: entry.candidate.teacher.id_number[-4:] for number, entry in course.entries.items()},
    )
    return {"came in": len(codes), "tickets": course.candidates.fetch_tickets(course.entries)}


def sit(course: Course) -> Counts:
    """The sitting: everyone who comes saves every answer; some lose their connection, some never hand in."""
    absent, never = course.given.who("absent"), course.given.who("never_handed_in")
    lost = {e.candidate: (e.from_minute, e.to_minute) for e in course.given.events if e.event == "connection_lost"}
    scripts = {
        number: Script(entry, _responses(course, number), lost.get(number), number not in never)
        for number, entry in course.entries.items()
        if number not in absent
    }
    course.candidates.sit(scripts, lambda minute: _at_minute(course, minute))
    over = course.go(course.bell + dt.timedelta(minutes=course.plan["written"]["minutes"] + 2))
    course.work_off(course, over)
    return {**whole_exam.sitting_counts(course.written), "lost connection": len(lost)}


def _responses(course: Course, number: int) -> dict[str, Any]:
    if course.given.answers:
        said = course.given.responses(number)
        for item in course.paper.items:
            if item["kind"] == "fill_in" and str(item["number"]) in said:
                blanks = said[str(item["number"])]
                blanks += [""] * (item["body"]["blanks"] - len(blanks))
        return said
    return ability.responses(course.seed, number, course.paper.items, course.paper.keys)


def _at_minute(course: Course, minute: int) -> dt.datetime:
    return course.go(course.bell + dt.timedelta(minutes=minute))


def mark(course: Course) -> Counts:
    """Objective answers by the key; constructed ones by two markers, a third where they differ too much."""
    at = course.go(course.bell + dt.timedelta(days=1))
    markers = [course.staff[p["code"]] for p in course.plan["staff"] if "marker" in p["offices"]]
    waiting = queries.answers_to_mark(course.paper_module)
    marking.allocate(
        module=course.paper_module,
        markers=markers,
        third_markers=markers,
        pairs=_pairs(course, waiting) if course.given.marks else None,
        by=course.officer,
        at=at,
    )
    given = 0
    for role in ("first", "second", "third"):
        given += _give(course, role, at)
    settling.settle_written(stage=course.written, by=course.officer, at=at + dt.timedelta(days=6))
    analysing.reckon_due(at + dt.timedelta(days=6))
    thirds = sum("third" in roles for roles in course.given.marks.values())
    return {"constructed answers": len(waiting), "marks": given, "third marks planned": thirds}


def _pairs(course: Course, waiting: Iterable[Any]) -> dict[int, tuple[Any, Any]]:
    pairs = {}
    for answer in waiting:
        roles = course.given.marks[_key(course, answer.attempt.entry.candidate.number, answer.item)]
        pairs[answer.pk] = (course.staff[roles["first"][0]], course.staff[roles["second"][0]])
    return pairs


def _key(course: Course, candidate: int, item: str) -> tuple[int, str, str]:
    """Where the folder keeps the marks of one answer: candidate, question code, part."""
    number, _, part = item.partition(".")
    return candidate, course.codes[int(number) - 1], part


def _give(course: Course, role: str, at: dt.datetime) -> int:
    """Every mark of one role that waits for its marker is given."""
    waiting = whole_exam.marks_waiting(course.paper_module, role)
    codes = {account.pk: code for code, account in course.staff.items()}
    for mark in waiting:
        number, item = mark.answer.attempt.entry.candidate.number, mark.answer.item
        if course.given.marks:
            marker, points = course.given.marks[_key(course, number, item)][role]
            if course.staff[marker].pk != mark.marker_id:
                mark = marking.assign_third(answer=mark.answer, marker=course.staff[marker], by=course.officer, at=at)
        else:
            full = scripts.items(course.paper)[item].points
            points = ability.marker_points(course.seed, number, item, codes[mark.marker_id], full)
        marking.mark(mark=mark, points=points, by=mark.marker, at=at)
    return len(waiting)


def set_line(course: Course) -> Counts:
    """The cut score: what five judges came to is proposed by one person and approved by another who signs it."""
    at = course.go(course.bell + dt.timedelta(days=8))
    agreed = standard.set_standard(course, at)
    at += dt.timedelta(hours=4)
    value = Decimal(course.plan["written"]["pass_mark"])
    line = standard_setting.propose(
        module=course.paper_module, value=value, reason="五位评委两轮评定的平均分数线。", by=course.officer, at=at
    )
    standard_setting.approve(cut_score=line, seen_digest=line.seen_digest, by=course.second_officer, at=at)
    judged = agreed.sheets.filter(round=2).count()
    return {"passed written": queries.funnel(course.exam)["passed_written"], "judges of the standard": judged}


def publish_written(course: Course) -> Counts:
    """Publicity of the written result for its working days, then final."""
    opens_on = course.plan["publicity"].get("written_opens_on", course.bell.date() + dt.timedelta(days=10))
    return publish_stage(course, course.written, opens_on)


def publish_stage(course: Course, stage: Any, opens_on: dt.date) -> Counts:
    at = course.go(course.at(opens_on) - dt.timedelta(hours=12))
    notice = releasing.propose_publicity(stage=stage, opens_on=opens_on, by=course.officer, at=at)
    releasing.open_publicity(notice=notice, seen_digest=notice.seen_digest, by=course.second_officer, at=at)
    at = course.go(course.at(notice.closes_on) + dt.timedelta(days=1, hours=9))
    releasing.finalise(stage=stage, by=course.officer, at=at)
    return {"on the public list": len(notice.rows)}
