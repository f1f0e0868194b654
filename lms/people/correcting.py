"""Mistakes in a teacher's record put right: how her name is spelt, her identity number, a post that was never so."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from lms.journal import writing as journal
from lms.lib.masking import mask_id_number, mask_name
from lms.lib.refusals import Refusal
from lms.people import identity, keeping, names
from lms.people.identity import id_number_hash
from lms.people.models import Appointment, PostHeld, SchoolStage, Teacher, User
from lms.people.registering import AlreadyRegistered, UnknownPost

OFFICES = Appointment.BUREAU_OFFICES
# Posts are the school's business too.
POST_OFFICES = Appointment.RECORD_KEEPERS


class EndsBeforeItStarts(Refusal):
    sentence = _("The last day lies before the first. Change one of the two.")
    field = "until_on"


class TwiceTheSamePost(Refusal):
    sentence = _("The same post stands in the record for that time already. Change the days, or remove one of the two.")
    field = "post"


@transaction.atomic
def correct(
    *, teacher: Teacher, full_name: str, id_number: str, reason: str, by: User | None, at: dt.datetime
) -> Teacher:
    """Put a wrong spelling of the name or a wrong identity number right; an empty number stays as it is. The old
    values stand in the journal covered. A name that really changed is `renaming.rename`. Who: an officer whose bureau
    or exam office covers her school, or the installation itself.

    Refuses: RecordMerged, NotYourOffice, ReasonMissing, BadName, BadIdNumber, NothingChanged, AlreadyRegistered.
    """
    teacher = keeping.locked(teacher)
    keeping.require(teacher, by, at, *OFFICES)
    reason = keeping.given(reason)
    full_name = names.normalise(full_name)
    number = identity.check(id_number) if id_number.strip() else teacher.id_number
    facts = {}
    if full_name != teacher.full_name:
        facts["name_before"] = mask_name(teacher.full_name)
        set_name(teacher, full_name)
    if number != teacher.id_number:
        facts["number_before"] = mask_id_number(teacher.id_number)
        _set_number(teacher, number)
    if not facts:
        raise keeping.NothingChanged()
    journal.write("people.record_corrected", by=by, at=at, about=teacher, reason=reason, facts=facts)
    keeping.tell(teacher, by, at, kind="people.record_changed", what="corrected", reason=reason)
    return teacher


@transaction.atomic
def correct_post(
    *,
    held: PostHeld,
    post: str,
    stage: str,
    from_on: dt.date,
    until_on: dt.date | None,
    reason: str,
    by: User | None,
    at: dt.datetime,
) -> PostHeld:
    """Put a post right that was entered wrongly: which, at which stage, from when to when. Who: a bureau, exam or
    school officer whose office covers her school, or the installation itself.

    Refuses: RecordMerged, NotYourOffice, ReasonMissing, UnknownPost, EndsBeforeItStarts, NothingChanged,
    TwiceTheSamePost.
    """
    teacher = keeping.locked(held.teacher)
    keeping.require(teacher, by, at, *POST_OFFICES)
    reason = keeping.given(reason)
    held = PostHeld.objects.get(pk=held.pk)
    if post not in PostHeld.Post.values or stage not in ("", *SchoolStage.values):
        raise UnknownPost()
    if until_on and until_on < from_on:
        raise EndsBeforeItStarts()
    before, after = _values(held), {"post": post, "stage": stage, "from_on": from_on, "until_on": until_on}
    if before == after:
        raise keeping.NothingChanged()
    others = PostHeld.objects.filter(teacher=teacher, organisation=held.organisation_id, post=post, stage=stage)
    if others.exclude(pk=held.pk).between(from_on, until_on).exists():
        raise TwiceTheSamePost()
    for name, value in after.items():
        setattr(held, name, value)
    held.save(update_fields=list(after))
    facts = {"before": _plain(before), "after": _plain(after)}
    journal.write("people.post_corrected", by=by, at=at, about=teacher, reason=reason, facts=facts)
    keeping.tell(teacher, by, at, kind="people.record_changed", what="posts", reason=reason)
    return held


@transaction.atomic
def strike_post(*, held: PostHeld, reason: str, by: User | None, at: dt.datetime) -> None:
    """Take a post out that she never held; the journal keeps what stood there. Who: as `correct_post`. Refuses:
    RecordMerged, NotYourOffice, ReasonMissing."""
    teacher = keeping.locked(held.teacher)
    keeping.require(teacher, by, at, *POST_OFFICES)
    reason = keeping.given(reason)
    held = PostHeld.objects.get(pk=held.pk)
    facts = {"before": _plain(_values(held))}
    held.delete()
    journal.write("people.post_struck", by=by, at=at, about=teacher, reason=reason, facts=facts)
    keeping.tell(teacher, by, at, kind="people.record_changed", what="posts", reason=reason)


def set_name(teacher: Teacher, full_name: str) -> None:
    """Write a normal name into the record and its account, with its sound; within an act that has locked the record."""
    teacher.full_name = full_name
    teacher.name_pinyin = names.pinyin(full_name)[:240]
    teacher.name_initials = names.initials(full_name)[:60]
    teacher.save(update_fields=["full_name", "name_pinyin", "name_initials"])
    if teacher.user:
        teacher.user.full_name = full_name
        teacher.user.save(update_fields=["full_name"])


def _set_number(teacher: Teacher, number: str) -> None:
    digest = id_number_hash(number)
    if Teacher.objects.filter(id_number_hash=digest).exists():
        raise AlreadyRegistered(name=teacher.full_name)
    teacher.id_number, teacher.id_number_hash = number, digest
    try:
        with transaction.atomic():
            teacher.save(update_fields=["id_number", "id_number_hash"])
    except IntegrityError as error:
        raise AlreadyRegistered(name=teacher.full_name) from error


def _values(held: PostHeld) -> dict:
    return {"post": held.post, "stage": held.stage, "from_on": held.from_on, "until_on": held.until_on}


def _plain(values: dict) -> dict:
    return {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in values.items()}
