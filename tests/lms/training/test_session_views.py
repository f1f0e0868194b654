"""Pages of sessions and attendance: the plan, the board, the code, the list, corrections, and what a teacher does."""

import io
import json
import re
import uuid
from datetime import timedelta

import pypdf
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.training import appealing, enrolling, scheduling, signing_codes
from lms.training.models import Attendance, AttendanceAppeal, AttendanceMark, Session
from tests.factories import attendance as held
from tests.factories import people
from tests.factories import training as make
from tests.factories.attendance import HOUR, MINUTE
from tests.factories.people import AT
from tests.factories.training import DAY

NO_MOMENT = (
    f'{{"source": "list", "marks": [{{"key": "{uuid.uuid4()}", "enrolment": 1, "state": "late", "at": "now"}}]}}'
)
NEAR, MINE = "/training/sessions/", "/training/"


@pytest.fixture
def moment():
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _now(moment):
    return moment


@pytest.fixture
def officer(tree):
    return people.officer("bureau_officer", tree.county, "沈县")


@pytest.fixture
def clerk(tree):
    return people.officer("clerk", tree.county, "考务")


@pytest.fixture
def session(period):
    return held.session(period, room="301")


@pytest.fixture
def seat(teacher, period):
    return make.enrolled(teacher, period)


@pytest.fixture
def as_user(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def page(session, more=""):
    return f"{NEAR}{session.pk}/{more}"


def plan(period, more=""):
    return f"/training/periods/{period.pk}/sessions/{more}"


def said(answer):
    return re.sub(r"<[^>]+>|\s+", "", answer.text)


def typed(**more):
    given = {"title": "示范课：我的情绪", "kind": "demonstration", "held_on": "2024-03-06", "from_time": "08:30"}
    return given | {"until_time": "10:10", "room": "301", "trainer_name": "邻省专家", "absent_after": "20"} | more


def queries(act):
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


# The plan


def test_sessions_show_order_who_came_and_what_clashes(as_user, officer, period, session, seat, clerk):
    held.taken(session, seat, by=clerk)
    held.session(period, room="301", title="同室的课", starts_at=AT + HOUR)
    text = said(as_user(officer).get(plan(period)))
    assert text.index("倾听的三个层次") < text.index("同室的课")
    assert "教室已占用：同室的课(11:00–13:00，" in text
    assert "教室已占用：倾听的三个层次" in text


def test_sessions_take_as_many_queries_with_three_as_with_one(as_user, officer, period, session):
    client = as_user(officer)
    client.get(plan(period))
    one = queries(lambda: client.get(plan(period)))
    for _ in range(2):
        held.session(period, room="301")
    assert queries(lambda: client.get(plan(period))) == one


def test_sessions_are_planned_changed_and_cancelled_by_planners(as_user, officer, period):
    client = as_user(officer)
    answer = client.post(plan(period, "new/"), typed(), follow=True)
    assert answer.redirect_chain == [(plan(period), 302)]
    assert "已安排“示范课：我的情绪”" in answer.text
    made = Session.objects.get()
    assert made.starts_at.isoformat() == "2024-03-06T00:30:00+00:00"
    assert (made.absent_after, made.trainer_name) == (20, "邻省专家")
    assert 'value="08:30"' in client.get(page(made, "change/")).text
    client.post(page(made, "change/"), typed(room="报告厅"))
    assert Session.objects.get().room == "报告厅"
    assert "已取消“示范课" in client.post(page(made, "cancel/"), {"reason": "停电"}, follow=True).text
    assert "已取消，停电" in said(client.get(plan(period)))
    assert client.get(page(made, "change/")).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "status", "words"),
    [
        ({"until_time": "08:00"}, 409, "结束时间须晚于开始时间"),
        ({"held_on": "2024-06-30"}, 409, "本期时间为"),
        ({"absent_after": "500"}, 409, "0至240"),
        ({"title": ""}, 422, ""),
        ({"from_time": "早上"}, 422, "08:30"),
        ({"kind": "party"}, 422, "party"),
    ],
)
def test_schedule_is_refused_beside_what_was_typed(as_user, officer, period, wrong, status, words):
    answer = as_user(officer).post(plan(period, "new/"), typed(**wrong))
    assert answer.status_code == status
    assert words in answer.text
    assert 'value="邻省专家"' in answer.text
    assert not Session.objects.exists()


def test_change_asks_why_once_attendance_is_noted(as_user, officer, clerk, session, seat):
    client = as_user(officer)
    assert 'name="reason"' not in client.get(page(session, "change/")).text
    held.taken(session, seat, by=clerk)
    assert 'name="reason"' in client.get(page(session, "change/")).text
    answer = client.post(page(session, "change/"), typed())
    assert (answer.status_code, "调整时间请填写原因" in answer.text) == (409, True)
    assert client.post(page(session, "change/"), typed(reason="停电")).status_code == 302


def test_cancel_asks_why(as_user, officer, session):
    answer = as_user(officer).post(page(session, "cancel/"), {"reason": ""})
    assert (answer.status_code, "请填写取消原因" in answer.text) == (422, True)


def test_plan_is_seen_by_clerks_and_changed_by_planners_alone(as_user, tree, clerk, period, session):
    client = as_user(clerk)
    assert "安排课次" not in client.get(plan(period)).text
    for address in (plan(period, "new/"), page(session, "change/"), page(session, "cancel/")):
        assert client.get(address).status_code == 404
        assert client.post(address, typed(reason="停")).status_code == 404
    assert as_user(people.officer("clerk", tree.neighbour)).get(plan(period)).status_code == 404


# The board and the code


def test_near_lists_ones_sessions_and_appeals(as_user, tree, clerk, teacher, seat, session, moment):
    appealing.appeal(session=session, words="我在", by=teacher.user, at=AT + 3 * HOUR)
    text = said(as_user(clerk).get(NEAR))
    assert "倾听的三个层次" in text
    assert "已到0人，应到1人" in text
    assert "待处理的申诉林知微" in text
    assert "近期没有课次" in as_user(people.officer("clerk", tree.neighbour)).get(NEAR).text
    for other in (teacher.user, people.officer("auditor", tree.county)):
        assert as_user(other).get(NEAR).status_code == 404


def test_near_takes_as_many_queries_with_three_as_with_one(as_user, clerk, tree, session):
    client = as_user(clerk)
    client.get(NEAR)
    one = queries(lambda: client.get(NEAR))
    for _ in range(2):
        held.session(make.period(make.programme(tree.county)))
    assert queries(lambda: client.get(NEAR)) == one


def test_board_shows_who_is_here_late_and_missing(as_user, tree, clerk, period, session):
    seats = [make.enrolled(each, period) for each in make.teachers(tree.school, 3)]
    held.taken(session, seats[0], by=clerk)
    held.taken(session, seats[1], "late", by=clerk)
    text = said(as_user(clerk).get(page(session)))
    for words in ("未到1候选3", "迟到1候选2", "已到1候选1"):
        assert words in text, words


def test_board_takes_as_many_queries_with_three_as_with_one(as_user, tree, clerk, period, session):
    one, *others = make.teachers(tree.school, 3)
    held.taken(session, make.enrolled(one, period), by=clerk)
    client = as_user(clerk)
    client.get(page(session))
    before = queries(lambda: client.get(page(session)))
    for each in others:
        held.taken(session, make.enrolled(each, period), by=clerk)
    assert queries(lambda: client.get(page(session))) == before


def shown(answer):
    """The address in the code on the screen."""
    return re.search(r'data-address="[^"]*(/training/in/[^"]+)"', answer.text)[1]


def test_code_changes_every_fifteen_seconds_and_writes_nothing(as_user, clerk, session, moment):
    client = as_user(clerk)
    first = client.get(page(session, "code/"))
    assert 'data-every="15000"' in first.text
    moment.shift(10)
    assert 'data-every="5000"' in client.get(page(session, "code/")).text
    assert shown(client.get(page(session, "code/"))) == shown(first)
    moment.shift(5)
    assert shown(client.get(page(session, "code/"))) != shown(first)
    assert ".out." in shown(client.get(page(session, "code/?way=out")))
    assert not AttendanceMark.objects.exists()


def test_code_is_not_there_before_sign_in_opens_and_after_the_end(as_user, clerk, period, session):
    client = as_user(clerk)
    for starts_at, words in ((AT + DAY, "尚未开放"), (AT - 3 * HOUR, "本课次已结束")):
        text = client.get(page(held.session(period, starts_at=starts_at), "code/")).text
        assert words in text
        assert "/training/in/" not in text


def test_pages_of_a_session_are_there_for_those_who_take_its_attendance(as_user, tree, teacher, seat, session):
    addresses = [page(session, more) for more in ("", "code/", "list/", "sheet/", f"people/{seat.pk}/")]
    others = [people.officer(each, tree.county) for each in ("auditor", "school_officer", "judge")]
    for user in (teacher.user, people.officer("clerk", tree.neighbour), *others):
        client = as_user(user)
        assert {client.get(each).status_code for each in addresses} == {404}
        assert client.post(page(session, "marks/"), {"enrolment": seat.pk, "state": "present"}).status_code == 404
    assert not Attendance.objects.exists()


# The telephone


def token(session, way="in", at=AT):
    return f"/training/in/{signing_codes.code(session.pk, way, at)}/"


def proof(answer):
    return re.search(r'name="proof" value="([^"]+)"', answer.text)[1]


def test_telephone_asks_and_signs_in_by_a_button(as_user, teacher, seat, session, moment):
    client = as_user(teacher.user)
    asked = client.get(token(session))
    assert "签到本课次？" in asked.text
    assert not Attendance.objects.exists()
    moment.shift(100)
    answer = client.post(token(session), {"proof": proof(asked)}, follow=True)
    assert "已于10:00签到：“倾听的三个层次”。" in answer.text
    row = Attendance.objects.get()
    assert (row.state, row.in_at) == ("present", AT)
    moment.shift(60 * 60)
    left = client.get(token(session, "out", AT + HOUR + timedelta(seconds=90)))
    assert "签退本课次？" in left.text
    assert "记为早退" in client.post("/training/in/x/", {"proof": proof(left)}, follow=True).text


def test_telephone_tells_late_and_too_late(as_user, teacher, seat, period, session, moment):
    client = as_user(teacher.user)
    moment.shift(5 * 60)
    late = client.get(token(session, at=AT + 5 * MINUTE))
    assert "（迟到）" in client.post("/training/in/x/", {"proof": proof(late)}, follow=True).text
    other = held.session(period, starts_at=AT - 30 * MINUTE)
    too_late = client.get(token(other, at=AT + 5 * MINUTE))
    assert "按缺勤计" in client.post("/training/in/x/", {"proof": proof(too_late)}, follow=True).text


def test_telephone_is_told_why_a_code_is_refused(as_user, tree, teacher, seat, session, moment):
    client = as_user(teacher.user)
    other = held.session(make.period(make.programme(tree.county)), title="别人的课")
    foreign = client.get(token(other))
    assert (foreign.status_code, "您不是该期学员" in foreign.text) == (403, True)
    assert client.get("/training/in/rubbish/").status_code == 404
    moment.shift(31)
    old = client.get(token(session))
    assert (old.status_code, "签到码已过期" in old.text, "proof" in old.text) == (409, True, False)


def test_button_is_worthless_to_somebody_else_and_after_two_minutes(
    as_user, tree, teacher, seat, period, session, moment
):
    mine = proof(as_user(teacher.user).get(token(session)))
    (friend,) = make.teachers(tree.school, 1)
    make.enrolled(friend, period)
    answer = as_user(friend.user).post(token(session), {"proof": mine})
    assert (answer.status_code, "由他人打开" in answer.text) == (403, True)
    moment.shift(121)
    assert as_user(teacher.user).post(token(session), {"proof": mine}).status_code == 409
    assert not Attendance.objects.exists()


def test_telephone_keeps_the_code_through_signing_in(client, session):
    answer = client.get(token(session))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/login/?next=/training/in/")


# The list


def send(client, session, marks, source="list"):
    body = json.dumps({"source": source, "marks": marks})
    return client.post(page(session, "marks/"), body, content_type="application/json", HTTP_ACCEPT="application/json")


def mark(seat, state="present", at=AT, key=None):
    return {"key": str(key or uuid.uuid4()), "enrolment": seat.pk, "state": state, "at": at.isoformat()}


def test_list_shows_everybody_with_what_is_noted(as_user, tree, clerk, period, session, seat):
    make.enrolled(make.teachers(tree.school, 1)[0], period)
    held.taken(session, seat, "late", by=clerk)
    text = as_user(clerk).get(page(session, "list/")).text
    assert text.count("data-enrolment=") == 2
    assert text.count('aria-pressed="true"') == 1


def test_list_waits_until_the_session_opens(as_user, clerk, period, seat):
    text = as_user(clerk).get(page(held.session(period, starts_at=AT + DAY), "list/")).text
    assert "起可登记考勤" in text
    assert "data-enrolment=" not in text


def test_marks_are_taken_once_and_answered_row_by_row(as_user, clerk, tree, period, session, seat):
    client = as_user(clerk)
    stranger = make.enrolled(make.teachers(tree.school, 1)[0], make.period(make.programme(tree.county)))
    good, bad = mark(seat, "late"), mark(stranger)
    for _ in range(2):
        answer = send(client, session, [good, bad]).json()
    assert answer["kept"] == [good["key"]]
    assert answer["states"] == {str(seat.pk): "late"}
    assert [(each["key"], "不是本期学员" in each["sentence"]) for each in answer["refused"]] == [(bad["key"], True)]
    assert AttendanceMark.objects.count() == 1


def test_marks_from_a_sheet_are_told_apart(as_user, clerk, session, seat):
    send(as_user(clerk), session, [mark(seat)], source="sheet")
    assert Attendance.objects.get().source == "sheet"


def test_marks_of_a_button_without_script_lead_back_to_the_list(as_user, clerk, session, seat):
    client = as_user(clerk)
    data = {"source": "sheet", "enrolment": seat.pk, "state": "present"}
    assert client.post(page(session, "marks/"), data)["Location"] == page(session, "list/?from=sheet")
    assert Attendance.objects.get().state == "present"
    answer = client.post(page(session, "marks/"), {**data, "enrolment": "0"}, follow=True)
    assert "不是本期学员" in answer.text


@pytest.mark.parametrize(
    "body",
    [
        "no json",
        "[]",
        '{"marks": 7}',
        '{"source": "list", "marks": [{"key": "x", "enrolment": 1, "state": "present", "at": "2024-03-05T02:00:00Z"}]}',
        NO_MOMENT,
        '{"source": "qr", "marks": []}',
        " " * 200_001,
    ],
)
def test_marks_that_are_no_list_are_refused(as_user, clerk, session, body):
    answer = as_user(clerk).post(page(session, "marks/"), body, content_type="application/json")
    assert (answer.status_code, answer.json()["refused"]) == (400, "MarksNotUnderstood")


def test_marks_of_who_is_signed_out_are_kept_for_later(client, session):
    assert send(client, session, []).status_code == 401


def test_sheet_prints_everybody_with_a_line_to_sign_on(as_user, tree, clerk, session, seat):
    answer = as_user(clerk).get(page(session, "sheet/"))
    assert answer["Content-Type"] == "application/pdf"
    sheet = pypdf.PdfReader(io.BytesIO(b"".join(answer.streaming_content)))
    text = re.sub(r"\s+", "", "".join(each.extract_text() for each in sheet.pages))
    for words in ("签到表", "倾听的三个层次", "林知微", "澜溪县实验小学", "10:00–12:00", "301"):
        assert words in text, words


# Corrections and appeals


def test_correct_shows_what_was_noted_and_saves_with_a_reason(as_user, clerk, session, seat):
    held.taken(session, seat, "absent", by=clerk)
    client, address = as_user(clerk), page(session, f"people/{seat.pk}/")
    assert "点名" in said(client.get(address))
    answer = client.post(address, {"state": "excused", "reason": "住院", "proof": "诊断证明"}, follow=True)
    assert "林知微的考勤已更正" in answer.text
    assert Attendance.objects.get().state == "excused"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"reason": ""}, "请填写原因"), ({"state": ""}, "请选择一项"), ({"state": "asleep"}, "asleep")],
)
def test_correct_is_refused_beside_what_was_typed(as_user, clerk, session, seat, wrong, words):
    data = {"state": "present", "reason": "手机没电"} | wrong
    answer = as_user(clerk).post(page(session, f"people/{seat.pk}/"), data)
    assert (answer.status_code, words in answer.text) == (422, True)


def test_correct_shows_a_refusal_of_the_act(as_user, clerk, period, seat):
    later = held.session(period, starts_at=AT + DAY)
    answer = as_user(clerk).post(page(later, f"people/{seat.pk}/"), {"state": "present", "reason": "提前到"})
    assert (answer.status_code, "尚未开放" in answer.text) == (409, True)


def test_correct_is_not_there_for_who_has_no_seat(as_user, tree, clerk, session):
    elsewhere = make.enrolled(make.teachers(tree.school, 1)[0], make.period(make.programme(tree.county)))
    assert as_user(clerk).get(page(session, f"people/{elsewhere.pk}/")).status_code == 404


def test_teacher_sees_her_sessions_and_appeals_and_the_clerk_decides(as_user, teacher, clerk, session, seat, moment):
    moment.shift(3 * 60 * 60)
    client = as_user(teacher.user)
    text = said(client.get(MINE))
    assert "倾听的三个层次" in text
    assert "我当时在场" in text
    answer = client.post(page(session, "appeal/"), {"words": "我坐在第三排"}, follow=True)
    assert "已提交" in answer.text
    assert "您的申诉：待处理" in said(answer)
    made = AttendanceAppeal.objects.get()
    client = as_user(clerk)
    address = f"/training/appeals/{made.pk}/"
    assert "我坐在第三排" in client.get(address).text
    assert client.post(address, {"state": "present", "reason": ""}).status_code == 422
    assert "已告知林知微" in client.post(address, {"state": "present", "reason": "有人证明"}, follow=True).text
    assert client.get(address).status_code == 404
    assert "到课" in said(as_user(teacher.user).get(MINE))


def test_decide_turns_down(as_user, teacher, clerk, session, seat):
    made = appealing.appeal(session=session, words="我在", by=teacher.user, at=AT + 3 * HOUR)
    as_user(clerk).post(f"/training/appeals/{made.pk}/", {"state": "no", "reason": "无人见到"})
    made.refresh_from_db()
    assert (made.state, Attendance.objects.exists()) == ("refused", False)


def test_appeal_is_refused_before_the_end_and_not_there_for_others(as_user, tree, teacher, session, seat):
    answer = as_user(teacher.user).post(page(session, "appeal/"), {"words": "我在"})
    assert (answer.status_code, "尚未结束" in answer.text) == (409, True)
    assert as_user(teacher.user).post(page(session, "appeal/"), {"words": ""}).status_code == 422
    other = people.teacher("同校", school=tree.school).user
    assert as_user(other).get(page(session, "appeal/")).status_code == 404
    made = appealing.appeal(session=session, words="我在", by=teacher.user, at=AT + 3 * HOUR)
    assert as_user(teacher.user).get(f"/training/appeals/{made.pk}/").status_code == 404


def test_mine_tells_of_a_cancelled_session_and_keeps_the_past(as_user, teacher, officer, period, session, seat):
    scheduling.cancel(session=session, reason="专家生病", by=officer, at=AT)
    assert "已取消：专家生病" in said(as_user(teacher.user).get(MINE))
    enrolling.withdraw(enrolment=seat, reason="出差", by=teacher.user, at=AT)
    assert "专家生病" not in as_user(teacher.user).get(MINE).text
