"""A candidate of an exam, her entry in each stage, and her result in each module."""

import datetime as dt
from functools import cache

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from exams.models.exam import WATCHING_OFFICES, Exam, Module, Room, Site, Stage
from lms.lib import rows
from lms.people import access
from lms.people.models import Appointment, Organisation, Teacher


def _own(*users) -> Q:
    """A filter for the users' own candidacies, those of records that were merged into theirs included."""
    return Q(teacher__user__in=users) | Q(teacher__merged_into__user__in=users)


class CandidateQuerySet(models.QuerySet["Candidate"]):
    def held_by(self, *users) -> "CandidateQuerySet":
        """The users' own candidacies."""
        return self.filter(_own(*users))

    def of_others(self, user) -> "CandidateQuerySet":
        """Without the user's own."""
        return self.exclude(_own(user))

    def unfinished(self) -> "CandidateQuerySet":
        """Those of exams that are not over, for which the candidate may still need her account."""
        over = (Candidate.State.REJECTED, Candidate.State.WITHDRAWN, Candidate.State.VOIDED)
        open_stage = Stage.objects.filter(exam=OuterRef("exam")).exclude(state=Stage.State.FINALISED)
        return self.filter(Exists(open_stage)).exclude(state__in=over)

    def visible_to(self, user, at: dt.datetime) -> "CandidateQuerySet":
        """The user's own candidacies, those from schools she reviews, and those of exams she watches over."""
        reviewing = access.under("school__path", access.paths(user, at, Appointment.Office.BUREAU_OFFICER))
        watching = access.under("exam__organisation__path", access.paths(user, at, *WATCHING_OFFICES))
        return self.filter(_own(user) | reviewing | watching)

    def reviewed_by(self, user, at: dt.datetime) -> "CandidateQuerySet":
        """Those whose eligibility the user may decide: bureau officers by school, exam officers by exam."""
        by_school = access.under("school__path", access.paths(user, at, Appointment.Office.BUREAU_OFFICER))
        by_exam = access.under("exam__organisation__path", access.paths(user, at, Appointment.Office.EXAM_OFFICER))
        return self.filter(by_school | by_exam).of_others(user)


class Candidate(models.Model):
    """One teacher's candidacy in one exam; `facts` are what she or her school stated, as it stood at registration."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("waiting for review")
        RETURNED = "returned", _("returned for correction")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("not approved")
        WITHDRAWN = "withdrawn", _("withdrawn")
        VOIDED = "voided", _("void")

    exam = models.ForeignKey(Exam, models.PROTECT, related_name="candidates")
    teacher = models.ForeignKey(Teacher, models.PROTECT, related_name="candidacies")
    school = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(_("number on the roster"))
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    facts = models.JSONField(default=dict)
    submitted_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    review_rule = models.CharField(max_length=40, blank=True)
    review_reason = models.TextField(blank=True)
    photo = models.CharField(max_length=120, blank=True)  # the file's name below PRIVATE_ROOT/photos
    # Which version of the exam's pledge she ticked, and when.
    pledge_version = models.PositiveSmallIntegerField(null=True, blank=True)
    pledged_at = models.DateTimeField(null=True, blank=True)
    school_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    school_confirmed_at = models.DateTimeField(null=True, blank=True)

    objects = CandidateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["exam", "teacher"], name="candidate_once_per_exam"),
            models.UniqueConstraint(fields=["exam", "number"], name="candidate_number_once_per_exam"),
        ]

    def __str__(self) -> str:
        return f"{self.exam} · {self.number}"


_DOOR = {
    "user_id": "t.user_id",
    "full_name": "t.full_name",
    "teacher_id": "c.teacher_id",
    "exam_id": "c.exam_id",
    "pledged": "c.pledge_version",
    "exam_name": "x.name",
    "pledge": "x.pledge",
    "pledge_version": "x.pledge_version",
    "organisation_id": "x.organisation_id",
    "stage_number": "s.number",
    "stage_kind": "s.kind",
    "stage_name": "s.name",
    "stage_state": "s.state",
    "room_number": "r.number",
    "site_id": "r.site_id",
    "site_name": "i.name",
}
# What there is to ask for at all; as it was before any wait for a lock.
_THERE_IS = {
    "has_begun": "EXISTS (SELECT 1 FROM exams_attempt a WHERE a.entry_id = e.id)",
    "has_needs": "EXISTS (SELECT 1 FROM exams_accommodation k WHERE k.teacher_id = c.teacher_id)",
    "has_extra_time": "EXISTS (SELECT 1 FROM exams_extratime m WHERE m.entry_id = e.id)",
}


@cache
def _at_door(lock: bool) -> str:
    return f"""
        SELECT {rows.columns(StageEntry, "e")}, {", ".join(_DOOR.values() if lock else (_DOOR | _THERE_IS).values())}
        FROM exams_stageentry e
        JOIN exams_candidate c ON c.id = e.candidate_id
        JOIN people_teacher t ON t.id = c.teacher_id
        JOIN exams_stage s ON s.id = e.stage_id
        JOIN exams_exam x ON x.id = c.exam_id
        LEFT JOIN exams_room r ON r.id = e.room_id
        LEFT JOIN exams_site i ON i.id = r.site_id
        WHERE e.id = %s{rows.locking("e") if lock else ""}
    """  # noqa: S608 - names of this project's own


class StageEntryQuerySet(models.QuerySet["StageEntry"]):
    def at_door(self, pk: int, *, lock: bool = False) -> "StageEntry | None":
        """An entry as its candidate stands at the door with it, in one statement: her account, her name, the stage, the
        exam, the room and its site (what else they have is read when it is asked for). A whole hall asks it within a
        minute, so it is written out, and says what there is to ask for: `has_begun`, `has_needs` (an accommodation,
        whenever), `has_extra_time`. `lock` lets whatever else is done to the entry be done before or after; these
        three are then not said, for they may have changed while she waited."""
        found = rows.first(StageEntry, _at_door(lock), [pk], tuple(_DOOR if lock else _DOOR | _THERE_IS))
        if found is None:
            return None
        exam = rows.partly(
            Exam,
            id=found.exam_id,
            name=found.exam_name,
            organisation_id=found.organisation_id,
            pledge=found.pledge,
            pledge_version=found.pledge_version,
        )
        found.candidate = rows.partly(
            Candidate,
            id=found.candidate_id,
            exam_id=found.exam_id,
            teacher_id=found.teacher_id,
            pledge_version=found.pledged,
        )
        found.candidate.exam = exam
        found.candidate.teacher = rows.partly(
            Teacher, id=found.teacher_id, user_id=found.user_id, full_name=found.full_name
        )
        found.stage = rows.partly(
            Stage,
            id=found.stage_id,
            exam_id=found.exam_id,
            number=found.stage_number,
            kind=found.stage_kind,
            name=found.stage_name,
            state=found.stage_state,
        )
        found.stage.exam = exam
        if found.room_id:
            found.room = rows.partly(Room, id=found.room_id, number=found.room_number, site_id=found.site_id)
            found.room.site = rows.partly(Site, id=found.site_id, name=found.site_name) if found.site_id else None
        return found


class StageEntry(models.Model):
    """A candidate in one stage: seat and ticket, presence, and what came of it."""

    class State(models.TextChoices):
        SEATED = "seated", _("seated")
        TICKETED = "ticket_issued", _("ticket published")
        PRESENT = "present", _("present")
        ABSENT = "absent", _("absent")
        VIOLATED = "violated", _("rule violation")
        MARKED = "marked", _("marked")
        PASSED = "passed", _("passed")
        FAILED = "failed", _("not passed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="entries")
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="entries")
    state = models.CharField(max_length=14, choices=State, default=State.SEATED)
    admission_number = models.CharField(_("admission number"), max_length=20, blank=True)
    room = models.ForeignKey(Room, models.PROTECT, null=True, blank=True, related_name="entries")
    seat = models.PositiveSmallIntegerField(_("seat"), null=True, blank=True)
    ticketed_at = models.DateTimeField(null=True, blank=True)
    checked_in_at = models.DateTimeField(null=True, blank=True)
    checked_in_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = StageEntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["candidate", "stage"], name="entry_once_per_stage"),
            models.UniqueConstraint(fields=["room", "seat"], name="entry_one_per_seat"),
            models.UniqueConstraint(
                fields=["stage", "admission_number"],
                condition=~Q(admission_number=""),
                name="entry_admission_number_once",
            ),
        ]

    def __str__(self) -> str:
        return self.admission_number or str(self.candidate)


class ModuleResult(models.Model):
    """One candidate's result in one module: points out of the module's full marks, or why there are none.

    Absent and void are never a nought. `basis` says how the score came about, so that it can be explained.
    """

    class Status(models.TextChoices):
        SCORED = "scored", _("scored")
        ABSENT = "absent", _("absent")
        VOID = "void", _("void")

    entry = models.ForeignKey(StageEntry, models.PROTECT, related_name="results")
    module = models.ForeignKey(Module, models.PROTECT, related_name="results")
    status = models.CharField(max_length=8, choices=Status)
    score = models.DecimalField(max_digits=7, decimal_places=3, null=True, blank=True)
    passed = models.BooleanField(null=True, blank=True)
    basis = models.JSONField(default=dict, blank=True)
    settled_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "module"], name="result_once_per_module"),
            models.CheckConstraint(
                condition=Q(status="scored", score__isnull=False) | (~Q(status="scored") & Q(score=None)),
                name="result_scored_or_without_score",
            ),
        ]
