"""A paper for a sitting on paper: the questions, and an answer sheet with a box for every answer; A4, in Chinese."""

import base64
import datetime as dt
import io
from typing import Any

from django.utils import translation
from PIL import Image

from exams import question_media, wording
from exams.models import Paper, Question
from lms.lib import printing
from lms.people.models import User

_K = Question.Kind
# How much room a written answer gets on the sheet: millimetres for each point, at least and at most.
_PER_POINT, _LEAST, _MOST = 9, 45, 150
# A picture in print: at most so many dots a side, so many millimetres a dot, at most so broad and so high.
_SHARPEST, _PER_DOT, _BROADEST, _HIGHEST = 1200, 0.2, 120, 90


def pdf(paper: Paper, items: list[dict[str, Any]], *, by: User, at: dt.datetime) -> bytes:
    """The paper and its answer sheet in one document. Every page names the form and who printed it when, so that each
    copy can be traced. The options stand in the order of the bank: on paper nobody's are shuffled."""
    with translation.override("zh-hans"):
        return printing.pdf("exams/paper", printed(paper, items, by=by, at=at))


def printed(paper: Paper, items: list[dict[str, Any]], *, by: User, at: dt.datetime) -> dict[str, Any]:
    """What the document says, as plain data."""
    module = paper.module
    sitting = getattr(module, "sitting", None)
    return {
        "exam": module.stage.exam.name,
        "authority": module.stage.exam.organisation.name,
        "module": module.name,
        "title": paper.title,
        "form": paper.form,
        "minutes": sitting.minutes if sitting else None,
        "full_marks": format(module.full_marks.normalize(), "f"),
        "is_draft": paper.state == Paper.State.DRAFT,
        "copy": f"{by.full_name}（{by.username}）{wording.moment(at)}",
        "digest": paper.digest[:8],
        "sections": _sections(items),
        "pictures": _pictures(module.stage.exam.organisation_id, items),
        "printed_on": at.date().isoformat(),
    }


def _pictures(bank: int, items: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The pictures that the questions show, by id: a JPEG in base64, and how wide it stands on the page (mm). One that
    is lost is left out; its words stand in its place."""
    shown = question_media.read(bank, question_media.ids_in(*items))
    return {name: _picture(each.content) for name, each in shown.items() if each.content_type == "image/jpeg"}


def _picture(content: bytes) -> dict[str, Any]:
    with Image.open(io.BytesIO(content)) as picture:
        picture.thumbnail((_SHARPEST, _SHARPEST))
        width, height = picture.size
        drawn = io.BytesIO()
        picture.convert("RGB").save(drawn, "JPEG", quality=85)
    broad = min(width * _PER_DOT, _BROADEST, _HIGHEST * width / height)
    coded = base64.b64encode(drawn.getvalue()).decode("ascii")
    return {"data": coded, "width": round(broad, 1), "dots": [width, height]}


def _sections(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for each in items:
        if not found or found[-1]["name"] != each["section"]:
            found.append({"name": each["section"], "points": set(), "items": []})
        found[-1]["items"].append(_item(each))
        found[-1]["points"].add(each["points"])
    for section in found:
        points = section.pop("points")
        section["each"] = points.pop() if len(points) == 1 else None
    return found


def _item(item: dict[str, Any]) -> dict[str, Any]:
    body = item["body"]
    options = [{"letter": each["id"], "text": each["text"]} for each in body.get("options", [])]
    return {
        "number": item["number"],
        "kind": item["kind"],
        "points": item["points"],
        "stem": item["stem"],
        "options": options,
        "left": body.get("left", []),
        "right": body.get("right", []),
        "parts": body.get("parts", []),
        "boxes": _boxes(item),
    }


def _boxes(item: dict[str, Any]) -> dict[str, Any]:
    """What the answer sheet offers for an item: letters to fill in, blanks to write on, or lines."""
    kind, body = item["kind"], item["body"]
    if kind in (_K.SINGLE, _K.MULTIPLE):
        return {"letters": [each["id"] for each in body["options"]]}
    if kind == _K.TRUE_FALSE:
        return {"letters": ["对", "错"]}
    if kind == _K.FILL_IN:
        return {"blanks": body["blanks"]}
    if kind == _K.MATCHING:
        return {"pairs": [each["id"] for each in body["left"]]}
    if kind == _K.ORDERING:
        return {"places": len(body["options"])}
    if kind == _K.CASE:
        return {"fields": [{"part": part["number"], **_room(part["points"])} for part in body["parts"]]}
    return {"fields": [{"part": None, **_room(item["points"])}]}


def _room(points: str) -> dict[str, Any]:
    return {"points": points, "height": max(_LEAST, min(_MOST, round(float(points) * _PER_POINT)))}
