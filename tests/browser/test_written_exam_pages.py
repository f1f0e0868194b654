"""Every page of the written exam, from the bank to the standard: axe finds nothing serious in either language, in the
light at a PC and in the dark on a phone, and nothing sticks out sideways."""

import pytest

from lms.demo.people import PASSWORD
from tests.browser.conftest import PC, PHONE, Visitor
from tests.browser.test_frame import serious

LOOKS = [{"size": PC}, {"size": PHONE, "locale": "en-GB", "dark": True}]
KINDS = ("single", "multiple", "true_false", "fill_in", "short_answer", "case", "matching", "ordering")
# Keys as in test_frame.py; exam 1 is open, 2 is sat today, 3 is being marked, 4 has its scores.
PAGES = {
    "程秋霁": (
        *("bank/", "bank/1/", "bank/1/revise/", "bank/write/", *(f"bank/write/{kind}/" for kind in KINDS)),
        *("bank/of/2/topics/", "bank/of/2/alike/", "bank/collect/", "bank/collected/1/", "bank/export/"),
        *("papers/", "papers/1/", "papers/8/", "papers/8/recompose/", "papers/8/swap/1/"),
        *("modules/1/compose/", "modules/1/draft/", "1/announcement/write/", "stages/1/sites/", "stages/1/arrange/"),
        *("accommodations/", "accommodations/1/withdraw/", "teachers/9/accommodation/"),
        *("stages/3/rooms/", "stages/3/rooms/1/", "stages/3/late/", "entries/1/seat/", "entries/1/at-seat/"),
        *("stages/3/invigilate/", "stages/3/time/", "stages/3/violations/", "stages/5/after-the-end/", "receipts/"),
        *("stages/5/marking/", "papers/2/marking/22.1/", "answers/44/marks/", "modules/10/analysis/"),
        *("modules/7/standard/", "modules/10/standard/", "stages/15/publicity/"),
    ),
    "林知微": ("1/apply/", "1/announcement/", "attempts/11/receipt/", "candidacies/25/result/"),
    "何书意": ("candidates/1/correct/", "candidates/1/photo/", "candidates/1/withdraw/"),
    "江一苇": ("school/",),
    "常青野": ("marks/227/",),
    "孔令榆": ("standards/", "standards/sheets/1/"),
}
QUESTIONS = "::好题:: 第一题？ {=甲 ~乙 ~丙 ~丁}\n\n::坏题:: 没有答案 {}\n"
# Kind, how many, points for each: the 100 points of a paper.
TABLE = [("single", 40, 1), ("multiple", 10, 2), ("true_false", 10, 1), ("fill_in", 5, 2), ("short_answer", 2, 5)]


@pytest.fixture(scope="module")
def prepared() -> set[str]:
    """What the pages need beside the small world, once: see `prepare`."""
    return set()


def prepare(officer: Visitor) -> None:
    """An officer brings a file of which one question comes in, drafts a paper by a table, grants an accommodation."""
    page = officer.page
    officer.go("/exams/bank/collect/")
    file = {"name": "题目.gift", "mimeType": "text/plain", "buffer": QUESTIONS.encode()}
    page.locator("#main input[type=file]").set_input_files(file)
    page.locator("#main form button").last.click()
    page.wait_for_url("**/bank/collected/1/")
    officer.go("/exams/modules/1/draft/")
    for row, (kind, count, points) in enumerate([*TABLE, ("case", 1, 10)]):
        page.locator(f"#id_form-{row}-kind").select_option(kind)
        page.locator(f"#id_form-{row}-count").fill(str(count))
        page.locator(f"#id_form-{row}-points").fill(str(points))
    page.get_by_label("试卷名称").fill("按细目表组的卷")
    page.locator("#main form .btn-l").click()
    page.wait_for_url("**/papers/8/")
    officer.go("/exams/teachers/8/accommodation/")
    page.locator("#id_extra_percent").fill("25")
    page.locator("#id_reason").fill("按规定核准")
    page.locator("#main form button").last.click()
    page.wait_for_url("**/accommodations/")


@pytest.mark.parametrize("name", PAGES)
def test_pages_of_the_written_exam_shut_nobody_out(visit_copy, prepared, name):
    if name == "程秋霁" and not prepared:
        prepare(visit_copy(name))
        prepared.add(name)
    found = {}
    for look in LOOKS:
        person = visit_copy(name, **look)
        for address in PAGES[name]:
            person.go(f"/exams/{address}")
            if wrong := serious(person.page):
                found[address, look["size"]] = wrong
    assert found == {}


def test_the_candidates_pages_shut_nobody_out(visit_copy):
    """The door of the sitting, the question of each kind, the answer sheet, the summary, taking over, the receipt."""
    found = {}

    def look_at(what: str) -> None:
        candidate.fits()
        if wrong := serious(candidate.page):
            found[what, look["size"]] = wrong

    for look in LOOKS:
        candidate = visit_copy("陆远", **look)
        page = candidate.page
        candidate.go("/exams/entries/1/sit/")
        look_at("door")
        page.locator("#main form button").click()
        page.wait_for_url("**/exams/attempts/**")
        if page.url.endswith("/take-over/"):
            look_at("taking over")
            page.locator("#main input[type=password]").fill(PASSWORD)
            page.locator("#main form button").click()
            page.wait_for_url("**/exams/attempts/*/")
        for view in ("q2", "q11", "q19", "q22", "sheet", "summary"):
            page.evaluate("view => { location.hash = view }", view)
            look_at(view)
    page.locator("[data-act=hand-in]").click()
    page.wait_for_url("**/receipt/")
    look_at("receipt")
    assert found == {}
