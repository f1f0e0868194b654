"""A candidate's attempt at a paper, every save of every answer, and the marks."""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from exams.models.candidate import Candidate, StageEntry
from exams.models.exam import Exam, Module, Stage
from exams.models.paper import Paper
from lms.lib import rows
from lms.people import access
from lms.people.models import Appointment

_DESK = {
    "user_id": "t.user_id",
    "paper_digest": "p.digest",
    "candidate_id": "e.candidate_id",
    "teacher_id": "c.teacher_id",
    "admission_number": "e.admission_number",
    "stage_id": "e.stage_id",
    "stage_name": "s.name",
    "exam_id": "s.exam_id",
    "exam_name": "x.name",
    "organisation_id": "x.organisation_id",
}
_WHOSE = """exams_attempt a
        JOIN exams_stageentry e ON e.id = a.entry_id
        JOIN exams_candidate c ON c.id = e.candidate_id
        JOIN people_teacher t ON t.id = c.teacher_id
        JOIN exams_paper p ON p.id = a.paper_id"""


@cache
def _at_desk(lock: bool) -> str:
    return f"""
        SELECT {rows.columns(Attempt, "a")}, {", ".join(_DESK.values())}
        FROM {_WHOSE}
        JOIN exams_stage s ON s.id = e.stage_id
        JOIN exams_exam x ON x.id = s.exam_id
        WHERE a.id = %s{rows.locking("a") if lock else ""}
    """  # noqa: S608 - names of this project's own


@cache
def _to_write() -> str:
    return f"""
        SELECT {rows.columns(Attempt, "a")}, t.user_id, p.digest
        FROM {_WHOSE}
        WHERE a.id = %s{rows.locking("a")}
    """  # noqa: S608 - names of this project's own


@cache
def _of_entry() -> str:
    return f"SELECT {rows.columns(Attempt, 'a')} FROM exams_attempt a WHERE a.entry_id = %s"  # noqa: S608


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def to_write(self, pk: int) -> "Attempt | None":
        """An attempt under the lock that puts saves and hand-in in one order, with `user_id`, whose it is, and
        `paper_digest`. The most frequent question of an exam, so it is written out and not composed anew for every
        answer."""
        return rows.first(Attempt, _to_write(), [pk], ("user_id", "paper_digest"))

    def of_entry(self, pk: int) -> "Attempt | None":
        """The attempt of an entry, if it was begun."""
        return rows.first(Attempt, _of_entry(), [pk])

    def at_desk(self, pk: int, *, lock: bool = False) -> "Attempt | None":
        """An attempt as its candidate works at it, in one statement: with `user_id`, whose it is, `paper_digest`, and
        its entry, candidate, stage and exam by their names (what else they have is read when it is asked for). `lock`
        is that of `to_write`."""
        found = rows.first(Attempt, _at_desk(lock), [pk], tuple(_DESK))
        if found is None:
            return None
        entry = rows.partly(
            StageEntry,
            id=found.entry_id,
            candidate_id=found.candidate_id,
            stage_id=found.stage_id,
            admission_number=found.admission_number,
        )
        exam = rows.partly(Exam, id=found.exam_id, name=found.exam_name, organisation_id=found.organisation_id)
        entry.stage = rows.partly(Stage, id=found.stage_id, exam_id=found.exam_id, name=found.stage_name)
        entry.candidate = rows.partly(
            Candidate, id=found.candidate_id, exam_id=found.exam_id, teacher_id=found.teacher_id
        )
        entry.candidate.exam = entry.stage.exam = exam
        found.entry = entry
        return found

    def sat_by(self, user) -> "AttemptQuerySet":
        """The user's own attempts; a paper in hand is nobody else's to read."""
        return self.filter(entry__candidate__teacher__user=user)


class Attempt(models.Model):
    """One candidate at one frozen paper, from start to hand-in. The deadline is fixed at the start by the server."""

    class State(models.TextChoices):
        OPEN = "open", _("in the paper")
        HANDED_IN = "handed_in", _("handed in")

    class HandedIn(models.TextChoices):
        CANDIDATE = "candidate", _("by the candidate")
        CLOCK = "clock", _("at the end of time")

    entry = models.OneToOneField(StageEntry, models.PROTECT, related_name="attempt")
    paper = models.ForeignKey(Paper, models.PROTECT, related_name="attempts")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    # What markers see instead of a name or a seat.
    script = models.CharField(max_length=12, unique=True)
    started_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    grace_seconds = models.PositiveSmallIntegerField()
    # The one device that may write: the digest of its session (exams/sitting.py); another takes over by signing in.
    device = models.CharField(max_length=64, blank=True)
    take_overs = models.PositiveSmallIntegerField(default=0)
    # When the page last asked without an answer to save: who neither saves nor asks has lost contact.
    asked_at = models.DateTimeField(null=True, blank=True)
    # Standing still since, and for how many seconds in all (exams/timing.py).
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_seconds = models.PositiveIntegerField(default=0)
    handed_in_at = models.DateTimeField(null=True, blank=True)
    handed_in_how = models.CharField(max_length=10, choices=HandedIn, blank=True)
    receipt = models.CharField(max_length=64, blank=True)
    marked_at = models.DateTimeField(null=True, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["deadline_at"], condition=Q(state="open"), name="attempt_open")]

    @property
    def grace(self) -> dt.timedelta:
        """How long after the deadline what arrives still counts."""
        return dt.timedelta(seconds=self.grace_seconds)

    def is_over(self, at: dt.datetime) -> bool:
        """Whether an answer that arrives at `at` comes too late: after the deadline and the grace declared with it.
        While the time stands still, it is as late as when it stopped."""
        return (self.paused_at or at) > self.deadline_at + self.grace


_KEEP_NEWER = """INSERT INTO exams_answer (attempt_id, item, version, response, saved_at) VALUES ROWS
ON CONFLICT (attempt_id, item) DO UPDATE
SET version = excluded.version, response = excluded.response, saved_at = excluded.saved_at
WHERE exams_answer.version < excluded.version
"""
_NOTE = "INSERT INTO exams_answersave (attempt_id, item, version, response, received_at, outcome)"
_KEEP_AND_NOTE = f"""WITH kept AS ({_KEEP_NEWER}RETURNING attempt_id, item, version, response, saved_at),
noted AS ({_NOTE}
SELECT attempt_id, item, version, response, saved_at, 'saved' FROM kept)
SELECT item FROM kept
"""  # noqa: S608 - names of this project's own


class AnswerQuerySet(models.QuerySet["Answer"]):
    def keep_newer(self, attempt: Attempt, saves: Sequence[Mapping[str, Any]], at: dt.datetime) -> set[str]:
        """Write each save ({"item", "version", "response"}, every item once) whose version is higher than what stands,
        in one statement in which the database itself compares; returns the items that were written."""
        return _kept(f"{_KEEP_NEWER}RETURNING item", attempt, saves, at)

    def keep_and_note(self, attempt: Attempt, saves: Sequence[Mapping[str, Any]], at: dt.datetime) -> set[str]:
        """Keep what is newer, and add the line of each save that was kept: one statement where the database can."""
        if connection.vendor == "postgresql":
            return _kept(_KEEP_AND_NOTE, attempt, saves, at)
        kept = self.keep_newer(attempt, saves, at)
        noted = [(save, AnswerSave.Outcome.SAVED) for save in saves if save["item"] in kept]
        AnswerSave.objects.note(attempt, noted, at)
        return kept


def _kept(statement: str, attempt: Attempt, saves: Sequence[Mapping[str, Any]], at: dt.datetime) -> set[str]:
    if not saves:
        return set()
    moment = rows.moment(at)
    new = [(attempt.pk, each["item"], each["version"], rows.json(each["response"]), moment) for each in saves]
    return {item for (item,) in rows.write_out(statement, new)}


class Answer(models.Model):
    """The newest accepted answer to one item: `item` is "12", or "61.2" for the second part of item 61."""

    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="answers")
    item = models.CharField(max_length=8)
    version = models.PositiveIntegerField()
    response = models.JSONField()
    saved_at = models.DateTimeField()

    objects = AnswerQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["attempt", "item"], name="answer_once_per_item")]


class AnswerSaveQuerySet(models.QuerySet["AnswerSave"]):
    def note(self, attempt: Attempt, sorted_out: Sequence[tuple[Mapping[str, Any], str]], at: dt.datetime) -> None:
        """Add a row for each save ({"item", "version", "response"}) with what became of it, in one statement."""
        moment = rows.moment(at)
        new = [
            (attempt.pk, each["item"], each["version"], rows.json(each["response"]), moment, outcome)
            for each, outcome in sorted_out
        ]
        if new:
            rows.write_out(f"{_NOTE} VALUES ROWS", new)


class AnswerSave(models.Model):
    """Every save that arrived, in order; rows are only ever added. A late one is kept aside, never counted."""

    class Outcome(models.TextChoices):
        SAVED = "saved", _("saved")
        STALE = "stale", _("older than what stands")
        LATE = "late", _("kept aside: after the end")
        ELSEWHERE = "elsewhere", _("kept aside: from a device that gave way to another")

    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="saves")
    item = models.CharField(max_length=8)
    version = models.PositiveIntegerField()
    response = models.JSONField()
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome)

    objects = AnswerSaveQuerySet.as_manager()


class MarkQuerySet(models.QuerySet["Mark"]):
    def given_to(self, user, at: dt.datetime) -> "MarkQuerySet":
        """The answers in one marker's piles, while she holds the office; nobody sees another's."""
        paths = access.paths(user, at, Appointment.Office.MARKER)
        held = access.under("answer__attempt__paper__module__stage__exam__organisation__path", paths)
        return self.standing().filter(held, marker=user)

    def standing(self) -> "MarkQuerySet":
        """Those that no later marking has replaced."""
        return self.filter(superseded_by=None)

    def waiting(self) -> "MarkQuerySet":
        """Those without points yet."""
        return self.filter(points=None)


class Mark(models.Model):
    """Points for one answer: by the key, or by a marker. Assigned without points, it waits in her pile.

    `criteria` are the points of each criterion of the item, as text in their order; empty for an item without any. A
    mark that `superseded_by` names stays as it was given and counts no more; one that checks its marker never counts.
    """

    class Role(models.TextChoices):
        KEY = "key", _("by the key")
        FIRST = "first", _("first marker")
        SECOND = "second", _("second marker")
        THIRD = "third", _("third marker")
        CHECK = "check", _("check of the marker")

    answer = models.ForeignKey(Answer, models.PROTECT, related_name="marks")
    role = models.CharField(max_length=6, choices=Role)
    marker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="marks")
    points = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    criteria = models.JSONField(default=list, blank=True)
    superseded_by = models.ForeignKey(
        "exams.Remarking", models.PROTECT, null=True, blank=True, related_name="superseded"
    )
    assigned_at = models.DateTimeField()
    marked_at = models.DateTimeField(null=True, blank=True)

    objects = MarkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["answer", "role"], condition=Q(superseded_by=None) & ~Q(role="check"), name="mark_once_per_role"
            ),
            models.UniqueConstraint(fields=["answer", "marker"], name="mark_once_per_marker"),
            models.CheckConstraint(condition=Q(points=None) | Q(points__gte=0), name="mark_not_negative"),
            models.CheckConstraint(
                condition=Q(role="key", marker=None) | (~Q(role="key") & Q(marker__isnull=False)),
                name="mark_by_key_or_marker",
            ),
        ]
        indexes = [models.Index(fields=["marker"], condition=Q(points=None), name="mark_waiting")]


class ThirdMarker(models.Model):
    """Who may be called in as third marker of a module where the first two differ too much."""

    module = models.ForeignKey(Module, models.PROTECT, related_name="third_markers")
    marker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["module", "marker"], name="third_marker_once_per_module")]
