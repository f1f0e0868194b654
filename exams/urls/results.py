"""Addresses: cut scores, and results as officers and candidates see them."""

from django.urls import URLPattern, path

from exams.views import lines, measuring, publicity, results

urlpatterns: list[URLPattern] = [
    path("modules/<int:pk>/analysis/", measuring.analysis, name="analysis"),
    path("modules/<int:pk>/line/", lines.cut_score, name="cut_score"),
    path("modules/<int:pk>/line/propose/", lines.propose, name="propose_line"),
    path("modules/<int:pk>/line/units.xlsx", lines.units_sheet, name="line_units"),
    path("lines/<int:pk>/approve/", lines.approve, name="approve_line"),
    path("lines/<int:pk>/return/", lines.give_back, name="return_line"),
    path("stages/<int:pk>/results/", results.stage_results, name="results"),
    path("entries/<int:pk>/result/", results.result, name="result"),
    path("candidacies/<int:pk>/result/", results.my_result, name="my_result"),
    path("stages/<int:pk>/publicity/", publicity.propose, name="propose_publicity"),
    path("publicity/<int:pk>/", publicity.notice, name="notice"),
    path("stages/<int:pk>/finalise/", publicity.finalise, name="finalise"),
    path("<int:pk>/award/", publicity.award, name="award"),
    path("notices/", publicity.public_notices, name="notices"),
    path("notices/<str:token>/", publicity.public_notice, name="public_notice"),
]
