"""What every page promises: two languages, light and dark, the keyboard, and nothing that shuts somebody out."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from lms.demo.people import PASSWORD
from tests.browser.conftest import PC, PHONE, TABLET

# Keys count from an empty database: the nth practice exam has the stages 2n-1 and 2n and the modules 3n-2 to 3n.
PAGES = {
    "": ("/", "/account/login/", "/people/activate/", "/certificates/verify/", "/exams/notices/", "/notices/"),
    "何书意": ("/home/", "/exams/mine/", "/certificates/", "/inbox/"),
    "段慎之": ("/home/", "/exams/", "/exams/1/", "/exams/1/candidates/", "/exams/modules/10/line/", "/exams/new/"),
    "常青野": ("/exams/marking/",),
    "侯雁南": ("/exams/judging/", "/exams/judging/12/"),
    "尹春和": ("/exams/days/1/board/",),
    "汤砚秋": ("/certificates/lists/1/", "/certificates/register/"),
    "易宛青": ("/journal/", "/people/"),
}


def background(page: Page) -> float:
    """How bright the page's ground is, from 0 to 255."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(float(each) for each in colour[colour.index("(") + 1 : -1].split(",")[:3]) / 3


def test_front_page_changes_its_language_and_stays_in_it(visit):
    reader = visit()
    reader.go("/")
    expect(reader.page.locator("html")).to_have_attribute("lang", "zh-Hans")
    reader.sees("每一步都有据可查")
    reader.page.get_by_role("button", name="English").click()
    reader.sees("every step can be checked")
    expect(reader.page.locator("html")).to_have_attribute("lang", "en")
    assert {each["name"]: each["value"] for each in reader.context.cookies()}["django_language"] == "en"
    reader.go("/certificates/verify/")
    reader.sees("Full name of the holder")
    reader.page.get_by_role("button", name="中文").click()
    reader.sees("持证人姓名")


def test_browser_that_asks_for_english_gets_english(visit):
    reader = visit(locale="en-GB")
    reader.go("/")
    reader.sees("every step can be checked")


@pytest.mark.parametrize("size", [PC, PHONE])
def test_front_page_is_dark_for_who_likes_it_dark(visit, size):
    light, dark = visit(size=size), visit(size=size, dark=True)
    light.go("/")
    dark.go("/")
    assert background(light.page) > 220
    assert background(dark.page) < 50
    assert serious(dark.page) == []


def test_one_signs_in_without_a_pointer(visit):
    reader = visit()
    reader.go("/account/login/")
    page = reader.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    for _ in range(12):
        if page.evaluate("document.activeElement.id") == "id_login":
            break
        page.keyboard.press("Tab")
    expect(page.get_by_label("用户名、手机号或邮箱")).to_be_focused()
    page.keyboard.type("a01")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/2fa/")
    reader.sees("您的职务须启用二次验证")


def test_mistyped_password_is_said_in_words_and_the_user_name_stays(visit):
    reader = visit(size=PHONE)
    reader.go("/account/login/")
    reader.page.get_by_label("用户名、手机号或邮箱").fill("a01")
    reader.page.get_by_label("密码").fill("不是这个密码")
    reader.page.get_by_role("button", name="登录", exact=True).click()
    expect(reader.page.get_by_role("alert").or_(reader.page.locator(".errsum, .err")).first).to_be_visible()
    expect(reader.page.get_by_label("用户名、手机号或邮箱")).to_have_value("a01")
    reader.fits()


@pytest.mark.parametrize("name", PAGES)
def test_pages_shut_nobody_out(visit, name):
    person = visit(name)
    found = {}
    for address in PAGES[name]:
        person.go(address)
        if wrong := serious(person.page):
            found[address] = wrong
    assert found == {}


@pytest.mark.parametrize("name", PAGES)
def test_pages_fit_a_phone(visit, name):
    person = visit(name, TABLET if name == "尹春和" else PHONE)
    for address in PAGES[name]:
        person.go(address)


def serious(page: Page) -> list[str]:
    """What axe holds against a page, from serious on: the rule and where."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
