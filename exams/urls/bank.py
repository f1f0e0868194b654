"""Addresses: the question bank."""

from django.urls import path

from exams.views import bank, bank_writing

urlpatterns = [
    path("bank/", bank.questions, name="bank"),
    path("bank/decide/", bank.decide, name="bank_decide"),
    path("bank/write/", bank_writing.kinds, name="write_question"),
    path("bank/write/<str:kind>/", bank_writing.write, name="write_kind"),
    path("bank/<int:pk>/", bank.question, name="question"),
    path("bank/<int:pk>/step/", bank.step, name="question_step"),
    path("bank/<int:pk>/revise/", bank_writing.revise, name="revise_question"),
    path("bank/of/<int:pk>/topics/", bank.topics, name="bank_topics"),
    path("bank/of/<int:pk>/alike/", bank.alike, name="bank_alike"),
]
