"""What stands on a teacher's record, one file per noun."""

from lms.records.models.hours import HourEntry
from lms.records.models.learning import LearningClock, LessonCompletion, LessonProgress, Reflection
from lms.records.models.outcomes import Outcome

__all__ = ["HourEntry", "LearningClock", "LessonCompletion", "LessonProgress", "Outcome", "Reflection"]
