"""What pages ask about certificates and lists."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from certs import numbers, wording
from certs.models import Batch, Credential, DutyRule, ExternalCredential, ExternalType, Level, Scheme, StateChange
from lms.lib import clock
from lms.people import access, identity
from lms.people.models import Organisation, PostHeld, Posting, Teacher, User


@dataclass(frozen=True)
class Card:
    """A certificate as a page shows it today: its name, its standing and the word for it."""

    credential: Credential
    name: str
    standing: str
    label: str | Promise


def card(credential: Credential, at: dt.datetime) -> Card:
    standing = credential.standing_on(clock.local_date(at))
    return Card(credential, wording.certificate_name(credential.facts), standing, wording.STANDINGS[standing])


def held(user: User, at: dt.datetime) -> list[Card]:
    """The user's own issued certificates, the newest first, each with how often it was verified (`verified`)."""
    rows = Credential.objects.held_by(user).select_related("batch").annotate(verified=Count("verifications"))
    return [card(each, at) for each in rows]


def schemes(user: User, at: dt.datetime) -> list[Scheme]:
    """The schemes that the user's offices manage, and those of the authorities above, whose levels her exams may earn
    too; each with its levels, the highest first, and whether she manages it (`is_managed`). Three queries at most."""
    held = access.offices(user, at, *Scheme.OFFICES)
    above = {pk for each in held for pk in each.organisation.ancestor_ids}
    mine = Scheme.objects.managed_by(user, at)
    rows = (mine | Scheme.objects.filter(authority__in=above)).select_related("authority")
    found = list(
        rows.prefetch_related(Prefetch("levels", Level.objects.order_by("-rank"))).order_by("authority__path", "pk")
    )
    managed = set(mine.values_list("pk", flat=True))
    for each in found:
        each.is_managed = each.pk in managed
    return found


def authorities(user: User, at: dt.datetime, *offices: str) -> QuerySet[Organisation]:
    """The units that may have schemes and rules of their own in the user's care (by these offices, or by those that
    manage schemes), in the order of the tree: neither schools nor their clusters."""
    held = access.paths(user, at, *(offices or Scheme.OFFICES))
    covered = Organisation.objects.under(*held).filter(closed_on=None)
    level = Organisation.Level
    return covered.exclude(level__in=(level.CLUSTER, level.SCHOOL)).order_by("path")


def batches(user: User, at: dt.datetime) -> QuerySet[Batch]:
    """The lists that the user's offices cover, those that wait for a signature first, with the `count` of rows."""
    seen = Batch.objects.visible_to(user, at).select_related("level__scheme", "proposed_by", "decided_by")
    decided = Case(When(state=Batch.State.PROPOSED, then=0), default=1)
    return seen.annotate(count=Count("credentials")).order_by(decided, "-proposed_at", "-pk")


def register(user: User, at: dt.datetime, *, words: str = "", state: str = "") -> QuerySet[Credential]:
    """The issued certificates of the authorities that the user's offices cover, the newest first; `words` is part of
    a number or of a name."""
    rows = Credential.objects.managed_by(user, at).issued().select_related("teacher", "batch")
    if state:
        rows = rows.filter(state=state)
    if words:
        rows = rows.filter(Q(number__contains=numbers.normal(words)) | Q(teacher__full_name__contains=words.strip()))
    return rows.order_by("-issued_on", "-number")


def open_change(credential: Credential) -> StateChange | None:
    """The change that waits for a second person, if one does."""
    waiting = credential.changes.filter(state=StateChange.State.PROPOSED)
    return waiting.select_related("proposed_by").first()


def history(credential: Credential) -> list[dict[str, Any]]:
    """What happened to a certificate, in order, for the timeline; without what only waits or was returned."""
    batch = credential.batch
    begun = _("Taken into the register") if credential.is_paper else _("Issued")
    events = [{"what": begun, "text": "", "who": credential.facts["authority"], "at": batch.decided_at}]
    approved = credential.changes.filter(state=StateChange.State.APPROVED).select_related("decided_by")
    for change in approved.order_by("decided_at", "pk"):
        lifted = change.to_state == Credential.State.ISSUED
        events.append(
            {
                "what": _("In force again") if lifted else str(wording.STANDINGS[change.to_state]),
                "text": change.reason,
                "who": credential.facts["authority"],
                "at": change.decided_at,
                "kind": "" if lifted else "back",
            }
        )
    return events


def holders(level: Level, on: dt.date, *, valid: bool = True) -> QuerySet[Teacher]:
    """The teachers who hold this level or a higher one of its scheme on a day: a certificate of their own that had
    not run out and stood in force at the end of that day, or a verified one from elsewhere that counts as such. With
    `valid` False, everyone to whom one had been issued by then, whatever became of it. The records of a person that
    were merged count as one."""
    levels = Level.objects.filter(scheme=level.scheme_id, rank__gte=level.rank).values("pk")
    own = Credential.objects.issued().filter(level__in=levels, issued_on__lte=on)
    other = ExternalCredential.objects.filter(
        type__equals__in=levels, state=ExternalCredential.State.VERIFIED, issued_on__lte=on
    )
    if valid:
        endless_or_later = Q(expires_on=None) | Q(expires_on__gte=on)
        own = own.filter(endless_or_later).exclude(pk__in=_out_of_force(on))
        other = other.filter(endless_or_later)
    person = Coalesce("teacher__merged_into", "teacher")
    return Teacher.objects.filter(Q(pk__in=own.values(who=person)) | Q(pk__in=other.values(who=person)))


def with_standing(rows: QuerySet[Credential], on: dt.date) -> QuerySet[Credential]:
    """Each certificate with the standing that the last change decided by the end of a day gave it, as
    `standing_then`; None where none was decided, so that it stood as issued."""
    last = _changes_by(on).filter(credential=OuterRef("pk")).order_by("-decided_at", "-pk")
    return rows.annotate(standing_then=Subquery(last.values("to_state")[:1]))


def _out_of_force(on: dt.date) -> QuerySet:
    """The certificates that the last change decided by the end of a day left suspended, cancelled or the like. Asked
    from the few changes, not from every certificate."""
    later = _changes_by(on).filter(
        Q(decided_at__gt=OuterRef("decided_at")) | Q(decided_at=OuterRef("decided_at"), pk__gt=OuterRef("pk")),
        credential=OuterRef("credential"),
    )
    ended = _changes_by(on).exclude(to_state=Credential.State.ISSUED).filter(~Exists(later))
    return ended.values("credential")


def _changes_by(on: dt.date) -> QuerySet[StateChange]:
    until = clock.local_moment(on + dt.timedelta(days=1))
    return StateChange.objects.filter(state=StateChange.State.APPROVED, decided_at__lt=until)


def bound(rule: DutyRule, unit: Organisation, on: dt.date) -> QuerySet[Teacher]:
    """The teachers below a unit whom a rule binds on a day: posted at a school there, and holding the rule's post (for
    its stage, if it names one) on that day. The records of a person that were merged count as one."""
    person = Coalesce("teacher__merged_into", "teacher")
    here = Posting.objects.held_on(on).filter(organisation__path__startswith=unit.path)
    posts = PostHeld.objects.held_on(on).filter(post=rule.post)
    if rule.stage:
        posts = posts.filter(stage=rule.stage)
    return Teacher.objects.filter(pk__in=here.values(who=person)).filter(pk__in=posts.values(who=person))


def lacking(rule: DutyRule, unit: Organisation, on: dt.date) -> QuerySet[Teacher]:
    """Those bound by a rule below a unit who do not hold the level, or one above, on that day."""
    return bound(rule, unit, on).exclude(pk__in=holders(rule.level, on).values("pk"))


def duties(unit: Organisation, on: dt.date) -> QuerySet[DutyRule]:
    """The rules in force at a unit on a day: those of its authority and of every one above it; required ones first."""
    rules = DutyRule.objects.held_on(on).filter(authority__in=[*unit.ancestor_ids, unit.pk])
    return rules.select_related("level__scheme__authority", "authority").order_by(
        "-is_required", "level__rank", "post", "stage", "pk"
    )


def usable_levels(user: User, at: dt.datetime, office: str) -> QuerySet[Level]:
    """The levels that rules of the user's authorities may name: those of the schemes below her offices of this kind,
    and of the authorities above; by authority, scheme and rank."""
    held = access.offices(user, at, office)
    above = {pk for each in held for pk in each.organisation.ancestor_ids}
    below = access.under("scheme__authority__path", [each.organisation.path for each in held])
    found = Level.objects.filter(below | Q(scheme__authority__in=above)).select_related("scheme__authority")
    return found.order_by("scheme__authority__path", "scheme", "-rank")


IN_FORCE, TO_COME, ENDED = "in_force", "to_come", "ended"


def when(rows: QuerySet, on: dt.date) -> dict[str, QuerySet]:
    """What is dated, by whether it is in force on a day, to come, or ended."""
    return {
        IN_FORCE: rows.held_on(on),
        TO_COME: rows.filter(from_on__gt=on),
        ENDED: rows.filter(until_on__lt=on),
    }


def rules(user: User, at: dt.datetime) -> dict[str, QuerySet[DutyRule]]:
    """The duty rules of the user's units and of the authorities above them, by `when`; by authority and post."""
    found = DutyRule.objects.visible_to(user, at).select_related("authority", "level__scheme__authority", "set_by")
    ordered = found.order_by("authority__path", "-is_required", "post", "stage", "from_on", "pk")
    return when(ordered, clock.local_date(at))


def external_types(user: User, at: dt.datetime) -> dict[str, QuerySet[ExternalType]]:
    """The certificates of others that the user's units and the authorities above them know, by `when`, each with how
    many are verified (`verified`)."""
    counted = Count("credentials", filter=Q(credentials__state=ExternalCredential.State.VERIFIED))
    found = ExternalType.objects.visible_to(user, at).select_related("authority", "equals__scheme")
    return when(found.annotate(verified=counted).order_by("authority__path", "name", "pk"), clock.local_date(at))


def types_taken_at(units: Iterable[Organisation], on: dt.date) -> QuerySet[ExternalType]:
    """The certificates of others that may be submitted on a day for teachers of these units."""
    over = {pk for unit in units for pk in (*unit.ancestor_ids, unit.pk)}
    found = ExternalType.objects.held_on(on).filter(authority__in=over)
    return found.select_related("authority", "equals").order_by("name", "pk")


def external(user: User, at: dt.datetime, *, state: str = "", words: str = "") -> QuerySet[ExternalCredential]:
    """The certificates from elsewhere of the teachers below the user's offices, those that wait longest first;
    `words` is part of a name or of a number."""
    paths = access.paths(user, at, *ExternalCredential.OFFICES)
    here = Posting.objects.filter(access.under("organisation__path", paths), until_on=None)
    rows = ExternalCredential.objects.filter(teacher__in=here.values("teacher"))
    if state:
        rows = rows.filter(state=state)
    if words:
        rows = rows.filter(Q(number__contains=numbers.normal(words)) | Q(teacher__full_name__contains=words.strip()))
    return rows.select_related("teacher", "type__equals", "submitted_by").order_by("submitted_at", "pk")


def held_elsewhere(user: User) -> QuerySet[ExternalCredential]:
    """The user's own certificates from elsewhere, whatever became of them, the newest first."""
    return ExternalCredential.objects.held_by(user).select_related("type__equals").order_by("-submitted_at", "-pk")


def teachers_called(words: str, user: User, at: dt.datetime, *offices: str) -> QuerySet[Teacher]:
    """The teachers now posted below the user's offices of these kinds who have this full name or identity number."""
    paths = access.paths(user, at, *offices)
    here = Posting.objects.filter(access.under("organisation__path", paths), until_on=None)
    plain = identity.normalise(words)
    named = Q(full_name=plain) | Q(full_name=" ".join(words.split()))
    known = Q(id_number_hash=identity.id_number_hash(plain))
    return Teacher.objects.filter(named | known, pk__in=here.values("teacher"), merged_into=None)


def level_words(levels: Iterable[Level]) -> dict[str, Level]:
    """The words by which a file may name each of these levels: its name; its letters, alone or as in "B证", where no
    other of them has the same."""
    found: dict[str, list[Level]] = {}
    for level in levels:
        for word in {level.name, level.code, f"{level.code}证", f"{level.scheme.name}{level.code}证"}:
            found.setdefault(word, []).append(level)
    return {word: named[0] for word, named in found.items() if len(named) == 1}


def tracks(organisation: Organisation) -> dict[str, str]:
    """The words for the levels that count at a unit, and the track of each; where its own authority's level and one
    above have the same word, the nearer is meant."""
    over = [*organisation.ancestor_ids, organisation.pk]
    rows = Level.objects.filter(scheme__authority__in=over).select_related("scheme")
    found: dict[str, str] = {}
    for authority in over:
        own = level_words([level for level in rows if level.scheme.authority_id == authority])
        found |= {word: level.track for word, level in own.items()}
    return found


def waiting_lists(authority: Organisation) -> QuerySet[Batch]:
    """The lists of an authority that wait for a signature, the oldest first."""
    waiting = Batch.objects.filter(level__scheme__authority=authority, state=Batch.State.PROPOSED)
    return waiting.select_related("level__scheme").order_by("pk")
