"""The addresses of this app."""

from django.urls import path

from lms.training.views import mine, needs, period, periods, schools, sessions, signing, taking

app_name = "training"
urlpatterns = [
    path("", mine.mine, name="mine"),
    path("periods/<int:pk>/enrol/", mine.enrol, name="enrol"),
    path("enrolments/<int:pk>/withdraw/", mine.withdraw, name="withdraw"),
    path("enrolments/<int:pk>/accept/", mine.accept, name="accept"),
    path("enrolments/<int:pk>/decline/", mine.decline, name="decline"),
    path("enrolments/<int:pk>/again/", mine.again, name="again"),
    path("enrolments/<int:pk>/", period.application, name="application"),
    path("enrolments/<int:pk>/decide/", period.decide, name="decide"),
    path("school/", schools.school, name="school"),
    path("periods/<int:pk>/nominate/", schools.nominate, name="nominate"),
    path("periods/<int:pk>/", period.period, name="period"),
    path("periods/<int:pk>/picks/", period.picks, name="picks"),
    path("periods/<int:pk>/seats/", period.seats, name="seats"),
    path("periods/<int:pk>/award/", period.award, name="award"),
    path("periods/<int:pk>/close/", period.close, name="close"),
    path("periods/<int:pk>/shares/", period.shares, name="shares"),
    path("programmes/", periods.programmes, name="programmes"),
    path("programmes/<int:pk>/needs/", needs.needing, name="needs"),
    path("programmes/<int:pk>/demands/", periods.demands, name="demands"),
    path("programmes/<int:pk>/open/", periods.open_period, name="open_period"),
    path("periods/<int:pk>/sessions/", sessions.sessions, name="sessions"),
    path("periods/<int:pk>/sessions/new/", sessions.schedule, name="schedule"),
    path("sessions/", taking.near, name="near"),
    path("sessions/<int:pk>/", taking.session, name="session"),
    path("sessions/<int:pk>/change/", sessions.change, name="change_session"),
    path("sessions/<int:pk>/cancel/", sessions.cancel, name="cancel_session"),
    path("sessions/<int:pk>/code/", taking.code, name="code"),
    path("sessions/<int:pk>/list/", taking.roll_call, name="roll_call"),
    path("sessions/<int:pk>/marks/", taking.marks, name="marks"),
    path("sessions/<int:pk>/sheet/", taking.print_sheet, name="print_sheet"),
    path("sessions/<int:pk>/people/<int:enrolment>/", taking.correct, name="correct_attendance"),
    path("sessions/<int:pk>/appeal/", signing.appeal, name="appeal"),
    path("appeals/<int:pk>/", taking.decide, name="decide_appeal"),
    path("in/<str:token>/", signing.sign, name="sign"),
]
