"""The pages of what a period says itself: on the form of the next period, changed later, and shown."""

import re
from decimal import Decimal

import pytest
import time_machine

from lms.training import queries, staffing, tailoring
from lms.training.models import Period
from tests.factories import people
from tests.factories import training as make
from tests.factories.people import AT

HOMEROOM, LEADER = "homeroom_teacher", "leader_in_charge"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def as_user(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def trainer(tree):
    return people.officer("trainer", tree.county, "温师")


@pytest.fixture
def homeroom(tree):
    return make.programme(tree.county, posts=[HOMEROOM])


def page(period, what=""):
    return f"/training/periods/{period.pk}/{what}"


def plan(programme):
    return f"/training/programmes/{programme.pk}/open/"


def typed(**more):
    given = {
        **{"number": "2", "mode": "blended", "place": "", "capacity": "", "offer_hours": ""},
        **{"enrol_from_on": "2024-03-06", "enrol_until_on": "2024-03-20"},
        **{"starts_on": "2024-03-25", "ends_on": "2024-05-31", "admission": "school", "selection": "order"},
        **{"posts": [HOMEROOM], "stages": [], "requires": "", "hours_professional": "12"},
        **{"trainers": [], "trainer_names": ""},
    }
    return given | more


def said(answer):
    return re.sub(r"<[^>]+>|\s+", "", answer.text)


def test_the_next_period_follows_its_programme_when_nothing_is_changed(as_user, officer, homeroom):
    as_user(officer).post(plan(homeroom), typed())
    made = Period.objects.get()
    assert (made.has_own_audience, made.own_hours.exists(), made.trainers.exists()) == (False, False, False)


def test_the_next_period_takes_what_differs_and_its_trainers(as_user, officer, homeroom, trainer):
    own = {"posts": [HOMEROOM, LEADER], "hours_general": "3"}
    named = {"trainers": [trainer.pk], "trainer_names": "王教授\n\n李教授"}
    as_user(officer).post(plan(homeroom), typed(**own, **named))
    made = Period.objects.get()
    assert (made.posts, {each.category: each.hours for each in made.worth}) == (
        [HOMEROOM, LEADER],
        {"professional": 12, "general": 3},
    )
    assert [each.name for each in made.trainers.all()] == ["温师", "王教授", "李教授"]


def test_the_form_begins_with_what_the_last_period_said(as_user, officer, homeroom, trainer):
    terms = tailoring.Terms(True, [LEADER], hours={"elective": Decimal("1.5")})
    make.period(homeroom, 1, terms=terms, trainers=staffing.Staff([trainer], ["王教授"]))
    form = as_user(officer).get(plan(homeroom)).context["form"]
    assert (form["posts"].value(), form["hours_elective"].value(), form["hours_professional"].value()) == (
        [LEADER],
        Decimal("1.5"),
        None,
    )
    assert (form["trainers"].value(), form["trainer_names"].value()) == ([trainer.pk], "王教授")


@pytest.mark.parametrize(
    ("wrong", "status", "words"),
    [
        ({"hours_general": "0"}, 409, "大于0"),
        ({"trainer_names": "王教授\n王教授"}, 409, "王教授重复"),
        ({"posts": ["headmistress"]}, 422, "headmistress"),
    ],
)
def test_the_next_period_is_refused_beside_what_was_typed(as_user, officer, homeroom, wrong, status, words):
    answer = as_user(officer).post(plan(homeroom), typed(**wrong))
    assert (answer.status_code, words in answer.text) == (status, True)
    assert "<details" in answer.text
    assert answer.text.count('<details class="gap-top" open>') == 2
    assert not Period.objects.exists()


def test_terms_are_changed_and_shown_on_the_periods_page(as_user, officer, homeroom, trainer):
    period = make.period(homeroom, trainers=staffing.Staff([trainer]))
    client = as_user(officer)
    before = said(client.get(page(period)))
    assert [each in before for each in ("班主任", "专业科目12", "培训教师：温师")] == [True] * 3
    posted = {"posts": [LEADER], "hours_professional": "16"}
    assert client.post(page(period, "terms/"), posted).status_code == 302
    after = said(client.get(page(period)))
    assert [each in after for each in ("分管领导", "专业科目16", "专业科目12")] == [True, True, False]


def test_terms_are_refused_beside_what_was_typed_when_somebody_applied(as_user, officer, homeroom, teacher):
    period = make.period(homeroom)
    make.enrolled(teacher, period)
    client = as_user(officer)
    assert client.get(page(period, "terms/")).context["applied"] == 1
    answer = client.post(page(period, "terms/"), {"posts": [LEADER], "hours_professional": "12"})
    assert (answer.status_code, "不能再收窄" in answer.text) == (409, True)
    answer = client.post(page(period, "terms/"), {"posts": [HOMEROOM], "hours_professional": "11"})
    assert (answer.status_code, "不能再减少" in answer.text, 'value="11"' in answer.text) == (409, True, True)


def test_trainers_are_named_and_refused_beside_what_was_typed(as_user, officer, period, trainer):
    client = as_user(officer)
    assert "温师" in client.get(page(period, "trainers/")).text
    named = {"trainers": [trainer.pk], "trainer_names": "王教授"}
    assert client.post(page(period, "trainers/"), named).status_code == 302
    assert [each.name for each in period.trainers.all()] == ["温师", "王教授"]
    answer = client.post(page(period, "trainers/"), {"trainer_names": "李教授\n李教授"})
    assert (answer.status_code, "李教授重复" in answer.text) == (409, True)
    assert period.trainers.count() == 2


def test_who_may_join_otherwise_is_told_on_the_programmes_page_of_offers(tree, officer, teacher, homeroom):
    from_programme, own = make.period(homeroom, 1), make.period(homeroom, 2)
    own = tailoring.tailor(period=own, terms=tailoring.Terms(True, [LEADER]), by=officer, at=AT)
    offers = {each.period.number: each for each in queries.offers(homeroom, teacher, AT)}
    assert (offers[1].has_own_terms, offers[1].may_join) == (False, True)
    assert (offers[2].has_own_terms, [each.name for each in offers[2].missing]) == (True, ["posts"])
    assert from_programme.posts == [HOMEROOM]


def test_terms_and_trainers_are_there_for_those_alone_who_plan(as_user, tree, period, trainer):
    for user in (trainer, people.officer("bureau_officer", tree.neighbour), people.officer("clerk", tree.county)):
        for what in ("terms/", "trainers/"):
            assert as_user(user).get(page(period, what)).status_code == 404
            assert as_user(user).post(page(period, what), {}).status_code == 404
