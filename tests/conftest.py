"""What every test may ask for: a moment, a tree of two counties, and four people of it, one of whom sees nothing."""

import json
import os
from queue import Empty
from types import SimpleNamespace

import pytest
from celery import current_app
from django.test import Client
from django.utils import translation
from kombu.exceptions import OperationalError

from lms.people import second_factor
from lms.people.models import Appointment, Organisation
from tests.factories import people

collect_ignore = [] if os.environ.get("QUESTION_SAMPLES") else ["lms/questions/test_foreign_questions.py"]


def pytest_terminal_summary(terminalreporter):
    if collect_ignore:
        terminalreporter.write_line("Question files of other software were not read: QUESTION_SAMPLES names no folder.")


@pytest.fixture(autouse=True)
def site_language():
    """Every test starts in Chinese: a page asked for in English leaves its language behind in the thread."""
    translation.activate("zh-hans")


@pytest.fixture(autouse=True)
def second_factor_passed(monkeypatch):
    """A client that is signed in by force has passed the second factor, whichever office its user holds; with
    `passed=False` it has not, as after a password alone."""
    signing_in = Client.force_login

    def force_login(self, user, backend=None, *, passed=True):
        signing_in(self, user, backend)
        if passed:
            session = self.session
            second_factor.mark_passed(session, user)
            session.save()

    monkeypatch.setattr(Client, "force_login", force_login)


@pytest.fixture
def at():
    """Tuesday 5 March 2024, 10:00 in Shanghai."""
    return people.AT


@pytest.fixture
def tree(db):
    """One province, one city, two counties, a school in each, and a school directly under the city."""
    level = Organisation.Level
    province = people.organisation("云省", level=level.PROVINCE, code="990000")
    city = people.organisation("松平市", level=level.CITY, parent=province, code="990600")
    county = people.organisation("澜溪县", level=level.COUNTY, parent=city, code="990608")
    neighbour = people.organisation("青屏县", level=level.COUNTY, parent=city, code="990609")
    return SimpleNamespace(
        province=province,
        city=city,
        county=county,
        neighbour=neighbour,
        school=people.organisation("澜溪县实验小学", parent=county, code="9906080001"),
        other_school=people.organisation("青屏县第一小学", parent=neighbour, code="9906090001"),
        city_school=people.organisation("松平市第一中学", parent=city, code="9906000001", stages=("junior", "senior")),
    )


@pytest.fixture
def personas(tree):
    """A province officer, a county officer, a teacher of hers, and a teacher of another county who must see nothing
    of them."""
    office = Appointment.Office
    return SimpleNamespace(
        province_officer=people.officer(office.EXAM_OFFICER, tree.province, "周省"),
        county_officer=people.officer(office.BUREAU_OFFICER, tree.county, "沈县"),
        teacher=people.teacher("林知微", school=tree.school),
        stranger=people.teacher("何远", school=tree.other_school),
    )


@pytest.fixture
def queue(settings, django_capture_on_commit_callbacks):
    """Work off the queue as a worker would: `with queue.committing(): act(…)` runs what the act left for after its
    commit; `queue.drain()` then runs every queued task once and says how many. It begins empty, whatever tests before
    left on it."""
    name = current_app.conf.task_default_queue
    with current_app.connection_for_read() as connection, connection.SimpleQueue(name) as messages:
        messages.clear()
    return SimpleNamespace(
        committing=lambda: django_capture_on_commit_callbacks(execute=True),
        drain=drain_queue,
    )


def drain_queue(limit=10_000):
    """Take messages off the real queue and run their tasks here, until it is empty; returns how many ran."""
    done = 0
    name = current_app.conf.task_default_queue
    with current_app.connection_for_read() as connection, connection.SimpleQueue(name) as messages:
        while done < limit:
            try:
                message = messages.get(block=False)
            except (Empty, OperationalError):
                break
            args, kwargs, _ = message.payload if isinstance(message.payload, list) else json.loads(message.body)
            current_app.tasks[message.headers["task"]](*args, **kwargs)
            message.ack()
            done += 1
    return done
