"""Officers' pages: the list of exams, one exam with its next act, the review queue and one registration."""

from types import SimpleNamespace

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams.models import Candidate, Module, Stage
from lms.people.models import Appointment
from tests.factories import exams as make
from tests.factories import people

S = Candidate.State


@pytest.fixture(autouse=True)
def _now(at):
    with time_machine.travel(at, tick=False):
        yield


@pytest.fixture
def scene(tree):
    office = Appointment.Office
    return SimpleNamespace(
        exam=make.exam(tree.city, written="registration_open"),
        officer=people.officer(office.EXAM_OFFICER, tree.city, "程秋霁"),
        reviewer=people.officer(office.BUREAU_OFFICER, tree.county, "沈县"),
        neighbour=people.officer(office.BUREAU_OFFICER, tree.neighbour, "尤邻"),
        auditor=people.officer(office.AUDITOR, tree.city, "易宛青"),
    )


def get(client, user, name, *args, **query):
    client.force_login(user)
    return client.get(reverse(f"exams:{name}", args=args), query)


def post(client, user, name, *args, **data):
    client.force_login(user)
    return client.post(reverse(f"exams:{name}", args=args), data)


def queries_of(client, address):
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    return len(queries)


# the list and the exam


def test_list_shows_the_exams_of_her_authority_only(client, scene, tree):
    make.exam(tree.neighbour, name="青屏县考试")
    assert scene.exam.name in get(client, scene.officer, "list").text
    page = get(client, people.officer("exam_officer", tree.county), "list").text
    assert scene.exam.name not in page
    assert "青屏县考试" not in page


def test_list_sends_a_teacher_to_her_own_page(client, scene, tree):
    answer = get(client, people.teacher("林知微", school=tree.school).user, "list")
    assert answer.url == reverse("exams:mine")


def test_list_shows_a_reviewer_the_exams_with_candidates_of_her_schools(client, scene, tree):
    assert scene.exam.name not in get(client, scene.reviewer, "list").text
    make.candidate(scene.exam, "林知微", state="submitted", school=tree.school)
    assert scene.exam.name in get(client, scene.reviewer, "list").text


def test_list_takes_as_many_queries_when_there_are_three_exams(client, scene, tree):
    client.force_login(scene.officer)
    one = queries_of(client, reverse("exams:list"))
    for _ in range(2):
        make.candidate(make.exam(tree.city), "某人", school=tree.school)
    assert queries_of(client, reverse("exams:list")) == one


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("planning", "open_registration"),
        ("registration_open", "candidates"),
        ("registration_closed", "candidates"),
    ],
)
def test_exam_offers_the_next_act_of_its_step(client, scene, tree, written, address):
    exam = make.exam(tree.city, written=written)
    make.candidate(exam, "林知微", state="submitted", school=tree.school)
    page = get(client, scene.officer, "exam", exam.pk).text
    assert reverse(f"exams:{address}", args=[exam.pk]) in page


def test_exam_offers_the_draw_when_everything_is_decided(client, scene, tree):
    exam = make.exam(tree.city, written="registration_closed")
    make.candidate(exam, "林知微", school=tree.school)
    page = get(client, scene.officer, "exam", exam.pk).text
    assert reverse("exams:arrange", args=[make.stage(exam).pk]) in page


STEPS = [
    ("planning", "planning"),
    ("registration_open", "planning"),
    ("registration_closed", "planning"),
    ("arranged", "planning"),
    ("in_progress", "planning"),
    ("marking", "planning"),
    ("scores_checked", "planning"),
    ("line_set", "planning"),
    *[("finalised", state) for state in ("planning", "arranged", "in_progress", "marking", "scores_checked")],
    ("finalised", "line_set"),
    ("finalised", "finalised"),
]


@pytest.mark.parametrize(("written", "performance"), STEPS)
def test_exam_offers_exactly_one_next_act_at_every_step(client, scene, tree, written, performance):
    exam = make.exam(tree.city, written=written, performance=performance)
    entry = make.entry(make.candidate(exam, "林知微", state="submitted", school=tree.school), state="passed")
    make.entry(entry.candidate, make.stage(exam, 2), "passed")
    step = get(client, scene.officer, "exam", exam.pk).context["step"]
    assert step.label
    if step.method == "get":
        assert client.get(step.address).status_code == 200
    else:
        assert client.post(step.address).status_code == 302


def test_exam_waits_while_its_list_is_public(client, scene, tree):
    exam = make.exam(tree.city, written="publicised")
    assert get(client, scene.officer, "exam", exam.pk).context["step"].address == ""


def test_exam_without_a_stage_says_so(client, scene, tree):
    exam = make.exam(tree.city)
    Module.objects.filter(stage__exam=exam).exclude(sitting=None).first().sitting.delete()
    Module.objects.filter(stage__exam=exam).delete()
    exam.stages.all().delete()
    assert get(client, scene.officer, "exam", exam.pk).status_code == 200


def test_exam_shows_an_auditor_no_act(client, scene, tree):
    exam = make.exam(tree.city)
    page = get(client, scene.auditor, "exam", exam.pk)
    assert page.status_code == 200
    assert reverse("exams:open_registration", args=[exam.pk]) not in page.text


@pytest.mark.parametrize("where", ["county", "neighbour"])
def test_exam_is_not_there_when_the_office_lies_beside_or_below(client, scene, tree, where):
    stranger = people.officer("exam_officer", getattr(tree, where))
    for name in ("exam", "candidates"):
        assert get(client, stranger, name, scene.exam.pk).status_code == 404
    for name in ("open_registration", "close_registration"):
        assert post(client, stranger, name, scene.exam.pk).status_code == 404


def test_exam_is_not_there_for_its_candidate(client, scene, tree):
    candidate = make.candidate(scene.exam, "林知微", school=tree.school)
    assert get(client, candidate.teacher.user, "exam", scene.exam.pk).status_code == 404


def test_exam_asks_to_sign_in_when_nobody_is(client, scene):
    answer = client.get(reverse("exams:exam", args=[scene.exam.pk]))
    assert answer.status_code == 302
    assert "/account/" in answer.url


def test_open_registration_moves_the_exam(client, scene, tree):
    exam = make.exam(tree.city)
    assert post(client, scene.officer, "open_registration", exam.pk).url == reverse("exams:exam", args=[exam.pk])
    assert make.stage(exam).state == Stage.State.REGISTRATION_OPEN


def test_close_registration_shows_why_not_while_the_window_runs(client, scene):
    page = post(client, scene.officer, "close_registration", scene.exam.pk)
    assert page.status_code == 409
    assert "2024" in page.text
    assert make.stage(scene.exam).state == Stage.State.REGISTRATION_OPEN


# the queue


def test_queue_lists_only_candidates_of_the_reviewer_s_schools(client, scene, tree):
    make.candidate(scene.exam, "林知微", state="submitted", school=tree.school)
    make.candidate(scene.exam, "何远山", state="submitted", school=tree.other_school)
    page = get(client, scene.reviewer, "candidates", scene.exam.pk).text
    assert "林知微" in page
    assert "何远山" not in page
    assert "何远山" in get(client, scene.officer, "candidates", scene.exam.pk).text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"state": "approved"}, {"何远山"}),
        ({"q": "林知"}, {"林知微"}),
        ({"q": "2"}, {"何远山"}),
        ({"q": "第一小学"}, {"何远山"}),
        ({"state": "nonsense"}, {"林知微", "何远山"}),
        ({"q": "无此人"}, set()),
    ],
)
def test_queue_narrows_by_what_the_address_says(client, scene, tree, query, found):
    make.candidate(scene.exam, "林知微", state="submitted", school=tree.school)
    make.candidate(scene.exam, "何远山", state="approved", school=tree.other_school)
    page = get(client, scene.officer, "candidates", scene.exam.pk, **query).text
    assert {name for name in ("林知微", "何远山") if name in page} == found


def test_queue_narrows_by_unit(client, scene, tree):
    make.candidate(scene.exam, "林知微", state="submitted", school=tree.school)
    make.candidate(scene.exam, "何远山", state="submitted", school=tree.other_school)
    page = get(client, scene.officer, "candidates", scene.exam.pk, unit=tree.neighbour.path).text
    assert "林知微" not in page
    assert "何远山" in page


def test_queue_takes_as_many_queries_when_there_are_three_rows(client, scene, tree):
    client.force_login(scene.officer)
    address = reverse("exams:candidates", args=[scene.exam.pk])
    make.candidate(scene.exam, "甲", state="submitted", school=tree.school)
    one = queries_of(client, address)
    for name in "乙丙":
        make.candidate(scene.exam, name, state="submitted", school=tree.school, facts={"phone": ""})
    assert queries_of(client, address) == one


def test_queue_approves_the_ticked_ones_and_names_who_could_not_be(client, scene, tree):
    clean = make.candidate(scene.exam, "林知微", state="submitted", school=tree.school)
    wrong = make.candidate(scene.exam, "何远山", state="submitted", school=tree.school, facts={"phone": ""})
    client.force_login(scene.officer)
    address = reverse("exams:candidates", args=[scene.exam.pk])
    page = client.post(address, {"candidate": [clean.pk, wrong.pk, "x", "9" * 30]}, follow=True).text
    assert "何远山" in page
    assert set(Candidate.objects.values_list("teacher__full_name", "state")) == {
        ("林知微", "approved"),
        ("何远山", "submitted"),
    }


def test_queue_leaves_alone_what_another_county_reviews(client, scene, tree):
    mine = make.candidate(scene.exam, "林知微", state="submitted", school=tree.school)
    other = make.candidate(scene.exam, "何远山", state="submitted", school=tree.other_school)
    post(client, scene.reviewer, "candidates", scene.exam.pk, candidate=[mine.pk, other.pk])
    other.refresh_from_db()
    assert other.state == S.SUBMITTED


def test_queue_says_so_when_nothing_is_ticked(client, scene, tree):
    make.candidate(scene.exam, "林知微", state="submitted", school=tree.school)
    client.force_login(scene.officer)
    page = client.post(reverse("exams:candidates", args=[scene.exam.pk]), follow=True)
    assert "messages" in page.context
    assert len(list(page.context["messages"])) == 1


# one registration


def waiting(scene, tree, **facts):
    return make.candidate(scene.exam, "林知微", state="submitted", school=tree.school, facts=facts)


def test_candidate_shows_findings_and_a_masked_number(client, scene, tree):
    candidate = waiting(scene, tree, training_hours="10")
    page = get(client, scene.reviewer, "candidate", candidate.pk).text
    assert candidate.teacher.id_number not in page
    assert candidate.teacher.masked_id_number in page
    assert "10" in page
    assert 'value="approve"' not in page


@pytest.mark.parametrize("who", ["neighbour", "teacher"])
def test_candidate_is_not_there_for_a_stranger_or_herself(client, scene, tree, who):
    candidate = waiting(scene, tree)
    user = scene.neighbour if who == "neighbour" else candidate.teacher.user
    assert get(client, user, "candidate", candidate.pk).status_code == 404
    assert post(client, user, "decide", candidate.pk, act="approve").status_code == 404


def test_candidate_shows_an_auditor_no_decision(client, scene, tree):
    page = get(client, scene.auditor, "candidate", waiting(scene, tree).pk)
    assert page.status_code == 200
    assert reverse("exams:decide", args=[Candidate.objects.get().pk]) not in page.text


def test_decide_approves(client, scene, tree):
    candidate = waiting(scene, tree)
    post(client, scene.reviewer, "decide", candidate.pk, act="approve")
    candidate.refresh_from_db()
    assert (candidate.state, candidate.reviewed_by) == (S.APPROVED, scene.reviewer)


def test_decide_returns_with_rule_and_reason(client, scene, tree):
    candidate = waiting(scene, tree, phone="1")
    data = {"act": "return", "fixable-rule": "phone_missing", "fixable-reason": "请补全"}
    post(client, scene.reviewer, "decide", candidate.pk, **data)
    candidate.refresh_from_db()
    assert (candidate.state, candidate.review_rule, candidate.review_reason) == (
        S.RETURNED,
        "phone_missing",
        "请补全",
    )


def test_decide_rejects_for_a_rule(client, scene, tree):
    candidate = waiting(scene, tree, in_service=False)
    post(client, scene.reviewer, "decide", candidate.pk, **{"act": "reject", "final-rule": "not_in_service"})
    candidate.refresh_from_db()
    assert candidate.state == S.REJECTED


def test_decide_keeps_what_was_typed_when_it_is_refused(client, scene, tree):
    candidate = waiting(scene, tree)
    data = {"act": "return", "fixable-rule": "phone_missing", "fixable-reason": "请重新填写手机"}
    page = post(client, scene.reviewer, "decide", candidate.pk, **data)
    assert page.status_code == 422
    assert "请重新填写手机" in page.text
    page = post(client, scene.reviewer, "decide", candidate.pk, **{"act": "reject", "final-rule": "other"})
    assert page.status_code == 409
    candidate.refresh_from_db()
    assert candidate.state == S.SUBMITTED


def test_decide_says_why_when_approval_is_refused(client, scene, tree):
    candidate = waiting(scene, tree, phone="")
    client.force_login(scene.reviewer)
    page = client.post(reverse("exams:decide", args=[candidate.pk]), {"act": "approve"}, follow=True)
    assert len(list(page.context["messages"])) == 1
    candidate.refresh_from_db()
    assert candidate.state == S.SUBMITTED


def test_candidate_shows_its_history(client, scene, tree):
    candidate = waiting(scene, tree)
    post(client, scene.reviewer, "decide", candidate.pk, **{"act": "return", "fixable-reason": "请补充材料"})
    assert "请补充材料" in get(client, scene.officer, "candidate", candidate.pk).text
