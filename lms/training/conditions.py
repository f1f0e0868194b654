"""Who may join a period: one named rule after another; each says why not, and what would change it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certs import queries as certificates
from certs.models import Level
from lms.lib import clock
from lms.lib.moments import deadline, moment
from lms.people.models import Organisation, PostHeld, Posting, Teacher
from lms.training.models import Enrolment, Period, Session


@dataclass(frozen=True)
class Condition:
    """One rule as it stands for one teacher: its name, whether it is met, and, where it is not, why and what would
    change it."""

    name: str
    met: bool
    why: str | Promise = ""


@dataclass(frozen=True)
class Applicant:
    """What the rules ask about a teacher on a day, asked of the database once."""

    teacher: Teacher
    school: Organisation | None
    posts: frozenset[str]
    stages: frozenset[str]
    holds: frozenset[int]  # ids of the levels she holds, each valid or outdone by a higher one
    enrolled: dict[int, str]  # programme → state of the enrolment that binds her in one of its periods
    clashes: dict[int, Session]  # period → a session elsewhere, in a seat of hers, while one of its own is held
    at: dt.datetime


@dataclass(frozen=True)
class _Bound:
    """An enrolment that binds a person: in which period of which programme, in which state."""

    period: int
    programme: int
    state: str


def applicant(
    teacher: Teacher, periods: Iterable[Period], at: dt.datetime, *, beside: Enrolment | None = None
) -> Applicant:
    """A teacher as the rules of these periods see her, in a number of queries that depends on the levels they name,
    not on the periods; `beside` is an enrolment of hers that does not count, because it is the one in question."""
    return applicants([teacher], periods, at, beside={teacher.pk: beside.pk} if beside else {})[teacher.pk]


def applicants(
    teachers: Iterable[Teacher], periods: Iterable[Period], at: dt.datetime, *, beside: Mapping[int, int] | None = None
) -> dict[int, Applicant]:
    """Teacher → `applicant` of each, in as many queries as for one; `beside` is teacher → the enrolment of hers that
    does not count."""
    who, periods = {each.pk: each for each in teachers}, list(periods)
    day = clock.local_date(at)
    schools, held = _schools(who, day), _posts_held(who, day)
    programmes = {each.programme_id for each in periods}
    levels = {level for each in periods for level in (each.programme.level, each.requires) if level}
    holders = {each.pk: _holding(each, who, day) for each in levels}
    own = _binding(who, day, beside or {})
    clashes = _clashes(own, periods)
    return {
        pk: Applicant(
            teacher=teacher,
            school=schools.get(pk),
            posts=frozenset(post for post, _stage in held[pk]),
            stages=frozenset(schools[pk].stages if pk in schools else [])
            | {stage for _post, stage in held[pk] if stage},
            holds=frozenset(level for level, holding in holders.items() if pk in holding),
            enrolled=_states(own[pk], programmes),
            clashes=clashes.get(pk, {}),
            at=at,
        )
        for pk, teacher in who.items()
    }


def clash(enrolment: Enrolment, at: dt.datetime) -> Session | None:
    """A session elsewhere, in a seat of hers, while one of the enrolment's period is held."""
    person = enrolment.person.pk
    own = _binding([person], clock.local_date(at), {person: enrolment.pk})
    return _clashes(own, [enrolment.period]).get(person, {}).get(enrolment.period_id)


def _schools(who: Collection[int], day: dt.date) -> dict[int, Organisation]:
    posted = Posting.objects.held_on(day).filter(teacher__in=who).select_related("organisation")
    return {each.teacher_id: each.organisation for each in posted.order_by("-pk")}


def _posts_held(who: Collection[int], day: dt.date) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    rows = PostHeld.objects.held_on(day).filter(teacher__in=who)
    for teacher, post, stage in rows.values_list("teacher", "post", "stage"):
        found[teacher].append((post, stage))
    return found


def _holding(level: Level, who: Collection[int], day: dt.date) -> set[int]:
    return set(certificates.holders(level, day).filter(pk__in=who).values_list("pk", flat=True))


def _binding(who: Collection[int], day: dt.date, beside: Mapping[int, int]) -> dict[int, list[_Bound]]:
    """Person → the enrolments that bind her on a day, under her record or one that was merged into it."""
    found: dict[int, list[_Bound]] = defaultdict(list)
    # The records first: asked in one condition across both tables, every enrolment would be read.
    records = Teacher.objects.filter(Q(pk__in=who) | Q(merged_into__in=who))
    rows = Enrolment.objects.binding(day).filter(teacher__in=records.values("pk"))
    columns = ("pk", "teacher", "teacher__merged_into", "period", "period__programme", "state")
    for pk, teacher, person, *facts in rows.values_list(*columns):
        for each in {teacher, person}.intersection(who):
            if beside.get(each) != pk:
                found[each].append(_Bound(*facts))
    return found


def _states(own: Iterable[_Bound], programmes: Collection[int]) -> dict[int, str]:
    """Programme → the state of the enrolment that binds her there; a completion says more than another try beside
    it."""
    rows = [(each.programme, each.state) for each in own if each.programme in programmes]
    return dict(sorted(rows, key=lambda row: row[1] == Enrolment.State.COMPLETED))


def _clashes(own: Mapping[int, list[_Bound]], periods: Iterable[Period]) -> dict[int, dict[int, Session]]:
    """Person → for each period with a session during one of those that she attends elsewhere, that one."""
    states = (Enrolment.State.CONFIRMED, Enrolment.State.OFFERED)
    attended = {pk: {each.period for each in some if each.state in states} for pk, some in own.items()}
    elsewhere = Session.objects.standing().filter(period__in=set().union(*attended.values()))
    others = list(elsewhere.select_related("period__programme"))
    if not others:
        return {}
    found: dict[int, dict[int, Session]] = defaultdict(dict)
    for each in Session.objects.standing().filter(period__in=periods).in_order():
        for other in others:
            if other.period_id != each.period_id and other.starts_at < each.ends_at and each.starts_at < other.ends_at:
                for pk in attended:
                    if other.period_id in attended[pk]:
                        found[pk].setdefault(each.period_id, other)
    return found


def judge(period: Period, who: Applicant) -> list[Condition]:
    """Every rule of a period for one teacher, in the order in which they are told."""
    return [rule(period, who) for rule in _RULES]


def unmet(period: Period, who: Applicant) -> list[Condition]:
    """The rules that keep her out."""
    return [each for each in judge(period, who) if not each.met]


def still_unmet(period: Period, who: Applicant) -> list[Condition]:
    """Those that keep out who applied in time: the dates of enrolment no longer count."""
    return [each for each in unmet(period, who) if each.name not in ("window", "announced")]


def _announced(period: Period, who: Applicant) -> Condition:
    why = gettext_lazy("This period is not open. Look out for the next one.")
    return Condition("announced", period.state == Period.State.OPEN, why)


def _window(period: Period, who: Applicant) -> Condition:
    if who.at < period.enrol_from_at:
        why = _("Enrolment opens on %(when)s. Come back then.") % {"when": moment(period.enrol_from_at)}
        return Condition("window", False, why)
    if who.at >= period.enrol_until_at:
        facts = {"when": deadline(period.enrol_until_at), "next": period.number + 1}
        why = _("Enrolment closed on %(when)s. You can look out for period %(next)s.") % facts
        return Condition("window", False, why)
    return Condition("window", True)


def _unit(period: Period, who: Applicant) -> Condition:
    unit = period.programme.organisation
    inside = bool(who.school and who.school.path.startswith(unit.path))
    why = _("This is for teachers who work at a school of %(unit)s. If you do, ask your school to record your posting.")
    return Condition("unit", inside, why % {"unit": unit})


def _posts(period: Period, who: Applicant) -> Condition:
    why = _("This is for: %(posts)s. If you hold such a post, ask your school to record it.")
    fits = not period.posts or bool(who.posts & set(period.posts))
    return Condition("posts", fits, why % {"posts": period.post_names})


def _stages(period: Period, who: Applicant) -> Condition:
    why = _("This is for teachers of these stages: %(stages)s.") % {"stages": period.stage_names}
    return Condition("stages", not period.stages or bool(who.stages & set(period.stages)), why)


def _prerequisite(period: Period, who: Applicant) -> Condition:
    level = period.requires
    if level is None:
        return Condition("prerequisite", True)
    why = _("It needs a valid %(level)s first. Earn it, or hand in the one you hold from elsewhere for verification.")
    return Condition("prerequisite", level.pk in who.holds, why % {"level": level})


def _not_yet(period: Period, who: Applicant) -> Condition:
    level = period.programme.level
    why = _("You hold a valid %(level)s or higher already, so there is nothing to earn here.") % {"level": level}
    return Condition("not_yet", level is None or level.pk not in who.holds, why)


def _once(period: Period, who: Applicant) -> Condition:
    if who.enrolled.get(period.programme_id) == Enrolment.State.COMPLETED:
        return Condition("once", False, gettext_lazy("You have completed this programme; it stands on your record."))
    why = gettext_lazy("You are enrolled in a period of this programme already. Withdraw there to change over.")
    return Condition("once", period.programme_id not in who.enrolled, why)


def _no_clash(period: Period, who: Applicant) -> Condition:
    other = who.clashes.get(period.pk)
    if other is None:
        return Condition("no_clash", True)
    why = _("On %(when)s you are at “%(session)s” of %(period)s. Withdraw there, or take another period.")
    facts = {"when": moment(other.starts_at), "session": other.title, "period": other.period}
    return Condition("no_clash", False, why % facts)


_RULES = (_announced, _window, _unit, _posts, _stages, _prerequisite, _not_yet, _once, _no_clash)
