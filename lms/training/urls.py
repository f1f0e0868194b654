"""The addresses of this app."""

from django.urls import path

from lms.training import views

app_name = "training"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("periods/<int:pk>/enrol/", views.enrol, name="enrol"),
    path("enrolments/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("programmes/", views.programmes, name="programmes"),
    path("programmes/<int:pk>/open/", views.open_period, name="open_period"),
]
