"""Pictures and sounds of a bank as files: made harmless, kept once, read back."""

import datetime as dt
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from django.db.models import Q, QuerySet

from exams import scripts, trials
from exams.models import Attempt, Mark, Paper, Question, QuestionMedia, RatingSheet, Stage
from lms.lib import scans
from lms.lib.scans import BadScan, Scan
from lms.people.models import Organisation, User
from lms.questions.items import MEDIA_MARK, Item, Media, NotWhole

_PICTURE = "image/jpeg"  # what every picture is once it has been drawn anew
_ENDINGS = {_PICTURE: ".jpg", "audio/mpeg": ".mp3", "audio/mp4": ".m4a", "audio/ogg": ".ogg", "audio/wav": ".wav"}


def known_to(organisation: Organisation, every: Iterable[Item]) -> set[str]:
    """Those of the items' media that the bank already has."""
    wanted = {media.id for item in every for media in item.media}
    return set(_of(organisation, wanted).values_list("media_id", flat=True))


def cleaned(item: Item, known: set[str]) -> Item:
    """The item with its pictures drawn anew, free of all that is no picture, and its marks after them; what the bank
    has stays as it is. Raises NotWhole("media_kind")."""
    renamed: dict[str, str] = {}
    kept = []
    for media in item.media:
        harmless = media if media.id in known else _harmless(media)
        renamed[media.id] = harmless.id
        kept.append(harmless)
    if all(old == new for old, new in renamed.items()):
        return item
    return replace(
        item,
        stem=_renamed(item.stem, renamed),
        explanation=_renamed(item.explanation, renamed),
        body=_renamed(item.body, renamed),
        key=_renamed(item.key, renamed),
        media=tuple({each.id: each for each in kept}.values()),
    )


def _harmless(media: Media) -> Media:
    if media.content_type in _ENDINGS and media.content_type.startswith("audio/"):
        return media
    try:
        drawn = scans.clean(io.BytesIO(media.content))
    except BadScan as why:
        raise NotWhole("media_kind", name=media.name) from why
    if drawn.ending != scans.JPEG:
        raise NotWhole("media_kind", name=media.name)
    return Media(media.name, _PICTURE, drawn.content)


def _renamed(part: Any, names: dict[str, str]) -> Any:
    text = json.dumps(part, ensure_ascii=False)
    for old, new in names.items():
        text = text.replace(f"](media:{old})", f"](media:{new})")
    return json.loads(text)


def store(organisation: Organisation, every: Iterable[Item]) -> dict[str, tuple[Media, str]]:
    """Write what the bank does not have yet into private storage: id → what it is, and its name there."""
    media = {each.id: each for item in every for each in item.media}
    known = set(_of(organisation, media).values_list("media_id", flat=True))
    return {
        name: (each, scans.write(Scan(each.content, _ENDINGS[each.content_type])))
        for name, each in media.items()
        if name not in known
    }


def rows_of(organisation: Organisation, stored: dict[str, tuple[Media, str]], at: Any) -> list[QuestionMedia]:
    """The rows that name what was stored."""
    return [
        QuestionMedia(
            organisation=organisation,
            media_id=name,
            name=media.name,
            content_type=media.content_type,
            file=file,
            digest=Scan(media.content, "").digest,
            collected_at=at,
        )
        for name, (media, file) in stored.items()
    ]


def forget(stored: dict[str, tuple[Media, str]]) -> None:
    """Remove what was stored and is named by no row."""
    for _media, file in stored.values():
        scans.forget(file)


def ids_in(*parts: Any) -> list[str]:
    """The media that texts, bodies or keys show, in order, each once."""
    found = (match[2] for part in parts for match in MEDIA_MARK.finditer(json.dumps(part, ensure_ascii=False)))
    return list(dict.fromkeys(found))


def read(organisation_id: int, wanted: Iterable[str]) -> dict[str, Media]:
    """The media of a bank by their ids; what was lost or is not the one that was kept is left out."""
    rows = QuestionMedia.objects.filter(organisation=organisation_id, media_id__in=list(wanted))
    found = ((row, scans.read(row.file, row.digest)) for row in rows)
    return {row.media_id: Media(row.name, row.content_type, kept.content) for row, kept in found if kept}


def shown_to(user: User, organisation_id: int, media_id: str, at: dt.datetime) -> QuestionMedia | None:
    """A picture or sound as this user may see it, else None: who reads the bank; who sits or sat a paper that shows
    it, from the bell on; who marks answers to a question that shows it, while it is marked; and who judges the
    standard of a paper that shows it, from the first round on while she holds the office."""
    bank = Organisation.objects.filter(pk=organisation_id).first()
    found = QuestionMedia.objects.filter(organisation=bank, media_id=media_id).first() if bank else None
    if found is None:
        return None
    if Question.objects.visible_to(user, at).filter(organisation=organisation_id).exists():
        return found
    papers = Paper.objects.filter(module__stage__exam__organisation=organisation_id)
    on_pages = (_sat(user, papers), _marked(user, papers, at), _rated(user, papers, at))
    return found if any(media_id in ids_in(part) for parts in on_pages for part in parts) else None


def _sat(user: User, papers: QuerySet[Paper]) -> Iterator[Any]:
    """What the user's own papers showed her: never a key."""
    return (each.items for each in papers.filter(attempts__in=Attempt.objects.sat_by(user)).distinct())


def _marked(user: User, papers: QuerySet[Paper], at: dt.datetime) -> Iterator[Any]:
    """The questions in the user's piles and of her trial marking, with what is expected of an answer."""
    own = Mark.objects.given_to(user, at).filter(
        answer__attempt__paper__in=papers, answer__attempt__paper__module__stage__state=Stage.State.MARKING
    )
    items: dict[int, set[str]] = defaultdict(set)
    for paper, item in own.order_by().values_list("answer__attempt__paper", "answer__item").distinct():
        items[paper].add(item)
    for paper, item in trials.rules_for(user, at).filter(paper__in=papers).values_list("paper", "item"):
        items[paper].add(item)
    for paper in Paper.objects.filter(pk__in=items):
        asked = scripts.items(paper)
        for code in items[paper.pk] & asked.keys():
            item = asked[code]
            yield [item.stem, item.part, item.body, item.key]


def _rated(user: User, papers: QuerySet[Paper], at: dt.datetime) -> Iterator[Any]:
    """The papers, both forms of two, whose standard the user sets: questions and keys."""
    modules = RatingSheet.objects.held_by(user, at).values("setting__module")
    rated = papers.filter(Q(sittings__module__in=modules) | Q(form_of__sittings__module__in=modules)).distinct()
    return ([each.items, each.keys] for each in rated)


def _of(organisation: Organisation, wanted: Iterable[str]) -> Any:
    return QuestionMedia.objects.filter(organisation=organisation, media_id__in=list(wanted))
