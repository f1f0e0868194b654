"""Results made public and final: a masked list proposed, opened by a second person, and closed by its last day."""

import datetime as dt
from collections import Counter
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from exams import stages, wording
from exams.models import PublicNotice, Stage, StageEntry
from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib import clock, crypto, masking, working_days
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people import queries as people
from lms.people.models import Appointment, User

OFFICER = Appointment.Office.EXAM_OFFICER
DECIDERS = (OFFICER, Appointment.Office.SIGNATORY)
_LISTED = (StageEntry.State.PASSED, StageEntry.State.FAILED)
_APART = (StageEntry.State.ABSENT, StageEntry.State.VIOLATED, StageEntry.State.WITHDRAWN)


class OpensInThePast(Refusal):
    sentence = _("Publicity would begin on {opens}, which is past. Choose today or a later day.")
    field = "opens_on"


class ResultsMissing(Refusal):
    sentence = _("Candidates of this stage without a result yet: {count}. Settle their results first.")


class NothingToPublicise(Refusal):
    sentence = _("No candidate of this stage has a result, so there is no list to make public.")


class NoticeStands(Refusal):
    sentence = _("A list of this stage is proposed already. It must be opened or returned before another is made.")


class NoticeDecided(Refusal):
    sentence = _("This list is “{state}” and waits for nobody any more.")


class OwnProposal(Refusal):
    sentence = _("You proposed this list yourself. Another exam officer or signatory must decide on it.")
    status = 403


class ChangedSince(Refusal):
    sentence = _("The list has changed since you looked at it. Read it again before you decide.")


class OpenedTooLate(Refusal):
    sentence = _("This list was to open on {opens}. Return it, so that it can be proposed again with full days.")


class ReasonMissing(Refusal):
    sentence = _("Write why the list goes back: its proposer must know what to change.")
    field = "reason"


class NotPublicised(Refusal):
    sentence = _("No list of this stage has been made public, so its results cannot become final.")


class PublicityRunning(Refusal):
    sentence = _("The list is public until {closes}. The results can become final from the day after.")


@transaction.atomic
def propose_publicity(*, stage: Stage, opens_on: dt.date, by: User, at: dt.datetime) -> PublicNotice:
    """Propose the public list of a stage: everyone with a result, by admission number, the name masked, the school,
    passed or not; no identity number and no score. It closes on the exam's last working day, `opens_on` counted.

    Refuses: NotYourOffice, NotAtThisStep, OpensInThePast, ResultsMissing, NothingToPublicise, NoticeStands.
    """
    access.require(by, stage.exam.organisation, at, OFFICER)
    stages.lock(stage)
    _require_settled(stage)
    if opens_on < clock.local_date(at):
        raise OpensInThePast(opens=wording.day(opens_on))
    seen = what_is_seen(stage, opens_on)
    if not seen["rows"]:
        raise NothingToPublicise()
    try:
        with transaction.atomic():
            notice = PublicNotice.objects.create(
                stage=stage,
                opens_on=opens_on,
                closes_on=dt.date.fromisoformat(seen["closes_on"]),
                token=crypto.token(),
                rows=seen["rows"],
                seen=_summary(seen),
                seen_digest=crypto.digest(seen),
                proposed_by=by,
                proposed_at=at,
            )
    except IntegrityError as error:
        raise NoticeStands() from error
    journal.write("exams.publicity_proposed", by=by, at=at, about=stage, facts=notice.seen)
    return notice


def what_is_seen(stage: Stage, opens_on: dt.date) -> dict[str, Any]:
    """What both people decide on, computed from today's records: the period and the rows. Its digest is what the
    second person signs. Refuses: ResultsMissing."""
    return {
        "stage": stage.pk,
        "opens_on": opens_on.isoformat(),
        "closes_on": _closes_on(stage, opens_on).isoformat(),
        "rows": _rows(stage),
    }


@transaction.atomic
def open_publicity(*, notice: PublicNotice, seen_digest: str, by: User, at: dt.datetime) -> None:
    """Let the public see the list from its first to its last day; a second person decides, by the digest of what she
    saw. The candidates are told. Refuses: NotYourOffice, OwnProposal, NoticeDecided, NotAtThisStep, OpenedTooLate,
    ResultsMissing, ChangedSince."""
    _lock_undecided(notice, by, at)
    if clock.local_date(at) > notice.opens_on:
        raise OpenedTooLate(opens=wording.day(notice.opens_on))
    stages.lock(notice.stage)
    today = crypto.digest(what_is_seen(notice.stage, notice.opens_on))
    if not today == seen_digest == notice.seen_digest:
        raise ChangedSince()
    stages.advance(notice.stage, Stage.State.PUBLICISED, at)
    _decide(notice, PublicNotice.State.APPROVED, "", by, at)
    journal.write("exams.publicity_opened", by=by, at=at, about=notice.stage, facts=notice.seen)
    _tell_owners(
        notice.stage,
        "exams.result_public",
        at,
        opens_on=notice.opens_on.isoformat(),
        closes_on=notice.closes_on.isoformat(),
    )


@transaction.atomic
def return_publicity(*, notice: PublicNotice, reason: str, by: User, at: dt.datetime) -> None:
    """Give a proposed list back with a reason; another may then be proposed. Refuses: NotYourOffice, OwnProposal,
    NoticeDecided, ReasonMissing."""
    _lock_undecided(notice, by, at)
    if not reason.strip():
        raise ReasonMissing()
    _decide(notice, PublicNotice.State.RETURNED, reason.strip(), by, at)
    journal.write("exams.publicity_returned", by=by, at=at, about=notice.stage, reason=reason.strip())


@transaction.atomic
def finalise(*, stage: Stage, by: User, at: dt.datetime) -> None:
    """Make the results of a stage final, from the day after its publicity's last day; the candidates are told.
    Refuses: NotYourOffice, NotPublicised, PublicityRunning (naming the day), NotAtThisStep."""
    access.require(by, stage.exam.organisation, at, OFFICER)
    stages.lock(stage)
    notice = stage.notices.filter(state=PublicNotice.State.APPROVED).first()
    if notice is None:
        raise NotPublicised()
    if clock.local_date(at) <= notice.closes_on:
        raise PublicityRunning(closes=wording.day(notice.closes_on))
    stages.advance(stage, Stage.State.FINALISED, at)
    passed = stage.entries.filter(state=StageEntry.State.PASSED).count()
    facts = {"passed": passed, "listed": len(notice.rows)}
    journal.write("exams.results_finalised", by=by, at=at, about=stage, facts=facts)
    _tell_owners(stage, "exams.result_final", at)


def _require_settled(stage: Stage) -> None:
    state = Stage.State
    settled = [state.LINE_SET] if stage.kind == Stage.Kind.WRITTEN else [state.SCORES_CHECKED, state.LINE_SET]
    stages.require(stage, *settled)


def _closes_on(stage: Stage, opens_on: dt.date) -> dt.date:
    count = stage.exam.publicity_working_days
    # Ten weeks beside the days themselves: longer than any holiday between two working days.
    exceptions = people.day_exceptions(opens_on, opens_on + dt.timedelta(days=2 * count + 70))
    return working_days.last_working_day(opens_on, count, exceptions)


def _rows(stage: Stage) -> list[dict[str, Any]]:
    undecided = stage.entries.exclude(state__in=[*_LISTED, *_APART]).count()
    if undecided:
        raise ResultsMissing(count=undecided)
    entries = list(stage.entries.filter(state__in=_LISTED).select_related("candidate__teacher", "candidate__school"))
    written = _written_numbers(stage)
    rows = [
        {
            "number": entry.admission_number or written.get(entry.candidate_id, ""),
            "name": masking.mask_name(entry.candidate.teacher.full_name),
            "school": entry.candidate.school.name,
            "passed": entry.state == StageEntry.State.PASSED,
        }
        for entry in entries
    ]
    seen = Counter((row["name"], row["school"]) for row in rows)
    for row in rows:
        if seen[row["name"], row["school"]] > 1:
            row["name"] += f"（{row['number'][-4:]}）"
    return sorted(rows, key=lambda row: row["number"])


def _written_numbers(stage: Stage) -> dict[int, str]:
    """The admission numbers of the written stage, for those who carry no number of their own in a later one."""
    entries = StageEntry.objects.filter(stage__exam=stage.exam_id, stage__number__lt=stage.number)
    return dict(entries.exclude(admission_number="").values_list("candidate_id", "admission_number"))


def _summary(seen: dict[str, Any]) -> dict[str, Any]:
    return {
        "opens_on": seen["opens_on"],
        "closes_on": seen["closes_on"],
        "listed": len(seen["rows"]),
        "passed": sum(row["passed"] for row in seen["rows"]),
    }


def _lock_undecided(notice: PublicNotice, by: User, at: dt.datetime) -> None:
    access.require(by, notice.stage.exam.organisation, at, *DECIDERS)
    fresh = PublicNotice.objects.select_for_update().get(pk=notice.pk)
    notice.state = fresh.state
    if notice.proposed_by_id == by.pk:
        raise OwnProposal()
    if notice.state != PublicNotice.State.PROPOSED:
        raise NoticeDecided(state=notice.get_state_display())


def _decide(notice: PublicNotice, state: str, reason: str, by: User, at: dt.datetime) -> None:
    notice.state = state
    notice.decided_by = by
    notice.decided_at = at
    notice.decision_reason = reason
    notice.save(update_fields=["state", "decided_by", "decided_at", "decision_reason"])


def _tell_owners(stage: Stage, kind: str, at: dt.datetime, **more: str) -> None:
    listed = stage.entries.filter(state__in=_LISTED)
    owners = User.objects.filter(teacher__candidacies__entries__in=listed).order_by("pk")
    facts = {"exam": stage.exam.name, "stage": stage.name, **more}
    inbox.send_all(kind=kind, to=owners, at=at, address="/exams/mine/", facts_of=lambda _: facts)
