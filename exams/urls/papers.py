"""Addresses: papers."""

from django.urls import path

from exams.views import discarding, drafting, paper_copies, papers

urlpatterns = [
    path("papers/", papers.paper_list, name="papers"),
    path("modules/<int:pk>/compose/", papers.compose, name="compose"),
    path("modules/<int:pk>/draft/", drafting.draft, name="draft"),
    path("modules/<int:pk>/tables/", drafting.keep_table, name="keep_table"),
    path("papers/<int:pk>/", papers.paper, name="paper"),
    path("papers/<int:pk>/contents/", papers.read, name="paper_contents"),
    path("papers/<int:pk>/recompose/", papers.recompose, name="recompose"),
    path("papers/<int:pk>/discard/", discarding.discard_paper, name="discard_paper"),
    path("modules/<int:pk>/tables/<int:table>/discard/", discarding.discard_table, name="discard_table"),
    path("papers/<int:pk>/swap/<int:number>/", drafting.swap, name="swap"),
    path("papers/<int:pk>/preview/", paper_copies.preview, name="preview_paper"),
    path("papers/<int:pk>/print/", paper_copies.print_paper, name="print_paper"),
    path("papers/<int:pk>/freeze/", papers.freeze, name="freeze"),
]
