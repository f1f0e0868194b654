"""The addresses of what people read and learn."""

from django.urls import path

from cms.views import announcements, collecting, courses, files, learning, library, searching

app_name = "cms"
urlpatterns = [
    path("notices/", announcements.announcements, name="announcements"),
    path("notices/<int:pk>/", announcements.announcement, name="announcement"),
    path("library/", library.library, name="library"),
    path("search/", searching.search, name="search"),
    path("courses/", courses.programmes, name="programmes"),
    path("courses/programmes/<int:pk>/", courses.programme, name="programme"),
    path("courses/<int:pk>/", courses.course, name="course"),
    path("courses/collect/", collecting.collect, name="collect"),
    path("courses/<int:pk>/collected/", collecting.collected, name="collected"),
    path("courses/lessons/<int:pk>/", learning.lesson, name="lesson"),
    path("courses/lessons/<int:pk>/open/", learning.open_lesson, name="open"),
    path("courses/lessons/<int:pk>/report/", learning.report, name="report"),
    path("courses/lessons/<int:pk>/try/", learning.draw, name="try"),
    path("courses/lessons/<int:pk>/answer/", learning.answer, name="answer"),
    path("courses/lessons/<int:pk>/reflect/", learning.reflect, name="reflect"),
    path("courses/file/<path:name>", files.file, name="file"),
]
