"""Publishing an announcement without the editor."""

import pytest
from wagtail.models import Collection, Page

from cms import announcing, founding, publishing, queries
from cms.models import AnnouncementPage, HomePage
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from lms.people.models import Appointment
from tests.factories import cms, courses, people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def root():
    return cms.root()


def test_announce_is_public_at_once_and_written_down(personas, at):
    page = publishing.announce(title="报名通知", body="三月五日开始。", by=personas.county_officer, at=at)
    assert list(queries.announcements()) == [page]
    assert page.published_on.isoformat() == "2024-03-05"
    line = Line.objects.get()
    assert (line.act, line.actor, line.subject_name) == (
        "cms.announcement_published",
        personas.county_officer,
        "报名通知",
    )


def test_announce_keeps_one_home_for_all(at):
    for title in ("第一号", "第二号", "第二号"):
        publishing.announce(title=title, body="…", by=None, at=at)
    assert HomePage.objects.count() == 1
    assert AnnouncementPage.objects.child_of(HomePage.objects.get()).count() == 3


def test_home_lays_its_ground_where_every_row_was_taken_away(db):
    Page.objects.all().delete()
    Collection.objects.all().delete()
    assert founding.home().get_parent() == Page.get_first_root_node()
    assert Collection.get_first_root_node() is not None
    assert founding.home() == founding.home()


def test_announce_shows_markup_as_typed(at):
    page = publishing.announce(title="…", body="<script>alert(1)</script>\n\n第二段", by=None, at=at)
    assert "<script>" not in page.body
    assert page.body.count("<p>") == 2


@pytest.mark.parametrize(("title", "body"), [("", "有正文"), ("有题目", "  \n")])
def test_announce_refuses_when_title_or_text_is_missing(title, body, at):
    with pytest.raises(publishing.NothingToAnnounce):
        publishing.announce(title=title, body=body, by=None, at=at)
    assert not AnnouncementPage.objects.exists()


def test_announce_refuses_when_a_teacher_tries(personas, at):
    with pytest.raises(NotYourOffice):
        publishing.announce(title="报名通知", body="…", by=personas.teacher.user, at=at)
    assert not AnnouncementPage.objects.exists()
    assert not Line.objects.exists()


def test_announce_is_public_when_a_superuser_publishes(at):
    assert publishing.announce(title="…", body="…", by=people.user("管理员", is_superuser=True), at=at).live


def test_announce_for_an_institution_is_not_public(personas, tree, at):
    room = courses.institution(tree.county)
    officer = personas.county_officer
    page = publishing.announce(title="学习须知", body="…", institution=room, by=officer, at=at)
    assert page.get_parent().pk == room.pk
    assert list(queries.announcements()) == []
    assert list(queries.announcements_for(officer, at)) == [page]
    assert announcing.untold_announcements() == [page.pk]


def test_announce_for_an_institution_refuses_when_the_office_does_not_cover_it(tree, at):
    room = courses.institution(tree.county)
    neighbour = people.officer(Appointment.Office.BUREAU_OFFICER, tree.neighbour, "邻县")
    with pytest.raises(NotYourOffice):
        publishing.announce(title="学习须知", body="…", institution=room, by=neighbour, at=at)
    assert not AnnouncementPage.objects.exists()
