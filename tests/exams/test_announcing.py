"""The announcement of an exam, and what registration asks: the pledge, the school's word, the record."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from exams import announcing, applying, confirming, eligibility
from exams.models import Candidate
from exams.stages import NotAtThisStep
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from tests.factories import certs, people, records
from tests.factories import exams as make
from tests.factories.exams import ELIGIBILITY, FACTS
from tests.factories.people import AT

SAID = {
    "announcement": "全市统一组织。",
    "places": 200,
    "contact": "考务室 0000-0000",
    "pledge": "本人承诺所填属实。",
    "asks_photo": True,
    "asks_school": True,
}


@pytest.fixture
def officer(tree):
    return people.officer("exam_officer", tree.city, "程秋霁")


@pytest.fixture
def teacher(tree):
    return people.teacher("林知微", school=tree.school)


def open_exam(tree, **more):
    return make.exam(tree.city, written="registration_open", **more)


def test_describe_keeps_what_is_said_and_counts_the_versions_of_the_pledge(tree, officer, at):
    exam = make.exam(tree.city)
    announcing.describe(exam=exam, **SAID, by=officer, at=at)
    announcing.describe(exam=exam, **SAID, by=officer, at=at)
    exam.refresh_from_db()
    assert (exam.places, exam.pledge_version, exam.asks_photo) == (200, 1, True)
    announcing.describe(exam=exam, **{**SAID, "pledge": "另一份承诺。"}, by=officer, at=at)
    assert exam.pledge_version == 2
    assert Line.objects.filter(act="exams.exam_described").count() == 3


def test_describe_changes_the_text_but_not_what_is_asked_once_announced(tree, officer, at):
    exam = open_exam(tree, **SAID)
    announcing.describe(exam=exam, **{**SAID, "announcement": "补充说明。"}, by=officer, at=at)
    for changed in ({"pledge": "另一份。"}, {"asks_photo": False}, {"asks_school": False}):
        with pytest.raises(announcing.TermsStand):
            announcing.describe(exam=exam, **{**SAID, **changed}, by=officer, at=at)
    exam.refresh_from_db()
    assert (exam.announcement, exam.pledge) == ("补充说明。", SAID["pledge"])


def test_describe_refuses_no_places_and_other_offices(tree, officer, at):
    exam = make.exam(tree.city)
    with pytest.raises(announcing.PlacesUnfit):
        announcing.describe(exam=exam, **{**SAID, "places": 0}, by=officer, at=at)
    with pytest.raises(NotYourOffice):
        announcing.describe(exam=exam, **SAID, by=people.officer("clerk", tree.city), at=at)


def test_register_refuses_who_does_not_tick_the_pledge_and_keeps_which_she_ticked(tree, teacher, at):
    exam = open_exam(tree, pledge="承诺", pledge_version=3)
    with pytest.raises(applying.PledgeMissing):
        applying.register(exam=exam, teacher=teacher, facts=FACTS, by=teacher.user, at=at)
    assert not Candidate.objects.exists()
    made = applying.register(exam=exam, teacher=teacher, facts=FACTS, pledged=True, by=teacher.user, at=at)
    made.refresh_from_db()
    assert (made.pledge_version, made.pledged_at) == (3, at)
    assert Line.objects.get().facts["pledge_version"] == 3


def test_approve_waits_for_the_school_where_the_exam_asks_for_it(tree, officer, at):
    exam = open_exam(tree, asks_school=True)
    candidate = make.candidate(exam, "考生", state="submitted", school=tree.school)
    with pytest.raises(applying.SchoolSilent):
        applying.approve(candidate=candidate, by=officer, at=at)
    school = people.officer("school_officer", tree.school, "校管")
    confirming.confirm(candidate=candidate, by=school, at=at)
    applying.approve(candidate=candidate, by=officer, at=at)
    candidate.refresh_from_db()
    assert (candidate.state, candidate.school_confirmed_by) == ("approved", school)


def test_school_returns_with_a_reason_and_is_asked_again_after_the_correction(tree, teacher, at):
    exam = open_exam(tree, asks_school=True)
    school = people.officer("school_officer", tree.school, "校管")
    candidate = make.candidate(exam, teacher, state="submitted")
    with pytest.raises(applying.ReasonMissing):
        confirming.give_back(candidate=candidate, reason=" ", by=school, at=at)
    confirming.give_back(candidate=candidate, reason="任教年限有误", by=school, at=at)
    assert (candidate.state, candidate.review_reason) == ("returned", "任教年限有误")
    Candidate.objects.update(school_confirmed_at=at, school_confirmed_by=school)
    applying.correct(candidate=candidate, facts=FACTS, by=teacher.user, at=at)
    assert list(confirming.waiting(school, at)) == [candidate]


def test_confirm_refuses_another_school_herself_and_where_nothing_is_asked(tree, at):
    asked = make.candidate(open_exam(tree, asks_school=True), "考生", state="submitted", school=tree.school)
    school = people.officer("school_officer", tree.school, "校管")
    with pytest.raises(NotYourOffice):
        confirming.confirm(candidate=asked, by=people.officer("school_officer", tree.other_school), at=at)
    herself = people.teacher("校管", school=tree.school, user=school)
    own = make.candidate(asked.exam, herself, state="submitted")
    with pytest.raises(applying.ReviewingOneself):
        confirming.confirm(candidate=own, by=school, at=at)
    unasked = make.candidate(open_exam(tree), "另一人", state="submitted", school=tree.school)
    with pytest.raises(confirming.SchoolNotAsked):
        confirming.confirm(candidate=unasked, by=school, at=at)
    decided = make.candidate(asked.exam, "已审", state="approved", school=tree.school)
    with pytest.raises(applying.NotWaitingForReview):
        confirming.confirm(candidate=decided, by=school, at=at)
    asked.exam.stages.filter(number=1).update(state="arranged")
    with pytest.raises(NotAtThisStep):
        confirming.confirm(candidate=asked, by=school, at=at)
    assert not Candidate.objects.exclude(school_confirmed_at=None).exists()


def test_rules_of_the_record_are_read_from_it_and_cannot_be_typed(tree, teacher, at):
    level = certs.level(tree.city)
    rules = {**ELIGIBILITY, "credential": {"level": level.pk, "name": level.name}, "min_recorded_hours": 10}
    exam = open_exam(tree, eligibility=rules)
    typed = {**FACTS, "credential_held": level.pk, "recorded_hours": "99"}
    made = applying.register(exam=exam, teacher=teacher, facts=typed, by=teacher.user, at=at)
    assert [each.rule for each in applying.findings(made)] == ["credential_not_held", "too_few_recorded_hours"]
    other = people.teacher("何远", school=tree.school)
    certs.issued(level, certs.staff(tree.city), [other])
    records.outcome(other, hours=12)
    good = applying.register(exam=exam, teacher=other, facts=FACTS, by=other.user, at=at)
    assert applying.findings(good) == []


@pytest.mark.parametrize("wrong", [{"credential": "B"}, {"credential": {"level": 1}}, {"min_recorded_hours": -1}])
def test_rule_faults_names_what_it_cannot_read(wrong):
    assert eligibility.rule_faults(wrong) == list(wrong)


def test_announcement_is_read_by_those_it_concerns_and_written_by_its_officer(client, tree, teacher, officer):
    exam = open_exam(tree, **SAID)
    outsider = people.teacher("远人", school=people.organisation("远校"))
    address = reverse("exams:announcement", args=[exam.pk])
    with time_machine.travel(AT, tick=False):
        client.force_login(teacher.user)
        page = client.get(address)
        for words in ("全市统一组织。", "200", "考务室 0000-0000", "本人承诺所填属实。", "松平市第一中学考点"):
            assert words in page.text
        client.force_login(outsider.user)
        assert client.get(address).status_code == 404
        client.force_login(officer)
        typed = {"announcement": "改过", "pledge": "另一份", "contact": "考务室"}
        refused = client.post(reverse("exams:describe", args=[exam.pk]), typed)
        assert (refused.status_code, "另一份" in refused.text) == (422, True)


def test_pages_take_the_pledge_and_the_school_s_word(client, tree, teacher):
    exam = open_exam(tree, pledge="承诺", pledge_version=1, asks_school=True)
    typed = {**FACTS, "has_certificate": "on", "in_service": "on"}
    school = people.officer("school_officer", tree.school, "校管")
    with time_machine.travel(AT + dt.timedelta(hours=1), tick=False):
        client.force_login(teacher.user)
        page = client.post(reverse("exams:apply", args=[exam.pk]), typed)
        assert (page.status_code, Candidate.objects.count()) == (409, 0)
        client.post(reverse("exams:apply", args=[exam.pk]), {**typed, "pledged": "yes"})
        made = Candidate.objects.get()
        client.force_login(school)
        assert "林知微" in client.get(reverse("exams:school_word")).text
        client.post(reverse("exams:school_confirm", args=[made.pk]), {"act": "confirm", "reason": ""})
    made.refresh_from_db()
    assert made.school_confirmed_by == school
