"""Paper certificates: a list with their own numbers, signed by another person, and nothing drawn anew."""

import datetime as dt
import json
from decimal import Decimal

import pytest

from certs import handing_out, issuing, jobs, numbers, queries, rendering, taking_in, verifying
from certs.models import Batch, Credential, NumberSeries
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from lms.people.models import Appointment, Posting
from tests.factories import certs, people

Office = Appointment.Office
DAY = dt.timedelta(days=1)
TODAY = dt.date(2024, 3, 5)


@pytest.fixture(autouse=True)
def _private(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path


@pytest.fixture
def level(tree):
    return certs.level(tree.county)


@pytest.fixture
def team(tree):
    return certs.staff(tree.county)


@pytest.fixture
def teacher(tree):
    return people.teacher("林知微", school=tree.school)


@pytest.fixture
def propose(level, team, at):
    def one(*papers, **more):
        given = {"level": level, "title": "2018年C证", "basis": "people.importrun:7", "by": team.proposer, "at": at}
        return taking_in.propose_historical(papers=papers, **(given | more))

    return one


def paper(teacher, number="松心证字〔2018〕00012号", issued_on=dt.date(2018, 7, 1), **more):
    return taking_in.Paper(teacher=teacher, number=number, issued_on=issued_on, **more)


def seen(batch):
    return issuing.view_digest(issuing.batch_view(batch))


def sign(batch, team, at=people.AT):
    return issuing.issue(batch=batch, seen_digest=seen(batch), by=team.signatory, at=at)


# Proposing


def test_propose_freezes_what_the_papers_say(propose, teacher, team):
    batch = propose(paper(teacher, precision="month", hours=Decimal("36.0"), expires_on=dt.date(2028, 6, 30)))
    assert (batch.origin, batch.state, batch.issue_on) == ("historical", "proposed", TODAY)
    row = batch.credentials.get()
    assert row.facts == {
        "holder": "林知微",
        "school": "澜溪县实验小学",
        "scheme": "中小学心理健康教育教师证书",
        "level": "中小学心理健康教育教师B证",
        "authority": "澜溪县",
        "issued_on": "2018-07-01",
        "precision": "month",
        "expires_on": "2028-06-30",
        "exam": "",
        "modules": "",
        "programme": "",
        "hours": "36",
        "number": "松心证字〔2018〕00012号",
    }
    assert (row.state, row.number, row.token, row.issued_on) == ("proposed", None, None, None)
    line = Line.objects.get(act="certs.list_proposed")
    assert (line.actor, line.facts["count"], line.facts["origin"]) == (team.proposer, 1, "historical")
    assert teacher.id_number not in json.dumps(row.facts)


def test_propose_takes_the_name_of_the_paper_where_she_was_called_otherwise(propose, teacher):
    assert propose(paper(teacher, holder="林旧名")).credentials.get().facts["holder"] == "林旧名"


def test_propose_takes_one_who_has_left_and_names_her_school_of_then(propose, tree, teacher):
    Posting.objects.filter(teacher=teacher).update(until_on=dt.date(2020, 8, 31), ending="retired")
    Posting.objects.create(teacher=teacher, organisation=tree.other_school, from_on=dt.date(2020, 9, 1))
    assert propose(paper(teacher)).credentials.get().facts["school"] == "澜溪县实验小学"


def test_propose_takes_two_papers_of_one_person(propose, teacher):
    batch = propose(paper(teacher), paper(teacher, "松心证字〔2023〕00001号", dt.date(2023, 7, 1)))
    assert batch.credentials.count() == 2


def test_propose_for_a_merged_record_goes_to_the_one_that_stays(propose, teacher):
    lesser = people.teacher("林知微", account=False, merged_into=teacher)
    assert propose(paper(lesser)).credentials.get().teacher == teacher


@pytest.mark.parametrize("office", [o for o in Appointment.Office if o != Office.EXAM_OFFICER])
def test_propose_is_refused_when_the_office_is_another(office, propose, teacher, tree):
    with pytest.raises(NotYourOffice):
        propose(paper(teacher), by=people.officer(office, tree.county))


def test_propose_is_refused_when_the_officer_is_a_neighbour_or_below(propose, teacher, tree):
    for unit in (tree.neighbour, tree.school):
        with pytest.raises(NotYourOffice):
            propose(paper(teacher), by=people.officer(Office.EXAM_OFFICER, unit))


def test_propose_is_refused_when_nobody_or_too_many_are_on_it(propose, teacher, monkeypatch):
    with pytest.raises(taking_in.NothingToTakeIn):
        propose()
    monkeypatch.setattr(taking_in, "MOST", 1)
    with pytest.raises(taking_in.TooManyPapers, match="2"):
        propose(paper(teacher), paper(teacher, "另一号"))


def test_propose_is_refused_when_she_was_never_here(propose, tree):
    with pytest.raises(taking_in.NotFromHere, match="邻县"):
        propose(paper(people.teacher("邻县", school=tree.other_school)))


@pytest.mark.parametrize("number", ["", " ", "长" * 41])
def test_propose_is_refused_when_the_number_cannot_be_kept(number, propose, teacher):
    with pytest.raises(taking_in.NumberUnreadable):
        propose(paper(teacher, number))


def test_propose_is_refused_when_the_number_would_be_one_of_ours(propose, teacher):
    ours = numbers.compose(authority="990608", mark="MB", year=2018, serial=1)
    for number in (ours, ours[:-1] + ("A" if ours[-1] != "A" else "B")):
        with pytest.raises(taking_in.NumberLikeOurs):
            propose(paper(teacher, number))


def test_propose_is_refused_when_a_number_is_on_the_list_twice(propose, teacher, tree):
    with pytest.raises(taking_in.NumberTwice):
        propose(paper(teacher), paper(people.teacher("乙", school=tree.school), " 松心证字〔2018〕00012号"))


@pytest.mark.parametrize(
    "spelling", ["松心证字〔2018〕00012号", "松心证字(2018)00012号", "松心证字（２０１８）00012 号"]
)
def test_propose_is_refused_when_the_number_is_in_the_register_or_waits(spelling, propose, teacher, team, tree):
    batch = propose(paper(teacher))
    other = paper(people.teacher("乙", school=tree.school), spelling)
    if spelling == "松心证字〔2018〕00012号":
        with pytest.raises(taking_in.NumberInUse):
            propose(other, basis="people.importrun:8")
    sign(batch, team)
    with pytest.raises(taking_in.NumberInUse):
        propose(other, basis="people.importrun:8")


def test_propose_is_refused_when_it_was_issued_tomorrow_or_ends_before_issue(propose, teacher):
    with pytest.raises(taking_in.IssuedInFuture):
        propose(paper(teacher, issued_on=TODAY + DAY))
    with pytest.raises(taking_in.EndsBeforeIssue):
        propose(paper(teacher, expires_on=dt.date(2018, 6, 30)))
    assert propose(paper(teacher, issued_on=TODAY, expires_on=TODAY))


@pytest.mark.parametrize("hours", ["-1", "10000", "1.25"])
def test_propose_is_refused_when_the_hours_make_no_sense(hours, propose, teacher):
    with pytest.raises(taking_in.HoursUnreadable):
        propose(paper(teacher, hours=Decimal(hours)))


def test_propose_is_refused_when_the_basis_has_a_list_already(propose, teacher, tree):
    propose(paper(teacher))
    with pytest.raises(issuing.AlreadyProposed):
        propose(paper(teacher, "另一号"))


def test_every_objection_is_told_at_once(level, teacher, tree, at):
    stranger = people.teacher("邻县", school=tree.other_school)
    papers = [paper(teacher), paper(stranger, "松心证字〔2018〕00012号", TODAY + DAY), paper(teacher, "")]
    found = [(place, type(refusal).__name__) for place, refusal in taking_in.objections(level, papers, at)]
    assert found == [(1, "NotFromHere"), (1, "NumberTwice"), (1, "IssuedInFuture"), (2, "NumberUnreadable")]


# Signing


def test_signing_gives_the_numbers_and_days_of_the_papers_and_draws_nothing(propose, teacher, team, queue):
    batch = propose(paper(teacher, precision="year", issued_on=dt.date(2018, 1, 1)))
    with queue.committing():
        sign(batch, team)
    row = batch.credentials.get()
    assert (row.state, row.number, row.issued_on) == ("issued", "松心证字〔2018〕00012号", dt.date(2018, 1, 1))
    assert (row.expires_on, row.is_paper, row.precision) == (None, True, "year")
    assert row.token
    assert not NumberSeries.objects.exists()
    queue.drain()
    assert jobs.sweep() == 0
    rendering.render(row.pk)
    row.refresh_from_db()
    assert row.file == ""
    for act in (handing_out.document, handing_out.picture):
        with pytest.raises(handing_out.OnPaper):
            act(row)


def test_validity_is_the_papers_own_or_the_levels_from_the_day_of_issue(propose, teacher, team, tree):
    level = certs.level(tree.county, code="C", rank=1, validity_months=36)
    batch = propose(paper(teacher), paper(teacher, "另一号", expires_on=dt.date(2030, 1, 1)), level=level)
    sign(batch, team)
    assert [each.expires_on for each in batch.credentials.order_by("place")] == [
        dt.date(2021, 7, 1),
        dt.date(2030, 1, 1),
    ]
    assert set(queries.holders(level, dt.date(2021, 7, 2))) == {teacher}


def test_signing_is_by_another_person_who_saw_the_list(propose, teacher, team, tree, at):
    people.appointment(team.proposer, Office.SIGNATORY, tree.county)
    batch = propose(paper(teacher))
    with pytest.raises(issuing.OwnList):
        issuing.issue(batch=batch, seen_digest=seen(batch), by=team.proposer, at=at)
    with pytest.raises(issuing.ChangedSince):
        issuing.issue(batch=batch, seen_digest="x", by=team.signatory, at=at)
    with pytest.raises(NotYourOffice):
        issuing.issue(batch=batch, seen_digest=seen(batch), by=team.other_officer, at=at)
    sign(batch, team)
    with pytest.raises(issuing.ListDecided):
        sign(batch, team)


def test_the_digest_holds_number_day_and_precision(propose, teacher):
    batch = propose(paper(teacher))
    row, digests = batch.credentials.get(), {seen(batch)}
    for name, value in {"number": "另一号", "issued_on": "2001-01-01", "precision": "year", "hours": "1"}.items():
        row.facts = {**row.facts, name: value}
        row.save()
        digests.add(seen(batch))
    assert len(digests) == 5


def test_signing_is_refused_when_a_number_was_given_meanwhile(propose, teacher, team, tree):
    batch = propose(paper(teacher))
    # Slipped in behind the check: two lists proposed at the same moment.
    other = propose(paper(people.teacher("乙", school=tree.school), "另一号"), basis="people.importrun:8")
    row = other.credentials.get()
    row.facts = {**row.facts, "number": "松心证字〔2018〕00012号"}
    row.save()
    sign(other, team)
    with pytest.raises(issuing.NumberTaken, match="00012"):
        sign(batch, team)
    batch.refresh_from_db()
    assert batch.state == "proposed"
    issuing.give_back(batch=batch, reason="编号重复", by=team.signatory, at=people.AT)


def test_a_long_list_takes_few_queries(level, team, tree, django_assert_max_num_queries):
    teachers = [people.teacher(f"教师{n}", school=tree.school, account=False) for n in range(40)]
    with django_assert_max_num_queries(20):
        batch = certs.papers(level, team.proposer, teachers)
    with django_assert_max_num_queries(20):
        sign(batch, team)
    assert Credential.objects.issued().count() == 40


# Taking back


def test_take_back_leaves_nothing_and_the_papers_may_be_proposed_again(propose, teacher, team, at):
    batch = taking_in.take_back(batch=propose(paper(teacher)), by=team.proposer, at=at)
    assert (batch.state, batch.decided_by, batch.decided_at) == ("returned", None, at)
    assert set(batch.credentials.values_list("state", flat=True)) == {"returned"}
    assert Line.objects.get(act="certs.list_taken_back").actor == team.proposer
    assert propose(paper(teacher)).state == "proposed"


def test_take_back_is_refused_for_anybody_but_the_proposer(propose, teacher, team, at):
    batch = propose(paper(teacher))
    for user in (team.other_officer, team.signatory):
        with pytest.raises(taking_in.NotYourList):
            taking_in.take_back(batch=batch, by=user, at=at)


def test_take_back_is_refused_when_it_is_decided_or_no_list_of_papers(propose, teacher, level, team, at):
    batch = propose(paper(teacher))
    sign(batch, team)
    with pytest.raises(issuing.ListDecided):
        taking_in.take_back(batch=batch, by=team.proposer, at=at)
    with pytest.raises(taking_in.NotOfPaper):
        taking_in.take_back(batch=certs.batch(level, team.proposer, [teacher]), by=team.proposer, at=at)
    assert Batch.objects.filter(state="returned").count() == 0


# Verification


@pytest.mark.parametrize("typed", ["松心证字〔2018〕00012号", "松心证字（2018）00012号", " 松心证字[２０１８]00012号"])
def test_a_paper_is_verified_by_its_number_and_name_and_says_what_it_is(typed, propose, teacher, team, at):
    sign(propose(paper(teacher, precision="month")), team)
    verdict = verifying.by_number(number=typed, name="林知微", at=at)
    assert (verdict.standing, verdict.name, verdict.precision) == ("valid", "林*微", "month")
    assert verdict.taken_in_on == TODAY
    assert verifying.by_number(number=typed, name="林知薇", at=at) == verifying.Verdict("unknown")
    row = Credential.objects.get()
    assert verifying.by_token(token=row.token, at=at) == verdict


def test_a_paper_whose_number_looks_like_ours_is_still_found_and_a_wrong_name_told_alike(propose, teacher, team, at):
    sign(propose(paper(teacher, "GD-2018-C-0012")), team)
    assert verifying.by_number(number="gd-2018-c-0012", name="林知微", at=at).standing == "valid"
    for number, name in (("GD-2018-C-0012", "别人"), ("GD-2018-C-0013", "林知微")):
        with pytest.raises(verifying.NumberMistyped):
            verifying.by_number(number=number, name=name, at=at)


def test_an_award_is_never_taken_for_a_paper(level, team, teacher, at):
    row = certs.issued(level, team, [teacher])[0]
    assert not row.is_paper
    assert verifying.by_token(token=row.token, at=at).taken_in_on is None
