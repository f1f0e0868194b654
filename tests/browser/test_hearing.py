"""The hearing day: a judge's sheet on a tablet, and the clerk's board (practice exam six)."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import TABLET

CANDIDATES = ("林知微", "何书意", "欧阳静修", "王芳", "赵明达", "万俟若兰")
SCHOOLS = ("柳荫小学", "红杉小学", "第二小学", "第一初级中学", "第六初级中学", "青岭镇初级中学")


def test_judge_scores_the_number_before_her_and_signs_without_learning_who_it_is(visit):
    judge = visit("顾念初", TABLET)
    page = judge.page
    page.get_by_role("listitem").filter(has_text="展示中").get_by_role("link", name="口试").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("口试")
    judge.fits()
    source = page.content()
    assert not [name for name in (*CANDIDATES, *SCHOOLS) if name in source]
    assert "99240" not in source  # neither a school's code nor an admission or identity number

    sign, criteria = page.locator("[data-at=sign]"), page.locator(".crit")
    expect(sign).to_have_text("还差5项")
    for place in range(4):
        criteria.nth(place).locator(".bands label").first.click()
    expect(sign).to_have_text("还差“语言仪态”")
    last = criteria.nth(4)
    points = last.get_by_role("spinbutton")
    sign.press("Enter")  # it leads to what is missing
    expect(points).to_be_focused()
    points.fill("99")
    expect(last).to_have_class(re.compile("wrong"))
    expect(sign).to_have_text("还差“语言仪态”")
    last.locator(".bands label").nth(1).click()
    last.locator(".pts").get_by_role("button").last.click()
    fine = points.input_value()
    expect(page.locator("[data-at=saved]")).to_have_text(re.compile(r"\d\d:\d\d:\d\d已暂存"))
    total = sum(float(each.input_value()) for each in page.get_by_role("spinbutton").all())
    expect(page.locator("[data-at=sum]")).to_have_text(f"{total:g}")
    judge.fits()

    page.reload()
    expect(points).to_have_value(fine)
    expect(sign).to_have_text("签名提交")
    sign.click()
    judge.sees("口试已签名。")
    expect(page.get_by_role("heading", level=1)).to_contain_text("说课")  # on to the other module of this number
    page.get_by_role("navigation").get_by_role("link", name="口试").click()
    judge.sees("评分表不再改动。")
    expect(points).to_be_disabled()
    expect(sign).to_have_count(0)


def test_clerk_moves_a_candidate_by_one_step_and_takes_it_back(visit):
    clerk = visit("尹春和")
    page = clerk.page
    clerk.go("/home/")
    page.get_by_role("link", name="今天面试").click()
    expect(page.get_by_role("heading", name="候考室")).to_be_visible()
    clerk.fits()
    waiting = page.get_by_role("article").filter(has=page.get_by_role("button", name="抽题"))
    card = page.locator(f"#{waiting.first.get_attribute('id')}")
    card.get_by_role("button", name="抽题").click()
    expect(card.get_by_role("button", name="开始备课")).to_be_visible()
    expect(card).to_contain_text("题目")
    page.get_by_role("button", name="撤销").click()
    expect(card.get_by_role("button", name="抽题")).to_be_visible()
    expect(card).not_to_contain_text("题目")
