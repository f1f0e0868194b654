"""A school names teachers for a period, one or many at once: all of them come in, or none."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Teacher, User
from lms.training import conditions, enrolling
from lms.training.deciding import OwnApplication
from lms.training.models import SENDERS, Enrolment, Period


class NobodyNamed(Refusal):
    sentence = _("Name at least one teacher.")


class NotThroughTheSchool(Refusal):
    sentence = _("In this period each teacher enrols by herself; nobody is nominated.")


class NamedTwice(Refusal):
    sentence = _("{name} is named twice. Name each teacher once.")


class Unfit(Refusal):
    sentence = _("Nobody was nominated, because not all can join: {rows}")

    def __init__(self, rows: list[tuple[Teacher, str]]) -> None:
        self.rows = rows
        super().__init__(rows=" ".join(f"{teacher.full_name} – {why}" for teacher, why in rows))


@transaction.atomic
def nominate(*, teachers: Sequence[Teacher], period: Period, by: User, at: dt.datetime) -> list[Enrolment]:
    """Nominate teachers for a period that one enters through the school, in this order; where seats go by order they
    have theirs, or wait, at once. Refuses: NobodyNamed, NamedTwice, NotThroughTheSchool, NotYourOffice (a teacher of
    a school for which `by` does not speak), OwnApplication (nobody nominates herself), Unfit with every teacher whom
    a rule keeps out, and why; then nobody came in."""
    if not teachers:
        raise NobodyNamed()
    for place, each in enumerate(teachers):
        if each in teachers[:place]:
            raise NamedTwice(name=each.full_name)
    held = enrolling.hold(period, *teachers)
    if held.admission != Period.Admission.SCHOOL:
        raise NotThroughTheSchool()
    known = conditions.applicants(teachers, [held], at)
    unfit = []
    for teacher in teachers:
        who = known[teacher.pk]
        if who.school is None or not access.covers(by, who.school, at, *SENDERS):
            raise access.NotYourOffice()
        if teacher.user_id == by.pk:
            raise OwnApplication()
        if missing := conditions.unmet(held, who):
            unfit.append((teacher, " ".join(str(each.why) for each in missing)))
    if unfit:
        raise Unfit(unfit)
    fresh = [
        Enrolment(period=held, teacher=each, school=known[each.pk].school, applied_at=at, enrolled_by=by)
        for each in teachers
    ]
    return enrolling.put_in(lambda: enrolling.into_order(fresh, act="nominated", by=by, at=at))
