"""Five minutes on the wall without network, an answer every ten seconds: `LMS_WALL_CLOCK=1 pytest -s` on this file.

The plain suite lets the same minutes pass by the site's clock alone (test_sitting.py)."""

import itertools
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_sitting import CASE, FILL_IN, MULTIPLE, SHORT, SINGLE, TRUE_FALSE, begin, essay, question, saved
from tests.served import PROJECT, environment

pytestmark = pytest.mark.skipif(
    os.environ.get("LMS_WALL_CLOCK") != "1", reason="takes six minutes: asked for by LMS_WALL_CLOCK=1"
)
SECONDS, EVERY = 300, 10
MATCHING, ORDERING = 23, 24
PAIRS = {"left": [{"id": "1", "text": "倾听"}, {"id": "2", "text": "共情"}]}
PAIRS["right"] = [{"id": "A", "text": "不打断"}, {"id": "B", "text": "说出感受"}, {"id": "C", "text": "说教"}]
STEPS = {"options": [{"id": letter, "text": f"步骤{letter}"} for letter in "ABC"]}
# The short paper of practice exam two with the two kinds that its bank has not.
ADD_TWO_KINDS = f"""
import django
django.setup()
from exams.models import Paper
from lms.lib import crypto

paper = Paper.objects.get(module__stage=3)
more = [
    {{"number": {MATCHING}, "kind": "matching", "stem": "配一配。", "body": {PAIRS!r}}},
    {{"number": {ORDERING}, "kind": "ordering", "stem": "排一排。", "body": {STEPS!r}}},
]
paper.items += [{{"section": "其他", "points": "0", **each}} for each in more]
paper.keys |= {{
    "{MATCHING}": {{"pairs": {{"1": "A", "2": "B"}}, "points": "0"}},
    "{ORDERING}": {{"order": ["A", "B", "C"], "policy": "exact", "points": "0"}},
}}
paper.digest = crypto.digest({{"items": paper.items, "keys": paper.keys}})
paper.save()
"""


@pytest.fixture(scope="module")
def folder(folder: Path) -> Path:
    subprocess.run([sys.executable, "-c", ADD_TWO_KINDS], env=settings_of(folder), cwd=PROJECT, check=True)  # noqa: S603
    return folder


def settings_of(folder: Path) -> dict[str, str]:
    return environment(folder, DJANGO_SETTINGS_MODULE="lms.settings.dev")


# One answer of each kind; each returns {item: response} as the page was told.


def radio(page: Page, number: int, n: int):
    question(page, number)
    options = page.locator("[data-at=answer]").get_by_role("radio")
    chosen = options.nth(n % options.count())
    chosen.check()
    value = chosen.get_attribute("value")
    return {str(number): {"true": True, "false": False}.get(value, value)}


def boxes(page: Page, number: int, n: int):
    question(page, number)
    options = page.locator("[data-at=answer]").get_by_role("checkbox")
    options.nth(n % options.count()).click()
    return {str(number): [each.get_attribute("value") for each in options.all() if each.is_checked()]}


def blanks(page: Page, number: int, n: int):
    question(page, number)
    fields = page.locator("[data-at=answer] input")
    fields.first.press_sequentially(f"空{n}")
    return {str(number): [each.input_value() for each in fields.all()]}


def essays(page: Page, number: int, n: int):
    question(page, number)
    essay(page).press_sequentially(f"第{n}句。")
    return {str(number): essay(page).input_value()}


def part(page: Page, number: int, n: int):
    question(page, number)
    areas = page.locator("[data-at=answer] textarea")
    place = n % areas.count()
    areas.nth(place).press_sequentially(f"第{n}次写。")
    return {f"{number}.{place + 1}": areas.nth(place).input_value()}


def pairs(page: Page, number: int, n: int):
    question(page, number)
    lists = page.locator("[data-at=answer] select")
    for place in range(2):
        lists.nth(place).select_option("ABC"[(n + place) % 3])
    return {str(number): {str(place + 1): "ABC"[(n + place) % 3] for place in range(2)}}


def steps(page: Page, number: int, n: int):
    question(page, number)
    page.locator("[data-at=answer]").get_by_role("button", name=re.compile("下移")).nth(n % 2).click()
    texts = page.locator("[data-at=answer] ol li > span").all_inner_texts()
    return {str(number): [each.removeprefix("步骤") for each in texts]}


GIVES = [
    (radio, SINGLE),
    (boxes, MULTIPLE),
    (radio, TRUE_FALSE),
    (blanks, FILL_IN),
    (essays, SHORT),
    (part, CASE),
    (pairs, MATCHING),
    (steps, ORDERING),
]


def on_record(folder: Path, sql: str, attempt: int) -> list[tuple]:
    with closing(sqlite3.connect(f"file:{folder / 'db.sqlite3'}?mode=ro", uri=True)) as database:
        return database.execute(sql, (attempt,)).fetchall()


def answers(folder: Path, attempt: int) -> dict[str, object]:
    rows = on_record(folder, "SELECT item, response FROM exams_answer WHERE attempt_id = ?", attempt)
    return {item: json.loads(response) for item, response in rows}


def saves(folder: Path, attempt: int) -> list[tuple]:
    sql = "SELECT item, version, outcome FROM exams_answersave WHERE attempt_id = ? ORDER BY id"
    return on_record(folder, sql, attempt)


def test_five_minutes_on_the_wall_without_network_lose_no_answer(visit_copy, folder):
    candidate = visit_copy("陆远")
    page = begin(candidate)
    attempt = int(re.search(r"/attempts/(\d+)/", page.url).group(1))
    given = {}
    for give, number in GIVES:
        given |= give(page, number, 0)
    saved(page)
    before = saves(folder, attempt)

    candidate.excused.append("ERR_INTERNET_DISCONNECTED")
    candidate.context.set_offline(True)
    gone = time.monotonic()
    for typed in itertools.count(1):
        give, number = GIVES[typed % len(GIVES)]
        given |= give(page, number, 1 + typed // len(GIVES))
        expect(page.locator("[data-at=banner]")).to_contain_text("网络断开了，可以继续作答。")
        expect(page.locator("[data-at=saved]")).to_contain_text("已存在本机")
        until = gone + EVERY * typed
        if until > gone + SECONDS:
            break
        page.wait_for_timeout(max(0, 1000 * (until - time.monotonic())))
    offline = time.monotonic() - gone
    assert saves(folder, attempt) == before
    candidate.context.set_offline(False)
    back = time.monotonic()
    saved(page)
    expect(page.locator("[data-at=banner]")).to_be_hidden()
    took = time.monotonic() - back

    assert answers(folder, attempt) == given
    after = saves(folder, attempt)
    assert {outcome for *_, outcome in after} == {"saved"}
    assert len({save[:2] for save in after}) == len(after)  # none twice
    figures = {
        "seconds_offline": round(offline, 1),
        "answers_given_offline": typed,
        "items": len(given),
        "saves_before": len(before),
        "saves_after": len(after),
        "seconds_until_acknowledged": round(took, 2),
    }
    sys.stdout.write(json.dumps(figures) + "\n")

    page.get_by_role("link", name="交卷").last.click()
    page.get_by_role("button", name="确认交卷，不再修改").click()
    candidate.sees("您已交卷，可以离开本页。", given[str(SHORT)])
    page.get_by_role("link", name="核对回执").click()
    candidate.sees("至今未变")
