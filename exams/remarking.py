"""An answer is marked anew by other markers: what was given before stays in the record and counts no more."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from exams import dividing, marking, queries, scripts, stages
from exams.models import Answer, Mark, Remarking, Stage
from lms.inbox import writing as inbox
from lms.journal import writing
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User


class RemarkReasonMissing(Refusal):
    sentence = _("Write why this answer is marked anew; the reason is kept with the old marks.")
    field = "reason"


class NotMarkedYet(Refusal):
    sentence = _("Both markers have to give their points before an answer can be marked anew. Wait for them.")


class AlreadyAnothersMarker(Refusal):
    sentence = _("{name} has been given this answer before. Choose somebody who has not.")


class TheSameMarker(Refusal):
    sentence = _("{name} was named twice. An answer needs two different markers.")
    field = "second"


def order(answer: Answer, first: User, second: User, reason: str, *, by: User, at: dt.datetime) -> Remarking:
    """Have an answer marked anew by two who were never given it. The marks so far, a third one's included, are
    superseded: they stay with points, marker and moment, and the final points come from the new ones alone.
    Refuses: NotYourOffice, NotAtThisStep (only while marking), RemarkReasonMissing, NotMarkedYet, TheSameMarker,
    NotAMarker, AlreadyAnothersMarker, MarkerOnTrial, MarkerOfTheSchool."""
    with transaction.atomic():
        stages.lock(answer.attempt.paper.module.stage)  # no scores are checked while the marks change
        answer = marking.locked_answer(answer.pk)
        module = answer.attempt.paper.module
        exam = module.stage.exam
        access.require(by, exam.organisation, at, Appointment.Office.EXAM_OFFICER)
        stages.require(module.stage, Stage.State.MARKING)
        if not reason.strip():
            raise RemarkReasonMissing()
        every = list(answer.marks.select_related("marker"))
        standing = {each.role: each for each in every if each.superseded_by_id is None and each.role in queries.HUMAN}
        if any(role not in standing or standing[role].points is None for role in queries.PAIR):
            raise NotMarkedYet()
        _require_markers(answer, [first, second], every, at)
        remarking = Remarking.objects.create(answer=answer, reason=reason.strip(), ordered_by=by, ordered_at=at)
        Mark.objects.filter(pk__in=[each.pk for each in standing.values()]).update(superseded_by=remarking)
        Mark.objects.bulk_create(
            [
                Mark(answer=answer, role=role, marker=marker, assigned_at=at)
                for role, marker in zip(queries.PAIR, (first, second), strict=True)
            ]
        )
        facts = {
            "script": answer.attempt.script,
            "item": answer.item,
            "superseded": {role: scripts.plain(each.points) for role, each in standing.items()},
            "markers": [str(first), str(second)],
        }
        writing.write("exams.answer_marked_anew", by=by, at=at, about=module, reason=reason.strip(), facts=facts)
        inbox.send_all(
            kind="exams.marking_ready",
            to=[first, second],
            at=at,
            address=marking.PILES,
            facts_of=lambda _user: {"exam": exam.name, "count": 1},
        )
    return remarking


def _require_markers(answer: Answer, people: list[User], every: list[Mark], at: dt.datetime) -> None:
    if people[0].pk == people[1].pk:
        raise TheSameMarker(name=people[0])
    taken = {each.marker_id for each in every}
    barred, constructed = dividing.Barred(people), queries.as_constructed(answer)
    for each in people:
        if not access.covers(each, answer.attempt.paper.module.stage.exam.organisation, at, Appointment.Office.MARKER):
            raise marking.NotAMarker(name=each)
        if each.pk in taken:
            raise AlreadyAnothersMarker(name=each)
        barred.require(each, constructed)
