"""Two lists with the same old paper are taken in at once: one stands, and the other officer is told the number."""

import datetime as dt
import threading
from contextlib import contextmanager

import pytest
from django.db import connection, models, transaction

from certs import issuing, taking_in
from certs.models import Batch, Credential, Level
from lms.journal.models import Line
from lms.people.models import Organisation, Teacher, User
from tests.factories import certs, people
from tests.factories.people import AT

NUMBER, ANOTHER = "松心证字〔2018〕00012号", "松心证字〔2018〕00013号"


@pytest.fixture
def county(two_connections):
    county = people.organisation("澜溪县", level=Organisation.Level.COUNTY, code="990608")
    school = people.organisation("澜溪县实验小学", parent=county)
    for name in ("one", "two"):
        people.officer("exam_officer", county, username=name)
        people.officer("signatory", county, username=f"{name} signs")
        people.teacher(name, school=school)
    certs.level(county, code="B", rank=2)
    certs.level(county, code="C", rank=1)
    return county


def paper(name, number=NUMBER):
    return taking_in.Paper(teacher=Teacher.objects.get(full_name=name), number=number, issued_on=dt.date(2018, 7, 1))


def level(code="B"):
    return Level.objects.select_related("scheme__authority").get(code=code)


def propose(name, code="B", number=NUMBER):
    """As a request would: everything read afresh on this connection."""
    by = User.objects.get(username=name)
    taking_in.propose_historical(
        level=level(code), title="历史证书", basis=name, papers=[paper(name, number)], by=by, at=AT
    )


def propose_unlocked(name):
    """The twin: looks by the same code whether the number is free, and writes without having held the level."""
    by, one = User.objects.get(username=name), paper(name)
    for _place, refusal in taking_in.objections(level(), [one], AT):
        raise refusal
    with transaction.atomic():
        batch = Batch.objects.create(
            level=level(),
            origin=Batch.Origin.HISTORICAL,
            title="历史证书",
            basis=name,
            issue_on=AT.date(),
            proposed_by=by,
            proposed_at=AT,
        )
        taking_in._proposed(batch, 1, one, "").save()


def sign(name):
    batch = Batch.objects.get(basis=name)
    seen = issuing.view_digest(issuing.batch_view(batch))
    issuing.issue(batch=batch, seen_digest=seen, by=User.objects.get(username=f"{name} signs"), at=AT)


def sign_unlocked(name):
    """The twin: looks by the same code whether the number is free, then writes it; what stops it is the database."""
    rows = issuing._rows(Batch.objects.get(basis=name))
    issuing._number(rows, issuing._numbers_of_paper(rows))


def race(two_connections, statement, act):
    """The first has looked, and is held before it writes; the second begins then, and may finish if nothing stops
    it."""
    looked, done = threading.Event(), threading.Event()

    def held():
        with two_connections.held_before(statement, looked, done):
            return act("one")

    def free():
        looked.wait(5)
        try:
            return act("two")
        finally:
            done.set()

    return two_connections.run(held, free)


def propose_both_past_each_other():
    """Two lists of two levels that were proposed in the same moment: neither saw the other's number."""
    propose("one", "B")
    propose("two", "C", ANOTHER)
    row = Credential.objects.get(batch__basis="two")
    row.facts, row.basis = {**row.facts, "number": NUMBER}, taking_in.basis_of(NUMBER)
    row.save()


@contextmanager
def numbers_may_repeat():
    """While this lasts, the database lets a number be given twice."""
    unique, free = Credential._meta.get_field("number"), models.CharField(max_length=40, null=True)
    free.set_attributes_from_name("number")
    free.model = Credential
    with connection.schema_editor() as editor:
        editor.alter_field(Credential, unique, free)
    try:
        yield
    finally:
        Credential.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.alter_field(Credential, free, unique)


def test_one_list_waits_when_two_officers_propose_the_same_paper_at_once(two_connections, county):
    results = race(two_connections, 'INSERT INTO "certs_batch"', propose)
    assert results[0] is None
    assert isinstance(results[1], taking_in.NumberInUse)
    assert NUMBER in str(results[1])
    assert Batch.objects.get().basis == "one"


def test_both_lists_wait_when_nothing_is_locked(two_connections, county):
    assert race(two_connections, 'INSERT INTO "certs_batch"', propose_unlocked) == [None, None]
    assert Credential.objects.filter(facts__number=NUMBER).count() == 2


def test_one_list_is_issued_when_two_with_the_same_paper_are_signed_at_once(two_connections, county):
    propose_both_past_each_other()
    results = race(two_connections, "UPDATE certs_credential", sign)
    assert sorted(type(each) for each in results if each is not None) == [issuing.NumberTaken]
    assert NUMBER in next(str(each) for each in results if each is not None)
    assert Credential.objects.issued().get().number == NUMBER
    assert sorted(Batch.objects.values_list("state", flat=True)) == ["issued", "proposed"]
    assert Line.objects.filter(act="certs.list_issued").count() == 1


def test_both_papers_stand_when_the_database_does_not_refuse(two_connections, county):
    propose_both_past_each_other()
    with numbers_may_repeat():
        assert race(two_connections, "UPDATE certs_credential", sign_unlocked) == [None, None]
        assert Credential.objects.issued().filter(number=NUMBER).count() == 2
