"""A session is signed by the code on the screen, a picture of it is worthless soon, and a clerk's list works without a
network.

A code holds for seconds, so these tests have a copy of the world and a clock of their own, which they move."""

import datetime as dt
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import PHONE, TABLET, Visitor, pass_time

SESSION = "示范课：我的情绪小管家"  # of today, at twenty past ten


@pytest.fixture(scope="module")
def folder(folder: Path) -> Path:
    """The copy of the world, at five past ten."""
    present = dt.datetime.now(ZoneInfo("Asia/Shanghai"))
    present += dt.timedelta(seconds=float((folder / "clock").read_text()))
    pass_time(folder, (present.replace(hour=10, minute=5, second=0) - present).total_seconds())
    return folder


def at_board(visitor: Visitor) -> None:
    """From the sessions of these days to the board of today's."""
    visitor.go("/training/sessions/")
    visitor.follow(SESSION)


def code(page: Page) -> str:
    """The address in the code on the screen."""
    return page.locator("[data-address]").get_attribute("data-address")


def group(page: Page, name: str) -> Locator:
    return page.locator(f"section[aria-labelledby={name}]")


def test_teacher_signs_by_the_code_on_the_screen_and_the_board_shows_her(visit_copy):
    trainer = visit_copy("温以宁")
    at_board(trainer)
    board = trainer.page
    expect(group(board, "missing")).to_contain_text("林知微")
    screen = trainer.context.new_page()
    screen.goto(board.url + "code/")

    teacher = visit_copy("林知微", PHONE)
    teacher.page.goto(code(screen))
    teacher.sees("签到本课次？", SESSION)
    teacher.fits()
    expect(group(board, "missing")).to_contain_text("林知微")
    teacher.follow("我要签到")
    teacher.sees(f"签到：“{SESSION}”")
    expect(group(board, "here")).to_contain_text("林知微")
    expect(screen.locator(".count")).to_have_text("1 / 6")
    expect(teacher.page.locator(".ownsessions li").filter(has_text=SESSION)).to_contain_text("到课")


def test_picture_of_the_code_is_worthless_after_half_a_minute(visit_copy, folder):
    trainer = visit_copy("温以宁", TABLET)
    at_board(trainer)
    trainer.follow("显示签到码")
    picture = code(trainer.page)
    pass_time(folder, 31)
    teacher = visit_copy("何书意", PHONE)
    teacher.excused.append("409")
    answer = teacher.page.goto(picture)
    assert answer.status == 409
    teacher.sees("签到码已过期")
    expect(teacher.page.get_by_role("button", name="我要签到")).to_have_count(0)
    expect(trainer.page.locator("[data-address]")).not_to_have_attribute("data-address", picture)
    teacher.page.goto(code(trainer.page))
    teacher.sees("签到本课次？")


def pressed(page: Page, name: str, state: str) -> Locator:
    return page.get_by_role("form", name=name).get_by_role("button", name=state)


def marks_of(visitor: Visitor, name: str) -> int:
    """How often something was noted about one person, as her page tells it."""
    visitor.page.get_by_role("link", name=re.compile(f"请假或更正.*{name}")).click()
    visitor.sees("登记记录")
    count = visitor.page.locator("section[aria-labelledby=marks] li").count()
    visitor.page.go_back()
    return count


def test_clerk_marks_three_without_a_network_and_nothing_is_noted_twice(visit_copy):
    clerk = visit_copy("尹春和", TABLET)
    at_board(clerk)
    clerk.follow("点名")
    page = clerk.page
    clerk.excused += ["ERR_INTERNET_DISCONNECTED", "ERR_FAILED"]
    clerk.context.set_offline(True)
    for name, state in (("欧阳静修", "到课"), ("陆远", "迟到"), ("王芳", "缺勤")):
        pressed(page, name, state).click()
        expect(pressed(page, name, state)).to_have_attribute("aria-pressed", "true")
    clerk.sees("3条未上传")
    clerk.sees("网络已断开，可继续点名")
    clerk.fits()

    heard = []

    def lose_the_answer(route: Route) -> None:
        """The server hears the marks, and its answer is lost on the way."""
        heard.append(route.fetch().status)
        route.abort()

    page.route("**/marks/", lose_the_answer, times=1)
    clerk.context.set_offline(False)
    clerk.sees("已全部上传")
    assert heard == [200]
    page.reload()
    for name, state in (("欧阳静修", "到课"), ("陆远", "迟到"), ("王芳", "缺勤")):
        expect(pressed(page, name, state)).to_have_attribute("aria-pressed", "true")
        assert marks_of(clerk, name) == 1
