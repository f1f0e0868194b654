"""Two officers set overlapping rules at once: one rule stands, and the other officer is told which."""

import datetime as dt
import threading

import pytest
from django.db import transaction

from certs import requiring
from certs.models import DutyRule, Level
from lms.people.models import Organisation, User
from tests.factories import certs, people
from tests.factories.people import AT

POST = "homeroom_teacher"
SPANS = ((dt.date(2024, 1, 1), dt.date(2024, 12, 31)), (dt.date(2024, 6, 1), dt.date(2025, 5, 31)))


@pytest.fixture
def county(two_connections):
    county = people.organisation("澜溪县", level=Organisation.Level.COUNTY, code="990608")
    for name in ("one", "two"):
        people.officer("bureau_officer", county, username=name)
    certs.level(county)
    return county


def set_rule(county, name, span):
    """As a request would: everything read afresh on this connection."""
    requiring.set_rule(
        authority=Organisation.objects.get(pk=county.pk),
        post=POST,
        level=Level.objects.select_related("scheme__authority").get(),
        from_on=span[0],
        until_on=span[1],
        by=User.objects.get(username=name),
        at=AT,
    )


def unlocked(county, name, span):
    """The twin: looks by the same code whether the days are free, and writes without having held the authority."""
    level = Level.objects.select_related("scheme__authority").get()
    by = User.objects.get(username=name)
    rule = DutyRule(authority=county, post=POST, level=level, from_on=span[0], until_on=span[1], set_by=by, set_at=AT)
    requiring._require_free(rule)
    with transaction.atomic():
        rule.save()


def race(two_connections, county, act):
    """The first has looked, and is held before it writes; the second begins then, and may finish if nothing stops
    it."""
    looked, done = threading.Event(), threading.Event()

    def held():
        with two_connections.held_before('INSERT INTO "certs_dutyrule"', looked, done):
            return act(county, "one", SPANS[0])

    def free():
        looked.wait(5)
        try:
            return act(county, "two", SPANS[1])
        finally:
            done.set()

    return two_connections.run(held, free)


def test_one_rule_stands_when_two_officers_set_overlapping_ones_at_once(two_connections, county):
    results = race(two_connections, county, set_rule)
    assert results[0] is None
    assert isinstance(results[1], requiring.RulesOverlap)
    assert list(DutyRule.objects.values_list("from_on", "until_on")) == [SPANS[0]]


def test_both_rules_stand_when_nothing_is_locked(two_connections, county):
    assert race(two_connections, county, unlocked) == [None, None]
    assert DutyRule.objects.count() == 2
