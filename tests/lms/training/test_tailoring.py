"""A period says otherwise than its programme who may join and what it is worth; what was promised does not shrink."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from lms.journal.models import Line
from lms.people import access
from lms.records.models import HourEntry
from lms.training import applicants, completing, conditions, planning, tailoring
from lms.training.models import Enrolment, Period
from lms.training.tailoring import Terms
from tests.factories import certs, people
from tests.factories import training as make
from tests.factories.people import AT
from tests.factories.training import DAY

HOMEROOM, LEADER = "homeroom_teacher", "leader_in_charge"


def tailor(period, by, **more):
    return tailoring.tailor(period=period, terms=Terms(**more), by=by, at=AT)


def keeps_out(period, teacher):
    period = Period.objects.get(pk=period.pk)
    return {each.name for each in conditions.unmet(period, conditions.applicant(teacher, [period], AT))}


def worth(period):
    return {each.category: each.hours for each in Period.objects.get(pk=period.pk).worth}


def test_a_period_is_for_whom_its_programme_is_and_worth_its_hours_when_it_says_nothing(tree, teacher):
    programme = make.programme(tree.county, posts=[LEADER], stages=["senior"], requires=certs.level(tree.county))
    period = make.period(programme)
    assert (period.posts, period.stages, period.requires) == ([LEADER], ["senior"], programme.requires)
    assert worth(period) == {"professional": 12}
    assert keeps_out(period, teacher) == {"posts", "stages", "prerequisite"}


def test_tailor_lets_the_periods_own_rules_decide_in_place_of_the_programmes(tree, officer, teacher):
    level = certs.level(tree.county)
    period = make.period(make.programme(tree.county, posts=[LEADER], stages=["senior"], requires=level))
    tailor(period, officer, has_own_audience=True, posts=[HOMEROOM])
    assert keeps_out(period, teacher) == set()
    tailor(period, officer, has_own_audience=True, posts=[LEADER], stages=["senior"], requires=level)
    assert keeps_out(period, teacher) == {"posts", "stages", "prerequisite"}
    tailor(period, officer)
    assert not Period.objects.get(pk=period.pk).has_own_audience
    facts = Line.objects.filter(act="training.terms_changed").earliest("pk").facts
    own = {"posts": [HOMEROOM], "stages": [], "requires": None}
    assert (facts["before"]["audience"], facts["after"]["audience"]) == (None, own)


def test_schools_may_name_whom_the_periods_own_rules_let_in(tree, officer, sender, teacher):
    other = people.teacher("科任", school=tree.school, post="classroom_teacher")
    period = make.through_schools(make.programme(tree.county, posts=[HOMEROOM]))
    assert list(applicants.may_name(period, sender, AT)) == [teacher]
    period = tailor(period, officer, has_own_audience=True, posts=["classroom_teacher"])
    assert list(applicants.may_name(period, sender, AT)) == [other]
    period = tailor(period, officer, has_own_audience=True, requires=certs.level(tree.county))
    assert list(applicants.may_name(period, sender, AT)) == []


def test_completing_posts_the_periods_own_hours(tree, officer, teacher, period, lessons):
    tailor(period, officer, hours={"professional": Decimal(20), "elective": Decimal("1.5")})
    make.enrolled(teacher, period)
    for number, each in enumerate(lessons):
        make.learnt(teacher, each, at=AT + number * DAY / 24)
    completing.sweep(at=AT + DAY)
    assert dict(HourEntry.objects.values_list("category", "hours")) == {"professional": 20, "elective": Decimal("1.5")}
    with pytest.raises(tailoring.HoursCredited):
        tailor(period, officer, hours={"professional": Decimal(30), "elective": Decimal("1.5")})
    assert worth(period) == {"professional": 20, "elective": Decimal("1.5")}


@pytest.mark.parametrize(
    "terms",
    [
        {"has_own_audience": True, "posts": [LEADER]},
        {"has_own_audience": True, "posts": [HOMEROOM], "stages": ["primary"]},
        {"has_own_audience": True, "posts": [HOMEROOM], "requires": "level"},
    ],
)
def test_tailor_is_refused_when_it_narrows_the_rules_by_which_somebody_applied(tree, officer, teacher, terms):
    period = make.period(make.programme(tree.county, posts=[HOMEROOM]))
    make.enrolled(teacher, period)
    if "requires" in terms:
        terms = terms | {"requires": certs.level(tree.county)}
    with pytest.raises(tailoring.AudienceNarrowed):
        tailor(period, officer, **terms)
    assert not Period.objects.get(pk=period.pk).has_own_audience


def test_tailor_widens_the_rules_and_raises_the_hours_when_somebody_applied(tree, officer, teacher):
    period = make.period(make.programme(tree.county, posts=[HOMEROOM]))
    make.enrolled(teacher, period)
    hours = {"professional": Decimal(12), "general": Decimal(2)}
    tailor(period, officer, has_own_audience=True, posts=[HOMEROOM, LEADER], hours=hours)
    assert (Period.objects.get().posts, worth(period)) == ([HOMEROOM, LEADER], hours)
    tailor(period, officer, has_own_audience=True, hours=hours)
    assert Period.objects.get().posts == []


@pytest.mark.parametrize("hours", [{"professional": Decimal(11)}, {"elective": Decimal(12)}])
def test_tailor_is_refused_when_it_lowers_the_hours_for_which_somebody_applied(officer, teacher, period, hours):
    make.enrolled(teacher, period)
    with pytest.raises(tailoring.HoursPromised):
        tailor(period, officer, hours=hours)
    assert worth(period) == {"professional": 12}
    assert not Line.objects.filter(act="training.terms_changed").exists()


def test_tailor_lowers_what_nobody_is_promised_any_more(officer, teacher, period):
    make.enrolled(teacher, period)
    Enrolment.objects.update(state=Enrolment.State.WITHDRAWN)
    tailor(period, officer, hours={"professional": Decimal(1)})
    assert worth(period) == {"professional": 1}


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        ({"has_own_audience": True, "posts": ["headmistress"]}, tailoring.UnknownAudience),
        ({"has_own_audience": True, "stages": ["university"]}, tailoring.UnknownAudience),
        ({"hours": {"sport": Decimal(1)}}, tailoring.HoursUnfit),
        ({"hours": {"general": Decimal(0)}}, tailoring.HoursUnfit),
        ({"hours": {"general": Decimal("0.25")}}, tailoring.HoursUnfit),
    ],
)
def test_tailor_and_open_period_refuse_what_no_period_can_say(officer, programme, period, terms, refusal):
    with pytest.raises(refusal):
        tailor(period, officer, **terms)
    with pytest.raises(refusal):
        make.period(programme, 2, terms=Terms(**terms))
    assert Period.objects.get() == period


def test_tailor_is_refused_outside_ones_office_and_when_the_period_is_closed(tree, officer, period):
    for by in (people.officer("bureau_officer", tree.neighbour), people.officer("trainer", tree.county)):
        with pytest.raises(access.NotYourOffice):
            tailor(period, by)
    Period.objects.update(state=Period.State.CLOSED)
    with pytest.raises(tailoring.TermsClosed):
        tailor(period, officer)


def test_open_period_takes_terms_of_its_own(officer, programme):
    made = planning.open_period(
        programme=programme,
        number=3,
        starts_on=AT.date(),
        ends_on=AT.date(),
        enrol_from_at=AT,
        enrol_until_at=AT + make.SECOND,
        terms=Terms(True, posts=[HOMEROOM], hours={"general": Decimal(3)}),
        by=officer,
        at=AT,
    )
    assert (made.posts, worth(made)) == ([HOMEROOM], {"general": 3})


def test_a_certificate_of_its_own_stands_beside_an_audience_of_its_own_alone(tree, period):
    with pytest.raises(IntegrityError), transaction.atomic():
        Period.objects.update(own_requires=certs.level(tree.county))
