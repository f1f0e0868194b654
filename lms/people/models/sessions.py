"""Who is signed in where: a session in the database, which ends the moment its row is gone."""

import datetime as dt
from functools import cache

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.utils.module_loading import import_string

from lms.lib import rows
from lms.people.models.people import Appointment, User


class AccountSessionManager(BaseSessionManager):
    def read(self, session_key: str, now: dt.datetime, day: dt.date) -> "AccountSession | None":
        """The session that bears a key and lasts beyond `now`, with its account, which knows `holds_staff_office`:
        whether it holds an office that needs a second factor on that day. One statement for a session of somebody's:
        every request asks it, so it is written out and not composed anew each time."""
        at = rows.moment(now)
        account = rows.first(User, _read(), [day, day, session_key, at], ("session_data", "holds_staff_office"))
        if account:
            account.holds_staff_office = bool(account.holds_staff_office)
            session = AccountSession(session_key=session_key, session_data=account.session_data)
            session.account = account
            return session
        return self.filter(session_key=session_key, expire_date__gt=now, account=None).first()


@cache
def _read() -> str:
    honorary = ", ".join(f"'{each}'" for each in Appointment.HONORARY)
    return f"""
        SELECT {rows.columns(User, "a")}, s.session_data, EXISTS (
            SELECT 1 FROM people_appointment o WHERE o.user_id = a.id AND o.office NOT IN ({honorary})
            AND o.from_on <= %s AND (o.until_on IS NULL OR o.until_on >= %s)
        ) AS holds_staff_office
        FROM people_accountsession s JOIN people_user a ON a.id = s.account_id
        WHERE s.session_key = %s AND s.expire_date > %s
    """  # noqa: S608 - names of this project's own


class AccountSession(AbstractBaseSession):
    """A session and the account that is signed in with it, if one is."""

    account = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions")

    objects = AccountSessionManager()

    @classmethod
    def get_session_store_class(cls):
        return import_string(f"{settings.SESSION_ENGINE}.SessionStore")
