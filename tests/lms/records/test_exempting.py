"""Exemptions from hours: proposed with a paper, granted by another person, and what they change."""

import datetime as dt
import io

import pypdf
import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from lms.inbox import rendering
from lms.journal.models import Line
from lms.lib import scans
from lms.people import merging
from lms.people.access import NotYourOffice
from lms.records import exempting, queries, statement
from lms.records.models import Exemption
from tests.factories import people
from tests.factories import records as make
from tests.factories.people import AT

LIST = "/records/exemptions/"
DAY = AT.date()


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


def told(user):
    words = rendering.words(user.messages.order_by("-pk").first())
    return words.subject, words.body


def test_propose_changes_nothing_until_another_person_grants_it(teacher, school, bureau):
    found = make.proposed(teacher, school, scan=make.scan())
    assert (found.state, found.decided_by, queries.ledger(teacher, DAY).judged.required) == ("proposed", None, 90)
    assert scans.read(found.file, found.digest).ending == ".jpg"
    exempting.grant(exemption=found, by=bureau, at=AT)
    found.refresh_from_db()
    assert (found.state, found.decided_by, found.decided_at) == ("granted", bureau, AT)
    # 2024 has 366 days, 152 are exempted: 90 × 214 ÷ 366 = 52.6.
    ledger = queries.ledger(teacher, DAY)
    assert (ledger.judged.required, ledger.exemptions) == (52, [found])
    assert [each.required for each in ledger.sums] == [17, 24, 10]
    assert told(teacher.user)[0] == "学时免修已核准"
    acts = Line.objects.filter(act__startswith="records.exemption").order_by("pk")
    assert [(each.act, each.actor) for each in acts] == [
        ("records.exemption_proposed", school),
        ("records.exemption_granted", bureau),
    ]


def test_an_exemption_of_a_merged_record_counts_for_the_person(tree, teacher, school, bureau, at):
    lesser = people.teacher("林知微", school=tree.school)
    make.exempted(lesser, school, bureau)
    merging.merge(lesser=lesser, greater=teacher, reason="同一人", by=bureau, at=at)
    assert queries.ledger(teacher, DAY).judged.required == 52
    (person,) = queries.people(type(teacher).objects.filter(pk=teacher.pk), DAY)
    assert person.judged.required == 52


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"ground": "tired"}, exempting.GroundUnknown),
        ({"from_on": dt.date(2024, 6, 1)}, exempting.SpanReversed),
        ({"until_on": dt.date(2031, 1, 1)}, exempting.SpanTooLong),
        ({"reason": "  "}, exempting.ExemptionUnexplained),
        ({"scan": io.BytesIO(b"<html>")}, scans.NotAScan),
    ],
)
def test_propose_is_refused_when_it_makes_no_sense(teacher, school, more, refusal, tmp_path):
    with pytest.raises(refusal):
        make.proposed(teacher, school, **more)
    assert not Exemption.objects.exists()
    assert not [each for each in tmp_path.rglob("*") if each.is_file()]


def test_propose_is_refused_to_strangers(tree, teacher):
    for by in (
        teacher.user,
        people.officer("school_officer", tree.other_school),
        people.officer("bureau_officer", tree.neighbour),
        people.officer("auditor", tree.county),
    ):
        with pytest.raises(NotYourOffice):
            make.proposed(teacher, by)
    assert not Exemption.objects.exists()


def test_nobody_proposes_or_decides_about_her_own_exemption(tree, teacher, school):
    people.appointment(teacher.user, "school_officer", tree.school)
    people.appointment(teacher.user, "bureau_officer", tree.county)
    with pytest.raises(exempting.OwnExemption):
        make.proposed(teacher, teacher.user)
    found = make.proposed(teacher, school)
    with pytest.raises(exempting.OwnExemption):
        exempting.grant(exemption=found, by=teacher.user, at=AT)
    assert exempting.may(found, teacher.user, AT) == []
    assert Exemption.objects.get().state == "proposed"


def test_propose_is_refused_and_keeps_no_file_when_the_days_overlap(teacher, school, bureau, tmp_path):
    first = make.proposed(teacher, school)
    with pytest.raises(exempting.ExemptionsOverlap, match="产假"):
        make.proposed(teacher, school, from_on=dt.date(2024, 5, 31), until_on=dt.date(2024, 8, 31), scan=make.scan())
    assert not [each for each in tmp_path.rglob("*") if each.is_file()]
    exempting.turn_down(exemption=first, decision="缺少材料", by=bureau, at=AT)
    assert make.proposed(teacher, school).state == "proposed"


def test_turn_down_tells_whoever_proposed_it_and_changes_nothing(teacher, school, bureau):
    found = make.proposed(teacher, school)
    with pytest.raises(exempting.DecisionUnexplained):
        exempting.turn_down(exemption=found, decision=" ", by=bureau, at=AT)
    exempting.turn_down(exemption=found, decision="缺少材料", by=bureau, at=AT)
    found.refresh_from_db()
    assert (found.state, found.decision) == ("rejected", "缺少材料")
    assert queries.ledger(teacher, DAY).judged.required == 90
    assert "缺少材料" in told(school)[1]
    assert not teacher.user.messages.exists()


def test_withdraw_lets_the_hours_be_demanded_again(teacher, school, bureau):
    found = make.exempted(teacher, school, bureau)
    with pytest.raises(exempting.DecisionUnexplained):
        exempting.withdraw(exemption=found, decision="", by=bureau, at=AT)
    exempting.withdraw(exemption=found, decision="提前返岗", by=bureau, at=AT)
    ledger = queries.ledger(teacher, DAY)
    assert (ledger.judged.required, ledger.exemptions) == (90, [])
    assert "提前返岗" in told(teacher.user)[1]
    with pytest.raises(exempting.DecidedMeanwhile):
        exempting.withdraw(exemption=found, decision="再撤", by=bureau, at=AT)


def test_grant_is_refused_to_whoever_proposed_it_to_the_school_and_twice(tree, teacher, school, bureau):
    own = make.proposed(teacher, bureau)
    with pytest.raises(exempting.ProposedByYourself):
        exempting.grant(exemption=own, by=bureau, at=AT)
    with pytest.raises(exempting.ProposedByYourself):
        exempting.turn_down(exemption=own, decision="不", by=bureau, at=AT)
    with pytest.raises(NotYourOffice):
        exempting.grant(exemption=own, by=school, at=AT)
    with pytest.raises(exempting.DecidedMeanwhile):
        exempting.withdraw(exemption=own, decision="不", by=bureau, at=AT)
    second = people.officer("bureau_officer", tree.county, "何局")
    exempting.grant(exemption=own, by=second, at=AT)
    with pytest.raises(exempting.DecidedMeanwhile):
        exempting.grant(exemption=own, by=second, at=AT)
    assert Exemption.objects.get().decided_by == second


def test_grant_is_refused_when_the_paper_is_lost(teacher, school, bureau):
    found = make.proposed(teacher, school, scan=make.scan())
    scans.forget(found.file)
    with pytest.raises(exempting.PaperLost):
        exempting.grant(exemption=found, by=bureau, at=AT)
    assert Exemption.objects.get().state == "proposed"


def test_the_database_keeps_no_exemption_that_its_proposer_granted(teacher, school):
    found = make.proposed(teacher, school)
    for wrong in ({"state": "granted"}, {"state": "granted", "decided_by": school}, {"until_on": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Exemption.objects.filter(pk=found.pk).update(**wrong)


# Pages


def test_a_school_proposes_and_the_bureau_grants(as_user, teacher, school, bureau):
    address = f"/records/people/{teacher.pk}/exempt/"
    client = as_user(school)
    assert address in client.get(f"/records/people/{teacher.pk}/").text
    typed = {"ground": "sick_leave", "from_on": "2024-01-01", "until_on": "2023-12-31", "reason": "病假批复"}
    refused = client.post(address, typed)
    assert (refused.status_code, "病假批复" in refused.text, Exemption.objects.count()) == (409, True, 0)
    assert client.post(address, typed | {"reason": ""}).status_code == 422
    made = client.post(address, typed | {"until_on": "2024-12-31", "scan": make.scan()})
    found = Exemption.objects.get()
    assert made.url == f"{LIST}{found.pk}/"
    page = client.get(made.url)
    assert ("待核准" in page.text, "核准免修" in page.text) == (True, False)
    assert client.get(f"{made.url}paper/")["Content-Type"] == "image/jpeg"
    assert client.post(f"{made.url}decide/", {"act": "grant"}).status_code == 404

    client = as_user(bureau)
    assert "林知微" in client.get(LIST).text
    assert "待核准的学时免修" in client.get("/home/").text
    refused = client.post(f"{made.url}decide/", {"act": "reject", "decision": ""})
    assert (refused.status_code, "请写明理由" in refused.text) == (409, True)
    assert client.post(f"{made.url}decide/", {"act": "unknown"}).status_code == 409
    assert client.post(f"{made.url}decide/", {"act": "grant"}).url == made.url
    assert "撤回免修" in client.get(made.url).text
    assert "林知微" not in client.get(LIST).text
    assert "林知微" in client.get(f"{LIST}?state=granted").text

    own = as_user(teacher.user)
    text = own.get("/records/").text
    assert ("病假" in text, "沈县" in text, made.url in text) == (True, True, True)
    assert own.get(made.url).status_code == 200
    assert own.get(LIST).status_code == 404
    assert own.get(address).status_code == 404


def test_the_bureau_turns_down_and_withdraws_on_the_page(as_user, tree, teacher, school, bureau):
    client = as_user(bureau)
    one, other = make.proposed(teacher, school), make.exempted(people.teacher("乙", school=tree.school), school, bureau)
    client.post(f"{LIST}{one.pk}/decide/", {"act": "reject", "decision": "缺材料"})
    client.post(f"{LIST}{other.pk}/decide/", {"act": "withdraw", "decision": "返岗"})
    assert set(Exemption.objects.values_list("state", "decision")) == {("rejected", "缺材料"), ("withdrawn", "返岗")}


def test_to_a_stranger_an_exemption_is_not_there(as_user, tree, teacher, school, bureau):
    found = make.exempted(teacher, school, bureau, scan=make.scan())
    for user in (people.teacher("何远", school=tree.school).user, people.officer("bureau_officer", tree.neighbour)):
        client = as_user(user)
        assert client.get(f"{LIST}{found.pk}/").status_code == 404
        assert client.get(f"{LIST}{found.pk}/paper/").status_code == 404
        assert client.post(f"{LIST}{found.pk}/decide/", {"act": "withdraw", "decision": "x"}).status_code == 404
        assert client.get(f"/records/people/{teacher.pk}/exempt/").status_code == 404


def test_who_keeps_her_record_without_looking_after_her_is_not_told_the_ground(as_user, tree, teacher, school, bureau):
    found = make.exempted(teacher, school, bureau)
    client = as_user(people.officer("exam_officer", tree.county))
    text = client.get(f"/records/people/{teacher.pk}/").text
    assert ("2024年5月31日" in text, "产假" in text) == (True, False)
    assert client.get(f"{LIST}{found.pk}/").status_code == 404
    assert client.get(LIST).status_code == 404
    assert "产假" in as_user(school).get(f"/records/people/{teacher.pk}/").text


def test_a_list_of_exemptions_asks_as_often_for_three_as_for_one(as_user, tree, school, bureau):
    client = as_user(bureau)
    counts = []
    for number in range(3):
        make.proposed(people.teacher(f"教师{number}", school=tree.school), school)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(LIST).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[2]


def test_the_statement_says_what_was_exempted_and_by_whom(teacher, school, bureau):
    make.exempted(teacher, school, bureau)
    content = statement.pdf(teacher, queries.ledger(teacher, DAY), DAY)
    text = "".join("".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    assert "免修：2024年1月1日至2024年5月31日（沈县核准）" in text
    assert "产假" not in text  # whoever reads the paper need not know of her leave
