"""The input folder is read as it is written, moved by whole weeks, and missed where it is not there."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from exams import eligibility, roster
from lms.demo import inputs
from lms.demo.inputs import Event
from lms.lib import sheets
from tests.factories import rehearsal


@pytest.fixture(scope="module")
def jilin():
    return inputs.read(rehearsal.JILIN)


@pytest.mark.parametrize("name", ["plan.toml", "roster.xlsx", "questions.xlsx"])
def test_read_refuses_a_folder_without_what_it_needs(tmp_path, name):
    given = rehearsal.folder(tmp_path, (5,))
    (given / name).unlink()

    with pytest.raises(FileNotFoundError, match=name):
        inputs.read(given)


def test_read_leaves_empty_what_the_folder_does_not_hold(tmp_path):
    names = ("events.csv", "answers.csv", "marks.csv", "scores.csv")
    found = inputs.read(rehearsal.folder(tmp_path, (5,), without=names))

    assert (found.events, found.answers, found.marks, found.scores) == ([], {}, {}, {})
    assert found.responses(5) == {}


def test_read_keeps_everything_the_files_say(jilin):
    assert len(jilin.answers) == 266
    assert sum(len(answers) for answers in jilin.answers.values()) == 19012
    assert sum(len(roles) for roles in jilin.marks.values()) == 2000
    assert sum(len(criteria) for sheets in jilin.scores.values() for criteria in sheets.values()) == 7161
    assert jilin.marks[1, "E001", ""]["first"] == ("M04", Decimal("2.5"))
    assert jilin.scores[5, "oral"]["J01"]["situation"] == Decimal("16.5")


def test_read_keeps_events_with_their_minutes_and_corrections(jilin):
    assert Event(113, "written", "connection_lost", "", "", 83, 95) in jilin.events
    assert Event(79, "registration", "corrected", "phone", "19900063781", None, None) in jilin.events
    assert jilin.who("withdrawn") == {95, 183}
    assert jilin.who("nothing of the kind") == set()


def test_moment_is_wall_clock_time_of_the_plan(jilin):
    """Nine in the morning there is one in the morning in Greenwich."""
    bell = jilin.moment(jilin.plan["written"]["starts_at"])

    assert bell == dt.datetime(2023, 10, 21, 1, 0, tzinfo=dt.UTC)
    assert bell.tzinfo == ZoneInfo("Asia/Shanghai")
    assert jilin.moment(dt.date(2024, 3, 27)) == dt.datetime(2024, 3, 26, 16, 0, tzinfo=dt.UTC)
    assert jilin.moment(dt.date(2024, 3, 27), "08:30") == dt.datetime(2024, 3, 27, 0, 30, tzinfo=dt.UTC)


def _dates(value, place=""):
    """Every date in a plan, by its place."""
    if isinstance(value, dict):
        return {at: day for key, each in value.items() for at, day in _dates(each, f"{place}.{key}").items()}
    if isinstance(value, list):
        return {at: day for n, each in enumerate(value) for at, day in _dates(each, f"{place}.{n}").items()}
    return {place: value} if isinstance(value, dt.date) else {}


@pytest.mark.parametrize("weeks", [-7, 0, 123])
def test_shifted_moves_every_date_by_whole_weeks_and_nothing_else(jilin, weeks):
    before = {place: day for place, day in _dates(jilin.plan).items() if ".days_off." not in place}
    moved = jilin.shifted(weeks)
    after = _dates(moved.plan)

    assert len(before) == 10
    assert set(before) == set(after)
    for place, day in before.items():
        assert after[place] - day == dt.timedelta(weeks=weeks)
        assert after[place].weekday() == day.weekday()
        assert type(after[place]) is type(day)
    assert moved.plan["written"]["sections"] == jilin.plan["written"]["sections"]
    assert (moved.answers, moved.marks, moved.scores) == (jilin.answers, jilin.marks, jilin.scores)


def _service(given):
    """The full years of service of everyone on the roster on the day registration closes, corrections made."""
    with given.open_roster() as file:
        rows = sheets.read(file, "roster.xlsx", expected=roster.HEADINGS).rows
    months = {int(row.text(roster.NUMBER)): row.text(roster.WORK_START) for row in rows}
    months |= {each.candidate: each.value for each in given.events if each.field == "work_started_on"}
    closes = given.plan["registration"]["closes_at"].date()
    return {number: eligibility.full_years(eligibility.work_start(month), closes) for number, month in months.items()}


@pytest.mark.parametrize("weeks", [0, 53, 161, 167])
def test_shifted_moves_the_months_of_service_with_the_exam(jilin, weeks):
    years, moved = _service(jilin), _service(jilin.shifted(weeks))
    least = jilin.plan["eligibility"]["min_service_years"]

    assert len(years) == 284
    assert sum(each < least for each in years.values()) == 1
    assert {n for n, each in moved.items() if each < least} == {n for n, each in years.items() if each < least}


def test_shifted_leaves_the_holidays_of_the_year_behind(jilin):
    assert jilin.shifted(52).plan["publicity"]["days_off"] == []
    assert len(jilin.plan["publicity"]["days_off"]) == 14


def test_part_numbers_count_through_the_paper_and_give_case_parts_items_of_their_own(jilin):
    places = jilin.part_numbers()

    assert places["S002", ""] == "1"
    assert (places["F001", "1"], places["F001", "2"]) == ("61", "61")
    assert (places["C001", "1"], places["C001", "2"]) == ("68.1", "68.2")
    assert len({item.partition(".")[0] for item in places.values()}) == 68


def test_responses_have_the_shape_of_their_kind(jilin):
    kinds = {}
    number = 0
    for section in jilin.plan["written"]["sections"]:
        for _code in section["questions"]:
            number += 1
            kinds[str(number)] = section["kind"]
    shapes: dict[str, set[type]] = {}
    for candidate in jilin.answers:
        for item, response in jilin.responses(candidate).items():
            kind = kinds[item.partition(".")[0]]
            shapes.setdefault(kind, set()).add(type(response))
            if kind in ("multiple", "fill_in"):
                assert all(type(each) is str for each in response)
            if kind == "multiple":
                assert all(len(each) == 1 for each in response)
    assert shapes == {
        "single": {str},
        "multiple": {list},
        "true_false": {bool},
        "fill_in": {list},
        "short_answer": {str},
        "case": {str},
    }


def test_responses_turn_letters_truth_and_blanks_into_what_saving_takes(jilin):
    said = {
        ("S002", ""): "B",
        ("M001", ""): "ACD",
        ("T001", ""): "F",
        ("T002", ""): "T",
        ("F001", "2"): "第二空",
        ("F002", "1"): "一",
        ("E001", ""): "先倾听。",
        ("C001", "2"): "再转介。",
    }
    given = inputs.Input(jilin.folder, jilin.plan, [], answers={1: said})

    assert given.responses(1) == {
        "1": "B",
        "41": ["A", "C", "D"],
        "51": False,
        "52": True,
        "61": ["", "第二空"],
        "62": ["一"],
        "66": "先倾听。",
        "68.2": "再转介。",
    }
    assert given.responses(2) == {}
