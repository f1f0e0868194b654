"""Tries at the questions of a lesson: drawn afresh each time, answered once, and nothing forged earns a point."""

from decimal import Decimal

import pytest
import time_machine

from cms import lessons, tries, trying
from cms.models import Try
from lms.records.models import LessonProgress
from tests.factories import courses
from tests.factories.people import AT


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def w(tree, personas):
    made = courses.world(tree.county, lessons=1, questions=12, ask=3)
    made.teacher, made.stranger = personas.teacher, personas.stranger
    return made


def draw(w, teacher=None):
    return trying.draw(page=w.lesson, course=w.course, teacher=teacher or w.teacher, at=AT)


def answer(w, drawn, answers):
    return trying.answer(drawn=drawn, page=w.lesson, course=w.course, answers=answers, at=AT)


def right(drawn):
    return {each["id"]: each["key"]["right"][0] for each in drawn.asked}


def wrong(drawn):
    return {
        each["id"]: next(o["id"] for o in each["body"]["options"] if o["id"] not in each["key"]["right"])
        for each in drawn.asked
    }


def test_draw_takes_as_many_questions_as_the_lesson_says(w):
    drawn = draw(w)
    own = {id_ for id_, _value in lessons.questions(w.lesson)}
    assert (drawn.number, len(drawn.asked), drawn.answered_at) == (1, 3, None)
    assert {each["id"] for each in drawn.asked} < own


def test_draw_takes_all_questions_when_the_lesson_says_nought(w):
    w.lesson.ask = 0
    assert len(draw(w).asked) == 12


def test_draw_gives_the_same_try_while_it_waits_for_its_answers(w):
    first = draw(w)
    assert draw(w) == first
    assert Try.objects.count() == 1


def test_draw_draws_afresh_for_every_try(w):
    drawn = []
    for _number in range(8):
        made = draw(w)
        drawn.append(tuple(each["id"] for each in made.asked))
        answer(w, made, {})
    assert len(set(drawn)) > 1
    assert [each.number for each in Try.objects.order_by("number")] == list(range(1, 9))


def test_draw_is_each_teachers_own(w):
    assert draw(w).pk != draw(w, w.stranger).pk


def test_draw_opens_the_lesson_for_whoever_has_no_script(w):
    draw(w)
    assert LessonProgress.objects.get(teacher=w.teacher).seconds == 0


def test_draw_refuses_when_the_lesson_asks_nothing(w):
    silent = courses.lesson(w.module, questions=0)
    with pytest.raises(trying.NothingAsked):
        trying.draw(page=silent, course=w.course, teacher=w.teacher, at=AT)


def test_answer_passes_when_enough_is_right(w):
    done = answer(w, drawn := draw(w), right(drawn))
    assert (done.share, done.is_passed, done.answered_at) == (1, True, AT)
    assert LessonProgress.objects.get(teacher=w.teacher).passed_at == AT


@pytest.mark.parametrize(("percent", "is_passed"), [(66, True), (67, False)])
def test_answer_passes_at_the_percent_of_the_lesson_and_not_below(w, percent, is_passed):
    w.lesson.pass_percent = percent
    drawn = draw(w)
    one = drawn.asked[0]["id"]
    done = answer(w, drawn, {**right(drawn), one: wrong(drawn)[one]})
    assert (done.share, done.is_passed) == (Decimal("0.667"), is_passed)


def test_answer_passes_nothing_when_all_is_wrong(w):
    done = answer(w, drawn := draw(w), wrong(drawn))
    assert (done.share, done.is_passed) == (0, False)
    assert LessonProgress.objects.get(teacher=w.teacher).passed_at is None


def test_answer_keeps_that_it_was_passed_when_a_later_try_fails(w):
    answer(w, drawn := draw(w), right(drawn))
    answer(w, drawn := draw(w), wrong(drawn))
    assert LessonProgress.objects.get(teacher=w.teacher).passed_at == AT


def test_answer_earns_nothing_for_questions_that_were_not_drawn(w):
    drawn = draw(w)
    asked = {each["id"] for each in drawn.asked}
    others = {id_: "A" for id_, _value in lessons.questions(w.lesson) if id_ not in asked}
    done = answer(w, drawn, {**others, "no-such-id": "A"})
    assert (done.share, done.answers) == (0, {})


@pytest.mark.parametrize("forged", [["A"], {"right": "A"}, 1, True, None, "Z", "A\x00", "ABC"])
def test_answer_earns_nothing_for_another_shape(w, forged):
    drawn = draw(w)
    done = answer(w, drawn, {each["id"]: forged for each in drawn.asked})
    assert (done.share, done.answers, done.is_passed) == (0, {}, False)


def test_answer_refuses_when_the_try_was_answered(w):
    drawn = draw(w)
    answer(w, drawn, wrong(drawn))
    with pytest.raises(trying.AlreadyAnswered):
        answer(w, drawn, right(drawn))
    assert Try.objects.get().is_passed is False


def test_answer_marks_every_kind_of_question(tree, personas):
    room = courses.institution(tree.county)
    course = courses.course(room)
    body = [
        courses.question("multiple", right=("甲", "乙"), id="00000000-0000-4000-8000-000000000001"),
        courses.question("true_false", is_true=False, id="00000000-0000-4000-8000-000000000002"),
        courses.question(
            "fill_in", stem="____和____", blanks="保密\n知情/知情同意", id="00000000-0000-4000-8000-000000000003"
        ),
    ]
    page = courses.lesson(courses.module(course), body=body, questions=0, ask=0)
    drawn = trying.draw(page=page, course=course, teacher=personas.teacher, at=AT)
    given = {
        "00000000-0000-4000-8000-000000000001": ["A"],  # one of two, no wrong one: half
        "00000000-0000-4000-8000-000000000002": False,
        "00000000-0000-4000-8000-000000000003": ["保密", "知情 同意"],
    }
    done = trying.answer(drawn=drawn, page=page, course=course, answers=given, at=AT)
    assert done.share == Decimal("0.833")
    assert {each.verdict for each in tries.shown(done).questions} == {"right", "partly"}


def test_shown_holds_no_key_before_the_answer(w):
    waiting = tries.shown(draw(w))
    for each in waiting.questions:
        assert {option.is_right for option in each.options} == {None}
        assert (each.truth, each.explanation, each.verdict) == (None, "", "")


def test_shown_says_what_was_chosen_what_is_right_and_why_after_the_answer(w):
    drawn = draw(w)
    done = tries.shown(answer(w, drawn, wrong(drawn)))
    for each in done.questions:
        assert each.verdict == "wrong" and each.explanation == courses.EXPLANATION
        assert [option.text for option in each.options if option.is_right] == ["甲"]
        assert [option.is_right for option in each.options if option.is_chosen] == [False]
    assert (done.percent, done.right, done.is_answered) == (0, 0, True)


def test_last_is_the_latest_try_of_this_teacher_at_this_lesson(w):
    assert tries.last(w.teacher, w.lesson) is None
    answer(w, first := draw(w), right(first))
    second = draw(w)
    assert tries.last(w.teacher, w.lesson).row == second
    assert tries.last(w.stranger, w.lesson) is None
    assert tries.last(None, w.lesson) is None
