"""Who may join a period: one named rule after another; each says why not, and what would change it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certs import queries as certificates
from lms.lib import clock
from lms.lib.moments import deadline, moment
from lms.people.models import Organisation, PostHeld, SchoolStage, Teacher
from lms.training.models import Enrolment, EnrolmentQuerySet, Period, Session


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


def applicant(
    teacher: Teacher, periods: Iterable[Period], at: dt.datetime, *, beside: Enrolment | None = None
) -> Applicant:
    """A teacher as the rules of these periods see her, in a number of queries that depends on the levels they name,
    not on the periods; `beside` is an enrolment of hers that does not count, because it is the one in question."""
    periods = list(periods)
    day = clock.local_date(at)
    school = teacher.school_on(day)
    held = list(PostHeld.objects.held_on(day).filter(teacher=teacher).values_list("post", "stage"))
    programmes = {each.programme_id: each.programme for each in periods}
    levels = {level for each in programmes.values() for level in (each.level, each.requires) if level}
    holds = {each.pk for each in levels if certificates.holders(each, day).filter(pk=teacher.pk).exists()}
    own = Enrolment.objects.binding(day).of(teacher).exclude(pk=beside.pk if beside else None)
    enrolled = own.filter(period__programme__in=list(programmes)).values_list("period__programme", "state")
    return Applicant(
        teacher=teacher,
        school=school,
        posts=frozenset(post for post, _stage in held),
        stages=frozenset(school.stages if school else []) | {stage for _post, stage in held if stage},
        holds=frozenset(holds),
        # A completion says more than another try beside it.
        enrolled=dict(sorted(enrolled, key=lambda row: row[1] == Enrolment.State.COMPLETED)),
        clashes=_clashes(own, periods),
        at=at,
    )


def clash(enrolment: Enrolment, at: dt.datetime) -> Session | None:
    """A session elsewhere, in a seat of hers, while one of the enrolment's period is held."""
    own = Enrolment.objects.binding(clock.local_date(at)).of(enrolment.person).exclude(pk=enrolment.pk)
    return _clashes(own, [enrolment.period]).get(enrolment.period_id)


def _clashes(own: EnrolmentQuerySet, periods: Iterable[Period]) -> dict[int, Session]:
    """For each period with a session during one of those that the person attends elsewhere, that one."""
    attended = own.filter(state__in=(Enrolment.State.CONFIRMED, Enrolment.State.OFFERED)).values("period")
    elsewhere = list(Session.objects.standing().filter(period__in=attended).select_related("period__programme"))
    if not elsewhere:
        return {}
    found: dict[int, Session] = {}
    for each in Session.objects.standing().filter(period__in=periods).in_order():
        for other in elsewhere:
            if other.period_id != each.period_id and other.starts_at < each.ends_at and each.starts_at < other.ends_at:
                found.setdefault(each.period_id, other)
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
    wanted = period.programme.posts
    names = _(", ").join(str(PostHeld.Post(each).label) for each in wanted)
    why = _("This is for: %(posts)s. If you hold such a post, ask your school to record it.") % {"posts": names}
    return Condition("posts", not wanted or bool(who.posts & set(wanted)), why)


def _stages(period: Period, who: Applicant) -> Condition:
    wanted = period.programme.stages
    names = _(", ").join(str(SchoolStage(each).label) for each in wanted)
    why = _("This is for teachers of these stages: %(stages)s.") % {"stages": names}
    return Condition("stages", not wanted or bool(who.stages & set(wanted)), why)


def _prerequisite(period: Period, who: Applicant) -> Condition:
    level = period.programme.requires
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
