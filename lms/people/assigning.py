"""The posts of a teacher as they change: some end, others begin, all from one day."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import keeping
from lms.people.models import Appointment, Organisation, PostHeld, Posting, SchoolStage, Teacher, User
from lms.people.registering import UnknownPost

OFFICES = Appointment.RECORD_KEEPERS


class NoSchool(Refusal):
    sentence = _("{name} is at no school today, so no post can begin or end. Enter her school first.")


class BeforeHerTime(Refusal):
    sentence = _("On this day {name} was not at {school} yet. The first possible day is {first}.")
    field = "on"


class PostStartedLater(Refusal):
    sentence = _("The post “{post}” began on {day}, so it cannot end before. Choose a later day, or correct the post.")
    field = "on"


class PostOver(Refusal):
    sentence = _("The post “{post}” has ended already. Open the record again to see how it stands.")
    field = "ended"


class AlreadyHeld(Refusal):
    sentence = _("{name} holds the post “{post}” at this stage already. End it first, or leave it out.")
    field = "begun"


@transaction.atomic
def change_posts(
    *,
    teacher: Teacher,
    ended: Iterable[PostHeld],
    begun: Iterable[tuple[str, str]],
    on: dt.date,
    by: User | None,
    at: dt.datetime,
) -> list[PostHeld]:
    """From a day on she holds other posts at her school: `ended` had their last day on the day before, `begun` (pairs
    of post and school stage or "") start. Who: a bureau, exam or school officer whose office covers her school, or the
    installation itself.

    Refuses: RecordMerged, NotYourOffice, NothingChanged, DayAhead, NoSchool, BeforeHerTime, UnknownPost, PostOver,
    PostStartedLater, AlreadyHeld.
    """
    teacher = keeping.locked(teacher)
    keeping.require(teacher, by, at, *OFFICES)
    ending = list(teacher.posts.filter(pk__in=[each.pk for each in ended]).order_by("pk"))
    begun = list(dict.fromkeys(begun))
    if not ending and not begun:
        raise keeping.NothingChanged()
    keeping.require_come(on, at)
    school = _school(teacher, on)
    for post, stage in begun:
        if post not in PostHeld.Post.values or stage not in ("", *SchoolStage.values):
            raise UnknownPost()
    end_posts(ending, on)
    staying = teacher.posts.filter(organisation=school).between(on, None)
    held = set(staying.values_list("post", "stage"))
    for post, stage in begun:
        if (post, stage) in held:
            raise AlreadyHeld(name=teacher.full_name, post=PostHeld.Post(post).label)
    made = [
        PostHeld.objects.create(teacher=teacher, organisation=school, post=post, stage=stage, from_on=on)
        for post, stage in begun
    ]
    facts = {"on": on.isoformat(), "ended": [each.post for each in ending], "begun": [post for post, _stage in begun]}
    journal.write("people.posts_changed", by=by, at=at, about=teacher, facts=facts)
    keeping.tell(teacher, by, at, kind="people.record_changed", what="posts", reason="")
    return made


def end_posts(posts: Sequence[PostHeld], on: dt.date) -> None:
    """Give posts their last day on the day before `on`; within an act that has locked the record. Refuses: PostOver,
    PostStartedLater."""
    last = on - dt.timedelta(days=1)
    for each in posts:
        if each.until_on and each.until_on < on:
            raise PostOver(post=each.get_post_display())
        if each.from_on > last:
            raise PostStartedLater(post=each.get_post_display(), day=keeping.shown(each.from_on))
        each.until_on = last
        each.save(update_fields=["until_on"])


def _school(teacher: Teacher, on: dt.date) -> Organisation:
    posting = Posting.objects.filter(teacher=teacher, until_on=None).select_related("organisation").first()
    if posting is None:
        raise NoSchool(name=teacher.full_name)
    if on < posting.from_on:
        first = keeping.shown(posting.from_on)
        raise BeforeHerTime(name=teacher.full_name, school=posting.organisation.name, first=first)
    return posting.organisation
