"""Papers: composed from the newest questions of the bank, frozen by a second person, from then on never changed."""

import datetime as dt
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from exams import stages
from exams.models import Module, Paper, PaperQuestion, Question, Sitting, Stage
from lms.journal import writing as journal
from lms.lib import crypto
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User

OFFICER = Appointment.Office.EXAM_OFFICER
_S = Stage.State
BEFORE_THE_BELL = (_S.PLANNING, _S.REGISTRATION_OPEN, _S.REGISTRATION_CLOSED, _S.ARRANGED)


class NotWritten(Refusal):
    sentence = _("“{module}” has no written paper. Choose a written module.")


class NothingChosen(Refusal):
    sentence = _("“{section}” has no questions yet. List their codes, or leave the section out.")
    field = "sections"


class UnknownQuestion(Refusal):
    sentence = _("The bank has no question {codes}. Check the codes, or collect the questions first.")
    field = "sections"


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


class FrozenByAnother(Refusal):
    sentence = _("You composed this paper, so another exam officer has to freeze it. Ask a colleague.")


class ChangedSince(Refusal):
    sentence = _("The paper was changed after you opened it. Read it again before you freeze it.")


class NoSitting(Refusal):
    sentence = _("“{module}” has no sitting yet. Schedule the sitting, then freeze the paper for it.")


@transaction.atomic
def compose(module: Module, title: str, sections: list[dict[str, Any]], *, by: User, at: dt.datetime) -> Paper:
    """Draft a paper from the newest versions in the bank of the exam's authority, numbered through in the order given.

    `sections`: [{"name", "kind", "points" (of each question), "codes": [...]}]. Who: an exam officer of the exam, until
    the bell. Refuses: NotYourOffice, NotAtThisStep, NotWritten, NothingChosen, QuestionTwice, UnknownQuestion,
    KindDoesNotFit, PointsNotPossible, PartsDoNotFit, TotalDoesNotFit.
    """
    _require_open(module, by, at)
    places = _places(module, sections)
    paper = Paper.objects.create(module=module, title=title.strip(), composed_by=by, composed_at=at)
    _lay_out(paper, places)
    journal.write("exams.paper_composed", by=by, at=at, about=paper, facts={"questions": len(places)})
    return paper


@transaction.atomic
def recompose(paper: Paper, title: str, sections: list[dict[str, Any]], *, by: User, at: dt.datetime) -> Paper:
    """Put other questions on a draft; whoever does becomes its composer. Refuses: PaperFrozen, and what `compose`
    refuses."""
    _require_open(paper.module, by, at)
    paper = _locked_draft(paper)
    places = _places(paper.module, sections)
    paper.title, paper.composed_by, paper.composed_at = title.strip(), by, at
    paper.save(update_fields=["title", "composed_by", "composed_at"])
    paper.places.all().delete()
    _lay_out(paper, places)
    journal.write("exams.paper_recomposed", by=by, at=at, about=paper, facts={"questions": len(places)})
    return paper


@transaction.atomic
def freeze(paper: Paper, *, by: User, at: dt.datetime, seen_digest: str | None = None) -> Paper:
    """Copy the questions into the paper, fix its digest, and give it to the module's sitting. Who: an exam officer of
    the exam who did not compose it, until the bell; `seen_digest` is `digest_of` what she read.

    Refuses: NotYourOffice, NotAtThisStep, PaperFrozen, FrozenByAnother, ChangedSince, NoSitting.
    """
    stages.lock(paper.module.stage)
    _require_open(paper.module, by, at)
    sitting = Sitting.objects.select_for_update().filter(module=paper.module).first()
    if sitting is None:
        raise NoSitting(module=paper.module.name)
    paper = _locked_draft(paper)
    if paper.composed_by_id == by.pk:
        raise FrozenByAnother()
    items, keys = contents(paper)
    digest = crypto.digest({"items": items, "keys": keys})
    if seen_digest is not None and seen_digest != digest:
        raise ChangedSince()
    paper.items, paper.keys, paper.digest = items, keys, digest
    paper.state, paper.frozen_by, paper.frozen_at = Paper.State.FROZEN, by, at
    try:
        with transaction.atomic():
            paper.save(update_fields=["items", "keys", "digest", "state", "frozen_by", "frozen_at"])
    except IntegrityError as error:
        raise FrozenByAnother() from error
    sitting.paper = paper
    sitting.save(update_fields=["paper"])
    journal.write("exams.paper_frozen", by=by, at=at, about=paper, facts={"digest": digest, "items": len(items)})
    return paper


@transaction.atomic
def read(paper: Paper, *, by: User, at: dt.datetime) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The paper's questions and keys, for an exam officer of the exam; every reading leaves a line in the journal.
    Refuses: NotYourOffice."""
    access.require(by, paper.module.stage.exam.organisation, at, OFFICER)
    journal.write("exams.paper_read", by=by, at=at, about=paper)
    return contents(paper)


def contents(paper: Paper) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What the candidate sees, and what marks each answer by its item ("12", "61.2"): the copy of a frozen paper; of a
    draft, what it would be today."""
    if paper.state == Paper.State.FROZEN:
        return paper.items, paper.keys
    items, keys = [], {}
    for place in paper.places.select_related("question").order_by("number"):
        items.append(_shown(place))
        keys |= _keys(place)
    return items, keys


def digest_of(paper: Paper) -> str:
    """What two people sign: the digest of the paper's questions and keys."""
    items, keys = contents(paper)
    return crypto.digest({"items": items, "keys": keys})


def _require_open(module: Module, by: User, at: dt.datetime) -> None:
    access.require(by, module.stage.exam.organisation, at, OFFICER)
    if module.kind != Module.Kind.WRITTEN:
        raise NotWritten(module=module.name)
    stages.require(module.stage, *BEFORE_THE_BELL)


def _locked_draft(paper: Paper) -> Paper:
    paper = Paper.objects.select_for_update(of=("self",)).select_related("module__stage__exam").get(pk=paper.pk)
    if paper.state == Paper.State.FROZEN:
        raise PaperFrozen()
    return paper


def _places(module: Module, sections: list[dict[str, Any]]) -> list[PaperQuestion]:
    """Every question's place, in order, not yet tied to a paper; refuses what does not make a whole paper."""
    codes = [code for section in sections for code in section["codes"]]
    if twice := [code for code, times in Counter(codes).items() if times > 1]:
        raise QuestionTwice(codes="、".join(twice))
    bank = Question.objects.filter(organisation=module.stage.exam.organisation, code__in=codes).newest()
    by_code = {each.code: each for each in bank}
    if unknown := [code for code in codes if code not in by_code]:
        raise UnknownQuestion(codes="、".join(unknown))
    places: list[PaperQuestion] = []
    for section in sections:
        points = _points(section)
        for question in _fitting(section, [by_code[code] for code in section["codes"]], points):
            number = len(places) + 1
            places.append(PaperQuestion(question=question, section=section["name"], number=number, points=points))
    total = sum((each.points for each in places), Decimal(0))
    if total != module.full_marks:
        raise TotalDoesNotFit(total=_plain(total), full=_plain(module.full_marks))
    return places


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
        raise PartsDoNotFit(codes="、".join(odd), points=_plain(points))
    return questions


def _lay_out(paper: Paper, places: list[PaperQuestion]) -> None:
    for each in places:
        each.paper = paper
    PaperQuestion.objects.bulk_create(places)


def _shown(place: PaperQuestion) -> dict[str, Any]:
    return {
        "number": place.number,
        "kind": place.question.kind,
        "section": place.section,
        "points": _plain(place.points),
        "stem": place.question.stem,
        "body": place.question.body,
    }


def _keys(place: PaperQuestion) -> dict[str, dict[str, Any]]:
    """The keys of a question's answers by item: one, or one for each part of a case."""
    question = place.question
    if question.kind != Question.Kind.CASE:
        return {str(place.number): {**question.key, "points": _plain(place.points)}}
    return {
        f"{place.number}.{part['number']}": {**key, "points": part["points"]}
        for part, key in zip(question.body["parts"], question.key["parts"], strict=True)
    }


def _plain(points: Decimal) -> str:
    return format(points.normalize(), "f")
