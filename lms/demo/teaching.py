"""The demo's training institution: its trainer and reviewer, its courses, and programmes that teachers are in."""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from cms import announcing, collecting, founding, presenting, publishing
from lms.demo.people import PASSWORD
from lms.lib import clock
from lms.people import activating, appointing, registering, vocabulary
from lms.training import (
    assigning,
    attending,
    batching,
    deciding,
    enrolling,
    grading,
    handing_in,
    planning,
    scheduling,
    sharing,
    staffing,
)

FOLDER = Path(__file__).parent / "courses"
CITY, CENTRE = "992400", "9924009001"
STAFF = (("t01", "温以宁", "trainer"), ("r01", "祝明远", "content_reviewer"))
SCHOOL_OFFICER = ("k01", "江一苇", "school_officer")
_DAY, _MINUTE = dt.timedelta(days=1), dt.timedelta(minutes=1)
NOTICE = (
    "C证培训第1期学习须知",
    "各位老师：本期培训全部在线学习，可以随时用手机或电脑接着上次的地方学。\n\n"
    "每个课时学满最少时间并通过小测后才算完成；全部课时完成后，学时自动计入您的继续教育记录。\n\n"
    "学习中有疑问，请联系本中心教务处。",
)


@dataclass(frozen=True)
class Offered:
    """A programme of the demo: the folder of its course, whom it is for, and what it is worth."""

    folder: str
    code: str
    title: str
    title_en: str
    track: str
    summary: str
    posts: tuple[str, ...]
    professional: str
    elective: str = ""
    capacity: int | None = None
    mode: str = "self_study"


OFFERED = (
    Offered(
        "c-mental-health",
        "c-2024",
        "学校心理健康教育C证培训",
        "School mental-health education, certificate C",
        "心理健康教育C证",
        "面向全体教师的基础培训，分六个专题，在手机上利用零碎时间就能学完。",
        (),
        "12",
        "6",
        mode="blended",
    ),
    Offered(
        "b-crisis",
        "b-crisis",
        "校园心理危机干预（B证选修）",
        "Responding to crises at school (certificate B, elective)",
        "心理健康教育B证",
        "面向兼职心理教师和班主任：预警、陪伴、转介和事后支持。",
        ("兼职心理教师", "班主任"),
        "6",
        capacity=30,
    ),
    Offered(
        "homeroom",
        "homeroom",
        "班主任培训",
        "Homeroom teachers",
        "班主任培训",
        "新接班和想把班级带得更从容的班主任。",
        ("班主任", "兼职心理教师"),
        "8",
    ),
    Offered(
        "a-reading",
        "a-reading",
        "A证研读课程",
        "Reading course for certificate A",
        "心理健康教育A证",
        "写给学校和区域心理健康教育工作的负责人。",
        ("专职心理教师", "分管领导"),
        "4",
    ),
)
# Sessions of the first period: kind, title, room; in so many days at that hour. Today's begins in twenty minutes.
SESSIONS = (
    ("lecture", "看见情绪：课堂里的心理健康", "第一报告厅", -3, 9),
    ("demonstration", "示范课：我的情绪小管家", "第一报告厅", 0, None),
    ("sharing", "经验分享：一次谈心的前前后后", "第二教室", 7, 14),
    ("practice", "实操：倾听与回应", "第二教室", 14, 14),
)
# What was noted about the first six at the session that is over.
CAME = ("present", "present", "late", "absent", "present", "present")

# Who else trains in the first period, and the days of the batches of the third programme, from today.
FROM_OUTSIDE = "顾听松（外请专家）"
BATCHES = ((40, 44), (70, 74))

# The work of the first period, and what the first three handed in.
ASSIGNMENT = (
    "一次谈心的记录",
    "请选一次与学生的谈心，隐去姓名，写清三点：学生当时的状态、您怎样倾听和回应、事后的思考。不少于300字，也可以上传文件。",
)
HANDED_IN = (
    "课间，小安独自坐在操场边。我坐到他旁边，先没有说话。\n\n过了一会儿，他说起昨晚家里的争吵。"
    "我复述他的话，问他最担心的是什么。\n\n事后我想，安静的那几分钟比我说的任何一句话都有用。",
    "小宁连续三天没有交作业。我请她到办公室，她说不想学了。我讲了学习的重要性，她点了点头。",
    "考试前一天，小禾说肚子疼。我陪她在走廊走了两圈，请她说说身体哪里紧，再一起做了三次深呼吸。",
)


def build(units: dict[str, Any], officer: Any, teachers: list[Any], at: dt.datetime) -> Iterator[str]:
    """Give the city's institution its room and its people, take its courses in, open a period of each programme, enrol
    some of the teachers who may join, and have others apply through their schools for the next period of the first."""
    long_ago = at - 300 * _DAY
    room, trainer = _institution(units, long_ago)
    yield f"{room.title}: {len(STAFF)} people"
    opened = []
    for each in OFFERED:
        folder = FOLDER / each.folder
        files = {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*.md"))}
        found = collecting.collect(institution=room, files=files, name=each.title, by=None, at=long_ago, live=True)
        opened.append(_period(units, room, each, found.course, at))
        announcing.tell_lessons(course_id=found.course.pk, at=long_ago)  # before anybody learns there: old news later
        yield f"{each.title}: {found.lessons} lessons, {found.questions} questions"
    joined = at - 9 * _DAY
    seats = [enrolling.enrol(teacher=each, period=opened[0], by=each.user, at=joined) for each in teachers[: len(CAME)]]
    for teacher in teachers[:2]:
        enrolling.enrol(teacher=teacher, period=opened[1], by=teacher.user, at=at)
    staff = staffing.Staff([trainer], [FROM_OUTSIDE])
    staffing.staff(period=opened[0], trainers=staff, by=officer, at=at - 12 * _DAY)
    yield f"{OFFERED[0].title}: {_sessions(opened, trainer, seats, at)} sessions"
    yield f"{OFFERED[0].title}: {_assignment(opened[0], trainer, teachers, at)} pieces of work"
    yield _next_period(units, opened[0].programme, officer, teachers[len(CAME) :], at)
    yield _plan_batches(opened[2].programme, officer, at)
    notice = publishing.announce(title=NOTICE[0], body=NOTICE[1], institution=room, by=None, at=at)
    announcing.tell_announcement(page_id=notice.pk, at=at)


def _next_period(units: dict[str, Any], programme: Any, officer: Any, teachers: list[Any], at: dt.datetime) -> str:
    """A period to come that one enters through the school: its few seats are shared among the counties, some have one,
    some wait, and one application waits for the school's word."""
    today = clock.local_date(at)
    period = planning.open_period(
        programme=programme,
        number=2,
        starts_on=today + 25 * _DAY,
        ends_on=today + 90 * _DAY,
        enrol_from_at=at - 5 * _DAY,
        enrol_until_at=clock.local_moment(today + 15 * _DAY),
        capacity=4,
        mode="blended",
        place="松岚市教师进修学院",
        admission="school",
        offer_hours=48,
        by=None,
        at=at - 6 * _DAY,
    )
    applied = [enrolling.enrol(teacher=each, period=period, by=each.user, at=at - 3 * _DAY) for each in teachers]
    counties = {each.school.parent for each in applied} - {units[CITY]}
    seats = dict.fromkeys(sorted(counties, key=lambda unit: unit.path)[:3], 1)
    sharing.share(period=period, seats=seats, until_on=today + 10 * _DAY, by=None, at=at - 3 * _DAY)
    _school_officer(applied[-1].school, at - 200 * _DAY)
    for each in applied[:-1]:
        deciding.approve(enrolment=each, by=officer, at=at - 2 * _DAY)
    return f"{programme.title}: {len(applied)} applications"


def _plan_batches(programme: Any, officer: Any, at: dt.datetime) -> str:
    """The plan of two batches for whoever still needs a programme, opened yesterday: schools find theirs ticked."""
    today, opened_at = clock.local_date(at), at - _DAY
    dates = [batching.Dates(today + first * _DAY, today + last * _DAY) for first, last in BATCHES]
    plan = batching.Plan(dates, today + 20 * _DAY, place="松岚市教师进修学院")
    proposed = batching.propose(batching.candidates(programme, clock.local_date(opened_at)), len(dates))
    seen = batching.digest(proposed)
    batching.open_batches(programme=programme, plan=plan, seen=seen, by=officer, at=opened_at)
    return f"{programme.title}: {sum(map(len, proposed))} teachers in {len(dates)} batches"


def _school_officer(school: Any, at: dt.datetime) -> None:
    username, full_name, office = SCHOOL_OFFICER
    account = registering.open_account(full_name=full_name, username=username, phone="", by=None, at=at)
    activating.give_password(user=account, password=PASSWORD, at=at)
    appointing.appoint(
        user=account, office=office, organisation=school, from_on=clock.local_date(at), until_on=None, by=None, at=at
    )


def _sessions(opened: list[Any], trainer: Any, seats: list[Any], at: dt.datetime) -> int:
    """Sessions before, on and after today, one beside another period's in the same room; the first with who came."""
    today, planned_at = clock.local_date(at), at - 12 * _DAY
    held = []
    for kind, title, room, days, hour in SESSIONS:
        begins = at + 20 * _MINUTE if hour is None else clock.local_moment(today + days * _DAY, dt.time(hour))
        begins = begins.replace(second=0, microsecond=0)
        plan = scheduling.Plan(
            title=title, kind=kind, starts_at=begins, ends_at=begins + 120 * _MINUTE, room=room, trainer=trainer
        )
        held.append(scheduling.schedule(period=opened[0], plan=plan, by=None, at=planned_at))
    beside = scheduling.Plan(
        title="预警信号的识别",
        kind="lecture",
        starts_at=held[2].starts_at + 60 * _MINUTE,
        ends_at=held[2].ends_at + 60 * _MINUTE,
        room=held[2].room,
        trainer_name="外请专家",
    )
    scheduling.schedule(period=opened[1], plan=beside, by=None, at=planned_at)
    noted_at = held[0].starts_at + 5 * _MINUTE
    marks = [attending.Mark(uuid.uuid4(), seat.pk, state, noted_at) for seat, state in zip(seats, CAME, strict=True)]
    attending.take(session=held[0], marks=marks, source="list", by=trainer, at=noted_at)
    return len(held) + 1


def _assignment(period: Any, trainer: Any, teachers: list[Any], at: dt.datetime) -> int:
    """Work that the trainer set to the period: one passed, one being revised, one that waits to be read."""
    title, words = ASSIGNMENT
    due_at = clock.local_moment(clock.local_date(at) + 15 * _DAY)
    task = assigning.Task(title=title, task=words, due_at=due_at)
    made = assigning.assign(period=period, task=task, by=trainer, at=at - 8 * _DAY)
    found = [
        handing_in.hand_in(assignment=made, text=text, file=None, by=teacher.user, at=at - days * _DAY)
        for teacher, text, days in zip(teachers, HANDED_IN, (5, 4, 1), strict=False)
    ]
    feedback = "抓住了行为背后的情绪，追问也很自然。"
    grading.grade(submission=found[0], version=1, is_passed=True, feedback=feedback, by=trainer, at=at - 3 * _DAY)
    reason = "请补充：如果再谈一次，您会怎样开口？"
    grading.send_back(submission=found[1], version=1, reason=reason, by=trainer, at=at - 2 * _DAY)
    return len(found)


def _institution(units: dict[str, Any], at: dt.datetime) -> tuple[Any, Any]:
    """The institution and its trainer's account."""
    centre = units[CENTRE]
    accounts = []
    for username, full_name, office in STAFF:
        account = registering.open_account(full_name=full_name, username=username, phone="", by=None, at=at)
        activating.give_password(user=account, password=PASSWORD, at=at)
        accounts.append(account)
        appointing.appoint(
            user=account,
            office=office,
            organisation=centre,
            from_on=clock.local_date(at),
            until_on=None,
            by=None,
            at=at,
        )
    return founding.found_institution(organisation=centre, by=None, at=at), accounts[0]


def _period(units: dict[str, Any], room: Any, offered: Offered, course: Any, at: dt.datetime) -> Any:
    long_ago, today = at - 300 * _DAY, clock.local_date(at)
    hours = {"professional": Decimal(offered.professional)}
    if offered.elective:
        hours["elective"] = Decimal(offered.elective)
    programme = planning.found(
        organisation=units[CITY],
        plan=planning.Plan(
            code=offered.code,
            title=offered.title,
            title_en=offered.title_en,
            track=offered.track,
            summary=offered.summary,
            posts=[vocabulary.POSTS[word] for word in offered.posts],
            hours=hours,
        ),
        by=None,
        at=long_ago,
    )
    presenting.present(programme=programme, institution=room, courses=[course], by=None, at=long_ago)
    return planning.open_period(
        programme=programme,
        number=1,
        starts_on=today - 10 * _DAY,
        ends_on=today + 80 * _DAY,
        enrol_from_at=at - 20 * _DAY,
        enrol_until_at=clock.local_moment(today + 30 * _DAY),
        capacity=offered.capacity,
        mode=offered.mode,
        by=None,
        at=at - 30 * _DAY,
    )
