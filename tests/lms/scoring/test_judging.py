"""Sheets: only their judge, only within the rubric, never edited once signed; the last one makes the score."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lms.journal.models import Line
from lms.scoring import judging
from lms.scoring.models import Assessment, Reopening, ScoreSheet
from tests.factories import hearing, people

FULL = {"material": Decimal("50.5"), "method": Decimal("30")}


@pytest.fixture
def three(db):
    return hearing.assessment(3)


@pytest.fixture
def sheet(three):
    return three[1][0]


def save(sheet, points, at, by=None):
    return judging.save(sheet=sheet, points=points, by=by or sheet.judge, at=at)


def sign(sheet, at, points=FULL):
    save(sheet, points, at)
    return judging.sign(sheet=sheet, by=sheet.judge, at=at)


def stands(sheet):
    return dict(sheet.scores.values_list("criterion__code", "points"))


# Opening


def test_open_sheets_gives_every_judge_an_empty_one(db, at):
    assessment = Assessment.objects.create(rubric=hearing.rubric(), judges=2)
    judging.open_sheets(assessment=assessment, judges=[people.user("甲"), people.user("乙")], at=at)
    assert list(assessment.sheets.values_list("state", flat=True)) == ["open", "open"]
    assessment.refresh_from_db()
    assert assessment.opened_at == at


@pytest.mark.parametrize("count", [1, 3])
def test_open_sheets_refuses_another_number_of_judges(db, at, count):
    assessment = Assessment.objects.create(rubric=hearing.rubric(), judges=2)
    with pytest.raises(judging.JudgesDoNotFit):
        judging.open_sheets(assessment=assessment, judges=[people.user("甲") for _ in range(count)], at=at)
    assert not ScoreSheet.objects.exists()


def test_open_sheets_refuses_a_judge_named_twice(db, at):
    judge = people.user("甲")
    assessment = Assessment.objects.create(rubric=hearing.rubric(), judges=2)
    with pytest.raises(judging.JudgesDoNotFit):
        judging.open_sheets(assessment=assessment, judges=[judge, judge], at=at)


# Saving


def test_save_keeps_a_part_and_adds_to_it(sheet, at):
    save(sheet, {"material": Decimal("50.5")}, at)
    save(sheet, {"method": Decimal(30)}, at)
    assert stands(sheet) == FULL
    sheet.refresh_from_db()
    assert (sheet.state, sheet.saved_at, sheet.total) == ("saved", at, None)


def test_save_replaces_and_takes_back(sheet, at):
    save(sheet, FULL, at)
    save(sheet, {"material": Decimal(12), "method": None}, at)
    assert stands(sheet) == {"material": Decimal(12)}


@pytest.mark.parametrize("points", ["0", "60", "59.5"])
def test_save_takes_every_half_point_from_nought_to_the_most(sheet, at, points):
    save(sheet, {"material": Decimal(points)}, at)
    assert stands(sheet) == {"material": Decimal(points)}


@pytest.mark.parametrize(
    ("points", "refusal"),
    [
        ({"material": Decimal("60.5")}, judging.PointsOutOfRange),
        ({"material": Decimal("-0.5")}, judging.PointsOutOfRange),
        ({"material": Decimal("NaN")}, judging.PointsOutOfRange),
        ({"material": Decimal("Infinity")}, judging.PointsOutOfRange),
        ({"material": Decimal("12.3")}, judging.PointsNotInSteps),
        ({"spelling": Decimal("1")}, judging.UnknownCriterion),
    ],
)
def test_save_refuses_points_off_the_rubric_and_keeps_nothing(sheet, at, points, refusal):
    with pytest.raises(refusal):
        save(sheet, {"method": Decimal(30), **points}, at)
    assert stands(sheet) == {}


def test_save_refuses_another_judges_sheet(three, at):
    mine, hers, _ = three[1]
    with pytest.raises(judging.NotYourSheet):
        save(hers, FULL, at, by=mine.judge)
    assert stands(hers) == {}


def test_save_refuses_a_signed_sheet(sheet, at):
    sign(sheet, at)
    with pytest.raises(judging.SheetSigned):
        save(sheet, {"material": Decimal(1)}, at)
    assert stands(sheet) == FULL


def test_save_refuses_a_void_sheet(three, at):
    assessment, (sheet, *_) = three
    judging.replace(assessment=assessment, judge=sheet.judge, by_judge=people.user("替补"))
    with pytest.raises(judging.SheetVoid):
        save(sheet, FULL, at)


# Signing


def test_sign_keeps_total_and_digest(sheet, at):
    signed = sign(sheet, at)
    assert (signed.state, signed.total, signed.signed_at) == ("signed", Decimal("80.5"), at)
    assert len(signed.signed_digest) == 64
    assert Line.objects.get(act="scoring.sheet_signed").facts == {"digest": signed.signed_digest}


def test_sign_names_what_is_missing(sheet, at):
    save(sheet, {"material": Decimal(1)}, at)
    with pytest.raises(judging.CriteriaMissing) as refused:
        judging.sign(sheet=sheet, by=sheet.judge, at=at)
    assert "教法" in str(refused.value) and "教材分析" not in str(refused.value)
    sheet.refresh_from_db()
    assert sheet.state == "saved"


def test_sign_takes_a_nought_as_scored(sheet, at):
    assert sign(sheet, at, {"material": Decimal(0), "method": Decimal(0)}).total == 0


def test_sign_refuses_another_judges_sheet(three, at):
    mine, hers, _ = three[1]
    save(hers, FULL, at)
    with pytest.raises(judging.NotYourSheet):
        judging.sign(sheet=hers, by=mine.judge, at=at)


def test_sign_refuses_a_second_time(sheet, at):
    sign(sheet, at)
    with pytest.raises(judging.SheetSigned):
        judging.sign(sheet=sheet, by=sheet.judge, at=at)


def test_last_signature_makes_the_score_and_no_earlier_one(three, at):
    assessment, sheets = three
    for sheet, material in zip(sheets, ("10", "20.5", "40"), strict=True):
        assessment.refresh_from_db()
        assert assessment.score is None
        sign(sheet, at, {"material": Decimal(material), "method": Decimal(30)})
    assessment.refresh_from_db()
    assert (assessment.score, assessment.totalled_at) == (Decimal("53.50"), at)
    assert assessment.basis == {
        "sheets": [
            {"sheet": sheets[0].pk, "total": "40.0", "dropped": False},
            {"sheet": sheets[1].pk, "total": "50.5", "dropped": False},
            {"sheet": sheets[2].pk, "total": "70.0", "dropped": False},
        ],
        "sum": "160.5",
        "counted": 3,
        "trimmed": False,
        "places": 2,
        "rounding": "half_up",
    }


def test_last_signature_names_the_sheets_left_out(db, at):
    assessment, sheets = hearing.assessment(5)
    for sheet, material in zip(sheets, (30, 10, 20, 50, 40), strict=True):
        sign(sheet, at, {"material": Decimal(material), "method": Decimal(0)})
    assessment.refresh_from_db()
    assert assessment.score == Decimal("30.00")
    left_out = [each["sheet"] for each in assessment.basis["sheets"] if each["dropped"]]
    assert left_out == [sheets[1].pk, sheets[3].pk]
    assert Line.objects.get(act="scoring.assessment_totalled").facts["dropped"] == left_out


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(points=st.lists(st.integers(0, 120).map(lambda n: Decimal(n) / 2), min_size=7, max_size=7))
def test_score_is_the_trimmed_mean_whatever_the_judges_give(db, at, points):
    assessment, sheets = hearing.assessment(7)
    for sheet, material in zip(sheets, points, strict=True):
        sign(sheet, at, {"material": material, "method": Decimal(0)})
    assessment.refresh_from_db()
    middle = sorted(points)[1:-1]
    assert abs(assessment.score - sum(middle) / 5) <= Decimal("0.005")
    assert sum(each["dropped"] for each in assessment.basis["sheets"]) == 2


# Reopening


@pytest.fixture
def scored(three, at):
    assessment, sheets = three
    for sheet in sheets:
        sign(sheet, at)
    assessment.refresh_from_db()
    return assessment, sheets


def ask(sheet, at, by=None, reason="看错了号码"):
    return judging.ask_reopening(sheet=sheet, reason=reason, by=by or sheet.judge, at=at)


def agree(reopening, at, by=None, seen_digest=None):
    seen = reopening.seen_digest if seen_digest is None else seen_digest
    return judging.agree_reopening(reopening=reopening, seen_digest=seen, by=by or people.user("负责人"), at=at)


def test_ask_reopening_changes_nothing_yet(scored, at):
    assessment, (sheet, *_) = scored
    ask(sheet, at)
    sheet.refresh_from_db()
    assessment.refresh_from_db()
    assert (sheet.state, assessment.score) == ("signed", Decimal("80.50"))


def test_agree_reopening_opens_the_sheet_clears_the_score_and_keeps_the_old_values(scored, at):
    assessment, (sheet, *_) = scored
    sheet.refresh_from_db()
    reopening = ask(sheet, at)
    agree(reopening, at)
    assessment.refresh_from_db()
    assert (assessment.score, assessment.totalled_at, assessment.basis) == (None, None, {})
    old = Reopening.objects.get().old_values
    assert (old["points"], old["total"], old["score"]) == ({"material": "50.5", "method": "30.0"}, "80.5", "80.50")
    assert old["digest"] == sheet.signed_digest
    again = hearing.again(sheet)
    assert (again.state, again.total, again.signed_digest) == ("saved", None, "")
    assert Line.objects.get(act="scoring.sheet_reopened").reason == "看错了号码"


def test_reopened_sheet_is_signed_again_into_a_new_score(scored, at):
    assessment, (sheet, *_) = scored
    agree(ask(sheet, at), at)
    save(sheet, {"material": Decimal("20.5")}, at)
    judging.sign(sheet=sheet, by=sheet.judge, at=at)
    assessment.refresh_from_db()
    assert assessment.score == Decimal("70.50")
    assert Reopening.objects.get().old_values["total"] == "80.5"


def test_ask_reopening_is_refused_without_a_reason(scored, at):
    with pytest.raises(judging.ReasonMissing):
        ask(scored[1][0], at, reason=" ")


def test_ask_reopening_is_refused_when_the_sheet_is_not_signed(sheet, at):
    with pytest.raises(judging.NotSigned):
        ask(sheet, at)


def test_ask_reopening_is_refused_while_one_is_asked_for(scored, at):
    ask(scored[1][0], at)
    with pytest.raises(judging.AlreadyAsked):
        ask(scored[1][0], at)


def test_agree_reopening_is_refused_to_who_asked(scored, at):
    sheet = scored[1][0]
    with pytest.raises(judging.OwnRequest):
        agree(ask(sheet, at), at, by=sheet.judge)
    assert hearing.again(sheet).state == "signed"


def test_reopening_by_one_person_is_refused_by_the_database_too(scored, at):
    reopening = ask(scored[1][0], at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Reopening.objects.filter(pk=reopening.pk).update(agreed_by=reopening.asked_by)


def test_agree_reopening_is_refused_a_second_time(scored, at):
    reopening = ask(scored[1][0], at)
    agree(reopening, at)
    with pytest.raises(judging.NotSigned):
        agree(reopening, at)


def test_agree_reopening_is_refused_when_she_saw_something_else(scored, at):
    with pytest.raises(judging.ChangedSince):
        agree(ask(scored[1][0], at), at, seen_digest="0" * 64)


# Replacing


def test_replace_voids_the_sheet_keeps_its_points_and_opens_another(scored, at):
    assessment, (sheet, *_) = scored
    reserve = people.user("替补")
    judging.replace(assessment=assessment, judge=sheet.judge, by_judge=reserve)
    assessment.refresh_from_db()
    assert assessment.score is None
    assert hearing.again(sheet).state == "void" and stands(sheet) == FULL
    sign(ScoreSheet.objects.get(judge=reserve), at, {"material": Decimal(60), "method": Decimal(40)})
    assessment.refresh_from_db()
    assert assessment.score == Decimal("87.00")
    assert sheet.pk not in [each["sheet"] for each in assessment.basis["sheets"]]


def test_replace_is_refused_when_the_judge_has_no_sheet(three):
    with pytest.raises(judging.NotYourSheet):
        judging.replace(assessment=three[0], judge=people.user("甲"), by_judge=people.user("乙"))


def test_replace_is_refused_when_the_other_judges_already(three):
    assessment, (one, two, _) = three
    with pytest.raises(judging.JudgesDoNotFit):
        judging.replace(assessment=assessment, judge=one.judge, by_judge=two.judge)
