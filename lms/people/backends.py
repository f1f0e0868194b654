"""Who signs in: an account by its user name, its confirmed telephone or its e-mail address, and one password."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.http import HttpRequest

from lms.lib import clock
from lms.people import queries
from lms.people.models import User


class AccountBackend(ModelBackend):
    """Whatever was typed, the database is asked once and one password is hashed: nobody learns from an answer or its
    time whether there is such an account, nor whether it is closed or was never activated."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        email: str | None = None,
        **more: Any,
    ) -> User | None:
        if not password:
            return None
        found = account_named(request, username or email or "")
        # A password that nobody can type takes its time like any other.
        fits = (found or User(password=UNUSABLE_PASSWORD_PREFIX)).check_password(password)
        return found if fits and found and self.user_can_authenticate(found) else None

    def get_user(self, user_id: int) -> User | None:
        """The account of a session, with `holds_staff_office` in the same statement."""
        day = clock.local_date(clock.now())
        found = User.objects.with_staff_office(day).filter(pk=user_id).first()
        return found if found and self.user_can_authenticate(found) else None


def account_named(request: HttpRequest | None, typed: str) -> User | None:
    """The account that was typed, asked of the database once a request: for the counting of tries and the password."""
    if request is None:
        return queries.account_of(typed)
    known = request.__dict__.setdefault("_accounts_named", {})
    if typed not in known:
        known[typed] = queries.account_of(typed)
    return known[typed]
