"""Files to be brought in, built cell by cell, and the queue's part of the work done at once."""

import io

import openpyxl

from lms.people import importing, loading, roster
from tests.factories import people


def row(**more):
    """A row of a teacher roster that has no fault, by heading."""
    given = {
        "姓名": "林知微",
        "身份证件号": people.id_number(),
        "学校": "澜溪县实验小学",
        "学段": "小学",
        "岗位": "学科教师、班主任",
        "任职起始日期": "2012-09-01",
        "手机": "19900000001",
    }
    return {**given, **more}


def workbook(*rows, headings=roster.HEADINGS):
    book = openpyxl.Workbook()
    book.active.append(list(headings))
    for each in rows:
        book.active.append([each.get(heading) for heading in headings])
    return saved(book)


def saved(book, name="花名册.xlsx"):
    buffer = io.BytesIO()
    book.save(buffer)
    buffer.seek(0)
    buffer.name = name
    return buffer


def brought(officer, unit, at, *rows, file=None, name="花名册.xlsx", kind="people.teachers"):
    """A file brought in and waiting."""
    return importing.bring(
        kind=kind, organisation=unit, file=file or workbook(*rows), file_name=name, by=officer, at=at
    )


def checked(officer, unit, at, *rows, **more):
    """A file brought in and checked, as the queue would have done."""
    run = brought(officer, unit, at, *rows, **more)
    loading.check(run.pk, at)
    run.refresh_from_db()
    return run


def committed(officer, unit, at, *rows, chosen=(), **more):
    """A file brought in, checked and committed."""
    run = checked(officer, unit, at, *rows, **more)
    importing.commit(run=run, chosen=chosen, by=officer, at=at)
    loading.load(run.pk, at)
    run.refresh_from_db()
    return run
