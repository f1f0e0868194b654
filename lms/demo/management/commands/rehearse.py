"""`manage.py rehearse --input FOLDER`: a whole exam for real, in a throwaway database of the configured engine."""

import dataclasses
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from lms.demo import inputs, rehearsal, theatre


class Command(BaseCommand):
    help = (
        "Run the exam of a folder from the roster to verified certificates against its own server and workers, and "
        "check every invariant. Exit status 1 where one is broken."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--input", type=Path, required=True, help="the folder (plan.toml, roster.xlsx, …)")
        parser.add_argument("--seed", default="rehearsal", help="for whatever the folder leaves open")
        parser.add_argument("--json", action="store_true", help="print the report as one JSON object")
        parser.add_argument("--inside", metavar="ADDRESS", help="(internal) play against this server")

    def handle(self, **options: Any) -> None:
        if options["inside"]:
            self._play(options)
            return
        try:
            inputs.read(options["input"])
        except FileNotFoundError as missing:
            raise CommandError(f"{missing} is missing.") from missing
        with theatre.set_up() as stage:
            arguments = ["--input", str(options["input"].resolve()), "--seed", options["seed"], "--inside", stage.base]
            done = subprocess.run(  # noqa: S603
                [sys.executable, "manage.py", "rehearse", *arguments, *(["--json"] if options["json"] else [])],
                env=stage.environment,
                cwd=settings.BASE_DIR,
                check=False,
            )
            if done.returncode:
                self.stderr.write((stage.folder / "log").read_text()[-4000:])
                raise CommandError("The rehearsal did not hold.")

    def _play(self, options: dict[str, Any]) -> None:
        started = time.monotonic()
        report = rehearsal.run(
            options["input"],
            base=options["inside"],
            clock_file=Path(settings.CLOCK_FILE),
            seed=options["seed"],
            progress=lambda line: self.stderr.write(f"{time.monotonic() - started:7.1f} s  {line}"),
        )
        self.conclude(report, as_json=options["json"])

    def conclude(self, report: rehearsal.Report, *, as_json: bool) -> None:
        """Print the report; CommandError, and so exit status 1, where an invariant is broken."""
        if as_json:
            self.stdout.write(json.dumps({"ok": report.ok, **dataclasses.asdict(report)}, ensure_ascii=False, indent=1))
        else:
            self._tell(report)
        if not report.ok:
            raise CommandError("Broken: " + ", ".join(name for name, found in report.invariants.items() if found))

    def _tell(self, report: rehearsal.Report) -> None:
        for step in report.steps:
            counts = ", ".join(f"{key} {value}" for key, value in step.items() if key not in {"step", "seconds"})
            self.stdout.write(f"{step['seconds']:7.2f} s  {step['step']:20} {counts}")
        for name, breaches in report.invariants.items():
            self.stdout.write(f"{'broken' if breaches else 'holds ':7} {name}")
            for breach in breaches:
                self.stdout.write(f"          {breach}")
        self.stdout.write(json.dumps(report.figures, ensure_ascii=False))
