"""A county's programme with two lessons, a period of it that runs, and a teacher who may join."""

import pytest

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
