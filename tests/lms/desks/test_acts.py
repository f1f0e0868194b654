"""Every act that is written into the journal has a name for its readers."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from lms.desks import acts

KEY = re.compile(r'"((?:exams|certs|cms|people|records|scoring|training|audits)\.[a-z]+(?:_[a-z]+)*)"')
WRITES = re.compile(r"\b(?:journal|writing)\.write\(")


def written_keys():
    """The keys in files that write journal lines; messages and models bear other names there."""
    for folder in ("exams", "certs", "cms", "lms"):
        for path in (Path(settings.BASE_DIR) / folder).rglob("*.py"):
            text = path.read_text()
            if not WRITES.search(text) or "migrations" in path.parts:
                continue
            for call in WRITES.finditer(text):
                found = KEY.match(text[call.end() :].lstrip())
                if found:
                    yield found.group(1)


def test_the_search_finds_the_acts():
    assert {"exams.paper_frozen", "certs.list_issued", "people.office_given"} <= set(written_keys())


def test_every_act_has_a_name():
    assert sorted(set(written_keys()) - set(acts.NAMES)) == []


@pytest.mark.parametrize("act", ["exams.paper_frozen", "exams.candidate_returned", "certs.list_issued"])
def test_name_is_in_the_readers_language(act):
    with translation.override("zh-hans"):
        chinese = str(acts.name(act))
    with translation.override("en"):
        assert str(acts.name(act)) != chinese


def test_name_is_the_key_when_the_act_is_unknown():
    assert acts.name("exams.unheard_of") == "exams.unheard_of"
