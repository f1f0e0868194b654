"""Marks: by the key at once, by two markers who do not see each other, and by a third where they differ too much."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from exams import criteria, dividing, queries, scripts, stages, trials
from exams.models import Answer, Attempt, Exam, Mark, Module, Paper, Stage, ThirdMarker
from lms.inbox import writing as inbox
from lms.journal import writing
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User
from lms.questions import marking as keys

STEP = Decimal("0.5")
PILES = "/exams/marking/"
_Role = Mark.Role


class StillSitting(Refusal):
    sentence = _("{count} candidates have not handed in yet. Allocate the scripts when the last one has.")


class NothingToAllocate(Refusal):
    sentence = _("Every written answer already has its two markers. Nothing is left to allocate.")


class TooFewMarkers(Refusal):
    sentence = _("Each answer needs two different markers. Choose at least two people.")
    field = "markers"


class NotAMarker(Refusal):
    sentence = _(
        "{name} does not hold the office of marker here. Have the office given first, or choose somebody else."
    )
    field = "markers"


class NotYourMark(Refusal):
    sentence = _("This answer was given to another marker. Only she can mark it.")
    status = 403


class OutOfRange(Refusal):
    sentence = _("{given} is not between 0 and {most} points. Give a number within that range.")
    field = "points"


class NotHalfPoints(Refusal):
    sentence = _("{given} is not in steps of half a point. Give full or half points.")
    field = "points"


class MarkStands(Refusal):
    sentence = _(
        "The other marker has marked this answer too, so your mark stands. Tell the exam officer if it is wrong."
    )
    field = "points"


class MarkReplaced(Refusal):
    sentence = _("This answer is being marked anew by others. Your mark is kept, but it is not changed any more.")
    field = "points"


class CheckMarked(Refusal):
    sentence = _("You have been shown the points agreed on for this answer, so your mark of it stands.")
    field = "points"


class NoThirdNeeded(Refusal):
    sentence = _("The two marks of this answer do not differ by more than the limit. It needs no third marker.")


class MarkedByHerAlready(Refusal):
    sentence = _("{name} is already one of this answer's markers. Choose somebody else as third.")
    field = "marker"


class ThirdHasMarked(Refusal):
    sentence = _("The third marker has already marked this answer. Her mark stands.")


def final_points(
    first: Decimal | None, second: Decimal | None, third: Decimal | None, limit: Decimal | None
) -> Decimal | None:
    """The points of a constructed answer, exact; None while a mark is still missing.

    Two marks that differ by no more than `limit` (None: no limit) give their mean. Otherwise the third mark and the
    nearer of the first two give theirs; where both are equally near, the higher counts.
    """
    if first is None or second is None:
        return None
    if not scripts.differ(first, second, limit):
        return (first + second) / 2
    if third is None:
        return None
    nearer = min((first, second), key=lambda each: (abs(each - third), -each))
    return (nearer + third) / 2


def points_of(paper: Paper, item: str) -> Decimal:
    """The most that an item of a paper earns."""
    return scripts.items(paper)[item].points


def mark_by_key(attempt_id: int, at: dt.datetime) -> None:
    """Give every answer of a handed-in attempt that has a key its points and note the moment.
    Returns quietly where the attempt is still open or was marked before: a second run changes nothing."""
    mark_many_by_key([attempt_id], at)


@transaction.atomic
def mark_many_by_key(attempt_ids: Iterable[int], at: dt.datetime) -> int:
    """`mark_by_key` for several attempts at once, in one transaction and as many questions of the database as for one;
    returns how many were marked."""
    held = Attempt.objects.select_for_update().filter(pk__in=list(attempt_ids), marked_at=None)
    due = dict(held.filter(state=Attempt.State.HANDED_IN).order_by("pk").values_list("pk", "paper_id"))
    papers = {each.pk: scripts.items(each) for each in Paper.objects.filter(pk__in=set(due.values()))}
    rows = Answer.objects.filter(attempt__in=due).order_by("pk").values_list("pk", "attempt_id", "item", "response")
    Mark.objects.bulk_create(
        [
            Mark(
                answer_id=pk,
                role=_Role.KEY,
                points=keys.mark(item.kind, item.key, item.points, response),
                assigned_at=at,
                marked_at=at,
            )
            for pk, attempt_id, code, response in rows.iterator(chunk_size=5000)
            if (item := papers[due[attempt_id]].get(code)) and not item.is_constructed
        ],
        batch_size=5000,
    )
    Attempt.objects.filter(pk__in=due).update(marked_at=at)
    return len(due)


def allocate(
    module: Module,
    markers: Iterable[User],
    *,
    by: User,
    at: dt.datetime,
    third_markers: Iterable[User] | None = None,
    pairs: Mapping[int, tuple[User, User]] | None = None,
) -> int:
    """Give every non-blank constructed answer that has none a first and a second marker; returns how many answers.

    The work is shared out evenly, question by question, and comes out the same for the same scripts and markers.
    `pairs` (answer id → first, second) names the markers instead and may cover a part. `third_markers` are the pool
    from which a third is called in where two differ by more than the module's limit; without it, the markers are.
    Nobody marks candidates of a school where she is or was posted as a teacher, nor her own script.
    Where an item is marked after trial marking, only those who passed it are given its answers.
    Refuses: NotYourOffice, NotAtThisStep, StillSitting, TooFewMarkers, NotAMarker, NothingToAllocate, NotToBeMarked,
    SameMarkerTwice, MarkerOnTrial, MarkerOfTheSchool, NoTwoMarkers, NoTwoPassed.
    """
    named = _each_once(person for pair in (pairs or {}).values() for person in pair)
    markers = _each_once(markers) or named
    pool = _each_once(third_markers or markers)
    with transaction.atomic():
        stage, exam = _locked_stage(module)
        access.require(by, exam.organisation, at, Appointment.Office.EXAM_OFFICER)
        stages.require(stage, Stage.State.MARKING)
        _require_handed_in(stage)
        _require_markers(_each_once([*markers, *pool, *named]), exam, at)
        if len(markers) < 2:
            raise TooFewMarkers()
        waiting = [each for each in queries.constructed_answers(module) if not each.marks]
        if not waiting:
            raise NothingToAllocate()
        barred = dividing.Barred([*markers, *named])
        chosen = (
            dividing.balanced(waiting, markers, barred) if pairs is None else dividing.named(waiting, pairs, barred)
        )
        _give_out(chosen, at)
        ThirdMarker.objects.bulk_create(
            [ThirdMarker(module=module, marker=each) for each in pool], ignore_conflicts=True
        )
        facts = {
            "module": module.pk,
            "answers": len(chosen),
            "markers": [str(each) for each in named or markers],
            "third_markers": [str(each) for each in pool],
            "named": pairs is not None,
        }
        writing.write("exams.marking_allocated", by=by, at=at, about=stage, facts=facts)
        _tell(chosen, exam, at)
    return len(chosen)


def _each_once(people: Iterable[User]) -> list[User]:
    return list({each.pk: each for each in people}.values())


def _locked_stage(module: Module) -> tuple[Stage, Exam]:
    stage = module.stage
    stages.lock(stage)
    return stage, stage.exam


def _require_handed_in(stage: Stage) -> None:
    still_open = Attempt.objects.filter(entry__stage=stage, state=Attempt.State.OPEN).count()
    if still_open:
        raise StillSitting(count=still_open)


def _require_markers(people: Iterable[User], exam: Exam, at: dt.datetime) -> None:
    for each in people:
        if not access.covers(each, exam.organisation, at, Appointment.Office.MARKER):
            raise NotAMarker(name=each)


def _give_out(chosen: dividing.Chosen, at: dt.datetime) -> None:
    Mark.objects.bulk_create(
        [
            Mark(answer_id=answer.pk, role=role, marker=marker, assigned_at=at)
            for answer, first, second in chosen
            for role, marker in ((_Role.FIRST, first), (_Role.SECOND, second))
        ],
        batch_size=1000,
    )


def _tell(chosen: dividing.Chosen, exam: Exam, at: dt.datetime) -> None:
    counts = Counter(each.pk for _answer, *pair in chosen for each in pair)
    people = _each_once(each for _answer, *pair in chosen for each in pair)
    inbox.send_all(
        kind="exams.marking_ready",
        to=people,
        at=at,
        address=PILES,
        facts_of=lambda user: {"exam": exam.name, "count": counts[user.pk]},
    )


def mark(
    mark: Mark, points: Decimal | None = None, *, by: User, at: dt.datetime, by_criteria: Sequence[Decimal | None] = ()
) -> Mark:
    """Give points to an answer from one's own pile, or change them until the other marker's are in.

    Where the item has criteria, `by_criteria` are the points of each in their order, and the mark is their sum. The
    Mark row is the record of points given; a change leaves the old points in the journal. Where this was the second
    mark and the two differ by more than the limit, the member of the pool with the least waiting work who may mark
    this answer becomes its third marker. Refuses: NotYourMark, NotYourOffice (no marker any more), NotAtThisStep,
    TrialNotPassed, OutOfRange, NotHalfPoints, CriteriaMissing, CriterionOutOfRange, MarkStands, MarkReplaced,
    CheckMarked.
    """
    with transaction.atomic():
        answer = locked_answer(mark.answer_id)
        module = answer.attempt.paper.module
        every = list(answer.marks.all())
        own = next((each for each in every if each.pk == mark.pk), None)
        if own is None or own.marker_id is None or own.marker_id != by.pk:
            raise NotYourMark()
        access.require(by, module.stage.exam.organisation, at, Appointment.Office.MARKER)
        stages.require(module.stage, Stage.State.MARKING)
        trials.require_passed(by, answer.attempt.paper, answer.item)
        points = points_given(answer.attempt.paper, answer.item, points, by_criteria)
        marks = {each.role: each for each in every if each.superseded_by_id is None and each.role in queries.HUMAN}
        given = [scripts.plain(each) for each in by_criteria]
        if (own.points, own.criteria) == (points, given):
            return own
        if own.superseded_by_id:
            raise MarkReplaced()
        if own.points is not None:
            _require_changeable(own, marks)
            facts = {"from": scripts.plain(own.points), "to": scripts.plain(points), "item": answer.item}
            writing.write("exams.mark_changed", by=by, at=at, about=own, facts=facts)
        own.points, own.criteria, own.marked_at = points, given, at
        own.save(update_fields=["points", "criteria", "marked_at"])
        if own.role != _Role.CHECK:
            _call_in_third(answer, marks, [each.marker_id for each in every], module, at)
    return own


def points_given(paper: Paper, item: str, points: Decimal | None, by_criteria: Sequence[Decimal | None]) -> Decimal:
    """The points of an item: the sum by its criteria where it has any, else as given. Refuses: OutOfRange,
    NotHalfPoints, CriteriaMissing, CriterionOutOfRange."""
    asked = list(paper.criteria.filter(item=item))
    if asked:
        return criteria.total(asked, by_criteria)
    points = Decimal(points)
    require_points(points, points_of(paper, item))
    return points


def locked_answer(answer_id: int) -> Answer:
    """An answer under a lock: of two markers who finish at once, the second sees the first one's mark."""
    return (
        Answer.objects.select_for_update(of=("self",))
        .select_related(
            "attempt__entry__candidate__teacher",
            "attempt__entry__candidate__school",
            "attempt__paper__module__stage__exam__organisation",
        )
        .get(pk=answer_id)
    )


def require_points(points: Decimal, most: Decimal) -> None:
    """Refuse (OutOfRange, NotHalfPoints) what is not between 0 and `most` in full or half points."""
    if not points.is_finite() or not 0 <= points <= most:
        raise OutOfRange(given=points, most=scripts.plain(most))
    if points % STEP:
        raise NotHalfPoints(given=points)


def _require_changeable(own: Mark, marks: dict[str, Mark]) -> None:
    """A first or second mark may be changed until the other is in; a third mark was asked for last, so it stands, and
    who marked a check script has seen what was agreed on."""
    if own.role == _Role.CHECK:
        raise CheckMarked()
    other = marks.get(_Role.SECOND if own.role == _Role.FIRST else _Role.FIRST)
    if own.role == _Role.THIRD or (other and other.points is not None):
        raise MarkStands()


def hand_out(mark: Mark, *, by: User, at: dt.datetime) -> Answer:
    """The answer of a mark in one's own pile, to be read and marked. A GET: it writes nothing. Refuses: NotYourMark,
    NotYourOffice, NotAtThisStep, TrialNotPassed."""
    if mark.marker_id != by.pk:
        raise NotYourMark()
    answer = mark.answer
    paper = answer.attempt.paper
    stage = paper.module.stage
    access.require(by, stage.exam.organisation, at, Appointment.Office.MARKER)
    stages.require(stage, Stage.State.MARKING)
    trials.require_passed(by, paper, answer.item)
    return answer


def _points_of(marks: dict[str, Mark], role: str) -> Decimal | None:
    return marks[role].points if role in marks else None


def _call_in_third(
    answer: Answer, marks: dict[str, Mark], taken: list[int | None], module: Module, at: dt.datetime
) -> None:
    """Where two marks differ too much, give the answer to a third marker who was never given it; with nobody left in
    the pool it waits for the exam officer."""
    first, second = _points_of(marks, _Role.FIRST), _points_of(marks, _Role.SECOND)
    if _Role.THIRD in marks or not scripts.differ(first, second, module.difference_limit):
        return
    asked = Count("marks", filter=Q(marks__answer__attempt__paper__module=module))
    waiting = Count("marks", filter=Q(marks__answer__attempt__paper__module=module, marks__points=None))
    pool = list(
        User.objects.filter(pk__in=ThirdMarker.objects.filter(module=module).values("marker"))
        .exclude(pk__in=[each for each in taken if each])
        .annotate(waiting=waiting, asked=asked)
        .order_by("waiting", "asked", "pk")
    )
    barred = dividing.Barred(pool)
    constructed = queries.as_constructed(answer)
    organisation = module.stage.exam.organisation
    for each in pool:
        if not barred.bars(each, constructed) and access.covers(each, organisation, at, Appointment.Office.MARKER):
            Mark.objects.create(answer=answer, role=_Role.THIRD, marker=each, assigned_at=at)
            _ask_third(each, module, at)
            return


def assign_third(answer: Answer, marker: User, *, by: User, at: dt.datetime) -> Mark:
    """Name the third marker of an answer whose two marks differ too much, or another in place of one who has not
    marked yet. Refuses: NotYourOffice, NotAtThisStep, NoThirdNeeded, ThirdHasMarked, NotAMarker, MarkedByHerAlready,
    MarkerOnTrial, MarkerOfTheSchool."""
    with transaction.atomic():
        answer = locked_answer(answer.pk)
        module = answer.attempt.paper.module
        exam = module.stage.exam
        access.require(by, exam.organisation, at, Appointment.Office.EXAM_OFFICER)
        stages.require(module.stage, Stage.State.MARKING)
        every = list(answer.marks.all())
        marks = {each.role: each for each in every if each.superseded_by_id is None and each.role in queries.HUMAN}
        third = marks.get(_Role.THIRD)
        if not scripts.differ(_points_of(marks, _Role.FIRST), _points_of(marks, _Role.SECOND), module.difference_limit):
            raise NoThirdNeeded()
        if third and third.points is not None:
            raise ThirdHasMarked()
        _require_third(marker, answer, every, exam, at)
        if third is None:
            third = Mark(answer=answer, role=_Role.THIRD)
        third.marker, third.assigned_at = marker, at
        third.save()
        _ask_third(marker, module, at)
        facts = {"item": answer.item, "script": answer.attempt.script, "marker": str(marker)}
        writing.write("exams.third_marker_named", by=by, at=at, about=third, facts=facts)
    return third


def _ask_third(marker: User, module: Module, at: dt.datetime) -> None:
    inbox.send(kind="exams.third_mark_asked", to=marker, at=at, address=PILES, exam=module.stage.exam.name)


def _require_third(marker: User, answer: Answer, every: list[Mark], exam: Exam, at: dt.datetime) -> None:
    if not access.covers(marker, exam.organisation, at, Appointment.Office.MARKER):
        raise NotAMarker(name=marker)
    if marker.pk in {each.marker_id for each in every}:
        raise MarkedByHerAlready(name=marker)
    dividing.Barred([marker]).require(marker, queries.as_constructed(answer))
