"""A roster as a file: its headings and words, how a row is read, and every fault in the reader's language.

A fault is plain data, kept until someone reads it: {"row", "column", "heading", "found", "expected", "key", "facts"};
`sentence` and `expected` say it in words. Identity numbers and telephones in `found` are masked.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from exams import eligibility
from lms.lib import masking, sheets
from lms.people import cells, vocabulary
from lms.people.cells import COUNTY, GUIDE, ID_NUMBER, NAME, PHONE, POST, REMARK, SCHOOL, STAGE

# The headings are a data format, the same in every language of the site.
NUMBER, SUBJECT, EDUCATION = "序号", "任教学科", "学历"
CERTIFICATE, WORK_START, IN_SERVICE, HOURS = "教师资格证号码", "参加工作年月", "在岗情况", "培训学时"
HEADINGS = [
    NUMBER,
    NAME,
    ID_NUMBER,
    COUNTY,
    SCHOOL,
    STAGE,
    SUBJECT,
    POST,
    EDUCATION,
    CERTIFICATE,
    WORK_START,
    IN_SERVICE,
    HOURS,
    PHONE,
    REMARK,
]
REQUIRED = [each for each in HEADINGS if each not in (NUMBER, COUNTY, SUBJECT, REMARK)]
WORDS = {
    STAGE: vocabulary.STAGES,
    POST: vocabulary.POSTS,
    EDUCATION: vocabulary.EDUCATION,
    IN_SERVICE: vocabulary.IN_SERVICE,
}
_READ = [each for each in HEADINGS if each != REMARK]
_PHONE = re.compile(r"[0-9]{11}")
_HOURS = re.compile(r"[0-9]{1,4}(\.[0-9])?")
_NUMBER = re.compile(r"[1-9][0-9]{0,5}")

# Fault → what is wrong and what to do, and what is expected there.
FAULTS: dict[str, tuple[str | Promise, str | Promise]] = {
    **cells.FAULTS,
    "already_candidate": (
        _("She is registered for this exam already, as number {number}. Leave the row out."),
        _("not yet registered"),
    ),
    "number_wrong": (_("A place on the roster is a whole number from 1."), _("a whole number")),
    "number_twice": (_("Row {other} has the same number. Number the rows anew."), _("each number once")),
    "number_taken": (
        _("This number is given to another candidate of the exam. Leave the column empty, or go on counting."),
        _("a free number"),
    ),
    "hours_wrong": (_("Write the hours as a number; 0 where there are none."), _("a number, such as 72")),
}
NOTES = {
    **cells.NOTES,
    "phone_as_number": _("Row {row}: the phone was typed as a number and is kept as the text {found}."),
}
covered = cells.covered


def sentence(fault: Mapping[str, Any]) -> str:
    """What is wrong in a cell and what to do, in the reader's language."""
    return cells.filled(FAULTS[fault["key"]][0], fault["facts"])


def expected(fault: Mapping[str, Any]) -> str:
    """What should stand in the cell: the very word where it is known, else what kind of thing."""
    return fault["expected"] or cells.filled(FAULTS[fault["key"]][1], fault["facts"])


def note_sentence(note: Mapping[str, Any]) -> str:
    """A note in the reader's language."""
    return cells.filled(NOTES[note["note"]], note)


class Reader(cells.Reader):
    """One row of a candidate's facts."""

    def read(self) -> dict[str, Any]:
        """The row as plain data: number, full_name, id_number ("" where it cannot be right), county, school, facts."""
        self.refuse_formulas(_READ)
        return {
            "row": self.row.number,
            "number": self._number(),
            "full_name": self.name(),
            "id_number": self.id_number(),
            "school_name": self.text(SCHOOL),
            "facts": {
                "stage": self.word(STAGE, WORDS[STAGE]),
                "subject": self.text(SUBJECT),
                "post": self.word(POST, WORDS[POST]),
                "education": self.word(EDUCATION, WORDS[EDUCATION]),
                "teacher_certificate": self._certificate(),
                "work_started_on": self.month(WORK_START),
                "in_service": self.word(IN_SERVICE, WORDS[IN_SERVICE]),
                "training_hours": self._hours(),
                "phone": self.phone(),
            },
        }

    def _number(self) -> int | None:
        text = self.code(NUMBER)
        if not text:
            return None
        if not _NUMBER.fullmatch(text):
            self.fault(NUMBER, "number_wrong")
            return None
        return int(text)

    def _certificate(self) -> str:
        is_none = self.code(CERTIFICATE) == vocabulary.NO_CERTIFICATE
        return eligibility.NO_CERTIFICATE if is_none else self.number(CERTIFICATE)

    def _hours(self) -> str:
        text = self.code(HOURS)
        if not _HOURS.fullmatch(text):
            self.fault(HOURS, "hours_wrong")
            return ""
        return text

    def phone(self, heading: str = PHONE) -> str:
        """A telephone of eleven digits, or ""; one typed as a number has lost nothing and is kept, with a note."""
        text = self.code(heading).replace("-", "")
        if text and not _PHONE.fullmatch(text):
            self.fault(heading, "phone_wrong", length=len(text))
            return ""
        if text and self.kind(heading) == sheets.NUMBER:
            masked = masking.mask_phone(text)
            self.notes.append({"note": "phone_as_number", "row": self.row.number, "found": masked})
        return text


def template() -> bytes:
    """An empty roster: every cell text, and a second sheet with the words that may stand in a column."""
    longest = max(len(words) for words in WORDS.values())
    columns = [[*words, *[""] * (longest - len(words))] for words in WORDS.values()]
    rows = [list(row) for row in zip(*columns, strict=True)]
    return sheets.write([("花名册", HEADINGS, []), (GUIDE, list(WORDS), rows)], text_columns=HEADINGS)
