"""What a person needs at exams: who may grant it, that it holds once, and that it reaches a running sitting."""

import datetime as dt

import pytest

from exams import accommodating, sitting
from exams.models import Accommodation, Attempt
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from tests.factories import exams as make
from tests.factories import papers, people
from tests.factories.people import AT

MINUTE = dt.timedelta(minutes=1)
DAY = AT.date()
GIVEN = {"extra_percent": 30, "reason": "材料已于3月1日核对", "from_on": DAY}


@pytest.fixture
def officer(tree):
    return people.officer("exam_officer", tree.county, "程秋霁")


@pytest.fixture
def teacher(personas):
    return personas.teacher


def test_grant_keeps_it_once_and_tells_her_without_the_reason(teacher, officer, at):
    made = accommodating.grant(teacher=teacher, **GIVEN, large_print=True, by=officer, at=at)
    assert Accommodation.objects.in_force(DAY).get() == made
    assert (made.extra_percent, made.large_print, made.separate_room, made.granted_by) == (30, True, False, officer)
    assert Message.objects.get().kind == "exams.accommodation_granted"
    line = Line.objects.get(act="exams.accommodation_granted")
    assert line.actor == officer
    assert "3月1日" not in str(line.facts) + line.reason


def test_grant_reaches_who_is_in_the_paper_and_who_begins_later(tree, personas, officer):
    exam = papers.sitting_exam(tree.city)
    entry = papers.ticketed(exam, personas.teacher)
    attempt = sitting.start(entry, by=personas.teacher.user, at=AT)
    accommodating.grant(teacher=personas.teacher, **GIVEN, by=officer, at=AT + MINUTE)
    attempt.refresh_from_db()
    assert attempt.deadline_at == AT + (120 + 36) * MINUTE


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"extra_percent": 0}, accommodating.NothingGranted),
        ({"extra_percent": 101}, accommodating.PercentUnfit),
        ({"extra_percent": -1}, accommodating.PercentUnfit),
        ({"reason": "  "}, accommodating.ReasonMissing),
        ({"until_on": DAY - dt.timedelta(days=1)}, accommodating.DaysBackwards),
    ],
)
def test_grant_refuses_what_cannot_stand(teacher, officer, at, changed, refusal):
    with pytest.raises(refusal):
        accommodating.grant(teacher=teacher, **{**GIVEN, **changed}, by=officer, at=at)
    assert not Accommodation.objects.exists()
    assert not Line.objects.exists()


def test_grant_refuses_when_one_stands_and_allows_another_after_its_end(teacher, officer, at):
    first = accommodating.grant(teacher=teacher, **GIVEN, by=officer, at=at)
    with pytest.raises(accommodating.HasOneAlready):
        accommodating.grant(teacher=teacher, **GIVEN, by=officer, at=at)
    accommodating.withdraw(accommodation=first, reason="已康复", by=officer, at=at)
    accommodating.grant(teacher=teacher, **GIVEN, by=officer, at=at)
    assert Accommodation.objects.count() == 2


def test_grant_refuses_who_has_no_exam_office_above_the_school(tree, teacher, personas, at):
    for other in (
        people.officer("exam_officer", tree.neighbour),
        people.officer("bureau_officer", tree.county),
        personas.stranger.user,
    ):
        with pytest.raises(NotYourOffice):
            accommodating.grant(teacher=teacher, **GIVEN, by=other, at=at)


def test_grant_refuses_an_officer_for_herself(tree, officer, at):
    herself = people.teacher("程秋霁", school=tree.school, user=officer)
    with pytest.raises(accommodating.GrantingOneself):
        accommodating.grant(teacher=herself, **GIVEN, by=officer, at=at)


def test_withdraw_ends_it_and_tells_her(teacher, officer, at):
    need = make.accommodation(teacher, large_print=True)
    accommodating.withdraw(accommodation=need, reason="已康复", by=officer, at=at)
    assert not Accommodation.objects.in_force(DAY).exists()
    assert Message.objects.get().kind == "exams.accommodation_withdrawn"
    assert Line.objects.get().reason == "已康复"
    with pytest.raises(accommodating.WithdrawnAlready):
        accommodating.withdraw(accommodation=need, reason="已康复", by=officer, at=at)


def test_withdraw_refuses_without_a_reason_and_for_an_outsider(tree, teacher, officer, at):
    need = make.accommodation(teacher, large_print=True)
    with pytest.raises(accommodating.ReasonMissing):
        accommodating.withdraw(accommodation=need, reason=" ", by=officer, at=at)
    with pytest.raises(NotYourOffice):
        accommodating.withdraw(
            accommodation=need, reason="已康复", by=people.officer("exam_officer", tree.neighbour), at=at
        )
    assert Accommodation.objects.in_force(DAY).exists()


def test_withdraw_refuses_while_she_is_in_a_paper(tree, teacher, officer):
    need = make.accommodation(teacher, extra_percent=50)
    entry = papers.ticketed(papers.sitting_exam(tree.city), teacher)
    attempt = sitting.start(entry, by=teacher.user, at=AT)
    with pytest.raises(accommodating.InThePaper):
        accommodating.withdraw(accommodation=need, reason="已康复", by=officer, at=AT + MINUTE)
    assert Attempt.objects.get().deadline_at == attempt.deadline_at == AT + 180 * MINUTE
