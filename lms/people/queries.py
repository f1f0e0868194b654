"""What others ask about people."""

import datetime as dt
import unicodedata
from collections import Counter
from collections.abc import Iterable

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from lms.lib import clock
from lms.people import access, phones
from lms.people.identity import id_number_hash
from lms.people.import_kinds import REGISTER, Importer
from lms.people.models import (
    ActivationCode,
    Appointment,
    DayOff,
    ImportRun,
    Organisation,
    PostHeld,
    Posting,
    Teacher,
    User,
)


def account_of(login: str) -> User | None:
    """The account that this names: by user name, else by confirmed telephone, else by an e-mail address that no other
    open account has. One question to the database, whatever the answer."""
    typed = unicodedata.normalize("NFKC", login).replace("\x00", "").strip()[:254]
    name = typed.lower()
    phone = phones.normalise(name)
    named = Q(username__in=[typed, name]) | Q(phone=phone, phone_confirmed_at__isnull=False)
    found = list(User.objects.filter(named | Q(email__iexact=name) if "@" in name else named)[:10])
    by_email = [each for each in found if each.is_active and name and each.email.lower() == name]
    return (
        next((each for each in found if each.username in (typed, name)), None)
        or next((each for each in found if each.phone_confirmed_at and each.phone == phone), None)
        or (by_email[0] if len(by_email) == 1 else None)
    )


def accounts_by_username(names: Iterable[str]) -> dict[str, User]:
    """The active accounts of these user names."""
    return {user.username: user for user in User.objects.filter(username__in=list(names), is_active=True)}


def accounts_by_phone(phones: Iterable[str]) -> dict[str, User]:
    """The active accounts of these telephones, confirmed or not; where several have one, none."""
    found: dict[str, list[User]] = {}
    for user in User.objects.filter(phone__in=list(phones), is_active=True):
        found.setdefault(user.phone, []).append(user)
    return {phone: users[0] for phone, users in found.items() if len(users) == 1}


def teachers_by_id_number(numbers: Iterable[str]) -> dict[str, Teacher]:
    """The teachers of these identity numbers, with their accounts."""
    by_hash = {id_number_hash(number): number for number in numbers}
    hashes = list(by_hash)
    found: dict[str, Teacher] = {}
    for first in range(0, len(hashes), 500):
        some = Teacher.objects.filter(id_number_hash__in=hashes[first : first + 500]).select_related("user")
        found |= {by_hash[each.id_number_hash]: each for each in some.defer("id_number")}
    return found


def day_exceptions(first: dt.date, last: dt.date) -> dict[dt.date, bool]:
    """The days of a period that break the week's rule: True where a weekend day is worked, False for a day off."""
    return dict(DayOff.objects.filter(on__range=(first, last)).values_list("on", "is_working"))


def days_off(year: int) -> QuerySet[DayOff]:
    """The days of a year that break the week's rule, in order."""
    return DayOff.objects.filter(on__year=year).order_by("on")


def any_unit() -> bool:
    """Whether any unit stands at all."""
    return Organisation.objects.exists()


def units_beside(codes: Iterable[str]) -> bool:
    """Whether units stand whose codes are not among these."""
    return Organisation.objects.exclude(code__in=list(codes)).exists()


def units_by_code(codes: Iterable[str]) -> dict[str, Organisation]:
    """The units of these codes."""
    return {unit.code: unit for unit in Organisation.objects.filter(code__in=list(codes))}


def units(user: User, at: dt.datetime) -> QuerySet[Organisation]:
    """The units whose people the user's offices look after, in the order of the tree."""
    return Organisation.objects.under(*access.paths(user, at, *Appointment.RECORD_OFFICES)).order_by("path")


def teacher_counts(found: Iterable[Organisation], at: dt.datetime) -> Counter[int]:
    """How many teachers are posted now in each unit's subtree, by the unit's id, in one query."""
    found = list(found)
    posted = Posting.objects.held_on(clock.local_date(at)).filter(
        access.under("organisation__path", [unit.path for unit in found])
    )
    counts: Counter[int] = Counter()
    for path, count in posted.order_by().values_list("organisation__path").annotate(n=Count("pk")):
        for unit in found:
            if path.startswith(unit.path):
                counts[unit.pk] += count
    return counts


def offices_at(found: Iterable[Organisation], at: dt.datetime) -> list[Appointment]:
    """The offices held now at these units, with their holders."""
    held = Appointment.objects.held_on(clock.local_date(at)).filter(organisation__in=[unit.pk for unit in found])
    return list(held.select_related("user").order_by("office", "user__full_name", "pk"))


def teachers_at(unit: Organisation, at: dt.datetime) -> QuerySet[Teacher]:
    """The teachers posted now at this very unit, with their posts of today, by the sound of their names."""
    day = clock.local_date(at)
    posted = Posting.objects.held_on(day).filter(organisation=unit)
    posts = Prefetch("posts", PostHeld.objects.held_on(day).order_by("post"), to_attr="posts_today")
    found = Teacher.objects.filter(pk__in=posted.values("teacher")).select_related("user").prefetch_related(posts)
    return found.order_by("name_pinyin", "pk")


def to_activate(accounts: QuerySet[User], by: User, at: dt.datetime, *, without_slip: bool = False) -> QuerySet[User]:
    """Of these accounts, the teachers' that were never activated and for whom this officer may issue a code: who is
    posted now where her bureau, exam or school office covers. `without_slip` leaves out who has a code that works."""
    covered = access.under("organisation__path", access.paths(by, at, *Appointment.RECORD_KEEPERS))
    posted = Posting.objects.held_on(clock.local_date(at)).filter(covered)
    found = accounts.filter(is_active=True, activated_at=None, teacher__in=posted.values("teacher"))
    if without_slip:
        working = ActivationCode.objects.filter(user=OuterRef("pk"), used_at=None, expires_at__gt=at)
        found = found.filter(~Exists(working))
    return found.order_by("pk")


def import_kinds(user: User, at: dt.datetime) -> list[Importer]:
    """The kinds of file that one of the user's offices may bring in."""
    return [each for each in REGISTER.values() if access.offices(user, at, *each.offices)]


def import_runs(user: User, at: dt.datetime) -> QuerySet[ImportRun]:
    """The files of these kinds brought for units that such an office covers, the newest first."""
    seen = Q(pk__in=[])
    for each in import_kinds(user, at):
        seen |= Q(kind=each.kind) & access.under("organisation__path", access.paths(user, at, *each.offices))
    return ImportRun.objects.filter(seen).order_by("-pk")
