"""A real installation: every secret comes from the environment, and nothing of the demo is there."""

import os

from django.core.exceptions import ImproperlyConfigured

from lms.settings.base import *  # noqa: F403
from lms.settings.base import CLOCK_FILE, DEMO_SIGN_IN, INSTALLED_APPS, SITE_URL, SMS_BACKEND


def _required(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"Set the environment variable {name}.")
    return value


SECRET_KEY = _required("LMS_SECRET_KEY")
FIELD_KEYS = dict(pair.split(":", 1) for pair in _required("LMS_FIELD_KEYS").split(","))
HASH_KEY = _required("LMS_HASH_KEY")
ALLOWED_HOSTS = _required("LMS_HOSTS").split(",")
CSRF_TRUSTED_ORIGINS = [SITE_URL]

if CLOCK_FILE:
    raise ImproperlyConfigured("LMS_CLOCK_FILE moves the clock; a real installation must not start with it.")
if DEMO_SIGN_IN or "lms.demo" in INSTALLED_APPS or os.environ.get("LMS_DEMO_SIGN_IN"):
    raise ImproperlyConfigured("One-click sign-in is for the demo; a real installation must not start with it.")

if SMS_BACKEND == "lms.inbox.backends.to_console_sms":
    raise ImproperlyConfigured("LMS_SMS_BACKEND prints one-time codes; a real installation needs a gateway, or none.")

SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
