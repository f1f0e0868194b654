"""What stands on a teacher's record, one file per noun."""

from lms.records.models.claims import HourClaim, HourClaimProof, HourClaimStep
from lms.records.models.exemptions import Exemption
from lms.records.models.exports import HourExport, HourExportLine
from lms.records.models.honours import Honour
from lms.records.models.hours import HourEntry
from lms.records.models.learning import LearningClock, LessonCompletion, LessonProgress, Reflection
from lms.records.models.outcomes import Outcome
from lms.records.models.rules import Conversion, RuleSet

__all__ = [
    "Conversion",
    "Exemption",
    "Honour",
    "HourClaim",
    "HourClaimProof",
    "HourClaimStep",
    "HourEntry",
    "HourExport",
    "HourExportLine",
    "LearningClock",
    "LessonCompletion",
    "LessonProgress",
    "Outcome",
    "Reflection",
    "RuleSet",
]
