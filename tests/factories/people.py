"""People and units for tests: a small tree, and whoever a test needs in it. All invented."""

import datetime as dt
import itertools

from lms.lib.crypto import keyed_hash
from lms.people.models import Appointment, Organisation, PostHeld, Posting, Teacher, User

AT = dt.datetime(2024, 3, 5, 2, 0, tzinfo=dt.UTC)
_count = itertools.count(1)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def organisation(name="某校", *, level=Organisation.Level.SCHOOL, parent=None, code=None, stages=("primary",)):
    n = next(_count)
    unit = Organisation.objects.create(
        name=name,
        code=code or f"99{n:08d}",
        level=level,
        parent=parent,
        path=f"new-{n}",
        stages=list(stages) if level >= Organisation.Level.SCHOOL else [],
    )
    unit.path = f"{parent.path if parent else ''}{unit.pk:08d}/"
    unit.save(update_fields=["path"])
    return unit


def id_number(n=None, area="990608", born="19850312"):
    """An identity number with a right checksum, another at each call; area codes from 99 on belong to nobody."""
    body = f"{area}{born}{(next(_count) if n is None else n) % 1000:03d}"
    return body + "10X98765432"[sum(int(c) * w for c, w in zip(body, _WEIGHTS, strict=True)) % 11]


def user(full_name="某人", *, password=None, **more):
    account = User(username=more.pop("username", f"user{next(_count)}"), full_name=full_name, **more)
    if password:
        account.set_password(password)
    else:
        account.set_unusable_password()
    account.save()
    return account


def teacher(full_name="某老师", *, school=None, post=None, stage="primary", account=True, number=None, **more):
    number = number or id_number()
    person = Teacher.objects.create(
        full_name=full_name,
        user=more.pop("user", None) or (user(full_name) if account else None),
        id_number=number,
        id_number_hash=keyed_hash("id_number", number),
        registered_at=AT,
        **more,
    )
    if school:
        Posting.objects.create(teacher=person, organisation=school, from_on=dt.date(2012, 9, 1))
        if post:
            PostHeld.objects.create(
                teacher=person, organisation=school, post=post, stage=stage, from_on=dt.date(2012, 9, 1)
            )
    return person


def appointment(account, office, unit, *, from_on=dt.date(2020, 1, 1), until_on=None):
    return Appointment.objects.create(
        user=account, office=office, organisation=unit, from_on=from_on, until_on=until_on
    )


def officer(office, unit, full_name="某干部", **more):
    account = user(full_name, **more)
    appointment(account, office, unit)
    return account
