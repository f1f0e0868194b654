"""`manage.py collect_course FOLDER --unit CODE`: a course comes in from a folder, as drafts or published."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cms import collecting
from cms.models import InstitutionPage
from lms.lib import clock
from lms.lib.refusals import Refusal


class Command(BaseCommand):
    help = "Take a course in from a folder of Markdown or Word files, and say what was not understood."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--unit", required=True, help="code of the unit in whose room the course stands")
        parser.add_argument("--publish", action="store_true", help="publish it at once instead of leaving drafts")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = options["folder"]
        institution = InstitutionPage.objects.filter(organisation__code=options["unit"]).first()
        if institution is None:
            raise CommandError("No unit of this code has a room for courses.")
        if not folder.is_dir():
            raise CommandError("This is no folder.")
        files = {
            str(each.relative_to(folder)): each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file()
        }
        try:
            found = collecting.collect(
                institution=institution,
                files=files,
                name=folder.resolve().name,
                by=None,
                at=clock.now(),
                live=options["publish"],
            )
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        for each in found.remarks:
            self.stdout.write(f"{each.file}:{each.line or ''}: {each.found}: {each.sentence}")
        self.stdout.write(
            f"{found.course}: {found.modules} modules, {found.lessons} lessons, {found.questions} questions, "
            f"{len(found.remarks)} remarks"
        )
