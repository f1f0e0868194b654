"""The hearing day: a candidate signs in, draws number and topic, prepares, presents, answers, and signs for her score.

Every step is a row of one table; whoever moves a hearing locks it first. Who: a clerk of the exam's authority.
"""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from exams import placing, stages
from exams.models import Hearing, HearingDay, Stage, StageEntry
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User
from lms.scoring import drawing
from lms.scoring.models import Lot, ScoreSheet

CLERK = Appointment.Office.CLERK
_S = Hearing.State

# Step → from which state to which. Signing in leads on to "number drawn" where the order has been drawn already.
STEPS: dict[str, dict[str, str]] = {
    "sign_in": {_S.SCHEDULED: _S.SIGNED_IN},
    "draw_topic": {_S.LOT_DRAWN: _S.TOPIC_DRAWN},
    "prepare": {_S.TOPIC_DRAWN: _S.PREPARING},
    "present": {_S.PREPARING: _S.PRESENTING},
    "defend": {_S.PRESENTING: _S.DEFENDING},
    "finish": {_S.DEFENDING: _S.SCORING},
    "acknowledge": {_S.SCORED: _S.ACKNOWLEDGED},
    "forfeit": dict.fromkeys((_S.SCHEDULED, _S.SIGNED_IN, _S.LOT_DRAWN, _S.TOPIC_DRAWN, _S.PREPARING), _S.FORFEITED),
    "disqualify": dict.fromkeys(
        (
            _S.SIGNED_IN,
            _S.LOT_DRAWN,
            _S.TOPIC_DRAWN,
            _S.PREPARING,
            _S.PRESENTING,
            _S.DEFENDING,
            _S.SCORING,
            _S.SCORED,
        ),
        _S.DISQUALIFIED,
    ),
}
IN_THE_ROOM = (_S.PRESENTING, _S.DEFENDING)
OVER = (_S.ACKNOWLEDGED, _S.FORFEITED, _S.DISQUALIFIED)
_ACTS = {
    "sign_in": "exams.candidate_signed_in",
    "draw_topic": "exams.topic_drawn",
    "prepare": "exams.preparation_begun",
    "present": "exams.presentation_begun",
    "defend": "exams.defence_begun",
    "finish": "exams.hearing_finished",
    "acknowledge": "exams.score_acknowledged",
    "forfeit": "exams.hearing_forfeited",
    "disqualify": "exams.candidate_disqualified",
    "undo": "exams.step_undone",
}


class WrongStep(Refusal):
    sentence = _("{who} stands at “{step}”, so this cannot be done now. Look at the board again.")


class NotToday(Refusal):
    sentence = _("This belongs to another day of hearings. Open the board of today.")


class OrderAlreadyDrawn(Refusal):
    sentence = _("The order of this day has been drawn and stands.")


class NobodyToDraw(Refusal):
    sentence = _("Nobody is called for this day, so there is no order to draw.")


class RoomBusy(Refusal):
    sentence = _("Number {number} is still in {room}. Finish that hearing first.")


class ReasonMissing(Refusal):
    sentence = _("Write the reason: it is kept with the hearing.")
    field = "reason"


class NothingToUndo(Refusal):
    sentence = _("Only the last step can be taken back, once, and the drawn order never.")


class SheetsSigned(Refusal):
    sentence = _("A judge has signed already, so the step can no longer be taken back.")


def sign_in(*, hearing: Hearing, by: User, at: dt.datetime) -> Hearing:
    """She is here, with her papers checked; late after the day's start. Refuses: NotYourOffice, WrongStep,
    NotToday."""
    return _step("sign_in", hearing, by, at)


@transaction.atomic
def draw_order(*, day: HearingDay, by: User, at: dt.datetime) -> list[Hearing]:
    """Draw the numbers 1 to n of a day by the lot that was committed when the candidates were called, for everyone
    not forfeited, here already or not; a topic lot is then committed for each. Once for a day.

    Refuses: NotYourOffice, NotToday, OrderAlreadyDrawn, NobodyToDraw.
    """
    day = HearingDay.objects.select_for_update(of=("self",)).select_related("stage__exam__organisation").get(pk=day.pk)
    _require_clerk(day, by, at)
    _require_today(day, at)
    if day.state != HearingDay.State.DRAFT:
        raise OrderAlreadyDrawn()
    waiting = (
        day.hearings.select_for_update(of=("self",)).select_related("entry__candidate", "panel").exclude(state__in=OVER)
    )
    by_item = {placing.item_of(each.entry): each for each in waiting}
    if not by_item:
        raise NobodyToDraw()
    # Nothing from before the draw is taken back after it: who was out then has no number.
    day.hearings.update(previous_state="")
    lot = drawing.draw(Lot.objects.get(purpose=placing.order_purpose(day)), by=by, at=at)
    hearings = [by_item[item] for item in lot.result if item in by_item]
    for number, hearing in enumerate(hearings, start=1):
        hearing.number = number
        if hearing.state == _S.SIGNED_IN:
            hearing.state, hearing.changed_at = _S.LOT_DRAWN, at
        hearing.previous_state = ""
    Hearing.objects.bulk_update(hearings, ["number", "state", "changed_at", "previous_state"])
    day.state = HearingDay.State.ORDER_DRAWN
    day.save(update_fields=["state"])
    stages.reach(day.stage, Stage.State.IN_PROGRESS, at)
    _commit_topics(day, hearings, by, at)
    facts = {"numbers": len(hearings), "seed": lot.seed}
    journal.write("exams.order_drawn", by=by, at=at, about=day, facts=facts)
    return hearings


def draw_topic(*, hearing: Hearing, by: User, at: dt.datetime) -> Hearing:
    """Draw the topic from the panel's group by the candidate's own lot; taken back and drawn again, it is the same.
    Refuses: NotYourOffice, WrongStep."""
    return _step("draw_topic", hearing, by, at)


def prepare(*, hearing: Hearing, by: User, at: dt.datetime) -> Hearing:
    """Into the preparation room; her minutes run. Refuses: NotYourOffice, WrongStep."""
    return _step("prepare", hearing, by, at)


def present(*, hearing: Hearing, by: User, at: dt.datetime) -> Hearing:
    """Before the panel, which may score from now on. Refuses: NotYourOffice, WrongStep, RoomBusy."""
    return _step("present", hearing, by, at)


def defend(*, hearing: Hearing, by: User, at: dt.datetime) -> Hearing:
    """From presenting to answering the panel's questions. Refuses: NotYourOffice, WrongStep."""
    return _step("defend", hearing, by, at)


def finish(*, hearing: Hearing, by: User, at: dt.datetime) -> Hearing:
    """Out of the room; the judges complete and sign, and it counts as scored once every sheet is. Refuses:
    NotYourOffice, WrongStep."""
    return _step("finish", hearing, by, at)


def acknowledge(*, hearing: Hearing, by: User, at: dt.datetime) -> Hearing:
    """She has signed for her score on the printed slip. Refuses: NotYourOffice, WrongStep."""
    return _step("acknowledge", hearing, by, at)


def forfeit(*, hearing: Hearing, reason: str, by: User, at: dt.datetime) -> Hearing:
    """She did not come, or went before presenting: no score, never a nought. Refuses: NotYourOffice, WrongStep,
    ReasonMissing."""
    return _step("forfeit", hearing, by, at, reason=_stated(reason))


def disqualify(*, hearing: Hearing, reason: str, by: User, at: dt.datetime) -> Hearing:
    """A breach of the rules, such as telling her name or school: no score. Refuses: NotYourOffice, WrongStep,
    ReasonMissing."""
    return _step("disqualify", hearing, by, at, reason=_stated(reason))


@transaction.atomic
def undo(*, hearing: Hearing, by: User, at: dt.datetime) -> Hearing:
    """Take the last step back, once; its clock goes on as if the step had not been taken.

    Refuses: NotYourOffice, NothingToUndo (also for the drawn order), SheetsSigned, RoomBusy.
    """
    hearing = lock(hearing)
    _require_clerk(hearing.day, by, at)
    undone, back = hearing.state, hearing.previous_state
    if not back:
        raise NothingToUndo()
    if _sheets_signed(hearing):
        raise SheetsSigned()
    if back in IN_THE_ROOM:
        _require_room(hearing)
    hearing.state, hearing.changed_at = back, hearing.previous_at
    hearing.previous_state, hearing.previous_at = "", None
    if back == _S.LOT_DRAWN and undone == _S.TOPIC_DRAWN:
        hearing.topic = None
    if back == _S.SCHEDULED:
        hearing.is_late = False
        _set_entry(hearing, StageEntry.State.TICKETED)
    hearing.save()
    if undone in OVER:
        HearingDay.objects.filter(pk=hearing.day_id, state=HearingDay.State.CLOSED).update(
            state=HearingDay.State.IN_PROGRESS
        )
    facts = {"from": undone, "to": back}
    journal.write(_ACTS["undo"], by=by, at=at, about=hearing, facts=facts)
    return hearing


def lock(hearing: Hearing) -> Hearing:
    """The hearing as it stands now, locked until the transaction ends, with all that a step looks at."""
    return (
        Hearing.objects.select_for_update(of=("self",))
        .select_related("entry__candidate__teacher", "day__stage__exam__organisation", "panel", "topic")
        .get(pk=hearing.pk)
    )


def score_if_complete(hearing: Hearing, at: dt.datetime) -> None:
    """A finished hearing whose every performance has its score counts as scored; the caller holds its lock."""
    if hearing.state != _S.SCORING or hearing.performances.filter(assessment__score=None).exists():
        return
    hearing.state, hearing.changed_at, hearing.previous_state = _S.SCORED, at, ""
    hearing.save(update_fields=["state", "changed_at", "previous_state"])
    journal.write("exams.hearing_scored", by=None, at=at, about=hearing)


# One step


@transaction.atomic
def _step(step: str, hearing: Hearing, by: User, at: dt.datetime, *, reason: str = "") -> Hearing:
    hearing = lock(hearing)
    _require_clerk(hearing.day, by, at)
    to = STEPS[step].get(hearing.state)
    if to is None:
        raise WrongStep(who=_who(hearing), step=hearing.get_state_display())
    facts = _BEFORE[step](hearing, by, at) if step in _BEFORE else {}
    if step == "sign_in" and hearing.number:
        to = _S.LOT_DRAWN
    hearing.previous_state, hearing.previous_at = hearing.state, hearing.changed_at
    hearing.state, hearing.changed_at = to, at
    hearing.save()
    journal.write(_ACTS[step], by=by, at=at, about=hearing, reason=reason, facts=facts)
    if step == "finish":
        score_if_complete(hearing, at)
    _move_day(hearing)
    return hearing


def _on_sign_in(hearing: Hearing, by: User, at: dt.datetime) -> dict[str, Any]:
    _require_today(hearing.day, at)
    hearing.is_late = at > hearing.day.starts_at
    _set_entry(hearing, StageEntry.State.PRESENT)
    stages.reach(hearing.day.stage, Stage.State.IN_PROGRESS, at)
    return {"late": hearing.is_late}


def _on_draw_topic(hearing: Hearing, by: User, at: dt.datetime) -> dict[str, Any]:
    lot = Lot.objects.get(purpose=placing.topic_purpose(hearing))
    if not lot.drawn_at:
        lot = drawing.draw(lot, by=by, at=at)
    hearing.topic = hearing.day.stage.topics.get(code=lot.result[0])
    return {"topic": hearing.topic.code}


def _on_present(hearing: Hearing, by: User, at: dt.datetime) -> dict[str, Any]:
    _require_room(hearing)
    return {}


_BEFORE = {"sign_in": _on_sign_in, "draw_topic": _on_draw_topic, "present": _on_present}


def _require_clerk(day: HearingDay, by: User, at: dt.datetime) -> None:
    access.require(by, day.stage.exam.organisation, at, CLERK)


def _require_today(day: HearingDay, at: dt.datetime) -> None:
    if clock.local_date(at) != clock.local_date(day.starts_at):
        raise NotToday()


def _require_room(hearing: Hearing) -> None:
    """One candidate at a time before a panel; the panel's row is locked, so two cannot be let in at once."""
    type(hearing.panel).objects.select_for_update().get(pk=hearing.panel_id)
    inside = hearing.panel.hearings.filter(state__in=IN_THE_ROOM).exclude(pk=hearing.pk).first()
    if inside:
        raise RoomBusy(number=inside.number, room=hearing.panel.name)


def _stated(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing()
    return reason.strip()


def _who(hearing: Hearing) -> str:
    return _("Number {number}").format(number=hearing.number) if hearing.number else str(hearing.entry)


def _set_entry(hearing: Hearing, state: str) -> None:
    hearing.entry.state = state
    hearing.entry.save(update_fields=["state"])


def _sheets_signed(hearing: Hearing) -> bool:
    return hearing.performances.filter(assessment__sheets__state=ScoreSheet.State.SIGNED).exists()


def _move_day(hearing: Hearing) -> None:
    """A day is in progress from its first topic, and closed when nobody of it is left to hear."""
    day = HearingDay.objects.filter(pk=hearing.day_id)
    if hearing.state == _S.TOPIC_DRAWN and hearing.day.state == HearingDay.State.ORDER_DRAWN:
        day.update(state=HearingDay.State.IN_PROGRESS)
    elif hearing.state in OVER and not hearing.day.hearings.exclude(state__in=OVER).exists():
        day.update(state=HearingDay.State.CLOSED)


def _commit_topics(day: HearingDay, hearings: list[Hearing], by: User, at: dt.datetime) -> None:
    codes: dict[str, list[str]] = {}
    for group, code in day.stage.topics.order_by("code").values_list("group", "code"):
        codes.setdefault(group, []).append(code)
    wanted = {placing.topic_purpose(each): codes[each.panel.group] for each in hearings}
    drawing.commit_all(wanted=wanted, about=day, by=by, at=at)
