"""Once all apps are loaded: finds the importers of every app, and listens to allauth."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PeopleConfig(AppConfig):
    name = "lms.people"

    def ready(self) -> None:
        autodiscover_modules("importers")
        import_module("lms.people.receivers")
