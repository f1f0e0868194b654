"""What hangs on a person's record or on a unit: the rows of every app that point at it, and those not done with."""

from collections.abc import Iterator

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# What the reader calls the rows that may stand in the way; anything else goes by its model's name.
KINDS: dict[str, str | Promise] = {
    "exams.exam": _("the exam"),
    "exams.candidate": _("the registration"),
    "certs.credential": _("the certificate"),
    "certs.dutyrule": _("the requirement"),
    "certs.externaltype": _("the certificate of others"),
    "audits.staffingnorm": _("the staffing norm"),
    "records.outcome": _("the training result"),
    "people.relation": _("the declared relation"),
    "people.importrun": _("the file"),
    "training.enrolment": _("the enrolment"),
}


def kind(row: models.Model) -> str | Promise:
    """What the reader calls a row."""
    return KINDS.get(row._meta.label_lower, row._meta.verbose_name)


def fields(model: type[models.Model]) -> Iterator[models.ForeignKey]:
    """The fields of every model by which its rows hang on one of this model."""
    for relation in model._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one):
            yield relation.field


def unfinished(on: models.Model) -> Iterator[models.Model]:
    """The rows hanging on this one that are not done with, of every kind that can say so: its rows know what is
    `unfinished()`."""
    for field in fields(type(on)):
        rows = field.model._default_manager.filter(**{field.name: on})
        if hasattr(rows, "unfinished"):
            yield from rows.unfinished().order_by("pk")
