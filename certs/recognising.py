"""An authority names the certificates of others that it knows, and what level of its own each of them counts as."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import formats
from django.utils.translation import gettext_lazy as _

from certs.models import ExternalType, Level
from certs.requiring import DatesReversed, require_usable
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, Organisation, User

OFFICE = Appointment.Office.BUREAU_OFFICER


class TypeUnnamed(Refusal):
    sentence = _("Write what the certificate is called and who issues it.")
    field = "name"


class TypeKnown(Refusal):
    sentence = _("{authority} knows a certificate “{name}” already. Map that one, or choose another name.")
    field = "name"


class TypeEnded(Refusal):
    sentence = _("This certificate is no longer taken in since {day}. Name it anew if it is to be taken in again.")
    field = "until_on"


class MappedSo(Refusal):
    sentence = _("It is mapped like this already. Choose another level, or go back.")
    field = "equals"


@transaction.atomic
def name_type(
    *,
    authority: Organisation,
    name: str,
    issuer: str,
    equals: Level | None = None,
    from_on: dt.date,
    by: User,
    at: dt.datetime,
) -> ExternalType:
    """Make a certificate of somebody else known from a day on, and say what level it counts as, if any. Refuses:
    NotYourOffice, TypeUnnamed, TypeKnown, and ForeignLevel for a level of a scheme neither of this authority nor of
    one above it."""
    authority = _locked(authority)
    access.require(by, authority, at, OFFICE)
    name, issuer = " ".join(name.split()), " ".join(issuer.split())
    if not name or not issuer:
        raise TypeUnnamed()
    if equals is not None:
        require_usable(equals, authority)
    open_ones = ExternalType.objects.filter(Q(until_on=None) | Q(until_on__gte=from_on), authority=authority)
    if open_ones.filter(name=name).exists():
        raise TypeKnown(authority=authority.name, name=name)
    try:
        with transaction.atomic():
            made = ExternalType.objects.create(
                authority=authority, name=name, issuer=issuer, equals=equals, from_on=from_on
            )
    except IntegrityError as twice:
        raise TypeKnown(authority=authority.name, name=name) from twice
    facts = {"issuer": issuer, "equals": _said(equals), "from_on": from_on.isoformat()}
    journal.write("certs.external_type_named", by=by, at=at, about=made, facts=facts)
    return made


@transaction.atomic
def map_type(*, kind: ExternalType, equals: Level | None, by: User, at: dt.datetime) -> ExternalType:
    """Say what level a certificate of somebody else counts as, or None: none. It holds at once for every verified
    one, on past days as well. Refuses: NotYourOffice, ForeignLevel, MappedSo."""
    authority = _locked(kind.authority)
    access.require(by, authority, at, OFFICE)
    kind = ExternalType.objects.select_related("equals").get(pk=kind.pk)
    if equals is not None:
        require_usable(equals, authority)
    if kind.equals == equals:
        raise MappedSo()
    facts = {"from": _said(kind.equals), "to": _said(equals)}
    kind.equals = equals
    kind.save(update_fields=["equals"])
    journal.write("certs.external_type_mapped", by=by, at=at, about=kind, facts=facts)
    return kind


@transaction.atomic
def end_type(*, kind: ExternalType, until_on: dt.date, by: User, at: dt.datetime) -> ExternalType:
    """Take a certificate in for the last time on a day; those verified go on counting. Refuses: NotYourOffice,
    DatesReversed, TypeEnded."""
    authority = _locked(kind.authority)
    access.require(by, authority, at, OFFICE)
    kind = ExternalType.objects.get(pk=kind.pk)
    if until_on < kind.from_on:
        raise DatesReversed(first=_day(kind.from_on))
    if kind.until_on is not None and kind.until_on <= max(until_on, clock.local_date(at)):
        raise TypeEnded(day=_day(kind.until_on))
    kind.until_on = until_on
    kind.save(update_fields=["until_on"])
    journal.write("certs.external_type_ended", by=by, at=at, about=kind, facts={"until_on": until_on.isoformat()})
    return kind


def _locked(authority: Organisation) -> Organisation:
    return Organisation.objects.select_for_update(of=("self",)).get(pk=authority.pk)


def _said(level: Level | None) -> str:
    return str(level) if level else ""


def _day(day: dt.date) -> str:
    return formats.date_format(day, "DATE_FORMAT")
