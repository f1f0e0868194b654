"""Old workbooks: read like new ones, with formulas told by their cell, and refused for the same reasons."""

import datetime as dt
import io
import struct

import pytest
import xlwt

from lms.lib import sheets
from lms.lib.sheets import xls

DAY = xlwt.easyxf(num_format_str="YYYY-MM-DD")


def saved(book):
    buffer = io.BytesIO()
    book.save(buffer)
    buffer.seek(0)
    return buffer


def book(*rows):
    made = xlwt.Workbook()
    page = made.add_sheet("名单")
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            if value is not None:
                page.write(row, column, value, DAY if isinstance(value, dt.date) else xlwt.Style.default_style)
    return made


def test_read_gives_the_same_rows_as_of_a_new_workbook():
    made = book(
        ["姓名", "手机", "日期"], ["林知微", "19900000001", dt.date(2012, 8, 1)], [], ["䶮㛃", 440608198503120000]
    )
    sheet = sheets.read(saved(made), "名单.XLS", expected=["姓名"])
    assert sheet.columns == {"姓名": "A", "手机": "B", "日期": "C"}
    assert [(row.number, row.text("姓名"), row.text("手机"), row.text("日期")) for row in sheet.rows] == [
        (2, "林知微", "19900000001", "2012-08-01"),
        (4, "䶮㛃", "4.40608E+17", ""),
    ]
    assert sheet.rows[1].kind("手机") == sheets.NUMBER
    assert sheet.notes == []


def test_read_tells_formulas_by_their_cell():
    made = book(["姓名", "值"], ["林知微", xlwt.Formula("1+1")], ["何远", "甲"])
    sheet = sheets.read(saved(made), "a.xls")
    assert [row.kind("值") for row in sheet.rows] == [sheets.FORMULA, sheets.TEXT]


def test_read_leaves_hidden_sheets_aside_and_reads_merged_headings_as_one():
    made = xlwt.Workbook()
    hidden = made.add_sheet("旧名单")
    hidden.visibility = 1
    hidden.write(0, 0, "不该读")
    page = made.add_sheet("名单")
    page.write_merge(1, 1, 1, 2, "基本信息")
    page.write_merge(1, 2, 3, 3, "学校")
    for column, text in enumerate(["姓名", "手机"], start=1):
        page.write(2, column, text)
    for column, text in enumerate(["林知微", "19900000001", "甲校"], start=1):
        page.write(3, column, text)
    sheet = sheets.read(saved(made), "a.xls", expected=["姓名", "手机", "学校"])
    assert (sheet.headings, sheet.headings_row) == (["姓名", "手机", "学校"], 3)
    assert sheet.rows[0].cells["学校"] == sheets.Cell("甲校", sheets.TEXT, "D4")
    assert [note["note"] for note in sheet.notes] == ["hidden_sheet", "two_lines"]


def test_read_takes_many_numbers_side_by_side_and_a_long_file():
    rows = [["甲", "乙", "丙"], *[[n, n + 1, n + 2] for n in range(2000)]]
    sheet = sheets.read(saved(book(*rows)), "a.xls")
    assert len(sheet.rows) == 2000
    assert [sheet.rows[-1].text(each) for each in ("甲", "乙", "丙")] == ["1999", "2000", "2001"]


def test_read_refuses_when_a_cell_stands_too_far_away():
    made = book(["姓名", "手机"])
    made.get_sheet(0).write(65535, 255, "远")
    with pytest.raises(sheets.TooManyRows):
        sheets.read(saved(made), "a.xls")


def test_read_refuses_macros():
    content = saved(book(["姓名", "手机"], ["林知微", "1"])).getvalue()
    name = "Workbook".encode("utf-16-le")
    at = content.index(name)
    entry = bytearray(content[at : at + 128])
    entry[:64] = "VBA".encode("utf-16-le").ljust(64, b"\0")
    entry[64:66] = struct.pack("<H", 8)
    following = at + 128
    with_macros = content[:following] + bytes(entry) + content[following + 128 :]
    with pytest.raises(sheets.MacrosInside):
        sheets.read(io.BytesIO(with_macros), "a.xls")


@pytest.mark.parametrize("cut", [8, 40, 600, 3000])
def test_read_refuses_a_cut_file(cut):
    content = saved(book(["姓名", "手机"], ["林知微", "1"])).getvalue()
    with pytest.raises(sheets.NotAWorkbook):
        sheets.read(io.BytesIO(content[:cut]), "a.xls")


def test_read_refuses_what_is_locked_by_a_password():
    content = bytearray(saved(book(["姓名", "手机"], ["林知微", "1"])).getvalue())
    at = content.index(struct.pack("<HH", 0x42, 2))  # the code page; the lock stands where it stood
    content[at : at + 2] = struct.pack("<H", 0x2F)
    with pytest.raises(sheets.NotAWorkbook):
        sheets.read(io.BytesIO(bytes(content)), "a.xls")
    with pytest.raises(sheets.NotAWorkbook):
        sheets.read(io.BytesIO(bytes(content)), "a.xlsx")


def test_a_chain_that_bites_its_tail_ends():
    """Sectors that point at themselves must not be followed for ever."""
    content = bytearray(saved(book(["姓名", "手机"], ["林知微", "1"])).getvalue())
    table = struct.unpack_from("<I", content, 76)[0]
    start = (table + 1) * 512
    for index in range(128):
        struct.pack_into("<I", content, start + 4 * index, index)
    with pytest.raises(sheets.BadFile):
        sheets.read(io.BytesIO(bytes(content)), "a.xls")


def test_short_streams_lie_in_small_sectors():
    """A workbook below 4,096 bytes is kept in sectors of 64 bytes inside the root's stream."""
    stream = b"".join(
        [
            struct.pack("<HHI", 0x809, 4, 0x00050600),
            struct.pack("<HH", 0x0A, 0),
        ]
    )
    assert xls._Container(_small_container(stream)).workbook() == stream


def _small_container(stream):
    def sector(words):
        return struct.pack(f"<{len(words)}I", *words).ljust(512, b"\xff")

    def entry(name, kind, start, size):
        text = name.encode("utf-16-le")
        head = text.ljust(64, b"\0") + struct.pack("<HB", len(text) + 2, kind)
        return head.ljust(116, b"\0") + struct.pack("<II", start, size) + b"\0" * 4

    end = 0xFFFFFFFE
    head = bytearray(512)
    head[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HH", head, 30, 9, 6)
    struct.pack_into("<I", head, 44, 1)
    struct.pack_into("<I4xII", head, 48, 1, 4096, 2)
    struct.pack_into("<I", head, 68, end)
    head[76:512] = struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    directory = entry("Root Entry", 5, 3, 64) + entry("Workbook", 2, 0, len(stream))
    chains = sector([0xFFFFFFFD, end, end, end])
    return bytes(head) + chains + directory.ljust(512, b"\0") + sector([end]) + stream.ljust(512, b"\0")
