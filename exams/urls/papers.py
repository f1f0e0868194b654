"""Addresses: question bank and papers."""

from django.urls import path

from exams.views import bank, collecting, papers

urlpatterns = [
    path("bank/", bank.questions, name="bank"),
    path("bank/collect/", collecting.collect, name="collect"),
    path("bank/<int:pk>/", bank.question, name="question"),
    path("papers/", papers.paper_list, name="papers"),
    path("modules/<int:pk>/compose/", papers.compose, name="compose"),
    path("papers/<int:pk>/", papers.paper, name="paper"),
    path("papers/<int:pk>/contents/", papers.read, name="paper_contents"),
    path("papers/<int:pk>/recompose/", papers.recompose, name="recompose"),
    path("papers/<int:pk>/freeze/", papers.freeze, name="freeze"),
]
