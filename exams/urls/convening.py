"""Addresses: an exam set up by hand."""

from django.urls import path

from exams.views import convening

urlpatterns = [
    path("new/", convening.convene, name="convene"),
    path("<int:pk>/figures/", convening.amend, name="amend"),
    path("<int:pk>/plan/", convening.plan, name="plan"),
    path("<int:pk>/plan/usual/", convening.usual_plan, name="usual_plan"),
    path("<int:pk>/stages/new/", convening.new_stage, name="new_stage"),
    path("stages/<int:pk>/modules/new/", convening.new_module, name="new_module"),
    path("modules/<int:pk>/rubric/", convening.rubric, name="rubric"),
    path("modules/<int:pk>/sitting/", convening.sitting, name="schedule_sitting"),
]
