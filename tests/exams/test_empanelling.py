"""Panels, topics, days and the call: who judges whom, and never a colleague."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exams import empanelling, hearing, placing, recusing, stages
from exams.models import Hearing, Panel, Performance, Recusal, StageEntry, Topic
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.lib import clock
from lms.people.access import NotYourOffice
from lms.people.models import Appointment, Posting
from lms.scoring import drawing
from lms.scoring.models import Lot, ScoreSheet
from tests.factories import exams, people
from tests.factories import hearing as factory
from tests.factories.hearing import STARTS

Office = Appointment.Office


@pytest.fixture
def world(tree):
    return factory.stage(tree.city)


def form(world, at, **more):
    new = factory.judges(world.exam.organisation, 3)
    given = {"code": "P2", "name": "第2考场", "group": "小学", "stages": ["junior"], "judges": new, "reserves": []}
    return empanelling.form_panel(**{"stage": world.stage, **given, "by": world.officer, "at": at, **more})


def call(world, at, by=None):
    return empanelling.call_candidates(stage=world.stage, by=by or world.officer, at=at)


# Panels


def test_form_panel_keeps_judges_and_reserves_in_order(world, at):
    members = world.panel.members.all()
    assert [each.judge for each in members if not each.is_reserve] == world.judges
    assert [each.judge for each in members if each.is_reserve] == world.reserves
    assert Line.objects.get(act="exams.panel_formed").facts["judges"] == [str(each) for each in world.judges]


@pytest.mark.parametrize("count", [2, 4])
def test_form_panel_refuses_another_number_of_judges(world, at, count):
    with pytest.raises(empanelling.PanelSize) as refused:
        form(world, at, judges=factory.judges(world.exam.organisation, count))
    assert "3" in str(refused.value) and str(count) in str(refused.value)


def test_form_panel_refuses_a_judge_of_another_panel(world, at):
    free = factory.judges(world.exam.organisation, 2)
    with pytest.raises(empanelling.JudgeTwice) as refused:
        form(world, at, judges=[*free, world.reserves[0]])
    assert str(world.reserves[0]) in str(refused.value)


def test_form_panel_refuses_a_judge_who_is_her_own_reserve(world, at):
    new = factory.judges(world.exam.organisation, 3)
    with pytest.raises(empanelling.JudgeTwice):
        form(world, at, judges=new, reserves=new[:1])


def test_form_panel_refuses_a_judge_of_a_county_below(world, tree, at):
    free = factory.judges(world.exam.organisation, 2)
    with pytest.raises(empanelling.NotAJudge):
        form(world, at, judges=[*free, *factory.judges(tree.county, 1)])


def test_form_panel_refuses_a_judge_whose_office_ended(world, at):
    former = people.user("前评委")
    ended = dt.date(2023, 12, 31)
    people.appointment(former, Office.JUDGE, world.exam.organisation, until_on=ended)
    with pytest.raises(empanelling.NotAJudge):
        form(world, at, reserves=[former])


@pytest.mark.parametrize("office", [Office.CLERK, Office.EXAM_OFFICER])
def test_form_panel_refuses_a_judge_who_reads_names(world, at, office):
    new = factory.judges(world.exam.organisation, 3)
    people.appointment(new[1], office, world.exam.organisation)
    with pytest.raises(empanelling.JudgeKnowsNames):
        form(world, at, judges=new)


def test_form_panel_refuses_a_code_used_before(world, at):
    with pytest.raises(empanelling.PanelCodeTaken):
        form(world, at, code="P1")
    assert Panel.objects.count() == 1


@pytest.mark.parametrize(
    "wrong", [{"code": " "}, {"name": ""}, {"group": ""}, {"stages": []}, {"stages": ["university"]}]
)
def test_form_panel_refuses_an_incomplete_one(world, at, wrong):
    with pytest.raises(empanelling.PanelIncomplete):
        form(world, at, **wrong)


def test_form_panel_refuses_a_written_stage(world, at):
    with pytest.raises(empanelling.NotAPerformance):
        form(world, at, stage=exams.stage(world.exam, 1))


def test_plan_is_refused_without_the_office(world, at):
    for act in (
        lambda: form(world, at, by=world.clerk),
        lambda: empanelling.add_topics(stage=world.stage, topics=factory.TOPICS, by=world.clerk, at=at),
        lambda: call(world, at, by=world.clerk),
        lambda: empanelling.add_reserve(panel=world.panel, judge=world.judges[0], by=world.clerk, at=at),
    ):
        with pytest.raises(NotYourOffice):
            act()


def test_plan_is_refused_once_candidates_are_called(world, at):
    call(world, at)
    for act in (
        lambda: form(world, at),
        lambda: empanelling.add_topics(stage=world.stage, topics=factory.TOPICS, by=world.officer, at=at),
        lambda: factory.day(world, STARTS + dt.timedelta(days=9)),
        lambda: call(world, at),
    ):
        with pytest.raises(stages.NotAtThisStep):
            act()


# Topics and days


@pytest.mark.parametrize("wrong", [{"group": ""}, {"code": ""}, {"text": " "}, {"code": "X-01"}, {"code": "a|b"}])
def test_add_topics_refuses_all_when_one_is_faulty(world, at, wrong):
    good = {"group": "小学", "code": "N-1", "text": "题目"}
    with pytest.raises(empanelling.TopicFaulty) as refused:
        empanelling.add_topics(
            stage=world.stage, topics=[good, {**good, "code": "N-2", **wrong}], by=world.officer, at=at
        )
    assert "2" in str(refused.value)
    assert Topic.objects.count() == len(factory.TOPICS)


def test_add_topics_refuses_none(world, at):
    with pytest.raises(empanelling.TopicFaulty):
        empanelling.add_topics(stage=world.stage, topics=[], by=world.officer, at=at)


@pytest.mark.parametrize("wrong", [{"slot_minutes": 0}, {"prepare_minutes": 0}, {"present_minutes": 0}])
def test_schedule_day_refuses_no_minutes(world, wrong):
    with pytest.raises(empanelling.DayFigures):
        factory.day(world, STARTS + dt.timedelta(days=1), **wrong)


def test_schedule_day_takes_a_day_without_questions(world):
    assert factory.day(world, STARTS + dt.timedelta(days=1), defend_minutes=0).pk


def test_schedule_day_refuses_the_past(world, at):
    with pytest.raises(empanelling.DayInThePast):
        factory.day(world, at)


def test_schedule_day_refuses_the_same_time_twice(world):
    with pytest.raises(empanelling.DayTaken):
        factory.day(world, STARTS)


# The call


def test_call_gives_entries_hearings_and_sheets(world, at):
    made = call(world, at)
    assert len(made) == 2
    entry = world.candidates[0].entries.get(stage=world.stage)
    first = world.candidates[0].entries.get(stage__number=1)
    assert (entry.state, entry.admission_number) == (StageEntry.State.TICKETED, first.admission_number)
    assert Performance.objects.count() == 4
    assert ScoreSheet.objects.count() == 12
    for performance in Performance.objects.all():
        assert {each.judge for each in performance.assessment.sheets.all()} == set(world.judges)
    world.stage.refresh_from_db()
    assert world.stage.state == "arranged"


def test_call_freezes_the_rubrics_and_takes_the_modules_rule(world, at):
    module = world.stage.modules.first()
    module.drop_high, module.places = 2, 1
    module.save()
    call(world, at)
    assessment = Performance.objects.filter(module=module).first().assessment
    assert (assessment.judges, assessment.drop_high, assessment.places) == (3, 2, 1)
    assert assessment.rubric.frozen_at == at


def test_call_leaves_out_who_did_not_pass(world, at):
    world.candidates[0].entries.update(state="failed")
    call(world, at)
    assert [each.entry.candidate for each in Hearing.objects.all()] == [world.candidates[1]]


def test_call_tells_candidates_and_judges(world, at):
    call(world, at)
    told = Message.objects.filter(kind="exams.hearing_called")
    assert {each.recipient for each in told} == {each.teacher.user for each in world.candidates}
    judges = Message.objects.filter(kind="exams.judging_called")
    assert {each.recipient for each in judges} == set(world.judges)


def test_call_spreads_a_panel_evenly_over_the_days_by_a_lot_that_replays(tree, at):
    world = factory.stage(tree.city, candidates=7, days=2)
    call(world, at)
    assert sorted(day.hearings.count() for day in world.days) == [3, 4]
    lot = Lot.objects.get(purpose__startswith="exams.days:")
    assert drawing.replay(lot)
    numbers = {each.entry.admission_number: each.day for each in Hearing.objects.select_related("entry", "day")}
    assert [numbers[item] for item in lot.result] == [world.days[place % 2] for place in range(7)]


def test_call_commits_the_order_of_each_day_without_drawing_it(world, at):
    call(world, at)
    lot = Lot.objects.get(purpose=placing.order_purpose(world.day))
    assert lot.drawn_at is None and len(lot.items) == 2
    assert lot.commitment in str(Line.objects.filter(act="scoring.lots_committed").last().facts)


def test_call_sends_candidates_to_the_panel_of_their_school_stage(world, at):
    other = form(world, at)
    junior = exams.candidate(world.exam, "初中老师", facts={"stage": "junior"})
    exams.entry(junior, state="passed")
    call(world, at)
    assert Hearing.objects.get(entry__candidate=junior).panel == other
    assert Hearing.objects.exclude(entry__candidate=junior).values_list("panel", flat=True).distinct().get()


def test_call_shares_candidates_between_two_panels_of_one_school_stage(tree, at):
    world = factory.stage(tree.city, candidates=6)
    form(world, at, stages=["primary"])
    call(world, at)
    assert sorted(each.hearings.count() for each in Panel.objects.all()) == [3, 3]


def test_call_is_refused_before_the_stage_before_is_final(world, at):
    first = exams.stage(world.exam, 1)
    first.state = "publicised"
    first.save()
    with pytest.raises(empanelling.PreviousNotFinal):
        call(world, at)


def test_call_is_refused_when_nobody_passed(world, at):
    StageEntry.objects.update(state="failed")
    with pytest.raises(empanelling.NobodyPassed):
        call(world, at)


def test_call_is_refused_when_no_panel_hears_a_school_stage(world, at):
    senior = exams.candidate(world.exam, "高中老师", facts={"stage": "senior"})
    exams.entry(senior, state="passed")
    with pytest.raises(placing.NoPanelForStage) as refused:
        call(world, at)
    assert str(senior.number) in str(refused.value)
    assert not Hearing.objects.exists()


def _no_rubric(world):
    world.stage.modules.update(rubric=None)


def _no_days(world):
    world.stage.days.all().delete()


def _no_topics(world):
    world.stage.topics.all().delete()


def _no_panels(world):
    world.panel.members.all().delete()
    world.panel.delete()


def _a_member_missing(world):
    world.panel.members.filter(is_reserve=False).first().delete()


@pytest.mark.parametrize("broken", [_no_rubric, _no_days, _no_topics, _no_panels, _a_member_missing])
def test_call_is_refused_while_the_plan_has_holes(world, at, broken):
    broken(world)
    with pytest.raises(empanelling.PlanMissing):
        call(world, at)
    assert not Hearing.objects.exists()


def test_call_takes_the_same_queries_for_three_as_for_one(tree, at, django_assert_max_num_queries):
    """Beside the lots, whose number follows the panels, nothing is asked candidate by candidate."""
    few = factory.stage(tree.city, candidates=1)
    with django_assert_max_num_queries(75) as first:
        call(few, at)
    many = factory.stage(tree.neighbour, candidates=9)
    with django_assert_max_num_queries(len(first)):
        call(many, at)


# Recusal by school


def judged_by(candidate):
    one = Hearing.objects.get(entry__candidate=candidate)
    return {sheet.judge for each in factory.performances(one) for sheet in factory.sheets(each)}


@pytest.mark.parametrize("until_on", [None, dt.date(2015, 7, 31)])
def test_call_recuses_a_judge_who_is_or_was_at_the_candidates_school(world, at, until_on):
    candidate, judge = world.candidates[0], world.judges[1]
    factory.worked_at(judge, candidate.school, until_on=until_on)
    call(world, at)
    assert judged_by(candidate) == {world.judges[0], world.judges[2], world.reserves[0]}
    assert judged_by(world.candidates[1]) == set(world.judges)
    recusal = Recusal.objects.get()
    assert (recusal.judge, recusal.replaced_by, recusal.ground) == (judge, world.reserves[0], "school")


def test_call_recuses_a_judge_from_a_school_where_the_candidate_worked_before(world, tree, at):
    candidate = world.candidates[0]
    Posting.objects.create(
        teacher=candidate.teacher,
        organisation=tree.other_school,
        from_on=dt.date(2005, 9, 1),
        until_on=dt.date(2012, 8, 31),
    )
    factory.worked_at(world.judges[0], tree.other_school)
    call(world, at)
    assert world.judges[0] not in judged_by(candidate)


def test_call_recuses_a_judge_whose_merged_record_worked_there(world, at):
    candidate, judge = world.candidates[0], world.judges[0]
    kept = people.teacher(str(judge), user=judge)
    older = people.teacher(str(judge), account=False, merged_into=kept)
    Posting.objects.create(teacher=older, organisation=candidate.school, from_on=dt.date(2001, 9, 1))
    call(world, at)
    assert judge not in judged_by(candidate)


def test_call_recuses_a_judge_who_is_the_candidate(world, at):
    candidate = world.candidates[0]
    teacher = candidate.teacher
    teacher.user = world.judges[0]
    teacher.save()
    call(world, at)
    assert world.judges[0] not in judged_by(candidate)


def test_call_passes_over_a_reserve_with_the_same_conflict(tree, at):
    world = factory.stage(tree.city, reserves=2)
    school = world.candidates[0].school
    factory.worked_at(world.judges[0], school)
    factory.worked_at(world.reserves[0], school)
    call(world, at)
    assert Recusal.objects.get().replaced_by == world.reserves[1]


def test_call_gives_two_recused_judges_two_reserves(tree, at):
    world = factory.stage(tree.city, reserves=2)
    for judge in world.judges[:2]:
        factory.worked_at(judge, world.candidates[0].school)
    call(world, at)
    assert judged_by(world.candidates[0]) == {world.judges[2], *world.reserves}


def test_call_is_refused_naming_candidate_and_judge_when_no_reserve_may(world, at):
    school = world.candidates[1].school
    factory.worked_at(world.judges[2], school)
    factory.worked_at(world.reserves[0], school)
    with pytest.raises(placing.NoReserve) as refused:
        call(world, at)
    assert str(world.judges[2]) in str(refused.value) and str(world.candidates[1].number) in str(refused.value)
    assert not Hearing.objects.exists() and not Recusal.objects.exists()
    world.stage.refresh_from_db()
    assert world.stage.state == "planning"


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_judge_ever_holds_a_sheet_of_her_own_school(db, at, data):
    """Whatever schools judges and candidates are or were at: full panels without a colleague, or nothing at all."""
    city = people.organisation("随机市", level=20, code=people.id_number()[:17])
    schools = [people.organisation(f"校{n}", parent=city) for n in range(4)]
    pick = st.lists(st.sampled_from(schools), max_size=2, unique=True)
    world = factory.stage(city, candidates=3, reserves=2, schools=[data.draw(st.sampled_from(schools)) for _ in "123"])
    worked = {}
    for judge in [*world.judges, *world.reserves]:
        worked[judge.pk] = set(data.draw(pick))
        for school in worked[judge.pk]:
            factory.worked_at(judge, school, until_on=dt.date(2019, 7, 31))
    try:
        call(world, at)
    except placing.NoReserve:
        assert not Hearing.objects.filter(entry__stage=world.stage).exists()
        return
    for performance in Performance.objects.filter(hearing__entry__stage=world.stage):
        sheets = factory.sheets(performance)
        assert len({each.judge_id for each in sheets}) == 3
        assert all(performance.hearing.entry.candidate.school not in worked[each.judge_id] for each in sheets)


# Recusal later


@pytest.fixture
def called(tree):
    return factory.called(tree.city)


def recuse(called, at, judge=None, by=None, reason="亲属关系"):
    judge = judge or called.judges[0]
    return recusing.recuse(hearing=called.hearing, judge=judge, reason=reason, by=by or judge, at=at)


def test_recuse_declared_by_the_judge_voids_her_sheets_and_calls_a_reserve(called, at):
    recusal = recuse(called, at)
    assert (recusal.ground, recusal.replaced_by) == ("declared", called.reserves[0])
    assert judged_by(called.candidates[0]) == {*called.judges[1:], called.reserves[0]}
    assert ScoreSheet.objects.filter(judge=called.judges[0], state="void").count() == 2
    assert called.judges[0] in judged_by(called.candidates[1])
    assert Message.objects.get(kind="exams.reserve_called").recipient == called.reserves[0]


def test_recuse_by_an_officer_of_the_authority(called, at):
    assert recuse(called, at, by=called.officer).judge == called.judges[0]


def test_recuse_is_refused_to_another_judge(called, at):
    with pytest.raises(NotYourOffice):
        recuse(called, at, by=called.judges[1])


def test_recuse_is_refused_without_a_reason(called, at):
    with pytest.raises(recusing.ReasonMissing):
        recuse(called, at, reason="  ")


def test_recuse_is_refused_a_second_time(called, at):
    recuse(called, at)
    with pytest.raises(recusing.AlreadyRecused):
        recuse(called, at)


def test_recuse_is_refused_when_no_reserve_is_left(called, at):
    recuse(called, at)
    with pytest.raises(placing.NoReserve):
        recuse(called, at, judge=called.judges[1])
    assert called.judges[1] in judged_by(called.candidates[0])


def test_recuse_never_brings_a_recused_reserve_back(called, at):
    recuse(called, at)
    with pytest.raises(placing.NoReserve):
        recuse(called, at, judge=called.reserves[0])


def test_recuse_works_again_with_a_reserve_added(called, at):
    recuse(called, at)
    late = factory.judges(called.exam.organisation, 1)[0]
    empanelling.add_reserve(panel=called.panel, judge=late, by=called.officer, at=at)
    assert recuse(called, at, judge=called.judges[1]).replaced_by == late


def test_add_reserve_refuses_a_member_of_the_panel(called, at):
    with pytest.raises(empanelling.JudgeTwice):
        empanelling.add_reserve(panel=called.panel, judge=called.judges[0], by=called.officer, at=at)


def test_add_reserve_is_refused_once_scores_are_checked(called, at):
    called.stage.state = "scores_checked"
    called.stage.save()
    late = factory.judges(called.exam.organisation, 1)[0]
    with pytest.raises(empanelling.ScoresChecked):
        empanelling.add_reserve(panel=called.panel, judge=late, by=called.officer, at=at)


def test_recuse_takes_a_score_back_until_the_reserve_has_signed(called, at):
    one = factory.at_step(called, "scored")
    recusing.recuse(hearing=one, judge=called.judges[0], reason="同乡亲属", by=called.officer, at=at)
    assert factory.again(one).state == "scoring"
    assert {each.assessment.score for each in factory.performances(one)} == {None}
    for performance in factory.performances(one):
        points = {"material": 60, "method": 39}
        decimals = {code: factory.Decimal(value) for code, value in points.items()}
        hearing.sign(performance=performance, points=decimals, by=called.reserves[0], at=STARTS)
    assert factory.again(one).state == "scored"
    assert {each.assessment.score for each in factory.performances(one)} == {factory.Decimal("73.00")}


def test_recuse_is_refused_once_the_hearing_is_over(called, at):
    Hearing.objects.filter(pk=called.hearing.pk).update(state="forfeited")
    with pytest.raises(recusing.HearingOver):
        recuse(called, at)


def test_recuse_is_refused_once_scores_are_checked(called, at):
    called.stage.state = "scores_checked"
    called.stage.save()
    with pytest.raises(recusing.HearingOver):
        recuse(called, at)


def test_recuse_names_the_school_where_it_is_the_ground(called, at):
    factory.worked_at(called.judges[0], called.candidates[0].school)
    assert recuse(called, at).ground == "school"


# The officer's pages


@pytest.fixture
def now(monkeypatch, at):
    monkeypatch.setattr(clock, "now", lambda: at)


def page(client, stage, more="hearings/"):
    return client.get(f"/exams/stages/{stage.pk}/{more}")


def test_plan_is_made_and_candidates_called_page_by_page(tree, client, now):
    exam = exams.exam(tree.city, written="finalised")
    stage = exams.stage(exam, 2)
    stage.modules.update(rubric=factory.rubric(), judges=3)
    exams.entry(exams.candidate(exam, "林知微"), state="passed")
    judges = factory.judges(tree.city, 4)
    client.force_login(people.officer(Office.EXAM_OFFICER, tree.city, "考试科长"))
    assert page(client, stage).status_code == 200
    panel = {"code": "P1", "name": "第1考场", "group": "小学", "stages": ["primary"]}
    panel |= {"judges": [each.pk for each in judges[:3]], "reserves": []}
    assert client.post(f"/exams/stages/{stage.pk}/panels/new/", panel).status_code == 302
    made = Panel.objects.get()
    assert client.post(f"/exams/panels/{made.pk}/reserve/", {"judges": judges[3].pk}).status_code == 302
    topics = "小学\tX-01\t情绪,调色盘\n\n小学，X-02，请你帮帮我\n小学,X-03,时间的小主人"
    assert client.post(f"/exams/stages/{stage.pk}/topics/", {"topics": topics}).status_code == 302
    assert list(Topic.objects.values_list("text", flat=True)) == ["情绪,调色盘", "请你帮帮我", "时间的小主人"]
    day = {"starts_at": "2024-03-24T08:30", "site": "松平市教育学院"}
    day |= {"slot_minutes": 20, "prepare_minutes": 30, "present_minutes": 15, "defend_minutes": 5}
    assert client.post(f"/exams/stages/{stage.pk}/days/new/", day).status_code == 302
    assert stage.days.get().starts_at == STARTS
    assert client.post(f"/exams/stages/{stage.pk}/call/").status_code == 302
    assert Hearing.objects.count() == 1
    text = page(client, stage).content.decode()
    assert "林知微" in text and "第1考场" in text
    for more in ("recusals/", "lots/"):
        assert page(client, stage, more).status_code == 200


def test_plan_pages_keep_what_was_typed_when_refused(world, client, now):
    client.force_login(world.officer)
    new = factory.judges(world.exam.organisation, 2)
    panel = {"code": "P9", "name": "新考场", "group": "小学", "stages": ["junior"], "judges": [e.pk for e in new]}
    refused = client.post(f"/exams/stages/{world.stage.pk}/panels/new/", panel)
    assert refused.status_code == 422 and "新考场" in refused.content.decode()
    assert "须恰好3名评委" in refused.content.decode()
    topics = {"topics": "小学\tN-1\t新题\n小学\tX-01\t重号"}
    refused = client.post(f"/exams/stages/{world.stage.pk}/topics/", topics)
    assert refused.status_code == 422 and "重号" in refused.content.decode()
    day = {"starts_at": "2020-01-01T08:30", "site": "旧址", "slot_minutes": 1, "prepare_minutes": 1}
    day |= {"present_minutes": 1, "defend_minutes": 0}
    refused = client.post(f"/exams/stages/{world.stage.pk}/days/new/", day)
    assert refused.status_code == 422 and "旧址" in refused.content.decode()
    taken = client.post(f"/exams/panels/{world.panel.pk}/reserve/", {"judges": world.judges[0].pk})
    assert taken.status_code == 422


def test_call_refused_stands_on_the_plan_in_a_sentence(world, client, now):
    world.stage.days.all().delete()
    client.force_login(world.officer)
    refused = client.post(f"/exams/stages/{world.stage.pk}/call/")
    assert refused.status_code == 409 and "还缺：面试场次" in refused.content.decode()


def test_plan_is_looked_at_but_not_changed_by_clerks_and_not_there_for_strangers(world, tree, client, now):
    client.force_login(world.clerk)
    assert page(client, world.stage).status_code == 200
    acts = ("panels/new/", "topics/", "days/new/")
    assert {page(client, world.stage, more).status_code for more in acts} == {404}
    assert client.post(f"/exams/stages/{world.stage.pk}/call/").status_code == 404
    neighbour = people.officer(Office.EXAM_OFFICER, tree.county, "外县科长")
    for stranger in (neighbour, world.judges[0], world.candidates[0].teacher.user):
        client.force_login(stranger)
        for more in ("hearings/", *acts, "recusals/", "lots/"):
            assert page(client, world.stage, more).status_code == 404
        assert client.get(f"/exams/panels/{world.panel.pk}/reserve/").status_code == 404
    assert not Hearing.objects.exists()


def test_officer_recuses_a_judge_on_a_page(called, client, now):
    client.force_login(called.officer)
    address = f"/exams/hearings/{called.hearing.pk}/recuse/"
    refused = client.post(address, {"judge": called.judges[0].pk, "reason": ""})
    assert refused.status_code == 422
    assert client.post(address, {"judge": called.judges[0].pk, "reason": "师生关系"}).status_code == 302
    text = page(client, called.stage, "recusals/").content.decode()
    assert "师生关系" in text and str(called.reserves[0]) in text
    refused = client.post(address, {"judge": called.judges[1].pk, "reason": "同乡"})
    assert refused.status_code == 422 and "同乡" in refused.content.decode()


def test_clerk_cannot_recuse(called, client, now):
    client.force_login(called.clerk)
    address = f"/exams/hearings/{called.hearing.pk}/recuse/"
    refused = client.post(address, {"judge": called.judges[0].pk, "reason": "师生关系"})
    assert refused.status_code == 422 and not Recusal.objects.exists()


def test_lots_show_a_seed_only_after_the_draw(called, client, now):
    client.force_login(called.officer)
    text = page(client, called.stage, "lots/").content.decode()
    order = Lot.objects.get(purpose=placing.order_purpose(called.day))
    days = Lot.objects.get(purpose__startswith="exams.days:")
    assert order.commitment in text and order.seed not in text
    assert days.seed in text and "核验一致" in text
    Lot.objects.filter(pk=days.pk).update(result=list(reversed(days.result)))
    assert "核验不符" in page(client, called.stage, "lots/").content.decode()
