"""A user's groups in the editor follow from her offices of that day."""

import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.documents.permissions import permission_policy as documents
from wagtail.images.permissions import permission_policy as images
from wagtail.models import Workflow
from wagtail.permissions import page_permission_policy as pages

from cms import founding, granting
from cms.models import CourseFile, CourseImage, Review
from lms.people.models import Appointment, User
from tests.factories import courses, people

pytestmark = pytest.mark.django_db
Office = Appointment.Office


@pytest.fixture
def a(tree):
    return courses.world(tree.county, lessons=1)


@pytest.fixture
def b(tree):
    return courses.world(tree.neighbour, lessons=1)


def again(user):
    """The user as the next request knows her."""
    return User.objects.get(pk=user.pk)


def rights(user, page):
    user = again(user)
    return {each for each in ("add", "change", "publish") if pages.user_has_permission_for_instance(user, each, page)}


def test_grant_gives_a_trainer_her_institution_and_no_other(tree, a, b, at):
    trainer = people.officer(Office.TRAINER, tree.county)
    assert granting.grant(trainer, at) == [a.room]
    assert rights(trainer, a.lesson) == {"add", "change"}
    assert rights(trainer, b.lesson) == set()
    assert rights(trainer, founding.home()) == set()
    assert again(trainer).has_perm("wagtailadmin.access_admin")


def test_grant_lets_a_reviewer_publish(tree, a, b, at):
    reviewer = people.officer(Office.CONTENT_REVIEWER, tree.county)
    granting.grant(reviewer, at)
    assert rights(reviewer, a.lesson) == {"add", "change", "publish"}
    assert rights(reviewer, b.lesson) == set()


def test_grant_gives_the_files_of_the_institution_and_of_no_other(tree, a, b, at):
    trainer = people.officer(Office.TRAINER, tree.county)
    granting.grant(trainer, at)
    trainer = again(trainer)
    for policy, model in ((documents, CourseFile), (images, CourseImage)):
        for act in ("add", "change", "choose"):
            assert list(policy.collections_user_has_permission_for(trainer, act)) == [a.room.collection]
        assert not policy.user_has_permission_for_instance(trainer, "choose", model(collection=b.room.collection))


def test_grant_covers_the_institutions_below_an_office_above(tree, a, b, at):
    trainer = people.officer(Office.TRAINER, tree.city)
    assert granting.grant(trainer, at) == [a.room, b.room]
    assert rights(trainer, a.lesson) == rights(trainer, b.lesson) == {"add", "change"}


def test_grant_covers_nothing_above_an_office(tree, at):
    above = courses.institution(tree.city)
    trainer = people.officer(Office.TRAINER, tree.county)
    assert granting.grant(trainer, at) == []
    assert rights(trainer, above) == set()


def test_grant_takes_everything_back_when_the_office_ended_yesterday(tree, a, at):
    trainer = people.user("甲训员")
    today = at.date()
    people.appointment(trainer, Office.TRAINER, tree.county, until_on=today)
    assert granting.grant(trainer, at) == [a.room]
    tomorrow = at + dt.timedelta(days=1)
    trainer = again(trainer)
    assert granting.grant(trainer, tomorrow) == []
    assert rights(trainer, a.lesson) == set()
    assert not again(trainer).has_perm("wagtailadmin.access_admin")


def test_grant_gives_nothing_before_the_office_begins(tree, a, at):
    trainer = people.user("甲训员")
    people.appointment(trainer, Office.TRAINER, tree.county, from_on=at.date() + dt.timedelta(days=1))
    assert granting.grant(trainer, at) == []


@pytest.mark.parametrize("office", [Office.BUREAU_OFFICER, Office.EXAM_OFFICER, Office.AUDITOR, Office.MARKER])
def test_grant_gives_nothing_to_other_offices(tree, a, at, office):
    assert granting.grant(people.officer(office, tree.county), at) == []


def test_grant_follows_the_office_for_which_she_acts(tree, a, b, at):
    user = people.user("两处")
    chosen = people.appointment(user, Office.TRAINER, tree.county)
    people.appointment(user, Office.TRAINER, tree.neighbour)
    assert granting.grant(again(user), at) == [a.room, b.room]
    user = again(user)
    user.acts_for = chosen
    assert granting.grant(user, at) == [a.room]
    assert rights(user, b.lesson) == set()


def test_grant_leaves_no_group_that_somebody_added_by_hand(tree, a, at):
    trainer = people.officer(Office.TRAINER, tree.county)
    trainer.groups.add(Group.objects.create(name="Editors"))
    granting.grant(trainer, at)
    assert [each.name for each in trainer.groups.all()] == [f"trainer {a.room.pk}"]


def test_grant_needs_no_groups_for_a_superuser(tree, a, b, at):
    root = people.user("管理员", is_superuser=True)
    assert granting.grant(root, at) == [a.room, b.room]
    assert not root.groups.exists()


def test_grant_equips_an_institution_that_was_founded_without_groups(tree, a, at):
    Group.objects.all().delete()
    Review.objects.all().delete()
    Workflow.objects.all().delete()
    reviewer = people.officer(Office.CONTENT_REVIEWER, tree.county)
    assert granting.grant(reviewer, at) == [a.room]
    assert rights(reviewer, a.lesson) == {"add", "change", "publish"}
    review = Review.objects.get(institution=a.room)
    assert again(reviewer).groups.get() in review.groups.all()
    assert a.lesson.get_workflow().tasks.get().specific == review


def test_grant_writes_nothing_the_second_time(tree, a, at):
    trainer = people.officer(Office.TRAINER, tree.county)
    granting.grant(trainer, at)
    trainer = again(trainer)
    with CaptureQueriesContext(connection) as asked:
        granting.grant(trainer, at)
    assert [each["sql"] for each in asked if not each["sql"].startswith("SELECT")] == []


def test_grant_asks_as_often_for_three_institutions_as_for_one(tree, a, at):
    trainer = people.officer(Office.TRAINER, tree.city)
    granting.grant(trainer, at)
    with CaptureQueriesContext(connection) as one:
        granting.grant(again(trainer), at)
    courses.institution(tree.neighbour)
    courses.institution(tree.city)
    granting.grant(again(trainer), at)
    with CaptureQueriesContext(connection) as three:
        granting.grant(again(trainer), at)
    assert len(three) == len(one)


def test_equip_changes_nothing_when_everything_is_there(tree, a):
    before = (Group.objects.count(), Review.objects.count(), Workflow.objects.count())
    granting.equip(a.room)
    assert (Group.objects.count(), Review.objects.count(), Workflow.objects.count()) == before
