"""`manage.py rebuild_search`: makes every entry of the search anew."""

from django.core.management.base import BaseCommand

from cms import searching


class Command(BaseCommand):
    help = "Make every entry of the search anew from the live pages."

    def handle(self, **options) -> None:
        self.stdout.write(f"{searching.rebuild()} entries")
