"""Units: the order of levels, codes and names once, a subtree that moves whole, and who may."""

import datetime as dt

import pytest

from lms.journal.models import Line
from lms.people import keeping, organising
from lms.people.access import NotYourOffice
from lms.people.models import Appointment, Organisation, Teacher
from tests.factories import people

LEVEL = Organisation.Level


def found(parent, at, *, name="新学校", code="9906080099", level=LEVEL.SCHOOL, stages=("primary",), by=None):
    return organising.found(name=name, code=code, level=level, parent=parent, stages=stages, by=by, at=at)


def test_found_puts_a_unit_into_its_place_and_writes_a_line(tree, at):
    unit = found(tree.county, at, name=" 澜溪县 第三小学 ")
    assert unit.path == f"{tree.county.path}{unit.pk:08d}/"
    assert (unit.name, unit.stages) == ("澜溪县 第三小学", ["primary"])
    assert list(Organisation.objects.under(tree.city.path).filter(pk=unit.pk)) == [unit]
    assert Line.objects.get(act="people.organisation_founded").subject_id == str(unit.pk)


def test_found_makes_a_root_only_for_the_installation(db, at):
    root = found(None, at, level=LEVEL.PROVINCE, stages=())
    assert root.path == f"{root.pk:08d}/"
    officer = people.officer(Appointment.Office.BUREAU_OFFICER, root)
    with pytest.raises(NotYourOffice):
        found(None, at, name="另一省", code="980000", level=LEVEL.PROVINCE, stages=(), by=officer)


@pytest.mark.parametrize(
    ("parent", "level"),
    [
        ("county", LEVEL.COUNTY),
        ("county", LEVEL.CITY),
        ("city", LEVEL.PROVINCE),
        ("school", LEVEL.SCHOOL),
        ("school", LEVEL.INSTITUTION),
    ],
)
def test_found_refuses_when_the_parent_is_not_of_a_higher_level(tree, at, parent, level):
    with pytest.raises(organising.WrongLevel):
        found(getattr(tree, parent), at, level=level, stages=())


def test_found_lets_levels_be_skipped(tree, at):
    assert found(tree.province, at).parent == tree.province


def test_found_refuses_when_the_code_is_taken(tree, at):
    with pytest.raises(organising.UnitCodeTaken):
        found(tree.neighbour, at, code=tree.school.code)


def test_found_refuses_when_the_name_stands_below_the_same_parent(tree, at):
    with pytest.raises(organising.UnitNameTaken) as refused:
        found(tree.county, at, name=tree.school.name)
    assert tree.county.name in str(refused.value)
    assert found(tree.neighbour, at, name=tree.school.name).name == tree.school.name


@pytest.mark.parametrize("code", ["", "12 34", "9" * 19, "校"])
def test_found_refuses_when_the_code_is_unusable(tree, at, code):
    with pytest.raises(organising.UnitCodeUnusable):
        found(tree.county, at, code=code)


@pytest.mark.parametrize("name", ["  ", "校" * 121])
def test_found_refuses_when_the_name_is_missing_or_too_long(tree, at, name):
    with pytest.raises(organising.UnitNameMissing):
        found(tree.county, at, name=name)


def test_found_refuses_stages_that_no_school_has(tree, at):
    with pytest.raises(organising.WrongStages):
        found(tree.county, at, stages=["university"])
    with pytest.raises(organising.WrongStages):
        found(tree.city, at, level=LEVEL.COUNTY, stages=["primary"])


def test_found_refuses_below_a_closed_unit(tree, at):
    tree.county.closed_on = at.date()
    tree.county.save()
    with pytest.raises(organising.ParentClosed):
        found(tree.county, at)


def test_found_refuses_an_officer_of_the_neighbour_and_of_another_office(tree, at):
    own = people.officer(Appointment.Office.BUREAU_OFFICER, tree.county)
    assert found(tree.county, at, by=own).parent == tree.county
    for office, unit in ((Appointment.Office.BUREAU_OFFICER, tree.neighbour), (Appointment.Office.CLERK, tree.county)):
        with pytest.raises(NotYourOffice):
            found(tree.county, at, name="又一校", code="9906080100", by=people.officer(office, unit))
    assert not Organisation.objects.filter(code="9906080100").exists()


# Moved, named anew, closed


@pytest.fixture
def bureau(tree):
    return people.officer(Appointment.Office.BUREAU_OFFICER, tree.city)


@pytest.fixture
def cluster(tree):
    return people.organisation("东片学区", level=LEVEL.CLUSTER, parent=tree.county, stages=())


def test_move_takes_everything_below_along(tree, cluster, bureau, at):
    school = people.organisation("东片小学", parent=cluster)
    organising.move(unit=cluster, parent=tree.neighbour, by=bureau, at=at)
    cluster.refresh_from_db()
    school.refresh_from_db()
    assert cluster.path == f"{tree.neighbour.path}{cluster.pk:08d}/"
    assert school.path == f"{cluster.path}{school.pk:08d}/"
    assert cluster.parent == tree.neighbour
    assert set(Organisation.objects.under(tree.neighbour.path)) == {tree.neighbour, tree.other_school, cluster, school}
    assert set(Organisation.objects.under(tree.county.path)) == {tree.county, tree.school}
    assert Line.objects.get(act="people.organisation_moved").facts == {"from": "澜溪县", "to": "青屏县"}


def test_move_lets_the_new_county_look_after_the_teachers(tree, bureau, at):
    teacher = people.teacher("林知微", school=tree.school)
    old, new = (people.officer(Appointment.Office.BUREAU_OFFICER, each) for each in (tree.county, tree.neighbour))
    organising.move(unit=tree.school, parent=tree.neighbour, by=bureau, at=at)
    assert teacher not in Teacher.objects.visible_to(old, at)
    assert teacher in Teacher.objects.visible_to(new, at)


def test_move_is_refused_when_the_parent_is_below_it_or_it_itself(tree, cluster, at):
    for parent in (cluster, people.organisation("内层", level=LEVEL.CLUSTER, parent=cluster, stages=())):
        with pytest.raises(organising.UnderItself):
            organising.move(unit=cluster, parent=parent, by=None, at=at)
    with pytest.raises(organising.UnderItself):
        organising.move(unit=tree.county, parent=tree.school, by=None, at=at)
    assert set(Organisation.objects.under(tree.county.path)) >= {tree.county, tree.school, cluster}


def test_move_is_refused_when_level_parent_or_name_do_not_fit(tree, cluster, at):
    with pytest.raises(organising.WrongLevel):
        organising.move(unit=tree.county, parent=tree.neighbour, by=None, at=at)
    with pytest.raises(organising.WrongLevel):
        organising.move(unit=cluster, parent=tree.other_school, by=None, at=at)
    with pytest.raises(organising.BelowAlready):
        organising.move(unit=cluster, parent=tree.county, by=None, at=at)
    people.organisation(cluster.name, level=LEVEL.CLUSTER, parent=tree.neighbour, stages=())
    with pytest.raises(organising.UnitNameTaken):
        organising.move(unit=cluster, parent=tree.neighbour, by=None, at=at)
    Organisation.objects.filter(pk=tree.neighbour.pk).update(closed_on=at.date())
    with pytest.raises(organising.ParentClosed):
        organising.move(unit=cluster, parent=tree.neighbour, by=None, at=at)


def test_move_is_refused_when_the_offices_do_not_cover_both_parents(tree, cluster, at):
    for unit in (tree.county, tree.neighbour, cluster):
        officer = people.officer(Appointment.Office.BUREAU_OFFICER, unit)
        with pytest.raises(NotYourOffice):
            organising.move(unit=cluster, parent=tree.neighbour, by=officer, at=at)
    with pytest.raises(NotYourOffice):
        organising.move(
            unit=cluster, parent=tree.neighbour, by=people.officer(Appointment.Office.AUDITOR, tree.city), at=at
        )


def test_rename_keeps_the_old_name_in_the_journal(tree, bureau, at):
    organising.rename(unit=tree.school, name=" 澜溪县 第一小学 ", by=bureau, at=at)
    tree.school.refresh_from_db()
    assert tree.school.name == "澜溪县 第一小学"
    line = Line.objects.get(act="people.organisation_renamed")
    assert (line.subject_name, line.facts) == ("澜溪县 第一小学", {"before": "澜溪县实验小学"})


def test_rename_is_refused_when_the_name_cannot_be(tree, bureau, at):
    people.organisation("澜溪县第二小学", parent=tree.county)
    for name, kind in (
        ("", organising.UnitNameMissing),
        ("长" * 121, organising.UnitNameMissing),
        (tree.school.name, organising.SameUnitName),
        ("澜溪县第二小学", organising.UnitNameTaken),
    ):
        with pytest.raises(kind):
            organising.rename(unit=tree.school, name=name, by=bureau, at=at)


def test_rename_and_close_are_the_business_of_the_unit_above(tree, at):
    for office, unit in (
        ("bureau_officer", tree.school),
        ("school_officer", tree.school),
        ("bureau_officer", tree.neighbour),
        ("auditor", tree.county),
    ):
        officer = people.officer(office, unit)
        with pytest.raises(NotYourOffice):
            organising.rename(unit=tree.school, name="新名", by=officer, at=at)
        with pytest.raises(NotYourOffice):
            organising.close(unit=tree.school, on=at.date(), reason="撤并", by=officer, at=at)


def test_close_sets_the_day_once(tree, bureau, at):
    organising.close(unit=tree.school, on=at.date(), reason="撤并", by=bureau, at=at)
    tree.school.refresh_from_db()
    assert tree.school.closed_on == at.date()
    assert Line.objects.get(act="people.organisation_closed").reason == "撤并"
    with pytest.raises(organising.ClosedAlready):
        organising.close(unit=tree.school, on=at.date(), reason="撤并", by=bureau, at=at)


def test_close_is_refused_while_teachers_are_posted_or_units_are_open_below(tree, bureau, at):
    teacher = people.teacher("林知微", school=tree.school)
    with pytest.raises(organising.TeachersPosted) as refused:
        organising.close(unit=tree.school, on=at.date(), reason="撤并", by=bureau, at=at)
    assert "林知微" in str(refused.value)
    with pytest.raises(organising.UnitsOpenBelow) as refused:
        organising.close(unit=tree.county, on=at.date(), reason="撤并", by=bureau, at=at)
    assert tree.school.name in str(refused.value)
    teacher.postings.update(until_on=at.date() - dt.timedelta(days=1))
    assert organising.close(unit=tree.school, on=at.date(), reason="撤并", by=bureau, at=at).closed_on
    assert organising.close(unit=tree.county, on=at.date(), reason="撤并", by=bureau, at=at).closed_on


def test_close_is_refused_without_a_reason_or_for_a_day_to_come(tree, bureau, at):
    with pytest.raises(keeping.ReasonMissing):
        organising.close(unit=tree.school, on=at.date(), reason=" ", by=bureau, at=at)
    with pytest.raises(keeping.DayAhead):
        organising.close(unit=tree.school, on=at.date() + dt.timedelta(days=1), reason="撤并", by=bureau, at=at)


# Opened again


def test_reopen_lets_a_closed_unit_go_on_as_it_was(tree, bureau, at):
    organising.close(unit=tree.school, on=at.date(), reason="撤并", by=bureau, at=at)
    organising.reopen(unit=tree.school, reason="生源回升", by=bureau, at=at)
    tree.school.refresh_from_db()
    assert (tree.school.closed_on, tree.school.name) == (None, "澜溪县实验小学")
    line = Line.objects.get(act="people.organisation_reopened")
    assert (line.reason, line.facts) == ("生源回升", {"closed_on": at.date().isoformat()})


def test_reopen_is_refused_when_it_is_open_merged_or_below_a_closed_unit(tree, bureau, at):
    def reopen():
        organising.reopen(unit=tree.school, reason="生源回升", by=bureau, at=at)

    with pytest.raises(organising.NotClosed):
        reopen()
    unit = Organisation.objects.filter(pk=tree.school.pk)
    unit.update(closed_on=at.date(), successor=tree.city_school)
    with pytest.raises(organising.HasSuccessor) as refused:
        reopen()
    assert tree.city_school.name in str(refused.value)
    unit.update(successor=None)
    Organisation.objects.filter(pk=tree.county.pk).update(closed_on=at.date())
    with pytest.raises(organising.AboveClosed):
        reopen()


def test_reopen_is_refused_without_a_reason_and_to_who_does_not_stand_above(tree, bureau, at):
    Organisation.objects.filter(pk=tree.school.pk).update(closed_on=at.date())
    with pytest.raises(keeping.ReasonMissing):
        organising.reopen(unit=tree.school, reason="", by=bureau, at=at)
    for office, unit in (("bureau_officer", tree.school), ("bureau_officer", tree.neighbour), ("auditor", tree.city)):
        with pytest.raises(NotYourOffice):
            organising.reopen(unit=tree.school, reason="生源回升", by=people.officer(office, unit), at=at)
