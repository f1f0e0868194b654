"""The people that a visitor of the demo may be, one click each, in the order in which the pages list them."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lms.people import queries

# What every demo person types where a signature asks for a password; the pages show it.
PASSWORD = "lanxi-2024-demo"  # noqa: S105


@dataclass(frozen=True)
class Person:
    """Someone to be: the account's user name (or its telephone, where the roster gave the name), her role and what she
    can try as page text, and her first page."""

    username: str
    role: str | Promise
    what: str | Promise
    home_address: str = "/home/"


# The officers of the demo by the code that the plan gives them (their user name in capitals), and its teachers.
STAFF = ("O01", "O02", "O03", "S01", "C01", "M01", "M02", "M03", "J01", "J02", "J03", "J04", "J05", "J06", "J07", "A01")
TEACHERS = [
    "林知微",
    "何书意",
    "欧阳静修",
    "陆远",
    "王芳",
    "周䶮",
    "赵明达",
    "孙清和",
    "郑怀瑾",
    "万俟若兰",
    "冯千帆",
    "沈砚",
    "秦安",
    "许听澜",
]

PEOPLE: list[Person] = [
    Person("linzhiwei46", _("Teacher"), _("registers for an exam that is open"), "/exams/mine/"),
    Person("heshuyi47", _("Teacher"), _("corrects a registration that came back"), "/exams/mine/"),
    Person("ouyangjingxiu48", _("Candidate"), _("sits the written exam today")),
    Person("luyuan49", _("Candidate"), _("sits the written exam today, on a phone")),
    Person("k01", _("School officer"), _("recommends teachers for a training"), "/training/school/"),
    Person("o03", _("Bureau officer of a county"), _("reviews who may sit the exam"), "/exams/"),
    Person("o01", _("Exam officer"), _("prepares, proposes, hands out scripts"), "/exams/"),
    Person("o02", _("Exam officer, second person"), _("approves a line and a public list"), "/home/"),
    Person("m01", _("Marker"), _("marks written answers"), "/exams/marking/"),
    Person("m02", _("Marker"), _("marks the same answers without seeing the other's points"), "/exams/marking/"),
    Person("c01", _("Clerk"), _("leads candidates through the hearing day"), "/home/"),
    Person("konglingyu21", _("Judge"), _("scores by number and signs"), "/exams/judging/"),
    Person("j02", _("Judge"), _("scores by number and signs"), "/exams/judging/"),
    Person("qinyuexi23", _("Judge"), _("scores by number and signs"), "/exams/judging/"),
    Person("j04", _("Judge"), _("scores by number and signs"), "/exams/judging/"),
    Person("j05", _("Judge"), _("scores by number and signs"), "/exams/judging/"),
    Person("qiushiyu26", _("Judge"), _("scores by number and signs"), "/exams/judging/"),
    Person("j07", _("Judge"), _("scores by number and signs"), "/exams/judging/"),
    Person("s01", _("Signatory"), _("signs a list and issues certificates"), "/certificates/lists/"),
    Person("a01", _("Auditor"), _("reads the journal"), "/journal/"),
    Person("t01", _("Trainer"), _("writes lessons and sends them to review"), "/editor/"),
    Person("r01", _("Reviewer of course content"), _("returns or publishes what trainers wrote"), "/editor/"),
    Person("zhouyan259", _("Certificate holder"), _("shows and downloads a certificate"), "/certificates/"),
    Person("zhouheng", _("Bureau officer of a district"), _("sees who holds what and who is missing"), "/home/"),
    Person("heqing", _("Exam officer of the district"), _("brings in paper certificates and proposes lists")),
    Person("tanshuo", _("Signatory of the district"), _("signs lists of paper certificates"), "/certificates/lists/"),
    Person("luoning", _("Auditor of the city"), _("checks the coverage of its districts"), "/coverage/"),
    Person("fanqiao", _("Bureau officer of the neighbour"), _("sees nothing of the district"), "/home/"),
    Person("jiangshu", _("School officer"), _("prints slips, reports figures, sees who lacks a certificate")),
    Person("19901103140", _("Newcomer"), _("reads what her post asks of her")),
    Person("19901103241", _("Leader in charge"), _("hands in a certificate from elsewhere"), "/certificates/"),
    Person("qiankun", _("Bureau officer of a city with centres"), _("compares trained and certified with its targets")),
]
# Teachers of the district who may be entered, by their telephones.
BY_PHONE = [each.username for each in PEOPLE if each.username.isdigit()]


def accounts() -> list[tuple[Person, Any]]:
    """The demo people who have an account yet, in order; two queries."""
    found = queries.accounts_by_username(each.username for each in PEOPLE) | queries.accounts_by_phone(BY_PHONE)
    return [(each, found[each.username]) for each in PEOPLE if each.username in found]
