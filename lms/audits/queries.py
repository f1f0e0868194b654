"""What pages ask about coverage: the yardsticks of a unit, its report on a day, and the persons who lack something."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Min, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from certs import queries as certs
from certs.models import Credential, DutyRule, ExternalCredential, Level
from lms.audits import measures
from lms.audits.measures import LevelCounts, SchoolFacts, Share, Yardstick
from lms.audits.models import StaffingNorm, Target
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, Organisation, PostHeld, Posting, Teacher, User, YearlyFigures


class BeforeTheRecords(Refusal):
    sentence = _("There are no records before {first}. Choose that day or a later one.")
    field = "on"
    status = 422


class DayAhead(Refusal):
    sentence = _("This day lies ahead, and nothing is recorded for it yet. Choose today, {today}, or an earlier day.")
    field = "on"
    status = 422


def require_recorded(unit: Organisation, on: dt.date, today: dt.date) -> None:
    """Refuse a day of which the records of a unit can say nothing. Refuses: DayAhead, BeforeTheRecords."""
    if on > today:
        raise DayAhead(today=today.isoformat())
    postings = Posting.objects.filter(organisation__path__startswith=unit.path)
    first = postings.aggregate(first=Min("from_on"))["first"]
    if first and on < first and on != today:
        raise BeforeTheRecords(first=first.isoformat())


def yardsticks(unit: Organisation, on: dt.date) -> list[Yardstick]:
    """What persons below a unit are measured by on a day: the duty rules in force, required ones first, each with the
    target for the same post and level; then the targets that belong to no rule. Two queries."""
    aims = _targets(unit, on)
    found, used = [], set()
    for rule in certs.duties(unit, on):
        aim = aims.get((rule.post, rule.level_id, Target.Measure.CERTIFIED))
        used.add(aim.pk if aim else None)
        found.append(_of_rule(rule, aim))
    found += [_of_target(aim) for aim in aims.values() if aim.pk not in used]
    return found


def _of_rule(rule: DutyRule, aim: Target | None) -> Yardstick:
    return Yardstick(
        key=f"r{rule.pk}",
        post=rule.post,
        stage=rule.stage,
        level=rule.level,
        is_required=rule.is_required,
        goal=aim.percent if aim else None,
        due_on=aim.due_on if aim else None,
        rule=rule,
        target=aim,
    )


def _of_target(aim: Target) -> Yardstick:
    return Yardstick(
        key=f"t{aim.pk}",
        post=aim.post,
        stage="",
        level=aim.level,
        is_required=False,
        measure=aim.measure,
        goal=aim.percent,
        due_on=aim.due_on,
        target=aim,
    )


def _targets(unit: Organisation, on: dt.date) -> dict[tuple[str, int, str], Target]:
    """The target that counts on a day for each post, level and measure: of the nearest authority, the next that is
    due, or the last that was."""
    rows = Target.objects.filter(authority__in=[*unit.ancestor_ids, unit.pk]).select_related(
        "level__scheme__authority", "authority"
    )
    nearest = sorted(rows, key=lambda each: (-len(each.authority.path), *_by_due(each.due_on, on), each.pk))
    found: dict[tuple[str, int, str], Target] = {}
    for each in nearest:
        found.setdefault((each.post, each.level_id, each.measure), each)
    return found


def _by_due(due_on: dt.date, on: dt.date) -> tuple[bool, int]:
    days = (due_on - on).days
    return days < 0, abs(days)


def norm(unit: Organisation, on: dt.date) -> StaffingNorm | None:
    """The staffing norm in force at a unit on a day: of the nearest authority. One query."""
    rows = StaffingNorm.objects.held_on(on).filter(authority__in=[*unit.ancestor_ids, unit.pk])
    return max(rows.select_related("authority"), key=lambda each: (len(each.authority.path), each.pk), default=None)


def targets(unit: Organisation) -> QuerySet[Target]:
    """The targets that hold at a unit, its own first, then those of the authorities above."""
    rows = Target.objects.filter(authority__in=[*unit.ancestor_ids, unit.pk])
    return rows.select_related("level__scheme", "authority", "set_by").order_by("-authority__level", "due_on", "pk")


def norms(unit: Organisation) -> QuerySet[StaffingNorm]:
    """The staffing norms of a unit and of the authorities above, past ones too."""
    rows = StaffingNorm.objects.filter(authority__in=[*unit.ancestor_ids, unit.pk])
    return rows.select_related("authority", "set_by").order_by("-authority__level", "-from_on")


@dataclass(frozen=True)
class Line:
    """A yardstick and the share it finds."""

    yardstick: Yardstick
    share: Share


@dataclass(frozen=True)
class Report:
    """The coverage of a unit on a day."""

    unit: Organisation
    on: dt.date
    lines: list[Line]
    levels: list[LevelCounts]
    facts: SchoolFacts
    below: list[Organisation]
    figures: dict[int, YearlyFigures]

    @property
    def required(self) -> list[Line]:
        return [each for each in self.lines if each.yardstick.is_required]

    @property
    def aims(self) -> list[Line]:
        """What is only aimed at: no rule is broken by it."""
        return [each for each in self.lines if not each.yardstick.is_required]

    @property
    def yardsticks(self) -> list[Yardstick]:
        return [each.yardstick for each in self.lines]


def headline(unit: Organisation, on: dt.date) -> list[Line]:
    """The shares of a unit on a day. Three queries."""
    found = yardsticks(unit, on)
    counted = measures.shares(unit, on, found)
    return [Line(each, counted[each.key]) for each in found]


def duties_of(teacher: Teacher, school: Organisation, on: dt.date) -> list[Line]:
    """The rules that bind one person at her school on a day, each with whether she fulfils it (1 of 1, or 0 of 1); what
    is only aimed at is among them. Three queries."""
    found = [each for each in yardsticks(school, on) if each.rule]
    counted = measures.held_by(teacher.pk, on, found, school)
    return [Line(each, counted[each.key]) for each in found if counted[each.key].of]


def report(unit: Organisation, on: dt.date) -> Report:
    """Everything the page of a unit says beside its ranking, in a fixed number of queries whatever lies below."""
    below = units_below(unit)
    figures = measures.latest_figures(unit, on)
    schools = [each for each in [unit, *below] if each.level == Organisation.Level.SCHOOL and is_open(each, on)]
    return Report(
        unit=unit,
        on=on,
        lines=headline(unit, on),
        levels=measures.levels(unit, on, levels(unit)),
        facts=measures.school_facts(schools, figures, norm(unit, on)),
        below=below,
        figures=figures,
    )


def levels(unit: Organisation) -> list[Level]:
    """The levels of the schemes of a unit's authorities, each scheme's lowest first."""
    found = Level.objects.filter(scheme__authority__in=[*unit.ancestor_ids, unit.pk])
    return list(found.select_related("scheme__authority").order_by("scheme__authority__path", "scheme", "rank"))


def units_below(unit: Organisation) -> list[Organisation]:
    """The units below one, closed ones too, in the order of the tree."""
    found = Organisation.objects.under(unit.path).exclude(pk=unit.pk)
    return list(found.select_related("parent").order_by("path"))


def is_open(unit: Organisation, on: dt.date) -> bool:
    return unit.closed_on is None or unit.closed_on >= on


# --- The persons who lack something ----------------------------------------------------------------------------------


def lacking(rule: DutyRule, unit: Organisation, on: dt.date) -> QuerySet[Teacher]:
    """Those bound by a rule below a unit who do not hold the level on a day, school by school."""
    here = Posting.objects.held_on(on).filter(organisation__path__startswith=unit.path, teacher=OuterRef("pk"))
    found = certs.lacking(rule, unit, on).annotate(at=Subquery(here.values("organisation__path")[:1]))
    return found.order_by("at", "name_pinyin", "full_name", "pk")


@dataclass
class Lacking:
    """One person on such a list: the school of that day, since when she has the post, and what she holds."""

    teacher: Teacher
    school: Organisation | None = None
    since: dt.date | None = None
    held: list[dict[str, Any]] = field(default_factory=list)


def rows_of(teachers: Iterable[Teacher], rule: DutyRule, unit: Organisation, on: dt.date) -> list[Lacking]:
    """The rows of a list of persons. Four queries."""
    found = {each.pk: Lacking(each) for each in teachers}
    here = Posting.objects.held_on(on).filter(_of(found), organisation__path__startswith=unit.path)
    for posting in here.select_related("organisation", "teacher").order_by("-pk"):
        found[_person(posting.teacher)].school = posting.organisation
    posts = PostHeld.objects.held_on(on).filter(_of(found), post=rule.post)
    if rule.stage:
        posts = posts.filter(stage=rule.stage)
    for post in posts.select_related("teacher").order_by("-from_on", "pk"):
        found[_person(post.teacher)].since = post.from_on
    for who, paper in papers(found, rule.level.scheme_id, on):
        found[who].held.append(paper)
    return list(found.values())


def papers(pks: Iterable[int], scheme: int, on: dt.date) -> Iterator[tuple[int, dict[str, Any]]]:
    """What persons of these ids hold of a scheme: each certificate's name, its standing on a day, its last
    day; and those from elsewhere that count as one of its levels, verified or not. Two queries."""
    own = Credential.objects.issued().filter(_of(pks), level__scheme=scheme, issued_on__lte=on)
    for each in (
        certs.with_standing(own, on).select_related("level", "teacher").order_by("level__rank", "issued_on", "pk")
    ):
        standing = each.standing_then or Credential.State.ISSUED
        if standing == Credential.State.ISSUED and each.expires_on and each.expires_on < on:
            standing = "expired"
        yield _person(each.teacher), {"name": each.level.name, "standing": standing, "until": each.expires_on}
    other = ExternalCredential.objects.filter(_of(pks), type__equals__scheme=scheme, issued_on__lte=on)
    for each in other.select_related("type", "teacher").order_by("issued_on", "pk"):
        is_over = each.state == ExternalCredential.State.VERIFIED and each.expires_on and each.expires_on < on
        standing = "expired" if is_over else each.state
        yield _person(each.teacher), {"name": each.type.name, "standing": standing, "until": each.expires_on}


def _of(pks: Iterable[int]) -> Q:
    """A filter for rows of persons, their merged records included."""
    pks = list(pks)
    return Q(teacher__in=pks) | Q(teacher__merged_into__in=pks)


def _person(teacher: Teacher) -> int:
    return teacher.merged_into_id or teacher.pk


# --- Who may look ----------------------------------------------------------------------------------------------------


def units(user: User, at: dt.datetime) -> QuerySet[Organisation]:
    """The units whose coverage the user may see: those whose people her offices look after."""
    return Organisation.objects.under(*access.paths(user, at, *Appointment.RECORD_OFFICES)).order_by("path")


def own_unit(user: User, at: dt.datetime) -> Organisation | None:
    """The unit of the first such office."""
    held = access.offices(user, at, *Appointment.RECORD_OFFICES)
    return held[0].organisation if held else None
