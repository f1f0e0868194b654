"""`manage.py messages`: compile the translations, or list what lacks them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lms.lib import catalogues


class Command(BaseCommand):
    help = "Compile the Chinese catalogue (--compile), or list what it lacks and fail if anything (--missing)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--compile", action="store_true")
        parser.add_argument("--missing", action="store_true")

    def handle(self, **options: Any) -> None:
        if options["compile"]:
            self.stdout.write(str(catalogues.compile_all()))
        if options["missing"]:
            missing = catalogues.untranslated()
            self.stdout.write("\n".join(missing))
            if missing:
                raise CommandError(f"{len(missing)} texts have no Chinese words.")
