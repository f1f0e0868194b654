"""The site as an installation runs it, but for secrets that are nobody's and no encryption on the way: no demo."""

from lms.settings.base import *  # noqa: F403
from lms.settings.dev import FIELD_KEYS, HASH_KEY, SECRET_KEY  # noqa: F401

ALLOWED_HOSTS = ["127.0.0.1"]
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
