"""The front page, the homes, and the journal."""

from django.urls import path

from lms.desks.views import front, home, journal

app_name = "desks"
urlpatterns = [
    path("", front.front, name="front"),
    path("home/", home.home, name="home"),
    path("language/", front.language, name="language"),
    path("journal/", journal.journal, name="journal"),
]
