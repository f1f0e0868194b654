"""Pages: what teachers need at exams, as the officer keeps it, and as the person and the invigilator see it."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams import tickets
from exams.models import Accommodation, StageEntry
from tests.factories import exams as make
from tests.factories import papers, people
from tests.factories.people import AT

TYPED = {"extra_percent": "25", "large_print": "on", "reason": "材料已核", "from_on": "2024-03-05"}


@pytest.fixture(autouse=True)
def _now(at):
    with time_machine.travel(at, tick=False):
        yield


@pytest.fixture
def officer(tree):
    return people.officer("exam_officer", tree.county, "程秋霁")


def get(client, user, name, *args, **query):
    client.force_login(user)
    return client.get(reverse(f"exams:{name}", args=args), query)


def test_list_shows_what_stands_and_finds_a_teacher(client, officer, personas, tree):
    make.accommodation(personas.teacher, extra_percent=25, separate_room=True)
    make.accommodation(people.teacher("何远", school=tree.other_school), large_print=True)
    page = get(client, officer, "accommodations", q=personas.teacher.full_name)
    assert [each.teacher for each, _words in page.context["rows"]] == [personas.teacher]
    assert "延长 25% 时间" in page.text
    assert [each.standing for each in page.context["found"]] == [list(personas.teacher.accommodations.all())]
    assert get(client, officer, "accommodations", which="withdrawn").context["rows"] == []


def test_list_takes_the_same_queries_for_one_and_for_three(client, officer, tree):
    counts = []
    for names in (["甲一"], ["乙二", "丙三"]):
        for name in names:
            make.accommodation(people.teacher(name, school=tree.school), large_print=True)
        get(client, officer, "accommodations")
        with CaptureQueriesContext(connection) as queries:
            get(client, officer, "accommodations")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_grant_and_withdraw_by_the_pages(client, officer, personas):
    client.force_login(officer)
    answer = client.post(reverse("exams:grant_accommodation", args=[personas.teacher.pk]), TYPED)
    assert answer.url == reverse("exams:accommodations")
    need = Accommodation.objects.get()
    assert (need.extra_percent, need.large_print, need.until_on) == (25, True, None)
    page = client.post(reverse("exams:grant_accommodation", args=[personas.teacher.pk]), TYPED)
    assert page.status_code == 422
    assert "材料已核" in page.text
    client.post(reverse("exams:withdraw_accommodation", args=[need.pk]), {"reason": "已康复"})
    need.refresh_from_db()
    assert need.withdrawn_at == AT


def test_pages_are_not_there_for_others(client, tree, personas):
    need = make.accommodation(personas.teacher, large_print=True)
    neighbour = people.officer("exam_officer", tree.neighbour)
    assert get(client, neighbour, "grant_accommodation", personas.teacher.pk).status_code == 404
    assert get(client, neighbour, "withdraw_accommodation", need.pk).status_code == 404
    assert get(client, personas.teacher.user, "accommodations").status_code == 404


def test_she_sees_it_beforehand_and_the_invigilator_beside_her_name(client, tree, personas, officer):
    entry = papers.ticketed(papers.sitting_exam(tree.city), personas.teacher)
    StageEntry.objects.update(ticketed_at=AT)
    entry.refresh_from_db()
    make.accommodation(personas.teacher, extra_percent=25, screen_reader=True)
    door = get(client, personas.teacher.user, "sit", entry.pk)
    assert "12:30" in door.text
    assert "延长 30 分钟" in door.text
    assert "延长 25% 时间" in get(client, personas.teacher.user, "mine").text
    assert tickets.ticket(entry)["needs"] == ["延长 30 分钟", "读屏软件"]
    assert tickets.ticket(entry)["own_ends"] == "12:30"
    city = people.officer("exam_officer", tree.city, "程市")
    for name, more in (("invigilate", []), ("rooms", []), ("door", [1])):
        assert "延长 30 分钟" in get(client, city, name, entry.stage_id, *more).text
