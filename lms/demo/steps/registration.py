"""From the roster to seats: registration, review, corrections, withdrawals, rooms, the paper."""

import datetime as dt
from typing import Any

from exams import applying, collecting, composing, convening, enlisting, reviewing, seating, whole_exam
from lms.demo.course import Counts, Course
from lms.demo.inputs import Event

# The headings of a paper's sections, as a Chinese paper prints them.
_SECTION_NAMES = {
    "single": "单项选择题",
    "multiple": "多项选择题",
    "true_false": "判断题",
    "fill_in": "填空题",
    "short_answer": "简答题",
    "case": "案例分析题",
}


def register(course: Course) -> Counts:
    """The roster comes in while registration is open."""
    at = course.go(course.at(course.plan["registration"]["opens_at"]) + dt.timedelta(hours=1))
    convening.open_registration(exam=course.exam, by=course.officer, at=at)
    with course.given.open_roster() as file:
        run = enlisting.check_roster(
            exam=course.exam, file=file, file_name=course.given.roster.name, by=course.officer, at=at
        )
    if run.errors:
        raise ValueError(f"the roster has {len(run.errors)} errors: {run.errors[:3]}")
    made = enlisting.commit_roster(run=run, by=course.officer, at=at)
    course.by_number = {each.number: each for each in made}
    return {"registered": len(made)}


def review(course: Course) -> Counts:
    """Each candidate is approved, returned for correction, or not approved; then corrections, withdrawals."""
    at = course.go(course.at(course.plan["registration"].get("review_at", course.plan["registration"]["closes_at"])))
    convening.close_registration(exam=course.exam, by=course.officer, at=at)
    counts = {"approved": 0, "returned": 0, "refused": 0}
    for candidate in course.by_number.values():
        counts[_review(course, candidate, at)] += 1
    corrected = _correct(course, at + dt.timedelta(days=2))
    counts["approved"] += corrected
    withdrawn = 0
    for number in sorted(course.given.who("withdrawn")):
        candidate = course.by_number[number]
        applying.withdraw(
            candidate=candidate, reason="个人原因", by=candidate.teacher.user, at=at + dt.timedelta(days=3)
        )
        withdrawn += 1
    return {**counts, "corrected": corrected, "withdrawn": withdrawn}


def _review(course: Course, candidate: Any, at: dt.datetime) -> str:
    by = _reviewer(course, candidate)
    found = applying.findings(candidate)
    final = [each for each in found if each.kind == "final"]
    if final:
        applying.reject(candidate=candidate, rule=final[0].rule, reason="", by=by, at=at)
        return "refused"
    if found:
        applying.give_back(candidate=candidate, rule=found[0].rule, reason="", by=by, at=at)
        return "returned"
    applying.approve(candidate=candidate, by=by, at=at)
    return "approved"


def _reviewer(course: Course, candidate: Any) -> Any:
    """The officer of the candidate's county, else one of the city."""
    below = [
        course.staff[person["code"]]
        for person in sorted(course.plan["staff"], key=lambda each: each["unit"] == course.plan["exam"]["authority"])
        if "bureau_officer" in person["offices"] and candidate.school.path.startswith(course.units[person["unit"]].path)
    ]
    return below[0] if below else course.officer


def _correct(course: Course, at: dt.datetime) -> int:
    corrections: dict[int, list[Event]] = {}
    for event in course.given.events:
        if event.event == "corrected":
            corrections.setdefault(event.candidate, []).append(event)
    for number, events in corrections.items():
        candidate = course.by_number[number]
        facts = {**candidate.facts, **{event.field: event.value for event in events}}
        applying.correct(candidate=candidate, facts=facts, by=candidate.teacher.user, at=at)
        applying.approve(candidate=candidate, by=_reviewer(course, candidate), at=at + dt.timedelta(hours=3))
    return len(corrections)


def arrange(course: Course) -> Counts:
    """Rooms and seats from the plan's seed; tickets published."""
    registration = course.plan["registration"]
    at = course.go(course.at(registration.get("arrange_at", registration["closes_at"])) + dt.timedelta(hours=1))
    seating.arrange(stage=course.written, seed=course.plan["written"]["seed"], by=course.officer, at=at)
    at = course.go(course.at(registration["tickets_at"])) if "tickets_at" in registration else at
    seating.publish_tickets(stage=course.written, by=course.officer, at=at)
    entries = whole_exam.entries(course.written)
    return {"seated": len(entries), "rooms": len({each.room_id for each in entries.values()})}


def set_paper(course: Course) -> Counts:
    """The bank is taken in and approved by another person, the paper composed from it and frozen by another person."""
    at = course.present
    with course.given.questions.open("rb") as file:
        bank = collecting.collect(
            organisation=course.exam.organisation,
            file=file,
            file_name=course.given.questions.name,
            by=course.officer,
            at=at,
        )
    waiting = [each for each in bank if each.state == each.State.IN_REVIEW]
    if waiting:
        reviewing.approve(waiting, by=course.second_officer, at=at)
    sections = [
        {
            "name": _SECTION_NAMES[each["kind"]],
            "kind": each["kind"],
            "points": each["points"],
            "codes": each["questions"],
        }
        for each in course.plan["written"]["sections"]
    ]
    paper = composing.compose(
        module=course.paper_module, title=course.plan["exam"]["name"], sections=sections, by=course.officer, at=at
    )
    course.paper = composing.freeze(paper=paper, by=course.second_officer, at=at + dt.timedelta(hours=1))
    course.paper_module.refresh_from_db()  # its sitting now has the paper
    return {"bank": len(bank), "questions": len(course.paper.items)}
