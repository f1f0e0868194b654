"""Addresses: a sitting on paper, and its scores entered by two and decided by a third."""

from django.urls import URLPattern, path

from exams.views import entering, on_paper

urlpatterns: list[URLPattern] = [
    path("modules/<int:pk>/on-paper/", on_paper.declare, name="on_paper"),
    path("stages/<int:pk>/rooms/<int:number>/sign-in/", on_paper.sign_in_list, name="sign_in_list"),
    path("stages/<int:pk>/on-paper/end/", on_paper.end, name="end_on_paper"),
    path("stages/<int:pk>/paper-scores/", entering.work, name="paper_scores"),
    path("entries/<int:pk>/paper-scores/", entering.enter, name="enter_scores"),
    path("entries/<int:pk>/paper-scores/decide/", entering.decide, name="decide_scores"),
]
