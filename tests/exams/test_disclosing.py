import datetime as dt

import pytest

from exams import composing, contents, disclosing
from exams.models import Module, Paper, PaperReader
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from lms.people.models import User
from tests.factories import exams, papers, people

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def exam(tree, at):
    exam = exams.exam(tree.city, starts_at=at + 2 * HOUR, minutes=120, written="arranged")
    Module.objects.filter(stage__exam=exam, kind="written").update(full_marks=20, pass_mark=12)
    papers.bank(tree.city)
    return exam


@pytest.fixture
def officers(tree):
    return [papers.exam_officer(tree.city, name) for name in "甲乙丙"]


@pytest.fixture
def frozen(exam, officers, at):
    draft = composing.compose(exams.module(exam), "A卷", papers.sections(), by=officers[0], at=at)
    return composing.freeze(draft, readers=[(officers[2], "监印")], by=officers[1], at=at)


def test_freeze_writes_down_who_may_read_and_why(frozen, officers, at):
    named = PaperReader.objects.get()
    assert (named.paper, named.reader, named.reason) == (frozen, officers[2], "监印")
    assert (named.named_by, named.named_at) == (officers[1], at)
    assert Line.objects.get(act="exams.paper_frozen").facts["readers"] == 1


def test_read_of_a_frozen_paper_is_for_those_named_and_each_reading_is_noted(frozen, officers, at):
    items, keys = disclosing.read(frozen, by=officers[2], at=at)
    assert (items, keys) == contents.of(frozen)
    disclosing.read(frozen, purpose="printed", by=officers[2], at=at)
    lines = Line.objects.filter(act="exams.paper_read", actor=officers[2])
    assert [each.facts for each in lines.order_by("pk")] == [{"purpose": "read"}, {"purpose": "printed"}]


def test_read_of_a_frozen_paper_is_refused_to_its_composer_and_freezer_until_the_exam_is_over(frozen, officers, at):
    during, end = at + 3 * HOUR, at + 4 * HOUR
    for officer in officers[:2]:
        for moment in (at, during, end, end + dt.timedelta(seconds=30)):
            with pytest.raises(disclosing.NotNamedAsReader):
                disclosing.read(frozen, by=officer, at=moment)
    assert not Line.objects.filter(act="exams.paper_read").exists()
    assert disclosing.read(frozen, by=officers[0], at=end + dt.timedelta(seconds=31))[0] == frozen.items


def test_read_is_refused_while_anybody_is_still_in_the_paper(frozen, exam, officers, at):
    papers.attempt(papers.ticketed(exam), started_at=at + 2 * HOUR)
    with pytest.raises(disclosing.NotNamedAsReader):
        disclosing.read(frozen, by=officers[0], at=at + 5 * HOUR)


def test_read_is_refused_to_one_named_who_lost_the_office_and_to_strangers(frozen, officers, tree, at):
    officers[2].appointments.all().delete()
    without_office = User.objects.get(pk=officers[2].pk)
    for nobody in (without_office, papers.exam_officer(tree.county), people.user()):
        with pytest.raises(NotYourOffice):
            disclosing.read(frozen, by=nobody, at=at)
        assert not disclosing.may_read(frozen, nobody, at)


@pytest.mark.parametrize(
    ("name", "reason", "refusal"),
    [("外人", "印卷", disclosing.ReaderNotAnOfficer), ("丙", " ", disclosing.ReaderWithoutReason)],
)
def test_freeze_refuses_a_reader_without_office_or_reason_and_stays_undone(
    exam, officers, tree, at, name, reason, refusal
):
    reader = officers[2] if name == "丙" else papers.exam_officer(tree.county, name)
    draft = composing.compose(exams.module(exam), "A卷", papers.sections(), by=officers[0], at=at)
    with pytest.raises(refusal) as refused:
        composing.freeze(draft, readers=[(reader, reason)], by=officers[1], at=at)
    assert name in str(refused.value)
    assert Paper.objects.get().state == "draft"
    assert not PaperReader.objects.exists()
