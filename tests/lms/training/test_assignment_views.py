"""Pages of assignments: a period's work, what was handed in, grading, and the teacher's own page with its form."""

import re

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.training import assigning
from lms.training.models import Assignment, Submission
from tests.factories import assignments as work
from tests.factories import attendance as held
from tests.factories import files, people
from tests.factories import training as make
from tests.factories.people import AT
from tests.factories.training import DAY


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture(autouse=True)
def private(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path


@pytest.fixture
def seat(teacher, period):
    return make.enrolled(teacher, period)


@pytest.fixture
def assignment(period, seat):
    return work.assignment(period)


@pytest.fixture
def as_user(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def listed(period, more=""):
    return f"/training/periods/{period.pk}/assignments/{more}"


def page(assignment, more=""):
    return f"/training/assignments/{assignment.pk}/{more}"


def one(submission, more=""):
    return f"/training/submissions/{submission.pk}/{more}"


def said(answer):
    return re.sub(r"<[^>]+>|\s+", "", answer.text)


def typed(**more):
    given = {"title": "个案分析", "task": "记录一次谈心。", "due_on": "2024-03-12", "takes_text": "on"}
    return given | {"is_required": "on", "revising_days": "7"} | more


def queries(act):
    act()
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


# Those who set and grade


def test_work_is_set_changed_and_withdrawn(as_user, officer, period, seat):
    client = as_user(officer)
    assert "尚未布置作业" in client.get(listed(period)).text
    answer = client.post(listed(period, "new/"), typed(), follow=True)
    assert answer.redirect_chain == [(listed(period), 302)]
    assert "已布置“个案分析”" in answer.text
    made = Assignment.objects.get()
    assert made.due_at.isoformat() == "2024-03-12T16:00:00+00:00"
    assert (made.takes_text, made.takes_file, made.is_required) == (True, False, True)
    assert 'value="2024-03-12"' in client.get(page(made, "change/")).text
    client.post(page(made, "change/"), typed(title="案例"))
    assert Assignment.objects.get().title == "案例"
    assert "已撤销“案例”" in client.post(page(made, "withdraw/"), {"reason": "重复"}, follow=True).text
    assert "已撤销：重复" in said(client.get(listed(period)))
    assert client.get(page(made, "change/")).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "status", "words"),
    [
        ({"title": ""}, 422, ""),
        ({"due_on": "2024-03-04"}, 409, "请选择今天至本期最后一天"),
        ({"due_on": "2024-06-30"}, 409, "请选择今天至本期最后一天"),
        ({"takes_text": ""}, 409, "请选择提交方式"),
    ],
)
def test_assign_is_refused_beside_what_was_typed(as_user, officer, period, wrong, status, words):
    answer = as_user(officer).post(listed(period, "new/"), typed(**wrong))
    assert (answer.status_code, words in answer.text) == (status, True)
    assert "记录一次谈心。" in answer.text
    assert not Assignment.objects.exists()


def test_change_tells_that_somebody_has_handed_in_meanwhile(as_user, officer, assignment, teacher):
    work.handed_in(assignment, teacher)
    answer = as_user(officer).post(page(assignment, "change/"), typed(title="又改"))
    assert (answer.status_code, "已有学员提交" in answer.text) == (409, True)


def test_withdraw_asks_why(as_user, officer, assignment):
    answer = as_user(officer).post(page(assignment, "withdraw/"), {"reason": ""})
    assert (answer.status_code, "请填写撤销原因" in answer.text) == (422, True)


def test_list_and_sessions_lead_a_guest_trainer_to_the_work(as_user, tree, period, assignment):
    guest = people.officer("trainer", tree.neighbour)
    session = held.session(period, trainer=guest)
    client = as_user(guest)
    assert listed(period) in client.get(f"/training/sessions/{session.pk}/").text
    assert "个案分析" in client.get(listed(period)).text
    clerk = as_user(people.officer("clerk", tree.county))
    for address in (f"/training/sessions/{session.pk}/", f"/training/periods/{period.pk}/sessions/"):
        assert listed(period) not in clerk.get(address).text
    assert clerk.get(listed(period)).status_code == 404


def test_list_takes_as_many_queries_for_three_as_for_one(as_user, officer, period, assignment):
    client = as_user(officer)
    before = queries(lambda: client.get(listed(period)))
    for _ in range(2):
        work.assignment(period)
    assert queries(lambda: client.get(listed(period))) == before


def test_submissions_are_shown_by_state(as_user, tree, officer, assignment, teacher, period):
    client = as_user(officer)
    assert "尚无人提交" in client.get(page(assignment, "submissions/")).text
    made = work.handed_in(assignment, teacher)
    text = said(client.get(page(assignment, "submissions/")))
    for words in ("林知微", "澜溪县实验小学", "待批阅", "记录一次谈心，写出您的思考。"):
        assert words in text, words
    work.graded(made, by=officer)
    assert "目前没有该状态的作业" in client.get(page(assignment, "submissions/?state=handed_in")).text
    assert "林知微" in client.get(page(assignment, "submissions/?state=passed")).text
    assert "林知微" in client.get(page(assignment, "submissions/?state=odd")).text


def test_submissions_take_as_many_queries_for_three_as_for_one(as_user, tree, officer, assignment, teacher, period):
    work.handed_in(assignment, teacher)
    client = as_user(officer)
    before = queries(lambda: client.get(page(assignment, "submissions/")))
    for each in make.teachers(tree.school, 2):
        make.enrolled(each, period)
        work.handed_in(assignment, each)
    assert queries(lambda: client.get(page(assignment, "submissions/"))) == before


@pytest.mark.parametrize(("act", "state"), [("pass", "passed"), ("return", "returned"), ("not_pass", "not_passed")])
def test_submission_is_graded(as_user, officer, assignment, teacher, act, state):
    made = work.handed_in(assignment, teacher)
    client = as_user(officer)
    assert "我和小安谈了二十分钟。" in client.get(one(made)).text
    sent = {"act": act, "version": "1", "feedback": "请看批注"}
    answer = client.post(one(made), sent, follow=True)
    assert answer.redirect_chain == [(page(assignment, "submissions/"), 302)]
    assert Submission.objects.get().state == state
    text = client.get(one(made)).text
    assert "请看批注" in text
    assert 'value="pass"' not in text


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        ({"act": "return"}, 409, "请写明理由"),
        ({"act": "not_pass", "feedback": " "}, 409, "请写明理由"),
        ({"act": "pass", "version": "2"}, 409, "学员提交了新版本"),
        ({"act": "burn"}, 422, "我和小安"),
        ({"act": "pass", "version": "x"}, 422, "我和小安"),
    ],
)
def test_grading_is_refused_beside_what_was_typed(as_user, officer, assignment, teacher, sent, status, words):
    made = work.handed_in(assignment, teacher)
    answer = as_user(officer).post(one(made), {"version": "1", "feedback": ""} | sent)
    assert (answer.status_code, words in answer.text) == (status, True)
    assert Submission.objects.get().state == "handed_in"


def test_a_revision_is_shown_with_what_came_first_and_returned_no_more(as_user, officer, assignment, teacher):
    made = work.sent_back(work.handed_in(assignment, teacher, text="第一稿"), by=officer)
    work.handed_in(assignment, teacher, text="第二稿")
    text = as_user(officer).get(one(made)).text
    assert text.index("第二稿") < text.index("第一稿")
    assert "退回修改：请补充您的思考" in text
    assert 'value="return"' not in text
    assert 'name="version" value="2"' in text


def test_what_was_graded_meanwhile_is_told(as_user, officer, assignment, teacher):
    made = work.graded(work.handed_in(assignment, teacher), by=officer)
    answer = as_user(officer).post(one(made), {"act": "pass", "version": "1"})
    assert (answer.status_code, "该作业已批阅" in answer.text) == (409, True)


def test_ones_own_work_has_no_form(as_user, tree, assignment, teacher):
    people.appointment(teacher.user, "trainer", tree.county)
    made = work.handed_in(assignment, teacher)
    client = as_user(teacher.user)
    assert 'value="pass"' not in client.get(one(made)).text
    answer = client.post(one(made), {"act": "pass", "version": "1"})
    assert (answer.status_code, "应由他人批阅" in answer.text) == (403, True)


# The teacher


def test_teacher_finds_her_work_hands_in_and_reads_what_became_of_it(as_user, officer, assignment, teacher):
    client = as_user(teacher.user)
    text = said(client.get("/training/"))
    for words in ("个案分析", "须通过方可结业", "待提交"):
        assert words in text, words
    answer = client.post(page(assignment), {"text": "我和小安谈了。"}, follow=True)
    assert answer.redirect_chain == [(page(assignment), 302)]
    assert "已提交，待培训教师批阅" in answer.text
    assert 'name="text"' not in answer.text
    work.sent_back(Submission.objects.get(), by=officer)
    text = client.get(page(assignment)).text
    assert "请补充您的思考" in text
    assert 'name="text"' in text
    client.post(page(assignment), {"text": "第二稿"})
    work.graded(Submission.objects.get(), by=officer, version=2)
    assert "抓住了情绪背后的需要" in client.get(page(assignment)).text
    assert "通过" in said(client.get("/training/"))


def test_typed_words_stay_when_the_file_is_refused(as_user, assignment, teacher):
    file = SimpleUploadedFile("作业.docx", files.office(extra=[("word/vbaProject.bin", "x")]))
    answer = as_user(teacher.user).post(page(assignment), {"text": "写了一晚上的话", "file": file})
    assert (answer.status_code, "含有宏" in answer.text) == (422, True)
    assert "写了一晚上的话</textarea>" in answer.text
    assert not Submission.objects.exists()


@pytest.mark.parametrize(("takes", "absent"), [("takes_text", "file"), ("takes_file", "text")])
def test_form_asks_for_what_is_taken(as_user, period, seat, teacher, takes, absent):
    made = work.assignment(period, **({"takes_text": False, "takes_file": False} | {takes: True}))
    text = as_user(teacher.user).get(page(made)).text
    assert f'name="{absent}"' not in text
    assert f'name="{"text" if absent == "file" else "file"}"' in text
    assert "（选填）" not in text
    answer = as_user(teacher.user).post(page(made), {})
    assert (answer.status_code, "请填写作业内容或选择文件" in answer.text) == (422, True)


def test_empty_and_late_work_is_refused(as_user, assignment, teacher):
    client = as_user(teacher.user)
    answer = client.post(page(assignment), {"text": ""})
    assert (answer.status_code, "请填写作业内容或选择文件" in answer.text) == (422, True)
    empty = SimpleUploadedFile("空.pdf", b"")
    assert client.post(page(assignment), {"file": empty}).status_code == 422
    with time_machine.travel(AT + 8 * DAY, tick=False):
        client = as_user(teacher.user)
        answer = client.post(page(assignment), {"text": "迟了"})
        assert (answer.status_code, "现已截止" in answer.text) == (409, True)
        assert "未提交" in said(client.get("/training/"))


def test_page_is_there_for_those_with_a_seat_while_the_work_stands(as_user, tree, officer, assignment, teacher):
    for other in (officer, people.teacher("旁人", school=tree.school).user):
        assert as_user(other).get(page(assignment)).status_code == 404
    assigning.withdraw(assignment=assignment, reason="重复", by=officer, at=AT)
    assert as_user(teacher.user).get(page(assignment)).status_code == 404
    assert "个案分析" not in as_user(teacher.user).get("/training/").text


# The files


@pytest.mark.parametrize(
    ("content", "kind", "shown"),
    [
        (files.picture("PNG"), "image/jpeg", "inline"),
        (files.pdf(1), "application/pdf", "attachment"),
        (
            files.office(),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "attachment",
        ),
    ],
)
def test_file_goes_to_its_teacher_and_to_those_who_grade(
    as_user, tree, officer, assignment, teacher, content, kind, shown
):
    file = SimpleUploadedFile("作业", content)
    as_user(teacher.user).post(page(assignment), {"text": "", "file": file})
    made = Submission.objects.get()
    for user in (teacher.user, officer, people.officer("trainer", tree.county)):
        client = as_user(user)
        answer = client.get(one(made, "files/1/"))
        assert (answer.status_code, answer["Content-Type"]) == (200, kind)
        assert answer["Content-Disposition"].startswith(shown)
        assert "no-store" in answer["Cache-Control"]
        assert "sandbox" in answer["Content-Security-Policy"]
    assert one(made, "files/1/") in client.get(one(made)).text
    others = [people.officer(each, tree.county) for each in ("clerk", "auditor")]
    for user in (*others, people.teacher("旁人", school=tree.school).user, people.officer("trainer", tree.neighbour)):
        assert as_user(user).get(one(made, "files/1/")).status_code == 404
    assert as_user(officer).get(one(made, "files/2/")).status_code == 404


def test_file_that_is_gone_or_altered_is_not_there(as_user, settings, assignment, teacher):
    as_user(teacher.user).post(page(assignment), {"file": SimpleUploadedFile("a.pdf", files.pdf(1))})
    made = Submission.objects.get()
    (settings.PRIVATE_ROOT / made.versions.get().file).write_bytes(b"%PDF-other")
    assert as_user(teacher.user).get(one(made, "files/1/")).status_code == 404
