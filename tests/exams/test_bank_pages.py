"""The pages of a question bank: the list and what is decided there, writing, one question, topics, look-alikes."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams.models import ItemFigures, Paper, PaperQuestion, Question
from lms.people.models import Organisation
from tests.factories import exams, papers, people

BANK = reverse("exams:bank")
FACTS = {"points": "2", "difficulty": "medium", "topic": "情绪/陪伴", "cognitive_level": "应用", "step": "send"}
# What is typed for each kind, and what comes of it: (fields, body, key).
TYPED = {
    "single": (
        {"option_A": "离开", "option_C": "陪伴", "right": "C"},
        {"options": [{"id": "A", "text": "离开"}, {"id": "B", "text": "陪伴"}]},
        {"right": ["B"]},
    ),
    "multiple": (
        {"option_A": "甲", "option_B": "乙", "option_C": "丙", "right": ["A", "B"], "policy": "weights",
         "share_A": "1/2", "share_B": "1/2", "share_C": "-1/2"},
        {"options": [{"id": "A", "text": "甲"}, {"id": "B", "text": "乙"}, {"id": "C", "text": "丙"}]},
        {"right": ["A", "B"], "policy": "weights", "weights": {"A": "1/2", "B": "1/2", "C": "-1/2"}},
    ),
    "true_false": ({"right": "false"}, {}, {"right": False}),
    "fill_in": (
        {"stem": "条件是____和____。", "blanks": "共情／同理心\n尊重", "case": "on"},
        {"blanks": 2},
        {"blanks": [["共情", "同理心"], ["尊重"]], "case": True},
    ),
    "short_answer": ({"guide": "先倾听"}, {}, {"guide": "先倾听"}),
    "case": (
        {"part_1_stem": "成因？", "part_1_points": "0.5", "part_1_guide": "家庭", "part_2_stem": "对策？",
         "part_2_points": "1.5", "part_2_guide": "陪伴"},
        {"parts": [{"number": 1, "stem": "成因？", "points": "0.5"}, {"number": 2, "stem": "对策？", "points": "1.5"}]},
        {"parts": [{"guide": "家庭"}, {"guide": "陪伴"}]},
    ),
}  # fmt: skip


@pytest.fixture
def author(tree):
    return people.officer("trainer", tree.city, "出题人")


@pytest.fixture
def officer(client, tree):
    made = papers.exam_officer(tree.city, "审题人")
    client.force_login(made)
    return made


def written(client, kind, code="N001", **typed):
    city = Organisation.objects.get(code="990600")
    typed = {"bank": city.pk, "stem": "问的是什么？", "code": code, **FACTS, **typed}
    return client.post(reverse("exams:write_kind", args=[kind]), typed)


def sat(question, earned, *, possible=10, choices=None):
    """A paper on which ten met the question; the upper three earned everything, the lower three nothing."""
    exam = exams.exam(question.organisation)
    paper = Paper.objects.create(
        module=exams.module(exam), title="卷", state="frozen", composed_by=people.user(), composed_at=people.AT
    )
    place = PaperQuestion.objects.create(paper=paper, question=question, section="一", number=1, points=Decimal(1))
    return ItemFigures.objects.create(
        place=place, sat_on=dt.date(2024, 1, 5), scripts=10, earned=earned, possible=possible, upper_earned=3,
        upper_possible=3, lower_earned=0, lower_possible=3, choices=choices or {}, reckoned_at=people.AT,
    )  # fmt: skip


# The list


def test_the_list_narrows_by_every_choice_and_topics_hold_those_below(client, tree, officer):
    first = papers.question(tree.city, "A1", stem="甲题干", topic="情绪/焦虑", cognitive_level="应用")
    papers.question(tree.city, "A2", stem="乙题干", topic="情绪", difficulty="hard", state="in_review")
    papers.question(tree.city, "A3", stem="丙题干", topic="情绪管理", cognitive_level="本地词", state="retired")
    sat(first, 7)
    for query, found in [
        ({}, "甲乙丙"),
        ({"topic": "情绪"}, "甲乙"),
        ({"topic": "情绪/焦虑"}, "甲"),
        ({"level": "应用"}, "甲"),
        ({"level": "本地词"}, "丙"),
        ({"difficulty": "hard"}, "乙"),
        ({"state": "retired"}, "丙"),
        ({"used": "yes"}, "甲"),
        ({"used": "no"}, "乙丙"),
        ({"bank": tree.city.pk}, "甲乙丙"),
        ({"bank": "987654"}, ""),
        ({"state": "superseded"}, ""),
        ({"sort": "stem"}, ""),
    ]:
        page = client.get(BANK, query).text
        assert {each for each in "甲乙丙" if f"{each}题干" in page} == set(found), query


def test_the_list_shows_the_last_version_or_with_a_state_the_one_in_it(client, tree, author, officer):
    papers.question(tree.city, "A1", stem="在用的题干", by=author)
    papers.question(tree.city, "A1", stem="待审的题干", by=author, version=2, state="in_review")
    Question.objects.filter(version=1).update(state="usable")
    page = client.get(BANK).text
    assert ("待审的题干" in page, "在用的题干" in page) == (True, False)
    page = client.get(BANK, {"state": "usable"}).text
    assert ("待审的题干" in page, "在用的题干" in page) == (False, True)


def test_the_list_orders_by_figures_and_those_never_sat_come_last(client, tree, officer):
    for code, earned in (("A1", 9), ("A2", None), ("A3", 2)):
        question = papers.question(tree.city, code)
        if earned is not None:
            sat(question, earned)

    def codes(sort):
        return [each.code for each in client.get(BANK, {"sort": sort}).context["page"]]

    assert codes("facility") == ["A3", "A1", "A2"]
    assert codes("-facility") == ["A1", "A3", "A2"]
    assert codes("-used")[-1] == "A2"
    assert "0.90" in client.get(BANK).text


def test_the_list_takes_the_same_statements_for_one_and_three(client, tree, officer):
    sat(papers.question(tree.city, topic="甲"), 5)
    client.get(BANK)
    with CaptureQueriesContext(connection) as one:
        client.get(BANK)
    sat(papers.question(tree.city, topic="乙"), 5)
    papers.question(tree.city, topic="乙", state="in_review")
    with CaptureQueriesContext(connection) as three:
        client.get(BANK)
    assert len(one) == len(three)


def test_the_ticked_are_approved_or_retired_together(client, tree, author, officer):
    two = [papers.question(tree.city, code, by=author, state="in_review") for code in ("A1", "A2")]
    decide = reverse("exams:bank_decide")
    answer = client.post(f"{decide}?kind=single", {"chosen": [each.pk for each in two], "step": "approve"})
    assert answer.url == f"{BANK}?kind=single"
    assert Question.objects.usable().count() == 2
    client.post(decide, {"chosen": [two[0].pk], "step": "retire", "reason": "法规已修订"})
    assert list(Question.objects.usable()) == [two[1]]


def test_a_refusal_stands_above_the_list_and_ticks_and_words_are_kept(client, tree, author, officer):
    one = papers.question(tree.city, "A1", by=author, state="in_review")
    own = papers.question(tree.city, "A2", by=officer, state="in_review")
    answer = client.post(reverse("exams:bank_decide"), {"chosen": [one.pk, own.pk], "step": "approve"})
    assert answer.status_code == 409
    assert "A2由您本人编写或导入" in answer.text
    assert answer.text.count(" checked") == 2
    answer = client.post(reverse("exams:bank_decide"), {"chosen": [one.pk], "step": "retire", "reason": "旧题"})
    assert 'value="旧题"' in answer.text
    answer = client.post(reverse("exams:bank_decide"), {"step": "approve"})
    assert (answer.status_code, "请勾选" in answer.text) == (422, True)
    assert not Question.objects.usable().exists()


def test_nobody_decides_about_a_bank_that_is_not_hers(client, tree, author):
    question = papers.question(tree.city, "A1", state="in_review")
    for person in (author, papers.exam_officer(tree.county), people.user()):
        client.force_login(person)
        answer = client.post(reverse("exams:bank_decide"), {"chosen": [question.pk], "step": "approve"})
        assert answer.status_code == 404
    assert not Question.objects.usable().exists()


def test_an_empty_bank_says_how_it_is_filled(client, officer, author):
    assert "题库还是空的" in client.get(BANK).text
    client.force_login(author)
    page = client.get(BANK).text
    assert reverse("exams:write_question") in page
    assert reverse("exams:collect") not in page


# Writing and revising


@pytest.mark.parametrize("kind", TYPED)
def test_each_kind_is_written_by_its_form_and_comes_back_into_it(client, tree, author, kind):
    client.force_login(author)
    typed, body, key = TYPED[kind]
    answer = written(client, kind, **typed)
    made = Question.objects.get()
    assert answer.url == reverse("exams:question", args=[made.pk])
    assert (made.kind, made.body, made.key, made.state) == (kind, body, key, "in_review")
    assert (made.points, made.topic, made.cognitive_level) == (2, "情绪/陪伴", "应用")
    form = client.get(reverse("exams:revise_question", args=[made.pk])).context["form"]
    fields = {name: form[name].value() for name in form.fields if form[name].value() not in (None, "", [], False)}
    answer = client.post(reverse("exams:revise_question", args=[made.pk]), {**fields, "step": "draft"})
    assert answer.status_code == 422  # the same again changes nothing
    assert "没有任何改动" in answer.text


def test_matching_and_ordering_are_shown_mixed_and_marked_by_what_was_typed(client, tree, author):
    client.force_login(author)
    typed = {
        "left_1": "焦虑",
        "right_1": "放松",
        "left_2": "冲突",
        "right_2": "沟通",
        "right_3": "惩罚",
        "policy": "pairs",
    }
    written(client, "matching", "N1", **typed)
    made = Question.objects.get(code="N1")
    texts = {each["id"]: each["text"] for each in made.body["right"]}
    assert [texts[made.key["pairs"][n]] for n in "12"] == ["放松", "沟通"]
    assert set(texts.values()) == {"放松", "沟通", "惩罚"}
    written(client, "ordering", "N2", steps="倾听\n共情\n商定\n跟进", policy="places")
    made = Question.objects.get(code="N2")
    texts = {each["id"]: each["text"] for each in made.body["options"]}
    assert [texts[each] for each in made.key["order"]] == ["倾听", "共情", "商定", "跟进"]
    assert list(texts.values()) != ["倾听", "共情", "商定", "跟进"]
    for each in Question.objects.all():
        form = client.get(reverse("exams:revise_question", args=[each.pk])).context["form"]
        fields = {name: form[name].value() for name in form.fields if form[name].value()}
        assert client.post(reverse("exams:revise_question", args=[each.pk]), fields).status_code == 422


@pytest.mark.parametrize(
    ("kind", "typed", "says"),
    [
        ("single", {"option_A": "保留的甲", "option_B": "乙"}, "缺少正确答案"),
        (
            "multiple",
            {"option_A": "甲", "option_B": "乙", "right": ["A"], "policy": "half"},
            "多选题至少有两个正确选项",
        ),
        ("multiple", {"option_A": "甲", "right": ["A"], "policy": "weights", "share_A": "半"}, "份额"),
        ("fill_in", {"blanks": "共情"}, "填空题"),
        ("matching", {"left_1": "甲", "right_1": "乙", "policy": "pairs"}, "至少填写两组"),
        ("case", {"part_1_stem": "问", "part_1_points": "1", "part_1_guide": "答"}, "各小题之和却是1分"),
        ("short_answer", {"guide": " "}, "缺少评分要点"),
    ],
)
def test_what_is_wrong_is_shown_and_what_was_typed_is_kept(client, tree, author, kind, typed, says):
    client.force_login(author)
    answer = written(client, kind, source="保留的来源", **typed)
    assert answer.status_code == 422
    assert says in answer.text
    assert "保留的来源" in answer.text
    assert not Question.objects.exists()


def test_a_revision_is_the_next_version_and_shows_what_changed(client, tree, officer):
    old = papers.question(tree.city, "A1", stem="班主任应先批评学生。", kind="true_false", body={}, key={"right": True})
    fields = {**FACTS, "stem": "班主任应先倾听学生。", "right": "true", "step": "draft"}
    answer = client.post(reverse("exams:revise_question", args=[old.pk]), fields)
    made = Question.objects.get(version=2)
    assert (answer.url, made.state) == (reverse("exams:question", args=[made.pk]), "draft")
    page = client.get(answer.url).text
    assert "<del>批评</del><ins>倾听</ins>" in page
    assert "已不是最新版本" in client.get(reverse("exams:question", args=[old.pk])).text
    assert client.get(reverse("exams:revise_question", args=[old.pk])).status_code == 200
    answer = client.post(reverse("exams:revise_question", args=[old.pk]), {**fields, "stem": "另改"})
    assert (answer.status_code, Question.objects.count()) == (409, 2)


def test_writing_is_for_authors_alone(client, tree, personas, author):
    question = papers.question(tree.city, "A1")
    client.force_login(personas.teacher.user)
    assert client.get(reverse("exams:write_question")).status_code == 404
    assert client.get(reverse("exams:write_kind", args=["single"])).status_code == 404
    assert client.get(reverse("exams:revise_question", args=[question.pk])).status_code == 404
    client.force_login(people.officer("trainer", tree.county, "邻人"))
    answer = written(client, "true_false", right="true")
    assert (answer.status_code, Question.objects.count()) == (422, 1)
    client.force_login(author)
    assert client.get(reverse("exams:write_kind", args=["riddle"])).status_code == 404


# One question


def test_a_question_shows_its_figures_and_who_chose_what(client, tree, officer):
    question = papers.question(tree.city, "A1")
    sat(question, 6, choices={"A": [2, 1, 0], "B": [1, 3, 3]})
    page = client.get(reverse("exams:question", args=[question.pk])).text
    assert "0.60" in page
    assert "1.00" in page
    assert "良好" in page
    for share in ("67%", "33%", "25%", "75%", "100%"):
        assert share in page
    other = papers.question(tree.city, "A2")
    assert "尚未" in client.get(reverse("exams:question", args=[other.pk])).text


def test_the_steps_of_a_question_are_taken_on_its_page(client, tree, author, officer):
    question = papers.question(tree.city, "A1", by=author, state="draft")
    address = reverse("exams:question_step", args=[question.pk])
    page = reverse("exams:question", args=[question.pk])

    def state_after(**sent):
        client.post(address, sent)
        question.refresh_from_db()
        return question.state

    assert state_after(step="send") == "in_review"
    assert state_after(step="send_back", reason="选项重复") == "draft"
    assert "选项重复" in client.get(page).text
    assert state_after(step="send") == "in_review"
    assert state_after(step="approve") == "usable"
    assert state_after(step="retire", reason="旧") == "retired"
    assert state_after(step="take_up", reason="再用") == "usable"
    answer = client.post(address, {"step": "retire", "reason": " "})
    assert (answer.status_code, "请填写理由" in answer.text) == (409, True)
    assert client.post(address, {"step": "burn"}).status_code == 404


def test_a_trainer_sees_her_bank_and_decides_nothing(client, tree, author):
    question = papers.question(tree.city, "A1", state="in_review", stem="本机构的题干")
    foreign = papers.question(tree.county, "A1", stem="别家的题干")
    client.force_login(author)
    page = client.get(BANK).text
    assert ("本机构的题干" in page, "别家的题干" in page) == (True, False)
    assert client.get(reverse("exams:question", args=[foreign.pk])).status_code == 404
    answer = client.post(reverse("exams:question_step", args=[question.pk]), {"step": "approve"})
    question.refresh_from_db()
    assert (answer.status_code, question.state) == (409, "in_review")


def test_a_look_alike_is_shown_beside_the_question_and_in_the_list_of_all(client, tree, officer):
    one = papers.question(tree.city, "A1", stem="班主任怎样帮助考试焦虑的学生？")
    papers.question(tree.city, "A2", stem="班主任怎样帮助考试焦虑的女生？")
    assert ">A2</a>" in client.get(reverse("exams:question", args=[one.pk])).text
    page = client.get(reverse("exams:bank_alike", args=[tree.city.pk])).text
    assert (">A1</a>" in page, ">A2</a>" in page) == (True, True)
    assert client.get(reverse("exams:bank_alike", args=[tree.county.pk])).status_code == 404


# Topics


def test_a_topic_is_moved_by_an_exam_officer(client, tree, author, officer):
    question = papers.question(tree.city, "A1", topic="情绪/焦虑")
    address = reverse("exams:bank_topics", args=[tree.city.pk])
    assert "焦虑" in client.get(address).text
    assert client.post(address, {"start": "情绪", "to": "心理/情绪"}).url == address
    question.refresh_from_db()
    assert question.topic == "心理/情绪/焦虑"
    answer = client.post(address, {"start": "心理", "to": "/"})
    assert (answer.status_code, 'value="/"' in answer.text) == (422, True)
    client.force_login(author)
    assert "<form" not in client.get(address).text.split("<main")[1].split("</main")[0]
    assert client.post(address, {"start": "心理", "to": "甲"}).status_code == 403
