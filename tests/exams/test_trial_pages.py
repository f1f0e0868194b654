"""The pages of trial marking: hers alone for the marker, the whole for the officer, and nothing of candidates."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from exams import criteria, marking, qualifying
from exams.models import Stage, TrialDecision, TrialMark, TrialRule, TrialScript
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
def paper(exam):
    return exams.module(exam).sitting.paper


@pytest.fixture
def three(tree):
    return make.markers(tree.city, 3)


@pytest.fixture
def rule(paper, officer, at):
    """Two of three trial scripts of question 5, at most half a point off."""
    for n, points in enumerate(("2", "3.5", "4"), 1):
        qualifying.prepare(paper, "5", f"备卷之{n}", D(points), f"依据之{n}", by=officer, at=at)
    return qualifying.require(paper, "5", 2, D("0.5"), by=officer, at=at)


def trial_page(paper):
    return reverse("exams:trial", args=[paper.pk, "5"])


def setup_page(paper, name="trial_setup"):
    return reverse(f"exams:{name}", args=[paper.pk, "5"])


def tried(rule, marker, at, *offs):
    for off in offs:
        script = qualifying.upcoming(rule, marker)
        qualifying.mark(script, script.points + D(off), by=marker, at=at)


# The marker


def test_piles_lead_to_trial_scripts_first(client, exam, paper, rule, three, at):
    client.force_login(three[0])
    page = client.get(reverse("exams:piles")).text
    assert trial_page(paper) in page
    assert "评2份试评卷" in page
    tried(rule, three[0], at, 0, 0)
    make.marks(make.script(exam), "5", None, None, three)
    page = client.get(reverse("exams:piles")).text
    assert reverse("exams:next_mark", args=[paper.module_id, "5"]) in page
    assert "已通过" in page


def test_trial_shows_the_next_script_and_hides_its_points_until_marked(client, paper, rule, three):
    client.force_login(three[0])
    page = client.get(trial_page(paper))
    for text in ("备卷之1", "怎样缓解考前焦虑？", "识别想法、放松训练", "0.5分"):
        assert text in page.text
    assert not [each for each in ("备卷之2", "依据之1", "依据之2") if each in page.text]
    [script] = re.findall(r'name="script" value="(\d+)"', page.text)
    done = client.post(trial_page(paper), {"script": script, "points": "3"}, follow=True)
    assert "商定2分，您给了3分" in done.text
    assert "依据之1" in done.text
    assert "备卷之2" in done.text
    assert TrialMark.objects.get().points == D(3)


def test_trial_shows_a_refusal_and_keeps_nothing(client, paper, rule, three):
    client.force_login(three[0])
    first, second = TrialScript.objects.order_by("number")[:2]
    for sent, status in (
        ({"script": first.pk, "points": "9"}, 422),
        ({"script": first.pk, "points": ""}, 422),
        ({"script": second.pk, "points": "3"}, 422),
        ({"script": "x", "points": "3"}, 404),
        ({"script": "9" * 4301, "points": "3"}, 404),
    ):
        response = client.post(trial_page(paper), sent)
        assert response.status_code == status
        assert status == 404 or 'role="alert"' in response.text
    assert not TrialMark.objects.exists()


def test_trial_goes_by_criteria_and_keeps_what_was_chosen(client, paper, rule, three, officer, at):
    criteria.set_criteria(paper, "5", [("识别想法", D(3)), ("放松训练", D(2))], by=officer, at=at)
    client.force_login(three[0])
    script = TrialScript.objects.order_by("number")[0]
    response = client.post(trial_page(paper), {"script": script.pk, "c1": "1.5"})
    assert response.status_code == 422
    assert re.search(r'name="c1" value="1.5" checked', response.text)
    client.post(trial_page(paper), {"script": script.pk, "c1": "1.5", "c2": "0.5"})
    assert TrialMark.objects.get().points == D(2)


def test_trial_says_how_it_ended(client, paper, rule, three, officer, at):
    client.force_login(three[0])
    tried(rule, three[0], at, 0, 1)
    assert "待决定：至少一份相差超过0.5分" in client.get(trial_page(paper)).text
    qualifying.let_go_on(rule, three[0], "有争议的备卷", by=officer, at=at)
    assert "有争议的备卷" in client.get(trial_page(paper)).text
    tried(rule, three[1], at, 0, 0)
    client.force_login(three[1])
    page = client.get(trial_page(paper)).text
    assert ("通过：每份相差都不超过0.5分" in page, "有争议的备卷" in page) == (True, False)


def test_who_knows_the_points_is_shown_no_script_and_another_officer_lets_her_go_on(
    client, paper, rule, three, officer, tree
):
    people.appointment(three[0], Appointment.Office.EXAM_OFFICER, tree.city)
    client.force_login(three[0])
    page = client.get(trial_page(paper))
    assert ("不参加这道题的试评" in page.text, "备卷之1" in page.text) == (True, False)
    script = TrialScript.objects.order_by("number")[0]
    response = client.post(trial_page(paper), {"script": script.pk, "points": "2"})
    assert (response.status_code, 'role="alert"' in response.text) == (422, True)
    client.force_login(officer)
    assert "知道商定分数" in client.get(setup_page(paper)).text
    sent = {"marker": three[0].pk, "kind": "go_on", "reason": "参与定分"}
    assert client.post(setup_page(paper, "trial_decide"), sent).status_code == 302
    assert TrialDecision.objects.get().marker == three[0]


def test_a_held_marker_finds_no_answer_at_its_address(client, exam, paper, rule, three, officer, at):
    own, _other = make.marks(make.script(exam), "5", None, None, three)
    client.force_login(three[0])
    for sent in (client.get, lambda address: client.post(address, {"points": "3"})):
        response = sent(reverse("exams:mark", args=[own.pk]))
        assert (response.status_code, "先处理情绪" in response.text) == (403, False)
    page = client.get(reverse("exams:piles")).text
    assert "请先试评" in page
    assert reverse("exams:next_mark", args=[paper.module_id, "5"]) not in page


def test_trial_is_not_there_for_others_nor_without_a_rule(client, paper, rule, three, tree, officer):
    strangers = [officer, people.officer(Appointment.Office.MARKER, tree.county), people.user("路人")]
    for stranger in strangers:
        client.force_login(stranger)
        assert client.get(trial_page(paper)).status_code == 404
        assert client.post(trial_page(paper), {"points": "3"}).status_code == 404
    client.force_login(three[0])
    assert client.get(reverse("exams:trial", args=[paper.pk, "6.1"])).status_code == 404
    Stage.objects.update(state="scores_checked")
    assert client.get(trial_page(paper)).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_piles_take_the_same_queries_for_more_trials(
    client, paper, three, officer, at, django_assert_max_num_queries, count
):
    for item in ("5", "6.1", "6.2")[:count]:
        qualifying.prepare(paper, item, "备卷", D(2), "依据", by=officer, at=at)
        tried(qualifying.require(paper, item, 1, D(1), by=officer, at=at), three[0], at, 0)
    client.force_login(three[0])
    with django_assert_max_num_queries(13):
        assert client.get(reverse("exams:piles")).status_code == 200


# The officer


def test_setup_prepares_and_requires(client, paper, officer):
    client.force_login(officer)
    assert setup_page(paper) in client.get(reverse("exams:marked_item", args=[paper.pk, "5"])).text
    sent = {"text": "备卷之一", "points": "2.5", "reason": "三人研讨"}
    assert client.post(setup_page(paper, "trial_script"), sent).url == setup_page(paper)
    assert client.post(setup_page(paper, "trial_require"), {"count": "1", "limit": "0.5"}).url == setup_page(paper)
    page = client.get(setup_page(paper)).text
    for text in ("备卷之一", "三人研讨", "1份试评卷，每份相差不超过0.5分"):
        assert text in page
    assert "须先试评" in client.get(reverse("exams:marking", args=[paper.module.stage_id])).text


def test_setup_shows_refusals_and_keeps_what_was_typed(client, paper, rule, officer):
    client.force_login(officer)
    sent = {"text": "写好的备卷", "points": "9", "reason": "三人研讨"}
    response = client.post(setup_page(paper, "trial_script"), sent)
    assert (response.status_code, "写好的备卷" in response.text) == (marking.OutOfRange.status, True)
    response = client.post(setup_page(paper, "trial_require"), {"count": "7", "limit": "0.5"})
    assert response.status_code == qualifying.TooFewTrialScripts.status
    assert response.context["require_form"].errors["count"]
    assert 'value="7"' in response.text
    assert TrialRule.objects.get().count == 2


def test_setup_decides_about_a_held_marker(client, paper, rule, three, officer, at):
    tried(rule, three[0], at, 0, 1)
    tried(rule, three[1], at, 0)
    client.force_login(officer)
    page = client.get(setup_page(paper))
    assert [(str(row["marker"]), row["trial"].is_held) for row in page.context["rows"]] == [
        ("阅卷1", True),
        ("阅卷2", False),
        ("阅卷3", False),
    ]
    sent = {"marker": three[0].pk, "kind": "more", "count": "5", "reason": "再试"}
    response = client.post(setup_page(paper, "trial_decide"), sent)
    assert (response.status_code, "再试" in response.text) == (qualifying.TooFewTrialScripts.status, True)
    response = client.post(setup_page(paper, "trial_decide"), {**sent, "marker": three[1].pk, "kind": "go_on"})
    assert (response.status_code, "阅卷2尚未评完" in response.text) == (qualifying.NotToBeDecided.status, True)
    client.post(setup_page(paper, "trial_decide"), {**sent, "count": "1"})
    assert TrialDecision.objects.get().count == 1
    tried(rule, three[0], at, 1)
    client.post(setup_page(paper, "trial_decide"), {**sent, "kind": "go_on", "count": ""})
    assert "准予评卷" in client.get(setup_page(paper)).text


def test_setup_is_not_for_strangers(client, paper, rule, three, tree):
    strangers = [three[0], people.officer(Appointment.Office.EXAM_OFFICER, tree.county), people.user("路人")]
    for stranger in strangers:
        client.force_login(stranger)
        assert client.get(setup_page(paper)).status_code == 404
        for name in ("trial_script", "trial_require", "trial_decide"):
            assert client.post(setup_page(paper, name), {}).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_setup_takes_the_same_queries_for_more_markers(
    client, paper, rule, three, officer, at, django_assert_max_num_queries, count
):
    for each in three[:count]:
        tried(rule, each, at, 0, 1)
    client.force_login(officer)
    with django_assert_max_num_queries(16):
        assert client.get(setup_page(paper)).status_code == 200
