"""A staff office in a real browser: a password alone opens nothing; an app, or a passkey, opens everything."""

import re
import time

from allauth.mfa.totp.internal import auth as totp
from playwright.sync_api import expect

from lms.demo.people import PASSWORD
from tests.browser.conftest import PHONE

KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def sign_in(officer, username):
    """With name and password, as nobody of the demo needs to."""
    officer.go("/account/login/")
    officer.page.get_by_label("用户名、手机号或邮箱").fill(username)
    officer.page.get_by_label("密码", exact=True).fill(PASSWORD)
    officer.page.keyboard.press("Enter")
    officer.page.wait_for_load_state()


def confirm_password(officer):
    officer.page.get_by_label("密码", exact=True).fill(PASSWORD)
    officer.follow("确认身份")


def test_an_app_on_the_telephone_opens_the_pages_of_an_office(visit):
    officer = visit(size=PHONE)
    sign_in(officer, "c01")
    officer.sees("您的职务须启用二次验证")
    officer.go("/exams/")
    officer.sees("您的职务须启用二次验证")
    officer.follow("启用手机验证器")
    confirm_password(officer)
    secret = re.search(r"\b[A-Z2-7]{32}\b", officer.page.content())[0]
    officer.page.get_by_label("验证码").fill(totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30)))
    officer.follow("启用")
    officer.sees("恢复码")
    officer.follow("已妥善保管，继续")
    expect(officer.page).to_have_url(re.compile("/home/$"))


def test_a_passkey_opens_them_too(visit):
    officer = visit()
    officer.base = officer.base.replace("127.0.0.1", "localhost")  # a passkey belongs to a name, never to a number
    browser = officer.context.new_cdp_session(officer.page)
    browser.send("WebAuthn.enable")
    browser.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    sign_in(officer, "s01")
    officer.follow("添加通行密钥")
    confirm_password(officer)
    officer.follow("添加通行密钥")
    officer.sees("恢复码已生成")
    officer.go("/certificates/lists/")
    officer.go("/account/logout/")
    officer.page.get_by_role("main").get_by_role("button", name="退出登录").click()
    officer.page.wait_for_load_state()
    sign_in(officer, "s01")
    officer.sees("密码正确")
    officer.page.get_by_role("button", name="使用通行密钥").click()
    expect(officer.page).to_have_url(re.compile("/home/$"))
