"""A county's programme with two lessons, a period of it that runs, and a teacher who may join."""

from types import SimpleNamespace

import pytest

from lms.people.models import Organisation
from tests.factories import people
from tests.factories import training as make


@pytest.fixture
def lessons():
    return [make.lesson("认识情绪"), make.lesson("倾听")]


@pytest.fixture
def programme(tree, lessons):
    return make.programme(tree.county, lessons=lessons)


@pytest.fixture
def period(programme):
    return make.period(programme)


@pytest.fixture
def teacher(tree):
    return people.teacher("林知微", school=tree.school, post="homeroom_teacher")


@pytest.fixture
def places(tree):
    """What seats are shared among: a cluster of two schools in the county, and the county's school beside it."""
    cluster = people.organisation("城东学区", level=Organisation.Level.CLUSTER, parent=tree.county)
    return SimpleNamespace(
        county=tree.county,
        cluster=cluster,
        east=people.organisation("城东一小", parent=cluster),
        west=people.organisation("城东二小", parent=cluster),
        alone=tree.school,
    )


@pytest.fixture
def officer(tree):
    """Who organises the county's programmes."""
    return people.officer("bureau_officer", tree.county, "沈县")


@pytest.fixture
def sender(tree):
    """Who speaks for the county's school."""
    return people.officer("school_officer", tree.school, "校办")
