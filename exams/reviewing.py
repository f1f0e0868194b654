"""Before a question is asked a second person looks at it: sent to review, approved or sent back, retired and taken up
again."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from exams import versioning
from exams.models import Question
from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, Organisation, User
from lms.questions import likeness

OFFICER = Appointment.Office.EXAM_OFFICER
State = Question.State
_NAMED = 20  # codes that a journal line or a refusal names before it only counts


class NothingChosen(Refusal):
    sentence = _("No question is chosen. Tick the ones you mean.")
    field = "chosen"
    status = 422


class MovedOn(Refusal):
    sentence = _("{codes}: no longer as you saw them. Look at the list again, then decide.")
    field = "chosen"


class OwnQuestion(Refusal):
    sentence = _("You wrote or took in {codes} yourself, so another exam officer has to approve them.")
    field = "chosen"


class ReasonMissing(Refusal):
    sentence = _("Write the reason: whoever works with this question reads it.")
    field = "reason"
    status = 422


class LaterVersion(Refusal):
    sentence = _("A later version of {code} is there. Work with that one.")


def send(question: Question, *, by: User, at: dt.datetime) -> Question:
    """Hand a draft to the exam officers for review. Who: whoever writes for the bank. Refuses: NotYourOffice,
    MovedOn."""
    [found] = send_many([question], by=by, at=at)
    return found


@transaction.atomic
def send_many(questions: Iterable[Question], *, by: User, at: dt.datetime) -> list[Question]:
    """Hand drafts to the exam officers for review, all of them or none; each has its line in the journal. Who: whoever
    writes for their banks. Refuses: NothingChosen, NotYourOffice, MovedOn."""
    asked = list(questions)
    for bank in {each.organisation_id: each.organisation for each in asked}.values():
        versioning.require_author(by, bank, at)
    found = _locked(asked, State.DRAFT)
    versioning.move(found, State.IN_REVIEW, by=by, at=at)
    lines = [journal.About(each, {"version": each.version}) for each in found]
    journal.write_all("exams.question_sent", by=by, at=at, about=lines)
    return found


@transaction.atomic
def approve(questions: Iterable[Question], *, by: User, at: dt.datetime) -> list[Question]:
    """Make questions in review usable, all of them or none; the versions before them are superseded. Who: an exam
    officer whose office covers the bank and who neither wrote nor took in any of them.

    Refuses: NothingChosen, NotYourOffice, MovedOn, OwnQuestion.
    """
    found = _locked(questions, State.IN_REVIEW, officer=by, at=at)
    if own := [each.code for each in found if each.collected_by_id == by.pk]:
        raise OwnQuestion(codes=_listed(own))
    _supersede_before(found, by, at)
    try:
        with transaction.atomic():
            versioning.move(found, State.USABLE, by=by, at=at)
    except IntegrityError:
        raise MovedOn(codes=_listed([each.code for each in found])) from None
    _write_each_bank("exams.questions_approved", found, by, at)
    return found


@transaction.atomic
def send_back(question: Question, reason: str, *, by: User, at: dt.datetime) -> Question:
    """Give a question in review back to its author, who reads why. Who: an exam officer of the bank, not its author.
    Refuses: ReasonMissing, NotYourOffice, MovedOn, OwnQuestion."""
    reason = _reasoned(reason)
    [found] = _locked([question], State.IN_REVIEW, officer=by, at=at)
    if found.collected_by_id == by.pk:
        raise OwnQuestion(codes=found.code)
    versioning.move([found], State.DRAFT, by=by, at=at, reason=reason)
    facts = {"version": found.version}
    journal.write("exams.question_sent_back", by=by, at=at, about=found, reason=reason, facts=facts)
    inbox.send(
        kind="exams.question_sent_back",
        to=found.collected_by,
        at=at,
        address=f"/exams/bank/{found.pk}/",
        code=found.code,
        reason=reason,
    )
    return found


@transaction.atomic
def retire(questions: Iterable[Question], reason: str, *, by: User, at: dt.datetime) -> list[Question]:
    """Take usable questions out of use, all of them or none: no new paper gets them, papers that stand keep them. Who:
    an exam officer of the bank. Refuses: ReasonMissing, NothingChosen, NotYourOffice, MovedOn."""
    reason = _reasoned(reason)
    found = _locked(questions, State.USABLE, officer=by, at=at)
    versioning.move(found, State.RETIRED, by=by, at=at, reason=reason)
    _write_each_bank("exams.questions_retired", found, by, at, reason)
    return found


@transaction.atomic
def take_up(question: Question, reason: str, *, by: User, at: dt.datetime) -> Question:
    """Put a retired question back into use. Who: an exam officer of the bank. Refuses: ReasonMissing, NotYourOffice,
    MovedOn, LaterVersion (one that is being worked on or stands in its place)."""
    reason = _reasoned(reason)
    [found] = _locked([question], State.RETIRED, officer=by, at=at)
    _require_newest(found)
    versioning.move([found], State.USABLE, by=by, at=at, reason=reason)
    journal.write("exams.question_taken_up", by=by, at=at, about=found, reason=reason)
    return found


def alike(question: Question) -> list[Question]:
    """The other questions of the bank whose stems are much like this one's, retired and superseded ones left out."""
    living = Question.objects.filter(organisation=question.organisation).exclude(code=question.code)
    living = living.filter(state__in=[*Question.OPEN, State.USABLE])
    stems = {str(pk): stem for pk, stem in living.values_list("pk", "stem")}
    return list(living.filter(pk__in=likeness.beside(question.stem, stems)).order_by("code"))


def alike_in(bank: Organisation) -> list[tuple[Question, Question]]:
    """Every pair of questions of a bank that are much alike, each pair once, by code."""
    living = Question.objects.filter(organisation=bank, state__in=[*Question.OPEN, State.USABLE]).order_by("code", "pk")
    by_pk = {str(each.pk): each for each in living.only("code", "version", "stem", "kind", "state")}
    pairs = likeness.twins({pk: each.stem for pk, each in by_pk.items()}, by_pk)
    return [(by_pk[one], by_pk[two]) for one, two in pairs if by_pk[one].code != by_pk[two].code]


def _locked(
    questions: Iterable[Question], state: str, *, officer: User | None = None, at: dt.datetime | None = None
) -> list[Question]:
    """The questions as they stand now, their banks locked; refuses what is not in `state` any more."""
    asked = list({each.pk: each for each in questions})
    if not asked:
        raise NothingChosen()
    found = Question.objects.filter(pk__in=asked)
    banks = Organisation.objects.filter(pk__in=found.order_by().values("organisation"))
    banks = list(banks.select_for_update().order_by("pk"))
    for bank in banks if officer and at else ():
        access.require(officer, bank, at, OFFICER)
    standing = list(found.select_related("organisation", "collected_by").order_by("code"))
    if moved := [each.code for each in standing if each.state != state]:
        raise MovedOn(codes=_listed(moved))
    return standing


def _supersede_before(found: Sequence[Question], by: User, at: dt.datetime) -> None:
    """What was usable or retired under the same codes gives way."""
    approved = {(each.organisation_id, each.code) for each in found}
    before = Question.objects.filter(
        organisation__in={each.organisation_id for each in found},
        code__in={each.code for each in found},
        state__in=[State.USABLE, State.RETIRED],
    )
    standing = [each for each in before if (each.organisation_id, each.code) in approved]
    versioning.move(standing, State.SUPERSEDED, by=by, at=at)


def _require_newest(question: Question) -> None:
    later = Question.objects.filter(
        organisation=question.organisation_id, code=question.code, version__gt=question.version
    )
    if later.exists():
        raise LaterVersion(code=question.code)


def _reasoned(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing()
    return reason.strip()


def _write_each_bank(act: str, found: Sequence[Question], by: User, at: dt.datetime, reason: str = "") -> None:
    banks: dict[Organisation, list[str]] = {}
    for each in found:
        banks.setdefault(each.organisation, []).append(each.code)
    for bank, codes in banks.items():
        facts = {"count": len(codes), "codes": codes[:_NAMED]}
        journal.write(act, by=by, at=at, about=bank, reason=reason, facts=facts)


def _listed(codes: Sequence[str]) -> str:
    more = f" … ({len(codes)})" if len(codes) > _NAMED else ""
    return "、".join(codes[:_NAMED]) + more
