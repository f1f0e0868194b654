"""Papers: composed from the usable questions of the bank, frozen by a second person, from then on never changed and
before their day read only by those she names."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from exams import contents, difficulty, disclosing, showing, stages
from exams.models import Module, Paper, PaperQuestion, Question, Sitting, Stage
from exams.models.exam import EXAM_OFFICES
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import User
from lms.questions import checking

_S = Stage.State
BEFORE_THE_BELL = (_S.PLANNING, _S.REGISTRATION_OPEN, _S.REGISTRATION_CLOSED, _S.ARRANGED)


class NotWritten(Refusal):
    sentence = _("“{module}” has no written paper. Choose a written module.")


class NothingChosen(Refusal):
    sentence = _("“{section}” has no questions yet. List their codes, or leave the section out.")
    field = "sections"


class UnknownQuestion(Refusal):
    sentence = _(
        "The bank has no usable question {codes}. Check the codes, or collect the questions and let them be approved."
    )
    field = "sections"


class NoRightAnswer(Refusal):
    sentence = _("{codes} cannot be marked: the right answer is missing. Mend them in the bank, or take others.")
    field = "sections"


class QuestionUnsound(Refusal):
    sentence = _("{codes} cannot be asked as they stand in the bank. Mend them there, or take others.")
    field = "sections"


class NotUsable(Refusal):
    sentence = _("{codes} cannot be used: not approved yet, or retired. Have them approved, or choose others.")
    field = "sections"


class NoLongerUsable(Refusal):
    sentence = _("{codes}: retired, or replaced by a later version since the paper was composed. Compose it again.")


class QuestionTwice(Refusal):
    sentence = _("{codes} would stand on the paper twice. Name each question once.")
    field = "sections"


class KindDoesNotFit(Refusal):
    sentence = _("{codes} in “{section}” are of another kind. Move them to a section of their kind.")
    field = "sections"


class PointsNotPossible(Refusal):
    sentence = _("Points in “{section}” must be a number above 0 with at most one decimal place.")
    field = "sections"


class PartsDoNotFit(Refusal):
    sentence = _("The parts of {codes} are not worth {points} points together. Give the case the points of its parts.")
    field = "sections"


class TotalDoesNotFit(Refusal):
    sentence = _("The questions are worth {total} points; the paper needs {full}. Add or leave out questions.")
    field = "sections"


class PaperFrozen(Refusal):
    sentence = _("This paper is frozen and never changes again. Compose another paper if this one cannot be used.")


class DraftGone(Refusal):
    sentence = _("This draft was discarded meanwhile.")


class OneOfTwoForms(Refusal):
    sentence = _(
        "This paper is one of two equivalent forms, so its questions are only swapped one by one. "
        "Compose anew for other questions altogether."
    )


class FrozenByAnother(Refusal):
    sentence = _("You composed this paper, so another exam officer has to freeze it. Ask a colleague.")


class ChangedSince(Refusal):
    sentence = _("The paper was changed after you opened it. Read it again before you freeze it.")


class NoSitting(Refusal):
    sentence = _("“{module}” has no sitting yet. Schedule the sitting, then freeze the paper for it.")


@transaction.atomic
def compose(
    module: Module, title: str, sections: list[dict[str, Any]], *, shuffle: bool = False, by: User, at: dt.datetime
) -> Paper:
    """Draft a paper from the usable questions in the bank of the exam's authority, numbered through in the order given.

    `sections`: [{"name", "kind", "points" (of each question), "codes": [...]}]; `shuffle`: every candidate sees the
    options in an order of her own. Who: an exam officer of the exam, until the bell. Refuses: NotYourOffice,
    NotAtThisStep, NotWritten, NothingChosen, QuestionTwice, UnknownQuestion, KindDoesNotFit, PointsNotPossible,
    PartsDoNotFit, TotalDoesNotFit, NoRightAnswer, QuestionUnsound.
    """
    require_open(module, by, at)
    places = _places(module, sections)
    paper = Paper(module=module, title=title.strip(), composed_by=by, composed_at=at)
    paper.option_order = showing.ALGORITHM if shuffle else ""
    lay_out(paper, places)
    journal.write("exams.paper_composed", by=by, at=at, about=paper, facts={"questions": len(places)})
    return paper


@transaction.atomic
def recompose(
    paper: Paper,
    title: str,
    sections: list[dict[str, Any]],
    *,
    shuffle: bool = False,
    by: User,
    at: dt.datetime,
) -> Paper:
    """Put other questions on a draft; whoever does becomes its composer, and it is a paper made by hand from then on.
    Refuses: DraftGone, PaperFrozen, OneOfTwoForms, and what `compose` refuses."""
    require_open(paper.module, by, at)
    paper = locked_forms(paper)[0]
    if paper.form:
        raise OneOfTwoForms()
    places = _places(paper.module, sections)
    paper.title, paper.composed_by, paper.composed_at = title.strip(), by, at
    paper.option_order = showing.ALGORITHM if shuffle else ""
    paper.specification, paper.seed = {}, ""
    paper.places.all().delete()
    lay_out(paper, places)
    journal.write("exams.paper_recomposed", by=by, at=at, about=paper, facts={"questions": len(places)})
    return paper


@transaction.atomic
def freeze(
    paper: Paper,
    *,
    readers: Sequence[tuple[User, str]] = (),
    by: User,
    at: dt.datetime,
    seen_digest: str | None = None,
) -> Paper:
    """Copy the questions into the paper, fix its digest, and give it to the module's sitting; two forms are frozen as
    one. `readers`: exam officers who may read it before the exam is over, each with the reason; nobody else may.
    Who: an exam officer of the exam who composed neither form, until the bell; `seen_digest` is what
    `contents.signed_digest` gives of what she read. Returns the paper, form A of two.

    Refuses: NotYourOffice, NotAtThisStep, DraftGone, PaperFrozen, FrozenByAnother, ChangedSince, NoLongerUsable,
    NoSitting, ReaderNotAnOfficer, ReaderWithoutReason.
    """
    stages.lock(paper.module.stage)
    require_open(paper.module, by, at)
    sitting = Sitting.objects.select_for_update().filter(module=paper.module).first()
    if sitting is None:
        raise NoSitting(module=paper.module.name)
    forms = locked_forms(paper)
    if by.pk in {each.composed_by_id for each in forms}:
        raise FrozenByAnother()
    if seen_digest is not None and seen_digest != contents.signed_digest(forms[0]):
        raise ChangedSince()
    _require_usable(forms)
    for each in forms:
        _freeze_one(each, by, at)
    disclosing.name_readers(forms, readers, by=by, at=at)
    sitting.paper = forms[0]
    sitting.save(update_fields=["paper"])
    facts = {"digest": forms[0].digest, "items": len(forms[0].items), "readers": len(readers)}
    if len(forms) > 1:
        facts["digest_of_form_b"] = forms[1].digest
    journal.write("exams.paper_frozen", by=by, at=at, about=forms[0], facts=facts)
    return forms[0]


def _require_usable(forms: Sequence[Paper]) -> None:
    asked = Question.objects.filter(places__paper__in=forms).exclude(state=Question.State.USABLE)
    if gone := list(asked.order_by("code").values_list("code", flat=True)):
        raise NoLongerUsable(codes="、".join(gone))


def _freeze_one(paper: Paper, by: User, at: dt.datetime) -> None:
    paper.items, paper.keys = contents.of(paper)
    paper.digest = contents.digest(paper, paper.items, paper.keys)
    paper.state, paper.frozen_by, paper.frozen_at = Paper.State.FROZEN, by, at
    try:
        with transaction.atomic():
            paper.save(update_fields=["items", "keys", "digest", "state", "frozen_by", "frozen_at"])
    except IntegrityError as error:
        raise FrozenByAnother() from error


def require_open(module: Module, by: User, at: dt.datetime) -> None:
    """Refuse (NotYourOffice, NotWritten, NotAtThisStep) unless a paper of the module can still be changed by this
    user."""
    access.require(by, module.stage.exam.organisation, at, *EXAM_OFFICES)
    if module.kind != Module.Kind.WRITTEN:
        raise NotWritten(module=module.name)
    stages.require(module.stage, *BEFORE_THE_BELL)


def locked_forms(paper: Paper) -> list[Paper]:
    """The paper, or both forms, A first, under a lock. Refuses: DraftGone, PaperFrozen."""
    lead = paper.form_of_id or paper.pk
    papers = Paper.objects.select_for_update(of=("self",)).select_related("module__stage__exam__organisation")
    forms = sorted(papers.filter(Q(pk=lead) | Q(form_of=lead)).order_by("pk"), key=lambda each: each.form)
    if not forms:
        raise DraftGone()
    if any(each.state == Paper.State.FROZEN for each in forms):
        raise PaperFrozen()
    return forms


def _places(module: Module, sections: list[dict[str, Any]]) -> list[PaperQuestion]:
    """Every question's place, in order, not yet tied to a paper; refuses what does not make a whole paper."""
    codes = [code for section in sections for code in section["codes"]]
    if twice := [code for code, times in Counter(codes).items() if times > 1]:
        raise QuestionTwice(codes="、".join(twice))
    bank = Question.objects.filter(organisation=module.stage.exam.organisation, code__in=codes)
    by_code = {each.code: each for each in bank.usable()}
    if missing := [code for code in codes if code not in by_code]:
        known = set(bank.filter(code__in=missing).values_list("code", flat=True))
        if unknown := [code for code in missing if code not in known]:
            raise UnknownQuestion(codes="、".join(unknown))
        raise NotUsable(codes="、".join(missing))
    places: list[PaperQuestion] = []
    for section in sections:
        points = _points(section)
        for question in _fitting(section, [by_code[code] for code in section["codes"]], points):
            number = len(places) + 1
            places.append(PaperQuestion(question=question, section=section["name"], number=number, points=points))
    require_total(module, sum((each.points for each in places), Decimal(0)))
    require_sound([each.question for each in places])
    return places


def require_total(module: Module, total: Decimal) -> None:
    """Refuse (TotalDoesNotFit) unless the points make the module's full marks."""
    if total != module.full_marks:
        raise TotalDoesNotFit(total=contents.plain(total), full=contents.plain(module.full_marks))


def require_sound(questions: list[Question]) -> None:
    """Refuse (NoRightAnswer, QuestionUnsound) where a question cannot be asked or marked as it stands."""
    unmarked, unsound = [], []
    for each in questions:
        found = checking.problems(each.kind, each.stem, each.body, each.key, each.points)
        if any(problem.about == "right" for problem in found):
            unmarked.append(each.code)
        elif found:
            unsound.append(each.code)
    if unmarked:
        raise NoRightAnswer(codes="、".join(unmarked))
    if unsound:
        raise QuestionUnsound(codes="、".join(unsound))


def _points(section: dict[str, Any]) -> Decimal:
    try:
        points = Decimal(str(section["points"]))
        if points.is_finite() and 0 < points < 1000 and points == points.quantize(Decimal("0.1")):
            return points.quantize(Decimal("0.1"))
    except InvalidOperation:
        pass
    raise PointsNotPossible(section=section["name"])


def _fitting(section: dict[str, Any], questions: list[Question], points: Decimal) -> list[Question]:
    if not questions:
        raise NothingChosen(section=section["name"])
    if strange := [each.code for each in questions if each.kind != section["kind"]]:
        raise KindDoesNotFit(codes="、".join(strange), section=section["name"])
    if section["kind"] == Question.Kind.CASE and (odd := [each.code for each in questions if each.points != points]):
        raise PartsDoNotFit(codes="、".join(odd), points=contents.plain(points))
    return questions


def lay_out(paper: Paper, places: list[PaperQuestion]) -> None:
    """Save the paper with these questions, and what candidates are expected to earn on it."""
    paper.expected = difficulty.expected(paper.module.stage.exam.organisation, places)
    paper.save()
    for each in places:
        each.paper = paper
    PaperQuestion.objects.bulk_create(places)
