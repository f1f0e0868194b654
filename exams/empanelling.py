"""Panels, topics and hearing days; the passers of the stage before are called; judges step aside for their own."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from exams import placing, stages
from exams.models import (
    Hearing,
    HearingDay,
    Module,
    Panel,
    PanelMember,
    Performance,
    Recusal,
    Stage,
    StageEntry,
    Topic,
)
from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, SchoolStage, User
from lms.scoring import drawing, judging
from lms.scoring.models import Assessment, Lot

OFFICER = Appointment.Office.EXAM_OFFICER
JUDGE = Appointment.Office.JUDGE
# Who holds one of these reads candidates' names, and judges know only numbers.
NAMING_OFFICES = (Appointment.Office.EXAM_OFFICER, Appointment.Office.CLERK)


class NotAPerformance(Refusal):
    sentence = _("“{stage}” is a written stage and has no panels. Open the performance stage.")


class PanelSize(Refusal):
    sentence = _("This panel takes exactly {needed} judges, but {given} were chosen. Correct the choice.")
    field = "judges"


class JudgeTwice(Refusal):
    sentence = _("{judge} is on a panel of this stage already. Choose another judge.")
    field = "judges"


class NotAJudge(Refusal):
    sentence = _("{judge} does not hold the office of judge for this authority. Have it given, or choose another.")
    field = "judges"


class JudgeKnowsNames(Refusal):
    sentence = _("{judge} also arranges this exam and reads candidates' names. Choose a judge who does not.")
    field = "judges"


class PanelCodeTaken(Refusal):
    sentence = _("This stage has a panel {code} already. Choose another code.")
    field = "code"


class PanelIncomplete(Refusal):
    sentence = _("A panel needs a code, a name, a group of topics and at least one school stage.")
    field = "name"


class TopicFaulty(Refusal):
    sentence = _("Topic {row} needs a group, a text and a code of its own.")
    field = "topics"


class DayFigures(Refusal):
    sentence = _("A day needs a site and at least 1 minute for a slot, for preparing and for presenting.")
    field = "site"


class DayInThePast(Refusal):
    sentence = _("This day has begun already. Choose a later time.")
    field = "starts_at"


class DayTaken(Refusal):
    sentence = _("This stage has a day that starts at this very time. Choose another time.")
    field = "starts_at"


class PreviousNotFinal(Refusal):
    sentence = _("“{stage}” is not final yet. Call its passers after its publicity is over.")


class NobodyPassed(Refusal):
    sentence = _("Nobody passed “{stage}”, so there is nobody to call.")


class PlanMissing(Refusal):
    sentence = _("Candidates cannot be called yet. Still missing: {what}.")


class ScoresChecked(Refusal):
    sentence = _("The scores of “{stage}” have been checked. Its panels can no longer change.")


# Before the call


@transaction.atomic
def form_panel(
    *,
    stage: Stage,
    code: str,
    name: str,
    group: str,
    stages: Sequence[str],
    judges: Sequence[User],
    reserves: Sequence[User],
    by: User,
    at: dt.datetime,
) -> Panel:
    """Form a panel for the school stages in `stages`, which draws its topics from `group`: exactly as many judges as
    the stage's modules ask for, and any number of reserves, in the order in which they step in. A judge holds that
    office for the authority, sits on one panel of the stage and on no side that reads names.

    Refuses: NotYourOffice, NotAPerformance, NotAtThisStep, PanelIncomplete, PanelSize, JudgeTwice, NotAJudge,
    JudgeKnowsNames, PanelCodeTaken.
    """
    _require_planning(stage, by, at)
    if not (code.strip() and name.strip() and group.strip() and stages) or set(stages) - set(SchoolStage.values):
        raise PanelIncomplete()
    needed = panel_size(stage)
    if len(judges) != needed:
        raise PanelSize(needed=needed, given=len(judges))
    _require_judges(stage, [*judges, *reserves], at)
    try:
        with transaction.atomic():
            panel = Panel.objects.create(
                stage=stage, code=code.strip(), name=name.strip(), group=group.strip(), stages=list(stages)
            )
    except IntegrityError as error:
        raise PanelCodeTaken(code=code) from error
    places = [(judge, number, False) for number, judge in enumerate(judges, start=1)]
    places += [(judge, number, True) for number, judge in enumerate(reserves, start=1)]
    PanelMember.objects.bulk_create(
        [PanelMember(panel=panel, judge=judge, number=number, is_reserve=spare) for judge, number, spare in places]
    )
    facts = {"judges": [str(each) for each in judges], "reserves": [str(each) for each in reserves]}
    journal.write("exams.panel_formed", by=by, at=at, about=panel, facts=facts)
    return panel


@transaction.atomic
def add_reserve(*, panel: Panel, judge: User, by: User, at: dt.datetime) -> PanelMember:
    """Add one more reserve at the end of a panel's list, also after candidates were called, until the scores are
    checked. Refuses: NotYourOffice, ScoresChecked, JudgeTwice, NotAJudge, JudgeKnowsNames."""
    stage = panel.stage
    access.require(by, stage.exam.organisation, at, OFFICER)
    stages.lock(stage)
    if stages.is_past(stage, Stage.State.SCORES_CHECKED):
        raise ScoresChecked(stage=stage.name)
    _require_judges(stage, [judge], at)
    number = panel.members.filter(is_reserve=True).count() + 1
    member = PanelMember.objects.create(panel=panel, judge=judge, number=number, is_reserve=True)
    journal.write("exams.reserve_added", by=by, at=at, about=panel, facts={"reserve": str(judge)})
    return member


@transaction.atomic
def add_topics(*, stage: Stage, topics: Sequence[dict[str, str]], by: User, at: dt.datetime) -> list[Topic]:
    """Add topics [{"group", "code", "text"}]: all of them or, where one is faulty, none.

    Refuses: NotYourOffice, NotAPerformance, NotAtThisStep, TopicFaulty (an empty field, or a code given twice).
    """
    _require_planning(stage, by, at)
    taken = set(stage.topics.values_list("code", flat=True))
    made = []
    for row, given in enumerate(topics, start=1):
        group, code, text = (str(given.get(name, "")).strip() for name in ("group", "code", "text"))
        if not (group and code and text) or code in taken or "|" in code:
            raise TopicFaulty(row=row)
        taken.add(code)
        made.append(Topic(stage=stage, group=group, code=code, text=text))
    if not made:
        raise TopicFaulty(row=1)
    Topic.objects.bulk_create(made)
    journal.write("exams.topics_added", by=by, at=at, about=stage, facts={"topics": len(made)})
    return made


@transaction.atomic
def schedule_day(
    *,
    stage: Stage,
    starts_at: dt.datetime,
    site: str,
    slot_minutes: int,
    prepare_minutes: int,
    present_minutes: int,
    defend_minutes: int,
    by: User,
    at: dt.datetime,
) -> HearingDay:
    """Add a day of hearings; the figures are minutes, `slot_minutes` from one candidate of a panel to the next.

    Refuses: NotYourOffice, NotAPerformance, NotAtThisStep, DayFigures, DayInThePast, DayTaken.
    """
    _require_planning(stage, by, at)
    if not site.strip() or min(slot_minutes, prepare_minutes, present_minutes) < 1 or defend_minutes < 0:
        raise DayFigures()
    if starts_at <= at:
        raise DayInThePast()
    try:
        with transaction.atomic():
            day = HearingDay.objects.create(
                stage=stage,
                starts_at=starts_at,
                site=site.strip(),
                slot_minutes=slot_minutes,
                prepare_minutes=prepare_minutes,
                present_minutes=present_minutes,
                defend_minutes=defend_minutes,
            )
    except IntegrityError as error:
        raise DayTaken() from error
    journal.write("exams.hearing_day_scheduled", by=by, at=at, about=day, facts={"starts_at": starts_at.isoformat()})
    return day


def panel_size(stage: Stage) -> int:
    """How many judges a panel of this stage has: as many as its most demanding module asks for."""
    return max(stage.modules.values_list("judges", flat=True), default=0)


def _require_planning(stage: Stage, by: User, at: dt.datetime) -> None:
    access.require(by, stage.exam.organisation, at, OFFICER)
    if stage.kind != Stage.Kind.PERFORMANCE:
        raise NotAPerformance(stage=stage.name)
    stages.lock(stage)
    stages.require(stage, Stage.State.PLANNING)


def _require_judges(stage: Stage, judges: Sequence[User], at: dt.datetime) -> None:
    authority = stage.exam.organisation
    taken = set(PanelMember.objects.filter(panel__stage=stage).values_list("judge", flat=True))
    for judge in judges:
        if judge.pk in taken:
            raise JudgeTwice(judge=judge)
        taken.add(judge.pk)
        if not access.covers(judge, authority, at, JUDGE):
            raise NotAJudge(judge=judge)
        if access.covers(judge, authority, at, *NAMING_OFFICES):
            raise JudgeKnowsNames(judge=judge)


# The call


@transaction.atomic
def call_candidates(*, stage: Stage, by: User, at: dt.datetime) -> list[Hearing]:
    """Call everyone who passed the stage before, once that is final: an entry that keeps her admission number, a
    hearing on a day and before a panel of her school stage, and a performance in each module with its judges' sheets.

    A lot spreads the candidates of a panel evenly over the days; the lot of each day's order is committed here and
    drawn on the day. A judge who is or was posted at a candidate's school, is her kin or her mentor is recused, and the
    first reserve who may judge her stands in. Candidates and judges are told.

    Refuses: NotYourOffice, NotAPerformance, NotAtThisStep, PreviousNotFinal, NobodyPassed, PlanMissing,
    NoPanelForStage, NoReserve (naming candidate and judge).
    """
    _require_planning(stage, by, at)
    modules = list(stage.modules.select_related("rubric"))
    panels = list(stage.panels.prefetch_related("members__judge"))
    days = list(stage.days.all())
    calls = _passers(stage)
    _require_plan(stage, modules, panels, days)
    stages.advance(stage, Stage.State.ARRANGED, at)
    placing.draw_panels_and_days(stage, calls, panels, days, by=by, at=at)
    placing.choose_judges(calls, clock.local_date(at))
    hearings = _write_hearings(stage, calls, at)
    _write_performances(modules, calls, hearings, at)
    _commit_orders(stage, calls, by, at)
    facts = {"called": len(calls), "days": len(days), "panels": len(panels)}
    facts["recused"] = sum(len(each.stood_in) for each in calls)
    journal.write("exams.candidates_called", by=by, at=at, about=stage, facts=facts)
    _tell(stage, calls, at)
    return hearings


def _passers(stage: Stage) -> list[placing.Call]:
    previous = Stage.objects.filter(exam=stage.exam_id, number=stage.number - 1).first()
    if previous is None or previous.state != Stage.State.FINALISED:
        raise PreviousNotFinal(stage=previous.name if previous else stage.name)
    passed = previous.entries.filter(state=StageEntry.State.PASSED).select_related("candidate__teacher__user")
    calls = [placing.Call(each.candidate, each.admission_number) for each in passed.order_by("candidate__number")]
    if not calls:
        raise NobodyPassed(stage=previous.name)
    return calls


def _require_plan(stage: Stage, modules: list[Module], panels: list[Panel], days: list[HearingDay]) -> None:
    needed = panel_size(stage)
    groups = set(stage.topics.values_list("group", flat=True))
    rubrics = {each.rubric_id for each in modules if each.rubric and each.rubric.criteria.exists()}
    lacking = {
        _("modules"): not modules,
        _("a rubric for every module"): any(each.rubric_id not in rubrics for each in modules),
        _("panels"): not panels,
        _("full panels"): any(sum(not m.is_reserve for m in each.members.all()) != needed for each in panels),
        _("topics for every panel's group"): any(each.group not in groups for each in panels),
        _("hearing days"): not days,
    }
    missing = [str(what) for what, is_lacking in lacking.items() if is_lacking]
    if missing:
        raise PlanMissing(what="; ".join(missing))


def _write_hearings(stage: Stage, calls: list[placing.Call], at: dt.datetime) -> list[Hearing]:
    entries = StageEntry.objects.bulk_create(
        [
            StageEntry(
                candidate=call.candidate,
                stage=stage,
                state=StageEntry.State.TICKETED,
                admission_number=call.admission_number,
                ticketed_at=at,
            )
            for call in calls
        ],
        batch_size=200,
    )
    hearings = Hearing.objects.bulk_create(
        [
            Hearing(entry=entry, day=call.day, panel=call.panel, changed_at=at)
            for entry, call in zip(entries, calls, strict=True)
        ],
        batch_size=200,
    )
    Recusal.objects.bulk_create(
        [
            Recusal(hearing=hearing, judge=judge, ground=ground, replaced_by=reserve, at=at)
            for hearing, call in zip(hearings, calls, strict=True)
            for judge, reserve, ground in call.stood_in
        ],
        batch_size=200,
    )
    return hearings


def _write_performances(
    modules: list[Module], calls: list[placing.Call], hearings: list[Hearing], at: dt.datetime
) -> None:
    wanted, made = [], []
    for call, hearing in zip(calls, hearings, strict=True):
        for module in modules:
            assessment = Assessment(
                rubric=module.rubric,
                judges=module.judges,
                drop_high=module.drop_high,
                drop_low=module.drop_low,
                min_for_drop=module.min_for_drop,
                places=module.places,
                rounding=module.rounding,
            )
            wanted.append((assessment, call.judges[: module.judges]))
            made.append((hearing, module, assessment))
    judging.open_all(wanted=wanted, at=at)
    Performance.objects.bulk_create(
        [Performance(hearing=hearing, module=module, assessment=assessment) for hearing, module, assessment in made],
        batch_size=200,
    )


def _commit_orders(stage: Stage, calls: list[placing.Call], by: User, at: dt.datetime) -> dict[str, Lot]:
    wanted: dict[str, list[str]] = defaultdict(list)
    for call in calls:
        wanted[placing.order_purpose(call.day)].append(call.item)
    return drawing.commit_all(wanted=wanted, about=stage, by=by, at=at)


def _tell(stage: Stage, calls: list[placing.Call], at: dt.datetime) -> None:
    told = {call.candidate.teacher.user: call.day for call in calls if call.candidate.teacher.user_id}
    inbox.send_all(
        kind="exams.hearing_called",
        to=told,
        at=at,
        address="/exams/mine/",
        facts_of=lambda user: {
            "exam": stage.exam.name,
            "stage": stage.name,
            "site": told[user].site,
            "starts_at": told[user].starts_at.isoformat(),
        },
    )
    first = min(call.day.starts_at for call in calls)
    judges = {judge for call in calls for judge in call.judges}
    facts = {"exam": stage.exam.name, "stage": stage.name, "starts_at": first.isoformat()}
    inbox.send_all(
        kind="exams.judging_called",
        to=sorted(judges, key=lambda each: each.pk),
        at=at,
        address="/exams/judging/",
        facts_of=lambda _judge: dict(facts),
    )
