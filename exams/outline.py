"""What an officer may found an exam for, what an exam's plan holds, and what it still lacks."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from certs.models import Level
from exams.models import Exam, Module, Sitting, Stage
from lms.lib import clock
from lms.people import access
from lms.people.models import Appointment, Organisation, User

OFFICER = Appointment.Office.EXAM_OFFICER
_BEFORE_SEATS = (Stage.State.PLANNING, Stage.State.REGISTRATION_OPEN, Stage.State.REGISTRATION_CLOSED)


def authorities(user: User, at: dt.datetime) -> QuerySet[Organisation]:
    """The units for which the user may found an exam, in the order of the tree: what her exam offices cover, schools
    and their clusters apart."""
    level = Organisation.Level
    covered = Organisation.objects.under(*access.paths(user, at, OFFICER)).filter(closed_on=None)
    return covered.exclude(level__in=(level.CLUSTER, level.SCHOOL)).order_by("path")


def levels(user: User, at: dt.datetime) -> QuerySet[Level]:
    """The levels that exams of these units may earn: of the units themselves and of the authorities above them."""
    held = access.offices(user, at, OFFICER)
    above = {pk for each in held for pk in each.organisation.ancestor_ids}
    covered = access.under("scheme__authority__path", [each.organisation.path for each in held])
    found = Level.objects.filter(covered | Q(scheme__authority__in=above)).select_related("scheme__authority")
    return found.order_by("scheme__authority__path", "scheme", "rank")


def free_code(units: QuerySet[Organisation], at: dt.datetime) -> str:
    """A code that no exam of these units has: the year's two digits with the next figure, else any that is free."""
    taken = set(Exam.objects.filter(organisation__in=units.order_by().values("pk")).values_list("code", flat=True))
    year = clock.local_date(at).year % 100
    wanted = [f"{year:02d}{figure}" for figure in range(1, 10)] + [f"{number:03d}" for number in range(1, 1000)]
    return next((code for code in wanted if code not in taken), "")


@dataclass(frozen=True)
class Gap:
    """Something that a plan lacks: "stages", "modules" of a stage, or the "sitting" of a written module."""

    kind: str
    stage: Stage | None = None
    module: Module | None = None


def stages_of(exam: Exam) -> list[Stage]:
    """The stages with their modules, each with rubric and sitting, in four queries."""
    return list(exam.stages.prefetch_related("modules__sitting", "modules__rubric__criteria"))


def gaps(stages: list[Stage]) -> list[Gap]:
    """What these stages (with their modules at hand) lack, in the order in which it is mended."""
    if not stages:
        return [Gap("stages")]
    found = [
        Gap("modules", stage)
        for stage in stages
        if stage.state == Stage.State.PLANNING and not list(stage.modules.all())
    ]
    for stage in stages:
        if stage.kind == Stage.Kind.WRITTEN and stage.state in _BEFORE_SEATS:
            found += [Gap("sitting", stage, module) for module in stage.modules.all() if sitting_of(module) is None]
    return found


def sitting_of(module: Module) -> Sitting | None:
    """The place and time of a written module, if it has one."""
    return getattr(module, "sitting", None)
