"""What lets a person in or on: one-time codes for an account, and for a telephone."""

from django.db import models

from lms.people.models.people import User


class ActivationCode(models.Model):
    """A one-time code that lets a teacher into an account that has no password yet, or (`is_return`) back into one
    whose password she lost; only its keyed hash is kept. One that is to be sent to her telephone has none until it is
    made, at the moment of sending."""

    user = models.ForeignKey(User, models.CASCADE, related_name="activation_codes")
    code_hash = models.CharField(max_length=64, unique=True, null=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    issued_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    is_return = models.BooleanField(default=False)
    used_at = models.DateTimeField(null=True, blank=True)


class PhoneCode(models.Model):
    """A one-time code sent to a telephone, so that the account may call it its own or set a new password; only its
    keyed hash is kept. One that waits for being sent has none yet."""

    user = models.ForeignKey(User, models.CASCADE, related_name="phone_codes")
    phone = models.CharField(max_length=20)
    code_hash = models.CharField(max_length=64, blank=True)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
