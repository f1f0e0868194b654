"""Two officers decide at once about one teacher's hours: the cap of a kind holds, and no two rule sets overlap."""

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.db import transaction

from lms.people.models import Organisation, Teacher, User
from lms.records import recognising, ruling
from lms.records.models import HourClaim, HourEntry, RuleSet
from tests.factories import people
from tests.factories import records as make
from tests.factories.people import AT

SPANS = ((dt.date(2024, 1, 1), dt.date(2024, 12, 31)), (dt.date(2024, 6, 1), dt.date(2025, 5, 31)))


@pytest.fixture
def county(two_connections, settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path
    county = people.organisation("澜溪县", level=Organisation.Level.COUNTY, code="990608")
    for name in ("one", "two"):
        people.officer("bureau_officer", county, username=name)
    return county


def race(two_connections, statement, first, second):
    """The first has looked, and is held before it writes; the second begins then, and may finish if nothing stops
    it."""
    looked, done = threading.Event(), threading.Event()

    def held():
        with two_connections.held_before(statement, looked, done):
            return first()

    def free():
        looked.wait(5)
        try:
            return second()
        finally:
            done.set()

    return two_connections.run(held, free)


# The cap of one person: 28 hours of papers a year, two papers of 20 hours


@pytest.fixture
def claims(county):
    make.rules(county)
    school = people.organisation("澜溪县实验小学", parent=county)
    teacher = people.teacher("林知微", school=school)
    officer = people.officer("school_officer", school)
    return [make.verified(teacher, officer).pk for _n in range(2)]


def recognise(claim, name):
    """As a request would: everything read afresh on this connection."""
    recognising.recognise(claim=HourClaim.objects.get(pk=claim), by=User.objects.get(username=name), at=AT)


def unlocked(claim, name):
    """The twin: reckons by the same code what is left, and posts it without having held the teacher."""
    found = HourClaim.objects.get(pk=claim)
    earned = recognising.worth(found)
    entry = HourEntry.objects.create(
        teacher=Teacher.objects.get(),
        category=earned.category,
        hours=earned.hours,
        title=found.title,
        source=f"records.hourclaim:{claim}",
        earned_on=found.done_on,
        posted_by=User.objects.get(username=name),
        posted_at=AT,
    )
    HourClaim.objects.filter(pk=claim).update(state=HourClaim.State.RECOGNISED, entry=entry)


def both(two_connections, claims, act):
    first, second = claims
    statement = 'INSERT INTO "records_hourentry"'
    return race(two_connections, statement, lambda: act(first, "one"), lambda: act(second, "two"))


def test_the_cap_holds_when_two_claims_are_recognised_at_once(two_connections, claims):
    assert both(two_connections, claims, recognise) == [None, None]
    assert sorted(HourEntry.objects.values_list("hours", flat=True)) == [Decimal(8), Decimal(20)]


def test_the_cap_is_passed_when_nothing_is_locked(two_connections, claims):
    assert both(two_connections, claims, unlocked) == [None, None]
    assert sum(HourEntry.objects.values_list("hours", flat=True)) == 40


def test_one_claim_is_posted_once_when_two_officers_recognise_it_at_once(two_connections, claims):
    statement = 'INSERT INTO "records_hourentry"'
    first, second = (lambda: recognise(claims[0], "one")), (lambda: recognise(claims[0], "two"))
    results = race(two_connections, statement, first, second)
    assert results[0] is None
    assert isinstance(results[1], recognising.MovedMeanwhile)
    assert HourEntry.objects.count() == 1


# Rule sets of one authority


def lay_down(county, name, span):
    make.rules(
        Organisation.objects.get(pk=county.pk),
        by=User.objects.get(username=name),
        from_on=span[0],
        until_on=span[1],
    )


def lay_down_unlocked(county, name, span):
    """The twin: looks by the same code whether the days are free, and writes without having held the authority."""
    ruling._require_free(county, *span)
    with transaction.atomic():
        RuleSet.objects.create(authority=county, name=name, yearly=90, from_on=span[0], until_on=span[1], set_at=AT)


def two_sets(two_connections, county, act):
    statement = 'INSERT INTO "records_ruleset"'
    return race(two_connections, statement, lambda: act(county, "one", SPANS[0]), lambda: act(county, "two", SPANS[1]))


def test_one_rule_set_stands_when_two_officers_lay_overlapping_ones_down_at_once(two_connections, county):
    results = two_sets(two_connections, county, lay_down)
    assert results[0] is None
    assert isinstance(results[1], ruling.RuleSetsOverlap)
    assert list(RuleSet.objects.values_list("from_on", "until_on")) == [SPANS[0]]


def test_both_rule_sets_stand_when_nothing_is_locked(two_connections, county):
    assert two_sets(two_connections, county, lay_down_unlocked) == [None, None]
    assert RuleSet.objects.count() == 2
