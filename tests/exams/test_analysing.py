"""Figures of questions: from settled scripts alone, by hand, and again when the scores were settled anew."""

import datetime as dt
from decimal import Decimal

import pytest

from exams import analysing, jobs, marking, settling
from exams.models import ItemFigures, ModuleResult, Paper, PaperQuestion, StageEntry
from lms.lib import clock
from lms.questions import statistics
from tests.factories import exams, papers
from tests.factories import marking as make

D = Decimal


@pytest.fixture
def exam(tree):
    return make.exam_in_marking(tree.city)


@pytest.fixture
def paper(exam, tree):
    """The frozen paper, its questions those of the bank."""
    paper = Paper.objects.get(module=exams.module(exam))
    questions = papers.bank(tree.city)
    for number, (code, *_rest, points) in enumerate(papers.KINDS, start=1):
        PaperQuestion.objects.create(
            paper=paper, question=questions[code], section="一", number=number, points=D(points)
        )
    return paper


@pytest.fixture
def settled(exam, paper, tree, at):
    """Three scripts. The best: everything right, 4 + 5 + 5 by people. The middle: B, A alone of A and C, false, one of
    three blanks; 2 of 4 for item 5. The last: nothing but C for the single choice."""
    three = make.markers(tree.city, 3)
    best = make.script(exam, answers={**make.RIGHT, **make.WRITTEN})
    middle = make.script(exam, answers={"1": "B", "2": ["A"], "3": False, "4": ["安全", "", ""], "5": "倾听"})
    last = make.script(exam, answers={"1": "C"})
    for each in (best, middle, last):
        marking.mark_by_key(each.pk, at)
    for item, points in (("5", "4"), ("6.1", "5"), ("6.2", "5")):
        make.marks(best, item, points, points, three)
    make.marks(middle, "5", "2", "2", three)
    settling.settle_written(exams.stage(exam), by=papers.exam_officer(tree.city), at=at)
    return best, middle, last


def figures(code):
    return ItemFigures.objects.select_related("place").get(place__question__code=code)


def test_reckon_by_hand(settled, paper, at):
    assert analysing.reckon(paper, at) == 3
    single = figures("S001")  # 1, 1, 0 of 1 each
    assert (single.scripts, single.earned, single.possible) == (3, 2, 3)
    assert (single.upper_earned, single.upper_possible, single.lower_earned, single.lower_possible) == (1, 1, 0, 1)
    assert single.choices == {"B": [0, 1, 1], "C": [1, 0, 0]}
    multiple = figures("M001")  # 2, 1, 0 of 2 each
    assert (multiple.earned, multiple.possible) == (3, 6)
    assert multiple.choices == {"A": [0, 1, 1], "C": [0, 0, 1], "": [1, 0, 0]}
    assert figures("T001").choices == {"true": [0, 0, 1], "false": [0, 1, 0], "": [1, 0, 0]}
    assert (figures("F001").earned, figures("F001").choices) == (D("2.667"), {})
    assert (figures("E001").earned, figures("E001").possible) == (6, 12)
    case = figures("C001")  # 10, 0, 0 of 10 each
    assert (case.earned, case.possible, case.upper_earned) == (10, 30, 10)
    assert case.sat_on == clock.local_date(settled[0].started_at)
    sums = analysing.sums_of([single])
    assert (statistics.facility(sums.earned, sums.possible), statistics.discrimination(sums)) == (D("0.667"), 1)
    assert sums.sizes == [1, 1, 1]


def test_reckon_leaves_out_who_has_no_score(settled, paper, at):
    ModuleResult.objects.filter(entry=settled[1].entry).update(status="void", score=None)
    StageEntry.objects.filter(pk=settled[1].entry_id).update(state="violated")
    assert analysing.reckon(paper, at) == 2
    assert (figures("S001").scripts, figures("S001").earned) == (2, 1)


def test_nothing_is_reckoned_before_the_scores_are_settled(exam, paper, at):
    make.script(exam, answers=make.RIGHT)
    assert (analysing.reckon_due(at), analysing.reckon(paper, at)) == (0, 0)
    assert not ItemFigures.objects.exists()


def test_the_clock_reckons_once_and_again_when_a_score_was_settled_anew(settled, paper, at):
    jobs.reckon_figures()
    assert ItemFigures.objects.count() == 6
    assert analysing.reckon_due(at) == 0
    ModuleResult.objects.filter(entry=settled[0].entry).update(settled_at=clock.now() + dt.timedelta(minutes=1))
    assert list(analysing.due()) == [paper]
    assert analysing.reckon_due(clock.now() + dt.timedelta(hours=1)) == 1
    assert ItemFigures.objects.count() == 6
