"""An authority says who must hold which level, or is meant to, from which day on; ends it, or takes it back in time."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import formats
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from certs.models import DutyRule, Level
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, Organisation, PostHeld, SchoolStage, User

OFFICE = Appointment.Office.BUREAU_OFFICER


class PostUnknown(Refusal):
    sentence = _("This post or school stage is not in the list. Choose one of the list.")
    field = "post"


class ForeignLevel(Refusal):
    sentence = _(
        "“{level}” belongs to {authority}, which is not above {unit}. The same letters mean something else there; "
        "choose a level of your own authority or of one above it."
    )
    field = "level"


class DatesReversed(Refusal):
    sentence = _("It would end before it begins. Choose a last day on or after {first}.")
    field = "until_on"


class RulesOverlap(Refusal):
    sentence = _("In these days another rule holds: {rule}, {dates}. End that one first, or choose other days.")
    field = "from_on"


class EndsAlready(Refusal):
    sentence = _("This rule ends on {day} already. Choose an earlier day, or leave it.")
    field = "until_on"


class HasBegun(Refusal):
    sentence = _("This rule has bound people since {day}, so it cannot be taken back. End it on a day instead.")


class RuleGone(Refusal):
    sentence = _("This rule has been taken back meanwhile. There is nothing left to do.")


@transaction.atomic
def set_rule(
    *,
    authority: Organisation,
    post: str,
    stage: str = "",
    level: Level,
    is_required: bool = True,
    from_on: dt.date,
    until_on: dt.date | None = None,
    source: str = "",
    by: User,
    at: dt.datetime,
) -> DutyRule:
    """Say that whoever holds a post (for a school stage; "" for every one) below an authority must hold a level or a
    higher one from a day on, or is only meant to (`is_required` False: a target). `source` names the document.

    Refuses: NotYourOffice, PostUnknown, ForeignLevel (of a scheme neither of this authority nor of one above),
    DatesReversed, RulesOverlap (another rule of the same authority, post, stage and scheme in these days).
    """
    authority = _locked(authority)
    access.require(by, authority, at, OFFICE)
    if post not in PostHeld.Post.values or stage not in ("", *SchoolStage.values):
        raise PostUnknown()
    require_usable(level, authority)
    if until_on is not None and until_on < from_on:
        raise DatesReversed(first=_day(from_on))
    rule = DutyRule(
        authority=authority,
        post=post,
        stage=stage,
        level=level,
        is_required=is_required,
        from_on=from_on,
        until_on=until_on,
        source=source.strip(),
        set_by=by,
        set_at=at,
    )
    _require_free(rule)
    try:
        with transaction.atomic():
            rule.save()
    except IntegrityError as twice:
        raise RulesOverlap(rule=str(rule), dates=dates(rule)) from twice
    facts = {"required": is_required, **_facts(rule)}
    journal.write("certs.duty_set", by=by, at=at, about=rule, reason=rule.source, facts=facts)
    return rule


@transaction.atomic
def end_rule(*, rule: DutyRule, until_on: dt.date, by: User, at: dt.datetime) -> DutyRule:
    """Let a rule hold for the last time on a day; from the next day on it binds nobody. Refuses: NotYourOffice,
    RuleGone, DatesReversed, EndsAlready (a rule is shortened, never made longer: set another one for that)."""
    rule = _held(rule, by, at)
    if until_on < rule.from_on:
        raise DatesReversed(first=_day(rule.from_on))
    if rule.until_on is not None and rule.until_on <= until_on:
        raise EndsAlready(day=_day(rule.until_on))
    rule.until_on = until_on
    rule.save(update_fields=["until_on"])
    journal.write("certs.duty_ended", by=by, at=at, about=rule, facts=_facts(rule))
    return rule


@transaction.atomic
def take_back_rule(*, rule: DutyRule, by: User, at: dt.datetime) -> None:
    """Take back a rule before its first day, as one that has bound nobody; what it was stays in the journal. Refuses:
    NotYourOffice, RuleGone, HasBegun."""
    rule = _held(rule, by, at)
    if rule.from_on <= clock.local_date(at):
        raise HasBegun(day=_day(rule.from_on))
    facts = {"required": rule.is_required, **_facts(rule)}
    journal.write("certs.duty_taken_back", by=by, at=at, about=rule, reason=rule.source, facts=facts)
    rule.delete()


def require_usable(level: Level, authority: Organisation) -> None:
    """Refuse (ForeignLevel) a level of a scheme that is neither this authority's nor that of one above it."""
    owner = level.scheme.authority
    if owner.pk not in (authority.pk, *authority.ancestor_ids):
        raise ForeignLevel(level=level.name, authority=owner.name, unit=authority.name)


def dates(rule: DutyRule) -> str:
    """From when until when a rule holds, in the reader's language."""
    if rule.until_on is None:
        return gettext("from {first} on").format(first=_day(rule.from_on))
    return gettext("{first} to {last}").format(first=_day(rule.from_on), last=_day(rule.until_on))


def _locked(authority: Organisation) -> Organisation:
    """The authority's row, locked: rules of one authority are set one after the other."""
    return Organisation.objects.select_for_update(of=("self",)).get(pk=authority.pk)


def _held(rule: DutyRule, by: User, at: dt.datetime) -> DutyRule:
    """The rule as it stands now, its authority locked, if this person may change it."""
    authority = _locked(rule.authority)
    access.require(by, authority, at, OFFICE)
    found = DutyRule.objects.select_related("level").filter(pk=rule.pk).first()
    if found is None:
        raise RuleGone()
    return found


def _require_free(rule: DutyRule) -> None:
    others = DutyRule.objects.filter(
        Q(until_on=None) | Q(until_on__gte=rule.from_on),
        authority=rule.authority,
        post=rule.post,
        stage=rule.stage,
        level__scheme=rule.level.scheme_id,
    )
    if rule.until_on is not None:
        others = others.filter(from_on__lte=rule.until_on)
    if other := others.select_related("level").order_by("from_on").first():
        raise RulesOverlap(rule=str(other), dates=dates(other))


def _facts(rule: DutyRule) -> dict[str, str]:
    return {
        "post": rule.post,
        "stage": rule.stage,
        "level": str(rule.level),
        "from_on": rule.from_on.isoformat(),
        "until_on": rule.until_on.isoformat() if rule.until_on else "",
    }


def _day(day: dt.date) -> str:
    return formats.date_format(day, "DATE_FORMAT")
