"""Writes workbooks: what a person typed is always text, never a formula."""

import datetime as dt
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.http import FileResponse

_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def write(
    tables: Iterable[tuple[Any, Sequence[Any], Iterable[Sequence[Any]]]],
    *,
    text_columns: Iterable[str] = (),
    above: Sequence[Any] = (),
) -> bytes:
    """A workbook of tables: each a title, headings and rows of texts, numbers, dates or None. Texts are written as
    texts, so none of them is ever taken for a formula; the `text_columns` keep what is typed into them as text. The
    lines of `above` stand over the headings of every table: what the figures are, and of when."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        looks = _looks(book)
        for title, headings, rows in tables:
            page = book.add_worksheet(_title(title))
            for number, line in enumerate(above):
                page.write_string(number, 0, str(line), looks["text"])
            _head(page, [str(each) for each in headings], looks, set(text_columns), row=len(above))
            page.freeze_panes(len(above) + 1, 0)
            for number, row in enumerate(rows, start=len(above) + 1):
                for index, value in enumerate(row):
                    _put(page, number, index, value, looks)
    return buffer.getvalue()


def mark(
    title: str,
    headings: Sequence[str],
    rows: Iterable[tuple[int, Sequence[str]]],
    faults: Mapping[tuple[int, str], str],
    *,
    headings_row: int = 1,
) -> bytes:
    """A copy of a table to be mended: all cells text, each row at the number it had, and the cells named by `faults`
    (row, heading) red with the sentence as a comment. Row by row, so that a long one takes no more memory."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"constant_memory": True}) as book:
        looks = _looks(book)
        page = book.add_worksheet(_title(title))
        _head(page, headings, looks, set(headings), row=headings_row - 1)
        for number, texts in rows:
            for index, (heading, text) in enumerate(zip(headings, texts, strict=False)):
                sentence = faults.get((number, heading))
                if not text and not sentence:
                    continue
                page.write_string(number - 1, index, text, looks["fault" if sentence else "text"])
                if sentence:
                    page.write_comment(number - 1, index, sentence, {"x_scale": 2})
        page.freeze_panes(headings_row, 0)
    return buffer.getvalue()


def send(content: bytes, *, name: str) -> FileResponse:
    """A workbook as a download, under a file name in any script."""
    return FileResponse(io.BytesIO(content), content_type=_TYPE, as_attachment=True, filename=name)


def _looks(book: Any) -> dict[str, Any]:
    return {
        "head": book.add_format({"bold": True, "bottom": 1, "bg_color": "#eef3f2", "num_format": "@"}),
        "text": book.add_format({"num_format": "@"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "fault": book.add_format(
            {"num_format": "@", "bg_color": "#fdecea", "font_color": "#991f18", "border": 2, "border_color": "#991f18"}
        ),
    }


def _head(page: Any, headings: Sequence[str], looks: dict[str, Any], texts: set[str], *, row: int = 0) -> None:
    for index, heading in enumerate(headings):
        width = max(10, 2 * len(heading) + 4)
        page.set_column(index, index, width, looks["text"] if heading in texts else None)
        page.write_string(row, index, heading, looks["head"])


def _put(page: Any, row: int, column: int, value: Any, looks: dict[str, Any]) -> None:
    if value is None:
        return
    if isinstance(value, dt.datetime):
        page.write_string(row, column, value.isoformat(" ", "minutes"))
    elif isinstance(value, dt.date):
        page.write_datetime(row, column, dt.datetime.combine(value, dt.time(0)), looks["date"])
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool) and abs(value) < 10**15:
        page.write_number(row, column, value)
    else:
        page.write_string(row, column, str(value))


def _title(title: Any) -> str:
    """A sheet's name as spreadsheets allow it."""
    return re.sub(r"[\[\]:*?/\\']", " ", str(title)).strip()[:31] or "1"
