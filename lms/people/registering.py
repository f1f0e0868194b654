"""Accounts and teachers: open an account; register a teacher, or a whole roster of them, once for ever."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from lms.journal import writing as journal
from lms.lib import crypto
from lms.lib.refusals import Refusal
from lms.people import access, identity, names
from lms.people.models import Appointment, Organisation, PostHeld, Posting, SchoolStage, Teacher, User

OFFICES = Appointment.BUREAU_OFFICES
# One newcomer at a time is also the business of the school.
REGISTER_OFFICES = Appointment.RECORD_KEEPERS
_BATCH = 2000
_POSTS, _STAGES = set(PostHeld.Post.values), {"", *SchoolStage.values}
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,59}")


class AlreadyRegistered(Refusal):
    sentence = _("The identity number of {name} is registered already. Open that record instead of a second one.")
    field = "id_number"


class UsernameUnusable(Refusal):
    sentence = _("A user name has 2 to 60 small letters, digits, dots and hyphens.")
    field = "username"


class UsernameTaken(Refusal):
    sentence = _("The user name {username} is taken. Choose another.")
    field = "username"


class NotASchool(Refusal):
    sentence = _("{name} is not a school that is open. A teacher is registered at a school.")
    field = "school"


class UnknownPost(Refusal):
    sentence = _("This post or school stage is not in the list. Choose one of the list.")
    field = "post"


@dataclass(frozen=True)
class Newcomer:
    """Someone to be registered: her posts (PostHeld.Post) at a school from a day on; `stage` a SchoolStage or ""."""

    full_name: str
    id_number: str
    school: Organisation
    posts: Sequence[str]
    stage: str
    phone: str
    from_on: dt.date


@transaction.atomic
def open_account(*, full_name: str, username: str, phone: str, by: User | None, at: dt.datetime) -> User:
    """Open an account for someone who is no teacher; it has no usable password yet. Who: any bureau or exam officer,
    or the installation itself. Refuses: NotYourOffice, BadName, UsernameUnusable, UsernameTaken."""
    if by and not access.offices(by, at, *OFFICES):
        raise access.NotYourOffice()
    full_name = names.normalise(full_name)
    if not _USERNAME.fullmatch(username):
        raise UsernameUnusable()
    if User.objects.filter(username=username).exists():
        raise UsernameTaken(username=username)
    account = _account(full_name, username, phone, at)
    try:
        with transaction.atomic():
            account.save()
    except IntegrityError as error:
        raise UsernameTaken(username=username) from error
    journal.write("people.account_opened", by=by, at=at, about=account)
    return account


@transaction.atomic
def register(
    *,
    full_name: str,
    id_number: str,
    school: Organisation,
    post: str,
    stage: str,
    phone: str,
    from_on: dt.date,
    by: User | None,
    at: dt.datetime,
) -> Teacher:
    """Register a teacher at a school, with an account that has no usable password yet. Who: a bureau, exam or school
    officer whose office covers the school, or the installation itself.

    Refuses: NotYourOffice, BadName, BadIdNumber, NotASchool, UnknownPost, AlreadyRegistered.
    """
    newcomer = Newcomer(full_name, id_number, school, [post], stage, phone, from_on)
    (teacher,) = _register([newcomer], by, at, REGISTER_OFFICES)
    journal.write("people.teacher_registered", by=by, at=at, about=teacher, facts={"school": school.pk, "post": post})
    return teacher


@transaction.atomic
def register_many(
    *, newcomers: Iterable[Newcomer], about: Organisation, by: User | None, at: dt.datetime
) -> list[Teacher]:
    """Register a whole roster or nothing of it, in a fixed number of queries; the refusals are those of `register`.
    One journal line about a unit says how many."""
    made = _register(list(newcomers), by, at, OFFICES)
    facts = {"count": len(made), "teachers": [teacher.pk for teacher in made]}
    journal.write("people.teachers_registered", by=by, at=at, about=about, facts=facts)
    return made


def _register(newcomers: Sequence[Newcomer], by: User | None, at: dt.datetime, offices: Sequence[str]) -> list[Teacher]:
    for school in {each.school.pk: each.school for each in newcomers}.values():
        _require_school(school, by, at, offices)
    teachers = [_teacher(each, at) for each in newcomers]
    _require_new(teachers)
    accounts = [
        _account(teacher.full_name, username, newcomer.phone, at)
        for newcomer, teacher, username in zip(newcomers, teachers, _usernames(teachers), strict=True)
    ]
    try:
        with transaction.atomic():
            User.objects.bulk_create(accounts, batch_size=_BATCH)
            for teacher, account in zip(teachers, accounts, strict=True):
                teacher.user = account
            Teacher.objects.bulk_create(teachers, batch_size=_BATCH)
    except IntegrityError as error:
        raise AlreadyRegistered(name=teachers[0].full_name) from error
    pairs = list(zip(newcomers, teachers, strict=True))
    Posting.objects.bulk_create(
        [Posting(teacher=teacher, organisation=each.school, from_on=each.from_on) for each, teacher in pairs],
        batch_size=_BATCH,
    )
    PostHeld.objects.bulk_create(
        [
            PostHeld(teacher=teacher, organisation=each.school, post=post, stage=each.stage, from_on=each.from_on)
            for each, teacher in pairs
            for post in each.posts
        ],
        batch_size=_BATCH,
    )
    return teachers


def _require_school(school: Organisation, by: User | None, at: dt.datetime, offices: Sequence[str]) -> None:
    if by:
        access.require(by, school, at, *offices)
    if school.level < Organisation.Level.SCHOOL or school.closed_on:
        raise NotASchool(name=school.name)


def _teacher(newcomer: Newcomer, at: dt.datetime) -> Teacher:
    full_name = names.normalise(newcomer.full_name)
    number = identity.check(newcomer.id_number)
    if not _POSTS.issuperset(newcomer.posts) or newcomer.stage not in _STAGES:
        raise UnknownPost()
    return Teacher(
        full_name=full_name,
        name_pinyin=names.pinyin(full_name)[:240],
        name_initials=names.initials(full_name)[:60],
        id_number=number,
        id_number_hash=identity.id_number_hash(number),
        registered_at=at,
    )


def _require_new(teachers: Sequence[Teacher]) -> None:
    by_hash: dict[str, Teacher] = {}
    for each in teachers:
        if each.id_number_hash in by_hash:
            raise AlreadyRegistered(name=each.full_name)
        by_hash[each.id_number_hash] = each
    hashes = list(by_hash)
    for first in range(0, len(hashes), _BATCH):
        known = Teacher.objects.filter(id_number_hash__in=hashes[first : first + _BATCH])
        if taken := known.values_list("id_number_hash", flat=True).first():
            raise AlreadyRegistered(name=by_hash[taken].full_name)


def _account(full_name: str, username: str, phone: str, at: dt.datetime) -> User:
    return User(
        username=username,
        full_name=full_name,
        phone=phone,
        date_joined=at,
        password=UNUSABLE_PASSWORD_PREFIX + crypto.token(),
    )


def _usernames(teachers: Sequence[Teacher]) -> list[str]:
    """A user name for each: the pinyin and a running number that no account has behind this pinyin yet."""
    last = User.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    while True:
        made = [
            f"{teacher.name_pinyin.replace(' ', '')[:40] or 'teacher'}{last + index}"
            for index, teacher in enumerate(teachers, start=1)
        ]
        taken = any(
            User.objects.filter(username__in=made[first : first + _BATCH]).exists()
            for first in range(0, len(made), _BATCH)
        )
        if not taken:
            return made
        last += len(teachers)
