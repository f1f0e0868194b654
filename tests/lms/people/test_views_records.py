"""One teacher's record: what each reader sees of it, that readings are noted, her own page, her photo."""

import datetime as dt
import io
import re

import pytest
from django.urls import reverse
from PIL import Image

from lms.journal.models import Line
from lms.lib import clock
from lms.people import noting, photographing
from lms.people.models import Appointment, FormerName, Relation
from tests.factories import people

OFFICE = Appointment.Office
PHONE = "13987600001"


@pytest.fixture(autouse=True)
def private(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path


@pytest.fixture
def teacher(tree):
    found = people.teacher("林知微", school=tree.school, post="homeroom_teacher", name_pinyin="lin zhi wei")
    found.user.phone = PHONE
    found.user.save()
    return found


@pytest.fixture
def officer(tree):
    return people.officer(OFFICE.BUREAU_OFFICER, tree.county, "沈县")


def picture():
    written = io.BytesIO()
    Image.new("RGB", (600, 800), "teal").save(written, "JPEG")
    return io.BytesIO(written.getvalue())


def page_of(client, user, teacher):
    client.force_login(user)
    return client.get(reverse("people:teacher", args=[teacher.pk]))


def test_teacher_shows_the_whole_telephone_only_to_those_who_keep_the_record(client, tree, teacher, officer):
    for user, whole in (
        (officer, True),
        (people.officer(OFFICE.SCHOOL_OFFICER, tree.school), True),
        (teacher.user, True),
        (people.officer(OFFICE.AUDITOR, tree.county), False),
    ):
        text = page_of(client, user, teacher).text
        assert (PHONE in text, "139****0001" in text) == (whole, not whole), user


def test_teacher_offers_each_reader_what_she_may_do(client, tree, teacher, officer):
    def offered(user):
        text = page_of(client, user, teacher).text
        return set(re.findall(rf'href="/people/teachers/{teacher.pk}/([a-z/-]+)/"', text))

    everything = {"correct", "posts", "transfer", "leave", "rename", "relations", "photo/set", "merge"}
    assert offered(officer) == everything
    assert offered(people.officer(OFFICE.SCHOOL_OFFICER, tree.school)) == {"posts", "relations", "photo/set"}
    assert offered(people.officer(OFFICE.AUDITOR, tree.county)) == set()
    teacher.postings.update(until_on=clock.local_date(clock.now()) - dt.timedelta(days=9), ending="retired")
    assert offered(officer) == (everything - {"posts", "transfer", "leave"}) | {"take-up"}


def test_teacher_shows_former_names_endings_and_relations_of_both_sides(client, tree, teacher, officer, at):
    FormerName.objects.create(teacher=teacher, full_name="林小微", until_on=dt.date(2020, 1, 31))
    people.Posting.objects.create(
        teacher=teacher,
        organisation=tree.city_school,
        from_on=dt.date(2005, 9, 1),
        until_on=dt.date(2012, 8, 31),
        ending="transferred",
    )
    kin = people.teacher("何远", school=tree.other_school)
    for one, other, kind in ((teacher, kin.user, "kin"), (kin, teacher.user, "mentor")):
        Relation.objects.create(
            teacher=one, other=other, kind=kind, from_on=at.date(), declared_by=officer, declared_at=at
        )
    text = page_of(client, officer, teacher).text
    for shown in ("林小微", tree.city_school.name, "调出", "何远", "师傅"):
        assert shown in text


def test_teacher_of_a_merged_record_leads_to_the_one_that_stays(client, tree, teacher, officer):
    merged = people.teacher("林知薇", school=tree.school, merged_into=teacher)
    text = page_of(client, officer, merged).text
    assert reverse("people:teacher", args=[teacher.pk]) in text
    assert f"/people/teachers/{merged.pk}/correct/" not in text


def test_reading_is_noted_once_and_shown_to_the_teacher(client, tree, teacher, officer):
    for _each in range(2):
        assert page_of(client, officer, teacher).status_code == 200
    page_of(client, teacher.user, teacher)
    assert page_of(client, people.officer(OFFICE.BUREAU_OFFICER, tree.neighbour), teacher).status_code == 404
    assert Line.objects.filter(act=noting.READ).count() == 1
    client.force_login(teacher.user)
    text = client.get(reverse("people:me")).text
    assert "沈县" in text
    assert tree.county.name in text


def test_me_is_one_s_own_record_with_her_readings_only(client, tree, teacher, officer, at):
    other = people.teacher("何远", school=tree.school)
    noting.note_reading(teacher=other, by=officer, at=at)
    client.force_login(teacher.user)
    response = client.get(reverse("people:me"))
    assert response.context["page"].paginator.count == 0
    assert PHONE in response.text
    assert teacher.masked_id_number in response.text
    assert teacher.id_number not in response.text
    merged = people.teacher("林知薇", school=tree.school, merged_into=teacher)
    noting.note_reading(teacher=merged, by=officer, at=at)
    assert client.get(reverse("people:me")).context["page"].paginator.count == 1


def test_me_is_not_found_by_who_has_no_record(client, officer):
    assert client.get(reverse("people:me")).status_code == 302
    client.force_login(officer)
    assert client.get(reverse("people:me")).status_code == 404


def test_me_and_teacher_ask_as_much_for_many_rows_as_for_one(
    client, tree, teacher, officer, at, django_assert_num_queries, django_assert_max_num_queries
):
    def more(n):
        reader = people.officer(OFFICE.AUDITOR, tree.county, f"读者{n}")
        noting.note_reading(teacher=teacher, by=reader, at=at)
        FormerName.objects.create(teacher=teacher, full_name=f"旧名{n}", until_on=dt.date(2020, 1, 31))
        Relation.objects.create(
            teacher=teacher, other=reader, kind="kin", from_on=at.date(), declared_by=officer, declared_at=at
        )

    noting.note_reading(teacher=teacher, by=officer, at=clock.now())
    for user, address in ((teacher.user, reverse("people:me")), (officer, f"/people/teachers/{teacher.pk}/")):
        more(f"{user.pk}甲")
        client.force_login(user)
        client.get(address)
        with django_assert_max_num_queries(30) as first:
            client.get(address)
        for n in range(2):
            more(f"{user.pk}{n}")
        with django_assert_num_queries(len(first)):
            client.get(address)


def test_photo_is_served_to_whoever_may_see_the_record_and_stored_nowhere(client, tree, teacher, officer, at):
    address = reverse("people:photo", args=[teacher.pk])
    client.force_login(officer)
    assert client.get(address).status_code == 404
    photographing.set_photo(teacher=teacher, file=picture(), by=officer, at=at)
    response = client.get(address)
    assert (response.status_code, response["Content-Type"]) == (200, "image/jpeg")
    assert response["Cache-Control"] == "no-store, private"
    assert Image.open(io.BytesIO(b"".join(response.streaming_content))).size == (480, 640)
    client.force_login(people.teacher("何远", school=tree.school).user)
    assert client.get(address).status_code == 404


def test_photo_whose_file_is_gone_is_not_found(client, teacher):
    teacher.photo = "gone.jpg"
    teacher.save()
    client.force_login(teacher.user)
    assert client.get(reverse("people:photo", args=[teacher.pk])).status_code == 404
