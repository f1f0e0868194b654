"""Courses that are read: an institution's room, a programme, its course with modules and lessons that ask questions,
a period of it, and who sits in it. Pages are published as the editor does it. All invented."""

import datetime as dt
import itertools
import uuid
from decimal import Decimal
from types import SimpleNamespace

from django.core.files.base import ContentFile
from wagtail.models import Collection

from cms import founding
from cms.models import CourseFile, CoursePage, LessonPage, ModulePage, ProgrammeCourse, ProgrammePage
from lms.lib import clock
from lms.training import planning
from lms.training.models import Enrolment
from tests.factories import cms
from tests.factories.people import AT

DAY = dt.timedelta(days=1)
_count = itertools.count(1)

# What must not stand on a page before the answer: found by text on any page that shows it.
EXPLANATION = "解析金丝雀"


def institution(organisation, *, at=AT):
    """The room of a unit for its courses."""
    cms.root()
    if Collection.get_first_root_node() is None:
        Collection.add_root(name="Root")
    return founding.found_institution(organisation=organisation, by=None, at=at)


def publish(page, *, by=None):
    """Publish a page as the editor does; returns it as it stands then."""
    page.save_revision(user=by).publish(user=by)
    return type(page).objects.get(pk=page.pk)


def _add(parent, page):
    page.live = False
    parent.add_child(instance=page)
    return publish(page)


def block(kind, value, *, id=None):
    """One block of a lesson's body, as it lies in the database."""
    return {"type": kind, "value": value, "id": id or str(uuid.uuid4())}


def question(kind="single", *, stem=None, options=("甲", "乙", "丙"), right=("甲",), is_true=True, blanks="", **more):
    """A question as a block; its right answers are those options that `right` names."""
    value = {
        "kind": kind,
        "stem": stem or f"第{next(_count)}题，小测题干？",
        "options": [],
        "is_true": is_true,
        "blanks": blanks,
        "explanation": more.get("explanation", EXPLANATION),
    }
    if kind in ("single", "multiple"):
        value["options"] = [
            {"type": "item", "id": str(uuid.uuid4()), "value": {"text": each, "is_right": each in right}}
            for each in options
        ]
    return block("question", value, id=more.get("id"))


def course(room, title="走近学生心理健康教育", **more):
    return _add(room, CoursePage(title=title, slug=f"course-{next(_count)}", **more))


def module(of_course, title="认识学生", **more):
    return _add(of_course, ModulePage(title=title, slug=f"module-{next(_count)}", **more))


def lesson(of_module, title="情绪从哪里来", *, minutes=1, ask=2, questions=3, body=None, **more):
    """A published lesson: `body` and so many single-choice questions, of which 甲 is right in each."""
    blocks = [block("text", "<p>正文的一段。</p>")] if body is None else list(body)
    blocks += [question() for _ in range(questions)]
    page = LessonPage(title=title, slug=f"lesson-{next(_count)}", minutes=minutes, ask=ask, body=blocks, **more)
    return _add(of_module, page)


def file(room, kind="office", name="record.docx", content=b"a form"):
    """A file that lies in an institution's room, of the kind that it is said to be."""
    made = CourseFile(title=name, kind=kind, collection=room.collection)
    made.file.save(name, ContentFile(content), save=False)
    made.file_size = len(content)
    made.save()
    return made


def programme(organisation, *, title="心理健康教育C证培训", hours=6, at=AT, **more):
    """A programme worth so many hours of professional subjects."""
    plan = {"code": f"programme-{next(_count)}", "title": title, "track": "mental-health"} | more
    plan.setdefault("hours", {"professional": Decimal(hours)} if hours else {})
    return planning.found(organisation=organisation, plan=planning.Plan(**plan), by=None, at=at)


def programme_page(room, of_programme, courses=(), **more):
    """The page of a programme, with its courses in this order."""
    page = ProgrammePage(title=of_programme.title, slug=f"page-{next(_count)}", programme=of_programme, **more)
    page.live = False
    room.add_child(instance=page)
    page.courses = [ProgrammeCourse(course=each, sort_order=place) for place, each in enumerate(courses)]
    return publish(page)


def period(of_programme, *, number=None, at=AT, capacity=None, **more):
    """A period that has begun, and that may be joined for ten days more."""
    today = clock.local_date(at)
    given = {
        "starts_on": today - DAY,
        "ends_on": today + 60 * DAY,
        "enrol_from_at": at - 10 * DAY,
        "enrol_until_at": at + 10 * DAY,
    }
    number = number or of_programme.periods.count() + 1
    return planning.open_period(
        programme=of_programme, number=number, capacity=capacity, by=None, at=at, **(given | more)
    )


def enrolled(teacher, of_period, state=Enrolment.State.CONFIRMED, *, at=AT):
    """A teacher in a period, whether or not the rules would have let her in."""
    place = of_period.next_place
    of_period.next_place += 1
    of_period.save()
    return Enrolment.objects.create(
        period=of_period,
        teacher=teacher,
        school=teacher.school_on(clock.local_date(at)) or of_period.programme.organisation,
        state=state,
        place=place,
        applied_at=at,
        confirmed_at=at if state in Enrolment.SEATED else None,
        ended_at=at if state in (Enrolment.State.COMPLETED, Enrolment.State.WITHDRAWN) else None,
    )


def world(organisation, *, lessons=2, minutes=1, at=AT, **more):
    """A unit's room with a programme of one course in one module, a period that runs at `at`, nobody in it."""
    w = SimpleNamespace(organisation=organisation, room=institution(organisation, at=at))
    w.course = course(w.room)
    w.module = module(w.course)
    w.lessons = [lesson(w.module, f"第{n}课", minutes=minutes, **more) for n in range(1, lessons + 1)]
    w.lesson = w.lessons[0] if w.lessons else None
    w.programme = programme(organisation, at=at)
    w.page = programme_page(w.room, w.programme, [w.course])
    w.period = period(w.programme, at=at)
    return w
