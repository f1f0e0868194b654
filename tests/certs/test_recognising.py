"""Certificates of others: named, mapped and ended by the authority that knows them."""

import datetime as dt

import pytest

from certs import queries, recognising, requiring
from certs.models import ExternalType
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from lms.people.models import Appointment
from tests.factories import certs, people

Office = Appointment.Office
FROM = dt.date(2015, 1, 1)


@pytest.fixture(autouse=True)
def _private(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path


@pytest.fixture
def officer(tree):
    return people.officer(Office.BUREAU_OFFICER, tree.county, "沈县")


@pytest.fixture
def level(tree):
    return certs.level(tree.county)


@pytest.fixture
def name_type(tree, officer, at):
    def one(**more):
        given = {"authority": tree.county, "name": "省级A证", "issuer": "省指导中心", "from_on": FROM}
        return recognising.name_type(**(given | {"by": officer, "at": at} | more))

    return one


def test_name_type_makes_it_known_with_what_it_counts_as(name_type, level, officer):
    made = name_type(name="  省级 A证 ", equals=level)
    made.refresh_from_db()
    assert (made.name, made.issuer, made.equals, made.until_on) == ("省级 A证", "省指导中心", level, None)
    line = Line.objects.get(act="certs.external_type_named")
    assert (line.actor, line.facts["equals"]) == (officer, str(level))


def test_name_type_may_count_as_nothing(name_type):
    assert name_type().equals is None


@pytest.mark.parametrize("office", [o for o in Appointment.Office if o != Office.BUREAU_OFFICER])
def test_name_type_is_refused_when_the_office_is_another(office, name_type, tree):
    with pytest.raises(NotYourOffice):
        name_type(by=people.officer(office, tree.county))


@pytest.mark.parametrize("blank", [{"name": " "}, {"issuer": ""}])
def test_name_type_is_refused_without_name_or_issuer(blank, name_type):
    with pytest.raises(recognising.TypeUnnamed):
        name_type(**blank)


def test_name_type_is_refused_when_it_is_known_already(name_type, tree, at):
    name_type()
    with pytest.raises(recognising.TypeKnown, match="澜溪县"):
        name_type(issuer="别的单位")
    neighbour = people.officer(Office.BUREAU_OFFICER, tree.neighbour)
    assert name_type(authority=tree.neighbour, by=neighbour)


def test_name_type_is_possible_again_after_the_end(name_type, officer, at):
    recognising.end_type(kind=name_type(), until_on=dt.date(2020, 12, 31), by=officer, at=at)
    with pytest.raises(recognising.TypeKnown):
        name_type(from_on=dt.date(2020, 12, 31))
    assert name_type(from_on=dt.date(2021, 1, 1))


def test_a_level_of_a_foreign_scheme_is_refused(name_type, tree, officer, at):
    foreign = certs.level(tree.neighbour)
    with pytest.raises(requiring.ForeignLevel):
        name_type(equals=foreign)
    with pytest.raises(requiring.ForeignLevel):
        recognising.map_type(kind=name_type(), equals=foreign, by=officer, at=at)


def test_map_type_counts_at_once_and_can_be_taken_back(name_type, level, officer, tree, at):
    holder = people.teacher("林知微", school=tree.school)
    kind = name_type()
    certs.verified(holder, kind, officer)
    day = dt.date(2020, 1, 1)
    assert list(queries.holders(level, day)) == []
    recognising.map_type(kind=kind, equals=level, by=officer, at=at)
    assert list(queries.holders(level, day)) == [holder]
    recognising.map_type(kind=kind, equals=None, by=officer, at=at)
    assert list(queries.holders(level, day)) == []
    facts = [line.facts for line in Line.objects.filter(act="certs.external_type_mapped").order_by("pk")]
    assert facts == [{"from": "", "to": str(level)}, {"from": str(level), "to": ""}]


def test_map_type_is_refused_when_nothing_would_change(name_type, level, officer, at):
    with pytest.raises(recognising.MappedSo):
        recognising.map_type(kind=name_type(equals=level), equals=level, by=officer, at=at)


def test_end_type_keeps_those_that_were_verified(name_type, level, officer, tree, at):
    holder = people.teacher("林知微", school=tree.school)
    kind = name_type(equals=level)
    certs.verified(holder, kind, officer)
    recognising.end_type(kind=kind, until_on=dt.date(2024, 3, 5), by=officer, at=at)
    assert ExternalType.objects.get().until_on == dt.date(2024, 3, 5)
    assert list(queries.holders(level, dt.date(2025, 1, 1))) == [holder]
    assert Line.objects.filter(act="certs.external_type_ended").exists()


def test_end_type_is_refused_before_its_beginning_and_when_it_has_ended(name_type, officer, at):
    kind = name_type()
    with pytest.raises(requiring.DatesReversed):
        recognising.end_type(kind=kind, until_on=dt.date(2014, 12, 31), by=officer, at=at)
    recognising.end_type(kind=kind, until_on=dt.date(2020, 12, 31), by=officer, at=at)
    with pytest.raises(recognising.TypeEnded, match="2020年12月31日"):
        recognising.end_type(kind=kind, until_on=dt.date(2019, 1, 1), by=officer, at=at)


def test_map_and_end_are_refused_when_the_officer_is_a_neighbour(name_type, level, tree, at):
    kind, neighbour = name_type(), people.officer(Office.BUREAU_OFFICER, tree.neighbour)
    with pytest.raises(NotYourOffice):
        recognising.map_type(kind=kind, equals=level, by=neighbour, at=at)
    with pytest.raises(NotYourOffice):
        recognising.end_type(kind=kind, until_on=dt.date(2024, 3, 5), by=neighbour, at=at)
