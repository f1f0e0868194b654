"""The check-in: without it nobody begins where the exam asks for it."""

import pytest

from exams import admitting, sitting, stages
from exams.models import Sitting, StageEntry
from lms.journal.models import Line
from lms.people import access
from tests.factories import papers, people
from tests.factories.people import AT


@pytest.fixture
def entry(tree, personas):
    entry = papers.ticketed(papers.sitting_exam(tree.city), personas.teacher)
    Sitting.objects.update(needs_check_in=True)
    return entry


@pytest.fixture
def clerk(tree):
    return people.officer("clerk", tree.city)


def begin(entry):
    return sitting.start(entry, by=entry.candidate.teacher.user, at=AT)


def test_start_waits_for_the_check_in_where_the_exam_asks_for_it(entry, clerk):
    with pytest.raises(sitting.NotCheckedIn):
        begin(entry)
    admitting.check_in(entry=entry, by=clerk, at=AT)
    assert begin(entry).state == "open"
    found = StageEntry.objects.get()
    assert (found.checked_in_at, found.checked_in_by) == (AT, clerk)


def test_check_in_twice_leaves_one_line_and_the_first_moment(entry, clerk):
    admitting.check_in(entry=entry, by=clerk, at=AT)
    again = admitting.check_in(entry=entry, by=people.officer("exam_officer", entry.stage.exam.organisation), at=AT)
    assert again.checked_in_by == clerk
    assert Line.objects.filter(act="exams.candidate_checked_in").count() == 1


def test_take_back_until_the_paper_is_open(entry, clerk):
    admitting.check_in(entry=entry, by=clerk, at=AT)
    admitting.take_back(entry=entry, by=clerk, at=AT)
    with pytest.raises(sitting.NotCheckedIn):
        begin(entry)
    admitting.check_in(entry=entry, by=clerk, at=AT)
    begin(entry)
    with pytest.raises(admitting.BegunAlready):
        admitting.take_back(entry=entry, by=clerk, at=AT)


def test_check_in_is_refused_without_a_ticket_to_strangers_and_after_the_sitting(entry, clerk, personas):
    for by in (personas.county_officer, entry.candidate.teacher.user):
        with pytest.raises(access.NotYourOffice):
            admitting.check_in(entry=entry, by=by, at=AT)
    StageEntry.objects.update(state="seated")
    with pytest.raises(admitting.NoTicket):
        admitting.check_in(entry=entry, by=clerk, at=AT)
    entry.stage.state = "marking"
    entry.stage.save()
    with pytest.raises(stages.NotAtThisStep):
        admitting.check_in(entry=entry, by=clerk, at=AT)
    assert StageEntry.objects.get().checked_in_at is None
