"""Tables of the limit and as many people with a session as are asked for: prints their session keys."""

import json
import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.limit.settings"
django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from tests.bench.limit.models import Answer  # noqa: E402


def main(count: int) -> None:
    """Migrate, make the people, sign each in."""
    for label in ("auth", "sessions"):
        call_command("migrate", label, verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Answer)
    keys = []
    for n in range(count):
        user = User.objects.create(username=f"limit{n}", password="!")
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        keys.append(session.session_key)
    print(json.dumps(keys))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]))
