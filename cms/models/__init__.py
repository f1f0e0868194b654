"""What people read and learn from, one file per noun."""

from cms.models.files import CourseFile, CourseImage, CourseRendition, SlidePicture
from cms.models.learning import Try
from cms.models.pages import (
    AnnouncementPage,
    CoursePage,
    HomePage,
    InstitutionPage,
    LessonPage,
    LibraryPage,
    ModulePage,
    PolicyDocument,
    ProgrammeCourse,
    ProgrammePage,
)
from cms.models.reviewing import Review
from cms.models.search import SearchEntry
from cms.models.telling import Told

__all__ = [
    "AnnouncementPage",
    "CourseFile",
    "CourseImage",
    "CoursePage",
    "CourseRendition",
    "HomePage",
    "InstitutionPage",
    "LessonPage",
    "LibraryPage",
    "ModulePage",
    "PolicyDocument",
    "ProgrammeCourse",
    "ProgrammePage",
    "Review",
    "SearchEntry",
    "SlidePicture",
    "Told",
    "Try",
]
