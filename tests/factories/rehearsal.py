"""A small input folder: some candidates of tests/data/jilin with everything that befell them, and its exam played."""

import contextlib
import csv
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import translation
from openpyxl import Workbook, load_workbook

from lms.demo import inputs, steps
from lms.demo.by_acts import ByActs
from lms.demo.course import Counts, Course

JILIN = Path(__file__).parents[1] / "data" / "jilin"

ABSENT = 4
TWICE_PASSED = 5
NEVER_HANDED_IN = 7  # the clock takes the paper in; passes both stages
THIRD_MARKED = 14
ON_THE_LINE = 31  # the oral exam comes to 60.00 only because J14's sheet is a good one
FAILED_LESSON = 39
RECUSED = 56  # J03 taught at this candidate's school; J22 stepped in
RETURNED = 79
WITHDRAWN = 95
LOST_CONNECTION = 113
REFUSED = 114
SOME = (
    ABSENT,
    TWICE_PASSED,
    NEVER_HANDED_IN,
    8,
    THIRD_MARKED,
    ON_THE_LINE,
    33,
    FAILED_LESSON,
    RECUSED,
    RETURNED,
    WITHDRAWN,
    LOST_CONNECTION,
    REFUSED,
    198,
)
_BY_CANDIDATE = ("events.csv", "answers.csv", "marks.csv", "scores.csv")


def folder(into: Path, candidates: Collection[int] = SOME, *, without: Collection[str] = ()) -> Path:
    """A new folder in `into` with these candidates only; the files named in `without` are left out."""
    into.mkdir(parents=True, exist_ok=True)
    shutil.copy(JILIN / "plan.toml", into)
    shutil.copy(JILIN / "questions.xlsx", into)
    _roster(into / "roster.xlsx", set(candidates))
    for name in _BY_CANDIDATE:
        if name not in without:
            change(JILIN / name, lambda row: row if int(row["candidate"]) in candidates else None, to=into / name)
    return into


def _roster(to: Path, candidates: set[int]) -> None:
    """The rows of these candidates, every cell text, as the schools send it."""
    with contextlib.closing(load_workbook(JILIN / "roster.xlsx", read_only=True)) as source:
        title = source.worksheets[0].title
        header, *rows = source.worksheets[0].iter_rows(values_only=True)
    place = header.index("序号")
    book = Workbook()
    sheet = book.active
    sheet.title = title
    for row in [header, *(row for row in rows if row[place] and int(row[place]) in candidates)]:
        sheet.append(row)
        for cell in sheet[sheet.max_row]:
            cell.number_format = "@"
    book.save(to)


def change(file: Path, each: Callable[[dict[str, str]], dict[str, str] | None], to: Path | None = None) -> int:
    """Rewrite a CSV file row by row, None leaving a row out; returns how many rows came out different."""
    with file.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        header, rows = reader.fieldnames, list(reader)
    after = [each(dict(row)) for row in rows]
    with (to or file).open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, fieldnames=header)
        writer.writeheader()
        writer.writerows(row for row in after if row is not None)
    return sum(one != other for one, other in zip(rows, after, strict=True))


def nothing_from(judge: str, candidate: int, module: str) -> Callable[[dict[str, str]], dict[str, str]]:
    """A change of scores.csv: this judge gives this candidate no point in this module."""

    def each(row: dict[str, str]) -> dict[str, str]:
        mine = (row["judge"], int(row["candidate"]), row["module"]) == (judge, candidate, module)
        return {**row, "points": "0"} if mine else row

    return each


def course(given: Path, *, seed: str = "rehearsal") -> Course:
    """The exam of a folder before its first step, its candidates played by acts."""
    translation.activate("zh-hans")
    return Course(given=inputs.read(given), candidates=ByActs(), seed=seed)


def play(one: Course) -> list[tuple[str, Counts]]:
    """Take every step; name and counts of each, in order."""
    return list(steps.run(one))


@contextmanager
def undone(blocker: Any) -> Iterator[None]:
    """Whatever happens within is rolled back at the end: a world for all tests of a module, each of which undoes what
    it adds. They need the mark `django_db`, without which there is no test database."""
    with blocker.unblock(), transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


@contextmanager
def unchecked(table: str, constraint: str) -> Iterator[None]:
    """Without a check constraint, as after a careless migration: only then can a row say what the database forbids."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        else:
            connection.check_constraints()
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}"')
    try:
        yield
    finally:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA ignore_check_constraints = OFF")


def drop_index(name: str) -> None:
    """Without a unique index, until the test is rolled back."""
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute(f'DROP INDEX "{name}"')
