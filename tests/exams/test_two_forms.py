"""Two equivalent forms in one sitting: who gets which, who marks what, and what the scores are made of."""

from decimal import Decimal

import pytest
from django.urls import reverse

from exams import marking, queries, scripts, settling, showing, sitting
from exams.models import Answer, Attempt, Mark, Module, ModuleResult, Paper, Sitting, StageEntry
from tests.factories import exams, papers
from tests.factories import marking as scripts_of

WRITTEN_B = {
    "number": 5,
    "kind": "short_answer",
    "section": "简答题",
    "points": "5",
    "stem": "怎样与家长沟通？",
    "body": {},
}


@pytest.fixture
def exam(tree, at):
    """An exam at its bell with a paper in two forms; in form B other keys are right and item 5 is another question."""
    exam = papers.sitting_exam(tree.city, starts_at=at)
    module = exams.module(exam)
    Module.objects.filter(pk=module.pk).update(full_marks=21, difference_limit=Decimal(1))
    first = scripts_of.paper(module)
    first.form, first.option_order, first.digest = "A", showing.ALGORITHM, "a" * 64
    first.save()
    second = scripts_of.paper(
        module,
        items=[*scripts_of.ITEMS[:4], WRITTEN_B, *scripts_of.ITEMS[5:]],
        keys={**scripts_of.KEYS, "1": {"right": ["C"], "points": "1"}},
    )
    second.form, second.form_of, second.digest = "B", first, "b" * 64
    second.save()
    module.sitting.paper = first
    module.sitting.save()
    return exam


def seated(exam, count):
    return [papers.ticketed(exam, f"考生{n}") for n in range(count)]


def test_start_gives_neighbours_different_forms_and_each_keeps_hers(exam, at):
    entries = seated(exam, 4)
    began = [sitting.start(each, by=each.candidate.teacher.user, at=at) for each in entries]
    assert [each.seat for each in entries] == [1, 2, 3, 4]
    assert [each.paper.form for each in began] == ["A", "B", "A", "B"]
    again = sitting.start(entries[1], by=entries[1].candidate.teacher.user, at=at)
    assert again == began[1]


@pytest.mark.parametrize(("across", "forms"), [(0, "ABABABAB"), (4, "ABABBABA"), (3, "ABABABAB")])
def test_start_gives_other_forms_beside_before_and_behind(exam, at, across, forms):
    Sitting.objects.filter(module__stage__exam=exam).update(seats_across=across)
    entries = seated(exam, 8)
    assert "".join(sitting.start(each, by=each.candidate.teacher.user, at=at).paper.form for each in entries) == forms


def test_start_gives_everybody_the_one_paper_where_there_is_no_other_form(exam, at):
    Paper.objects.filter(form="B").delete()
    for each in seated(exam, 2):
        assert sitting.start(each, by=each.candidate.teacher.user, at=at).paper.form == "A"


def handed_in(exam, at, answers):
    """Scripts of so many candidates, by the forms of their seats, ready for the key."""
    made = []
    for entry, given in zip(seated(exam, len(answers)), answers, strict=True):
        attempt = sitting.start(entry, by=entry.candidate.teacher.user, at=at)
        for item, response in given.items():
            Answer.objects.create(attempt=attempt, item=item, version=1, response=response, saved_at=at)
        sitting.hand_in(attempt, by=entry.candidate.teacher.user, at=at)
        marking.mark_by_key(attempt.pk, at)
        made.append(attempt)
    stage = exams.stage(exam)
    stage.state = "marking"
    stage.save()
    return made


def test_each_is_marked_and_settled_by_her_own_form(exam, at, tree):
    first, second = handed_in(exam, at, [{"1": "B", "5": "甲"}, {"1": "B", "5": "乙", "6.1": "丙"}])
    module = exams.module(exam)
    by_key = dict(Mark.objects.filter(role="key").values_list("answer__attempt", "points"))
    assert by_key == {first.pk: Decimal(1), second.pk: Decimal(0)}
    assert [(each.paper_id, each.item) for each in queries.constructed_answers(module)] == [
        (first.paper_id, "5"),
        (second.paper_id, "5"),
        (second.paper_id, "6.1"),
    ]
    officer = papers.exam_officer(tree.city)
    markers = scripts_of.markers(tree.city, 2)
    assert marking.allocate(module, markers, by=officer, at=at) == 3
    for mark in Mark.objects.exclude(role="key"):
        marking.mark(mark, Decimal(4), by=mark.marker, at=at)
    settling.settle_written(exams.stage(exam), by=officer, at=at)
    scores = dict(ModuleResult.objects.values_list("entry", "score"))
    assert scores == {first.entry_id: Decimal(5), second.entry_id: Decimal(8)}
    basis = ModuleResult.objects.get(entry=second.entry_id).basis
    assert basis["objective"]["sections"][0] == ["单选题", "0", "1"]
    assert basis["constructed"]["5"][3] == "4"


def test_pages_of_marking_tell_the_forms_apart(client, exam, at, tree):
    first, second = handed_in(exam, at, [{"5": "甲"}, {"5": "乙"}])
    module = exams.module(exam)
    officer = papers.exam_officer(tree.city)
    markers = scripts_of.markers(tree.city, 2)
    marking.allocate(module, markers, by=officer, at=at)
    client.force_login(markers[0])
    piles = client.get(reverse("exams:piles")).text
    upcoming = reverse("exams:next_mark", args=[module.pk, "5"])
    assert all(f"{upcoming}?paper={each.paper_id}" in piles for each in (first, second))
    answer = client.get(upcoming, {"paper": second.paper_id}, follow=True)
    assert WRITTEN_B["stem"] in answer.text
    mark = Mark.objects.get(marker=markers[0], answer__attempt=second)
    done = client.post(reverse("exams:mark", args=[mark.pk]), {"points": "3"})
    assert done.url == f"{upcoming}?paper={second.paper_id}"
    client.force_login(officer)
    page = client.get(reverse("exams:marking", args=[module.stage_id])).text
    assert ("5 · A卷" in page, "5 · B卷" in page) == (True, True)


def test_the_candidates_page_shows_her_form_in_her_own_order(exam, at):
    [attempt] = handed_in(exam, at, [{"1": "B"}])
    attempt = Attempt.objects.select_related("paper").get(pk=attempt.pk)
    attempt.paper.items[0]["body"] = papers.OPTIONS
    seen = showing.seen_by(attempt)[0]["body"]["options"]
    rule = {"order": showing.ALGORITHM, "digest": "a" * 64, "script": attempt.script}
    assert {each["id"]: each["letter"] for each in seen} == showing.letters(attempt.paper.items[0], **rule)
    assert scripts.items(attempt.paper)["1"].key["right"] == ["B"]
    assert StageEntry.objects.get(pk=attempt.entry_id).seat == 1
