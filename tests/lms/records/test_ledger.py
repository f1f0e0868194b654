"""The ledger of hours: posted once for each source, taken back by an entry of its own, never edited."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from lms.journal.models import Line
from lms.people import access, merging
from lms.records import ledger, queries
from lms.records.models import HourEntry
from tests.factories import people
from tests.factories import training as make
from tests.factories.people import AT


@pytest.fixture
def teacher(tree):
    return people.teacher("林知微", school=tree.school)


@pytest.fixture
def officer(tree):
    return people.officer("bureau_officer", tree.county, "沈县")


def post(teacher, *, by=None, source="training.enrolment:1", **hours):
    return ledger.post(
        teacher=teacher,
        hours={category: Decimal(amount) for category, amount in hours.items()},
        title="心理C证培训，第1期",
        source=source,
        earned_on=dt.date(2024, 3, 5),
        by=by,
        at=AT,
    )


def test_post_makes_an_entry_for_each_category_and_a_line_of_the_journal(teacher):
    made = post(teacher, professional="12.5", elective="3")
    assert [(each.category, each.hours) for each in made] == [
        ("elective", Decimal("3")),
        ("professional", Decimal("12.5")),
    ]
    assert [line.facts["hours"] for line in Line.objects.order_by("pk")] == ["3", "12.5"]
    assert set(Line.objects.values_list("act", flat=True)) == {"records.hours_posted"}


def test_post_twice_is_the_same_as_once(teacher):
    post(teacher, professional="12")
    assert post(teacher, professional="99") == []
    assert [each.category for each in post(teacher, professional="12", general="1")] == ["general"]
    assert HourEntry.objects.get(category="professional").hours == 12


def test_post_all_credits_each_and_what_stands_already_is_left(tree, teacher):
    other = people.teacher("何远", school=tree.school)
    post(teacher, professional="12")
    days = {"begun_on": dt.date(2024, 3, 1), "earned_on": dt.date(2024, 3, 5)}
    hours = {"professional": Decimal(12), "elective": Decimal(1)}
    credits = [ledger.Credit(each, hours, "心理C证培训，第1期", "training.enrolment:1") for each in (teacher, other)]

    assert len(ledger.post_all(credits=credits, at=AT, **days)) == 3
    assert ledger.post_all(credits=credits, at=AT, **days) == []
    rows = HourEntry.objects.order_by("teacher", "category").values_list("teacher", "category", "begun_on")
    assert list(rows) == [
        (teacher.pk, "elective", days["begun_on"]),
        (teacher.pk, "professional", None),
        (other.pk, "elective", days["begun_on"]),
        (other.pk, "professional", days["begun_on"]),
    ]
    assert Line.objects.filter(act="records.hours_posted").count() == 4


def test_post_all_is_refused_where_the_first_day_lies_after_the_last(teacher):
    credits = [ledger.Credit(teacher, {"elective": Decimal(1)}, "培训", "test:1")]
    with pytest.raises(ledger.DaysReversed):
        ledger.post_all(credits=credits, begun_on=dt.date(2024, 3, 6), earned_on=dt.date(2024, 3, 5), at=AT)
    assert not HourEntry.objects.exists()


def test_post_credits_again_when_the_source_is_another(teacher):
    post(teacher, professional="12")
    assert len(post(teacher, source="training.enrolment:2", professional="12")) == 1


def test_post_credits_nothing_again_when_it_was_taken_back(teacher):
    (entry,) = post(teacher, professional="12")
    ledger.reverse(entry=entry, reason="录错", by=None, at=AT)
    assert post(teacher, professional="12") == []


def test_post_and_reverse_are_refused_outside_ones_office(teacher, tree):
    (entry,) = post(teacher, professional="12")
    for by in (
        people.officer("bureau_officer", tree.neighbour),
        people.officer("auditor", tree.county),
        people.officer("school_officer", tree.school),
        teacher.user,
    ):
        with pytest.raises(access.NotYourOffice):
            post(teacher, by=by, source="another", professional="1")
        with pytest.raises(access.NotYourOffice):
            ledger.reverse(entry=entry, reason="录错", by=by, at=AT)
    assert HourEntry.objects.get() == entry


def test_post_is_done_by_the_bureau_of_the_teacher(teacher, officer):
    (entry,) = post(teacher, by=officer, professional="12")
    assert entry.posted_by == officer


def test_reverse_adds_the_same_hours_negative_and_tells_the_teacher_why(teacher, officer):
    (entry,) = post(teacher, professional="12.5")
    back = ledger.reverse(entry=entry, reason=" 重复登记。 ", by=officer, at=AT)
    assert (back.hours, back.category, back.earned_on, back.reverses, back.reason) == (
        Decimal("-12.5"),
        "professional",
        entry.earned_on,
        entry,
        "重复登记。",
    )
    entry.refresh_from_db()
    assert entry.hours == Decimal("12.5")
    line = Line.objects.order_by("-pk").first()
    assert (line.act, line.actor, line.reason) == ("records.hours_reversed", officer, "重复登记。")
    message = teacher.user.messages.get()
    assert (message.kind, message.facts["reason"], message.facts["hours"]) == (
        "records.hours_reversed",
        "重复登记。",
        "12.5",
    )


def test_reverse_is_refused_without_a_reason(teacher, officer):
    (entry,) = post(teacher, professional="12")
    with pytest.raises(ledger.ReversalUnexplained):
        ledger.reverse(entry=entry, reason=" ", by=officer, at=AT)


def test_reverse_is_refused_a_second_time_and_for_a_reversal(teacher, officer):
    (entry,) = post(teacher, professional="12")
    back = ledger.reverse(entry=entry, reason="录错", by=officer, at=AT)
    for each in (entry, back):
        with pytest.raises(ledger.AlreadyReversed):
            ledger.reverse(entry=each, reason="再来", by=officer, at=AT)
    assert HourEntry.objects.count() == 2


@pytest.mark.parametrize("hours", ["0", "-1"])
def test_no_entry_is_nought_or_negative_unless_it_takes_one_back(teacher, hours):
    with pytest.raises(IntegrityError), transaction.atomic():
        post(teacher, professional=hours)


def test_ledger_of_a_year_sums_by_category_with_what_was_taken_back(teacher, officer):
    make.hours(teacher, "12")
    wrong = make.hours(teacher, "4", category="elective")
    make.hours(teacher, "30", earned_on=dt.date(2023, 12, 31))
    ledger.reverse(entry=wrong, reason="录错", by=officer, at=AT)
    found = queries.ledger(teacher, dt.date(2024, 3, 5))
    assert [each.hours for each in found.sums] == [0, 12, 0]
    assert (found.judged.hours, len(found.entries)) == (12, 3)
    assert [each.first.year for each in found.years] == [2024, 2023]
    before = queries.ledger(teacher, dt.date(2024, 3, 5), "2023")
    assert (before.judged.hours, before.year.first) == (30, dt.date(2023, 1, 1))


def test_ledger_shows_nobody_elses_and_that_of_a_record_merged_into_ones_own(teacher, tree, officer):
    double = people.teacher("林知薇", school=tree.school)
    make.hours(double, "5")
    day = dt.date(2024, 3, 5)
    assert queries.ledger(teacher, day).entries == []
    merging.merge(lesser=double, greater=teacher, reason="同一人", by=officer, at=AT)
    found = queries.ledger(teacher, day)
    assert (found.judged.hours, len(found.entries)) == (5, 1)


def test_post_keeps_the_first_day_and_refuses_one_after_the_last(teacher):
    first, last = dt.date(2024, 3, 1), dt.date(2024, 3, 5)
    more = {"teacher": teacher, "hours": {"general": Decimal(9)}, "title": "研修", "by": None, "at": AT}
    (entry,) = ledger.post(**more, source="one", begun_on=first, earned_on=last)
    assert (entry.begun_on, ledger.reverse(entry=entry, reason="错", by=None, at=AT).begun_on) == (first, first)
    with pytest.raises(ledger.DaysReversed):
        ledger.post(**more, source="two", begun_on=last, earned_on=first)
