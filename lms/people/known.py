"""What the register holds about the people whom a file names by their identity numbers, some thousands at a time."""

import datetime as dt
from collections.abc import Sequence

from lms.lib import clock
from lms.people import identity
from lms.people.models import Organisation, PostHeld, Posting, Teacher


class Person:
    """Somebody's record, her account, where she is or last was, and what she holds today."""

    __slots__ = (
        "ended_on",
        "full_name",
        "is_confirmed",
        "is_here",
        "phone",
        "posting",
        "posts",
        "school",
        "since",
        "teacher",
        "user",
    )

    def __init__(self, teacher: int, full_name: str, user: int | None, phone: str | None, is_confirmed: bool) -> None:
        self.teacher, self.full_name = teacher, full_name
        self.user, self.phone, self.is_confirmed = user, phone or "", is_confirmed
        self.posting: int | None = None  # the one without end
        self.school: int | None = None
        self.since: dt.date | None = None
        self.ended_on: dt.date | None = None
        self.is_here = False  # whether she is, or last was, at a school below the unit that brings the file
        self.posts: dict[tuple[str, str], tuple[int, dt.date]] = {}  # (post, stage) → its row and first day


def people(id_numbers: Sequence[str], organisation: Organisation, at: dt.datetime) -> dict[str, Person]:
    """The people of these identity numbers (in their normal form) who are registered, in four queries. A record that
    was merged into another stands for the other."""
    hashes = {identity.id_number_hash(number): number for number in id_numbers if number}
    found = Teacher.objects.filter(id_number_hash__in=list(hashes))
    records = {
        hashes[kept]: merged or pk for kept, pk, merged in found.values_list("id_number_hash", "pk", "merged_into")
    }
    if not records:
        return {}
    by_record = _persons(set(records.values()))
    _place(by_record, organisation, clock.local_date(at))
    return {number: by_record[pk] for number, pk in records.items()}


def _persons(ids: set[int]) -> dict[int, Person]:
    columns = ("pk", "full_name", "user", "user__phone", "user__phone_confirmed_at")
    rows = Teacher.objects.filter(pk__in=ids).values_list(*columns)
    return {
        pk: Person(pk, full_name, user, phone, confirmed is not None) for pk, full_name, user, phone, confirmed in rows
    }


def _place(persons: dict[int, Person], organisation: Organisation, day: dt.date) -> None:
    columns = ("teacher", "pk", "organisation", "organisation__path", "from_on", "until_on")
    last = Posting.objects.last_on(day).filter(teacher__in=list(persons), from_on__lte=day).order_by("from_on", "pk")
    for teacher, pk, school, path, from_on, until_on in last.values_list(*columns):
        person = persons[teacher]
        person.since, person.ended_on, person.is_here = from_on, until_on, path.startswith(organisation.path)
        person.posting, person.school = (pk, school) if until_on is None else (None, None)
    held = PostHeld.objects.held_on(day).filter(teacher__in=list(persons)).order_by("from_on", "pk")
    for teacher, pk, post, stage, from_on in held.values_list("teacher", "pk", "post", "stage", "from_on"):
        persons[teacher].posts[(post, stage)] = (pk, from_on)
