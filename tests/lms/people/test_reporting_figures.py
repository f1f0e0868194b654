"""Yearly figures: a school reports, another person of its bureau confirms or returns; what cannot be is refused."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people import reporting
from lms.people.access import NotYourOffice
from lms.people.models import YearlyFigures
from tests.factories import people

pytestmark = pytest.mark.django_db

TYPED = {
    "year": 2023,
    "as_of_on": dt.date(2023, 10, 8),
    "pupils": 1240,
    "classes": 28,
    "has_counselling_room": True,
    "has_timetabled_course": False,
    "full_time_posts": 1,
    "part_time_posts": 6,
}


@pytest.fixture
def school_officer(tree):
    return people.officer("school_officer", tree.school, "叶校")


@pytest.fixture
def bureau(tree):
    return people.officer("bureau_officer", tree.county, "沈县")


@pytest.fixture
def report(tree, school_officer, at):
    def one(by=None, school=None, **more):
        typed = {**TYPED, **more}
        return reporting.report_figures(school=school or tree.school, by=by or school_officer, at=at, **typed)

    return one


def test_report_waits_and_is_journalled(report, school_officer, at):
    found = report()
    assert (found.state, found.submitted_by, found.submitted_at) == ("submitted", school_officer, at)
    assert Line.objects.get(act="people.figures_reported").facts["pupils"] == "1240"


@pytest.mark.parametrize("office", ["bureau_officer", "school_officer"])
def test_report_is_possible_for_the_school_and_for_the_bureau_over_it(report, tree, office):
    assert report(by=people.officer(office, tree.school if office == "school_officer" else tree.city)).pk


@pytest.mark.parametrize("office", ["exam_officer", "auditor", "signatory", "clerk"])
def test_report_is_refused_when_the_office_is_another(report, tree, office):
    with pytest.raises(NotYourOffice):
        report(by=people.officer(office, tree.county))


def test_report_is_refused_when_the_officer_is_a_neighbour(report, tree):
    for by in (people.officer("school_officer", tree.other_school), people.officer("bureau_officer", tree.neighbour)):
        with pytest.raises(NotYourOffice):
            report(by=by)


def test_report_is_refused_when_the_unit_is_no_school_or_closed(report, tree, bureau):
    with pytest.raises(reporting.NotASchool):
        report(by=bureau, school=tree.county)
    tree.school.closed_on = dt.date(2024, 3, 4)
    tree.school.save()
    with pytest.raises(reporting.NotASchool):
        report()


@pytest.mark.parametrize("year", [2024, 2030, 2012, 0])
def test_report_is_refused_when_the_year_lies_ahead_or_too_far_back(report, year):
    with pytest.raises(reporting.YearOutside):
        report(year=year)


@pytest.mark.parametrize("day", [dt.date(2023, 8, 31), dt.date(2024, 3, 6), dt.date(2024, 9, 1)])
def test_report_is_refused_when_the_day_is_outside_the_year_or_ahead(report, day):
    with pytest.raises(reporting.DayOutside):
        report(as_of_on=day)


@pytest.mark.parametrize("day", [dt.date(2023, 9, 1), dt.date(2024, 3, 5)])
def test_report_takes_the_first_day_of_the_year_and_today(report, day):
    assert report(as_of_on=day).as_of_on == day


@pytest.mark.parametrize(
    ("refusal", "typed"),
    [
        (reporting.NoClasses, {"pupils": 0}),
        (reporting.NoClasses, {"classes": 0, "full_time_posts": 0}),
        (reporting.MoreClassesThanPupils, {"pupils": 10, "classes": 11}),
        (reporting.NumberTooLarge, {"pupils": 30_001}),
        (reporting.MorePostsThanClasses, {"full_time_posts": 29}),
        (reporting.TooManyPartTime, {"part_time_posts": 1241}),
    ],
)
def test_report_is_refused_when_the_numbers_cannot_be(report, refusal, typed):
    with pytest.raises(refusal):
        report(**typed)
    assert not YearlyFigures.objects.exists()


def test_report_is_refused_when_figures_of_that_year_wait(report, bureau):
    report()
    with pytest.raises(reporting.FiguresWaiting):
        report(by=bureau)
    assert report(year=2022, as_of_on=dt.date(2022, 10, 8)).pk


def test_correct_changes_what_waits_and_journals_what_stood_there(report, bureau, at):
    found = reporting.correct_figures(figures=report(), by=bureau, at=at, **{**TYPED, "pupils": 1250})
    found.refresh_from_db()
    assert (found.pupils, found.submitted_by, found.state) == (1250, bureau, "submitted")
    assert Line.objects.get(act="people.figures_corrected").facts == {"pupils": "1240 → 1250"}
    with pytest.raises(reporting.OwnFigures):
        reporting.confirm_figures(figures=found, by=bureau, at=at)


def test_correct_is_refused_when_decided_or_not_ones_own_or_impossible(report, bureau, tree, school_officer, at):
    found = report()
    with pytest.raises(NotYourOffice):
        stranger = people.officer("school_officer", tree.other_school)
        reporting.correct_figures(figures=found, by=stranger, at=at, **TYPED)
    with pytest.raises(reporting.MoreClassesThanPupils):
        reporting.correct_figures(figures=found, by=school_officer, at=at, **{**TYPED, "pupils": 2})
    reporting.confirm_figures(figures=found, by=bureau, at=at)
    with pytest.raises(reporting.FiguresDecided):
        reporting.correct_figures(figures=found, by=school_officer, at=at, **TYPED)


def test_confirm_counts_from_now_on_and_tells_who_reported(report, bureau, school_officer, at):
    found = reporting.confirm_figures(figures=report(), by=bureau, at=at)
    assert (found.state, found.decided_by, found.decided_at) == ("confirmed", bureau, at)
    told = Message.objects.get(kind="people.figures_confirmed")
    assert (told.recipient, told.facts["year"]) == (school_officer, "2023–2024")
    assert Line.objects.filter(act="people.figures_confirmed").count() == 1


def test_confirm_replaces_what_was_confirmed_for_that_year_and_keeps_it(report, bureau, at):
    first = reporting.confirm_figures(figures=report(), by=bureau, at=at)
    other = reporting.confirm_figures(figures=report(year=2022, as_of_on=dt.date(2022, 9, 9)), by=bureau, at=at)
    second = reporting.confirm_figures(figures=report(pupils=1300), by=bureau, at=at)
    states = dict(YearlyFigures.objects.values_list("pk", "state"))
    assert states == {first.pk: "replaced", other.pk: "confirmed", second.pk: "confirmed"}


def test_confirm_and_return_are_refused_when_one_reported_them_oneself(report, bureau, at):
    found = report(by=bureau)
    with pytest.raises(reporting.OwnFigures):
        reporting.confirm_figures(figures=found, by=bureau, at=at)
    with pytest.raises(reporting.OwnFigures):
        reporting.return_figures(figures=found, reason="错", by=bureau, at=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        YearlyFigures.objects.update(decided_by=bureau)


@pytest.mark.parametrize("office", ["school_officer", "exam_officer", "auditor", "signatory"])
def test_confirm_is_refused_when_the_office_is_another(report, tree, office, at):
    with pytest.raises(NotYourOffice):
        reporting.confirm_figures(figures=report(), by=people.officer(office, tree.county), at=at)


def test_confirm_is_refused_when_the_office_is_at_the_school_itself_or_beside(report, tree, at):
    found = report()
    for unit in (tree.school, tree.neighbour):
        with pytest.raises(NotYourOffice):
            reporting.confirm_figures(figures=found, by=people.officer("bureau_officer", unit), at=at)
    assert reporting.confirm_figures(figures=found, by=people.officer("bureau_officer", tree.city), at=at)


def test_decided_figures_are_not_decided_again(report, bureau, at):
    found = reporting.return_figures(figures=report(), reason="核对班级数", by=bureau, at=at)
    with pytest.raises(reporting.FiguresDecided):
        reporting.confirm_figures(figures=found, by=bureau, at=at)
    with pytest.raises(reporting.FiguresDecided):
        reporting.return_figures(figures=found, reason="再核", by=bureau, at=at)


def test_return_tells_the_reason_and_frees_the_way(report, bureau, school_officer, at):
    found = reporting.return_figures(figures=report(), reason=" 核对班级数 ", by=bureau, at=at)
    assert (found.state, found.reason) == ("returned", "核对班级数")
    assert Message.objects.get(kind="people.figures_returned").facts["reason"] == "核对班级数"
    assert Line.objects.get(act="people.figures_returned").reason == "核对班级数"
    assert report().state == "submitted"


def test_return_is_refused_when_there_is_no_reason(report, bureau, at):
    with pytest.raises(reporting.ReturnWithoutReason):
        reporting.return_figures(figures=report(), reason="  ", by=bureau, at=at)


@pytest.mark.parametrize(
    ("day", "year"), [(dt.date(2023, 8, 31), 2022), (dt.date(2023, 9, 1), 2023), (dt.date(2024, 3, 5), 2023)]
)
def test_a_school_year_begins_in_september(day, year):
    assert reporting.school_year(day) == year
