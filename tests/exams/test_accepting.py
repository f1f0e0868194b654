"""Answers after the end: kept aside, and counted only by two people, before anybody marks them."""

import datetime as dt

import pytest

from exams import accepting, marking, sitting
from exams.models import Answer, LateAnswers, Mark
from exams.receipts import holds
from lms.journal.models import Line
from lms.people import access
from tests.factories import papers, people
from tests.factories.people import AT

MINUTE = dt.timedelta(minutes=1)
END = AT + 120 * MINUTE
LATE = END + 2 * MINUTE
WHY = "考点断网，监考员当场记录。"


@pytest.fixture
def officers(tree):
    return papers.exam_officer(tree.city), papers.exam_officer(tree.city)


@pytest.fixture
def attempt(tree, personas):
    """Question 1 is answered wrongly in time; the right answer, and one to question 5, came after the end."""
    entry = papers.ticketed(papers.sitting_exam(tree.city), personas.teacher)
    me = personas.teacher.user
    attempt = sitting.start(entry, by=me, at=AT)
    sitting.save_answers(attempt, [{"item": "1", "version": 1, "response": "A"}], by=me, at=AT)
    sitting.close_overdue(LATE - MINUTE)
    late = [{"item": "1", "version": 2, "response": "B"}, {"item": "5", "version": 1, "response": "倾听。"}]
    with pytest.raises(sitting.KeptAside):
        sitting.save_answers(attempt, late, by=me, at=LATE)
    marking.mark_by_key(attempt.pk, LATE)
    attempt.refresh_from_db()
    return attempt


def answers():
    return dict(Answer.objects.values_list("item", "response"))


def test_kept_aside_names_what_came_beside_what_stands(attempt):
    seen = [(each["item"], each["response"], each["stands"]) for each in accepting.kept_aside(attempt)]
    assert seen == [("1", "B", "A"), ("5", "倾听。", None)]


def test_accept_counts_them_marks_anew_and_leaves_the_receipt_true(attempt, officers):
    one, other = officers
    late = accepting.propose(attempt=attempt, reason=WHY, by=one, at=LATE)
    assert answers() == {"1": "A"}
    assert Mark.objects.get().points == 0
    accepting.accept(late=late, seen_digest=late.seen_digest, by=other, at=LATE + MINUTE)
    assert answers() == {"1": "B", "5": "倾听。"}
    assert Mark.objects.get().points == 1
    line = Line.objects.get(act="exams.late_answers_accepted")
    assert (line.actor, line.reason, line.facts["points_before"]) == (other, WHY, {"1": "0"})
    attempt.refresh_from_db()
    assert holds(attempt)
    with pytest.raises(accepting.AcceptanceDecided):
        accepting.accept(late=late, seen_digest=late.seen_digest, by=other, at=LATE)


def test_decline_leaves_what_was_handed_in(attempt, officers):
    late = accepting.propose(attempt=attempt, reason=WHY, by=officers[0], at=LATE)
    with pytest.raises(accepting.WhyMissing):
        accepting.decline(late=late, reason="", by=officers[1], at=LATE)
    accepting.decline(late=late, reason="无断网记录", by=officers[1], at=LATE)
    assert answers() == {"1": "A"}
    assert LateAnswers.objects.get().state == "returned"


def test_nobody_decides_alone(attempt, officers):
    late = accepting.propose(attempt=attempt, reason=WHY, by=officers[0], at=LATE)
    with pytest.raises(accepting.OwnAcceptance):
        accepting.accept(late=late, seen_digest=late.seen_digest, by=officers[0], at=LATE)
    with pytest.raises(accepting.OwnAcceptance):
        accepting.decline(late=late, reason="无", by=officers[0], at=LATE)
    assert answers() == {"1": "A"}


def test_accept_is_refused_where_more_arrived_since_it_was_read(attempt, officers, personas):
    late = accepting.propose(attempt=attempt, reason=WHY, by=officers[0], at=LATE)
    more = [{"item": "3", "version": 1, "response": True}]
    with pytest.raises(sitting.KeptAside):
        sitting.save_answers(attempt, more, by=personas.teacher.user, at=LATE + MINUTE)
    with pytest.raises(accepting.AnswersChanged):
        accepting.accept(late=late, seen_digest=late.seen_digest, by=officers[1], at=LATE + 2 * MINUTE)
    assert answers() == {"1": "A"}


def test_propose_is_refused_without_words_twice_and_by_others(attempt, officers, tree, personas):
    with pytest.raises(accepting.WhyMissing):
        accepting.propose(attempt=attempt, reason=" ", by=officers[0], at=LATE)
    for by in (people.officer("clerk", tree.city), personas.county_officer, personas.teacher.user):
        with pytest.raises(access.NotYourOffice):
            accepting.propose(attempt=attempt, reason=WHY, by=by, at=LATE)
    accepting.propose(attempt=attempt, reason=WHY, by=officers[0], at=LATE)
    with pytest.raises(accepting.AcceptanceWaiting):
        accepting.propose(attempt=attempt, reason=WHY, by=officers[1], at=LATE)


def test_propose_is_refused_with_nothing_aside_in_the_paper_and_once_a_marker_has_it(attempt, officers, tree, personas):
    entry = papers.ticketed(attempt.entry.stage.exam, personas.stranger)
    still = papers.attempt(entry, answers={"1": "B"})
    with pytest.raises(accepting.StillInThePaper):
        accepting.propose(attempt=still, reason=WHY, by=officers[0], at=LATE)
    sitting.close_overdue(LATE)
    with pytest.raises(accepting.NothingKeptAside):
        accepting.propose(attempt=still, reason=WHY, by=officers[0], at=LATE)
    answer = Answer.objects.create(attempt=attempt, item="5", version=0, response="", saved_at=AT)
    Mark.objects.create(answer=answer, role="first", marker=people.officer("marker", tree.city), assigned_at=AT)
    with pytest.raises(accepting.MarkedAlready) as refused:
        accepting.propose(attempt=attempt, reason=WHY, by=officers[0], at=LATE)
    assert "5" in str(refused.value)
