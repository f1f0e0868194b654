"""Two units become one: teachers, offices and units below go on at the one that stays; the other closes, naming it."""

import copy
import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext_lazy as _

from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import appointing, hanging, keeping, organising
from lms.people.models import Appointment, Dated, Organisation, PostHeld, Posting, User

OFFICES = organising.OFFICES
Rows = list[Dated]


class SameUnit(Refusal):
    sentence = _("This is one and the same unit. Choose the other one.")
    field = "greater"


class OneAboveOther(Refusal):
    sentence = _("{lower} stands below {upper}. Only units beside each other are merged; close the lower one instead.")
    field = "greater"


class OtherKind(Refusal):
    sentence = _("{lesser} is of level “{one}”, {greater} of level “{other}”. Only units of one level are merged.")
    field = "greater"


class NotOpen(Refusal):
    sentence = _("{name} is closed. Choose a unit that is open.")
    field = "greater"


class StillUnderWay(Refusal):
    sentence = _("{name} still has {kind} “{row}”, which is not over. Wait until it is, or withdraw it.")


class StillRules(Refusal):
    sentence = _("{name} has laid down {kind} “{row}”, which would bind nobody any more. End it first.")


class BegunSince(Refusal):
    sentence = _("{who} began at {name} on {day}, after this day. Choose that day or a later one.")
    field = "on"


class NameBelowTaken(Refusal):
    sentence = _("Both units have one called “{name}” below them. Rename one of the two first.")


class HoldsBoth(Refusal):
    sentence = _("{who} holds the office “{office}” at both units. Withdraw one of the two first.")


@transaction.atomic
def unite(
    *, lesser: Organisation, greater: Organisation, on: dt.date, reason: str, by: User | None, at: dt.datetime
) -> Organisation:
    """Merge a unit into another of its level from a day on. Who works or holds an office at the lesser goes on at the
    greater from that day, with all dates before kept; units below move along; a school's stages are added. The lesser
    closes and names its successor. An office that somebody else holds alone there (accountable head), or that the
    same person holds there already, ends. Everybody concerned is told. Who: an officer whose bureau or exam offices
    cover the units above both, or the installation.

    Refuses: SameUnit, NotYourOffice, ReasonMissing, DayAhead, OneAboveOther, OtherKind, NotOpen, StillUnderWay (an exam
    that is not over, or a registration from the lesser for one; a file not yet brought in), StillRules, BegunSince,
    NameBelowTaken, HoldsBoth.
    """
    if lesser.pk == greater.pk:
        raise SameUnit()
    lesser, greater = organising.locked_tree(lesser, greater)
    for unit in (lesser, greater):
        organising.require_officer(unit.parent, by, at)
    reason = keeping.given(reason)
    keeping.require_come(on, at)
    _require_alike(lesser, greater)
    _require_done(lesser, on)
    below = _take_below(lesser, greater)
    postings = list(Posting.objects.between(on, None).filter(organisation=lesser).select_related("teacher__user"))
    posts = list(PostHeld.objects.between(on, None).filter(organisation=lesser).select_related("teacher"))
    offices = list(Appointment.objects.between(on, None).filter(organisation=lesser).select_related("user"))
    _require_begun([*postings, *posts, *offices], lesser, on, at)
    _carry_postings(postings, greater, on)
    _carry(posts, greater, on)
    _carry_offices(offices, greater, on, at)
    _add_stages(lesser, greater)
    lesser.closed_on, lesser.successor = on, greater
    lesser.save(update_fields=["closed_on", "successor"])
    counts = {"teachers": len(postings), "offices": len(offices), "below": below}
    facts = {"into": greater.name, "successor": greater.pk, "on": on.isoformat(), **counts}
    journal.write("people.organisation_merged", by=by, at=at, about=lesser, reason=reason, facts=facts)
    _note_teachers(postings, lesser, greater, on, by, at)
    _tell([*(each.teacher.user for each in postings), *(each.user for each in offices)], lesser, greater, on, at)
    return greater


def _require_alike(lesser: Organisation, greater: Organisation) -> None:
    for upper, lower in ((lesser, greater), (greater, lesser)):
        if lower.path.startswith(upper.path):
            raise OneAboveOther(lower=lower.name, upper=upper.name)
    if lesser.level != greater.level:
        one, other = lesser.get_level_display(), greater.get_level_display()
        raise OtherKind(lesser=lesser.name, one=one, greater=greater.name, other=other)
    for unit in (lesser, greater):
        if unit.closed_on:
            raise NotOpen(name=unit.name)


def _require_done(lesser: Organisation, on: dt.date) -> None:
    """Nothing is under way in the lesser's name, and nothing that it laid down binds those below it any longer."""
    for row in hanging.unfinished(lesser):
        raise StillUnderWay(name=lesser.name, kind=hanging.kind(row), row=row)
    for field in hanging.fields(Organisation):
        if field.name == "authority" and issubclass(field.model, Dated):
            for row in field.model._default_manager.between(on, None).filter(authority=lesser).order_by("pk"):
                raise StillRules(name=lesser.name, kind=hanging.kind(row), row=row)


def _require_begun(rows: Iterable[Dated], lesser: Organisation, on: dt.date, at: dt.datetime) -> None:
    """No history is rewritten: what began after the day, unless it is still to come, has been at the lesser."""
    for row in rows:
        if on < row.from_on <= clock.local_date(at):
            raise BegunSince(who=_person(row), name=lesser.name, day=keeping.shown(row.from_on))


def _person(row: Dated) -> str:
    return str(row.user if isinstance(row, Appointment) else row.teacher)


def _take_below(lesser: Organisation, greater: Organisation) -> int:
    """Put the units below the lesser below the greater; how many stood there. Refuses: NameBelowTaken."""
    names = set(greater.children.values_list("name", flat=True))
    for name in lesser.children.order_by("path").values_list("name", flat=True):
        if name in names:
            raise NameBelowTaken(name=name)
    lesser.children.update(parent=greater)
    below = Organisation.objects.under(lesser.path).exclude(pk=lesser.pk)
    return below.update(path=Concat(Value(greater.path), Substr("path", len(lesser.path) + 1)))


def _carry(rows: Rows, greater: Organisation, on: dt.date) -> dict[int, Dated]:
    """Let rows of the lesser go on at the greater from a day: split there, or, where they had not begun before it, put
    there whole. Gives what goes on by the id of the row that was."""
    going_on = {}
    for row in rows:
        was, tail = row.pk, row
        if row.from_on < on:
            tail = copy.copy(row)
            tail.pk, tail._state.adding, tail.from_on = None, True, on
            row.until_on = on - dt.timedelta(days=1)
            row.save(update_fields=["until_on"])
        tail.organisation = greater
        tail.save()
        going_on[was] = tail
    return going_on


def _carry_postings(postings: list[Posting], greater: Organisation, on: dt.date) -> None:
    """Likewise; a posting that is split ended by a transfer."""
    before = [each.pk for each in postings if each.from_on < on]
    _carry(postings, greater, on)
    Posting.objects.filter(pk__in=before).update(ending=Posting.Ending.TRANSFERRED)


def _carry_offices(offices: list[Appointment], greater: Organisation, on: dt.date, at: dt.datetime) -> None:
    """Likewise, but for those that have no place there, with whoever stands in for them; the others' deputies go on
    standing in for what goes on."""
    held = [each for each in offices if each.deputises_for_id is None]
    staying = {each.pk for each in held if _has_place(each, greater, on)}
    going = [each for each in held if each.pk in staying]
    deputies = [each for each in offices if each.deputises_for_id is not None]
    standing_in = [each for each in deputies if each.deputises_for_id in staying]
    for each in standing_in:
        _require_no_other(each, greater, on)
    for each in (*deputies, *held):  # a row that had not begun is gone afterwards, and with it its id
        if each not in going and each not in standing_in:
            appointing.end(each, on - dt.timedelta(days=1), at)
    going_on = _carry(going, greater, on)
    for tail in _carry(standing_in, greater, on).values():
        tail.deputises_for = going_on[tail.deputises_for_id]
        tail.save(update_fields=["deputises_for"])


def _has_place(held: Appointment, greater: Organisation, on: dt.date) -> bool:
    """Whether an office goes on at the greater. Refuses: HoldsBoth."""
    first = max(on, held.from_on)
    if held.office == Appointment.Office.ACCOUNTABLE_HEAD:
        return not greater.appointments.filter(office=held.office, deputises_for=None).between(first, held.until_on)
    same = greater.appointments.filter(office=held.office, user=held.user).between(first, held.until_on).first()
    if same is None:
        return True
    lasts = same.until_on is None or (held.until_on is not None and same.until_on >= held.until_on)
    if same.from_on > first or not lasts:
        raise HoldsBoth(who=str(held.user), office=held.get_office_display())
    return False


def _require_no_other(deputy: Appointment, greater: Organisation, on: dt.date) -> None:
    same = greater.appointments.filter(office=deputy.office, user=deputy.user)
    if same.between(max(on, deputy.from_on), deputy.until_on).exists():
        raise HoldsBoth(who=str(deputy.user), office=deputy.get_office_display())


def _add_stages(lesser: Organisation, greater: Organisation) -> None:
    added = [each for each in lesser.stages if each not in greater.stages]
    if added:
        greater.stages = [*greater.stages, *added]
        greater.save(update_fields=["stages"])


def _note_teachers(
    postings: list[Posting], lesser: Organisation, greater: Organisation, on: dt.date, by: User | None, at: dt.datetime
) -> None:
    """A line about each teacher, as when she is transferred alone: her record tells it, and no file that brought her in
    is undone over it."""
    facts = {"from": lesser.name, "to": greater.name, "on": on.isoformat(), "merged": True}
    for each in postings:
        journal.write("people.teacher_transferred", by=by, at=at, about=each.teacher, facts=facts)


def _tell(
    users: Iterable[User | None], lesser: Organisation, greater: Organisation, on: dt.date, at: dt.datetime
) -> None:
    """Each of them once."""
    to = {user.pk: user for user in users if user and user.is_active}
    facts = {"old": lesser.name, "new": greater.name, "from_on": on.isoformat()}
    inbox.send_all(kind="people.unit_merged", to=to.values(), at=at, facts_of=lambda _user: facts)
