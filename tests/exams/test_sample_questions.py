"""The project's own question files: all of them whole, together in one bank, and out and in again."""

import io
from collections import Counter
from pathlib import Path

import pytest

from exams import collecting, exporting
from exams.models import Question
from exams.question_files import GIFT, MOODLE_XML, WORKBOOK
from tests.factories import papers

FOLDER = Path(__file__).parents[1] / "data" / "questions"
FILES = {"bank.gift": (GIFT, 111), "bank.xml": (MOODLE_XML, 69), "bank.xlsx": (WORKBOOK, 21)}


@pytest.fixture
def taken(tree, at):
    """Every file taken into one bank."""
    officer = papers.exam_officer(tree.city)
    for name, (kind, count) in FILES.items():
        with (FOLDER / name).open("rb") as file:
            run = collecting.check(tree.city, file, name, by=officer, at=at)
        assert (run.errors, run.summary["format"], run.summary["new"]) == ([], kind, count)
        collecting.commit(run=run, by=officer, at=at)
    return officer


def test_every_question_of_the_samples_comes_in_once_and_goes_out_and_in_again(taken, tree, at):
    bank = list(Question.objects.filter(organisation=tree.city))
    assert len(bank) == 201
    kinds = Counter(each.kind for each in bank)
    assert set(kinds) == set(Question.Kind)
    assert min(kinds.values()) >= 3
    for name, (kind, _count) in FILES.items():
        content = exporting.export(tree.city, bank, kind, rest=True, by=taken, at=at)
        run = collecting.check(tree.city, io.BytesIO(content), name, by=taken, at=at)
        assert run.errors == []
        assert run.summary["unchanged"] == run.row_count > 180
