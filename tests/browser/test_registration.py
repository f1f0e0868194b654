"""Registration, from the teacher's phone to the officer's desk and back (practice exam one)."""

from playwright.sync_api import expect

from tests.browser.conftest import PHONE

EXAM = "练习考试一：正在报名"


def test_teacher_registers_on_her_phone_and_the_county_officer_approves(visit):
    teacher = visit("林知微", PHONE)
    teacher.go("/exams/mine/")
    offer = teacher.page.get_by_role("listitem").filter(has_text=EXAM)
    offer.get_by_role("link", name="报名", exact=True).click()
    teacher.sees("林知微", "河湾区柳荫小学")
    teacher.fits()
    facts = teacher.page.locator("#main")
    expect(facts).to_contain_text("****")
    expect(facts).not_to_contain_text("19880101")  # of her identity number nobody reads the date of birth
    expect(teacher.page.get_by_label("手机号码")).to_have_value("19900000001")  # filled from her record
    teacher.follow("提交报名")
    teacher.sees("报名已提交，等待审核。")

    officer = visit("袁可桢")
    officer.go("/home/")
    officer.page.get_by_role("listitem").filter(has_text=EXAM).get_by_role("link", name="待审核的报名").click()
    officer.fits()
    officer.follow("林知微")
    officer.sees("全部条件符合。")
    officer.follow("审核通过")
    officer.sees("审核通过，已通知教师。")

    teacher.go("/exams/mine/")
    card = teacher.page.get_by_role("region", name=EXAM)
    expect(card).to_contain_text("已通过")
    teacher.go("/inbox/")
    teacher.sees(EXAM)


def test_returned_teacher_corrects_what_is_wrong_and_submits_again(visit):
    teacher = visit("何书意", PHONE)
    teacher.go("/home/")
    teacher.sees("请补填本人手机号。")
    teacher.follow("修改并重新提交")
    subject, phone = teacher.page.get_by_label("任教学科"), teacher.page.get_by_label("手机号码")
    subject.fill("心理健康与生命教育")
    phone.fill("1990")
    teacher.excused.append("status of 4")
    teacher.follow("重新提交审核")
    expect(phone).to_have_value("1990")
    expect(subject).to_have_value("心理健康与生命教育")
    teacher.sees("11位")
    phone.fill("19900000002")
    teacher.follow("重新提交审核")
    teacher.sees("报名已修改，重新等待审核。")

    officer = visit("程秋霁")
    officer.go("/exams/")
    officer.follow(EXAM)
    officer.follow("审核报名")
    officer.follow("何书意")
    officer.sees("全部条件符合。", "心理健康与生命教育")
    officer.follow("审核通过")
    officer.sees("审核通过，已通知教师。")
