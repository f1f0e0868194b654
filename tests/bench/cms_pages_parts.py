"""The parts of the figures cms.lesson, cms.programme and cms.video, each run in a process of its own."""

import json
import os
import resource
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

from cms.models import CourseFile  # noqa: E402
from lms.lib import clock  # noqa: E402
from lms.people import second_factor  # noqa: E402
from lms.people.models import Organisation, User  # noqa: E402
from tests.factories import courses, people  # noqa: E402

ROUNDS = 9
MEGABYTE = 1024 * 1024


def pages(few: int, many: int) -> dict[str, object]:
    """Queries and median milliseconds of a lesson's page and of the programme's page, for one who learns there, in
    programmes of so many lessons; asked in turn."""
    addresses: dict[str, dict[int, str]] = {"lesson": {}, "programme": {}}
    now = clock.now()
    city = people.organisation("松平市", level=Organisation.Level.CITY)
    county = people.organisation("澜溪县", level=Organisation.Level.COUNTY, parent=city)
    teacher = people.teacher("林知微", school=people.organisation("澜溪县实验小学", parent=county))
    for count, unit in ((few, city), (many, county)):
        with transaction.atomic():
            w = courses.world(unit, lessons=count, at=now)
            courses.enrolled(teacher, w.period, at=now)
        addresses["lesson"][count] = reverse("cms:lesson", args=[w.lesson.pk])
        addresses["programme"][count] = reverse("cms:programme", args=[w.page.pk])
    client = _client(teacher.user)
    return {name: _compared(client, of_size) for name, of_size in addresses.items()}


def _compared(client: Client, addresses: dict[int, str]) -> dict[str, dict[str, float]]:
    queries, times = {}, {count: [] for count in addresses}
    for count, address in addresses.items():
        if client.get(address).status_code != 200:
            raise SystemExit(f"{address} did not open")
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        queries[count] = len(asked)
    for _round in range(ROUNDS):
        for count, address in addresses.items():
            begun = time.perf_counter()
            client.get(address)
            times[count].append(1000 * (time.perf_counter() - begun))
    return {
        str(count): {"queries": queries[count], "milliseconds": statistics.median(times[count])} for count in addresses
    }


def video(size: int) -> dict[str, float]:
    """How much memory it takes to send a video of so many megabytes: whole, and in ranges as a player asks for it."""
    unit = people.organisation("教师发展中心", level=Organisation.Level.COUNTY)
    room = courses.institution(unit)
    trainer = people.officer("trainer", unit, "温以宁")
    folder = settings.PRIVATE_ROOT / "course" / "files"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "long.mp4").open("wb") as file:
        os.truncate(file.fileno(), size * MEGABYTE)
    kept = CourseFile.objects.create(title="录像", file="files/long.mp4", kind="video", collection=room.collection)
    client = _client(trainer)
    _sent(client, kept.url, "bytes=0-1023")
    before = _peak()
    begun = time.perf_counter()
    whole = _sent(client, kept.url, "")
    seconds = time.perf_counter() - begun
    ranges = [_sent(client, kept.url, f"bytes={at * MEGABYTE}-") for at in range(0, size, size // 10)]
    ranges += [_sent(client, kept.url, f"bytes={at * MEGABYTE}-{(at + 2) * MEGABYTE - 1}") for at in range(0, size, 10)]
    if whole != size * MEGABYTE or ranges[0] != whole or ranges[-1] != 2 * MEGABYTE:
        raise SystemExit("not all bytes came")
    return {
        "megabytes": _peak() - before,
        "peak": _peak(),
        "sent": (whole + sum(ranges)) / MEGABYTE,
        "seconds": seconds,
    }


def _sent(client: Client, address: str, asked: str) -> int:
    """How many bytes come, a piece at a time, none of them kept."""
    response = client.get(address, **({"headers": {"range": asked}} if asked else {}))
    if response.status_code != (206 if asked else 200):
        raise SystemExit(f"answered {response.status_code}")
    return sum(len(piece) for piece in response.streaming_content)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _client(user: User) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    session = client.session
    second_factor.mark_passed(session, user)
    session.save()
    return client


if __name__ == "__main__":
    settings.DEBUG = False
    part = {"pages": pages, "video": video}[sys.argv[1]]
    sys.stdout.write(json.dumps(part(*map(int, sys.argv[2:]))))
