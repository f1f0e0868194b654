"""Who trains in a period: accounts with a trainer's office, or names alone."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User
from lms.training import seating
from lms.training.models import PLANNERS, Period, PeriodTrainer

LONGEST_NAME, MOST_TRAINERS = 60, 50


class NoTrainersOffice(Refusal):
    sentence = _("{name} holds no trainer's office on the first day of the period. Give it first, or choose another.")
    field = "trainers"


class TrainerTwice(Refusal):
    sentence = _("{name} is named twice. Name each trainer once.")
    field = "trainer_names"


class NameUnfit(Refusal):
    sentence = _("A trainer's name has 60 characters at most; write one name a line.")
    field = "trainer_names"


class TooManyTrainers(Refusal):
    sentence = _("A period has 50 trainers at most.")
    field = "trainer_names"


@dataclass(frozen=True)
class Staff:
    """Who trains: accounts, and the names of those who have none."""

    accounts: Sequence[User] = ()
    names: Sequence[str] = ()


@transaction.atomic
def staff(*, period: Period, trainers: Staff, by: User, at: dt.datetime) -> Period:
    """Say who trains in a period, all of them; from its first day the accounts take its attendance, set its work and
    grade it. Who stood there already needs no office on the first day any more. Refuses: NotYourOffice,
    NoTrainersOffice, NameUnfit, TrainerTwice, TooManyTrainers."""
    access.require(by, period.programme.organisation, at, *PLANNERS)
    held = seating.lock(period)
    before = list(held.trainers.all())
    known = {each.user_id for each in before if each.user_id}
    require_fit(trainers, held.starts_on, known=known)
    held.trainers.all().delete()
    write(held, trainers)
    facts = {"before": [each.name for each in before], "after": [each.name for each in held.trainers.all()]}
    journal.write("training.trainers_named", by=by, at=at, about=held, facts=facts)
    return held


def require_fit(trainers: Staff, first: dt.date, *, known: set[int] = frozenset()) -> None:
    """Refuse what no period of this first day can have (NoTrainersOffice, NameUnfit, TrainerTwice, TooManyTrainers);
    of these known accounts the office is not asked."""
    if len(trainers.accounts) + len(trainers.names) > MOST_TRAINERS:
        raise TooManyTrainers()
    day = clock.local_moment(first)
    for place, user in enumerate(trainers.accounts):
        if user in trainers.accounts[:place]:
            raise TrainerTwice(name=user)
        if user.pk not in known and not access.offices(user, day, Appointment.Office.TRAINER):
            raise NoTrainersOffice(name=user)
    names = [each.strip() for each in trainers.names]
    for place, name in enumerate(names):
        if not 1 <= len(name) <= LONGEST_NAME:
            raise NameUnfit()
        if name in names[:place]:
            raise TrainerTwice(name=name)


def write(period: Period, trainers: Staff) -> None:
    """Add these to a saved period that has no trainers."""
    rows = [PeriodTrainer(period=period, user=user, name=str(user)[:LONGEST_NAME]) for user in trainers.accounts]
    rows += [PeriodTrainer(period=period, name=each.strip()) for each in trainers.names]
    PeriodTrainer.objects.bulk_create(rows)
