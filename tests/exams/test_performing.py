"""The hearing day step by step: every step from its own state alone, one step back, one candidate in a room."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exams import performing, placing
from exams.models import Hearing, HearingDay
from lms.journal.models import Line
from lms.lib import clock
from lms.people.access import NotYourOffice
from lms.people.models import Appointment
from lms.scoring import drawing
from lms.scoring.models import Lot
from tests.factories import hearing as factory
from tests.factories import people
from tests.factories.hearing import STARTS

S = Hearing.State
MINUTE = dt.timedelta(minutes=1)
ALL = [state.value for state in S]


@pytest.fixture
def world(tree):
    return factory.called(tree.city, candidates=3)


def step(world, name, one=None, at=STARTS, by=None, **more):
    if name in ("forfeit", "disqualify"):
        more.setdefault("reason", "没有到场")
    return getattr(performing, name)(hearing=one or world.hearing, by=by or world.clerk, at=at, **more)


def put(one, state, **more):
    Hearing.objects.filter(pk=one.pk).update(state=state, **more)


def test_walk_from_the_door_to_the_signature(world):
    one = factory.at_step(world, "acknowledged")
    assert one.state == "acknowledged" and one.topic.group == "小学"
    acts = list(Line.objects.about(one).order_by("pk").values_list("act", flat=True))
    assert acts == [
        "exams.candidate_signed_in",
        "exams.topic_drawn",
        "exams.preparation_begun",
        "exams.presentation_begun",
        "exams.defence_begun",
        "exams.hearing_finished",
        "exams.hearing_scored",
        "exams.score_acknowledged",
    ]


@pytest.mark.parametrize("name", list(performing.STEPS))
def test_step_is_refused_from_every_other_state_and_names_it(world, name):
    factory.at_step(world, "topic_drawn")
    for state in ALL:
        if state in performing.STEPS[name]:
            continue
        put(world.hearing, state)
        with pytest.raises(performing.WrongStep) as refused:
            step(world, name)
        assert str(S(state).label) in str(refused.value)
        assert factory.again(world.hearing).state == state


@pytest.mark.parametrize("name", [*performing.STEPS, "undo"])
def test_step_is_refused_without_the_clerks_office(world, name):
    for stranger in (world.judges[0], world.officer, world.candidates[0].teacher.user):
        with pytest.raises(NotYourOffice):
            step(world, name, by=stranger)


# Signing in


def test_sign_in_marks_her_present_and_the_stage_in_progress(world):
    one = step(world, "sign_in", at=STARTS - 30 * MINUTE)
    assert (one.state, one.is_late, factory.again(one.entry).state) == ("signed_in", False, "present")
    world.stage.refresh_from_db()
    assert world.stage.state == "in_progress"


@pytest.mark.parametrize(("after", "late"), [(0 * MINUTE, False), (1 * MINUTE, True)])
def test_sign_in_is_late_after_the_days_start(world, after, late):
    assert step(world, "sign_in", at=STARTS + after).is_late is late


def test_sign_in_is_refused_on_another_day(world):
    with pytest.raises(performing.NotToday):
        step(world, "sign_in", at=STARTS - dt.timedelta(days=1))


def test_sign_in_after_the_draw_finds_the_number_drawn(world):
    performing.draw_order(day=world.day, by=world.clerk, at=STARTS)
    one = step(world, "sign_in", at=STARTS + MINUTE)
    assert one.state == "lot_drawn" and one.number


# The order


def test_draw_order_numbers_everyone_once_by_the_lot(world):
    step(world, "sign_in", one=world.hearings[1])
    performing.draw_order(day=world.day, by=world.clerk, at=STARTS)
    lot = Lot.objects.get(purpose=placing.order_purpose(world.day))
    assert drawing.replay(lot)
    numbers = {each.entry.admission_number: each.number for each in factory.hearings(world)}
    assert [numbers[item] for item in lot.result] == [1, 2, 3]
    assert [each.state for each in factory.hearings(world)] == ["scheduled", "lot_drawn", "scheduled"]
    assert factory.again(world.day).state == "order_drawn"


def test_draw_order_leaves_out_who_forfeited_without_a_gap(world):
    step(world, "forfeit", one=world.hearings[0])
    performing.draw_order(day=world.day, by=world.clerk, at=STARTS)
    assert factory.hearings(world)[0].number is None
    assert sorted(each.number for each in factory.hearings(world)[1:]) == [1, 2]


def test_draw_order_is_refused_a_second_time(world):
    drawn = performing.draw_order(day=world.day, by=world.clerk, at=STARTS)
    with pytest.raises(performing.OrderAlreadyDrawn):
        performing.draw_order(day=world.day, by=world.clerk, at=STARTS)
    assert [each.number for each in drawn] == [1, 2, 3]


def test_draw_order_is_refused_on_another_day(world):
    with pytest.raises(performing.NotToday):
        performing.draw_order(day=world.day, by=world.clerk, at=STARTS + dt.timedelta(days=1))


def test_draw_order_is_refused_when_nobody_is_called(world):
    Hearing.objects.update(state="forfeited")
    with pytest.raises(performing.NobodyToDraw):
        performing.draw_order(day=world.day, by=world.clerk, at=STARTS)


def test_draw_order_is_refused_without_the_clerks_office(world):
    with pytest.raises(NotYourOffice):
        performing.draw_order(day=world.day, by=world.judges[0], at=STARTS)


def test_draw_order_commits_a_topic_lot_for_each_before_any_is_drawn(world):
    performing.draw_order(day=world.day, by=world.clerk, at=STARTS)
    lots = Lot.objects.filter(purpose__startswith="exams.topic:")
    assert lots.count() == 3 and not lots.exclude(drawn_at=None).exists()
    line = Line.objects.filter(act="scoring.lots_committed").last()
    assert set(line.facts["commitments"].values()) == set(lots.values_list("commitment", flat=True))


# The topic


def test_draw_topic_takes_the_first_of_her_own_lot(world):
    one = factory.at_step(world, "topic_drawn")
    lot = Lot.objects.get(purpose=placing.topic_purpose(one))
    assert drawing.replay(lot) and one.topic.code == lot.result[0]
    assert factory.again(world.day).state == "in_progress"


def test_draw_topic_gives_the_same_again_after_it_was_taken_back(world):
    one = factory.at_step(world, "topic_drawn")
    back = performing.undo(hearing=one, by=world.clerk, at=STARTS)
    assert (back.state, back.topic) == ("lot_drawn", None)
    assert step(world, "draw_topic").topic == one.topic


# The room


def test_present_is_refused_while_another_is_in_the_room(world):
    inside = factory.at_step(world, "presenting")
    factory.at_step(world, "preparing", hearing_at=1)
    for state in ("presenting", "defending"):
        put(inside, state)
        with pytest.raises(performing.RoomBusy) as refused:
            step(world, "present", one=world.hearings[1])
        assert str(inside.number) in str(refused.value) and "第1考场" in str(refused.value)
    put(inside, "scoring")
    assert step(world, "present", one=world.hearings[1]).state == "presenting"


def test_undo_into_the_room_is_refused_while_another_is_in_it(world):
    first = factory.at_step(world, "scoring")
    factory.at_step(world, "presenting", hearing_at=1)
    with pytest.raises(performing.RoomBusy):
        performing.undo(hearing=first, by=world.clerk, at=STARTS)


# Out


@pytest.mark.parametrize("name", ["forfeit", "disqualify"])
def test_leaving_is_refused_without_a_reason(world, name):
    step(world, "sign_in")
    with pytest.raises(performing.ReasonMissing):
        step(world, name, reason=" ")


def test_disqualify_keeps_the_reason_in_the_journal(world):
    one = factory.at_step(world, "presenting")
    assert step(world, "disqualify", one=one, reason="报出姓名").state == "disqualified"
    assert Line.objects.get(act="exams.candidate_disqualified").reason == "报出姓名"


def test_day_closes_when_nobody_is_left(world):
    for one in world.hearings[:2]:
        step(world, "forfeit", one=one)
    assert factory.again(world.day).state == HearingDay.State.DRAFT
    last = step(world, "forfeit", one=world.hearings[2])
    assert factory.again(world.day).state == HearingDay.State.CLOSED
    performing.undo(hearing=last, by=world.clerk, at=STARTS)
    assert factory.again(world.day).state == HearingDay.State.IN_PROGRESS


# One step back


@pytest.mark.parametrize("state", ["topic_drawn", "preparing", "presenting", "defending", "scoring"])
def test_undo_goes_one_step_back_once_and_the_clock_goes_on(world, state):
    one = factory.at_step(world, state)
    before, since = one.previous_state, one.previous_at
    back = performing.undo(hearing=one, by=world.clerk, at=STARTS + MINUTE)
    assert (back.state, back.changed_at) == (before, since)
    with pytest.raises(performing.NothingToUndo):
        performing.undo(hearing=one, by=world.clerk, at=STARTS + MINUTE)


def test_undo_of_signing_in_makes_her_awaited_again(world):
    one = step(world, "sign_in", at=STARTS + MINUTE)
    back = performing.undo(hearing=one, by=world.clerk, at=STARTS + MINUTE)
    assert (back.state, back.is_late, factory.again(one.entry).state) == ("scheduled", False, "ticket_issued")


def test_undo_never_takes_the_drawn_order_back(world):
    one = factory.at_step(world, "lot_drawn")
    with pytest.raises(performing.NothingToUndo):
        performing.undo(hearing=one, by=world.clerk, at=STARTS)


def test_undo_after_the_draw_does_not_bring_back_who_was_out_before_it(world):
    out = step(world, "forfeit", one=world.hearings[0])
    performing.draw_order(day=world.day, by=world.clerk, at=STARTS)
    with pytest.raises(performing.NothingToUndo):
        performing.undo(hearing=out, by=world.clerk, at=STARTS)


def test_undo_is_refused_once_a_judge_has_signed(world):
    one = factory.at_step(world, "scoring")
    performance = factory.performances(one)[0]
    sheet = factory.sheets(performance)[0]
    points = {code: factory.Decimal(1) for code, *_ in factory.CRITERIA}
    factory.hearing.sign(performance=performance, points=points, by=sheet.judge, at=STARTS)
    with pytest.raises(performing.SheetsSigned):
        performing.undo(hearing=one, by=world.clerk, at=STARTS)
    assert factory.again(one).state == "scoring"


def test_undo_keeps_saved_points(world):
    one = factory.at_step(world, "presenting")
    performance = factory.performances(one)[0]
    sheet = factory.sheets(performance)[0]
    points = {"material": factory.Decimal(1)}
    factory.hearing.save(performance=performance, points=points, by=sheet.judge, at=STARTS)
    performing.undo(hearing=one, by=world.clerk, at=STARTS)
    assert sheet.scores.count() == 1


# The board


@pytest.fixture
def now(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: STARTS + MINUTE)


def board(client, world, part=""):
    return client.get(f"/exams/days/{world.day.pk}/board/{part}")


def tap(client, one, name, **more):
    return client.post(f"/exams/hearings/{one.pk}/{name}/", **more)


def test_board_walks_one_candidate_to_her_signature_by_taps(world, client, now):
    client.force_login(world.clerk)
    one = world.hearing
    assert tap(client, one, "sign-in").headers["Location"] == f"/exams/days/{world.day.pk}/board/#h{one.pk}"
    assert client.post(f"/exams/days/{world.day.pk}/draw-order/").status_code == 302
    for name in ("draw-topic", "prepare", "present", "defend", "finish"):
        assert f"/exams/hearings/{one.pk}/{name}/" in board(client, world, "now/").content.decode()
        assert tap(client, one, name).status_code == 302
    factory.score(world, one)
    assert f"/exams/hearings/{one.pk}/slip/" in board(client, world).content.decode()
    tap(client, one, "acknowledge")
    assert factory.again(one).state == "acknowledged"


def test_board_answers_scripts_in_json_with_the_sentence_of_a_refusal(world, client, now):
    client.force_login(world.clerk)
    headers = {"accept": "application/json"}
    assert tap(client, world.hearing, "sign-in", headers=headers).json() == {"state": "signed_in", "number": None}
    refused = tap(client, world.hearing, "prepare", headers=headers)
    assert (refused.status_code, refused.json()["refused"]) == (409, "WrongStep")
    drawn = client.post(f"/exams/days/{world.day.pk}/draw-order/", headers=headers)
    assert drawn.json() == {"numbers": 3}


def test_board_shows_a_refusal_to_a_plain_form(world, client, now):
    client.force_login(world.clerk)
    address = f"/exams/days/{world.day.pk}/board/"
    page = client.post(
        f"/exams/hearings/{world.hearing.pk}/prepare/",
        headers={"referer": f"http://testserver{address}"},
        follow=True,
    )
    assert page.redirect_chain == [(f"http://testserver{address}", 302)]
    assert "不能进行这一步" in page.content.decode()


def test_board_says_who_is_late_and_undoes_the_last_step(world, client, now):
    client.force_login(world.clerk)
    assert board(client, world).content.decode().count("cd-late") == 3
    tap(client, world.hearing, "sign-in")
    text = board(client, world).content.decode()
    assert text.count("cd-late") == 2 and f"/exams/hearings/{world.hearing.pk}/undo/" in text
    tap(client, world.hearing, "undo")
    assert factory.again(world.hearing).state == "scheduled"


def test_board_is_for_officers_to_look_at_and_for_strangers_not_there(world, tree, client, now):
    client.force_login(world.officer)
    text = board(client, world).content.decode()
    assert "sign-in" not in text and world.hearing.entry.admission_number in text
    neighbour = people.officer(Appointment.Office.CLERK, tree.county, "外县考务")
    for stranger in (neighbour, world.judges[0], world.candidates[0].teacher.user):
        client.force_login(stranger)
        assert board(client, world).status_code == 404 and board(client, world, "now/").status_code == 404
        assert tap(client, world.hearing, "sign-in").status_code == 404
        assert client.post(f"/exams/days/{world.day.pk}/draw-order/").status_code == 404
        assert client.get(f"/exams/hearings/{world.hearing.pk}/leave/").status_code == 404
    assert factory.again(world.hearing).state == "scheduled"


def test_board_knows_no_other_step(world, client, now):
    client.force_login(world.clerk)
    assert tap(client, world.hearing, "promote").status_code == 404


def test_board_takes_the_same_queries_for_three_candidates_as_for_one(tree, client, now):
    counts = []
    for candidates in (1, 3):
        unit = people.organisation(f"市{candidates}", level=20, parent=tree.province, code=f"99{candidates:04d}")
        world = factory.called(unit, candidates=candidates)
        factory.at_step(world, "scored")
        client.force_login(world.clerk)
        with CaptureQueriesContext(connection) as queries:
            assert board(client, world).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_leaving_is_noted_with_its_reason_and_keeps_what_was_typed(world, client, now):
    client.force_login(world.clerk)
    address = f"/exams/hearings/{world.hearing.pk}/leave/"
    assert client.post(address, {"act": "forfeit", "reason": " "}).status_code == 422
    refused = client.post(address, {"act": "disqualify", "reason": "携带手机入场"})
    assert refused.status_code == 422 and "携带手机入场" in refused.content.decode()
    assert client.post(address, {"act": "promote", "reason": "x"}).status_code == 404
    assert client.post(address, {"act": "forfeit", "reason": "没有到场"}).status_code == 302
    assert factory.again(world.hearing).state == "forfeited"


def test_days_are_listed_for_who_looks_after_them(world, tree, client, now):
    client.force_login(world.clerk)
    assert f"/exams/days/{world.day.pk}/board/" in client.get("/exams/days/").content.decode()
    client.force_login(people.officer(Appointment.Office.CLERK, tree.county, "外县考务"))
    assert f"/exams/days/{world.day.pk}/board/" not in client.get("/exams/days/").content.decode()
    client.force_login(world.candidates[0].teacher.user)
    assert client.get("/exams/days/").status_code == 404
