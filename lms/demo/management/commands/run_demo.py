"""`manage.py run_demo`: build the demo if it is not there, and serve it."""

import subprocess
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from lms.demo import people, state


class Command(BaseCommand):
    help = "Build the demo once, print its addresses and people, and serve it; its large parts are built meanwhile."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--bind", default="127.0.0.1:8000")

    def handle(self, **options: Any) -> None:
        if state.is_interrupted():
            self.stdout.write("The demo was interrupted while it was built; it is built anew.")
            call_command("demo", refresh=True, small=True, stdout=self.stdout)
        elif not state.small_world_stands():
            call_command("demo", small=True, stdout=self.stdout)
        base = f"http://{options['bind']}"
        self.stdout.write(f"\n{base}/                      the site\n{base}/certificates/verify/  verify a certificate")
        self.stdout.write(f"{base}/style/                every component\n")
        for person, account in people.accounts():
            self.stdout.write(f"  {person.username:14} {account!s:8} {person.role} · {person.what}")
        self.stdout.write(f"\nSign in with one click on {base}/account/login/ (password of all: {people.PASSWORD})")
        building = None
        if not (state.districts_stand() and state.finished_exam_stands()):
            self.stdout.write(
                "The districts and the finished exam are being built in the background; the front page says how far."
            )
            building = subprocess.Popen(
                [sys.executable, "manage.py", "demo"], cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL
            )
        self.stdout.write("Stop with Ctrl+C.\n")
        self.stdout.flush()
        try:
            call_command("serve", bind=options["bind"])
        finally:
            if building:
                building.terminate()
