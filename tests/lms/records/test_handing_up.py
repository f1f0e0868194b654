"""Recognised hours handed up: each claim once, kept word for word, and taken back afterwards as negative hours."""

import io
from decimal import Decimal

import openpyxl
import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from lms.journal.models import Line
from lms.people.access import NotYourOffice
from lms.records import handing_up, recognising, statistics
from lms.records.models import HourClaim, HourExport, HourExportLine
from tests.factories import people
from tests.factories import records as make
from tests.factories.people import AT

EXPORTS = "/records/claims/exports/"


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


def hand_up(tree, by, **more):
    return handing_up.hand_up(**({"unit": tree.county, "receiver": "省继续教育系统", "by": by, "at": AT} | more))


def rows(content):
    page = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return [[cell for cell in row if cell is not None] for row in page.iter_rows(values_only=True)]


def test_hand_up_takes_what_is_recognised_once_and_keeps_it(tree, teacher, school, bureau):
    claim = make.recognised(teacher, school, bureau, title="课堂倾听")
    waiting = make.verified(teacher, school)
    made = hand_up(tree, bureau)
    line = made.lines.get()
    claim.refresh_from_db()
    assert (line.claim, line.is_reversal, claim.state) == (claim, False, "exported")
    assert claim.steps.order_by("-pk").first().state == "exported"
    assert HourClaim.objects.get(pk=waiting.pk).state == "school_verified"
    assert (line.facts["name"], line.facts["hours"], line.facts["school"]) == ("林知微", "20", "澜溪县实验小学")
    assert teacher.id_number not in str(line.facts)
    assert Line.objects.get(act="records.hours_handed_up").facts["count"] == 1
    with pytest.raises(handing_up.NothingToHandUp):
        hand_up(tree, bureau)
    assert HourExport.objects.count() == 1


def test_take_gives_the_same_workbook_after_the_teacher_was_renamed(tree, teacher, school, bureau):
    make.recognised(teacher, school, bureau, title="课堂倾听")
    made = hand_up(tree, bureau)
    before = rows(handing_up.take(export=made, by=bureau, at=AT))
    type(teacher).objects.filter(pk=teacher.pk).update(full_name="林改名")
    assert rows(handing_up.take(export=made, by=bureau, at=AT)) == before
    assert before[-1][0] == "林知微"
    assert (before[-1][4], before[-1][-2:]) == ("课堂倾听", ["专业科目", 20])
    assert Line.objects.filter(act="records.export_taken").count() == 2


def test_what_was_taken_back_after_it_was_handed_up_goes_up_once_as_negative_hours(tree, teacher, school, bureau):
    claim = make.recognised(teacher, school, bureau)
    never = make.recognised(teacher, school, bureau, kind="award")
    recognising.take_back(claim=never, reason="错", by=bureau, at=AT)
    hand_up(tree, bureau)
    assert recognising.may(HourClaim.objects.get(pk=claim.pk), bureau, AT) == ["take_back"]
    recognising.take_back(claim=claim, reason="非本人", by=bureau, at=AT)
    second = hand_up(tree, bureau)
    line = second.lines.get()
    assert (line.claim, line.is_reversal, line.facts["hours"]) == (claim, True, "-20")
    claim.refresh_from_db()
    assert claim.state == "reversed"
    with pytest.raises(handing_up.NothingToHandUp):
        hand_up(tree, bureau)


def test_hours_that_were_handed_up_still_count(tree, teacher, school, bureau):
    claim = make.recognised(teacher, school, bureau, kind="outside_training", hours=Decimal(16))
    before = statistics.completed(tree.county, claim.begun_on, claim.done_on)
    paper = make.recognised(teacher, school, bureau, hours=Decimal(20))
    hand_up(tree, bureau)
    assert statistics.completed(tree.county, claim.begun_on, claim.done_on) == before != []
    # The cap of papers is 28 a year: 8 are left beside the 20 handed up.
    other = make.verified(teacher, school, hours=Decimal(20))
    assert (recognising.worth(other).used, recognising.worth(other).hours) == (paper.entry.hours, 8)


def test_hand_up_is_refused_without_the_office_and_without_a_receiver(tree, teacher, school, bureau):
    make.recognised(teacher, school, bureau)
    for by in (
        school,
        teacher.user,
        people.officer("bureau_officer", tree.neighbour),
        people.officer("auditor", tree.county),
    ):
        with pytest.raises(NotYourOffice):
            hand_up(tree, by)
    with pytest.raises(handing_up.ReceiverUnnamed):
        hand_up(tree, bureau, receiver="  ")
    assert not HourExport.objects.exists()
    made = hand_up(tree, bureau)
    with pytest.raises(NotYourOffice):
        handing_up.take(export=made, by=school, at=AT)


def test_the_database_keeps_no_claim_handed_up_twice(tree, teacher, school, bureau):
    claim = make.recognised(teacher, school, bureau)
    made = hand_up(tree, bureau)
    with pytest.raises(IntegrityError), transaction.atomic():
        HourExportLine.objects.create(export=made, claim=claim, facts={})
    with pytest.raises(IntegrityError), transaction.atomic():
        HourClaim.objects.filter(pk=claim.pk).update(entry=None)


def test_a_city_hands_up_what_its_counties_recognised_but_not_what_they_handed_up(tree, teacher, school, bureau):
    first = make.recognised(teacher, school, bureau)
    hand_up(tree, bureau)
    second = make.recognised(teacher, school, bureau, kind="award")
    city = people.officer("bureau_officer", tree.city)
    made = hand_up(tree, city, unit=tree.city)
    assert [each.claim for each in made.lines.all()] == [second] != [first]


def test_hand_up_asks_as_often_for_three_claims_as_for_one(tree, school, bureau):
    counts = []
    for many in (1, 3):
        for number in range(many):
            make.recognised(people.teacher(f"教师{many}{number}", school=tree.school), school, bureau)
        with CaptureQueriesContext(connection) as asked:
            assert hand_up(tree, bureau).lines.count() == many
        counts.append(len(asked))
    assert counts[0] == counts[1]


# Pages


def test_a_bureau_hands_up_and_saves_the_workbook(client, tree, teacher, school, bureau):
    claim = make.recognised(teacher, school, bureau)
    client.force_login(bureau)
    page = client.get(EXPORTS)
    assert ("1项" in page.text, "尚未报送" in page.text) == (True, True)
    refused = client.post(EXPORTS, {"unit": tree.county.pk, "receiver": ""})
    assert (refused.status_code, HourExport.objects.count()) == (422, 0)
    assert client.post(EXPORTS, {"unit": tree.county.pk, "receiver": "省系统"}).url == EXPORTS
    page = client.get(EXPORTS)
    assert ("0项" in page.text, "省系统" in page.text) == (True, True)
    again = client.post(EXPORTS, {"unit": tree.county.pk, "receiver": "省系统二"})
    assert (again.status_code, "没有待报送的学时" in again.text, "省系统二" in again.text) == (409, True, True)
    taken = client.post(f"{EXPORTS}{HourExport.objects.get().pk}/")
    assert rows(b"".join(taken.streaming_content))[-1][0] == "林知微"
    assert "已报送" in client.get(f"/records/claims/{claim.pk}/").text
    assert claim.title in client.get("/records/claims/queue/?state=exported").text


def test_to_others_what_was_handed_up_is_not_there(client, tree, teacher, school, bureau):
    make.recognised(teacher, school, bureau)
    made = hand_up(tree, bureau)
    for user in (teacher.user, school, people.officer("auditor", tree.county)):
        client.force_login(user)
        assert client.get(EXPORTS).status_code == 404
    for user in (teacher.user, school, people.officer("bureau_officer", tree.neighbour)):
        client.force_login(user)
        assert client.post(f"{EXPORTS}{made.pk}/").status_code == 404
    assert made.receiver not in client.get(EXPORTS).text
