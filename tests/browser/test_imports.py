"""A file that cannot be read, as an officer brings it on her phone: refused with what to do."""

from playwright.sync_api import FilePayload

from tests.browser.conftest import PHONE


def test_a_file_that_is_no_workbook_is_refused_with_what_to_do(visit):
    officer = visit("袁可桢", PHONE)
    officer.go("/people/imports/new/people.teachers/")
    file = FilePayload(name="名单.xlsx", mimeType="text/plain", buffer=b"hello")
    officer.page.get_by_label("选择文件，或拖到这里").set_input_files(file)
    officer.follow("检查文件")
    officer.sees("未能读取此文件", "另选文件")
    officer.fits()
