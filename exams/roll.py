"""What the pages about exams, candidates, rooms and public lists ask, each in a fixed number of queries."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery

from certs.models import Batch
from exams.models import Candidate, Exam, PublicNotice, Room, Sitting, Stage, StageEntry
from lms.journal.models import Line
from lms.lib import clock
from lms.people.models import Appointment, Organisation, Teacher, User


def visible_exams(user: User, at: dt.datetime) -> QuerySet[Exam]:
    """The exams whose page a user may open: those she watches over, and those with candidates she reviews. Being a
    candidate opens no such page."""
    watched = Exam.objects.watched_by(user, at).values("pk")
    reviewed = Candidate.objects.reviewed_by(user, at).values("exam")
    return Exam.objects.filter(Q(pk__in=watched) | Q(pk__in=reviewed))


def may_review(user: User, at: dt.datetime) -> bool:
    """Whether the user holds an office that reviews or watches over exams at all."""
    office = Appointment.Office
    kinds = {office.EXAM_OFFICER, office.BUREAU_OFFICER, office.CLERK, office.SIGNATORY, office.AUDITOR}
    return any(each.office in kinds for each in user.appointments_on(clock.local_date(at)))


def exam_list(user: User, at: dt.datetime) -> QuerySet[Exam]:
    """The visible exams, newest first, each with its stages and the counts of registrations and of those waiting, as
    far as the user may see them."""
    state = Candidate.State
    seen = Q(candidates__in=Candidate.objects.visible_to(user, at))
    return (
        visible_exams(user, at)
        .select_related("organisation", "level")
        .prefetch_related("stages")
        .annotate(
            registered=Count("candidates", filter=seen & ~Q(candidates__state=state.DRAFT)),
            waiting=Count("candidates", filter=seen & Q(candidates__state=state.SUBMITTED)),
        )
        .order_by("-registration_opens_at", "-pk")
    )


@dataclass
class StageView:
    """One stage of an exam as its page shows it."""

    stage: Stage
    entries: Counter = field(default_factory=Counter)
    sitting: Sitting | None = None
    notice: PublicNotice | None = None

    @property
    def seated(self) -> int:
        """Who has a place in it now."""
        return self.entries.total() - self.entries[StageEntry.State.WITHDRAWN]

    @property
    def without_ticket(self) -> int:
        return self.entries[StageEntry.State.SEATED]

    @property
    def passed(self) -> int:
        return self.entries[StageEntry.State.PASSED]

    @property
    def decided(self) -> int:
        return self.passed + self.entries[StageEntry.State.FAILED]


def stage_views(exam: Exam) -> list[StageView]:
    """The stages in order, with counts of entries, the sitting, and the list that stands."""
    views = {stage.pk: StageView(stage) for stage in exam.stages.all()}
    rows = StageEntry.objects.filter(stage__exam=exam).values_list("stage", "state").annotate(n=Count("pk")).order_by()
    for stage_id, state, count in rows:
        views[stage_id].entries[state] = count
    for sitting in Sitting.objects.filter(module__stage__exam=exam).select_related("module"):
        views[sitting.module.stage_id].sitting = sitting
    standing = PublicNotice.objects.filter(stage__exam=exam).exclude(state=PublicNotice.State.RETURNED)
    for notice in standing.defer("rows", "seen"):
        views[notice.stage_id].notice = notice
    return list(views.values())


def candidate_counts(found: QuerySet[Candidate]) -> Counter:
    """How many of these candidates stand in each state."""
    return Counter(dict(found.values_list("state").annotate(n=Count("pk")).order_by()))


def is_out(stage: Stage, opens_on: dt.date | None, at: dt.datetime) -> bool:
    """Whether the result of a stage is public: its list has come to its first day (`opens_on`), or it is final."""
    if stage.state == Stage.State.PUBLICISED:
        return opens_on is None or opens_on <= clock.local_date(at)
    return stage.state == Stage.State.FINALISED


def candidates(user: User, at: dt.datetime, exam: Exam) -> QuerySet[Candidate]:
    """The candidates of an exam whom the user may see as an officer, in the order of the roster; nobody's own."""
    seen = Candidate.objects.visible_to(user, at).of_others(user)
    return (
        seen.filter(exam=exam)
        .exclude(state=Candidate.State.DRAFT)
        .select_related("teacher", "school", "exam")
        .order_by("number")
    )


def search(found: QuerySet[Candidate], *, state: str, unit: str, words: str) -> QuerySet[Candidate]:
    """Narrow a list by state, by a unit (its path) and by name, initials, school or number on the roster."""
    if state:
        found = found.filter(state=state)
    if unit:
        found = found.filter(school__path__startswith=unit)
    if words:
        match = Q(teacher__full_name__icontains=words) | Q(school__name__icontains=words)
        match |= Q(teacher__name_initials__istartswith=words)
        if words.isascii() and words.isdigit() and len(words) < 10:
            match |= Q(number=int(words))
        found = found.filter(match)
    return found


def units_of(exam: Exam) -> list[Organisation]:
    """The units right below the exam's authority, to narrow its lists by."""
    return list(Organisation.objects.filter(parent=exam.organisation_id).order_by("level", "code"))


def history(candidate: Candidate) -> list[Line]:
    """The official acts about one candidacy, in order."""
    return list(Line.objects.about(candidate).order_by("pk"))


def own_candidacies(user: User) -> list[Candidate]:
    """A teacher's candidacies, newest first, each with its entries, their rooms and results; an entry's `opens_on` is
    the first day on which its stage's list is public."""
    notice = PublicNotice.objects.filter(stage=OuterRef("stage"), state=PublicNotice.State.APPROVED)
    entries = (
        StageEntry.objects.annotate(opens_on=Subquery(notice.values("opens_on")[:1]))
        .select_related("stage", "room__sitting")
        .prefetch_related("results__module")
    )
    return list(
        Candidate.objects.held_by(user)
        .select_related("exam__organisation", "exam__level", "school", "teacher")
        .prefetch_related(Prefetch("entries", entries.order_by("stage__number")), "exam__stages")
        .order_by("-exam__registration_opens_at", "-pk")
    )


def open_exams(teacher: Teacher, at: dt.datetime) -> list[Exam]:
    """The announced exams of the authorities above a teacher's school that still take registrations (some open only
    later), without those she is registered for."""
    school = teacher.school_on(clock.local_date(at))
    if school is None:
        return []
    steps = school.path.split("/")[:-1]
    paths = ["/".join(steps[: n + 1]) + "/" for n in range(len(steps))]
    announced = Stage.objects.filter(number=1, state=Stage.State.REGISTRATION_OPEN)
    return list(
        Exam.objects.filter(organisation__path__in=paths, registration_closes_at__gt=at, stages__in=announced)
        .exclude(candidates__teacher=teacher)
        .select_related("organisation", "level")
        .order_by("registration_closes_at")
    )


def rooms(stage: Stage) -> QuerySet[Room]:
    """The rooms of a written stage with who sits where, in order."""
    seats = StageEntry.objects.select_related("candidate__teacher", "candidate__school").order_by("seat")
    return (
        Room.objects.filter(sitting__module__stage=stage)
        .select_related("site", "sitting__module__stage__exam__organisation")
        .prefetch_related(Prefetch("entries", seats))
        .order_by("number")
    )


def public_notices(today: dt.date) -> QuerySet[PublicNotice]:
    """The lists that anyone may read today: approved, from their first to their last day."""
    return (
        PublicNotice.objects.filter(state=PublicNotice.State.APPROVED, opens_on__lte=today, closes_on__gte=today)
        .select_related("stage__exam__organisation")
        .order_by("closes_on", "pk")
    )


def award_basis(exam: Exam) -> str:
    """What an exam's award list and its certificates rest on; once per exam."""
    return f"exam:{exam.pk}"


def award_list(exam: Exam) -> Batch | None:
    """The list of those to be certified that stands for an exam; a returned one does not."""
    return Batch.objects.filter(basis=award_basis(exam)).exclude(state=Batch.State.RETURNED).first()
