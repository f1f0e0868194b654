"""Messages to a person, and their delivery outside the site."""

import datetime as dt

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user) -> "MessageQuerySet":
        """A person's own messages, nobody else's."""
        return self.filter(recipient=user)

    def unread(self) -> "MessageQuerySet":
        return self.filter(read_at=None)

    def to_try(self, before: dt.datetime) -> "MessageQuerySet":
        """Those waiting for delivery that nobody has tried since `before`."""
        return self.filter(models.Q(tried_at=None) | models.Q(tried_at__lte=before), delivery=Message.Delivery.WAITING)


class Message(models.Model):
    """One message. The words come from the template `inbox/<kind>.txt`, filled with `facts` in the reader's language
    when it is read, so the row holds no sentence; `address` is the page where she can act on it."""

    class Delivery(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        # It stands in the inbox and goes nowhere else: its reader had not yet activated the account.
        KEPT = "kept", _("in the inbox only")

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=60)
    facts = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    address = models.CharField(max_length=200, blank=True)
    written_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    delivery = models.CharField(max_length=8, choices=Delivery, default=Delivery.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True, blank=True)
    # The backends that took it (lms/inbox/backends.py): a second try leaves them out.
    taken_by = models.JSONField(default=list, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["recipient", "-written_at"]),
            models.Index(fields=["delivery"], condition=models.Q(delivery="waiting"), name="message_waiting"),
        ]
