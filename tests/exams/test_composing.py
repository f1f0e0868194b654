from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from exams import composing, contents, disclosing, stages
from exams.models import Module, Paper, Sitting
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from tests.factories import exams, papers, people


@pytest.fixture
def module(tree):
    exam = exams.exam(tree.city)
    Module.objects.filter(stage__exam=exam, kind="written").update(full_marks=20, pass_mark=12)
    papers.bank(tree.city)
    return exams.module(exam)


@pytest.fixture
def officers(tree):
    return papers.exam_officer(tree.city, "甲"), papers.exam_officer(tree.city, "乙")


@pytest.fixture
def draft(module, officers, at):
    return composing.compose(module, "A卷", papers.sections(), by=officers[0], at=at)


def changed(n, **more):
    sections = papers.sections()
    sections[n] = {**sections[n], **more}
    return sections


def test_compose_numbers_the_newest_questions_through_in_order(module, officers, at, tree):
    papers.question(tree.city, "S001", version=2, stem="新的题干")
    paper = composing.compose(module, " A卷 ", papers.sections(), by=officers[0], at=at)
    places = list(paper.places.select_related("question"))
    assert [(each.number, each.question.code) for each in places] == list(
        enumerate(["S001", "M001", "T001", "F001", "E001", "C001"], start=1)
    )
    assert places[0].question.stem == "新的题干"
    assert (paper.title, paper.state, paper.items, paper.keys) == ("A卷", "draft", [], {})
    assert Line.objects.get(act="exams.paper_composed").facts == {"questions": 6}


@pytest.mark.parametrize(
    ("sections", "refusal", "says"),
    [
        (lambda: changed(0, codes=["S999"]), composing.UnknownQuestion, "S999"),
        (lambda: changed(0, codes=["S001", "S001"]), composing.QuestionTwice, "S001"),
        (lambda: changed(0, codes=[]), composing.NothingChosen, "single"),
        (lambda: changed(1, codes=["T001"]) and changed(0, codes=["M001"])[:1], composing.KindDoesNotFit, "M001"),
        (lambda: changed(0, points="0"), composing.PointsNotPossible, "single"),
        (lambda: changed(0, points="一分"), composing.PointsNotPossible, "single"),
        (lambda: changed(0, points="0.25"), composing.PointsNotPossible, "single"),
        (lambda: changed(0, points="NaN"), composing.PointsNotPossible, "single"),
        (lambda: changed(5, points="11"), composing.PartsDoNotFit, "C001"),
        (lambda: changed(0, points="1.5"), composing.TotalDoesNotFit, "20.5"),
        (lambda: papers.sections()[:5], composing.TotalDoesNotFit, "10"),
        (lambda: [], composing.TotalDoesNotFit, "0"),
    ],
)
def test_compose_refuses_what_does_not_make_a_whole_paper(module, officers, at, sections, refusal, says):
    with pytest.raises(refusal) as refused:
        composing.compose(module, "A卷", sections(), by=officers[0], at=at)
    assert says in str(refused.value)
    assert not Paper.objects.exists()


def test_compose_takes_no_question_from_another_authority(module, officers, at, tree):
    papers.question(tree.county, "X001")
    with pytest.raises(composing.UnknownQuestion):
        composing.compose(module, "A卷", changed(0, codes=["X001"]), by=officers[0], at=at)


def test_compose_is_refused_for_a_module_without_a_paper(module, officers, at):
    oral = Module.objects.get(stage__exam=module.stage.exam, kind="oral")
    with pytest.raises(composing.NotWritten):
        composing.compose(oral, "A卷", papers.sections(), by=officers[0], at=at)


def test_compose_is_refused_to_an_officer_of_another_county(module, tree, at):
    with pytest.raises(NotYourOffice):
        composing.compose(module, "A卷", papers.sections(), by=papers.exam_officer(tree.neighbour), at=at)


def test_compose_is_refused_after_the_bell(module, officers, at):
    module.stage.state = "in_progress"
    module.stage.save()
    with pytest.raises(stages.NotAtThisStep):
        composing.compose(module, "A卷", papers.sections(), by=officers[0], at=at)


def test_recompose_changes_a_draft_and_its_composer(draft, officers, at, tree):
    papers.question(tree.city, "S002")
    paper = composing.recompose(draft, "B卷", changed(0, codes=["S002"]), by=officers[1], at=at)
    assert paper.places.get(number=1).question.code == "S002"
    assert (paper.title, paper.composed_by) == ("B卷", officers[1])


def test_freeze_copies_contents_and_gives_the_paper_to_the_sitting(draft, officers, at):
    paper = composing.freeze(draft, by=officers[1], at=at, seen_digest=contents.digest_of(draft))
    paper.refresh_from_db()
    assert (paper.state, paper.frozen_by, paper.frozen_at) == ("frozen", officers[1], at)
    assert [each["number"] for each in paper.items] == [1, 2, 3, 4, 5, 6]
    assert paper.items[1] | {"section": ""} == {
        "number": 2,
        "kind": "multiple",
        "section": "",
        "points": "2",
        "stem": "哪些情形属于保密例外？",
        "body": papers.OPTIONS,
    }
    assert paper.keys == papers.keys()
    assert paper.digest == contents.digest_of(paper)
    assert Sitting.objects.get(module=paper.module).paper == paper
    assert Line.objects.get(act="exams.paper_frozen").facts["digest"] == paper.digest


def test_freeze_shows_no_key_among_the_items(draft, officers, at):
    paper = composing.freeze(draft, by=officers[1], at=at)
    for word in ("right", "policy", "guide", "同理心", "成因"):
        assert word not in str(paper.items)
        assert word in str(paper.keys)


def test_freeze_keeps_its_copy_when_the_bank_goes_on(draft, officers, at):
    paper = composing.freeze(draft, by=officers[1], at=at)
    question = paper.places.get(number=1).question
    question.stem = "后来改过的题干"
    question.save()
    paper.refresh_from_db()
    assert contents.of(paper)[0][0]["stem"] == "课间发现学生独自流泪，班主任首先宜怎样做？"
    assert paper.digest == contents.digest_of(paper)


def test_freeze_is_refused_to_the_composer(draft, officers, at):
    with pytest.raises(composing.FrozenByAnother):
        composing.freeze(draft, by=officers[0], at=at)
    draft.refresh_from_db()
    assert draft.state == "draft"
    with pytest.raises(IntegrityError), transaction.atomic():
        Paper.objects.filter(pk=draft.pk).update(frozen_by=officers[0])


def test_freeze_is_refused_to_an_officer_of_another_county(draft, tree, at):
    with pytest.raises(NotYourOffice):
        composing.freeze(draft, by=papers.exam_officer(tree.neighbour), at=at)


def test_freeze_is_refused_when_the_paper_changed_since_it_was_read(draft, officers, at, tree):
    seen = contents.digest_of(draft)
    papers.question(tree.city, "S002")
    composing.recompose(draft, "A卷", changed(0, codes=["S002"]), by=officers[0], at=at)
    with pytest.raises(composing.ChangedSince):
        composing.freeze(draft, by=officers[1], at=at, seen_digest=seen)


def test_freeze_is_refused_without_a_sitting(draft, officers, at):
    Sitting.objects.all().delete()
    with pytest.raises(composing.NoSitting):
        composing.freeze(draft, by=officers[1], at=at)


def test_freeze_is_refused_when_the_exam_has_begun(draft, officers, at):
    draft.module.stage.state = "in_progress"
    draft.module.stage.save()
    with pytest.raises(stages.NotAtThisStep):
        composing.freeze(draft, by=officers[1], at=at)


def test_a_frozen_paper_refuses_every_change(draft, officers, at):
    paper = composing.freeze(draft, by=officers[1], at=at)
    before = Paper.objects.values().get(pk=paper.pk)
    with pytest.raises(composing.PaperFrozen):
        composing.recompose(paper, "C卷", papers.sections(), by=officers[0], at=at)
    with pytest.raises(composing.PaperFrozen):
        composing.freeze(paper, by=papers.exam_officer(paper.module.stage.exam.organisation, "丙"), at=at)
    assert Paper.objects.values().get(pk=paper.pk) == before


def test_read_leaves_a_line_each_time_and_is_refused_to_strangers(draft, officers, personas, at):
    disclosing.read(draft, by=officers[1], at=at)
    items, keys = disclosing.read(draft, by=officers[1], at=at)
    assert len(items) == 6
    assert keys["1"] == {"right": ["B"], "points": "1"}
    assert Line.objects.filter(act="exams.paper_read", actor=officers[1]).count() == 2
    with pytest.raises(NotYourOffice):
        disclosing.read(draft, by=personas.teacher.user, at=at)


def test_managed_by_hides_papers_from_everyone_but_the_exams_officers(draft, officers, personas, tree, at):
    clerk = people.officer("clerk", tree.city)
    assert list(Paper.objects.managed_by(officers[1], at)) == [draft]
    assert list(Paper.objects.managed_by(personas.province_officer, at)) == [draft]
    for nobody in (clerk, personas.teacher.user, personas.county_officer, papers.exam_officer(tree.county)):
        assert not Paper.objects.managed_by(nobody, at).exists()


def test_the_total_is_exact(module, officers, at):
    Module.objects.filter(pk=module.pk).update(full_marks=Decimal("20.1"))
    module.refresh_from_db()
    with pytest.raises(composing.TotalDoesNotFit):
        composing.compose(module, "A卷", papers.sections(), by=officers[0], at=at)
    composing.compose(module, "A卷", changed(0, points="1.1"), by=officers[0], at=at)


def test_freeze_is_refused_when_a_question_was_retired_or_replaced_since(draft, officers, at, tree):
    papers.question(tree.city, "S001", version=2, stem="新的题干")
    with pytest.raises(composing.NoLongerUsable, match="S001"):
        composing.freeze(draft, by=officers[1], at=at)
    draft.refresh_from_db()
    assert draft.state == Paper.State.DRAFT
