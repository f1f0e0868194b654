"""What a programme says of itself is put right: its titles, what it is about, its tags, and for whom it is."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from certs.models import Level
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import User
from lms.training import planning, tailoring
from lms.training.models import PLANNERS, Enrolment, Programme, ProgrammeTag


class ProgrammeUntitled(Refusal):
    sentence = _("A programme needs a title; teachers find it by that.")
    field = "title"


@dataclass(frozen=True)
class Revision:
    """What a programme says from now on; its code, track, level and hours stay. `tags` as `planning.Plan` has them."""

    title: str
    title_en: str = ""
    summary: str = ""
    posts: Sequence[str] = ()
    stages: Sequence[str] = ()
    requires: Level | None = None
    tags: Sequence[str] = ()


@transaction.atomic
def revise(*, programme: Programme, revision: Revision, by: User, at: dt.datetime) -> Programme:
    """Let a programme say otherwise. Periods with rules of their own keep them; as long as somebody is in another that
    is not over, the programme may only let more people in. Refuses: NotYourOffice, ProgrammeUntitled, UnknownTag,
    UnknownAudience, AudienceNarrowed."""
    access.require(by, programme.organisation, at, *PLANNERS)
    if not revision.title.strip():
        raise ProgrammeUntitled()
    tailoring.require_audience(revision.posts, revision.stages)
    planning.require_tags(revision.tags)
    rows = Programme.objects.select_for_update(of=("self",)).select_related("organisation", "requires")
    held = rows.get(pk=programme.pk)
    following = held.periods.filter(has_own_audience=False)
    list(following.select_for_update(of=("self",)).only("pk").order_by("pk"))  # nobody comes in meanwhile
    before, rules = _facts(held), tailoring.audience_of(held)
    held.title, held.title_en = revision.title.strip(), revision.title_en.strip()
    held.summary = revision.summary.strip()
    held.posts, held.stages, held.requires = list(revision.posts), list(revision.stages), revision.requires
    _require_kept(held, rules, clock.local_date(at))
    held.save(update_fields=["title", "title_en", "summary", "posts", "stages", "requires"])
    held.tags.all().delete()
    ProgrammeTag.objects.bulk_create(ProgrammeTag(programme=held, tag=tag) for tag in dict.fromkeys(revision.tags))
    after = _facts(held)
    changed = [name for name in before if before[name] != after[name]]
    facts = {"before": {each: before[each] for each in changed}, "after": {each: after[each] for each in changed}}
    journal.write("training.programme_changed", by=by, at=at, about=held, facts=facts)
    return held


def _require_kept(held: Programme, rules: tailoring.Audience, day: dt.date) -> None:
    if not tailoring.narrows(rules, tailoring.audience_of(held)):
        return
    inside = Enrolment.objects.filter(
        period__programme=held, period__has_own_audience=False, period__ends_on__gte=day, state__in=Enrolment.PENDING
    )
    if applied := inside.count():
        raise tailoring.AudienceNarrowed(n=applied)


def _facts(programme: Programme) -> dict[str, object]:
    return {
        "title": programme.title,
        "title_en": programme.title_en,
        "summary": programme.summary,
        "posts": programme.posts,
        "stages": programme.stages,
        "requires": programme.requires_id,
        "tags": sorted(programme.tags.values_list("tag", flat=True)),
    }
