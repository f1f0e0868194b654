"""The candidate's photo: cut, measured, written anew, seen by few, and asked for before seats are drawn."""

import io

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from exams import applying, picturing, portraits, seating
from exams.models import Candidate, Sitting
from lms.journal.models import Line
from lms.people import photos
from tests.factories import exams as make
from tests.factories import people
from tests.factories.people import AT

WHOLE = portraits.Cut()


@pytest.fixture(autouse=True)
def _private(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path


@pytest.fixture
def candidate(tree):
    exam = make.exam(tree.city, written="registration_open", asks_photo=True)
    return make.candidate(exam, people.teacher("林知微", school=tree.school), state="submitted")


def picture(ground="white", size=(900, 1200), kind="JPEG", exif=None):
    """A head of grey before a ground; the left half blue where the ground is "half"."""
    made = Image.new("RGB", size, "white" if ground == "half" else ground)
    if ground == "half":
        made.paste("navy", (0, 0, size[0] // 2, size[1]))
    made.paste("gray", (size[0] // 3, size[1] // 3, size[0] * 2 // 3, size[1]))
    written = io.BytesIO()
    made.save(written, kind, **({"exif": exif} if exif else {}))
    written.seek(0)
    return written


def hand_in(candidate, file=None, *, by=None, at=AT, **more):
    file = file or picture()
    picturing.set_photo(
        candidate=candidate, file=file, cut=more.pop("cut", WHOLE), by=by or candidate.teacher.user, at=at, **more
    )


def test_set_photo_keeps_a_small_clean_jpeg_and_forgets_the_one_before(candidate, django_capture_on_commit_callbacks):
    exif = Image.Exif()
    exif[0x010F] = "SecretPhone"
    with django_capture_on_commit_callbacks(execute=True):
        hand_in(candidate, picture(exif=exif))
    first = photos.path_of(candidate.photo)
    with Image.open(first) as kept:
        assert (kept.size, kept.format, dict(kept.getexif())) == ((450, 630), "JPEG", {})
    assert first.stat().st_size <= 200 * 1024
    with django_capture_on_commit_callbacks(execute=True):
        hand_in(candidate, picture(kind="PNG"))
    assert not first.exists()
    assert photos.path_of(candidate.photo).exists()
    assert Line.objects.last().facts == {"ground": "plain"}


def test_prepare_keeps_noise_within_200_kb():
    noise = Image.effect_noise((1500, 2100), 90).convert("RGB")
    written = io.BytesIO()
    noise.save(written, "PNG")
    assert len(portraits.prepare(io.BytesIO(written.getvalue()), WHOLE).jpeg) <= 200 * 1024


@pytest.mark.parametrize(
    ("size", "cut", "box"),
    [
        ((1000, 1400), portraits.Cut(), (0, 0, 1000, 1400)),
        ((2000, 1400), portraits.Cut(100, 0, 50), (0, 0, 1000, 1400)),
        ((2000, 1400), portraits.Cut(100, 100, 50), (1000, 0, 2000, 1400)),
        ((1000, 1400), portraits.Cut(200, 50, 0), (250, 0, 750, 700)),
        ((1000, 1400), portraits.Cut(9999, 999, -5), (750, 0, 1000, 350)),
    ],
)
def test_box_lies_within_the_picture(size, cut, box):
    assert portraits.box(*size, cut) == box


@pytest.mark.parametrize("ground", ["black", "half", "navy"])
def test_set_photo_refuses_a_dark_or_uneven_ground_unless_told_so(candidate, ground):
    with pytest.raises(picturing.GroundNotPlain):
        hand_in(candidate, picture(ground))
    assert candidate.photo == ""
    hand_in(candidate, picture(ground), anyway=True)
    assert Line.objects.get().facts == {"ground": "not plain"}


@pytest.mark.parametrize(
    ("file", "cut", "refusal"),
    [
        (io.BytesIO(b"%PDF-1.7"), WHOLE, photos.NoPicture),
        (picture(size=(200, 280)), WHOLE, photos.PictureTooSmall),
        (picture(size=(500, 700)), portraits.Cut(400, 50, 50), portraits.CutTooSmall),
    ],
)
def test_set_photo_refuses_what_is_no_picture_or_too_small(candidate, file, cut, refusal):
    file.seek(0)
    with pytest.raises(refusal):
        hand_in(candidate, file, cut=cut)
    assert not Line.objects.exists()


def test_set_photo_refuses_others_a_registration_that_is_over_and_after_the_bell(tree, candidate):
    with pytest.raises(applying.NotYourRegistration):
        hand_in(candidate, by=people.officer("bureau_officer", tree.neighbour))
    hand_in(candidate, by=people.officer("bureau_officer", tree.county))
    candidate.exam.stages.filter(number=1).update(state="arranged")
    with pytest.raises(picturing.BellRung):
        hand_in(candidate, at=Sitting.objects.get().starts_at)
    Candidate.objects.update(state="rejected")
    with pytest.raises(picturing.NoPhotoNow):
        hand_in(candidate)


def test_arrange_refuses_and_names_who_has_no_photo(tree, candidate):
    officer = people.officer("exam_officer", tree.city)
    Candidate.objects.update(state="approved")
    stage = make.stage(candidate.exam)
    type(stage).objects.filter(pk=stage.pk).update(state="registration_closed")
    with pytest.raises(seating.PhotosMissing) as refused:
        seating.arrange(stage=stage, seed="x", by=officer, at=AT)
    assert refused.value.facts == {"count": 1, "names": "林知微"}
    Candidate.objects.update(photo="one.jpg")
    assert len(seating.arrange(stage=stage, seed="x", by=officer, at=AT)) == 1


def test_photo_is_handed_in_by_the_page_and_seen_by_few(client, tree, candidate):
    address = reverse("exams:candidate_photo", args=[candidate.pk])
    shown = reverse("exams:photo_file", args=[candidate.pk])
    with time_machine.travel(AT, tick=False):
        client.force_login(candidate.teacher.user)
        assert client.get(shown).status_code == 404
        typed = {"zoom": "100", "across": "50", "down": "50"}
        dark = SimpleUploadedFile("a.jpg", picture("black").read())
        page = client.post(address, {**typed, "photo": dark})
        assert page.status_code == 422
        assert 'name="anyway"' in page.text
        assert (
            client.post(address, {**typed, "photo": SimpleUploadedFile("a.jpg", picture().read())}).status_code == 302
        )
        answer = client.get(shown)
        assert b"".join(answer.streaming_content).startswith(b"\xff\xd8")
        assert (answer["Content-Type"], answer["Cache-Control"]) == ("image/jpeg", "no-store, private")
        for who, status in (
            (people.officer("clerk", tree.city), 200),
            (people.officer("bureau_officer", tree.county), 200),
            (people.officer("bureau_officer", tree.neighbour), 404),
            (people.teacher("何远", school=tree.school).user, 404),
        ):
            client.force_login(who)
            answer = client.get(shown)
            assert answer.status_code == status
            if status == 200:
                b"".join(answer.streaming_content)  # read to its end, so that the file is closed
        assert client.get(address).status_code == 404
