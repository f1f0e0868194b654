"""Kin and mentors: declared by the teacher herself or by those who keep her record."""

import pytest
from django.db import IntegrityError, transaction

from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people import relating
from lms.people.access import NotYourOffice
from lms.people.attempts import TooManyTries
from lms.people.models import Appointment, Relation
from tests.factories import people

OFFICE = Appointment.Office


@pytest.fixture
def teacher(tree):
    return people.teacher("林知微", school=tree.school)


@pytest.fixture
def judge(tree):
    return people.officer(OFFICE.JUDGE, tree.city, "林评")


@pytest.fixture
def declare(teacher, judge, at):
    def one(**more):
        given = {"teacher": teacher, "other": judge, "kind": "kin", "by": teacher.user, "at": at}
        return relating.declare(**{**given, **more})

    return one


def test_declare_by_herself_begins_today(teacher, judge, declare, at):
    relation = declare()
    assert (relation.teacher, relation.other, relation.from_on, relation.until_on) == (teacher, judge, at.date(), None)
    assert relation.declared_by == teacher.user
    assert Line.objects.get(act="people.relation_declared").facts["kind"] == "kin"
    assert not Message.objects.exists()


def test_declare_by_an_officer_tells_the_teacher(tree, teacher, declare):
    declare(by=people.officer(OFFICE.SCHOOL_OFFICER, tree.school), kind="mentor")
    assert Message.objects.get().recipient == teacher.user


def test_declare_is_refused_to_others(tree, judge, declare):
    colleague = people.teacher("何远", school=tree.school).user
    for by in (colleague, judge, people.officer(OFFICE.BUREAU_OFFICER, tree.neighbour)):
        with pytest.raises(NotYourOffice):
            declare(by=by)


def test_declare_is_refused_when_kind_or_person_cannot_be(tree, teacher, declare):
    merged = people.teacher("林知薇", school=tree.school, merged_into=teacher)
    with pytest.raises(relating.UnknownKind):
        declare(kind="friend")
    for herself in (teacher.user, merged.user):
        with pytest.raises(relating.RelatedToHerself):
            declare(other=herself)


def test_declare_is_refused_twice_by_act_and_database(teacher, judge, declare, at):
    declare()
    with pytest.raises(relating.AlreadyDeclared):
        declare()
    declare(kind="mentor")
    with pytest.raises(IntegrityError), transaction.atomic():
        Relation.objects.create(
            teacher=teacher, other=judge, kind="kin", from_on=at.date(), declared_by=judge, declared_at=at
        )


def test_withdraw_makes_today_the_last_day_once(declare, teacher, tree, at):
    relation = declare()
    with pytest.raises(NotYourOffice):
        relating.withdraw(relation=relation, by=people.teacher("何远", school=tree.school).user, at=at)
    assert relating.withdraw(relation=relation, by=teacher.user, at=at).until_on == at.date()
    assert Line.objects.filter(act="people.relation_withdrawn").count() == 1
    with pytest.raises(relating.RelationOver):
        relating.withdraw(relation=relation, by=teacher.user, at=at)


def test_find_needs_the_whole_name_and_the_unit_and_says_nobody_where_several_fit(tree, judge, at):
    kin = people.teacher("林远山", school=tree.school)

    def find(name, unit):
        return relating.find(full_name=name, unit_name=unit, by=judge, at=at)

    assert find("林 远山", tree.school.name) == kin.user
    assert find("林评", f" {tree.city.name} ") == judge
    for name, unit in (("林远山", tree.other_school.name), ("林远", tree.school.name), ("林远山", "澜溪县")):
        with pytest.raises(relating.NobodyFits):
            find(name, unit)
    people.teacher("林远山", school=tree.school)
    with pytest.raises(relating.NobodyFits):
        find("林远山", tree.school.name)


def test_find_is_refused_after_twenty_misses_in_an_hour(tree, judge, at):
    people.teacher("林远山", school=tree.school)
    for n in range(20):
        with pytest.raises(relating.NobodyFits):
            relating.find(full_name=f"无{n}", unit_name=tree.school.name, by=judge, at=at)
    with pytest.raises(TooManyTries):
        relating.find(full_name="林远山", unit_name=tree.school.name, by=judge, at=at)
