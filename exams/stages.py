"""The order in which a stage of an exam moves, in one table; every act that moves one asks here."""

import datetime as dt

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from exams.models import Stage
from lms.lib.refusals import Refusal

_S = Stage.State

# From each state, where a stage may go next. A stage after the first has no registration of its own: it is arranged
# from those who passed the one before. A performance stage may have no line to set.
ORDER: dict[str, tuple[str, ...]] = {
    _S.PLANNING: (_S.REGISTRATION_OPEN, _S.ARRANGED),
    _S.REGISTRATION_OPEN: (_S.REGISTRATION_CLOSED,),
    _S.REGISTRATION_CLOSED: (_S.ARRANGED,),
    _S.ARRANGED: (_S.IN_PROGRESS,),
    _S.IN_PROGRESS: (_S.MARKING,),
    _S.MARKING: (_S.SCORES_CHECKED,),
    _S.SCORES_CHECKED: (_S.LINE_SET, _S.PUBLICISED),
    _S.LINE_SET: (_S.PUBLICISED,),
    _S.PUBLICISED: (_S.FINALISED,),
    _S.FINALISED: (),
}
_RANK = {state: rank for rank, state in enumerate(ORDER)}


class NotAtThisStep(Refusal):
    sentence = _("“{stage}” stands at “{step}”, so this cannot be done now. Look at the exam's page for the next step.")


def may_move(stage: Stage, to: str) -> bool:
    """Whether the table lets the stage go there: the first stage never skips its registration, a later one has none,
    and a written stage is not publicised without a line."""
    if to not in ORDER[stage.state]:
        return False
    if stage.state == _S.PLANNING:
        return (to == _S.REGISTRATION_OPEN) == (stage.number == 1)
    if to == _S.PUBLICISED and stage.state == _S.SCORES_CHECKED:
        return stage.kind == Stage.Kind.PERFORMANCE
    return True


def is_past(stage: Stage, state: str) -> bool:
    """Whether the stage stands at `state` or behind it."""
    return _RANK[stage.state] >= _RANK[state]


def require(stage: Stage, *states: str) -> None:
    """Refuse (NotAtThisStep) unless the stage stands at one of these states."""
    if stage.state not in states:
        raise NotAtThisStep(stage=stage.name, step=stage.get_state_display())


def advance(stage: Stage, to: str, at: dt.datetime) -> None:
    """Move a stage to `to` and keep the moment; the row is locked and read again, so of two who move it one is
    refused. Call it inside the act's transaction. Refuses: NotAtThisStep, naming the step at which it is."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a stage moves inside the transaction of the act that moves it")
    lock(stage)
    if not may_move(stage, to):
        raise NotAtThisStep(stage=stage.name, step=stage.get_state_display())
    stage.state = to
    stage.reached = {**stage.reached, to: at.isoformat()}
    stage.save(update_fields=["state", "reached"])


def reach(stage: Stage, to: str, at: dt.datetime) -> bool:
    """`advance`, unless the stage is already there or further; True where it moved. For steps that many may be the
    first to take, such as the first candidate who opens the paper."""
    if is_past(stage, to):
        return False
    lock(stage)
    if is_past(stage, to):
        return False
    advance(stage, to, at)
    return True


def lock(stage: Stage) -> None:
    """Lock the stage's row until the transaction ends and read its state again."""
    fresh = Stage.objects.select_for_update().get(pk=stage.pk)
    stage.state, stage.reached, stage.arrangement = fresh.state, fresh.reached, fresh.arrangement
