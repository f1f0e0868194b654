"""The holders of a signed list: told once each, by the task or by the sweep, and not before it is signed."""

import datetime as dt

import pytest

from certs import issuing, jobs, taking_in, telling
from certs.models import Batch
from lms.inbox import rendering as inbox
from lms.inbox.models import Message
from lms.people.models import User
from tests.factories import certs, people

LATER = people.AT + dt.timedelta(hours=2)


@pytest.fixture(autouse=True)
def _private(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path


@pytest.fixture
def level(tree):
    return certs.level(tree.county)


@pytest.fixture
def team(tree):
    return certs.staff(tree.county)


@pytest.fixture
def teachers(tree):
    return [people.teacher(name, school=tree.school) for name in ("林知微", "欧阳春晓")]


@pytest.fixture
def batch(level, team, teachers):
    return certs.batch(level, team.proposer, teachers)


def sign(batch, team):
    issuing.issue(
        batch=batch, seen_digest=issuing.view_digest(issuing.batch_view(batch)), by=team.signatory, at=people.AT
    )
    return list(batch.credentials.order_by("place"))


def test_tell_names_each_holder_her_certificate_and_bears_the_moment_of_signing(batch, team, teachers):
    rows = sign(batch, team)
    telling.tell(batch.pk, at=LATER)
    told = list(Message.objects.order_by("pk"))
    assert [(each.recipient, each.facts["number"]) for each in told] == [(r.teacher.user, r.number) for r in rows]
    assert [each.address for each in told] == [f"/certificates/{row.pk}/" for row in rows]
    assert {(each.kind, each.written_at) for each in told} == {("certs.issued", people.AT)}
    batch.refresh_from_db()
    assert batch.told_at == LATER


def test_tell_does_nothing_when_they_have_been_told(batch, team):
    sign(batch, team)
    telling.tell(batch.pk, at=LATER)
    telling.tell(batch.pk, at=LATER + dt.timedelta(hours=1))
    assert Message.objects.count() == 2
    batch.refresh_from_db()
    assert batch.told_at == LATER


def test_tell_does_nothing_when_the_list_is_not_issued(batch, team, at):
    telling.tell(batch.pk, at=LATER)
    issuing.give_back(batch=batch, reason="姓名有误", by=team.signatory, at=at)
    telling.tell(batch.pk, at=LATER)
    telling.tell(987654, at=LATER)
    assert not Message.objects.exclude(kind="certs.list_returned").exists()
    batch.refresh_from_db()
    assert batch.told_at is None


def test_tell_leaves_out_who_has_no_account(level, team, tree):
    certs.issued(level, team, [people.teacher("无账号", school=tree.school, account=False)])
    assert not Message.objects.exists()
    assert not Batch.objects.untold().exists()


def test_tell_says_that_the_paper_stays(level, team, teachers):
    row = certs.taken_in(level, team, teachers[:1])[0]
    told = Message.objects.get(kind="certs.taken_in")
    assert (told.recipient, told.address) == (teachers[0].user, f"/certificates/{row.pk}/")
    assert row.number in inbox.words(told).body
    assert "纸质原件" in inbox.words(told).body


def test_tell_names_all_papers_of_a_person_in_one_message(level, team, teachers, tree, at):
    """However many of hers are taken in by one list."""
    papers = [
        taking_in.Paper(teacher=teacher, number=number, issued_on=dt.date(2018, 7, 1))
        for teacher, number in zip((*teachers, teachers[0]), ("旧证1号", "旧证2号", "旧证3号"), strict=True)
    ]
    batch = taking_in.propose_historical(
        level=level, title="历史证书", basis="test", papers=papers, by=team.proposer, at=at
    )
    sign(batch, team)
    telling.tell(batch.pk, at=LATER)
    told = {each.recipient: each for each in Message.objects.all()}
    assert set(told) == {teacher.user for teacher in teachers}
    words = inbox.words(told[teachers[0].user])
    assert "共2份" in words.subject
    assert "旧证1号、旧证3号" in words.body
    assert told[teachers[0].user].address == "/certificates/"
    assert "旧证2号" in inbox.words(told[teachers[1].user]).body


def test_tell_queues_nothing_for_accounts_that_are_not_activated(batch, team, teachers, at, queue):
    User.objects.filter(pk=teachers[0].user_id).update(activated_at=at)
    sign(batch, team)
    with queue.committing():
        telling.tell(batch.pk, at=LATER)
    queue.drain()
    assert dict(Message.objects.values_list("recipient", "delivery")) == {
        teachers[0].user_id: Message.Delivery.SENT,
        teachers[1].user_id: Message.Delivery.KEPT,
    }


def test_sweep_tells_whom_the_queue_forgot(batch, team):
    sign(batch, team)
    jobs.sweep()
    jobs.sweep()
    assert Message.objects.filter(kind="certs.issued").count() == 2
    assert not Batch.objects.untold().exists()


def test_sweep_tells_the_others_when_one_list_cannot_be_told(level, team, teachers, tree, caplog):
    broken, sound = (certs.batch(level, team.proposer, [teacher]) for teacher in teachers)
    for each in (broken, sound):
        sign(each, team)
    row = broken.credentials.get()
    row.facts = {}
    row.save()
    jobs.sweep()
    assert Batch.objects.untold().get() == broken
    assert f"list {broken.pk}" in caplog.text
    assert Message.objects.get().recipient == teachers[1].user


def test_a_long_list_is_told_in_few_queries(level, team, tree, django_assert_max_num_queries):
    batch = certs.batch(level, team.proposer, [people.teacher(f"教师{n}", school=tree.school) for n in range(40)])
    sign(batch, team)
    with django_assert_max_num_queries(8):
        telling.tell(batch.pk, at=LATER)
    assert Message.objects.count() == 40
