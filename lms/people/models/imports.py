"""Files brought in: what was checked, what waits, what was done and undone."""

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.crypto import EncryptedTextField
from lms.people import access
from lms.people.models.people import User
from lms.people.models.units import Organisation


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def managed_by(self, user: "User", at: dt.datetime, *offices: str) -> "ImportRunQuerySet":
        """Those of the units that the user's offices of these kinds cover."""
        return self.filter(access.under("organisation__path", access.paths(user, at, *offices)))

    def unfinished(self) -> "ImportRunQuerySet":
        """Those that may still change the records of their unit."""
        state = ImportRun.State
        return self.filter(state__in=(state.WAITING, state.CHECKED, state.COMMITTING, state.UNDOING))


class ImportRun(models.Model):
    """A file brought in: what was checked, by whom, and what it changed; its rows wait here, encrypted, until commit.

    A large file is `stored` while the background checks it; `progress` counts the rows looked at. A committed one may
    be undone with what `undo` keeps, until someone has acted on its rows.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("being checked")
        REFUSED = "refused", _("not readable")
        CHECKED = "checked", _("checked")
        FAULTY = "faulty", _("needs mending")
        COMMITTING = "committing", _("being imported")
        COMMITTED = "committed", _("imported")
        UNDOING = "undoing", _("being undone")
        UNDONE = "undone", _("undone")
        ABANDONED = "abandoned", _("abandoned")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    target = models.CharField(max_length=60, blank=True)
    file_name = models.CharField(max_length=200)
    state = models.CharField(max_length=12, choices=State)
    rows = EncryptedTextField(blank=True)
    row_count = models.PositiveIntegerField(default=0)
    errors = models.JSONField(default=list, blank=True)
    notes = models.JSONField(default=list, blank=True)
    summary = models.JSONField(default=dict, blank=True)
    checked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    checked_at = models.DateTimeField()
    committed_at = models.DateTimeField(null=True, blank=True)
    stored = models.CharField(max_length=80, blank=True)  # the file's name below PRIVATE_ROOT/imports
    progress = models.PositiveIntegerField(default=0)
    refusal = models.JSONField(default=dict, blank=True)  # {"name", "facts"}: why the file could not be read
    undo = EncryptedTextField(blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = ImportRunQuerySet.as_manager()

    def __str__(self) -> str:
        return self.file_name
