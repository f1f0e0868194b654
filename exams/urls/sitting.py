"""Addresses: the written exam as the candidate sits it, and as the invigilator watches it."""

from django.urls import path

from exams.views import conduct, invigilating, late_answers, sitting

urlpatterns = [
    path("entries/<int:pk>/sit/", sitting.sit, name="sit"),
    path("attempts/<int:pk>/", sitting.attempt, name="attempt"),
    path("attempts/<int:pk>/take-over/", sitting.take_over, name="take_over"),
    path("attempts/<int:pk>/answers/", sitting.save_answers, name="save_answers"),
    path("attempts/<int:pk>/hand-in/", sitting.hand_in, name="hand_in"),
    path("attempts/<int:pk>/receipt/", sitting.receipt, name="receipt"),
    path("stages/<int:pk>/invigilate/", invigilating.board, name="invigilate"),
    path("stages/<int:pk>/time/", conduct.everybody, name="everybody"),
    path("stages/<int:pk>/violations/", conduct.violations, name="violations"),
    path("stages/<int:pk>/after-the-end/", late_answers.scripts_with_late, name="scripts_with_late"),
    path("entries/<int:pk>/at-seat/", conduct.at_seat, name="at_seat"),
    path("violations/<int:pk>/", conduct.violation, name="violation"),
    path("attempts/<int:pk>/after-the-end/", late_answers.late, name="late"),
    path("receipts/", late_answers.check_receipt, name="check_receipt"),
    path("stages/<int:pk>/absent/", invigilating.mark_absent, name="mark_absent"),
]
