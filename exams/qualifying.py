"""Trial marking before the real: answers are prepared, so many of them required, marked, and decided about."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from exams import criteria, marking, queries, scripts, stages, trials
from exams.models import Mark, Paper, Stage, TrialDecision, TrialMark, TrialRule, TrialScript
from lms.inbox import writing as inbox
from lms.journal import writing
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User

_PREPARING = (Stage.State.IN_PROGRESS, Stage.State.MARKING)


class TrialTextMissing(Refusal):
    sentence = _("Write the prepared answer that markers are to mark.")
    field = "text"


class TrialReasonMissing(Refusal):
    sentence = _("Write the reason; it is kept for good.")
    field = "reason"


class TooFewTrialScripts(Refusal):
    sentence = _("Only {prepared} trial scripts are prepared for this. Prepare more of them, or ask for fewer.")
    field = "count"


class TrialCountOff(Refusal):
    sentence = _("Ask for at least one trial script.")
    field = "count"


class TrialLimitOff(Refusal):
    sentence = _("The limit is between 0 and {most} points in steps of half a point. Correct {given}.")
    field = "limit"


class TrialBegun(Refusal):
    sentence = _("Trial marking of question {item} has begun, so what it asks stands as it is.")


class GivenOutAlready(Refusal):
    sentence = _("Answers to question {item} are given out already. Trial marking comes before that.")


class NoTrialDue(Refusal):
    sentence = _("No trial script of this question waits for you. Open your marking again.")


class NotTheNextTrial(Refusal):
    sentence = _("Trial scripts are marked once and in their order. Mark the one that is shown now.")


class NotToBeDecided(Refusal):
    sentence = _("{name} has not marked all her trial scripts, or goes on already. There is nothing to decide.")


class PassedByHerself(Refusal):
    sentence = _("{name} is within the limit, so she marks without a decision.")


class PointsKnown(Refusal):
    sentence = _(
        "You know the agreed points of question {item}, so marking its trial scripts would prove nothing. "
        "Ask another exam officer to let you go on."
    )
    status = 403


class OwnTrial(Refusal):
    sentence = _("Nobody decides about her own trial marking. Ask another exam officer.")
    status = 403


def prepare(
    paper: Paper, item: str, text: str, points: Decimal, reason: str, *, by: User, at: dt.datetime
) -> TrialScript:
    """Prepare an answer to an item that people mark, with the points agreed on and what they rest on. It belongs to no
    candidate, so it never counts for one. Refuses: NotYourOffice, NotAtThisStep, NotMarkedByPeople, TrialTextMissing,
    OutOfRange, NotHalfPoints, TrialReasonMissing."""
    with transaction.atomic():
        most = _locked_item(paper, item, by, at)
        if not text.strip():
            raise TrialTextMissing()
        marking.require_points(points, most)
        if not reason.strip():
            raise TrialReasonMissing()
        number = paper.trial_scripts.filter(item=item).count() + 1
        made = TrialScript.objects.create(
            paper=paper,
            item=item,
            number=number,
            text=text.strip(),
            points=points,
            reason=reason.strip(),
            agreed_by=by,
            agreed_at=at,
        )
        facts = {"item": item, "number": number, "points": scripts.plain(points)}
        writing.write(
            "exams.trial_script_prepared", by=by, at=at, about=paper.module, reason=reason.strip(), facts=facts
        )
    return made


def require(paper: Paper, item: str, count: int, limit: Decimal, *, by: User, at: dt.datetime) -> TrialRule | None:
    """Ask of everybody who is to mark an item that she first marks `count` trial scripts, none of them further than
    `limit` points from the agreed ones; a count of 0 asks it no more. Refuses: NotYourOffice, NotAtThisStep,
    NotMarkedByPeople, GivenOutAlready, TrialBegun, TrialCountOff, TrialLimitOff, TooFewTrialScripts."""
    with transaction.atomic():
        most = _locked_item(paper, item, by, at)
        given_out = Mark.objects.filter(answer__attempt__paper=paper, answer__item=item, role__in=queries.HUMAN)
        if given_out.exists():
            raise GivenOutAlready(item=item)
        # As `mark` does: a first trial mark on its way is waited for, so that what it asked is not changed under it.
        TrialRule.objects.select_for_update().filter(paper=paper, item=item).first()
        if TrialMark.objects.filter(script__paper=paper, script__item=item).exists():
            raise TrialBegun(item=item)
        if count < 0:
            raise TrialCountOff()
        if count == 0:
            TrialRule.objects.filter(paper=paper, item=item).delete()
            writing.write("exams.trial_lifted", by=by, at=at, about=paper.module, facts={"item": item})
            return None
        if not limit.is_finite() or not 0 <= limit <= most or limit % marking.STEP:
            raise TrialLimitOff(most=scripts.plain(most), given=limit)
        prepared = paper.trial_scripts.filter(item=item).count()
        if prepared < count:
            raise TooFewTrialScripts(prepared=prepared)
        values = {"count": count, "limit": limit, "required_by": by, "required_at": at}
        rule, _new = TrialRule.objects.update_or_create(paper=paper, item=item, defaults=values)
        facts = {"item": item, "count": count, "limit": scripts.plain(limit)}
        writing.write("exams.trial_required", by=by, at=at, about=paper.module, facts=facts)
    return rule


def _locked_item(paper: Paper, item: str, by: User, at: dt.datetime) -> Decimal:
    """The stage locked and the officer checked; the most an item earns that people mark."""
    stage = paper.module.stage
    stages.lock(stage)
    access.require(by, stage.exam.organisation, at, Appointment.Office.EXAM_OFFICER)
    stages.require(stage, *_PREPARING)
    known = scripts.constructed(paper)
    if item not in known:
        raise criteria.NotMarkedByPeople(item=item)
    return known[item].points


def upcoming(rule: TrialRule, marker: User) -> TrialScript | None:
    """The trial script that a marker marks next; None where none is left for her."""
    trial = trials.Board([rule]).of(marker.pk, (rule.paper_id, rule.item))
    if trial is None or not trial.left:
        return None
    return _unseen(rule, marker).first()


def _unseen(rule: TrialRule, marker: User):
    prepared = TrialScript.objects.filter(paper=rule.paper_id, item=rule.item)
    return prepared.exclude(marks__marker=marker).order_by("number")


def mark(
    script: TrialScript,
    points: Decimal | None = None,
    *,
    by: User,
    at: dt.datetime,
    by_criteria: Sequence[Decimal | None] = (),
) -> TrialMark:
    """Mark the trial script that is one's next, as a candidate's answer would be marked; the points stand, because she
    sees the agreed ones at once. Who knows them beforehand (`trials.knowing`) is not tried: another exam officer lets
    her go on, or she marks other questions. Refuses: NotYourOffice (no marker here), NotAtThisStep, NoTrialDue,
    PointsKnown, NotTheNextTrial, OutOfRange, NotHalfPoints, CriteriaMissing, CriterionOutOfRange."""
    with transaction.atomic():
        paper = Paper.objects.select_related("module__stage__exam__organisation").get(pk=script.paper_id)
        stage = paper.module.stage
        access.require(by, stage.exam.organisation, at, Appointment.Office.MARKER)
        stages.require(stage, Stage.State.MARKING)
        rule = TrialRule.objects.select_for_update().filter(paper=paper, item=script.item).first()
        due = upcoming(rule, by) if rule else None
        if due is None:
            raise NoTrialDue()
        if by.pk in trials.knowing(paper, script.item, at):
            raise PointsKnown(item=script.item)
        if due.pk != script.pk:
            raise NotTheNextTrial()
        points = marking.points_given(paper, script.item, points, by_criteria)
        given = [scripts.plain(each) for each in by_criteria]
        try:
            with transaction.atomic():
                return TrialMark.objects.create(script=due, marker=by, points=points, criteria=given, marked_at=at)
        except IntegrityError as error:
            raise NotTheNextTrial() from error


def let_go_on(rule: TrialRule, marker: User, reason: str, *, by: User, at: dt.datetime) -> TrialDecision:
    """Let a marker who is held mark candidates' answers nevertheless, or one who is not tried because she knows the
    agreed points; she never decides it herself. Refuses: NotYourOffice, NotAtThisStep, OwnTrial,
    NotToBeDecided, PassedByHerself, TrialReasonMissing."""
    with transaction.atomic():
        trial = _on_trial(rule, marker, by, at)
        knows = marker.pk in trials.knowing(rule.paper, rule.item, at)
        if not trial.may_be_let_go_on(is_tried=not knows):
            raise NotToBeDecided(name=marker)
        if trial.may_mark:
            raise PassedByHerself(name=marker)
        return _decide(rule, marker, TrialDecision.Kind.GO_ON, 0, reason, by, at)


def give_more(rule: TrialRule, marker: User, count: int, reason: str, *, by: User, at: dt.datetime) -> TrialDecision:
    """Give a marker who has marked all she was asked to `count` further trial scripts; only these decide then, and
    until they are marked she sees no candidate's answer. Refuses: NotYourOffice, NotAtThisStep, OwnTrial,
    NotToBeDecided, TrialCountOff, TooFewTrialScripts, TrialReasonMissing."""
    with transaction.atomic():
        if not _on_trial(rule, marker, by, at).may_be_decided:
            raise NotToBeDecided(name=marker)
        if count < 1:
            raise TrialCountOff()
        unseen = _unseen(rule, marker).count()
        if unseen < count:
            raise TooFewTrialScripts(prepared=unseen)
        return _decide(rule, marker, TrialDecision.Kind.MORE, count, reason, by, at)


def _on_trial(rule: TrialRule, marker: User, by: User, at: dt.datetime) -> trials.Trial:
    """How a marker stands whom another decides about."""
    stage = rule.paper.module.stage
    stages.lock(stage)
    access.require(by, stage.exam.organisation, at, Appointment.Office.EXAM_OFFICER)
    stages.require(stage, Stage.State.MARKING)
    fresh = TrialRule.objects.select_for_update().get(pk=rule.pk)
    if marker.pk == by.pk:
        raise OwnTrial()
    trial = trials.Board([fresh]).of(marker.pk, (fresh.paper_id, fresh.item))
    if trial is None:
        raise NotToBeDecided(name=marker)
    return trial


def _decide(
    rule: TrialRule, marker: User, kind: str, count: int, reason: str, by: User, at: dt.datetime
) -> TrialDecision:
    if not reason.strip():
        raise TrialReasonMissing()
    made = TrialDecision.objects.create(
        rule=rule, marker=marker, kind=kind, count=count, reason=reason.strip(), decided_by=by, decided_at=at
    )
    module = rule.paper.module
    facts = {"item": rule.item, "marker": str(marker), "count": count}
    act = "exams.trial_let_go_on" if kind == TrialDecision.Kind.GO_ON else "exams.trial_more_given"
    writing.write(act, by=by, at=at, about=module, reason=reason.strip(), facts=facts)
    inbox.send(kind=act, to=marker, at=at, address=marking.PILES, exam=module.stage.exam.name, item=rule.item)
    return made
