from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from exams import specifying
from exams.models import Specification, SpecificationRow
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from tests.factories import papers


@pytest.fixture
def officer(tree):
    return papers.exam_officer(tree.city)


def row(**changes):
    kept = {
        "section": "单选",
        "topic": "辅导",
        "cognitive_level": "识记",
        "kind": "single",
        "count": 3,
        "points": "1.5",
    }
    return kept | changes


ROWS = [row(), row(topic="", cognitive_level="", count="2"), row(section="判断", kind="true_false", points=2)]


def test_keep_keeps_the_table_with_its_total_for_reuse(tree, officer, at):
    kept = specifying.keep(organisation=tree.city, title=" 年度细目表 ", rows=ROWS, by=officer, at=at)
    assert (kept.title, kept.total, kept.kept_by) == ("年度细目表", Decimal("13.5"), officer)
    again = specifying.cells(Specification.objects.get())
    assert again == specifying.read(ROWS)
    assert Line.objects.get(act="exams.specification_kept").facts == {"title": "年度细目表", "rows": 3, "total": "13.5"}


def test_keep_puts_a_table_in_the_place_of_the_old(tree, officer, at):
    kept = specifying.keep(organisation=tree.city, title="旧", rows=ROWS, by=officer, at=at)
    specifying.keep(organisation=tree.city, title="新", rows=ROWS[:1], instead_of=kept, by=officer, at=at)
    assert [(each.title, each.total) for each in Specification.objects.all()] == [("新", Decimal("4.5"))]
    assert SpecificationRow.objects.count() == 1


@pytest.mark.parametrize(
    ("rows", "refusal", "says"),
    [
        ([], specifying.NothingAsked, ""),
        ([row(count=0)], specifying.RowNotPossible, "1"),
        ([row(), row(topic="", count="三")], specifying.RowNotPossible, "2"),
        ([row(count=-1)], specifying.RowNotPossible, "1"),
        ([row(points="0")], specifying.RowNotPossible, "1"),
        ([row(points="0.25")], specifying.RowNotPossible, "1"),
        ([row(points="NaN")], specifying.RowNotPossible, "1"),
        ([row(points="")], specifying.RowNotPossible, "1"),
        ([row(section=" ")], specifying.RowNotPossible, "1"),
        ([row(kind="riddle")], specifying.RowNotPossible, "1"),
        ([row(), row(count=1, points=9)], specifying.CellTwice, "辅导"),
        ([row(section=f"第{n}", count=1) for n in range(201)], specifying.TooMuchAsked, "200"),
        ([row(count=300), row(topic="", count=201)], specifying.TooMuchAsked, "500"),
    ],
)
def test_keep_refuses_a_table_that_asks_nothing_clear_and_writes_nothing(tree, officer, at, rows, refusal, says):
    with pytest.raises(refusal) as refused:
        specifying.keep(organisation=tree.city, title="表", rows=rows, by=officer, at=at)
    assert says in str(refused.value)
    assert not Specification.objects.exists()
    assert not Line.objects.exists()


def test_keep_refuses_a_title_that_is_taken_and_leaves_the_first(tree, officer, at):
    specifying.keep(organisation=tree.city, title="表", rows=ROWS, by=officer, at=at)
    with pytest.raises(specifying.TitleTaken):
        specifying.keep(organisation=tree.city, title="表", rows=ROWS[:1], by=officer, at=at)
    assert SpecificationRow.objects.count() == 3
    specifying.keep(organisation=tree.county, title="表", rows=ROWS, by=papers.exam_officer(tree.county), at=at)


def test_keep_is_refused_to_an_officer_of_another_county(tree, at):
    with pytest.raises(NotYourOffice):
        specifying.keep(organisation=tree.city, title="表", rows=ROWS, by=papers.exam_officer(tree.county), at=at)


def test_managed_by_shows_tables_to_the_exam_officers_above(tree, personas, officer, at):
    kept = specifying.keep(organisation=tree.city, title="表", rows=ROWS, by=officer, at=at)
    assert list(Specification.objects.managed_by(officer, at)) == [kept]
    for nobody in (personas.teacher.user, personas.county_officer, papers.exam_officer(tree.county)):
        assert not Specification.objects.managed_by(nobody, at).exists()


def test_the_database_refuses_a_cell_twice_and_one_that_asks_nothing(tree, officer, at):
    kept = specifying.keep(organisation=tree.city, title="表", rows=ROWS, by=officer, at=at)
    same = {"specification": kept, "section": "单选", "topic": "辅导", "cognitive_level": "识记", "kind": "single"}
    for wrong in ({**same, "count": 1, "points": 1}, {**same, "topic": "甲", "count": 0, "points": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SpecificationRow.objects.create(number=9, **wrong)
