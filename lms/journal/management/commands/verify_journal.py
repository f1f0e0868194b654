"""`manage.py verify_journal`: walk the chain of the journal and name the first line that does not fit."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lms.journal import sealing


class Command(BaseCommand):
    help = "Check that no sealed line of the journal was changed, moved or left out; exits 1 and names the first."

    def handle(self, **options: Any) -> None:
        fault = sealing.verify()
        if fault:
            raise CommandError(f"place {fault.place}, line {fault.line_id}: {fault.what}")
        place, head = sealing.head()
        self.stdout.write(f"{place} lines are as they were sealed; the head of the chain is {head}")
