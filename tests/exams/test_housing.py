"""Sites and their rooms: planned until the seats are drawn, filled in order, some kept apart."""

import pytest

from exams import housing, seat_order, seating
from exams.housing import Place
from exams.models import Room, Site, Sitting, StageEntry
from exams.stages import NotAtThisStep
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from tests.factories import exams as make
from tests.factories import people

TWO = [Place("一中", "学府路1号", [2, 3]), Place("二中", "", [2])]


@pytest.fixture
def officer(tree):
    return people.officer("exam_officer", tree.city, "程秋霁")


@pytest.fixture
def exam(tree):
    return make.exam(tree.city, written="registration_closed", code="241")


@pytest.fixture
def sitting(exam):
    return Sitting.objects.select_related("module__stage__exam__organisation").get()


def plan(sitting, by, at, sites=TWO, across=0):
    housing.plan_sites(sitting=sitting, sites=sites, seats_across=across, by=by, at=at)


def test_plan_sites_replaces_what_was_planned(sitting, officer, at):
    plan(sitting, officer, at)
    plan(sitting, officer, at, [Place("三中", "", [30])], 6)
    assert list(Site.objects.values_list("name", "room_sizes")) == [("三中", [30])]
    sitting.refresh_from_db()
    assert sitting.seats_across == 6
    assert Line.objects.last().facts == {"sites": 1, "rooms": 1, "seats": 30}


@pytest.mark.parametrize(
    ("sites", "across", "refusal"),
    [
        ([Place(" ", "", [30])], 0, housing.SiteFaulty),
        ([Place("一中", "", [])], 0, housing.SiteFaulty),
        ([Place("一中", "", [100])], 0, housing.SiteFaulty),
        ([Place("一中", "", [30, 0])], 0, housing.SiteFaulty),
        (TWO, 21, housing.AcrossUnfit),
        ([Place("一中", "", [1] * 500), Place("二中", "", [1] * 500)], 0, housing.TooManyRooms),
    ],
)
def test_plan_sites_refuses_what_cannot_be_and_keeps_what_stood(sitting, officer, at, sites, across, refusal):
    plan(sitting, officer, at)
    with pytest.raises(refusal):
        plan(sitting, officer, at, sites, across)
    assert list(Site.objects.values_list("name", flat=True)) == ["一中", "二中"]


def test_plan_sites_refuses_after_the_draw_and_for_others(tree, exam, sitting, officer, at):
    with pytest.raises(NotYourOffice):
        plan(sitting, people.officer("clerk", tree.city), at)
    exam.stages.filter(number=1).update(state="arranged")
    with pytest.raises(NotAtThisStep):
        plan(sitting, officer, at)
    assert not Site.objects.exists()


def test_arrange_fills_the_rooms_of_the_sites_in_order(tree, exam, sitting, officer, at):
    plan(sitting, officer, at)
    for n in range(6):
        make.candidate(exam, f"考生{n}", school=[tree.school, tree.city_school][n % 2])
    seating.arrange(stage=make.stage(exam), seed="x", by=officer, at=at)
    rooms = [(room.number, room.site.name, room.capacity, room.entries.count()) for room in Room.objects.all()]
    assert rooms == [(1, "一中", 2, 2), (2, "一中", 3, 3), (3, "二中", 2, 1)]
    stage = make.stage(exam)
    assert stage.arrangement["sizes"] == [2, 3, 2]
    drawn = [seat_order.Person(*pair) for pair in exam.candidates.values_list("number", "school_id")]
    again = [person.number for person in seat_order.arrange(drawn, "x", [2, 3, 2])]
    entries = StageEntry.objects.order_by("admission_number")
    assert list(entries.values_list("candidate__number", flat=True)) == again


def test_arrange_refuses_when_the_sites_have_too_few_seats(tree, exam, sitting, officer, at):
    plan(sitting, officer, at)
    for n in range(9):
        make.candidate(exam, f"考生{n}", school=tree.school)
    with pytest.raises(housing.SeatsShort) as refused:
        seating.arrange(stage=make.stage(exam), seed="x", by=officer, at=at)
    assert refused.value.facts == {"seats": 7, "lacking": 2}
    assert not Room.objects.exists()


def test_arrange_gives_those_who_need_it_a_room_of_their_own(tree, exam, sitting, officer, at):
    apart = [make.candidate(exam, f"甲{n}", school=tree.school) for n in range(2)]
    for n in range(3):
        make.candidate(exam, f"乙{n}", school=tree.city_school)
    for each in apart:
        make.accommodation(each.teacher, separate_room=True)
    make.accommodation(make.candidate(exam, "丙", school=tree.other_school).teacher, large_print=True)
    seating.arrange(stage=make.stage(exam), seed="x", by=officer, at=at)
    first, second = Room.objects.all()
    assert (first.is_separate, first.entries.count()) == (False, 4)
    assert second.is_separate
    assert set(second.entries.values_list("candidate", flat=True)) == {each.pk for each in apart}
    assert sorted(make.stage(exam).arrangement["separate"]) == [1, 2]
    assert make.stage(exam).arrangement["neighbours"] >= 1
