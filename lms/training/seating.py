"""Who gets a seat: a period's seats, the shares that are kept for parts of the tree, and those who wait."""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people.models import User
from lms.training import conditions
from lms.training.models import Enrolment, Period, QuotaShare
from lms.training.moving import Move, move, move_all


class PeriodGone(Refusal):
    sentence = _("This period was taken back meanwhile. Look at the list again.")


log = logging.getLogger(__name__)
State = Enrolment.State
_EVERYBODY = ""  # the path above all: the period itself
_DAY = dt.timedelta(days=1)
_ByPeriod = defaultdict[int, dict[str, int]]  # period → path → seats


class Seats:
    """The seats of a period as they stand while its row is locked. Shares form a tree below the period: a seat counts
    against the period and every share above the school, and what a share has given on is kept for those below."""

    def __init__(self, period: Period, at: dt.datetime) -> None:
        self._count(period, _shares([period], at), _taken([period]))

    @classmethod
    def of_each(cls, periods: Sequence[Period], at: dt.datetime) -> "dict[int, Seats]":
        """The same for many periods, by their ids, to look at without their locks. Two queries."""
        shares, taken, found = _shares(periods, at), _taken(periods), {}
        for period in periods:
            found[period.pk] = seats = cls.__new__(cls)
            seats._count(period, shares, taken)
        return found

    def _count(self, period: Period, shares: _ByPeriod, taken: _ByPeriod) -> None:
        self.capacity = period.capacity
        self.shares, self._taken = shares[period.pk], taken[period.pk]

    def taken(self, path: str = _EVERYBODY) -> int:
        """How many seats the teachers of a unit and those below it hold; of the whole period without a path."""
        return sum(count for school, count in self._taken.items() if school.startswith(path))

    @property
    def are_taken(self) -> bool:
        """Whether nobody finds a seat any more, wherever she works."""
        return self.capacity is not None and self.taken() >= self.capacity

    def is_free(self, school: str) -> bool:
        """Whether a teacher of the school at this path finds a seat."""
        return self.left(school) != 0

    def left(self, school: str) -> int | None:
        """How many more teachers of the school at this path find a seat; None where there are seats for all."""
        if self.capacity is None:
            return None
        above = [_EVERYBODY, *sorted(path for path in self.shares if school.startswith(path))]
        free = [self.seats(path) - self.taken(path) for path in above]
        return max(0, min(*free, self.pool(above[-1]) - self.taken_from_pool(above[-1])))

    def take(self, school: str) -> None:
        """Count one more seat for a school."""
        self._taken[school] = self._taken.get(school, 0) + 1

    def seats(self, path: str = _EVERYBODY) -> int:
        """The seats of a share, or of the period; of a period with seats for all there is no number to ask for."""
        return self.shares[path] if path else self.capacity

    def pool(self, path: str = _EVERYBODY) -> int:
        """What is left of a share, or of the period, for those below without a share of their own."""
        return self.seats(path) - sum(self.shares[each] for each in self._below(path))

    def taken_from_pool(self, path: str = _EVERYBODY) -> int:
        """How many seats of a share, or of the period, those below without a share of their own hold."""
        return self.taken(path) - sum(self.taken(each) for each in self._below(path))

    def _below(self, path: str) -> list[str]:
        """The shares right below another, or right below the period."""
        under = [each for each in self.shares if each != path and each.startswith(path)]
        return [each for each in under if not any(each != one and each.startswith(one) for one in under)]


def fill(period: Period, *, at: dt.datetime) -> None:
    """Give every free seat to those who wait, in their order, each as far as her unit's share goes and as no session
    elsewhere stands in her way; where offers are on, she is offered it. The period's row is locked by the act that
    calls."""
    if period.ends_on < clock.local_date(at):
        return
    seats = Seats(period, at)
    if seats.are_taken:
        return
    for each in _line(period):
        if not seats.is_free(each.school.path) or conditions.clash(each, at):
            continue
        seats.take(each.school.path)
        if period.offer_hours is None:
            move(each, State.CONFIRMED, act="promoted", by=None, at=at)
        else:
            until = min(at + dt.timedelta(hours=period.offer_hours), clock.local_moment(period.ends_on + _DAY))
            move(each, State.OFFERED, act="offered", by=None, at=at, until=until)


def refill(*, at: dt.datetime) -> None:
    """Seats that fell free without anybody's doing go to those who wait: the day is over until which they were kept
    for a unit, or a session elsewhere no longer stands in the way. One transaction for each period; one that goes wrong
    holds no other up, and told again, it finds nothing to do."""
    waited_for = Enrolment.objects.filter(state=State.WAITING).values("period")
    for period in Period.objects.filter(ends_on__gte=clock.local_date(at), pk__in=waited_for).order_by("pk"):
        try:
            with transaction.atomic():
                fill(lock(period), at=at)
        except Exception:  # whatever is wrong with this one, it is tried again, and the others have their seats
            log.exception("the seats of period %s could not be given", period.pk)


def seat_all(enrolments: Sequence[Enrolment], *, act: str, by: User, at: dt.datetime) -> list[Enrolment]:
    """Give applicants of one period that goes by order the next numbers, in their order, and each a seat if one is free
    for her and nobody waits for the same; else she waits. The period's row is locked by the act that calls."""
    period = enrolments[0].period
    waits = set(period.enrolments.in_line().order_by().values_list("school__path", flat=True).distinct())
    seats = Seats(period, at)
    moves = []
    for each, place in zip(enrolments, next_places(period, len(enrolments)), strict=True):
        school = each.school.path
        if seats.is_free(school) and not any(seats.is_free(path) for path in waits):
            seats.take(school)
            moves.append(Move(each, State.CONFIRMED, place=place))
        else:
            waits.add(school)
            moves.append(Move(each, State.WAITING, place=place))
    return move_all(moves, act=act, by=by, at=at)


def next_places(period: Period, count: int) -> range:
    """The next numbers in the order, taken under the lock of the period."""
    first = period.next_place
    period.next_place += count
    period.save(update_fields=["next_place"])
    return range(first, period.next_place)


def lock(period: Period) -> Period:
    """The period's row, locked: whoever gives or takes seats holds it. Refuses: PeriodGone."""
    rows = Period.objects.select_for_update(of=("self",)).filter(pk=period.pk)
    found = rows.select_related("programme__organisation", "programme__level", "programme__requires").first()
    if found is None:
        raise PeriodGone()
    return found


def _line(period: Period) -> list[Enrolment]:
    rows = period.enrolments.in_line().select_related("school", "teacher__user", "teacher__merged_into__user")
    for each in rows:
        each.period = period
    return list(rows)


def _shares(periods: Sequence[Period], at: dt.datetime) -> _ByPeriod:
    """The shares in force, by the paths of their units; none once the day has passed until which they are kept."""
    day, found = clock.local_date(at), defaultdict(dict)
    kept = [each for each in periods if not each.shares_until_on or day <= each.shares_until_on]
    rows = QuotaShare.objects.filter(period__in=kept).values_list("period", "organisation__path", "seats")
    for period, path, seats in rows:
        found[period][path] = seats
    return found


def _taken(periods: Sequence[Period]) -> _ByPeriod:
    """How many seats the teachers of each school hold, by its path."""
    rows = Enrolment.objects.filter(period__in=periods).taking().order_by().values("period", "school__path")
    found = defaultdict(dict)
    for period, path, count in rows.annotate(n=Count("pk")).values_list("period", "school__path", "n"):
        found[period][path] = count
    return found
