"""A period from its plan to its waiting list: an officer plans it and shares its seats, a school names a teacher by
workbook, others apply by phone and the school's word decides."""

import re

from playwright.sync_api import FilePayload, expect

from tests.browser.conftest import PHONE
from tests.factories.imports import workbook

PROGRAMME, NUMBER = "校园心理危机干预（B证选修）", 13
HEADINGS = ["姓名", "身份证件号", "学校", "培训项目", "期次", "备注"]
NAMED, SCHOOL, COUNTY = "许听澜", "河湾区第一小学", "河湾区教育局"


def test_period_is_planned_shared_named_for_applied_for_and_fills(visit_copy):
    officer = visit_copy("程秋霁")
    _plan(officer)
    address = officer.page.url.removeprefix(officer.base)
    officer.follow("分配名额")
    officer.sees("按需分配建议")
    officer.page.get_by_label(f"分配给{COUNTY}的名额").fill("1")
    officer.follow("保存分配")
    officer.sees("名额已分配", f"{COUNTY}")

    school = visit_copy("江一苇")
    _name(school)
    school.go("/training/school/")
    school.sees(NAMED, "已录取")

    for name, words in (("欧阳静修", "已录取"), ("陆远", "候补中")):
        _apply(visit_copy, name)
        officer.go(address)
        officer.follow(name)
        officer.follow("推荐")
        officer.sees(words)

    officer.go(address)
    officer.sees("共 2 个名额")
    expect(officer.page.locator("tbody tr", has_text="陆远")).to_contain_text("候补中")
    last = visit_copy("陆远", PHONE)
    last.go("/training/")
    last.sees("候补中", "您是下一位递补者。")


def _plan(officer) -> None:
    officer.go("/training/programmes/")
    section = officer.page.locator("section", has=officer.page.get_by_role("heading", name=PROGRAMME))
    section.get_by_role("link", name=re.compile("开放下一期")).click()
    page = officer.page
    page.get_by_label("期次", exact=True).fill(str(NUMBER))
    page.get_by_label(re.compile("^名额")).first.fill("2")
    page.get_by_label("报名方式").select_option("school")
    page.get_by_label("报名截止日期").fill("2027-06-01")
    page.get_by_label("培训开始日期").fill("2027-06-10")
    page.get_by_label("培训结束日期").fill("2027-06-20")
    page.locator("form button.btn-l").click()
    officer.sees(f"{PROGRAMME}，第{NUMBER}期")
    section.get_by_role("link", name=f"第{NUMBER}期", exact=True).click()
    page.wait_for_load_state()
    officer.fits()


def _name(school) -> None:
    school.go("/training/school/")
    school.follow("导入推荐名单")
    row = {"姓名": NAMED, "学校": SCHOOL, "培训项目": PROGRAMME, "期次": f"第{NUMBER}期"}
    content = workbook(row, headings=HEADINGS).read()
    file = FilePayload(name="名单.xlsx", mimeType="application/octet-stream", buffer=content)
    school.page.get_by_label("选择文件，或拖到这里").set_input_files(file)
    school.follow("检查文件")
    school.sees(NAMED)
    school.page.get_by_role("button", name=re.compile("导入")).click()
    school.page.wait_for_load_state()
    school.sees("导入完成")


def _apply(visit_copy, name) -> None:
    teacher = visit_copy(name, PHONE)
    teacher.go("/courses/")
    teacher.page.get_by_role("link", name=PROGRAMME).first.click()
    teacher.page.get_by_role("button", name=re.compile(f"报名.*第{NUMBER}期|报名")).first.click()
    teacher.page.wait_for_load_state()
    teacher.sees("报名已提交，待学校审核")
    teacher.fits()
