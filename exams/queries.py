"""What pages and other rooms may ask about an exam, each in a fixed number of queries."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, Prefetch, Q, QuerySet

from certs.models import Credential
from exams import contents, roll, scripts
from exams.models import (
    Answer,
    Candidate,
    CutScore,
    Exam,
    Hearing,
    Mark,
    Module,
    ModuleResult,
    Paper,
    PublicNotice,
    Stage,
    StageEntry,
)
from lms.lib import clock
from lms.people import access
from lms.people.models import Appointment, User

SAT = (
    StageEntry.State.PRESENT,
    StageEntry.State.VIOLATED,
    StageEntry.State.MARKED,
    StageEntry.State.PASSED,
    StageEntry.State.FAILED,
)
# Violated papers are not marked.
_COUNTED = tuple(state for state in SAT if state != StageEntry.State.VIOLATED)
PAIR = (Mark.Role.FIRST, Mark.Role.SECOND)
HUMAN = (*PAIR, Mark.Role.THIRD)
HEARD = (Hearing.State.SCORED, Hearing.State.ACKNOWLEDGED)


def funnel(exam: Exam) -> dict[str, int]:
    """How many came through each step of an exam, in four queries whatever its size.

    registered (ever handed in), returned, rejected, withdrawn, approved (now), seated, absent, sat, passed_written,
    heard, passed (every module of the last stage), certified (credentials issued to its candidates on this exam).
    """
    states = Counter(dict(_counted(Candidate.objects.filter(exam=exam), "state")))
    entries: dict[tuple[int, str], int] = {
        (number, state): count
        for number, state, count in StageEntry.objects.filter(stage__exam=exam)
        .values_list("stage__number", "state")
        .annotate(count=Count("pk"))
        .order_by()
    }
    last = max((number for number, _ in entries), default=1)
    hearings = Counter(dict(_counted(Hearing.objects.filter(entry__stage__exam=exam), "state")))

    def stage_count(number: int, *among: str) -> int:
        return sum(count for (at, state), count in entries.items() if at == number and (not among or state in among))

    state = Candidate.State
    return {
        "registered": states.total() - states[state.DRAFT],
        "returned": states[state.RETURNED],
        "rejected": states[state.REJECTED],
        "withdrawn": states[state.WITHDRAWN],
        "approved": states[state.APPROVED],
        "seated": stage_count(1) - stage_count(1, StageEntry.State.WITHDRAWN),
        "absent": stage_count(1, StageEntry.State.ABSENT),
        "sat": stage_count(1, *SAT),
        "passed_written": stage_count(1, StageEntry.State.PASSED),
        "heard": sum(hearings[each] for each in HEARD),
        "passed": stage_count(last, StageEntry.State.PASSED) if last > 1 else 0,
        "certified": Credential.objects.issued().filter(level=exam.level_id, basis=roll.award_basis(exam)).count(),
    }


def hearings_through(stage: Stage) -> tuple[int, int]:
    """How many of a performance stage's hearings are through (scored, forfeited or disqualified), and how many there
    are; those of candidates who withdrew apart."""
    called = Hearing.objects.filter(entry__stage=stage).exclude(entry__state=StageEntry.State.WITHDRAWN)
    out = (Hearing.State.FORFEITED, Hearing.State.DISQUALIFIED)
    counts = called.aggregate(through=Count("pk", filter=Q(state__in=(*HEARD, *out))), called=Count("pk"))
    return counts["through"], counts["called"]


def _counted(rows, field_name):
    return rows.values_list(field_name).annotate(count=Count("pk")).order_by()


# Marking


@dataclass
class ConstructedAnswer:
    """A non-blank answer that people mark, with the marks assigned so far by role; `points` None still waits."""

    pk: int
    paper_id: int
    item: str
    entry_id: int
    script: str
    school_id: int
    school: str
    user_id: int | None
    marks: dict[str, Mark] = field(default_factory=dict)

    def is_apart(self, limit: Decimal | None) -> bool:
        """Whether the first two marks differ by more than the limit allows."""
        return scripts.differ(*(self.points(role) for role in PAIR), limit)

    def points(self, role: str) -> Decimal | None:
        """What the marker of this role gave; None while there is none."""
        mark = self.marks.get(role)
        return mark.points if mark else None


def paper_of(module: Module) -> Paper | None:
    """The frozen paper that a module's sitting uses; form A of two."""
    sitting = getattr(module, "sitting", None)
    return sitting.paper if sitting else None


def papers_of(module: Module) -> list[Paper]:
    """The frozen paper that a module's sitting uses, or both of its forms, A first."""
    paper = paper_of(module)
    return contents.forms(paper) if paper else []


def answers_to_mark(module: Module) -> list[Answer]:
    """All non-blank constructed answers of candidates who were present, by form, item in the paper's order, then
    script; with attempt, entry, candidate, school and teacher. One query beside the papers'."""
    papers = papers_of(module)
    items = [(paper.pk, code) for paper in papers for code in scripts.constructed(paper)]
    order = {item: place for place, item in enumerate(items)}
    if not order:
        return []
    answers = Answer.objects.filter(
        attempt__paper__in=papers,
        attempt__entry__stage=module.stage_id,
        attempt__entry__state__in=_COUNTED,
        item__in={code for _paper, code in order},
    ).select_related("attempt__entry__candidate__school", "attempt__entry__candidate__teacher")
    written = [
        each for each in answers if (each.attempt.paper_id, each.item) in order and not scripts.is_blank(each.response)
    ]
    return sorted(written, key=lambda each: (order[each.attempt.paper_id, each.item], each.attempt.script))


def constructed_answers(module: Module) -> list[ConstructedAnswer]:
    """`answers_to_mark`, each with its marks by role; one query more."""
    found = {each.pk: as_constructed(each) for each in answers_to_mark(module)}
    marks = Mark.objects.standing().filter(answer__attempt__paper__module=module, role__in=HUMAN)
    for mark in marks.select_related("marker"):
        if mark.answer_id in found:
            found[mark.answer_id].marks[mark.role] = mark
    return list(found.values())


def as_constructed(answer: Answer) -> ConstructedAnswer:
    """An answer as marking looks at it, still without its marks."""
    candidate = answer.attempt.entry.candidate
    return ConstructedAnswer(
        pk=answer.pk,
        paper_id=answer.attempt.paper_id,
        item=answer.item,
        entry_id=answer.attempt.entry_id,
        script=answer.attempt.script,
        school_id=candidate.school_id,
        school=candidate.school.name,
        user_id=candidate.teacher.user_id,
    )


@dataclass(frozen=True)
class Standing:
    """How far the marking of constructed answers is."""

    answers: int
    unallocated: int
    waiting: int
    thirds: int
    final: int


def standing(answers: list[ConstructedAnswer], limit: Decimal | None) -> Standing:
    """Counts: answers without markers, first and second marks outstanding, third marks outstanding, final answers."""
    unallocated = waiting = thirds = final = 0
    for each in answers:
        missing = [each.points(role) for role in PAIR].count(None)
        if not each.marks:
            unallocated += 1
        elif missing:
            waiting += missing
        elif each.is_apart(limit) and each.points(Mark.Role.THIRD) is None:
            thirds += 1
        else:
            final += 1
    return Standing(len(answers), unallocated, waiting, thirds, final)


def markers_of(exam: Exam, at: dt.datetime) -> QuerySet[User]:
    """Who holds the office of marker over an exam's authority on that day, by name."""
    return _holders(exam, at, Appointment.Office.MARKER)


def judges_of(exam: Exam, at: dt.datetime) -> QuerySet[User]:
    """Who holds the office of judge over an exam's authority on that day, by name."""
    return _holders(exam, at, Appointment.Office.JUDGE)


def officers_of(exam: Exam, at: dt.datetime) -> QuerySet[User]:
    """Who holds the office of exam officer over an exam's authority on that day, by name."""
    return _holders(exam, at, Appointment.Office.EXAM_OFFICER)


def _holders(exam: Exam, at: dt.datetime, office: str) -> QuerySet[User]:
    above = [*exam.organisation.ancestor_ids, exam.organisation_id]
    held = Appointment.objects.held_on(clock.local_date(at)).filter(office=office, organisation__in=above)
    return User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("full_name", "pk")


@dataclass
class Pile:
    """One marker's answers to one item of one paper."""

    paper: Paper
    module: Module
    item: scripts.Item
    done: int
    of: int
    # Whether trial scripts have to be marked before (exams/trials.py).
    is_on_trial: bool = False

    @property
    def waiting(self) -> int:
        return self.of - self.done


def piles(user: User, at: dt.datetime) -> list[Pile]:
    """The piles of a marker in stages that are being marked now, by exam and the paper's order. Two queries."""
    own = Mark.objects.given_to(user, at).filter(answer__attempt__paper__module__stage__state=Stage.State.MARKING)
    counts = {
        (paper, item): (done, of)
        for paper, item, done, of in own.order_by()
        .values_list("answer__attempt__paper", "answer__item")
        .annotate(done=Count("points"), of=Count("pk"))
    }
    papers = Paper.objects.filter(pk__in={paper for paper, _ in counts}).select_related("module__stage__exam")
    return [
        Pile(paper, paper.module, item, *counts[paper.pk, code])
        for paper in papers.order_by("module__stage__exam_id", "module_id")
        for code, item in scripts.items(paper).items()
        if (paper.pk, code) in counts
    ]


# Lines and results

RESULT_OFFICES = (Appointment.Office.EXAM_OFFICER, Appointment.Office.SIGNATORY, Appointment.Office.AUDITOR)
SETTLED = (Stage.State.SCORES_CHECKED, Stage.State.LINE_SET, Stage.State.PUBLICISED, Stage.State.FINALISED)
RELEASED = (Stage.State.PUBLICISED, Stage.State.FINALISED)


def stages_with_results(user: User, at: dt.datetime) -> QuerySet[Stage]:
    """The stages whose scores a user may see before they are released: those of the authorities that an office as
    exam officer, signatory or auditor covers."""
    paths = access.paths(user, at, *RESULT_OFFICES)
    found = Stage.objects.filter(access.under("exam__organisation__path", paths))
    return found.select_related("exam__organisation")


def module_lines(modules: Iterable[Module]) -> dict[int, Decimal]:
    """The line of each module: the approved one, else the pass mark that was fixed beforehand."""
    found = {each.pk: each.pass_mark for each in modules}
    approved = CutScore.objects.filter(module__in=found, state=CutScore.State.APPROVED)
    return found | dict(approved.values_list("module", "value"))


def entries_with_results(stage: Stage) -> QuerySet[StageEntry]:
    """The entries of a stage with candidate, school and results, by number on the roster."""
    results = ModuleResult.objects.select_related("module").order_by("module__number")
    return (
        stage.entries.select_related("candidate__teacher", "candidate__school")
        .prefetch_related(Prefetch("results", queryset=results))
        .order_by("candidate__number")
    )


def released_entries(candidate: Candidate, at: dt.datetime) -> list[StageEntry]:
    """A candidate's entries in the stages whose results are public, with their results; nothing before the first day
    of the list."""
    results = ModuleResult.objects.select_related("module").order_by("module__number")
    later = PublicNotice.objects.filter(state=PublicNotice.State.APPROVED, opens_on__gt=clock.local_date(at))
    return list(
        candidate.entries.filter(stage__state__in=RELEASED)
        .exclude(stage__in=later.values("stage"))
        .select_related("stage")
        .prefetch_related(Prefetch("results", queryset=results))
        .order_by("stage__number")
    )
