"""The addresses of this app."""

from django.urls import path

from lms.training.views import mine, periods

app_name = "training"
urlpatterns = [
    path("", mine.mine, name="mine"),
    path("periods/<int:pk>/enrol/", mine.enrol, name="enrol"),
    path("enrolments/<int:pk>/withdraw/", mine.withdraw, name="withdraw"),
    path("programmes/", periods.programmes, name="programmes"),
    path("programmes/<int:pk>/open/", periods.open_period, name="open_period"),
]
