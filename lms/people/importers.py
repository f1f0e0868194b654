"""The kinds of file about people that may be brought in."""

from lms.people import import_kinds, rostering

import_kinds.register(rostering.TeacherRoster())
