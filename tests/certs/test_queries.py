"""Who holds a level on a day, and whom a rule binds: by dates, standings, equivalents and merged records."""

import datetime as dt

import pytest

from certs import issuing, queries, recognising, revoking, vouching
from certs.models import Credential
from lms.lib import clock
from lms.people.models import Appointment, PostHeld, Posting
from tests.factories import certs, people

Office = Appointment.Office
ISSUED = dt.date(2024, 3, 5)
DAY = dt.timedelta(days=1)
LATER = ISSUED + 400 * DAY


@pytest.fixture(autouse=True)
def _private(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path


@pytest.fixture
def team(tree):
    return certs.staff(tree.county)


@pytest.fixture
def officer(tree):
    return people.officer(Office.BUREAU_OFFICER, tree.county, "沈县")


@pytest.fixture
def levels(tree):
    """C below B below A, of one scheme; B runs out after twelve months."""
    return {
        code: certs.level(tree.county, code=code, rank=rank, name=f"心理{code}证", validity_months=months)
        for code, rank, months in (("C", 1, None), ("B", 2, 12), ("A", 3, None))
    }


@pytest.fixture
def someone(tree):
    return lambda name="林知微", **more: people.teacher(name, school=tree.school, **more)


@pytest.fixture
def award(levels, team):
    def one(teacher, code="B"):
        return certs.issued(levels[code], team, [teacher])[0]

    return one


@pytest.fixture
def change(team):
    def to(credential, state, day):
        at = clock.local_moment(day, dt.time(10))
        made = revoking.propose(credential=credential, to_state=state, reason="核查", by=team.proposer, at=at)
        revoking.approve(change=made, by=team.signatory, at=at)

    return to


def held(level, day, **more):
    return set(queries.holders(level, day, **more))


# Dates and ranks


def test_a_level_above_counts_and_one_below_does_not(levels, award, someone):
    a, b, c = someone("甲"), someone("乙"), someone("丙")
    for teacher, code in ((a, "A"), (b, "B"), (c, "C")):
        award(teacher, code)
    assert held(levels["C"], ISSUED) == {a, b, c}
    assert held(levels["B"], ISSUED) == {a, b}
    assert held(levels["A"], ISSUED) == {a}


def test_it_counts_from_the_day_of_issue_through_its_last_day(levels, award, someone):
    teacher = someone()
    last = award(teacher).expires_on
    assert last == dt.date(2025, 3, 5)
    assert held(levels["B"], ISSUED - DAY) == set()
    assert held(levels["B"], ISSUED) == held(levels["B"], last) == {teacher}
    assert held(levels["B"], last + DAY) == set()
    assert held(levels["B"], last + DAY, valid=False) == {teacher}
    assert held(levels["B"], ISSUED - DAY, valid=False) == set()


def test_a_list_that_waits_or_was_returned_counts_for_nobody(levels, team, someone, at):
    batch = certs.batch(levels["B"], team.proposer, [someone()])
    assert held(levels["B"], LATER, valid=False) == set()
    issuing.give_back(batch=batch, reason="错", by=team.signatory, at=at)
    assert held(levels["B"], LATER, valid=False) == set()


def test_one_who_holds_two_is_one_person(levels, award, someone):
    teacher = someone()
    for code in ("A", "B", "C"):
        award(teacher, code)
    assert list(queries.holders(levels["C"], ISSUED)) == [teacher]


# Standings at past and present dates


@pytest.mark.parametrize("state", ["revoked", "cancelled", "suspended"])
def test_what_was_ended_counts_until_the_day_before_and_no_more_from_that_day(state, levels, award, someone, change):
    teacher = someone()
    change(award(teacher), state, ISSUED + 10 * DAY)
    assert held(levels["B"], ISSUED + 9 * DAY) == {teacher}
    assert held(levels["B"], ISSUED + 10 * DAY) == set()
    assert held(levels["B"], ISSUED + 10 * DAY, valid=False) == {teacher}


def test_a_suspension_that_was_lifted_leaves_a_gap_and_counts_again(levels, award, someone, change):
    teacher, credential = someone(), None
    credential = award(teacher, "C")
    change(credential, "suspended", ISSUED + 10 * DAY)
    change(credential, "issued", ISSUED + 20 * DAY)
    days = {n: bool(held(levels["C"], ISSUED + n * DAY)) for n in (9, 10, 19, 20, 300)}
    assert days == {9: True, 10: False, 19: False, 20: True, 300: True}
    change(credential, "revoked", ISSUED + 30 * DAY)
    assert [bool(held(levels["C"], ISSUED + n * DAY)) for n in (15, 25, 29, 30)] == [False, True, True, False]


def test_two_changes_of_one_day_count_by_the_last(levels, award, someone, change):
    teacher = someone()
    credential = award(teacher)
    change(credential, "suspended", ISSUED + 10 * DAY)
    change(credential, "issued", ISSUED + 10 * DAY)
    assert held(levels["B"], ISSUED + 10 * DAY) == {teacher}


def test_a_change_that_waits_or_was_returned_changes_nothing(levels, award, someone, team, at):
    teacher = someone()
    credential = award(teacher)
    change = revoking.propose(credential=credential, to_state="revoked", reason="疑", by=team.proposer, at=at)
    assert held(levels["B"], ISSUED) == {teacher}
    revoking.give_back(change=change, reason="证据不足", by=team.signatory, at=at)
    assert held(levels["B"], ISSUED + DAY) == {teacher}


def test_another_certificate_still_counts_when_one_is_revoked(levels, award, someone, change):
    teacher = someone()
    award(teacher, "A")
    change(award(teacher, "B"), "revoked", ISSUED + 5 * DAY)
    assert held(levels["B"], LATER) == {teacher}


# Paper certificates, and those from elsewhere


def test_a_paper_certificate_counts_from_its_own_day(levels, team, someone):
    teacher = someone()
    certs.taken_in(levels["C"], team, [teacher], issued_on=dt.date(2016, 1, 1), precision="year")
    assert held(levels["C"], dt.date(2015, 12, 31)) == set()
    assert held(levels["C"], dt.date(2016, 1, 1)) == held(levels["C"], LATER) == {teacher}


def test_one_from_elsewhere_counts_as_what_it_is_mapped_to_and_below(levels, someone, officer, tree):
    teacher = someone()
    certs.verified(teacher, certs.kind(tree.county, equals=levels["B"], by=officer), officer)
    assert held(levels["B"], LATER) == held(levels["C"], LATER) == {teacher}
    assert held(levels["A"], LATER) == set()


def test_one_from_elsewhere_counts_from_issue_through_its_last_day(levels, someone, officer, tree):
    teacher = someone()
    kind = certs.kind(tree.county, equals=levels["B"], by=officer)
    certs.verified(teacher, kind, officer, issued_on=dt.date(2019, 6, 1), expires_on=dt.date(2022, 5, 31))
    days = (dt.date(2019, 5, 31), dt.date(2019, 6, 1), dt.date(2022, 5, 31), dt.date(2022, 6, 1))
    assert [bool(held(levels["B"], day)) for day in days] == [False, True, True, False]
    assert held(levels["B"], dt.date(2022, 6, 1), valid=False) == {teacher}


def test_one_from_elsewhere_that_is_unmapped_waiting_or_turned_down_never_counts(levels, someone, officer, tree, at):
    unmapped = certs.kind(tree.county, name="国家二级", by=officer)
    mapped = certs.kind(tree.county, equals=levels["B"], by=officer)
    certs.verified(someone("甲"), unmapped, officer)
    certs.submitted(someone("乙"), mapped)
    row = certs.submitted(someone("丙"), mapped)
    vouching.turn_down(credential=row, reason="影像不清", by=officer, at=at)
    for valid in (True, False):
        assert held(levels["C"], LATER, valid=valid) == set()


def test_the_same_letter_of_another_scheme_never_counts(levels, someone, tree, team, officer):
    homeroom = certs.level(tree.county, mark="N", code="B", rank=9, name="班主任B证")
    above = certs.level(tree.province, code="B", rank=9, name="省级B证")
    certs.issued(homeroom, team, [someone("甲")])
    certs.issued(above, certs.staff(tree.province), [someone("乙")])
    certs.verified(someone("丙"), certs.kind(tree.county, equals=above, by=officer), officer)
    assert held(levels["C"], LATER, valid=False) == set()
    assert len(held(above, ISSUED)) == 2


def test_mapping_it_to_another_level_moves_it(levels, someone, officer, tree, at):
    teacher = someone()
    kind = certs.kind(tree.county, equals=levels["C"], by=officer)
    certs.verified(teacher, kind, officer)
    assert held(levels["B"], LATER) == set()
    recognising.map_type(kind=kind, equals=levels["A"], by=officer, at=at)
    assert held(levels["A"], LATER) == {teacher}


# Merged records


def test_merged_records_count_as_one_person_whichever_holds_it(levels, award, someone, officer, tree):
    stays, lesser = someone("留"), people.teacher("并", account=False)
    award(lesser, "C")
    kind = certs.kind(tree.county, equals=levels["A"], by=officer)
    elsewhere = people.teacher("并二", school=tree.school)
    certs.verified(elsewhere, kind, officer)
    for each in (lesser, elsewhere):
        each.merged_into = stays
        each.save()
    assert list(queries.holders(levels["C"], LATER)) == [stays]
    assert list(queries.holders(levels["A"], LATER)) == [stays]


def test_a_merged_records_revocation_leaves_the_other_certificate(levels, award, someone, change):
    stays, lesser = someone("留"), people.teacher("并", account=False)
    change(award(lesser), "revoked", ISSUED + DAY)
    award(stays, "C")
    lesser.merged_into = stays
    lesser.save()
    assert held(levels["B"], LATER) == set()
    assert held(levels["C"], LATER) == {stays}


# Whom a rule binds


@pytest.fixture
def rule(levels, tree, officer):
    return certs.rule(tree.county, levels["B"], by=officer)


def test_a_rule_binds_who_is_posted_here_and_holds_the_post_on_that_day(rule, someone, tree):
    bound = someone("甲", post=rule.post)
    someone("乙", post="homeroom_teacher")
    people.teacher("邻", school=tree.other_school, post=rule.post)
    gone = someone("走", post=rule.post)
    Posting.objects.filter(teacher=gone).update(until_on=dt.date(2023, 8, 31))
    former = someone("卸", post=rule.post)
    PostHeld.objects.filter(teacher=former).update(until_on=dt.date(2024, 3, 4))
    assert set(queries.bound(rule, tree.county, ISSUED)) == {bound}
    assert set(queries.bound(rule, tree.county, dt.date(2024, 3, 4))) == {bound, former}
    assert set(queries.bound(rule, tree.county, dt.date(2023, 8, 31))) == {bound, former, gone}
    assert set(queries.bound(rule, tree.school, ISSUED)) == {bound}


def test_a_rule_for_a_stage_binds_that_stage_only(levels, tree, officer, someone):
    primary = someone("小", post="homeroom_teacher", stage="primary")
    someone("初", post="homeroom_teacher", stage="junior")
    rule = certs.rule(tree.county, levels["C"], by=officer, post="homeroom_teacher", stage="primary")
    assert set(queries.bound(rule, tree.county, ISSUED)) == {primary}


def test_lacking_are_the_bound_who_hold_neither_it_nor_one_above(rule, award, someone, tree, change):
    lacks, has, above, lost = (someone(name, post=rule.post) for name in "甲乙丙丁")
    award(has, "B")
    award(above, "A")
    award(lacks, "C")
    change(award(lost, "B"), "revoked", ISSUED + DAY)
    assert set(queries.lacking(rule, tree.county, ISSUED)) == {lacks}
    assert set(queries.lacking(rule, tree.county, ISSUED + DAY)) == {lacks, lost}


def test_duties_at_a_unit_are_those_of_its_authority_and_above_required_ones_first(levels, tree, officer):
    target = certs.rule(tree.county, levels["C"], by=officer, post="homeroom_teacher", is_required=False)
    own = certs.rule(tree.county, levels["B"], by=officer)
    above = certs.rule(tree.province, certs.level(tree.province))
    certs.rule(tree.neighbour, certs.level(tree.neighbour))
    certs.rule(tree.county, levels["C"], by=officer, post="leader_in_charge", from_on=LATER)
    assert list(queries.duties(tree.school, ISSUED)) in ([own, above, target], [above, own, target])


# Pages


def test_own_certificates_include_those_of_merged_records(award, someone, at):
    stays, lesser = someone("留"), people.teacher("并", account=False)
    moved = award(lesser, "C")
    lesser.merged_into = stays
    lesser.save()
    assert list(Credential.objects.held_by(stays.user)) == [moved]


def test_a_person_is_found_by_name_or_number_among_ones_own_only(someone, tree):
    office = Office.SCHOOL_OFFICER
    user = people.officer(office, tree.school)
    one, same = someone("欧阳春晓"), someone("欧阳春晓")
    people.teacher("邻校", school=tree.other_school)
    found = lambda words: set(queries.teachers_called(words, user, people.AT, office))  # noqa: E731
    assert found("欧阳 春晓") == {one, same}
    assert found(f" {one.id_number.lower()} ") == {one}
    assert found("邻校") == found("欧阳") == found("") == set()
