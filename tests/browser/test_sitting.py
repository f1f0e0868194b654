"""The written exam at the candidate's keyboard, through a lost connection, to the receipt (practice exam two)."""

import re

from playwright.sync_api import Page, expect

from lms.demo.people import PASSWORD
from tests.browser.conftest import PHONE, Visitor, pass_time

EXAM = "练习考试二：今天笔试"
# Of the short paper: ten single, four multiple, four true or false, two fill-in, one short answer, one case.
SINGLE, MULTIPLE, TRUE_FALSE, FILL_IN, SHORT, CASE = 2, 11, 15, 19, 21, 22
ESSAY = "先稳定情绪，再了解经过，必要时转介。"


def begin(candidate: Visitor) -> Page:
    """From her home to the open paper, as she finds it."""
    candidate.go("/home/")
    candidate.sees(EXAM)
    candidate.page.get_by_role("link", name=re.compile("进入考试|继续作答")).click()
    candidate.page.get_by_role("button", name=re.compile("打开试卷|继续")).click()
    if candidate.page.url.endswith("/take-over/"):
        take_over(candidate)
    expect(candidate.page.get_by_role("timer", name="剩余时间")).to_contain_text(re.compile(r"\d\d:\d\d:\d\d"))
    candidate.fits()
    return candidate.page


def take_over(candidate: Visitor) -> None:
    """Go on with the paper on this device."""
    candidate.sees("您的试卷正在另一台设备上作答")
    candidate.fits()
    candidate.page.get_by_label("您的密码").fill(PASSWORD)
    candidate.page.get_by_role("button", name="在这里继续作答").click()


def question(page: Page, number: int) -> None:
    """Go to a question by its address, as the links of the answer sheet do."""
    page.evaluate("number => { location.hash = `#q${number}` }", number)
    expect(page.locator("[data-at=where]")).to_contain_text(f"第{number}题")


def saved(page: Page) -> None:
    """The page says when it last saved, and nothing waits."""
    expect(page.locator("[data-at=saved]")).to_have_text(re.compile(r"已保存 \d\d:\d\d:\d\d"))


def tick_by_keyboard(page: Page, role: str, place: int) -> None:
    """Take an option without a pointer."""
    option = page.locator("[data-at=answer]").get_by_role(role).nth(place)
    option.focus()
    page.keyboard.press("Space")
    expect(option).to_be_checked()


def essay(page: Page):
    return page.get_by_label("您的回答")


def test_candidate_works_by_keyboard_loses_the_connection_and_loses_no_answer(visit):
    candidate = visit("欧阳静修")
    page = begin(candidate)
    page.get_by_role("button", name="下一题").press("Enter")
    expect(page.locator("[data-at=where]")).to_contain_text("第2题")
    tick_by_keyboard(page, "radio", 1)
    page.keyboard.press("ArrowDown")  # the arrows move among the options
    expect(page.locator("[data-at=answer]").get_by_role("radio").nth(2)).to_be_checked()
    page.get_by_role("button", name="标记这题").press("Enter")
    expect(page.locator("[data-count=flagged]").first).to_have_text("标记1")
    question(page, MULTIPLE)
    tick_by_keyboard(page, "checkbox", 0)
    tick_by_keyboard(page, "checkbox", 2)
    question(page, TRUE_FALSE)
    tick_by_keyboard(page, "radio", 0)
    question(page, FILL_IN)
    page.get_by_label("第1空").focus()
    page.keyboard.type("尊重")
    question(page, SHORT)
    saved(page)

    candidate.excused.append("ERR_INTERNET_DISCONNECTED")
    candidate.context.set_offline(True)
    essay(page).focus()
    page.keyboard.type(ESSAY)
    question(page, CASE)
    page.locator("[data-at=answer] textarea").first.focus()
    page.keyboard.type("断网时写的")
    candidate.sees("网络断开了，可以继续作答。")
    expect(page.locator("[data-at=saved]")).to_contain_text("已存在本机")
    candidate.context.set_offline(False)
    saved(page)
    expect(page.locator("[data-at=banner]")).to_be_hidden()

    page.reload()
    expect(page.locator("[data-at=answer] textarea").first).to_have_value("断网时写的")
    question(page, SHORT)
    expect(essay(page)).to_have_value(ESSAY)
    question(page, FILL_IN)
    expect(page.get_by_label("第1空")).to_have_value("尊重")
    question(page, TRUE_FALSE)
    expect(page.locator("[data-at=answer]").get_by_role("radio").nth(0)).to_be_checked()
    question(page, MULTIPLE)
    options = page.locator("[data-at=answer]").get_by_role("checkbox")
    assert [options.nth(place).is_checked() for place in range(3)] == [True, False, True]
    question(page, SINGLE)
    expect(page.locator("[data-at=answer]").get_by_role("radio").nth(2)).to_be_checked()
    expect(page.get_by_role("button", name="取消标记").last).to_be_visible()

    page.get_by_role("link", name="交卷").last.press("Enter")
    candidate.sees("未答：", "已标记：")
    page.get_by_role("button", name="确认交卷，不再修改").press("Enter")
    candidate.sees("您已交卷，可以离开本页。")
    expect(page.locator(".receipt-code span")).to_have_count(8)
    assert candidate.page.url.endswith("/receipt/")
    candidate.go("/home/")
    expect(page.locator("#main")).not_to_contain_text("进入考试")


def test_candidate_on_a_phone_sees_the_clock_and_goes_by_the_answer_sheet(visit):
    candidate = visit("陆远", PHONE)
    page = begin(candidate)
    clock = page.get_by_role("timer", name="剩余时间")
    expect(clock).to_be_in_viewport()
    for size in ("标准", "大", "特大"):
        page.get_by_role("button", name=f"字号：{size}", exact=True).click()
        candidate.fits()
    before = clock.inner_text()
    question(page, SINGLE)
    page.locator("[data-at=answer] label").nth(2).click()
    saved(page)
    page.get_by_role("link", name="答题卡").click()
    candidate.sees("单项选择题", "案例分析题")
    candidate.fits()
    expect(clock).to_be_in_viewport()
    page.get_by_role("link", name=re.compile("第2题.*已答")).locator("visible=true").click()
    expect(page.locator("[data-at=answer]").get_by_role("radio").nth(2)).to_be_checked()
    expect(clock).not_to_have_text(before)
    for number in (MULTIPLE, TRUE_FALSE, FILL_IN, SHORT, CASE):
        question(page, number)
        candidate.fits()


def test_an_older_page_of_the_same_candidate_does_not_overwrite_a_newer_answer(visit):
    candidate = visit("陆远")
    newer = begin(candidate)
    older = candidate.context.new_page()
    older.goto(newer.url)
    for page in (older, newer):
        question(page, SHORT)
    for text in ("先写的", "后写的"):
        with newer.expect_response(lambda answer: answer.url.endswith("/answers/") and answer.ok):
            essay(newer).fill(text)
            essay(newer).blur()
    candidate.excused.append("status of 409")
    essay(older).fill("不知情的一页写的")
    essay(older).blur()
    expect(older.get_by_text("这题在另一页面保存了更新的答案，以更新的为准。")).to_be_visible()
    expect(older.get_by_text("不知情的一页写的")).to_be_visible()
    expect(essay(older)).to_have_value("后写的")
    newer.reload()
    expect(essay(newer)).to_have_value("后写的")


def test_what_was_typed_a_moment_ago_survives_a_reload(visit):
    candidate = visit("陆远")
    page = begin(candidate)
    question(page, CASE)
    first = page.locator("[data-at=answer] textarea").first
    first.focus()
    page.keyboard.type("刚刚写下")
    page.reload()
    expect(first).to_have_value("刚刚写下")
    saved(page)
    question(page, SINGLE)
    page.reload()
    question(page, CASE)
    expect(first).to_have_value("刚刚写下")


def test_another_device_takes_over_and_the_first_says_so_and_writes_no_more(visit):
    first = visit("陆远")
    page = begin(first)
    question(page, SHORT)
    essay(page).fill("第一台设备写的")
    essay(page).blur()
    saved(page)

    second = visit("陆远", PHONE)
    other = begin(second)
    question(other, SHORT)
    expect(essay(other)).to_have_value("第一台设备写的")
    essay(other).fill("第二台设备写的")
    essay(other).blur()
    saved(other)

    first.excused.append("status of 409")
    essay(page).fill("第一台又写的")
    essay(page).blur()
    first.sees("本试卷正在另一台设备上作答。")
    expect(essay(page)).to_be_disabled()
    other.reload()
    expect(essay(other)).to_have_value("第二台设备写的")
    page.get_by_role("link", name="接管").click()
    take_over(first)
    question(page, SHORT)
    expect(essay(page)).to_have_value("第二台设备写的")  # the older text never replaces the newer


def test_the_invigilator_stops_the_time_and_the_page_waits(visit_copy):
    candidate = visit_copy("陆远")
    page = begin(candidate)
    question(page, SHORT)
    officer = visit_copy("程秋霁")
    officer.go("/exams/")
    officer.page.get_by_role("link", name=EXAM).first.click()
    officer.page.locator('a[href*="/invigilate/"]').first.click()
    officer.sees("陆远", "失去联系")
    officer.page.get_by_role("link", name="本场时间").click()
    officer.page.locator("#id_stop_reason").fill("火警演练")
    officer.page.get_by_role("button", name="全场暂停计时").click()
    officer.sees("火警演练")
    essay(page).fill("停表时还在写")
    essay(page).blur()
    candidate.sees("监考员已暂停计时。")
    expect(essay(page)).to_be_disabled()
    expect(page.locator("[data-at=left]")).to_have_text("已暂停")
    officer.page.get_by_role("button", name="全场恢复计时").click()
    officer.sees("已完成")
    expect(essay(page)).to_be_enabled()
    saved(page)
    page.reload()
    expect(essay(page)).to_have_value("停表时还在写")


def kept_on_the_device(page: Page) -> str:
    """Everything that lies in the databases of this site in this browser, as text."""
    return page.evaluate(
        """async () => {
            const told = [];
            for (const { name } of await indexedDB.databases()) {
                const db = await new Promise((done) => {
                    const asked = indexedDB.open(name);
                    asked.onsuccess = () => done(asked.result);
                });
                for (const store of db.objectStoreNames) {
                    const rows = await new Promise((done) => {
                        const asked = db.transaction(store).objectStore(store).getAll();
                        asked.onsuccess = () => done(asked.result);
                    });
                    for (const row of rows) {
                        const bytes = row.data ? new TextDecoder().decode(row.data) : "";
                        const locked = row instanceof CryptoKey ? `key extractable ${row.extractable}` : "";
                        told.push(name, store, JSON.stringify(row), bytes, locked);
                    }
                }
                db.close();
            }
            return told.join(" ");
        }"""
    )


def test_five_minutes_without_network_lose_nothing_and_leave_nothing_readable_on_the_device(visit_copy, folder):
    candidate = visit_copy("陆远")
    page = begin(candidate)
    question(page, SHORT)
    essay(page).fill("断网之前写的")
    essay(page).blur()
    saved(page)
    minutes_before = minutes_left(page)

    candidate.excused.append("ERR_INTERNET_DISCONNECTED")
    candidate.context.set_offline(True)
    essay(page).fill(ESSAY)
    essay(page).blur()
    question(page, TRUE_FALSE)
    tick_by_keyboard(page, "radio", 1)
    candidate.sees("网络断开了，可以继续作答。")
    kept = kept_on_the_device(page)
    assert "answers" in kept
    assert "key extractable false" in kept
    assert ESSAY[:4] not in kept
    pass_time(folder, 300)
    candidate.context.set_offline(False)
    saved(page)
    expect(page.locator("[data-at=banner]")).to_be_hidden()
    expect(page.locator("[data-at=left]")).not_to_have_text("--:--:--")
    page.reload()
    assert 4 <= minutes_before - minutes_left(page) <= 6  # the time went on, and nobody was given any
    question(page, SHORT)
    expect(essay(page)).to_have_value(ESSAY)
    question(page, TRUE_FALSE)
    expect(page.locator("[data-at=answer]").get_by_role("radio").nth(1)).to_be_checked()

    page.get_by_role("link", name="交卷").last.click()
    page.get_by_role("button", name="确认交卷，不再修改").click()
    candidate.sees("您已交卷，可以离开本页。", ESSAY)
    assert ESSAY[:4] not in kept_on_the_device(page)
    page.get_by_role("link", name="核对回执").click()
    candidate.sees("至今未变")


def minutes_left(page: Page) -> int:
    clock = page.locator("[data-at=left]")
    expect(clock).to_have_text(re.compile(r"\d+:\d\d:\d\d"))
    hours, minutes, _seconds = clock.inner_text().split(":")
    return 60 * int(hours) + int(minutes)
