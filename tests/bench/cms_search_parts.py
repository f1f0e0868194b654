"""The part of the figure cms.search that runs in a process of its own: many pages, and questions asked of them."""

import datetime as dt
import json
import random
import re
import statistics
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.contenttypes.models import ContentType  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402
from wagtail.models import Locale, Page  # noqa: E402

from cms import finding, founding, searching, words  # noqa: E402
from cms.models import CoursePage, LessonPage, ModulePage, SearchEntry  # noqa: E402
from lms.lib import clock  # noqa: E402
from lms.people import second_factor  # noqa: E402
from lms.people.models import Appointment, Organisation, User  # noqa: E402
from tests.factories import people  # noqa: E402

TEXTS = Path(__file__).parent.parent.parent / "lms" / "demo" / "courses"
LESSONS = 24  # in a course
ROUNDS, TIMES = 3, 5
# A word of nearly every page, of some, a name of a few, two words, and the beginning of a Latin one.
QUESTIONS = ("学生", "转介", "林知微", "家长 保密", "resil")


def build(pages: int) -> float:
    """Courses with a module and lessons below one institution, until there are so many pages to find; the seconds that
    it took to enter them into the search."""
    rng = random.Random(20240305)
    unit = people.organisation("教师发展中心", level=Organisation.Level.COUNTY)
    room = founding.found_institution(organisation=unit, by=None, at=clock.now())
    people.officer(Appointment.Office.BUREAU_OFFICER, unit, "沈县", username="officer")
    paragraphs = _paragraphs()
    made = _Tree(room)
    for number in range(pages // (LESSONS + 1)):
        course = made.add(room, number, CoursePage(title=f"课程{number}", summary=rng.choice(paragraphs)))
        module = made.add(course, 0, ModulePage(title=f"第{number}单元"))
        for place in range(LESSONS):
            made.add(module, place, _lesson(rng, paragraphs, place))
    made.write()
    begun = time.perf_counter()
    searching.rebuild()
    entered = time.perf_counter() - begun
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    return entered


class _Tree:
    """Pages written as they lie in the database, many at a time: one by one as the editor does it takes an hour."""

    def __init__(self, room: Page) -> None:
        self.locale = Locale.objects.get()
        self.kinds = {model: ContentType.objects.get_for_model(model) for model in (CoursePage, ModulePage, LessonPage)}
        self.pages: dict[type, list[Page]] = {model: [] for model in self.kinds}
        self.next = Page.objects.order_by("pk").last().pk + 1000

    def add(self, parent: Page, place: int, page: Page) -> Page:
        page.pk = page.id = page.page_ptr_id = self.next
        self.next += 1
        page.path, page.depth = Page._get_path(parent.path, parent.depth + 1, place + 1), parent.depth + 1
        page.translation_key = uuid.uuid4()
        page.slug = page.translation_key.hex
        page.content_type, page.locale, page.draft_title = self.kinds[type(page)], self.locale, page.title
        page.first_published_at = page.last_published_at = clock.now()
        page.url_path = f"{parent.url_path}{page.slug}/"
        self.pages[type(page)].append(page)
        return page

    def write(self) -> None:
        """First what all kinds of page have in common, then what each has of its own."""
        for model, pages in self.pages.items():
            for table in (Page, model):
                fields = table._meta.local_concrete_fields
                for first in range(0, len(pages), 500):
                    some = pages[first : first + 500]
                    table._base_manager._insert(some, fields=fields, using="default", raw=True)


def _paragraphs() -> list[str]:
    texts = [file.read_text() for file in sorted(TEXTS.rglob("*.md"))]
    lines = [re.sub(r"[*#`>-]", "", line).strip() for text in texts for line in text.splitlines()]
    return [line for line in lines if len(line) > 60]


def _lesson(rng: random.Random, paragraphs: list[str], place: int) -> LessonPage:
    """A lesson of about a thousand characters; one in four hundred names a teacher, one in forty is in English too."""
    said = rng.sample(paragraphs, 9)
    if rng.random() < 1 / 400:
        said.append("林知微老师记下了这件事。")
    if rng.random() < 1 / 40:
        said.append("Resilience grows in small steps.")
    body = [("text", "".join(f"<p>{each}</p>" for each in said))]
    return LessonPage(title=f"第{place + 1}课 {rng.choice(paragraphs)[:12]}", minutes=10, body=body)


def ask(question: str) -> dict[str, object]:
    """Milliseconds that the database takes for the bare question and for all that the page asks, and those of the
    whole page: each the medians of its rounds."""
    user, at = User.objects.get(username="officer"), clock.now()
    asked = words.asked(question)
    client = _client(user)
    rounds = [
        {
            "bare": _asked(lambda: _bare(asked)),
            "ours": _asked(lambda: _ours(user, asked, at)),
            "page": _timed(lambda: _page(client, question)),
        }
        for _round in range(ROUNDS)
    ]
    found = finding.found(finding.matching(SearchEntry.objects.all(), asked), asked)
    return {"found": found.counts.total(), **{name: [each[name] for each in rounds] for name in rounds[0]}}


def _bare(asked: list[words.Word]) -> int:
    """What any list with pages asks: how many there are, and the first twenty; by the index, in the same order."""
    fitting = finding.matching(SearchEntry.objects.all(), asked)
    best = fitting.annotate(in_title=finding.in_title(asked)).order_by("-in_title", "-dated_at", "pk")
    rows = SearchEntry.objects.filter(pk__in=best.values("pk")[: finding.MOST_RANKED])
    first = list(finding.ranked(rows, asked).values_list("title", "text")[:20])
    return fitting.count() + len(first)


def _ours(user: User, asked: list[words.Word], at: dt.datetime) -> list[finding.Hit]:
    """What the page asks: what she may read of them, how many of each kind, the first twenty, and where they stand."""
    found = finding.found(finding.matching(finding.readable(user, at), asked), asked)
    rows = finding.ranked(SearchEntry.objects.filter(pk__in=found.best), asked)
    return finding.hits(rows[:20], asked)


def _page(client: Client, question: str) -> None:
    if client.get(reverse("cms:search"), {"q": question}).status_code != 200:
        raise SystemExit("the page of the search did not open")


def _client(user: User) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    session = client.session
    second_factor.mark_passed(session, user)
    session.save()
    return client


def _asked(act: Callable[[], object]) -> float:
    """How long the database takes for all its statements."""
    found = []
    for _time in range(TIMES):
        spent = 0.0

        def timed(execute, *statement):
            nonlocal spent
            begun = time.perf_counter()
            try:
                return execute(*statement)
            finally:
                spent += 1000 * (time.perf_counter() - begun)

        with connection.execute_wrapper(timed):
            act()
        found.append(spent)
    return statistics.median(found)


def _timed(act: Callable[[], object]) -> float:
    found = []
    for _time in range(TIMES):
        begun = time.perf_counter()
        act()
        found.append(1000 * (time.perf_counter() - begun))
    return statistics.median(found)


if __name__ == "__main__":
    settings.DEBUG = False
    entered = build(int(sys.argv[1]))
    asked = {question: ask(question) for question in QUESTIONS}
    counted = SearchEntry.objects.count()
    found = {"pages": counted, "engine": connection.vendor, "entered": entered, "questions": asked}
    sys.stdout.write(json.dumps(found))
