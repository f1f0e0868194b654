"""A teacher's own pages: what she may register for, her registration, its correction, her ticket and her result."""

import datetime as dt
import io
from decimal import Decimal
from types import SimpleNamespace

import pypdf
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams import seating, tickets
from exams.models import Candidate, ModuleResult, StageEntry
from tests.factories import exams as make
from tests.factories import people

S = Candidate.State
TYPED = {
    "post": "part_time_mental_health_teacher",
    "stage": "primary",
    "subject": "心理健康",
    "education": "bachelor",
    "has_certificate": "on",
    "teacher_certificate": "20122200431234567",
    "work_started_on": "2012-08",
    "training_hours": "72",
    "in_service": "on",
    "phone": "13900000001",
}


@pytest.fixture(autouse=True)
def _now(at):
    with time_machine.travel(at, tick=False):
        yield


@pytest.fixture
def scene(tree):
    return SimpleNamespace(
        exam=make.exam(tree.city, written="registration_open"),
        teacher=people.teacher("林知微", school=tree.school, post="homeroom_teacher"),
        stranger=people.teacher("何远", school=tree.other_school),
        officer=people.officer("exam_officer", tree.city, "程秋霁"),
    )


def get(client, user, name, *args):
    client.force_login(user)
    return client.get(reverse(f"exams:{name}", args=args))


def post(client, user, name, *args, **data):
    client.force_login(user)
    return client.post(reverse(f"exams:{name}", args=args), data)


# what is open to her


def test_mine_offers_exams_of_the_authorities_above_her_school(client, scene, tree):
    hidden = [
        make.exam(tree.neighbour, name="邻县考试", written="registration_open"),
        make.exam(tree.city, name="未公告考试"),
        make.exam(tree.city, name="已截止考试", written="registration_closed"),
        make.exam(tree.city, name="过期考试", written="registration_open", closes_at=people.AT),
    ]
    shown = [scene.exam, make.exam(tree.county, name="本县考试", written="registration_open")]
    page = get(client, scene.teacher.user, "mine").text
    assert all(exam.name in page for exam in shown)
    assert not any(exam.name in page for exam in hidden)


def test_mine_takes_as_many_queries_when_there_are_three_exams(client, scene, tree):
    client.force_login(scene.teacher.user)
    address = reverse("exams:mine")

    def queries():
        client.get(address)
        with CaptureQueriesContext(connection) as found:
            client.get(address)
        return len(found)

    make.entry(make.candidate(scene.exam, scene.teacher))
    one = queries()
    for _ in range(2):
        make.entry(make.candidate(make.exam(tree.city), scene.teacher))
    assert queries() == one


def test_mine_shows_somebody_without_a_record_an_empty_page(client, scene):
    assert get(client, scene.officer, "mine").status_code == 200


# registering


def test_apply_fills_the_form_from_her_record(client, scene):
    form = get(client, scene.teacher.user, "apply", scene.exam.pk).context["form"]
    assert (form["post"].value(), form["stage"].value()) == ("homeroom_teacher", "primary")


def test_apply_registers_when_every_rule_is_met(client, scene):
    assert post(client, scene.teacher.user, "apply", scene.exam.pk, **TYPED).url == reverse("exams:mine")
    candidate = Candidate.objects.get()
    assert (candidate.state, candidate.teacher, candidate.facts) == (S.SUBMITTED, scene.teacher, make.FACTS)


def test_apply_keeps_what_was_typed_when_a_number_is_wrong(client, scene):
    page = post(client, scene.teacher.user, "apply", scene.exam.pk, **{**TYPED, "phone": "139", "subject": "语文课"})
    assert page.status_code == 422
    assert "语文课" in page.text
    assert page.context["form"].errors.keys() == {"phone"}
    assert not Candidate.objects.exists()


def test_apply_explains_a_final_rule_and_sends_only_when_confirmed(client, scene):
    typed = {**TYPED, "training_hours": "30"}
    page = post(client, scene.teacher.user, "apply", scene.exam.pk, **typed)
    assert page.status_code == 422
    assert [each.rule for each in page.context["final"]] == ["too_few_training_hours"]
    assert not Candidate.objects.exists()
    post(client, scene.teacher.user, "apply", scene.exam.pk, **typed, confirmed="yes")
    assert Candidate.objects.get().facts["training_hours"] == "30"


def test_apply_states_that_there_is_no_certificate(client, scene):
    typed = {**TYPED, "teacher_certificate": ""}
    del typed["has_certificate"]
    page = post(client, scene.teacher.user, "apply", scene.exam.pk, **typed)
    assert [each.rule for each in page.context["final"]] == ["no_teacher_certificate"]


def test_apply_shows_the_refusal_when_the_window_has_not_begun(client, scene, tree, at):
    exam = make.exam(tree.city, written="registration_open", opens_at=at + make.DAY)
    page = post(client, scene.teacher.user, "apply", exam.pk, **TYPED)
    assert page.status_code == 409
    assert TYPED["phone"] in page.text
    assert not Candidate.objects.exists()


def test_apply_is_not_there_when_the_exam_is_not_hers(client, scene, tree):
    exam = make.exam(tree.county, written="registration_open")
    assert get(client, scene.stranger.user, "apply", exam.pk).status_code == 404
    assert post(client, scene.stranger.user, "apply", exam.pk, **TYPED).status_code == 404
    assert get(client, scene.officer, "apply", exam.pk).status_code == 404


def test_apply_is_not_there_when_she_is_registered(client, scene):
    make.candidate(scene.exam, scene.teacher, state="submitted")
    assert get(client, scene.teacher.user, "apply", scene.exam.pk).status_code == 404


# correcting and withdrawing


def test_correct_submits_again(client, scene):
    candidate = make.candidate(scene.exam, scene.teacher, state="returned", facts={"phone": "139"})
    assert "139" in get(client, scene.teacher.user, "correct", candidate.pk).text
    assert post(client, scene.teacher.user, "correct", candidate.pk, **TYPED).url == reverse("exams:mine")
    candidate.refresh_from_db()
    assert (candidate.state, candidate.facts["phone"]) == (S.SUBMITTED, "13900000001")


def test_correct_leads_an_officer_back_to_the_candidate(client, scene):
    candidate = make.candidate(scene.exam, scene.teacher, state="returned")
    answer = post(client, scene.officer, "correct", candidate.pk, **TYPED)
    assert answer.url == reverse("exams:candidate", args=[candidate.pk])


def test_correct_shows_the_refusal_and_keeps_what_was_typed(client, scene):
    candidate = make.candidate(scene.exam, scene.teacher, state="approved")
    page = post(client, scene.teacher.user, "correct", candidate.pk, **{**TYPED, "subject": "语文课"})
    assert page.status_code == 409
    assert "语文课" in page.text


def test_correct_and_withdraw_are_not_there_for_a_stranger(client, scene, tree):
    candidate = make.candidate(scene.exam, scene.teacher, state="returned")
    strangers = [scene.stranger.user, people.officer("bureau_officer", tree.neighbour)]
    strangers.append(people.officer("auditor", tree.city))
    for stranger in strangers:
        for name in ("correct", "withdraw"):
            assert get(client, stranger, name, candidate.pk).status_code == 404
            assert post(client, stranger, name, candidate.pk, reason="x", **TYPED).status_code == 404
    candidate.refresh_from_db()
    assert candidate.state == S.RETURNED


def test_withdraw_ends_the_registration_with_a_reason(client, scene):
    candidate = make.candidate(scene.exam, scene.teacher)
    page = post(client, scene.teacher.user, "withdraw", candidate.pk, reason="")
    assert page.status_code == 422
    assert post(client, scene.teacher.user, "withdraw", candidate.pk, reason="家中有事").url == reverse("exams:mine")
    candidate.refresh_from_db()
    assert candidate.state == S.WITHDRAWN


def test_withdraw_shows_the_refusal_when_the_bell_has_rung(client, scene):
    candidate = make.candidate(scene.exam, scene.teacher)
    scene.exam.stages.filter(number=1).update(state="in_progress")
    page = post(client, scene.teacher.user, "withdraw", candidate.pk, reason="家中有急事")
    assert page.status_code == 409
    assert "家中有急事" in page.text


# ticket and result


def ticketed(scene, tree, at):
    exam = make.exam(tree.city, written="registration_closed", code="241")
    candidate = make.candidate(exam, scene.teacher)
    stage = make.stage(exam)
    seating.arrange(stage=stage, seed="松平", by=scene.officer, at=at)
    seating.publish_tickets(stage=stage, by=scene.officer, at=at)
    return StageEntry.objects.get(candidate=candidate)


def test_ticket_is_a_page_with_number_room_and_masked_identity(client, scene, tree, at):
    entry = ticketed(scene, tree, at)
    answer = get(client, scene.teacher.user, "ticket", entry.pk)
    assert answer.headers["Content-Type"] == "application/pdf"
    pages = pypdf.PdfReader(io.BytesIO(answer.getvalue())).pages
    words = "".join(pages[0].extract_text().split())
    assert len(pages) == 1
    assert "99060024100101" in words
    assert "林知微" in words
    assert scene.teacher.id_number not in words
    assert scene.teacher.masked_id_number in words


def test_ticket_says_when_and_where_in_chinese_whoever_asks(scene, tree, at):
    told = tickets.ticket(ticketed(scene, tree, at))
    assert (told["room"], told["seat"], told["minutes"], told["site"]) == ("001", "01", 120, "松平市第一中学考点")
    assert told["starts"].endswith("10:00")
    assert len(told["rules"]) == 5


def test_ticket_is_for_its_candidate_and_the_exam_officer_only(client, scene, tree, at):
    entry = ticketed(scene, tree, at)
    assert get(client, scene.officer, "ticket", entry.pk).status_code == 200
    strangers = [scene.stranger.user, people.officer("exam_officer", tree.county), people.officer("auditor", tree.city)]
    for stranger in strangers:
        assert get(client, stranger, "ticket", entry.pk).status_code == 404


def test_ticket_is_not_there_before_it_is_published_or_after_withdrawal(client, scene, tree, at):
    exam = make.exam(tree.city, written="registration_closed")
    make.candidate(exam, scene.teacher)
    (entry,) = seating.arrange(stage=make.stage(exam), seed="x", by=scene.officer, at=at)
    assert get(client, scene.teacher.user, "ticket", entry.pk).status_code == 404
    seating.publish_tickets(stage=make.stage(exam), by=scene.officer, at=at)
    assert get(client, scene.teacher.user, "ticket", entry.pk).status_code == 200
    StageEntry.objects.update(state="withdrawn")
    assert get(client, scene.teacher.user, "ticket", entry.pk).status_code == 404


@pytest.mark.parametrize(("state", "shown"), [("line_set", False), ("publicised", True), ("finalised", True)])
def test_mine_shows_a_score_only_once_the_list_has_been_public(client, scene, tree, at, state, shown):
    exam = make.exam(tree.city, written=state)
    entry = make.entry(make.candidate(exam, scene.teacher), state="passed")
    ModuleResult.objects.create(
        entry=entry, module=make.module(exam), status="scored", score=Decimal("87.500"), passed=True, settled_at=at
    )
    page = get(client, scene.teacher.user, "mine").text
    assert ("87.5" in page) is shown
    assert ("合格" in page) is shown


@pytest.mark.parametrize(("hours", "shown"), [(-30, False), (-2, True), (1, True), (2.5, False)])
def test_mine_leads_into_the_exam_on_its_day_only(client, scene, tree, at, hours, shown):
    entry = ticketed(scene, tree, at)
    starts = entry.room.sitting.starts_at
    with time_machine.travel(starts + dt.timedelta(hours=hours), tick=False):
        page = get(client, scene.teacher.user, "mine").text
    assert (reverse("exams:sit", args=[entry.pk]) in page) is shown
