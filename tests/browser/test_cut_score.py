"""The cut score: proposed by one person, looked at and approved by another (practice exam four)."""

from playwright.sync_api import expect

from lms.demo.people import PASSWORD

EXAM = "练习考试四：等待批准划线"
APPROVE = "同意划线60.00分"


def test_second_officer_looks_at_another_line_and_approves_what_the_first_proposed(visit):
    first = visit("程秋霁")
    first.go("/exams/")
    first.follow(EXAM)
    first.follow("核对后决定")
    first.sees("这是您拟定的，须由另一人决定。")
    expect(first.page.get_by_role("button", name=APPROVE)).to_have_count(0)

    second = visit("段慎之")
    page = second.page
    second.go("/home/")
    second.follow("待批准的划线60.00分")
    second.sees("程秋霁", "五位评委两轮评定的平均分数线。")
    slider = page.get_by_role("slider", name="分数线（分）")
    people = slider.get_attribute("aria-valuetext") or slider.text_content()
    slider.focus()
    for _ in range(4):
        slider.press("PageUp")
    expect(slider).to_have_attribute("aria-valuenow", "68")
    assert slider.get_attribute("aria-valuetext") != people
    slider.press("Enter")
    second.sees("您正在看68.00分的线，目前的线是60.00分。")
    expect(page.get_by_role("button", name=APPROVE)).to_have_count(0)  # only the proposed line can be approved
    page.get_by_label("分数线（分）").last.fill("六十")
    second.excused.append("status of 422")
    second.follow("看这条线")
    expect(page.get_by_role("textbox", name="分数线（分）")).to_have_value("六十")
    second.go(page.url.removeprefix(second.base).split("?")[0])

    page.get_by_label("您的密码").fill("不是这个密码")
    second.follow(APPROVE)
    second.sees("密码不正确，什么都没有改变，请重新输入。")
    page.get_by_label("您的密码").fill(PASSWORD)
    second.follow(APPROVE)
    second.sees("已划线60.00分。")
    expect(page.get_by_role("button", name=APPROVE)).to_have_count(0)
    first.page.reload()
    first.sees("段慎之")
