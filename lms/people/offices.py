"""Who holds which office at a unit, what one holds oneself, and to whom an office may be given. Plain reads."""

import datetime as dt
from dataclasses import dataclass, field

from django.db.models import Prefetch, Q, QuerySet

from lms.lib import clock
from lms.people import appointing, directory, readmitting
from lms.people.models import Appointment, Organisation, Posting, Teacher, User

Office = Appointment.Office
MOST_FOUND = 20


@dataclass
class Board:
    """The offices at one unit, today and to come, each with its holder: who answers for it, the groups, the staff."""

    heads: list[Appointment] = field(default_factory=list)
    group: list[Appointment] = field(default_factory=list)
    centre: list[Appointment] = field(default_factory=list)
    staff: list[Appointment] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.heads or self.group or self.centre or self.staff)


def board(unit: Organisation, at: dt.datetime, viewer: User) -> Board:
    """The offices at this very unit; each bears `may_withdraw` for the viewer, `is_ahead` where it is to come, and
    `in_care` where the viewer looks after the holder's account."""
    found = Board()
    places = {Office.ACCOUNTABLE_HEAD: found.heads, Office.LEADING_GROUP: found.group, Office.CENTRE: found.centre}
    today = clock.local_date(at)
    order = {role: number for number, role in enumerate((*appointing.ROLES[Office.LEADING_GROUP], "director", ""))}
    rows = _open(Appointment.objects.filter(organisation=unit), at)
    rows = list(rows.select_related("user__teacher", "deputises_for__user"))
    accounts = User.objects.managed_by(viewer, at, *readmitting.SLIP_OFFICES).exclude(pk=viewer.pk)
    in_care = set(accounts.filter(pk__in=[each.user_id for each in rows]).values_list("pk", flat=True))
    for each in sorted(rows, key=lambda row: (order.get(row.role, 9), row.office, str(row.user), row.pk)):
        each.in_care = each.user_id in in_care
        each.is_ahead = each.from_on > today
        each.may_withdraw = appointing.may_give(viewer, each.office, unit, at)
        places.get(each.office, found.staff).append(each)
    return found


def givable(by: User, unit: Organisation, at: dt.datetime) -> list[str]:
    """The offices that there are at this unit and that she may give, in the order of the list."""
    standing = [office for office in Office.values if appointing.stands_at(office, unit)]
    return [office for office in standing if appointing.may_give(by, office, unit, at)]


def to_stand_in_for(unit: Organisation, given: list[str], at: dt.datetime) -> QuerySet[Appointment]:
    """The offices at this unit, of these kinds, whose holder may have a deputy: none is a deputy's itself."""
    held = Appointment.objects.filter(organisation=unit, office__in=given, deputises_for=None)
    return _open(held, at).select_related("user", "organisation").order_by("office", "user__full_name", "pk")


def withdrawable(by: User, at: dt.datetime, pk: int) -> Appointment | None:
    """An office that has not ended and that she may withdraw."""
    held = _open(Appointment.objects.filter(pk=pk), at)
    found = held.select_related("user", "organisation", "deputises_for__user").first()
    return found if found and appointing.may_give(by, found.office, found.organisation, at) else None


def of(user: User) -> QuerySet[Appointment]:
    """Every office that a person holds, held or will hold, the latest first, each with its deputies."""
    deputies = Prefetch("deputies", Appointment.objects.select_related("user").order_by("from_on"))
    held = user.appointments.select_related("organisation", "deputises_for__user", "given_by")
    return held.prefetch_related(deputies).order_by("-from_on", "-pk")


def may_be_given(by: User, at: dt.datetime) -> QuerySet[User]:
    """The open accounts, but her own, to which she may give an office: of the teachers and office holders whom she
    sees, and those that belong nowhere yet because they were only just opened."""
    nowhere = Q(teacher=None, appointments=None)
    seen = User.objects.visible_to(by, at).values("pk")
    return User.objects.filter(Q(pk__in=seen) | nowhere, is_active=True).exclude(pk=by.pk)


def matching(by: User, asked: str, at: dt.datetime) -> list[User]:
    """Of these accounts, at most twenty that fit what was typed: teachers by name, sound, initials and school, office
    holders by name, and any by the whole user name. Each bears `place`, a unit's name or ""."""
    words = directory.words(asked)
    if not words:
        return []
    may = may_be_given(by, at)
    teachers = directory.matching(Teacher.objects.visible_to(by, at), asked, at).filter(user__in=may.values("pk"))
    ids = list(teachers.order_by("name_pinyin", "pk").values_list("user", flat=True)[:MOST_FOUND])
    known = may.exclude(appointments=None)
    for word in words:
        known = known.filter(full_name__icontains=word)
    ids += known.order_by("full_name", "pk").values_list("pk", flat=True).distinct()[:MOST_FOUND]
    ids += may.filter(username=words[0].lower()).values_list("pk", flat=True)
    return with_places(User.objects.filter(pk__in=ids), at)[:MOST_FOUND]


def with_places(found: QuerySet[User], at: dt.datetime) -> list[User]:
    """The same accounts, each with `place`: the school where the person is posted, else the unit of an office."""
    today = clock.local_date(at)
    posted = Posting.objects.held_on(today).select_related("organisation")
    held = Appointment.objects.held_on(today).select_related("organisation").order_by("pk")
    people = list(
        found.select_related("teacher")
        .prefetch_related(
            Prefetch("teacher__postings", posted, to_attr="current_postings"),
            Prefetch("appointments", held, to_attr="current_offices"),
        )
        .order_by("full_name", "pk")
    )
    for each in people:
        teacher = getattr(each, "teacher", None)
        at_work = [*(teacher.current_postings if teacher else []), *each.current_offices]
        each.place = at_work[0].organisation.name if at_work else ""
    return people


def _open(found: QuerySet[Appointment], at: dt.datetime) -> QuerySet[Appointment]:
    return found.filter(Q(until_on=None) | Q(until_on__gte=clock.local_date(at)))
