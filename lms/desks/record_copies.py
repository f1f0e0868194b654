"""A teacher's record to take away: as pages of paper, and for herself as a file that a machine reads."""

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import formats, translation
from django.utils.translation import gettext as _

from lms.desks.record import Record
from lms.desks.record_row import KINDS
from lms.lib import printing
from lms.records import wording

TEMPLATE = "desks/record"
FORMAT, VERSION = "teacher-record", 1


def paper(record: Record) -> dict[str, Any]:
    """What the pages say, as plain data: the head with a covered identity number, and every row under its year. The
    record has to be read in the language of the paper."""
    judged, cycle = record.judged, record.judged.cycle
    return {
        "name": record.teacher.full_name,
        "other_names": [_name(each.full_name, each.until_on) for each in record.other_names],
        "id_number": record.teacher.masked_id_number,
        "school": record.school,
        "posts": record.posts,
        "certificates": record.certificates,
        "year": record.year_name,
        "hours": wording.plain(judged.hours),
        "required": wording.plain(judged.required) if judged.required else "",
        "cycle": {
            "years": cycle.years,
            "hours": wording.plain(cycle.hours),
            "required": wording.plain(cycle.required),
        }
        if cycle
        else None,
        "by_year": [
            {
                "year": year,
                "rows": [
                    {
                        "when": each.when,
                        "kind": str(KINDS[each.kind]),
                        "title": each.title,
                        "text": " · ".join(each.lines),
                        "word": each.word,
                    }
                    for each in rows
                ],
            }
            for year, rows in record.by_year()
        ],
        "printed_on": record.day.isoformat(),
    }


def pdf(record: Record) -> bytes:
    """A4 pages in Chinese. The record has to be read under `language()`."""
    return printing.pdf(TEMPLATE, paper(record))


def language() -> translation.override:
    """The language of an official paper, whatever its reader's."""
    return translation.override("zh-hans")


def file(record: Record) -> bytes:
    """Everything on the record as JSON in UTF-8, the rows oldest first. The identity number is covered here too; the
    telephone is hers, so the file is for her alone."""
    teacher, judged, cycle = record.teacher, record.judged, record.judged.cycle
    content = {
        "format": FORMAT,
        "version": VERSION,
        "as_of": record.day,
        "teacher": {
            "name": teacher.full_name,
            "other_names": [{"name": each.full_name, "until": each.until_on} for each in record.other_names],
            "id_number": teacher.masked_id_number,
            "phone": teacher.user.phone if teacher.user else "",
            "registered_at": teacher.registered_at,
            "school": record.school,
            "posts": record.posts,
            "certificates_in_force": record.certificates,
        },
        "training_year": {
            "from": judged.year.first,
            "until": judged.year.last,
            "hours": judged.hours,
            "required": judged.required,
            "missing": judged.missing,
        },
        "years_added_up": {
            "from": cycle.first,
            "until": cycle.last,
            "hours": cycle.hours,
            "required": cycle.required,
            "missing": cycle.missing,
        }
        if cycle
        else None,
        "record": [{"kind": each.kind, **each.facts} for each in reversed(record.rows)],
    }
    return json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1).encode()


def _name(full_name: str, until_on: Any) -> str:
    if until_on is None:
        return full_name
    return _("{name} (until {day})").format(name=full_name, day=formats.date_format(until_on, "DATE_FORMAT"))
