"""The only place that opens or writes workbooks; every danger of files is handled here, once.

Read: .xlsx and .xls (python-calamine), .csv in UTF-8 or GB18030. Nothing is calculated, fetched or rounded: a formula,
and a number where a text belongs, are told by their cell. Write: what a person typed is always text, never a formula.
"""

from lms.lib.sheets.reading import MAX_BYTES, read
from lms.lib.sheets.table import (
    DATE,
    FORMULA,
    MAX_BLANK_ROWS,
    MAX_CELLS,
    MAX_ROWS,
    NOTES,
    NUMBER,
    OTHER,
    TEXT,
    BadFile,
    Cell,
    FileTooBig,
    HeadingTwice,
    MacrosInside,
    NoHeadings,
    NotAWorkbook,
    Row,
    Sheet,
    TooManyRows,
    UnpacksTooBig,
    column_letters,
    note_sentence,
)
from lms.lib.sheets.writing import mark, send, write

__all__ = [
    "DATE",
    "FORMULA",
    "MAX_BLANK_ROWS",
    "MAX_BYTES",
    "MAX_CELLS",
    "MAX_ROWS",
    "NOTES",
    "NUMBER",
    "OTHER",
    "TEXT",
    "BadFile",
    "Cell",
    "FileTooBig",
    "HeadingTwice",
    "MacrosInside",
    "NoHeadings",
    "NotAWorkbook",
    "Row",
    "Sheet",
    "TooManyRows",
    "UnpacksTooBig",
    "column_letters",
    "mark",
    "note_sentence",
    "read",
    "send",
    "write",
]
