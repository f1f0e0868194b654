"""Units: found in their place in the tree, moved to another, named anew, closed and opened again."""

import datetime as dt
import re
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext_lazy as _

from lms.journal import writing as journal
from lms.lib import crypto
from lms.lib.refusals import Refusal
from lms.people import access, keeping
from lms.people.models import Appointment, Organisation, Posting, SchoolStage, User

OFFICES = Appointment.BUREAU_OFFICES
_CODE = re.compile(r"[0-9A-Za-z]{1,18}")
_LONGEST = 120


class UnitNameMissing(Refusal):
    sentence = _("Give the unit its name, at most {longest} characters.")
    field = "name"


class UnitCodeUnusable(Refusal):
    sentence = _("A code is 1 to 18 letters and digits.")
    field = "code"


class UnitCodeTaken(Refusal):
    sentence = _("The code {code} belongs to another unit. Look the code up again.")
    field = "code"


class UnitNameTaken(Refusal):
    sentence = _("{parent} already has a unit called “{name}”. Use it, or give this one another name.")
    field = "name"


class WrongLevel(Refusal):
    sentence = _("A unit of level “{level}” cannot stand below one of level “{parent}”. Choose a higher one.")
    field = "parent"


class ParentClosed(Refusal):
    sentence = _("{parent} was closed. Choose the unit that took its place.")
    field = "parent"


class WrongStages(Refusal):
    sentence = _("Only schools have school stages, each of those named in the list.")
    field = "stages"


class UnderItself(Refusal):
    sentence = _("{parent} stands below {name} itself. Choose a unit outside of it.")
    field = "parent"


class BelowAlready(Refusal):
    sentence = _("{name} stands below {parent} already. Choose another unit.")
    field = "parent"


class SameUnitName(Refusal):
    sentence = _("That is the unit's name already. Write the new one.")
    field = "name"


class ClosedAlready(Refusal):
    sentence = _("{name} was closed on {day} already.")


class NotClosed(Refusal):
    sentence = _("{name} is open, so there is nothing to open again.")


class HasSuccessor(Refusal):
    sentence = _("{name} was merged into {successor}, which has its teachers and offices. Found a new unit instead.")


class AboveClosed(Refusal):
    sentence = _("{parent}, the unit above, is closed. Open that one first.")


class UnitsOpenBelow(Refusal):
    sentence = _("{name} still has open units below it, such as {unit}. Close or move them first.")


class TeachersPosted(Refusal):
    sentence = _("{name} still has teachers, such as {teacher}. Transfer them first, or enter that they left.")


@transaction.atomic
def found(
    *,
    name: str,
    code: str,
    level: int,
    parent: Organisation | None,
    stages: Iterable[str] = (),
    by: User | None,
    at: dt.datetime,
) -> Organisation:
    """Found a unit below a parent of a higher level; levels may be left out. `stages` are a school's. Who: an officer
    whose bureau or exam office covers the parent, or the installation itself, which alone founds a root.

    Refuses: NotYourOffice, UnitNameMissing, UnitCodeUnusable, WrongLevel, ParentClosed, WrongStages, UnitCodeTaken,
    UnitNameTaken.
    """
    name, code, stages = " ".join(name.split()), code.strip(), [str(stage) for stage in stages]
    if parent:
        parent = Organisation.objects.select_for_update().get(pk=parent.pk)
    require_officer(parent, by, at)
    _require_sound(name, code, Organisation.Level(level), parent, stages)
    if Organisation.objects.filter(code=code).exists():
        raise UnitCodeTaken(code=code)
    if Organisation.objects.filter(parent=parent, name=name).exists():
        raise UnitNameTaken(parent=parent or "", name=name)
    try:
        with transaction.atomic():
            unit = Organisation.objects.create(
                name=name, code=code, level=level, parent=parent, path=crypto.token(), stages=stages
            )
    except IntegrityError as error:
        raise UnitCodeTaken(code=code) from error
    unit.path = f"{parent.path if parent else ''}{unit.pk:08d}/"
    unit.save(update_fields=["path"])
    journal.write("people.organisation_founded", by=by, at=at, about=unit, facts={"code": code, "level": int(level)})
    return unit


@transaction.atomic
def move(*, unit: Organisation, parent: Organisation, by: User | None, at: dt.datetime) -> Organisation:
    """Put a unit, with everything below it, under another parent. What was done before stays with the units it was
    done for. Who: an officer whose bureau or exam offices cover the old parent and the new one, or the installation.

    Refuses: NotYourOffice, UnderItself, BelowAlready, WrongLevel, ParentClosed, UnitNameTaken.
    """
    unit, parent = locked_tree(unit, parent)
    require_officer(unit.parent, by, at)
    require_officer(parent, by, at)
    if parent.path.startswith(unit.path):
        raise UnderItself(parent=parent.name, name=unit.name)
    if unit.parent_id == parent.pk:
        raise BelowAlready(name=unit.name, parent=parent.name)
    _require_below(Organisation.Level(unit.level), parent)
    before, old = unit.parent, unit.path
    new = f"{parent.path}{unit.pk:08d}/"
    _rename_within(unit, unit.name, parent)
    below = Organisation.objects.under(old)
    below.update(path=Concat(Value(new), Substr("path", len(old) + 1)))
    unit.path = new
    facts = {"from": before.name if before else "", "to": parent.name}
    journal.write("people.organisation_moved", by=by, at=at, about=unit, facts=facts)
    return unit


@transaction.atomic
def rename(*, unit: Organisation, name: str, by: User | None, at: dt.datetime) -> Organisation:
    """Give a unit another name. What was issued and written before keeps the old one. Who: an officer whose bureau or
    exam office covers the unit above, or the installation itself.

    Refuses: NotYourOffice, UnitNameMissing, SameUnitName, UnitNameTaken.
    """
    unit = _locked(unit)
    require_officer(unit.parent, by, at)
    name, before = " ".join(name.split()), unit.name
    if not name or len(name) > _LONGEST:
        raise UnitNameMissing(longest=_LONGEST)
    if name == before:
        raise SameUnitName()
    _rename_within(unit, name, unit.parent)
    journal.write("people.organisation_renamed", by=by, at=at, about=unit, facts={"before": before})
    return unit


@transaction.atomic
def close(*, unit: Organisation, on: dt.date, reason: str, by: User | None, at: dt.datetime) -> Organisation:
    """Close a unit from a day on: nobody is registered or transferred there any more, its history stays. Who: as
    `rename`.

    Refuses: NotYourOffice, ReasonMissing, ClosedAlready, DayAhead, UnitsOpenBelow, TeachersPosted.
    """
    unit = _locked(unit)
    require_officer(unit.parent, by, at)
    reason = keeping.given(reason)
    if unit.closed_on:
        raise ClosedAlready(name=unit.name, day=keeping.shown(unit.closed_on))
    keeping.require_come(on, at)
    if below := unit.children.filter(closed_on=None).order_by("path").first():
        raise UnitsOpenBelow(name=unit.name, unit=below.name)
    posted = Posting.objects.between(on, None).filter(organisation=unit).select_related("teacher")
    if someone := posted.order_by("pk").first():
        raise TeachersPosted(name=unit.name, teacher=someone.teacher.full_name)
    unit.closed_on = on
    unit.save(update_fields=["closed_on"])
    journal.write("people.organisation_closed", by=by, at=at, about=unit, reason=reason, facts={"on": on.isoformat()})
    return unit


@transaction.atomic
def reopen(*, unit: Organisation, reason: str, by: User | None, at: dt.datetime) -> Organisation:
    """Open a closed unit again, as it was: teachers are registered there, offices given. Who: as `rename`.

    Refuses: NotYourOffice, ReasonMissing, NotClosed, HasSuccessor (it was merged into another), AboveClosed.
    """
    unit = _locked(unit)
    require_officer(unit.parent, by, at)
    reason = keeping.given(reason)
    if unit.closed_on is None:
        raise NotClosed(name=unit.name)
    if unit.successor:
        raise HasSuccessor(name=unit.name, successor=unit.successor.name)
    if unit.parent and unit.parent.closed_on:
        raise AboveClosed(parent=unit.parent.name)
    facts = {"closed_on": unit.closed_on.isoformat()}
    unit.closed_on = None
    unit.save(update_fields=["closed_on"])
    journal.write("people.organisation_reopened", by=by, at=at, about=unit, reason=reason, facts=facts)
    return unit


def _locked(unit: Organisation) -> Organisation:
    return Organisation.objects.select_for_update(of=("self",)).select_related("parent", "successor").get(pk=unit.pk)


def locked_tree(unit: Organisation, parent: Organisation) -> tuple[Organisation, Organisation]:
    """The two units, with the roots of their trees and everything below the first locked: of two moves at once the
    second sees where the first has put things, and no unit is founded below meanwhile."""
    roots = {int(each.path.split("/")[0]) for each in (unit, parent)}
    for each in sorted(roots):
        Organisation.objects.select_for_update(of=("self",)).get(pk=each)
    found = Organisation.objects.select_related("parent").in_bulk([unit.pk, parent.pk])
    list(Organisation.objects.under(found[unit.pk].path).select_for_update(of=("self",)).order_by("pk"))
    if parent.pk != unit.pk:
        _locked(parent)
    return found[unit.pk], found[parent.pk]


def _rename_within(unit: Organisation, name: str, parent: Organisation | None) -> None:
    """Write a unit's name and parent. Refuses: UnitNameTaken."""
    taken = Organisation.objects.filter(parent=parent, name=name).exclude(pk=unit.pk)
    if taken.exists():
        raise UnitNameTaken(parent=parent or "", name=name)
    unit.name, unit.parent = name, parent
    try:
        with transaction.atomic():
            unit.save(update_fields=["name", "parent"])
    except IntegrityError as error:
        raise UnitNameTaken(parent=parent or "", name=name) from error


def require_officer(parent: Organisation | None, by: User | None, at: dt.datetime) -> None:
    if by is None:
        return
    if parent is None:
        raise access.NotYourOffice()
    access.require(by, parent, at, *OFFICES)


def _require_sound(name: str, code: str, level: Organisation.Level, parent: Organisation | None, stages: list) -> None:
    if not name or len(name) > _LONGEST:
        raise UnitNameMissing(longest=_LONGEST)
    if not _CODE.fullmatch(code):
        raise UnitCodeUnusable()
    if parent:
        _require_below(level, parent)
    if stages and (level != Organisation.Level.SCHOOL or any(each not in SchoolStage.values for each in stages)):
        raise WrongStages()


def _require_below(level: Organisation.Level, parent: Organisation) -> None:
    """Refuses: WrongLevel, ParentClosed."""
    if parent.level >= level or parent.level >= Organisation.Level.SCHOOL:
        raise WrongLevel(level=level.label, parent=parent.get_level_display())
    if parent.closed_on:
        raise ParentClosed(parent=parent.name)
