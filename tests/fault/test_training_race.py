"""`training.race`: five hundred teachers are approved at once for fifty seats, by processes that know nothing of each
other, on whichever database the tests run on; and again while the seats go up and down and people withdraw. Somebody
looks on all the time. The twin without the lock gives away seats that there are not."""

import json
import subprocess
import sys
import threading
from collections import Counter
from types import SimpleNamespace

import dj_database_url
import pytest
from django.db import connections
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from lms.journal.models import Line
from lms.lib.crypto import keyed_hash
from lms.people.models import Organisation, Posting, Teacher, User
from lms.training import seating
from lms.training.models import Enrolment, EnrolmentStep, Period, QuotaShare
from tests.factories import people
from tests.factories import training as make
from tests.factories.people import AT
from tests.served import PROJECT, environment

State = Enrolment.State
TEACHERS, SEATS, PROCESSES = 500, 50, 4
GONE, WITHDRAWERS = 60, 2  # how many each of so many processes withdraws
RUSH = """
import django
django.setup()
from tests.fault import crowd
crowd.main({orders}, {pause})
"""


@pytest.fixture
def crowd(two_connections):
    """A county with a cluster of two schools and a school beside it, an officer, and a period to apply for."""
    level = Organisation.Level
    county = people.organisation("澜溪县", level=level.COUNTY, code="990608")
    cluster = people.organisation("城东学区", level=level.CLUSTER, parent=county)
    schools = [people.organisation(f"第{n}小学", parent=parent) for n, parent in enumerate((county, cluster, cluster))]
    return SimpleNamespace(
        schools=schools,
        cluster=cluster,
        officer=people.officer("bureau_officer", county),
        period=make.period(make.programme(county), capacity=SEATS, admission="school"),
    )


def applied(crowd, count):
    """So many teachers, spread over the schools, whose applications wait for approval."""
    numbers = [people.id_number(n) for n in range(count)]
    users = User.objects.bulk_create(User(username=f"c{n}", full_name=f"候选{n}", password="!") for n in range(count))
    teachers = Teacher.objects.bulk_create(
        Teacher(
            full_name=f"候选{n}",
            user=users[n],
            id_number=number,
            id_number_hash=keyed_hash("id_number", number),
            registered_at=AT,
        )
        for n, number in enumerate(numbers)
    )
    schools = [crowd.schools[n % len(crowd.schools)] for n in range(count)]
    Posting.objects.bulk_create(
        Posting(teacher=each, organisation=school, from_on=AT.date() - make.DAY)
        for each, school in zip(teachers, schools, strict=True)
    )
    made = Enrolment.objects.bulk_create(
        Enrolment(period=crowd.period, teacher=each, school=school, state=State.SUBMITTED, applied_at=AT)
        for each, school in zip(teachers, schools, strict=True)
    )
    return [each.pk for each in made]


def database():
    """The address of the database that this test uses, for the processes beside it."""
    used = connections["default"].settings_dict
    if used["ENGINE"].endswith("sqlite3"):
        return f"sqlite:///{used['NAME']}"
    given = dj_database_url.config()
    return f"postgres://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}/{used['NAME']}"


def rush(crowd, folder, *orders, pause=0):
    """A process for each order, all at once; what each answered. Without a lock, if they pause before they write."""
    whole = [(what, crowd.period.pk, crowd.officer.pk, *numbers) for what, *numbers in orders]
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", RUSH.format(orders=whole, pause=pause)],
        cwd=PROJECT,
        env=environment(folder, DJANGO_SETTINGS_MODULE="lms.settings.test", DATABASE_URL=database()),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


class Onlooker(threading.Thread):
    """Reads all the time how many seats are taken and how many there are, of the period and of every share, each in one
    statement; what was ever too many stands in `too_many`."""

    def __init__(self, period):
        super().__init__()
        self.period, self.looks, self.too_many, self._is_over = period, 0, [], threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_raised):
        self._is_over.set()
        self.join()

    def run(self):
        try:
            while not self._is_over.wait(0.01):
                self._look()
                self.looks += 1
        finally:
            connections.close_all()

    def _look(self):
        taking = Q(enrolments__state__in=Enrolment.TAKING)
        counted = Period.objects.filter(pk=self.period.pk).annotate(taken=Count("enrolments", taking))
        capacity, taken = counted.values_list("capacity", "taken").get()
        self._note("period", taken, capacity)
        rows = list(shares_and_taken(self.period))
        for path, seats, taken, _capacity, _total in rows:
            self._note(path, taken, seats)
        for _path, _seats, _taken, capacity, total in rows[:1]:
            # What lies right below the period: a share within another is a part of that one.
            top = [row for row in rows if not any(row[0] != one[0] and row[0].startswith(one[0]) for one in rows)]
            self._note("pool", total - sum(row[2] for row in top), capacity - sum(row[1] for row in top))

    def _note(self, what, taken, seats):
        if taken > seats:
            self.too_many.append((what, taken, seats))


def shares_and_taken(period):
    """Each share's path and seats, and how many of them are taken; the seats of the period, and how many of those."""

    def number(rows):
        return Coalesce(Subquery(rows.order_by().values("period").annotate(n=Count("pk")).values("n")), 0)

    taking = Enrolment.objects.taking().filter(period=OuterRef("period"))
    within = taking.filter(school__path__startswith=OuterRef("organisation__path"))
    rows = QuotaShare.objects.filter(period=period).annotate(taken=number(within), total=number(taking))
    return rows.values_list("organisation__path", "seats", "taken", "period__capacity", "total")


def told(answers):
    """What the processes answered about each enrolment, together."""
    return {int(pk): state for each in answers for pk, state in each.items()}


def test_five_hundred_approved_at_once_have_the_fifty_seats_and_wait_in_order(crowd, tmp_path):
    ids = applied(crowd, TEACHERS)
    with Onlooker(crowd.period) as onlooker:
        answers = rush(crowd, tmp_path, *(("approve", number, PROCESSES) for number in range(PROCESSES)))
    states = told(answers)
    assert Counter(states.values()) == {State.CONFIRMED: SEATS, State.WAITING: TEACHERS - SEATS}
    assert make.states(crowd.period) == [
        (place, State.CONFIRMED if place <= SEATS else State.WAITING) for place in range(1, TEACHERS + 1)
    ]
    assert dict(crowd.period.enrolments.values_list("pk", "state")) == states
    assert sorted(states) == sorted(ids)
    crowd.period.refresh_from_db()
    assert crowd.period.next_place == TEACHERS + 1
    assert EnrolmentStep.objects.count() == Line.objects.filter(act="training.approved").count() == TEACHERS
    assert User.objects.filter(messages__kind="training.confirmed").distinct().count() == SEATS
    assert User.objects.filter(messages__kind="training.waitlisted").distinct().count() == TEACHERS - SEATS
    assert onlooker.looks > 100
    assert onlooker.too_many == []


def test_nobody_is_lost_and_no_share_is_broken_while_seats_change_and_people_go(crowd, tmp_path):
    ids = applied(crowd, TEACHERS)
    orders = [("approve", number, PROCESSES) for number in range(PROCESSES)]
    orders += [("withdraw", GONE, number) for number in range(WITHDRAWERS)]
    orders += [("change", 60, 7, crowd.cluster.pk, crowd.schools[-1].pk)]
    with Onlooker(crowd.period) as onlooker:
        *answers, changes = rush(crowd, tmp_path, *orders)
    assert onlooker.looks > 100
    assert onlooker.too_many == []
    assert changes["done"] > 10

    approved, gone = told(answers[:PROCESSES]), told(answers[PROCESSES:])
    assert sorted(approved) == sorted(ids)
    assert len(gone) == WITHDRAWERS * GONE
    rows = list(crowd.period.enrolments.order_by("place").select_related("school"))
    assert [each.place for each in rows] == list(range(1, TEACHERS + 1))
    for each in rows:
        assert each.state == gone[each.pk] if each.pk in gone else each.state in (State.CONFIRMED, State.WAITING)
    last = dict(EnrolmentStep.objects.order_by("pk").values_list("enrolment", "state"))
    assert last == {each.pk: each.state for each in rows}

    crowd.period.refresh_from_db()
    seats = seating.Seats(crowd.period, AT)
    for school in crowd.schools:
        mine = [each for each in rows if each.school == school]
        waiting = [each.place for each in mine if each.state == State.WAITING]
        seated = [each.place for each in mine if each.state == State.CONFIRMED]
        assert waiting
        assert not seats.is_free(school.path), "somebody waits, and a seat of hers stands empty"
        assert max(seated, default=0) < min(waiting)


def test_seats_that_there_are_not_are_given_away_when_nothing_is_locked(crowd, tmp_path):
    applied(crowd, 60)
    Period.objects.update(capacity=10)
    with Onlooker(crowd.period) as onlooker:
        rush(crowd, tmp_path, *(("approve", number, PROCESSES) for number in range(PROCESSES)), pause=0.05)
    assert crowd.period.enrolments.taking().count() > 10
    assert onlooker.too_many
