"""The site's clock at the tests' moment: every page is asked on Tuesday 5 March 2024, 10:00 in Shanghai."""

import datetime as dt

import pytest

from tests.factories.people import AT


@pytest.fixture
def today(settings, tmp_path):
    (tmp_path / "clock").write_text(str((AT - dt.datetime.now(dt.UTC)).total_seconds()))
    settings.CLOCK_FILE = str(tmp_path / "clock")
