"""The units, the people with offices, the scheme, and the exam with its stages and modules."""

import datetime as dt
from decimal import Decimal
from typing import Any

from certs import regulating
from exams import convening
from lms.demo.course import Counts, Course
from lms.lib import clock
from lms.people import appointing, organising, registering, reporting, vocabulary
from lms.people.identity import with_check_character
from lms.scoring import designing


def found(course: Course) -> Counts:
    """The units, the people with offices, the holidays, the level (those that do not stand yet), and the exam."""
    at = course.at(course.plan["registration"]["opens_at"]) - dt.timedelta(days=30)
    if not course.units:
        found_units(course, at)
        found_staff(course, at)
    for day in course.plan["publicity"].get("days_off", []):
        reporting.set_day_off(on=day["on"], is_working=day["working"], name=day["name"], by=None, at=at)
    if course.level is None:
        found_level(course, at)
    _convene(course, at)
    return {"units": len(course.units), "staff": len(course.staff), "events": len(course.given.events)}


def found_units(course: Course, at: dt.datetime) -> None:
    """The tree of units, as the plan lists it: parents first."""
    for unit in course.plan["organisations"]:
        course.units[unit["code"]] = organising.found(
            name=unit["name"],
            code=unit["code"],
            level=vocabulary.LEVELS[unit["level"]],
            parent=course.units.get(unit.get("parent", "")),
            stages=[vocabulary.STAGES[word] for word in unit.get("stages", [])],
            by=None,
            at=at,
        )


def found_staff(course: Course, at: dt.datetime) -> None:
    """Everyone who holds an office."""
    for number, person in enumerate(course.plan["staff"], 1):
        course.staff[person["code"]] = _staff(course, number, person, at)


def found_level(course: Course, at: dt.datetime) -> None:
    """The scheme of certificates and the level that the exam earns."""
    naming = course.plan["certificate"]
    scheme = regulating.found_scheme(
        authority=course.units[course.plan["exam"]["authority"]],
        code=naming["scheme"],
        mark=naming.get("mark", "MH"),
        name=naming["scheme_name"],
        by=course.officer,
        at=at,
    )
    course.level = regulating.add_level(
        scheme=scheme,
        rank=1,
        code=naming["level"],
        name=naming["level_name"],
        validity_months=naming.get("validity_months"),
        by=course.officer,
        at=at,
    )


def _convene(course: Course, at: dt.datetime) -> None:
    plan = course.plan
    course.exam = convening.convene(
        organisation=course.units[plan["exam"]["authority"]],
        level=course.level,
        name=plan["exam"]["name"],
        code=plan["exam"]["code"],
        registration_opens_at=course.at(plan["registration"]["opens_at"]),
        registration_closes_at=course.at(plan["registration"]["closes_at"]),
        eligibility=_eligibility(course),
        publicity_working_days=plan["publicity"]["working_days"],
        by=course.officer,
        at=at,
    )
    _stages(course, at)


def _staff(course: Course, number: int, person: dict, at: dt.datetime) -> Any:
    """An account with its offices; who teaches or taught at schools is a teacher with those postings."""
    if person["schools"]:
        teacher = registering.register(
            full_name=person["name"],
            id_number=with_check_character(f"{course.plan['exam']['authority'][:6]}19700101{number:03d}"),
            school=course.units[person["schools"][0]],
            post=vocabulary.POSTS["学科教师"],
            stage=course.units[person["schools"][0]].stages[0],
            phone="",
            from_on=dt.date(2010, 9, 1),
            by=None,
            at=at,
        )
        account = teacher.user
    else:
        account = registering.open_account(
            full_name=person["name"],
            username=person["code"].lower(),
            phone="",
            by=None,
            at=at,
        )
    for office in person["offices"]:
        appointing.appoint(
            user=account,
            office=office,
            organisation=course.units[
                person["unit"] if office == "bureau_officer" else course.plan["exam"]["authority"]
            ],
            from_on=clock.local_date(at),
            until_on=None,
            by=None,
            at=at,
        )
    return account


def _eligibility(course: Course) -> dict[str, Any]:
    rules = course.plan["eligibility"]
    return {
        "posts": [vocabulary.POSTS[word] for word in rules["posts"]],
        "min_education": {
            vocabulary.STAGES[stage]: vocabulary.EDUCATION[word] for stage, word in rules["min_education"].items()
        },
        "min_service_years": rules["min_service_years"],
        "min_training_hours": rules["min_training_hours"],
        "in_service": True,
    }


def _stages(course: Course, at: dt.datetime) -> None:
    plan, by = course.plan, course.officer
    written = plan["written"]
    course.written = convening.add_stage(exam=course.exam, number=1, kind="written", name="笔试", by=by, at=at)
    course.paper_module = convening.add_module(
        stage=course.written,
        number=1,
        kind="written",
        name="笔试",
        full_marks=Decimal(written["full_marks"]),
        pass_mark=Decimal(written["pass_mark"]),
        difference_limit=Decimal(written["difference_limit"]),
        by=by,
        at=at,
    )
    convening.schedule_sitting(
        module=course.paper_module,
        site=written.get("site", plan["organisations"][1]["name"]),
        starts_at=course.at(written["starts_at"]),
        minutes=written["minutes"],
        entry_closes_minutes=written["entry_closes_minutes"],
        grace_seconds=written["grace_seconds"],
        room_size=written["room_size"],
        by=by,
        at=at,
    )
    rules = plan["performance"]
    course.performance = convening.add_stage(
        exam=course.exam, number=2, kind="performance", name="口试与说课", by=by, at=at
    )
    course.modules = {}
    for number, module in enumerate(rules["modules"], 1):
        rubric = designing.draft_rubric(name=module["name"], criteria=module["criteria"], by=by, at=at)
        course.modules[module["code"]] = convening.add_module(
            stage=course.performance,
            number=number,
            kind=module["code"],
            name=module["name"],
            full_marks=Decimal(module["full_marks"]),
            pass_mark=Decimal(module["pass_mark"]),
            rubric=rubric,
            judges=rules["judges"],
            drop_high=rules["drop_high"],
            drop_low=rules["drop_low"],
            min_for_drop=rules["min_for_drop"],
            by=by,
            at=at,
        )
