"""Every figure of a small district against a recount in plain SQL, written from the definitions, not from the ORM."""

import datetime as dt

import pytest
from django.db import connection

from certs import revoking
from certs.models import StateChange
from lms.audits import measures, queries
from lms.people.models import Organisation, PostHeld, Posting
from tests.factories import district, people
from tests.factories.district import DAY, ON

pytestmark = pytest.mark.django_db

# A person is her record, or the record hers was merged into.
PERSONS_IN_POST = """
    SELECT DISTINCT COALESCE(t.merged_into_id, t.id) AS person
    FROM people_posting p
    JOIN people_teacher t ON t.id = p.teacher_id
    JOIN people_organisation o ON o.id = p.organisation_id
    WHERE o.path LIKE %(under)s AND p.from_on <= %(on)s AND (p.until_on IS NULL OR p.until_on >= %(on)s)
      AND COALESCE(t.merged_into_id, t.id) IN (
        SELECT COALESCE(h.merged_into_id, h.id)
        FROM people_postheld q JOIN people_teacher h ON h.id = q.teacher_id
        WHERE q.post = %(post)s AND (%(stage)s = '' OR q.stage = %(stage)s)
          AND q.from_on <= %(on)s AND (q.until_on IS NULL OR q.until_on >= %(on)s)
      )
"""
# Own certificates in force at the end of the day, and verified ones from elsewhere that equal the level or one above.
HOLDERS = """
    SELECT COALESCE(t.merged_into_id, t.id) AS person
    FROM certs_credential c
    JOIN certs_level l ON l.id = c.level_id
    JOIN people_teacher t ON t.id = c.teacher_id
    WHERE l.scheme_id = %(scheme)s AND l.rank >= %(rank)s
      AND c.state NOT IN ('proposed', 'returned') AND c.issued_on <= %(on)s
      AND (NOT %(valid)s OR (
        (c.expires_on IS NULL OR c.expires_on >= %(on)s)
        AND 'issued' = COALESCE((
          SELECT s.to_state FROM certs_statechange s
          WHERE s.credential_id = c.id AND s.state = 'approved' AND s.decided_at < %(midnight)s
          ORDER BY s.decided_at DESC, s.id DESC LIMIT 1
        ), 'issued')
      ))
    UNION
    SELECT COALESCE(t.merged_into_id, t.id)
    FROM certs_externalcredential e
    JOIN certs_externaltype y ON y.id = e.type_id
    JOIN certs_level l ON l.id = y.equals_id
    JOIN people_teacher t ON t.id = e.teacher_id
    WHERE l.scheme_id = %(scheme)s AND l.rank >= %(rank)s AND e.state = 'verified' AND e.issued_on <= %(on)s
      AND (NOT %(valid)s OR e.expires_on IS NULL OR e.expires_on >= %(on)s)
"""
POSTED = """
    SELECT DISTINCT COALESCE(t.merged_into_id, t.id) AS person
    FROM people_posting p
    JOIN people_teacher t ON t.id = p.teacher_id
    JOIN people_organisation o ON o.id = p.organisation_id
    WHERE o.path LIKE %(under)s AND p.from_on <= %(on)s AND (p.until_on IS NULL OR p.until_on >= %(on)s)
"""
TRAININGS = """
    SELECT COUNT(*), COUNT(DISTINCT CASE WHEN r.is_completed THEN COALESCE(t.merged_into_id, t.id) END)
    FROM records_outcome r JOIN people_teacher t ON t.id = r.teacher_id
    WHERE r.track = %(track)s AND r.ended_on <= %(on)s
      AND EXISTS (
        SELECT 1 FROM people_posting p JOIN people_organisation o ON o.id = p.organisation_id
        WHERE p.teacher_id = t.id AND o.path LIKE %(under)s
      )
"""


def ask(sql, **params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()


def number_of(persons, among="SELECT id FROM people_teacher", **params):
    """How many of these persons are among those."""
    return ask(" ".join(["SELECT COUNT(*) FROM (", persons, ") AS them WHERE person IN (", among, ")"]), **params)[0]


def facts(unit, on, level, *, valid=True, post="", stage=""):
    midnight = dt.datetime.combine(on + DAY, dt.time(0), dt.timezone(dt.timedelta(hours=8)))
    return {
        "under": f"{unit.path}%",
        "on": on,
        "post": post,
        "stage": stage,
        "scheme": level.scheme_id,
        "rank": level.rank,
        "valid": valid,
        "midnight": midnight.astimezone(dt.UTC).replace(tzinfo=None if connection.vendor == "sqlite" else dt.UTC),
        "track": f"{level.scheme.authority_id}:{level.scheme.code}:{level.code}",
    }


def recounted(unit, on, rule):
    given = facts(unit, on, rule.level, post=rule.post, stage=rule.stage)
    return number_of(PERSONS_IN_POST, HOLDERS, **given), number_of(PERSONS_IN_POST, **given)


def counted(unit, on):
    lines = queries.headline(unit, on)
    return {each.yardstick.rule: (each.share.part, each.share.of) for each in lines if each.yardstick.rule}


@pytest.fixture
def d(tree):
    found = district.small(tree.city)
    # What must not be counted: a neighbour's teachers, one of whom holds a certificate of this scheme.
    stranger = district.person("邻区", tree.other_school, PostHeld.Post.CLASSROOM, PostHeld.Post.PART_TIME)
    district.holds(found.b, stranger)
    found.city = tree.city
    found.junior = district.rule(found, PostHeld.Post.CLASSROOM, found.b, stage="junior", is_required=False)
    return found


DAYS = [ON, ON - DAY, ON + DAY, dt.date(2020, 6, 1), dt.date(2020, 5, 31), dt.date(2013, 1, 1)]


def test_small_district_has_the_figures_one_counts_by_hand(d):
    """So that the recount and the measure cannot both be empty, or wrong in the same way."""
    found = counted(d.county, ON)
    assert found[d.c_rule] == (6 + 1 + 1 + 3 + 1 + 2, 6 + 5 + 1 + 1 + 1 + 5 + 4)
    assert found[d.b_rule] == (3, 5)
    assert found[d.a_rule] == (1, 2)
    assert found[d.aim] == (1, 4)
    assert found[d.junior] == (0, 1)


@pytest.mark.parametrize("on", DAYS)
def test_every_rate_agrees_with_a_recount_in_plain_sql(d, on):
    compared = 0
    for unit in Organisation.objects.all():
        for rule, figure in counted(unit, on).items():
            assert figure == recounted(unit, on, rule), (unit.name, str(rule), on)
            compared += figure[1] > 0
    assert compared > 5 or on < dt.date(2019, 9, 1)


@pytest.mark.parametrize("on", DAYS[:3])
def test_groups_agree_with_a_recount_of_each_unit(d, on):
    stick = queries.yardsticks(d.county, on)
    schools = measures.shares_by_school(d.county, on, stick)
    for school in d.schools:
        for each in stick:
            share = schools.get(school.pk, {}).get(each.key, measures.Share())
            assert (share.part, share.of) == recounted(school, on, each.rule), (school.name, each.key)
    parts = measures.shares_by_part(d.county, on, stick)
    for cluster in d.clusters:
        for each in stick:
            share = parts[cluster.path][each.key]
            assert (share.part, share.of) == recounted(cluster, on, each.rule), (cluster.name, each.key)
    for each in stick:
        share = parts[measures.DIRECT][each.key]
        assert (share.part, share.of) == recounted(d.direct, on, each.rule)


@pytest.mark.parametrize("on", DAYS)
def test_trainings_persons_holders_and_valid_holders_agree_with_a_recount(d, on):
    for unit in Organisation.objects.all():
        for row in measures.levels(unit, on, [d.c, d.b, d.a]):
            given = facts(unit, on, row.level)
            assert (row.attendances, row.trained) == ask(TRAININGS, **given), (unit.name, row.level.code)
            for count, valid in ((row.holders, False), (row.valid, True)):
                assert count == number_of(POSTED, HOLDERS, **{**given, "valid": valid}), (unit.name, row.level.code)


def test_the_four_numbers_of_a_level_are_four_different_ones(d):
    row = measures.levels(d.county, ON, [d.c])[0]
    # Seven attendances of four persons (one of them registered twice, one gone since); certificates are another matter.
    assert (row.attendances, row.trained) == (7, 4)
    assert row.holders > row.valid > row.trained


def test_lacking_names_exactly_those_whom_the_rate_misses(d):
    for rule, (part, of) in counted(d.county, ON).items():
        assert queries.lacking(rule, d.county, ON).count() == of - part
    names = {each.full_name for each in queries.lacking(d.c_rule, d.county, ON)}
    assert {"没有证", "已过期", "暂停中", "已撤销", "次日发证"} <= names
    assert {"合并甲", "两张证", "已恢复", "后来撤销"} & names == set()


def moved(d, before):
    """By how much each rate moved."""
    after = counted(d.county, ON)
    return {rule: (after[rule][0] - part, after[rule][1] - of) for rule, (part, of) in before.items()}


def test_without_one_posting_each_rate_concerned_moves_by_one_person(d):
    before = counted(d.county, ON)
    Posting.objects.get(teacher=d.part[0]).delete()
    assert moved(d, before) == {
        d.c_rule: (-1, -1),
        d.b_rule: (-1, -1),
        d.a_rule: (0, 0),
        d.aim: (0, 0),
        d.junior: (0, 0),
    }


def test_one_revoked_certificate_moves_its_rate_by_one_person(d):
    team = SimpleTeam(d)
    before = counted(d.county, ON)
    change = revoking.propose(
        credential=d.plain_paper, to_state="revoked", reason="考试作弊查实", by=team.proposer, at=people.AT
    )
    revoking.approve(change=change, by=team.signatory, at=people.AT)
    assert StateChange.objects.filter(credential=d.plain_paper).count() == 1
    assert moved(d, before) == {d.c_rule: (-1, 0), d.b_rule: (0, 0), d.a_rule: (0, 0), d.aim: (0, 0), d.junior: (0, 0)}
    # The days before it was revoked keep their figures.
    assert counted(d.county, ON - DAY)[d.c_rule] == recounted(d.county, ON - DAY, d.c_rule)


def test_one_ended_post_moves_its_rates_by_one_person(d):
    before = counted(d.county, ON)
    PostHeld.objects.filter(teacher=d.part[4], post=PostHeld.Post.PART_TIME).update(until_on=ON - DAY)
    assert moved(d, before) == {d.c_rule: (0, 0), d.b_rule: (0, -1), d.a_rule: (0, 0), d.aim: (0, 0), d.junior: (0, 0)}


class SimpleTeam:
    def __init__(self, d):
        office = district.Office
        self.proposer = people.officer(office.EXAM_OFFICER, d.county, "周拟")
        self.signatory = people.officer(office.SIGNATORY, d.county, "郑签")
