"""Pages of claims: a teacher's own, drafted and handed in; the officers' queue; what each may decide."""

import io
import re
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.records import claiming
from lms.records.models import HourClaim, HourEntry
from tests.factories import certs, people
from tests.factories import records as make
from tests.factories.people import AT

CLAIMS, NEW, QUEUE = "/records/claims/", "/records/claims/new/", "/records/claims/queue/"
TYPED = {
    "kind": "paper",
    "title": "课堂倾听",
    "organiser": "《云省教育》",
    "level": "province",
    "begun_on": "2024-01-08",
    "done_on": "2024-01-12",
    "hours": "20",
}


@pytest.fixture(autouse=True)
def _now(at, settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path
    with time_machine.travel(at, tick=False):
        yield


@pytest.fixture(autouse=True)
def rules(tree):
    return make.rules(tree.county)


@pytest.fixture
def teacher(tree):
    return people.teacher("林知微", school=tree.school)


@pytest.fixture
def school(tree):
    return people.officer("school_officer", tree.school, "校办")


@pytest.fixture
def bureau(tree):
    return people.officer("bureau_officer", tree.county, "沈县")


@pytest.fixture
def as_user(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def of(claim, more=""):
    return f"{CLAIMS}{claim.pk}/{more}"


def decide(client, claim, act, reason=""):
    return client.post(of(claim, "decide/"), {"act": act, "reason": reason})


# The teacher


def test_my_claims_show_none_one_and_many_and_what_earns_hours(as_user, teacher, school, bureau):
    client = as_user(teacher.user)
    text = client.get(CLAIMS).text
    assert ("尚无申报" in text, "发表论文" in text, "28" in text) == (True, True, True)
    make.recognised(teacher, school, bureau, title="已认定的论文")
    make.drafted(teacher, title="起草中的论文")
    text = client.get(CLAIMS).text
    assert ("已认定的论文" in text, "起草中的论文" in text, "尚无申报" in text) == (True, True, False)


def test_my_claims_say_when_no_rules_credit_anything(as_user, tree):
    stranger = people.teacher("何远", school=tree.other_school)
    client = as_user(stranger.user)
    for address in (CLAIMS, NEW):
        assert "目前不能申报学时" in client.get(address).text
    assert client.post(NEW, TYPED).status_code == 422


def test_a_teacher_drafts_proves_and_hands_in(as_user, teacher):
    client = as_user(teacher.user)
    assert client.get(NEW).status_code == 200
    made = client.post(NEW, TYPED)
    claim = HourClaim.objects.get()
    assert (made.url, claim.state) == (of(claim), "draft")
    assert "disabled" in client.get(of(claim)).text
    refused = client.post(of(claim, "submit/"))
    assert (refused.status_code, "请至少添加一份证明材料" in refused.text) == (422, True)
    assert client.post(of(claim, "proofs/"), {"scan": certs.picture("red")}).url == of(claim)
    proof = claim.proofs.get()
    assert f"{CLAIMS}proofs/{proof.pk}/" in client.get(of(claim)).text
    picture = client.get(f"{CLAIMS}proofs/{proof.pk}/")
    assert (picture["Content-Type"], picture["Cache-Control"]) == ("image/jpeg", "no-store, private")
    assert client.post(of(claim, "submit/")).url == of(claim)
    claim.refresh_from_db()
    assert claim.state == "submitted"
    text = client.get(of(claim)).text
    assert ("提交申报" in text, "添加材料" in text, "待校审" in text) == (False, False, True)


def test_a_form_that_is_refused_keeps_what_was_typed(as_user, teacher):
    client = as_user(teacher.user)
    for wrong, status, words in (
        ({"done_on": "2024-03-06"}, 409, "尚未结束"),
        ({"begun_on": "2024-01-13"}, 409, "开始日期晚于结束日期"),
        ({"hours": "600"}, 409, "学时须大于 0"),
        ({"title": ""}, 422, "事项名称"),
        ({"kind": "open_lesson"}, 422, "类别"),
    ):
        page = client.post(NEW, {**TYPED, **wrong})
        assert (page.status_code, words in page.text, "《云省教育》" in page.text) == (status, True, True)
    assert not HourClaim.objects.exists()


def test_edit_puts_a_draft_right_and_is_gone_once_it_is_handed_in(as_user, teacher):
    claim = make.drafted(teacher, title="旧题目")
    client = as_user(teacher.user)
    assert "旧题目" in client.get(of(claim, "edit/")).text
    assert client.post(of(claim, "edit/"), TYPED).url == of(claim)
    assert HourClaim.objects.get().title == "课堂倾听"
    claiming.submit(claim=claim, by=teacher.user, at=AT)
    for address in ("edit/", "proofs/", "submit/"):
        assert client.post(of(claim, address), TYPED).status_code == 404


def test_a_scan_is_refused_beside_its_field_and_removed_again(as_user, teacher, tree):
    other = make.drafted(people.teacher("同校", school=tree.school), proof=False)
    claiming.add_proof(claim=other, scan=certs.picture("red"), by=other.teacher.user, at=AT)
    claim = make.drafted(teacher)
    client = as_user(teacher.user)
    same = client.post(of(claim, "proofs/"), {"scan": certs.picture("red")})
    assert (same.status_code, "已由他人提交" in same.text) == (409, True)
    text = io.BytesIO(b"<script>")
    text.name = "scan.png"
    wrong = client.post(of(claim, "proofs/"), {"scan": text})
    assert (wrong.status_code, "既不是图片" in wrong.text) == (422, True)
    assert client.post(of(claim, "proofs/")).status_code == 422
    assert client.post(f"{CLAIMS}proofs/{claim.proofs.get().pk}/remove/").url == of(claim)
    assert claim.proofs.count() == 0
    assert client.post(f"{CLAIMS}proofs/{other.proofs.get().pk}/remove/").status_code == 404


def test_a_pdf_is_saved_never_shown(as_user, teacher):
    claim = make.drafted(teacher, proof=False)
    pdf = io.BytesIO(b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n")
    made = claiming.add_proof(claim=claim, scan=pdf, by=teacher.user, at=AT)
    response = as_user(teacher.user).get(f"{CLAIMS}proofs/{made.pk}/")
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment")


# The offices


def test_school_and_bureau_see_first_what_waits_for_them(as_user, teacher, school, bureau, tree):
    make.submitted(teacher, title="等学校")
    make.verified(teacher, school, title="等教育局")
    make.drafted(teacher, title="只是草稿")
    own = as_user(school).get(QUEUE).text
    assert ("等学校" in own, "等教育局" in own) == (True, False)
    own = as_user(bureau).get(QUEUE).text
    assert ("等学校" in own, "等教育局" in own) == (False, True)
    for user in (school, bureau):
        client = as_user(user)
        assert "等学校" in client.get(QUEUE, {"state": "submitted"}).text
        assert "只是草稿" not in client.get(QUEUE, {"state": "draft"}).text
        assert "目前没有该状态的申报" in client.get(QUEUE, {"state": "rejected"}).text
        assert "没有符合的申报" in client.get(QUEUE, {"state": "submitted", "q": "无此人"}).text
    assert "等学校" not in as_user(people.officer("school_officer", tree.other_school)).get(QUEUE).text
    assert as_user(teacher.user).get(QUEUE).status_code == 404


def test_the_queue_is_paged_and_takes_as_many_queries_with_three_as_with_one(as_user, teacher, school):
    client = as_user(school)
    make.submitted(teacher)
    client.get(QUEUE)
    with CaptureQueriesContext(connection) as one:
        client.get(QUEUE)
    for _n in range(2):
        make.submitted(teacher)
    with CaptureQueriesContext(connection) as three:
        client.get(QUEUE)
    assert len(three) == len(one) <= 16
    for _n in range(48):
        make.submitted(teacher)
    assert len(re.findall(r'href="/records/claims/\d+/"', client.get(QUEUE).text)) == 50
    assert len(re.findall(r'href="/records/claims/\d+/"', client.get(QUEUE, {"page": "2"}).text)) == 1


def test_a_claim_takes_as_many_queries_with_three_scans_as_with_one(as_user, teacher, school):
    claim = make.drafted(teacher)
    client = as_user(teacher.user)
    client.get(of(claim))
    with CaptureQueriesContext(connection) as one:
        client.get(of(claim))
    for _n in range(2):
        claiming.add_proof(claim=claim, scan=make.scan(), by=teacher.user, at=AT)
    with CaptureQueriesContext(connection) as three:
        client.get(of(claim))
    assert len(three) == len(one) <= 24


def test_the_school_verifies_and_the_bureau_recognises(as_user, teacher, school, bureau):
    claim = make.submitted(teacher)
    client = as_user(school)
    assert "可计 20 学时" in client.get(of(claim)).text
    assert decide(client, claim, "verify").url == QUEUE
    assert "校审通过</button>" not in client.get(of(claim)).text
    client = as_user(bureau)
    assert decide(client, claim, "recognise").url == QUEUE
    assert HourEntry.objects.get().hours == 20
    assert "20" in client.get(of(claim)).text


def test_the_bureau_is_told_of_the_cap_before_it_recognises(as_user, teacher, school, bureau):
    make.recognised(teacher, school, bureau)
    claim = make.verified(teacher, school)
    text = as_user(bureau).get(of(claim)).text
    assert ("可计 8 学时" in text, "最多 28 学时，已认定 20 学时" in text) == (True, True)
    make.recognised(teacher, school, bureau, hours=Decimal(8))
    refused = decide(as_user(bureau), claim, "recognise")
    assert (refused.status_code, "已无余额" in refused.text) == (409, True)


@pytest.mark.parametrize(("act", "state"), [("return", "returned"), ("reject", "rejected")])
def test_returning_and_turning_down_need_a_reason(as_user, teacher, school, act, state):
    claim = make.submitted(teacher)
    client = as_user(school)
    refused = decide(client, claim, act)
    assert (refused.status_code, "请填写理由" in refused.text) == (409, True)
    assert decide(client, claim, act, "影像不清").url == QUEUE
    claim.refresh_from_db()
    assert claim.state == state
    text = as_user(teacher.user).get(of(claim)).text
    assert ("影像不清" in text, "提交申报" in text) == (True, state == "returned")


def test_a_decision_that_comes_too_late_is_refused_on_the_page(as_user, teacher, school):
    claim = make.verified(teacher, school)
    client = as_user(school)
    for act in ("verify", "return", "nonsense"):
        refused = decide(client, claim, act, "晚了")
        assert (refused.status_code, claim.title in refused.text) == (409 if act != "return" else 403, True)


def test_recognised_hours_are_taken_back_with_a_reason(as_user, teacher, school, bureau):
    claim = make.recognised(teacher, school, bureau)
    client = as_user(bureau)
    assert decide(client, claim, "take_back").status_code == 409
    assert decide(client, claim, "take_back", "撤稿").url == QUEUE
    assert sum(each.hours for each in HourEntry.objects.all()) == 0
    assert "已冲销" in as_user(teacher.user).get(of(claim)).text


def test_strangers_find_no_claim_no_scan_and_nothing_to_decide(as_user, teacher, tree):
    claim = make.submitted(teacher)
    scan = f"{CLAIMS}proofs/{claim.proofs.get().pk}/"
    for user in (
        people.officer("bureau_officer", tree.neighbour),
        people.officer("school_officer", tree.other_school),
        people.officer("signatory", tree.county),
        people.teacher("同校", school=tree.school).user,
    ):
        client = as_user(user)
        assert client.get(of(claim)).status_code == client.get(scan).status_code == 404
        assert decide(client, claim, "verify").status_code == 404
    auditor = as_user(people.officer("auditor", tree.county))
    assert auditor.get(of(claim)).status_code == 200
    assert decide(auditor, claim, "verify").status_code == 404


def test_a_draft_and_its_scan_are_seen_by_nobody_but_its_author(as_user, teacher, school, bureau):
    claim = make.drafted(teacher)
    scan = f"{CLAIMS}proofs/{claim.proofs.get().pk}/"
    for user in (school, bureau):
        assert as_user(user).get(of(claim)).status_code == as_user(user).get(scan).status_code == 404
