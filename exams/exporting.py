"""Question banks out: a selection as a workbook, GIFT or Moodle XML; every copy is journalled and can be traced."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Callable, Iterable, Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from exams import question_files, question_media, question_sheet
from exams.models import Question
from exams.question_faults import of_reason
from exams.question_files import GIFT, MOODLE_XML, WORKBOOK
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, Organisation, User
from lms.questions.formats import gift_writing, moodle_writing
from lms.questions.items import Item, LeftOut

OFFICER = Appointment.Office.EXAM_OFFICER
MOST = 5000
ENDINGS = {WORKBOOK: "xlsx", GIFT: "gift.txt", MOODLE_XML: "xml"}


class NothingToExport(Refusal):
    sentence = _("No question fits. Choose another topic, kind or state.")


class NothingTicked(Refusal):
    sentence = _("No question is ticked. Tick those that the file shall hold.")
    status = 422


class SeveralBanks(Refusal):
    sentence = _("The ticked questions are of {count} banks; a file holds those of one. Choose a bank above the list.")
    status = 422


class TooManyToExport(Refusal):
    sentence = _("{count} questions fit; a file holds at most {limit}. Choose a topic or a kind.")


class SomeLeftOut(Refusal):
    """Some questions have no place in the format; `left_out` names them, each with the key and facts of its reason."""

    sentence = _("{count} questions have no place in this format. Take another format, or export the rest.")

    def __init__(self, left_out: Sequence[LeftOut], rest: int) -> None:
        super().__init__(count=len(left_out))
        self.left_out = [(each.item, *of_reason(each.reason, each.facts)) for each in left_out]
        self.rest = rest


@transaction.atomic
def export(
    organisation: Organisation,
    questions: Sequence[Question],
    kind: str,
    *,
    rest: bool = False,
    by: User,
    at: dt.datetime,
) -> bytes:
    """The questions of one bank as a file of the format `kind`, with a mark of this copy that the journal knows. Who:
    an exam officer whose office covers the bank.

    Refuses: NotYourOffice, NothingToExport, TooManyToExport, SomeLeftOut (unless `rest` is asked for; always where no
    question has a place).
    """
    access.require(by, organisation, at, OFFICER)
    if not questions:
        raise NothingToExport()
    if len(questions) > MOST:
        raise TooManyToExport(count=len(questions), limit=MOST)
    copy = secrets.token_hex(4)
    content, left_out = _WRITERS[kind](_items(organisation, questions, kind), copy)
    if left_out and (not rest or len(left_out) == len(questions)):
        raise SomeLeftOut(left_out, len(questions) - len(left_out))
    facts = {
        "format": kind,
        "questions": len(questions) - len(left_out),
        "left_out": len(left_out),
        "copy": copy,
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    journal.write("exams.bank_exported", by=by, at=at, about=organisation, facts=facts)
    return content


def export_ticked(
    questions: Sequence[Question], kind: str, *, rest: bool = False, by: User, at: dt.datetime
) -> tuple[bytes, Organisation]:
    """Just these questions as a file, and the bank that they are of; otherwise as `export`. Refuses: NothingTicked,
    SeveralBanks, and what `export` refuses."""
    banks = {each.organisation_id: each.organisation for each in questions}
    if not banks:
        raise NothingTicked()
    if len(banks) > 1:
        raise SeveralBanks(count=len(banks))
    [bank] = banks.values()
    return export(bank, questions, kind, rest=rest, by=by, at=at), bank


def _items(organisation: Organisation, questions: Sequence[Question], kind: str) -> list[Item]:
    shown = {each.pk: question_media.ids_in(each.stem, each.body, each.key, each.explanation) for each in questions}
    media = question_media.read(organisation.pk, {name for names in shown.values() for name in names})
    return [
        question_files.of_question(each, tuple(media[name] for name in shown[each.pk] if name in media), kind)
        for each in questions
    ]


def _gift(every: Iterable[Item], copy: str) -> tuple[bytes, list[LeftOut]]:
    content, left_out = gift_writing.write(every)
    return f"// [copy:{copy}]\n\n".encode() + content, left_out


def _moodle_xml(every: Iterable[Item], copy: str) -> tuple[bytes, list[LeftOut]]:
    content, left_out = moodle_writing.write(every)
    head, end, rest = content.partition(b"?>")
    return head + end + f"\n<!-- copy:{copy} -->".encode() + rest, left_out


# The mark of a copy stands where a reader of the format passes it by.
_WRITERS: dict[str, Callable[[Iterable[Item], str], tuple[bytes, list[LeftOut]]]] = {
    WORKBOOK: question_sheet.write,
    GIFT: _gift,
    MOODLE_XML: _moodle_xml,
}
