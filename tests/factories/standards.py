"""Judges who set a standard, and standards at their steps, for tests. All invented."""

from exams import rating, scripts
from exams.models import Stage
from lms.people.models import Appointment
from tests.factories import exams, people
from tests.factories import marking as make

NEAR = ("12.4", "12.6", "12.9")


def judges(organisation, count=3):
    """Holders of the office of judge over this unit."""
    return [people.officer(Appointment.Office.JUDGE, organisation, f"标准评委{n}") for n in range(1, count + 1)]


def registered(judge, exam):
    """A judge who registers as a candidate of the exam."""
    school = people.organisation("评委学校", parent=exam.organisation)
    return exams.candidate(exam, people.teacher(str(judge), user=judge, school=school))


def running(exam, officer, at, *, among=None):
    """A standard setting of an exam's paper (made where it has none) in its first round; its judges are `among`."""
    module = exams.module(exam)
    if module.sitting.paper is None:
        make.paper(module)
        module = exams.module(exam)
    named = rating.name_judges(module, among or judges(exam.organisation), by=officer, at=at)
    return rating.open_round(named, by=officer, at=at)


def signed(setting, percents, at, number=1):
    """Every judge of a round gives every item her one percent, and signs."""
    items = scripts.items(setting.module.sitting.paper)
    for sheet, percent in zip(setting.sheets.filter(round=number).order_by("pk"), percents, strict=True):
        rating.sign(sheet, dict.fromkeys(items, percent), by=sheet.judge, at=at)


def frozen(exam, officer, percents, at):
    """A standard frozen after one round, and three scores near it; returns the module."""
    for score in NEAR:
        make.scored(exam, score)
    Stage.objects.filter(exam=exam, number=1).update(state="scores_checked")
    setting = running(exam, officer, at)
    signed(setting, percents, at)
    rating.freeze(rating.close_round(setting, by=officer, at=at), by=officer, at=at)
    return exams.module(exam)
