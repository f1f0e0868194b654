"""A real installation starts with its secrets and without anything of the demo, or not at all."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
WHOLE = {
    "DJANGO_SETTINGS_MODULE": "lms.settings.prod",
    "LMS_SECRET_KEY": "x" * 40 + "0123456789abcdefghij",
    "LMS_FIELD_KEYS": "k1:" + "ab" * 32,
    "LMS_HASH_KEY": "y" * 50,
    "LMS_HOSTS": "lms.example.edu.cn",
    "LMS_SITE_URL": "https://lms.example.edu.cn",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


def start(*arguments, **environment):
    """Run a Python program under the production settings, with nothing of this machine's environment but the path."""
    given = {"PATH": os.environ["PATH"], **{name: value for name, value in environment.items() if value is not None}}
    return subprocess.run(  # noqa: S603 - our own arguments
        [sys.executable, *arguments], env=given, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )


def load(**changed):
    return start(
        "-c", "from django.conf import settings; settings.DEBUG; print(settings.INSTALLED_APPS)", **{**WHOLE, **changed}
    )


def test_production_starts_with_its_secrets_and_has_no_demo():
    done = load()

    assert done.returncode == 0, done.stderr
    assert "lms.demo" not in done.stdout


@pytest.mark.parametrize("name", ["LMS_SECRET_KEY", "LMS_FIELD_KEYS", "LMS_HASH_KEY", "LMS_HOSTS"])
def test_production_refuses_to_start_when_a_secret_is_missing(name):
    done = load(**{name: None})

    assert done.returncode != 0
    assert f"Set the environment variable {name}" in done.stderr


def test_production_refuses_to_start_with_a_movable_clock():
    done = load(LMS_CLOCK_FILE="clock")

    assert done.returncode != 0
    assert "moves the clock" in done.stderr


def test_production_refuses_to_start_with_one_click_sign_in():
    done = load(LMS_DEMO_SIGN_IN="1")

    assert done.returncode != 0
    assert "One-click sign-in" in done.stderr


def test_production_passes_the_deployment_check():
    done = start("manage.py", "check", "--deploy", "--fail-level", "WARNING", **WHOLE)

    assert done.returncode == 0, done.stderr


def test_production_refuses_to_print_codes_on_its_console():
    done = load(LMS_SMS_BACKEND="lms.inbox.backends.to_console_sms")

    assert done.returncode != 0
    assert "prints one-time codes" in done.stderr
