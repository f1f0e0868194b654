"""Certificates from elsewhere: submitted with a scan, decided by another officer; the same paper never twice."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from certs import queries, recognising, requiring, vouching
from certs.models import ExternalCredential
from lms.inbox import rendering
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.lib import scans
from lms.people.access import NotYourOffice
from lms.people.models import Appointment, Posting
from tests.factories import certs, people

Office = Appointment.Office


@pytest.fixture(autouse=True)
def private(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def teacher(tree):
    return people.teacher("林知微", school=tree.school)


@pytest.fixture
def officer(tree):
    return people.officer(Office.BUREAU_OFFICER, tree.county, "沈县")


@pytest.fixture
def school_officer(tree):
    return people.officer(Office.SCHOOL_OFFICER, tree.school, "校办")


@pytest.fixture
def level(tree):
    return certs.level(tree.county)


@pytest.fixture
def kind(tree, officer, level):
    return certs.kind(tree.county, equals=level, by=officer)


@pytest.fixture
def submit(teacher, kind):
    def one(**more):
        return certs.submitted(more.pop("teacher", teacher), more.pop("kind", kind), **more)

    return one


def verify(row, by, at):
    return vouching.verify(credential=row, seen_digest=vouching.view_digest(row), by=by, at=at)


def kept(private):
    return sorted((private / "scans").glob("*")) if (private / "scans").exists() else []


# Submitting


def test_submit_waits_and_counts_for_nothing_yet(submit, teacher, level, private):
    row = submit(number=" ｓｊ－ 0001 ", expires_on=dt.date(2030, 1, 1))
    row.refresh_from_db()
    assert (row.state, row.number, row.submitted_by) == ("to_be_verified", "SJ-0001", teacher.user)
    assert [f"scans/{each.name}" for each in kept(private)] == [row.scan]
    assert not queries.holders(level, dt.date(2024, 3, 5)).exists()
    line = Line.objects.get(act="certs.external_submitted")
    assert (line.actor, line.facts) == (teacher.user, {"type": "省级A证"})


def test_submit_is_possible_for_an_officer_of_her_school_or_bureau(submit, officer, school_officer):
    assert submit(by=officer).submitted_by == officer
    assert submit(by=school_officer).submitted_by == school_officer


def test_submit_is_refused_for_anybody_else(submit, tree):
    others = [
        people.teacher("同校", school=tree.school).user,
        people.officer(Office.EXAM_OFFICER, tree.county),
        people.officer(Office.AUDITOR, tree.county),
        people.officer(Office.BUREAU_OFFICER, tree.neighbour),
        people.officer(Office.SCHOOL_OFFICER, tree.other_school),
    ]
    for user in others:
        with pytest.raises(NotYourOffice):
            submit(by=user)


def test_submit_is_refused_when_she_is_at_no_school(submit, teacher, officer):
    Posting.objects.update(until_on=dt.date(2023, 8, 31))
    with pytest.raises(vouching.NoSchool, match="林知微"):
        submit()
    with pytest.raises(NotYourOffice):
        submit(by=officer)


def test_submit_is_refused_for_a_kind_of_a_neighbour_or_one_that_ended(submit, kind, tree, officer, at):
    with pytest.raises(vouching.TypeNotTaken):
        submit(kind=certs.kind(tree.neighbour))
    assert submit(kind=certs.kind(tree.province))
    recognising.end_type(kind=kind, until_on=dt.date(2024, 3, 4), by=officer, at=at)
    with pytest.raises(vouching.TypeNotTaken):
        submit()


@pytest.mark.parametrize("number", ["", "  ", "9" * 61])
def test_submit_is_refused_without_a_number_that_can_be_kept(number, submit, private):
    with pytest.raises(vouching.NumberUnusable):
        submit(number=number)
    assert kept(private) == []


def test_submit_is_refused_when_it_was_issued_tomorrow(submit):
    with pytest.raises(vouching.IssuedAhead):
        submit(issued_on=dt.date(2024, 3, 6))


def test_submit_is_refused_when_it_ends_before_it_was_issued(submit):
    with pytest.raises(requiring.DatesReversed):
        submit(expires_on=dt.date(2019, 5, 31))


def test_submit_is_refused_without_a_scan_that_can_be_read(submit, tree):
    with pytest.raises(scans.NotAScan):
        submit(scan=certs.picture(form="GIF"))
    assert not ExternalCredential.objects.exists()


def test_submit_is_refused_when_the_number_was_given_by_whomever(submit, tree, private):
    submit(number="SJ-0001")
    colleague = people.teacher("同校", school=tree.school)
    with pytest.raises(vouching.NumberGiven):
        submit(number="sj-0001 ", teacher=colleague)
    assert len(kept(private)) == 1, "the second scan is not left behind"
    with pytest.raises(IntegrityError), transaction.atomic():
        row = ExternalCredential.objects.get()
        row.pk = None
        row.save()


def test_submit_is_refused_when_the_scan_was_given_even_under_another_name(submit, tree, private):
    submit(scan=certs.picture("red"))
    with pytest.raises(vouching.ScanGiven):
        submit(scan=certs.picture("red", comment=b"x"), teacher=people.teacher("同校", school=tree.school))
    assert len(kept(private)) == 1


def test_number_and_scan_are_free_again_once_turned_down(submit, officer, at):
    row = submit(number="SJ-0001", scan=certs.picture("red"))
    vouching.turn_down(credential=row, reason="日期有误", by=officer, at=at)
    assert submit(number="SJ-0001", scan=certs.picture("red")).state == "to_be_verified"


def test_submit_for_a_merged_record_goes_to_the_one_that_stays(submit, teacher, tree):
    lesser = people.teacher("林知微", account=False, merged_into=teacher)
    assert submit(teacher=lesser, by=teacher.user).teacher == teacher


# Deciding


def test_verify_counts_from_the_day_of_issue_and_tells_the_teacher(submit, officer, level, teacher, at):
    row = verify(submit(), officer, at)
    row.refresh_from_db()
    assert (row.state, row.decided_by, row.decided_at) == ("verified", officer, at)
    assert list(queries.holders(level, dt.date(2019, 6, 1))) == [teacher]
    assert not queries.holders(level, dt.date(2019, 5, 31)).exists()
    told = Message.objects.get(kind="certs.external_decided")
    assert (told.recipient, told.address) == (teacher.user, f"/certificates/external/{row.pk}/")
    assert "核验通过" in rendering.words(told).body
    assert Line.objects.get(act="certs.external_verified").actor == officer


def test_who_submitted_it_for_her_is_told_as_well(submit, officer, school_officer, teacher, at):
    verify(submit(by=school_officer), officer, at)
    told = Message.objects.filter(kind="certs.external_decided")
    assert {each.recipient for each in told} == {teacher.user, school_officer}
    assert "林知微的证书" in rendering.words(told.get(recipient=school_officer)).body


def test_turn_down_keeps_the_reason_and_counts_for_nothing(submit, officer, level, at):
    row = vouching.turn_down(credential=submit(), reason=" 影像不清 ", by=officer, at=at)
    assert (row.state, row.reason) == ("rejected", "影像不清")
    assert not queries.holders(level, dt.date(2024, 3, 5)).exists()
    assert "影像不清" in rendering.words(Message.objects.get(kind="certs.external_decided")).body
    assert Line.objects.get(act="certs.external_turned_down").reason == "影像不清"


def test_turn_down_is_refused_without_a_reason(submit, officer, at):
    with pytest.raises(vouching.WhyNot):
        vouching.turn_down(credential=submit(), reason=" ", by=officer, at=at)


@pytest.mark.parametrize("office", [o for o in Appointment.Office if o != Office.BUREAU_OFFICER])
def test_verify_is_refused_when_the_office_is_another(office, submit, tree, at):
    with pytest.raises(NotYourOffice):
        verify(submit(), people.officer(office, tree.county), at)


def test_both_are_refused_when_the_officer_is_a_neighbour_or_she_moved_away(submit, officer, tree, teacher, at):
    row = submit()
    with pytest.raises(NotYourOffice):
        verify(row, people.officer(Office.BUREAU_OFFICER, tree.neighbour), at)
    Posting.objects.filter(teacher=teacher).update(organisation=tree.other_school)
    with pytest.raises(NotYourOffice):
        vouching.turn_down(credential=row, reason="调走", by=officer, at=at)


def test_both_are_refused_for_who_submitted_it(submit, officer, at):
    row = submit(by=officer)
    with pytest.raises(vouching.OwnSubmission):
        verify(row, officer, at)
    with pytest.raises(vouching.OwnSubmission):
        vouching.turn_down(credential=row, reason="错", by=officer, at=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        ExternalCredential.objects.update(decided_by=officer)


def test_both_are_refused_for_whose_certificate_it_is(submit, teacher, school_officer, tree, at):
    people.appointment(teacher.user, Office.BUREAU_OFFICER, tree.county)
    row = submit(by=school_officer)
    with pytest.raises(vouching.OwnCertificate):
        verify(row, teacher.user, at)


def test_both_are_refused_when_it_is_decided(submit, officer, tree, at):
    row = verify(submit(), officer, at)
    other = people.officer(Office.BUREAU_OFFICER, tree.city)
    with pytest.raises(vouching.DecidedAlready):
        verify(row, other, at)
    with pytest.raises(vouching.DecidedAlready):
        vouching.turn_down(credential=row, reason="晚了", by=other, at=at)
    assert Message.objects.filter(kind="certs.external_decided").count() == 1


def test_verify_is_refused_when_it_counts_as_something_else_meanwhile(submit, kind, officer, at):
    row = submit()
    seen = vouching.view_digest(row)
    recognising.map_type(kind=kind, equals=None, by=officer, at=at)
    with pytest.raises(vouching.SeenOtherwise):
        vouching.verify(credential=row, seen_digest=seen, by=officer, at=at)


def test_verify_is_refused_when_the_scan_is_gone(submit, officer, private, at):
    row = submit()
    (private / row.scan).unlink()
    with pytest.raises(vouching.ScanLost):
        verify(row, officer, at)
    assert vouching.turn_down(credential=row, reason="请重新拍照", by=officer, at=at).state == "rejected"


def test_the_digest_holds_everything_that_is_seen(submit):
    row = submit()
    digests = {vouching.view_digest(row)}
    for name, value in {"number": "另一个", "issued_on": dt.date(2001, 1, 1), "scan_digest": "x"}.items():
        setattr(row, name, value)
        digests.add(vouching.view_digest(row))
    assert len(digests) == 4
