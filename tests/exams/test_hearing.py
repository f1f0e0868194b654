"""The panel scores by number: who may, when, and what a conflict that appears later does."""

from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exams import hearing, recusing, settling
from exams.models import Hearing
from lms.lib import clock
from lms.people.access import NotYourOffice
from lms.people.models import Appointment, User
from lms.scoring import judging
from lms.scoring.models import CriterionScore
from tests.factories import hearing as factory
from tests.factories import people
from tests.factories.hearing import STARTS

POINTS = {"material": Decimal("50.5"), "method": Decimal("30")}


@pytest.fixture
def world(tree):
    return factory.called(tree.city)


@pytest.fixture
def presenting(world):
    return factory.performances(factory.at_step(world, "presenting"))[0]


def save(performance, judge, points=POINTS):
    return hearing.save(performance=performance, points=points, by=judge, at=STARTS)


def sign(performance, judge, points=POINTS):
    return hearing.sign(performance=performance, points=points, by=judge, at=STARTS)


def test_save_keeps_points_on_her_own_sheet_alone(world, presenting):
    save(presenting, world.judges[0])
    assert CriterionScore.objects.values_list("sheet__judge", flat=True).distinct().get() == world.judges[0].pk


@pytest.mark.parametrize("state", [state.value for state in Hearing.State])
def test_scores_are_taken_only_from_presentation_to_signature(world, presenting, state):
    Hearing.objects.filter(pk=presenting.hearing_id).update(state=state)
    if state in ("presenting", "defending", "scoring"):
        assert save(presenting, world.judges[0]).state == "saved"
        assert sign(presenting, world.judges[0]).state == "signed"
        return
    for act in (save, sign):
        with pytest.raises(hearing.NotOpenForScores) as refused:
            act(presenting, world.judges[0])
        assert str(Hearing.State(state).label) in str(refused.value)
    assert not CriterionScore.objects.exists()


def test_scores_are_refused_from_a_judge_of_another_panel(world, presenting):
    other = factory.judges(world.exam.organisation, 1)[0]
    for stranger in (other, world.clerk, world.officer, world.reserves[0], world.candidates[0].teacher.user):
        for act in (save, sign):
            with pytest.raises(hearing.NotOnThisPanel):
                act(presenting, stranger)
    assert not CriterionScore.objects.exists()


def test_scores_are_refused_after_the_judges_office_ended(world, presenting):
    judge = world.judges[0]
    Appointment.objects.filter(user=judge).update(until_on=people.AT.date())
    with pytest.raises(NotYourOffice):
        save(presenting, type(judge).objects.get(pk=judge.pk))


def test_scores_are_refused_when_a_conflict_appears_later(world, presenting):
    judge = world.judges[0]
    save(presenting, judge)
    factory.worked_at(judge, world.candidates[0].school)
    for act in (save, sign):
        with pytest.raises(hearing.Recused):
            act(presenting, judge, {"material": Decimal(1), "method": Decimal(1)})
    assert set(CriterionScore.objects.values_list("points", flat=True)) == set(POINTS.values())


def test_scores_are_refused_from_a_recused_judge(world, presenting):
    judge = world.judges[0]
    recusing.recuse(hearing=presenting.hearing, judge=judge, reason="亲属", by=judge, at=STARTS)
    for act in (save, sign):
        with pytest.raises(hearing.Recused):
            act(presenting, judge)
    assert save(presenting, world.reserves[0]).state == "saved"


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seat=st.integers(0, 2),
    module=st.integers(0, 1),
    worked=st.lists(st.tuples(st.integers(0, 1), st.booleans()), max_size=2, unique_by=lambda each: each[1]),
    points=st.integers(0, 120).map(lambda n: Decimal(n) / 2),
)
def test_no_conflicted_judge_ever_stores_a_score(world, seat, module, worked, points):
    """A judge found to work or have worked at a school of either candidate, after the call: a score is stored just
    where the school is not this candidate's."""
    with transaction.atomic():
        one = world.hearing
        Hearing.objects.filter(pk=one.pk).update(state="presenting", number=1)
        judge = User.objects.get(pk=world.judges[seat].pk)
        for candidate, is_current in worked:
            until_on = None if is_current else people.AT.date()
            factory.worked_at(judge, world.candidates[candidate].school, until_on=until_on)
        is_colleague = any(candidate == 0 for candidate, _ in worked)
        try:
            save(factory.performances(one)[module], judge, {"material": points})
        except hearing.Recused:
            assert is_colleague
            assert not CriterionScore.objects.exists()
        else:
            assert not is_colleague
        transaction.set_rollback(True)


def test_sign_refused_keeps_nothing_of_what_came_with_it(world, presenting):
    with pytest.raises(judging.CriteriaMissing):
        sign(presenting, world.judges[0], {"material": Decimal(1)})
    assert not CriterionScore.objects.exists()


def test_hearing_is_scored_when_the_last_module_is(world):
    one = factory.at_step(world, "scoring")
    first, second = factory.performances(one)
    for judge in world.judges:
        sign(first, judge)
    assert factory.again(one).state == "scoring"
    for judge in world.judges:
        sign(second, judge)
    assert factory.again(one).state == "scored"
    assert factory.again(first.assessment).score == Decimal("80.50")


def test_hearing_is_scored_at_its_end_when_all_signed_before(world):
    one = factory.at_step(world, "defending")
    factory.score(world, one)
    assert factory.again(one).state == "defending"
    assert factory.performing.finish(hearing=one, by=world.clerk, at=STARTS).state == "scored"


# Reopening


@pytest.fixture
def scored(world):
    one = factory.at_step(world, "acknowledged")
    return factory.performances(one)[0]


def ask(performance, by, reason="看错了号码"):
    return hearing.ask_reopening(sheet=factory.sheets(performance)[0], reason=reason, by=by, at=STARTS)


def agree(reopening, by):
    return hearing.agree_reopening(reopening=reopening, seen_digest=reopening.seen_digest, by=by, at=STARTS)


def test_reopened_sheet_brings_the_hearing_back_to_scoring(world, scored):
    agree(ask(scored, world.judges[0]), world.officer)
    assert factory.again(scored.hearing).state == "scoring"
    assert factory.again(scored.assessment).score is None
    sign(scored, world.judges[0])
    assert factory.again(scored.hearing).state == "scored"
    assert factory.again(scored.assessment).score == Decimal("66.83")


@pytest.mark.parametrize("who", ["clerk", "officer"])
def test_ask_reopening_is_open_to_who_runs_the_exam(world, scored, who):
    assert ask(scored, getattr(world, who)).pk


def test_ask_reopening_is_refused_to_another_judge(world, scored):
    with pytest.raises(NotYourOffice):
        ask(scored, world.judges[1])


def test_agree_reopening_is_refused_to_clerks_and_judges(world, scored):
    reopening = ask(scored, world.judges[0])
    for stranger in (world.clerk, world.judges[1], world.judges[0]):
        with pytest.raises(NotYourOffice):
            agree(reopening, stranger)


def test_agree_reopening_is_refused_to_the_officer_who_asked(world, scored):
    with pytest.raises(judging.OwnRequest):
        agree(ask(scored, world.officer), world.officer)


def test_reopening_is_refused_once_scores_are_checked(world, scored):
    asked = ask(scored, world.judges[0])
    world.stage.state = "scores_checked"
    world.stage.save()
    with pytest.raises(hearing.ScoresChecked):
        agree(asked, world.officer)
    with pytest.raises(hearing.ScoresChecked):
        hearing.ask_reopening(sheet=factory.sheets(scored)[1], reason="看错", by=world.officer, at=STARTS)
    assert factory.again(scored.assessment).score is not None


# What it comes to


def test_stage_is_settled_from_the_panels_scores(world):
    factory.at_step(world, "scored")
    factory.performing.forfeit(hearing=world.hearings[1], reason="没有到场", by=world.clerk, at=STARTS)
    passed = settling.settle_performance(world.stage, by=world.officer, at=STARTS)
    assert passed == 1
    states = world.stage.entries.order_by("candidate__number").values_list("state", flat=True)
    assert list(states) == ["passed", "absent"]


# The judge's pages

CANARY_NAME, CANARY_SCHOOL = "欧阳金丝雀", "金丝雀实验小学"


@pytest.fixture
def birds(tree):
    """A hearing whose candidate would be known anywhere: name, school, identity number, admission number, points."""
    school = people.organisation(CANARY_SCHOOL, parent=tree.county)
    return factory.called(tree.city, names=[CANARY_NAME, "考生2"], schools=[school, tree.school])


@pytest.fixture
def now(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: STARTS)


def as_judge(client, judge):
    client.force_login(judge)
    return client


def form_of(points=POINTS, act="save"):
    return {**{f"p-{code}": str(value) for code, value in points.items()}, "act": act}


def addresses_of_a_judge(performances):
    pages = [f"/exams/judging/{each.pk}/{more}" for each in performances for more in ("", "recuse/", "reopen/")]
    return ["/exams/judging/", *pages, "/inbox/"]


def test_nothing_a_judge_can_open_tells_who_the_number_is_or_what_others_gave(birds, client, now):
    one = factory.at_step(birds, "scoring")
    performances = factory.performances(one)
    mine = birds.judges[0]
    for performance in performances:
        for judge, points in zip(birds.judges, ("11.5", "47.5", "53.5"), strict=True):
            sign(performance, judge, {"material": Decimal(points), "method": Decimal("3")})
    candidate = one.entry.candidate
    secret = [
        CANARY_NAME,
        CANARY_SCHOOL,
        candidate.teacher.id_number,
        candidate.teacher.masked_id_number,
        candidate.teacher.user.username,
        one.entry.admission_number,
        "47.5",
        "50.5",
        "53.5",
        "56.5",
        *(str(each) for each in birds.judges[1:]),
        *(str(each) for each in birds.reserves),
        str(factory.again(performances[0].assessment).score),
    ]
    as_judge(client, mine)
    seen = 0
    for address in addresses_of_a_judge(performances):
        page = client.get(address)
        assert page.status_code == 200, address
        text = page.content.decode()
        leaks = [word for word in secret if word and word in text]
        assert leaks == [], (address, leaks)
        seen += 'value="11.5"' in text
    assert seen == 2  # her own points stand on her own two sheets


def test_a_refusal_to_a_judge_never_names_the_candidate(birds, client, now):
    one = factory.at_step(birds, "presenting")
    performance = factory.performances(one)[0]
    as_judge(client, birds.judges[0])
    recusing.recuse(hearing=one, judge=birds.judges[1], reason="亲属", by=birds.officer, at=STARTS)
    page = client.post(f"/exams/judging/{performance.pk}/recuse/", {"reason": "师生关系"})
    assert page.status_code == 422 and "师生关系" in page.content.decode()
    for word in (CANARY_NAME, CANARY_SCHOOL, one.entry.admission_number, str(birds.judges[1])):
        assert word not in page.content.decode()


def test_judge_pages_are_not_there_for_anybody_else(birds, client, now):
    one = factory.at_step(birds, "presenting")
    performances = factory.performances(one)
    other_panel = factory.judges(birds.exam.organisation, 1)[0]
    strangers = [other_panel, birds.clerk, birds.officer, birds.reserves[0], one.entry.candidate.teacher.user]
    for stranger in strangers:
        client.force_login(stranger)
        for address in addresses_of_a_judge(performances)[1:-1]:
            assert client.get(address).status_code == 404
            assert client.post(address, form_of(act="sign")).status_code == 404
            assert client.post(address, "{}", content_type="application/json").status_code == 404
    assert not CriterionScore.objects.exists()


def test_officers_pages_are_not_there_for_a_judge(birds, client, now):
    one = factory.at_step(birds, "scored")
    sheet = factory.sheets(factory.performances(one)[0])[0]
    as_judge(client, birds.judges[0])
    stage, day = birds.stage.pk, birds.day.pk
    for address in (
        f"/exams/days/{day}/board/",
        f"/exams/days/{day}/board/now/",
        f"/exams/hearings/{one.pk}/slip/",
        f"/exams/hearings/{one.pk}/leave/",
        f"/exams/hearings/{one.pk}/recuse/",
        f"/exams/sheets/{sheet.pk}/reopen/",
        f"/exams/stages/{stage}/hearings/",
        f"/exams/stages/{stage}/recusals/",
        f"/exams/stages/{stage}/lots/",
        f"/exams/stages/{stage}/panels/new/",
        f"/exams/stages/{stage}/topics/",
        f"/exams/stages/{stage}/days/new/",
        f"/exams/panels/{birds.panel.pk}/reserve/",
        "/exams/days/",
    ):
        assert client.get(address).status_code == 404, address
    for address in (
        f"/exams/hearings/{one.pk}/undo/",
        f"/exams/days/{day}/draw-order/",
        f"/exams/stages/{stage}/call/",
    ):
        assert client.post(address).status_code == 404, address


def test_a_judge_who_becomes_clerk_still_sees_no_names_of_her_stage(birds, client, now):
    judge = birds.judges[0]
    people.appointment(judge, Appointment.Office.CLERK, birds.exam.organisation)
    client.force_login(judge)
    assert client.get(f"/exams/days/{birds.day.pk}/board/").status_code == 404
    assert client.get(f"/exams/stages/{birds.stage.pk}/hearings/").status_code == 404


def test_number_list_puts_who_is_inside_first(world, client, now):
    factory.at_step(world, "presenting", hearing_at=1)
    second = factory.again(world.hearings[1])
    text = as_judge(client, world.judges[0]).get("/exams/judging/").content.decode()
    assert text.index(f"/exams/judging/{factory.performances(second)[0].pk}/") >= 0
    assert "inside" in text


def test_number_list_shows_nothing_before_the_numbers_are_drawn(world, client, now):
    text = as_judge(client, world.judges[0]).get("/exams/judging/").content.decode()
    assert "/exams/judging/" in text and f"/exams/judging/{factory.performances(world.hearing)[0].pk}/" not in text


def test_number_list_takes_the_same_queries_for_three_numbers_as_for_one(tree, client, now):
    counts = []
    for candidates in (1, 3):
        unit = people.organisation(f"市{candidates}", level=20, parent=tree.province, code=f"99{candidates:04d}")
        world = factory.called(unit, candidates=candidates)
        factory.at_step(world, "presenting")
        client.force_login(world.judges[0])
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/exams/judging/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_sheet_is_saved_and_signed_by_plain_forms(world, presenting, client, now):
    as_judge(client, world.judges[0])
    address = f"/exams/judging/{presenting.pk}/"
    assert client.post(address, form_of({"material": "12.5"})).status_code == 302
    assert 'value="12.5"' in client.get(address).content.decode()
    other = factory.performances(presenting.hearing)[1]
    signed = client.post(address, form_of(act="sign"))
    assert signed.headers["Location"] == f"/exams/judging/{other.pk}/"
    assert factory.sheets(presenting)[0].state == "signed"
    assert "disabled" in client.get(address).content.decode()


def test_sheet_keeps_the_criteria_that_a_form_does_not_name(world, presenting, client, now):
    as_judge(client, world.judges[0])
    save(presenting, world.judges[0])
    client.post(f"/exams/judging/{presenting.pk}/", {"p-material": "12"})
    assert set(CriterionScore.objects.values_list("points", flat=True)) == {Decimal(12), Decimal(30)}
    client.post(f"/exams/judging/{presenting.pk}/", {"p-method": ""})
    assert CriterionScore.objects.get().points == 12


def test_sheet_takes_the_middle_of_a_band_without_a_figure(world, presenting, client, now):
    as_judge(client, world.judges[0])
    address = f"/exams/judging/{presenting.pk}/"
    client.post(address, {"p-material": "", "b-material": "57"})
    assert CriterionScore.objects.get().points == 57
    client.post(address, {"p-material": "57", "b-material": "49"})
    assert CriterionScore.objects.get().points == 49
    client.post(address, {"p-material": "50.5", "b-material": "49"})
    assert CriterionScore.objects.get().points == Decimal("50.5")


@pytest.mark.parametrize(
    ("typed", "status"), [({"material": "61"}, 409), ({"material": "12.3"}, 409), ({"material": "viel"}, 422)]
)
def test_sheet_keeps_what_was_typed_when_it_is_refused(world, presenting, client, now, typed, status):
    page = as_judge(client, world.judges[0]).post(f"/exams/judging/{presenting.pk}/", form_of({**typed, "method": "7"}))
    text = page.content.decode()
    assert page.status_code == status and 'role="alert"' in text
    assert f'value="{typed["material"]}"' in text and 'value="7"' in text
    assert not CriterionScore.objects.exists()


def test_sheet_says_what_is_missing_when_signed_too_early(world, presenting, client, now):
    page = as_judge(client, world.judges[0]).post(
        f"/exams/judging/{presenting.pk}/", form_of({"material": "12"}, act="sign")
    )
    assert page.status_code == 409 and "“教法”" in page.content.decode()
    assert 'value="12"' in page.content.decode()


def test_saving_and_signing_stay_cheap_with_many_judges(tree, client, now, django_assert_max_num_queries):
    """A day of 93 candidates, two modules and seven judges is 2,600 of these requests."""
    world = factory.called(tree.city, candidates=1, seats=7)
    performance = factory.performances(factory.at_step(world, "scoring"))[0]
    for judge in world.judges[:-1]:
        sign(performance, judge)
    client.force_login(world.judges[-1])
    with django_assert_max_num_queries(32):
        autosave(client, performance, {"points": {code: str(points) for code, points in POINTS.items()}})
    with django_assert_max_num_queries(48):
        client.post(f"/exams/judging/{performance.pk}/", form_of(act="sign"))
    assert factory.again(performance.assessment).score == Decimal("80.50")


def autosave(client, performance, body):
    return client.post(
        f"/exams/judging/{performance.pk}/",
        body,
        content_type="application/json",
        headers={"accept": "application/json"},
    )


def test_autosave_answers_when_it_was_kept_and_what_it_comes_to(world, presenting, client, now):
    as_judge(client, world.judges[0])
    told = autosave(client, presenting, {"points": {"material": "50.5"}}).json()
    assert told == {"saved_at": "08:30:00", "total": "50.5", "scored": 1, "missing": ["教法"]}
    told = autosave(client, presenting, {"points": {"material": None, "method": "3"}}).json()
    assert (told["total"], told["missing"]) == ("3", ["教材分析"])


@pytest.mark.parametrize("body", ["[]", "{}", '{"points": 3}', "nonsense"])
def test_autosave_refuses_what_is_no_sheet(world, presenting, client, now, body):
    assert autosave(as_judge(client, world.judges[0]), presenting, body).status_code == 400


def test_autosave_refused_says_why_in_a_sentence(world, presenting, client, now):
    as_judge(client, world.judges[0])
    answer = autosave(client, presenting, {"points": {"material": "99"}})
    assert (answer.status_code, answer.json()["refused"]) == (409, "PointsOutOfRange")
    factory.worked_at(world.judges[0], world.candidates[0].school)
    answer = autosave(client, presenting, {"points": {"material": "9"}})
    assert (answer.status_code, answer.json()["refused"]) == (403, "Recused")
    assert not CriterionScore.objects.exists()


def test_judge_steps_aside_on_her_page(world, presenting, client, now):
    as_judge(client, world.judges[0])
    assert client.post(f"/exams/judging/{presenting.pk}/recuse/", {"reason": ""}).status_code == 422
    assert client.post(f"/exams/judging/{presenting.pk}/recuse/", {"reason": "亲属"}).status_code == 302
    assert client.get(f"/exams/judging/{presenting.pk}/").status_code == 404


def test_judge_asks_for_a_reopening_on_her_page(world, scored, client, now):
    as_judge(client, world.judges[0])
    address = f"/exams/judging/{scored.pk}/reopen/"
    assert client.post(address, {"reason": "看错了号码"}).status_code == 302
    refused = client.post(address, {"reason": "再看一次"})
    assert refused.status_code == 422 and "再看一次" in refused.content.decode()


# The clerk's and the officer's pages


def test_second_officer_agrees_with_her_password(world, scored, client, now):
    asked = ask(scored, world.officer)
    second = people.officer(Appointment.Office.EXAM_OFFICER, world.exam.organisation, "许静", password="pw-hearing-1")
    address = f"/exams/reopenings/{asked.pk}/"
    client.force_login(world.officer)
    assert 'type="password"' not in client.get(address).content.decode()
    client.force_login(second)
    assert "50.5" not in client.get(address).content.decode() and "30" in client.get(address).content.decode()
    wrong = client.post(address, {"password": "pw-hearing-2", "seen_digest": asked.seen_digest})
    assert wrong.status_code == 422 and factory.sheets(scored)[0].state == "signed"
    stale = client.post(address, {"password": "pw-hearing-1", "seen_digest": "0" * 64})
    assert stale.status_code == 422 and factory.sheets(scored)[0].state == "signed"
    assert client.post(address, {"password": "pw-hearing-1", "seen_digest": asked.seen_digest}).status_code == 302
    assert factory.sheets(scored)[0].state == "saved"


def test_slip_names_which_sheets_were_left_out(tree, client, now):
    world = factory.called(tree.city, candidates=1, seats=5)
    one = factory.at_step(world, "scoring")
    for performance in factory.performances(one):
        for judge, points in zip(world.judges, (10, 20, 30, 40, 50), strict=True):
            sign(performance, judge, {"material": Decimal(points), "method": Decimal(1)})
    client.force_login(world.clerk)
    text = client.get(f"/exams/hearings/{one.pk}/slip/").content.decode()
    assert text.count('<tr class="out">') == 4 and "31.00" in text and "去掉" in text


def test_slip_is_refused_before_the_score(world, client, now):
    client.force_login(world.clerk)
    assert client.get(f"/exams/hearings/{world.hearing.pk}/slip/").status_code == 409
