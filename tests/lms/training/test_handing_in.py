"""A teacher with a seat hands in words or a file until it is due; the revision stands beside what came first."""

import io
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from PIL import Image

from lms.journal.models import Line
from lms.lib import scans
from lms.people import merging
from lms.training import assigning, handing_in
from lms.training.models import Enrolment, Submission, SubmissionVersion
from tests.factories import assignments as work
from tests.factories import files, people
from tests.factories import training as make
from tests.factories.people import AT
from tests.factories.training import DAY

EXTERNAL = '<Relationship Type="http://x/attachedTemplate" Target="http://evil.example" TargetMode="External"/>'


@pytest.fixture(autouse=True)
def private(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def seat(teacher, period):
    return make.enrolled(teacher, period)


@pytest.fixture
def assignment(period, seat):
    return work.assignment(period)


def hand_in(assignment, teacher, content=None, *, text="", at=AT):
    file = None if content is None else io.BytesIO(content)
    return handing_in.hand_in(assignment=assignment, text=text, file=file, by=teacher.user, at=at)


def kept(folder: Path):
    return [each for each in folder.rglob("*") if each.is_file()]


def test_hand_in_keeps_the_words_with_a_line_that_does_not_repeat_them(assignment, seat, teacher):
    made = hand_in(assignment, teacher, text=" 我和小安谈了。 ")
    assert (made.state, made.enrolment, made.handed_in_at) == ("handed_in", seat, AT)
    version = made.versions.get()
    assert (version.number, version.text, version.file) == (1, "我和小安谈了。", "")
    line = Line.objects.get(act="training.work_handed_in")
    assert (line.actor, line.facts) == (teacher.user, {"version": 1, "characters": 7, "digest": ""})


@pytest.mark.parametrize(
    ("content", "ending"), [(files.pdf(1), ".pdf"), (files.office("docx"), ".docx"), (files.picture("PNG"), ".jpg")]
)
def test_hand_in_keeps_pdf_word_and_pictures(assignment, teacher, content, ending):
    version = hand_in(assignment, teacher, content).versions.get()
    scan = scans.read(version.file, version.digest)
    assert (scan.ending, version.is_picture) == (ending, ending == ".jpg")
    assert (scan.content == content) is (ending != ".jpg")


def test_hand_in_draws_a_picture_anew_without_what_the_phone_wrote(assignment, teacher):
    version = hand_in(assignment, teacher, files.photo()).versions.get()
    content = scans.read(version.file, version.digest).content
    assert b"SECRET" not in content
    assert Image.open(io.BytesIO(content)).size == (40, 80)


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", handing_in.NotAWork),
        (b"<script>alert(1)</script>", handing_in.NotAWork),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, handing_in.NotAWork),
        (b"%PDF-1.7 cut off", handing_in.NotAWork),
        (files.office("xlsx"), handing_in.NotAWork),
        (files.office() + b"<script>", handing_in.NotAWork),
        (b"PK\x03\x04" + b"\0" * 60, handing_in.NotAWork),
        (files.office(extra=[("word/vbaProject.bin", "x")]), handing_in.WorkDangerous),
        (files.office(relations=EXTERNAL), handing_in.WorkDangerous),
        (files.office(extra=[("word/media/a.bin", b"\0" * 9_000_000)]), handing_in.WorkTooBig),
        (b"%PDF-" + b"\0" * scans.MAX_BYTES + b"%%EOF", handing_in.WorkTooBig),
    ],
)
def test_hand_in_is_refused_files_that_pretend_or_endanger(assignment, teacher, private, content, refusal):
    with pytest.raises(refusal) as refused:
        hand_in(assignment, teacher, content, text="附件")
    assert str(refused.value)
    assert (Submission.objects.count(), kept(private)) == (0, [])


def test_hand_in_is_refused_a_picture_of_too_many_pixels(assignment, teacher, monkeypatch):
    monkeypatch.setattr(scans, "MAX_PIXELS", 100)
    with pytest.raises(scans.TooManyPixels):
        hand_in(assignment, teacher, files.picture())


def test_hand_in_is_refused_empty_too_long_and_what_it_does_not_take(period, seat, teacher):
    both = work.assignment(period)
    with pytest.raises(handing_in.NothingHandedIn):
        hand_in(both, teacher, text="  ")
    with pytest.raises(handing_in.TextTooLong):
        hand_in(both, teacher, text="长" * 20_001)
    with pytest.raises(handing_in.TextNotTaken):
        hand_in(work.assignment(period, takes_text=False), teacher, files.pdf(1), text="文字")
    with pytest.raises(handing_in.FileNotTaken):
        hand_in(work.assignment(period, takes_file=False), teacher, files.pdf(1), text="文字")
    assert not Submission.objects.exists()


def test_hand_in_is_refused_without_a_seat(tree, assignment, programme):
    full = make.period(programme, 2, capacity=1)
    waits = people.teacher("候补", school=tree.school)
    make.enrolled(people.teacher("先来", school=tree.school), full)
    make.enrolled(waits, full)
    for teacher, which in ((waits, work.assignment(full)), (people.teacher("旁人", school=tree.school), assignment)):
        with pytest.raises(handing_in.NoSeatForWork):
            work.handed_in(which, teacher)


@pytest.mark.parametrize("state", ["withdrawn", "not_completed"])
def test_hand_in_is_refused_when_the_seat_is_gone(assignment, teacher, state):
    Enrolment.objects.update(state=state)
    with pytest.raises(handing_in.NoSeatForWork):
        work.handed_in(assignment, teacher)


def test_hand_in_is_refused_when_it_is_due_and_when_it_was_withdrawn(officer, assignment, teacher):
    with pytest.raises(handing_in.TooLate):
        work.handed_in(assignment, teacher, at=assignment.due_at)
    assigning.withdraw(assignment=assignment, reason="重复", by=officer, at=AT)
    with pytest.raises(assigning.AssignmentWithdrawn):
        work.handed_in(assignment, teacher)


def test_hand_in_is_refused_while_it_waits_and_once_it_is_graded(officer, assignment, teacher):
    made = work.handed_in(assignment, teacher)
    with pytest.raises(handing_in.WaitsToBeRead):
        work.handed_in(assignment, teacher)
    work.graded(made, by=officer)
    with pytest.raises(handing_in.GradedAlready):
        work.handed_in(assignment, teacher)
    assert made.versions.count() == 1


def test_hand_in_again_stands_beside_the_first_also_after_the_day_it_was_due(officer, assignment, teacher):
    made = work.handed_in(assignment, teacher, text="第一稿")
    work.sent_back(made, by=officer, at=AT + 10 * DAY)
    again = work.handed_in(assignment, teacher, text="第二稿", at=AT + 16 * DAY)
    assert (again.pk, again.state, again.feedback) == (made.pk, "handed_in", "")
    assert [(each.number, each.text, each.reason) for each in made.versions.all()] == [
        (1, "第一稿", "请补充您的思考"),
        (2, "第二稿", ""),
    ]


def test_hand_in_again_is_refused_when_the_time_for_revising_is_over(officer, assignment, teacher):
    made = work.sent_back(work.handed_in(assignment, teacher), by=officer)
    with pytest.raises(handing_in.TooLate):
        work.handed_in(assignment, teacher, at=made.due_at)


def test_hand_in_by_the_record_that_stays_after_a_merge(tree, period, teacher):
    double = people.teacher("林知薇", school=tree.school)
    seat = make.enrolled(double, period)
    merging.merge(lesser=double, greater=teacher, reason="同一人", by=None, at=AT)
    assert work.handed_in(work.assignment(period), teacher).enrolment == seat


def test_hand_in_forgets_the_file_when_the_row_cannot_be_kept(assignment, teacher, private, monkeypatch):
    def fail(*_given, **_more):
        raise RuntimeError("the database is gone")

    monkeypatch.setattr(handing_in.journal, "write", fail)
    with pytest.raises(RuntimeError):
        hand_in(assignment, teacher, files.pdf(1))
    assert (Submission.objects.count(), kept(private)) == (0, [])


def test_nothing_is_handed_in_twice_nor_empty_in_the_database(assignment, teacher, seat):
    made = work.handed_in(assignment, teacher)
    with pytest.raises(IntegrityError), transaction.atomic():
        Submission.objects.create(assignment=assignment, enrolment=seat, handed_in_at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        SubmissionVersion.objects.create(submission=made, number=2, handed_in_at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        Submission.objects.update(state="returned")
