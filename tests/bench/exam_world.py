"""A written exam for loads, made in a process of its own: prepare, verify, statements, limit.

WL-EXAM-1: 50 questions (40 single choices of four options, 5 short answers, 5 essays), two hours, options in an order
of each candidate's own; as many candidates as are asked for, with passwords hashed by the site's default.
"""

import datetime as dt
import json
import sys

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from certs.models import Level, Scheme  # noqa: E402
from exams import showing  # noqa: E402
from exams.models import (  # noqa: E402
    Answer,
    Attempt,
    Candidate,
    Exam,
    Module,
    Paper,
    Room,
    Sitting,
    Stage,
    StageEntry,
)
from lms.lib import clock, crypto  # noqa: E402
from lms.people import organising  # noqa: E402
from lms.people.identity import with_check_character  # noqa: E402
from lms.people.models import Organisation, Posting, Teacher, User  # noqa: E402

PASSWORD = "songping-2024-exam"
SEATS = 30
KINDS = ["single"] * 8 + ["short_answer"] * 2


def prepare(count: int) -> dict[str, object]:
    """The exam, its frozen paper and `count` candidates with tickets; their accounts and entries."""
    at = clock.now()
    level = Organisation.Level
    city = organising.found(name="松平市", code="990600", level=level.CITY, parent=None, by=None, at=at)
    school = organising.found(
        name="松平市第一小学", code="9906000001", level=level.SCHOOL, parent=city, stages=["primary"], by=None, at=at
    )
    scheme = Scheme.objects.create(authority=city, code="mental-health", mark="XL", name="心理健康教育教师证书")
    exam = Exam.objects.create(
        organisation=city,
        level=Level.objects.create(scheme=scheme, rank=1, code="B", name="上岗资格"),
        name="心理健康教育教师上岗资格考试",
        code="001",
        registration_opens_at=at - dt.timedelta(days=60),
        registration_closes_at=at - dt.timedelta(days=30),
    )
    stage = Stage.objects.create(exam=exam, number=1, kind="written", name="笔试", state=Stage.State.ARRANGED)
    module = Module.objects.create(stage=stage, number=1, kind="written", name="专业知识", pass_mark=60)
    sitting = Sitting.objects.create(
        module=module,
        site="松平市第一中学",
        starts_at=at - dt.timedelta(minutes=1),
        minutes=120,
        entry_closes_minutes=120,
    )
    officer = User.objects.create(username="officer", full_name="沈县", password=make_password(None))
    sitting.paper = _paper(module, officer, at)
    sitting.save()
    return {"candidates": _candidates(count, exam, stage, sitting, school, at), "password": PASSWORD}


def _paper(module: Module, officer: User, at: dt.datetime) -> Paper:
    options = [{"id": letter, "text": f"做法{letter}：先倾听，再商量下一步怎样做"} for letter in "ABCD"]
    items, keys = [], {}
    for number in range(1, 51):
        kind = KINDS[(number - 1) % 10]
        is_choice = kind == "single"
        items.append(
            {
                "number": number,
                "kind": kind,
                "section": f"第{(number - 1) // 10 + 1}部分",
                "points": "2",
                "stem": f"第{number}题：课间发现学生独自流泪，班主任首先宜怎样做？请结合情境作答。",
                "body": {"options": options} if is_choice else {},
            }
        )
        keys[str(number)] = {"right": ["B"], "points": "2"} if is_choice else {"guide": "倾听", "points": "2"}
    return Paper.objects.create(
        module=module,
        title="试卷",
        state=Paper.State.FROZEN,
        items=items,
        keys=keys,
        digest=crypto.digest({"items": items, "keys": keys}),
        option_order=showing.ALGORITHM,
        composed_by=officer,
        composed_at=at,
    )


def _candidates(
    count: int, exam: Exam, stage: Stage, sitting: Sitting, school: Organisation, at: dt.datetime
) -> list[list[object]]:
    # Each account's password is checked on its own; that all share one saves a minute of hashing beforehand.
    password, day = make_password(PASSWORD), clock.local_date(at) - dt.timedelta(days=900)
    users = User.objects.bulk_create(
        User(username=f"c{n:05d}", full_name=f"考生{n}", password=password, activated_at=at) for n in range(count)
    )
    numbers = [with_check_character(f"9906011980010{n // 1000 % 10}{n % 1000:03d}") for n in range(count)]
    teachers = Teacher.objects.bulk_create(
        Teacher(
            user=user,
            full_name=user.full_name,
            id_number=number,
            id_number_hash=f"{n:064x}",
            registered_at=at,
        )
        for n, (user, number) in enumerate(zip(users, numbers, strict=True))
    )
    Posting.objects.bulk_create(Posting(teacher=each, organisation=school, from_on=day) for each in teachers)
    candidates = Candidate.objects.bulk_create(
        Candidate(exam=exam, teacher=each, school=school, number=n, state=Candidate.State.APPROVED)
        for n, each in enumerate(teachers, start=1)
    )
    rooms = Room.objects.bulk_create(
        Room(sitting=sitting, number=n + 1, capacity=SEATS) for n in range(-(-count // SEATS))
    )
    entries = StageEntry.objects.bulk_create(
        StageEntry(
            candidate=each,
            stage=stage,
            state=StageEntry.State.TICKETED,
            admission_number=f"990601001{n:05d}",
            room=rooms[n // SEATS],
            seat=n % SEATS + 1,
        )
        for n, each in enumerate(candidates)
    )
    return [[user.username, entry.pk] for user, entry in zip(users, entries, strict=True)]


def verify(ledgers: dict[str, dict[str, list[object]]]) -> dict[str, object]:
    """How many answers that were acknowledged do not stand, by entry: missing, older, or another."""
    standing = {
        (entry, item): [version, response]
        for entry, item, version, response in Answer.objects.values_list(
            "attempt__entry", "item", "version", "response"
        )
    }
    lost = sum(
        standing.get((int(entry), item), [0, None])[0] < saved[0]
        or (standing[int(entry), item][0] == saved[0] and standing[int(entry), item][1] != saved[1])
        for entry, ledger in ledgers.items()
        for item, saved in ledger.items()
    )
    acknowledged = sum(len(ledger) for ledger in ledgers.values())
    handed_in = Attempt.objects.filter(state=Attempt.State.HANDED_IN).count()
    return {"acknowledged": acknowledged, "lost": lost, "standing": len(standing), "handed_in": handed_in}


def statements(username: str, entry: int) -> dict[str, object]:
    """How many SELECT, INSERT, UPDATE and DELETE one save of ten answers takes."""
    settings.ALLOWED_HOSTS = ["*"]
    client = Client()
    client.force_login(User.objects.get(username=username))
    address = client.post(f"/exams/entries/{entry}/sit/")["Location"] + "answers/"
    for version in (1, 2):
        saves = [{"item": str(n), "version": version, "response": "ABCD"[version]} for n in range(1, 9)]
        with CaptureQueriesContext(connection) as asked:
            answer = client.post(address, json.dumps({"saves": saves}), content_type="application/json")
        if answer.status_code != 200:
            raise SystemExit(answer.content)
    counted = [each["sql"] for each in asked.captured_queries if each["sql"].split(maxsplit=1)[0] in _COUNTED]
    return {"statements": len(counted)}


_COUNTED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


def main(part: str, *arguments: str) -> None:
    """Run one part; what it prints is one JSON object."""
    if part == "prepare":
        found = prepare(int(arguments[0]))
    elif part == "verify":
        found = verify(json.load(sys.stdin))
    else:
        found = statements(arguments[0], int(arguments[1]))
    print(json.dumps(found, ensure_ascii=False))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
