"""Dates of which only a part is known, however they were typed."""

import datetime as dt

import pytest

from lms.lib.partial_dates import PartialDate, read

DAY = PartialDate(dt.date(2012, 9, 1), dt.date(2012, 9, 1), "day")
MONTH = PartialDate(dt.date(2012, 9, 1), dt.date(2012, 9, 30), "month")
YEAR = PartialDate(dt.date(2012, 1, 1), dt.date(2012, 12, 31), "year")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *[
            (text, DAY)
            for text in ("2012-9-1", "2012.09.01", "2012/9/1", "2012年9月1日", "20120901", "２０１２年９月１日")
        ],
        *[(text, DAY) for text in ("2012-09-01 00:00:00", " 2012 年 9 月 1 日"[1:].replace(" ", ""), "2012年9月1号")],
        *[(text, MONTH) for text in ("2012-9", "2012.09", "2012年9月", "201209")],
        *[(text, YEAR) for text in ("2012", "2012年", " 2012 ")],
    ],
)
def test_a_date_is_read_as_far_as_it_is_known(text, expected):
    assert read(text) == expected


def test_february_ends_when_it_ends():
    assert (read("2012-02").last.day, read("2013年2月").last.day) == (29, 28)


@pytest.mark.parametrize(
    "text",
    ["", "无", "2012-13", "2012-02-30", "2012-0", "1949", "1899-01-01", "43586", "20129", "12-9-1", "2100", "9月"],
)
def test_what_is_no_date_is_not_read(text):
    assert read(text) is None
