"""Addresses: panels, the hearing day and the judge's sheet."""

from django.urls import path

from exams.views import hearing, hearing_setup, judging

urlpatterns = [
    path("judging/", judging.numbers, name="judging"),
    path("judging/<int:pk>/", judging.sheet, name="judge_sheet"),
    path("judging/<int:pk>/recuse/", judging.recuse_myself, name="recuse_myself"),
    path("judging/<int:pk>/reopen/", judging.ask_mine, name="ask_my_reopening"),
    path("days/", hearing.days, name="days"),
    path("days/<int:pk>/board/", hearing.board, name="board"),
    path("days/<int:pk>/board/now/", hearing.board_now, name="board_now"),
    path("days/<int:pk>/draw-order/", hearing.draw_order, name="draw_order"),
    path("hearings/<int:pk>/leave/", hearing.leave, name="hearing_leave"),
    path("hearings/<int:pk>/slip/", hearing.slip, name="slip"),
    path("hearings/<int:pk>/recuse/", hearing.recuse, name="recuse"),
    path("hearings/<int:pk>/<slug:step>/", hearing.step, name="hearing_step"),
    path("sheets/<int:pk>/reopen/", hearing.ask_reopening, name="ask_reopening"),
    path("reopenings/<int:pk>/", hearing.reopening, name="reopening"),
    path("stages/<int:pk>/hearings/", hearing_setup.overview, name="hearing_setup"),
    path("stages/<int:pk>/panels/new/", hearing_setup.new_panel, name="new_panel"),
    path("panels/<int:pk>/reserve/", hearing_setup.add_reserve, name="add_reserve"),
    path("stages/<int:pk>/topics/", hearing_setup.topics, name="topics"),
    path("stages/<int:pk>/days/new/", hearing_setup.new_day, name="new_day"),
    path("stages/<int:pk>/call/", hearing_setup.call, name="call_candidates"),
    path("stages/<int:pk>/recusals/", hearing_setup.recusals, name="recusals"),
    path("stages/<int:pk>/lots/", hearing_setup.lots, name="lots"),
]
