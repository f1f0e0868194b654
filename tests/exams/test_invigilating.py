import datetime as dt

import pytest

from exams import invigilating, sitting
from exams.models import ModuleResult, StageEntry
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from tests.factories import exams, papers
from tests.factories.people import AT

MINUTE = dt.timedelta(minutes=1)
CLOSED = AT + 31 * MINUTE
OVER = AT + 121 * MINUTE


@pytest.fixture
def exam(tree):
    return papers.sitting_exam(tree.city)


@pytest.fixture
def officer(tree):
    return papers.exam_officer(tree.city)


def states(exam):
    return list(StageEntry.objects.filter(candidate__exam=exam).order_by("pk").values_list("state", flat=True))


def test_mark_absent_notes_who_did_not_come_and_gives_no_nought(exam, officer, tree):
    here = papers.ticketed(exam, "来了")
    papers.ticketed(exam, "没来")
    papers.ticketed(exam, "签到未开卷", state="present")
    sitting.start(here, by=here.candidate.teacher.user, at=AT)
    assert invigilating.mark_absent(exams.stage(exam), by=officer, at=CLOSED) == 1
    assert states(exam) == ["present", "absent", "present"]
    assert not ModuleResult.objects.exists()
    assert Line.objects.get(act="exams.absent_marked").facts == {"count": 1}


def test_whose_ticket_was_never_published_is_absent_as_well(exam, officer, tree):
    papers.ticketed(exam)
    late = papers.ticketed(exam, state="seated")
    invigilating.mark_absent(late.stage, by=officer, at=CLOSED)
    assert StageEntry.objects.get(pk=late.pk).state == "absent"


def test_mark_absent_is_refused_where_no_ticket_was_published_at_all(exam, officer):
    papers.ticketed(exam, state="seated")
    with pytest.raises(invigilating.NothingPublished):
        invigilating.mark_absent(exams.stage(exam), by=officer, at=CLOSED)
    assert states(exam) == ["seated"]


def test_mark_absent_does_nothing_the_second_time(exam, officer):
    papers.ticketed(exam)
    invigilating.mark_absent(exams.stage(exam), by=officer, at=CLOSED)
    assert invigilating.mark_absent(exams.stage(exam), by=officer, at=CLOSED) == 0
    assert Line.objects.filter(act="exams.absent_marked").count() == 1


def test_mark_absent_is_refused_while_entry_is_open(exam, officer):
    papers.ticketed(exam)
    with pytest.raises(invigilating.EntryStillOpen):
        invigilating.mark_absent(exams.stage(exam), by=officer, at=AT + 30 * MINUTE)
    assert states(exam) == ["ticket_issued"]


def test_mark_absent_is_refused_to_others(exam, personas, tree):
    for other in (papers.exam_officer(tree.county), personas.teacher.user):
        with pytest.raises(NotYourOffice):
            invigilating.mark_absent(exams.stage(exam), by=other, at=CLOSED)


def test_mark_absent_is_refused_in_a_stage_without_a_sitting(exam, officer):
    with pytest.raises(invigilating.NoSittingHere):
        invigilating.mark_absent(exams.stage(exam, 2), by=officer, at=CLOSED)


def test_who_was_marked_absent_cannot_start(exam, officer):
    entry = papers.ticketed(exam)
    invigilating.mark_absent(exams.stage(exam), by=officer, at=CLOSED)
    with pytest.raises(sitting.NotAdmitted):
        sitting.start(entry, by=entry.candidate.teacher.user, at=AT + 5 * MINUTE)


def test_close_stages_sends_a_stage_to_marking_when_the_last_has_handed_in(exam):
    entry = papers.ticketed(exam)
    papers.ticketed(exam, "没来")
    attempt = papers.attempt(entry)
    assert invigilating.close_stages(OVER) == 0
    sitting.hand_in(attempt, by=entry.candidate.teacher.user, at=AT + 60 * MINUTE)
    assert invigilating.close_stages(AT + 61 * MINUTE) == 0
    assert invigilating.close_stages(OVER) == 1
    assert invigilating.close_stages(OVER) == 0
    assert exams.stage(exam).state == "marking"
    assert states(exam) == ["present", "absent"]


def test_close_stages_leaves_a_stage_that_nobody_started(exam):
    papers.ticketed(exam)
    assert invigilating.close_stages(OVER) == 0
    assert (exams.stage(exam).state, states(exam)) == ("arranged", ["ticket_issued"])
