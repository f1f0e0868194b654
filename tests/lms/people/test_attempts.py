"""Wrong tries: several limits asked at once, each by its own time."""

import datetime as dt

import pytest

from lms.lib import clock
from lms.people.attempts import Counter, TooManyTries, require_all_free

SECOND = dt.timedelta(seconds=1)
SHORT, LONG = Counter("knock at", limit=2, seconds=60), Counter("knock by", limit=3, seconds=300)
BOTH = [(SHORT, "the door"), (LONG, "the guest")]


@pytest.fixture
def at(db):
    return clock.now()


def _knock(counter, what, times, at):
    for _time in range(times):
        counter.count(what, at)


def test_all_are_free_before_any_try_and_below_the_limits(at):
    require_all_free(BOTH, at)
    _knock(SHORT, "the door", 1, at)
    _knock(LONG, "the guest", 2, at)
    require_all_free(BOTH, at)


@pytest.mark.parametrize(("counter", "what", "minutes"), [(SHORT, "the door", 1), (LONG, "the guest", 5)])
def test_one_limit_that_is_reached_refuses_with_its_own_time(at, counter, what, minutes):
    _knock(counter, what, counter.limit, at)
    with pytest.raises(TooManyTries) as refused:
        require_all_free(BOTH, at)
    assert refused.value.facts["minutes"] == minutes
    require_all_free([(SHORT, "another door"), (LONG, "another guest")], at)


def test_each_limit_forgets_after_its_own_seconds(at):
    _knock(SHORT, "the door", 2, at)
    _knock(LONG, "the guest", 3, at)
    with pytest.raises(TooManyTries):
        SHORT.require_free("the door", at + 59 * SECOND)
    SHORT.require_free("the door", at + 60 * SECOND)
    with pytest.raises(TooManyTries):
        require_all_free(BOTH, at + 60 * SECOND)
    require_all_free(BOTH, at + 300 * SECOND)


def test_several_limits_take_one_question(at, django_assert_num_queries):
    with django_assert_num_queries(1):
        require_all_free(BOTH, at)
