"""Django's sessions in the database, each read together with its account: one statement where there were two."""

from contextlib import suppress
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, CreateError, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils.crypto import get_random_string

from lms.lib import clock
from lms.people.models import AccountSession, User

_TRIES = 3


class SessionStore(DatabaseStore):
    """Every request reads its session anew, so one that was ended, an account that was closed and a password that was
    changed count at once. `account` is whose session it was when it was read, None for nobody's."""

    account: User | None = None

    @classmethod
    def get_model_class(cls) -> type[AccountSession]:
        return AccountSession

    def _get_session_from_db(self) -> AccountSession | None:
        # A session lasts by the real clock, an office by that of the site.
        today = clock.local_date(clock.now())
        found = AccountSession.objects.read(self.session_key, clock.real(), today) if self.session_key else None
        if found is None:
            self._session_key = None
            return None
        self.account = found.account
        return found

    def cycle_key(self) -> None:
        """Another key for what was kept under one; a session that has none yet gets it as it is saved, and is written
        once instead of twice."""
        if self.session_key is not None:
            super().cycle_key()

    def _get_new_session_key(self) -> str:
        # The insert refuses a key that is taken, and then another is drawn; so none is looked up before.
        return get_random_string(32, VALID_KEY_CHARS)

    def create(self) -> None:
        """As Django does, but three times at most: an insert that fails for another reason than its key, such as an
        account that is gone, would be tried for ever."""
        for _time in range(_TRIES):
            self._session_key = self._get_new_session_key()
            with suppress(CreateError):
                self.save(must_create=True)
                self.modified = True
                return
        raise UpdateError()

    def create_model_instance(self, data: dict[str, Any]) -> AccountSession:
        made = super().create_model_instance(data)
        made.account_id = int(data[SESSION_KEY]) if data.get(SESSION_KEY) else None
        return made
