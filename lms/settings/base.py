"""What every installation shares; an installation differs only by its environment variables."""

import os
from pathlib import Path

import dj_database_url
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent.parent
DATA_DIR = Path(os.environ.get("LMS_DATA_DIR", BASE_DIR / ".data"))
DATA_DIR.mkdir(parents=True, exist_ok=True)  # a fresh clone has none

DEBUG = False
ALLOWED_HOSTS: list[str] = []
SITE_URL = os.environ.get("LMS_SITE_URL", "http://127.0.0.1:8000")
SITE_ID = 1

INSTALLED_APPS = [
    "lms.lib",
    "lms.journal",
    "lms.inbox",
    "lms.people",
    "lms.questions",
    "lms.scoring",
    "lms.records",
    "certs",
    "lms.training",
    "exams",
    "cms",
    "lms.audits",
    "lms.desks",
    "wagtail.contrib.settings",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail.sites",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "lms.people.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "lms.lib.http.NoStoreMiddleware",
    "lms.people.middleware.ActingMiddleware",
    "lms.people.middleware.SecondFactorMiddleware",
    "lms.lib.http.RefusalMiddleware",
]

ROOT_URLCONF = "lms.urls"
WSGI_APPLICATION = "lms.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "lms.desks.navigation.frame",
            ],
            "builtins": ["lms.lib.templatetags.page", "lms.lib.templatetags.design"],
        },
    },
]

# The database. SQLite takes its write lock at BEGIN, so a transaction that reads and then writes cannot lose a race.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 30,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;",
}
if os.environ.get("DATABASE_URL"):
    DATABASES = {"default": dj_database_url.config()}
    if DATABASES["default"]["ENGINE"].endswith("postgresql"):
        DATABASES["default"]["ENGINE"] = "lms.lib.postgresql"
        # A pool lends a connection to each thread; persistent connections outside it would be held twice.
        DATABASES["default"]["CONN_MAX_AGE"] = 0
        DATABASES["default"].setdefault("OPTIONS", {}).update(
            pool={"min_size": 1, "max_size": 16, "timeout": 20},
            # What is asked again and again is parsed and planned once a connection.
            server_side_binding=True,
            prepare_threshold=2,
        )
    else:
        DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
        DATABASES["default"]["CONN_MAX_AGE"] = None
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "db.sqlite3",
            "OPTIONS": SQLITE_OPTIONS,
            # Opening a SQLite file anew for each request costs ten times the query.
            "CONN_MAX_AGE": None,
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Limits on attempts are counted here, so they hold over all processes and survive a restart.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache_entry",
        # Above this the cache throws entries away, counted attempts among them; the default of 300 is soon reached.
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    },
    "renditions": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "renditions"},
}
SESSION_ENGINE = "lms.people.session_store"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "lms.desks.views.front.csrf_failure"

AUTH_USER_MODEL = "people.User"
# By user name, confirmed telephone or e-mail address, in one way for all doors.
AUTHENTICATION_BACKENDS = ["lms.people.backends.AccountBackend"]
PASSWORD_HASHERS = [
    "lms.people.hashers.Argon2idHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desks:home"
ACCOUNT_ADAPTER = "lms.people.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
# One e-mail address an account; another takes its place once it has been confirmed.
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_MAX_EMAIL_ADDRESSES = 2
# Failed sign-ins are counted by lms.people.adapters, by account and by address.
ACCOUNT_RATE_LIMITS = {
    "login": False,
    "login_failed": False,
    "signup": "5/h/ip",
    "reset_password": "20/m/ip,5/h/key",
    "reauthenticate": "10/m/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("LMS_TRUSTED_PROXIES", "0"))
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Teacher Certification"
MFA_ADAPTER = "lms.people.adapters.MFAAdapter"
# Accounts are opened by an office, so nobody can take another's address hostage; codes are counted like passwords.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {
    "authenticate": "lms.people.adapters.CodeForm",
    "reauthenticate": "lms.people.adapters.CodeAgainForm",
    "activate_totp": "lms.people.adapters.SetUpForm",
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "lms" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = ["lms.formats"]

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / ".static"
STATICFILES_DIRS = [BASE_DIR / "lms" / "static"]
MEDIA_ROOT = DATA_DIR / "media"
MEDIA_URL = "/media-not-served/"
# Files of people (certificates, tickets, photos): never below an address that a web server serves by itself.
PRIVATE_ROOT = DATA_DIR / "private"
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 3000

X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ("/editor/",),
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

# Background work. The rows are the record of what is to do; the queue only says "look now".
REDIS_URL = os.environ.get("REDIS_URL", "")
CELERY_BROKER_URL = REDIS_URL or "memory://localhost"
CELERY_TASK_DEFAULT_QUEUE = os.environ.get("LMS_QUEUE", "lms")
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"global_keyprefix": os.environ.get("LMS_QUEUE_PREFIX", "lms:"), "visibility_timeout": 600} if REDIS_URL else {}
)
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat")

# Keys. FIELD_KEYS: name → 32 bytes in hex; the first encrypts, all decrypt. HASH_KEY: for keyed look-ups.
FIELD_KEYS: dict[str, str] = {}
HASH_KEY = ""

# Where a message goes besides the person's page: functions that take a letter (lms/inbox/backends.py).
INBOX_BACKENDS = ["lms.inbox.backends.to_log", "lms.inbox.backends.to_email"]

# How a short message reaches a telephone: a function of a number and words (lms/inbox/texting.py). Empty: not at all.
SMS_BACKEND = os.environ.get("LMS_SMS_BACKEND", "")

CLOCK_FILE = os.environ.get("LMS_CLOCK_FILE", "")
DEMO_SIGN_IN = False

WAGTAIL_SITE_NAME = _("Teacher Certification and Continuing Education")
WAGTAILADMIN_BASE_URL = SITE_URL
WAGTAILADMIN_LOGIN_URL = "/account/login/"
WAGTAIL_I18N_ENABLED = False
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
# A draft is kept so many milliseconds after the last key.
WAGTAIL_AUTOSAVE_INTERVAL = 2000
# What a reviewer has to say she says when she returns a page; nothing is written beside its fields.
WAGTAILADMIN_COMMENTS_ENABLED = False
WAGTAILADMIN_EXTERNAL_LINK_CONVERSION = "never"
# The editor asks no foreign server for anything, and changes nothing of an account.
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAILDOCS_DOCUMENT_MODEL = "cms.CourseFile"
WAGTAILDOCS_DOCUMENT_FORM_BASE = "cms.uploading.FileForm"
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILIMAGES_IMAGE_MODEL = "cms.CourseImage"
WAGTAILIMAGES_IMAGE_FORM_BASE = "cms.uploading.PictureForm"
WAGTAILIMAGES_EXTENSIONS = ["jpg", "jpeg", "png", "webp"]
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 40_000_000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LMS_LOG_LEVEL", "WARNING")},
}
