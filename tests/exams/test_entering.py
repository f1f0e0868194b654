"""Scores from paper: entered by two who do not see one another's, decided by a third where they differ."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from exams import entering, oneself, paper_lines, paper_progress, stages
from exams.models import Paper, PaperScore, PaperTurn, Sitting, Stage, StageEntry
from lms.journal.models import Line
from lms.people import access
from lms.people.models import Appointment
from tests.factories import exams, marking, people
from tests.factories import on_paper as make
from tests.factories.people import AT

D = Decimal
FULL, QUESTIONS = make.FULL, make.QUESTIONS


@pytest.fixture
def exam(tree):
    return make.exam(tree.city)


@pytest.fixture
def entry(exam):
    return make.script(exam)


@pytest.fixture
def clerks(tree):
    return make.clerks(tree.city, 3)


def enter(entry, by, given=FULL, **other):
    return entering.enter(entry, make.points({**given, **other}), by=by, at=AT)


def decide(entry, by, given, reasons=()):
    return entering.decide(entry, make.points(given), dict(reasons), by=by, at=AT)


def lines_of(entry):
    sitting = Sitting.objects.select_related("module", "paper").get(module__stage=entry.stage)
    return paper_lines.Lines(sitting).of(entry)


# What is entered


def test_the_lines_are_the_sections_the_questions_or_the_total(entry):
    assert [(each.code, each.label, each.most) for each in lines_of(entry)][:2] == [
        ("s1", "单选题", 1),
        ("s2", "多选题", 2),
    ]
    Sitting.objects.update(on_paper="question")
    assert [(each.code, each.most, each.step) for each in lines_of(entry)][-2:] == [
        ("6.1", 5, D("0.5")),
        ("6.2", 5, D("0.5")),
    ]
    Sitting.objects.update(on_paper="total")
    assert [(each.code, each.most) for each in lines_of(entry)] == [("total", 21)]


def test_half_points_are_asked_only_of_what_people_mark_in_halves(entry, clerks):
    """A paper may give 0.8 a question, and half of 1.5 for a part of a key."""
    paper = Paper.objects.get()
    for row in paper.items:
        row["points"] = {"1": "0.8", "2": "1.5", "5": "0.8"}.get(str(row["number"]), row["points"])
    paper.save(update_fields=["items"])
    Sitting.objects.update(on_paper="question")
    assert {each.code: each.step for each in lines_of(entry)} == {
        **dict.fromkeys(("1", "2", "3", "4", "5")),
        **dict.fromkeys(("6.1", "6.2"), D("0.5")),
    }
    with pytest.raises(entering.NumbersUnfit) as refused:
        enter(entry, clerks[0], QUESTIONS, **{"1": "0.8", "2": "0.755", "5": "0.8", "6.1": "0.8"})
    assert set(refused.value.faults) == {"2", "6.1"}
    enter(entry, clerks[0], QUESTIONS, **{"1": "0.8", "2": "0.75", "5": "0.8"})
    assert make.numbers(entry, "first")["2"] == "0.75"


def test_without_a_frozen_paper_only_the_total_is_entered(tree):
    entry = make.script(make.exam(tree.city, "question", paper=False))
    assert [(each.code, each.most) for each in lines_of(entry)] == [("total", 100)]


def test_of_two_forms_the_one_of_the_seat_is_entered(exam, entry):
    neighbour = make.script(exam, "邻座")
    first = Paper.objects.get()
    Paper.objects.update(form="A")
    other = marking.paper(first.module, items=[{**marking.ITEMS[0], "section": "乙卷"}])
    Paper.objects.filter(pk=other.pk).update(form="B", form_of=first)
    Sitting.objects.update(paper=first)
    assert (entry.seat, neighbour.seat) == (1, 2)
    assert [each.name for each in lines_of(neighbour)] == ["乙卷"]
    assert len(lines_of(entry)) == 6


# Two turns


def test_two_people_enter_the_same_and_the_score_stands(entry, clerks):
    first, second = enter(entry, clerks[0]), enter(entry, clerks[1])
    assert (first.turn, second.turn) == ("first", "second")
    assert make.numbers(entry, "second") == FULL
    turns = PaperTurn.objects.prefetch_related("scores")
    assert sum(each.points for each in paper_lines.compare(lines_of(entry), turns)) == 21
    assert [line.facts for line in Line.objects.filter(act="exams.paper_scores_entered").order_by("pk")] == [
        {"turn": "first"},
        {"turn": "second"},
    ]


def test_her_own_may_be_corrected_until_the_others_are_in(entry, clerks):
    enter(entry, clerks[0], s6="9")
    assert enter(entry, clerks[0], s6="9").changes == []
    turn = enter(entry, clerks[0], s6="8.25")
    assert turn.changes == [{"at": AT.isoformat(), "lines": {"s6": ["9", "8.25"]}}]
    assert make.numbers(entry, "first")["s6"] == "8.25"
    assert PaperTurn.objects.count() == 1
    assert "8.25" not in str(list(Line.objects.values_list("facts", flat=True)))
    enter(entry, clerks[1])
    assert enter(entry, clerks[0], s6="8.25").pk == turn.pk
    with pytest.raises(entering.EntryStands):
        enter(entry, clerks[0], s6="10")
    assert make.numbers(entry, "first")["s6"] == "8.25"


def test_a_third_entry_is_refused(entry, clerks):
    make.entered(entry, clerks, second={})
    with pytest.raises(entering.EnteredTwice):
        enter(entry, clerks[2])
    assert PaperTurn.objects.count() == 2


@pytest.mark.parametrize(
    ("way", "given", "faulty"),
    [
        ("section", {"s6": "10.5"}, {"s6"}),
        ("section", {"s6": "-1", "s1": "1.125"}, {"s6", "s1"}),
        ("section", {"s2": "NaN"}, {"s2"}),
        ("question", {"5": "4.25"}, {"5"}),
        ("question", {"6.1": "5.5"}, {"6.1"}),
        ("total", {"total": "21.01"}, {"total"}),
    ],
)
def test_numbers_that_do_not_fit_are_named_and_nothing_is_kept(entry, clerks, way, given, faulty):
    Sitting.objects.update(on_paper=way)
    whole = {"section": FULL, "question": QUESTIONS, "total": {}}[way]
    with pytest.raises(entering.NumbersUnfit) as refused:
        enter(entry, clerks[0], whole, **given)
    assert set(refused.value.faults) == faulty
    assert make.nothing_was_entered()


def test_every_line_is_asked_for(entry, clerks):
    with pytest.raises(entering.NumbersUnfit) as refused:
        entering.enter(entry, {**make.points({"s1": "0"}), "s2": None}, by=clerks[0], at=AT)
    assert set(refused.value.faults) == {"s2", "s3", "s4", "s5", "s6"}


def test_who_may_not_enter(tree, exam, entry, clerks, personas):
    for by in (personas.county_officer, personas.teacher.user, people.officer(Appointment.Office.MARKER, tree.city)):
        with pytest.raises(access.NotYourOffice):
            enter(entry, by)
    own = make.script(exam, people.teacher("登分考生", school=tree.city_school, user=clerks[0]))
    with pytest.raises(oneself.ForOneself):
        enter(own, clerks[0])
    marking.worked_at(clerks[1], entry.candidate.school, until_on=None)
    with pytest.raises(entering.OfYourSchool):
        enter(entry, clerks[1])
    assert make.nothing_was_entered()


def test_no_scores_of_an_online_exam_nor_before_or_after_the_marking(exam, entry, clerks):
    Sitting.objects.update(on_paper="")
    with pytest.raises(entering.NotOnPaper):
        enter(entry, clerks[0])
    Sitting.objects.update(on_paper="section")
    for state in ("in_progress", "scores_checked", "line_set", "finalised"):
        Stage.objects.filter(pk=entry.stage_id).update(state=state)
        with pytest.raises(stages.NotAtThisStep):
            enter(make.fresh(entry), clerks[0])
    assert make.nothing_was_entered()


@pytest.mark.parametrize("state", ["absent", "ticket_issued", "violated", "withdrawn"])
def test_there_is_a_script_only_of_who_was_present(entry, clerks, state):
    StageEntry.objects.update(state=state)
    with pytest.raises(entering.NoScript):
        enter(entry, clerks[0])


# The third


def test_a_third_person_decides_what_differs_with_one_of_the_two_numbers(entry, clerks):
    make.entered(entry, clerks, second={"s6": "7", "s5": "5"})
    made = decide(entry, clerks[2], {"s6": "7"})
    assert (made.turn, make.numbers(entry, "third")) == ("third", {"s6": "7"})
    turns = PaperTurn.objects.prefetch_related("scores")
    assert {row.line.code: row.points for row in paper_lines.compare(lines_of(entry), turns)}["s6"] == 7
    line = Line.objects.get(act="exams.paper_difference_decided")
    assert line.facts == {"lines": {"s6": ["10", "7", "7"]}}


def test_a_number_of_neither_takes_a_reason(entry, clerks):
    make.entered(entry, clerks, second={"s6": "7"})
    with pytest.raises(entering.NumbersUnfit) as refused:
        decide(entry, clerks[2], {"s6": "8"}, {"s6": "  "})
    assert set(refused.value.faults) == {"s6"}
    decide(entry, clerks[2], {"s6": "8"}, {"s6": "卷面为8分"})
    assert PaperScore.objects.get(turn__turn="third").reason == "卷面为8分"


def test_the_third_number_has_to_fit_as_well(entry, clerks):
    make.entered(entry, clerks, second={"s6": "7"})
    for given in ({}, {"s6": "11"}):
        with pytest.raises(entering.NumbersUnfit):
            decide(entry, clerks[2], given, {"s6": "理由"})
    assert PaperTurn.objects.count() == 2


def test_neither_of_the_two_decides_and_nothing_twice(entry, clerks, personas, tree):
    make.entered(entry, clerks, second={"s6": "7"})
    for by in clerks[:2]:
        with pytest.raises(entering.OneOfTheTwo):
            decide(entry, by, {"s6": "7"})
    with pytest.raises(access.NotYourOffice):
        decide(entry, personas.county_officer, {"s6": "7"})
    decide(entry, clerks[2], {"s6": "7"})
    officer = people.officer(Appointment.Office.EXAM_OFFICER, tree.city)
    with pytest.raises(entering.DecidedAlready):
        decide(entry, officer, {"s6": "10"})


@pytest.mark.parametrize("second", [None, {}])
def test_nothing_is_decided_where_nothing_differs(entry, clerks, second):
    make.entered(entry, clerks, second=second)
    with pytest.raises(entering.NothingDiffers):
        decide(entry, clerks[2], {"s6": "7"})


def test_nothing_is_decided_after_the_scores_are_checked(entry, clerks):
    make.entered(entry, clerks, second={"s6": "7"})
    Stage.objects.filter(pk=entry.stage_id).update(state="scores_checked")
    with pytest.raises(stages.NotAtThisStep):
        decide(make.fresh(entry), clerks[2], {"s6": "7"})


# The database


def test_the_database_keeps_the_turns_and_their_people_apart(entry, clerks):
    first = enter(entry, clerks[0])
    for refused in (
        {"turn": "first", "entered_by": clerks[1]},
        {"turn": "second", "entered_by": clerks[0]},
        {"turn": "third", "entered_by": clerks[0]},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            PaperTurn.objects.create(entry=entry, entered_at=AT, **refused)
    for line, points in (("s1", 1), ("s9", -1)):
        with pytest.raises(IntegrityError), transaction.atomic():
            PaperScore.objects.create(turn=first, line=line, points=points)


# Progress


def test_progress_counts_scripts_and_says_whose_turn_it_is(tree, exam, clerks, django_assert_num_queries):
    never, once, same, apart, decided = (make.script(exam, name) for name in "甲乙丙丁戊")
    make.script(exam, "缺考", state="absent")
    make.entered(once, clerks)
    make.entered(same, clerks, second={})
    make.entered(apart, clerks, second={"s6": "7", "s1": "0"})
    make.entered(decided, clerks, second={"s6": "7"})
    decide(decided, clerks[2], {"s6": "7"})
    with django_assert_num_queries(2):
        found = paper_progress.scripts(never.stage)
    tally = paper_progress.tally(found)
    assert vars(tally) == {"present": 5, "never": 1, "once": 1, "twice": 3, "open": 1, "done": 2}
    assert not tally.is_complete
    assert list(paper_progress.by_room(found)) == [1]

    with django_assert_num_queries(1):
        beside = paper_progress.beside(never)
    assert [each.people for each in beside] == [each.people for each in found]

    def pks(scripts):
        return [each.entry.pk for each in scripts]

    assert pks(paper_progress.to_enter(found, clerks[0])) == [never.pk]
    assert pks(paper_progress.to_enter(found, clerks[1])) == [never.pk, once.pk]
    assert pks(paper_progress.to_decide(found, clerks[2])) == [apart.pk]
    assert pks(paper_progress.to_decide(found, clerks[0])) == []
    own = people.teacher("登分考生", school=never.candidate.school, user=clerks[1])
    StageEntry.objects.filter(pk=never.pk).update(candidate=exams.candidate(exam, own))
    marking.worked_at(clerks[2], once.candidate.school)
    stage = exams.stage(exam)
    found = paper_progress.scripts(stage)
    assert once.pk not in pks(paper_progress.allowed(found, clerks[2]))
    for by in clerks:
        allowed = paper_progress.allowed(found, by)
        to_enter, to_decide = paper_progress.to_enter(allowed, by), paper_progress.to_decide(allowed, by)
        with django_assert_num_queries(3):
            waiting = paper_progress.waiting([stage], by).get(stage.pk, paper_progress.Waiting(0, 0))
        assert waiting == paper_progress.Waiting(len(to_enter), len(to_decide))


def test_numbers_differ_line_by_line_between_the_first_and_the_second_alone(exam, entry, clerks):
    """Neither across lines, nor across candidates, nor with the third's number."""
    other = make.script(exam, "乙")
    make.entered(entry, clerks, second={"s5": "4", "s6": "7"})
    make.entered(other, clerks, first={**FULL, "s5": "1"}, second={})
    decide(entry, clerks[2], {"s5": "4", "s6": "7"})
    found = paper_progress.differing().order_by("line").values_list("turn__entry", "line", "points")
    assert list(found) == [(entry.pk, "s5", 5), (entry.pk, "s6", 10)]
