"""What is found by words: pages and documents that one may read, and for officers people and units in their care."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Case, Count, F, Func, Q, QuerySet, Value, When, Window
from django.db.models.functions import Length, Replace, RowNumber, StrIndex
from django.db.models.lookups import GreaterThan
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from wagtail.models import Page

from cms import queries, reading, words
from cms.models import HomePage, PolicyDocument, SearchEntry
from cms.words import Part, Word
from lms.people import access, directory, names
from lms.people import queries as people
from lms.people.models import Appointment, Organisation, Teacher, User

MOST_BESIDE = 5  # people, and units, that are shown above the pages
MOST_RANKED = 1000  # in how many the words are counted, and that one can turn pages through
Kind = SearchEntry.Kind
_STEP = Page.steplen
_SHOWN = ("kind", "title", "text", "dated_at", "page", "page__path", "page__live")
_SHOWN_OF_DOCUMENTS = ("document", "document__number", "document__issuer", "document__page__live")


class _HaveTokens(Func):
    """Whether a row's grams fit a query of PostgreSQL. The query stands in a SELECT of its own, so that the planner
    does not see which word it is: of one that stands nearly everywhere it would read all rows, and they are large."""

    template = "(grams @@ (SELECT %(expressions)s::tsquery))"
    output_field = BooleanField()


@dataclass(frozen=True)
class Found:
    """How many entries fit, by their kind, and the ids of the best of them: MOST_RANKED at most."""

    counts: Counter[str]
    best: list[int]


@dataclass(frozen=True)
class Hit:
    """Something found: its title and a piece of its text in parts, the words apart; `place` says where it stands."""

    kind: str | Promise
    title: list[Part]
    text: list[Part]
    place: str
    address: str
    dated_at: dt.datetime


def readable(user: User, at: dt.datetime) -> QuerySet[SearchEntry]:
    """What the user may read: courses and lessons as cms.reading says, her announcements, and the library."""
    courses = Q(course__in=reading.courses(user, at).order_by().values("pk"))
    announcements = Q(kind=Kind.ANNOUNCEMENT, page__in=queries.announcements_for(user, at).order_by().values("pk"))
    return SearchEntry.objects.filter(courses | announcements | Q(kind=Kind.DOCUMENT))


def matching(entries: QuerySet[SearchEntry], asked: Iterable[Word]) -> QuerySet[SearchEntry]:
    """Those in which every word stands. On PostgreSQL an index finds the pairs of characters of a word, and only a word
    of several is looked for in the texts that have them all."""
    is_indexed = connection.vendor == "postgresql"
    for word in asked:
        if is_indexed:
            tokens = (f"'{token}':*" if is_beginning else f"'{token}'" for token, is_beginning in word.tokens())
            entries = entries.filter(_HaveTokens(Value(" & ".join(tokens))))
        elif not word.has_chinese:
            entries = entries.filter(grams__contains=f" {word.text}")
        if word.has_chinese and not (is_indexed and word.is_token):
            entries = entries.filter(folded__contains=word.text)
    return entries


def found(entries: QuerySet[SearchEntry], asked: list[Word], kind: str = "") -> Found:
    """How many of the entries there are of each kind, and the best of one kind or of all: those with most of the words
    in the title, of these the newest. One query, and never all of their ids."""
    order = (F("in_title").desc(), F("dated_at").desc(), F("pk").asc())
    rows = entries.annotate(
        in_title=in_title(asked),
        of_kind=Window(Count("pk"), partition_by="kind"),
        place=Window(RowNumber(), partition_by="kind", order_by=order),
    )
    counts: Counter[str] = Counter()
    best: list[int] = []
    for pk, its_kind, count in (
        rows.filter(place__lte=MOST_RANKED).order_by(*order).values_list("pk", "kind", "of_kind")
    ):
        counts[its_kind] = count
        if kind in ("", its_kind):
            best.append(pk)
    return Found(counts, best[:MOST_RANKED])


def ranked(entries: QuerySet[SearchEntry], asked: list[Word]) -> QuerySet[SearchEntry]:
    """First those with most of the words in the title, then those that have them most often, then the newest."""
    times: Any = Value(0)
    for word in asked:
        times += (Length("folded") - Length(Replace("folded", Value(word.text)))) / len(word.text)
    rows = entries.annotate(in_title=in_title(asked), times=times)
    return rows.order_by("-in_title", "-times", "-dated_at", "pk")


def in_title(asked: list[Word]) -> Any:
    """How many of the words stand in the title."""
    count: Any = Value(0)
    for word in asked:
        count += Case(When(GreaterThan(StrIndex("folded_title", Value(word.text)), 0), then=1), default=0)
    return count


def hits(entries: QuerySet[SearchEntry], asked: list[Word]) -> list[Hit]:
    """The entries as a page shows them; one query asks where all of them stand. Should an entry have outlived what it
    was made from, it is left out."""
    rows = entries.values(*_SHOWN, *_SHOWN_OF_DOCUMENTS)
    live = [each for each in rows if each["page__live"] or each["document__page__live"]]
    above = _above([each["page__path"] for each in live if each["page"]])
    return [
        Hit(
            kind=Kind(each["kind"]).label,
            title=words.parts(each["title"], asked),
            text=words.snippet(each["text"], asked),
            place=_place(each, above),
            address=_address(each),
            dated_at=each["dated_at"],
        )
        for each in live
    ]


def documents(asked: list[Word], *, issuer: str = "", year: int | None = None) -> QuerySet[PolicyDocument]:
    """The documents of the library, the newest first: all, or those in which every word stands, of one issuer or of
    one year."""
    rows = PolicyDocument.objects.filter(page__live=True).select_related("file")
    if asked:
        rows = rows.filter(search_entry__in=matching(SearchEntry.objects.filter(kind=Kind.DOCUMENT), asked))
    if issuer:
        rows = rows.filter(issuer=issuer)
    if year:
        rows = rows.filter(issued_on__year=year)
    return rows.order_by("-issued_on", "title", "pk")


def issuers_and_years() -> tuple[list[str], list[int]]:
    """Who issued the documents of the library, and in which years, the latest first."""
    rows = PolicyDocument.objects.filter(page__live=True).values_list("issuer", "issued_on__year")
    found = list(rows)
    return sorted({issuer for issuer, _year in found}), sorted({year for _issuer, year in found}, reverse=True)


def teachers(user: User, question: str, at: dt.datetime) -> list[Teacher]:
    """For an office that looks after records: the first of its teachers by name, sound or school, each with her
    places; one more than is shown where there are more."""
    if not _keeps_records(user, at):
        return []
    seen = Teacher.objects.visible_to(user, at).filter(merged_into=None)
    return list(directory.with_places(directory.matching(seen, question, at), at)[: MOST_BESIDE + 1])


def units(user: User, question: str, at: dt.datetime) -> list[Organisation]:
    """For an office that looks after records: the first of its units, by a part of the name, or how the name or its
    initials sound; one more than is shown where there are more."""
    typed = directory.words(question)
    if not typed or not _keeps_records(user, at):
        return []
    seen = people.units(user, at)
    letters = [word.lower() for word in typed if word.isascii() and word.isalpha()]
    for word in typed:
        if word.lower() not in letters:
            seen = seen.filter(name__icontains=word)
    if letters:
        named = seen.values_list("pk", "name")
        fit = (pk for pk, name in named if all(names.unit_sounds(name, each) for each in letters))
        seen = seen.filter(pk__in=list(islice(fit, MOST_BESIDE + 1)))
    return list(seen[: MOST_BESIDE + 1])


def _keeps_records(user: User, at: dt.datetime) -> bool:
    return bool(access.offices(user, at, *Appointment.RECORD_OFFICES))


def _above(paths: list[str]) -> dict[str, str]:
    """The titles of the modules, courses and institutions above these paths, by their own."""
    wanted = {path[: -_STEP * steps] for path in paths for steps in (1, 2)}
    return dict(Page.objects.not_type(HomePage).filter(path__in=wanted).values_list("path", "title"))


def _place(entry: dict[str, Any], above: dict[str, str]) -> str:
    """Course and module of a lesson; the institution of a course or an announcement; issuer and number of a
    document."""
    if entry["document"]:
        return " ".join(filter(None, (entry["document__issuer"], entry["document__number"])))
    path = entry["page__path"]
    steps = (2, 1) if entry["kind"] == Kind.LESSON else (1,)
    return " › ".join(filter(None, (above.get(path[: -_STEP * each]) for each in steps)))


def _address(entry: dict[str, Any]) -> str:
    if entry["document"]:
        asked = urlencode({"q": entry["document__number"] or entry["title"]})
        return f"{reverse('cms:library')}?{asked}#document-{entry['document']}"
    name = {Kind.LESSON: "cms:lesson", Kind.COURSE: "cms:course", Kind.ANNOUNCEMENT: "cms:announcement"}
    return reverse(name[entry["kind"]], args=[entry["page"]])
