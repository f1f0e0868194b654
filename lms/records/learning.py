"""Time spent on lessons, counted by the server; what was passed, finished and written there.

A page that shows a lesson reports about every half minute while it is in front. The server counts the time between
two reports by its own clock, on one page at a time, so that no number of pages, devices or repeated requests earns
more than the time that really passed.
"""

import datetime as dt
import secrets
import uuid
from dataclasses import dataclass

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people.models import Teacher
from lms.records.models import LearningClock, LessonCompletion, LessonProgress, Reflection

REPORT_EVERY = 30  # seconds between two reports of a page in front
LONGEST_GAP = 75  # seconds; a longer silence means that nobody was there
# 8 hours of 45 minutes a day at most (the ministry's form on teacher training counts no more).
DAY_LIMIT = 8 * 45 * 60
# A page's token lives a day; no page reports so often before it ends.
MOST_REPORTS = 100_000
_TOKEN_AGE = dt.timedelta(days=1)
_SECOND = dt.timedelta(seconds=1)
LONGEST_REFLECTION = 5_000  # characters
_SALT = "lms.records.learning"


class NotOpened(Refusal):
    sentence = _("Open the lesson first; its time is counted from then on.")


class TooShort(Refusal):
    sentence = _("This lesson takes longer. Minutes still missing: {minutes}.")


class NotPassed(Refusal):
    sentence = _("The questions of this lesson are not passed yet.")


class NothingWritten(Refusal):
    sentence = _("Write down your thoughts before you save them.")
    field = "text"


class WrittenTooLong(Refusal):
    sentence = _("A reflection holds at most 5,000 characters. Shorten it a little.")
    field = "text"


@dataclass(frozen=True)
class Lesson:
    """A lesson as its author published it: keys that outlive pages, titles, the least `minutes` to spend on it,
    whether it asks questions, and the `version` of its content."""

    key: uuid.UUID
    title: str
    course: uuid.UUID
    course_title: str
    minutes: int
    asks: bool
    version: str


@dataclass(frozen=True)
class Standing:
    """What a report came to: whether it counted, why not (`elsewhere`, `replayed`, `forged`, `day_full`, `silence`,
    `away`, or ""), and the seconds learnt in this lesson and on this day since."""

    counted: bool
    why: str
    seconds: int
    day_seconds: int


@transaction.atomic
def open_lesson(*, teacher: Teacher, lesson: Lesson, at: dt.datetime) -> str:
    """Let the teacher's clock run on this lesson, in the page that asks; a page that counted before stops counting.
    Returns the token with which this page reports."""
    opening = secrets.token_urlsafe(32)
    running = _clock(teacher)
    fields = {"lesson": lesson.key, "opening": opening, "beats": 0, "counted_until": at}
    if running is None:
        LearningClock.objects.create(teacher=teacher, day=clock.local_date(at), **fields)
    else:
        # Requests that waited for the lock may come out of order: what was counted is never counted again.
        fields["counted_until"] = max(at, running.counted_until)
        for name, value in fields.items():
            setattr(running, name, value)
        running.save(update_fields=list(fields))
    facts = {"course": lesson.course, "title": lesson.title, "seen_at": at}
    LessonProgress.objects.update_or_create(
        teacher=teacher, lesson=lesson.key, defaults=facts, create_defaults={**facts, "opened_at": at}
    )
    return signing.dumps([teacher.pk, str(lesson.key), opening], salt=_SALT)


@transaction.atomic
def report(
    *,
    teacher: Teacher,
    lesson: Lesson,
    token: str,
    number: int,
    places: dict[str, int],
    away: bool = False,
    at: dt.datetime,
) -> Standing:
    """Count the time since the last report, if this is the page on which the clock runs and `number` the next in
    turn, and keep where its videos stopped (`places`, seconds). Of a page that was out of sight since then (`away`)
    nothing is counted; its clock goes on from here. A report that repeats one or was not made by this site for this
    teacher and lesson earns nothing and is journalled; one of a page that counts no more, because another was opened
    after it or its token is a day old, earns nothing. Refuses: NotOpened."""
    running = _clock(teacher)
    progress = LessonProgress.objects.filter(teacher=teacher, lesson=lesson.key).first()
    if running is None or progress is None:
        raise NotOpened()
    opening = _opening(token, teacher, lesson)
    if opening is None:
        return _suspicious("forged", progress, running, number, at)
    if opening != running.opening:
        return _standing("elsewhere", progress, running)
    if number <= running.beats:
        return _suspicious("replayed", progress, running, number, at)
    if number > MOST_REPORTS:
        return _suspicious("forged", progress, running, number, at)
    running.beats = number
    seconds, why = _pass_over(running, at) if away else _count(running, at)
    running.save(update_fields=["beats", "counted_until", "day", "day_seconds"])
    progress.seconds += seconds
    progress.seen_at = at
    progress.places = {**progress.places, **places}
    progress.save(update_fields=["seconds", "seen_at", "places"])
    return _standing(why, progress, running)


@transaction.atomic
def pass_questions(*, teacher: Teacher, lesson: Lesson, at: dt.datetime) -> LessonProgress:
    """Note that the lesson's questions were passed; the first time counts. Refuses: NotOpened."""
    progress = _progress(teacher, lesson)
    if progress.passed_at is None:
        progress.passed_at = at
        progress.save(update_fields=["passed_at"])
    return progress


@transaction.atomic
def finish(*, teacher: Teacher, lesson: Lesson, at: dt.datetime) -> LessonCompletion:
    """Put the lesson on the teacher's record as finished; twice is the same as once. Refuses: NotOpened, TooShort
    (before its least minutes were really spent), NotPassed."""
    progress = _progress(teacher, lesson)
    done = LessonCompletion.objects.filter(teacher=teacher, lesson=lesson.key).first()
    if done:
        return done
    missing = lesson.minutes * 60 - progress.seconds
    if missing > 0:
        raise TooShort(minutes=-(-missing // 60))
    if lesson.asks and progress.passed_at is None:
        raise NotPassed()
    done = LessonCompletion.objects.create(
        teacher=teacher,
        lesson=lesson.key,
        course=lesson.course,
        title=lesson.title,
        course_title=lesson.course_title,
        minutes=progress.minutes,
        version=lesson.version,
        finished_at=at,
    )
    facts = {"minutes": done.minutes, "version": done.version}
    journal.write("records.lesson_finished", by=teacher.user, at=at, about=done, facts=facts)
    return done


@transaction.atomic
def reflect(
    *, teacher: Teacher, lesson: Lesson, block: uuid.UUID, prompt: str, text: str, at: dt.datetime
) -> Reflection:
    """Keep what the teacher wrote; the same text again changes nothing. Refuses: NothingWritten, WrittenTooLong."""
    text = text.replace("\x00", "").strip()
    if not text:
        raise NothingWritten()
    if len(text) > LONGEST_REFLECTION:
        raise WrittenTooLong()
    rows = Reflection.objects.filter(teacher=teacher, lesson=lesson.key, block=block)
    last = rows.order_by("-written_at", "-pk").first()
    if last and last.text == text:
        return last
    return Reflection.objects.create(
        teacher=teacher,
        lesson=lesson.key,
        block=block,
        title=lesson.title,
        prompt=prompt,
        text=text,
        written_at=at,
    )


def _hold(teacher: Teacher) -> None:
    """Lock the teacher's row: whatever she does with lessons takes turns, and nobody waits the other way round."""
    Teacher.objects.select_for_update(of=("self",)).only("pk").get(pk=teacher.pk)


def _clock(teacher: Teacher) -> LearningClock | None:
    """The teacher's clock, locked; for her first lesson her own row is locked in its stead."""
    _hold(teacher)
    return LearningClock.objects.select_for_update().filter(teacher=teacher).first()


def _progress(teacher: Teacher, lesson: Lesson) -> LessonProgress:
    _hold(teacher)
    found = LessonProgress.objects.select_for_update().filter(teacher=teacher, lesson=lesson.key).first()
    if found is None:
        raise NotOpened()
    return found


def _opening(token: str, teacher: Teacher, lesson: Lesson) -> str | None:
    """Which opening a token stands for: "" for one that is too old, as in a page left open over night; None where this
    site gave no such token to this teacher for this lesson."""
    try:
        whose, key, opening = signing.loads(token, salt=_SALT, max_age=_TOKEN_AGE)
    except signing.SignatureExpired:
        return ""
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return opening if (whose, key) == (teacher.pk, str(lesson.key)) else None


def _count(running: LearningClock, at: dt.datetime) -> tuple[int, str]:
    """Move the clock on to `at`: the whole seconds that this earned, on the day on which they ended, and why not more.
    What is left of a second stays for the next report, so that many reports earn no more than few."""
    today = clock.local_date(at)
    if today > running.day:
        running.day, running.day_seconds = today, 0
    passed = at - running.counted_until
    if passed < dt.timedelta(0):
        return 0, ""
    if passed > LONGEST_GAP * _SECOND:
        running.counted_until = at
        return 0, "silence"
    seconds, left = passed // _SECOND, max(0, DAY_LIMIT - running.day_seconds)
    running.counted_until += seconds * _SECOND
    running.day_seconds += min(seconds, left)
    return (seconds, "") if seconds <= left else (left, "day_full")


def _pass_over(running: LearningClock, at: dt.datetime) -> tuple[int, str]:
    """Let the clock go on from `at`, with nothing earned before."""
    running.counted_until = max(at, running.counted_until)
    return 0, "away"


def _suspicious(why: str, progress: LessonProgress, running: LearningClock, number: int, at: dt.datetime) -> Standing:
    facts = {"why": why, "number": number, "beats": running.beats}
    journal.write("records.report_refused", by=progress.teacher.user, at=at, about=progress, facts=facts)
    return _standing(why, progress, running)


def _standing(why: str, progress: LessonProgress, running: LearningClock) -> Standing:
    return Standing(counted=not why, why=why, seconds=progress.seconds, day_seconds=running.day_seconds)
