"""A teacher learns a lesson at her telephone: minutes, a second window, a lost connection, questions, and the next one.

The lesson takes twenty minutes, so these tests have a copy of the world and a clock of their own, which they move."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE, Visitor
from tests.served import PROJECT

LESSON, NEXT = "心理健康教育是什么，不是什么", "法律写给谁：每位教师的一份"
SOURCE = PROJECT / "lms/demo/courses/c-mental-health/01-foundations/01-what-it-is.md"
MINUTES = 20
LONGEST_DAY = 8 * 45  # minutes that count on one day


def pass_time(folder: Path, seconds: int) -> None:
    """Let so many seconds pass for the site."""
    clock = folder / "clock"
    clock.write_text(str(float(clock.read_text()) + seconds))


def look_away(page: Page) -> None:
    page.evaluate("""Object.defineProperty(document, "visibilityState", {value: "hidden", configurable: true});
                     document.dispatchEvent(new Event("visibilitychange"))""")


def look_back(page: Page) -> None:
    page.evaluate("""Object.defineProperty(document, "visibilityState", {value: "visible", configurable: true});
                     document.dispatchEvent(new Event("visibilitychange"))""")


def heard(page: Page) -> str:
    """Have the page report now instead of in half a minute; why the server counted nothing, if it did not."""
    with page.expect_response("**/report/") as answer:
        page.evaluate("window.dispatchEvent(new Event('focus'))")
    return answer.value.json()["why"]


def learn(page: Page, folder: Path, minutes: int) -> None:
    for _minute in range(minutes):
        pass_time(folder, 60)
        assert heard(page) == ""


def press(page: Page, name: str) -> None:
    """Press a button that leads to the lesson again, and wait until the clock runs on the page that comes."""
    with page.expect_response("**/open/"):
        page.get_by_role("button", name=name).click()


def opened(visitor: Visitor) -> Page:
    """From her home to the lesson that comes next, with the clock running on it."""
    visitor.go("/home/")
    with visitor.page.expect_response("**/open/") as answer:
        visitor.page.get_by_role("link", name=re.compile(f"(开始|继续)学习.*{LESSON}")).click()
    assert answer.value.status == 200
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text(LESSON)
    visitor.fits()
    return visitor.page


def learnt(page: Page, minutes: int) -> None:
    """So many minutes stand on the page; the site's clock runs by itself too, so it may be one more."""
    expect(page.locator("[data-at=learnt]")).to_have_text(
        re.compile(f"已学({minutes}|{minutes + 1})分钟，共需{MINUTES}分钟")
    )


def keys() -> dict[str, list[str]]:
    """What is right, by the question's first words: the words of right options, 对 or 错, or what fills the blanks."""
    found = {}
    for block in re.findall(r"^```题目\n(.*?)^```", SOURCE.read_text(), re.DOTALL | re.MULTILINE):
        kind, stem, *lines = block.splitlines()
        options = {line[0]: line[3:] for line in lines if re.match(r"[A-H]\. ", line)}
        (answer,) = (line.removeprefix("答案：") for line in lines if line.startswith("答案："))
        found[stem] = {
            "单选": [options.get(answer)],
            "多选": [options.get(letter) for letter in answer],
            "判断": [answer],
            "填空": answer.split("、"),
        }[kind]
    return found


def stem_of(question: Locator) -> str:
    return question.locator("legend .pre").inner_text()


def answer(page: Page, *, rightly: bool) -> None:
    """Answer the questions that were drawn and hand them in."""
    right = keys()
    for question in page.locator("#check fieldset").all():
        key = right[stem_of(question)]
        blanks = question.get_by_role("textbox").all()
        for blank, word in zip(blanks, key, strict=False):
            blank.fill(word if rightly else "不知道")
        if blanks:
            continue
        for option in question.locator("label.opt").all():
            words = re.sub(r"^[A-H]\. ", "", option.inner_text().strip())
            if (words in key) == rightly:
                option.click()
                if not rightly:
                    break
    press(page, "提交答案")


def test_teacher_learns_a_lesson_fails_and_passes_its_questions_and_goes_on(visit_copy, folder):
    teacher = visit_copy("林知微", PHONE)
    page = opened(teacher)
    learnt(page, 0)
    for stem in keys():
        expect(page.get_by_text(stem)).to_have_count(0)
    learn(page, folder, 2)
    learnt(page, 2)

    page.get_by_label("写下您的想法").fill("我们班的作文讲评可以先说优点。")
    press(page, "保存我的想法")
    teacher.sees("您的思考已保存，只有您本人能看到。")
    expect(page.get_by_label("写下您的想法")).to_have_value("我们班的作文讲评可以先说优点。")

    press(page, "开始小测")
    expect(page.locator("#check fieldset")).to_have_count(4)
    teacher.fits()
    answer(page, rightly=False)
    teacher.sees("尚未通过", "解析")
    teacher.fits()
    press(page, "再测一次")
    teacher.sees("第2次小测：已重新抽题。")
    answer(page, rightly=True)
    teacher.sees("已通过：4题答对4题，得分100%。")

    learnt(page, 2)
    expect(page.get_by_text("本课已学完。")).to_be_hidden()
    learn(page, folder, MINUTES - 2)
    learnt(page, MINUTES)
    teacher.sees("本课已学完。")
    page.get_by_role("link", name=re.compile(f"下一课.*{NEXT}")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NEXT)
    teacher.go("/home/")
    teacher.sees("已学完1课")


def test_second_window_counts_nothing_until_it_is_asked_to(visit_copy, folder):
    teacher = visit_copy("何书意", PHONE)
    first = opened(teacher)
    learn(first, folder, 1)
    second = teacher.context.new_page()
    with second.expect_response("**/open/"):
        second.goto(first.url)
    pass_time(folder, 60)
    assert (heard(first), heard(second)) == ("elsewhere", "")
    learnt(second, 2)
    expect(first.get_by_text("正在另一个窗口计时。")).to_be_visible()
    teacher.fits()
    with first.expect_response("**/open/"):
        first.get_by_role("button", name="改在这里计时").click()
    expect(first.get_by_text("正在另一个窗口计时。")).to_be_hidden()
    pass_time(folder, 60)
    assert (heard(second), heard(first)) == ("elsewhere", "")
    learnt(first, 3)


def test_nothing_is_counted_out_of_sight_and_counting_goes_on_after_a_lost_connection(visit_copy, folder):
    teacher = visit_copy("欧阳静修", PHONE)
    page = opened(teacher)
    pass_time(folder, 60)
    with page.expect_response("**/report/"):
        look_away(page)
    pass_time(folder, 60)
    with page.expect_response("**/report/") as answered:
        look_back(page)
    assert answered.value.json()["why"] == "away"
    learnt(page, 1)

    teacher.excused.append("ERR_INTERNET_DISCONNECTED")
    teacher.context.set_offline(True)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.get_by_text("网络已断开，可以继续阅读")).to_be_visible()
    pass_time(folder, 60)
    with page.expect_response("**/report/"):
        teacher.context.set_offline(False)
    expect(page.get_by_text("网络已断开，可以继续阅读")).to_be_hidden()
    learnt(page, 2)


def test_lesson_stops_counting_at_the_limit_of_the_day(visit_copy, folder):
    teacher = visit_copy("陆远", PHONE)
    page = opened(teacher)
    why = ""
    for _minute in range(LONGEST_DAY):
        if not why:
            pass_time(folder, 60)
            why = heard(page)
    assert why == "day_full"
    teacher.sees("今天已学满8学时，之后的学习不再计时，请明天继续。")
    learnt(page, LONGEST_DAY)
