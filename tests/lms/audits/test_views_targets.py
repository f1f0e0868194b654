"""The page of targets and the staffing norm: its bureau sets them, nobody else finds it."""

import pytest
from django.urls import reverse

from lms.audits.models import StaffingNorm, Target
from tests.factories import district, people

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def d(tree):
    return district.regulated(district.tree(tree.city))


@pytest.fixture
def officer(d, client):
    client.force_login(district.officer(d))
    return client


def typed(d, **more):
    return {
        "post": "homeroom_teacher",
        "level": d.b.pk,
        "measure": "certified",
        "percent": "76.99",
        "due_on": "2024-12-31",
        **more,
    }


def test_a_target_is_set_shown_and_withdrawn(officer, d):
    address = reverse("audits:targets", args=[d.county.pk])
    assert "还没有目标" in officer.get(address).text
    assert officer.post(address, typed(d)).status_code == 302
    shown = officer.get(address).text
    assert "76.99%" in shown and "班主任" in shown
    target = Target.objects.get()
    officer.post(reverse("audits:withdraw_target", args=[target.pk]))
    assert not Target.objects.exists()


def test_a_refusal_stands_beside_its_field_and_keeps_what_was_typed(officer, d):
    answer = officer.post(reverse("audits:targets", args=[d.county.pk]), typed(d, percent="120"))
    assert answer.status_code == 422
    assert "目标比例应大于0" in answer.text and 'value="120"' in answer.text
    assert not Target.objects.exists()


def test_a_neighbours_level_is_not_on_offer(officer, d, tree):
    other = district.regulated(district.tree(tree.city, "青屏区"))
    answer = officer.post(reverse("audits:targets", args=[d.county.pk]), typed(d, level=other.b.pk))
    assert answer.status_code == 422
    assert not Target.objects.exists()


def test_a_norm_is_set_and_a_refused_one_kept(officer, d):
    address = reverse("audits:set_norm", args=[d.county.pk])
    refused = officer.post(address, {"pupils_per_teacher": "3", "source": "文件18号", "from_on": "2024-01-01"})
    assert refused.status_code == 422 and "不少于50" in refused.text and "文件18号" in refused.text
    officer.post(address, {"pupils_per_teacher": "1000", "source": "文件18号", "from_on": "2024-01-01"})
    assert StaffingNorm.objects.get().pupils_per_teacher == 1000
    assert "1 : 1,000" in officer.get(reverse("audits:targets", args=[d.county.pk])).text


@pytest.mark.parametrize("office", ["exam_officer", "auditor", "signatory", "school_officer"])
def test_other_offices_find_no_page(d, client, office):
    target = district.target(d, "homeroom_teacher", d.b, 80)
    client.force_login(people.officer(office, d.county))
    assert client.get(reverse("audits:targets", args=[d.county.pk])).status_code == 404
    assert client.post(reverse("audits:set_norm", args=[d.county.pk])).status_code == 404
    assert client.post(reverse("audits:withdraw_target", args=[target.pk])).status_code == 404


def test_a_neighbour_finds_no_page_and_a_school_has_none(d, client, tree):
    target = district.target(d, "homeroom_teacher", d.b, 80)
    client.force_login(people.officer("bureau_officer", tree.neighbour))
    assert client.post(reverse("audits:withdraw_target", args=[target.pk])).status_code == 404
    assert client.get(reverse("audits:targets", args=[d.county.pk])).status_code == 404
    client.force_login(district.officer(d))
    assert client.get(reverse("audits:targets", args=[d.direct.pk])).status_code == 404
    assert Target.objects.count() == 1
