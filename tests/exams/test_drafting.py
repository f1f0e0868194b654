import datetime as dt
import random
from decimal import Decimal

import pytest

from exams import composing, contents, drafting, specifying
from exams.models import ItemFigures, Module, Paper, PaperQuestion, Question
from exams.selecting import Cell
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from tests.factories import exams, papers

WORDS = "风花雪月江河湖海山石田土金木水火春夏秋冬东南西北梅兰竹菊琴棋书画天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往"


def stem(n):
    """Words that no other number has in the same pairs."""
    rng = random.Random(n)
    return "".join(rng.sample(WORDS, 14)) + f"{n}？"


@pytest.fixture
def module(tree):
    exam = exams.exam(tree.city)
    Module.objects.filter(stage__exam=exam, kind="written").update(full_marks=12, pass_mark=6)
    for n in range(24):
        level = ("识记", "理解")[n % 2]
        hard = ("easy", "medium", "hard")[n % 3]
        topic = ("辅导/倾听", "伦理")[n % 4 // 2]
        papers.question(
            tree.city, f"S{n:03d}", stem=stem(n), topic=topic, cognitive_level=level, difficulty=hard, points="1"
        )
        papers.question(
            tree.city, f"T{n:03d}", stem=stem(n + 50), kind="true_false", body={}, key={"right": True}, topic=topic
        )
    return exams.module(exam)


@pytest.fixture
def officers(tree):
    return papers.exam_officer(tree.city, "甲"), papers.exam_officer(tree.city, "乙")


def row(section, kind, *, topic="", level="", count=2, points="2"):
    asked = {"section": section, "topic": topic, "cognitive_level": level}
    return {**asked, "kind": kind, "count": count, "points": points}


def table(**changes):
    rows = [
        row("一、单选", "single", topic="辅导", level="识记"),
        row("一、单选", "single"),
        row("二、判断", "true_false", topic="伦理") | changes,
    ]
    return specifying.read(rows)


def compose(module, officers, at, **changes):
    asked = {"title": "A卷", "seed": "第一号", "by": officers[0], "at": at, **changes}
    return drafting.compose_from(module, asked.pop("rows", None) or table(), **asked)


def taken(paper):
    return [(each.number, each.question.code) for each in paper.places.select_related("question")]


def test_compose_from_gives_the_same_paper_for_the_same_seed_and_other_orders(module, officers, at):
    [first] = compose(module, officers, at)
    [again] = compose(module, officers, at, rows=table()[::-1])
    assert taken(again) == taken(first)
    assert contents.digest_of(again) == contents.digest_of(first)
    assert again.specification == first.specification
    [other] = compose(module, officers, at, seed="第二号")
    assert taken(other) != taken(first)


def test_compose_from_fills_each_row_and_says_from_which_it_came(module, officers, at):
    [paper] = compose(module, officers, at, table="年度细目表", avoid_last=3)
    assert (paper.state, paper.seed, paper.form, paper.form_of) == ("draft", "第一号", "", None)
    assert paper.specification | {"rows": 3} == {
        "table": "年度细目表",
        "rows": 3,
        "forms": 1,
        "avoid_last": 3,
        "algorithm": "sha256-cells-1",
    }
    sections = [(each.section, each.question.kind) for each in paper.places.select_related("question")]
    assert sections == [("一、单选", "single")] * 4 + [("二、判断", "true_false")] * 2
    narrow = [each for each in paper.places.all() if drafting.cell_of(each).level]
    assert [(each.question.topic, each.question.cognitive_level) for each in narrow] == [("辅导/倾听", "识记")] * 2
    assert Line.objects.get(act="exams.paper_composed").facts == {"questions": 6, "forms": 1, "table": "年度细目表"}


def test_compose_from_expects_what_was_declared_or_shown(module, officers, at):
    [paper] = compose(module, officers, at)
    questions = [each.question for each in paper.places.select_related("question")]
    shares = {"easy": Decimal("0.85"), "medium": Decimal("0.65"), "hard": Decimal("0.40")}
    assert paper.expected == sum(2 * shares[each.difficulty] for each in questions)
    place = paper.places.first()
    ItemFigures.objects.create(
        place=place,
        sat_on=dt.date(2023, 5, 6),
        scripts=40,
        earned=Decimal(8),
        possible=Decimal(80),
        **{f"{end}_{what}": Decimal(1) for end in ("upper", "lower") for what in ("earned", "possible")},
        reckoned_at=at,
    )
    [again] = compose(module, officers, at)
    assert again.expected == paper.expected - 2 * shares[place.question.difficulty] + Decimal("0.20")


def test_compose_from_makes_two_forms_alike_in_shape_and_share_no_question(module, officers, at):
    first, second = compose(module, officers, at, forms=2)
    assert [(each.form, each.form_of) for each in (first, second)] == [("A", None), ("B", first)]
    shape = [list(each.places.values_list("number", "section", "points", "row")) for each in (first, second)]
    assert shape[0] == shape[1]
    codes = [{code for _n, code in taken(each)} for each in (first, second)]
    assert not codes[0] & codes[1]
    assert abs(first.expected - second.expected) <= Decimal(1)
    assert contents.forms(second) == [first, second]


def test_compose_from_takes_only_usable_questions_of_this_bank(module, officers, at, tree):
    Question.objects.filter(code__in=[f"T{n:03d}" for n in range(24)]).exclude(topic="辅导/倾听").update(
        state="retired"
    )
    papers.question(tree.county, "X001", kind="true_false", body={}, key={"right": True}, topic="伦理")
    with pytest.raises(drafting.CellsShort) as refused:
        compose(module, officers, at)
    assert refused.value.lacking == {table()[2]: 2}


def test_compose_from_leaves_out_what_the_latest_papers_asked(module, officers, at):
    for number in range(2):
        [paper] = compose(module, officers, at, seed=f"旧{number}")
        composing.freeze(paper, by=officers[1], at=at + dt.timedelta(hours=number))
    used = [{code for _n, code in taken(each)} for each in Paper.objects.filter(state="frozen").order_by("-frozen_at")]
    seeds = [f"s{n}" for n in range(6)]
    free = [{code for _n, code in taken(compose(module, officers, at, seed=seed)[0])} for seed in seeds]
    assert any(each & used[0] for each in free)
    unsat = [compose(module, officers, at, seed=seed, avoid_last=1)[0] for seed in seeds]
    # A paper that is still to be sat is not left out: the choice would tell what stands on it.
    assert [{code for _n, code in taken(each)} for each in unsat] == free
    sat = exams.module(exams.exam(module.stage.exam.organisation, written="marking"))
    Paper.objects.filter(state="frozen").update(module=sat)
    avoiding = [compose(module, officers, at, seed=seed, avoid_last=1)[0] for seed in seeds]
    assert not any({code for _n, code in taken(each)} & used[0] for each in avoiding)
    assert any({code for _n, code in taken(each)} & used[1] for each in avoiding)


def test_compose_from_takes_no_two_alike(module, officers, at):
    for number, twin in enumerate(Question.objects.filter(kind="true_false", topic="伦理").order_by("code")):
        twin.stem = "保密是心理辅导的基本原则，涉及安全时除外。" if number < 5 else stem(900)
        twin.save()
    for seed in map(str, range(6)):
        [paper] = compose(module, officers, at, seed=seed)
        stems = [each.question.stem for each in paper.places.filter(question__kind="true_false")]
        assert len(set(stems)) == 2


@pytest.mark.parametrize(
    ("change", "refusal", "says"),
    [
        ({"seed": "  "}, drafting.SeedMissing, ""),
        ({"avoid_last": 21}, drafting.AvoidedNotPossible, ""),
        ({"rows": table(count=3)}, composing.TotalDoesNotFit, "14"),
        ({"rows": table(count=1, points="4"), "forms": 2, "break_": {"topic": "无"}}, drafting.CellsShort, "伦理"),
        ({"break_": {"key": {}}}, composing.NoRightAnswer, "T0"),
        ({"break_": {"points": 0}}, composing.QuestionUnsound, "T0"),
    ],
)
def test_compose_from_refuses_and_writes_nothing(module, officers, at, change, refusal, says):
    change = dict(change)
    if broken := change.pop("break_", None):
        Question.objects.filter(kind="true_false").update(**broken)
    lines = Line.objects.count()
    with pytest.raises(refusal) as refused:
        compose(module, officers, at, **change)
    assert says in str(refused.value)
    assert not Paper.objects.exists()
    assert not PaperQuestion.objects.exists()
    assert Line.objects.count() == lines


def test_compose_from_says_of_every_cell_how_many_are_lacking(module, officers, at):
    rows = specifying.read(
        [
            row("一", "single", topic="辅导", level="识记", count=9, points="1"),
            row("二", "fill_in", topic="伦理", count=3, points="1"),
        ]
    )
    with pytest.raises(drafting.CellsShort) as refused:
        compose(module, officers, at, rows=rows)
    assert {each.kind: count for each, count in refused.value.lacking.items()} == {"single": 3, "fill_in": 3}
    assert all(words in str(refused.value) for words in ("识记", "填空题", "3"))


def test_compose_from_is_refused_to_an_officer_of_another_county(module, tree, at):
    with pytest.raises(NotYourOffice):
        compose(module, [papers.exam_officer(tree.neighbour)], at)


# Swapping


def test_swap_puts_another_of_the_cell_and_makes_her_the_composer(module, officers, at):
    first, second = compose(module, officers, at, forms=2)
    place = first.places.get(number=6)
    offered = [each.code for each in drafting.alternatives(place)]
    used = {code for form in (first, second) for _n, code in taken(form)}
    assert offered
    assert not used & set(offered)
    assert {each.topic for each in drafting.alternatives(place)} == {"伦理"}
    drafting.swap(first, 6, offered[0], by=officers[1], at=at)
    first.refresh_from_db()
    assert taken(first)[5] == (6, offered[0])
    assert (first.composed_by, second.composed_by) == (officers[1], officers[0])
    assert Line.objects.get(act="exams.question_swapped").facts == {"number": 6}
    for officer in officers:
        with pytest.raises(composing.FrozenByAnother):
            composing.freeze(second, by=officer, at=at)


@pytest.mark.parametrize("code", ["S000", "T002", "X999", ""])
def test_swap_refuses_what_is_not_of_the_cell(module, officers, at, code):
    [paper] = compose(module, officers, at, rows=table(topic="伦理"))
    PaperQuestion.objects.filter(paper=paper, number=6).update(question=Question.objects.get(code="T003"))
    PaperQuestion.objects.filter(paper=paper, number=5).update(question=Question.objects.get(code="T002"))
    with pytest.raises(drafting.NotOfThisCell):
        drafting.swap(paper, 6, code, by=officers[0], at=at)
    assert taken(paper)[5] == (6, "T003")


def test_swap_refuses_one_that_is_like_another_on_the_paper(module, officers, at):
    [paper] = compose(module, officers, at)
    other, free = paper.places.get(number=5).question, drafting.alternatives(paper.places.get(number=6))[0]
    free.stem = other.stem
    free.save()
    with pytest.raises(drafting.NotOfThisCell):
        drafting.swap(paper, 6, free.code, by=officers[0], at=at)


def test_swap_works_on_a_paper_made_by_hand(module, officers, at, tree):
    sections = [{"name": "判断", "kind": "true_false", "points": "12", "codes": ["T000"]}]
    paper = composing.compose(module, "手工卷", sections, by=officers[0], at=at)
    offered = {each.code for each in drafting.alternatives(paper.places.get())}
    assert offered == set(
        Question.objects.filter(kind="true_false", topic="辅导/倾听").values_list("code", flat=True)
    ) - {"T000"}
    drafting.swap(paper, 1, "T001", by=officers[0], at=at)
    assert taken(paper) == [(1, "T001")]


def test_swap_refuses_a_frozen_paper_and_a_number_that_is_not_there(module, officers, at):
    [paper] = compose(module, officers, at)
    with pytest.raises(drafting.NoSuchPlace):
        drafting.swap(paper, 7, "T001", by=officers[0], at=at)
    composing.freeze(paper, by=officers[1], at=at)
    before = taken(paper)
    with pytest.raises(composing.PaperFrozen):
        drafting.swap(paper, 6, "T001", by=officers[0], at=at)
    assert taken(paper) == before


# Two forms together


def test_two_forms_are_frozen_together_by_what_was_read_of_both(module, officers, at):
    first, second = compose(module, officers, at, forms=2)
    seen = contents.signed_digest(second)
    drafting.swap(first, 6, drafting.alternatives(first.places.get(number=6))[0].code, by=officers[0], at=at)
    with pytest.raises(composing.ChangedSince):
        composing.freeze(second, by=officers[1], at=at, seen_digest=seen)
    composing.freeze(second, by=officers[1], at=at, seen_digest=contents.signed_digest(first))
    frozen = list(Paper.objects.order_by("form"))
    assert [(each.state, each.frozen_by) for each in frozen] == [("frozen", officers[1])] * 2
    assert frozen[0].digest != frozen[1].digest
    assert Module.objects.get(pk=module.pk).sitting.paper == first
    assert sum(Decimal(each["points"]) for each in frozen[1].items) == 12
    assert Line.objects.filter(act="exams.paper_frozen").count() == 1


def test_recompose_refuses_one_of_two_forms(module, officers, at):
    first, second = compose(module, officers, at, forms=2)
    for form in (first, second):
        with pytest.raises(composing.OneOfTwoForms):
            composing.recompose(form, "手改", papers.sections(), by=officers[0], at=at)
    assert Paper.objects.get(pk=first.pk).title == "A卷"


def test_words_of_a_cell_name_each_part_once():
    assert specifying.words(Cell("单选题", "single", "辅导", "识记", Decimal(1), 1)) == "单选题 · 辅导 · 识记"
