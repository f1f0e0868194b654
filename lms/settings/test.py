"""The tests: the development settings, with a queue that the tests themselves work off."""

import os

from lms.settings.dev import *  # noqa: F403
from lms.settings.dev import REDIS_URL

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", "lms.people.hashers.Argon2idHasher"]
SMS_BACKEND = "tests.factories.texts.keep"
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# Tests that run side by side each work off a queue of their own.
CELERY_TASK_DEFAULT_QUEUE = f"lms-test-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": f"{CELERY_TASK_DEFAULT_QUEUE}:"} if REDIS_URL else {}
