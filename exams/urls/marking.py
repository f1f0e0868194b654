"""Addresses: markers at work, and the officer who gives out the work and checks the scores."""

from django.urls import URLPattern, path

from exams.views import marking, marking_anew, standards, trials

urlpatterns: list[URLPattern] = [
    path("marking/", marking.piles, name="piles"),
    path("marking/<int:pk>/<str:item>/", marking.next_mark, name="next_mark"),
    path("marks/<int:pk>/", marking.give_mark, name="mark"),
    path("stages/<int:pk>/marking/", marking.progress, name="marking"),
    path("stages/<int:pk>/marking/list/", marking.allocate_list, name="allocate_list"),
    path("papers/<int:pk>/marking/<str:item>/", marking_anew.marked_item, name="marked_item"),
    path("papers/<int:pk>/marking/<str:item>/criteria/", marking_anew.set_criteria, name="item_criteria"),
    path("papers/<int:pk>/marking/<str:item>/trial/", trials.setup, name="trial_setup"),
    path("papers/<int:pk>/marking/<str:item>/trial/script/", trials.add_script, name="trial_script"),
    path("papers/<int:pk>/marking/<str:item>/trial/require/", trials.require, name="trial_require"),
    path("papers/<int:pk>/marking/<str:item>/trial/decide/", trials.decide, name="trial_decide"),
    path("papers/<int:pk>/trial/<str:item>/", trials.trial, name="trial"),
    path("answers/<int:pk>/marks/", marking_anew.answer_marks, name="answer_marks"),
    path("answers/<int:pk>/mark-anew/", marking_anew.mark_anew, name="mark_anew"),
    path("answers/<int:pk>/check/", marking_anew.check_others, name="check_others"),
    path("answers/<int:pk>/third-marker/", marking.assign_third, name="assign_third"),
    path("stages/<int:pk>/check-scores/", marking.check_scores, name="check_scores"),
    path("standards/", standards.mine, name="rating_sheets"),
    path("standards/sheets/<int:pk>/", standards.sheet, name="rating_sheet"),
    path("modules/<int:pk>/standard/", standards.conduct, name="standard"),
    path("standards/<int:pk>/open/", standards.open_round, name="open_round"),
    path("standards/<int:pk>/close/", standards.close_round, name="close_round"),
    path("standards/<int:pk>/freeze/", standards.freeze, name="freeze_standard"),
    path("standards/<int:pk>/dissolve/", standards.dissolve, name="dissolve_standard"),
]
