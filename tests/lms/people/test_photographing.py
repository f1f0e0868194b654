"""A photo is set by the person herself or those who keep her record; of two, only the last stays on the disk."""

import io

import pytest
from PIL import Image

from lms.journal.models import Line
from lms.people import keeping, photographing, photos
from lms.people.access import NotYourOffice
from lms.people.models import Appointment
from tests.factories import people

OFFICE = Appointment.Office


@pytest.fixture(autouse=True)
def private(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path
    return tmp_path / "photos"


@pytest.fixture
def teacher(tree):
    return people.teacher("林知微", school=tree.school)


def file():
    written = io.BytesIO()
    Image.new("RGB", (600, 800), "teal").save(written, "JPEG")
    written.seek(0)
    return written


def test_set_photo_keeps_the_newest_only(teacher, tree, at, private, django_capture_on_commit_callbacks):
    for by in (teacher.user, people.officer(OFFICE.SCHOOL_OFFICER, tree.school)):
        with django_capture_on_commit_callbacks(execute=True):
            photographing.set_photo(teacher=teacher, file=file(), by=by, at=at)
    teacher.refresh_from_db()
    assert [each.name for each in private.iterdir()] == [teacher.photo]
    assert Line.objects.filter(act="people.photo_set").count() == 2


def test_remove_photo_forgets_the_file(teacher, at, private, django_capture_on_commit_callbacks):
    photographing.set_photo(teacher=teacher, file=file(), by=teacher.user, at=at)
    with django_capture_on_commit_callbacks(execute=True):
        photographing.remove_photo(teacher=teacher, by=teacher.user, at=at)
    teacher.refresh_from_db()
    assert (teacher.photo, list(private.iterdir())) == ("", [])
    assert Line.objects.filter(act="people.photo_removed").exists()


def test_set_photo_and_remove_photo_are_refused_to_others(teacher, tree, at, private):
    for by in (
        people.teacher("何远", school=tree.school).user,
        people.officer(OFFICE.BUREAU_OFFICER, tree.neighbour),
        people.officer(OFFICE.AUDITOR, tree.county),
    ):
        with pytest.raises(NotYourOffice):
            photographing.set_photo(teacher=teacher, file=file(), by=by, at=at)
        with pytest.raises(NotYourOffice):
            photographing.remove_photo(teacher=teacher, by=by, at=at)
    assert not private.exists()


def test_set_photo_leaves_no_file_behind_when_it_is_refused(teacher, at, private):
    with pytest.raises(photos.NoPicture):
        photographing.set_photo(teacher=teacher, file=io.BytesIO(b"x"), by=teacher.user, at=at)
    teacher.merged_into = people.teacher("林知薇")
    teacher.save()
    with pytest.raises(keeping.RecordMerged):
        photographing.set_photo(teacher=teacher, file=file(), by=teacher.user, at=at)
    assert not private.exists() or list(private.iterdir()) == []
