"""From the final results of an exam to the list of those who are to be certified."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from certs import issuing
from certs.models import Batch
from exams import roll
from exams.models import Exam, Stage, StageEntry
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User

OFFICER = Appointment.Office.EXAM_OFFICER


class NotAllFinal(Refusal):
    sentence = _("“{stage}” is not final yet. Certificates follow only from final results of every stage.")


class NobodyPassed(Refusal):
    sentence = _("Nobody passed the last stage of this exam, so there is nobody to certify.")


class ListStands(Refusal):
    sentence = _("The list of this exam has been proposed already. Open it under the certificate lists.")


@transaction.atomic
def propose(*, exam: Exam, issue_on: dt.date, by: User, at: dt.datetime) -> Batch:
    """Propose for certification everyone who passed the exam's last stage, once all its stages are final; another
    person signs the list. Refuses: NotYourOffice, NotAllFinal, NobodyPassed, ListStands, and what
    certs.issuing.propose refuses."""
    access.require(by, exam.organisation, at, OFFICER)
    exam = Exam.objects.select_for_update(of=("self",)).select_related("organisation", "level").get(pk=exam.pk)
    for stage in exam.stages.all():
        if stage.state != Stage.State.FINALISED:
            raise NotAllFinal(stage=stage.name)
    awards = _awards(exam)
    if not awards:
        raise NobodyPassed()
    if roll.award_list(exam) is not None:
        raise ListStands()
    batch = issuing.propose(
        level=exam.level, title=exam.name, basis=roll.award_basis(exam), awards=awards, issue_on=issue_on, by=by, at=at
    )
    journal.write("exams.award_proposed", by=by, at=at, about=exam, facts={"count": len(awards), "batch": batch.pk})
    return batch


def _awards(exam: Exam) -> list[issuing.Award]:
    last = exam.stages.last()
    if last is None:
        return []
    passed = StageEntry.objects.filter(stage=last, state=StageEntry.State.PASSED)
    entries = passed.select_related("candidate__teacher", "candidate__school").order_by("candidate__number")
    return [
        issuing.Award(
            teacher=entry.candidate.teacher,
            facts={
                "exam": exam.name,
                "level": exam.level.name,
                "authority": exam.organisation.name,
                "school": entry.candidate.school.name,
            },
            basis=roll.award_basis(exam),
        )
        for entry in entries
    ]
