"""Where a sitting is held: its sites with the seats of their rooms, until the seats are drawn."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from exams import stages
from exams.models import Site, Sitting, Stage
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User

OFFICER = Appointment.Office.EXAM_OFFICER
MOST_SITES, MOST_ROOMS, MOST_SEATS = 50, 999, 99  # room and seat have three and two digits in the admission number


class SiteFaulty(Refusal):
    sentence = _("Site {number}: give its name and the seats of each room, 1 to 99, for example 30×4 25.")
    field = "sites"


class TooManyRooms(Refusal):
    sentence = _("{rooms} rooms would be needed, but admission numbers count only to 999. Enlarge the rooms.")


class AcrossUnfit(Refusal):
    sentence = _("0 to 20 seats stand side by side; 0 if nobody sits in front of another.")
    field = "seats_across"


class SeatsShort(Refusal):
    sentence = _("The rooms of all sites have {seats} seats, {lacking} too few. Add rooms to a site first.")


class Place(NamedTuple):
    """A site as it is planned: `room_sizes` are the seats of its rooms in order."""

    name: str
    address: str
    room_sizes: list[int]


class Hall(NamedTuple):
    """A room to be made: its seats, its site (None: the sitting's one), and whether it is kept apart."""

    capacity: int
    site: Site | None
    is_separate: bool = False


@transaction.atomic
def plan_sites(*, sitting: Sitting, sites: Sequence[Place], seats_across: int, by: User, at: dt.datetime) -> None:
    """Put these sites in place of those planned before, in the order in which their rooms are filled; none at all:
    the sitting's one site. `seats_across`: seats side by side in a row, 0 for one line. Until the seats are drawn.

    Refuses: NotYourOffice, NotAtThisStep, SiteFaulty, AcrossUnfit, TooManyRooms.
    """
    stage = sitting.module.stage
    access.require(by, stage.exam.organisation, at, OFFICER)
    stages.lock(stage)
    stages.require(stage, Stage.State.PLANNING, Stage.State.REGISTRATION_OPEN, Stage.State.REGISTRATION_CLOSED)
    for number, place in enumerate(sites, 1):
        fits = place.room_sizes and all(1 <= size <= MOST_SEATS for size in place.room_sizes)
        if not place.name.strip() or not fits or number > MOST_SITES:
            raise SiteFaulty(number=number)
    if not 0 <= seats_across <= 20:
        raise AcrossUnfit()
    rooms = sum(len(place.room_sizes) for place in sites)
    if rooms > MOST_ROOMS:
        raise TooManyRooms(rooms=rooms)
    sitting.sites.all().delete()
    Site.objects.bulk_create(
        Site(sitting=sitting, number=number, name=each.name.strip(), address=each.address.strip(), room_sizes=sizes)
        for number, each in enumerate(sites, 1)
        if (sizes := list(each.room_sizes))
    )
    sitting.seats_across = seats_across
    sitting.save(update_fields=["seats_across"])
    facts = {"sites": len(sites), "rooms": rooms, "seats": sum(sum(place.room_sizes) for place in sites)}
    journal.write("exams.sites_planned", by=by, at=at, about=stage, facts=facts)


def halls(sitting: Sitting, ordinary: int, separate: int) -> tuple[list[Hall], list[Hall]]:
    """The rooms that seat so many, and those that follow them for who was granted a room of her own. Refuses:
    SeatsShort, TooManyRooms."""
    planned = [Hall(size, site) for site in sitting.sites.all() for size in site.room_sizes]
    if planned:
        first, rest = _take(planned, ordinary)
        second, _rest = _take(rest, separate)
        lacking = max(0, ordinary - sum(hall.capacity for hall in first))
        lacking += max(0, separate - sum(hall.capacity for hall in second))
        if lacking:
            raise SeatsShort(seats=sum(hall.capacity for hall in planned), lacking=lacking)
    else:
        size = sitting.room_size
        first, second = ([Hall(size, None)] * -(-count // size) for count in (ordinary, separate))
    if len(first) + len(second) > MOST_ROOMS:
        raise TooManyRooms(rooms=len(first) + len(second))
    return first, [hall._replace(is_separate=True) for hall in second]


def _take(planned: list[Hall], people: int) -> tuple[list[Hall], list[Hall]]:
    taken = 0
    while taken < len(planned) and sum(hall.capacity for hall in planned[:taken]) < people:
        taken += 1
    return planned[:taken], planned[taken:]
