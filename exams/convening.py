"""Calling an exam: the exam itself, its stages and modules, the sitting, and registration opened and closed."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from certs.models import Level
from exams import eligibility as rules_of
from exams import stages, wording
from exams.models import Exam, Module, Sitting, Stage
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import access, quieting
from lms.people.models import Appointment, Organisation, User
from lms.scoring.models import Rubric

OFFICER = Appointment.Office.EXAM_OFFICER
QUIET_BEFORE, QUIET_AFTER = dt.timedelta(minutes=15), dt.timedelta(minutes=30)  # around a sitting
SEATS_IN_A_NUMBER = 99  # the seat has two digits in the admission number


class CodeTaken(Refusal):
    sentence = _("The code {code} already belongs to another exam of this authority. Choose another code.")
    field = "code"


class CodeNotThreeDigits(Refusal):
    sentence = _("The exam's code is three digits, for example 241: it becomes part of the admission numbers.")
    field = "code"


class LevelOfAnother(Refusal):
    sentence = _("This level is certified by another authority. Choose a level of this authority or one above it.")
    field = "level"


class WindowBackwards(Refusal):
    sentence = _("Registration would close before it opens. Choose a later end.")
    field = "registration_closes_at"


class FiguresNotUnderstood(Refusal):
    sentence = _("These eligibility figures cannot be used: {names}. Give whole numbers and known grades.")
    field = "eligibility"


class NoWorkingDays(Refusal):
    sentence = _("Publicity takes at least one working day. Enter 1 or more.")
    field = "publicity_working_days"


class StageOutOfTurn(Refusal):
    sentence = _("The next stage is number {number}. Add the stages in their order.")
    field = "number"


class KindOutOfTurn(Refusal):
    sentence = _("The first stage is a written exam; who passes it goes on to performances. Choose the other kind.")
    field = "kind"


class ExamAnnounced(Refusal):
    sentence = _("Registration for “{exam}” has been announced, so its rules and its stages stand as they are.")


class WindowPastSitting(Refusal):
    sentence = _("The sitting begins on {starts}, before registration would close. Choose an earlier end.")
    field = "registration_closes_at"


class PlanStands(Refusal):
    sentence = _("“{stage}” is past planning, so its modules can no longer change.")


class KindDoesNotFit(Refusal):
    sentence = _(
        "A written stage has one written paper; a performance has oral and lesson modules. Choose another kind."
    )
    field = "kind"


class MarksDoNotFit(Refusal):
    sentence = _("The pass mark must lie above 0 and not above the full marks.")
    field = "pass_mark"


class TooFewJudges(Refusal):
    sentence = _("A panel of {judges} cannot drop {dropped} scores and keep one. Name more judges or drop fewer.")
    field = "judges"


class SittingTooEarly(Refusal):
    sentence = _("The sitting would begin before registration closes on {closes}. Choose a later time.")
    field = "starts_at"


class SittingFigures(Refusal):
    sentence = _("A sitting lasts at least 1 minute, admits nobody after its end, and seats 1 to 99 in a room.")
    field = "minutes"


class PlanIncomplete(Refusal):
    sentence = _("The exam has no written module yet. Add a stage and its module before opening registration.")


class WindowOver(Refusal):
    sentence = _("The registration period ended on {closes}. It cannot be opened any more.")


class RegistrationStillRunning(Refusal):
    sentence = _("Teachers were promised to register until {closes}. Close registration after that.")


@transaction.atomic
def convene(
    *,
    organisation: Organisation,
    level: Level,
    name: str,
    code: str,
    registration_opens_at: dt.datetime,
    registration_closes_at: dt.datetime,
    eligibility: dict[str, Any],
    publicity_working_days: int,
    by: User,
    at: dt.datetime,
) -> Exam:
    """Found an exam of an authority for one level, with its registration window and the figures of its eligibility
    rules. Who: an exam officer whose office covers the authority.

    Refuses: NotYourOffice, CodeNotThreeDigits, CodeTaken, LevelOfAnother, WindowBackwards, FiguresNotUnderstood,
    NoWorkingDays.
    """
    access.require(by, organisation, at, OFFICER)
    _require_figures(
        organisation, level, code, registration_opens_at, registration_closes_at, eligibility, publicity_working_days
    )
    try:
        with transaction.atomic():
            exam = Exam.objects.create(
                organisation=organisation,
                level=level,
                name=name.strip(),
                code=code,
                registration_opens_at=registration_opens_at,
                registration_closes_at=registration_closes_at,
                eligibility=eligibility,
                publicity_working_days=publicity_working_days,
                held_at=at,
            )
    except IntegrityError as error:
        raise CodeTaken(code=code) from error
    journal.write("exams.exam_convened", by=by, at=at, about=exam, facts={"code": code, "level": level.name})
    return exam


@transaction.atomic
def amend(
    *,
    exam: Exam,
    level: Level,
    name: str,
    code: str,
    registration_opens_at: dt.datetime,
    registration_closes_at: dt.datetime,
    eligibility: dict[str, Any],
    publicity_working_days: int,
    by: User,
    at: dt.datetime,
) -> None:
    """Put other figures in place of an exam's, as long as it is not announced; its authority stays.

    Refuses: NotYourOffice, ExamAnnounced, WindowPastSitting, and what `convene` refuses.
    """
    access.require(by, exam.organisation, at, OFFICER)
    _require_unannounced(exam)
    _require_figures(
        exam.organisation,
        level,
        code,
        registration_opens_at,
        registration_closes_at,
        eligibility,
        publicity_working_days,
    )
    early = Sitting.objects.filter(module__stage__exam=exam, starts_at__lt=registration_closes_at).first()
    if early:
        raise WindowPastSitting(starts=wording.moment(early.starts_at))
    exam.level, exam.name, exam.code = level, name.strip(), code
    exam.registration_opens_at, exam.registration_closes_at = registration_opens_at, registration_closes_at
    exam.eligibility, exam.publicity_working_days = eligibility, publicity_working_days
    try:
        with transaction.atomic():
            exam.save()
    except IntegrityError as error:
        raise CodeTaken(code=code) from error
    journal.write("exams.exam_amended", by=by, at=at, about=exam, facts={"code": code, "level": level.name})


def _require_figures(
    organisation: Organisation,
    level: Level,
    code: str,
    opens_at: dt.datetime,
    closes_at: dt.datetime,
    eligibility: dict[str, Any],
    publicity_working_days: int,
) -> None:
    if not (code.isascii() and code.isdigit() and len(code) == 3):
        raise CodeNotThreeDigits()
    if not organisation.path.startswith(level.scheme.authority.path):
        raise LevelOfAnother()
    if closes_at <= opens_at:
        raise WindowBackwards()
    if faults := rules_of.rule_faults(eligibility):
        raise FiguresNotUnderstood(names=", ".join(faults))
    if publicity_working_days < 1:
        raise NoWorkingDays()


def _require_unannounced(exam: Exam) -> None:
    """Lock the exam's row and its first stage; refuse (ExamAnnounced) once that is past planning."""
    Exam.objects.select_for_update().get(pk=exam.pk)
    first = exam.stages.select_for_update().filter(number=1).first()
    if first and first.state != Stage.State.PLANNING:
        raise ExamAnnounced(exam=exam.name)


@transaction.atomic
def add_stage(*, exam: Exam, number: int, kind: str, name: str, by: User, at: dt.datetime) -> Stage:
    """Add the next stage, numbered from 1: a written exam first, performances after it; none once the exam is
    announced. Refuses: NotYourOffice, ExamAnnounced, StageOutOfTurn, KindOutOfTurn."""
    access.require(by, exam.organisation, at, OFFICER)
    _require_unannounced(exam)
    following = exam.stages.count() + 1
    if number != following:
        raise StageOutOfTurn(number=following)
    if (kind == Stage.Kind.WRITTEN) != (number == 1):
        raise KindOutOfTurn()
    stage = Stage.objects.create(exam=exam, number=number, kind=kind, name=name.strip())
    journal.write("exams.stage_added", by=by, at=at, about=stage, facts={"number": number, "kind": kind})
    return stage


@transaction.atomic
def add_module(
    *,
    stage: Stage,
    number: int,
    kind: str,
    name: str,
    full_marks: Decimal,
    pass_mark: Decimal,
    difference_limit: Decimal | None = None,
    rubric: Rubric | None = None,
    judges: int = 7,
    drop_high: int = 1,
    drop_low: int = 1,
    min_for_drop: int = 5,
    by: User,
    at: dt.datetime,
) -> Module:
    """Add a module to a stage that is still being planned; marks are points, `difference_limit` the points by which
    two markers may differ on one answer.

    Refuses: NotYourOffice, PlanStands, KindDoesNotFit, MarksDoNotFit, TooFewJudges.
    """
    access.require(by, stage.exam.organisation, at, OFFICER)
    stages.lock(stage)
    if stage.state != Stage.State.PLANNING:
        raise PlanStands(stage=stage.name)
    is_written = stage.kind == Stage.Kind.WRITTEN
    if (kind == Module.Kind.WRITTEN) != is_written or (is_written and stage.modules.exists()):
        raise KindDoesNotFit()
    if not 0 < pass_mark <= full_marks:
        raise MarksDoNotFit()
    if judges < 1 or (judges >= min_for_drop and drop_high + drop_low >= judges):
        raise TooFewJudges(judges=judges, dropped=drop_high + drop_low)
    module = Module.objects.create(
        stage=stage,
        number=number,
        kind=kind,
        name=name.strip(),
        full_marks=full_marks,
        pass_mark=pass_mark,
        difference_limit=difference_limit,
        rubric=rubric,
        judges=judges,
        drop_high=drop_high,
        drop_low=drop_low,
        min_for_drop=min_for_drop,
    )
    facts = {"kind": kind, "full_marks": str(full_marks), "pass_mark": str(pass_mark)}
    journal.write("exams.module_added", by=by, at=at, about=module, facts=facts)
    return module


@transaction.atomic
def schedule_sitting(
    *,
    module: Module,
    site: str,
    starts_at: dt.datetime,
    minutes: int,
    entry_closes_minutes: int,
    grace_seconds: int,
    room_size: int,
    by: User,
    at: dt.datetime,
) -> Sitting:
    """Give a written module its place and time, or another one until seats are arranged. `entry_closes_minutes` is
    counted from the bell, `grace_seconds` from the end. No large import runs around it.

    Refuses: NotYourOffice, KindDoesNotFit, NotAtThisStep, SittingTooEarly, SittingFigures.
    """
    stage = module.stage
    access.require(by, stage.exam.organisation, at, OFFICER)
    if module.kind != Module.Kind.WRITTEN:
        raise KindDoesNotFit()
    stages.lock(stage)
    state = Stage.State
    stages.require(stage, state.PLANNING, state.REGISTRATION_OPEN, state.REGISTRATION_CLOSED)
    if starts_at < stage.exam.registration_closes_at:
        raise SittingTooEarly(closes=wording.deadline(stage.exam.registration_closes_at))
    if minutes < 1 or not 0 <= entry_closes_minutes <= minutes or not 1 <= room_size <= SEATS_IN_A_NUMBER:
        raise SittingFigures()
    sitting, _made = Sitting.objects.update_or_create(
        module=module,
        defaults={
            "site": site.strip(),
            "starts_at": starts_at,
            "minutes": minutes,
            "entry_closes_minutes": entry_closes_minutes,
            "grace_seconds": grace_seconds,
            "room_size": room_size,
        },
    )
    quieting.keep_quiet(
        source=f"exams.sitting:{sitting.pk}",
        why=f"{stage.exam.name} · {module.name}",
        from_at=starts_at - QUIET_BEFORE,
        until_at=sitting.ends_at + QUIET_AFTER,
    )
    facts = {"site": sitting.site, "starts_at": starts_at.isoformat(), "minutes": minutes}
    journal.write("exams.sitting_scheduled", by=by, at=at, about=module, facts=facts)
    return sitting


@transaction.atomic
def open_registration(*, exam: Exam, by: User, at: dt.datetime) -> None:
    """Announce the exam: from here on teachers below its authority see it and register within its window.

    Refuses: NotYourOffice, PlanIncomplete, WindowOver, NotAtThisStep.
    """
    access.require(by, exam.organisation, at, OFFICER)
    first = exam.stages.filter(number=1).first()
    if first is None or not first.modules.exists():
        raise PlanIncomplete()
    if at >= exam.registration_closes_at:
        raise WindowOver(closes=wording.deadline(exam.registration_closes_at))
    stages.advance(first, Stage.State.REGISTRATION_OPEN, at)
    journal.write("exams.registration_opened", by=by, at=at, about=exam)


@transaction.atomic
def close_registration(*, exam: Exam, by: User, at: dt.datetime) -> None:
    """Close registration once its window is over; review goes on. Refuses: NotYourOffice, RegistrationStillRunning,
    NotAtThisStep."""
    access.require(by, exam.organisation, at, OFFICER)
    if at < exam.registration_closes_at:
        raise RegistrationStillRunning(closes=wording.deadline(exam.registration_closes_at))
    first = exam.stages.get(number=1)
    stages.advance(first, Stage.State.REGISTRATION_CLOSED, at)
    facts = {"registered": exam.candidates.count()}
    journal.write("exams.registration_closed", by=by, at=at, about=exam, facts=facts)
