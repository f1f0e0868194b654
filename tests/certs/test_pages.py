"""Pages of certificates: the holder's, the officers', the public's; a stranger finds nothing anywhere."""

import datetime as dt
import io
import re

import pypdf
import pytest
from django.urls import reverse

from certs import issuing, numbers, revoking
from certs.models import Batch, Credential, StateChange, Verification
from tests.factories import certs, people

PASSWORD = "to-sign-it-all"


@pytest.fixture(autouse=True)
def world(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path


@pytest.fixture
def team(tree):
    return certs.staff(tree.county)


@pytest.fixture
def level(tree):
    return certs.level(tree.county)


@pytest.fixture
def holder(tree):
    return people.teacher("林知微", school=tree.school)


@pytest.fixture
def credential(level, team, holder):
    return certs.issued(level, team, [holder])[0]


@pytest.fixture
def batch(level, team, holder, tree):
    return certs.batch(level, team.proposer, [holder, people.teacher("欧阳春晓", school=tree.school)])


@pytest.fixture
def as_user(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def page(response):
    return response.content.decode()


# The holder


def test_mine_shows_no_certificate_one_and_many(as_user, holder, level, team):
    client = as_user(holder.user)
    assert "还没有证书" in page(client.get("/certificates/"))
    first = certs.issued(level, team, [holder])[0]
    assert first.number in page(client.get("/certificates/"))
    second = certs.issued(level, team, [holder])[0]
    shown = page(client.get("/certificates/"))
    assert first.number in shown
    assert second.number in shown
    assert f"/certificates/{second.pk}/download/" in shown


def test_mine_does_not_show_what_waits_for_a_signature(as_user, holder, batch):
    assert batch.title not in page(as_user(holder.user).get("/certificates/"))
    credential = batch.credentials.get(teacher=holder)
    for way in ("", "download/", "picture/", "show/"):
        assert as_user(holder.user).get(f"/certificates/{credential.pk}/{way}").status_code == 404


def test_mine_costs_the_same_with_one_and_three_certificates(
    as_user, holder, level, team, django_assert_max_num_queries, django_assert_num_queries
):
    certs.issued(level, team, [holder])
    client = as_user(holder.user)
    with django_assert_max_num_queries(12) as counted:
        client.get("/certificates/")
    for _ in range(2):
        certs.issued(level, team, [holder])
    with django_assert_num_queries(len(counted)):
        client.get("/certificates/")


def test_download_gives_the_document_and_draws_it_if_need_be(as_user, holder, credential):
    assert not credential.file
    response = as_user(holder.user).get(f"/certificates/{credential.pk}/download/")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/pdf"
    assert response["Cache-Control"] == "no-store, private"
    assert "filename*=utf-8''%E8%AF%81%E4%B9%A6" in response["Content-Disposition"]
    assert len(pypdf.PdfReader(io.BytesIO(b"".join(response.streaming_content))).pages) == 1
    credential.refresh_from_db()
    assert credential.file


def test_picture_and_show_are_the_holders(as_user, holder, credential):
    client = as_user(holder.user)
    assert client.get(f"/certificates/{credential.pk}/picture/").content.startswith(b"\x89PNG")
    shown = page(client.get(f"/certificates/{credential.pk}/show/"))
    assert 'class="qr"' in shown
    assert credential.number in shown


@pytest.mark.parametrize("standing", ["suspended", "cancelled", "revoked"])
def test_the_document_is_refused_when_the_certificate_is_not_in_force(standing, as_user, holder, credential):
    Credential.objects.update(state=standing, state_reason="正在核查", state_changed_at=people.AT)
    client = as_user(holder.user)
    for way in ("download", "picture"):
        response = client.get(f"/certificates/{credential.pk}/{way}/")
        assert response.status_code == 409
        assert "不在有效状态" in page(response)
    shown = page(client.get(f"/certificates/{credential.pk}/"))
    assert "正在核查" in shown
    assert f"/certificates/{credential.pk}/download/" not in shown


def test_the_holder_sees_how_often_it_was_verified(as_user, holder, credential, client):
    for _ in range(3):
        client.get(f"/certificates/verify/t/{credential.token}/")
    assert "至今被核验3次" in page(as_user(holder.user).get(f"/certificates/{credential.pk}/"))


def test_the_holder_cannot_propose_or_decide_anything(as_user, holder, credential, team, at):
    change = revoking.propose(credential=credential, to_state="revoked", reason="查实", by=team.proposer, at=at)
    client = as_user(holder.user)
    shown = page(client.get(f"/certificates/{credential.pk}/"))
    assert "查实" not in shown
    assert "拟作变更" not in shown
    proposal = {"to_state": "suspended", "reason": "试"}
    assert client.post(f"/certificates/{credential.pk}/change/", proposal).status_code == 404
    assert client.post(f"/certificates/changes/{change.pk}/decide/", {"act": "approve"}).status_code == 404


# Strangers


ADDRESSES = [
    ("get", "/certificates/{credential}/"),
    ("get", "/certificates/{credential}/download/"),
    ("get", "/certificates/{credential}/picture/"),
    ("get", "/certificates/{credential}/show/"),
    ("post", "/certificates/{credential}/change/"),
    ("post", "/certificates/changes/{change}/decide/"),
    ("get", "/certificates/lists/{batch}/"),
    ("post", "/certificates/lists/{batch}/"),
]


@pytest.fixture
def strangers(personas, tree):
    office = people.Appointment.Office
    return [
        personas.stranger.user,
        people.officer(office.EXAM_OFFICER, tree.neighbour),
        people.officer(office.SIGNATORY, tree.neighbour),
        people.officer(office.SIGNATORY, tree.other_school),
        people.officer(office.MARKER, tree.county),
        people.officer(office.CLERK, tree.county),
        people.user("无职"),
    ]


@pytest.mark.parametrize(("method", "address"), ADDRESSES)
def test_a_stranger_gets_404_as_for_what_does_not_exist(method, address, as_user, strangers, credential, team, at):
    change = revoking.propose(credential=credential, to_state="revoked", reason="查实", by=team.proposer, at=at)
    there = address.format(credential=credential.pk, change=change.pk, batch=credential.batch_id)
    nowhere = address.format(credential=999_999, change=999_999, batch=999_999)
    for user in strangers:
        client = as_user(user)
        found = getattr(client, method)(there, {"act": "issue"})
        assert found.status_code == getattr(client, method)(nowhere, {"act": "issue"}).status_code == 404, user
    credential.refresh_from_db()
    assert credential.state == "issued"


@pytest.mark.parametrize(
    ("method", "address"), [*ADDRESSES, ("get", "/certificates/"), ("get", "/certificates/lists/")]
)
def test_nobody_gets_in_without_signing_in(method, address, client, credential):
    response = getattr(client, method)(address.format(credential=credential.pk, change=1, batch=credential.batch_id))
    assert response.status_code == 302
    assert response["Location"].startswith("/account/login/")


def test_lists_and_register_show_a_stranger_nothing(as_user, strangers, credential):
    for user in strangers:
        for address in ("/certificates/lists/", "/certificates/register/", "/certificates/register/?q=林"):
            shown = page(as_user(user).get(address))
            assert credential.number not in shown
            assert credential.batch.title not in shown


def test_a_colleague_of_the_holder_sees_nothing_of_hers(as_user, tree, credential):
    colleague = people.teacher("同校", school=tree.school)
    assert as_user(colleague.user).get(f"/certificates/{credential.pk}/").status_code == 404


# Lists


def test_batches_shows_none_one_and_many_at_the_same_cost(
    as_user, team, level, tree, django_assert_max_num_queries, django_assert_num_queries
):
    client = as_user(team.signatory)
    assert "还没有发证名单" in page(client.get("/certificates/lists/"))
    certs.batch(level, team.proposer, [people.teacher("甲", school=tree.school)], title="第一批")
    with django_assert_max_num_queries(12) as counted:
        shown = page(client.get("/certificates/lists/"))
    assert "第一批" in shown
    for title in ("第二批", "第三批"):
        certs.batch(level, team.proposer, [people.teacher("乙", school=tree.school)], title=title)
    with django_assert_num_queries(len(counted)):
        assert "第三批" in page(client.get("/certificates/lists/"))


def test_the_signatory_sees_every_row_and_what_signing_does(as_user, team, batch):
    shown = page(as_user(team.signatory).get(f"/certificates/lists/{batch.pk}/"))
    assert "签发2本证书" in shown
    assert "欧阳春晓" in shown
    assert issuing.view_digest(issuing.batch_view(batch)) in shown


@pytest.mark.parametrize("who", ["proposer", "other_officer", "auditor"])
def test_others_see_the_list_without_a_form_to_sign(who, as_user, team, batch):
    shown = page(as_user(getattr(team, who)).get(f"/certificates/lists/{batch.pk}/"))
    assert "欧阳春晓" in shown
    assert 'name="password"' not in shown


def test_the_list_warns_of_names_that_changed_and_of_characters_that_no_font_has(as_user, team, level, tree):
    renamed, rare = people.teacher("林旧", school=tree.school), people.teacher("林𠮷", school=tree.school)
    batch = certs.batch(level, team.proposer, [renamed, rare])
    renamed.full_name = "林新"
    renamed.save()
    shown = page(as_user(team.signatory).get(f"/certificates/lists/{batch.pk}/"))
    assert "林旧 → 林新" in shown
    assert "字库未收" in shown


def post(client, batch, **fields):
    typed = {"act": "issue", "password": PASSWORD, "seen_digest": issuing.view_digest(issuing.batch_view(batch))}
    return client.post(f"/certificates/lists/{batch.pk}/", {**typed, **fields})


def test_signing_with_the_password_issues_the_list(as_user, team, batch):
    client = as_user(team.signatory)
    response = post(client, batch)
    assert response.status_code == 302
    shown = page(client.get(response["Location"]))
    assert "已签发2本证书" in shown
    assert batch.credentials.get(place=1).number in shown


def test_a_wrong_password_signs_nothing_and_keeps_the_page(as_user, team, batch):
    response = post(as_user(team.signatory), batch, password="wrong", reason="待写的原因")
    assert response.status_code == 422
    assert "待写的原因" in page(response)
    assert "wrong" not in page(response)
    batch.refresh_from_db()
    assert batch.state == "proposed"


def test_the_sixth_try_to_sign_is_refused_even_with_the_right_password(as_user, team, batch):
    client = as_user(team.signatory)
    for _ in range(5):
        post(client, batch, password="wrong")
    assert post(client, batch).status_code == 429
    batch.refresh_from_db()
    assert batch.state == "proposed"


def test_a_list_that_changed_meanwhile_is_shown_again_with_its_new_digest(as_user, team, batch, holder):
    before = issuing.view_digest(issuing.batch_view(batch))
    holder.full_name = "林改名"
    holder.save()
    response = post(as_user(team.signatory), batch, seen_digest=before)
    assert response.status_code == 409
    after = issuing.view_digest(issuing.batch_view(batch))
    assert f'name="seen_digest" value="{after}"' in page(response)
    assert before not in page(response)
    assert "名单有变动" in page(response)


def test_the_proposer_cannot_sign_by_hand_made_request(as_user, team, tree, batch):
    people.appointment(team.proposer, people.Appointment.Office.SIGNATORY, tree.county)
    team.proposer.set_password(PASSWORD)
    team.proposer.save()
    response = post(as_user(team.proposer), batch)
    assert response.status_code == 409
    assert "须由另一人签发" in page(response)


def test_returning_needs_a_reason_and_no_password(as_user, team, batch):
    client = as_user(team.signatory)
    assert post(client, batch, act="return", password="", reason=" ").status_code == 409
    assert post(client, batch, act="return", password="", reason="第二人姓名有误").status_code == 302
    batch.refresh_from_db()
    assert (batch.state, batch.reason) == ("returned", "第二人姓名有误")


def test_a_long_list_comes_in_pages_and_is_signed_whole(as_user, team, level, tree):
    teachers = [people.teacher(f"教师{n:03d}", school=tree.school) for n in range(53)]
    batch = certs.batch(level, team.proposer, teachers)
    client = as_user(team.signatory)
    assert "教师052" not in page(client.get(f"/certificates/lists/{batch.pk}/"))
    assert "教师052" in page(client.get(f"/certificates/lists/{batch.pk}/?page=2"))
    assert post(client, batch).status_code == 302
    assert Credential.objects.issued().count() == 53


# The register and the standing


def test_register_finds_by_number_name_and_standing(as_user, team, credential, level, tree):
    other = certs.issued(level, team, [people.teacher("欧阳春晓", school=tree.school)])[0]
    Credential.objects.filter(pk=other.pk).update(state="revoked")
    client = as_user(team.other_officer)
    for query, found in {
        "": {credential, other},
        "?q=林知": {credential},
        f"?q={other.number.lower()}": {other},
        "?state=revoked": {other},
        "?q=nobody": set(),
        "?state=nonsense": {credential, other},
    }.items():
        shown = page(client.get(f"/certificates/register/{query}"))
        assert {each for each in (credential, other) if each.number in shown} == found, query


def test_register_costs_the_same_with_one_and_three(
    as_user, team, credential, level, tree, django_assert_max_num_queries, django_assert_num_queries
):
    client = as_user(team.other_officer)
    with django_assert_max_num_queries(12) as counted:
        client.get("/certificates/register/")
    for _ in range(2):
        certs.issued(level, team, [people.teacher("新", school=tree.school)])
    with django_assert_num_queries(len(counted)):
        client.get("/certificates/register/")


def test_a_revocation_by_two_people_shows_everywhere_at_once(as_user, client, team, credential, holder):
    public = f"/certificates/verify/t/{credential.token}/"
    assert 'data-verdict="valid"' in page(client.get(public))
    officer = as_user(team.proposer)
    typed = {"to_state": "revoked", "reason": "考试作弊查实"}
    assert officer.post(f"/certificates/{credential.pk}/change/", typed).status_code == 302
    assert 'data-verdict="valid"' in page(client.get(public))
    change = StateChange.objects.get()
    shown = page(as_user(team.proposer).get(f"/certificates/{credential.pk}/"))
    assert 'name="password"' not in shown
    signatory = as_user(team.signatory)
    assert "撤销这本证书" in page(signatory.get(f"/certificates/{credential.pk}/"))
    decision = {"act": "approve", "password": PASSWORD}
    assert signatory.post(f"/certificates/changes/{change.pk}/decide/", decision).status_code == 302
    client.logout()
    shown = page(client.get(public))
    assert 'data-verdict="revoked"' in shown
    assert "作弊" not in shown
    assert "考试作弊查实" in page(as_user(holder.user).get("/certificates/"))


def test_a_proposal_without_choice_or_reason_keeps_what_was_typed(as_user, team, credential):
    client = as_user(team.proposer)
    address = f"/certificates/{credential.pk}/change/"
    response = client.post(address, {"reason": "写好的原因"})
    assert response.status_code == 422
    assert "写好的原因" in page(response)
    response = client.post(address, {"to_state": "revoked", "reason": ""})
    assert response.status_code == 422
    assert re.search(r'<input[^>]+value="revoked"[^>]+checked', page(response))
    assert client.post(address, {"to_state": "issued", "reason": "错"}).status_code == 422
    assert not StateChange.objects.exists()


def test_a_wrong_password_approves_nothing(as_user, team, credential, at):
    change = revoking.propose(credential=credential, to_state="revoked", reason="查实", by=team.proposer, at=at)
    response = as_user(team.signatory).post(
        f"/certificates/changes/{change.pk}/decide/", {"act": "approve", "password": "wrong"}
    )
    assert response.status_code == 422
    credential.refresh_from_db()
    assert credential.state == "issued"


def test_a_proposal_is_returned_with_a_reason(as_user, team, credential, at):
    change = revoking.propose(credential=credential, to_state="revoked", reason="查实", by=team.proposer, at=at)
    client = as_user(team.signatory)
    address = f"/certificates/changes/{change.pk}/decide/"
    assert client.post(address, {"act": "return", "reason": ""}).status_code == 409
    assert client.post(address, {"act": "return", "reason": "证据不足"}).status_code == 302
    change.refresh_from_db()
    assert change.state == "returned"


def test_an_auditor_sees_a_certificate_and_cannot_touch_it(as_user, team, credential):
    client = as_user(team.auditor)
    assert "拟作变更" not in page(client.get(f"/certificates/{credential.pk}/"))
    response = client.post(f"/certificates/{credential.pk}/change/", {"to_state": "revoked", "reason": "试"})
    assert response.status_code == 403
    assert not StateChange.objects.exists()


# The public


def test_verify_by_number_and_name_shows_the_verdict_without_a_trace_in_the_address(client, credential):
    response = client.post("/certificates/verify/", {"number": credential.number.lower(), "name": "林 知微"})
    shown = page(response)
    assert response.status_code == 200
    assert 'data-verdict="valid"' in shown
    assert shown.index("证书有效") < shown.index("证书内容")
    for fact in ("林*微", credential.number, "澜溪县", "2024年3月5日", "长期"):
        assert fact in shown
    assert Verification.objects.count() == 1


def test_verification_pages_show_nothing_private(client, credential, tree):
    for response in (
        client.get(f"/certificates/verify/t/{credential.token}/"),
        client.post("/certificates/verify/", {"number": credential.number, "name": "林知微"}),
    ):
        shown = page(response)
        for private in ("林知微", tree.school.name, credential.teacher.id_number, credential.facts["exam"]):
            assert private not in shown
        assert "no-store" in response["Cache-Control"]
        assert "noindex" in response["X-Robots-Tag"]


@pytest.mark.parametrize("standing", ["suspended", "cancelled", "revoked", "superseded"])
def test_each_standing_has_its_own_words(standing, client, credential):
    Credential.objects.update(state=standing, state_changed_at=people.AT, state_reason="不公开的原因")
    shown = page(client.get(f"/certificates/verify/t/{credential.token}/"))
    assert f'data-verdict="{standing}"' in shown
    assert "不公开的原因" not in shown
    assert "证书有效" not in shown


def test_an_expired_certificate_says_so_and_that_it_is_no_sanction(client, credential):
    Credential.objects.update(expires_on=dt.date(2024, 3, 6))
    shown = page(client.get(f"/certificates/verify/t/{credential.token}/"))
    assert 'data-verdict="expired"' in shown
    assert "过期不是处分" in shown


def test_a_wrong_name_and_an_unknown_number_get_the_same_page(client, level, team, holder, credential):
    def ask(number, name):
        response = client.post("/certificates/verify/", {"number": number, "name": name})
        body = page(response).replace(number, "N").replace(name, "M")
        token = body.split('name="csrfmiddlewaretoken" value="')
        return response.status_code, [part.split('"', 1)[-1] if i else part for i, part in enumerate(token)]

    unknown = numbers.compose(authority="990608", mark="MB", year=2024, serial=999)
    assert ask(unknown, "林知微") == ask(credential.number, "林知薇")


def test_a_mistyped_number_is_refused_with_a_sentence_and_keeps_what_was_typed(client, credential):
    wrong = credential.number[:-1] + ("A" if credential.number[-1] != "A" else "B")
    response = client.post("/certificates/verify/", {"number": wrong, "name": "林知微"})
    assert response.status_code == 422
    assert f'value="{wrong}"' in page(response)
    assert 'value="林知微"' in page(response)
    assert "请对照证书核对编号" in page(response)


@pytest.mark.parametrize("typed", [{}, {"number": "x"}, {"name": "林"}, {"number": "9" * 61, "name": "林"}])
def test_an_incomplete_form_is_shown_again(typed, client, db):
    response = client.post("/certificates/verify/", typed)
    assert response.status_code == 422
    assert 'name="csrfmiddlewaretoken"' in page(response)


@pytest.mark.parametrize("token", ["x", "a" * 27, "None", "..", "%00", "林" * 40, "a" * 2000])
def test_an_unknown_token_finds_nothing(token, client, credential):
    response = client.get(reverse("certs:verify_token", args=[token]))
    assert response.status_code == 404
    assert credential.number not in page(response)


def test_the_31st_verification_from_one_address_is_refused_in_a_plain_sentence(client, credential, settings):
    address = f"/certificates/verify/t/{credential.token}/"
    statuses = [client.get(address).status_code for _ in range(31)]
    assert statuses == [200] * 30 + [429]
    response = client.post("/certificates/verify/", {"number": credential.number, "name": "林知微"})
    assert response.status_code == 429
    assert "请过一分钟再试" in page(response)
    assert 'value="林知微"' in page(response)
    assert client.get(address, REMOTE_ADDR="203.0.113.9").status_code == 200


def test_the_11th_try_at_one_number_is_refused_from_wherever_it_comes(client, credential):
    for n in range(11):
        response = client.post(
            "/certificates/verify/",
            {"number": credential.number, "name": f"猜{n}"},
            REMOTE_ADDR=f"203.0.113.{n}",
        )
    assert response.status_code == 429


def test_the_pages_are_complete_in_english(client, as_user, holder, team, credential, batch):
    client.cookies["django_language"] = "en"
    assert "The certificate is valid" in page(client.get(f"/certificates/verify/t/{credential.token}/"))
    client = as_user(team.signatory)
    client.cookies["django_language"] = "en"
    shown = page(client.get(f"/certificates/lists/{batch.pk}/"))
    assert "Issue 2 certificates" in shown
    assert Batch.objects.count() == 2
