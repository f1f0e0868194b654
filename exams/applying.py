"""A teacher's candidacy: registered, reviewed (approved, returned, not approved), corrected, withdrawn."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from exams import eligibility, on_record, stages, wording
from exams.models import Candidate, Exam, Sitting, Stage, StageEntry
from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, Posting, Teacher, User

OFFICER = Appointment.Office.EXAM_OFFICER
OTHER = wording.OTHER
_TEXTS = (
    "post",
    "stage",
    "subject",
    "education",
    "teacher_certificate",
    "work_started_on",
    "training_hours",
    "phone",
)
_LONGEST = 80


class RegistrationClosed(Refusal):
    sentence = _("Registration for this exam ran until {closes}. Watch the notices for the next exam.")


class RegistrationNotOpen(Refusal):
    sentence = _("Registration for this exam opens on {opens}. Come back then.")


class AlreadyRegistered(Refusal):
    sentence = _("{name} is already registered for this exam (number {number}). Open that registration instead.")


class NumberTaken(Refusal):
    sentence = _("Number {number} on the roster is already given to another candidate of this exam.")


class NotBelowTheAuthority(Refusal):
    sentence = _("{name} is not posted to a school below {authority}. Register with the authority of her school.")


class NotYourRegistration(Refusal):
    sentence = _("Only the teacher herself or an officer whose office covers it may do this.")
    status = 403


class ReviewingOneself(Refusal):
    sentence = _("Nobody reviews her own registration. Ask a colleague with the same office.")
    status = 403


class NotWaitingForReview(Refusal):
    sentence = _("This registration is “{state}” and no longer waits for review. Look at it again.")


class FindingsRemain(Refusal):
    sentence = _("It cannot be approved while rules are not met: {rules}. Return it or decide against it.")


class NoSuchFinding(Refusal):
    sentence = _("This rule does not stand against the registration. Choose one that does, or give another reason.")
    field = "rule"


class ReasonMissing(Refusal):
    sentence = _("Write the reason: the teacher reads it and must know what to do.")
    field = "reason"


class NotReturned(Refusal):
    sentence = _("This registration is “{state}”. Only a returned one can be corrected.")


class PledgeMissing(Refusal):
    sentence = _("Read the pledge and tick it: without it nobody is registered for this exam.")
    field = "pledged"


class SchoolSilent(Refusal):
    sentence = _("{school} has not confirmed this registration yet. It can be approved after that, or returned.")


class AlreadyOver(Refusal):
    sentence = _("This registration is “{state}”, so there is nothing to withdraw.")


class SittingBegun(Refusal):
    sentence = _("The exam began on {starts}. From then on nobody can withdraw.")


class Row(NamedTuple):
    """One line of a roster: who, with which facts, under which number (None: the next one)."""

    teacher: Teacher
    facts: Mapping[str, Any]
    number: int | None = None


def last_day(exam: Exam) -> dt.date:
    """The last day on which one may register; service is counted to it. Closing at midnight is the day before."""
    return clock.local_date(exam.registration_closes_at - dt.timedelta(microseconds=1))


def findings(candidate: Candidate) -> list[eligibility.Finding]:
    """What the rules of the exam hold against a candidate's facts as they stand."""
    return eligibility.findings(candidate.facts, candidate.exam.eligibility, last_day(candidate.exam))


def clean(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts in the shape that is kept: known names only, trimmed text, a true yes or no for `in_service`."""
    kept: dict[str, Any] = {name: str(facts[name]).strip()[:_LONGEST] for name in _TEXTS if facts.get(name) is not None}
    if "in_service" in facts:
        kept["in_service"] = facts["in_service"] is True
    return kept


@transaction.atomic
def register(
    *,
    exam: Exam,
    teacher: Teacher,
    facts: Mapping[str, Any],
    by: User,
    at: dt.datetime,
    number: int | None = None,
    pledged: bool = False,
) -> Candidate:
    """Register a teacher; it waits for review at once. Who: the teacher herself, who ticks the pledge if the exam has
    one (`pledged`), or an exam officer whose office covers the exam. `number` is her place on a roster; without one she
    gets the next.

    Refuses: NotYourRegistration, PledgeMissing, NotAtThisStep, RegistrationNotOpen, RegistrationClosed,
    NotBelowTheAuthority, AlreadyRegistered, NumberTaken.
    """
    if teacher.user_id != by.pk and not access.covers(by, exam.organisation, at, OFFICER):
        raise NotYourRegistration()
    herself = teacher.user_id == by.pk
    if exam.pledge and herself and not pledged:
        raise PledgeMissing()
    (candidate,) = _register(exam, [Row(teacher, facts, number)], at)
    told: dict[str, Any] = {"number": candidate.number}
    if exam.pledge and herself:
        candidate.pledge_version, candidate.pledged_at = exam.pledge_version, at
        candidate.save(update_fields=["pledge_version", "pledged_at"])
        told["pledge_version"] = exam.pledge_version
    journal.write("exams.candidate_registered", by=by, at=at, about=candidate, facts=told)
    _tell(candidate, "exams.candidate_submitted", at)
    return candidate


@transaction.atomic
def register_many(*, exam: Exam, rows: Iterable[Row], by: User, at: dt.datetime) -> list[Candidate]:
    """Register a whole roster or nothing of it, in a fixed number of queries; the refusals are those of `register`,
    and only an exam officer may. One journal line says how many, with their numbers."""
    access.require(by, exam.organisation, at, OFFICER)
    made = _register(exam, list(rows), at)
    numbers = [each.number for each in made]
    journal.write("exams.roster_registered", by=by, at=at, about=exam, facts={"count": len(made), "numbers": numbers})
    inbox.send_all(
        kind="exams.candidate_submitted",
        to=[each.teacher.user for each in made if each.teacher.user_id],
        at=at,
        address="/exams/mine/",
        facts_of=lambda _: {"exam": exam.name},
    )
    return made


def _register(exam: Exam, rows: list[Row], at: dt.datetime) -> list[Candidate]:
    """The rows of candidates, under the exam's lock: window, school, once per teacher, number."""
    exam = Exam.objects.select_for_update().get(pk=exam.pk)
    _require_window(exam, at)
    return _write(exam, rows, at)


def register_behind(exam: Exam, row: Row, at: dt.datetime) -> Candidate:
    """A registration after the window, inside the act that takes a late-comer in and holds the exam's lock. Refuses:
    NotBelowTheAuthority, AlreadyRegistered."""
    (made,) = _write(exam, [row], at)
    return made


def _write(exam: Exam, rows: list[Row], at: dt.datetime) -> list[Candidate]:
    teachers = [row.teacher.pk for row in rows]
    schools = {
        each.teacher_id: each.organisation
        for each in Posting.objects.held_on(clock.local_date(at))
        .filter(teacher__in=teachers, organisation__path__startswith=exam.organisation.path)
        .select_related("organisation")
    }
    for row in rows:
        if row.teacher.pk not in schools:
            raise NotBelowTheAuthority(name=row.teacher.full_name, authority=exam.organisation.name)
    recorded = on_record.facts(exam, [row.teacher for row in rows], clock.local_date(at))
    taken = dict(exam.candidates.values_list("teacher_id", "number"))
    following = max(taken.values(), default=0)
    numbers = set(taken.values())
    made = []
    for row in rows:
        if row.teacher.pk in taken:
            raise AlreadyRegistered(name=row.teacher.full_name, number=taken[row.teacher.pk])
        number = row.number or following + 1
        if number in numbers:
            raise NumberTaken(number=number)
        following = max(following, number)
        numbers.add(number)
        taken[row.teacher.pk] = number
        made.append(
            Candidate(
                exam=exam,
                teacher=row.teacher,
                school=schools[row.teacher.pk],
                number=number,
                state=Candidate.State.SUBMITTED,
                facts={**clean(row.facts), **recorded[row.teacher.pk]},
                submitted_at=at,
            )
        )
    try:
        with transaction.atomic():
            return Candidate.objects.bulk_create(made)
    except IntegrityError as error:
        first = made[0]
        raise AlreadyRegistered(name=first.teacher.full_name, number=first.number) from error


def _require_window(exam: Exam, at: dt.datetime) -> None:
    if at < exam.registration_opens_at:
        raise RegistrationNotOpen(opens=wording.moment(exam.registration_opens_at))
    if at >= exam.registration_closes_at:
        raise RegistrationClosed(closes=wording.deadline(exam.registration_closes_at))
    stages.require(exam.stages.get(number=1), Stage.State.REGISTRATION_OPEN)


@transaction.atomic
def approve(*, candidate: Candidate, by: User, at: dt.datetime) -> None:
    """Find a candidate eligible. Refuses: NotYourOffice, ReviewingOneself, NotAtThisStep, NotWaitingForReview,
    SchoolSilent, FindingsRemain, which names every rule that is not met."""
    _open_review(candidate, by, at)
    if candidate.exam.asks_school and candidate.school_confirmed_at is None:
        raise SchoolSilent(school=candidate.school.name)
    remaining = findings(candidate)
    if remaining:
        raise FindingsRemain(rules="; ".join(wording.rule_name(each.rule) for each in remaining))
    decide(candidate, Candidate.State.APPROVED, "", "", by, at)


@transaction.atomic
def give_back(*, candidate: Candidate, rule: str, reason: str, by: User, at: dt.datetime) -> None:
    """Return a registration for correction: for a fixable rule that it breaks, or (rule "other") for a written
    reason. Refuses: as `approve`, and NoSuchFinding, ReasonMissing."""
    _open_review(candidate, by, at)
    _require_ground(candidate, rule, reason, "fixable")
    decide(candidate, Candidate.State.RETURNED, rule or OTHER, reason, by, at)


@transaction.atomic
def reject(*, candidate: Candidate, rule: str, reason: str, by: User, at: dt.datetime) -> None:
    """Decide against a registration for good: for a final rule that it breaks, or (rule "other") for a written
    reason. Refuses: as `approve`, and NoSuchFinding, ReasonMissing."""
    _open_review(candidate, by, at)
    _require_ground(candidate, rule, reason, "final")
    decide(candidate, Candidate.State.REJECTED, rule or OTHER, reason, by, at)


@transaction.atomic
def correct(*, candidate: Candidate, facts: Mapping[str, Any], by: User, at: dt.datetime) -> None:
    """Correct a returned registration and submit it again. Who: the teacher, or an officer who may review it. What
    it was returned for stays readable until the next decision. Refuses: NotYourRegistration, NotAtThisStep,
    NotReturned."""
    lock(candidate)
    require_owner_or_officer(candidate, by, at)
    require_before_arranging(candidate.exam)
    if candidate.state != Candidate.State.RETURNED:
        raise NotReturned(state=candidate.get_state_display())
    changed = clean(facts)
    names = sorted(name for name in changed if changed[name] != candidate.facts.get(name))
    recorded = on_record.facts(candidate.exam, [candidate.teacher], clock.local_date(at))[candidate.teacher_id]
    candidate.facts = {**candidate.facts, **changed, **recorded}
    candidate.state = Candidate.State.SUBMITTED
    candidate.submitted_at = at
    candidate.school_confirmed_at = candidate.school_confirmed_by = None  # of other facts
    candidate.save(update_fields=["facts", "state", "submitted_at", "school_confirmed_at", "school_confirmed_by"])
    journal.write("exams.candidate_corrected", by=by, at=at, about=candidate, facts={"changed": names})
    _tell(candidate, "exams.candidate_submitted", at)


@transaction.atomic
def withdraw(*, candidate: Candidate, reason: str, by: User, at: dt.datetime) -> None:
    """Take a registration back, at any time before the bell; a seat already given stays empty. Who: the teacher, or
    an officer who may review it. Refuses: NotYourRegistration, ReasonMissing, AlreadyOver, SittingBegun,
    NotAtThisStep."""
    lock(candidate)
    require_owner_or_officer(candidate, by, at)
    if not reason.strip():
        raise ReasonMissing()
    state = Candidate.State
    if candidate.state not in (state.SUBMITTED, state.RETURNED, state.APPROVED):
        raise AlreadyOver(state=candidate.get_state_display())
    first = candidate.exam.stages.get(number=1)
    sitting = Sitting.objects.of_stage(first.pk)
    if sitting and at >= sitting.starts_at:
        raise SittingBegun(starts=wording.moment(sitting.starts_at))
    where = Stage.State
    stages.require(first, where.REGISTRATION_OPEN, where.REGISTRATION_CLOSED, where.ARRANGED)
    candidate.entries.update(state=StageEntry.State.WITHDRAWN)
    candidate.state = state.WITHDRAWN
    candidate.save(update_fields=["state"])
    journal.write("exams.candidate_withdrawn", by=by, at=at, about=candidate, reason=reason.strip())
    _tell(candidate, "exams.candidate_withdrawn", at)


def lock(candidate: Candidate) -> None:
    """Inside an act: lock the exam, then the candidate's row, and read it again: all who decide about it take turns."""
    exam = Exam.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=candidate.exam_id)
    fresh = Candidate.objects.select_for_update().get(pk=candidate.pk)
    candidate.exam = exam
    for field in ("state", "facts", "review_rule", "review_reason", "photo", "school_confirmed_at"):
        setattr(candidate, field, getattr(fresh, field))


def _open_review(candidate: Candidate, by: User, at: dt.datetime) -> None:
    lock(candidate)
    if candidate.teacher.user_id == by.pk:
        raise ReviewingOneself()
    if not _may_review(candidate, by, at):
        raise access.NotYourOffice()
    require_before_arranging(candidate.exam)
    if candidate.state != Candidate.State.SUBMITTED:
        raise NotWaitingForReview(state=candidate.get_state_display())


def require_before_arranging(exam: Exam) -> None:
    """Refuse (NotAtThisStep) once seats are drawn."""
    first = exam.stages.get(number=1)
    stages.require(first, Stage.State.REGISTRATION_OPEN, Stage.State.REGISTRATION_CLOSED)


def _may_review(candidate: Candidate, by: User, at: dt.datetime) -> bool:
    return Candidate.objects.reviewed_by(by, at).filter(pk=candidate.pk).exists()


def require_owner_or_officer(candidate: Candidate, by: User, at: dt.datetime) -> None:
    """Refuse (NotYourRegistration) whoever is neither the teacher nor may review her registration."""
    if candidate.teacher.user_id != by.pk and not _may_review(candidate, by, at):
        raise NotYourRegistration()


def _require_ground(candidate: Candidate, rule: str, reason: str, kind: str) -> None:
    if rule in ("", OTHER):
        if not reason.strip():
            raise ReasonMissing()
    elif rule not in [each.rule for each in findings(candidate) if each.kind == kind]:
        raise NoSuchFinding()


def decide(candidate: Candidate, state: str, rule: str, reason: str, by: User, at: dt.datetime) -> None:
    """Inside an act: write a decision, its journal line and its message."""
    candidate.state = state
    candidate.reviewed_by = by
    candidate.reviewed_at = at
    candidate.review_rule = rule
    candidate.review_reason = reason.strip()
    candidate.save(update_fields=["state", "reviewed_by", "reviewed_at", "review_rule", "review_reason"])
    facts = {"rule": rule} if rule else {}
    journal.write(f"exams.candidate_{state}", by=by, at=at, about=candidate, reason=reason.strip(), facts=facts)
    _tell(candidate, f"exams.candidate_{state}", at, rule=rule, reason=reason.strip())


def _tell(candidate: Candidate, kind: str, at: dt.datetime, **facts: str) -> None:
    if candidate.teacher.user_id:
        inbox.send(
            kind=kind, to=candidate.teacher.user, at=at, address="/exams/mine/", exam=candidate.exam.name, **facts
        )
