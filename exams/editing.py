"""Questions written and revised one by one, and the tree of topics they lie in; an edit is always a new version."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from exams import illustrating, versioning
from exams.illustrating import Kept, Upload
from exams.models import Question
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, Organisation, User
from lms.questions import checking, topics
from lms.questions.checking import Problem

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,15}")
State = Question.State


class CodeNotPossible(Refusal):
    sentence = _("A code is up to 16 letters and figures, such as S001.")
    field = "code"
    status = 422


class CodeTaken(Refusal):
    sentence = _("This bank already has a question {code}. Give the new one another code, or revise that one.")
    field = "code"


class QuestionFaulty(Refusal):
    """What is wrong stands in `problems`."""

    sentence = _("The question cannot be asked as it stands. Mend what is marked.")
    status = 422

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__()
        self.problems = problems


class NewerVersion(Refusal):
    sentence = _("Somebody has made a later version of {code} since you opened it. Revise that one.")


class NothingChanged(Refusal):
    sentence = _("Nothing was changed, so version {version} stays.")
    status = 422


class TopicUnknown(Refusal):
    sentence = _("No question of this bank lies in the topic “{topic}”. Choose one of the list.")
    field = "start"


class TopicNotPossible(Refusal):
    sentence = _("Write where the topic goes, its steps parted by “/”, with at most {longest} characters.")
    field = "to"
    status = 422


@dataclass(frozen=True)
class Content:
    """What a version asks and how it is marked (shapes: lms/questions), and where it belongs; `points` have at most one
    decimal place."""

    kind: str
    stem: str
    body: dict[str, Any]
    key: dict[str, Any]
    points: Decimal
    difficulty: str
    topic: str = ""
    cognitive_level: str = ""
    explanation: str = ""
    source: str = ""

    def facts(self) -> dict[str, Any]:
        """The same as a version's fields."""
        return {**vars(self), "stem": self.stem.strip(), "topic": topics.tidy(self.topic)}


def write(
    bank: Organisation,
    code: str,
    content: Content,
    *,
    by: User,
    at: dt.datetime,
    send: bool = False,
    upload: Upload | None = None,
) -> Question:
    """Put a new question into a bank, as a draft or (`send`) in review; an `upload` is shown below its stem. Who: an
    exam officer whose office covers the institution, or a trainer of the institution itself. Refuses: NotYourOffice,
    CodeNotPossible, CodeTaken, QuestionFaulty, MediaUnknown, and what `illustrating.stored_for` refuses."""
    versioning.require_author(by, bank, at)
    with illustrating.stored_for(bank, upload) as kept:
        return _write(bank, code, content, kept, by, at, send)


@transaction.atomic
def _write(
    bank: Organisation, code: str, content: Content, kept: Kept | None, by: User, at: dt.datetime, send: bool
) -> Question:
    bank = versioning.lock(bank)
    if not CODE.fullmatch(code):
        raise CodeNotPossible()
    if Question.objects.filter(organisation=bank, code=code).exists():
        raise CodeTaken(code=code)
    made = _entered(bank, Question(code=code, version=1, **_sound(bank, content, kept, at)), by, at, send)
    journal.write("exams.question_written", by=by, at=at, about=made, facts=_told(made))
    return made


def revise(
    question: Question,
    content: Content,
    *,
    by: User,
    at: dt.datetime,
    send: bool = False,
    upload: Upload | None = None,
) -> Question:
    """Make the next version of a question, as a draft or (`send`) in review; the version before stays as it is, and in
    use until this one is approved. Who, and `upload`: as `write`. Refuses: NotYourOffice, NewerVersion, NothingChanged,
    QuestionFaulty, MediaUnknown, and what `illustrating.stored_for` refuses."""
    versioning.require_author(by, question.organisation, at)
    with illustrating.stored_for(question.organisation, upload) as kept:
        return _revise(question, content, kept, by, at, send)


@transaction.atomic
def _revise(question: Question, content: Content, kept: Kept | None, by: User, at: dt.datetime, send: bool) -> Question:
    bank = versioning.lock(question.organisation)
    if Question.objects.filter(organisation=bank, code=question.code, version__gt=question.version).exists():
        raise NewerVersion(code=question.code)
    facts = _sound(bank, content, kept, at)
    if all(getattr(question, name) == value for name, value in facts.items()):
        raise NothingChanged(version=question.version)
    made = _entered(bank, Question(code=question.code, version=question.version + 1, **facts), by, at, send)
    journal.write("exams.question_revised", by=by, at=at, about=made, facts=_told(made))
    return made


@transaction.atomic
def move_topic(bank: Organisation, start: str, to: str, *, by: User, at: dt.datetime) -> int:
    """Rename a topic of a bank or hang it elsewhere, with everything below it; returns how many versions lie in it. It
    changes where questions are found, never what they ask. Who: an exam officer of the bank. Refuses: NotYourOffice,
    TopicNotPossible, TopicUnknown."""
    access.require(by, bank, at, Appointment.Office.EXAM_OFFICER)
    bank, to = versioning.lock(bank), topics.tidy(to)
    found = list(Question.objects.filter(organisation=bank).about(start).only("pk", "topic")) if start else []
    if not found:
        raise TopicUnknown(topic=start)
    for each in found:
        each.topic = topics.moved(each.topic, start, to)
    if not to or max(len(each.topic) for each in found) > topics.LONGEST:
        raise TopicNotPossible(longest=topics.LONGEST)
    Question.objects.bulk_update(found, ["topic"], batch_size=500)
    facts = {"start": start, "to": to, "versions": len(found)}
    journal.write("exams.topic_moved", by=by, at=at, about=bank, facts=facts)
    return len(found)


def next_code(bank: Organisation, kind: str) -> str:
    """A code that is free in the bank for a question of this kind: its letter and the next number."""
    letter = _LETTERS[kind]
    codes = Question.objects.filter(organisation=bank, code__startswith=letter).values_list("code", flat=True)
    numbers = [int(code[1:]) for code in codes.distinct() if code[1:].isdecimal()]
    return f"{letter}{max(numbers, default=0) + 1:03d}"


_LETTERS = {
    Question.Kind.SINGLE: "S",
    Question.Kind.MULTIPLE: "M",
    Question.Kind.TRUE_FALSE: "T",
    Question.Kind.FILL_IN: "F",
    Question.Kind.MATCHING: "P",
    Question.Kind.ORDERING: "O",
    Question.Kind.SHORT_ANSWER: "E",
    Question.Kind.CASE: "C",
}


def _sound(bank: Organisation, content: Content, kept: Kept | None, at: dt.datetime) -> dict[str, Any]:
    """The fields of a version that can be asked, what it shows in its stem and in the bank."""
    facts = content.facts()
    if found := checking.problems(content.kind, facts["stem"], content.body, content.key, content.points):
        raise QuestionFaulty(found)
    if kept:
        kept.enter(bank, at)
        facts["stem"] = f"{facts['stem']}\n\n{kept.mark}"
    illustrating.require_known(bank, facts["stem"], facts["body"], facts["key"], facts["explanation"])
    return facts


def _entered(bank: Organisation, made: Question, by: User, at: dt.datetime, send: bool) -> Question:
    state = State.IN_REVIEW if send else State.DRAFT
    try:
        with transaction.atomic():
            [entered] = versioning.enter(bank, [made], state, by=by, at=at)
    except IntegrityError:  # somebody else made the same version at this moment
        raise NewerVersion(code=made.code) from None
    return entered


def _told(made: Question) -> dict[str, Any]:
    return {"version": made.version, "kind": made.kind, "state": made.state}
