"""Addresses: questions in and out of the bank."""

from django.urls import path

from exams.views import collecting, exporting

urlpatterns = [
    path("bank/collect/", collecting.collect, name="collect"),
    path("bank/collect/template.xlsx", collecting.template, name="question_template"),
    path("bank/collected/<int:pk>/", collecting.collected, name="collected"),
    path("bank/collected/<int:pk>/report.xlsx", collecting.collected_report, name="collected_report"),
    path("bank/collected/<int:pk>/take-in/", collecting.take_in, name="take_in"),
    path("bank/collected/<int:pk>/give-up/", collecting.give_up, name="give_up_collected"),
    path("bank/export/", exporting.export, name="export_questions"),
    path("bank/export/ticked/", exporting.export_ticked, name="export_ticked"),
    path("bank/media/<int:pk>/<slug:media_id>/", exporting.media, name="question_media"),
]
