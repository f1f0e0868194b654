"""The analysis of a sat paper: items, reliability and markers, reckoned by hand; only for the exam's officers."""

from decimal import Decimal

import pytest
from django.urls import reverse

from exams import measuring, remarking
from exams.models import Mark, Stage
from lms.people.models import Appointment
from tests.factories import exams, people
from tests.factories import marking as make

D = Decimal
# Points of four scripts: by the key in items 1 and 2 (1 and 2 points), by people in 5; everything else blank.
POINTS = ((1, 2, "4"), (0, 1, "1"), (1, 2, "3"), (0, 0, "0"))


@pytest.fixture
def officer(tree):
    return people.officer(Appointment.Office.EXAM_OFFICER, tree.city, "程干事")


@pytest.fixture
def three(tree):
    return make.markers(tree.city, 3)


@pytest.fixture
def exam(tree):
    return make.exam_in_marking(tree.city)


@pytest.fixture
def module(exam):
    return exams.module(exam)


def settle(exam, points=POINTS):
    """Scripts with their settled results; the stage's scores are checked."""
    attempts = []
    for first, second, fifth in points:
        attempt = make.script(exam)
        for item, given in (("1", first), ("2", second)):
            answer = attempt.answers.get(item=item)
            Mark.objects.create(answer=answer, role="key", points=given, assigned_at=people.AT)
        result = make.settled(attempt, {"5": fifth})
        result.score += first + second
        result.save()
        attempts.append(attempt)
    Stage.objects.filter(exam=exam, number=1).update(state="scores_checked")
    return attempts


def test_paper_figures_are_those_of_the_settled_scripts(exam, module):
    settle(exam)
    found = measuring.paper_figures(module.sitting.paper)
    # Totals 7, 2, 6, 0: mean 3.75, squares 10.5625 + 3.0625 + 5.0625 + 14.0625 = 32.75, variance 10.9167.
    assert (found.scripts, found.mean, found.median, found.lowest, found.highest) == (4, D("3.75"), D(4), D(0), D(7))
    assert found.deviation == D("3.30")
    # Variances 1/3, 11/12, 10/3 and 0 for four blank items: 7/6 × (1 − 4.5833 / 10.9167).
    assert found.alpha == D("0.677")
    assert found.error == D("1.88")  # 3.3041 × √0.323
    rows = {row.item.code: row for row in found.items}
    assert list(rows) == ["1", "2", "3", "4", "5", "6.1", "6.2"]
    assert (rows["1"].facility, rows["2"].facility, rows["5"].facility) == (D("0.500"), D("0.625"), D("0.400"))
    # 27 % of four scripts is one: the best earned 4 of 5, the weakest none.
    assert (rows["5"].discrimination, rows["5"].word) == (D("0.800"), "good")
    assert (rows["6.1"].discrimination, rows["6.1"].word) == (D("0.000"), "poor")
    # Without item 5: totals 3, 1, 3, 0, variance 2.25; 6/5 × (1 − 1.25 / 2.25).
    assert rows["5"].alpha_without == D("0.533")
    # Bins of a twentieth of 21 points: 0–1.05, …, 6.3–7.35.
    assert [each["count"] for each in found.bins] == [1, 1, 0, 0, 0, 1, 1]
    assert (found.bins[0]["low"], found.bins[-1]["high"]) == ("0", "7.35")


def test_paper_figures_of_nobody_say_nothing(module):
    found = measuring.paper_figures(module.sitting.paper)
    assert (found.scripts, found.mean, found.alpha, found.error, found.bins) == (0, None, None, None, [])
    assert {row.facility for row in found.items} == {None}


def test_marking_figures_are_those_of_the_pairs_that_count(exam, module, three, at):
    one, two, three_ = three
    for first, second, third in (("3", "2", None), ("4", "4", None), ("5", "1", "2")):
        make.marks(make.script(exam), "5", first, second, three, third=third)
    make.marks(make.script(exam), "6.1", "2", None, (two, three_))
    found = measuring.marking_figures(module)
    # Differences 1, 0, 4: mean 1.67, deviation √(13/3) = 2.08; the limit is 3.
    assert [row.marker for row in found.markers] == [two, one]
    strict, mild = found.markers
    assert (mild.severity, mild.spread, strict.severity) == (D("1.67"), D("2.08"), D("-1.67"))
    for each in (found.all, mild.agreement, {item.code: row for _p, item, row in found.items}["5"]):
        assert (each.answers, each.equal, each.within, each.thirds) == (3, D("0.333"), D("0.667"), 1)
        assert each.distance == D("1.67")
    assert {item.code: row.answers for _p, item, row in found.items} == {"5": 3, "6.1": 0, "6.2": 0}


def test_marking_figures_leave_out_what_was_marked_anew(exam, module, officer, tree, at):
    four = make.markers(tree.city, 4)
    attempt = make.script(exam)
    make.marks(attempt, "5", "0", "5", four)
    remarking.order(attempt.answers.get(item="5"), four[2], four[3], "漏评", by=officer, at=at)
    assert measuring.marking_figures(module).markers == []
    Mark.objects.standing().filter(role__in=("first", "second")).update(points=D(2))
    assert [row.severity for row in measuring.marking_figures(module).markers] == [D(0), D(0)]


def test_analysis_shows_tables_beside_its_plots(client, exam, module, officer, three):
    attempts = settle(exam)
    make.marks(attempts[0], "5", "4", "3.5", three)
    client.force_login(officer)
    page = client.get(reverse("exams:analysis", args=[module.pk]))
    for text in ("0.677", "1.88", "0.533", "0.800", str(three[0]), "+0.50", "−0.50"):
        assert text in page.text
    assert page.text.count('role="img"') == 2
    assert page.text.count("<caption") >= 4
    assert reverse("exams:analysis", args=[module.pk]) in client.get(reverse("exams:cut_score", args=[module.pk])).text


@pytest.mark.parametrize("count", [1, 3])
def test_analysis_takes_the_same_queries_for_more_scripts(
    client, exam, module, officer, three, count, django_assert_max_num_queries
):
    for attempt in settle(exam, POINTS[:count]):
        make.marks(attempt, "5", "4", "3.5", three)
    client.force_login(officer)
    with django_assert_max_num_queries(14):
        assert client.get(reverse("exams:analysis", args=[module.pk])).status_code == 200


def test_analysis_waits_for_checked_scores(client, exam, module, officer, three):
    make.marks(make.script(exam), "5", "4", "3.5", three)
    client.force_login(officer)
    page = client.get(reverse("exams:analysis", args=[module.pk]))
    assert "figures" not in page.context
    assert str(three[0]) not in page.text


def test_analysis_is_for_the_exams_officers_alone(client, exam, module, three, tree):
    settle(exam)
    for stranger in (
        three[0],
        people.officer(Appointment.Office.EXAM_OFFICER, tree.county, "县里人"),
        people.officer(Appointment.Office.AUDITOR, tree.city, "审计"),
    ):
        client.force_login(stranger)
        assert client.get(reverse("exams:analysis", args=[module.pk])).status_code == 404
