"""Pages of paper certificates: the list to sign, the holder's card, the public's verdict; nothing to download."""

import datetime as dt

import pytest
import time_machine

from certs import issuing
from certs.models import Batch, Credential
from tests.factories import certs as make
from tests.factories import people

PASSWORD = "to-sign-it-all"


@pytest.fixture(autouse=True)
def _now(at, settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path
    with time_machine.travel(at, tick=False):
        yield


@pytest.fixture
def team(tree):
    return make.staff(tree.county)


@pytest.fixture
def teacher(tree):
    return people.teacher("林知微", school=tree.school)


@pytest.fixture
def level(tree):
    return make.level(tree.county)


@pytest.fixture
def batch(level, team, teacher):
    return make.papers(level, team.proposer, [teacher], precision="year", issued_on=dt.date(2018, 1, 1))


@pytest.fixture
def paper(level, team, teacher):
    return make.taken_in(level, team, [teacher], precision="year", issued_on=dt.date(2018, 1, 1))[0]


@pytest.fixture
def as_user(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def address(batch, more=""):
    return f"/certificates/lists/{batch.pk}/{more}"


def test_the_list_shows_the_papers_own_numbers_and_days_as_known(as_user, team, batch):
    text = as_user(team.signatory).get(address(batch)).text
    assert batch.credentials.get().facts["number"] in text
    assert "2018年</td>" in text
    assert "2018年1月1日" not in text
    assert "将1本纸质证书登记入册" in text
    assert "纸质证书" in as_user(team.signatory).get("/certificates/lists/").text


def test_signing_takes_them_into_the_register(as_user, team, batch):
    typed = {
        "act": "issue",
        "password": PASSWORD,
        "seen_digest": issuing.view_digest(issuing.batch_view(batch)),
    }
    page = as_user(team.signatory).post(address(batch), typed, follow=True)
    assert "1本纸质证书已登记入册" in page.text
    number = batch.credentials.get().number
    assert number in as_user(team.other_officer).get("/certificates/register/", {"q": number[:6]}).text


def test_the_proposer_takes_her_list_back_and_nobody_else_can(as_user, team, batch):
    assert address(batch, "take-back/") in as_user(team.proposer).get(address(batch)).text
    assert address(batch, "take-back/") not in as_user(team.signatory).get(address(batch)).text
    assert as_user(team.signatory).post(address(batch, "take-back/")).status_code == 409
    assert Batch.objects.get().state == "proposed"
    page = as_user(team.proposer).post(address(batch, "take-back/"), follow=True)
    assert "名单已撤回" in page.text
    assert Batch.objects.get().state == "returned"


def test_take_back_is_not_there_for_strangers(as_user, tree, batch):
    for user in (people.officer("exam_officer", tree.neighbour), people.officer("bureau_officer", tree.county)):
        assert as_user(user).post(address(batch, "take-back/")).status_code == 404


def test_the_holder_sees_the_paper_and_nothing_to_download(as_user, teacher, paper):
    client = as_user(teacher.user)
    mine = client.get("/certificates/").text
    assert "2018年 · 纸质证书" in mine
    assert f"/certificates/{paper.pk}/download/" not in mine
    page = client.get(f"/certificates/{paper.pk}/").text
    assert "纸质证书，2024年3月5日登记入册" in page
    assert "登记入册" in page.split("经过")[-1]
    assert "/picture/" not in page
    for way in ("download", "picture"):
        refused = client.get(f"/certificates/{paper.pk}/{way}/")
        assert (refused.status_code, "以纸质原件为准" in refused.text) == (409, True)
    assert paper.number in client.get(f"/certificates/{paper.pk}/show/").text


def test_a_revoked_paper_says_that_it_is_not_in_force(as_user, teacher, paper):
    Credential.objects.update(state="revoked", state_reason="查实", state_changed_at=people.AT)
    page = as_user(teacher.user).get(f"/certificates/{paper.pk}/").text
    assert "不在有效状态" in page
    assert "以纸质原件为准" not in page


def test_anyone_verifies_it_by_number_and_name_and_reads_what_it_is(client, paper):
    page = client.post("/certificates/verify/", {"number": paper.number, "name": "林知微"}).text
    assert 'data-verdict="valid"' in page
    assert "纸质证书，2024年3月5日登记入册，以纸质原件为准。" in page
    assert "<dd>2018年</dd>" in page
    unknown = client.post("/certificates/verify/", {"number": paper.number, "name": "林知薇"})
    assert 'data-verdict="unknown"' in unknown.text


def test_the_pages_are_complete_in_english(as_user, team, teacher, paper):
    client = as_user(teacher.user)
    client.cookies["django_language"] = "en"
    assert (
        "A paper certificate, taken into the register on 5 March 2024" in client.get(f"/certificates/{paper.pk}/").text
    )
    assert "<dd>2018</dd>" in client.get(f"/certificates/verify/t/{paper.token}/").text
