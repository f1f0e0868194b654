"""The standing of a certificate changes by two people, shows at once, and revoked is the end."""

import pytest
from django.db import IntegrityError, transaction

from certs import revoking
from certs.models import Credential, StateChange
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from lms.people.models import Appointment
from tests.factories import certs, people


@pytest.fixture
def team(tree):
    return certs.staff(tree.county)


@pytest.fixture
def credential(tree, team):
    return certs.issued(certs.level(tree.county), team, [people.teacher("林知微", school=tree.school)])[0]


@pytest.fixture
def propose(credential, team, at):
    def one(to_state="revoked", reason="考试作弊查实", by=None):
        return revoking.propose(credential=credential, to_state=to_state, reason=reason, by=by or team.proposer, at=at)

    return one


@pytest.fixture
def change_to(propose, team, at):
    def one(to_state):
        return revoking.approve(change=propose(to_state), by=team.signatory, at=at)

    return one


def test_propose_changes_nothing_yet(propose, credential, team):
    change = propose()
    credential.refresh_from_db()
    assert (credential.state, change.from_state, change.to_state) == ("issued", "issued", "revoked")
    line = Line.objects.get(act="certs.change_proposed")
    assert (line.actor, line.reason) == (team.proposer, "考试作弊查实")
    assert not Message.objects.filter(kind="certs.standing_changed").exists()


def test_approve_takes_effect_at_once_and_tells_the_holder(propose, credential, team, at):
    revoking.approve(change=propose(), by=team.signatory, at=at)
    credential.refresh_from_db()
    assert (credential.state, credential.state_reason, credential.state_changed_at) == ("revoked", "考试作弊查实", at)
    change = StateChange.objects.get()
    assert (change.state, change.decided_by) == ("approved", team.signatory)
    told = Message.objects.get(kind="certs.standing_changed")
    assert (told.recipient, told.facts["to_state"]) == (credential.teacher.user, "revoked")
    assert Line.objects.get(act="certs.standing_changed").facts["proposed_by"] == "周拟"


def test_approve_leaves_number_token_facts_and_file_as_they_were(change_to, credential):
    unchanged = ("number", "token", "facts", "issued_on", "expires_on", "file", "file_digest")
    before = {name: getattr(credential, name) for name in unchanged}
    change_to("revoked")
    credential.refresh_from_db()
    assert {name: getattr(credential, name) for name in unchanged} == before


def test_a_holder_without_an_account_is_told_nothing(tree, team, at):
    row = certs.issued(certs.level(tree.county), team, [people.teacher("无", school=tree.school, account=False)])[0]
    change = revoking.propose(credential=row, to_state="suspended", reason="核查", by=team.proposer, at=at)
    revoking.approve(change=change, by=team.signatory, at=at)
    assert not Message.objects.filter(kind="certs.standing_changed").exists()


def test_a_suspension_is_lifted_and_forgets_its_reason(change_to, credential):
    change_to("suspended")
    change_to("issued")
    credential.refresh_from_db()
    assert (credential.state, credential.state_reason) == ("issued", "")


def test_a_suspended_certificate_can_be_revoked(change_to, credential):
    change_to("suspended")
    change_to("revoked")
    credential.refresh_from_db()
    assert credential.state == "revoked"


@pytest.mark.parametrize("final", ["revoked", "cancelled"])
@pytest.mark.parametrize("to_state", ["issued", "suspended", "cancelled", "revoked"])
def test_propose_is_refused_when_the_standing_is_final(final, to_state, change_to, propose):
    change_to(final)
    with pytest.raises(revoking.NoSuchWay):
        propose(to_state)


@pytest.mark.parametrize("to_state", ["issued", "proposed", "superseded", "returned", "nonsense", ""])
def test_propose_is_refused_when_there_is_no_such_way(to_state, propose):
    with pytest.raises(revoking.NoSuchWay):
        propose(to_state)


def test_propose_is_refused_when_it_is_not_issued_yet(tree, team, at):
    batch = certs.batch(certs.level(tree.county), team.proposer, [people.teacher("林", school=tree.school)])
    with pytest.raises(revoking.NoSuchWay):
        revoking.propose(credential=batch.credentials.get(), to_state="revoked", reason="错", by=team.proposer, at=at)


@pytest.mark.parametrize("reason", ["", " \n"])
def test_propose_is_refused_when_there_is_no_reason(reason, propose):
    with pytest.raises(revoking.GroundsMissing):
        propose(reason=reason)


def test_propose_is_refused_when_a_change_waits_already(propose, credential, team, at):
    propose("suspended")
    with pytest.raises(revoking.ChangeWaiting):
        propose("revoked")
    with pytest.raises(IntegrityError), transaction.atomic():
        StateChange.objects.create(
            credential=credential,
            from_state="issued",
            to_state="revoked",
            reason="错",
            proposed_by=team.signatory,
            proposed_at=at,
        )


@pytest.mark.parametrize("office", ["bureau_officer", "auditor", "marker", "judge", "clerk"])
def test_propose_is_refused_when_the_office_is_another(office, propose, tree):
    with pytest.raises(NotYourOffice):
        propose(by=people.officer(office, tree.county))


@pytest.mark.parametrize("office", ["exam_officer", "signatory"])
def test_everything_is_refused_when_the_officer_is_a_neighbour(office, propose, tree, at):
    neighbour = people.officer(office, tree.neighbour)
    with pytest.raises(NotYourOffice):
        propose(by=neighbour)
    change = propose()
    with pytest.raises(NotYourOffice):
        revoking.approve(change=change, by=neighbour, at=at)
    with pytest.raises(NotYourOffice):
        revoking.give_back(change=change, reason="错", by=neighbour, at=at)


def test_approve_is_possible_for_an_exam_officer_who_did_not_propose(propose, team, at, credential):
    revoking.approve(change=propose("suspended"), by=team.other_officer, at=at)
    credential.refresh_from_db()
    assert credential.state == "suspended"


def test_approve_and_give_back_are_refused_when_it_is_ones_own_proposal(propose, team, at, credential):
    change = propose()
    with pytest.raises(revoking.OwnChange):
        revoking.approve(change=change, by=team.proposer, at=at)
    with pytest.raises(revoking.OwnChange):
        revoking.give_back(change=change, reason="错", by=team.proposer, at=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        StateChange.objects.update(decided_by=team.proposer)
    credential.refresh_from_db()
    assert credential.state == "issued"


def test_approve_and_give_back_are_refused_when_it_is_decided(propose, team, at):
    change = propose()
    revoking.approve(change=change, by=team.signatory, at=at)
    with pytest.raises(revoking.ChangeDecided):
        revoking.approve(change=change, by=team.other_signatory, at=at)
    with pytest.raises(revoking.ChangeDecided):
        revoking.give_back(change=change, reason="晚了", by=team.other_signatory, at=at)
    assert Message.objects.filter(kind="certs.standing_changed").count() == 1


def test_approve_is_refused_when_the_certificate_moved_on_meanwhile(propose, team, at):
    change = propose("suspended")
    Credential.objects.update(state="superseded")
    with pytest.raises(revoking.NoSuchWay):
        revoking.approve(change=change, by=team.signatory, at=at)


def test_give_back_keeps_the_standing_and_the_reason_and_frees_the_way(propose, credential, team, at):
    revoking.give_back(change=propose(), reason="证据不足", by=team.signatory, at=at)
    credential.refresh_from_db()
    assert credential.state == "issued"
    change = StateChange.objects.get()
    assert (change.state, change.decision_reason) == ("returned", "证据不足")
    assert Line.objects.get(act="certs.change_returned").reason == "证据不足"
    assert propose().state == "proposed"


def test_give_back_is_refused_when_there_is_no_reason(propose, team, at):
    with pytest.raises(revoking.GroundsMissing):
        revoking.give_back(change=propose(), reason=" ", by=team.signatory, at=at)


def test_no_office_may_act_after_its_end(propose, credential, team, tree, at):
    change = propose()
    gone = people.user("离任")
    people.appointment(gone, Appointment.Office.SIGNATORY, tree.county, until_on=people.AT.date().replace(day=1))
    with pytest.raises(NotYourOffice):
        revoking.approve(change=change, by=gone, at=at)
