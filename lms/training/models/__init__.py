"""The facts about training, one file per noun."""

from lms.training.models.attendance import Attendance, AttendanceAppeal, AttendanceMark
from lms.training.models.enrolments import SENDERS, Enrolment, EnrolmentQuerySet, EnrolmentStep
from lms.training.models.periods import Period, PeriodQuerySet
from lms.training.models.programmes import PLANNERS, Programme, ProgrammeHours, Requirement, above
from lms.training.models.seats import QuotaShare
from lms.training.models.sessions import ATTENDING, TAKERS, Session, SessionQuerySet

__all__ = [
    "ATTENDING",
    "PLANNERS",
    "SENDERS",
    "TAKERS",
    "Attendance",
    "AttendanceAppeal",
    "AttendanceMark",
    "Enrolment",
    "EnrolmentQuerySet",
    "EnrolmentStep",
    "Period",
    "PeriodQuerySet",
    "Programme",
    "ProgrammeHours",
    "QuotaShare",
    "Requirement",
    "Session",
    "SessionQuerySet",
    "above",
]
