"""Pages of a PDF become pictures, once."""

import io

import pytest
from PIL import Image

from cms import drawing, jobs, tasks
from cms.models import CourseFile, SlidePicture
from tests.factories import courses, files

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def private_files(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path


@pytest.fixture
def room(tree):
    return courses.institution(tree.county)


def stored(folder, settings):
    return sorted(each.name for each in (settings.PRIVATE_ROOT / "course" / folder).glob("*"))


def test_draw_makes_a_picture_of_each_page_with_its_words(room):
    paper = files.kept_file(room.collection, content=files.worded_pdf("Emotions have a reason", "Second page"))
    drawing.draw(paper.pk)
    first, second = paper.slides.all()
    assert (first.number, second.number) == (1, 2)
    assert first.width == drawing.WIDTH
    assert "Emotions" in first.text
    with first.file.open("rb") as file, Image.open(io.BytesIO(file.read())) as opened:
        assert opened.format == "WEBP"
        assert opened.size == (first.width, first.height)


def test_draw_bounds_a_long_page(room):
    paper = files.kept_file(room.collection, content=files.pdf(1, size=(50, 1000)))
    drawing.draw(paper.pk)
    slide = paper.slides.get()
    assert slide.height == drawing.HEIGHT
    assert slide.width < drawing.WIDTH


def test_draw_changes_nothing_the_second_time(room, settings):
    paper = files.kept_file(room.collection, content=files.pdf(2))
    drawing.draw(paper.pk)
    before, kept = list(paper.slides.values()), stored("slides", settings)
    drawing.draw(paper.pk)
    assert list(paper.slides.values()) == before
    assert stored("slides", settings) == kept


def test_draw_leaves_quietly_when_the_file_is_gone_or_no_pdf(room):
    drawing.draw(987654321)
    sound = files.kept_file(room.collection, name="a.mp3", content=files.mp3(), kind="audio")
    drawing.draw(sound.pk)
    assert not SlidePicture.objects.exists()


def test_draw_keeps_nothing_when_another_was_faster(room, settings):
    paper = files.kept_file(room.collection, content=files.pdf(2))
    row = CourseFile.objects.get(pk=paper.pk)
    pictures = [SlidePicture(source=row, number=1, width=1, height=1)]
    drawing.draw(paper.pk)
    assert drawing._keep(row, pictures) is False
    assert paper.slides.count() == 2


def test_draw_keeps_nothing_when_the_file_changed_meanwhile(room):
    paper = files.kept_file(room.collection, content=files.pdf(1))
    row = CourseFile.objects.get(pk=paper.pk)
    CourseFile.objects.filter(pk=paper.pk).update(file="files/other.pdf")
    assert drawing._keep(row, [SlidePicture(source=row, number=1, width=1, height=1)]) is False
    assert not SlidePicture.objects.exists()


def test_draw_gives_up_after_its_tries_when_a_pdf_is_broken(room, settings):
    paper = files.kept_file(room.collection, content=b"%PDF-1.7 nothing")
    good = files.kept_file(room.collection, name="good.pdf", content=files.pdf(1))
    for _ in range(drawing.TRIES):
        assert paper.pk in drawing.waiting()
        jobs.draw_waiting()
    assert drawing.waiting() == []
    assert good.slides.count() == 1
    assert len(stored("slides", settings)) == 1


def test_draw_ends_the_process_when_its_time_is_over(room, settings, monkeypatch):
    monkeypatch.setattr(drawing, "_DRAWING_SECONDS", 0.01)
    paper = files.kept_file(room.collection, content=files.pdf(20))
    with pytest.raises(drawing.DrawingError):
        drawing.draw(paper.pk)
    assert not paper.slides.exists()
    assert stored("slides", settings) == []


def test_task_draws_the_others_when_one_is_broken(room):
    broken = files.kept_file(room.collection, content=b"%PDF-1.7 nothing")
    good = files.kept_file(room.collection, name="good.pdf", content=files.pdf(1))
    tasks.draw(broken.pk, good.pk)
    assert good.slides.count() == 1


def test_sweep_finds_what_the_queue_lost(room):
    lost = files.kept_file(room.collection, content=files.pdf(1))
    jobs.draw_waiting()
    assert lost.slides.count() == 1
