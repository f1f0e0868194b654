"""The facts about training, one file per noun."""

from lms.training.models.assignments import (
    GRADERS,
    Assignment,
    AssignmentQuerySet,
    Submission,
    SubmissionQuerySet,
    SubmissionVersion,
    last_day,
    taught_by,
)
from lms.training.models.attendance import Attendance, AttendanceAppeal, AttendanceMark
from lms.training.models.batches import PlannedPlace, PlannedPlaceQuerySet
from lms.training.models.enrolments import SENDERS, Enrolment, EnrolmentQuerySet, EnrolmentStep
from lms.training.models.periods import Period, PeriodHours, PeriodQuerySet, PeriodTrainer, trained_by
from lms.training.models.programmes import PLANNERS, Programme, ProgrammeHours, ProgrammeTag, Requirement, above
from lms.training.models.seats import QuotaShare
from lms.training.models.sessions import ATTENDING, TAKERS, Session, SessionQuerySet

__all__ = [
    "ATTENDING",
    "GRADERS",
    "PLANNERS",
    "SENDERS",
    "TAKERS",
    "Assignment",
    "AssignmentQuerySet",
    "Attendance",
    "AttendanceAppeal",
    "AttendanceMark",
    "Enrolment",
    "EnrolmentQuerySet",
    "EnrolmentStep",
    "Period",
    "PeriodHours",
    "PeriodQuerySet",
    "PeriodTrainer",
    "PlannedPlace",
    "PlannedPlaceQuerySet",
    "Programme",
    "ProgrammeHours",
    "ProgrammeTag",
    "QuotaShare",
    "Requirement",
    "Session",
    "SessionQuerySet",
    "Submission",
    "SubmissionQuerySet",
    "SubmissionVersion",
    "above",
    "last_day",
    "taught_by",
    "trained_by",
]
