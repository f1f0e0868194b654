"""What a period says otherwise than its programme: who may join it, and what completing it is worth."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from certs.models import Level
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import PostHeld, SchoolStage, User
from lms.records.models import HourEntry
from lms.training import seating
from lms.training.models import PLANNERS, Enrolment, Period, PeriodHours, Programme

MOST_HOURS = 1_000


class UnknownAudience(Refusal):
    sentence = _("This post or school stage is not in the list. Choose those of the list.")
    field = "posts"


class HoursUnfit(Refusal):
    sentence = _("Hours stand in a category and are more than 0 and below 1,000, with at most one decimal.")
    field = "hours"


class TermsClosed(Refusal):
    sentence = _("This period is closed, so its terms stay as they are.")


class AudienceNarrowed(Refusal):
    sentence = _("{n} teachers applied by the rules as they stand. They may be widened, but not narrowed any more.")
    field = "posts"


class HoursPromised(Refusal):
    sentence = _("{n} teachers applied for the hours as they stand. They may be raised, but not lowered any more.")
    field = "hours"


class HoursCredited(Refusal):
    sentence = _("The hours of this period stand on {n} records already. They stay as they are.")
    field = "hours"


@dataclass(frozen=True)
class Terms:
    """What a period says itself. Without an own audience the programme's posts, stages and certificate count; without
    hours of its own (of 45 minutes, by category), the programme's."""

    has_own_audience: bool = False
    posts: Sequence[str] = ()
    stages: Sequence[str] = ()
    requires: Level | None = None
    hours: Mapping[str, Decimal] | None = None


@transaction.atomic
def tailor(*, period: Period, terms: Terms, by: User, at: dt.datetime) -> Period:
    """Let a period say otherwise than its programme, or the same again. Once somebody has applied it may only let
    more people in and be worth more hours. Refuses: NotYourOffice, TermsClosed, UnknownAudience, HoursUnfit,
    AudienceNarrowed, HoursPromised, HoursCredited (somebody completed it)."""
    access.require(by, period.programme.organisation, at, *PLANNERS)
    held = seating.lock(period)
    if held.state == Period.State.CLOSED:
        raise TermsClosed()
    require_fit(terms)
    # Who is completed at this moment is held up, or has it by what stood until now.
    list(held.enrolments.seated().select_for_update(of=("self",)).only("pk").order_by("pk"))
    before, rules, hours = _facts(held), audience_of(held), _hours(held)
    set_audience(held, terms)
    held.save(update_fields=["has_own_audience", "own_posts", "own_stages", "own_requires"])
    held.own_hours.all().delete()
    set_hours(held, terms)
    _require_kept(held, rules, hours)
    facts = {"before": before, "after": _facts(held)}
    journal.write("training.terms_changed", by=by, at=at, about=held, facts=facts)
    return held


def require_fit(terms: Terms) -> None:
    """Refuse (UnknownAudience, HoursUnfit) what no period can say."""
    require_audience(terms.posts, terms.stages)
    require_hours(terms.hours or {})


def require_audience(posts: Sequence[str], stages: Sequence[str]) -> None:
    """Refuse (UnknownAudience) posts and stages that there are not."""
    if not set(posts) <= set(PostHeld.Post.values) or not set(stages) <= set(SchoolStage.values):
        raise UnknownAudience()


def require_hours(hours: Mapping[str, Decimal]) -> None:
    """Refuse (HoursUnfit) hours that cannot be credited."""
    for category, amount in hours.items():
        is_amount = 0 < amount < MOST_HOURS and amount == round(amount, 1)
        if category not in HourEntry.Category.values or not is_amount:
            raise HoursUnfit()


def set_audience(period: Period, terms: Terms) -> None:
    """Put on a period, not saved, who may join it."""
    own = terms.has_own_audience
    period.has_own_audience = own
    period.own_posts, period.own_stages = (list(terms.posts), list(terms.stages)) if own else ([], [])
    period.own_requires = terms.requires if own else None


def set_hours(period: Period, terms: Terms) -> None:
    """Add the hours of its own to a saved period that has none."""
    PeriodHours.objects.bulk_create(
        PeriodHours(period=period, category=category, hours=amount) for category, amount in (terms.hours or {}).items()
    )


def terms_of(period: Period) -> Terms:
    """What a period says itself now."""
    return Terms(
        has_own_audience=period.has_own_audience,
        posts=period.own_posts,
        stages=period.own_stages,
        requires=period.own_requires,
        hours={each.category: each.hours for each in period.own_hours.all()},
    )


Audience = tuple[set[str], set[str], Level | None]  # posts, stages, certificate


def _require_kept(held: Period, rules: Audience, hours: Mapping[str, Decimal]) -> None:
    """What those who are in the period came for does not shrink."""
    applied = held.enrolments.live().count()
    if applied and narrows(rules, audience_of(held)):
        raise AudienceNarrowed(n=applied)
    after = _hours(held)
    if after == hours:
        return
    if completed := held.enrolments.filter(state=Enrolment.State.COMPLETED).count():
        raise HoursCredited(n=completed)
    if applied and any(after.get(category, 0) < amount for category, amount in hours.items()):
        raise HoursPromised(n=applied)


def narrows(before: Audience, after: Audience) -> bool:
    """Whether somebody may be kept out now who was let in before; an empty set lets everybody in."""
    kept = all(not new or (old and old <= new) for old, new in zip(before[:2], after[:2], strict=True))
    return not kept or after[2] not in (None, before[2])


def audience_of(given: Period | Programme) -> Audience:
    """For whom a period or a programme is."""
    return set(given.posts), set(given.stages), given.requires


def _hours(period: Period) -> dict[str, Decimal]:
    return {each.category: each.hours for each in period.worth}


def _facts(period: Period) -> dict[str, object]:
    requires = period.own_requires_id
    hours = {each.category: str(each.hours) for each in period.own_hours.all()}
    own = {"posts": period.own_posts, "stages": period.own_stages, "requires": requires}
    return {"audience": own if period.has_own_audience else None, "hours": hours or None}
