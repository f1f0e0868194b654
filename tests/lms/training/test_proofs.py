"""Scans that prove an excuse: kept with the mark or the appeal, cleaned, seen by who decides and the person alone."""

import io

import pytest
import time_machine

from lms.journal.models import Line
from lms.lib import scans
from lms.training import appealing, attending
from lms.training.models import AttendanceAppeal, AttendanceMark
from tests.factories import attendance as held
from tests.factories import certs, people
from tests.factories import training as make
from tests.factories.attendance import HOUR
from tests.factories.people import AT

AFTER = AT + 3 * HOUR
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\n%%EOF\n"


@pytest.fixture(autouse=True)
def _private(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path
    with time_machine.travel(AFTER, tick=False):
        yield


@pytest.fixture
def kept(tmp_path):
    return lambda: list((tmp_path / "scans").glob("*"))


@pytest.fixture
def clerk(tree):
    return people.officer("clerk", tree.county, "考务")


@pytest.fixture
def session(period):
    return held.session(period)


@pytest.fixture
def seat(teacher, period):
    return make.enrolled(teacher, period)


@pytest.fixture
def as_user(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def excuse(session, seat, by, scan=None, *, reason="病假"):
    given = {"state": "excused", "reason": reason, "scan": scan or certs.picture()}
    return attending.correct(session=session, enrolment=seat, by=by, at=AFTER, **given)


def appeal(session, by, scan=None):
    return appealing.appeal(session=session, words="住院", scan=scan or certs.picture(), by=by, at=AFTER)


def page(session, seat):
    return f"/training/sessions/{session.pk}/people/{seat.pk}/"


def test_correct_keeps_the_scan_with_its_mark_drawn_anew(clerk, session, seat, kept):
    excuse(session, seat, clerk)
    (mark,) = AttendanceMark.objects.all()
    (file,) = kept()
    assert (file.suffix, file.read_bytes()[:3]) == (".jpg", b"\xff\xd8\xff")
    assert scans.read(mark.file, mark.digest) is not None
    assert Line.objects.get(act="training.attendance_corrected").facts["digest"] == mark.digest


@pytest.mark.parametrize("act", [excuse, appeal])
@pytest.mark.parametrize(
    ("scan", "refusal"),
    [
        (io.BytesIO(b"<html>"), scans.NotAScan),
        (io.BytesIO(b"\x00" * (scans.MAX_BYTES + 1)), scans.ScanTooBig),
        (io.BytesIO(b"%PDF-1.4 torn"), scans.NotAScan),
    ],
)
def test_a_file_that_is_no_scan_is_refused_and_nothing_is_noted(
    clerk, teacher, session, seat, kept, act, scan, refusal
):
    scan.seek(0)
    with pytest.raises(refusal):
        excuse(session, seat, clerk, scan) if act is excuse else appeal(session, teacher.user, scan)
    assert not AttendanceMark.objects.exists()
    assert not AttendanceAppeal.objects.exists()
    assert kept() == []


def test_a_scan_is_forgotten_where_the_act_is_refused(clerk, teacher, session, seat, kept):
    with pytest.raises(attending.CorrectionUnexplained):
        excuse(session, seat, clerk, reason=" ")
    appeal(session, teacher.user)
    with pytest.raises(appealing.AppealedBefore):
        appeal(session, teacher.user)
    assert len(kept()) == 1


def test_a_granted_appeal_hands_its_scan_to_the_mark(clerk, teacher, session, seat):
    made = appeal(session, teacher.user)
    appealing.decide(appeal=made, state="excused", reason="有病历", by=clerk, at=AFTER)
    mark = AttendanceMark.objects.get()
    assert (mark.state, mark.file, mark.digest) == ("excused", made.file, made.digest)


def test_proofs_are_seen_by_who_decides_and_the_person_alone(as_user, tree, clerk, teacher, session, seat):
    made = appeal(session, teacher.user)
    excuse(session, seat, clerk, io.BytesIO(PDF))
    marked, appealed = (
        f"/training/marks/{AttendanceMark.objects.get().pk}/proof/",
        f"/training/appeals/{made.pk}/proof/",
    )
    for user in (clerk, teacher.user, people.officer("bureau_officer", tree.county)):
        assert as_user(user).get(marked)["Content-Type"] == "application/pdf"
        answer = as_user(user).get(appealed)
        assert (answer["Content-Type"], answer["Cache-Control"]) == ("image/jpeg", "no-store, private")
    colleague = people.teacher("同事", school=tree.school)
    make.enrolled(colleague, session.period)
    others = ("school_officer", tree.school), ("trainer", tree.neighbour), ("auditor", tree.county)
    for user in (colleague.user, *(people.officer(*each) for each in others)):
        for address in (marked, appealed):
            assert as_user(user).get(address).status_code == 404
    AttendanceMark.objects.update(file="scans/gone.pdf")
    assert as_user(clerk).get(marked).status_code == 404
    AttendanceMark.objects.update(file="", digest="")
    assert as_user(clerk).get(marked).status_code == 404


def test_the_clerk_adds_a_scan_and_she_finds_it_among_her_sessions(as_user, clerk, teacher, session, seat):
    client = as_user(clerk)
    typed = {"state": "excused", "reason": "病假"}
    wrong = client.post(page(session, seat), typed | {"scan": io.BytesIO(b"<html>")})
    assert (wrong.status_code, 'id="id_scan"' in wrong.text, "病假" in wrong.text) == (422, True, True)
    assert not AttendanceMark.objects.exists()
    assert client.post(page(session, seat), typed | {"scan": certs.picture()}).status_code == 302
    address = f"/training/marks/{AttendanceMark.objects.get().pk}/proof/"
    assert address in client.get(page(session, seat)).text
    assert address in as_user(teacher.user).get("/training/").text


def test_she_adds_a_scan_to_her_appeal_and_the_clerk_finds_it(as_user, clerk, teacher, session, seat):
    client = as_user(teacher.user)
    address = f"/training/sessions/{session.pk}/appeal/"
    assert client.post(address, {"words": "住院", "scan": certs.picture()}).status_code == 302
    made = AttendanceAppeal.objects.get()
    link = f"/training/appeals/{made.pk}/proof/"
    assert link in client.get("/training/").text
    assert link in as_user(clerk).get(f"/training/appeals/{made.pk}/").text
