"""Who trains in a period: named with their office, and what they may do from its first day."""

import pytest

from lms.journal.models import Line
from lms.people import access
from lms.training import roll, staffing
from lms.training.models import PeriodTrainer, Session, taught_by
from lms.training.staffing import Staff
from tests.factories import attendance as held
from tests.factories import people
from tests.factories import training as make
from tests.factories.people import AT
from tests.factories.training import DAY


def staff(period, by, accounts=(), names=()):
    return staffing.staff(period=period, trainers=Staff(accounts, names), by=by, at=AT)


def named(period):
    return [(each.name, each.user) for each in period.trainers.all()]


@pytest.fixture
def guest(tree):
    """A trainer of the neighbour county: her own office covers nothing here."""
    return people.officer("trainer", tree.neighbour, "温师")


def test_staff_names_accounts_and_others_and_the_next_time_all_of_them_anew(officer, period, guest):
    staff(period, officer, [guest], [" 邻省专家 ", "王教授"])
    assert named(period) == [("温师", guest), ("邻省专家", None), ("王教授", None)]
    staff(period, officer, [], ["王教授"])
    assert named(period) == [("王教授", None)]
    line = Line.objects.filter(act="training.trainers_named").latest("pk")
    assert (line.actor, line.facts) == (officer, {"before": ["温师", "邻省专家", "王教授"], "after": ["王教授"]})


def test_a_named_trainer_sees_the_roll_and_sets_work_from_the_first_day(officer, programme, guest):
    today = AT.date()
    later = make.period(programme, 2, starts_on=today + DAY, ends_on=today + 9 * DAY)
    session = held.session(later, starts_at=AT + 2 * DAY, ends_at=AT + 2 * DAY + held.HOUR)
    staff(later, officer, [guest])

    def may(at):
        return [later in found for found in (taught_by(guest, at), roll.periods_taken_by(guest, at))] + [
            session in Session.objects.taken_by(guest, at)
        ]

    assert may(AT) == [False, False, False]
    assert may(AT + DAY) == [True, True, True]
    staff(later, officer)
    assert may(AT + DAY) == [False, False, False]


def test_a_named_trainer_may_nothing_once_her_office_is_over(officer, period, guest):
    staff(period, officer, [guest])
    guest.appointments.update(until_on=AT.date())
    assert not taught_by(guest, AT + 2 * DAY).exists()
    assert staff(period, officer, [guest]).trainers.count() == 1  # stays named


def test_sessions_offer_the_named_trainers_first(tree, officer, period, guest):
    near = people.officer("trainer", tree.county, "安师")
    assert list(roll.trainers(tree.county, AT, period)) == [near]
    staff(period, officer, [guest])
    assert [(each, each.is_named) for each in roll.trainers(tree.county, AT, period)] == [(guest, True), (near, False)]


def test_staff_is_refused_without_a_trainers_office_on_the_first_day(tree, officer, period):
    with pytest.raises(staffing.NoTrainersOffice) as refused:
        staff(period, officer, [people.officer("clerk", tree.county, "签到员")])
    assert "签到员" in str(refused.value)
    assert not PeriodTrainer.objects.exists()


@pytest.mark.parametrize(
    ("names", "refusal"),
    [
        (["王教授", "王教授 "], staffing.TrainerTwice),
        ([" "], staffing.NameUnfit),
        (["长" * 61], staffing.NameUnfit),
        ([f"专家{n}" for n in range(51)], staffing.TooManyTrainers),
    ],
)
def test_staff_and_open_period_refuse_names_that_do_not_fit(officer, programme, period, names, refusal):
    with pytest.raises(refusal):
        staff(period, officer, [], names)
    with pytest.raises(refusal):
        make.period(programme, 2, trainers=Staff((), names))
    assert programme.periods.count() == 1


def test_staff_is_refused_for_an_account_named_twice_and_outside_ones_office(tree, officer, period, guest):
    with pytest.raises(staffing.TrainerTwice):
        staff(period, officer, [guest, guest])
    for by in (people.officer("bureau_officer", tree.neighbour), guest):
        with pytest.raises(access.NotYourOffice):
            staff(period, by, [guest])
