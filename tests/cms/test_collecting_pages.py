"""The page where a trainer brings a course in, and its report."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cms.models import CoursePage, LessonPage
from lms.people.models import Appointment
from tests.cms.test_collecting import FILES, zipped
from tests.factories import courses, people

pytestmark = pytest.mark.django_db
ADDRESS = "/courses/collect/"


@pytest.fixture
def institution(tree, at):
    return courses.institution(tree.county, at=at)


@pytest.fixture
def trainer(institution, client):
    user = people.officer(Appointment.Office.TRAINER, institution.organisation, "夏培")
    client.force_login(user)
    return user


def bring(client, content=None, name="我的课.zip", **more):
    file = SimpleUploadedFile(name, zipped(FILES) if content is None else content)
    return client.post(ADDRESS, {"file": file, **more})


def test_collect_leads_to_a_report_of_what_was_not_understood(client, trainer, institution):
    answer = bring(client)
    course = CoursePage.objects.get()
    assert answer["Location"] == reverse("cms:collected", args=[course.pk])
    page = client.get(answer["Location"]).content.decode()
    assert "02-又/图.png" in page
    assert "有 1 处未能识别" in page
    for lesson in LessonPage.objects.all():
        assert lesson.title in page
        assert not lesson.live


@pytest.mark.parametrize(
    ("content", "sentence"), [(b"no zip", "这不是 ZIP 文件"), (zipped({"1.png": b"x"}), "文件夹中没有课")]
)
def test_collect_shows_why_it_refuses(client, trainer, content, sentence):
    answer = bring(client, content)
    assert answer.status_code == 409
    assert sentence in answer.content.decode()
    assert not CoursePage.objects.exists()


def test_collect_asks_for_a_file(client, trainer):
    assert client.post(ADDRESS).status_code == 422


def test_collect_asks_for_which_institution_when_there_are_several(client, trainer, tree):
    other = courses.institution(tree.school)
    assert bring(client).status_code == 422
    assert bring(client, institution=other.pk).status_code == 302
    assert CoursePage.objects.child_of(other).exists()


def test_collect_refuses_an_institution_that_is_not_hers(client, trainer, tree):
    foreign = courses.institution(tree.neighbour)
    courses.institution(tree.school)
    assert bring(client, institution=foreign.pk).status_code == 422
    assert not CoursePage.objects.exists()


def test_collected_is_not_there_for_others(client, trainer, personas, tree):
    bring(client)
    address = reverse("cms:collected", args=[CoursePage.objects.get().pk])
    other = people.officer(Appointment.Office.TRAINER, tree.neighbour, "外人")
    for user in (other, personas.county_officer, personas.teacher.user):
        client.force_login(user)
        assert client.get(address).status_code == 404
        if user is not other:
            assert client.get(ADDRESS).status_code == 404
