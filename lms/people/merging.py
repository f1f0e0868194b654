"""Two records of one person become one: the lesser points at the greater, both rows stay."""

import datetime as dt
from collections.abc import Iterator

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import hanging, keeping
from lms.people.models import Appointment, Posting, Teacher, User

OFFICES = Appointment.BUREAU_OFFICES


class SameRecord(Refusal):
    sentence = _("This is one and the same record. Choose the other one.")
    field = "greater"


class StaysWithoutAccount(Refusal):
    sentence = _("The record that is to stay has no account, so she could not sign in. Keep the other one.")
    field = "greater"


class StaysWithoutSchool(Refusal):
    sentence = _("The record that is to stay is at no school today, the other one is. Keep the other one.")
    field = "greater"


class StillInOffice(Refusal):
    sentence = _("The account that is to close holds offices: {offices}. Withdraw them first, or keep that record.")
    field = "greater"


class StandsInTheWay(Refusal):
    sentence = _(
        "Both records have {kind} “{row}”, which one person can have only once. Settle that first; nothing was merged."
    )
    field = "greater"


class StillUnderWay(Refusal):
    sentence = _("The record that is to close takes part in {kind} “{row}”, which is not over. Keep it, or wait.")
    field = "greater"


@transaction.atomic
def merge(*, lesser: Teacher, greater: Teacher, reason: str, by: User | None, at: dt.datetime) -> Teacher:
    """Join a second record of the same person to the one that stays. Nothing that hangs on the lesser is moved:
    questions about the person ask for both. The lesser's school and posts end, its account closes and is signed out.
    Who: an officer whose bureau or exam offices cover the schools of both, or the installation itself.

    Refuses: SameRecord, RecordMerged, NotYourOffice, ReasonMissing, StaysWithoutAccount, StaysWithoutSchool,
    StillInOffice, StandsInTheWay (a unique constraint that both together would break, such as two registrations for
    one exam), StillUnderWay (a row for which she may still need the account that closes).
    """
    if lesser.pk == greater.pk:
        raise SameRecord()
    for each in sorted((lesser.pk, greater.pk)):
        Teacher.objects.select_for_update(of=("self",)).get(pk=each)
    lesser, greater = keeping.locked(lesser), keeping.locked(greater)
    keeping.require(lesser, by, at, *OFFICES)
    keeping.require(greater, by, at, *OFFICES)
    reason = keeping.given(reason)
    _require_better(lesser, greater, at)
    _end(lesser, clock.local_date(at))
    for row in clashes(lesser, greater):
        raise StandsInTheWay(kind=hanging.kind(row), row=row)
    for row in hanging.unfinished(lesser):
        raise StillUnderWay(kind=hanging.kind(row), row=row)
    lesser.merged_from.update(merged_into=greater)
    lesser.merged_into = greater
    lesser.save(update_fields=["merged_into"])
    _close_account(lesser.user)
    facts = {"lesser": lesser.pk, "greater": greater.pk}
    journal.write("people.records_merged", by=by, at=at, about=greater, reason=reason, facts=facts)
    keeping.tell(greater, by, at, kind="people.records_merged", reason=reason)
    return greater


def clashes(lesser: Teacher, greater: Teacher) -> Iterator[models.Model]:
    """The lesser's rows that a unique constraint forbids beside the greater's, were both one person; records merged
    into either before count with it. Of a kind that says so (`both_may_stay`) one person may well have two."""
    mine = [lesser.pk, *lesser.merged_from.values_list("pk", flat=True)]
    hers = [greater.pk, *greater.merged_from.values_list("pk", flat=True)]
    for field in hanging.fields(Teacher):
        if getattr(field.model, "both_may_stay", False):
            continue
        for others, condition in _unique_with(field):
            yield from _doubled(field, others, condition, mine, hers)


def _unique_with(field: models.ForeignKey) -> Iterator[tuple[list, models.Q]]:
    """Every rule by which rows of the field's model are unique together with the field: the other fields or
    expressions it names, and on which rows it holds."""
    meta = field.model._meta
    rules = [([models.F(name) for name in names], models.Q()) for names in meta.unique_together]
    rules += [
        ([*map(models.F, each.fields), *each.expressions], each.condition or models.Q())
        for each in meta.constraints
        if isinstance(each, models.UniqueConstraint)
    ]
    if field.unique:
        rules.append(([models.F(field.name)], models.Q()))
    for parts, condition in rules:
        others = [each for each in parts if field.name not in _fields_of(each)]
        if len(others) < len(parts):
            yield others, condition


def _fields_of(expression: models.F | models.expressions.BaseExpression) -> set[str]:
    """The names of the fields that an expression mentions."""
    parts = [expression] if isinstance(expression, models.F) else expression.flatten()
    return {each.name for each in parts if isinstance(each, models.F)}


def _doubled(
    field: models.ForeignKey, others: list, condition: models.Q, mine: list[int], hers: list[int]
) -> Iterator[models.Model]:
    """The rows of `mine` that are equal to one of `hers` in everything that the rule names besides the person."""
    keys = {f"key_{number}": expression for number, expression in enumerate(others)}
    rows = field.model._base_manager.filter(condition).annotate(**keys)
    taken = set(rows.filter(**{f"{field.name}__in": hers}).values_list(*keys))
    for row in rows.filter(**{f"{field.name}__in": mine}).order_by("pk"):
        key = tuple(getattr(row, name) for name in keys)
        if key in taken and None not in key:
            yield row


def _require_better(lesser: Teacher, greater: Teacher, at: dt.datetime) -> None:
    if lesser.user and not greater.user:
        raise StaysWithoutAccount()
    if _is_posted(lesser) and not _is_posted(greater):
        raise StaysWithoutSchool()
    held = lesser.user.appointments_on(clock.local_date(at)) if lesser.user else []
    if held:
        raise StillInOffice(offices=", ".join(str(each) for each in held))


def _is_posted(teacher: Teacher) -> bool:
    return Posting.objects.filter(teacher=teacher, until_on=None).exists()


def _end(lesser: Teacher, day: dt.date) -> None:
    """The lesser's posting and posts had their last day yesterday; what began only today or later, on its first."""
    yesterday = day - dt.timedelta(days=1)
    for row in (*lesser.postings.between(day, None), *lesser.posts.between(day, None)):
        row.until_on = max(row.from_on, yesterday)
        row.save(update_fields=["until_on"])


def _close_account(user: User | None) -> None:
    if user:
        user.is_active = False
        user.session_epoch += 1
        user.save(update_fields=["is_active", "session_epoch"])
