"""The last two judges sign at the same moment: one total, the right one, and a hearing that knows it is scored."""

import threading
from decimal import Decimal

import pytest
from django.db import transaction

from exams import hearing, performing
from lms.journal.models import Line
from lms.people.models import Organisation
from lms.scoring import judging
from lms.scoring.models import Assessment, ScoreSheet
from tests.factories import hearing as factory
from tests.factories import people
from tests.factories.hearing import STARTS

SIGNS = 'UPDATE "scoring_scoresheet" SET'
TOTALS = 'UPDATE "scoring_assessment" SET'
GIVEN = (Decimal("10"), Decimal("20.5"), Decimal("40"))
RIGHT = Decimal("43.50")  # the mean of the three, with 20 points each for the method


@pytest.fixture
def world(two_connections):
    city = people.organisation("松平市", level=Organisation.Level.CITY, code="990600")
    world = factory.called(city, candidates=1)
    factory.at_step(world, "scoring")
    return world


def points(place):
    return {"material": GIVEN[place], "method": Decimal(20)}


def sign(performance, sheet, place):
    return hearing.sign(performance=performance, points=points(place), by=sheet.judge, at=STARTS)


def unlocked(performance, sheet, place):
    """The twin: signs and totals by the same code, without the locks that make the two wait for each other, its
    signature committed only with what it saw of the others'."""
    with transaction.atomic():
        judging.save(sheet=sheet, points=points(place), by=sheet.judge, at=STARTS)
    assessment = Assessment.objects.get(pk=sheet.assessment_id)
    others = list(assessment.sheets.exclude(pk=sheet.pk).order_by("pk"))
    mine = ScoreSheet.objects.get(pk=sheet.pk)
    mine.state, mine.total, mine.signed_at = "signed", sum(points(place).values()), STARTS
    mine.save()
    if all(each.state == "signed" for each in others):
        with transaction.atomic():
            judging._total(assessment, STARTS)


def race(two_connections, first, second, statement):
    """`first` is held back just before `statement`; `second` begins then, and may finish if nothing stops it."""
    reached, finished = threading.Event(), threading.Event()

    def held():
        with two_connections.held_before(statement, reached, finished):
            return first()

    def free():
        assert reached.wait(10), "the first never came to the statement"
        try:
            return second()
        finally:
            finished.set()

    return two_connections.run(held, free)


def last_two(world, act, two_connections, statement):
    performance = factory.performances(world.hearing)[0]
    sheets = factory.sheets(performance)
    sign(performance, sheets[0], 0)
    results = race(
        two_connections,
        lambda: act(performance, sheets[1], 1),
        lambda: act(performance, sheets[2], 2),
        statement,
    )
    assert [each for each in results if isinstance(each, Exception)] == []
    assert {each.state for each in factory.sheets(performance)} == {"signed"}
    return factory.again(performance.assessment)


def test_last_two_signatures_make_exactly_one_right_total(two_connections, world):
    assessment = last_two(world, sign, two_connections, SIGNS)
    assert assessment.score == RIGHT
    assert Line.objects.filter(act="scoring.assessment_totalled").count() == 1
    assert len(assessment.basis["sheets"]) == 3


def test_last_two_signatures_make_no_total_without_the_lock(two_connections, world):
    assert last_two(world, unlocked, two_connections, SIGNS).score is None


def both_modules(world, act, two_connections, statement):
    """The last sheet of either module, signed at the same moment."""
    performances = factory.performances(world.hearing)
    for performance in performances:
        for place, sheet in enumerate(factory.sheets(performance)[:2]):
            sign(performance, sheet, place)
    oral, lesson = ((each, factory.sheets(each)[2]) for each in performances)
    results = race(two_connections, lambda: act(*oral, 2), lambda: act(*lesson, 2), statement)
    assert [each for each in results if isinstance(each, Exception)] == []
    assert {each.assessment.score for each in factory.performances(world.hearing)} == {RIGHT}
    return factory.again(world.hearing)


def test_last_sheets_of_both_modules_make_the_hearing_scored(two_connections, world):
    assert both_modules(world, sign, two_connections, TOTALS).state == "scored"


def without_the_hearings_lock(performance, sheet, place):
    """The twin: each looks at the other module before its own total is written."""
    others = factory.performances(performance.hearing)
    is_other_scored = all(each.assessment.score is not None for each in others if each.pk != performance.pk)
    judging.save(sheet=sheet, points=points(place), by=sheet.judge, at=STARTS)
    judging.sign(sheet=sheet, by=sheet.judge, at=STARTS)
    if is_other_scored:
        with transaction.atomic():
            performing.score_if_complete(performing.lock(performance.hearing), STARTS)


def test_last_sheets_of_both_modules_leave_the_hearing_unscored_without_its_lock(two_connections, world):
    # Held before its first write, so that on SQLite, too, the other may look and finish.
    insert = 'INSERT INTO "scoring_criterionscore"'
    both = both_modules(world, without_the_hearings_lock, two_connections, insert)
    assert both.state == "scoring"
