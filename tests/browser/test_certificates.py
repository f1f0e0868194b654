"""A certificate's life: signed, drawn, downloaded, shown, verified by strangers, revoked (practice exam seven)."""

import io
import re

from playwright.sync_api import Locator, expect
from pypdf import PdfReader

from lms.demo.people import PASSWORD
from tests.browser.conftest import PHONE, Visitor

EXAM, HOLDER = "练习考试七：名单等待签发", "林知微"


def test_list_is_signed_and_its_certificate_downloaded_verified_and_revoked(visit):
    signatory = visit("汤砚秋")
    sign(signatory)
    holder = visit(HOLDER, PHONE)
    number = download(holder)
    address = show(holder, number)
    stranger = visit(size=PHONE)
    stranger.go(address)
    stranger.sees("证书有效", "林*微", number)  # who only has the code reads no full name
    verify_by_hand(stranger, number)

    propose_revocation(visit("程秋霁"))
    stranger.go(address)
    stranger.sees("证书有效")  # one person's proposal changes nothing
    approve_revocation(signatory, number)
    stranger.go(address)
    stranger.sees("证书已撤销")
    expect(stranger.page.locator("body")).not_to_contain_text("报名材料不实")
    holder.go("/certificates/")
    expect(card(holder)).to_contain_text("已撤销")
    expect(card(holder).get_by_role("link", name="下载")).to_have_count(0)


def sign(signatory: Visitor) -> None:
    """The list as it will be printed, a wrong password, then the right one."""
    signatory.follow(EXAM)
    signatory.sees(HOLDER, "拟印制内容")
    password = signatory.page.get_by_label("您的密码")
    issue = signatory.page.get_by_role("button", name=re.compile(r"签发\d+本证书"))
    signatory.excused.append("status of 4")
    password.fill("不是这个密码")
    issue.click()
    signatory.sees("密码不正确，什么都没有改变，请重新输入。")
    password.fill(PASSWORD)
    issue.click()
    signatory.sees("已印制内容")
    expect(issue).to_have_count(0)
    signatory.fits()


def card(holder: Visitor) -> Locator:
    return holder.page.get_by_role("article").filter(has_text="上岗资格")


def download(holder: Visitor) -> str:
    """She is told, finds her certificate and downloads it: a PDF with her name and the number, which is returned."""
    holder.go("/inbox/")
    holder.sees("证书")
    holder.go("/certificates/")
    number = card(holder).locator(".no").first.inner_text()
    assert re.fullmatch(r"992400-[A-Z]+-\d{4}-\d{6}-[0-9A-Z]", number)
    with holder.page.expect_download() as download:
        card(holder).get_by_role("link", name="下载").click()
    assert HOLDER in download.value.suggested_filename
    document = download.value.path().read_bytes()
    assert document.startswith(b"%PDF")
    printed = "".join(page.extract_text() for page in PdfReader(io.BytesIO(document)).pages)
    assert number in printed
    assert " ".join(HOLDER) in printed  # the name is set with wide spaces
    return number


def show(holder: Visitor, number: str) -> str:
    """She shows the code alone, large; and sees her certificate as it is printed. Returns where the code leads."""
    holder.follow("出示")
    expect(holder.page.get_by_role("img", name="二维码")).to_be_in_viewport()
    holder.sees(number, HOLDER)
    holder.go("/certificates/")
    card(holder).get_by_role("link", name="上岗资格").click()
    printed = holder.page.get_by_role("img", name=re.compile(HOLDER))
    expect(printed).to_be_visible()
    holder.fits()
    address = holder.page.get_by_role("link", name="看他人核验时所见").get_attribute("href")
    assert address
    return address


def verify_by_hand(stranger: Visitor, number: str) -> None:
    """By number and name: with a mistyped number, with a wrong name, and rightly. What was typed stays."""
    stranger.go("/")
    stranger.page.locator("#main").get_by_role("link", name="核验证书").click()
    stranger.excused.append("status of 4")
    verify = stranger.page.get_by_role("button", name="核验", exact=True)
    number_field, name_field = stranger.page.get_by_label("证书编号"), stranger.page.get_by_label("持证人姓名")
    mistyped = number[:-3] + ("1" if number[-3] != "1" else "2") + number[-2:]
    for typed, name, answer in (
        (mistyped, HOLDER, "这不是一个完整正确的证书编号"),
        (number, HOLDER[:-1], "没有查到这本证书"),
    ):
        number_field.fill(typed)
        name_field.fill(name)
        verify.click()
        stranger.sees(answer)
        expect(number_field).to_have_value(typed)
        expect(name_field).to_have_value(name)
        stranger.fits()
    name_field.fill(HOLDER)
    verify.click()
    stranger.sees("证书有效", number)


def propose_revocation(officer: Visitor) -> None:
    officer.go("/certificates/register/")
    officer.page.get_by_label("编号或姓名").fill(HOLDER)
    officer.follow("筛选")
    officer.follow(HOLDER)
    officer.page.get_by_label("撤销：因违规终止效力").check()
    officer.page.get_by_label("理由").fill("练习：经查，报名材料不实。")
    officer.follow("提出这项变更")
    officer.sees("变更已提出，经另一人批准后生效。")
    expect(officer.page.get_by_role("button", name="撤销这本证书")).to_have_count(0)  # her own proposal


def approve_revocation(signatory: Visitor, number: str) -> None:
    signatory.go("/home/")
    waiting = signatory.page.get_by_role("listitem").filter(has_text=re.compile(f"{number}|{HOLDER}"))
    waiting.get_by_role("link").click()
    signatory.page.get_by_label("您的密码").fill(PASSWORD)
    signatory.follow("撤销这本证书")
    signatory.sees("已撤销")
