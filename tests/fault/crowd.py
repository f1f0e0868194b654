"""Processes that rush at the seats of a period, each with a connection of its own, begun at the same moment. Imported
once Django is set up, in a process of which they are forks."""

import json
import multiprocessing
import random
import sys
import time
import traceback
from contextlib import suppress

from django.db import transaction
from django.db.models import F, QuerySet

from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people.models import Organisation, User
from lms.training import deciding, enrolling, planning, seating, sharing
from lms.training.models import Enrolment, Period
from tests.factories.people import AT

BREATH, PATIENCE = 0.05, 240  # seconds between two changes of the officer's, and for everything
_fork = multiprocessing.get_context("fork")
_all_ready = None


def approve(period, by, number, count):
    """Approve every so-many-th of the applications, one after another: what became of each."""
    related = ("period__programme__organisation", "school", "teacher__user", "teacher__merged_into")
    rows = Enrolment.objects.select_related(*related)
    ids = list(Enrolment.objects.filter(period=period).order_by("pk").values_list("pk", flat=True))
    states = {}
    for pk in ids[number::count]:
        states[pk] = deciding.approve(enrolment=rows.get(pk=pk), by=User.objects.get(pk=by), at=AT).state
    return states


def withdraw(period, by, how_many, seed):
    """Give up so many of those who have a seat or wait, at random, as soon as there are some: what became of each."""
    chance, officer = random.Random(seed), User.objects.get(pk=by)
    rows = Enrolment.objects.filter(period=period, state__in=(Enrolment.State.CONFIRMED, Enrolment.State.WAITING))
    states = {}
    while len(states) < how_many:
        ids = list(rows.values_list("pk", flat=True))
        with suppress(IndexError, enrolling.NotEnrolled):  # nobody yet, or another process was first
            found = Enrolment.objects.get(pk=chance.choice(ids))
            gone = enrolling.withdraw(enrolment=found, reason="有事", by=officer, at=AT)
            states[gone.pk] = gone.state
        time.sleep(BREATH / 5)
    return states


def change(period, by, rounds, seed, cluster, school):
    """Change the seats, or for whom they are kept, so many times: how often it was done, and how often refused."""
    chance, officer = random.Random(seed), User.objects.get(pk=by)
    cluster, school = Organisation.objects.get(pk=cluster), Organisation.objects.get(pk=school)
    answers = {"done": 0, "refused": 0}
    for _round in range(rounds):
        found, kept = Period.objects.get(pk=period), chance.randint(2, 25)
        plan = chance.choice([{}, {cluster: kept}, {school: kept}, {cluster: kept + 5, school: kept}])
        try:
            if chance.random() < 0.6:
                planning.change_seats(period=found, capacity=chance.randint(25, 90), by=officer, at=AT)
            else:
                sharing.share(period=found, seats=plan, until_on=None, by=officer, at=AT)
            answers["done"] += 1
        except Refusal:
            answers["refused"] += 1
        time.sleep(BREATH)
    return answers


def unlock(pause):
    """The twin: the same act, without a transaction around it and without a row that is held. It takes a moment to
    write what it decided, so that it is not for the machine to say whether two meet; numbers are still given once
    each, for otherwise a constraint would hold up what the lock no longer does."""
    move_all = seating.move_all

    def slowly(moves, **how):
        time.sleep(pause)
        return move_all(moves, **how)

    def next_places(period, count):
        with transaction.atomic():
            rows = Period.objects.filter(pk=period.pk)
            rows.update(next_place=F("next_place") + count)
            after = rows.values_list("next_place", flat=True).get()
        return range(after - count, after)

    deciding.approve = deciding.approve.__wrapped__
    seating.move_all, seating.next_places = slowly, next_places
    QuerySet.select_for_update = lambda rows, **_how: rows
    for name in ("write", "write_all"):  # which insist on a transaction
        setattr(journal, name, lambda *_what, **_how: None)


def _obey(what, *numbers):
    try:
        _all_ready.wait(PATIENCE)
        return {"approve": approve, "withdraw": withdraw, "change": change}[what](*numbers)
    except Exception as error:  # a refusal does not pass from a process to another as it is
        raise RuntimeError(traceback.format_exc()) from error


def main(orders, pause):
    """A fork for each order, (what, number, …); writes a line with what each answered."""
    global _all_ready  # the forks inherit it
    if pause:
        unlock(pause)
    _all_ready = _fork.Barrier(len(orders))
    with _fork.Pool(len(orders)) as pool:
        answers = pool.starmap_async(_obey, orders, chunksize=1).get(PATIENCE)
    sys.stdout.write(json.dumps(answers) + "\n")
