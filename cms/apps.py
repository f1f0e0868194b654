"""Once all apps are loaded: hears Wagtail's news, and gives its pages our forms."""

from importlib import import_module

from django.apps import AppConfig


class CmsConfig(AppConfig):
    name = "cms"

    def ready(self) -> None:
        import_module("cms.receivers")
        forms, pages = import_module("cms.page_forms"), import_module("cms.models.pages")
        pages.Addressed.base_form_class = forms.PageForm
        pages.Addressed.copy_form_class = forms.CopyForm
