"""The plumbing as a Django app: it carries commands and template tags, and no models."""

from django.apps import AppConfig


class LibConfig(AppConfig):
    name = "lms.lib"
    label = "lib"
