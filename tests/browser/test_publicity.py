"""Publicity: its end makes a result final (practice exam five), and what anybody may read (practice exam eight)."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import PHONE

OVER, PUBLIC = "练习考试五：公示期满", "练习考试八：公示中"
CANDIDATES = ("林知微", "何书意", "欧阳静修", "陆远", "王芳", "周䶮", "赵明达", "孙清和", "郑怀瑾", "万俟若兰")


def test_officer_makes_the_result_final_when_the_publicity_is_over(visit):
    officer = visit("程秋霁")
    officer.go("/exams/")
    officer.follow(OVER)
    officer.sees("公示期已满")
    officer.follow("确定结果")
    officer.sees("结果已确定，并已通知考生。")
    expect(officer.page.get_by_role("button", name="确定结果")).to_have_count(0)

    teacher = visit("林知微", PHONE)
    teacher.go("/exams/mine/")
    card = teacher.page.get_by_role("region", name=OVER)
    expect(card).to_contain_text("合格")
    expect(card).not_to_contain_text("公示期满后确定")
    teacher.go("/inbox/")
    teacher.sees(f"结果已确定：{OVER}")


def test_anybody_reads_a_public_list_of_masked_names_and_no_list_whose_time_is_over(visit):
    reader = visit(size=PHONE)
    reader.go("/")
    reader.page.locator("#main").get_by_role("link", name="公示").click()
    reader.fits()
    expect(reader.page.locator("#main")).not_to_contain_text(OVER)
    reader.follow(PUBLIC)
    listed = reader.page.locator("#main")
    expect(listed.locator("tbody tr")).to_have_count(len(CANDIDATES))
    text = reader.page.content()
    assert not [name for name in CANDIDATES if name in text]
    for masked in ("林*微", "陆*", "欧**修"):
        expect(listed).to_contain_text(masked)
    assert re.search(r"99240090800\d{3}", text)
    assert "1988" not in text  # an admission number, never an identity number
