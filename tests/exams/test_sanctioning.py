"""Violations: what each tier brings, and that nobody decides alone."""

import datetime as dt

import pytest

from exams import oneself, sanctioning, settling, sitting, stages
from exams.models import Candidate, StageEntry, Violation
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people import access
from tests.factories import papers, people
from tests.factories.people import AT

WHAT = "09:40 发现考生翻看手机，监考员两人在场。"


@pytest.fixture
def entry(tree, personas):
    return papers.ticketed(papers.sitting_exam(tree.city), personas.teacher)


@pytest.fixture
def clerk(tree):
    return people.officer("clerk", tree.city)


@pytest.fixture
def officer(tree):
    return papers.exam_officer(tree.city)


def reported(entry, by, tier="general"):
    return sanctioning.report(entry=entry, tier=tier, what=WHAT, by=by, at=AT)


@pytest.mark.parametrize(
    ("tier", "candidacy", "kept_until"),
    [
        ("general", "approved", None),
        ("serious", "voided", dt.date(2029, 3, 5)),
        ("very_serious", "voided", None),
    ],
)
def test_confirm_makes_void_what_the_tier_says_and_tells_the_candidate(
    entry, clerk, officer, tier, candidacy, kept_until
):
    violation = reported(entry, clerk, tier)
    assert StageEntry.objects.get().state == "ticket_issued"
    sanctioning.confirm(violation=violation, seen_digest=violation.seen_digest, by=officer, at=AT)
    violation.refresh_from_db()
    assert (violation.state, violation.decided_by, violation.kept_until_on) == ("approved", officer, kept_until)
    assert (StageEntry.objects.get().state, Candidate.objects.get().state) == ("violated", candidacy)
    assert Message.objects.get().recipient == entry.candidate.teacher.user
    line = Line.objects.get(act="exams.violation_confirmed")
    assert (line.actor, line.reason, line.facts["tier"]) == (officer, WHAT, tier)
    with pytest.raises(sitting.NotAdmitted):
        sitting.start(entry, by=entry.candidate.teacher.user, at=AT)


def test_dismiss_lets_nothing_follow(entry, clerk, officer):
    violation = reported(entry, clerk)
    with pytest.raises(sanctioning.DismissalReasonMissing):
        sanctioning.dismiss(violation=violation, reason=" ", by=officer, at=AT)
    sanctioning.dismiss(violation=violation, reason="手机为考务所用", by=officer, at=AT)
    assert StageEntry.objects.get().state == "ticket_issued"
    assert not Message.objects.exists()
    with pytest.raises(sanctioning.ReportDecided):
        sanctioning.confirm(violation=violation, seen_digest=violation.seen_digest, by=officer, at=AT)
    reported(entry, clerk)  # another may be made


def test_who_reported_does_not_decide_and_the_database_says_so_too(entry, officer):
    violation = reported(entry, officer)
    for act in (
        lambda: sanctioning.confirm(violation=violation, seen_digest=violation.seen_digest, by=officer, at=AT),
        lambda: sanctioning.dismiss(violation=violation, reason="不成立", by=officer, at=AT),
    ):
        with pytest.raises(sanctioning.OwnReport):
            act()
    assert Violation.objects.get().state == "proposed"


def test_confirm_is_refused_for_another_text_than_was_read(entry, clerk, officer):
    violation = reported(entry, clerk)
    with pytest.raises(sanctioning.ReportChanged):
        sanctioning.confirm(violation=violation, seen_digest="0" * 64, by=officer, at=AT)
    assert StageEntry.objects.get().state == "ticket_issued"


def test_report_is_refused_without_a_tier_or_words_twice_and_by_strangers(entry, clerk, personas):
    with pytest.raises(sanctioning.TierUnknown):
        sanctioning.report(entry=entry, tier="mild", what=WHAT, by=clerk, at=AT)
    with pytest.raises(sanctioning.WhatHappenedMissing):
        sanctioning.report(entry=entry, tier="general", what=" ", by=clerk, at=AT)
    for by in (personas.county_officer, entry.candidate.teacher.user):
        with pytest.raises(access.NotYourOffice):
            reported(entry, by)
    reported(entry, clerk)
    with pytest.raises(sanctioning.ReportWaiting):
        reported(entry, clerk, "serious")
    assert Violation.objects.count() == 1


def test_confirm_is_refused_to_a_clerk_and_once_the_scores_are_checked(entry, clerk, officer, tree):
    violation = reported(entry, officer)
    with pytest.raises(access.NotYourOffice):
        sanctioning.confirm(violation=violation, seen_digest=violation.seen_digest, by=clerk, at=AT)
    entry.stage.state = "scores_checked"
    entry.stage.save()
    with pytest.raises(stages.NotAtThisStep):
        sanctioning.confirm(
            violation=violation, seen_digest=violation.seen_digest, by=papers.exam_officer(tree.city), at=AT
        )


def test_nobody_decides_about_herself(entry, clerk, tree):
    me = entry.candidate.teacher.user
    people.appointment(me, "exam_officer", tree.city)
    violation = reported(entry, clerk)
    with pytest.raises(oneself.ForOneself):
        sanctioning.dismiss(violation=violation, reason="不成立", by=me, at=AT)
    assert Violation.objects.get().state == "proposed"


def test_scores_are_not_checked_while_a_report_waits(entry, clerk, officer, tree):
    violation = reported(entry, clerk)
    stage = entry.stage
    StageEntry.objects.update(state="absent")
    stage.state = "marking"
    stage.save()
    with pytest.raises(settling.MarksMissing) as refused:
        settling.settle_written(stage, by=officer, at=AT)
    assert refused.value.facts["reports"] == 1
    sanctioning.dismiss(violation=violation, reason="不成立", by=officer, at=AT)
    assert settling.settle_written(stage, by=officer, at=AT) == 0
