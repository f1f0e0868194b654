"""The parts of the figure exams.compose: prepare a bank and an exam; then ours and the limit, turn by turn."""

import datetime as dt
import json
import random
import sys
import time
from decimal import Decimal

import django

django.setup()

from django.db import connection, transaction  # noqa: E402

import lms.wsgi  # noqa: E402, F401 - a process as the site's
from exams import drafting, specifying  # noqa: E402
from exams.models import ItemFigures, Module, Paper, PaperQuestion, Question  # noqa: E402
from exams.selecting import Cell  # noqa: E402
from lms.journal.models import Line  # noqa: E402
from lms.lib import clock  # noqa: E402
from lms.people import appointing, organising, registering  # noqa: E402
from lms.people.models import Appointment, Organisation, User  # noqa: E402
from tests.factories import exams  # noqa: E402

WORDS = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
TOPICS = [
    f"{part}/{chapter}" for part in ("辅导", "发展", "伦理", "课程") for chapter in ("一", "二", "三", "四", "五")
]
LEVELS = ("识记", "理解", "应用", "分析")
OPTIONS = {"options": [{"id": letter, "text": f"做法{letter}，说明若干"} for letter in "ABCD"]}
KINDS = [
    ("single", OPTIONS, {"right": ["B"]}),
    ("multiple", OPTIONS, {"right": ["A", "C"], "policy": "half"}),
    ("true_false", {}, {"right": True}),
    ("short_answer", {}, {"guide": "要点一、要点二、要点三"}),
]


def prepare(questions: int) -> None:
    """A city with its officer, its exam, and a bank of so many usable questions."""
    at = clock.now()
    city = organising.found(name="松平市", code="990700", level=Organisation.Level.CITY, parent=None, by=None, at=at)
    officer = registering.open_account(full_name="沈考", username="officer", phone="", by=None, at=at)
    appointing.appoint(
        user=officer,
        office=Appointment.Office.EXAM_OFFICER,
        organisation=city,
        from_on=clock.local_date(at),
        until_on=None,
        by=None,
        at=at,
    )
    exams.exam(city, starts_at=at + dt.timedelta(days=9))
    rng = random.Random(20240305)
    made = []
    for number in range(questions):
        kind, body, key = KINDS[number % len(KINDS)]
        made.append(
            Question(
                organisation=city,
                code=f"Q{number:05d}",
                kind=kind,
                stem="".join(rng.sample(WORDS, 30)) + "？",
                body=body,
                key=key,
                points=Decimal(1),
                topic=rng.choice(TOPICS),
                cognitive_level=rng.choice(LEVELS),
                difficulty=rng.choice(("easy", "medium", "hard")),
                collected_by=officer,
                collected_at=at,
                state=Question.State.USABLE,
            )
        )
    Question.objects.bulk_create(made, batch_size=2000)


def table() -> list[Cell]:
    """20 cells over topics, levels and kinds: 100 questions, a point each."""
    rows = []
    for number, (kind, _body, _key) in enumerate(KINDS):
        for part in range(5):
            topic = ("辅导", "发展", "伦理", "课程", "")[part]
            level = LEVELS[(part + number) % len(LEVELS)] if part % 2 else ""
            rows.append(
                {"section": kind, "topic": topic, "cognitive_level": level, "kind": kind, "count": 5, "points": 1}
            )
    return specifying.read(rows)


def rounds(count: int) -> list[tuple[float, float]]:
    """The seconds of ours and of the limit in each round; what was written is taken out in between."""
    module = Module.objects.select_related("stage__exam__organisation").get(kind="written")
    officer = User.objects.get(username="officer")
    found = []
    for number in range(count + 1):
        at = clock.now()
        seen: list[list[str]] = []
        with _noting(seen):
            drafting.compose_from(module, table(), title="B卷", seed=f"种子{number}", by=officer, at=at)
        _take_out()
        start = time.perf_counter()
        [paper] = drafting.compose_from(module, table(), title="A卷", seed=f"种子{number}", by=officer, at=at)
        ours = time.perf_counter() - start
        places, line = list(paper.places.all()), Line.objects.latest("pk")
        if len(places) != 100:
            raise RuntimeError("not a paper of 100 questions")
        _take_out()
        limit = _limit(module, seen[0], [each.question_id for each in places], paper, places, line)
        _take_out()
        found.append((ours, limit))
    return found[1:]


class _noting:  # noqa: N801 - reads as a verb where it is used
    """Notes which stems a drafting compares."""

    def __init__(self, seen: list[list[str]]) -> None:
        self.seen = seen

    def __enter__(self) -> None:
        self.before = drafting._twins
        drafting._twins = lambda bank, codes: self.seen.append(list(codes)) or self.before(bank, codes)

    def __exit__(self, *_error: object) -> None:
        drafting._twins = self.before


def _limit(module: Module, compared: list[str], chosen: list[int], paper: Paper, places: list, line: Line) -> float:
    bank = module.stage.exam.organisation_id
    chosen_codes = list(Question.objects.filter(pk__in=chosen).values_list("code", flat=True))
    paper.pk = line.pk = None
    for each in places:
        each.pk = None
    usable = Question.objects.filter(organisation=bank, state=Question.State.USABLE)
    fields = ("code", "kind", "topic", "cognitive_level", "difficulty")
    start = time.perf_counter()
    with transaction.atomic():
        list(ItemFigures.objects.filter(place__question__organisation=bank).values_list("place__question__code"))
        asked = usable.filter(kind__in=[kind for kind, _body, _key in KINDS])
        list(asked.filter(kind=Question.Kind.CASE).values_list("code", "points"))
        list(asked.values_list(*fields))
        list(usable.filter(code__in=compared).values_list("code", "stem"))
        list(usable.filter(code__in=chosen_codes))
        paper.save(force_insert=True)
        for each in places:
            each.paper = paper
        PaperQuestion.objects.bulk_create(places)
        line.save(force_insert=True)
    return time.perf_counter() - start


def _take_out() -> None:
    PaperQuestion.objects.all().delete()
    Paper.objects.all().delete()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    done = {"prepare": prepare, "rounds": rounds}[sys.argv[1]](int(sys.argv[2]))
    print(json.dumps(done))  # noqa: T201
