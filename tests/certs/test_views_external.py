"""Pages: certificates from elsewhere, the kinds that are taken in, and their scans."""

import io

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from certs.models import ExternalCredential, ExternalType
from lms.desks import waiting
from lms.people.models import Appointment
from tests.factories import certs as make
from tests.factories import people

LIST, NEW, TYPES = "/certificates/external/", "/certificates/external/new/", "/certificates/external/types/"
MINE = "/certificates/"
PDF = b"%PDF-1.7\n<script>alert(1)</script>\n%%EOF\n"


@pytest.fixture(autouse=True)
def _now(at, settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path
    with time_machine.travel(at, tick=False):
        yield


@pytest.fixture
def officer(tree):
    return people.officer("bureau_officer", tree.county, "沈县")


@pytest.fixture
def kind(tree, officer):
    return make.kind(tree.county, equals=make.level(tree.county), by=officer)


@pytest.fixture
def teacher(tree):
    return people.teacher("林知微", school=tree.school)


@pytest.fixture
def as_user(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def upload(content=None, name="证书.jpg"):
    return SimpleUploadedFile(name, content or make.picture("red", form="JPEG").read())


def typed(kind, **more):
    given = {"type": kind.pk, "number": "SJ-0001", "issued_on": "2019-06-01", "expires_on": "", "scan": upload()}
    return {**given, **more}


def of(row, name="external"):
    return reverse(f"certs:{name}", args=[row.pk])


# Submitting


def test_a_teacher_submits_her_own_and_sees_it_among_hers(as_user, teacher, kind):
    client = as_user(teacher.user)
    form = client.get(NEW).text
    assert "省级A证 · 省指导中心" in form
    assert 'name="who"' not in form
    row_page = client.post(NEW, typed(kind), follow=True)
    row = ExternalCredential.objects.get()
    assert (row.teacher, row.number, row.state) == (teacher, "SJ-0001", "to_be_verified")
    assert of(row, "scan") in row_page.text
    mine = client.get(MINE).text
    assert "SJ-0001" in mine
    assert "待核验" in mine


def test_a_refusal_is_shown_with_what_was_typed(as_user, teacher, kind):
    make.submitted(teacher, kind, number="SJ-0001")
    page = as_user(teacher.user).post(NEW, typed(kind))
    assert page.status_code == 409
    assert "已经提交过" in page.text
    assert 'value="SJ-0001"' in page.text
    page = as_user(teacher.user).post(NEW, typed(kind, number="另号", scan=upload(b"no picture")))
    assert page.status_code == 422
    assert "不是图片" in page.text
    assert as_user(teacher.user).post(NEW, typed(kind, scan="")).status_code == 422


def test_an_officer_submits_for_a_teacher_of_hers_by_name_or_number(as_user, tree, teacher, kind):
    client = as_user(people.officer("school_officer", tree.school))
    assert 'name="who"' in client.get(NEW).text
    assert client.post(NEW, typed(kind, who="林知微")).status_code == 302
    same = people.teacher("林知微", school=tree.school)
    page = client.post(NEW, typed(kind, number="2", who="林知微"))
    assert (page.status_code, "多位教师同名" in page.text) == (422, True)
    assert client.post(NEW, typed(kind, number="2", who=same.id_number, scan=upload(PDF))).status_code == 302
    assert ExternalCredential.objects.get(number="2").teacher == same
    people.teacher("邻校人", school=tree.other_school)
    for nobody in ("邻校人", "查无此人", ""):
        assert client.post(NEW, typed(kind, who=nobody)).status_code == 422


def test_an_officer_who_is_a_teacher_submits_her_own_when_she_names_nobody(as_user, tree, teacher, kind):
    people.appointment(teacher.user, Appointment.Office.SCHOOL_OFFICER, tree.school)
    assert as_user(teacher.user).post(NEW, typed(kind)).status_code == 302
    assert ExternalCredential.objects.get().teacher == teacher


def test_submit_says_so_where_nothing_is_taken_in_and_is_not_there_for_others(as_user, tree, teacher):
    assert "目前没有受理的外部证书" in as_user(teacher.user).get(NEW).text
    for office in ("exam_officer", "auditor", "signatory"):
        assert as_user(people.officer(office, tree.county)).get(NEW).status_code == 404


# The scan


def test_a_picture_is_shown_and_a_pdf_only_saved(as_user, teacher, kind):
    picture, pdf = make.submitted(teacher, kind), make.submitted(teacher, kind, scan=io.BytesIO(PDF))
    client = as_user(teacher.user)
    shown = client.get(of(picture, "scan"))
    assert (shown["Content-Type"], shown["Cache-Control"]) == ("image/jpeg", "no-store, private")
    assert f'<img class="paper" src="{of(picture, "scan")}"' in client.get(of(picture)).text
    saved = client.get(of(pdf, "scan"))
    assert saved["Content-Type"] == "application/pdf"
    assert saved["Content-Disposition"].startswith("attachment")
    assert saved["X-Content-Type-Options"] == "nosniff"
    assert "<img" not in client.get(of(pdf)).text.split("<main")[1]


def test_a_scan_that_is_lost_is_said_so(as_user, teacher, kind, settings):
    row = make.submitted(teacher, kind)
    (settings.PRIVATE_ROOT / row.scan).unlink()
    client = as_user(teacher.user)
    assert "证书影像已无法读取" in client.get(of(row)).text
    assert client.get(of(row, "scan")).status_code == 404


# Deciding


def test_an_officer_verifies_what_she_sees(as_user, teacher, kind, officer):
    row = make.submitted(teacher, kind)
    client = as_user(officer)
    page = client.get(of(row))
    assert "核验通过" in page.text
    assert (
        client.post(of(row, "decide_external"), {"act": "verify", "seen_digest": page.context["seen_digest"]}).url
        == LIST
    )
    row.refresh_from_db()
    assert row.state == "verified"
    assert "等同于中小学心理健康教育教师B证" in as_user(teacher.user).get(MINE).text


def test_an_officer_turns_it_down_with_a_reason_that_the_teacher_reads(as_user, teacher, kind, officer):
    row = make.submitted(teacher, kind)
    page = as_user(officer).post(of(row, "decide_external"), {"act": "turn_down", "reason": "", "seen_digest": "x"})
    assert (page.status_code, "请写明理由" in page.text) == (409, True)
    answer = {"act": "turn_down", "reason": "编号看不清", "seen_digest": "x"}
    assert as_user(officer).post(of(row, "decide_external"), answer).status_code == 302
    text = as_user(teacher.user).get(of(row)).text
    assert "编号看不清" in text
    assert NEW in text


def test_a_stale_page_is_refused_and_shown_anew(as_user, teacher, kind, officer):
    row = make.submitted(teacher, kind)
    page = as_user(officer).post(of(row, "decide_external"), {"act": "verify", "seen_digest": "x", "reason": "写了"})
    assert page.status_code == 409
    assert "写了" in page.text
    assert page.context["seen_digest"] in page.text


def test_who_submitted_it_sees_why_she_does_not_decide(as_user, teacher, kind, officer):
    row = make.submitted(teacher, kind, by=officer)
    text = as_user(officer).get(of(row)).text
    assert "须由另一人核验" in text
    assert "核验通过" not in text.split("<main")[1]
    page = as_user(officer).post(of(row, "decide_external"), {"act": "verify", "seen_digest": "x"})
    assert (page.status_code, "由您提交" in page.text) == (409, True)


@pytest.mark.parametrize("office", ["exam_officer", "signatory", "marker"])
def test_others_find_nothing(as_user, tree, teacher, kind, office):
    row = make.submitted(teacher, kind)
    strangers = [
        people.officer(office, tree.county),
        people.officer("bureau_officer", tree.neighbour),
        people.officer("school_officer", tree.other_school),
        people.teacher("同校", school=tree.school).user,
    ]
    for user in strangers:
        client = as_user(user)
        for name in ("external", "scan"):
            assert client.get(of(row, name)).status_code == 404
        assert client.post(of(row, "decide_external"), {"act": "verify"}).status_code == 404
    for office_without in (strangers[0], strangers[3]):
        assert as_user(office_without).get(LIST).status_code == 404


def test_lookers_see_and_do_not_decide(as_user, tree, teacher, kind):
    row = make.submitted(teacher, kind)
    for user in (people.officer("auditor", tree.city), people.officer("school_officer", tree.school)):
        client = as_user(user)
        assert "SJ" in client.get(LIST).text
        assert "核验通过" not in client.get(of(row)).text.split("<main")[1]
        assert client.post(of(row, "decide_external"), {"act": "verify", "seen_digest": "x"}).status_code == 404


# The list of work


def test_the_list_shows_what_waits_and_what_was_decided_and_finds_by_name_or_number(
    as_user, tree, teacher, kind, officer
):
    client = as_user(officer)
    assert "没有待核验的证书" in client.get(LIST).text
    waiting_one = make.submitted(teacher, kind, number="WAIT-1")
    make.verified(people.teacher("何远", school=tree.school), kind, officer, number="DONE-1")
    make.submitted(people.teacher("邻", school=tree.other_school), make.kind(tree.province), number="FAR-1")
    assert ("WAIT-1" in client.get(LIST).text, "DONE-1" in client.get(LIST).text) == (True, False)
    assert "DONE-1" in client.get(f"{LIST}?state=verified").text
    assert "FAR-1" not in client.get(LIST).text + client.get(f"{LIST}?q=FAR").text
    for words, found in (("林知", True), ("wait", True), ("没有", False), ("%", False)):
        assert (of(waiting_one) in client.get(LIST, {"q": words}).text) is found


def test_the_list_takes_as_many_queries_with_three_as_with_one(as_user, tree, teacher, kind, officer):
    client = as_user(officer)
    make.submitted(teacher, kind)
    client.get(LIST)
    with CaptureQueriesContext(connection) as one:
        client.get(LIST)
    for _ in range(2):
        make.submitted(people.teacher(school=tree.school), kind)
    with CaptureQueriesContext(connection) as three:
        client.get(LIST)
    assert len(three) == len(one) <= 15


def test_what_waits_stands_on_the_officers_desk_without_her_own(tree, teacher, kind, officer, at):
    def work(user):
        return [each.count for each in waiting.work(user, at) if each.address == LIST]

    make.submitted(teacher, kind)
    make.submitted(teacher, kind, by=officer)
    assert work(officer) == [1]
    assert work(people.officer("bureau_officer", tree.city)) == [2]
    assert work(people.officer("bureau_officer", tree.neighbour)) == work(people.officer("auditor", tree.county)) == []


def test_mine_takes_as_many_queries_with_three_as_with_one(as_user, teacher, kind):
    client = as_user(teacher.user)
    make.submitted(teacher, kind)
    client.get(MINE)
    with CaptureQueriesContext(connection) as one:
        client.get(MINE)
    for _ in range(2):
        make.submitted(teacher, kind)
    with CaptureQueriesContext(connection) as three:
        client.get(MINE)
    assert len(three) == len(one)


# The kinds


def test_kinds_are_named_mapped_and_ended_by_a_bureau_officer(as_user, tree, officer):
    level = make.level(tree.county)
    client = as_user(officer)
    assert "没有认可的外部证书" in client.get(TYPES).text
    given = {"authority": tree.county.pk, "name": "省级A证", "issuer": "省指导中心", "from_on": "2020-01-01"}
    assert client.get(f"{TYPES}new/").status_code == 200
    assert client.post(f"{TYPES}new/", given).url == TYPES
    kind = ExternalType.objects.get()
    assert client.post(of(kind, "map_type"), {"equals": level.pk}).url == of(kind, "type")
    assert client.post(of(kind, "end_type"), {"until_on": "2024-12-31"}).url == of(kind, "type")
    kind.refresh_from_db()
    assert (kind.equals, str(kind.until_on)) == (level, "2024-12-31")
    assert "2024年12月31日" in client.get(of(kind, "type")).text
    assert "省级A证" in client.get(TYPES).text


def test_refusals_about_kinds_are_shown_with_what_was_typed(as_user, tree, kind, officer):
    client = as_user(officer)
    given = {"authority": tree.county.pk, "name": kind.name, "issuer": "某单位", "from_on": "2020-01-01"}
    page = client.post(f"{TYPES}new/", given)
    assert (page.status_code, "已认可" in page.text, 'value="某单位"' in page.text) == (409, True, True)
    assert client.post(of(kind, "map_type"), {"equals": kind.equals_id}).status_code == 409
    assert client.post(of(kind, "map_type"), {"equals": make.level(tree.neighbour).pk}).status_code == 422
    page = client.post(of(kind, "end_type"), {"until_on": "2000-01-01"})
    assert (page.status_code, 'value="2000-01-01"' in page.text) == (409, True)


def test_kinds_above_are_shown_and_not_changed_and_those_beside_are_not_there(as_user, tree, officer):
    above, beside = make.kind(tree.province, name="省证"), make.kind(tree.neighbour, name="邻证")
    client = as_user(officer)
    text = client.get(TYPES).text
    assert ("省证" in text, "邻证" in text, of(above, "type") in text) == (True, False, False)
    for kind in (above, beside):
        assert client.get(of(kind, "type")).status_code == 404
        for name in ("map_type", "end_type"):
            assert client.post(of(kind, name), {"until_on": "2024-12-31"}).status_code == 404


def test_kinds_take_as_many_queries_with_three_as_with_one(as_user, tree, kind, officer):
    client = as_user(officer)
    client.get(TYPES)
    with CaptureQueriesContext(connection) as one:
        client.get(TYPES)
    for name in ("甲证", "乙证"):
        make.kind(tree.county, name=name, by=officer, equals=make.level(tree.county))
    with CaptureQueriesContext(connection) as three:
        client.get(TYPES)
    assert len(three) == len(one)


@pytest.mark.parametrize("office", ["exam_officer", "auditor", "signatory"])
def test_other_offices_change_no_kind(as_user, tree, kind, office):
    client = as_user(people.officer(office, tree.county))
    assert client.get(TYPES).status_code == (404 if office == "signatory" else 200)
    for address in (f"{TYPES}new/", of(kind, "type")):
        assert client.get(address).status_code == 404
