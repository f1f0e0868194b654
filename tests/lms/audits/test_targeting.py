"""Targets and the staffing norm are set by the bureau, with everything that cannot be refused."""

import datetime as dt
from decimal import Decimal

import pytest

from lms.audits import targeting
from lms.audits.models import StaffingNorm, Target
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from tests.factories import certs, district, people
from tests.factories.district import DAY, ON

pytestmark = pytest.mark.django_db


@pytest.fixture
def d(tree):
    made = district.regulated(district.tree(tree.city))
    made.officer = district.officer(made)
    return made


@pytest.fixture
def set_target(d, at):
    def one(**more):
        typed = {
            "authority": d.county,
            "level": d.c,
            "post": "classroom_teacher",
            "measure": "certified",
            "percent": Decimal("92.5"),
            "due_on": ON + DAY,
            "by": d.officer,
            "at": at,
        }
        return targeting.set_target(**{**typed, **more})

    return one


@pytest.fixture
def set_norm(d, at):
    def one(**more):
        typed = {"authority": d.county, "pupils_per_teacher": 1000, "source": "文件18号", "from_on": ON}
        return targeting.set_staffing_norm(**{**typed, "by": d.officer, "at": at, **more})

    return one


def test_set_target_keeps_what_was_said_and_journals_it(set_target, d):
    target = set_target()
    assert (target.percent, target.level, target.set_by) == (Decimal("92.5"), d.c, d.officer)
    line = Line.objects.get(act="audits.target_set")
    assert line.facts == {"authority": "澜溪区", "measure": "certified", "percent": "92.5", "due": "2024-03-06"}


@pytest.mark.parametrize("percent", ["0", "-1", "100.01", "50.005"])
def test_set_target_is_refused_when_it_is_no_share(set_target, percent):
    with pytest.raises(targeting.NoShare):
        set_target(percent=Decimal(percent))


def test_set_target_is_refused_when_the_day_has_passed(set_target):
    set_target(due_on=ON)
    with pytest.raises(targeting.DueAlready):
        set_target(due_on=ON - DAY)


def test_set_target_is_refused_when_the_level_is_a_neighbours(set_target, tree):
    with pytest.raises(targeting.ForeignLevel):
        set_target(level=certs.level(tree.neighbour))
    set_target(level=certs.level(tree.city))


def test_set_target_is_refused_when_there_is_no_such_post(set_target):
    with pytest.raises(targeting.NoSuchPost):
        set_target(post="caretaker")


def test_set_target_is_refused_when_it_stands_already(set_target):
    set_target()
    with pytest.raises(targeting.TargetStands):
        set_target(percent=Decimal(80))
    set_target(measure="trained")
    assert Target.objects.count() == 2


@pytest.mark.parametrize("act", ["set_target", "set_norm"])
def test_nothing_is_set_at_a_school(act, d, request):
    with pytest.raises(targeting.NoTargetsHere):
        request.getfixturevalue(act)(authority=d.direct)


@pytest.mark.parametrize("act", ["set_target", "set_norm"])
@pytest.mark.parametrize("office", ["exam_officer", "auditor", "school_officer", "signatory"])
def test_nothing_is_set_by_another_office(act, office, d, request):
    with pytest.raises(NotYourOffice):
        request.getfixturevalue(act)(by=people.officer(office, d.county))


@pytest.mark.parametrize("act", ["set_target", "set_norm"])
def test_nothing_is_set_by_a_neighbour_nor_upwards(act, tree, d, request):
    with pytest.raises(NotYourOffice):
        request.getfixturevalue(act)(by=people.officer("bureau_officer", tree.neighbour))
    with pytest.raises(NotYourOffice):
        request.getfixturevalue(act)(authority=tree.city)


def test_withdraw_target_forgets_it_and_keeps_the_line(set_target, d, at):
    targeting.withdraw_target(target=set_target(), by=d.officer, at=at)
    assert not Target.objects.exists()
    assert Line.objects.get(act="audits.target_withdrawn").facts["percent"] == "92.5"


def test_withdraw_target_is_refused_when_the_office_is_anothers(set_target, tree, at):
    with pytest.raises(NotYourOffice):
        targeting.withdraw_target(target=set_target(), by=people.officer("bureau_officer", tree.neighbour), at=at)
    assert Target.objects.count() == 1


def test_a_new_norm_ends_the_one_before_on_the_day_before(set_norm):
    old = set_norm(from_on=dt.date(2020, 1, 1), pupils_per_teacher=1200)
    new = set_norm()
    old.refresh_from_db()
    assert (old.until_on, new.until_on, new.pupils_per_teacher) == (ON - DAY, None, 1000)
    assert Line.objects.filter(act="audits.staffing_norm_set").count() == 2


def test_a_norm_is_refused_when_one_begins_then_or_later(set_norm):
    set_norm()
    with pytest.raises(targeting.NormBegins):
        set_norm()
    with pytest.raises(targeting.NormBegins):
        set_norm(from_on=ON - DAY)
    assert StaffingNorm.objects.count() == 1


@pytest.mark.parametrize("pupils", [0, -5, 49, 20_001])
def test_a_norm_is_refused_when_the_number_cannot_be(set_norm, pupils):
    with pytest.raises(targeting.NoNumberOfPupils):
        set_norm(pupils_per_teacher=pupils)


@pytest.mark.parametrize("source", ["", "  ", "长" * 201])
def test_a_norm_is_refused_when_no_document_is_named(set_norm, source):
    with pytest.raises(targeting.SourceMissing):
        set_norm(source=source)
