"""The embedded default: SQLite, a queue inside the server process, the demo people with one-click sign-in."""

import copy

from lms.settings import base
from lms.settings.base import *  # noqa: F403
from lms.settings.base import INSTALLED_APPS

DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", "testserver"]
SECRET_KEY = "development only: every installation sets its own"  # noqa: S105
FIELD_KEYS = {"dev": "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"}
HASH_KEY = "development only: keyed hashes"
INSTALLED_APPS = [*INSTALLED_APPS, "lms.demo"]
DEMO_SIGN_IN = True
TEMPLATES = copy.deepcopy(base.TEMPLATES)
TEMPLATES[0]["OPTIONS"]["context_processors"].append("lms.demo.offers.demo_people")
# Static files are served where they stand; nothing is collected.
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
SMS_BACKEND = "lms.inbox.backends.to_console_sms"
