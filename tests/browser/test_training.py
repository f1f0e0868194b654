"""A period from its plan to its waiting list: an officer plans it and shares its seats, a school names a teacher by
workbook, others apply by phone and the school's word decides. And from a programme founded to its end: who was there
has completed it, her hours stand on her record once, and her certificate is proposed."""

import datetime as dt
import re
from zoneinfo import ZoneInfo

from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import PHONE, pass_time
from tests.factories.imports import workbook

PROGRAMME, NUMBER = "校园心理危机干预（B证选修）", 13
HEADINGS = ["姓名", "身份证件号", "学校", "培训项目", "期次", "备注"]
NAMED, SCHOOL, COUNTY = "许听澜", "河湾区第一小学", "河湾区教育局"
SHORT, SESSION = "课堂心理支持一日研修", "一日研修"
CAME, STAYED_AWAY = "林知微", "何书意"


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


def test_period_completes_hours_appear_once_and_certificates_are_proposed(visit_copy, folder):
    today = dt.datetime.now(ZoneInfo("Asia/Shanghai")) + dt.timedelta(seconds=float((folder / "clock").read_text()))
    officer = visit_copy("程秋霁")
    _found(officer)
    address = _open_for_today(officer, today.date())
    officer.follow("推荐教师")
    for name in (CAME, STAYED_AWAY):
        officer.page.get_by_label(name).check()
    officer.follow("提交推荐名单")
    _hold(officer, address, today)

    officer.go(address)
    expect(officer.page.get_by_role("button", name="办结本期")).to_have_count(0)
    pass_time(folder, 24 * 60 * 60)
    officer.go(address)
    officer.follow("办结本期")
    officer.sees("本期已办结。", "1 人已结业，尚未持证。")
    for name, state in ((CAME, "已结业"), (STAYED_AWAY, "未结业")):
        expect(officer.page.locator("tbody tr", has_text=name)).to_contain_text(state)

    officer.follow("提出发证名单")
    expect(officer.page.get_by_text(STAYED_AWAY)).to_have_count(0)
    officer.follow("提交名单")
    officer.sees(CAME, f"{SHORT}，第1期")
    officer.go(address)
    expect(officer.page.get_by_text("提出发证名单")).to_have_count(0)

    teacher = visit_copy(CAME, PHONE)
    teacher.go("/records/")
    expect(teacher.page.get_by_text(f"{SHORT}，第1期")).to_have_count(1)
    teacher.sees("7.5")
    other = visit_copy(STAYED_AWAY, PHONE)
    other.go("/records/")
    expect(other.page.get_by_text(f"{SHORT}，第1期")).to_have_count(0)


def _section(page: Page, programme: str):
    return page.locator("section", has=page.get_by_role("heading", name=programme))


def _found(officer) -> None:
    """A programme that leads to the city's certificate and demands that one is there."""
    officer.go("/training/programmes/")
    officer.follow("设立培训项目")
    page = officer.page
    page.get_by_label("名称", exact=True).fill(SHORT)
    page.get_by_label("项目代码").fill("one-day")
    page.get_by_label("对应证书").select_option(index=1)
    page.get_by_label("学时：专业科目").fill("7.5")
    officer.follow("设立此项目")
    officer.sees(f"已设立“{SHORT}”")
    _section(page, SHORT).get_by_role("link", name=re.compile("结业要求")).click()
    page.get_by_label(re.compile("最低出勤率")).fill("80")
    officer.follow("保存调整")


def _open_for_today(officer, today: dt.date) -> str:
    """Its first period, of this one day, into which schools and bureaus send teachers; its address."""
    page = officer.page
    officer.go("/training/programmes/")
    _section(page, SHORT).get_by_role("link", name=re.compile("开放下一期")).click()
    page.get_by_label("报名方式").select_option("school")
    for label in ("报名截止日期", "培训开始日期", "培训结束日期"):
        page.get_by_label(label).fill(today.isoformat())
    page.locator("form button.btn-l").click()
    _section(page, SHORT).get_by_role("link", name="第1期", exact=True).click()
    page.wait_for_load_state()
    return page.url.removeprefix(officer.base)


def _hold(officer, address: str, now: dt.datetime) -> None:
    """One session, just begun, at which one is here and another is not."""
    page = officer.page
    officer.go(f"{address}sessions/")
    officer.follow("安排课次")
    page.get_by_label("课次内容").fill(SESSION)
    page.get_by_label("日期", exact=True).fill(f"{now:%Y-%m-%d}")
    page.get_by_label("开始时间").fill(f"{now:%H:%M}")
    page.get_by_label("结束时间").fill(f"{now + dt.timedelta(hours=2):%H:%M}")
    officer.follow("安排本课次")
    page.get_by_role("link", name=SESSION, exact=True).click()
    officer.follow("点名")
    for name, state in ((CAME, "到课"), (STAYED_AWAY, "缺勤")):
        button = page.get_by_role("form", name=name).get_by_role("button", name=state)
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
    officer.sees("已全部上传")
