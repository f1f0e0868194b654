"""The facts about units and people, one file per noun."""

from lms.people.models.dated import Dated, DatedQuerySet
from lms.people.models.entrance import ActivationCode, PhoneCode
from lms.people.models.imports import ImportRun
from lms.people.models.people import (
    Appointment,
    FormerName,
    PostHeld,
    Posting,
    Relation,
    Teacher,
    User,
)
from lms.people.models.sessions import AccountSession
from lms.people.models.units import DayOff, Organisation, QuietTime, SchoolStage, YearlyFigures

__all__ = [
    "AccountSession",
    "ActivationCode",
    "Appointment",
    "Dated",
    "DatedQuerySet",
    "DayOff",
    "FormerName",
    "ImportRun",
    "Organisation",
    "PhoneCode",
    "PostHeld",
    "Posting",
    "QuietTime",
    "Relation",
    "SchoolStage",
    "Teacher",
    "User",
    "YearlyFigures",
]
