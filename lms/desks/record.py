"""A teacher's record: where she worked and as what, what she was trained in, credited with, examined in and certified
for, in one timeline. Read in a fixed number of queries, whatever stands there; what hangs on records that were merged
into hers counts as hers."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from certs import wording as certificate_words
from certs.models import Credential, ExternalCredential
from lms.desks import record_life as life
from lms.desks import record_papers as papers
from lms.desks.record_row import KINDS, Row
from lms.lib import clock
from lms.people.models import FormerName, PostHeld, Posting, Teacher
from lms.records import wording
from lms.records.reckoning import Judged


@dataclass(frozen=True)
class Name:
    """A name she bore: until a day, or on a record that was merged into hers."""

    full_name: str
    until_on: dt.date | None


@dataclass(frozen=True)
class Record:
    """The whole record of a teacher on a day: what its head says, and its rows, the newest first."""

    teacher: Teacher
    day: dt.date
    school: str
    other_names: list[Name]
    posts: list[str]
    certificates: list[str]  # those in force
    judged: Judged
    rows: list[Row]

    @property
    def year_name(self) -> str:
        return wording.name(self.judged.year)

    @property
    def counts(self) -> Counter[str]:
        """How many rows there are of each kind."""
        return Counter(each.kind for each in self.rows)

    def by_year(self, kind: str = "") -> list[tuple[int, list[Row]]]:
        """The rows of a kind, or all, under the calendar years in which they stand, the latest first."""
        shown = [each for each in self.rows if kind in ("", each.kind)]
        return [(year, list(rows)) for year, rows in groupby(shown, key=lambda each: each.day.year)]


def record(teacher: Teacher, at: dt.datetime, *, own: bool) -> Record:
    """The record of a person; never of a record that was merged into another. `own`: read by herself. Then it leads on
    to her own pages, and shows the points of her exams and what she submitted from elsewhere that nobody has verified;
    to others, it says of exams what the public list did, and of certificates from elsewhere those verified. Only final
    results of exams are on record."""
    day = clock.local_date(at)
    merged = list(teacher.merged_from.order_by("pk"))
    persons = [teacher.pk, *(each.pk for each in merged)]
    postings = list(Posting.objects.filter(teacher__in=persons).select_related("organisation"))
    posts = list(PostHeld.objects.filter(teacher__in=persons).select_related("organisation").order_by("post", "pk"))
    credentials = papers.credentials(persons)
    external = papers.external(persons, own)
    judged, hours = life.hours(teacher, persons, day, own)
    rows = [
        *map(life.posting, postings),
        *map(life.post, posts),
        *life.trainings(persons, own),
        *hours,
        *papers.exams(persons, own),
        *(papers.credential(each, day) for each in credentials),
        *(papers.elsewhere(each, day, own) for each in external),
        *life.honours(persons, own),
    ]
    order = {kind: number for number, kind in enumerate(KINDS)}
    rows.sort(key=lambda each: (each.day, order[each.kind], each.title), reverse=True)
    school = teacher.last_school_on(day)
    held = {each.get_post_display(): None for each in posts if _holds(each, day)}
    in_force = [each for each in credentials if each.standing_on(day) == Credential.State.ISSUED]
    names = [certificate_words.certificate_name(each.facts) for each in in_force]
    names += [each.type.name for each in external if papers.standing_of(each, day) == ExternalCredential.State.VERIFIED]
    return Record(
        teacher=teacher,
        day=day,
        school=school.name if school else "",
        other_names=_names(teacher, merged, persons),
        posts=[str(each) for each in held],
        certificates=list(dict.fromkeys(names)),
        judged=judged,
        rows=rows,
    )


def _names(teacher: Teacher, merged: Sequence[Teacher], persons: list[int]) -> list[Name]:
    """What she was called before, and what else she is called on records that were merged into hers; each once."""
    former = FormerName.objects.filter(teacher__in=persons).order_by("-until_on", "-pk")
    found = {each.full_name: Name(each.full_name, each.until_on) for each in former}
    for each in merged:
        found.setdefault(each.full_name, Name(each.full_name, None))
    found.pop(teacher.full_name, None)
    return list(found.values())


def _holds(each: PostHeld, day: dt.date) -> bool:
    return each.from_on <= day and (each.until_on is None or each.until_on >= day)
