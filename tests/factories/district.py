"""A district for tests of coverage: clusters and schools, teachers in posts, who holds what and who reported what.

`small` has one person for every turn of the rules; `large` is many alike, for counting queries and time. All invented.
"""

import datetime as dt
import itertools
from types import SimpleNamespace

from certs.models import Batch, Credential, DutyRule, ExternalCredential, ExternalType, StateChange
from lms.audits.models import Target
from lms.lib import clock
from lms.lib.crypto import keyed_hash
from lms.people.models import Appointment, Organisation, PostHeld, Posting, Teacher, User, YearlyFigures
from lms.records.models import Outcome
from tests.factories import certs, people

ON = dt.date(2024, 3, 5)
DAY = dt.timedelta(days=1)
Post, Office, Level = PostHeld.Post, Appointment.Office, Organisation.Level
_count = itertools.count(1)


def tree(parent=None, name="澜溪区", clusters=("城中学区", "北岭学区"), schools=2):
    """A county with clusters of some schools each, and one school directly below it."""
    county = people.organisation(name, level=Level.COUNTY, parent=parent, code=f"98{next(_count):04d}")
    d = SimpleNamespace(county=county, clusters=[], schools=[])
    for cluster in clusters:
        unit = people.organisation(cluster, level=Level.CLUSTER, parent=county)
        d.clusters.append(unit)
        d.schools += [people.organisation(f"{cluster}第{n}小学", parent=unit) for n in range(1, schools + 1)]
    d.direct = people.organisation(f"{name}实验学校", parent=county)
    d.schools.append(d.direct)
    return d


def regulated(d):
    """The county's three levels; who must hold which, and what is only aimed at; who set it."""
    d.setter = people.user("定规")
    d.c = certs.level(d.county, code="C", rank=1, name="心理健康教育C证")
    d.b = certs.level(d.county, code="B", rank=2, name="心理健康教育B证")
    d.a = certs.level(d.county, code="A", rank=3, name="心理健康教育A证")
    d.c_rule = rule(d, Post.CLASSROOM, d.c)
    d.b_rule = rule(d, Post.PART_TIME, d.b)
    d.a_rule = rule(d, Post.FULL_TIME, d.a)
    d.aim = rule(d, Post.HOMEROOM, d.b, is_required=False)
    return d


def rule(d, post, level, *, is_required=True, stage="", authority=None, from_on=dt.date(2019, 9, 1), until_on=None):
    return DutyRule.objects.create(
        authority=authority or d.county,
        post=post,
        stage=stage,
        level=level,
        is_required=is_required,
        from_on=from_on,
        until_on=until_on,
        set_by=d.setter,
        set_at=people.AT,
    )


def target(d, post, level, percent, *, due_on=dt.date(2024, 8, 31), measure="certified", authority=None):
    return Target.objects.create(
        authority=authority or d.county,
        post=post,
        level=level,
        percent=percent,
        due_on=due_on,
        measure=measure,
        set_by=d.setter,
        set_at=people.AT,
    )


def person(name, school=None, *posts, since=dt.date(2012, 9, 1), until=None, **more):
    """A teacher posted at a school and holding posts there, between two days."""
    made = people.teacher(name, **more)
    if school:
        Posting.objects.create(teacher=made, organisation=school, from_on=since, until_on=until)
    for each in posts:
        post(made, school, each, since=since, until=until)
    return made


def post(teacher, school, name, *, since=dt.date(2012, 9, 1), until=None, stage="primary"):
    return PostHeld.objects.create(
        teacher=teacher, organisation=school, post=name, stage=stage, from_on=since, until_on=until
    )


def holds(level, teacher, *, issued_on=dt.date(2020, 6, 1), expires_on=None, changes=()):
    """An issued certificate, with the changes of its standing: pairs of a day and a state, in order."""
    signer, proposer = (User.objects.get_or_create(username=each, full_name=each)[0] for each in ("签发", "拟稿"))
    n = next(_count)
    batch = Batch.objects.create(
        level=level,
        title="名单",
        basis=f"district:{n}",
        state=Batch.State.ISSUED,
        issue_on=issued_on,
        proposed_by=proposer,
        proposed_at=people.AT,
        decided_by=signer,
        decided_at=people.AT,
    )
    state = changes[-1][1] if changes else Credential.State.ISSUED
    made = Credential.objects.create(
        batch=batch,
        level=level,
        teacher=teacher,
        basis=batch.basis,
        state=state,
        facts={"level": level.name, "authority": level.scheme.authority.name, "holder": teacher.full_name},
        number=f"D{n:06d}",
        token=f"district-{n}",
        issued_on=issued_on,
        expires_on=expires_on,
    )
    before = Credential.State.ISSUED
    for day, to_state in changes:
        _changed(made, before, to_state, day, proposer, signer)
        before = to_state
    return made


def _changed(credential, before, to_state, day, proposer, signer):
    moment = clock.local_moment(day, dt.time(10))
    StateChange.objects.create(
        credential=credential,
        from_state=before,
        to_state=to_state,
        reason="核查",
        state=StateChange.State.APPROVED,
        proposed_by=proposer,
        proposed_at=moment,
        decided_by=signer,
        decided_at=moment,
    )


def holds_elsewhere(d, level, teacher, *, state="verified", issued_on=dt.date(2020, 6, 1), expires_on=None):
    kind, _made = ExternalType.objects.get_or_create(
        authority=d.county, name=f"省级{level.code}证", issuer="省指导中心", equals=level, from_on=dt.date(2019, 1, 1)
    )
    return ExternalCredential.objects.create(
        teacher=teacher,
        type=kind,
        number=f"E{next(_count):06d}",
        issued_on=issued_on,
        expires_on=expires_on,
        state=state,
        submitted_by=d.setter,
        submitted_at=people.AT,
    )


def trained(level, teacher, title, *, ended_on=dt.date(2021, 7, 1), completed=True):
    return Outcome.objects.create(
        teacher=teacher,
        track=level.track,
        title=title,
        ended_on=ended_on,
        is_completed=completed,
        source=f"test:{next(_count)}",
        recorded_at=people.AT,
    )


def figures(school, *, year=2023, as_of_on=dt.date(2023, 10, 1), state="confirmed", by=None, **more):
    """What a school reported; confirmed by somebody else unless it waits."""
    numbers = {"pupils": 900, "classes": 20, "full_time_posts": 1, "part_time_posts": 3}
    numbers |= {"has_counselling_room": True, "has_timetabled_course": True}
    decided = state != "submitted"
    return YearlyFigures.objects.create(
        organisation=school,
        year=year,
        as_of_on=as_of_on,
        state=state,
        submitted_by=by or people.user("填报"),
        submitted_at=people.AT,
        decided_by=people.user("核定") if decided else None,
        decided_at=clock.local_moment(as_of_on + 20 * DAY) if decided else None,
        **{**numbers, **more},
    )


def small(parent=None):
    """A district with a person for every turn of the rules, looked at on 5 March 2024 (ON)."""
    d = regulated(tree(parent))
    one, two, three, four, direct = d.schools
    _holders(d, one, two)
    _lacking(d, three)
    _movers(d, one, three, four)
    d.part = [person(f"兼职{n}", school, Post.PART_TIME, Post.CLASSROOM) for n, school in enumerate(d.schools)]
    for each in d.part[:3]:
        holds(d.b, each)
    holds(d.c, d.part[3])
    d.full = [person("专职甲", one, Post.FULL_TIME), person("专职乙", direct, Post.FULL_TIME)]
    holds_elsewhere(d, d.a, d.full[0])
    holds_elsewhere(d, d.a, d.full[1], state="to_be_verified")
    d.homeroom = [person(f"班主任{n}", direct, Post.HOMEROOM, Post.CLASSROOM) for n in range(4)]
    holds(d.b, d.homeroom[0])
    holds(d.c, d.homeroom[1])
    _trainings(d)
    return d


def _holders(d, one, two):
    d.plain = person("有C证", one, Post.CLASSROOM)
    d.plain_paper = holds(d.c, d.plain)
    d.above = person("有A证", one, Post.CLASSROOM)
    holds(d.a, d.above)
    d.twice = person("两张证", two, Post.CLASSROOM)
    holds(d.c, d.twice)
    holds(d.b, d.twice)
    d.last_day = person("当日到期", two, Post.CLASSROOM)
    holds(d.c, d.last_day, expires_on=ON)
    d.lifted = person("已恢复", two, Post.CLASSROOM)
    holds(d.c, d.lifted, changes=[(ON - 9 * DAY, "suspended"), (ON - 2 * DAY, "issued")])
    d.later = person("后来撤销", two, Post.CLASSROOM)
    holds(d.c, d.later, changes=[(ON + DAY, "revoked")])


def _lacking(d, three):
    d.nothing = person("没有证", three, Post.CLASSROOM)
    d.expired = person("已过期", three, Post.CLASSROOM)
    holds(d.c, d.expired, expires_on=ON - DAY)
    d.suspended = person("暂停中", three, Post.CLASSROOM)
    holds(d.c, d.suspended, changes=[(ON, "suspended")])
    d.revoked = person("已撤销", three, Post.CLASSROOM)
    holds(d.c, d.revoked, changes=[(ON - 30 * DAY, "suspended"), (ON - 20 * DAY, "revoked")])
    d.too_late = person("次日发证", three, Post.CLASSROOM)
    holds(d.c, d.too_late, issued_on=ON + DAY)


def _movers(d, one, three, four):
    d.moved = person("调动当日", three, Post.CLASSROOM, until=ON)
    Posting.objects.create(teacher=d.moved, organisation=four, from_on=ON)
    holds(d.c, d.moved)
    d.left = person("已调离", three, Post.CLASSROOM, until=ON - DAY)
    d.coming = person("明天来", three, Post.CLASSROOM, since=ON + DAY)
    d.post_over = person("岗位已止", four)
    post(d.post_over, four, Post.CLASSROOM, until=ON - DAY)
    d.two_posts = person("两个岗位", four, Post.CLASSROOM)
    post(d.two_posts, four, Post.CLASSROOM, stage="junior")
    # One person registered twice, in two schools; the lesser record has the certificate.
    d.greater = person("合并甲", one, Post.CLASSROOM)
    d.lesser = person("合并甲", four, Post.CLASSROOM, account=False, merged_into=d.greater)
    d.lesser_paper = holds(d.c, d.lesser)


def _trainings(d):
    for who in (d.plain, d.above, d.left, d.greater, d.lesser):
        trained(d.c, who, "C证第1期")
    trained(d.c, d.plain, "C证第2期")
    trained(d.c, d.nothing, "C证第2期", completed=False)
    trained(d.c, d.expired, "C证第3期", ended_on=ON + DAY)
    trained(d.b, d.part[0], "B证第1期")


def large(schools=40, teachers=3300, parent=None, clusters=5):
    """A district of so many schools and classroom teachers, nineteen in twenty of them certified; written in bulk."""
    each_cluster = max(1, schools // clusters)
    names = [f"第{n}学区" for n in range(1, min(clusters, schools) + 1)]
    d = regulated(tree(parent, "大溪区", names, schools=each_cluster))
    d.schools = d.schools[:schools] if schools < len(d.schools) else d.schools
    everyone = _many_teachers(teachers)
    at = [(who, d.schools[n % len(d.schools)]) for n, who in enumerate(everyone)]
    since = dt.date(2015, 9, 1)
    Posting.objects.bulk_create(Posting(teacher=who, organisation=school, from_on=since) for who, school in at)
    posts = [(who, school, Post.CLASSROOM) for who, school in at]
    posts += [(who, school, Post.HOMEROOM) for who, school in at[::3]]
    posts += [(who, school, Post.PART_TIME) for who, school in at[::11]]
    PostHeld.objects.bulk_create(
        PostHeld(teacher=who, organisation=school, post=name, stage="primary", from_on=since)
        for who, school, name in posts
    )
    _many_papers(d, [who for n, who in enumerate(everyone) if n % 20], d.c)
    _many_papers(d, everyone[::11][1:], d.b)
    Outcome.objects.bulk_create(
        Outcome(
            teacher=who,
            track=d.c.track,
            title="C证第1期",
            ended_on=dt.date(2021, 7, 1),
            is_completed=True,
            source="test:large",
            recorded_at=people.AT,
        )
        for who in everyone
    )
    for school in d.schools:
        figures(school)
    return d


def _many_teachers(count):
    first = next(_count) * 10_000
    numbers = [f"990608{first + n:012d}" for n in range(1, count + 1)]
    return Teacher.objects.bulk_create(
        Teacher(
            full_name=f"教师{n}",
            name_pinyin=f"jiao shi {n}",
            id_number=number,
            id_number_hash=keyed_hash("id_number", number),
            registered_at=people.AT,
        )
        for n, number in enumerate(numbers, start=1)
    )


def _many_papers(d, teachers, level):
    if not teachers:
        return
    first = holds(level, teachers[0])
    Credential.objects.bulk_create(
        Credential(
            batch=first.batch,
            level=level,
            teacher=who,
            place=n,
            basis=first.basis,
            state=Credential.State.ISSUED,
            number=f"L{level.pk:04d}{n:06d}",
            token=f"large-{level.pk}-{n}",
            issued_on=dt.date(2021, 8, 1),
        )
        for n, who in enumerate(teachers[1:], start=1)
    )


def officer(d, office=Office.BUREAU_OFFICER, unit=None, name="周衡", **more) -> User:
    return people.officer(office, unit or d.county, name, **more)
