"""The seats of a period come down the tree: kept for counties, clusters and schools, until a day."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Organisation, User
from lms.training import seating
from lms.training.models import PLANNERS, Period, QuotaShare
from lms.training.planning import MOST_SEATS


class NothingToShare(Refusal):
    sentence = _("This period has seats for all, so there is nothing to share. Give it a number of seats first.")


class NotBelow(Refusal):
    sentence = _("{unit} does not lie below {above}; shares go down the tree.")


class ShareUnreadable(Refusal):
    sentence = _("Seats for {unit} are a whole number from 1 to 100,000; leave it empty for none.")


class SharedTooMuch(Refusal):
    sentence = _("{above} has {has} seats, but {given} are shared below it. Take some away.")


class ShareTaken(Refusal):
    sentence = _("{taken} seats of {unit} are taken already; its share cannot be smaller ({seats}).")


class PoolTaken(Refusal):
    sentence = _("{taken} seats are taken by teachers of units without a share; only {pool} would be left for them.")


class KeptTooLong(Refusal):
    sentence = _("Unused seats return to all on the last day of enrolment at latest.")
    field = "until_on"


@transaction.atomic
def share(
    *, period: Period, seats: Mapping[Organisation, int], until_on: dt.date | None, by: User | None, at: dt.datetime
) -> Period:
    """Keep so many seats for each of these units until the end of a day (None: as long as the period runs); the whole
    plan takes the place of the one before, and whoever waits and finds a seat by it has it. An empty plan keeps
    nothing. `by` None is the installation.

    Refuses: NotYourOffice, NothingToShare, NotBelow, ShareUnreadable, SharedTooMuch (what is shared below a unit, or
    below the period, is more than it has), ShareTaken, PoolTaken, KeptTooLong.
    """
    if by is not None:
        access.require(by, period.programme.organisation, at, *PLANNERS)
    held = seating.lock(period)
    _require_fit(held, seats, until_on)
    before = {each.organisation_id: each.seats for each in held.shares.all()}
    held.shares.all().delete()
    QuotaShare.objects.bulk_create(QuotaShare(period=held, organisation=unit, seats=n) for unit, n in seats.items())
    held.shares_until_on = until_on
    held.save(update_fields=["shares_until_on"])
    _require_room(held, seats, at)
    facts = {"before": before, "after": {unit.pk: n for unit, n in seats.items()}, "until_on": until_on}
    journal.write("training.seats_shared", by=by, at=at, about=held, facts=facts)
    seating.fill(held, at=at)
    return held


def fair(seats: int, lacking: Mapping[Organisation, int]) -> dict[Organisation, int]:
    """Share seats in proportion to how many still lack what the training leads to, by the largest remainder; nobody
    gets more than lack it, and what nobody lacks stays unshared. Of equal remainders the larger need comes first, then
    the order of the tree."""
    units = sorted((unit for unit, n in lacking.items() if n > 0), key=lambda unit: unit.path)
    need = sum(lacking[unit] for unit in units)
    if not need:
        return {}
    seats = min(seats, need)
    shares = {unit: seats * lacking[unit] // need for unit in units}
    order = sorted(units, key=lambda unit: (-(seats * lacking[unit] % need), -lacking[unit]))
    for unit in order[: seats - sum(shares.values())]:
        shares[unit] += 1
    return {unit: n for unit, n in shares.items() if n}


def _require_fit(period: Period, seats: Mapping[Organisation, int], until_on: dt.date | None) -> None:
    if period.capacity is None:
        raise NothingToShare()
    top = period.programme.organisation
    for unit, n in seats.items():
        if unit == top or not unit.path.startswith(top.path):
            raise NotBelow(unit=unit, above=top)
        if not 1 <= n <= MOST_SEATS:
            raise ShareUnreadable(unit=unit)
    if until_on and until_on > clock.local_date(period.enrol_until_at):
        raise KeptTooLong()
    for unit, has in [(top, period.capacity), *seats.items()]:
        given = sum(seats[each] for each in _right_below(unit, list(seats)))
        if given > has:
            raise SharedTooMuch(above=unit, has=has, given=given)


def _right_below(unit: Organisation, units: Sequence[Organisation]) -> list[Organisation]:
    under = [each for each in units if each != unit and each.path.startswith(unit.path)]
    return [each for each in under if not any(each != one and each.path.startswith(one.path) for one in under)]


def _require_room(period: Period, seats: Mapping[Organisation, int], at: dt.datetime) -> None:
    """What is taken stays within every share, and within what is left for those without one."""
    found = seating.Seats(period, at)
    if not found.shares:
        return
    for unit, n in seats.items():
        if found.taken(unit.path) > n:
            raise ShareTaken(unit=unit, taken=found.taken(unit.path), seats=n)
    for path in ["", *found.shares]:
        taken, pool = found.taken_from_pool(path), found.pool(path)
        if taken > pool:
            raise PoolTaken(taken=taken, pool=pool)
