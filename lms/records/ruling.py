"""An authority says how many hours it demands from which day on, and what else earns hours; ends or takes it back."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import formats
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Organisation, User
from lms.records import wording
from lms.records.models import Conversion, HourEntry, RuleSet

OFFICE = RuleSet.OFFICE


class RuleSetUnnamed(Refusal):
    sentence = _("Write what these rules are called.")
    field = "name"


class RuleSetReversed(Refusal):
    sentence = _("It would end before it begins. Choose a last day on or after {first}.")
    field = "until_on"


class RuleSetsOverlap(Refusal):
    sentence = _("In these days “{name}” holds already: {dates}. End it first, or choose other days.")
    field = "from_on"


class CategoriesTooMany(Refusal):
    sentence = _("The categories together demand {sum} hours, more than the {yearly} hours of the year.")
    field = "yearly"


class DemandUnusable(Refusal):
    sentence = _(
        "Hours are numbers from 0 up with at most one decimal, and the year demands more than none; a day has at most "
        "24 hours, an hour at most 60 minutes, and a cycle has at most 10 years."
    )
    field = "yearly"


class YearBeginsNowhere(Refusal):
    sentence = _("The training year begins in a month from 1 to 12, on a day from 1 to 28.")
    field = "year_day"


class KindTwice(Refusal):
    sentence = _("“{kind}” stands twice among what earns hours. Keep one.")


class ConversionUnusable(Refusal):
    sentence = _("“{kind}”: hours each and the most in a year are more than 0, with at most one decimal, or left out.")


class RuleSetEndsAlready(Refusal):
    sentence = _("These rules end on {day} already. Choose an earlier day, or leave it.")
    field = "until_on"


class RuleSetHasBegun(Refusal):
    sentence = _("These rules have bound people since {day}, so they cannot be taken back. End them on a day instead.")


class RuleSetGone(Refusal):
    sentence = _("These rules have been taken back meanwhile. There is nothing left to do.")


@dataclass(frozen=True)
class Demand:
    """What a rule set demands, in hours of `minutes_per_hour`; the training year begins on a month and day."""

    yearly: Decimal
    general: Decimal = Decimal(0)
    professional: Decimal = Decimal(0)
    elective: Decimal = Decimal(0)
    daily_cap: Decimal = Decimal(8)
    minutes_per_hour: int = 45
    cycle_hours: Decimal = Decimal(360)
    cycle_years: int = 5
    year_month: int = 1
    year_day: int = 1


@dataclass(frozen=True)
class Credit:
    """What a deed of a kind earns: hours each (None: as its paper states), at most so many in a training year."""

    kind: str
    category: str
    hours_each: Decimal | None = None
    yearly_cap: Decimal | None = None


@transaction.atomic
def lay_down(
    *,
    authority: Organisation,
    name: str,
    source: str = "",
    demand: Demand,
    credits: Sequence[Credit] = (),
    from_on: dt.date,
    until_on: dt.date | None = None,
    by: User | None,
    at: dt.datetime,
) -> RuleSet:
    """Demand hours of every teacher below an authority from a day on, and say what else earns hours. `source` names
    the document. `by` None is the installation itself.

    Refuses: NotYourOffice, RuleSetUnnamed, DemandUnusable, CategoriesTooMany, YearBeginsNowhere, ConversionUnusable,
    KindTwice, RuleSetReversed, RuleSetsOverlap (another set of the same authority in these days).
    """
    authority = _locked(authority)
    if by is not None:
        access.require(by, authority, at, OFFICE)
    if not name.strip():
        raise RuleSetUnnamed()
    _require_usable(demand)
    _require_credits(credits)
    if until_on is not None and until_on < from_on:
        raise RuleSetReversed(first=_day(from_on))
    _require_free(authority, from_on, until_on)
    made = RuleSet(
        authority=authority,
        name=name.strip(),
        source=source.strip(),
        from_on=from_on,
        until_on=until_on,
        set_by=by,
        set_at=at,
        **asdict(demand),
    )
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as twice:
        raise RuleSetsOverlap(name=made.name, dates=dates(made)) from twice
    Conversion.objects.bulk_create([Conversion(rule_set=made, **asdict(each)) for each in credits])
    journal.write("records.rules_laid_down", by=by, at=at, about=made, reason=made.source, facts=_facts(made))
    return made


@transaction.atomic
def end(*, rules: RuleSet, until_on: dt.date, by: User, at: dt.datetime) -> RuleSet:
    """Let a rule set hold for the last time on a day. Training years that began by then are judged by it to their end.
    Refuses: NotYourOffice, RuleSetGone, RuleSetReversed, RuleSetEndsAlready (it is shortened, never made longer)."""
    rules = _held(rules, by, at)
    if until_on < rules.from_on:
        raise RuleSetReversed(first=_day(rules.from_on))
    if rules.until_on is not None and rules.until_on <= until_on:
        raise RuleSetEndsAlready(day=_day(rules.until_on))
    rules.until_on = until_on
    rules.save(update_fields=["until_on"])
    journal.write("records.rules_ended", by=by, at=at, about=rules, facts=_facts(rules))
    return rules


@transaction.atomic
def take_back(*, rules: RuleSet, by: User, at: dt.datetime) -> None:
    """Take back a rule set before its first day; what it was stays in the journal. Refuses: NotYourOffice,
    RuleSetGone, RuleSetHasBegun."""
    rules = _held(rules, by, at)
    if rules.from_on <= clock.local_date(at):
        raise RuleSetHasBegun(day=_day(rules.from_on))
    journal.write("records.rules_taken_back", by=by, at=at, about=rules, reason=rules.source, facts=_facts(rules))
    rules.conversions.all().delete()
    rules.delete()


def dates(rules: RuleSet) -> str:
    """From when until when a rule set holds, in the reader's language."""
    if rules.until_on is None:
        return gettext("from {first} on").format(first=_day(rules.from_on))
    return gettext("{first} to {last}").format(first=_day(rules.from_on), last=_day(rules.until_on))


def _locked(authority: Organisation) -> Organisation:
    """The authority's row, locked: its rule sets are laid down one after the other."""
    return Organisation.objects.select_for_update(of=("self",)).get(pk=authority.pk)


def _held(rules: RuleSet, by: User, at: dt.datetime) -> RuleSet:
    """The rule set as it stands now, its authority locked, if this person may change it."""
    access.require(by, _locked(rules.authority), at, OFFICE)
    found = RuleSet.objects.filter(pk=rules.pk).first()
    if found is None:
        raise RuleSetGone()
    return found


def _require_usable(demand: Demand) -> None:
    amounts = [demand.yearly, demand.general, demand.professional, demand.elective, demand.cycle_hours]
    fits = all(_is_amount(each) for each in amounts) and demand.yearly > 0
    day = 0 < demand.daily_cap <= 24 and _is_amount(demand.daily_cap)
    if not (fits and day and 0 < demand.minutes_per_hour <= 60 and 0 < demand.cycle_years <= 10):
        raise DemandUnusable()
    together = demand.general + demand.professional + demand.elective
    if together > demand.yearly:
        raise CategoriesTooMany(sum=wording.plain(together), yearly=wording.plain(demand.yearly))
    if not (1 <= demand.year_month <= 12 and 1 <= demand.year_day <= 28):
        raise YearBeginsNowhere()


def _require_credits(credits: Sequence[Credit]) -> None:
    seen: set[str] = set()
    for each in credits:
        kind = Conversion.Kind(each.kind)
        amounts = [amount for amount in (each.hours_each, each.yearly_cap) if amount is not None]
        fits = all(amount > 0 and _is_amount(amount) for amount in amounts)
        if each.category not in HourEntry.Category.values or not fits:
            raise ConversionUnusable(kind=kind.label)
        if each.kind in seen:
            raise KindTwice(kind=kind.label)
        seen.add(each.kind)


def _is_amount(hours: Decimal) -> bool:
    return 0 <= hours <= Decimal("9999.9") and hours == round(hours, 1)


def _require_free(authority: Organisation, from_on: dt.date, until_on: dt.date | None) -> None:
    other = RuleSet.objects.between(from_on, until_on).filter(authority=authority).order_by("from_on").first()
    if other is not None:
        raise RuleSetsOverlap(name=other.name, dates=dates(other))


def _facts(rules: RuleSet) -> dict[str, Any]:
    return {
        "yearly": wording.plain(rules.yearly),
        "general": wording.plain(rules.general),
        "professional": wording.plain(rules.professional),
        "elective": wording.plain(rules.elective),
        "from_on": rules.from_on.isoformat(),
        "until_on": rules.until_on.isoformat() if rules.until_on else "",
        "credits": sorted(rules.conversions.values_list("kind", flat=True)),
    }


def _day(day: dt.date) -> str:
    return formats.date_format(day, "DATE_FORMAT")
