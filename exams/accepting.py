"""Answers that came after the end: kept aside as they arrived, and counted only where two people decide so."""

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from exams import oneself, scripts, stages
from exams.models import Answer, AnswerSave, Attempt, LateAnswers, Mark, Stage
from lms.journal import writing as journal
from lms.lib import crypto
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User
from lms.questions import marking as keys

OFFICER = Appointment.Office.EXAM_OFFICER


class NothingKeptAside(Refusal):
    sentence = _("No answer of this script was kept aside that is newer than what stands.")


class StillInThePaper(Refusal):
    sentence = _("The candidate has not handed in yet. Decide when her time is over.")


class WhyMissing(Refusal):
    sentence = _("Write down why these answers should count, or why not.")
    field = "reason"


class AcceptanceWaiting(Refusal):
    sentence = _("A proposal for this script waits for its second person already.")


class AcceptanceDecided(Refusal):
    sentence = _("This proposal is decided already.")


class OwnAcceptance(Refusal):
    sentence = _("You proposed this yourself. Another exam officer decides.")
    status = 403


class AnswersChanged(Refusal):
    sentence = _("More has arrived, or what stands has changed, since you read it. Read it again before you decide.")


class MarkedAlready(Refusal):
    sentence = _("Question {items} is with its markers already, so another answer can no longer take its place.")


def scripts_with_late(stage: Stage) -> QuerySet[Attempt]:
    """The scripts of a stage to which answers came after the end: `late`, how many saves, `is_waiting`, whether a
    proposal waits for its second person."""
    waiting = LateAnswers.objects.filter(attempt=OuterRef("pk"), state=LateAnswers.State.PROPOSED)
    return (
        Attempt.objects.filter(entry__stage=stage, saves__outcome=AnswerSave.Outcome.LATE)
        .select_related("entry__room")
        .annotate(late=Count("saves"), is_waiting=Exists(waiting))
        .order_by("pk")
    )


def kept_aside(attempt: Attempt) -> list[dict[str, Any]]:
    """What came after the end and is newer than what stands, by item: {"item", "version", "response", "received_at",
    "stands"}, the newest of each; `stands` is the counted response, None where there is none."""
    standing = {item: (version, response) for item, version, response in _answers(attempt)}
    newest: dict[str, dict[str, Any]] = {}
    late = attempt.saves.filter(outcome=AnswerSave.Outcome.LATE).order_by("version", "pk")
    for each in late:
        version, response = standing.get(each.item, (0, None))
        if each.version > version:
            newest[each.item] = {
                "item": each.item,
                "version": each.version,
                "response": each.response,
                "received_at": each.received_at.isoformat(),
                "stands": response,
            }
    return [newest[item] for item in sorted(newest)]


@transaction.atomic
def propose(*, attempt: Attempt, reason: str, by: User, at: dt.datetime) -> LateAnswers:
    """Propose that what was kept aside of a script counts. Who: an exam officer of the exam. Refuses: NotYourOffice,
    NotAtThisStep, StillInThePaper, WhyMissing, NothingKeptAside, MarkedAlready, AcceptanceWaiting."""
    attempt = _locked(attempt, by, at)
    if not reason.strip():
        raise WhyMissing()
    seen = _seen(attempt)
    try:
        with transaction.atomic():
            made = LateAnswers.objects.create(
                attempt=attempt,
                reason=reason.strip(),
                seen=seen,
                seen_digest=crypto.digest(seen),
                proposed_by=by,
                proposed_at=at,
            )
    except IntegrityError as error:
        raise AcceptanceWaiting() from error
    facts = {"items": [each["item"] for each in seen["answers"]]}
    journal.write("exams.late_answers_proposed", by=by, at=at, about=attempt.entry, reason=reason.strip(), facts=facts)
    return made


@transaction.atomic
def accept(*, late: LateAnswers, seen_digest: str, by: User, at: dt.datetime) -> LateAnswers:
    """Count them: each takes the place of what stood, and what a key marks is marked anew; the points that stood are
    kept in the journal. Who: an exam officer of the exam who did not propose it. Refuses: NotYourOffice,
    NotAtThisStep, AcceptanceDecided, OwnAcceptance, AnswersChanged, MarkedAlready, NothingKeptAside."""
    attempt = _locked(late.attempt, by, at)
    late = _undecided(late, by)
    seen = _seen(attempt)
    if not crypto.digest(seen) == late.seen_digest == seen_digest:
        raise AnswersChanged()
    Answer.objects.keep_newer(attempt, seen["answers"], at)
    before = _mark_anew(attempt, [each["item"] for each in seen["answers"]], at)
    _decide(late, LateAnswers.State.APPROVED, "", by, at)
    facts = {"items": [each["item"] for each in seen["answers"]], "points_before": before}
    journal.write("exams.late_answers_accepted", by=by, at=at, about=attempt.entry, reason=late.reason, facts=facts)
    return late


@transaction.atomic
def decline(*, late: LateAnswers, reason: str, by: User, at: dt.datetime) -> LateAnswers:
    """Let what was handed in stand, and say why. Who: as `accept`. Refuses: NotYourOffice, NotAtThisStep,
    AcceptanceDecided, OwnAcceptance, WhyMissing."""
    attempt = _locked(late.attempt, by, at)
    late = _undecided(late, by)
    if not reason.strip():
        raise WhyMissing()
    _decide(late, LateAnswers.State.RETURNED, reason.strip(), by, at)
    journal.write("exams.late_answers_declined", by=by, at=at, about=attempt.entry, reason=reason.strip())
    return late


def _locked(attempt: Attempt, by: User, at: dt.datetime) -> Attempt:
    stage = attempt.entry.stage
    stages.lock(stage)
    access.require(by, stage.exam.organisation, at, OFFICER)
    oneself.require_another(attempt.entry, by)
    stages.require(stage, Stage.State.IN_PROGRESS, Stage.State.MARKING)
    held = Attempt.objects.select_for_update(of=("self",)).select_related("paper", "entry").get(pk=attempt.pk)
    if held.state == Attempt.State.OPEN:
        raise StillInThePaper()
    return held


def _seen(attempt: Attempt) -> dict[str, Any]:
    """What both people look at; refuses where there is nothing, or a marker has an answer already."""
    answers = kept_aside(attempt)
    if not answers:
        raise NothingKeptAside()
    by_hand = Mark.objects.exclude(role=Mark.Role.KEY).filter(answer__attempt=attempt)
    taken = set(
        by_hand.filter(answer__item__in=[each["item"] for each in answers]).values_list("answer__item", flat=True)
    )
    if taken:
        raise MarkedAlready(items="、".join(sorted(taken)))
    return {"attempt": attempt.pk, "receipt": attempt.receipt, "answers": answers}


def _mark_anew(attempt: Attempt, items: list[str], at: dt.datetime) -> dict[str, str | None]:
    """Points by the key for the answers that changed; returns those that stood, as text."""
    asked, before = scripts.items(attempt.paper), {}
    marks = {
        each.answer.item: each
        for each in Mark.objects.filter(
            answer__attempt=attempt, answer__item__in=items, role=Mark.Role.KEY
        ).select_related("answer")
    }
    for answer in attempt.answers.filter(item__in=items):
        item = asked[answer.item]
        if item.is_constructed or attempt.marked_at is None:
            continue  # people mark it, or the key will
        mark = marks.get(answer.item) or Mark(answer=answer, role=Mark.Role.KEY, assigned_at=at)
        before[answer.item] = scripts.plain(mark.points)
        mark.points, mark.marked_at = keys.mark(item.kind, item.key, item.points, answer.response), at
        mark.save()
    return before


def _undecided(late: LateAnswers, by: User) -> LateAnswers:
    fresh = LateAnswers.objects.select_for_update(of=("self",)).get(pk=late.pk)
    if fresh.state != LateAnswers.State.PROPOSED:
        raise AcceptanceDecided()
    if fresh.proposed_by_id == by.pk:
        raise OwnAcceptance()
    return fresh


def _decide(late: LateAnswers, state: str, reason: str, by: User, at: dt.datetime) -> None:
    late.state, late.decision_reason, late.decided_by, late.decided_at = state, reason, by, at
    late.save(update_fields=["state", "decision_reason", "decided_by", "decided_at"])


def _answers(attempt: Attempt) -> Any:
    return attempt.answers.values_list("item", "version", "response")
