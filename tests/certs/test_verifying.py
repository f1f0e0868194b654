"""Verification: the verdict and little more; nothing to be found out by trying."""

import dataclasses
import datetime as dt
import json

import pytest
from django.db import connection

from certs import limiting, numbers, revoking, verifying
from certs.models import Credential, Verification
from lms.lib import crypto
from tests.factories import certs, people

LATER = people.AT + dt.timedelta(days=3)


@pytest.fixture
def team(tree):
    return certs.staff(tree.county)


@pytest.fixture
def credential(tree, team):
    level = certs.level(tree.county, validity_months=36)
    return certs.issued(level, team, [people.teacher("林知微", school=tree.school)])[0]


def change(credential, team, to_state, at=LATER):
    proposed = revoking.propose(credential=credential, to_state=to_state, reason="材料虚假", by=team.proposer, at=at)
    revoking.approve(change=proposed, by=team.signatory, at=at)


def ask(credential, way, at=LATER):
    if way == "token":
        return verifying.by_token(token=credential.token, at=at)
    return verifying.by_number(number=credential.number, name="林知微", at=at)


both_ways = pytest.mark.parametrize("way", ["token", "number"])


@both_ways
def test_a_certificate_in_force_is_valid_and_says_what_was_certified(way, credential):
    assert ask(credential, way) == verifying.Verdict(
        standing="valid",
        name="林*微",
        certificate="中小学心理健康教育教师B证",
        number=credential.number,
        issuer="澜溪县",
        issued_on=dt.date(2024, 3, 5),
        expires_on=dt.date(2027, 3, 5),
    )


@both_ways
@pytest.mark.parametrize("standing", ["suspended", "cancelled", "revoked"])
def test_another_standing_shows_at_once_with_its_day_and_without_its_reason(standing, way, credential, team):
    change(credential, team, standing)
    verdict = ask(credential, way)
    assert (verdict.standing, verdict.since) == (standing, dt.date(2024, 3, 8))
    assert "材料虚假" not in json.dumps(dataclasses.asdict(verdict), default=str, ensure_ascii=False)


@both_ways
def test_a_superseded_certificate_says_so(way, credential):
    Credential.objects.filter(pk=credential.pk).update(state="superseded", state_changed_at=LATER)
    assert ask(credential, way).standing == "superseded"


def test_a_lifted_suspension_is_valid_again(credential, team):
    change(credential, team, "suspended")
    change(credential, team, "issued")
    assert ask(credential, "token").standing == "valid"


@both_ways
def test_validity_ends_after_its_last_day_in_the_sites_time_zone(way, credential):
    last_minute = dt.datetime(2027, 3, 5, 15, 59, tzinfo=dt.UTC)
    assert ask(credential, way, last_minute).standing == "valid"
    expired = ask(credential, way, last_minute + dt.timedelta(minutes=1))
    assert (expired.standing, expired.since) == ("expired", dt.date(2027, 3, 6))


def test_a_revoked_certificate_stays_revoked_after_its_validity(credential, team):
    change(credential, team, "revoked")
    assert ask(credential, "token", dt.datetime(2030, 1, 1, tzinfo=dt.UTC)).standing == "revoked"


@both_ways
def test_the_answer_holds_nothing_private(way, credential, tree):
    told = json.dumps(dataclasses.asdict(ask(credential, way)), default=str, ensure_ascii=False)
    for private in ("林知微", tree.school.name, credential.teacher.id_number, credential.token, "exam"):
        assert private not in told


@pytest.mark.parametrize("typed", [" 林知微 ", "林 知 微", "林知微\u3000"])
@pytest.mark.parametrize("change", [str, str.lower, lambda n: n.replace("-", "－"), lambda n: n.replace("-", " - ")])
def test_by_number_understands_how_people_type(typed, change, credential):
    assert verifying.by_number(number=change(credential.number), name=typed, at=LATER).standing == "valid"


@pytest.mark.parametrize("name", ["", "林", "林知", "林*微", "知微", "林知薇", "林知微微", "Lin Zhiwei", "%", "_"])
def test_by_number_knows_nothing_when_the_name_is_not_the_whole_name(name, credential):
    assert verifying.by_number(number=credential.number, name=name, at=LATER) == verifying.Verdict("unknown")


def test_by_number_knows_a_name_with_any_kind_of_dot(tree, team):
    teacher = people.teacher("阿不都·热西提", school=tree.school)
    number = certs.issued(certs.level(tree.county), team, [teacher])[0].number
    for typed in ("阿不都·热西提", "阿不都•热西提", "阿不都．热西提", "阿不都・热西提"):
        assert verifying.by_number(number=number, name=typed, at=LATER).standing == "valid"


def test_unknown_token_unknown_number_and_wrong_name_get_one_answer(credential):
    other = numbers.compose(authority="990608", mark="MB", year=2024, serial=999)
    answers = {
        verifying.by_token(token=crypto.token(), at=LATER),
        verifying.by_number(number=other, name="林知微", at=LATER),
        verifying.by_number(number=credential.number, name="林知薇", at=LATER),
    }
    assert answers == {verifying.Verdict("unknown")}


def test_a_wrong_check_character_is_refused_without_asking_the_database(credential, django_assert_num_queries):
    wrong = credential.number[:-1] + ("A" if credential.number[-1] != "A" else "B")
    with django_assert_num_queries(0), pytest.raises(verifying.NumberMistyped):
        verifying.by_number(number=wrong, name="林知微", at=LATER)


def test_what_is_no_number_of_ours_may_be_that_of_a_paper_and_is_unknown(credential):
    for number in ("990608", "", "' OR 1=1 --", "粤〔2009〕12号"):
        assert verifying.by_number(number=number, name="林知微", at=LATER) == verifying.Verdict("unknown")


def test_no_mutation_of_a_number_verifies(credential):
    """Every single wrong character and every swap of neighbours, with the right name."""
    number = credential.number
    mutations = {number[:i] + c + number[i + 1 :] for i in range(len(number)) for c in numbers.CHARACTERS + "- ·"}
    mutations |= {number[:i] + number[i + 1] + number[i] + number[i + 2 :] for i in range(len(number) - 1)}
    mutations |= {number[:i] + number[i + 1 :] for i in range(len(number))}
    alike = {each for each in mutations if numbers.normal(each) == number}
    assert len(mutations) > 700
    for mutation in mutations - alike - {number}:
        with pytest.raises(verifying.NumberMistyped):
            verifying.by_number(number=mutation, name="林知微", at=LATER)


def test_trying_numbers_and_tokens_finds_nobody_else(tree, team, credential):
    names = [f"邻座{n}" for n in range(20)]
    teachers = [people.teacher(name, school=tree.school) for name in names]
    rows = certs.issued(certs.level(tree.county, validity_months=36), team, teachers)
    assert len(rows) == 20
    found = [
        verifying.by_number(
            number=numbers.compose(authority="990608", mark="MB", year=2024, serial=serial), name="林知微", at=LATER
        )
        for serial in range(1, 60)
    ]
    assert [each.number for each in found if each.standing != "unknown"] == [credential.number]
    assert {verifying.by_token(token=crypto.token(), at=LATER).standing for _ in range(200)} == {"unknown"}


def test_what_is_only_proposed_or_was_returned_is_unknown(tree, team):
    batch = certs.batch(certs.level(tree.county), team.proposer, [people.teacher("林", school=tree.school)])
    assert batch.credentials.get().token is None
    assert verifying.by_token(token="None", at=LATER).standing == "unknown"
    assert verifying.by_token(token="", at=LATER).standing == "unknown"


def test_each_verification_found_is_counted_for_the_holder_and_nothing_else_kept(credential):
    ask(credential, "token")
    ask(credential, "number")
    verifying.by_number(number=credential.number, name="林知薇", at=LATER)
    assert list(Verification.objects.order_by("pk").values_list("credential", "at", "way")) == [
        (credential.pk, LATER, "token"),
        (credential.pk, LATER, "number"),
    ]
    assert {field.name for field in Verification._meta.get_fields()} == {"id", "credential", "at", "way"}


# Limits


def test_count_address_refuses_the_31st_within_a_minute(db, at):
    for _ in range(30):
        limiting.count_address("203.0.113.7", at=at)
    limiting.count_address("203.0.113.8", at=at)
    with pytest.raises(limiting.TooManyVerifications) as refusal:
        limiting.count_address("203.0.113.7", at=at)
    assert refusal.value.status == 429
    limiting.count_address("203.0.113.7", at=at + dt.timedelta(minutes=1))


def test_count_number_refuses_the_11th_within_a_minute(db, at):
    for _ in range(10):
        limiting.count_number("990608-MB-2024-000217-X", at=at)
    with pytest.raises(limiting.TooManyVerifications):
        limiting.count_number("990608-MB-2024-000217-X", at=at)


def test_no_address_is_kept_anywhere(db, at):
    limiting.count_address("203.0.113.7", at=at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key, value FROM cache_entry")
        kept = cursor.fetchall()
    assert kept
    assert not [row for row in kept if "203.0.113.7" in str(row)]
