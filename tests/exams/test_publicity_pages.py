"""Pages: a public list proposed, decided with a password, read by anyone in its days only; finals and awards."""

import datetime as dt
from types import SimpleNamespace

import pytest
import time_machine
from django.urls import reverse

from certs.models import Batch
from exams import releasing
from exams.models import PublicNotice, Stage
from tests.factories import exams as make
from tests.factories import people

DAY = dt.timedelta(days=1)
PASSWORD = "松平 correct horse"


@pytest.fixture(autouse=True)
def _now(at):
    with time_machine.travel(at, tick=False):
        yield


@pytest.fixture
def scene(tree):
    exam = make.exam(tree.city, written="line_set", code="241")
    for name, state in (("林知微", "passed"), ("何远", "failed")):
        make.entry(make.candidate(exam, name, school=tree.school), state=state)
    return SimpleNamespace(
        exam=exam,
        stage=make.stage(exam),
        officer=people.officer("exam_officer", tree.city, "程秋霁"),
        second=people.officer("signatory", tree.city, "汤砚秋", password=PASSWORD),
        auditor=people.officer("auditor", tree.city, "易宛青"),
        neighbour=people.officer("exam_officer", tree.county, "沈县"),
    )


def get(client, user, name, *args, **query):
    client.force_login(user)
    return client.get(reverse(f"exams:{name}", args=args), query)


def post(client, user, name, *args, **data):
    client.force_login(user)
    return client.post(reverse(f"exams:{name}", args=args), data)


def proposed(scene, at):
    return releasing.propose_publicity(stage=scene.stage, opens_on=dt.date(2024, 3, 5), by=scene.officer, at=at)


def test_propose_previews_the_list_masked_and_then_proposes_it(client, scene):
    page = get(client, scene.officer, "propose_publicity", scene.stage.pk).text
    assert "林*微" in page
    assert "林知微" not in page
    assert "2024年3月11日" in page
    page = get(client, scene.officer, "propose_publicity", scene.stage.pk, opens_on="2024-03-06").text
    assert "2024年3月12日" in page
    answer = post(client, scene.officer, "propose_publicity", scene.stage.pk, opens_on="2024-03-06")
    assert answer.url == reverse("exams:notice", args=[PublicNotice.objects.get().pk])


def test_propose_shows_the_refusal_beside_the_day(client, scene):
    page = post(client, scene.officer, "propose_publicity", scene.stage.pk, opens_on="2024-03-04")
    assert page.status_code == 409
    assert page.context["form"].errors.keys() == {"opens_on"}
    assert 'value="2024-03-04"' in page.text


def test_propose_says_why_there_is_no_list_yet(client, scene, tree):
    make.entry(make.candidate(scene.exam, "欧阳子修", school=tree.school), state="marked")
    page = get(client, scene.officer, "propose_publicity", scene.stage.pk)
    assert page.status_code == 200
    assert page.context["rows"] == []
    assert "1" in page.context["missing"]


def test_propose_leads_to_the_list_that_stands(client, scene, at):
    notice = proposed(scene, at)
    assert get(client, scene.officer, "propose_publicity", scene.stage.pk).url == reverse(
        "exams:notice", args=[notice.pk]
    )


@pytest.mark.parametrize("who", ["neighbour", "auditor"])
def test_propose_and_final_acts_are_not_there_for_others(client, scene, who):
    user = getattr(scene, who)
    assert get(client, user, "propose_publicity", scene.stage.pk).status_code == 404
    assert post(client, user, "finalise", scene.stage.pk).status_code == 404
    assert get(client, user, "award", scene.exam.pk).status_code == 404


def test_notice_opens_when_a_second_person_signs_what_she_saw(client, scene, at):
    notice = proposed(scene, at)
    seen = get(client, scene.second, "notice", notice.pk).context["sign_form"]["seen"].value()
    post(client, scene.second, "notice", notice.pk, act="open", seen=seen, password=PASSWORD)
    notice.refresh_from_db()
    assert (notice.state, notice.decided_by) == (PublicNotice.State.APPROVED, scene.second)


def test_notice_refuses_a_wrong_password_and_a_changed_list(client, scene, at):
    notice = proposed(scene, at)
    data = {"act": "open", "seen": notice.seen_digest}
    page = post(client, scene.second, "notice", notice.pk, **data, password="x")
    assert page.status_code == 422
    assert page.context["sign_form"].errors.keys() == {"password"}
    scene.stage.entries.filter(state="failed").update(state="passed")
    page = post(client, scene.second, "notice", notice.pk, **data, password=PASSWORD)
    assert page.status_code == 409
    notice.refresh_from_db()
    assert notice.state == PublicNotice.State.PROPOSED


def test_notice_returns_with_a_reason_only(client, scene, at):
    notice = proposed(scene, at)
    page = post(client, scene.second, "notice", notice.pk, act="return", reason=" ")
    assert page.status_code == 422
    assert page.context["return_form"].errors.keys() == {"reason"}
    post(client, scene.second, "notice", notice.pk, act="return", reason="校名有误")
    notice.refresh_from_db()
    assert (notice.state, notice.decision_reason) == (PublicNotice.State.RETURNED, "校名有误")


@pytest.mark.parametrize("who", ["officer", "auditor"])
def test_notice_shows_its_proposer_and_an_auditor_no_form(client, scene, at, who):
    page = get(client, getattr(scene, who), "notice", proposed(scene, at).pk)
    assert page.status_code == 200
    assert 'name="password"' not in page.text


def test_notice_is_not_there_for_a_stranger(client, scene, at, tree):
    notice = proposed(scene, at)
    assert get(client, scene.neighbour, "notice", notice.pk).status_code == 404
    assert post(client, scene.neighbour, "notice", notice.pk, act="open").status_code == 404


def test_public_list_is_there_in_its_days_only(client, scene, at):
    notice = proposed(scene, at)
    address = reverse("exams:public_notice", args=[notice.token])
    assert client.get(address).status_code == 404
    releasing.open_publicity(notice=notice, seen_digest=notice.seen_digest, by=scene.second, at=at)
    page = client.get(address).text
    assert "林*微" in page
    assert "林知微" not in page
    assert notice.token in client.get(reverse("exams:notices")).text
    for moment, status in ((at + 6 * DAY, 200), (at + 7 * DAY, 404), (at - DAY, 404)):
        with time_machine.travel(moment, tick=False):
            assert client.get(address).status_code == status
            assert (notice.token in client.get(reverse("exams:notices")).text) is (status == 200)


def test_public_list_shows_neither_score_nor_identity(client, scene, at):
    teacher = scene.stage.entries.first().candidate.teacher
    notice = proposed(scene, at)
    releasing.open_publicity(notice=notice, seen_digest=notice.seen_digest, by=scene.second, at=at)
    page = client.get(reverse("exams:public_notice", args=[notice.token])).text
    assert teacher.id_number not in page
    assert teacher.id_number[-4:] not in page
    assert client.get(reverse("exams:public_notice", args=["A" * 27])).status_code == 404


def test_finalise_shows_why_not_and_then_finalises(client, scene, at):
    notice = proposed(scene, at)
    releasing.open_publicity(notice=notice, seen_digest=notice.seen_digest, by=scene.second, at=at)
    page = post(client, scene.officer, "finalise", scene.stage.pk)
    assert page.status_code == 409
    assert "2024年3月11日" in page.text
    with time_machine.travel(at + 7 * DAY, tick=False):
        assert post(client, scene.officer, "finalise", scene.stage.pk).status_code == 302
    scene.stage.refresh_from_db()
    assert scene.stage.state == Stage.State.FINALISED


@pytest.mark.parametrize("state", ["proposed", "publicised"])
def test_exam_page_leads_on_from_the_public_list(client, scene, at, state):
    notice = proposed(scene, at)
    if state == "publicised":
        releasing.open_publicity(notice=notice, seen_digest=notice.seen_digest, by=scene.second, at=at)
    finalise = reverse("exams:finalise", args=[scene.stage.pk])
    page = get(client, scene.second, "exam", scene.exam.pk).text
    assert (reverse("exams:notice", args=[notice.pk]) in page) is True
    assert finalise not in get(client, scene.officer, "exam", scene.exam.pk).text
    with time_machine.travel(at + 7 * DAY, tick=False):
        assert (finalise in get(client, scene.officer, "exam", scene.exam.pk).text) is (state == "publicised")


def test_award_lists_those_who_passed_and_proposes_them(client, scene, tree):
    exam = make.exam(tree.city, written="finalised", performance="finalised")
    for name, outcome in (("林知微", "passed"), ("何远山", "failed")):
        first = make.entry(make.candidate(exam, name, school=tree.school), state="passed")
        make.entry(first.candidate, make.stage(exam, 2), outcome)
    page = get(client, scene.officer, "award", exam.pk).text
    assert "林知微" in page
    assert "何远山" not in page
    assert reverse("exams:award", args=[exam.pk]) in get(client, scene.officer, "exam", exam.pk).text
    post(client, scene.officer, "award", exam.pk, issue_on="2024-03-20")
    assert Batch.objects.get().credentials.count() == 1
    page = post(client, scene.officer, "award", exam.pk, issue_on="2024-03-21")
    assert page.status_code == 409
    assert 'value="2024-03-21"' in page.text
