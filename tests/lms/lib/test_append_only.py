"""Tables whose rows are only added: the database refuses to change or to delete one, whoever asks."""

import pytest
from django.db import IntegrityError, connection, transaction

from lms.lib import append_only
from lms.people import merging
from lms.records import ledger
from lms.records.models import HourEntry
from tests.factories import people, training

TABLE = "records_hourentry"


@pytest.fixture
def entry(tree):
    append_only.forbid(TABLE)  # as the migration lays it; the tests' tables are made without migrations
    return training.hours(people.teacher("林知微", school=tree.school))


def attempts(entry):
    rows = HourEntry.objects.filter(pk=entry.pk)
    yield lambda: rows.update(hours=1)
    yield lambda: rows.delete()
    yield lambda: rows._raw_delete(connection.alias)
    yield entry.save


def test_a_row_is_neither_changed_nor_deleted_by_anybody(entry):
    for attempt in attempts(entry):
        with pytest.raises(IntegrityError, match="only added"), transaction.atomic():
            attempt()
    assert HourEntry.objects.get().hours == 12


def test_rows_are_still_added_reversed_and_kept_through_a_merger(entry, tree, at):
    officer = people.officer("bureau_officer", tree.county)
    ledger.reverse(entry=entry, reason="录错", by=officer, at=at)
    double = people.teacher("林知薇", school=tree.school)
    training.hours(double, "5")
    merging.merge(lesser=double, greater=entry.teacher, reason="同一人", by=officer, at=at)
    assert sorted(each.hours for each in HourEntry.objects.all()) == [-12, 5, 12]


def test_an_installation_that_forgets_everything_lifts_it_for_that_long(entry):
    with append_only.lifted(TABLE):
        HourEntry.objects.all().delete()
    made = training.hours(entry.teacher)
    with pytest.raises(IntegrityError), transaction.atomic():
        HourEntry.objects.filter(pk=made.pk).delete()


def test_it_is_allowed_again_and_forbidden_twice_without_harm(entry):
    append_only.forbid(TABLE)
    append_only.allow(TABLE)
    append_only.allow(TABLE)
    assert HourEntry.objects.update(hours=3) == 1
