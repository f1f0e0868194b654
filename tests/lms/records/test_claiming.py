"""A claim of hours: drafted, handed in, verified by the school, recognised once by the bureau, or not."""

import datetime as dt
import io
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from lms.inbox import rendering
from lms.journal.models import Line
from lms.lib import scans
from lms.people import merging
from lms.people.access import NotYourOffice
from lms.people.models import Posting
from lms.records import claiming, ledger, queries, recognising
from lms.records.models import HourClaim, HourClaimProof, HourEntry
from tests.factories import certs, people
from tests.factories import records as make
from tests.factories.people import AT

State = HourClaim.State


@pytest.fixture(autouse=True)
def private(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path
    return tmp_path


@pytest.fixture(autouse=True)
def rules(tree):
    return make.rules(tree.county)


@pytest.fixture
def teacher(tree):
    return people.teacher("林知微", school=tree.school)


@pytest.fixture
def school(tree):
    return people.officer("school_officer", tree.school, "校办")


@pytest.fixture
def bureau(tree):
    return people.officer("bureau_officer", tree.county, "沈县")


def kept(private):
    return sorted((private / "scans").glob("*")) if (private / "scans").exists() else []


def states(claim):
    return list(claim.steps.order_by("pk").values_list("state", flat=True))


def told(teacher):
    message = teacher.user.messages.order_by("-pk").first()
    words = rendering.words(message)
    return words.subject, words.body


# Drafting


def test_draft_is_the_teachers_alone(teacher, school, bureau, at):
    claim = make.drafted(teacher, title=" 倾听 ")
    assert (claim.state, claim.title, claim.hours, states(claim)) == ("draft", "倾听", 20, ["draft"])
    assert list(HourClaim.objects.visible_to(teacher.user, at)) == [claim]
    for user in (school, bureau):
        assert not HourClaim.objects.visible_to(user, at).exists()
        assert not HourClaim.objects.managed_by(user, at).exists()
    assert Line.objects.filter(act="records.claim_drafted").get().actor == teacher.user


def test_draft_change_and_proofs_are_refused_to_anybody_else(teacher, school, tree):
    claim = make.drafted(teacher)
    other = people.teacher("同校", school=tree.school).user
    for by in (school, other):
        for act in (
            lambda by=by: claiming.draft(teacher=teacher, deed=make.deed(), by=by, at=AT),
            lambda by=by: claiming.change(claim=claim, deed=make.deed(), by=by, at=AT),
            lambda by=by: claiming.add_proof(claim=claim, scan=make.scan(), by=by, at=AT),
            lambda by=by: claiming.remove_proof(proof=claim.proofs.get(), by=by, at=AT),
            lambda by=by: claiming.submit(claim=claim, by=by, at=AT),
        ):
            with pytest.raises(claiming.NotYourClaim):
                act()


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"kind": "poem"}, claiming.KindUnknown),
        ({"level": "planet"}, claiming.KindUnknown),
        ({"title": "  "}, claiming.DeedUnnamed),
        ({"organiser": ""}, claiming.DeedUnnamed),
        ({"begun_on": dt.date(2024, 1, 13)}, claiming.DeedReversed),
        ({"done_on": dt.date(2024, 3, 6)}, claiming.DeedAhead),
        ({"hours": Decimal(0)}, claiming.HoursUnusable),
        ({"hours": Decimal("500.1")}, claiming.HoursUnusable),
        ({"hours": Decimal("1.25")}, claiming.HoursUnusable),
    ],
)
def test_draft_and_change_are_refused_when_the_deed_makes_no_sense(teacher, more, refusal):
    claim = make.drafted(teacher)
    with pytest.raises(refusal):
        make.drafted(teacher, **more)
    with pytest.raises(refusal):
        claiming.change(claim=claim, deed=make.deed(**more), by=teacher.user, at=AT)
    assert HourClaim.objects.count() == 1


def test_change_puts_a_draft_right(teacher):
    claim = make.drafted(teacher)
    claiming.change(claim=claim, deed=make.deed(kind="award", hours=Decimal(6)), by=teacher.user, at=AT)
    claim.refresh_from_db()
    assert (claim.kind, claim.hours) == ("award", 6)


# Proofs


def test_add_proof_keeps_the_cleaned_scan_and_remove_proof_forgets_it(
    teacher, private, django_capture_on_commit_callbacks
):
    claim = make.drafted(teacher)
    proof = claim.proofs.get()
    assert [f"scans/{each.name}" for each in kept(private)] == [proof.file]
    assert scans.read(proof.file, proof.digest).ending == ".jpg"
    with django_capture_on_commit_callbacks(execute=True):
        claiming.remove_proof(proof=proof, by=teacher.user, at=AT)
    assert (claim.proofs.count(), kept(private)) == (0, [])


@pytest.mark.parametrize("content", [b"", b"<html>", b"PK\x03\x04", b"%PDF-1.7 without an end"])
def test_add_proof_is_refused_for_what_is_neither_picture_nor_pdf(teacher, content, private):
    claim = make.drafted(teacher, proof=False)
    with pytest.raises(scans.BadScan):
        claiming.add_proof(claim=claim, scan=io.BytesIO(content), by=teacher.user, at=AT)
    assert kept(private) == []


def test_the_same_proof_is_refused_twice_for_oneself_and_for_anybody(teacher, tree, private):
    first, second = make.drafted(teacher, proof=False, title="第一篇"), make.drafted(teacher, proof=False)
    other = make.drafted(people.teacher("同校", school=tree.school), proof=False)
    claiming.add_proof(claim=first, scan=certs.picture("red"), by=teacher.user, at=AT)
    for claim in (first, second):
        with pytest.raises(claiming.ProofGiven, match="第一篇"):
            claiming.add_proof(claim=claim, scan=certs.picture("red"), by=teacher.user, at=AT)
    with pytest.raises(claiming.ProofOfAnother) as refused:
        claiming.add_proof(claim=other, scan=certs.picture("red"), by=other.teacher.user, at=AT)
    assert "林" not in str(refused.value)  # whose it is stays with the bureau
    assert len(kept(private)) == HourClaimProof.objects.count() == 1


def test_the_same_proof_is_refused_when_its_claim_was_turned_down_and_free_when_it_was_removed(teacher, school):
    claim = make.drafted(teacher, proof=False)
    removed = claiming.add_proof(claim=claim, scan=certs.picture("red"), by=teacher.user, at=AT)
    claiming.remove_proof(proof=removed, by=teacher.user, at=AT)
    claiming.add_proof(claim=claim, scan=certs.picture("red"), by=teacher.user, at=AT)
    claiming.submit(claim=claim, by=teacher.user, at=AT)
    recognising.turn_down(claim=claim, reason="非本人论文", by=school, at=AT)
    with pytest.raises(claiming.ProofGiven):
        claiming.add_proof(claim=make.drafted(teacher, proof=False), scan=certs.picture("red"), by=teacher.user, at=AT)


def test_no_content_proves_two_claims_whoever_writes(teacher):
    proof = make.drafted(teacher).proofs.get()
    proof.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        proof.save(force_insert=True)


def test_add_proof_is_refused_when_there_are_enough(teacher):
    claim = make.drafted(teacher)
    for _n in range(claiming.MOST_PROOFS - 1):
        claiming.add_proof(claim=claim, scan=make.scan(), by=teacher.user, at=AT)
    with pytest.raises(claiming.ProofsEnough, match="6"):
        claiming.add_proof(claim=claim, scan=make.scan(), by=teacher.user, at=AT)


# Handing in


def test_submit_hands_it_to_her_school(teacher, school, bureau, tree, at):
    claim = make.submitted(teacher)
    assert (claim.state, claim.submitted_at, states(claim)) == ("submitted", AT, ["draft", "submitted"])
    for user in (school, bureau, people.officer("auditor", tree.county)):
        assert list(HourClaim.objects.visible_to(user, at)) == [claim]
    for office, unit in (("bureau_officer", tree.neighbour), ("school_officer", tree.other_school)):
        assert not HourClaim.objects.visible_to(people.officer(office, unit), at).exists()
    assert not teacher.user.messages.exists()


def test_submit_is_refused_without_a_proof(teacher):
    with pytest.raises(claiming.ProofMissing):
        claiming.submit(claim=make.drafted(teacher, proof=False), by=teacher.user, at=AT)


def test_submit_is_refused_for_a_kind_that_the_rules_of_its_day_do_not_credit(teacher):
    early = {"begun_on": dt.date(2020, 12, 31), "done_on": dt.date(2020, 12, 31)}
    for more in ({"kind": "open_lesson"}, early):
        with pytest.raises(claiming.NotCredited):
            make.submitted(teacher, **more)


def test_submit_is_refused_when_she_was_at_no_school(teacher):
    Posting.objects.update(until_on=dt.date(2023, 8, 31))
    with pytest.raises(claiming.WithoutSchool, match="林知微"):
        make.submitted(teacher)


def test_what_is_handed_in_is_changed_no_more_until_it_is_returned(teacher, school):
    claim = make.submitted(teacher)
    proof = claim.proofs.get()
    acts = (
        lambda: claiming.change(claim=claim, deed=make.deed(), by=teacher.user, at=AT),
        lambda: claiming.add_proof(claim=claim, scan=make.scan(), by=teacher.user, at=AT),
        lambda: claiming.remove_proof(proof=proof, by=teacher.user, at=AT),
        lambda: claiming.submit(claim=claim, by=teacher.user, at=AT),
    )
    for act in acts:
        with pytest.raises(claiming.NotOpen):
            act()
    recognising.send_back(claim=claim, reason="请补封面", by=school, at=AT)
    for act in (acts[0], acts[1]):
        claim.refresh_from_db()
        act()
    assert claiming.submit(claim=HourClaim.objects.get(), by=teacher.user, at=AT).state == "submitted"


# The school


def test_verify_hands_it_on_to_the_bureau_and_tells_the_teacher(teacher, school):
    claim = make.verified(teacher, school, title="倾听")
    assert (claim.state, claim.verified_by) == ("school_verified", school)
    subject, body = told(teacher)
    assert ("校审通过" in subject, "倾听" in subject, "教育局" in body) == (True, True, True)
    assert not HourEntry.objects.exists()


def test_verify_is_refused_to_another_school_to_a_neighbour_and_to_who_only_looks(teacher, tree):
    claim = make.submitted(teacher)
    sister = people.organisation("澜溪县第二小学", parent=tree.county)
    for office, unit in (
        ("school_officer", sister),
        ("school_officer", tree.other_school),
        ("bureau_officer", tree.neighbour),
        ("auditor", tree.county),
        ("exam_officer", tree.county),
    ):
        by = people.officer(office, unit)
        assert recognising.may(claim, by, AT) == []
        for act in (
            lambda by=by: recognising.verify(claim=claim, by=by, at=AT),
            lambda by=by: recognising.send_back(claim=claim, reason="错", by=by, at=AT),
            lambda by=by: recognising.turn_down(claim=claim, reason="错", by=by, at=AT),
        ):
            with pytest.raises(NotYourOffice):
                act()


def test_nobody_decides_about_her_own_claim(teacher, tree, school, bureau):
    for office, unit in (("school_officer", tree.school), ("bureau_officer", tree.county)):
        people.appointment(teacher.user, office, unit)
    claim = make.submitted(teacher)
    assert recognising.may(claim, teacher.user, AT) == []
    with pytest.raises(recognising.OwnClaim):
        recognising.verify(claim=claim, by=teacher.user, at=AT)
    recognising.verify(claim=claim, by=school, at=AT)
    for act in (
        lambda: recognising.recognise(claim=claim, by=teacher.user, at=AT),
        lambda: recognising.send_back(claim=claim, reason="错", by=teacher.user, at=AT),
        lambda: recognising.turn_down(claim=claim, reason="错", by=teacher.user, at=AT),
    ):
        with pytest.raises(recognising.OwnClaim):
            act()
    recognising.recognise(claim=claim, by=bureau, at=AT)
    with pytest.raises(recognising.OwnClaim):
        recognising.take_back(claim=claim, reason="错", by=teacher.user, at=AT)


def test_verify_and_recognise_are_refused_when_a_scan_is_lost(teacher, school, bureau, private):
    claim, second = make.submitted(teacher), make.verified(teacher, school)
    for file in kept(private):
        file.write_bytes(b"something else")
    with pytest.raises(recognising.ProofLost):
        recognising.verify(claim=claim, by=school, at=AT)
    with pytest.raises(recognising.ProofLost):
        recognising.recognise(claim=second, by=bureau, at=AT)


# The bureau


def test_recognise_posts_the_hours_once_on_the_days_of_the_deed_and_tells_the_teacher(teacher, school, bureau):
    claim = make.recognised(teacher, school, bureau, title="倾听")
    entry = HourEntry.objects.get()
    assert (entry.category, entry.hours, entry.title) == ("professional", 20, "倾听")
    assert (entry.begun_on, entry.earned_on) == (dt.date(2024, 1, 8), dt.date(2024, 1, 12))
    assert (entry.source, entry.posted_by) == (f"records.hourclaim:{claim.pk}", bureau)
    assert (claim.state, claim.entry, claim.recognised_by) == ("bureau_recognised", entry, bureau)
    assert states(claim) == ["draft", "submitted", "school_verified", "bureau_recognised"]
    subject, body = told(teacher)
    assert ("已认定" in subject, "20学时" in body.replace(" ", ""), "超出" in body) == (True, True, False)
    with pytest.raises(recognising.MovedMeanwhile):
        recognising.recognise(claim=claim, by=bureau, at=AT)
    assert HourEntry.objects.count() == 1


def test_recognise_cuts_at_the_cap_of_the_kind_and_says_so(teacher, school, bureau):
    make.recognised(teacher, school, bureau)
    claim = make.verified(teacher, school)
    earned = recognising.worth(claim)
    assert (earned.full, earned.cap, earned.used, earned.hours, earned.is_cut) == (20, 28, 20, 8, True)
    recognising.recognise(claim=claim, by=bureau, at=AT)
    assert sorted(each.hours for each in HourEntry.objects.all()) == [8, 20]
    assert "28" in told(teacher)[1]
    assert Line.objects.filter(act="records.claim_recognised").last().facts["cap"] == "28.0"
    third = make.verified(teacher, school)
    with pytest.raises(recognising.NothingLeft, match="28"):
        recognising.recognise(claim=third, by=bureau, at=AT)


def test_the_cap_is_that_of_one_training_year_one_kind_and_one_person(teacher, school, bureau, tree):
    make.recognised(teacher, school, bureau, hours=Decimal(28))
    others = [
        make.recognised(teacher, school, bureau, begun_on=dt.date(2023, 12, 31), done_on=dt.date(2023, 12, 31)),
        make.recognised(teacher, school, bureau, kind="outside_training"),
        make.recognised(people.teacher("同校", school=tree.school), school, bureau),
    ]
    assert [each.entry.hours for each in others] == [20, 20, 20]


def test_what_was_taken_back_leaves_its_place_under_the_cap(teacher, school, bureau):
    claim = make.recognised(teacher, school, bureau, hours=Decimal(28))
    recognising.take_back(claim=claim, reason="重复发表", by=bureau, at=AT)
    assert make.recognised(teacher, school, bureau, hours=Decimal(28)).entry.hours == 28


def test_a_kind_with_hours_of_its_own_is_credited_with_them_whatever_the_paper_states(teacher, school, bureau):
    claim = make.recognised(teacher, school, bureau, kind="award", hours=Decimal(2))
    assert (claim.entry.hours, claim.entry.category) == (18, "elective")


@pytest.mark.parametrize(
    ("kind", "converted", "counts"), [("paper", True, 20), ("award", True, 18), ("outside_training", False, 8)]
)
def test_a_day_cuts_the_hours_of_a_training_and_none_of_a_paper(teacher, school, bureau, kind, converted, counts):
    one_day = {"begun_on": dt.date(2024, 1, 12), "done_on": dt.date(2024, 1, 12)}
    claim = make.recognised(teacher, school, bureau, kind=kind, **one_day)
    assert claim.entry.is_converted is converted
    assert queries.ledger(teacher, dt.date(2024, 3, 5)).judged.hours == counts


def test_recognise_is_refused_to_the_school_and_to_who_verified_it(teacher, school, bureau):
    claim = make.verified(teacher, school)
    with pytest.raises(NotYourOffice):
        recognising.recognise(claim=claim, by=school, at=AT)
    claim = make.verified(teacher, bureau)
    assert recognising.may(claim, bureau, AT) == ["return", "reject"]
    with pytest.raises(recognising.VerifiedByYourself):
        recognising.recognise(claim=claim, by=bureau, at=AT)


def test_recognise_is_refused_before_the_school_has_looked(teacher, bureau):
    with pytest.raises(recognising.MovedMeanwhile):
        recognising.recognise(claim=make.submitted(teacher), by=bureau, at=AT)


@pytest.mark.parametrize(
    ("act", "state", "word"),
    [(recognising.send_back, "returned", "退回"), (recognising.turn_down, "rejected", "不予认定")],
)
def test_school_and_bureau_return_or_turn_down_with_a_reason(teacher, school, bureau, act, state, word):
    at_school, at_bureau = make.submitted(teacher), make.verified(teacher, school)
    for claim, by in ((at_school, school), (at_bureau, bureau)):
        with pytest.raises(recognising.DecisionUnexplained):
            act(claim=claim, reason=" ", by=by, at=AT)
        done = act(claim=claim, reason=" 影像不清。 ", by=by, at=AT)
        assert (done.state, done.steps.last().reason) == (state, "影像不清。")
        subject, body = told(teacher)
        assert (word in subject, "影像不清。" in body) == (True, True)
        with pytest.raises(recognising.MovedMeanwhile):
            act(claim=claim, reason="再次", by=by, at=AT)


def test_the_school_decides_no_more_once_the_bureau_has_it(teacher, school):
    claim = make.verified(teacher, school)
    assert recognising.may(claim, school, AT) == []
    for act in (recognising.send_back, recognising.turn_down):
        with pytest.raises(NotYourOffice):
            act(claim=claim, reason="错", by=school, at=AT)
    with pytest.raises(recognising.MovedMeanwhile):
        recognising.verify(claim=claim, by=school, at=AT)


def test_what_was_turned_down_is_final(teacher, school):
    claim = recognising.turn_down(claim=make.submitted(teacher), reason="非本人", by=school, at=AT)
    with pytest.raises(claiming.NotOpen):
        claiming.submit(claim=claim, by=teacher.user, at=AT)


def test_what_is_returned_is_verified_anew(teacher, school, bureau):
    claim = recognising.send_back(claim=make.verified(teacher, school), reason="补封面", by=bureau, at=AT)
    assert claim.verified_by is None
    claiming.submit(claim=claim, by=teacher.user, at=AT)
    claim.refresh_from_db()
    assert recognising.may(claim, school, AT) == ["verify", "return", "reject"]


# Taking back


def test_a_reversal_in_the_ledger_takes_the_claim_back_with_it(teacher, school, bureau):
    claim = make.recognised(teacher, school, bureau)
    ledger.reverse(entry=claim.entry, reason="重复登记", by=bureau, at=AT)
    claim.refresh_from_db()
    assert (claim.state, claim.steps.last().reason, claim.steps.last().by) == ("reversed", "重复登记", bureau)
    assert recognising.may(claim, bureau, AT) == []
    with pytest.raises(recognising.MovedMeanwhile):
        recognising.take_back(claim=claim, reason="再次", by=bureau, at=AT)


def test_take_back_reverses_the_hours_and_is_refused_without_reason_or_office(teacher, school, bureau):
    claim = make.recognised(teacher, school, bureau)
    assert recognising.may(claim, bureau, AT) == ["take_back"]
    with pytest.raises(ledger.ReversalUnexplained):
        recognising.take_back(claim=claim, reason=" ", by=bureau, at=AT)
    with pytest.raises(NotYourOffice):
        recognising.take_back(claim=claim, reason="错", by=school, at=AT)
    assert recognising.take_back(claim=claim, reason="撤稿", by=bureau, at=AT).hours == -20
    assert sum(each.hours for each in HourEntry.objects.all()) == 0


# Through mergers and transfers


def test_a_claim_goes_with_the_person_through_a_merger(teacher, school, bureau, tree):
    double = people.teacher("林知薇", school=tree.school)
    claim = make.recognised(double, school, bureau)
    waiting = make.submitted(people.teacher("林之微", school=tree.school))
    with pytest.raises(merging.StillUnderWay):
        merging.merge(lesser=waiting.teacher, greater=teacher, reason="同一人", by=bureau, at=AT)
    merging.merge(lesser=double, greater=teacher, reason="同一人", by=bureau, at=AT)
    assert list(HourClaim.objects.held_by(teacher.user)) == [claim]
    # One person has one cap.
    assert make.recognised(teacher, school, bureau).entry.hours == 8


def test_a_claim_goes_with_the_teacher_to_her_new_school(teacher, school, tree, at):
    claim = make.submitted(teacher)
    Posting.objects.filter(teacher=teacher).update(until_on=dt.date(2024, 2, 29))
    Posting.objects.create(teacher=teacher, organisation=tree.other_school, from_on=dt.date(2024, 3, 1))
    assert recognising.may(claim, school, at) == []
    assert recognising.may(claim, people.officer("school_officer", tree.other_school), at) == [
        "verify",
        "return",
        "reject",
    ]
