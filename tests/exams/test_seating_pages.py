"""Pages: the draw of rooms and seats, tickets published, and the sheets for the doors."""

from types import SimpleNamespace

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams import seating
from exams.models import Stage, StageEntry
from tests.factories import exams as make
from tests.factories import papers, people


@pytest.fixture(autouse=True)
def _now(at):
    with time_machine.travel(at, tick=False):
        yield


@pytest.fixture
def scene(tree):
    exam = make.exam(tree.city, written="registration_closed", code="241")
    for name in ("林知微", "何远山", "欧阳子修"):
        make.candidate(exam, name, school=tree.school)
    return SimpleNamespace(
        exam=exam,
        stage=make.stage(exam),
        officer=people.officer("exam_officer", tree.city, "程秋霁"),
        clerk=people.officer("clerk", tree.city, "尹春和"),
        neighbour=people.officer("exam_officer", tree.county, "沈县"),
    )


def get(client, user, name, *args):
    client.force_login(user)
    return client.get(reverse(f"exams:{name}", args=args))


def post(client, user, name, *args, **data):
    client.force_login(user)
    return client.post(reverse(f"exams:{name}", args=args), data)


def drawn(scene, at):
    return seating.arrange(stage=scene.stage, seed="松平", by=scene.officer, at=at)


def test_arrange_offers_a_seed_and_draws_with_it(client, scene):
    page = get(client, scene.officer, "arrange", scene.stage.pk)
    assert len(page.context["form"]["seed"].value()) == 16
    assert (page.context["approved"], page.context["rooms"], page.context["last_room"]) == (3, 1, 3)
    answer = post(client, scene.officer, "arrange", scene.stage.pk, seed="松平二四一")
    assert answer.url == reverse("exams:rooms", args=[scene.stage.pk])
    scene.stage.refresh_from_db()
    assert scene.stage.arrangement["seed"] == "松平二四一"


def test_arrange_keeps_the_seed_and_says_why_when_it_is_refused(client, scene, tree):
    make.candidate(scene.exam, "待审", state="submitted", school=tree.school)
    page = post(client, scene.officer, "arrange", scene.stage.pk, seed="松平二四一")
    assert page.status_code == 409
    assert "松平二四一" in page.text
    assert not StageEntry.objects.exists()


@pytest.mark.parametrize("who", ["clerk", "neighbour"])
def test_arrange_and_tickets_are_not_there_for_others(client, scene, who):
    user = getattr(scene, who)
    assert get(client, user, "arrange", scene.stage.pk).status_code == 404
    assert post(client, user, "arrange", scene.stage.pk, seed="x").status_code == 404
    assert post(client, user, "publish_tickets", scene.stage.pk).status_code == 404


def test_publish_tickets_from_the_page(client, scene, at):
    drawn(scene, at)
    assert (
        reverse("exams:publish_tickets", args=[scene.stage.pk])
        in get(client, scene.officer, "exam", scene.exam.pk).text
    )
    post(client, scene.officer, "publish_tickets", scene.stage.pk)
    assert set(StageEntry.objects.values_list("state", flat=True)) == {"ticket_issued"}


def test_rooms_show_who_sits_where_to_those_who_watch(client, scene, at):
    drawn(scene, at)
    page = get(client, scene.clerk, "rooms", scene.stage.pk).text
    assert all(number in page for number in ("99060024100101", "99060024100103"))
    assert get(client, scene.neighbour, "rooms", scene.stage.pk).status_code == 404


def test_rooms_take_as_many_queries_when_there_are_three(client, scene, at):
    client.force_login(scene.clerk)
    address = reverse("exams:rooms", args=[scene.stage.pk])

    def queries():
        client.get(address)
        with CaptureQueriesContext(connection) as found:
            client.get(address)
        return len(found)

    drawn(scene, at)
    one = queries()
    room = StageEntry.objects.first().room
    for number, entry in enumerate(StageEntry.objects.all()[1:], 2):
        entry.room = room.__class__.objects.create(sitting=room.sitting, number=number)
        entry.save()
    assert queries() == one


def test_door_lists_one_room_and_counts_whom_to_expect(client, scene, at):
    drawn(scene, at)
    StageEntry.objects.filter(seat=1).update(state="withdrawn")
    page = get(client, scene.clerk, "door", scene.stage.pk, 1)
    assert page.context["expected"] == 2
    assert "林知微" in page.text
    assert get(client, scene.clerk, "door", scene.stage.pk, 2).status_code == 404
    assert get(client, scene.neighbour, "door", scene.stage.pk, 1).status_code == 404


def test_exam_page_goes_from_seats_to_tickets_to_the_sitting(client, scene, at):
    drawn(scene, at)
    seating.publish_tickets(stage=Stage.objects.get(pk=scene.stage.pk), by=scene.officer, at=at)
    page = get(client, scene.officer, "exam", scene.exam.pk).text
    assert reverse("exams:compose", args=[scene.stage.modules.get().pk]) in page
    papers.frozen_paper(scene.stage.modules.get())
    page = get(client, scene.officer, "exam", scene.exam.pk).text
    assert reverse("exams:invigilate", args=[scene.stage.pk]) in page
