"""Pages: schemes and their levels, founded and added to by the officers of their authority."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from certs.models import Level, Scheme
from lms.journal.models import Line
from tests.factories import certs as make
from tests.factories import people

LIST = "/certificates/schemes/"
NEW = {"name": "班主任培训合格证书", "code": "homeroom", "mark": "DY"}
LEVEL = {"name": "骨干资格", "code": "A", "rank": "3", "validity_months": "60"}


@pytest.fixture(autouse=True)
def _now(at):
    with time_machine.travel(at, tick=False):
        yield


@pytest.fixture
def officer(client, tree):
    user = people.officer("exam_officer", tree.city, "程秋霁")
    client.force_login(user)
    return user


def add_address(scheme):
    return reverse("certs:new_level", args=[scheme.pk])


def test_schemes_shows_own_ones_and_those_above_but_adds_only_to_own(client, tree, officer):
    own, above, beside = (make.level(unit).scheme for unit in (tree.city, tree.province, tree.neighbour))
    Level.objects.filter(scheme=above).update(name="省级证书")
    other = make.level(people.organisation("别省", level=10, code="980000"), name="别省证书").scheme
    page = client.get(LIST).text
    assert "省级证书" in page
    assert "别省证书" not in page
    assert add_address(own) in page
    assert add_address(beside) in page
    assert add_address(above) not in page
    assert add_address(other) not in page


def test_schemes_takes_as_many_queries_with_three_as_with_one(client, tree, officer):
    make.level(tree.city)
    client.get(LIST)
    with CaptureQueriesContext(connection) as one:
        client.get(LIST)
    for mark in ("N", "O"):
        make.level(tree.city, mark=mark)
    with CaptureQueriesContext(connection) as three:
        client.get(LIST)
    assert len(three) == len(one)


def test_new_scheme_founds_it_and_new_level_adds_to_it(client, tree, officer):
    assert client.get(reverse("certs:new_scheme")).status_code == 200
    answer = client.post(reverse("certs:new_scheme"), {**NEW, "authority": tree.city.pk})
    assert answer.url == LIST
    scheme = Scheme.objects.get()
    assert (scheme.authority, scheme.mark) == (tree.city, "DY")
    assert client.get(add_address(scheme)).status_code == 200
    assert client.post(add_address(scheme), LEVEL).url == LIST
    level = scheme.levels.get()
    assert (level.rank, level.validity_months) == (3, 60)
    client.post(add_address(scheme), {**LEVEL, "rank": "2", "code": "B", "validity_months": ""})
    assert scheme.levels.get(rank=2).validity_months is None
    assert Line.objects.filter(act__in=("certs.scheme_founded", "certs.level_added")).count() == 3


@pytest.mark.parametrize(
    ("typed", "field", "status"),
    [({"mark": "mh"}, "mark", 409), ({"code": "scheme-M"}, "code", 409), ({"name": ""}, "name", 422)],
)
def test_new_scheme_shows_the_refusal_at_its_field_and_keeps_what_was_typed(
    client, tree, officer, typed, field, status
):
    make.level(tree.city)
    page = client.post(reverse("certs:new_scheme"), {**NEW, "authority": tree.city.pk, **typed})
    assert (page.status_code, list(page.context["form"].errors)) == (status, [field])
    assert {**NEW, **typed}["code"] in page.text
    assert Scheme.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"code": "b!"}, "code"), ({"code": "B"}, "code"), ({"validity_months": "601"}, "validity_months")],
)
def test_new_level_shows_the_refusal_at_its_field_and_keeps_what_was_typed(client, tree, officer, typed, field):
    scheme = make.level(tree.city).scheme
    page = client.post(add_address(scheme), {**LEVEL, **typed})
    assert (page.status_code, list(page.context["form"].errors)) == (409, [field])
    assert "骨干资格" in page.text
    assert scheme.levels.count() == 1


def test_new_scheme_of_a_unit_above_is_refused(client, tree, officer):
    page = client.post(reverse("certs:new_scheme"), {**NEW, "authority": tree.province.pk})
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["authority"])
    assert not Scheme.objects.exists()


def test_new_level_is_not_there_for_an_officer_below(client, tree):
    scheme = make.level(tree.city).scheme
    client.force_login(people.officer("exam_officer", tree.county))
    assert client.get(add_address(scheme)).status_code == 404
    assert client.post(add_address(scheme), LEVEL).status_code == 404
    assert scheme.levels.count() == 1


@pytest.mark.parametrize("office", ["auditor", "signatory", "judge"])
def test_pages_are_not_there_for_other_offices(client, tree, office):
    client.force_login(people.officer(office, tree.city))
    for address in (LIST, reverse("certs:new_scheme")):
        assert client.get(address).status_code == 404
    assert client.post(reverse("certs:new_scheme"), {**NEW, "authority": tree.city.pk}).status_code == 404
