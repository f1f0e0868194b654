"""The part of the figure audits.coverage that runs in a process of its own: two districts, and their pages."""

import json
import statistics
import sys
import time

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import reverse  # noqa: E402

from lms.people import second_factor  # noqa: E402
from tests.factories import district  # noqa: E402

ROUNDS = 5
SCHOOLS, TEACHERS = 40, 3300


def page(schools: int, teachers: int, clusters: int) -> dict[str, float]:
    """Queries and median milliseconds of the coverage page of a district of so many schools, for its officer."""
    with transaction.atomic():
        made = district.large(schools=schools, teachers=teachers, clusters=clusters)
        officer = district.officer(made)
    client = Client(SERVER_NAME="localhost")
    client.force_login(officer)
    session = client.session
    second_factor.mark_passed(session, officer)
    session.save()
    address = reverse("audits:coverage", args=[made.county.pk])
    if client.get(address).status_code != 200:
        raise SystemExit("the page of coverage did not open")
    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    return {"queries": len(asked), "milliseconds": round(statistics.median(_timed(client, address)))}


def _timed(client: Client, address: str) -> list[float]:
    found = []
    for _round in range(ROUNDS):
        begun = time.perf_counter()
        client.get(address)
        found.append(1000 * (time.perf_counter() - begun))
    return found


if __name__ == "__main__":
    settings.DEBUG = False
    found = {"small": page(1, 80, 1), "large": page(SCHOOLS, TEACHERS, 5)}
    sys.stdout.write(json.dumps(found))
