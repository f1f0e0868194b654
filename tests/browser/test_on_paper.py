"""An exam goes on paper, its list is signed, and two people enter a script with nothing but the keyboard."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Visitor, pass_time

EXAM = "练习考试二：今天笔试"
TWO_DAYS = 2 * 24 * 60 * 60


def sit_on_paper(officer: Visitor, folder: Path) -> str:
    """Declare the exam as sat on paper, let its time pass, and sign in the room; the address of the scores."""
    officer.go("/exams/")
    officer.follow(EXAM)
    officer.follow("考试方案")
    officer.follow("纸笔或机考")
    officer.page.get_by_label("纸笔考试，成绩按大题录入").check()
    officer.follow("设定考试方式")
    officer.sees("纸笔考试，成绩按大题录入")
    pass_time(folder, TWO_DAYS)
    officer.go("/exams/")
    officer.follow(EXAM)
    officer.follow("前往签到表")
    officer.follow("第1考场签到表")
    officer.follow("本考场全部签名")
    officer.follow("签到表已录齐，结束本场考试")
    officer.sees("还有10份答卷待您录入。")
    return officer.page.url


def number(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def type_in(page: Page, *points: str) -> None:
    """Type each number and press Enter, as a clerk would who looks at the script and not at the screen."""
    for each in points:
        page.keyboard.type(each)
        page.keyboard.press("Enter")


def test_two_people_enter_a_script_by_the_keyboard_and_the_officer_decides(visit_copy, folder):
    scores = sit_on_paper(visit_copy("程秋霁"), folder)
    first = visit_copy("尹春和", PHONE)
    page = first.page
    page.goto(scores)
    first.follow("录入下一份")
    script = number(page)
    expect(page.locator("input.num").first).to_be_focused()
    type_in(page, "35.5", "18", "11", "7.25", "8")
    expect(page.locator("#sum")).to_have_text("79.75")
    first.excused.append("422")
    type_in(page, "12")  # the most is 10: refused, and what was typed stays
    first.sees("12不在0至10分之间")
    expect(page.locator("input.num").last).to_be_focused()
    expect(page.locator("input.num").first).to_have_value("35.5")
    first.fits()
    type_in(page, "9.5")
    expect(page.get_by_role("heading", level=1)).not_to_have_text(script)
    first.sees(f"上一份：{script}，合计89.25分")

    second = visit_copy("段慎之")
    second.page.goto(scores)
    second.page.get_by_label("准考证号").fill(script)
    second.follow("查找答卷")
    assert "35.5" not in second.page.content()
    type_in(second.page, "35.5", "18", "11", "7.25", "8", "9")
    expect(second.page.get_by_role("heading", level=1)).not_to_have_text(script)

    officer = visit_copy("程秋霁", PHONE)
    officer.page.goto(scores)
    officer.follow(f"裁定准考证号{script}的答卷")
    officer.page.get_by_label("案例分析题：卷面分数").fill("9.5")
    officer.follow("按录入的分数裁定")
    officer.sees("已裁定，以您核对答卷录入的分数为准。")
