"""What practice exams do differently: few candidates who are teachers of the demo, and steps left half done."""

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from exams import applying, awarding, convening, marking, performing, releasing, standard_setting, whole_exam
from lms.demo import ability, steps
from lms.demo.course import Counts, Course
from lms.demo.steps import performance, registration, standard
from lms.lib import clock
from lms.people import registering, vocabulary
from lms.people.identity import with_check_character

_DAY = dt.timedelta(days=1)
_FACTS = {
    "post": vocabulary.POSTS["兼职心理教师"],
    "subject": "心理健康",
    "education": vocabulary.EDUCATION["本科"],
    "teacher_certificate": "20122299101234567",
    "work_started_on": "2012-08",
    "in_service": True,
    "training_hours": "72",
    "phone": "19900000000",
}


def teachers(course: Course, names: list[str], at: dt.datetime) -> list[Any]:
    """Teachers of the demo, spread over the schools of the city, one after another."""
    schools = [unit for unit in course.units.values() if unit.level == vocabulary.LEVELS["school"]]
    return [
        registering.register(
            full_name=name,
            id_number=with_check_character(f"99240119880101{number:03d}"),
            school=schools[number * 7 % len(schools)],
            post=vocabulary.POSTS["兼职心理教师"],
            stage=schools[number * 7 % len(schools)].stages[0],
            phone=f"1990000{number:04d}",
            from_on=dt.date(2012, 9, 1),
            by=None,
            at=at,
        )
        for number, name in enumerate(names, 1)
    ]


def run(course: Course, until: Callable[[Course], Counts]) -> Iterator[tuple[str, Counts]]:
    """The steps of a whole exam up to and with `until`, with candidates of the demo instead of a roster."""
    coming = register_some if until is register_some else register
    instead = {registration.register: coming, registration.review: review}
    for step in steps.ALL:
        mine = instead.get(step, step)
        yield step.__name__, mine(course)
        if until in (step, mine):
            return


def register(course: Course) -> Counts:
    """Ten teachers register while registration is open."""
    at = course.go(course.at(course.plan["registration"]["opens_at"]) + dt.timedelta(hours=9))
    convening.open_registration(exam=course.exam, by=course.officer, at=at)
    for teacher in course.teachers[:10]:
        candidate = applying.register(
            exam=course.exam, teacher=teacher, facts=_facts(teacher, at), by=teacher.user, at=at
        )
        course.by_number[candidate.number] = candidate
    return {"registered": len(course.by_number)}


def register_some(course: Course) -> Counts:
    """Registration is open: two wait for review, one was returned, one approved; the others may still come."""
    at = course.go(course.at(course.plan["registration"]["opens_at"]) + dt.timedelta(hours=9))
    convening.open_registration(exam=course.exam, by=course.officer, at=at)
    for teacher in course.teachers[1:5]:
        facts = _facts(teacher, at) | ({"phone": ""} if teacher == course.teachers[1] else {})
        candidate = applying.register(exam=course.exam, teacher=teacher, facts=facts, by=teacher.user, at=at)
        course.by_number[candidate.number] = candidate
    returned, approved, *_waiting = course.by_number.values()
    later = at + _DAY
    finding = applying.findings(returned)[0]
    applying.give_back(candidate=returned, rule=finding.rule, reason="请补填本人手机号。", by=course.officer, at=later)
    applying.approve(candidate=approved, by=course.officer, at=later)
    return {"registered": len(course.by_number)}


def review(course: Course) -> Counts:
    """Everyone is approved."""
    at = course.go(course.at(course.plan["registration"]["review_at"]))
    convening.close_registration(exam=course.exam, by=course.officer, at=at)
    for candidate in course.by_number.values():
        applying.approve(candidate=candidate, by=course.officer, at=at)
    return {"approved": len(course.by_number)}


def mark_some(course: Course, at: dt.datetime) -> None:
    """The piles are handed to the markers; the first marker has done half of hers. Judges are rating the questions, and
    two have signed."""
    standard.sign(course, standard.begin(course, at), 1, at, how_many=2)
    markers = [course.staff[each["code"]] for each in course.plan["staff"] if "marker" in each["offices"]]
    marking.allocate(
        module=course.paper_module, markers=markers[:2], third_markers=markers[2:], by=course.officer, at=at
    )
    pile = [mark for mark in whole_exam.marks_waiting(course.paper_module, "first") if mark.marker == markers[0]]
    for mark in pile[: len(pile) // 2]:
        number = mark.answer.attempt.entry.candidate.number
        points = ability.marker_points(course.seed, number, mark.answer.item, "M01", Decimal(5))
        marking.mark(mark=mark, points=points, by=mark.marker, at=at)


def propose_line(course: Course, at: dt.datetime) -> None:
    """Judges have set the standard; their line is proposed and waits for a second person."""
    standard.set_standard(course, at)
    standard_setting.propose(
        module=course.paper_module,
        value=Decimal(course.plan["written"]["pass_mark"]),
        reason="五位评委两轮评定的平均分数线。",
        by=course.officer,
        at=at,
    )


def publicity_opened(course: Course, at: dt.datetime) -> None:
    """The list of the written exam is public from the plan's day on; nobody has made it final."""
    opens_on = course.plan["publicity"]["written_opens_on"]
    before = course.go(course.at(opens_on) - dt.timedelta(hours=12))
    notice = releasing.propose_publicity(stage=course.written, opens_on=opens_on, by=course.officer, at=before)
    releasing.open_publicity(notice=notice, seen_digest=notice.seen_digest, by=course.second_officer, at=before)


def call_for_today(course: Course, at: dt.datetime) -> None:
    """The hearing day is today: everyone has signed in and drawn, the first candidate presents, the second prepares."""
    performance.call_to_hearing(course)
    day = course.days[0]
    for each in whole_exam.hearings(day):
        performing.sign_in(hearing=each, by=course.clerk, at=at)
    performing.draw_order(day=day, by=course.clerk, at=at)
    for each, until in zip(whole_exam.hearings(day), (performing.present, performing.prepare), strict=False):
        for step in (performing.draw_topic, performing.prepare, performing.present):
            step(hearing=each, by=course.clerk, at=at)
            if step is until:
                break


def propose_list(course: Course, at: dt.datetime) -> None:
    """The list of those who passed waits for the signatory."""
    awarding.propose(exam=course.exam, issue_on=clock.local_date(at), by=course.officer, at=at)


def _facts(teacher: Any, at: dt.datetime) -> dict[str, Any]:
    return {**_FACTS, "stage": teacher.school_on(clock.local_date(at)).stages[0]}
