"""The library of policy documents: what is put into it, and how everybody finds and fetches it."""

import datetime as dt

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms import publishing
from cms.models import CourseFile, LibraryPage, PolicyDocument
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from lms.people.models import Appointment
from tests.factories import cms, courses, people

pytestmark = pytest.mark.django_db
NUMBER = "教基一〔2012〕15号"


@pytest.fixture(autouse=True)
def root():
    cms.root()


def add(title="中小学心理健康教育指导纲要（2012年修订）", *, number="", on="2012-12-07", by=None, at=people.AT, **more):
    given = {"issuer": "教育部", "issued_on": dt.date.fromisoformat(on)} | more
    return publishing.add_policy_document(title=title, number=number, by=by, at=at, **given)


def library(client, **narrowed):
    response = client.get(reverse("cms:library"), narrowed)
    assert response.status_code == 200
    return response.content.decode()


# --- Adding ----------------------------------------------------------------------------------------------------------


def test_add_policy_document_stands_in_the_one_library_and_is_written_down(personas):
    first = add(number=NUMBER, by=personas.county_officer)
    second = add("另一份", on="2020-01-01")
    assert LibraryPage.objects.count() == 1
    assert set(PolicyDocument.objects.filter(page__live=True)) == {first, second}
    line = Line.objects.get(actor=personas.county_officer)
    assert (line.act, line.subject_id) == ("cms.document_added", str(first.pk))


def test_add_policy_document_is_in_the_editor_as_well():
    """The editor goes on from the latest revision; what stands in none would be lost when it publishes."""
    add(number=NUMBER)
    add("另一份")
    latest = LibraryPage.objects.get().get_latest_revision_as_object()
    assert latest.documents.count() == 2
    courses.publish(latest)
    assert PolicyDocument.objects.count() == 2


@pytest.mark.parametrize(("title", "issuer"), [("", "教育部"), ("题目", " ")])
def test_add_policy_document_refuses_when_title_or_issuer_is_missing(title, issuer):
    with pytest.raises(publishing.DocumentIncomplete):
        add(title, issuer=issuer)
    assert not PolicyDocument.objects.exists()


def test_add_policy_document_refuses_when_the_number_is_there():
    add(number=NUMBER)
    with pytest.raises(publishing.InTheLibrary):
        add("同一文号", number=NUMBER)
    add("没有文号")
    add("也没有文号")


def test_add_policy_document_refuses_when_no_publishing_office_is_held(personas, tree):
    for user in (personas.teacher.user, people.officer(Appointment.Office.TRAINER, tree.county, "温以宁")):
        with pytest.raises(NotYourOffice):
            add(by=user)
    assert not PolicyDocument.objects.exists()


# --- Reading ---------------------------------------------------------------------------------------------------------


def test_library_says_so_when_it_is_empty(client):
    assert "主管部门入库的文件会显示在这里。" in library(client)


def test_library_shows_number_issuer_and_date_to_everybody_the_newest_first(client):
    add(number=NUMBER, summary="学校开展心理健康教育的依据。")
    add("家庭教育促进法", on="2021-10-23", issuer="全国人民代表大会常务委员会")
    page = library(client)
    assert page.index("家庭教育促进法") < page.index("指导纲要")
    for each in (NUMBER, "教育部", "2012年12月7日", "学校开展心理健康教育的依据。", "共 2 份文件"):
        assert each in page


@pytest.mark.parametrize(
    ("narrowed", "left"),
    [
        ({"q": "纲要"}, {"纲要"}),
        ({"q": "教基一[2012]15号"}, {"纲要"}),
        ({"q": "依据"}, {"纲要"}),
        ({"issuer": "教育部"}, {"纲要", "惩戒"}),
        ({"year": "2021"}, {"促进法"}),
        ({"issuer": "教育部", "year": "2020"}, {"惩戒"}),
        ({"issuer": "没有的机关"}, {"纲要", "惩戒", "促进法"}),
        ({"year": "x"}, {"纲要", "惩戒", "促进法"}),
        ({"year": "²"}, {"纲要", "惩戒", "促进法"}),
        ({"q": "纲要", "year": "2021"}, set()),
    ],
)
def test_library_narrows_by_words_issuer_and_year(client, narrowed, left):
    add("心理纲要", number=NUMBER, summary="依据")
    add("教育惩戒规则", number="教育部令第49号", on="2020-12-23")
    add("家庭教育促进法", on="2021-10-23", issuer="全国人民代表大会常务委员会")
    page = library(client, **narrowed)
    assert {each for each in ("心理纲要", "教育惩戒规则", "家庭教育促进法") if each in page} == {
        {"纲要": "心理纲要", "惩戒": "教育惩戒规则", "促进法": "家庭教育促进法"}[each] for each in left
    }
    assert ("没有找到文件" in page) == (not left)


def test_library_asks_as_often_for_many_as_for_one(client):
    add("文件1")
    library(client)
    with CaptureQueriesContext(connection) as one:
        library(client, q="文件")
    for number in range(2, 25):
        add(f"文件{number}", on=f"20{number:02d}-01-01")
    with CaptureQueriesContext(connection) as many:
        library(client, q="文件")
    assert len(many) == len(one)
    assert "下一页" in library(client)


@pytest.fixture
def stored(monkeypatch, tmp_path):
    """Makes course files that lie in a folder of this test's."""
    storage = CourseFile._meta.get_field("file").storage
    monkeypatch.setitem(storage.__dict__, "location", str(tmp_path))
    room = courses.institution(people.organisation("教师发展中心"))

    def store(name):
        saved = storage.save(f"files/{name}", ContentFile(b"%PDF-1.7 ..."))
        return CourseFile.objects.create(title=name, file=saved, kind="pdf", collection=room.collection)

    return store


def test_a_document_of_the_library_is_fetched_by_everybody_until_it_is_withdrawn(client, stored):
    file = stored("guideline.pdf")
    add(file=file)
    assert file.url in library(client)
    response = client.get(file.url)
    assert b"".join(response.streaming_content) == b"%PDF-1.7 ..."
    assert client.get(stored("other.pdf").url).status_code == 404
    LibraryPage.objects.get().unpublish()
    assert client.get(file.url).status_code == 404
