"""Breaches of an exam's rules: reported by who saw them, decided by a second person, with what each tier brings.

The tiers and their effects are those of the rules on violations in professional examinations (2017): a general one
makes the paper void, a serious one the whole exam and five years in the integrity file, a very serious one the whole
exam and the file for good.
"""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from exams import oneself, stages
from exams.models import Candidate, Sitting, Stage, StageEntry, Violation
from exams.models.panel import BOARD_OFFICES
from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib import clock, crypto
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User

YEARS_IN_FILE = 5
_Tier = Violation.Tier
_OPEN = (Stage.State.ARRANGED, Stage.State.IN_PROGRESS, Stage.State.MARKING)


class TierUnknown(Refusal):
    sentence = _("Choose one of the three tiers.")
    field = "tier"


class WhatHappenedMissing(Refusal):
    sentence = _("Write down what happened, when, and who saw it: the second person decides on that alone.")
    field = "reason"


class ReportWaiting(Refusal):
    sentence = _("A report about this candidate waits for its decision already.")


class ReportDecided(Refusal):
    sentence = _("This report is decided already.")


class OwnReport(Refusal):
    sentence = _("You reported this yourself. Another exam officer decides.")
    status = 403


class ReportChanged(Refusal):
    sentence = _("The report is no longer what you read. Read it again before you decide.")


class DismissalReasonMissing(Refusal):
    sentence = _("Write why nothing follows from this report.")
    field = "reason"


@transaction.atomic
def report(*, entry: StageEntry, tier: str, what: str, by: User, at: dt.datetime) -> Violation:
    """Report a breach; nothing follows until a second person decides. Who: a clerk or an exam officer of the exam.
    Refuses: NotYourOffice, NotAtThisStep (not arranged, or scores checked), TierUnknown, WhatHappenedMissing,
    ReportWaiting."""
    stage = _lock(entry)
    access.require(by, stage.exam.organisation, at, *BOARD_OFFICES)
    stages.require(stage, *_OPEN)
    if tier not in _Tier.values:
        raise TierUnknown()
    if not what.strip():
        raise WhatHappenedMissing()
    seen = {"entry": entry.pk, "candidate": str(entry), "tier": tier, "what": what.strip(), "at": at.isoformat()}
    try:
        with transaction.atomic():
            made = Violation.objects.create(
                entry=entry,
                tier=tier,
                reason=what.strip(),
                seen=seen,
                seen_digest=crypto.digest(seen),
                proposed_by=by,
                proposed_at=at,
            )
    except IntegrityError as error:
        raise ReportWaiting() from error
    journal.write("exams.violation_reported", by=by, at=at, about=entry, reason=what.strip(), facts={"tier": tier})
    return made


@transaction.atomic
def confirm(*, violation: Violation, seen_digest: str, by: User, at: dt.datetime) -> Violation:
    """Let what the tier says follow: the paper is void; with a serious or very serious one the candidacy as well, and
    the day until which the integrity file keeps it is set. The candidate is told. Who: an exam officer of the exam who
    did not report it. Refuses: NotYourOffice, NotAtThisStep, ReportDecided, OwnReport, ReportChanged."""
    violation = _locked(violation, by, at)
    if seen_digest != violation.seen_digest:
        raise ReportChanged()
    entry = violation.entry
    entry.state = StageEntry.State.VIOLATED
    entry.save(update_fields=["state"])
    if violation.tier != _Tier.GENERAL:
        Candidate.objects.filter(pk=entry.candidate_id).update(state=Candidate.State.VOIDED)
    if violation.tier == _Tier.SERIOUS:
        violation.kept_until_on = _years_on(clock.local_date(at), YEARS_IN_FILE)
    _decide(violation, Violation.State.APPROVED, "", by, at)
    facts = {"tier": violation.tier, "kept_until_on": str(violation.kept_until_on or "")}
    journal.write("exams.violation_confirmed", by=by, at=at, about=entry, reason=violation.reason, facts=facts)
    if entry.candidate.teacher.user:
        inbox.send(
            kind="exams.violation_confirmed",
            to=entry.candidate.teacher.user,
            at=at,
            address="/exams/mine/",
            exam=entry.stage.exam.name,
            stage=entry.stage.name,
            tier=violation.tier,
            what=violation.reason,
        )
    return violation


@transaction.atomic
def dismiss(*, violation: Violation, reason: str, by: User, at: dt.datetime) -> Violation:
    """Let nothing follow, and say why. Who: as `confirm`. Refuses: NotYourOffice, NotAtThisStep, ReportDecided,
    OwnReport, DismissalReasonMissing."""
    violation = _locked(violation, by, at)
    if not reason.strip():
        raise DismissalReasonMissing()
    _decide(violation, Violation.State.RETURNED, reason.strip(), by, at)
    facts = {"tier": violation.tier}
    journal.write("exams.violation_dismissed", by=by, at=at, about=violation.entry, reason=reason.strip(), facts=facts)
    return violation


def _lock(entry: StageEntry) -> Stage:
    """The stage of an entry under a lock; the entry first where its candidate may be the one who opens the stage, who
    locks in that order (exams/sitting.py)."""
    stage = entry.stage
    online = Sitting.objects.filter(module__stage=stage, on_paper="")
    if stage.state == Stage.State.ARRANGED and online.exists():
        StageEntry.objects.select_for_update().get(pk=entry.pk)
    stages.lock(stage)
    return stage


def _locked(violation: Violation, by: User, at: dt.datetime) -> Violation:
    stage = _lock(violation.entry)
    access.require(by, stage.exam.organisation, at, Appointment.Office.EXAM_OFFICER)
    stages.require(stage, *_OPEN)
    fresh = Violation.objects.select_for_update(of=("self",)).get(pk=violation.pk)
    fresh.entry = (
        StageEntry.objects.select_for_update(of=("self",))
        .select_related("candidate__teacher__user", "stage__exam")
        .get(pk=fresh.entry_id)
    )
    if fresh.state != Violation.State.PROPOSED:
        raise ReportDecided()
    if fresh.proposed_by_id == by.pk:
        raise OwnReport()
    oneself.require_another(fresh.entry, by)
    return fresh


def _decide(violation: Violation, state: str, reason: str, by: User, at: dt.datetime) -> None:
    violation.state, violation.decision_reason = state, reason
    violation.decided_by, violation.decided_at = by, at
    violation.save(update_fields=["state", "decision_reason", "decided_by", "decided_at", "kept_until_on"])


def _years_on(day: dt.date, years: int) -> dt.date:
    """The same day so many years later; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
