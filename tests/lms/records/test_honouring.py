"""Honours: entered by the teacher or her school, confirmed by another person of the bureau, and on record then."""

import datetime as dt
import io

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from lms.desks import record as records
from lms.desks import record_copies
from lms.desks.record_row import HONOUR
from lms.inbox import rendering
from lms.journal.models import Line
from lms.lib import scans
from lms.people import merging
from lms.people.access import NotYourOffice
from lms.records import honouring
from lms.records.models import Honour
from tests.factories import people
from tests.factories import records as make
from tests.factories.people import AT

LIST = "/records/honours/"
MINE = "/records/honours/mine/"


@pytest.fixture(autouse=True)
def _now(at, settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path
    with time_machine.travel(at, tick=False):
        yield


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


def told(user):
    words = rendering.words(user.messages.order_by("-pk").first())
    return words.subject, words.body


def honours_of(teacher):
    return [each for each in records.record(teacher, AT, own=True).rows if each.kind == HONOUR]


def test_an_honour_is_on_record_once_the_bureau_has_confirmed_it(teacher, bureau):
    found = make.entered(teacher, teacher.user, title=" 县  教学能手 ", scan=make.scan())
    assert (found.title, found.state, found.given_on, found.precision) == (
        "县 教学能手",
        "submitted",
        dt.date(2013, 9, 30),
        "month",
    )
    assert honours_of(teacher) == []
    honouring.confirm(honour=found, by=bureau, at=AT)
    found.refresh_from_db()
    assert (found.state, found.decided_by, found.decided_at) == ("confirmed", bureau, AT)
    (row,) = honours_of(teacher)
    assert (row.when, row.title, row.lines) == ("2013年9月", "县 教学能手", ("澜溪县教育局", "县级"))
    assert row.facts["given_on"] == "2013-09"
    assert told(teacher.user)[0] == "荣誉已确认：县 教学能手"
    acts = Line.objects.filter(act__startswith="records.honour").order_by("pk").values_list("act", "actor")
    assert list(acts) == [("records.honour_entered", teacher.user.pk), ("records.honour_confirmed", bureau.pk)]


def test_a_confirmed_honour_stands_on_paper_and_in_the_file(teacher, school, bureau):
    make.honoured(teacher, school, bureau, given_on="2019")
    shown = records.record(teacher, AT, own=True)
    (year,) = [each for each in record_copies.paper(shown)["by_year"] if each["year"] == 2019]
    assert [(each["when"], each["kind"], each["title"]) for each in year["rows"]] == [("2019年", "荣誉", "县教学能手")]
    assert '"what": "honour"' in record_copies.file(shown).decode()


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"title": " "}, honouring.HonourUnnamed),
        ({"giver": ""}, honouring.HonourUnnamed),
        ({"level": "abroad"}, honouring.LevelUnknown),
        ({"given_on": "去年"}, honouring.DayUnreadable),
        ({"given_on": "2024-04"}, honouring.DayAhead),
        ({"scan": io.BytesIO(b"<html>")}, scans.NotAScan),
    ],
)
def test_enter_is_refused_when_it_makes_no_sense(teacher, more, refusal, tmp_path):
    with pytest.raises(refusal):
        make.entered(teacher, teacher.user, **more)
    assert not Honour.objects.exists()
    assert not [each for each in tmp_path.rglob("*") if each.is_file()]


def test_this_year_is_no_day_ahead_and_stands_no_later_than_today(teacher):
    assert make.entered(teacher, teacher.user, given_on="2024").given_on == AT.date()


def test_enter_is_refused_for_others(tree, teacher):
    for by in (
        people.teacher("同校", school=tree.school).user,
        people.officer("school_officer", tree.other_school),
        people.officer("auditor", tree.county),
    ):
        with pytest.raises(NotYourOffice):
            make.entered(teacher, by)
    assert not Honour.objects.exists()


def test_enter_is_refused_again_on_a_later_day_of_the_year_or_month_that_is_all_one_knows(teacher):
    make.entered(teacher, teacher.user, given_on=str(AT.year))
    later = AT + dt.timedelta(days=1)
    with pytest.raises(honouring.HonourEntered):
        make.entered(teacher, teacher.user, given_on=str(AT.year), at=later)
    assert make.entered(teacher, teacher.user, given_on=f"{AT:%Y-%m}", at=later).precision == "month"


def test_enter_is_refused_twice_also_under_a_record_that_was_merged_and_free_once_turned_down(
    tree, teacher, school, bureau, tmp_path
):
    lesser = people.teacher("林知微", school=tree.school)
    first = make.entered(lesser, school)
    merging.merge(lesser=lesser, greater=teacher, reason="同一人", by=bureau, at=AT)
    with pytest.raises(honouring.HonourEntered, match="县教学能手"):
        make.entered(teacher, school, given_on="2013-09", scan=make.scan())
    assert not [each for each in tmp_path.rglob("*") if each.is_file()]
    make.entered(teacher, school, given_on="2014")
    honouring.turn_down(honour=first, decision="无证书", by=bureau, at=AT)
    assert make.entered(teacher, school).state == "submitted"


def test_turn_down_and_strike_need_a_reason_that_the_teacher_is_told(teacher, school, bureau):
    found = make.entered(teacher, school)
    with pytest.raises(honouring.HonourUnexplained):
        honouring.turn_down(honour=found, decision=" ", by=bureau, at=AT)
    honouring.turn_down(honour=found, decision="无证书", by=bureau, at=AT)
    assert "无证书" in told(teacher.user)[1]
    other = make.honoured(teacher, school, bureau)
    with pytest.raises(honouring.HonourUnexplained):
        honouring.strike(honour=other, decision="", by=bureau, at=AT)
    honouring.strike(honour=other, decision="录错", by=bureau, at=AT)
    assert "录错" in told(teacher.user)[1]
    assert sorted(Honour.objects.values_list("state", "decision")) == [("rejected", "无证书"), ("struck", "录错")]
    assert honours_of(teacher) == []


def test_deciding_is_refused_to_whoever_entered_it_to_the_school_to_herself_and_twice(tree, teacher, school, bureau):
    own = make.entered(teacher, bureau)
    for refusal, act, by in (
        (honouring.EnteredByYourself, honouring.confirm, bureau),
        (NotYourOffice, honouring.confirm, school),
        (NotYourOffice, honouring.confirm, people.officer("bureau_officer", tree.neighbour)),
    ):
        with pytest.raises(refusal):
            act(honour=own, by=by, at=AT)
    with pytest.raises(honouring.HonourDecided):
        honouring.strike(honour=own, decision="错", by=bureau, at=AT)
    second = people.officer("bureau_officer", tree.county, "何局")
    honouring.confirm(honour=own, by=second, at=AT)
    with pytest.raises(honouring.HonourDecided):
        honouring.turn_down(honour=own, decision="错", by=second, at=AT)
    people.appointment(teacher.user, "bureau_officer", tree.county)
    assert honouring.may(own, teacher.user, AT) == []
    with pytest.raises(honouring.OwnHonour):
        honouring.strike(honour=own, decision="错", by=teacher.user, at=AT)
    assert Honour.objects.get().state == "confirmed"


def test_confirm_is_refused_when_the_scan_is_lost(teacher, school, bureau):
    found = make.entered(teacher, school, scan=make.scan())
    scans.forget(found.file)
    with pytest.raises(honouring.HonourScanLost):
        honouring.confirm(honour=found, by=bureau, at=AT)
    assert Honour.objects.get().state == "submitted"


def test_the_database_keeps_no_double_and_none_that_nobody_else_confirmed(teacher, school):
    found = make.entered(teacher, school)
    for wrong in ({"state": "confirmed"}, {"state": "confirmed", "decided_by": school}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Honour.objects.filter(pk=found.pk).update(**wrong)
    found.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        found.save(force_insert=True)


# Pages


def test_a_teacher_enters_an_honour_and_the_bureau_confirms_it(as_user, teacher, bureau):
    address = f"/records/people/{teacher.pk}/honours/new/"
    client = as_user(teacher.user)
    assert address in client.get(MINE).text
    typed = {"title": "优秀班主任", "giver": "县教育局", "level": "county", "given_on": "前年"}
    refused = client.post(address, typed)
    assert (refused.status_code, "优秀班主任" in refused.text, Honour.objects.count()) == (409, True, 0)
    assert client.post(address, typed | {"title": ""}).status_code == 422
    made = client.post(address, typed | {"given_on": "2022", "scan": make.scan()})
    found = Honour.objects.get()
    assert made.url == f"{LIST}{found.pk}/"
    assert "待确认" in client.get(MINE).text
    page = client.get(made.url)
    assert ("2022年" in page.text, "确认荣誉" in page.text) == (True, False)
    assert client.get(f"{made.url}paper/")["Content-Type"] == "image/jpeg"
    assert client.get(LIST).status_code == 404

    client = as_user(bureau)
    assert "优秀班主任" in client.get(LIST).text
    assert "待确认的荣誉" in client.get("/home/").text
    refused = client.post(f"{made.url}decide/", {"act": "reject", "decision": ""})
    assert (refused.status_code, str(honouring.HonourUnexplained.sentence) in refused.text) == (409, True)
    assert client.post(f"{made.url}decide/", {"act": "unknown"}).status_code == 409
    assert client.post(f"{made.url}decide/", {"act": "confirm"}).url == made.url
    assert "优秀班主任" in client.get(f"/record/{teacher.pk}/?kind=honour").text
    assert client.post(f"{made.url}decide/", {"act": "strike", "decision": "录错"}).url == made.url
    assert "优秀班主任" not in client.get(f"/record/{teacher.pk}/").text


def test_to_a_stranger_an_honour_is_not_there(as_user, tree, teacher, school, bureau):
    found = make.honoured(teacher, school, bureau, scan=make.scan())
    for user in (people.teacher("何远", school=tree.school).user, people.officer("bureau_officer", tree.neighbour)):
        client = as_user(user)
        for address in (f"{LIST}{found.pk}/", f"{LIST}{found.pk}/paper/", f"/records/people/{teacher.pk}/honours/new/"):
            assert client.get(address).status_code == 404
        assert client.post(f"{LIST}{found.pk}/decide/", {"act": "strike", "decision": "x"}).status_code == 404
    assert as_user(school).post(f"{LIST}{found.pk}/decide/", {"act": "strike", "decision": "x"}).status_code == 404


def test_lists_of_honours_ask_as_often_for_three_as_for_one(as_user, tree, teacher, bureau):
    counts = []
    for number in range(3):
        make.entered(teacher, teacher.user, title=f"荣誉{number}")
        for user, address in ((bureau, LIST), (teacher.user, MINE)):
            client = as_user(user)
            client.get(address)
            with CaptureQueriesContext(connection) as asked:
                assert f"荣誉{number}" in client.get(address).text
            counts.append(len(asked))
    assert counts[:2] == counts[-2:]
