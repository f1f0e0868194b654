"""A kind of message that only the tests know."""

import pytest


@pytest.fixture
def note(settings, tmp_path):
    """Words for the kind `trial.note`: a subject with the fact `title`, a body with the dates it is given."""
    folder = tmp_path / "inbox" / "trial"
    folder.mkdir(parents=True)
    (folder / "note.txt").write_text(
        "{% load i18n %}{% get_current_language as LANGUAGE_CODE %}[{{ LANGUAGE_CODE }}] {{ title }}\n"
        "due {{ due_on|date:'Y/m/d' }} {{ held_at|date:'H:i' }}\n"
    )
    first, *rest = settings.TEMPLATES
    settings.TEMPLATES = [{**first, "DIRS": [*first["DIRS"], tmp_path]}, *rest]
