"""Pages: the draw of rooms and seats, tickets published, and the sheets for the doors."""

from types import SimpleNamespace

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams import seating
from exams.models import Sitting, Stage, StageEntry
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


def test_sites_are_read_from_lines_and_kept_when_refused(client, scene):
    typed = "一中 | 学府路1号 | 30×2 25\n二中|28*3"
    answer = post(client, scene.officer, "sites", scene.stage.pk, sites=typed, seats_across="5")
    assert answer.status_code == 302
    sitting = Sitting.objects.get(module__stage=scene.stage)
    assert list(sitting.sites.values_list("name", "address", "room_sizes")) == [
        ("一中", "学府路1号", [30, 30, 25]),
        ("二中", "", [28, 28, 28]),
    ]
    page = get(client, scene.officer, "sites", scene.stage.pk)
    assert page.context["seats"] == 169
    assert "一中 | 学府路1号 | 30×2 25" in page.text
    refused = post(client, scene.officer, "sites", scene.stage.pk, sites="一中 | 三十", seats_across="5")
    assert refused.status_code == 422
    assert "一中 | 三十" in refused.text
    assert sitting.sites.count() == 2


def test_late_comer_is_found_and_taken_in_by_the_pages(client, scene, tree, at):
    drawn(scene, at)
    late = people.teacher("何迟", school=tree.school, name_pinyin="he chi")
    page = get(client, scene.officer, "find_late", scene.stage.pk)
    assert page.context["found"] == []
    client.force_login(scene.officer)
    page = client.get(reverse("exams:find_late", args=[scene.stage.pk]), {"q": "何迟"})
    assert page.context["found"] == [late]
    assert client.get(reverse("exams:find_late", args=[scene.stage.pk]), {"q": "林知微"}).context["found"] == []
    typed = {**make.FACTS, "has_certificate": "on", "in_service": "on", "reason": "漏报"}
    bad = post(client, scene.officer, "add_late", scene.stage.pk, late.pk, **{**typed, "training_hours": "1"})
    assert (bad.status_code, "漏报" in bad.text) == (422, True)
    answer = post(client, scene.officer, "add_late", scene.stage.pk, late.pk, **typed)
    assert answer.url == reverse("exams:rooms", args=[scene.stage.pk])
    assert StageEntry.objects.filter(candidate__teacher=late, seat=4).exists()


def test_two_change_seats_by_the_page(client, scene, at):
    first, second, _third = drawn(scene, at)
    page = post(client, scene.officer, "swap_seats", first.pk, other="00000", reason="轮椅")
    assert (page.status_code, "轮椅" in page.text) == (422, True)
    answer = post(client, scene.officer, "swap_seats", first.pk, other=second.admission_number, reason="轮椅")
    assert answer.status_code == 302
    assert StageEntry.objects.get(pk=first.pk).admission_number == second.admission_number


def test_changing_seats_is_not_there_for_others(client, scene, at):
    entry = drawn(scene, at)[0]
    assert get(client, scene.clerk, "swap_seats", entry.pk).status_code == 404
    assert get(client, scene.neighbour, "find_late", scene.stage.pk).status_code == 404
    assert get(client, scene.clerk, "sites", scene.stage.pk).status_code == 404
    assert "swap_seats" not in get(client, scene.clerk, "rooms", scene.stage.pk).text
