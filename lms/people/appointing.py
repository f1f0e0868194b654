"""Offices: given to a person at a unit for a time, stood in for by a deputy, and withdrawn.

Who gives which office, always within her own scope and never to herself:
- a bureau officer every office at her unit and below it; but bureau officers of her own unit are given by a bureau
  officer of a unit above, so that nobody chooses her own equals;
- an exam officer the offices that an exam needs (marker, judge, clerk), at her unit and below it;
- a school officer the honorary ones at her school: accountable head, leading group, counselling centre;
- the installation itself every one: its first officers.
Who may give an office may withdraw it.
"""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, Organisation, User

Office, Role = Appointment.Office, Appointment.Role
GIVES = {
    Office.BUREAU_OFFICER: tuple(Office),
    Office.EXAM_OFFICER: (Office.MARKER, Office.JUDGE, Office.CLERK),
    Office.SCHOOL_OFFICER: Appointment.HONORARY,
}
OFFICES = tuple(GIVES)
ROLES = {
    Office.LEADING_GROUP: (Role.LEADER, Role.DEPUTY, Role.MEMBER),
    Office.CENTRE: (Role.DIRECTOR, Role.MEMBER),
}
_MINE = "/people/me/offices/"


class NotToOneself(Refusal):
    sentence = _("Nobody gives an office to herself. Ask a colleague whose office covers this unit.")
    status = 403


class NotYoursToGive(Refusal):
    sentence = _("Your office does not give this one here. Ask a bureau officer of the unit above.")
    field = "office"
    status = 403


class UnknownOffice(Refusal):
    sentence = _("This office is not in the list. Choose one of the list.")
    field = "office"


class NotAtASchool(Refusal):
    sentence = _("A school officer is appointed at a school, and {unit} is none. Choose the school itself.")
    field = "office"


class UnitClosed(Refusal):
    sentence = _("{unit} is closed, and no office is given there any more. Choose the unit that took its place.")
    field = "office"


class RoleUnfit(Refusal):
    sentence = _("A leading group and a counselling centre need a role of theirs; other offices have none.")
    field = "role"


class AccountClosed(Refusal):
    sentence = _("The account of {name} is closed. Choose a person whose account is open.")
    field = "user"


class AlreadyHolds(Refusal):
    sentence = _("{name} already holds this office at this unit in that time. Withdraw it first, or change the days.")
    field = "user"


class HeadAlready(Refusal):
    sentence = _("{name} is the accountable head of this unit in that time. Withdraw that first, or change the days.")
    field = "office"


class EndsBeforeItStarts(Refusal):
    sentence = _("The last day lies before the first. Change one of the two.")
    field = "until_on"


class NoDeputy(Refusal):
    sentence = _("Nobody can stand in here: the office is a deputy's itself, or the same person's.")
    field = "office"


class BeyondTheOffice(Refusal):
    sentence = _("A deputy needs a last day, and her days lie within those of the office she stands in for.")
    field = "until_on"


class NotShorter(Refusal):
    sentence = _("The office ends on that day or earlier already, so there is nothing to withdraw.")
    field = "until_on"


def may_give(by: User, office: str, unit: Organisation, at: dt.datetime) -> bool:
    """Whether one of the person's offices gives this one at this unit (the rule stands at the head of this file)."""
    if not access.covers(by, unit, at, *(giver for giver, given in GIVES.items() if office in given)):
        return False
    if office != Office.BUREAU_OFFICER:
        return True
    return any(unit.path != path and unit.path.startswith(path) for path in access.paths(by, at, office))


def stands_at(office: str, unit: Organisation) -> bool:
    """Whether there is such an office at this unit: none at a closed one, school officers only where teachers work."""
    return unit.closed_on is None and (office != Office.SCHOOL_OFFICER or unit.level >= Organisation.Level.SCHOOL)


@transaction.atomic
def appoint(
    *,
    user: User,
    office: str,
    organisation: Organisation,
    from_on: dt.date,
    until_on: dt.date | None,
    role: str = "",
    by: User | None,
    at: dt.datetime,
) -> Appointment:
    """Give an office at a unit from a day to a last day, or without end; `role` is the place in a leading group or a
    centre. The person is told. Who: see the head of this file.

    Refuses: NotToOneself, NotYourOffice, UnknownOffice, NotYoursToGive, UnitClosed, NotAtASchool, RoleUnfit,
    AccountClosed, EndsBeforeItStarts, AlreadyHolds, HeadAlready.
    """
    organisation = Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
    _require_may_give(by, user, office, organisation, at)
    if organisation.closed_on:
        raise UnitClosed(unit=organisation.name)
    if not stands_at(office, organisation):
        raise NotAtASchool(unit=organisation.name)
    if role not in ROLES.get(office, ("",)):
        raise RoleUnfit()
    if until_on and until_on < from_on:
        raise EndsBeforeItStarts()
    if office == Office.ACCOUNTABLE_HEAD:
        _require_no_other_head(user, organisation, from_on, until_on)
    return _give(user, office, organisation, from_on, until_on, by, at, role=role)


@transaction.atomic
def deputise(
    *,
    user: User,
    appointment: Appointment,
    from_on: dt.date,
    until_on: dt.date | None,
    by: User | None,
    at: dt.datetime,
) -> Appointment:
    """Let a person stand in for the holder of an office: the same office at the same unit, for a time within its days;
    it ends with it. Both are told. Who: whoever may give the office.

    Refuses: NotToOneself, NotYourOffice, NotYoursToGive, AccountClosed, NoDeputy, EndsBeforeItStarts, BeyondTheOffice,
    AlreadyHolds.
    """
    stood_for = _locked(appointment)
    _require_may_give(by, user, stood_for.office, stood_for.organisation, at)
    if stood_for.deputises_for_id or stood_for.user_id == user.pk:
        raise NoDeputy()
    if until_on and until_on < from_on:
        raise EndsBeforeItStarts()
    ends_later = stood_for.until_on and until_on and until_on > stood_for.until_on
    if until_on is None or from_on < stood_for.from_on or ends_later:
        raise BeyondTheOffice()
    unit, role = stood_for.organisation, stood_for.role
    deputy = _give(user, stood_for.office, unit, from_on, until_on, by, at, role=role, deputises_for=stood_for)
    facts = {**_told(deputy), "name": str(user)}
    inbox.send(kind="people.deputy_named", to=stood_for.user, at=at, address=_MINE, **facts)
    return deputy


@transaction.atomic
def withdraw(*, appointment: Appointment, until_on: dt.date, by: User | None, at: dt.datetime) -> None:
    """End an office after a last day that is earlier than its own, and with it those who stand in for it. The sessions
    of whoever loses a staff office are over; everybody concerned is told. Who: whoever may give the office.

    Refuses: NotYourOffice, NotYoursToGive, EndsBeforeItStarts, NotShorter.
    """
    held = _locked(appointment)
    if by is not None:
        access.require(by, held.organisation, at, *OFFICES)
        if not may_give(by, held.office, held.organisation, at):
            raise NotYoursToGive()
    if until_on < held.from_on:
        raise EndsBeforeItStarts()
    if held.until_on and held.until_on <= until_on:
        raise NotShorter()
    deputies = list(held.deputies.filter(until_on__gt=until_on).select_related("user", "organisation"))
    for each in (held, *deputies):
        end(each, until_on, at)
    appointment.until_on = until_on
    appointment.user.__dict__.pop("_appointments_on", None)
    facts = {**_facts(held), "deputies": [each.user_id for each in deputies]}
    journal.write("people.office_withdrawn", by=by, at=at, about=held, facts=facts)


def _locked(appointment: Appointment) -> Appointment:
    rows = Appointment.objects.select_for_update(of=("self",)).select_related("user", "organisation")
    return rows.get(pk=appointment.pk)


def _require_may_give(by: User | None, user: User, office: str, unit: Organisation, at: dt.datetime) -> None:
    if by is not None:
        if by.pk == user.pk:
            raise NotToOneself()
        access.require(by, unit, at, *OFFICES)
    if office not in Office.values:
        raise UnknownOffice()
    if by is not None and not may_give(by, office, unit, at):
        raise NotYoursToGive()
    if not user.is_active:
        raise AccountClosed(name=str(user))


def _give(
    user: User,
    office: str,
    unit: Organisation,
    from_on: dt.date,
    until_on: dt.date | None,
    by: User | None,
    at: dt.datetime,
    **more: object,
) -> Appointment:
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    held = Appointment.objects.filter(user=user, office=office, organisation=unit)
    if held.between(from_on, until_on).exists():
        raise AlreadyHolds(name=str(user))
    try:
        with transaction.atomic():
            given = Appointment.objects.create(
                user=user, office=office, organisation=unit, from_on=from_on, until_on=until_on, given_by=by, **more
            )
    except IntegrityError as error:
        raise AlreadyHolds(name=str(user)) from error
    user.__dict__.pop("_appointments_on", None)
    journal.write("people.office_given", by=by, at=at, about=given, facts=_facts(given))
    if by is not None:
        inbox.send(kind="people.office_given", to=user, at=at, address=_MINE, **_told(given))
    return given


def end(held: Appointment, until_on: dt.date, at: dt.datetime) -> None:
    """After `until_on` the office is over; one that would only begin later never does. The sessions of whoever loses a
    staff office are over, and she is told. For acts that have asked who may."""
    if held.from_on > until_on:
        held.delete()
    else:
        held.until_on = until_on
        held.save(update_fields=["until_on"])
    if held.office not in Appointment.HONORARY:
        User.objects.filter(pk=held.user_id).update(session_epoch=F("session_epoch") + 1)
    facts = {**_told(held), "until_on": until_on.isoformat()}
    inbox.send(kind="people.office_withdrawn", to=held.user, at=at, address=_MINE, **facts)


def _require_no_other_head(user: User, unit: Organisation, from_on: dt.date, until_on: dt.date | None) -> None:
    heads = Appointment.objects.filter(organisation=unit, office=Office.ACCOUNTABLE_HEAD, deputises_for=None)
    other = heads.filter(~Q(user=user)).between(from_on, until_on).select_related("user").first()
    if other:
        raise HeadAlready(name=str(other.user))


def _told(given: Appointment) -> dict:
    """What the message says; the office by its code, for the reader's language."""
    return {
        "office": given.office,
        "unit": given.organisation.name,
        "is_deputy": given.deputises_for_id is not None,
        "from_on": given.from_on.isoformat(),
        "until_on": given.until_on.isoformat() if given.until_on else None,
    }


def _facts(appointment: Appointment) -> dict:
    facts = {
        "user": appointment.user_id,
        "name": str(appointment.user),
        "office": appointment.office,
        "organisation": appointment.organisation_id,
        "from_on": appointment.from_on.isoformat(),
        "until_on": appointment.until_on.isoformat() if appointment.until_on else None,
    }
    if appointment.deputises_for_id:
        facts["deputises_for"] = appointment.deputises_for_id
    return facts
