"""The enrolled are told of what is new, once; what an institution announces is read by its enrolled only."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms import announcing, jobs, publishing, queries
from cms.models import AnnouncementPage, LessonPage, Told
from lms.inbox import rendering
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.lib import clock
from lms.people.models import Appointment
from lms.training.models import Enrolment
from tests.factories import courses, people

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
S = Enrolment.State


@pytest.fixture
def w(tree, at):
    """A room with a course of two lessons; one who learns there."""
    w = courses.world(tree.county, lessons=2)
    w.school = tree.school
    w.learner = enrolled(w, "林知微")
    return w


def enrolled(w, name, state=S.CONFIRMED, period=None):
    teacher = people.teacher(name, school=w.school)
    courses.enrolled(teacher, period or w.period, state)
    return teacher


def announce(w, title="教材发放", room=None):
    page = AnnouncementPage(title=title, slug=f"a-{title}", body="<p>请到教务处领取。</p>", live=False)
    (room or w.room).add_child(instance=page)
    return courses.publish(page)


def told():
    return [each.recipient.full_name for each in Message.objects.order_by("recipient__full_name")]


# --- New lessons -----------------------------------------------------------------------------------------------------


def test_tell_lessons_writes_one_message_a_course_to_each_learner(w, at):
    enrolled(w, "另一位")
    assert announcing.courses_with_news() == [w.course.pk]
    assert announcing.tell_lessons(course_id=w.course.pk, at=at) == 2
    assert sorted(told()) == ["另一位", "林知微"]
    message = Message.objects.first()
    assert (message.kind, message.address) == ("cms.lessons_new", w.course.address)
    words = rendering.words(message)
    assert words.subject == f"《{w.course.title}》新增 2 个课时"
    assert words.body == "· 第1课\n· 第2课"
    line = Line.objects.get(act="cms.lessons_told")
    assert (line.subject_name, line.facts) == (w.course.title, {"lessons": 2, "people": 2})


def test_tell_lessons_names_five_of_many(w, at):
    for number in range(3, 10):
        courses.lesson(w.module, f"第{number}课")
    announcing.tell_lessons(course_id=w.course.pk, at=at)
    body = rendering.words(Message.objects.get()).body
    assert "第5课" in body and "第6课" not in body
    assert "全部课时见课程页面" in body


def test_tell_lessons_tells_nothing_twice_when_a_lesson_is_published_again(w, at):
    announcing.tell_lessons(course_id=w.course.pk, at=at)
    w.lesson.title = "改过的题目"
    draft = w.lesson.save_revision()  # an older draft, published later
    courses.publish(LessonPage.objects.get(pk=w.lesson.pk))
    draft.publish()
    LessonPage.objects.get(pk=w.lesson.pk).unpublish()
    courses.publish(LessonPage.objects.get(pk=w.lesson.pk))
    assert announcing.courses_with_news() == []
    assert announcing.tell_lessons(course_id=w.course.pk, at=at + DAY) == 0
    assert Message.objects.count() == 1


def test_tell_lessons_tells_of_the_new_ones_only(w, at):
    announcing.tell_lessons(course_id=w.course.pk, at=at)
    courses.lesson(w.module, "第3课")
    announcing.tell_lessons(course_id=w.course.pk, at=at + DAY)
    assert rendering.words(Message.objects.latest("pk")).body == "· 第3课"


def test_tell_lessons_tells_who_may_read_them_now_and_nobody_else(w, at):
    enrolled(w, "候补", S.WAITING)
    enrolled(w, "退出", S.WITHDRAWN)
    enrolled(w, "已完成", S.COMPLETED)
    today = clock.local_date(at)
    enrolled(w, "未开班", period=courses.period(w.programme, starts_on=today + DAY))
    past = courses.period(w.programme, starts_on=today - 30 * DAY, ends_on=today - DAY, enrol_until_at=at - 2 * DAY)
    enrolled(w, "已结束", period=past)
    other = courses.programme(w.organisation, title="别的项目")
    enrolled(w, "别的项目", period=courses.period(other))
    people.teacher("未报名", school=w.school)
    announcing.tell_lessons(course_id=w.course.pk, at=at)
    assert told() == ["林知微"]


def test_tell_lessons_tells_once_who_learns_the_course_in_two_programmes(w, at):
    other = courses.programme(w.organisation, title="B证培训")
    courses.programme_page(w.room, other, [w.course])
    courses.enrolled(w.learner, courses.period(other))
    announcing.tell_lessons(course_id=w.course.pk, at=at)
    assert told() == ["林知微"]


@pytest.mark.parametrize("which", ["module", "course", "page"])
def test_tell_lessons_tells_nobody_when_they_are_not_to_be_read_and_later_when_they_are(w, at, which):
    page = getattr(w, which)
    page.unpublish()
    assert announcing.tell_lessons(course_id=w.course.pk, at=at) == 0
    courses.publish(type(page).objects.get(pk=page.pk))
    again = 0 if which == "page" else 1  # without a programme it was new to nobody
    assert announcing.tell_lessons(course_id=w.course.pk, at=at) == again
    assert Told.objects.count() == 2


def test_tell_lessons_says_nothing_when_the_course_was_deleted(at):
    assert announcing.tell_lessons(course_id=987654321, at=at) == 0


def test_who_enrols_later_is_told_of_what_comes_then(w, at):
    announcing.tell_lessons(course_id=w.course.pk, at=at)
    enrolled(w, "后来")
    assert announcing.tell_lessons(course_id=w.course.pk, at=at) == 0
    courses.lesson(w.module, "第3课")
    assert announcing.tell_lessons(course_id=w.course.pk, at=at) == 2


def test_tell_lessons_asks_as_often_for_many_learners_as_for_one(w, at):
    other = courses.world(people.organisation("另一中心"), lessons=1)
    other.school = w.school
    with CaptureQueriesContext(connection) as one:
        announcing.tell_lessons(course_id=w.course.pk, at=at)
    for number in range(9):
        enrolled(other, f"学员{number}")
    with CaptureQueriesContext(connection) as many:
        announcing.tell_lessons(course_id=other.course.pk, at=at)
    assert len(many) == len(one)


# --- Announcements of institutions -----------------------------------------------------------------------------------


def test_tell_announcement_tells_everybody_with_a_seat_there_once(w, at, tree):
    today = clock.local_date(at)
    enrolled(w, "未开班", period=courses.period(w.programme, starts_on=today + DAY))
    enrolled(w, "候补", S.WAITING)
    other = courses.world(tree.neighbour, lessons=0)
    other.school = tree.other_school
    enrolled(other, "别处学员")
    page = announce(w)
    assert announcing.untold_announcements() == [page.pk]
    assert announcing.tell_announcement(page_id=page.pk, at=at) == 2
    assert told() == ["未开班", "林知微"]
    message = Message.objects.first()
    assert (message.kind, message.address) == ("cms.announced", page.address)
    assert rendering.words(message).subject == "教材发放"
    assert w.room.title in rendering.words(message).body
    assert Line.objects.get(act="cms.announcement_told").facts == {"people": 2}
    courses.publish(page)
    assert announcing.untold_announcements() == []
    assert announcing.tell_announcement(page_id=page.pk, at=at) == 0


def test_tell_announcement_tells_nobody_of_what_is_public_or_withdrawn(w, at):
    public = publishing.announce(title="全县通知", body="…", by=None, at=at)
    withdrawn = announce(w)
    withdrawn.unpublish()
    assert announcing.untold_announcements() == []
    for page in (public, withdrawn):
        assert announcing.tell_announcement(page_id=page.pk, at=at) == 0
    assert not Message.objects.exists()


def test_announcement_of_an_institution_is_read_by_its_enrolled_and_by_who_writes_or_oversees_there(w, client, tree):
    now = clock.now()
    period = courses.period(w.programme, at=now)
    learner, former = (
        enrolled(w, name, state, period) for name, state in (("在学", S.CONFIRMED), ("学完", S.COMPLETED))
    )
    outsiders = [enrolled(w, "退出", S.WITHDRAWN, period).user, people.teacher("未报名", school=w.school).user]
    office = Appointment.Office
    insiders = [learner.user, former.user, people.officer(office.TRAINER, tree.county, "温以宁")]
    insiders.append(people.officer(office.BUREAU_OFFICER, tree.city, "周市"))
    outsiders.append(people.officer(office.BUREAU_OFFICER, tree.neighbour, "邻县"))
    page = announce(w)
    for user, status in [(each, 200) for each in insiders] + [(each, 404) for each in (None, *outsiders)]:
        client.logout()
        if user:
            client.force_login(user)
        assert client.get(page.address).status_code == status
        listed = client.get(reverse("cms:announcements")).content.decode()
        assert (page.title in listed) == (status == 200)
    assert list(queries.announcements()) == []
    assert page.title not in client.get(reverse("desks:front")).content.decode()


def test_announcement_of_a_withdrawn_institution_is_read_by_nobody(w, client):
    period = courses.period(w.programme, at=clock.now())
    page = announce(w)
    client.force_login(enrolled(w, "在学", period=period).user)
    assert client.get(page.address).status_code == 200
    type(w.room).objects.get(pk=w.room.pk).unpublish()
    assert client.get(page.address).status_code == 404


def test_announcements_names_the_institution_that_speaks(w, client):
    period = courses.period(w.programme, at=clock.now())
    announce(w)
    publishing.announce(title="全县通知", body="…", by=None, at=clock.now())
    client.force_login(enrolled(w, "在学", period=period).user)
    page = client.get(reverse("cms:announcements")).content.decode()
    assert page.count(f"<p>{w.room.title}</p>") == 1


# --- The job ---------------------------------------------------------------------------------------------------------


def test_announce_tells_all_that_is_new_and_then_rests(w, tree):
    now = clock.now()
    enrolled(w, "在学", period=courses.period(w.programme, at=now))
    announce(w)
    assert jobs.announce() == 2
    assert sorted(told()) == ["在学", "在学"]
    assert jobs.announce() == 0


def test_announce_tells_the_others_when_one_cannot_be_told(w, tree, monkeypatch, caplog):
    now = clock.now()
    other = courses.world(tree.neighbour, lessons=1, at=now)
    other.school = tree.other_school
    enrolled(other, "别处学员")
    _Broken.wrap(monkeypatch, w.course.pk)
    jobs.announce()
    assert told() == ["别处学员"]
    assert "tell_lessons" in caplog.text


class _Broken:
    """Lets telling of one course fail, as a database that is gone would."""

    @staticmethod
    def wrap(monkeypatch, course):
        whole = announcing.tell_lessons

        def tell_lessons(*, course_id, at):
            if course_id == course:
                raise ConnectionError
            return whole(course_id=course_id, at=at)

        monkeypatch.setattr(announcing, "tell_lessons", tell_lessons)
