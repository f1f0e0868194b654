"""A programme is founded on a page and says otherwise later; what it promised to those inside does not shrink."""

import pytest
import time_machine

from lms.journal.models import Line
from lms.people import access
from lms.training import planning, revising, tailoring
from lms.training.models import Enrolment, Programme
from tests.factories import certs, people
from tests.factories import training as make
from tests.factories.people import AT
from tests.factories.training import DAY

HOMEROOM, LEADER = "homeroom_teacher", "leader_in_charge"
NEW = "/training/programmes/new/"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def homeroom(tree):
    return make.programme(tree.county, title="班主任培训", posts=[HOMEROOM], tags=["ethics"])


def revise(programme, by, **more):
    given = {"title": programme.title, "posts": programme.posts} | more
    return revising.revise(programme=programme, revision=revising.Revision(**given), by=by, at=AT)


def test_revise_keeps_what_is_said_and_the_journal_only_what_changed(officer, homeroom):
    revise(homeroom, officer, title=" 班主任能力培训 ", posts=[HOMEROOM, LEADER], tags=["heads", "heads"])
    homeroom.refresh_from_db()
    assert (homeroom.title, homeroom.posts, [each.tag for each in homeroom.tags.all()]) == (
        "班主任能力培训",
        [HOMEROOM, LEADER],
        ["heads"],
    )
    line = Line.objects.get(act="training.programme_changed")
    assert (line.actor, line.facts) == (
        officer,
        {
            "before": {"title": "班主任培训", "posts": [HOMEROOM], "tags": ["ethics"]},
            "after": {"title": "班主任能力培训", "posts": [HOMEROOM, LEADER], "tags": ["heads"]},
        },
    )


@pytest.mark.parametrize(
    ("more", "refusal", "field"),
    [
        ({"title": " "}, revising.ProgrammeUntitled, "title"),
        ({"posts": ["headmistress"]}, tailoring.UnknownAudience, "posts"),
        ({"stages": ["nursery"]}, tailoring.UnknownAudience, "posts"),
        ({"tags": ["gardening"]}, planning.UnknownTag, "tags"),
    ],
)
def test_revise_is_refused_and_changes_nothing(officer, homeroom, more, refusal, field):
    with pytest.raises(refusal) as refused:
        revise(homeroom, officer, **more)
    assert refused.value.field == field
    homeroom.refresh_from_db()
    assert (homeroom.title, homeroom.posts, homeroom.tags.get().tag) == ("班主任培训", [HOMEROOM], "ethics")
    assert not Line.objects.filter(act="training.programme_changed").exists()


def test_revise_is_refused_without_the_office(tree, homeroom):
    for by in (people.officer("bureau_officer", tree.neighbour), people.officer("school_officer", tree.school)):
        with pytest.raises(access.NotYourOffice):
            revise(homeroom, by)


@pytest.mark.parametrize("narrower", [{"posts": [LEADER]}, {"stages": ["senior"]}, {"requires": True}])
def test_revise_only_widens_while_somebody_is_in_a_period_that_follows_it(tree, officer, homeroom, teacher, narrower):
    if "requires" in narrower:
        narrower = {"requires": certs.level(tree.county)}
    row = make.enrolled(teacher, make.period(homeroom))
    with pytest.raises(tailoring.AudienceNarrowed) as refused:
        revise(homeroom, officer, **narrower)
    assert "1" in str(refused.value)
    revise(homeroom, officer, posts=[HOMEROOM, LEADER])
    revise(homeroom, officer, posts=[])
    Enrolment.objects.filter(pk=row.pk).update(state=Enrolment.State.WITHDRAWN)
    revise(homeroom, officer, **narrower)


def test_revise_narrows_beside_periods_with_their_own_rules_and_those_that_are_over(officer, homeroom, teacher):
    own = tailoring.Terms(True, [HOMEROOM])
    make.enrolled(teacher, make.period(homeroom, 1, terms=own, ends_on=AT.date() + DAY))
    revise(homeroom, officer, posts=[LEADER])
    assert Programme.objects.get().posts == [LEADER]


# The pages


def typed(unit, **more):
    given = {
        **{"organisation": unit.pk, "code": "homeroom-2025", "title": "班主任培训", "title_en": "Homeroom teachers"},
        **{"summary": "把班级带得更从容。", "level": "", "track": "班主任", "posts": [HOMEROOM]},
        **{"hours_professional": "24", "tags": ["ethics", "junior"]},
    }
    return given | more


def test_a_programme_is_founded_and_changed_on_its_pages(client, officer, tree):
    client.force_login(officer)
    assert client.get(NEW).status_code == 200
    assert client.post(NEW, typed(tree.county)).headers["Location"] == "/training/programmes/"
    made = Programme.objects.get()
    assert (made.organisation, made.code, made.track, made.posts) == (
        tree.county,
        "homeroom-2025",
        "班主任",
        [HOMEROOM],
    )
    assert dict(made.hours.values_list("category", "hours")) == {"professional": 24}
    address = f"/training/programmes/{made.pk}/change/"
    assert address in client.get("/training/programmes/").text
    page = client.get(address)
    assert (page.context["form"]["summary"].value(), page.context["form"]["tags"].value()) == (
        "把班级带得更从容。",
        ["ethics", "junior"],
    )
    said = {"title": "新班主任培训", "posts": [HOMEROOM], "tags": ["newcomers"]}
    assert client.post(address, said).status_code == 302
    made.refresh_from_db()
    assert (made.title, made.title_en, made.code) == ("新班主任培训", "", "homeroom-2025")


def test_what_leads_to_a_certificate_is_recorded_under_it(client, officer, tree):
    level = certs.level(tree.county)
    client.force_login(officer)
    client.post(NEW, typed(tree.county, level=level.pk, track=""))
    made = Programme.objects.get()
    assert (made.level, made.track) == (level, level.track)


@pytest.mark.parametrize(
    ("wrong", "status", "words"),
    [
        ({"track": ""}, 422, "请选择对应证书，或填写培训方向。"),
        ({"code": "心理"}, 409, "代码"),
        ({"hours_professional": "0"}, 409, "大于0"),
        ({"tags": ["gardening"]}, 422, "gardening"),
    ],
)
def test_founding_is_refused_beside_what_was_typed(client, officer, tree, wrong, status, words):
    client.force_login(officer)
    answer = client.post(NEW, typed(tree.county, **wrong))
    assert (answer.status_code, words in answer.text, "把班级带得更从容。" in answer.text) == (status, True, True)
    assert not Programme.objects.exists()


def test_a_code_that_is_taken_and_a_narrower_audience_are_refused_beside_what_was_typed(
    client, officer, tree, homeroom, teacher
):
    client.force_login(officer)
    answer = client.post(NEW, typed(tree.county, code=homeroom.code))
    assert (answer.status_code, answer.context["form"].errors.keys() == {"code"}) == (409, True)
    make.enrolled(teacher, make.period(homeroom))
    answer = client.post(f"/training/programmes/{homeroom.pk}/change/", {"title": "新名称", "posts": [LEADER]})
    assert (answer.status_code, "新名称" in answer.text, answer.context["form"].errors.keys() == {"posts"}) == (
        409,
        True,
        True,
    )


def test_the_pages_are_not_there_for_others_nor_for_a_unit_of_others(client, officer, sender, tree, homeroom):
    client.force_login(sender)
    assert client.get(NEW).status_code == 404
    for user in (sender, people.officer("bureau_officer", tree.neighbour)):
        client.force_login(user)
        assert client.get(f"/training/programmes/{homeroom.pk}/change/").status_code == 404
    client.force_login(officer)
    assert client.post(NEW, typed(tree.neighbour)).status_code == 422
    assert Programme.objects.count() == 1
