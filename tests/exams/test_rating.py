"""A standard set by judges: named, two rounds, signed, frozen, and every refusal on the way."""

import datetime as dt
from decimal import Decimal

import pytest

from exams import rating, stages, standard_setting
from exams.models import AngoffRating, RatingSheet, Stage, StandardSetting
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from lms.people.models import Appointment
from tests.factories import exams, people, standards
from tests.factories import marking as make

D = Decimal
ITEMS = ("1", "2", "3", "4", "5", "6.1", "6.2")  # 1 + 2 + 1 + 2 + 5 + 5 + 5 = 21 points


@pytest.fixture
def officer(tree):
    return people.officer(Appointment.Office.EXAM_OFFICER, tree.city, "程干事")


@pytest.fixture
def module(tree):
    return exams.module(make.exam_in_marking(tree.city))


@pytest.fixture
def judges(tree):
    return standards.judges(tree.city, 3)


@pytest.fixture
def setting(module, judges, officer, at):
    return rating.name_judges(module, judges, by=officer, at=at)


@pytest.fixture
def opened(setting, officer, at):
    return rating.open_round(setting, by=officer, at=at)


def all_at(percent):
    return dict.fromkeys(ITEMS, percent)


# Naming


def test_name_judges_makes_a_sheet_for_each_and_shows_nobody_the_paper(setting, judges, at):
    assert set(setting.sheets.values_list("judge", "round")) == {(each.pk, 1) for each in judges}
    assert not RatingSheet.objects.held_by(judges[0], at).exists()
    assert Line.objects.get(act="exams.standard_judges_named").facts["judges"] == [str(each) for each in judges]


def test_name_judges_refuses_fewer_than_three_different_people(module, judges, officer, at):
    with pytest.raises(rating.TooFewStandardJudges):
        rating.name_judges(module, [*judges[:2], judges[0]], by=officer, at=at)
    assert not StandardSetting.objects.exists()


def test_name_judges_refuses_who_does_not_hold_the_office(module, judges, officer, tree, at):
    marker = make.markers(tree.city, 1)[0]
    with pytest.raises(rating.NotAStandardJudge) as refusal:
        rating.name_judges(module, [*judges, marker], by=officer, at=at)
    assert str(marker) in str(refusal.value)
    assert not RatingSheet.objects.exists()


def test_name_judges_refuses_a_candidate_of_the_exam(module, judges, officer, at):
    standards.registered(judges[2], module.stage.exam)
    with pytest.raises(rating.JudgeIsCandidate) as refusal:
        rating.name_judges(module, judges, by=officer, at=at)
    assert str(judges[2]) in str(refusal.value)
    assert not StandardSetting.objects.exists()


def test_name_judges_refuses_while_others_are_at_it(setting, module, judges, officer, at):
    with pytest.raises(rating.SettingRunning):
        rating.name_judges(module, judges, by=officer, at=at)
    assert StandardSetting.objects.count() == 1


def test_name_judges_refuses_a_module_without_a_paper(tree, judges, officer, at):
    bare = exams.module(exams.exam(tree.city))
    with pytest.raises(rating.NoPaperToRate):
        rating.name_judges(bare, judges, by=officer, at=at)


def test_name_judges_refuses_when_a_line_is_set(module, judges, officer, at):
    Stage.objects.update(state="line_set")
    with pytest.raises(stages.NotAtThisStep):
        rating.name_judges(module, judges, by=officer, at=at)


# Opening


def test_open_round_tells_the_judges_and_shows_them_the_paper(opened, judges, at):
    assert opened.state == "first_round"
    assert RatingSheet.objects.held_by(judges[0], at).get().round == 1
    told = Message.objects.filter(kind="exams.standard_round_opened")
    assert {each.recipient_id: each.facts["round"] for each in told} == {each.pk: 1 for each in judges}


@pytest.mark.parametrize("state", ["planning", "arranged", "line_set"])
def test_open_round_refuses_before_the_bell_and_after_the_line(setting, officer, state, at):
    Stage.objects.filter(pk=setting.module.stage_id).update(state=state)
    with pytest.raises(stages.NotAtThisStep):
        rating.open_round(setting, by=officer, at=at)
    setting.refresh_from_db()
    assert setting.state == "named"


def test_open_round_refuses_a_round_that_runs(opened, officer, at):
    with pytest.raises(rating.RoundNotDue) as refusal:
        rating.open_round(opened, by=officer, at=at)
    assert str(opened.get_state_display()) in str(refusal.value)


@pytest.mark.parametrize(
    "act",
    [
        lambda s, who, at: rating.name_judges(s.module, [], by=who, at=at),
        lambda s, who, at: rating.open_round(s, by=who, at=at),
        lambda s, who, at: rating.close_round(s, by=who, at=at),
        lambda s, who, at: rating.freeze(s, by=who, at=at),
        lambda s, who, at: rating.dissolve(s, "人数不足", by=who, at=at),
    ],
)
def test_only_an_exam_officer_of_the_authority_conducts_it(setting, tree, act, at):
    for stranger in (
        people.officer(Appointment.Office.EXAM_OFFICER, tree.county, "县里人"),
        people.officer(Appointment.Office.MARKER, tree.city, "阅卷人"),
    ):
        with pytest.raises(NotYourOffice):
            act(setting, stranger, at)
    setting.refresh_from_db()
    assert setting.state == "named"


def test_open_round_refuses_and_names_a_judge_who_became_a_candidate(setting, judges, officer, at):
    standards.registered(judges[1], setting.module.stage.exam)
    with pytest.raises(rating.JudgeBecameCandidate) as refusal:
        rating.open_round(setting, by=officer, at=at)
    assert str(judges[1]) in str(refusal.value)
    setting.refresh_from_db()
    assert setting.state == "named"
    assert not Message.objects.filter(kind="exams.standard_round_opened").exists()


def test_second_round_refuses_a_judge_who_became_a_candidate_and_leaves_no_sheet(opened, judges, officer, at):
    sign_all(opened, judges, (50, 60, 70), at=at)
    between = rating.close_round(opened, by=officer, at=at)
    standards.registered(judges[0], opened.module.stage.exam)
    with pytest.raises(rating.JudgeBecameCandidate):
        rating.open_round(between, by=officer, at=at)
    assert not opened.sheets.filter(round=2).exists()


def test_a_judge_who_became_a_candidate_neither_reads_nor_saves_nor_signs(opened, judges, at):
    standards.registered(judges[0], opened.module.stage.exam)
    assert not RatingSheet.objects.held_by(judges[0], at).exists()
    assert RatingSheet.objects.held_by(judges[1], at).exists()
    for act in (rating.save, rating.sign):
        with pytest.raises(rating.RaterIsCandidate):
            act(sheet_of(opened, judges[0]), all_at(50), by=judges[0], at=at)
    assert not AngoffRating.objects.exists()


# Rating


def sheet_of(setting, judge, number=1):
    return setting.sheets.get(judge=judge, round=number)


def test_save_keeps_a_part_changes_and_takes_back(opened, judges, at):
    sheet = sheet_of(opened, judges[0])
    rating.save(sheet, {"1": "60", "5": 45}, by=judges[0], at=at)
    rating.save(sheet, {"1": "70", "5": "", "6.1": None}, by=judges[0], at=at + dt.timedelta(minutes=1))
    assert dict(sheet.ratings.values_list("item", "percent")) == {"1": 70}
    sheet.refresh_from_db()
    assert (sheet.saved_at, sheet.signed_at, sheet.total) == (at + dt.timedelta(minutes=1), None, None)


@pytest.mark.parametrize("given", ["101", "-1", "59.5", "much", "６０", "1e1"])
def test_save_refuses_what_is_no_whole_percent_and_keeps_nothing(opened, judges, given, at):
    sheet = sheet_of(opened, judges[0])
    with pytest.raises(rating.NotWholePercent) as refusal:
        rating.save(sheet, {"1": "60", "2": given}, by=judges[0], at=at)
    assert "2" in str(refusal.value)
    assert not AngoffRating.objects.exists()


def test_save_refuses_an_item_that_the_paper_does_not_have(opened, judges, at):
    with pytest.raises(rating.NoSuchItem):
        rating.save(sheet_of(opened, judges[0]), {"6": "50"}, by=judges[0], at=at)


def test_save_refuses_another_judge_and_one_who_holds_the_office_no_more(opened, judges, at):
    with pytest.raises(rating.NotYourSheet):
        rating.save(sheet_of(opened, judges[0]), all_at(50), by=judges[1], at=at)
    Appointment.objects.filter(user=judges[0]).delete()
    judges[0].refresh_from_db()
    with pytest.raises(NotYourOffice):
        rating.save(sheet_of(opened, judges[0]), all_at(50), by=type(judges[0]).objects.get(pk=judges[0].pk), at=at)
    assert not AngoffRating.objects.exists()


def test_save_refuses_before_the_round_is_open(setting, judges, at):
    with pytest.raises(rating.RoundNotDue):
        rating.save(sheet_of(setting, judges[0]), {"1": "60"}, by=judges[0], at=at)


def test_sign_fixes_the_exact_sum(opened, judges, at):
    sheet = rating.sign(sheet_of(opened, judges[0]), {**all_at(60), "1": 33, "4": 17}, by=judges[0], at=at)
    # 0.33 + 1.20 + 0.60 + 0.34 + 3 × 3.00
    assert (sheet.total, sheet.signed_at) == (D("11.47"), at)
    assert Line.objects.get(act="exams.standard_ratings_signed").facts == {"round": 1, "sum": "11.47"}


def test_sign_refuses_a_sheet_with_gaps_and_keeps_nothing_of_it(opened, judges, at):
    sheet = sheet_of(opened, judges[0])
    rating.save(sheet, {"1": "40"}, by=judges[0], at=at)
    with pytest.raises(rating.RatingsMissing) as refusal:
        rating.sign(sheet, {"2": "50"}, by=judges[0], at=at)
    assert "3、4、5、6.1、6.2" in str(refusal.value)
    assert dict(sheet.ratings.values_list("item", "percent")) == {"1": 40}


def test_signed_ratings_stand(opened, judges, at):
    sheet = rating.sign(sheet_of(opened, judges[0]), all_at(60), by=judges[0], at=at)
    for act in (rating.save, rating.sign):
        with pytest.raises(rating.RatingsSigned):
            act(sheet, {"1": "10"}, by=judges[0], at=at)
    assert sheet.ratings.get(item="1").percent == 60


# Closing and freezing


def sign_all(setting, judges, percents, number=1, *, at):
    for judge, percent in zip(judges, percents, strict=True):
        rating.sign(sheet_of(setting, judge, number), all_at(percent), by=judge, at=at)


def test_close_round_keeps_mean_and_standard_error(opened, judges, officer, at):
    sign_all(opened, judges, (50, 60, 70), at=at)
    closed = rating.close_round(opened, by=officer, at=at)
    # sums 10.5, 12.6, 14.7: mean 12.6, deviation 2.1, error 2.1 / √3 = 1.2124…
    assert closed.state == "between"
    kept = closed.rounds["1"]
    assert (kept["value"], kept["spread"], kept["error"], kept["judges"]) == ("12.60", "2.10", "1.21", 3)
    assert kept["sums"] == [[str(j), total] for j, total in zip(judges, ("10.5", "12.6", "14.7"), strict=True)]
    assert closed.value is None


def test_close_round_refuses_while_somebody_has_not_signed(opened, judges, officer, at):
    sign_all(opened, judges[:2], (50, 60), at=at)
    with pytest.raises(rating.SheetsUnsigned) as refusal:
        rating.close_round(opened, by=officer, at=at)
    assert str(judges[2]) in str(refusal.value)
    with pytest.raises(rating.TooFewSigned):
        rating.close_round(opened, without_unsigned=True, by=officer, at=at)
    opened.refresh_from_db()
    assert (opened.state, opened.rounds) == ("first_round", {})


def test_close_round_without_who_did_not_sign_leaves_her_out_for_good(module, officer, tree, at):
    four = standards.judges(tree.city, 4)
    setting = rating.open_round(rating.name_judges(module, four, by=officer, at=at), by=officer, at=at)
    sign_all(setting, four[:3], (50, 60, 70), at=at)
    closed = rating.close_round(setting, without_unsigned=True, by=officer, at=at)
    assert (closed.rounds["1"]["judges"], closed.rounds["1"]["without"]) == (3, [str(four[3])])
    second = rating.open_round(closed, by=officer, at=at)
    assert set(second.sheets.filter(round=2).values_list("judge", flat=True)) == {each.pk for each in four[:3]}


def test_second_round_counts_and_freezes_the_standard(opened, judges, officer, at):
    sign_all(opened, judges, (50, 60, 70), at=at)
    second = rating.open_round(rating.close_round(opened, by=officer, at=at), by=officer, at=at)
    assert second.state == "second_round"
    sign_all(second, judges, (57, 60, 63), 2, at=at)
    frozen = rating.close_round(second, by=officer, at=at)
    # sums 11.97, 12.6, 13.23: deviation 0.63, error 0.3637…
    assert (frozen.state, frozen.value, frozen.error) == ("frozen", D("12.60"), D("0.36"))
    assert (frozen.frozen_by, frozen.frozen_at) == (officer, at)
    for act in (rating.open_round, rating.close_round, rating.freeze):
        with pytest.raises(rating.RoundNotDue):
            act(frozen, by=officer, at=at)


def test_freeze_ends_it_with_the_first_round(opened, judges, officer, at):
    sign_all(opened, judges, (50, 60, 70), at=at)
    with pytest.raises(rating.RoundNotDue):
        rating.freeze(opened, by=officer, at=at)
    frozen = rating.freeze(rating.close_round(opened, by=officer, at=at), by=officer, at=at)
    assert (frozen.value, frozen.error, frozen.state) == (D("12.60"), D("1.21"), "frozen")


def test_facility_is_released_only_when_the_scores_are_checked(opened, judges, officer, at):
    sign_all(opened, judges, (50, 60, 70), at=at)
    between = rating.close_round(opened, by=officer, at=at)
    with pytest.raises(rating.FacilityNotKnown):
        rating.open_round(between, show_facility=True, by=officer, at=at)
    Stage.objects.update(state="scores_checked")
    assert rating.open_round(between, show_facility=True, by=officer, at=at).facility_shown is True


def test_first_round_never_shows_facility(setting, officer, at):
    Stage.objects.update(state="scores_checked")
    assert rating.open_round(setting, show_facility=True, by=officer, at=at).facility_shown is False


# Dissolving


def test_dissolve_closes_the_sheets_tells_the_judges_and_lets_others_be_named(opened, judges, officer, at):
    dissolved = rating.dissolve(opened, "一位评委病休", by=officer, at=at)
    assert dissolved.state == "dissolved"
    line = Line.objects.get(act="exams.standard_dissolved")
    assert (line.reason, line.facts) == ("一位评委病休", {"state": "first_round", "judges": 3})
    told = Message.objects.filter(kind="exams.standard_dissolved")
    assert {each.recipient_id for each in told} == {each.pk for each in judges}
    assert not RatingSheet.objects.held_by(judges[0], at).exists()
    with pytest.raises(rating.RoundNotDue):
        rating.save(sheet_of(opened, judges[0]), all_at(50), by=judges[0], at=at)
    assert rating.name_judges(opened.module, judges, by=officer, at=at).state == "named"


def test_dissolve_tells_nobody_who_was_not_asked_to_rate(setting, officer, at):
    rating.dissolve(setting, "人选有误", by=officer, at=at)
    assert not Message.objects.filter(kind="exams.standard_dissolved").exists()


def test_dissolve_refuses_without_a_reason(opened, officer, at):
    with pytest.raises(rating.DissolvingReasonMissing):
        rating.dissolve(opened, "  ", by=officer, at=at)
    opened.refresh_from_db()
    assert opened.state == "first_round"


def test_dissolve_refuses_what_is_frozen_or_dissolved(opened, judges, officer, at):
    sign_all(opened, judges, (50, 60, 70), at=at)
    frozen = rating.freeze(rating.close_round(opened, by=officer, at=at), by=officer, at=at)
    with pytest.raises(rating.RoundNotDue):
        rating.dissolve(frozen, "重来", by=officer, at=at)
    again = rating.name_judges(opened.module, judges, by=officer, at=at)
    rating.dissolve(again, "人数不足", by=officer, at=at)
    for act in (
        lambda: rating.dissolve(again, "再次", by=officer, at=at),
        lambda: rating.open_round(again, by=officer, at=at),
        lambda: rating.close_round(again, by=officer, at=at),
        lambda: rating.freeze(again, by=officer, at=at),
    ):
        with pytest.raises(rating.RoundNotDue):
            act()
    frozen.refresh_from_db()
    assert frozen.state == "frozen"


# What the line is based on


def test_a_frozen_standard_is_part_of_what_two_people_see_of_the_line(tree, officer, at):
    module = standards.frozen(exams.exam(tree.city, written="scores_checked"), officer, (58, 60, 62), at)
    seen = standard_setting.preview(module, D("12.6"))["standard"]
    assert {name: seen[name] for name in ("round", "judges", "value", "error", "lower", "higher")} == {
        "round": 1,
        "judges": 3,
        "value": "12.60",
        "error": "0.24",
        "lower": "12.36",
        "higher": "12.84",
    }
    assert (seen["passing_lower"], seen["passing"], seen["passing_higher"]) == (3, 2, 1)
