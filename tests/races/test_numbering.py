"""Certificates issued at the same moment: one effect for one list, and no number twice or left out."""

import threading

import pytest
from django.db import transaction

from certs import issuing, numbering, numbers, telling
from certs.models import Batch, Credential, Level, NumberSeries
from lms.inbox import writing as inbox
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people.models import User
from tests.factories import certs, people
from tests.factories.people import AT

THREADS, TIMES, AT_ONCE = 6, 8, 3


@pytest.fixture
def world(two_connections):
    county = people.organisation("澜溪县", level=30, code="990608")
    school = people.organisation("澜溪县实验小学", parent=county)
    team, level = certs.staff(county), certs.level(county)

    def batch(*names):
        return certs.batch(level, team.proposer, [people.teacher(name, school=school) for name in names])

    return two_connections, team, level, batch


def sign(batch_id, user_id, seen):
    """As a request would: everything read afresh on this connection."""
    issuing.issue(batch=Batch.objects.get(pk=batch_id), seen_digest=seen, by=User.objects.get(pk=user_id), at=AT)


def seen(batch):
    return issuing.view_digest(issuing.batch_view(batch))


def serials():
    return sorted(numbers.serial_of(number) for number in Credential.objects.issued().values_list("number", flat=True))


def one_held_while_the_other_goes(connections, statement, held, free):
    reached, done = threading.Event(), threading.Event()

    def first():
        with connections.held_before(statement, reached, done):
            return held()

    def second():
        reached.wait(5)
        try:
            return free()
        finally:
            done.set()

    return connections.run(first, second)


def test_a_list_signed_by_two_at_once_is_issued_once(world):
    connections, team, _level, make = world
    batch = make("甲", "乙", "丙")
    digest = seen(batch)
    results = one_held_while_the_other_goes(
        connections,
        "UPDATE",
        lambda: sign(batch.pk, team.signatory.pk, digest),
        lambda: sign(batch.pk, team.other_signatory.pk, digest),
    )
    assert results[0] is None
    assert isinstance(results[1], issuing.ListDecided)
    assert serials() == [1, 2, 3]
    assert NumberSeries.objects.get().last == 3
    assert Line.objects.filter(act="certs.list_issued").count() == 1


def test_the_holders_are_told_once_when_the_task_and_the_sweep_tell_them_at_once(world):
    connections, team, _level, make = world
    batch = make("甲", "乙", "丙")
    sign(batch.pk, team.signatory.pk, seen(batch))
    results = one_held_while_the_other_goes(
        connections,
        'INSERT INTO "inbox_message"',
        lambda: telling.tell(batch.pk, at=AT),
        lambda: telling.tell(batch.pk, at=AT),
    )
    assert results == [None, None]
    assert Message.objects.filter(kind="certs.issued").count() == 3


def test_the_holders_are_told_twice_when_nothing_is_locked(world):
    """The twin: looks whether they have been told, and tells them without having held the list."""
    connections, team, _level, make = world
    batch = make("甲", "乙", "丙")
    sign(batch.pk, team.signatory.pk, seen(batch))

    def unlocked():
        untold = Batch.objects.untold().filter(pk=batch.pk)
        if untold.exists():
            inbox.send_all(kind="certs.issued", to=User.objects.filter(teacher__credentials__batch=batch), at=AT)
            untold.update(told_at=AT)

    results = one_held_while_the_other_goes(connections, 'INSERT INTO "inbox_message"', unlocked, unlocked)
    assert results == [None, None]
    assert Message.objects.filter(kind="certs.issued").count() == 6


def test_two_lists_issued_at_once_share_no_number_and_leave_none_out(world):
    connections, team, _level, make = world
    one, other = make("甲", "乙", "丙"), make("丁", "戊")
    digests = seen(one), seen(other)
    results = one_held_while_the_other_goes(
        connections,
        "UPDATE",
        lambda: sign(one.pk, team.signatory.pk, digests[0]),
        lambda: sign(other.pk, team.other_signatory.pk, digests[1]),
    )
    assert results == [None, None]
    assert serials() == [1, 2, 3, 4, 5]
    for batch in (one, other):
        own = [numbers.serial_of(n) for n in batch.credentials.order_by("place").values_list("number", flat=True)]
        assert own == list(range(own[0], own[0] + len(own)))


def test_the_first_numbers_of_a_year_are_taken_by_many_at_once_without_gap(world):
    """Nobody has made the series yet, some transactions fail, and still every number is given exactly once."""
    connections, _team, level, _make = world
    start = threading.Barrier(THREADS)

    def taker(place):
        def act():
            mine, level_here = [], Level.objects.get(pk=level.pk)
            start.wait(10)
            for turn in range(TIMES):
                try:
                    with transaction.atomic():
                        taken = numbering.take(level=level_here, year=2024, count=AT_ONCE)
                        if (place + turn) % 5 == 0:
                            raise ZeroDivisionError
                except ZeroDivisionError:
                    continue
                mine += taken
            return mine

        return act

    results = connections.run(*(taker(place) for place in range(THREADS)))
    given = sorted(numbers.serial_of(number) for mine in results for number in mine)
    assert len(given) > THREADS * TIMES * AT_ONCE / 2
    assert given == list(range(1, len(given) + 1))
    assert NumberSeries.objects.get().last == len(given)


def test_the_next_number_is_given_twice_when_nothing_is_locked(world):
    """The twin: the highest number plus one, read and written without a lock."""
    connections, _team, level, _make = world
    NumberSeries.objects.create(level=level, year=2024, last=7)

    def unlocked():
        series = NumberSeries.objects.get(level=level.pk, year=2024)
        series.last += 1
        series.save(update_fields=["last"])
        return series.last

    assert one_held_while_the_other_goes(connections, "UPDATE", unlocked, unlocked) == [8, 8]
