"""How many came through each step of an exam, in the same number of queries whatever its size."""

import pytest

from certs.models import Batch, Credential
from exams import queries, roll
from exams.models import Hearing, HearingDay, Panel
from tests.factories import exams as make
from tests.factories import people


@pytest.fixture
def exam(tree):
    return make.exam(tree.city, written="finalised", performance="finalised")


def certify(exam, candidate):
    batch, _ = Batch.objects.get_or_create(
        basis=roll.award_basis(exam),
        defaults={
            "level": exam.level,
            "title": exam.name,
            "issue_on": people.AT.date(),
            "proposed_by": people.user(),
            "proposed_at": people.AT,
        },
    )
    return Credential.objects.create(
        batch=batch,
        level=exam.level,
        teacher=candidate.teacher,
        basis=roll.award_basis(exam),
        state="issued",
        number=f"XL{candidate.number:05d}",
        token=f"token{candidate.number}",
        issued_on=people.AT.date(),
    )


def hear(entry, state):
    day, _ = HearingDay.objects.get_or_create(stage=entry.stage, starts_at=people.AT, site="考点")
    panel, _ = Panel.objects.get_or_create(stage=entry.stage, code="P1", name="第1考场", group="小学")
    return Hearing.objects.create(entry=entry, day=day, panel=panel, state=state)


def test_funnel_counts_every_step(exam):
    for state in ("draft", "returned", "rejected", "withdrawn", "submitted"):
        make.candidate(exam, state=state)
    second = make.stage(exam, 2)
    for state in ("absent", "violated", "failed", "withdrawn", "passed", "passed", "passed"):
        candidate = make.candidate(exam)
        make.entry(candidate, state=state)
        if state == "passed":
            passer = candidate
    one = make.entry(passer, second, "passed")
    hear(one, "acknowledged")
    hear(make.entry(make.candidate(exam), second, "failed"), "scored")
    hear(make.entry(make.candidate(exam), second, "absent"), "forfeited")
    certify(exam, passer)

    assert queries.funnel(exam) == {
        "registered": 13,
        "returned": 1,
        "rejected": 1,
        "withdrawn": 1,
        "approved": 9,
        "seated": 6,
        "absent": 1,
        "sat": 5,
        "passed_written": 3,
        "heard": 2,
        "passed": 1,
        "certified": 1,
    }


def test_funnel_counts_no_other_exam(exam, tree):
    other = make.exam(tree.city)
    make.entry(make.candidate(other), state="passed")
    assert set(queries.funnel(exam).values()) == {0}


@pytest.mark.parametrize("count", [1, 3])
def test_funnel_takes_four_queries(exam, django_assert_num_queries, count):
    for _ in range(count):
        candidate = make.candidate(exam)
        make.entry(candidate, state="passed")
        certify(exam, candidate)
    with django_assert_num_queries(4):
        funnel = queries.funnel(exam)
    assert (funnel["sat"], funnel["certified"]) == (count, count)
