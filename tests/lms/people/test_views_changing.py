"""The pages that change a teacher's record: each does its act, keeps what was typed where it is refused, and is not
there for strangers."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from lms.lib import clock
from lms.people.models import Appointment, Relation
from tests.factories import people

OFFICE = Appointment.Office


@pytest.fixture(autouse=True)
def private(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path


@pytest.fixture
def teacher(tree):
    return people.teacher("林知微", school=tree.school, post="homeroom_teacher")


@pytest.fixture
def sister(tree):
    return people.organisation("澜溪县第二小学", parent=tree.county)


@pytest.fixture
def officer(client, tree):
    user = people.officer(OFFICE.BUREAU_OFFICER, tree.county, "沈县")
    client.force_login(user)
    return user


@pytest.fixture
def today():
    return clock.local_date(clock.now()).isoformat()


def address(name, *args):
    return reverse(f"people:{name}", args=args)


def picture(size=(600, 800)):
    written = io.BytesIO()
    Image.new("RGB", size, "teal").save(written, "PNG")
    return SimpleUploadedFile("me.png", written.getvalue(), content_type="image/png")


def test_correct_writes_the_record(client, officer, teacher):
    where = address("correct", teacher.pk)
    text = client.get(where).text
    assert teacher.masked_id_number in text
    assert teacher.id_number not in text
    response = client.post(where, {"full_name": "林知薇", "id_number": "", "reason": "录入有误"})
    assert (response.status_code, response["Location"]) == (302, address("teacher", teacher.pk))
    teacher.refresh_from_db()
    assert teacher.full_name == "林知薇"


def test_correct_keeps_what_was_typed_when_it_is_refused(client, officer, teacher):
    response = client.post(
        address("correct", teacher.pk), {"full_name": "林知薇", "id_number": "990608198503120000", "reason": "录入有误"}
    )
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {"id_number"}
    for typed in ("林知薇", "990608198503120000", "录入有误"):
        assert typed in response.text


def test_rename_writes_the_new_name(client, officer, teacher, today):
    client.post(address("rename", teacher.pk), {"full_name": "林晓岚", "on": today, "reason": "更名"})
    assert teacher.former_names.get().full_name == "林知微"


def test_change_posts_ends_and_begins(client, officer, teacher, today):
    where = address("change_posts", teacher.pk)
    assert client.get(where).status_code == 200
    held = teacher.posts.get()
    client.post(where, {"on": today, "ended": [held.pk], "post_1": "leader_in_charge", "post_2": "classroom_teacher"})
    assert set(teacher.posts.filter(until_on=None).values_list("post", flat=True)) == {
        "leader_in_charge",
        "classroom_teacher",
    }


def test_change_posts_shows_a_refusal_above_the_form(client, officer, teacher, today):
    response = client.post(address("change_posts", teacher.pk), {"on": today})
    assert response.status_code == 422
    assert response.context["form"].non_field_errors()


def test_change_posts_does_not_offer_another_teachers_posts(client, tree, officer, teacher, today):
    other = people.teacher("何远", school=tree.school, post="homeroom_teacher")
    response = client.post(address("change_posts", teacher.pk), {"on": today, "ended": [other.posts.get().pk]})
    assert response.status_code == 422
    assert other.posts.get().until_on is None


def test_correct_post_and_strike_post(client, officer, teacher):
    held = teacher.posts.get()
    where = address("correct_post", held.pk)
    assert 'value="2012-09-01"' in client.get(where).text
    typed = {"post": "classroom_teacher", "stage": "", "from_on": "2012-09-01", "reason": "录错"}
    assert client.post(where, typed).status_code == 302
    held.refresh_from_db()
    assert (held.post, held.stage) == ("classroom_teacher", "")
    assert client.post(address("strike_post", held.pk), {"reason": ""}).status_code == 422
    assert client.post(address("strike_post", held.pk), {"reason": "从未担任"}).status_code == 302
    assert not teacher.posts.exists()


def test_transfer_takes_a_school_by_name_and_carries_the_ticked_posts(client, officer, teacher, sister, today):
    where = address("transfer", teacher.pk)
    page = client.get(where).text
    assert f'<option value="{sister.name}"></option>' in page
    assert "checked" in page
    client.post(where, {"school": "第二小学", "on": today, "kept": [teacher.posts.get().pk]})
    assert teacher.postings.get(until_on=None).organisation == sister
    assert teacher.posts.get(until_on=None).organisation == sister


def test_transfer_answers_for_a_school_elsewhere_as_for_none(client, tree, officer, teacher, today):
    def said(school):
        response = client.post(address("transfer", teacher.pk), {"school": school, "on": today})
        assert response.status_code == 422
        assert f'value="{school}"' in response.text
        return response.context["form"].errors["school"]

    assert said(tree.other_school.name) == said(tree.other_school.code) == said("没有的学校")
    people.organisation("澜溪县第三小学", parent=tree.county)
    people.organisation("澜溪县第四小学", parent=tree.county)
    assert "澜溪县第三小学" in str(said("县第"))


def test_leave_and_take_up_again(client, officer, teacher, sister, today):
    assert client.get(address("leave", teacher.pk)).status_code == 200
    typed = {"ending": "retired", "on": "2023-06-30", "reason": "到龄"}
    assert client.post(address("leave", teacher.pk), typed).status_code == 302
    assert client.post(address("leave", teacher.pk), typed).status_code == 422
    typed = {"school": sister.code, "post": "classroom_teacher", "stage": "primary", "on": today}
    assert client.post(address("take_up", teacher.pk), typed).status_code == 302
    assert teacher.postings.get(until_on=None).organisation == sister


def test_declare_and_withdraw_by_the_teacher_herself(client, tree, teacher):
    judge = people.officer(OFFICE.JUDGE, tree.city, "林评")
    client.force_login(teacher.user)
    where = address("declare", teacher.pk)
    assert client.get(where).status_code == 200
    refused = client.post(where, {"kind": "kin", "full_name": "林评", "unit_name": "没有的单位"})
    assert (refused.status_code, "没有的单位" in refused.text) == (422, True)
    response = client.post(where, {"kind": "kin", "full_name": "林评", "unit_name": tree.city.name})
    assert response["Location"] == address("me")
    relation = Relation.objects.get()
    assert (relation.other, relation.declared_by) == (judge, teacher.user)
    assert "林评" in client.get(address("me")).text
    client.post(address("withdraw_relation", relation.pk))
    relation.refresh_from_db()
    assert relation.until_on is not None


def test_withdraw_relation_is_not_there_for_the_other_side(client, tree, teacher, at):
    judge = people.officer(OFFICE.JUDGE, tree.city, "林评")
    relation = Relation.objects.create(
        teacher=teacher, other=judge, kind="kin", from_on=at.date(), declared_by=judge, declared_at=at
    )
    client.force_login(judge)
    assert client.post(address("withdraw_relation", relation.pk)).status_code == 404


def test_set_photo_and_remove_it(client, teacher):
    client.force_login(teacher.user)
    where = address("set_photo", teacher.pk)
    assert client.get(where).status_code == 200
    assert client.post(where, {"photo": picture()})["Location"] == address("me")
    teacher.refresh_from_db()
    assert teacher.photo
    for wrong in (picture((100, 100)), SimpleUploadedFile("x.jpg", b"no picture", content_type="image/jpeg"), ""):
        refused = client.post(where, {"photo": wrong})
        assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["photo"])
    client.post(where, {"act": "remove"})
    teacher.refresh_from_db()
    assert teacher.photo == ""


def test_pages_are_not_found_by_strangers_nor_by_an_office_that_may_not(client, tree, teacher, sister, at):
    held = teacher.posts.get()
    bureau_only = [address(name, teacher.pk) for name in ("correct", "rename", "transfer", "leave", "take_up")]
    keepers = [address(name, teacher.pk) for name in ("change_posts", "declare", "set_photo")]
    keepers += [address("correct_post", held.pk), address("strike_post", held.pk)]
    for user, found, missing in (
        (people.officer(OFFICE.BUREAU_OFFICER, tree.county), [*bureau_only, *keepers], []),
        (people.officer(OFFICE.SCHOOL_OFFICER, tree.school), keepers, bureau_only),
        (people.officer(OFFICE.SCHOOL_OFFICER, sister), [], [*bureau_only, *keepers]),
        (people.officer(OFFICE.AUDITOR, tree.county), [], [*bureau_only, *keepers]),
        (people.officer(OFFICE.BUREAU_OFFICER, tree.neighbour), [], [*bureau_only, *keepers]),
        (people.teacher("何远", school=tree.school).user, [], [*bureau_only, *keepers]),
    ):
        client.force_login(user)
        assert {client.get(each).status_code for each in found} <= {200}
        assert {client.get(each).status_code for each in missing} <= {404}
        assert {client.post(each, {"reason": "x"}).status_code for each in missing} <= {404}
