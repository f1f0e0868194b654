"""A whole plan laid out at once, and a judged module together with its rubric."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from exams import convening
from exams.models import Exam, Module, Stage
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import User
from lms.scoring import designing

FULL_MARKS, PASS_MARK = Decimal(100), Decimal(60)
DIFFERENCE_LIMIT = Decimal(2)
JUDGES, DROP_HIGH, DROP_LOW, MIN_FOR_DROP = 7, 1, 1, 5
WRITTEN_STAGE, WRITTEN_MODULE = _("Written exam"), _("Professional knowledge")
PERFORMANCE_STAGE = _("Oral exam and lesson presentation")
MODULE_NAMES = {Module.Kind.ORAL: _("Oral exam"), Module.Kind.LESSON: _("Lesson presentation")}
# Code, name, hint and points of each criterion; the points of a rubric come to 100.
RUBRICS: dict[str, tuple[tuple[str, str | Promise, str | Promise, int], ...]] = {
    Module.Kind.ORAL: (
        ("understanding", _("View of the work"), _("Aims, principles and policy of the work are understood."), 20),
        ("situation", _("Handling of the situation"), _("Judges sensibly; acts in order and feasibly."), 25),
        ("empathy", _("Listening and empathy"), _("Listens, answers fittingly, shows respect."), 20),
        ("ethics", _("Professional ethics"), _("Confidentiality, limits and referral; safety comes first."), 20),
        ("expression", _("Speech and bearing"), _("Speaks clearly and in order; bears herself naturally."), 15),
    ),
    Module.Kind.LESSON: (
        ("material", _("Contents and pupils"), _("Contents placed well, pupils known, aims observable."), 20),
        ("method", _("Teaching method"), _("Activity and experience first; the method serves the aim."), 15),
        ("learning", _("Guidance of learning"), _("Leads pupils to take part, to share and to transfer."), 10),
        ("process", _("Course of the lesson"), _("Complete, step by step, mindful of safety and of each."), 30),
        ("quality", _("Qualities of the teacher"), _("Knows the subject; warm and sincere."), 15),
        ("board", _("Board and language"), _("The board is brief and clear; the language fluent."), 10),
    ),
}


class PlanBegun(Refusal):
    sentence = _("“{exam}” has stages already. Add what is missing one by one.")


def default_criteria(kind: str) -> list[dict[str, Any]]:
    """The rubric that is offered for a kind of module, in the reader's language."""
    return [
        {"code": code, "name": str(name), "hint": str(hint), "points": points}
        for code, name, hint, points in RUBRICS[kind]
    ]


@transaction.atomic
def lay_default_plan(*, exam: Exam, by: User, at: dt.datetime) -> None:
    """The usual plan: a written stage of one paper, then a performance with oral exam and lesson presentation before
    seven judges, each with its rubric; 100 marks, 60 to pass.

    Refuses: NotYourOffice, PlanBegun.
    """
    access.require(by, exam.organisation, at, convening.OFFICER)
    Exam.objects.select_for_update().get(pk=exam.pk)
    if exam.stages.exists():
        raise PlanBegun(exam=exam.name)
    kind = Stage.Kind
    written = convening.add_stage(exam=exam, number=1, kind=kind.WRITTEN, name=str(WRITTEN_STAGE), by=by, at=at)
    convening.add_module(
        stage=written,
        number=1,
        kind=Module.Kind.WRITTEN,
        name=str(WRITTEN_MODULE),
        full_marks=FULL_MARKS,
        pass_mark=PASS_MARK,
        difference_limit=DIFFERENCE_LIMIT,
        by=by,
        at=at,
    )
    judged = convening.add_stage(exam=exam, number=2, kind=kind.PERFORMANCE, name=str(PERFORMANCE_STAGE), by=by, at=at)
    for module, name in MODULE_NAMES.items():
        add_judged_module(stage=judged, kind=module, name=str(name), criteria=default_criteria(module), by=by, at=at)


@transaction.atomic
def add_judged_module(
    *,
    stage: Stage,
    kind: str,
    name: str,
    criteria: list[dict[str, Any]],
    pass_mark: Decimal = PASS_MARK,
    judges: int = JUDGES,
    drop_high: int = DROP_HIGH,
    drop_low: int = DROP_LOW,
    min_for_drop: int = MIN_FOR_DROP,
    by: User,
    at: dt.datetime,
) -> Module:
    """Add a module that a panel judges out of 100, together with the rubric made of these criteria.

    Refuses: what `designing.draft_rubric` and `convening.add_module` refuse; then neither stands.
    """
    access.require(by, stage.exam.organisation, at, convening.OFFICER)
    Stage.objects.select_for_update().get(pk=stage.pk)
    return convening.add_module(
        stage=stage,
        number=stage.modules.count() + 1,
        kind=kind,
        name=name,
        full_marks=FULL_MARKS,
        pass_mark=pass_mark,
        rubric=designing.draft_rubric(name=name, criteria=criteria, full_marks=FULL_MARKS, by=by, at=at),
        judges=judges,
        drop_high=drop_high,
        drop_low=drop_low,
        min_for_drop=min_for_drop,
        by=by,
        at=at,
    )
