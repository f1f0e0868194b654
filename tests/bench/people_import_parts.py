"""The parts of the figure people.import, each run in a process of its own: prepare, ours, limit."""

import json
import random
import resource
import sys
import time
from pathlib import Path

import django

django.setup()

from django.db import connection, models, transaction  # noqa: E402

from lms.journal.models import Line  # noqa: E402
from lms.lib import clock, sheets  # noqa: E402
from lms.people import appointing, identity, importing, loading, organising, registering, roster, vocabulary  # noqa: E402
from lms.people.models import (  # noqa: E402
    Appointment,
    ImportRun,
    Organisation,
    PostHeld,
    Posting,
    Teacher,
    User,
)

BATCH = 2000
SCHOOLS = 400
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "知微书意静修远思齐若水清和景行怀瑾明德致新文博雅琴晓光子衿云舒海涛立人春华秋实"
# What the import writes; the order in which rows may be made.
WRITTEN = (User, Teacher, Posting, PostHeld, Line)


def prepare(file: Path, rows: int) -> dict[str, object]:
    """A county with its schools and officer, and the roster as a workbook."""
    at = clock.now()
    level = Organisation.Level
    county = organising.found(name="澜溪县", code="990608", level=level.COUNTY, parent=None, by=None, at=at)
    for number in range(SCHOOLS):
        organising.found(
            name=f"澜溪县第{number + 1}小学",
            code=f"990608{number:04d}",
            level=level.SCHOOL,
            parent=county,
            stages=["primary"],
            by=None,
            at=at,
        )
    officer = registering.open_account(full_name="沈县", username="officer", phone="", by=None, at=at)
    appointing.appoint(
        user=officer,
        office=Appointment.Office.BUREAU_OFFICER,
        organisation=county,
        from_on=clock.local_date(at),
        until_on=None,
        by=None,
        at=at,
    )
    file.write_bytes(sheets.write([("教师花名册", roster.HEADINGS, _lines(rows))], text_columns=roster.HEADINGS))
    return {"bytes": file.stat().st_size}


def _lines(rows: int):
    rng = random.Random(20240305)
    posts = list(vocabulary.POSTS)
    for number in range(rows):
        name = rng.choice(SURNAMES) + "".join(rng.choice(GIVEN) for _each in range(rng.choice((1, 2, 2))))
        born = f"{rng.randint(1964, 1999)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
        card = identity.with_check_character(f"99{number // 1000:04d}{born}{number % 1000:03d}")
        since = f"{rng.randint(2000, 2023)}-09-01"
        phone = f"199{number:08d}"
        yield [name, card, "", f"澜溪县第{rng.randint(1, SCHOOLS)}小学", "小学", rng.choice(posts), since, phone, ""]


def ours(file: Path, rows: int) -> dict[str, object]:
    """Bring the file in, check it, commit it, as the views and the queue do."""
    at = clock.now()
    officer = User.objects.get(username="officer")
    county = Organisation.objects.get(code="990608")
    before = _resident()
    start = time.perf_counter()
    with file.open("rb") as opened:
        run = importing.bring(
            kind="people.teachers", organisation=county, file=opened, file_name=file.name, by=officer, at=at
        )
    loading.check(run.pk, at, lambda done: loading.note_progress(run.pk, done, at))
    checked = time.perf_counter()
    run.refresh_from_db()
    if run.state != ImportRun.State.CHECKED:
        raise RuntimeError(f"{run.state}: {run.errors[:3]} {run.refusal}")
    importing.commit(run=run, chosen=[], by=officer, at=at)
    loading.load(run.pk, at)
    end = time.perf_counter()
    if Teacher.objects.count() != rows:
        raise RuntimeError("not all rows came in")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "seconds": end - start,
        "check": checked - start,
        "commit": end - checked,
        "megabytes": peak - before,
    }


def limit(file: Path, rows: int) -> dict[str, object]:
    """The same rows taken out, and written again by nothing but bulk_create; then taken out for the next round."""
    run = ImportRun.objects.exclude(undo="").get()
    made = {model: _made(model) for model in WRITTEN}
    _take_out()
    run.pk = None
    start = time.perf_counter()
    with transaction.atomic():
        for model in WRITTEN:
            model.objects.bulk_create(made[model], batch_size=BATCH)
        ImportRun.objects.bulk_create([run], batch_size=BATCH)
    end = time.perf_counter()
    counts = {model.__name__: len(made[model]) for model in WRITTEN}
    _take_out()
    return {"seconds": end - start, "rows": counts}


def _made(model: type[models.Model]) -> list[models.Model]:
    """What the import wrote into a table, as it stands there."""
    found = list(model.objects.order_by("pk"))
    if model is User:
        found = [each for each in found if each.username != "officer"]
    if model is Line:
        found = [each for each in found if each.subject_type != "people.organisation" or "count" in each.facts]
        found = [each for each in found if each.actor_id]
        for each in found:
            each.pk = None
    return found


def _take_out() -> None:
    """Delete what the import wrote. Nothing points at these rows, so nobody needs to look whether something does."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
        for table in ("people_postheld", "people_posting", "people_teacher", "people_importrun"):
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608
        cursor.execute("DELETE FROM journal_line WHERE actor_id IS NOT NULL")
        cursor.execute("DELETE FROM people_user WHERE username <> 'officer'")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _resident() -> float:
    """What the process takes in memory now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024 / 1024


if __name__ == "__main__":
    part = {"prepare": prepare, "ours": ours, "limit": limit}[sys.argv[1]]
    print(json.dumps(part(Path(sys.argv[2]), int(sys.argv[3]))))  # noqa: T201
