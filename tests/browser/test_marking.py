"""Marking: one answer after the other, by its code alone (practice exam three)."""

import re

from playwright.sync_api import expect

CANDIDATES = ("林知微", "何书意", "欧阳静修", "陆远", "王芳", "周䶮", "赵明达", "孙清和", "郑怀瑾", "万俟若兰")


def test_marker_gives_points_and_the_next_answer_comes_without_a_name(visit):
    marker = visit("武思源")
    page = marker.page
    marker.sees("练习考试三：正在评卷")
    page.get_by_role("link", name=re.compile(r"评阅\d+份")).first.click()
    title = page.get_by_role("heading", level=1)
    expect(title).to_have_text(re.compile(r"密号[0-9A-Z]{10}"))
    first = title.inner_text()
    assert not [name for name in CANDIDATES if name in page.content()]
    assert "99240" not in page.content()
    marker.fits()

    page.locator(".points").get_by_role("button", name="2.5", exact=True).press("Enter")
    expect(title).not_to_have_text(first)
    marker.sees(f"上一份：{first}，2.5分。")
    assert not [name for name in CANDIDATES if name in page.content()]


def test_marker_changes_her_mark_as_long_as_the_other_has_not_marked(visit):
    marker = visit("武思源")
    page = marker.page
    page.get_by_role("link", name=re.compile(r"评阅\d+份")).last.click()
    title = page.get_by_role("heading", level=1)
    first = title.inner_text()
    page.locator(".points").get_by_role("button", name="2.5", exact=True).click()
    marker.sees(f"上一份：{first}，2.5分。")
    marker.follow("修改")
    marker.sees("您已给2.5分")
    page.locator(".points").get_by_role("button", name="3", exact=True).click()
    marker.sees(f"上一份：{first}，3分。")
