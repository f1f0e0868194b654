"""The records of a whole exam, as a recount, a rehearsal or an auditor reads them: plain reads, in few queries."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet

from certs.models import Credential, Level, StateChange
from exams import rated_items, roll, scripts
from exams.models import (
    AngoffRating,
    Answer,
    AnswerSave,
    Attempt,
    Candidate,
    CutScore,
    Exam,
    Hearing,
    HearingDay,
    Mark,
    Module,
    ModuleResult,
    Paper,
    Performance,
    PublicNotice,
    Recusal,
    Stage,
    StageEntry,
    StandardSetting,
)
from lms.people.models import Organisation, Posting
from lms.scoring.models import ScoreSheet


def candidates(exam: Exam) -> QuerySet[Candidate]:
    """Everyone ever registered, with teacher and school."""
    return exam.candidates.select_related("teacher__user", "school").order_by("number")


def entries(stage: Stage) -> dict[int, StageEntry]:
    """The entries of a stage by the candidate's number, with candidate, teacher, account and room."""
    rows = stage.entries.select_related("candidate__teacher__user", "candidate__school", "room", "stage__exam")
    return {entry.candidate.number: entry for entry in rows.order_by("candidate__number")}


def saved_answers(stage: Stage) -> dict[tuple[int, str], tuple[int, Any]]:
    """What stands as answered: (candidate's number, item) → (version, response)."""
    rows = Answer.objects.filter(attempt__entry__stage=stage)
    return {
        (number, item): (version, response)
        for number, item, version, response in rows.values_list(
            "attempt__entry__candidate__number", "item", "version", "response"
        )
    }


def saves_after_the_end(stage: Stage) -> list[tuple[int, str, dt.datetime]]:
    """What was counted, or stands, though it came after deadline and grace: (number, item, received at)."""
    saves = AnswerSave.objects.filter(attempt__entry__stage=stage, outcome=AnswerSave.Outcome.SAVED)
    answers = Answer.objects.filter(attempt__entry__stage=stage)
    late = [
        *((save, save.received_at) for save in _past_the_deadline(saves, "received_at")),
        *((answer, answer.saved_at) for answer in _past_the_deadline(answers, "saved_at")),
    ]
    return [
        (one.attempt.entry.candidate.number, one.item, came_at)
        for one, came_at in late
        if came_at > one.attempt.deadline_at + dt.timedelta(seconds=one.attempt.grace_seconds)
    ]


def _past_the_deadline(rows: QuerySet, moment: str) -> QuerySet:
    late = rows.filter(**{f"{moment}__gt": F("attempt__deadline_at")})
    return late.select_related("attempt__entry__candidate")


def unmarked_attempts(stage: Stage) -> list[int]:
    """The attempts that are handed in and not yet marked by the key."""
    handed_in = Attempt.objects.filter(entry__stage=stage, state=Attempt.State.HANDED_IN, marked_at=None)
    return list(handed_in.values_list("pk", flat=True))


def is_closed(stage: Stage) -> bool:
    """Whether nobody sits any more and every script handed in is marked by the key."""
    return (
        Stage.objects.filter(pk=stage.pk, state=Stage.State.MARKING).exists()
        and not Attempt.objects.filter(entry__stage=stage).exclude(state=Attempt.State.HANDED_IN).exists()
        and not unmarked_attempts(stage)
    )


def sitting_counts(stage: Stage) -> dict[str, int]:
    """Attempts, those handed in by the candidates and by the clock, absent entries, saves that arrived."""
    attempts = Attempt.objects.filter(entry__stage=stage)
    return {
        "sat": attempts.count(),
        "handed in": attempts.filter(handed_in_how=Attempt.HandedIn.CANDIDATE).count(),
        "handed in by the clock": attempts.filter(handed_in_how=Attempt.HandedIn.CLOCK).count(),
        "absent": stage.entries.filter(state=StageEntry.State.ABSENT).count(),
        "saves": AnswerSave.objects.filter(attempt__entry__stage=stage).count(),
    }


def marks_waiting(module: Module, role: str) -> list[Mark]:
    """Marks of one role without points, with what the marker's side needs."""
    rows = Mark.objects.standing().filter(answer__attempt__entry__stage=module.stage_id, role=role, points=None)
    return list(rows.select_related("marker", "answer__attempt__entry__candidate").order_by("pk"))


def marks_by_answer(module: Module) -> dict[tuple[int, str], dict[str, Decimal | None]]:
    """(candidate's number, item) → role → points, of the marks that count."""
    found: dict[tuple[int, str], dict[str, Decimal | None]] = defaultdict(dict)
    rows = Mark.objects.standing().filter(answer__attempt__entry__stage=module.stage_id)
    rows = rows.exclude(role=Mark.Role.CHECK)
    for number, item, role, points in rows.values_list(
        "answer__attempt__entry__candidate__number", "answer__item", "role", "points"
    ):
        found[number, item][role] = points
    return found


def unmarked_answers(stage: Stage) -> list[tuple[int, str]]:
    """Answers that say something and that neither the key nor a marker has looked at: (candidate's number, item)."""
    rows = Answer.objects.filter(attempt__entry__stage=stage, marks=None)
    rows = rows.exclude(attempt__entry__state=StageEntry.State.VIOLATED)
    found = rows.values_list("attempt__entry__candidate__number", "item", "response")
    return [(number, item) for number, item, response in found if not scripts.is_blank(response)]


def results(exam: Exam) -> QuerySet[ModuleResult]:
    """Every result of every module."""
    return ModuleResult.objects.filter(entry__stage__exam=exam).select_related("entry__candidate", "module")


def lines(exam: Exam) -> dict[int, Decimal]:
    """Module → the line in force: the approved cut score, else the pass mark of the plan."""
    found = dict(Module.objects.filter(stage__exam=exam).values_list("pk", "pass_mark"))
    approved = CutScore.objects.filter(module__stage__exam=exam, state=CutScore.State.APPROVED)
    return found | dict(approved.values_list("module_id", "value"))


def hearings(day: HearingDay) -> list[Hearing]:
    """The hearings of a day, by number and then by candidate."""
    rows = day.hearings.select_related("entry__candidate", "panel", "day", "topic")
    return list(rows.order_by("number", "entry__candidate__number"))


def performances(stage: Stage) -> list[Performance]:
    """Every performance of a stage, with its sheets and their points fetched along."""
    rows = Performance.objects.filter(hearing__entry__stage=stage).select_related(
        "module", "assessment", "hearing__entry__candidate"
    )
    return list(rows.prefetch_related("assessment__sheets__scores", "assessment__sheets__judge").order_by("pk"))


def performances_of(hearing: Hearing) -> list[Performance]:
    """The performances of one hearing, in the order of the modules, with their sheets."""
    rows = hearing.performances.select_related("module", "assessment", "hearing")
    return list(rows.prefetch_related("assessment__sheets__judge").order_by("module__number"))


def sheets(performance: Performance) -> list[ScoreSheet]:
    """The sheets that count or will count: void ones left out."""
    return [each for each in performance.assessment.sheets.all() if each.state != ScoreSheet.State.VOID]


def recusals(stage: Stage) -> QuerySet[Recusal]:
    return Recusal.objects.filter(hearing__entry__stage=stage).select_related("judge", "replaced_by")


def judges_of_their_own_school(stage: Stage) -> Iterable[tuple[int, str]]:
    """Candidates scored by a judge who is or was posted at their school: (number, the judge's name)."""
    schools: dict[int, set[int]] = defaultdict(set)
    for user, school in Posting.objects.exclude(teacher__user=None).values_list("teacher__user", "organisation"):
        schools[user].add(school)
    for performance in performances(stage):
        candidate = performance.hearing.entry.candidate
        for sheet in sheets(performance):
            if candidate.school_id in schools[sheet.judge_id]:
                yield candidate.number, str(sheet.judge)


def credentials(exam: Exam) -> list[Credential]:
    """The certificates issued on this exam, of whatever level, by number."""
    rows = Credential.objects.issued().filter(basis=roll.award_basis(exam))
    return list(rows.select_related("teacher", "level", "batch").order_by("number"))


def notices(exam: Exam) -> QuerySet[PublicNotice]:
    return PublicNotice.objects.filter(stage__exam=exam)


def decisions(exam: Exam) -> list[tuple[str, int | None, int | None]]:
    """Everything that takes two people and was carried out: (what, who proposed, who decided)."""
    found: list[tuple[str, int | None, int | None]] = []
    papers = Paper.objects.filter(module__stage__exam=exam, state=Paper.State.FROZEN)
    found += [(f"paper {pk}", one, other) for pk, one, other in papers.values_list("pk", "composed_by", "frozen_by")]
    cuts = CutScore.objects.filter(module__stage__exam=exam, state=CutScore.State.APPROVED)
    found += [(f"line {pk}", one, other) for pk, one, other in cuts.values_list("pk", "proposed_by", "decided_by")]
    opened = notices(exam).filter(state=PublicNotice.State.APPROVED)
    found += [(f"notice {pk}", one, other) for pk, one, other in opened.values_list("pk", "proposed_by", "decided_by")]
    for credential in credentials(exam):
        batch = credential.batch
        found.append((f"certificate {credential.number}", batch.proposed_by_id, batch.decided_by_id))
    changes = StateChange.objects.filter(credential__basis=roll.award_basis(exam), state=StateChange.State.APPROVED)
    found += [(f"change {pk}", one, other) for pk, one, other in changes.values_list("pk", "proposed_by", "decided_by")]
    return found


def judges_lines(exam: Exam) -> list[tuple[StandardSetting, dict[str, Decimal]]]:
    """Each frozen standard with its judges' sums in the round that counts, reckoned from their ratings again."""
    found = []
    settings = StandardSetting.objects.filter(module__stage__exam=exam, state=StandardSetting.State.FROZEN)
    for setting in settings.select_related("module__sitting__paper"):
        points = {name: each.item.points for name, each in rated_items.of(setting.module).items()}
        forms = len(setting.rounds[max(setting.rounds)].get("forms", [None]))
        sums: dict[str, Decimal] = defaultdict(Decimal)
        rows = AngoffRating.objects.filter(sheet__setting=setting, sheet__round=int(max(setting.rounds)))
        rows = rows.filter(sheet__signed_at__isnull=False)
        for judge, item, percent in rows.values_list("sheet__judge__full_name", "item", "percent"):
            sums[judge] += points[item] * percent / 100 / forms
        found.append((setting, sums))
    return found


def exams_by_code(code: str) -> QuerySet[Exam]:
    """The exams of this code, whoever holds them."""
    return Exam.objects.filter(code=code)


def level_of(authority: Organisation) -> Level:
    """The lowest level of the authority's first scheme."""
    return Level.objects.filter(scheme__authority=authority).order_by("scheme", "rank").first()
