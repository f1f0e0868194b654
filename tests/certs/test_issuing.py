"""From a proposed list to numbered certificates: what is frozen, who may, and every refusal."""

import datetime as dt
import json

import pytest
from django.db import IntegrityError, transaction

from certs import issuing, numbers
from certs.models import Batch, Credential, NumberSeries
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from lms.people.models import Appointment, Posting, User
from tests.factories import certs, people

NAMES = ["林知微", "欧阳春晓", "䶮㛃"]


@pytest.fixture
def level(tree):
    return certs.level(tree.county)


@pytest.fixture
def team(tree):
    return certs.staff(tree.county)


@pytest.fixture
def teachers(tree):
    return [people.teacher(name, school=tree.school) for name in NAMES]


@pytest.fixture
def batch(level, team, teachers):
    return certs.batch(level, team.proposer, teachers, basis="exam:7")


def seen(batch):
    return issuing.view_digest(issuing.batch_view(batch))


# Proposing


def test_propose_freezes_what_will_be_printed(batch, tree, team, teachers):
    rows = list(batch.credentials.order_by("place"))
    assert [row.facts["holder"] for row in rows] == NAMES
    assert rows[0].facts == {
        "holder": "林知微",
        "school": "澜溪县实验小学",
        "scheme": "中小学心理健康教育教师证书",
        "level": "中小学心理健康教育教师B证",
        "authority": "澜溪县",
        "issued_on": "2024-03-05",
        "expires_on": "",
        "exam": "2023年度心理健康教育教师上岗资格考试",
        "modules": "",
        "programme": "",
        "hours": "",
    }
    assert {(row.state, row.number, row.token, row.issued_on) for row in rows} == {("proposed", None, None, None)}
    line = Line.objects.get(act="certs.list_proposed")
    assert (line.actor, line.facts["count"]) == (team.proposer, 3)
    assert not any(each.id_number in json.dumps([row.facts for row in rows]) for each in teachers)


def test_propose_keeps_the_facts_when_people_change_later(batch, tree, team, teachers):
    teachers[0].full_name = "林改名"
    teachers[0].save()
    Posting.objects.filter(teacher=teachers[0]).update(organisation=tree.other_school)
    issuing.issue(batch=batch, seen_digest=seen(batch), by=team.signatory, at=people.AT)
    facts = batch.credentials.get(place=1).facts
    assert (facts["holder"], facts["school"]) == ("林知微", "澜溪县实验小学")


def test_propose_prints_no_invisible_characters(level, team, tree):
    batch = certs.batch(level, team.proposer, [people.teacher("林\u202e 知\u200b微 ", school=tree.school)])
    assert batch.credentials.get().facts["holder"] == "林 知微"


def test_propose_takes_the_school_that_the_source_names(level, team, teachers):
    batch = certs.batch(level, team.proposer, teachers[:1], school="报名时的学校")
    assert batch.credentials.get().facts["school"] == "报名时的学校"


def test_propose_fails_when_a_source_hands_down_facts_that_no_certificate_prints(level, team, teachers, at):
    with pytest.raises(ValueError, match="id_number"):
        certs.batch(level, team.proposer, teachers, id_number=teachers[0].id_number)
    assert not Batch.objects.exists()


@pytest.mark.parametrize("office", [o for o in Appointment.Office if o != Appointment.Office.EXAM_OFFICER])
def test_propose_is_refused_when_the_office_is_another(office, level, teachers, tree):
    with pytest.raises(NotYourOffice):
        certs.batch(level, people.officer(office, tree.county), teachers)


def test_propose_is_refused_when_the_officer_is_a_neighbour_or_below(level, teachers, tree):
    for unit in (tree.neighbour, tree.school):
        with pytest.raises(NotYourOffice):
            certs.batch(level, people.officer(Appointment.Office.EXAM_OFFICER, unit), teachers)


def test_propose_is_refused_when_the_basis_has_a_list_already(batch, level, team, teachers, tree):
    with pytest.raises(issuing.AlreadyProposed):
        certs.batch(level, team.proposer, [people.teacher("新人", school=tree.school)], basis="exam:7")
    with pytest.raises(issuing.AlreadyCertified):
        certs.batch(level, team.proposer, teachers, basis="exam:7")
    assert Credential.objects.count() == 3


def test_propose_is_refused_when_a_teacher_holds_the_level_on_this_basis(level, team, teachers):
    certs.issued(level, team, teachers[:1], basis="exam:7")
    awards = certs.awards(teachers, basis="exam:7")
    with pytest.raises(issuing.AlreadyCertified, match="林知微"):
        issuing.propose(
            level=level,
            title="补发",
            basis="exam:7 again",
            awards=awards,
            issue_on=dt.date(2024, 3, 5),
            by=team.proposer,
            at=people.AT,
        )


def test_propose_is_refused_when_a_teacher_is_on_the_list_twice(level, team, teachers):
    with pytest.raises(issuing.TwiceOnTheList, match="林知微"):
        certs.batch(level, team.proposer, [teachers[0], teachers[1], teachers[0]])


def test_propose_is_refused_when_nobody_is_on_the_list(level, team):
    with pytest.raises(issuing.NobodyToCertify):
        certs.batch(level, team.proposer, [])


def test_propose_is_refused_when_the_certificates_would_be_dated_back(level, team, teachers):
    with pytest.raises(issuing.DatedInThePast, match="2024-03-05"):
        certs.batch(level, team.proposer, teachers, issue_on=dt.date(2024, 3, 4))


def test_the_database_itself_lets_nobody_hold_a_level_twice_on_a_basis(batch, level, teachers):
    with pytest.raises(IntegrityError), transaction.atomic():
        Credential.objects.create(batch=batch, level=level, teacher=teachers[0], basis="exam:7")


def test_the_database_itself_lets_no_basis_have_two_lists(batch, level, team):
    with pytest.raises(IntegrityError), transaction.atomic():
        Batch.objects.create(
            level=level,
            title="二",
            basis="exam:7",
            issue_on=batch.issue_on,
            proposed_by=team.proposer,
            proposed_at=people.AT,
        )


# Signing


def test_issue_numbers_the_list_in_its_order(batch, team, teachers, at):
    issuing.issue(batch=batch, seen_digest=seen(batch), by=team.signatory, at=at)
    rows = list(batch.credentials.order_by("place"))
    assert [numbers.serial_of(row.number) for row in rows] == [1, 2, 3]
    assert [row.teacher for row in rows] == teachers
    assert {row.state for row in rows} == {"issued"}
    assert {row.issued_on for row in rows} == {dt.date(2024, 3, 5)}
    assert len({row.token for row in rows}) == 3
    assert min(len(row.token) for row in rows) >= 27
    batch.refresh_from_db()
    assert (batch.state, batch.decided_by, batch.decided_at) == ("issued", team.signatory, at)
    assert batch.signed_digest == seen(batch)
    line = Line.objects.get(act="certs.list_issued")
    assert (line.facts["first"], line.facts["last"]) == (rows[0].number, rows[2].number)


def test_issue_leaves_the_telling_and_the_drawing_to_the_queue(batch, team, at, queue, settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path
    with queue.committing():
        issuing.issue(batch=batch, seen_digest=seen(batch), by=team.signatory, at=at)
    assert not list(tmp_path.rglob("*.pdf"))
    assert not Message.objects.exists()
    queue.drain()
    assert Message.objects.filter(kind="certs.issued").count() == 3
    assert len(list(tmp_path.rglob("*.pdf"))) == 3
    assert not Credential.objects.not_drawn().exists()


def test_issue_certifies_a_teacher_without_an_account(level, team, tree):
    rows = certs.issued(level, team, [people.teacher("无账号", school=tree.school, account=False)])
    assert rows[0].state == "issued"


@pytest.mark.parametrize(
    ("months", "last"),
    [(None, None), (36, dt.date(2027, 3, 5)), (1, dt.date(2024, 4, 5)), (12, dt.date(2025, 3, 5))],
)
def test_issue_dates_the_end_from_the_levels_validity(months, last, tree, team, teachers):
    level = certs.level(tree.county, code="V", rank=5, validity_months=months)
    row = certs.issued(level, team, teachers[:1])[0]
    assert row.expires_on == last
    assert row.facts["expires_on"] == (last.isoformat() if last else "")


@pytest.mark.parametrize(
    ("day", "months", "last"),
    [
        (dt.date(2024, 1, 31), 1, dt.date(2024, 2, 29)),
        (dt.date(2023, 8, 31), 18, dt.date(2025, 2, 28)),
        (dt.date(2024, 2, 29), 12, dt.date(2025, 2, 28)),
        (dt.date(2024, 12, 15), 1, dt.date(2025, 1, 15)),
        (dt.date(2024, 6, 30), 6, dt.date(2024, 12, 30)),
    ],
)
def test_last_day_is_the_same_day_of_the_month_or_its_last(day, months, last):
    assert issuing.last_day(day, months) == last


def test_issue_is_refused_when_the_office_is_not_a_signatorys_here(batch, team, tree):
    for by in (team.other_officer, team.auditor, people.officer(Appointment.Office.SIGNATORY, tree.neighbour)):
        with pytest.raises(NotYourOffice):
            issuing.issue(batch=batch, seen_digest=seen(batch), by=by, at=people.AT)
    assert not NumberSeries.objects.exists()


def test_issue_and_give_back_are_refused_when_it_is_ones_own_list(batch, team, tree):
    people.appointment(team.proposer, Appointment.Office.SIGNATORY, tree.county)
    herself = User.objects.get(pk=team.proposer.pk)
    with pytest.raises(issuing.OwnList):
        issuing.issue(batch=batch, seen_digest=seen(batch), by=herself, at=people.AT)
    with pytest.raises(issuing.OwnList):
        issuing.give_back(batch=batch, reason="错", by=herself, at=people.AT)


def test_the_database_itself_lets_nobody_sign_her_own_list(batch, team):
    with pytest.raises(IntegrityError), transaction.atomic():
        Batch.objects.filter(pk=batch.pk).update(decided_by=team.proposer)


def test_issue_is_refused_when_the_list_is_not_the_one_that_was_seen(batch, team, teachers):
    before = seen(batch)
    teachers[1].full_name = "欧阳晓春"
    teachers[1].save()
    with pytest.raises(issuing.ChangedSince):
        issuing.issue(batch=batch, seen_digest=before, by=team.signatory, at=people.AT)
    issuing.issue(batch=batch, seen_digest=seen(batch), by=team.signatory, at=people.AT)


def test_issue_is_refused_when_a_fact_was_altered_behind_our_back(batch, team):
    before = seen(batch)
    row = batch.credentials.get(place=2)
    row.facts["level"] = "A证"
    row.save()
    with pytest.raises(issuing.ChangedSince):
        issuing.issue(batch=batch, seen_digest=before, by=team.signatory, at=people.AT)


def test_issue_and_give_back_are_refused_when_the_list_is_decided(batch, team):
    issuing.issue(batch=batch, seen_digest=seen(batch), by=team.signatory, at=people.AT)
    with pytest.raises(issuing.ListDecided):
        issuing.issue(batch=batch, seen_digest=seen(batch), by=team.other_signatory, at=people.AT)
    with pytest.raises(issuing.ListDecided):
        issuing.give_back(batch=batch, reason="晚了", by=team.other_signatory, at=people.AT)
    assert NumberSeries.objects.get().last == 3
    assert Line.objects.filter(act="certs.list_issued").count() == 1


def test_issue_is_refused_when_the_day_of_issue_is_still_to_come(level, team, teachers, at):
    batch = certs.batch(level, team.proposer, teachers, issue_on=dt.date(2024, 3, 6))
    with pytest.raises(issuing.NotYetTheDay, match="2024-03-06"):
        issuing.issue(batch=batch, seen_digest=seen(batch), by=team.signatory, at=at)
    issuing.issue(batch=batch, seen_digest=seen(batch), by=team.signatory, at=at + dt.timedelta(days=1))


def test_issue_fills_a_list_that_is_longer_than_one_statement(level, team, tree, monkeypatch):
    """Every row gets its own number, token and days, whichever statement it falls into."""
    monkeypatch.setattr(issuing, "_BATCH", 2)
    rows = certs.issued(level, team, [people.teacher(f"教师{n}", school=tree.school) for n in range(5)])
    assert [numbers.serial_of(row.number) for row in rows] == [1, 2, 3, 4, 5]
    assert len({row.token for row in rows}) == 5
    assert {(row.state, row.issued_on, row.expires_on) for row in rows} == {("issued", dt.date(2024, 3, 5), None)}


def test_numbers_go_on_from_list_to_list(level, team, teachers):
    first = certs.issued(level, team, teachers[:2])
    second = certs.issued(level, team, teachers[2:])
    assert [numbers.serial_of(row.number) for row in first + second] == [1, 2, 3]


# Returning


def test_give_back_tells_the_proposer_and_lets_the_list_be_proposed_again(batch, level, team, teachers):
    issuing.give_back(batch=batch, reason=" 第二人姓名有误 ", by=team.signatory, at=people.AT)
    batch.refresh_from_db()
    assert (batch.state, batch.reason, batch.decided_by) == ("returned", "第二人姓名有误", team.signatory)
    assert {row.state for row in batch.credentials.all()} == {"returned"}
    told = Message.objects.get(kind="certs.list_returned")
    assert (told.recipient, told.facts["reason"]) == (team.proposer, "第二人姓名有误")
    again = certs.batch(level, team.proposer, teachers, basis="exam:7")
    issuing.issue(batch=again, seen_digest=seen(again), by=team.signatory, at=people.AT)
    assert Credential.objects.issued().count() == 3


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_give_back_is_refused_when_there_is_no_reason(reason, batch, team):
    with pytest.raises(issuing.ReasonMissing):
        issuing.give_back(batch=batch, reason=reason, by=team.signatory, at=people.AT)


def test_give_back_is_refused_when_the_office_is_not_a_signatorys_here(batch, team):
    with pytest.raises(NotYourOffice):
        issuing.give_back(batch=batch, reason="错", by=team.other_officer, at=people.AT)
