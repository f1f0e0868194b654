"""Addresses: markers at work, and the officer who gives out the work and checks the scores."""

from django.urls import URLPattern, path

from exams.views import marking

urlpatterns: list[URLPattern] = [
    path("marking/", marking.piles, name="piles"),
    path("marking/<int:pk>/<str:item>/", marking.next_mark, name="next_mark"),
    path("marks/<int:pk>/", marking.give_mark, name="mark"),
    path("stages/<int:pk>/marking/", marking.progress, name="marking"),
    path("stages/<int:pk>/marking/list/", marking.allocate_list, name="allocate_list"),
    path("answers/<int:pk>/third-marker/", marking.assign_third, name="assign_third"),
    path("stages/<int:pk>/check-scores/", marking.check_scores, name="check_scores"),
]
