"""Schemes and levels: who may found them, and what a number's beginning may not share."""

import pytest

from certs import regulating
from certs.models import Level
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from lms.people.models import Appointment
from tests.factories import certs, people

Office = Appointment.Office


@pytest.fixture
def scheme(tree, at):
    return regulating.found_scheme(authority=tree.county, code="mh", mark="M", name="心理证书", by=None, at=at)


@pytest.mark.parametrize("office", [Office.EXAM_OFFICER, Office.BUREAU_OFFICER])
def test_found_scheme_stands_when_the_office_covers_the_authority(office, tree, at):
    officer = people.officer(office, tree.city)
    scheme = regulating.found_scheme(authority=tree.county, code="mh", mark="M", name="心理证书", by=officer, at=at)
    level = regulating.add_level(scheme=scheme, rank=2, code="B", name="B证", by=officer, at=at)
    assert (level.scheme, level.validity_months) == (scheme, None)
    assert list(Line.objects.order_by("pk").values_list("act", "actor")) == [
        ("certs.scheme_founded", officer.pk),
        ("certs.level_added", officer.pk),
    ]


@pytest.mark.parametrize("office", [Office.SIGNATORY, Office.MARKER])
def test_found_scheme_is_refused_when_the_office_is_another(office, tree, at):
    with pytest.raises(NotYourOffice):
        regulating.found_scheme(
            authority=tree.county, code="mh", mark="M", name="心", by=people.officer(office, tree.county), at=at
        )


def test_found_scheme_and_add_level_are_refused_when_the_officer_is_a_neighbour(tree, scheme, at):
    neighbour = people.officer(Office.EXAM_OFFICER, tree.neighbour)
    with pytest.raises(NotYourOffice):
        regulating.found_scheme(authority=tree.county, code="x", mark="X", name="心", by=neighbour, at=at)
    with pytest.raises(NotYourOffice):
        regulating.add_level(scheme=scheme, rank=1, code="C", name="C证", by=neighbour, at=at)


def test_found_scheme_is_refused_when_the_code_is_taken(tree, scheme, at):
    with pytest.raises(regulating.SchemeExists):
        regulating.found_scheme(authority=tree.county, code="mh", mark="N", name="另一种", by=None, at=at)


@pytest.mark.parametrize("mark", ["", "m", "ABCDE", "心", "A-"])
def test_found_scheme_is_refused_when_the_mark_cannot_stand_in_a_number(mark, tree, scheme, at):
    with pytest.raises(regulating.MarkUnusable):
        regulating.found_scheme(authority=tree.county, code="y", mark=mark, name="心", by=None, at=at)
    with pytest.raises(regulating.MarkUnusable):
        regulating.add_level(scheme=scheme, rank=1, code=mark, name="心", by=None, at=at)


def test_found_scheme_is_refused_when_the_authority_has_too_short_a_code(at, db):
    with pytest.raises(regulating.CodeTooShort):
        regulating.found_scheme(
            authority=people.organisation("短码局", code="991"), code="mh", mark="M", name="心", by=None, at=at
        )


@pytest.mark.parametrize("again", [{"rank": 2, "code": "C"}, {"rank": 1, "code": "B"}])
def test_add_level_is_refused_when_rank_or_code_is_taken(again, scheme, at):
    regulating.add_level(scheme=scheme, rank=2, code="B", name="B证", by=None, at=at)
    with pytest.raises(regulating.LevelExists):
        regulating.add_level(scheme=scheme, name="又一级", by=None, at=at, **again)


def test_add_level_is_refused_when_its_numbers_would_begin_like_those_of_another(tree, scheme, at):
    """M + BX and MB + X would both be 990608-MBX-…; so would a school's below, whose code begins like the county's."""
    regulating.add_level(scheme=scheme, rank=2, code="BX", name="B证", by=None, at=at)
    other = regulating.found_scheme(authority=tree.school, code="mh", mark="MB", name="校内证书", by=None, at=at)
    with pytest.raises(regulating.NumbersWouldCollide, match="990608-MBX"):
        regulating.add_level(scheme=other, rank=1, code="X", name="X", by=None, at=at)
    assert Level.objects.count() == 1


@pytest.mark.parametrize("months", [0, -1, 601])
def test_add_level_is_refused_when_the_validity_makes_no_sense(months, scheme, at):
    with pytest.raises(regulating.ValidityUnusable):
        regulating.add_level(scheme=scheme, rank=2, code="B", name="B证", validity_months=months, by=None, at=at)


def test_the_factory_makes_a_level_once(tree):
    assert certs.level(tree.county) == certs.level(tree.county)
