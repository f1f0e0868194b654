"""The rehearsal: a whole exam against real processes, timed step by step, and every invariant checked at the end."""

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exams import queries, whole_exam
from lms.demo import inputs, invariants, steps
from lms.demo.by_http import ByHttp
from lms.demo.course import Course

_PATIENCE = 300.0  # seconds that background work may take


@dataclass
class Report:
    """What a rehearsal found: counts and seconds of each step, breaches by invariant, the sitting's own figures."""

    steps: list[dict[str, Any]] = field(default_factory=list)
    invariants: dict[str, list[str]] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not any(self.invariants.values())


def run(folder: Path, *, base: str, clock_file: Path, seed: str, progress: Callable[[str], None]) -> Report:
    """Play the exam of a folder against the server at `base`, moving the clock of all its processes through
    `clock_file`; returns the report. An act that refuses, or an answer that no candidate should see, raises."""
    report = Report()
    candidates = ByHttp(base, seed, progress)
    course = Course(
        given=inputs.read(folder),
        candidates=candidates,
        seed=seed,
        tell=lambda moment: clock_file.write_text(str((moment - dt.datetime.now(dt.UTC)).total_seconds())),
        work_off=lambda course, at: _wait("closing and marking", lambda: whole_exam.is_closed(course.written)),
    )
    started = time.monotonic()
    for name, counts in steps.run(course):
        report.steps.append({"step": name, "seconds": round(time.monotonic() - started, 2), **counts})
        progress(f"{name}: {counts}")
        started = time.monotonic()
    _wait("drawing certificates", lambda: all(each.file for each in whole_exam.credentials(course.exam)))
    world = invariants.World(
        exam=course.exam,
        acknowledged=candidates.ledger,
        sent=candidates.sent,
        documents=candidates.documents,
    )
    report.invariants = invariants.check(world)
    funnel = queries.funnel(course.exam)
    report.figures = {
        "registered": funnel["registered"],
        "sat": funnel["sat"],
        "passed written": funnel["passed_written"],
        "certified": len(world.credentials),
        "saves": candidates.saves,
        "answers acknowledged": sum(len(ledger) for ledger in candidates.ledger.values()),
    }
    return report


def _wait(what: str, done: Callable[[], bool]) -> None:
    limit = time.monotonic() + _PATIENCE
    while not done():
        if time.monotonic() > limit:
            raise TimeoutError(f"{what} was not done within {_PATIENCE:.0f} s")
        time.sleep(0.5)
