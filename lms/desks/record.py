"""A teacher's record: where she worked and as what, what she was trained in, credited with, examined in and certified
for, in one timeline. Read in a fixed number of queries, whatever stands there; what hangs on records that were merged
into hers counts as hers."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from certs import wording as certificate_words
from certs.models import Credential, ExternalCredential
from exams.models import ModuleResult, Stage, StageEntry
from lms.lib import clock
from lms.lib.templatetags.design import known_to
from lms.people.models import FormerName, PostHeld, Posting, Teacher
from lms.records import governing, reckoning, wording
from lms.records.models import Honour, HourEntry, Outcome
from lms.records.reckoning import Judged, Line, Year
from lms.training.models import Enrolment

WORK, TRAINING, HOURS, EXAM, CERTIFICATE = "work", "training", "hours", "exam", "certificate"
HONOUR = "honour"
KINDS: dict[str, str | Promise] = {
    WORK: gettext_lazy("Schools and posts"),
    TRAINING: pgettext_lazy("record", "Trainings"),
    HOURS: gettext_lazy("Hours"),
    EXAM: gettext_lazy("Exams"),
    CERTIFICATE: gettext_lazy("Certificates"),
    HONOUR: gettext_lazy("Honours"),
}
_TOOK_PART = (Enrolment.State.CONFIRMED, Enrolment.State.COMPLETED, Enrolment.State.NOT_COMPLETED)
_DECIDED = (StageEntry.State.PASSED, StageEntry.State.FAILED, StageEntry.State.ABSENT, StageEntry.State.VIOLATED)


@dataclass(frozen=True)
class Row:
    """One line of the timeline. `day` is where it stands; `when` says the date as far as it is known. `state` is the
    code word of its chip and `word` what the chip says. `facts` are the same as plain data, for a machine."""

    kind: str
    day: dt.date
    when: str
    title: str
    lines: tuple[str, ...] = ()
    state: str = ""
    word: str = ""
    address: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


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
    credentials = _credentials(persons)
    external = _external(persons, own)
    judged, hours = _hours(teacher, persons, day, own)
    rows = [
        *map(_posting, postings),
        *map(_post, posts),
        *_trainings(persons, own),
        *hours,
        *_exams(persons, own),
        *(_credential(each, day) for each in credentials),
        *(_elsewhere(each, day, own) for each in external),
        *_honours(persons, own),
    ]
    order = {kind: number for number, kind in enumerate(KINDS)}
    rows.sort(key=lambda each: (each.day, order[each.kind], each.title), reverse=True)
    school = teacher.last_school_on(day)
    held = {each.get_post_display(): None for each in posts if _holds(each, day)}
    in_force = [each for each in credentials if each.standing_on(day) == Credential.State.ISSUED]
    names = [certificate_words.certificate_name(each.facts) for each in in_force]
    names += [each.type.name for each in external if _standing(each, day) == ExternalCredential.State.VERIFIED]
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


# Schools and posts


def _posting(each: Posting) -> Row:
    return Row(
        WORK,
        each.from_on,
        _span(each.from_on, each.until_on),
        each.organisation.name,
        state="ended" if each.ending else "",
        word=str(each.get_ending_display()),
        facts={
            "what": "posting",
            "school": each.organisation.name,
            "from": each.from_on,
            "until": each.until_on,
            "ending": each.ending,
        },
    )


def _post(each: PostHeld) -> Row:
    stage = str(each.get_stage_display())
    return Row(
        WORK,
        each.from_on,
        _span(each.from_on, each.until_on),
        str(each.get_post_display()),
        tuple(filter(None, (each.organisation.name, stage))),
        facts={
            "what": "post",
            "post": each.post,
            "name": str(each.get_post_display()),
            "stage": each.stage,
            "school": each.organisation.name,
            "from": each.from_on,
            "until": each.until_on,
        },
    )


# Trainings


def _trainings(persons: list[int], own: bool) -> Iterator[Row]:
    """What stands on record as an outcome, and the periods she took part in of which none stands there."""
    recorded = set()
    for each in Outcome.objects.filter(teacher__in=persons).select_related("organiser").order_by("pk"):
        recorded |= {each.source, (each.title, each.period)}
        yield _outcome(each, own)
    took_part = Enrolment.objects.filter(teacher__in=persons, state__in=_TOOK_PART).order_by("pk")
    for one in took_part.select_related("period__programme__organisation"):
        period = one.period
        if not recorded & {f"training.period:{period.pk}", (period.programme.title, period.number)}:
            yield _enrolment(one, own)


def _outcome(each: Outcome, own: bool) -> Row:
    if each.struck_at:
        state, word = "void", pgettext("training", "struck")
    elif each.is_completed:
        state, word = "completed", pgettext("training", "completed")
    else:
        state, word = "absent", pgettext("training", "not completed")
    organiser = each.organiser.name if each.organiser else ""
    return Row(
        TRAINING,
        each.ended_on,
        known_to(each.ended_on, each.precision),
        _in_period(each.title, each.period),
        tuple(filter(None, (organiser, _hours_of(each), each.strike_reason))),
        state,
        word,
        reverse("records:training", args=[each.pk]) if own else "",
        {
            "what": "training",
            "title": each.title,
            "period": each.period,
            "track": each.track,
            "organiser": organiser,
            "ended_on": _known(each.ended_on, each.precision),
            "hours": each.hours,
            "hours_are_approximate": each.is_approximate,
            "level": each.level,
            "completed": each.is_completed,
            "struck": each.struck_at is not None,
            "reason": each.strike_reason,
        },
    )


def _enrolment(each: Enrolment, own: bool) -> Row:
    period, programme = each.period, each.period.programme
    is_over = each.state != Enrolment.State.CONFIRMED
    return Row(
        TRAINING,
        period.ends_on if is_over else period.starts_on,
        _span(period.starts_on, period.ends_on),
        _in_period(programme.name, period.number),
        (programme.organisation.name,),
        "absent" if each.state == Enrolment.State.NOT_COMPLETED else each.state,
        str(each.get_state_display()),
        reverse("training:mine") if own else "",
        {
            "what": "period",
            "title": programme.title,
            "period": period.number,
            "track": programme.track,
            "organiser": programme.organisation.name,
            "from": period.starts_on,
            "until": period.ends_on,
            "state": each.state,
        },
    )


def _in_period(title: str, number: int | None) -> str:
    return f"{title} {pgettext('training', 'period %(n)s') % {'n': number}}" if number else title


# Hours


def _hours(teacher: Teacher, persons: list[int], day: dt.date, own: bool) -> tuple[Judged, list[Row]]:
    """The present training year as it is judged, and a row for every one that has entries."""
    person = Teacher.objects.filter(pk=teacher.pk)
    found = governing.stretches(person).get(teacher.pk, [])
    entries = governing.entries(person).get(teacher.pk, [])
    written = list(HourEntry.objects.filter(teacher__in=persons).order_by("earned_on", "pk"))
    exempt = governing.exempt(person).get(teacher.pk, [])
    judged = governing.judge(entries, found, day, exempt=exempt)
    first = min([day, *(each.earned_on for each in entries)])
    address = reverse("records:mine") if own else reverse("records:person", args=[teacher.pk])
    last = max([day, *(each.earned_on for each in entries)])
    years = [each for each in reckoning.years(found, first, last) if reckoning.within(entries, each)]
    shown = [governing.judge(entries, found, each.first, exempt=exempt) for each in years]
    return judged, [_year(each, written, day, address) for each in shown]


def _year(judged: Judged, written: Sequence[HourEntry], day: dt.date, address: str) -> Row:
    year = judged.year
    state, word = _fulfilment(judged, day)
    sums = _("; ").join(_sum(each) for each in judged.lines if each.hours or each.required)
    return Row(
        HOURS,
        min(year.last, day) if year.first <= day else year.last,
        _span(year.first, year.last),
        _total(judged),
        tuple(filter(None, (sums, year.rules.name if year.rules else ""))),
        state,
        word,
        f"{address}?year={wording.key(year)}",
        _year_facts(judged, year, written),
    )


def _total(judged: Judged) -> str:
    year, hours, required = wording.name(judged.year), wording.plain(judged.hours), wording.plain(judged.required)
    if judged.required:
        return _("{year}: {hours} of {required} hours").format(year=year, hours=hours, required=required)
    return _("{year}: {hours} hours").format(year=year, hours=hours)


def _sum(line: Line) -> str:
    name, hours, required = HourEntry.Category(line.category).label, wording.plain(line.hours), line.required
    if not required:
        return f"{name} {hours}"
    return _("{category} {hours} of {required}").format(category=name, hours=hours, required=wording.plain(required))


def _fulfilment(judged: Judged, day: dt.date) -> tuple[str, str]:
    if not judged.required:
        return "", ""
    if judged.is_fulfilled:
        return "completed", pgettext("hours", "fulfilled")
    missing = _("%(n)s missing") % {"n": wording.plain(judged.missing)}
    return ("waiting" if judged.year.last >= day else "ended"), missing


def _year_facts(judged: Judged, year: Year, written: Sequence[HourEntry]) -> dict[str, Any]:
    mine = [each for each in written if year.first <= each.earned_on <= year.last]
    return {
        "what": "hours",
        "from": year.first,
        "until": year.last,
        "rules": year.rules.name if year.rules else None,
        "hours": judged.hours,
        "required": judged.required,
        "missing": judged.missing,
        "beyond_a_day": judged.beyond,
        "categories": [
            {"category": each.category, "hours": each.hours, "required": each.required} for each in judged.lines
        ],
        "entries": [
            {
                "number": each.pk,
                "for": each.title,
                "category": each.category,
                "hours": each.hours,
                "counts": judged.counted.get(each.pk, Decimal(0)),
                "from": each.begun_on,
                "earned_on": each.earned_on,
                "takes_back": each.reverses_id,
                "reason": each.reason,
            }
            for each in mine
        ],
    }


# Exams


def _exams(persons: list[int], own: bool) -> Iterator[Row]:
    """The stages whose results are final; of a stage that is not, there is nothing, not even that she sat it."""
    results = ModuleResult.objects.select_related("module").order_by("module__number")
    final = StageEntry.objects.filter(
        candidate__teacher__in=persons, stage__state=Stage.State.FINALISED, state__in=_DECIDED
    )
    related = ("candidate", "stage__exam__organisation", "stage__exam__level", "room__sitting", "hearing__day")
    for each in final.select_related(*related).prefetch_related(Prefetch("results", results)).order_by("pk"):
        yield _entry(each, own)


def _entry(each: StageEntry, own: bool) -> Row:
    exam, day = each.stage.exam, _sat_on(each)
    points = [
        _("{module}: {score} of {full} points").format(
            module=one.module.name, score=wording.plain(one.score), full=wording.plain(one.module.full_marks)
        )
        for one in each.results.all()
        if own and one.score is not None
    ]
    return Row(
        EXAM,
        day,
        date_format(day, "DATE_FORMAT"),
        f"{exam.name} · {each.stage.name}",
        (exam.organisation.name, *points),
        each.state,
        str(each.get_state_display()),
        reverse("exams:my_result", args=[each.candidate_id]) if own else "",
        {
            "what": "exam",
            "exam": exam.name,
            "stage": each.stage.name,
            "level": exam.level.name,
            "authority": exam.organisation.name,
            "on": day,
            "outcome": each.state,
            "results": [
                {
                    "module": one.module.name,
                    "status": one.status,
                    "score": one.score,
                    "full_marks": one.module.full_marks,
                    "passed": one.passed,
                }
                for one in each.results.all()
                if own
            ],
        },
    )


def _sat_on(each: StageEntry) -> dt.date:
    """The day of the sitting or the hearing; where neither is known, of the settled result, or of the registration."""
    if each.room_id:
        return clock.local_date(each.room.sitting.starts_at)
    if hasattr(each, "hearing"):
        return clock.local_date(each.hearing.day.starts_at)
    settled = [one.settled_at for one in each.results.all()]
    return clock.local_date(max(settled, default=each.stage.exam.registration_closes_at))


# Certificates


def _credentials(persons: list[int]) -> list[Credential]:
    issued = Credential.objects.issued().filter(teacher__in=persons)
    return list(issued.select_related("batch").order_by("-issued_on", "-pk"))


def _credential(each: Credential, day: dt.date) -> Row:
    standing = each.standing_on(day)
    name = certificate_words.certificate_name(each.facts)
    return Row(
        CERTIFICATE,
        each.issued_on,
        known_to(each.issued_on, each.precision),
        name,
        tuple(filter(None, (each.facts["authority"], each.number, _valid_until(each.expires_on), each.state_reason))),
        standing,
        str(certificate_words.STANDINGS[standing]),
        reverse("certs:credential", args=[each.pk]),
        {
            "what": "certificate",
            "name": name,
            "holder": each.facts["holder"],
            "number": each.number,
            "authority": each.facts["authority"],
            "issued_on": _known(each.issued_on, each.precision),
            "valid_until": each.expires_on,
            "standing": standing,
            "reason": each.state_reason,
            "paper": each.is_paper,
        },
    )


def _external(persons: list[int], own: bool) -> list[ExternalCredential]:
    rows = ExternalCredential.objects.filter(teacher__in=persons).select_related("type__equals")
    if not own:
        rows = rows.filter(state=ExternalCredential.State.VERIFIED)
    return list(rows.order_by("-issued_on", "-pk"))


def _elsewhere(each: ExternalCredential, day: dt.date, own: bool) -> Row:
    standing = _standing(each, day)
    is_over = standing == "expired"
    equals = each.type.equals.name if each.type.equals and each.state == ExternalCredential.State.VERIFIED else ""
    counts_as = _("counts as %(level)s") % {"level": equals} if equals else ""
    return Row(
        CERTIFICATE,
        each.issued_on,
        date_format(each.issued_on, "DATE_FORMAT"),
        each.type.name,
        tuple(filter(None, (each.type.issuer, each.number, _valid_until(each.expires_on), counts_as, each.reason))),
        standing,
        str(certificate_words.STANDINGS["expired"] if is_over else each.get_state_display()),
        reverse("certs:external", args=[each.pk]) if own else "",
        {
            "what": "certificate_from_elsewhere",
            "name": each.type.name,
            "number": each.number,
            "authority": each.type.issuer,
            "issued_on": each.issued_on,
            "valid_until": each.expires_on,
            "standing": standing,
            "counts_as": equals,
            "reason": each.reason,
        },
    )


def _standing(each: ExternalCredential, day: dt.date) -> str:
    """Its state, or "expired" where it was verified and only time has ended it."""
    verified = each.state == ExternalCredential.State.VERIFIED
    return "expired" if verified and each.expires_on and day > each.expires_on else each.state


def _valid_until(until: dt.date | None) -> str:
    if until is None:
        return pgettext("validity", "without end")
    return pgettext("validity", "until %(day)s") % {"day": date_format(until, "DATE_FORMAT")}


# Honours


def _honours(persons: list[int], own: bool) -> Iterator[Row]:
    """Those that the bureau confirmed."""
    for each in Honour.objects.standing().filter(teacher__in=persons).order_by("pk"):
        yield Row(
            HONOUR,
            each.given_on,
            known_to(each.given_on, each.precision),
            each.title,
            (each.giver, str(each.get_level_display())),
            address=reverse("records:honour", args=[each.pk]) if own else "",
            facts={
                "what": "honour",
                "title": each.title,
                "giver": each.giver,
                "level": each.level,
                "given_on": _known(each.given_on, each.precision),
            },
        )


# Words


def _span(first: dt.date, last: dt.date | None) -> str:
    until = date_format(last, "DATE_FORMAT") if last else pgettext("span", "today")
    return f"{date_format(first, 'DATE_FORMAT')} – {until}"


def _hours_of(each: Outcome) -> str:
    return _("{n} hours").format(n=wording.about(each.hours, each.is_approximate)) if each.hours else ""


def _known(day: dt.date, precision: str) -> str:
    """A date for a machine, as far as it is known: 2013-09-14, 2013-09, 2013."""
    return day.isoformat()[: {"day": 10, "month": 7, "year": 4}[precision]]
