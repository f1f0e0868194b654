"""What a teacher must do next, what comes up, and her certificates, read in a fixed number of queries."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from certs.models import Credential, ExternalCredential
from cms import progress
from exams import roll, wording
from exams.models import Attempt, Candidate, Exam, Hearing, Sitting, Stage, StageEntry
from lms.audits import exporting
from lms.audits import queries as audits
from lms.audits import wording as audit_words
from lms.lib import clock
from lms.people.models import Teacher, User
from lms.training import queries as training
from lms.training.models import Session

_SESSIONS = 20  # the nearest; all of them stand on the page of her trainings
_REVIEWING = (Stage.State.REGISTRATION_OPEN, Stage.State.REGISTRATION_CLOSED)
_DECIDED = (StageEntry.State.MARKED, StageEntry.State.PASSED, StageEntry.State.FAILED)
_HEARING_OVER = (
    Hearing.State.SCORED,
    Hearing.State.ACKNOWLEDGED,
    Hearing.State.FORFEITED,
    Hearing.State.DISQUALIFIED,
)


@dataclass(frozen=True)
class Task:
    """One thing to do now; `state` is the code word of its chip."""

    state: str
    chip: str
    due: str
    title: str
    text: str
    action: str
    address: str


@dataclass(frozen=True)
class Coming:
    """Something with a date that lies ahead; the address is where to prepare for it."""

    at: dt.datetime
    title: str
    text: str
    address: str


@dataclass(frozen=True)
class Standing:
    """Where a candidacy stands while there is nothing to do for her."""

    state: str
    chip: str
    title: str
    text: str
    address: str


@dataclass(frozen=True)
class Duty:
    """What a post of hers asks for, and whether she fulfils it today; `held` names what she holds where she does not.
    What is only aimed at (`is_required` False) asks nothing of her."""

    name: str
    post: str
    level: str
    is_required: bool
    is_fulfilled: bool
    held: str


@dataclass
class Agenda:
    """A teacher's home."""

    duties: list[Duty] = field(default_factory=list)
    elsewhere: list[ExternalCredential] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    learning: list[progress.Running] = field(default_factory=list)
    coming: list[Coming] = field(default_factory=list)
    standings: list[Standing] = field(default_factory=list)
    certificates: list[dict] = field(default_factory=list)
    open_exams: list[Exam] = field(default_factory=list)


def agenda(user: User, at: dt.datetime) -> Agenda | None:
    """The agenda of a user who is a teacher; None for anybody else."""
    teacher = Teacher.objects.filter(user=user).first()
    if teacher is None:
        return None
    found = Agenda(
        certificates=_certificates(user, at),
        open_exams=roll.open_exams(teacher, at),
        learning=progress.running(user, at),
        duties=_duties(teacher, clock.local_date(at)),
        elsewhere=list(ExternalCredential.objects.held_by(user).select_related("type__equals").order_by("-issued_on")),
    )
    candidacies = roll.own_candidacies(user)
    dates = _Dates([entry for each in candidacies for entry in each.entries.all()])
    for each in candidacies:
        for line in _lines(each, dates, at):
            {Task: found.tasks, Coming: found.coming, Standing: found.standings}[type(line)].append(line)
    found.coming += [_session(each, at) for each in training.upcoming(user, at)[:_SESSIONS]]
    found.coming.sort(key=lambda line: line.at)
    return found


def _session(each: Session, at: dt.datetime) -> Coming:
    """A session of a training she has a seat in: which training, where, and that she may sign in now."""
    name = f"{each.period.programme.name} {pgettext('training', 'period %(n)s') % {'n': each.period.number}}"
    is_open = each.opens_at <= at
    text = [name, each.room or each.period.place, _("sign-in is open: scan the code in the room") if is_open else ""]
    return Coming(each.starts_at, each.title, " · ".join(filter(None, text)), reverse("training:mine"))


def _duties(teacher: Teacher, on: dt.date) -> list[Duty]:
    """What her posts at her school ask for today, in a fixed number of queries."""
    school = teacher.school_on(on)
    lines = audits.duties_of(teacher, school, on) if school else []
    held = {scheme: [] for scheme in sorted({each.yardstick.level.scheme_id for each in lines})}
    for scheme, papers in held.items():
        papers += [exporting.paper_words(paper) for _who, paper in audits.papers([teacher.pk], scheme, on)]
    return [
        Duty(
            name=audit_words.name(each.yardstick),
            post=audit_words.post_name(each.yardstick),
            level=each.yardstick.level.name,
            is_required=each.yardstick.is_required,
            is_fulfilled=bool(each.share.part),
            held=_("; ").join(held[each.yardstick.level.scheme_id]),
        )
        for each in lines
    ]


class _Dates:
    """The sittings, attempts and hearings of some entries, in three queries."""

    def __init__(self, entries: list[StageEntry]) -> None:
        pks = [each.pk for each in entries]
        sittings = Sitting.objects.filter(module__stage__in={each.stage_id for each in entries})
        self.sittings = {each.module.stage_id: each for each in sittings.select_related("module")}
        self.attempts = {each.entry_id: each for each in Attempt.objects.filter(entry__in=pks)}
        self.hearings = {each.entry_id: each for each in Hearing.objects.filter(entry__in=pks).select_related("day")}


def _lines(candidate: Candidate, dates: _Dates, at: dt.datetime) -> Iterator[Task | Coming | Standing]:
    state = Candidate.State
    exam = candidate.exam
    if candidate.state == state.RETURNED and exam.stages.all()[0].state in _REVIEWING:
        yield Task(
            state=candidate.state,
            chip=str(candidate.get_state_display()),
            due=_("until the seats are arranged"),
            title=_("Correct your registration"),
            text=_("{exam}. Returned because: {reason}").format(
                exam=exam.name, reason=candidate.review_reason or wording.rule_name(candidate.review_rule)
            ),
            action=_("Correct and submit again"),
            address=reverse("exams:correct", args=[candidate.pk]),
        )
    elif candidate.state == state.APPROVED and candidate.entries.all():
        for entry in candidate.entries.all():
            yield from _entry_lines(candidate, entry, dates, at)
    elif candidate.state != state.DRAFT:
        yield Standing(
            candidate.state,
            str(candidate.get_state_display()),
            exam.name,
            exam.organisation.name,
            reverse("exams:mine"),
        )


def _entry_lines(
    candidate: Candidate, entry: StageEntry, dates: _Dates, at: dt.datetime
) -> Iterator[Task | Coming | Standing]:
    name = f"{candidate.exam.name} {entry.stage.name}"
    if roll.is_out(entry.stage, entry.opens_on, at):
        address = reverse("exams:my_result", args=[candidate.pk])
        said = entry.stage.get_state_display()
        yield Standing(entry.state, str(entry.get_state_display()), name, str(said), address)
    elif entry.stage.kind == Stage.Kind.WRITTEN:
        yield from _sitting_lines(entry, name, dates, at)
    else:
        hearing = dates.hearings.get(entry.pk)
        if hearing and hearing.state not in _HEARING_OVER:
            text = _("{site}. Bring your identity card.").format(site=hearing.day.site)
            yield Coming(hearing.day.starts_at, name, text, reverse("exams:mine"))
        else:
            yield _before_the_result(entry, name)


def _before_the_result(entry: StageEntry, name: str, text: str = "") -> Standing:
    """Where an entry stands while its result is not public: whether she passed is never among it."""
    if entry.state in _DECIDED:
        return Standing("marking", _("result to follow"), name, text, reverse("exams:mine"))
    return Standing(entry.state, str(entry.get_state_display()), name, text, reverse("exams:mine"))


def _sitting_lines(entry: StageEntry, name: str, dates: _Dates, at: dt.datetime) -> Iterator[Task | Coming | Standing]:
    sitting, attempt = dates.sittings.get(entry.stage_id), dates.attempts.get(entry.pk)
    ticketed = entry.state in (StageEntry.State.TICKETED, StageEntry.State.PRESENT)
    if sitting is None or not ticketed:
        yield _before_the_result(entry, name)
    elif _is_to_come(sitting, at):
        text = _("{site}. Print your admission ticket and bring your identity card.").format(site=sitting.site)
        yield Coming(sitting.starts_at, name, text, reverse("exams:ticket", args=[entry.pk]))
    elif _may_sit(sitting, attempt, at):
        yield Task(
            state="in_progress",
            chip=_("today"),
            due=_("from {start} to {end}").format(
                start=wording.moment(sitting.starts_at), end=wording.clock_time(sitting.ends_at)
            ),
            title=name,
            text=_("Enter before {time}. Every answer is saved at once; if the network fails, go on answering.").format(
                time=wording.clock_time(sitting.entry_closes_at)
            ),
            action=_("Go on answering") if attempt else _("Enter the exam"),
            address=reverse("exams:sit", args=[entry.pk]),
        )
    else:
        text = _("Handed in. The result follows after the publicity opens.") if attempt else ""
        yield _before_the_result(entry, name, text)


def _is_to_come(sitting: Sitting, at: dt.datetime) -> bool:
    """Whether there is nothing to open yet: until the day of the sitting, and on paper until its end."""
    if sitting.on_paper:
        return at < sitting.ends_at
    return at < sitting.starts_at and clock.local_date(at) != clock.local_date(sitting.starts_at)


def _may_sit(sitting: Sitting, attempt: Attempt | None, at: dt.datetime) -> bool:
    if attempt:
        return attempt.state == Attempt.State.OPEN and at < attempt.deadline_at
    return not sitting.on_paper and at < sitting.entry_closes_at


def _certificates(user: User, at: dt.datetime) -> list[dict]:
    today = clock.local_date(at)
    held = Credential.objects.held_by(user).select_related("level__scheme__authority")
    return [{"credential": each, "standing": each.standing_on(today)} for each in held]
