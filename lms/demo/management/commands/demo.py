"""`manage.py demo`: build the demo world, or build it anew for today."""

import time
from collections.abc import Callable
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from lms.demo import state, steps, world
from lms.demo.district import building
from lms.lib import append_only, clock


class Command(BaseCommand):
    help = "Build what is missing: the small world, the districts, the finished exam. --refresh begins anew today."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--refresh", action="store_true", help="forget all data and build it anew from today")
        parser.add_argument("--small", action="store_true", help="only the people and the practice exams")
        parser.add_argument("--districts", action="store_true", help="besides them the districts, no finished exam")

    def handle(self, **options: Any) -> None:
        started = time.monotonic()

        def say(line: str) -> None:
            self.stdout.write(f"{time.monotonic() - started:6.1f} s  {line}")

        if options["refresh"]:
            if state.holds_other_data():
                raise CommandError("This database holds people who are not of the demo; nothing was touched.")
            with append_only.lifted("records_hourentry"):
                call_command("flush", interactive=False, verbosity=0)
        with clock.held():
            if not state.small_world_stands():
                for line in world.build(clock.now()):
                    say(line)
            if not options["small"]:
                self._build_behind(say, exam=not options["districts"])

    def _build_behind(self, say: Callable[[str], None], *, exam: bool) -> None:
        """The large parts, which the served pages do not wait for: the districts, then the finished exam."""
        parts = [
            (state.districts_stand, world.build_districts, building.steps()),
            (state.finished_exam_stands, world.build_finished, len(steps.ALL)),
        ]
        todo = [(build, lines) for stands, build, lines in (parts if exam else parts[:1]) if not stands()]
        whole, done = sum(lines for _build, lines in todo), 0
        try:
            for build, _lines in todo:
                for line in build(clock.now()):
                    done += 1
                    state.note_progress(done, whole, line)
                    say(f"{done}/{whole} {line}")
        finally:
            state.clear_progress()
