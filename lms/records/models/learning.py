"""How far a teacher has come in a lesson, by the server's clock, and what she finished or wrote there.

A lesson is known by a key of its own and by its title: whatever becomes of the page that showed it, the record stays.
"""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.people.models import Teacher


class LearningClock(models.Model):
    """The one clock that runs for a teacher: on the lesson she opened last, in the page that opened it. Whatever else
    is open beside it earns nothing. The row is locked while an interval is counted."""

    teacher = models.OneToOneField(Teacher, models.PROTECT, related_name="learning_clock")
    lesson = models.UUIDField()
    opening = models.CharField(max_length=43)  # the page that counts, by the token it got when it opened
    beats = models.PositiveIntegerField(default=0)  # how many of its reports were counted
    counted_until = models.DateTimeField()
    day = models.DateField()
    day_seconds = models.PositiveIntegerField(default=0)  # learnt on that day, over all lessons


class LessonProgress(models.Model):
    """One teacher in one lesson: the time really spent (seconds), whether its questions are passed, and where a video
    stopped (`places`: file → seconds)."""

    teacher = models.ForeignKey(Teacher, models.PROTECT, related_name="lesson_progress")
    lesson = models.UUIDField()
    course = models.UUIDField(db_index=True)
    title = models.CharField(_("lesson"), max_length=255)
    seconds = models.PositiveIntegerField(_("time spent in seconds"), default=0)
    places = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    passed_at = models.DateTimeField(_("questions passed at"), null=True, blank=True)
    opened_at = models.DateTimeField(_("first opened at"))
    seen_at = models.DateTimeField(_("last seen at"))

    both_may_stay = True  # where two records of one person are merged: she was in the lesson under either

    class Meta:
        constraints = [models.UniqueConstraint(fields=["teacher", "lesson"], name="lessonprogress_once")]

    def __str__(self) -> str:
        return f"{self.title} · {self.teacher}"

    @property
    def minutes(self) -> int:
        """Whole minutes learnt, not yet credited."""
        return self.seconds // 60


class LessonCompletion(models.Model):
    """A teacher finished a lesson as it stood then (`version`); a later change of the lesson takes nothing back."""

    teacher = models.ForeignKey(Teacher, models.PROTECT, related_name="lesson_completions")
    lesson = models.UUIDField()
    course = models.UUIDField(db_index=True)
    title = models.CharField(_("lesson"), max_length=255)
    course_title = models.CharField(_("course"), max_length=255)
    minutes = models.PositiveIntegerField(_("minutes learnt"))
    version = models.CharField(max_length=64)
    finished_at = models.DateTimeField(_("finished at"))

    both_may_stay = True  # as above: what she finished twice, she finished

    class Meta:
        constraints = [models.UniqueConstraint(fields=["teacher", "lesson"], name="lessoncompletion_once")]

    def __str__(self) -> str:
        return f"{self.title} · {self.teacher}"


class Reflection(models.Model):
    """What a teacher wrote in answer to a lesson's invitation to reflect. Writing again adds a row; the last one is
    the one she means. Read by herself alone and by nobody's office."""

    teacher = models.ForeignKey(Teacher, models.PROTECT, related_name="reflections")
    lesson = models.UUIDField()
    block = models.UUIDField()  # the place in the lesson
    title = models.CharField(_("lesson"), max_length=255)
    prompt = models.TextField(_("asked"))
    text = models.TextField(_("written"))
    written_at = models.DateTimeField(_("written at"))

    class Meta:
        indexes = [models.Index(fields=["teacher", "lesson"])]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="reflection_says_something")]

    def __str__(self) -> str:
        return f"{self.title} · {self.teacher}"
