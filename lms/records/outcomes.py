"""Trainings that teachers went through: recorded, one or many at once; a wrong one is struck, never edited."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Organisation, Posting, Teacher, User
from lms.records.models import Outcome

OFFICES = Outcome.OFFICES
MOST_HOURS = Decimal("9999.9")
_BATCH = 500


class NeverHere(Refusal):
    sentence = _("{name} was never at a school that your office covers. Her or his own bureau records this training.")


class TrainingUnnamed(Refusal):
    sentence = _("Write what the training was called and what it trained for.")
    field = "title"


class NotOverYet(Refusal):
    sentence = _("The training of {name} ends on {day}. Record it when it is over.")
    field = "ended_on"


class HoursUnusable(Refusal):
    sentence = _("Hours are a number from 0 to 9999.9 with at most one decimal; leave them out where none are known.")
    field = "hours"


class AlreadyRecorded(Refusal):
    sentence = _("{name} has “{title}” on the record already. Leave it out, or strike the other entry first.")


class TwiceListed(Refusal):
    sentence = _("{name} stands twice with “{title}”. Take one of the two off.")


class AlreadyStruck(Refusal):
    sentence = _("This entry has been struck already. Open the list again to see how it stands.")


class StrikeUnexplained(Refusal):
    sentence = _("Write why the entry is wrong: the teacher is told, and the reason stays beside it.")
    field = "reason"


class SomeStruck(Refusal):
    sentence = _("Entries of this import have been struck since, so it is not undone. Strike those that are wrong.")


@dataclass(frozen=True)
class Training:
    """One teacher in one training. `track` is a level's (`certs` Level.track) or a plain word; `ended_on` its last
    day, or the last day of the month or year where `precision` says that no more is known; `hours` of 45 minutes,
    `is_approximate` where the paper says about how many. `level` (`HourClaim.Level`) is who held it where the organiser
    does not say so."""

    teacher: Teacher
    track: str
    title: str
    ended_on: dt.date
    is_completed: bool
    period: int | None = None
    precision: str = Outcome.Precision.DAY
    hours: Decimal | None = None
    organiser: Organisation | None = None
    is_approximate: bool = False
    level: str = ""

    @property
    def person(self) -> Teacher:
        """Whose it is, if her records were merged."""
        return self.teacher.merged_into or self.teacher

    @property
    def key(self) -> tuple[int, str, str, int]:
        """What makes it the same training of the same person."""
        return self.person.pk, self.track, self.title, self.period or 0


@transaction.atomic
def record(*, training: Training, source: str, by: User | None, at: dt.datetime) -> Outcome:
    """Put one training on a teacher's record. `source` says what it rests on; `by` None is an act above that has asked
    for the office itself. Refuses: NeverHere (by whose offices she was never covered), TrainingUnnamed, NotOverYet,
    HoursUnusable, AlreadyRecorded."""
    (outcome,) = _record([training], source, by, at)
    facts = {"track": outcome.track, "completed": outcome.is_completed, "source": source}
    journal.write("records.outcome_recorded", by=by, at=at, about=outcome, facts=facts)
    return outcome


@transaction.atomic
def record_many(
    *, trainings: Sequence[Training], about: Organisation, source: str, by: User | None, at: dt.datetime
) -> list[Outcome]:
    """Put a whole list of trainings on record or nothing of it, in a few queries; the refusals are those of `record`,
    and TwiceListed. One journal line about a unit says how many attendances of how many persons."""
    made = _record(trainings, source, by, at)
    facts = {"attendances": len(made), "persons": len({each.teacher_id for each in made}), "source": source}
    journal.write("records.outcomes_recorded", by=by, at=at, about=about, facts=facts)
    return made


@transaction.atomic
def strike(*, outcome: Outcome, reason: str, by: User, at: dt.datetime) -> Outcome:
    """Strike an entry that is wrong: it stays to be seen with the reason, counts no longer, and a right one may be
    recorded in its place. The teacher is told. Refuses: NotYourOffice, StrikeUnexplained, AlreadyStruck."""
    rows = Outcome.objects.select_for_update(of=("self",))
    outcome = rows.select_related("teacher__user", "teacher__merged_into__user").get(pk=outcome.pk)
    if not Outcome.objects.managed_by(by, at).filter(pk=outcome.pk).exists():
        raise access.NotYourOffice()
    if not reason.strip():
        raise StrikeUnexplained()
    if outcome.struck_at:
        raise AlreadyStruck()
    outcome.struck_by, outcome.struck_at, outcome.strike_reason = by, at, reason.strip()
    outcome.save(update_fields=["struck_by", "struck_at", "strike_reason"])
    journal.write("records.outcome_struck", by=by, at=at, about=outcome, reason=outcome.strike_reason)
    person = outcome.teacher.merged_into or outcome.teacher
    if person.user:
        inbox.send(
            kind="records.outcome_struck",
            to=person.user,
            at=at,
            address="/records/",
            title=outcome.title,
            reason=outcome.strike_reason,
        )
    return outcome


@transaction.atomic
def take_back(*, source: str, about: Organisation, by: User, at: dt.datetime) -> int:
    """Remove every entry of one source, as if it had never been brought in; how many there were. Refuses:
    NotYourOffice, and SomeStruck where somebody has acted on one of them."""
    access.require(by, about, at, *OFFICES)
    rows = Outcome.objects.filter(source=source)
    if rows.exclude(struck_at=None).exists():
        raise SomeStruck()
    count, _by_model = rows.delete()
    journal.write("records.outcomes_taken_back", by=by, at=at, about=about, facts={"count": count, "source": source})
    return count


def _record(trainings: Sequence[Training], source: str, by: User | None, at: dt.datetime) -> list[Outcome]:
    if by is not None:
        _require_covered(trainings, by, at)
    for each in trainings:
        _require_fit(each, at)
    _require_new(trainings)
    rows = [
        Outcome(
            teacher=each.person,
            track=each.track,
            title=each.title,
            period=each.period,
            organiser=each.organiser,
            ended_on=each.ended_on,
            precision=each.precision,
            hours=each.hours,
            is_approximate=each.is_approximate and each.hours is not None,
            level=each.level,
            is_completed=each.is_completed,
            source=source,
            recorded_by=by,
            recorded_at=at,
        )
        for each in trainings
    ]
    try:
        with transaction.atomic():
            return Outcome.objects.bulk_create(rows, batch_size=_BATCH)
    except IntegrityError as twice:
        raise AlreadyRecorded(name=trainings[0].person.full_name, title=trainings[0].title) from twice


def _require_covered(trainings: Sequence[Training], by: User, at: dt.datetime) -> None:
    paths = access.paths(by, at, *OFFICES)
    covered: set[int] = set()
    for some in _batches({each.person.pk for each in trainings}):
        here = Posting.objects.filter(access.under("organisation__path", paths), teacher__in=some)
        covered.update(here.values_list("teacher", flat=True))
    for each in trainings:
        if each.person.pk not in covered:
            raise NeverHere(name=each.person.full_name)


def _require_fit(training: Training, at: dt.datetime) -> None:
    if not training.title.strip() or not training.track.strip():
        raise TrainingUnnamed()
    if training.ended_on > clock.local_date(at):
        raise NotOverYet(name=training.person.full_name, day=training.ended_on.isoformat())
    hours = training.hours
    if hours is not None and not (0 <= hours <= MOST_HOURS and hours == round(hours, 1)):
        raise HoursUnusable()


def _require_new(trainings: Sequence[Training]) -> None:
    known = recorded({each.person.pk for each in trainings})
    seen: set[tuple[int, str, str, int]] = set()
    for each in trainings:
        if each.key in known:
            raise AlreadyRecorded(name=each.person.full_name, title=each.title)
        if each.key in seen:
            raise TwiceListed(name=each.person.full_name, title=each.title)
        seen.add(each.key)


def recorded(teachers: set[int]) -> set[tuple[int, str, str, int]]:
    """The keys (`Training.key`) of what stands on these teachers' records."""
    found: set[tuple[int, str, str, int]] = set()
    for some in _batches(teachers):
        rows = Outcome.objects.standing().filter(teacher__in=some)
        found.update(
            (teacher, track, title, period or 0)
            for teacher, track, title, period in rows.values_list("teacher", "track", "title", "period")
        )
    return found


def _batches(teachers: set[int]) -> Iterator[list[int]]:
    ordered = sorted(teachers)
    for first in range(0, len(ordered), _BATCH):
        yield ordered[first : first + _BATCH]
