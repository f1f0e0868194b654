"""The facts about training, one file per noun."""

from lms.training.models.enrolments import Enrolment, EnrolmentQuerySet
from lms.training.models.periods import Period, PeriodQuerySet
from lms.training.models.programmes import PLANNERS, Programme, ProgrammeHours, Requirement, above

__all__ = [
    "PLANNERS",
    "Enrolment",
    "EnrolmentQuerySet",
    "Period",
    "PeriodQuerySet",
    "Programme",
    "ProgrammeHours",
    "Requirement",
    "above",
]
