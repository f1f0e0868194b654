"""Who is signed in where: a session in the database, which ends the moment its row is gone."""

import datetime as dt

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.module_loading import import_string

from lms.people.models.people import Appointment, User


class AccountSessionManager(BaseSessionManager):
    def with_account(self, day: dt.date) -> models.QuerySet["AccountSession"]:
        """Sessions, each with its account and `holds_staff_office`, whether the account holds an office that needs a
        second factor on that day: what every request asks, in one statement."""
        held = (
            Appointment.objects.held_on(day).filter(user=OuterRef("account")).exclude(office__in=Appointment.HONORARY)
        )
        return self.select_related("account").annotate(holds_staff_office=Exists(held))


class AccountSession(AbstractBaseSession):
    """A session and the account that is signed in with it, if one is."""

    account = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions")

    objects = AccountSessionManager()

    @classmethod
    def get_session_store_class(cls):
        return import_string(f"{settings.SESSION_ENGINE}.SessionStore")
