"""The district: its table as computed from records, a roster with planted errors, and a teacher's way in."""

import io
import re
import sqlite3

import openpyxl
import pypdf

from lms.people.identity import with_check_character
from lms.people.roster import HEADINGS
from tests.browser.conftest import PHONE

BUREAU, NEIGHBOUR = "周衡", "范桥"
SCHOOL = "茶山小学"
# Those in a post at a school of the district today, and how many of them hold a level or one above: written from the
# definitions, with the levels by rank, and without a line of the project.
RECOUNT = """
WITH there AS (
    SELECT DISTINCT p.teacher_id FROM people_posting p
    JOIN people_organisation o ON o.id = p.organisation_id
    JOIN people_postheld h ON h.teacher_id = p.teacher_id
    WHERE o.path LIKE (SELECT path FROM people_organisation WHERE code = '980105') || '%'
      AND p.from_on <= :day AND (p.until_on IS NULL OR p.until_on >= :day)
      AND h.post = :post AND h.from_on <= :day AND (h.until_on IS NULL OR h.until_on >= :day)
), levels AS (
    SELECT l.id FROM certs_level l JOIN certs_scheme s ON s.id = l.scheme_id
    WHERE s.code = 'lanxi-mh' AND l.rank >= :rank
), holders AS (
    SELECT teacher_id FROM certs_credential
    WHERE level_id IN levels AND state = 'issued' AND issued_on <= :day AND (expires_on IS NULL OR expires_on >= :day)
    UNION
    SELECT e.teacher_id FROM certs_externalcredential e JOIN certs_externaltype t ON t.id = e.type_id
    WHERE t.equals_id IN levels AND e.state = 'verified' AND e.issued_on <= :day
      AND (e.expires_on IS NULL OR e.expires_on >= :day)
)
SELECT count(*), sum(teacher_id IN holders) FROM there
"""
EXPECTED = {
    ("classroom_teacher", 1): (3_144, 3_060),
    ("part_time_mental_health_teacher", 2): (292, 280),
    ("homeroom_teacher", 2): (1_180, 560),
    ("full_time_mental_health_teacher", 3): (15, 14),
    ("leader_in_charge", 3): (39, 36),
}


def test_the_table_is_that_of_a_recount_in_plain_sql(visit_district, districts_folder):
    officer = visit_district(BUREAU)
    officer.go("/coverage/")
    words = officer.page.locator("#main").inner_text()
    day = officer.page.get_by_label("数据截至").input_value()

    with sqlite3.connect(f"file:{districts_folder / 'db.sqlite3'}?mode=ro", uri=True) as database:
        for (post, rank), (bound, holding) in EXPECTED.items():
            counted = database.execute(RECOUNT, {"day": day, "post": post, "rank": rank}).fetchone()
            assert counted == (bound, holding)
            assert re.search(rf"{holding:,} / {bound:,}", words), (post, words)
    for figure in ("53,492", "1 : 3,566", "39 / 39", "32 / 39", "3,200", "3,140", "910", "894"):
        assert figure in words


def test_the_neighbour_reaches_none_of_it(visit_district, districts_folder):
    with sqlite3.connect(f"file:{districts_folder / 'db.sqlite3'}?mode=ro", uri=True) as database:
        (unit,) = database.execute("SELECT id FROM people_organisation WHERE code = '980105'").fetchone()
        (teacher,) = database.execute("SELECT id FROM people_teacher ORDER BY id DESC LIMIT 1 OFFSET 3000").fetchone()
    stranger = visit_district(NEIGHBOUR)
    stranger.excused.append("404")
    for address in (f"/coverage/{unit}/", f"/people/units/{unit}/", f"/people/teachers/{teacher}/"):
        response = stranger.page.goto(stranger.base + address)
        assert response.status == 404


FIRST = 500


def _row(number, **more):
    given = {
        "姓名": f"覃知{'夏秋冬春山水云月风雨林石竹兰'[number - FIRST]}",
        "身份证件号": with_check_character(f"98010519900101{number:03d}"),
        "学校": SCHOOL,
        "学段": "小学",
        "岗位": "专任教师",
        "任职起始日期": "2024-09-01",
        "手机": f"19902000{number:03d}",
    }
    return {**given, **more}


def _workbook(rows):
    book = openpyxl.Workbook()
    book.active.append(HEADINGS)
    for row in rows:
        book.active.append([row.get(heading) for heading in HEADINGS])
    file = io.BytesIO()
    book.save(file)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return {"name": "茶山小学花名册.xlsx", "mimeType": kind, "buffer": file.getvalue()}


def test_who_came_by_roster_gets_in_from_her_slip_on_a_phone(visit_district):
    officer = visit_district(BUREAU)
    officer.go("/people/imports/new/people.teachers/")
    officer.page.locator("input[type=file]").set_input_files(_workbook([_row(FIRST + place) for place in range(14)]))
    officer.page.get_by_role("button", name="检查文件").click()
    officer.page.get_by_role("button", name="导入14行").click(timeout=90_000)  # the page asks again until it is checked
    officer.sees("已导入")

    officer.go("/people/search/?q=覃知夏")
    officer.page.get_by_role("link", name="覃知夏").first.click()
    officer.fits()
    with officer.page.expect_download() as printed:
        officer.page.get_by_role("button", name="生成激活码并打印").click()
    slip = pypdf.PdfReader(printed.value.path()).pages[0].extract_text()
    code = re.search(r"[2-9A-HJKMNP-Z]{5}-[2-9A-HJKMNP-Z]{5}", slip)[0]

    teacher = visit_district(size=PHONE)
    teacher.go("/people/activate/")
    teacher.page.get_by_label("激活码").fill(code)
    teacher.page.get_by_label("身份证件号后四位").fill(_row(FIRST)["身份证件号"][-4:])
    teacher.page.get_by_label("新密码").fill("a-quiet-river-2024")
    teacher.page.get_by_label("再次输入密码").fill("a-quiet-river-2024")
    teacher.follow("激活并登录")
    teacher.go("/home/")
    teacher.sees("覃知夏")
