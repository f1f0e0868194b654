"""A judge steps off one hearing after candidates were called: declared by herself or found by an officer."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from exams import conflicts, stages
from exams.models import Hearing, Recusal, Stage
from exams.placing import NoReserve
from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User
from lms.scoring import judging

OFFICER = Appointment.Office.EXAM_OFFICER


class AlreadyRecused(Refusal):
    sentence = _("{judge} does not judge this candidate, so there is nothing to recuse.")


class ReasonMissing(Refusal):
    sentence = _("Write the reason: it is kept with the recusal.")
    field = "reason"


class HearingOver(Refusal):
    sentence = _("This hearing is over, or its scores have been checked. Its judges can no longer change.")


@transaction.atomic
def recuse(*, hearing: Hearing, judge: User, reason: str, by: User, at: dt.datetime) -> Recusal:
    """Take a judge off one hearing, asked by herself or an exam officer: her sheets become void but are kept, the
    first reserve who may judge gets sheets of her own, and a score that stood is taken back until she has signed.

    Refuses: NotYourOffice, ReasonMissing, HearingOver, AlreadyRecused (she does not judge here), NoReserve: a panel
    never falls below its number.
    """
    hearing = (
        Hearing.objects.select_for_update(of=("self",))
        .select_related("entry__candidate__teacher", "panel", "day__stage__exam__organisation")
        .get(pk=hearing.pk)
    )
    stage, candidate = hearing.day.stage, hearing.entry.candidate
    if by.pk != judge.pk:
        access.require(by, stage.exam.organisation, at, OFFICER)
    if not reason.strip():
        raise ReasonMissing()
    over = (Hearing.State.FORFEITED, Hearing.State.DISQUALIFIED)
    if hearing.state in over or stages.is_past(stage, Stage.State.SCORES_CHECKED):
        raise HearingOver()
    mine = [
        each.assessment
        for each in hearing.performances.select_related("assessment").order_by("pk")
        if each.assessment.sheets.held_by(judge).exists()
    ]
    if not mine:
        raise AlreadyRecused(judge=judge)
    reserve = _first_reserve(hearing, clock.local_date(at))
    if reserve is None:
        raise NoReserve(judge=judge, number=candidate.number, panel=hearing.panel.code)
    for assessment in mine:
        judging.replace(assessment=assessment, judge=judge, by_judge=reserve)
    ground = conflicts.ground(judge, candidate, clock.local_date(at)) or Recusal.Ground.DECLARED
    recusal = Recusal.objects.create(
        hearing=hearing, judge=judge, ground=ground, reason=reason.strip(), replaced_by=reserve, at=at
    )
    if hearing.state in (Hearing.State.SCORED, Hearing.State.ACKNOWLEDGED):
        hearing.state, hearing.changed_at, hearing.previous_state = Hearing.State.SCORING, at, ""
        hearing.save(update_fields=["state", "changed_at", "previous_state"])
    facts = {"judge": str(judge), "reserve": str(reserve), "ground": ground}
    journal.write("exams.judge_recused", by=by, at=at, about=hearing, reason=recusal.reason, facts=facts)
    inbox.send(
        kind="exams.reserve_called",
        to=reserve,
        at=at,
        address="/exams/judging/",
        stage=stage.name,
        panel=hearing.panel.name,
        number=hearing.number,
    )
    return recusal


def _first_reserve(hearing: Hearing, on: dt.date) -> User | None:
    """The first reserve of the hearing's panel who has no sheet here, was not recused here and may judge her."""
    busy = set(hearing.performances.values_list("assessment__sheets__judge", flat=True))
    busy |= set(hearing.recusals.values_list("judge", flat=True))
    members = list(hearing.panel.members.filter(is_reserve=True).select_related("judge").order_by("number"))
    candidate = hearing.entry.candidate
    barred = conflicts.grounds([each.judge_id for each in members], [candidate], on)
    free = (each.judge for each in members if each.judge_id not in busy and (each.judge_id, candidate.pk) not in barred)
    return next(free, None)
