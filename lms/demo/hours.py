"""The demo's hours: what the city demands of its teachers, now and before, and what some of them have earned so far."""

import datetime as dt
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from PIL import Image, ImageDraw

from lms.lib import clock
from lms.records import claiming, ledger, ruling

CITY = "992400"
_DAY = dt.timedelta(days=1)
# What the categories demand, after a province's rules: 72 hours at six a day, then 90 at eight.
EARLIER = ruling.Demand(
    yearly=Decimal(72),
    general=Decimal(18),
    professional=Decimal(42),
    elective=Decimal(12),
    daily_cap=Decimal(6),
)
PRESENT = ruling.Demand(yearly=Decimal(90), general=Decimal(30), professional=Decimal(42), elective=Decimal(18))
CREDITS = (
    ruling.Credit("paper", "professional", yearly_cap=Decimal(28)),
    ruling.Credit("award", "elective", hours_each=Decimal(18)),
    ruling.Credit("outside_training", "professional"),
    ruling.Credit("open_lesson", "elective", hours_each=Decimal(6), yearly_cap=Decimal(18)),
    ruling.Credit("school_based", "elective", yearly_cap=Decimal(18)),
)
# Of the first teachers: category, hours, for what, and how many days of this year or of a year before it had passed.
EARNED = (
    (0, 0, "general", "24", "人工智能与教育变革（公需科目）", 3),
    (0, 0, "professional", "16", "小学语文单元整体教学研修", 2),
    (0, 1, "general", "30", "国家安全与公共卫生（公需科目）", 4),
    (0, 1, "professional", "40", "暑期骨干教师集中培训", 5),
    (0, 1, "elective", "20", "家校沟通工作坊", 3),
    (0, 2, "professional", "36", "新课标学科研修", 6),
    (0, 2, "general", "18", "教师职业道德（公需科目）", 3),
    (1, 0, "general", "30", "人工智能与教育变革（公需科目）", 4),
    (1, 0, "professional", "48", "学科教学能力提升研修", 6),
    (1, 0, "elective", "20", "心理健康教育读书会", 3),
    (2, 0, "professional", "24", "学科教学能力提升研修", 3),
)


def build(units: dict[str, Any], teachers: list[Any], at: dt.datetime) -> Iterator[str]:
    """Lay two rule sets down, credit some teachers with hours of three years, and hand a claim in."""
    today = clock.local_date(at)
    since = dt.date(today.year - 1, 1, 1)
    given = {"authority": units[CITY], "credits": CREDITS, "by": None, "at": at - 300 * _DAY}
    ruling.lay_down(
        name="教师继续教育学时规定（原）",
        source="松教师〔2016〕8号",
        demand=EARLIER,
        from_on=dt.date(since.year - 5, 1, 1),
        until_on=since - _DAY,
        **given,
    )
    ruling.lay_down(name="教师继续教育学时规定", source="松教师〔2020〕31号", demand=PRESENT, from_on=since, **given)
    for number, (whose, years_ago, category, hours, title, days) in enumerate(EARNED):
        last = _last_day(today, years_ago, number)
        ledger.post(
            teacher=teachers[whose],
            hours={category: Decimal(hours)},
            title=title,
            source=f"demo.hours:{number}",
            begun_on=last - (days - 1) * _DAY,
            earned_on=last,
            by=None,
            at=clock.local_moment(last) + dt.timedelta(hours=18),
        )
    for waits in (False, True):
        _claim(teachers[0], at, waits=waits)
    yield f"{len(EARNED)} entries of hours, 2 claims"


def _last_day(today: dt.date, years_ago: int, number: int) -> dt.date:
    """A day some weeks apart from the others: of this year before today, or of a year before."""
    first = dt.date(today.year - years_ago, 1, 1)
    whole = (today - first).days if years_ago == 0 else 360
    return max(first, first + (whole * (number % 4 + 1) // 5) * _DAY)


def _claim(teacher: Any, at: dt.datetime, *, waits: bool) -> None:
    """A draft, or a claim that waits for the school."""
    done = clock.local_date(at) - 20 * _DAY
    deed = claiming.Deed(
        kind="paper",
        title="课堂上的倾听：三个课例的反思" if waits else "班级心理活动课的设计",
        organiser="《松岚教育》",
        level="city",
        begun_on=done,
        done_on=done,
        hours=Decimal(20),
    )
    claim = claiming.draft(teacher=teacher, deed=deed, by=teacher.user, at=at - 2 * _DAY)
    claiming.add_proof(claim=claim, scan=_paper(waits), by=teacher.user, at=at - 2 * _DAY)
    if waits:
        claiming.submit(claim=claim, by=teacher.user, at=at - _DAY)


def _paper(first: bool) -> io.BytesIO:
    """A picture that looks like a printed page."""
    page = Image.new("RGB", (900, 1270), "white")
    pen = ImageDraw.Draw(page)
    pen.rectangle((120, 130, 780 if first else 680, 170), fill="#444444")
    for line in range(24):
        pen.rectangle((120, 260 + line * 36, 780 - (line * 97 % 140), 272 + line * 36), fill="#999999")
    kept = io.BytesIO()
    page.save(kept, "PNG")
    kept.seek(0)
    return kept
