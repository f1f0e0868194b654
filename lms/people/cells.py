"""Reads the cells of one row about a person: values as they will be kept, faults and notes gathered on the way.

A fault is plain data, kept until someone reads it: {"row", "column", "heading", "found", "expected", "key", "facts"};
FAULTS say it in words. Identity numbers and telephones in `found` are covered.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from lms.lib import clock, masking, sheets
from lms.people import identity, names

# The headings are a data format, the same in every language of the site.
NAME, ID_NUMBER, COUNTY, SCHOOL = "姓名", "身份证件号", "县（市、区）", "学校"
STAGE, POST, PHONE, REMARK = "学段", "岗位", "手机", "备注"
GUIDE = "填写说明"  # the second sheet of a template, which is not read
SEPARATOR = "、"  # between several words of one cell
_SEPARATORS = re.compile("[、，,;；/]")
_LONG_ID, _LONG_PHONE = 15, 8  # from here on it may be somebody's
_PHONE = re.compile(r"1[0-9]{10}")
_MONTH = re.compile(r"((?:19|20)[0-9]{2})[-./年]?(0?[1-9]|1[0-2])(?:月|[-./][0-9]{1,2}(?: .*)?)?")
_DATE = re.compile(
    r"((?:19|20)[0-9]{2})(?:([-./])(\d{1,2})(?:\2(\d{1,2}))?|年(\d{1,2})月(?:(\d{1,2})日?)?|(\d{2})(\d{2})?)"
)
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?[Ee]\+?[0-9]+")

# Fault → what is wrong and what to do, and what is expected there.
FAULTS: dict[str, tuple[str | Promise, str | Promise]] = {
    **{each.__name__: (each.sentence, _("18 characters, as text")) for each in identity.BadIdNumber.__subclasses__()},
    **{each.__name__: (each.sentence, _("the full name")) for each in names.BadName.__subclasses__()},
    "formula": (_("A formula stands here. Copy the column and paste it as values."), _("a value")),
    "written_as_number": (
        _("The spreadsheet turned it into a number and lost digits. Format the cell as text and type it again."),
        _("digits, as text"),
    ),
    "unknown_word": (_("This word is not in the list, or nothing stands here. Choose one of the list."), ""),
    "missing": (_("Nothing stands here."), _("a value")),
    "too_long": (_("At most {limit} characters fit; these are {length}."), _("a shorter text")),
    "school_missing": (_("The school is missing."), _("a school of the register")),
    "school_unknown": (
        _("No school of this name is in the register. The nearest is named beside; look it up."),
        _("a school of the register"),
    ),
    "school_unlike_any": (
        _("No school of this name, nor of one like it, is in the register. Look the name up there."),
        _("a school of the register"),
    ),
    "school_outside": (
        _("This school does not belong to {authority}. Its own authority registers its teachers."),
        _("a school below {authority}"),
    ),
    "school_ambiguous": (_("Several schools have this name. Name the county or district."), _("the county as well")),
    "person_twice": (_("The same person stands in row {other}. Keep one of the two rows."), _("each person once")),
    "name_differs": (
        _("The record of this identity number has another name. Compare both with the card."),
        _("the name of the record"),
    ),
    "posted_elsewhere": (
        _("Her record has another school. Correct the row, or have her transferred first."),
        _("the school of her record"),
    ),
    "month_wrong": (_("This is no year and month, or it lies ahead. Type it as text, such as 2012-08."), "2012-08"),
    "date_wrong": (_("This is no date, or it lies ahead. Type it as text, such as 2012-09-01."), "2012-09-01"),
    "phone_wrong": (_("A mobile phone has 11 digits; this one has {length}."), _("11 digits")),
    "phone_number": (
        _("The phone was typed as a number. Format the cell as text and type it again."),
        _("11 digits, as text"),
    ),
}
NOTES: dict[str, str | Promise] = {
    **sheets.NOTES,
    "name_normalised": _("Row {row}: “{found}” is kept as “{kept}”."),
    "column_ignored": _("The column “{heading}” is not part of the template and was not read."),
    "cell_cleaned": _("Row {row}, {heading}: “{found}” is kept as “{kept}”."),
    "row_without_person": _("Row {row} has neither name nor identity number and was not read."),
}


def filled(text: str | Promise, facts: Mapping[str, Any]) -> str:
    """A sentence with its facts, in the reader's language."""
    return str(format_lazy(str(text), **facts)) if facts else str(text)


def shown(text: str) -> str:
    """A text with what the eye cannot see made visible: ␣ for a space that is none of the usual, otherwise its code."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else "␣" if each.isspace() else f"[U+{ord(each):04X}]" for each in text)


def compared(word: str) -> str:
    """A word as two cells are compared: without spaces, in small letters."""
    return "".join(word.split()).casefold()


def cleaned(text: str) -> str:
    """A text with usual spaces only, none around it, and nothing that the eye cannot see."""
    if text.isprintable():
        return text.strip()
    seen = (" " if each.isspace() else each for each in text if each.isspace() or _is_visible(each))
    return " ".join("".join(seen).split())


def _is_visible(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs")


def covered(heading: str, text: str) -> str:
    """What stands in a cell as a page may show it: identity numbers and telephones masked. What is too short to be one
    stays readable, so that the fault can be seen."""
    if heading == ID_NUMBER and sum(each.isdigit() for each in text) >= _LONG_ID:
        return masking.mask_id_number(identity.normalise(text))
    return masking.mask_phone(text) if heading == PHONE and len(text) >= _LONG_PHONE else text


class Reader:
    """One row: each method gives a value as it will be kept, "" where it cannot be right, and keeps the fault."""

    def __init__(self, row: sheets.Row, columns: Mapping[str, str], at: dt.datetime) -> None:
        self.row, self.columns, self.at = row, columns, at
        self.faults: list[dict[str, Any]] = []
        self.notes: list[dict[str, Any]] = []

    def text(self, heading: str) -> str:
        """The text below a heading, cleaned of strange spaces and of what the eye cannot see."""
        return cleaned(self.row.raw(heading))

    def plain(self, heading: str) -> str:
        """The same for a text that is kept as it is typed; a note where something was cleaned away."""
        found = self.row.text(heading)
        kept = cleaned(found)
        if kept != found:
            self.notes.append(
                {
                    "note": "cell_cleaned",
                    "row": self.row.number,
                    "heading": heading,
                    "found": shown(found),
                    "kept": kept,
                }
            )
        return kept

    def kind(self, heading: str) -> str:
        """What a cell was typed as (sheets.TEXT, NUMBER, …)."""
        return self.row.kind(heading)

    def code(self, heading: str) -> str:
        """A text of digits and letters: full-width forms made plain, without any space."""
        text = self.text(heading)
        if text.isascii() and text.isalnum():
            return text
        plain = unicodedata.normalize("NFKC", text)
        return "".join(each for each in plain if not each.isspace() and _is_visible(each))

    def fault(self, heading: str, key: str, *, expected: str = "", **facts: Any) -> None:
        """Keep a fault of a cell; `expected` is the very word that should stand there, where it is known. What is wrong
        with a formula's value is not told beside the formula."""
        if any(each["heading"] == heading and each["key"] == "formula" for each in self.faults):
            return
        self.faults.append(
            {
                "row": self.row.number,
                "column": self.columns.get(heading, ""),
                "heading": heading,
                "found": covered(heading, shown(self.row.text(heading)))[:80],
                "expected": expected,
                "key": key,
                "facts": facts,
            }
        )

    def refuse_formulas(self, headings: Iterable[str]) -> None:
        """A fault for every formula below these headings."""
        for heading in headings:
            if self.kind(heading) == sheets.FORMULA:
                self.fault(heading, "formula")

    def name(self, heading: str = NAME) -> str:
        """A full name as it is kept; a note where it was typed otherwise."""
        found = self.row.text(heading)
        try:
            kept = names.normalise(found)
        except names.BadName as refusal:
            self.fault(heading, type(refusal).__name__, **refusal.facts)
            return ""
        if kept != found:
            self.notes.append({"note": "name_normalised", "row": self.row.number, "found": shown(found), "kept": kept})
        return kept

    def id_number(self, heading: str = ID_NUMBER) -> str:
        """An identity number that can be right; never one that a spreadsheet took for a number."""
        if self.kind(heading) == sheets.FORMULA:
            return ""
        if self.kind(heading) != sheets.TEXT:
            self.fault(heading, "WrittenAsNumber")
            return ""
        try:
            return identity.check(self.text(heading))
        except identity.BadIdNumber as refusal:
            self.fault(heading, type(refusal).__name__, **refusal.facts)
            return ""

    def word(self, heading: str, words: Mapping[str, Any], *, required: bool = True) -> Any:
        """The code that a word of a list stands for."""
        word = self.code(heading)
        if not word and not required:
            return ""
        if word not in words:
            self.fault(heading, "unknown_word", expected=SEPARATOR.join(words))
            return ""
        return words[word]

    def words(self, heading: str, words: Mapping[str, Any]) -> list[Any]:
        """The codes of several words in one cell, each once, in the order of the list."""
        found = {each for each in _SEPARATORS.split(self.text(heading).replace(" ", "")) if each}
        found = {unicodedata.normalize("NFKC", "".join(each.split())) for each in found}
        if not found or found - set(words):
            self.fault(heading, "unknown_word", expected=SEPARATOR.join(words))
            return []
        return list(dict.fromkeys(code for word, code in words.items() if word in found))

    def phone(self, heading: str = PHONE) -> str:
        """A mobile phone, or "" where none is given; one typed as a number is refused."""
        text = self.code(heading).replace("-", "")
        if not text:
            return ""
        if self.kind(heading) == sheets.NUMBER or _SCIENTIFIC.fullmatch(text):
            self.fault(heading, "phone_number")
            return ""
        if not _PHONE.fullmatch(text):
            self.fault(heading, "phone_wrong", length=len(text))
            return ""
        return text

    def number(self, heading: str) -> str:
        """A number that is a name (of a certificate, say): text that no spreadsheet has rounded, or ""."""
        text = self.code(heading)
        lost = self.kind(heading) == sheets.NUMBER and len(text) > 15
        if lost or _SCIENTIFIC.fullmatch(text):
            self.fault(heading, "written_as_number")
            return ""
        return text

    def month(self, heading: str) -> str:
        """A month that has begun ("2012-08"), or "" where none is given."""
        text = self.code(heading)
        if not text:
            return ""
        match = _MONTH.fullmatch(text)
        if self.kind(heading) == sheets.NUMBER and "." in text:
            match = None  # 2012.1 may have been January or October
        if not match or (int(match[1]), int(match[2])) > (self.at.year, self.at.month):
            self.fault(heading, "month_wrong")
            return ""
        return f"{match[1]}-{int(match[2]):02d}"

    def day(self, heading: str) -> str:
        """A day not ahead of us ("2012-09-01"), or "" where none is given; a month alone is its first day."""
        text = self.code(heading)
        if not text:
            return ""
        found = date_of(text)
        if self.kind(heading) == sheets.NUMBER and "." in text:
            found = None
        if found is None or found > clock.local_date(self.at):
            self.fault(heading, "date_wrong")
            return ""
        return found.isoformat()


def date_of(text: str) -> dt.date | None:
    """A date however it was typed: 2012-9-1, 2012.09.01, 2012年9月1日, 20120901; without a day, the first."""
    match = _DATE.fullmatch(text.partition("T")[0])
    if not match:
        return None
    year, _mark, *parts = match.groups()
    given = [int(each) for each in parts if each]
    try:
        return dt.date(int(year), given[0], given[1] if len(given) > 1 else 1)
    except ValueError:
        return None
