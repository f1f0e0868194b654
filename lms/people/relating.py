"""Kin and mentors, declared: so that neither judges the other."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import keeping, names
from lms.people.attempts import Counter
from lms.people.models import Appointment, Posting, Relation, Teacher, User

OFFICES = Appointment.RECORD_KEEPERS
# Who works where is not to be found out by trying names.
_MISSES = Counter("relate", limit=20, seconds=3600)


class NobodyFits(Refusal):
    """One sentence for nobody and for several, so that nobody learns who has an account."""

    sentence = _("No single account fits this name and unit. Check both, or ask your education bureau to enter it.")
    field = "full_name"
    status = 422


class RelatedToHerself(Refusal):
    sentence = _("That is the same person. Name the relative, or the mentor.")
    field = "full_name"


class UnknownKind(Refusal):
    sentence = _("Choose whether it is a relative or a mentor.")
    field = "kind"


class AlreadyDeclared(Refusal):
    sentence = _("This relation to {name} is declared already.")
    field = "full_name"


class RelationOver(Refusal):
    sentence = _("This relation has been withdrawn already.")


def find(*, full_name: str, unit_name: str, by: User, at: dt.datetime) -> User:
    """The one open account of this full name at a unit of this name: a teacher's at her school, an officer's at the
    unit of her office. Refuses: BadName, NobodyFits, and TooManyTries after twenty of these in an hour."""
    _MISSES.require_free(str(by.pk), at)
    full_name, unit_name = names.normalise(full_name), " ".join(unit_name.split())
    day = clock.local_date(at)
    posted = Posting.objects.held_on(day).filter(organisation__name=unit_name)
    office = Appointment.objects.held_on(day).filter(organisation__name=unit_name)
    found = User.objects.filter(
        Q(teacher__in=posted.values("teacher")) | Q(pk__in=office.values("user")), full_name=full_name, is_active=True
    )
    if len(people := list(found.distinct()[:2])) != 1:
        _MISSES.count(str(by.pk), at)
        raise NobodyFits()
    return people[0]


@transaction.atomic
def declare(*, teacher: Teacher, other: User, kind: str, by: User | None, at: dt.datetime) -> Relation:
    """Say that another person is kin of a teacher, or her mentor, from today on. Who: she herself; a bureau, exam or
    school officer whose office covers her school; or the installation itself.

    Refuses: RecordMerged, NotYourOffice, UnknownKind, RelatedToHerself, AlreadyDeclared.
    """
    teacher = keeping.locked(teacher)
    _require(teacher, by, at)
    if kind not in Relation.Kind.values:
        raise UnknownKind()
    if other.pk in _accounts(teacher):
        raise RelatedToHerself()
    day = clock.local_date(at)
    if Relation.objects.filter(teacher=teacher, other=other, kind=kind).between(day, None).exists():
        raise AlreadyDeclared(name=str(other))
    try:
        with transaction.atomic():
            relation = Relation.objects.create(
                teacher=teacher, other=other, kind=kind, from_on=day, declared_by=by or teacher.user, declared_at=at
            )
    except IntegrityError as error:
        raise AlreadyDeclared(name=str(other)) from error
    journal.write("people.relation_declared", by=by, at=at, about=teacher, facts=_facts(relation))
    keeping.tell(teacher, by, at, kind="people.record_changed", what="relation", reason="")
    return relation


@transaction.atomic
def withdraw(*, relation: Relation, by: User | None, at: dt.datetime) -> Relation:
    """Today is the last day of a relation. Who: as `declare`. Refuses: RecordMerged, NotYourOffice, RelationOver."""
    teacher = keeping.locked(relation.teacher)
    _require(teacher, by, at)
    relation = Relation.objects.select_related("other").get(pk=relation.pk)
    if relation.until_on:
        raise RelationOver()
    relation.until_on = max(relation.from_on, clock.local_date(at))
    relation.save(update_fields=["until_on"])
    journal.write("people.relation_withdrawn", by=by, at=at, about=teacher, facts=_facts(relation))
    keeping.tell(teacher, by, at, kind="people.record_changed", what="relation", reason="")
    return relation


def _require(teacher: Teacher, by: User | None, at: dt.datetime) -> None:
    if by is None or teacher.user_id != by.pk:
        keeping.require(teacher, by, at, *OFFICES)


def _accounts(teacher: Teacher) -> set[int]:
    """The accounts of one person, of records merged into hers as well."""
    return {teacher.user_id, *teacher.merged_from.values_list("user", flat=True)}


def _facts(relation: Relation) -> dict:
    return {"other": relation.other_id, "name": str(relation.other), "kind": relation.kind}
