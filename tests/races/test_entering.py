"""Two clerks save the scores of one script from paper at the same moment: one is the first, the other the second."""

from functools import partial

import pytest
from django.db import IntegrityError

from exams import entering
from exams.models import PaperTurn, StageEntry
from lms.people.models import Organisation, User
from tests.factories import on_paper as make
from tests.factories import people
from tests.factories.people import AT
from tests.races.conftest import unlocked

SAVES = 'INSERT INTO "exams_paperturn"'


@pytest.fixture
def entry(two_connections):
    """A script on paper and two clerks."""
    city = people.organisation("松平市", level=Organisation.Level.CITY, code="990600")
    for name in ("first", "second"):
        people.officer("clerk", city, f"登分{name}", username=name)
    return make.script(make.exam(city)).pk


def enter(entry, username):
    found = StageEntry.objects.get(pk=entry)
    by = User.objects.get(username=username)
    return entering.enter(found, make.points(make.FULL), by=by, at=AT).turn


def race(two_connections, entry):
    return two_connections.race(partial(enter, entry, "first"), partial(enter, entry, "second"), before=SAVES)


def test_of_two_who_save_at_once_one_is_first_and_the_other_second(two_connections, entry):
    assert race(two_connections, entry) == ["first", "second"]
    assert PaperTurn.objects.values_list("turn", "entered_by__username").order_by("turn").distinct().count() == 2


def test_without_the_lock_the_database_refuses_one_of_them(two_connections, entry, monkeypatch):
    with unlocked(monkeypatch, (entering, "enter")):
        results = race(two_connections, entry)
    assert [type(each) for each in results].count(IntegrityError) == 1
    assert PaperTurn.objects.count() == 1
