"""Workbooks in and out: what is read, what is refused, and that nothing typed becomes a formula."""

import datetime as dt
import io
import tracemalloc
import zipfile
from decimal import Decimal

import openpyxl
import pytest

from lms.lib import sheets


def saved(workbook):
    buffer = io.BytesIO()
    workbook.save(buffer)
    buffer.seek(0)
    return buffer


def book(*rows):
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row)
    return workbook


def with_parts(buffer, **parts):
    """The same file with parts replaced or added; the name's "__" stands for "/"."""
    parts = {name.replace("__", "/").replace("_dot_", "."): content for name, content in parts.items()}
    made = io.BytesIO()
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, content in parts.items():
            new.writestr(name, content)
    made.seek(0)
    return made


def with_sheet_xml(cells, declared="A1:B2"):
    xml = (
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f'<dimension ref="{declared}"/><sheetData>{cells}</sheetData></worksheet>'
    )
    return with_parts(saved(book(["姓名", "手机"])), xl__worksheets__sheet1_dot_xml=xml)


def test_read_gives_rows_by_heading_with_number_and_address():
    sheet = sheets.read(
        saved(book(["姓名", "手机"], ["林知微", "19900000001"], [None, None], ["何远", None])), "a.xlsx"
    )
    assert sheet.headings == ["姓名", "手机"]
    assert [(row.number, row.text("姓名"), row.text("手机")) for row in sheet.rows] == [
        (2, "林知微", "19900000001"),
        (4, "何远", ""),
    ]
    assert sheet.rows[1].cells["姓名"] == sheets.Cell("何远", sheets.TEXT, "A4")
    assert sheet.rows[0].text("没有这一列") == ""


def test_read_finds_the_headings_below_a_title_and_wherever_the_table_begins():
    workbook = openpyxl.Workbook()
    page = workbook.active
    page["C2"] = "报名花名册"
    page["C4"], page["D4"] = " 县(市、 区）", "姓\n名"
    page["C5"], page["D5"] = "澜溪县", "林知微"
    sheet = sheets.read(saved(workbook), "a.xlsx", expected=["姓名", "县（市、区）"])
    assert (sheet.headings, sheet.headings_row) == (["县（市、区）", "姓名"], 4)
    assert sheet.columns == {"县（市、区）": "C", "姓名": "D"}
    assert sheet.rows[0].cells["姓名"].address == "D5"


def test_read_tells_numbers_dates_and_formulas_by_their_cell():
    workbook = book(["编号", "值"], ["甲", 440608198503120000], ["乙", 19900000001], ["丙", dt.date(2012, 8, 1)])
    workbook.active.append(["丁", "=1+1"])
    workbook.active.append(["戊", 2.5])
    sheet = sheets.read(saved(workbook), "a.xlsx")
    assert [(row.cells["值"].kind, row.cells["值"].text) for row in sheet.rows] == [
        (sheets.NUMBER, "4.40608E+17"),
        (sheets.NUMBER, "19900000001"),
        (sheets.DATE, "2012-08-01"),
        (sheets.FORMULA, ""),
        (sheets.NUMBER, "2.5"),
    ]


def test_read_leaves_hidden_and_other_sheets_aside_and_says_so():
    workbook = book(["姓名", "手机"], ["林知微", "1"])
    hidden = workbook.create_sheet("旧名单", 0)
    hidden.append(["姓名", "手机"])
    hidden.append(["不该读", "2"])
    hidden.sheet_state = "hidden"
    workbook.create_sheet("说明").append(["请看这里", "x"])
    workbook.active = 1
    sheet = sheets.read(saved(workbook), "a.xlsx")
    assert [row.text("姓名") for row in sheet.rows] == ["林知微"]
    assert sheet.notes == [
        {"note": "hidden_sheet", "name": "旧名单"},
        {"note": "other_sheet", "name": "说明"},
    ]
    assert all(note["name"] in sheets.note_sentence(note) for note in sheet.notes)


def test_read_notes_external_links_and_follows_none():
    buffer = with_parts(
        saved(book(["姓名", "手机"], ["林知微", "1"])), xl__externalLinks__externalLink1_dot_xml="<externalLink/>"
    )
    assert sheets.read(buffer, "a.xlsx").notes == [{"note": "external_links"}]


def test_read_stops_after_many_blank_rows_and_says_so():
    workbook = book(["姓名", "手机"], ["林知微", "1"])
    workbook.active.cell(row=202, column=1, value="第二百行")
    workbook.active.cell(row=600, column=1, value="远处")
    sheet = sheets.read(saved(workbook), "a.xlsx")
    assert [row.number for row in sheet.rows] == [2, 202]
    assert [note["note"] for note in sheet.notes] == ["blank_rows"]


def test_read_does_not_believe_the_declared_size():
    words = {"A1": "姓名", "B1": "手机", "A2": "林知微"}
    typed = {at: f'<c r="{at}" t="inlineStr"><is><t>{word}</t></is></c>' for at, word in words.items()}
    cells = f'<row r="1">{typed["A1"]}{typed["B1"]}</row><row r="2">{typed["A2"]}</row>'
    for declared in ("A1:XFD1048576", "A1"):
        sheet = sheets.read(with_sheet_xml(cells, declared), "a.xlsx")
        assert [row.text("姓名") for row in sheet.rows] == ["林知微"]


def test_read_takes_csv_in_both_encodings_of_chinese_computers():
    text = "姓名,身份证件号\r\n林知微,990608198503120019\r\n"
    for content in (text.encode("utf-8"), text.encode("utf-8-sig"), text.encode("gb18030")):
        sheet = sheets.read(io.BytesIO(content), "名单.CSV")
        assert sheet.headings == ["姓名", "身份证件号"]
        assert sheet.rows[0].cells["身份证件号"] == sheets.Cell("990608198503120019", sheets.TEXT, "B2")
    rare = "姓名,校\n䶮㛃𬭎,甲\n".encode("gb18030")
    assert sheets.read(io.BytesIO(rare), "a.csv").rows[0].text("姓名") == "䶮㛃𬭎"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"not a workbook", "a.xlsx"),
        (b"PK\x03\x04 cut off", "a.xlsx"),
        (b"", "a.xlsx"),
        (b"\xd0\xcf\x11\xe0 encrypted", "a.xlsx"),
        (b"a\0b,c\n", "a.csv"),
        (b"\xff\xff\xff,\x81\n", "a.csv"),
    ],
)
def test_read_refuses_when_the_file_is_no_workbook(content, name):
    with pytest.raises(sheets.NotAWorkbook):
        sheets.read(io.BytesIO(content), name)


def test_read_refuses_a_zip_that_is_something_else():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("hello.txt", "hello")
    buffer.seek(0)
    with pytest.raises(sheets.NotAWorkbook):
        sheets.read(buffer, "a.xlsx")


def test_read_refuses_macros_by_name_and_by_content():
    plain = saved(book(["姓名", "手机"], ["林知微", "1"]))
    with pytest.raises(sheets.MacrosInside):
        sheets.read(plain, "a.xlsm")
    plain.seek(0)
    with pytest.raises(sheets.MacrosInside):
        sheets.read(with_parts(plain, xl__vbaProject_dot_bin=b"macro"), "a.xlsx")


def test_read_refuses_when_the_file_is_too_large():
    with pytest.raises(sheets.FileTooBig):
        sheets.read(io.BytesIO(b"x" * (sheets.MAX_BYTES + 1)), "a.csv")


def test_read_refuses_a_bomb_by_its_directory():
    bomb = with_parts(saved(book(["姓名", "手机"])), xl__sharedStrings_dot_xml=b" " * 20_000_000)
    with pytest.raises(sheets.UnpacksTooBig):
        sheets.read(bomb, "a.xlsx")


def test_read_refuses_a_bomb_whose_directory_lies():
    bomb = with_parts(saved(book(["姓名", "手机"])), xl__sharedStrings_dot_xml=b" " * 20_000_000)
    content = bomb.getvalue().replace((20_000_000).to_bytes(4, "little"), (900).to_bytes(4, "little"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.getinfo("xl/sharedStrings.xml").file_size == 900
    with pytest.raises(sheets.UnpacksTooBig):
        sheets.read(io.BytesIO(content), "a.xlsx")


@pytest.mark.parametrize("address", ["A200001", "XFD1000"])
def test_read_refuses_when_a_cell_stands_too_far_away(address):
    row = "".join(filter(str.isdigit, address))
    cells = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'
    cells += f'<row r="{row}"><c r="{address}"><v>1</v></c></row>'
    with pytest.raises(sheets.TooManyRows):
        sheets.read(with_sheet_xml(cells), "a.xlsx")


def test_read_refuses_a_long_csv():
    with pytest.raises(sheets.TooManyRows):
        sheets.read(io.BytesIO(b"a,b\n" + b"1,2\n" * sheets.MAX_ROWS), "a.csv")


def test_read_refuses_entities(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("leaked")
    xml = (
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        '<c r="A1" t="inlineStr"><is><t>&e;</t></is></c><c r="B1"><v>1</v></c></row></sheetData></worksheet>'
    )
    with pytest.raises(sheets.NotAWorkbook):
        sheets.read(with_parts(saved(book(["a", "b"])), xl__worksheets__sheet1_dot_xml=xml), "a.xlsx")


def merged(*areas, rows):
    workbook = book(*rows)
    for area in areas:
        workbook.active.merge_cells(area)
    return saved(workbook)


def test_read_takes_merged_headings_of_two_lines_as_one():
    rows = [["基本信息", None, "学校"], ["姓名", "手机", None], ["林知微", "19900000001", "甲校"]]
    for expected in (["姓名", "手机", "学校"], []):
        sheet = sheets.read(merged("A1:B1", "C1:C2", rows=rows), "a.xlsx", expected=expected)
        assert (sheet.headings, sheet.headings_row) == (["姓名", "手机", "学校"], 2)
        assert sheet.rows[0].text("学校") == "甲校"
        assert sheet.notes == [{"note": "two_lines", "upper": 1, "lower": 2}]


def test_read_joins_the_lines_of_headings_where_the_lower_ones_are_alike():
    rows = [
        ["学校", "小学", None, "初中", None],
        [None, "班数", "人数", "班数", "人数"],
        ["甲校", "6", "270", "0", "0"],
    ]
    file = merged("A1:A2", "B1:C1", "D1:E1", rows=rows)
    sheet = sheets.read(file, "a.xlsx", expected=["学校", "小学人数"])
    assert sheet.headings == ["学校", "小学班数", "小学人数", "初中班数", "初中人数"]


def test_read_takes_two_lines_of_a_csv_as_one_where_both_are_needed():
    text = "基本信息,,学校\n姓名,手机,\n林知微,19900000001,甲校\n"
    sheet = sheets.read(io.BytesIO(text.encode()), "a.csv", expected=["姓名", "手机", "学校"])
    assert (sheet.headings, sheet.headings_row) == (["姓名", "手机", "学校"], 2)


def test_read_leaves_one_line_of_headings_alone():
    rows = [["教师花名册", None], ["姓名", "手机"], ["林知微", "19900000001"]]
    sheet = sheets.read(merged("A1:B1", rows=rows), "a.xlsx", expected=["姓名", "手机"])
    assert (sheet.headings_row, sheet.notes) == (2, [])
    assert sheets.read(merged("A3:B3", rows=rows), "a.xlsx", expected=["姓名", "手机"]).headings_row == 2


def test_read_takes_a_heading_with_a_star_for_the_same():
    sheet = sheets.read(saved(book(["*姓名", "手机*"], ["林知微", "1"])), "a.xlsx", expected=["姓名", "手机"])
    assert sheet.headings == ["姓名", "手机"]


def test_rows_are_a_sequence_that_keeps_equal_texts_once():
    sheet = sheets.read(saved(book(["姓名", "学校"], *[[f"教师{n}", "甲校"] for n in range(5)])), "a.xlsx")
    assert len(sheet.rows) == 5
    assert [row.number for row in sheet.rows[1:3]] == [3, 4]
    assert sheet.rows[-1].text("姓名") == "教师4"
    assert sheet.rows[0].raw("学校") is sheet.rows[4].raw("学校")


def test_read_stays_modest_with_many_rows():
    """A row of ten cells costs a few hundred bytes, not a few thousand."""
    lines = [",".join(["姓名", "证件", *[f"列{n}" for n in range(8)]])]
    lines += [f"教师{n},99060819850312{n:04d},甲校,小学,学科教师,,,,,备注" for n in range(20_000)]
    content = "\n".join(lines).encode()
    tracemalloc.start()
    sheet = sheets.read(io.BytesIO(content), "a.csv")
    kept, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(sheet.rows) == 20_000
    assert kept / 20_000 < 800


def test_read_takes_larger_files_where_it_is_told_to():
    content = b"a,b\n" + b"1,2\n" * 1000
    assert len(sheets.read(io.BytesIO(content), "a.csv", limit=len(content)).rows) == 1000
    with pytest.raises(sheets.FileTooBig):
        sheets.read(io.BytesIO(content), "a.csv", limit=len(content) - 1)


def test_read_refuses_when_there_are_no_headings():
    with pytest.raises(sheets.NoHeadings):
        sheets.read(saved(book(["只有一列"], ["林知微"])), "a.xlsx")
    for file, name in ((saved(openpyxl.Workbook()), "a.xlsx"), (io.BytesIO(b""), "a.csv")):
        with pytest.raises(sheets.NoHeadings):
            sheets.read(file, name)


def test_read_refuses_when_a_heading_stands_twice():
    with pytest.raises(sheets.HeadingTwice) as refused:
        sheets.read(saved(book(["姓名", "手机", "姓 名"], ["林知微", "1", "何远"])), "a.xlsx", expected=["姓名"])
    assert "姓名" in str(refused.value)


@pytest.mark.parametrize("typed", ["=1+1", "+1", "-1", "@SUM(A1)", "{=1}", "http://127.0.0.1/", "\t=1"])
def test_write_keeps_what_was_typed_as_text(typed):
    content = sheets.write([("名单", ["备注", "分数"], [[typed, Decimal("59.5")]])])
    cell = openpyxl.load_workbook(io.BytesIO(content)).active["A2"]
    assert (cell.data_type, cell.value, cell.hyperlink) == ("s", typed, None)
    assert openpyxl.load_workbook(io.BytesIO(content)).active["B2"].value == 59.5


def test_write_makes_a_sheet_of_every_table_with_dates_blanks_and_text_columns():
    rows = [[dt.date(2024, 3, 5), None, 990608198503120019]]
    content = sheets.write([("a/b:c", ["日", "空", "号"], rows), ("二", ["列", "列二"], [])], text_columns=["号"])
    workbook = openpyxl.load_workbook(io.BytesIO(content))
    assert workbook.sheetnames == ["a b c", "二"]
    page = workbook["a b c"]
    assert page["A2"].value == dt.datetime(2024, 3, 5)  # noqa: DTZ001 - a spreadsheet's day has no zone
    assert (page["B2"].value, page["C2"].value) == (None, "990608198503120019")
    assert page.column_dimensions["C"].number_format == "@"


def test_mark_reddens_the_faulty_cells_in_their_own_rows_and_can_be_read_again():
    content = sheets.mark(
        "名单", ["姓名", "手机"], [(3, ["林知微", "19900000001"]), (5, ["何远", "1380000"])], {(5, "手机"): "只有7位"}
    )
    page = openpyxl.load_workbook(io.BytesIO(content)).active
    assert page["B5"].comment.text == "只有7位"
    assert page["B5"].fill.fgColor.rgb == "FFFDECEA"
    assert page["B3"].comment is None
    assert page["B3"].number_format == "@"
    again = sheets.read(io.BytesIO(content), "a.xlsx")
    assert [(row.number, row.text("手机")) for row in again.rows] == [(3, "19900000001"), (5, "1380000")]


def test_send_is_a_download_under_its_own_name():
    response = sheets.send(sheets.write([("a", ["b", "c"], [])]), name="名单.xlsx")
    assert "attachment" in response["Content-Disposition"]
    assert b"".join(response.streaming_content)[:2] == b"PK"
