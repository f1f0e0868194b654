"""Who reads a frozen paper before its day: those whom the second person named, and every reading leaves a line."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from exams import contents
from exams.models import Attempt, Exam, Paper, PaperReader, Sitting
from exams.models.exam import EXAM_OFFICES
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User


class NotNamedAsReader(Refusal):
    sentence = _(
        "This paper is frozen, and you are not among those named to read it before the exam is over. "
        "After the exam every exam officer may read it."
    )
    status = 403


class ReaderNotAnOfficer(Refusal):
    sentence = _("{name} is not an exam officer of this exam. Name an exam officer as reader.")
    field = "reader"


class ReaderWithoutReason(Refusal):
    sentence = _("Say why {name} has to read the paper before the exam.")
    field = "reason"


def name_readers(forms: list[Paper], readers: Sequence[tuple[User, str]], *, by: User, at: dt.datetime) -> None:
    """Write down, inside the freezing, who may read these forms before the exam is over, each with the reason.
    Refuses: ReaderNotAnOfficer, ReaderWithoutReason."""
    authority = forms[0].module.stage.exam.organisation
    for reader, reason in readers:
        if not access.covers(reader, authority, at, *EXAM_OFFICES):
            raise ReaderNotAnOfficer(name=reader)
        if not reason.strip():
            raise ReaderWithoutReason(name=reader)
    PaperReader.objects.bulk_create(
        [
            PaperReader(paper=paper, reader=reader, reason=reason.strip(), named_by=by, named_at=at)
            for reader, reason in readers
            for paper in forms
        ],
        ignore_conflicts=True,
    )


def officers_of(exam: Exam, at: dt.datetime) -> QuerySet[User]:
    """Who holds the office of exam officer over an exam's authority on that day, by name: whom one can name."""
    above = [*exam.organisation.ancestor_ids, exam.organisation_id]
    held = Appointment.objects.held_on(clock.local_date(at)).filter(office__in=EXAM_OFFICES, organisation__in=above)
    return User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("full_name", "pk")


def may_read(paper: Paper, by: User, at: dt.datetime) -> bool:
    """Whether a user may see the questions now: an exam officer of the exam while the paper is a draft and once the
    exam is over; between the two, only those named, as long as they hold the office."""
    if not access.covers(by, paper.module.stage.exam.organisation, at, *EXAM_OFFICES):
        return False
    return paper.state == Paper.State.DRAFT or paper.readers.filter(reader=by).exists() or _is_over(paper, at)


@transaction.atomic
def read(
    paper: Paper, *, purpose: str = "read", by: User, at: dt.datetime
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The paper's questions and keys, where `may_read`; every reading leaves a line in the journal with its purpose
    ("read", "previewed", "printed"). Refuses: NotYourOffice, NotNamedAsReader."""
    access.require(by, paper.module.stage.exam.organisation, at, *EXAM_OFFICES)
    if not may_read(paper, by, at):
        raise NotNamedAsReader()
    journal.write("exams.paper_read", by=by, at=at, about=paper, facts={"purpose": purpose})
    return contents.of(paper)


def _is_over(paper: Paper, at: dt.datetime) -> bool:
    """Whether the exam is over: its end and the grace are past, and nobody is in the paper any more."""
    sitting = Sitting.objects.filter(module=paper.module_id).first()
    if sitting is None or at <= sitting.ends_at + dt.timedelta(seconds=sitting.grace_seconds):
        return False
    return not Attempt.objects.filter(paper__module=paper.module_id, state=Attempt.State.OPEN).exists()
