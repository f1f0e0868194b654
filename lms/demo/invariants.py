"""What must be true after a whole exam, each by name. Every function gets the world and returns the breaches, in words;
an empty list is what everyone hopes for."""

import itertools
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings

from certs import numbers, rendering
from exams import queries, whole_exam
from exams.marking import final_points
from lms.journal import sealing
from lms.scoring import totals

Breaches = Iterator[str]
_LOOKS = 5
_BETWEEN = 0.3  # seconds
CHECKS: dict[str, Callable[["World"], Breaches]] = {}


@dataclass
class World:
    """A finished exam and what the candidates themselves wrote down: by roster number and item, what was acknowledged
    (version, response), and what was ever sent."""

    exam: Any
    acknowledged: dict[int, dict[str, tuple[int, Any]]] = field(default_factory=dict)
    sent: dict[int, dict[str, list[Any]]] = field(default_factory=dict)
    documents: dict[int, bytes] = field(default_factory=dict)
    files_expected: bool = True

    @property
    def written(self) -> Any:
        return self.exam.stages.get(number=1)

    @property
    def performance(self) -> Any:
        return self.exam.stages.get(number=2)

    @property
    def credentials(self) -> list[Any]:
        return list(whole_exam.credentials(self.exam))


def check(world: World) -> dict[str, list[str]]:
    """All invariants: name → breaches."""
    return {name: list(itertools.islice(find(world), 20)) for name, find in CHECKS.items()}


def invariant(find: Callable[[World], Breaches]) -> Callable[[World], Breaches]:
    CHECKS[find.__name__] = find
    return find


@invariant
def no_acknowledged_answer_is_lost(world: World) -> Breaches:
    """What a candidate was told is saved stands in the database, in that version or a newer one of hers."""
    kept = whole_exam.saved_answers(world.written)
    for number, ledger in world.acknowledged.items():
        for item, (version, response) in ledger.items():
            stands = kept.get((number, item))
            if stands is None or stands[0] < version or (stands[0] == version and stands[1] != response):
                yield f"candidate {number}, item {item}: acknowledged version {version}, there stands {stands}"


@invariant
def no_answer_stands_that_nobody_sent(world: World) -> Breaches:
    for (number, item), (version, response) in whole_exam.saved_answers(world.written).items():
        if world.sent and response not in world.sent.get(number, {}).get(item, []):
            yield f"candidate {number}, item {item}: version {version} was never sent"


@invariant
def nothing_counts_that_came_after_the_end(world: World) -> Breaches:
    for number, item, received_at in whole_exam.saves_after_the_end(world.written):
        yield f"candidate {number}, item {item}: counted though it came at {received_at}"


@invariant
def everyone_has_one_seat(world: World) -> Breaches:
    """Everyone approved, nobody else; no seat and no admission number twice."""
    entries = whole_exam.entries(world.written)
    states = {each.number: each.state for each in whole_exam.candidates(world.exam)}
    approved = {number for number, state in states.items() if state == "approved"}
    yield from (f"candidate {number} was approved and has no seat" for number in sorted(approved - set(entries)))
    seats = Counter((entry.room_id, entry.seat) for entry in entries.values())
    yield from (f"seat {seat} was given {count} times" for seat, count in seats.items() if count > 1)
    tickets = Counter(entry.admission_number for entry in entries.values())
    yield from (f"admission number {n} was given {c} times" for n, c in tickets.items() if c > 1 or not n)
    for number, entry in entries.items():
        if entry.room is None or entry.seat is None or not 1 <= entry.seat <= entry.room.capacity:
            yield f"candidate {number} has no seat in her room"
        if number not in approved and entry.state != "withdrawn":
            yield f"candidate {number} has a seat and is {states[number]}"


@invariant
def whoever_stayed_away_has_no_score(world: World) -> Breaches:
    for result in whole_exam.results(world.exam):
        if result.status == "absent" and (result.score is not None or result.passed):
            yield f"candidate {result.entry.candidate.number} was absent and has {result.score}"


@invariant
def every_written_score_follows_from_its_marks(world: World) -> Breaches:
    """The exact sum of the key's marks and of what the markers' marks come to, nothing else; nobody is left out."""
    module = world.written.modules.get()
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for (number, item), roles in whole_exam.marks_by_answer(module).items():
        points = _settled(roles, module.difference_limit)
        if points is None:
            yield f"candidate {number}, item {item}: the marks {roles} come to nothing"
        sums[number] += points or Decimal(0)
    results = {each.entry_id: each for each in whole_exam.results(world.exam) if each.module_id == module.pk}
    for number, entry in whole_exam.entries(world.written).items():
        result = results.get(entry.pk)
        if result is None and entry.state != "withdrawn":
            yield f"candidate {number} is {entry.state} and has no result"
        elif result and result.status == "scored" and result.score != sums[number]:
            yield f"candidate {number}: the result says {result.score}, the marks come to {sums[number]}"


def _settled(roles: dict[str, Decimal | None], limit: Decimal) -> Decimal | None:
    if "key" in roles:
        return roles["key"]
    return final_points(roles.get("first"), roles.get("second"), roles.get("third"), limit)


@invariant
def constructed_answers_have_two_markers(world: World) -> Breaches:
    module = world.written.modules.get()
    for (number, item), roles in whole_exam.marks_by_answer(module).items():
        if "key" in roles:
            continue
        if roles.get("first") is None or roles.get("second") is None:
            yield f"candidate {number}, item {item}: not marked twice"
        elif abs(roles["first"] - roles["second"]) > module.difference_limit and roles.get("third") is None:
            yield f"candidate {number}, item {item}: the markers differ and nobody decided"
    for number, item in whole_exam.unmarked_answers(world.written):
        yield f"candidate {number}, item {item}: nobody marked it"


@invariant
def exactly_those_who_passed_the_paper_are_heard(world: World) -> Breaches:
    passed = {number for number, entry in whole_exam.entries(world.written).items() if entry.state == "passed"}
    called = set(whole_exam.entries(world.performance))
    yield from (f"candidate {number} passed the paper and was not called" for number in sorted(passed - called))
    yield from (f"candidate {number} was called and did not pass the paper" for number in sorted(called - passed))


@invariant
def every_performance_has_its_seven_sheets(world: World) -> Breaches:
    for performance in whole_exam.performances(world.performance):
        signed = [sheet for sheet in whole_exam.sheets(performance) if sheet.state == "signed"]
        if len(signed) != performance.module.judges:
            number = performance.hearing.entry.candidate.number
            yield f"candidate {number}, {performance.module}: {len(signed)} signed sheets"


@invariant
def every_performance_score_follows_from_its_sheets(world: World) -> Breaches:
    """The panel's score is what its signed sheets come to, and the result is that score."""
    scored = {(r.entry_id, r.module_id): r.score for r in whole_exam.results(world.exam) if r.status == "scored"}
    for performance in whole_exam.performances(world.performance):
        assessment, entry = performance.assessment, performance.hearing.entry
        number = entry.candidate.number
        sums = [
            sum((score.points for score in sheet.scores.all()), Decimal(0))
            for sheet in whole_exam.sheets(performance)
            if sheet.state == "signed"
        ]
        score = _combined(sums, assessment) if sums else None
        if score != assessment.score:
            yield f"candidate {number}, {performance.module}: {assessment.score} stands, sheets give {score}"
        if scored.get((entry.pk, performance.module_id)) != assessment.score:
            yield f"candidate {number}, {performance.module}: the result is not the panel's {assessment.score}"


def _combined(sums: list[Decimal], assessment: Any) -> Decimal:
    return totals.combine(
        sums,
        drop_high=assessment.drop_high,
        drop_low=assessment.drop_low,
        min_for_drop=assessment.min_for_drop,
        places=assessment.places,
        rounding=assessment.rounding,
    ).score


@invariant
def no_judge_scored_her_own_school(world: World) -> Breaches:
    for number, judge in whole_exam.judges_of_their_own_school(world.performance):
        yield f"candidate {number} was scored by {judge}, of the same school"


@invariant
def passing_follows_from_the_lines(world: World) -> Breaches:
    """Passed means: every module of the stage at or above its line."""
    lines = whole_exam.lines(world.exam)
    by_entry: dict[int, list[bool]] = {}
    for result in whole_exam.results(world.exam):
        reached = result.status == "scored" and result.score >= lines[result.module_id]
        by_entry.setdefault(result.entry_id, []).append(reached)
        if bool(result.passed) != reached:
            number = result.entry.candidate.number
            yield f"candidate {number}, {result.module}: {result.score} but passed is {result.passed}"
    for stage in (world.written, world.performance):
        for number, entry in whole_exam.entries(stage).items():
            if (entry.state == "passed") != all(by_entry.get(entry.pk, [False])):
                yield f"candidate {number}: {stage} says {entry.state}"


@invariant
def only_those_who_passed_are_certified_each_once(world: World) -> Breaches:
    passed = {e.candidate.teacher_id for e in whole_exam.entries(world.performance).values() if e.state == "passed"}
    held = Counter(each.teacher_id for each in world.credentials)
    yield from (f"teacher {teacher} passed and has no certificate" for teacher in passed - set(held))
    yield from (f"teacher {teacher} has a certificate and did not pass" for teacher in set(held) - passed)
    yield from (f"teacher {teacher} has {count} certificates" for teacher, count in held.items() if count > 1)


@invariant
def numbers_run_without_a_gap(world: World) -> Breaches:
    given = [each.number for each in world.credentials]
    yield from (f"{number} has a wrong check character" for number in given if not numbers.check(number))
    serials = sorted(numbers.serial_of(number) for number in given if numbers.check(number))
    if serials and serials != list(range(serials[0], serials[0] + len(serials))):
        yield f"serials {serials[0]} to {serials[-1]} hold {len(set(serials))} certificates"


@invariant
def certificates_say_what_was_earned(world: World) -> Breaches:
    for each in world.credentials:
        if each.facts.get("holder") != each.teacher.full_name:
            yield f"{each.number} names {each.facts.get('holder')}, its holder is {each.teacher.full_name}"
        if each.level_id != world.exam.level_id:
            yield f"{each.number} certifies another level than the exam's"


@invariant
def every_certificate_is_drawn_once_and_unchanged(world: World) -> Breaches:
    """The file is there, is the one that was drawn, and is what its holder was given."""
    if not world.files_expected:
        return
    holders = {each.teacher_id: each.number for each in whole_exam.candidates(world.exam)}
    for each in world.credentials:
        file = Path(settings.PRIVATE_ROOT) / each.file
        if not each.file or not file.exists():
            yield f"{each.number} was not drawn"
        elif rendering.file_digest(file.read_bytes()) != each.file_digest:
            yield f"{each.number}: the file is not the one that was drawn"
        given = world.documents.get(holders.get(each.teacher_id))
        if given is not None and rendering.file_digest(given) != each.file_digest:
            yield f"{each.number}: the holder was given another file"


@invariant
def public_lists_hide_names(world: World) -> Breaches:
    """No list says anyone's full name, not even her own among other words of her row."""
    names = {c.teacher.full_name for c in whole_exam.candidates(world.exam) if len(c.teacher.full_name) > 1}
    own = {
        each.admission_number: each.candidate.teacher.full_name for each in whole_exam.entries(world.written).values()
    }
    for notice in whole_exam.notices(world.exam):
        for row in notice.rows:
            told = [value for value in row.values() if isinstance(value, str)]
            name = own.get(row["number"])
            told += [name for value in told if name and name in value]
            yield from (f"a public list says {name}" for name in names.intersection(told))


@invariant
def whatever_takes_two_people_had_two(world: World) -> Breaches:
    for what, first, second in whole_exam.decisions(world.exam):
        if first is None or second is None or first == second:
            yield f"{what}: proposed by {first}, decided by {second}"


@invariant
def the_line_is_what_the_judges_came_to(world: World) -> Breaches:
    """The frozen standard is the mean of the judges' sums, and the line that was drawn."""
    lines = whole_exam.lines(world.exam)
    for setting, sums in whole_exam.judges_lines(world.exam):
        mean = round(sum(sums.values()) / len(sums), 2) if sums else None
        if setting.value != mean:
            yield f"{setting.module}: the standard is {setting.value}, the judges come to {mean}"
        if setting.value != lines[setting.module_id]:
            yield f"{setting.module}: the standard is {setting.value}, the line is {lines[setting.module_id]}"


@invariant
def the_funnel_adds_up(world: World) -> Breaches:
    funnel = queries.funnel(world.exam)
    if funnel["seated"] != funnel["sat"] + funnel["absent"]:
        yield f"{funnel['seated']} seated, {funnel['sat']} sat and {funnel['absent']} absent"
    if funnel["heard"] > funnel["passed_written"] or funnel["passed"] > funnel["heard"]:
        yield f"more people came out of a stage than went in: {funnel}"
    if funnel["passed"] != len(world.credentials):
        yield f"{funnel['passed']} passed, {len(world.credentials)} are certified"


@invariant
def the_journal_is_whole(world: World) -> Breaches:
    _seal_all()
    fault = sealing.verify()
    if fault:
        yield f"line {fault.line_id} at place {fault.place}: {fault.what}"
    if sealing.waiting():
        yield f"{sealing.waiting()} lines are not sealed"


def _seal_all() -> None:
    """Seal what waits; a worker may be sealing just now, or hold a transaction open, so look again a few times."""
    for _ in range(_LOOKS):
        while sealing.seal():
            pass
        if not sealing.waiting():
            return
        time.sleep(_BETWEEN)
