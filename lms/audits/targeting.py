"""What is to be reached: set and withdraw a target, set how many pupils there may be to one full-time teacher."""

import datetime as dt
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from certs.models import Level
from lms.audits.models import StaffingNorm, Target
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, Organisation, PostHeld, User

OFFICES = (Appointment.Office.BUREAU_OFFICER,)
_LONGEST_SOURCE = 200


class NoShare(Refusal):
    sentence = _("A target is a share above 0 and at most 100 percent, with two decimals at most.")
    field = "percent"


class DueAlready(Refusal):
    sentence = _("The day by which the target is to be reached has passed. Choose today or a later day.")
    field = "due_on"


class ForeignLevel(Refusal):
    sentence = _("This level belongs to another authority's scheme. Choose one of your own or of an authority above.")
    field = "level"


class NoSuchPost(Refusal):
    sentence = _("Choose one of the posts in the list.")
    field = "post"


class TargetStands(Refusal):
    sentence = _("This very target is set for that day already. Withdraw it first, or choose another day.")
    field = "due_on"


class NoTargetsHere(Refusal):
    sentence = _("Targets are set by a bureau for the schools below it, not at a school.")
    field = "authority"


class NoNumberOfPupils(Refusal):
    sentence = _("Write a whole number of pupils, at least {least} and at most {most}.")
    field = "pupils_per_teacher"


class SourceMissing(Refusal):
    sentence = _("Name the document that says so; at most {longest} characters.")
    field = "source"


class NormBegins(Refusal):
    sentence = _("A norm that begins on {day} stands already. Let the new one begin on a later day.")
    field = "from_on"


LEAST_PUPILS, MOST_PUPILS = 50, 20_000


@transaction.atomic
def set_target(
    *,
    authority: Organisation,
    level: Level,
    post: str,
    measure: str,
    percent: Decimal,
    due_on: dt.date,
    by: User,
    at: dt.datetime,
) -> Target:
    """Say what share of those in a post below an authority are to hold a level, valid, or to be trained for it, by a
    day. A target asks nothing of any one person: whoever misses it breaks no rule.

    Refuses: NotYourOffice, NoTargetsHere, NoSuchPost, NoShare, DueAlready, ForeignLevel, TargetStands.
    """
    authority = _locked(authority, by, at)
    if post not in PostHeld.Post.values:
        raise NoSuchPost()
    if not 0 < percent <= 100 or percent != round(percent, 2):
        raise NoShare()
    if due_on < clock.local_date(at):
        raise DueAlready()
    if level.scheme.authority_id not in (*authority.ancestor_ids, authority.pk):
        raise ForeignLevel()
    try:
        with transaction.atomic():
            target = Target.objects.create(
                authority=authority,
                level=level,
                post=post,
                measure=Target.Measure(measure),
                percent=percent,
                due_on=due_on,
                set_by=by,
                set_at=at,
            )
    except IntegrityError as twice:
        raise TargetStands() from twice
    journal.write("audits.target_set", by=by, at=at, about=target, facts=_facts(target))
    return target


@transaction.atomic
def withdraw_target(*, target: Target, by: User, at: dt.datetime) -> None:
    """Take a target back; what it was stays in the journal. Refuses: NotYourOffice."""
    _locked(target.authority, by, at)
    journal.write("audits.target_withdrawn", by=by, at=at, about=target, facts=_facts(target))
    target.delete()


@transaction.atomic
def set_staffing_norm(
    *, authority: Organisation, pupils_per_teacher: int, source: str, from_on: dt.date, by: User, at: dt.datetime
) -> StaffingNorm:
    """Say how many pupils there may be below an authority to one full-time teacher from a day on; the norm before
    ends the day before. Refuses: NotYourOffice, NoTargetsHere, NoNumberOfPupils, SourceMissing, NormBegins."""
    authority = _locked(authority, by, at)
    source = " ".join(source.split())
    if not LEAST_PUPILS <= pupils_per_teacher <= MOST_PUPILS:
        raise NoNumberOfPupils(least=LEAST_PUPILS, most=MOST_PUPILS)
    if not source or len(source) > _LONGEST_SOURCE:
        raise SourceMissing(longest=_LONGEST_SOURCE)
    before = authority.staffing_norms.order_by("-from_on").first()
    if before and before.from_on >= from_on:
        raise NormBegins(day=before.from_on.isoformat())
    if before:
        before.until_on = from_on - dt.timedelta(days=1)
        before.save(update_fields=["until_on"])
    norm = StaffingNorm.objects.create(
        authority=authority,
        pupils_per_teacher=pupils_per_teacher,
        source=source,
        from_on=from_on,
        set_by=by,
        set_at=at,
    )
    facts = {"pupils_per_teacher": pupils_per_teacher, "from": from_on.isoformat(), "source": source}
    journal.write("audits.staffing_norm_set", by=by, at=at, about=norm, facts=facts)
    return norm


def _locked(authority: Organisation, by: User, at: dt.datetime) -> Organisation:
    """The authority, locked, if this person may set what is to be reached below it."""
    authority = Organisation.objects.select_for_update(of=("self",)).get(pk=authority.pk)
    access.require(by, authority, at, *OFFICES)
    if authority.level >= Organisation.Level.SCHOOL:
        raise NoTargetsHere()
    return authority


def _facts(target: Target) -> dict[str, str]:
    return {
        "authority": target.authority.name,
        "measure": target.measure,
        "percent": f"{target.percent.normalize():f}",
        "due": target.due_on.isoformat(),
    }
