"""A teacher tries the questions of a lesson: some are drawn for the try, she answers them once, the next try draws
afresh. A try is its own record."""

import datetime as dt
import secrets
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cms import asking, lessons
from cms.models import CoursePage, LessonPage, Try
from lms.lib.refusals import Refusal
from lms.people.models import Teacher
from lms.questions import checking
from lms.records import learning
from lms.records.models import LessonProgress


class NothingAsked(Refusal):
    sentence = _("This lesson asks no questions.")


class AlreadyAnswered(Refusal):
    sentence = _("This try was answered already and stays as it is. Try again, and questions are drawn anew.")


@transaction.atomic
def draw(*, page: LessonPage, course: CoursePage, teacher: Teacher, at: dt.datetime) -> Try:
    """Draw the questions of the teacher's next try; while one waits for its answers it is that one. Whoever never
    opened the lesson with its script has opened it now. Refuses: NothingAsked."""
    Teacher.objects.select_for_update(of=("self",)).only("pk").get(pk=teacher.pk)
    tries = Try.objects.filter(teacher=teacher, lesson=page.key)
    waiting = tries.filter(answered_at=None).first()
    if waiting:
        return waiting
    found = lessons.questions(page)
    if not found:
        raise NothingAsked()
    if not LessonProgress.objects.filter(teacher=teacher, lesson=page.key).exists():
        learning.open_lesson(teacher=teacher, lesson=lessons.as_recorded(page, course), at=at)
    return Try.objects.create(
        teacher=teacher,
        lesson=page.key,
        number=tries.count() + 1,
        asked=asking.draw(found, page.ask, secrets.token_hex(16)),
        drawn_at=at,
    )


@transaction.atomic
def answer(*, drawn: Try, page: LessonPage, course: CoursePage, answers: Mapping[str, Any], at: dt.datetime) -> Try:
    """Mark the answers of a try (id of the question → response) and keep them; one for a question that was not drawn,
    or of another shape, is left out and earns nothing. Enough points pass the questions of the lesson, and finish it
    where its time is spent. Refuses: AlreadyAnswered."""
    teacher = Teacher.objects.select_for_update(of=("self",)).get(pk=drawn.teacher_id)
    drawn = Try.objects.get(pk=drawn.pk)
    if drawn.answered_at:
        raise AlreadyAnswered()
    drawn.answers = {
        each["id"]: answers[each["id"]]
        for each in drawn.asked
        if checking.response_fits(each["kind"], each["body"], answers.get(each["id"]))
    }
    drawn.share, _points = asking.mark(drawn.asked, drawn.answers)
    drawn.is_passed = drawn.share * 100 >= page.pass_percent
    drawn.answered_at = at
    drawn.save(update_fields=["answers", "share", "is_passed", "answered_at"])
    if drawn.is_passed:
        learning.pass_questions(teacher=teacher, lesson=lessons.as_recorded(page, course), at=at)
        lessons.try_to_finish(page=page, course=course, teacher=teacher, at=at)
    return drawn
