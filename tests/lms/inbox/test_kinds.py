"""Every kind of message that is written has its words, in both languages."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.utils import translation

from lms.inbox import rendering
from lms.inbox.models import Message

ROOT = Path(settings.BASE_DIR)
WORDS = {f"{path.parent.name}.{path.stem}": path for path in sorted((ROOT / "templates" / "inbox").glob("*/*.txt"))}
COUNTED = re.compile(r"count \w+=(\w+)")
# What a message's body consists of where it has no words of its own: a title from the page that it tells of.
TITLES = {"title": "走近学生", "titles": ["走近学生"], "course": "走近学生"}
KIND = re.compile(r'kind="((?:exams|certs|people|scoring|records|training|cms)\.[a-z_]+)"')


def message(kind):
    """A message of the kind whose only facts are titles and the numbers that its words count."""
    return Message(kind=kind, facts={**TITLES, **dict.fromkeys(COUNTED.findall(WORDS[kind].read_text()), 2)})


def sources():
    for folder in ("cms", "exams", "certs", "lms"):
        for path in (ROOT / folder).rglob("*.py"):
            if "migrations" not in path.parts:
                yield path.read_text()


def test_every_kind_that_is_written_has_its_words():
    written = {kind for text in sources() if "inbox" in text for kind in KIND.findall(text)}
    assert "certs.issued" in written or "exams.ticket_ready" in written
    assert sorted(written - set(WORDS)) == []


def test_no_words_are_left_over_from_a_kind_that_nobody_writes():
    everything = "\n".join(sources())
    assert [kind for kind in WORDS if f'"{kind}"' not in everything and kind.partition(".")[2] not in everything] == []


@pytest.mark.parametrize("kind", WORDS)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_words_have_a_subject_and_a_body(kind, language):
    with translation.override(language):
        words = rendering.words(message(kind))
    assert words.subject
    assert words.body
    assert "{{" not in words.subject + words.body
    assert get_template(f"inbox/{kind.replace('.', '/')}.txt")


@pytest.mark.parametrize("kind", WORDS)
def test_words_are_chinese_in_chinese(kind):
    with translation.override("zh-hans"):
        words = rendering.words(message(kind))
    assert re.search(r"[\u4e00-\u9fff]", words.subject)
    assert re.search(r"[\u4e00-\u9fff]", words.body)
