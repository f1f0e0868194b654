"""The site's clock at the tests' moment, so that pages show the day on which the factories set their scene."""

import datetime as dt

import pytest

from tests.factories.people import AT


@pytest.fixture
def today(settings, tmp_path):
    """Every page is asked on Tuesday 5 March 2024, 10:00 in Shanghai; `today(moment)` moves on."""

    def move(moment):
        (tmp_path / "clock").write_text(str((moment - dt.datetime.now(dt.UTC)).total_seconds()))

    settings.CLOCK_FILE = str(tmp_path / "clock")
    move(AT)
    return move
