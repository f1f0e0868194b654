"""Marks by the key, two markers and a third: every outcome and every refusal."""

import datetime as dt
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams import dividing, marking, queries, stages
from exams.models import Answer, Mark, Stage, ThirdMarker
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from lms.people.models import Appointment
from tests.factories import exams, people
from tests.factories import marking as make

D = Decimal


@pytest.fixture
def officer(tree):
    return people.officer(Appointment.Office.EXAM_OFFICER, tree.city, "程干事")


@pytest.fixture
def exam(tree):
    return make.exam_in_marking(tree.city)


@pytest.fixture
def module(exam):
    return exams.module(exam)


# How two or three marks become one


@pytest.mark.parametrize(
    ("first", "second", "third", "limit", "final"),
    [
        ("3", "3", None, "2", "3"),
        ("2.5", "4", None, "2", "3.25"),
        ("2", "4", None, "2", "3"),
        ("1", "4", "3.5", "2", "3.75"),
        ("1", "4", "1.5", "2", "1.25"),
        ("1", "4", "2.5", "2", "3.25"),
        ("4", "1", "2.5", "2", "3.25"),
        ("0", "5", None, None, "2.5"),
        ("1", "4", None, "2", None),
        (None, "4", None, "2", None),
        ("4", None, "3", "2", None),
    ],
)
def test_final_points_follow_the_rule(first, second, third, limit, final):
    first, second, third, limit, final = (
        None if each is None else D(each) for each in (first, second, third, limit, final)
    )
    assert marking.final_points(first, second, third, limit) == final


half_points = st.integers(0, 40).map(lambda n: D(n) / 2)


@given(half_points, half_points, half_points, st.integers(0, 10).map(lambda n: D(n) / 2))
def test_final_points_do_not_depend_on_who_was_first(first, second, third, limit):
    one, other = marking.final_points(first, second, third, limit), marking.final_points(second, first, third, limit)
    assert one == other
    assert min(first, second, third) <= one <= max(first, second, third)
    assert one * 4 == (one * 4).to_integral_value()


# By the key


def test_mark_by_key_gives_exact_points_and_leaves_constructed_answers(exam, at):
    attempt = make.script(exam, answers={**make.RIGHT, "2": ["A"], "4": ["安全", "错", ""], **make.WRITTEN})

    marking.mark_by_key(attempt.pk, at)

    given = {each.answer.item: each.points for each in Mark.objects.select_related("answer")}
    assert given == {"1": D(1), "2": D(1), "3": D(1), "4": D("0.667")}
    assert set(Mark.objects.values_list("role", "marker")) == {("key", None)}
    attempt.refresh_from_db()
    assert attempt.marked_at == at


def test_mark_by_key_changes_nothing_when_it_runs_twice(exam, at):
    attempt = make.script(exam)
    marking.mark_by_key(attempt.pk, at)
    before = list(Mark.objects.order_by("pk").values())

    marking.mark_by_key(attempt.pk, at + dt.timedelta(hours=1))

    assert list(Mark.objects.order_by("pk").values()) == before
    attempt.refresh_from_db()
    assert attempt.marked_at == at


def test_mark_by_key_waits_when_the_attempt_is_open(exam, at):
    attempt = make.script(exam, state="open")
    marking.mark_by_key(attempt.pk, at)
    attempt.refresh_from_db()
    assert attempt.marked_at is None
    assert not Mark.objects.exists()


# Allocation


def test_allocate_gives_each_answer_two_markers_evenly_by_question(exam, module, officer, tree, at):
    for _ in range(6):
        make.script(exam)
    people_ = make.markers(tree.city, 4)

    count = marking.allocate(module, people_, by=officer, at=at)

    assert count == 18
    by_answer = {}
    for mark in Mark.objects.select_related("answer"):
        by_answer.setdefault(mark.answer_id, {})[mark.role] = mark.marker_id
    assert len(by_answer) == 18
    assert all(set(pair) == {"first", "second"} and len(set(pair.values())) == 2 for pair in by_answer.values())
    piles = Counter(Mark.objects.values_list("marker", "answer__item"))
    assert len(piles) == 12
    assert set(piles.values()) == {3}
    assert len({frozenset(pair.values()) for pair in by_answer.values()}) > 2
    line = Line.objects.get(act="exams.marking_allocated")
    assert line.facts["answers"] == 18


def test_allocate_tells_each_marker_how_many_wait(exam, module, officer, tree, at):
    make.script(exam)
    people_ = make.markers(tree.city, 3)
    marking.allocate(module, people_, by=officer, at=at)
    told = {each.recipient_id: each.facts["count"] for each in Message.objects.filter(kind="exams.marking_ready")}
    assert told == {each.pk: 2 for each in people_}


def test_allocate_comes_out_the_same_when_repeated(exam, module, officer, tree, at):
    for _ in range(5):
        make.script(exam)
    people_ = make.markers(tree.city, 3)
    outcomes = []
    for _ in range(2):
        marking.allocate(module, people_, by=officer, at=at)
        outcomes.append(set(Mark.objects.values_list("answer", "role", "marker")))
        Mark.objects.all().delete()
    assert outcomes[0] == outcomes[1]


def test_allocate_leaves_blank_answers_without_markers(exam, module, officer, tree, at):
    make.script(exam, answers={"5": "  \n", "6.1": "有内容"})
    assert marking.allocate(module, make.markers(tree.city), by=officer, at=at) == 1
    assert set(Mark.objects.values_list("answer__item", flat=True)) == {"6.1"}


def test_allocate_leaves_out_violators(exam, module, officer, tree, at):
    make.script(exam, entry_state="violated")
    with pytest.raises(marking.NothingToAllocate):
        marking.allocate(module, make.markers(tree.city), by=officer, at=at)


@pytest.mark.parametrize("until_on", [None, dt.date(2019, 7, 1)])
def test_allocate_never_gives_a_marker_her_schools_candidates_now_or_before(exam, module, officer, tree, at, until_on):
    make.script(exam, school=tree.school)
    make.script(exam, school=tree.other_school)
    people_ = make.markers(tree.city, 3)
    make.worked_at(people_[0], tree.school, until_on=until_on)

    marking.allocate(module, people_, by=officer, at=at)

    own = Mark.objects.filter(marker=people_[0])
    assert own.exists()
    assert not own.filter(answer__attempt__entry__candidate__school=tree.school).exists()


def test_allocate_never_gives_a_marker_her_own_script(exam, module, officer, tree, at):
    people_ = make.markers(tree.city, 3)
    herself = people.teacher("兼任者", user=people_[0])
    make.script(exam, who=herself, school=tree.school)
    marking.allocate(module, people_, by=officer, at=at)
    assert not Mark.objects.filter(marker=people_[0]).exists()


def test_allocate_refuses_by_name_when_no_two_markers_are_from_elsewhere(exam, module, officer, tree, at):
    attempt = make.script(exam, school=tree.school)
    people_ = make.markers(tree.city, 2)
    make.worked_at(people_[0], tree.school)
    with pytest.raises(dividing.NoTwoMarkers) as refusal:
        marking.allocate(module, people_, by=officer, at=at)
    assert attempt.script in str(refusal.value)
    assert tree.school.name in str(refusal.value)
    assert not Mark.objects.exists()


def test_allocate_refuses_when_somebody_still_sits(exam, module, officer, tree, at):
    make.script(exam)
    make.script(exam, state="open")
    with pytest.raises(marking.StillSitting):
        marking.allocate(module, make.markers(tree.city), by=officer, at=at)


def test_allocate_refuses_before_and_after_marking(exam, module, officer, tree, at):
    make.script(exam)
    for state in ("in_progress", "scores_checked"):
        Stage.objects.filter(pk=module.stage_id).update(state=state)
        with pytest.raises(stages.NotAtThisStep):
            marking.allocate(module, make.markers(tree.city), by=officer, at=at)


def test_allocate_refuses_one_marker(exam, module, officer, tree, at):
    make.script(exam)
    one = make.markers(tree.city, 1)
    with pytest.raises(marking.TooFewMarkers):
        marking.allocate(module, [*one, *one], by=officer, at=at)


def test_allocate_refuses_who_is_no_marker_of_this_authority(exam, module, officer, tree, at):
    make.script(exam)
    good = make.markers(tree.city, 2)
    elsewhere = people.officer(Appointment.Office.MARKER, tree.county, "县阅卷")
    ended = people.user("前阅卷")
    people.appointment(ended, Appointment.Office.MARKER, tree.city, until_on=dt.date(2024, 3, 4))
    for wrong in (elsewhere, ended, officer):
        with pytest.raises(marking.NotAMarker):
            marking.allocate(module, [*good, wrong], by=officer, at=at)
        with pytest.raises(marking.NotAMarker):
            marking.allocate(module, good, third_markers=[wrong], by=officer, at=at)
    assert not Mark.objects.exists()


def test_allocate_refuses_who_holds_no_exam_office_here(exam, module, tree, at):
    make.script(exam)
    for office, unit in ((Appointment.Office.EXAM_OFFICER, tree.county), (Appointment.Office.SIGNATORY, tree.city)):
        stranger = people.officer(office, unit)
        with pytest.raises(NotYourOffice):
            marking.allocate(module, make.markers(tree.city), by=stranger, at=at)


def test_allocate_refuses_when_everything_is_allocated(exam, module, officer, tree, at):
    make.script(exam)
    people_ = make.markers(tree.city)
    marking.allocate(module, people_, by=officer, at=at)
    with pytest.raises(marking.NothingToAllocate):
        marking.allocate(module, people_, by=officer, at=at)


def test_allocate_takes_named_pairs(exam, module, officer, tree, at):
    attempt = make.script(exam)
    first, second, third = make.markers(tree.city)
    answer = attempt.answers.get(item="5")

    count = marking.allocate(module, [], by=officer, at=at, third_markers=[third], pairs={answer.pk: (second, first)})

    assert count == 1
    assert set(Mark.objects.values_list("answer", "role", "marker")) == {
        (answer.pk, "first", second.pk),
        (answer.pk, "second", first.pk),
    }
    assert list(ThirdMarker.objects.values_list("marker", flat=True)) == [third.pk]


def test_allocate_refuses_a_pair_of_one_person(exam, module, officer, tree, at):
    answer = make.script(exam).answers.get(item="5")
    first, second, _ = make.markers(tree.city)
    with pytest.raises(dividing.SameMarkerTwice):
        marking.allocate(module, [first, second], by=officer, at=at, pairs={answer.pk: (first, first)})


def test_allocate_refuses_a_named_marker_of_the_school(exam, module, officer, tree, at):
    answer = make.script(exam, school=tree.school).answers.get(item="5")
    first, second, _ = make.markers(tree.city)
    make.worked_at(second, tree.school, until_on=dt.date(2015, 7, 1))
    with pytest.raises(dividing.MarkerOfTheSchool):
        marking.allocate(module, [], by=officer, at=at, pairs={answer.pk: (first, second)})


def test_allocate_refuses_named_answers_that_are_marked_by_key_or_blank(exam, module, officer, tree, at):
    attempt = make.script(exam, answers={"1": "B", "5": "", "6.1": "有内容"})
    first, second, _ = make.markers(tree.city)
    for item in ("1", "5"):
        with pytest.raises(dividing.NotToBeMarked):
            marking.allocate(module, [], by=officer, at=at, pairs={attempt.answers.get(item=item).pk: (first, second)})


# A mark


@pytest.fixture
def pair(exam, tree, at):
    """One short answer with two marks waiting, and a pool of three thirds."""
    first, second, *pool = make.markers(tree.city, 5)
    attempt = make.script(exam, school=tree.school)
    one, two = make.marks(attempt, "5", None, None, (first, second), pool=pool)
    return one, two, first, second, pool


def test_mark_keeps_the_points(pair, at):
    one, _, first, *_ = pair
    marking.mark(one, D("3.5"), by=first, at=at)
    one.refresh_from_db()
    assert (one.points, one.marked_at) == (D("3.5"), at)
    assert not Line.objects.exists()


def test_mark_may_be_changed_until_the_other_is_in_and_the_journal_keeps_the_old(pair, at):
    one, two, first, second, _ = pair
    marking.mark(one, D(3), by=first, at=at)
    marking.mark(one, D("3.5"), by=first, at=at)
    line = Line.objects.get(act="exams.mark_changed")
    assert (line.facts["from"], line.facts["to"]) == ("3", "3.5")

    marking.mark(two, D(4), by=second, at=at)

    with pytest.raises(marking.MarkStands):
        marking.mark(one, D(4), by=first, at=at)
    with pytest.raises(marking.MarkStands):
        marking.mark(two, D(3), by=second, at=at)
    assert marking.mark(one, D("3.5"), by=first, at=at).points == D("3.5")


def test_mark_refuses_another_markers_answer(pair, officer, at):
    one, _, _, second, pool = pair
    for stranger in (second, pool[0], officer):
        with pytest.raises(marking.NotYourMark):
            marking.mark(one, D(3), by=stranger, at=at)


def test_mark_refuses_a_mark_by_the_key(exam, officer, at):
    attempt = make.script(exam)
    marking.mark_by_key(attempt.pk, at)
    with pytest.raises(marking.NotYourMark):
        marking.mark(Mark.objects.first(), D(1), by=officer, at=at)


@pytest.mark.parametrize("points", ["-0.5", "5.5", "6", "NaN", "Infinity"])
def test_mark_refuses_points_out_of_range(pair, at, points):
    one, _, first, *_ = pair
    with pytest.raises(marking.OutOfRange):
        marking.mark(one, D(points), by=first, at=at)


@pytest.mark.parametrize("points", ["0.25", "3.3", "4.999"])
def test_mark_refuses_what_is_no_half_point(pair, at, points):
    one, _, first, *_ = pair
    with pytest.raises(marking.NotHalfPoints):
        marking.mark(one, D(points), by=first, at=at)


@pytest.mark.parametrize("points", ["0", "5"])
def test_mark_takes_the_ends_of_the_range(pair, at, points):
    one, _, first, *_ = pair
    assert marking.mark(one, D(points), by=first, at=at).points == D(points)


def test_mark_refuses_when_marking_is_over(pair, at):
    one, _, first, *_ = pair
    Stage.objects.update(state="scores_checked")
    with pytest.raises(stages.NotAtThisStep):
        marking.mark(one, D(3), by=first, at=at)


def test_mark_refuses_a_marker_whose_office_has_ended(pair, at):
    one, _, first, *_ = pair
    with pytest.raises(NotYourOffice):
        Appointment.objects.filter(user=first).update(until_on=dt.date(2024, 3, 4))
        marking.mark(one, D(3), by=people.User.objects.get(pk=first.pk), at=at)


# The third


def test_third_marker_is_called_in_when_two_differ_by_more_than_the_limit(pair, at):
    one, two, first, second, pool = pair
    marking.mark(one, D(1), by=first, at=at)
    assert not Mark.objects.filter(role="third").exists()
    marking.mark(two, D("4.5"), by=second, at=at)
    third = Mark.objects.get(role="third")
    assert third.marker == pool[0]
    assert third.points is None
    assert Message.objects.get(kind="exams.third_mark_asked").recipient == pool[0]


def test_no_third_marker_is_called_in_when_two_differ_by_the_limit_itself(pair, at):
    one, two, first, second, _ = pair
    marking.mark(one, D(1), by=first, at=at)
    marking.mark(two, D(4), by=second, at=at)
    assert not Mark.objects.filter(role="third").exists()


def test_third_marker_is_the_one_with_the_smallest_pile_who_may(pair, exam, tree, at):
    one, two, first, second, pool = pair
    busy, of_the_school, free = pool
    other = make.script(exam)
    make.marks(other, "5", None, None, (busy, free))
    make.marks(other, "6.1", None, None, (busy, first))
    make.worked_at(of_the_school, tree.school)
    marking.mark(one, D(0), by=first, at=at)
    marking.mark(two, D(5), by=second, at=at)
    assert Mark.objects.get(role="third").marker == free


def test_third_marker_is_never_one_of_the_two(pair, at):
    one, two, first, second, pool = pair
    ThirdMarker.objects.filter(marker__in=pool).delete()
    module = one.answer.attempt.paper.module
    ThirdMarker.objects.bulk_create([ThirdMarker(module=module, marker=each) for each in (first, second)])
    marking.mark(one, D(0), by=first, at=at)
    marking.mark(two, D(5), by=second, at=at)
    assert not Mark.objects.filter(role="third").exists()
    answer = next(each for each in queries.constructed_answers(module) if each.pk == one.answer_id)
    assert queries.standing([answer], module.difference_limit).thirds == 1


def test_third_mark_stands_once_given(pair, at):
    one, two, first, second, pool = pair
    marking.mark(one, D(0), by=first, at=at)
    marking.mark(two, D(5), by=second, at=at)
    third = Mark.objects.get(role="third")
    marking.mark(third, D(2), by=pool[0], at=at)
    with pytest.raises(marking.MarkStands):
        marking.mark(third, D(3), by=pool[0], at=at)


@pytest.fixture
def apart(pair, at):
    one, two, first, second, _ = pair
    ThirdMarker.objects.all().delete()
    marking.mark(one, D(0), by=first, at=at)
    marking.mark(two, D(5), by=second, at=at)
    return pair


def test_assign_third_names_one_and_then_another(apart, officer, at):
    one, *_, pool = apart
    marking.assign_third(one.answer, pool[0], by=officer, at=at)
    third = marking.assign_third(one.answer, pool[1], by=officer, at=at)
    assert Mark.objects.get(role="third").marker == pool[1]
    assert Line.objects.about(third).filter(act="exams.third_marker_named").count() == 2


def test_assign_third_refuses_when_the_marks_agree(pair, officer, at):
    one, *_, pool = pair
    with pytest.raises(marking.NoThirdNeeded):
        marking.assign_third(one.answer, pool[0], by=officer, at=at)


def test_assign_third_refuses_when_she_has_marked(apart, officer, at):
    one, *_, pool = apart
    third = marking.assign_third(one.answer, pool[0], by=officer, at=at)
    marking.mark(third, D(2), by=pool[0], at=at)
    with pytest.raises(marking.ThirdHasMarked):
        marking.assign_third(one.answer, pool[1], by=officer, at=at)


def test_assign_third_refuses_one_of_the_two(apart, officer, at):
    one, _, first, *_ = apart
    with pytest.raises(marking.MarkedByHerAlready):
        marking.assign_third(one.answer, first, by=officer, at=at)


def test_assign_third_refuses_a_marker_of_the_school(apart, officer, tree, at):
    one, *_, pool = apart
    make.worked_at(pool[0], tree.school)
    with pytest.raises(dividing.MarkerOfTheSchool):
        marking.assign_third(one.answer, pool[0], by=officer, at=at)


def test_assign_third_refuses_who_is_no_marker(apart, officer, at):
    one, *_ = apart
    with pytest.raises(marking.NotAMarker):
        marking.assign_third(one.answer, officer, by=officer, at=at)


def test_assign_third_refuses_who_is_no_exam_officer(apart, at):
    one, *_, pool = apart
    with pytest.raises(NotYourOffice):
        marking.assign_third(one.answer, pool[0], by=pool[1], at=at)


def test_assign_third_refuses_when_marking_is_over(apart, officer, at):
    one, *_, pool = apart
    Stage.objects.update(state="scores_checked")
    with pytest.raises(stages.NotAtThisStep):
        marking.assign_third(Answer.objects.get(pk=one.answer_id), pool[0], by=officer, at=at)
