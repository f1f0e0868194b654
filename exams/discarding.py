"""What was only drafted is thrown away: a paper that nobody froze, a table kept for reuse; the journal keeps that."""

import datetime as dt

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from exams import composing
from exams.models import Paper, Specification
from exams.models.exam import EXAM_OFFICES
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import User


class ComposedByAnother(Refusal):
    sentence = _("{name} composed this draft, so only she discards it. Change the draft, and it is yours.")


class DraftInUse(Refusal):
    sentence = _("Something stands on this draft already, so it stays. Ask a colleague to look at it.")


class TableGone(Refusal):
    sentence = _("This table was discarded meanwhile.")


@transaction.atomic
def discard_paper(*, paper: Paper, by: User, at: dt.datetime) -> None:
    """Throw a draft away, two forms together; its questions stay in the bank. Who: an exam officer of the exam who
    composed it, or one of its forms. Refuses: NotYourOffice, DraftGone, PaperFrozen (so what a sitting gives to its
    candidates stays), ComposedByAnother, DraftInUse."""
    access.require(by, paper.module.stage.exam.organisation, at, *EXAM_OFFICES)
    forms = composing.locked_forms(paper)
    if by.pk not in {each.composed_by_id for each in forms}:
        raise ComposedByAnother(name=forms[0].composed_by.full_name)
    questions = sum(each.places.count() for each in forms)
    facts = {
        "title": forms[0].title,
        "forms": len(forms),
        "questions": questions,
        "exam": forms[0].module.stage.exam_id,
    }
    journal.write("exams.paper_discarded", by=by, at=at, about=forms[0], facts=facts)
    try:
        for each in reversed(forms):  # form B points to form A
            each.delete()
    except ProtectedError as error:
        raise DraftInUse() from error


@transaction.atomic
def discard_table(*, table: Specification, by: User, at: dt.datetime) -> None:
    """Throw a kept table away; papers composed from it keep their copy. Who: an exam officer over its authority.
    Refuses: NotYourOffice, TableGone."""
    access.require(by, table.organisation, at, *EXAM_OFFICES)
    found = Specification.objects.select_for_update().filter(pk=table.pk).first()
    if found is None:
        raise TableGone()
    facts = {"title": found.title, "total": str(found.total)}
    journal.write("exams.specification_discarded", by=by, at=at, about=found, facts=facts)
    found.delete()
