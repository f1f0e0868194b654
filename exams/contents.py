"""What stands on a paper: the frozen copy, or what a draft would be today, with the digest that two people sign."""

from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db.models import Q

from exams import scripts
from exams.models import Paper, PaperQuestion, Question
from lms.lib import crypto


def of(paper: Paper) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What the candidate sees, and what marks each answer by its item ("12", "61.2"): the copy of a frozen paper; of a
    draft, what it would be today."""
    if paper.state == Paper.State.FROZEN:
        return paper.items, paper.keys
    items, keys = [], {}
    for place in paper.places.select_related("question").order_by("number"):
        items.append(_shown(place))
        keys |= _keys(place)
    return items, keys


@lru_cache(maxsize=32)
def frozen(paper_id: int, digest: str) -> Paper:
    """A frozen paper with its contents. They never change, so each process reads them once; the digest is part of the
    question, so nothing else is ever taken for them. To read only."""
    return Paper.objects.get(pk=paper_id)


@lru_cache(maxsize=32)
def asked(paper_id: int, digest: str) -> dict[str, scripts.Item]:
    """What a frozen paper asks, by item; read once like the paper."""
    return scripts.items(frozen(paper_id, digest))


def forms(paper: Paper) -> list[Paper]:
    """The paper alone, or its two equivalent forms, A first."""
    if not paper.form:
        return [paper]
    lead = paper.form_of_id or paper.pk
    return list(Paper.objects.filter(Q(pk=lead) | Q(form_of=lead)).order_by("form"))


def gets_second_form(seat: int | None, seats_across: int) -> bool:
    """Whether the form B of two belongs at a seat: the first seat gets A, and the seats beside, before and behind one
    another get different ones, like the fields of a chessboard."""
    place = (seat or 1) - 1
    row, column = divmod(place, seats_across) if seats_across else (0, place)
    return bool((row + column) % 2)


def digest_of(paper: Paper) -> str:
    """The digest of the paper's questions and keys, and of the rule that orders its options, if one does."""
    return digest(paper, *of(paper))


def digest(paper: Paper, items: list[dict[str, Any]], keys: dict[str, Any]) -> str:
    """The same, of contents at hand."""
    order = {"option_order": paper.option_order} if paper.option_order else {}
    return crypto.digest({"items": items, "keys": keys, **order})


def signed_digest(paper: Paper) -> str:
    """What two people sign: the digest of the paper; of two forms, one digest of both."""
    digests = [digest_of(each) for each in forms(paper)]
    return digests[0] if len(digests) == 1 else crypto.digest(digests)


def plain(points: Decimal) -> str:
    """Points as text without needless noughts."""
    return format(points.normalize(), "f")


def _shown(place: PaperQuestion) -> dict[str, Any]:
    return {
        "number": place.number,
        "kind": place.question.kind,
        "section": place.section,
        "points": plain(place.points),
        "stem": place.question.stem,
        "body": place.question.body,
    }


def _keys(place: PaperQuestion) -> dict[str, dict[str, Any]]:
    """The keys of a question's answers by item: one, or one for each part of a case."""
    question = place.question
    if question.kind != Question.Kind.CASE:
        return {str(place.number): {**question.key, "points": plain(place.points)}}
    return {
        f"{place.number}.{part['number']}": {**key, "points": part["points"]}
        for part, key in zip(question.body["parts"], question.key["parts"], strict=True)
    }
