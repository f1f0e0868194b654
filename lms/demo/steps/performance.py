"""Oral exam and lesson presentation: panels, draws, hearings, and the final list."""

import datetime as dt
from decimal import Decimal
from typing import Any

from exams import empanelling, hearing, performing, queries, settling, whole_exam
from lms.demo import ability
from lms.demo.course import Counts, Course
from lms.demo.steps.written import publish_stage
from lms.people import vocabulary


def call_to_hearing(course: Course) -> Counts:
    """Panels, topics and days; who passed the paper is called, and judges who may not judge step aside."""
    rules, by = course.plan["performance"], course.officer
    first_day = course.at(
        dt.datetime.combine(rules["days"][0]["on"], dt.time.fromisoformat(rules["days"][0]["starts"]))
    )
    at = course.go(first_day - dt.timedelta(days=7))
    for panel in rules["panels"]:
        empanelling.form_panel(
            stage=course.performance,
            code=panel["code"],
            name=panel["name"],
            group=panel["group"],
            stages=[vocabulary.STAGES[word] for word in panel["stages"]],
            judges=[course.staff[code] for code in panel["judges"]],
            reserves=[course.staff[code] for code in panel["reserves"]],
            by=by,
            at=at,
        )
    empanelling.add_topics(stage=course.performance, topics=rules["topics"], by=by, at=at)
    course.days = [
        empanelling.schedule_day(
            stage=course.performance,
            starts_at=course.at(dt.datetime.combine(day["on"], dt.time.fromisoformat(day["starts"]))),
            site=rules.get("site", course.plan["organisations"][1]["name"]),
            slot_minutes=rules["slot_minutes"],
            prepare_minutes=rules["prepare_minutes"],
            present_minutes=rules["present_minutes"],
            defend_minutes=rules["defend_minutes"],
            by=by,
            at=at,
        )
        for day in rules["days"]
    ]
    called = empanelling.call_candidates(stage=course.performance, by=by, at=at)
    recused = whole_exam.recusals(course.performance)
    return {"called": len(called), "judges recused": len(recused)}


def hear(course: Course) -> Counts:
    """The hearing days: sign in, draw, prepare, present, answer; seven judges score each performance alone."""
    sheets = 0
    for day in course.days:
        hearings = whole_exam.hearings(day)
        if not hearings:
            continue  # fewer passed the paper than the plan has days for
        at = course.go(day.starts_at - dt.timedelta(minutes=45))
        for each in hearings:
            performing.sign_in(hearing=each, by=course.clerk, at=at)
        performing.draw_order(day=day, by=course.clerk, at=at)
        for position, each in enumerate(sorted(whole_exam.hearings(day), key=lambda one: one.number)):
            start = course.go(day.starts_at + dt.timedelta(minutes=position * day.slot_minutes // 3))
            sheets += _perform(course, each, start)
    settling.settle_performance(stage=course.performance, by=course.officer, at=course.present + dt.timedelta(hours=6))
    funnel = queries.funnel(course.exam)
    return {"heard": funnel["heard"], "sheets signed": sheets, "passed both": funnel["passed"]}


def _perform(course: Course, one: Any, at: dt.datetime) -> int:
    for step in (performing.draw_topic, performing.prepare, performing.present):
        one = step(hearing=one, by=course.clerk, at=at)
    one = performing.defend(hearing=one, by=course.clerk, at=at)
    one = performing.finish(hearing=one, by=course.clerk, at=at)
    number = one.entry.candidate.number
    signed = 0
    for performance in whole_exam.performances_of(one):
        module = performance.module
        for sheet in whole_exam.sheets(performance):
            points = _points(course, number, module, sheet)
            hearing.sign(performance=performance, points=points, by=sheet.judge, at=at)
            signed += 1
    performing.acknowledge(hearing=one, by=course.clerk, at=at)
    return signed


def _points(course: Course, number: int, module: Any, sheet: Any) -> dict[str, Decimal]:
    code = next(name for name, each in course.modules.items() if each.pk == module.pk)
    judge = next(name for name, account in course.staff.items() if account.pk == sheet.judge_id)
    if course.given.scores:
        return course.given.scores[number, code][judge]
    criteria = next(each["criteria"] for each in course.plan["performance"]["modules"] if each["code"] == code)
    return {
        each["code"]: ability.judge_points(course.seed, number, code, judge, each["code"], Decimal(each["points"]))
        for each in criteria
    }


def publish_performance(course: Course) -> Counts:
    """Publicity of the final list for its working days, then final."""
    return publish_stage(course, course.performance, course.plan["publicity"]["opens_on"])
