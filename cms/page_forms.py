"""The forms of the editor's pages. What somebody types into them may point only at what she may choose."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db import models
from django.http import Http404
from modelcluster.models import get_all_child_relations
from wagtail.admin.forms.pages import CopyForm as WagtailCopyForm
from wagtail.admin.forms.pages import WagtailAdminPageForm
from wagtail.documents.permissions import permission_policy as documents
from wagtail.images.permissions import permission_policy as images
from wagtail.models import Page

from cms.models.files import CourseFile, CourseImage
from lms.training.models import Programme

Reference = tuple[type[models.Model], str]


class PageForm(WagtailAdminPageForm):
    """A page as it is written. A picture, file or page of somebody else's institution does not exist for it: choosers
    show none, so whoever names one by its number gets the answer for what is not there, even where nothing else of
    the form is right. What stood on the page before may stay."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        room = getattr(self.for_user, "editor_room", None)  # cms/doors.py
        if "programme" in self.fields and room:
            concerned = Programme.objects.visible_to(self.for_user, room.at)
            own = Programme.objects.filter(pk=self.instance.programme_id)
            self.fields["programme"].queryset = (concerned | own).order_by("title", "pk").distinct()
        if self.is_bound and room:
            before = set(_standing(self.instance))
            if not all(each in before or _may_choose(self.for_user, *each) for each in self._typed()):
                raise Http404

    def _typed(self) -> Iterator[Reference]:
        """What the typed values point at, right or wrong as they may be."""
        for name in self.fields:
            field = _field_of(self._meta.model, name)
            if field is not None and hasattr(field, "extract_references"):
                yield from _references(field, self[name].data)
        for formset in self.formsets.values():
            for form in formset.forms:
                for name, given in form.fields.items():
                    number = form[name].data
                    if isinstance(given, forms.ModelChoiceField) and str(number or "").isdigit():
                        yield given.queryset.model, str(number)


class CopyForm(WagtailCopyForm):
    """A copy is a draft, to be reviewed like any other."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("publish_copies", "alias"):
            self.fields.pop(name, None)


def _standing(page: Page) -> Iterator[Reference]:
    """What the page points at as it stands now."""
    for field in page._meta.get_fields():
        if hasattr(field, "extract_references"):
            yield from _references(field, field.value_from_object(page))
    for relation in get_all_child_relations(type(page)):
        for child in getattr(page, relation.get_accessor_name()).all():
            for field in child._meta.concrete_fields:
                if isinstance(field, models.ForeignKey) and field.value_from_object(child):
                    yield field.related_model, str(field.value_from_object(child))


def _field_of(model: type[models.Model], name: str) -> models.Field | None:
    return next((each for each in model._meta.get_fields() if each.name == name), None)


def _references(field: models.Field, value: Any) -> Iterator[Reference]:
    for model, number, _model_path, _content_path in field.extract_references(value):
        yield model, str(number)


def _may_choose(user: Any, model: type[models.Model], number: str) -> bool:
    if not issubclass(model, Page | CourseFile | CourseImage):
        return True
    found = model._default_manager.filter(pk=number).first() if number.isdigit() else None
    if isinstance(found, Page):
        return found.permissions_for_user(user).can_edit()
    if isinstance(found, CourseFile):
        return documents.user_has_permission_for_instance(user, "choose", found)
    return found is not None and images.user_has_permission_for_instance(user, "choose", found)
