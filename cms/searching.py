"""Keeps what can be searched equal to what is live: lessons, courses, announcements, and documents of the library."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Left, Length
from wagtail.models import Page
from wagtail.query import PageQuerySet
from wagtail.rich_text import get_text_for_indexing

from cms import outline, reading, words
from cms.models import (
    AnnouncementPage,
    CourseFile,
    CoursePage,
    LessonPage,
    LibraryPage,
    ModulePage,
    PolicyDocument,
    SearchEntry,
    SlidePicture,
)
from lms.lib import clock

# What an index of PostgreSQL takes for one row is bounded; so much of a text is looked through.
MOST_CHARACTERS = 60_000
Kind = SearchEntry.Kind
_HAVE_ENTRIES = (CoursePage, AnnouncementPage, LibraryPage)  # and lessons, as part of their course


@transaction.atomic
def bring_up_to_date(*, page: Page) -> None:
    """Make the entries that come from a page, and from what is read with it below, say what the live pages say now.
    What is not to be read has none; a page of another kind changes nothing."""
    page = page.specific
    _hold(page)
    if isinstance(page, LessonPage):
        lesson = _lessons().filter(pk=page.pk).first()
        _make(SearchEntry.objects.filter(page=page), iter([_of_lesson(lesson, _course_of(page))] if lesson else []))
    elif isinstance(page, ModulePage | CoursePage):
        course = CoursePage.objects.ancestor_of(page, inclusive=True).get()
        _make(SearchEntry.objects.filter(page__path__startswith=course.path), _of_course_and_lessons(course))
    elif isinstance(page, AnnouncementPage):
        _make(SearchEntry.objects.filter(page=page), iter([_of_announcement(page)] if page.live else []))
    elif isinstance(page, LibraryPage):
        _make(SearchEntry.objects.filter(document__page=page), _of_library(page))


@transaction.atomic
def remove(*, page: Page) -> None:
    """A page was withdrawn, or is about to be deleted: neither it nor what lies below it is found any more, nor its
    course by the words of a module that is gone."""
    SearchEntry.objects.filter(page__path__startswith=page.path).delete()
    SearchEntry.objects.filter(document__page=page.pk).delete()
    if isinstance(page, ModulePage):
        course = _course_of(page)
        _make(SearchEntry.objects.filter(page=course), iter([_of_course(course, without=page)] if course.live else []))


@transaction.atomic
def note_drawn(*, file_id: int) -> None:
    """The pages of a PDF were drawn, often after it was published: what shows it is found by their words from now
    on."""
    file = CourseFile.objects.filter(pk=file_id).first()
    for page in Page.objects.filter(pk__in=reading.shown_on(file)) if file else ():
        bring_up_to_date(page=page)


@transaction.atomic
def moved(*, page: Page, before: Page) -> None:
    """A page went away from below another: it is found in its new place, and its old course no longer by its words."""
    bring_up_to_date(page=page)
    bring_up_to_date(page=before)


def rebuild() -> int:
    """Make every entry anew; how many there are then."""
    for model in _HAVE_ENTRIES:
        for page in model.objects.order_by("pk").iterator(chunk_size=100):
            bring_up_to_date(page=page)
    return SearchEntry.objects.count()


def sweep(*, limit: int = 500) -> int:
    """Bring up to date what an interrupted process left behind: how many pages."""
    found = stale()[:limit]
    for page in found:
        bring_up_to_date(page=page)
    return len(found)


def stale() -> list[Page]:
    """The live pages that have no entry, or one made from an earlier publication, and those that have one though they
    are not to be read."""
    other = Q(last_published_at__isnull=False) & ~Q(search_entry__made_from_at=F("last_published_at"))
    found: list[Page] = []
    for pages in (CoursePage.objects.live(), AnnouncementPage.objects.live(), _lessons().defer_streamfields()):
        found += pages.filter(Q(search_entry=None) | other)
    documents = PolicyDocument.objects.filter(page__live=True)
    other = Q(page__last_published_at__isnull=False) & ~Q(search_entry__made_from_at=F("page__last_published_at"))
    found += LibraryPage.objects.filter(pk__in=documents.filter(Q(search_entry=None) | other).values("page"))
    entered = Page.objects.filter(search_entry__isnull=False)
    return [*found, *entered.not_live(), *entered.type(LessonPage).live().exclude(pk__in=_lessons().values("pk"))]


def _hold(page: Page) -> None:
    """Let nobody else write the entries of a page, or of its course, before this is done."""
    courses = CoursePage.objects.ancestor_of(page, inclusive=True).values("pk")
    list(Page.objects.select_for_update().filter(Q(pk=page.pk) | Q(pk__in=courses)).order_by("path")[:1])


def _make(standing: QuerySet[SearchEntry], wanted: Iterator[SearchEntry]) -> None:
    """Write the wanted entries over those that stand, and delete the rest."""
    left = {(page, document): pk for pk, page, document in standing.values_list("pk", "page", "document")}
    new = []
    for entry in wanted:
        entry.pk = left.pop((entry.page_id, entry.document_id), None)
        if entry.pk:
            entry.save()
        else:
            new.append(entry)
    SearchEntry.objects.bulk_create(new, batch_size=50)
    SearchEntry.objects.filter(pk__in=left.values()).delete()


def _lessons() -> PageQuerySet:
    """The live lessons of the live modules of the live courses."""
    above = Left(OuterRef("path"), Length(OuterRef("path")) - 2 * LessonPage.steplen)
    return outline.lessons().filter(Exists(CoursePage.objects.live().filter(path=above)))


def _course_of(page: Page) -> CoursePage:
    return CoursePage.objects.ancestor_of(page).get()


def _entry(kind: str, title: str, pieces: list[str], **more: Any) -> SearchEntry:
    title = words.plain(title)[:255]
    text = words.plain(" ".join(each for each in pieces if each))[:MOST_CHARACTERS]
    found_by = {"folded_title": words.fold(title), "folded": words.fold(f"{title}\n{text}")}
    found_by["grams"] = words.grams(found_by["folded"])
    return SearchEntry(kind=kind, title=title, text=text, **found_by, **more)


def _dates(page: Page) -> dict[str, dt.datetime | None]:
    first = page.first_published_at or page.latest_revision_created_at or page.last_published_at
    return {"dated_at": first or dt.datetime.fromtimestamp(0, dt.UTC), "made_from_at": page.last_published_at}


def _of_lesson(page: LessonPage, course: CoursePage) -> SearchEntry:
    """What a lesson says, its slides as well. Its questions stay out: which of them are asked is drawn, and nobody is
    to learn their answers by looking for them."""
    pieces = [page.title_en]
    slides = []
    for block in page.body:
        if block.block_type == "slides" and block.value["file"]:
            slides.append(block.value["file"].pk)
        if block.block_type != "question":
            pieces += block.block.get_searchable_content(block.value)
    if slides:
        drawn = SlidePicture.objects.filter(source__in=slides).order_by("source", "number")
        pieces += drawn.values_list("text", flat=True)
    pieces.append(page.sources)
    return _entry(Kind.LESSON, page.title, pieces, page_id=page.pk, course_id=course.pk, **_dates(page))


def _of_course(course: CoursePage, without: ModulePage | None = None) -> SearchEntry:
    """What a course and its live modules say of themselves."""
    modules = ModulePage.objects.live().child_of(course).exclude(pk=without.pk if without else None).order_by("path")
    pieces = [course.title_en, course.summary]
    for each in modules:
        pieces += [each.title, each.title_en, each.summary]
    return _entry(Kind.COURSE, course.title, pieces, page_id=course.pk, course_id=course.pk, **_dates(course))


def _of_course_and_lessons(course: CoursePage) -> Iterator[SearchEntry]:
    if course.live:
        yield _of_course(course)
        for lesson in outline.lessons().descendant_of(course).order_by("path"):
            yield _of_lesson(lesson, course)


def _of_announcement(page: AnnouncementPage) -> SearchEntry:
    return _entry(Kind.ANNOUNCEMENT, page.title, [get_text_for_indexing(page.body)], page_id=page.pk, **_dates(page))


def _of_library(page: LibraryPage) -> Iterator[SearchEntry]:
    """The documents of the library as it is published; a draft of it holds others."""
    for each in PolicyDocument.objects.filter(page=page).select_related("file") if page.live else []:
        pieces = [each.summary, each.number, each.issuer]
        if each.file:
            pieces += each.file.slides.order_by("number").values_list("text", flat=True)
        dates = {"dated_at": clock.local_moment(each.issued_on), "made_from_at": page.last_published_at}
        yield _entry(Kind.DOCUMENT, each.title, pieces, document_id=each.pk, **dates)
