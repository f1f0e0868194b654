"""Addresses: convening, registration, review, rooms, seats and tickets."""

from django.urls import path

from exams.views import accommodating, candidacy, enlisting, housing, registration, reseating, seating

urlpatterns = [
    path("", registration.exam_list, name="list"),
    path("mine/", candidacy.mine, name="mine"),
    path("<int:pk>/", registration.exam, name="exam"),
    path("<int:pk>/open/", registration.open_registration, name="open_registration"),
    path("<int:pk>/close/", registration.close_registration, name="close_registration"),
    path("<int:pk>/apply/", candidacy.apply, name="apply"),
    path("<int:pk>/candidates/", registration.candidates, name="candidates"),
    path("candidates/<int:pk>/", registration.candidate, name="candidate"),
    path("candidates/<int:pk>/decide/", registration.decide, name="decide"),
    path("candidates/<int:pk>/correct/", candidacy.correct, name="correct"),
    path("candidates/<int:pk>/withdraw/", candidacy.withdraw, name="withdraw"),
    path("stages/<int:pk>/arrange/", seating.arrange, name="arrange"),
    path("stages/<int:pk>/tickets/", seating.publish_tickets, name="publish_tickets"),
    path("stages/<int:pk>/rooms/", seating.rooms, name="rooms"),
    path("stages/<int:pk>/rooms/<int:number>/", seating.door, name="door"),
    path("stages/<int:pk>/sites/", housing.sites, name="sites"),
    path("stages/<int:pk>/late/", reseating.find_late, name="find_late"),
    path("stages/<int:pk>/late/<int:teacher>/", reseating.add_late, name="add_late"),
    path("entries/<int:pk>/seat/", reseating.swap, name="swap_seats"),
    path("entries/<int:pk>/ticket.pdf", candidacy.ticket, name="ticket"),
    path("<int:pk>/roster/", enlisting.roster_file, name="roster"),
    path("<int:pk>/roster/template.xlsx", enlisting.roster_template, name="roster_template"),
    path("rosters/<int:pk>/", enlisting.roster_run, name="roster_run"),
    path("rosters/<int:pk>/marked.xlsx", enlisting.roster_marked, name="roster_marked"),
    path("rosters/<int:pk>/commit/", enlisting.roster_commit, name="roster_commit"),
    path("rosters/<int:pk>/abandon/", enlisting.roster_abandon, name="roster_abandon"),
    path("accommodations/", accommodating.accommodations, name="accommodations"),
    path("accommodations/<int:pk>/withdraw/", accommodating.withdraw, name="withdraw_accommodation"),
    path("teachers/<int:pk>/accommodation/", accommodating.grant, name="grant_accommodation"),
    path("<int:pk>/slips/", enlisting.exam_slips, name="slips"),
]
