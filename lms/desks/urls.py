"""The front page, the homes, the journal, and teachers' records."""

from django.urls import path

from lms.desks.views import front, home, journal, record

app_name = "desks"
urlpatterns = [
    path("", front.front, name="front"),
    path("home/", home.home, name="home"),
    path("language/", front.language, name="language"),
    path("journal/", journal.journal, name="journal"),
    path("record/", record.my_record, name="my_record"),
    path("record/file/", record.record_file, name="record_file"),
    path("record/<int:pk>/", record.record, name="record"),
    path("record/<int:pk>/print/", record.print_record, name="print_record"),
]
