"""The editor as trainers and reviewers meet it: their own institution, drafts, history, and the review."""

import datetime as dt
import json
import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page

from cms import jobs, scheduling
from cms.models import LessonPage
from lms.inbox.models import Message
from lms.inbox.rendering import words
from lms.journal.models import Line
from lms.people.models import Appointment
from tests.cms.test_side_doors import text, typed
from tests.factories import courses, people

pytestmark = pytest.mark.django_db
Office = Appointment.Office
DAY = dt.timedelta(days=1)


@pytest.fixture
def a(tree):
    w = courses.world(tree.county, lessons=1)
    w.trainer = people.officer(Office.TRAINER, tree.county, "训员甲", email="a@example.org", activated_at=people.AT)
    w.colleague = people.officer(Office.TRAINER, tree.county, "训员乙")
    w.reviewer = people.officer(Office.CONTENT_REVIEWER, tree.county, "审员甲")
    w.both = people.officer(Office.TRAINER, tree.county, "两职")
    people.appointment(w.both, Office.CONTENT_REVIEWER, tree.county)
    return w


def signed_in(user, **more):
    client = Client(**more)
    client.force_login(user)
    return client


def edit(page):
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def latest(page):
    return LessonPage.objects.get(pk=page.pk).get_latest_revision_as_object()


def hand_in(client, page, **more):
    return client.post(edit(page), typed(page, **{"action-submit": "1", **more}))


def decide(client, page, action, comment=""):
    state = latest(page).current_workflow_task_state
    address = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, action, state.pk])
    return client.post(address, {"comment": comment})


# Whose it is


def test_editor_opens_for_a_trainer_at_her_institution(a):
    client = signed_in(a.trainer)
    assert client.get("/editor/").status_code == 200
    shown = client.get("/editor/pages/", follow=True)
    assert shown.status_code == 200
    assert a.course.title in shown.content.decode()
    assert client.get(edit(a.lesson)).status_code == 200


def test_editor_begins_at_the_home_page_for_an_office_above_two_institutions(tree, a):
    other = courses.institution(tree.neighbour)
    shown = signed_in(people.officer(Office.TRAINER, tree.city)).get("/editor/pages/", follow=True).content.decode()
    assert a.room.title in shown
    assert other.title in shown


def test_editor_says_so_where_the_unit_has_no_room_yet(a, tree):
    client = signed_in(people.officer(Office.TRAINER, tree.neighbour))
    shown = client.get("/editor/")
    assert (shown.status_code, "还没有课程空间" in shown.content.decode()) == (200, True)
    assert client.get("/editor/pages/").status_code == 404
    assert signed_in(people.officer(Office.BUREAU_OFFICER, tree.neighbour)).get("/editor/").status_code == 404


@pytest.mark.parametrize("name", ["edit", "delete", "move", "copy", "unpublish", "history"])
def test_institution_itself_is_not_to_be_changed(a, name):
    assert signed_in(a.reviewer).get(reverse(f"wagtailadmin_pages:{name}", args=[a.room.pk])).status_code == 404


def test_editor_is_gone_the_day_after_the_office_ended(a, tree):
    person = people.user("期满")
    today = timezone.localdate()
    held = people.appointment(person, Office.TRAINER, tree.county, until_on=today)
    client = signed_in(person)
    assert client.get(edit(a.lesson)).status_code == 200
    held.until_on = today - DAY
    held.save()
    assert client.get(edit(a.lesson)).status_code == 404
    assert client.get("/editor/").status_code == 404


def test_editor_is_behind_the_second_factor(a):
    client = Client()
    client.force_login(a.trainer, passed=False)
    answer = client.get(edit(a.lesson))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/")


def test_editor_keeps_everything_for_a_superuser(a):
    client = signed_in(people.user("管理员", is_superuser=True))
    for address in (
        "/editor/",
        "/editor/users/",
        "/editor/reports/site-history/",
        "/editor/workflows/list/",
        edit(a.room),
    ):
        assert client.get(address).status_code == 200
    assert client.post(edit(a.lesson), typed(a.lesson, **{"title": "改", "action-publish": "1"})).status_code == 302
    assert LessonPage.objects.get(pk=a.lesson.pk).title == "改"


def test_editor_leads_out_by_one_button(a):
    client = signed_in(a.trainer)
    assert client.post("/editor/logout/").status_code == 302
    assert client.get("/editor/").status_code == 404


# What it looks like


def test_editor_speaks_the_language_of_its_reader(a):
    client = signed_in(a.trainer)
    chinese = client.get(edit(a.lesson)).content.decode()
    assert 'lang="zh-hans"' in chinese
    assert "提交审核" in chinese
    client.post(reverse("desks:language"), {"language": "en", "next": "/"})
    english = client.get(edit(a.lesson)).content.decode()
    assert 'lang="en"' in english
    assert "Send to review" in english


def test_editor_shows_only_what_belongs_to_the_work(a):
    page = signed_in(a.trainer).get("/editor/").content.decode()
    menu = json.loads(re.search(r'id="wagtail-sidebar-props"[^>]*>(.*?)</script>', page, re.DOTALL)[1])
    addresses = set(re.findall(r"/[a-z/-]*/", json.dumps(menu)))
    assert {"/editor/pages/", "/editor/documents/", "/editor/images/", "/home/"} <= addresses
    for gone in ("users", "settings", "reports", "sites", "snippets", "collections", "workflows", "groups"):
        assert not any(gone in each for each in addresses), gone


def test_editor_asks_no_foreign_server(a):
    client = signed_in(a.trainer)
    for address in ("/editor/", edit(a.lesson), "/editor/images/"):
        answer = client.get(address)
        loaded = r'<(?!a )[a-z]+ [^>]*(?:src|href)="(?:https?:)?//(?!testserver)'
        assert not re.findall(loaded, answer.content.decode())
        assert "default-src 'self'" in answer["Content-Security-Policy"]


def test_editor_offers_no_button_that_leads_nowhere(a):
    """Every address on its pages is there, or is no page at all."""
    for person in (a.trainer, a.reviewer):
        client = signed_in(person)
        hand_in(signed_in(a.trainer), a.lesson)
        seen = set()
        for address in (
            "/editor/",
            f"/editor/pages/{a.room.pk}/",
            f"/editor/pages/{a.module.pk}/",
            edit(a.lesson),
            reverse("wagtailadmin_pages:history", args=[a.lesson.pk]),
            "/editor/images/",
            "/editor/documents/",
        ):
            page = client.get(address).content.decode().replace("&amp;", "&")
            seen |= set(re.findall(r'href="(/editor/[^"#]*)"', page))
        dead = sorted(each for each in seen if client.get(each, follow=True).status_code == 404)
        assert dead == [], person


# Drafts


def test_draft_is_kept_by_itself_and_shown_to_nobody(a):
    client = signed_in(a.trainer)
    page = client.get(edit(a.lesson)).content.decode()
    assert "w-autosave" in page
    answer = client.post(edit(a.lesson), typed(a.lesson, title="写到一半"), headers={"Accept": "application/json"})
    assert answer.json()["success"] is True
    assert latest(a.lesson).title == "写到一半"
    assert LessonPage.objects.get(pk=a.lesson.pk).title == a.lesson.title


def test_history_compares_a_draft_with_what_is_public(a):
    client = signed_in(a.trainer)
    client.post(edit(a.lesson), typed(a.lesson, **{"title": "新题目", "body-0-value": text("新正文")}))
    assert "训员甲" in client.get(reverse("wagtailadmin_pages:history", args=[a.lesson.pk])).content.decode()
    compared = client.get(reverse("wagtailadmin_pages:revisions_compare", args=[a.lesson.pk, "live", "latest"]))
    assert compared.status_code == 200
    assert "新题目" in compared.content.decode() or "新正文" in compared.content.decode()


def test_nobody_publishes_past_the_review(a):
    for person in (a.trainer, a.reviewer, a.both):
        client = signed_in(person)
        assert client.post(edit(a.lesson), typed(a.lesson, **{"title": "改", "action-publish": "1"})).status_code == 404
        assert "action-publish" not in client.get(edit(a.lesson)).content.decode()
        add = reverse("wagtailadmin_pages:add", args=["cms", "lessonpage", a.module.pk])
        assert client.post(add, typed(a.lesson, **{"action-publish": "1"})).status_code == 404
    assert LessonPage.objects.get(pk=a.lesson.pk).title == a.lesson.title
    assert a.module.get_children().count() == 1


def test_copy_is_a_draft_even_where_a_reviewer_copies_what_is_public(a):
    client = signed_in(a.reviewer)
    address = reverse("wagtailadmin_pages:copy", args=[a.lesson.pk])
    assert "publish_copies" not in client.get(address).content.decode()
    sent = {
        "new_title": "副本",
        "new_slug": "copy",
        "new_parent_page": a.module.pk,
        "publish_copies": "on",
        "alias": "on",
    }
    assert client.post(address, sent).status_code == 302
    copy = Page.objects.get(slug="copy")
    assert (copy.live, copy.alias_of) == (False, None)


# The review


def test_lesson_goes_from_trainer_to_reviewer_to_the_public(a):
    trainer, reviewer = signed_in(a.trainer), signed_in(a.reviewer)
    assert hand_in(trainer, a.lesson, title="新题目").status_code == 302
    told = Message.objects.get(recipient=a.reviewer)
    assert (told.kind, told.address) == ("cms.page_handed_in", edit(a.lesson))
    assert "训员甲" in words(told).body
    assert "新题目" in reviewer.get("/editor/").content.decode()
    assert decide(reviewer, a.lesson, "approve").status_code == 302
    public = LessonPage.objects.get(pk=a.lesson.pk)
    assert (public.live, public.title) == (True, "新题目")
    assert words(Message.objects.get(recipient=a.trainer)).subject == "已通过审核：新题目"
    acts = Line.objects.filter(act__startswith="cms.page_").order_by("pk").values_list("act", "actor__full_name")
    assert list(acts) == [("cms.page_handed_in", "训员甲"), ("cms.page_approved", "审员甲")]


def test_lesson_is_returned_with_a_comment_and_handed_in_again(a):
    trainer, reviewer = signed_in(a.trainer), signed_in(a.reviewer)
    hand_in(trainer, a.lesson)
    assert decide(reviewer, a.lesson, "reject", "请补充出处").status_code == 302
    told = Message.objects.get(recipient=a.trainer)
    assert "请补充出处" in words(told).body
    assert told.address == edit(a.lesson)
    assert (
        "请补充出处" in trainer.get(edit(a.lesson)).content.decode()
        or "请补充出处"
        in trainer.get(reverse("wagtailadmin_pages:workflow_history", args=[a.lesson.pk]), follow=True).content.decode()
    )
    assert Line.objects.get(act="cms.page_returned").reason == "请补充出处"
    hand_in(trainer, a.lesson, title="补充后")
    decide(reviewer, a.lesson, "approve")
    assert LessonPage.objects.get(pk=a.lesson.pk).title == "补充后"


def test_lesson_is_not_returned_without_a_word(a):
    hand_in(signed_in(a.trainer), a.lesson)
    decide(signed_in(a.reviewer), a.lesson, "reject", "  ")
    assert latest(a.lesson).workflow_in_progress
    assert not Message.objects.filter(recipient=a.trainer).exists()


def test_nobody_approves_what_she_handed_in_herself(a):
    client, reviewer = signed_in(a.both), signed_in(a.reviewer)
    hand_in(client, a.lesson, title="自己写的")
    for address in (edit(a.lesson), "/editor/"):
        assert "data-workflow-action-" in reviewer.get(address).content.decode()
        assert "data-workflow-action-" not in client.get(address).content.decode()
    for action in ("approve", "reject"):
        decide(client, a.lesson, action, "好")
    action = {"action-workflow-action": "1", "workflow-action-name": "approve"}
    client.post(edit(a.lesson), typed(latest(a.lesson), **action))
    assert LessonPage.objects.get(pk=a.lesson.pk).title == a.lesson.title
    assert latest(a.lesson).workflow_in_progress
    decide(reviewer, a.lesson, "approve")
    assert LessonPage.objects.get(pk=a.lesson.pk).title == "自己写的"


def test_nobody_approves_what_she_handed_in_again_for_another(a):
    hand_in(signed_in(a.trainer), a.lesson)
    decide(signed_in(a.reviewer), a.lesson, "reject", "再改")
    hand_in(signed_in(a.both), a.lesson, title="代改")
    decide(signed_in(a.both), a.lesson, "approve")
    assert LessonPage.objects.get(pk=a.lesson.pk).title == a.lesson.title
    decide(signed_in(a.reviewer), a.lesson, "approve")
    assert LessonPage.objects.get(pk=a.lesson.pk).title == "代改"


def test_whoever_handed_in_is_not_told_of_it_as_a_reviewer(a):
    hand_in(signed_in(a.both), a.lesson)
    assert set(Message.objects.values_list("recipient__full_name", flat=True)) == {"审员甲"}


def test_reviewers_above_are_told_and_those_whose_office_ended_are_not(a, tree):
    above = people.officer(Office.CONTENT_REVIEWER, tree.city, "上级审员")
    ended = people.user("前审员")
    people.appointment(ended, Office.CONTENT_REVIEWER, tree.county, until_on=timezone.localdate() - DAY)
    people.officer(Office.CONTENT_REVIEWER, tree.neighbour, "邻县审员")
    hand_in(signed_in(a.trainer), a.lesson)
    assert set(Message.objects.values_list("recipient", flat=True)) == {a.reviewer.pk, a.both.pk, above.pk}


def test_wagtail_sends_no_letters_of_its_own(a):
    hand_in(signed_in(a.trainer), a.lesson)
    decide(signed_in(a.reviewer), a.lesson, "reject", "再改")
    assert mail.outbox == []


def test_trainer_does_not_change_what_waits_for_review(a):
    hand_in(signed_in(a.trainer), a.lesson, title="待审")
    signed_in(a.colleague).post(edit(a.lesson), typed(a.lesson, title="趁机改"))
    assert latest(a.lesson).title == "待审"


def test_new_lesson_is_handed_in_at_once(a):
    add = reverse("wagtailadmin_pages:add", args=["cms", "lessonpage", a.module.pk])
    signed_in(a.trainer).post(add, typed(a.lesson, **{"title": "新课", "action-submit": "1"}))
    page = LessonPage.objects.get(title="新课")
    assert (page.live, page.workflow_in_progress) == (False, True)


# Later


def test_lesson_is_published_at_the_moment_that_the_reviewer_set(a):
    """She sets it in the editor, approves, and the clock's job does the rest."""
    trainer, reviewer = signed_in(a.trainer), signed_in(a.reviewer)
    hand_in(trainer, a.lesson, title="明天的")
    soon = timezone.localtime(timezone.now() + DAY)
    reviewer.post(edit(a.lesson), typed(latest(a.lesson), go_live_at=f"{soon:%Y-%m-%d %H:%M}"))
    decide(reviewer, a.lesson, "approve")
    assert LessonPage.objects.get(pk=a.lesson.pk).title == a.lesson.title
    assert "发布" in words(Message.objects.get(recipient=a.trainer)).body
    assert scheduling.run(at=timezone.now()) == 0
    LessonPage.objects.get(pk=a.lesson.pk).revisions.filter(approved_go_live_at__isnull=False).update(
        approved_go_live_at=timezone.now() - DAY
    )
    _let_it_be_due(a.lesson)
    assert jobs.publish_due() == 1
    assert LessonPage.objects.get(pk=a.lesson.pk).title == "明天的"
    assert jobs.publish_due() == 0


def _let_it_be_due(page):
    """As if a day had passed: the moment stands in the revision, where Wagtail looks again."""
    revision = LessonPage.objects.get(pk=page.pk).revisions.get(approved_go_live_at__isnull=False)
    revision.content["go_live_at"] = (timezone.now() - DAY).isoformat()
    revision.save()


def test_lesson_is_withdrawn_after_its_last_moment(a):
    LessonPage.objects.filter(pk=a.lesson.pk).update(expire_at=timezone.now() - DAY)
    assert jobs.publish_due() == 1
    page = LessonPage.objects.get(pk=a.lesson.pk)
    assert (page.live, page.expired) == (False, True)


def test_one_page_that_cannot_be_published_holds_up_no_other(a):
    other = courses.lesson(a.module, "另一课")
    for page in (a.lesson, other):
        page.title += "（改）"
        page.save_revision(approved_go_live_at=timezone.now() - DAY)
    broken = LessonPage.objects.get(pk=a.lesson.pk).revisions.get(approved_go_live_at__isnull=False)
    broken.content["body"] = "no json"
    broken.content["programme"] = broken.content["minutes"] = None
    broken.save()
    assert jobs.publish_due() == 1
    assert LessonPage.objects.get(pk=other.pk).title == "另一课（改）"


def test_moment_that_a_trainer_proposes_counts_for_nothing_before_the_approval(a):
    soon = timezone.localtime(timezone.now() + DAY)
    hand_in(signed_in(a.trainer), a.lesson, title="明天的", go_live_at=f"{soon:%Y-%m-%d %H:%M}")
    assert not LessonPage.objects.get(pk=a.lesson.pk).revisions.filter(approved_go_live_at__isnull=False).exists()
    decide(signed_in(a.reviewer), a.lesson, "approve")
    assert LessonPage.objects.get(pk=a.lesson.pk).revisions.filter(approved_go_live_at__isnull=False).count() == 1


# Choosing


def test_page_chooser_shows_one_s_own_institution_and_begins_there(search_tables, a, tree):
    other = courses.world(tree.neighbour, lessons=1)
    client = signed_in(a.trainer)
    begun = client.get("/editor/choose-page/", {"page_type": "cms.CoursePage", "allow_email_link": "true"}).json()
    assert a.course.title in begun["html"]
    assert begun["parent_page_id"] == a.room.pk
    assert "choose-email-link" not in begun["html"]
    assert client.get(f"/editor/choose-page/{other.room.pk}/").status_code == 404
    found = client.get("/editor/choose-page/search/", {"q": "第1课"}).content.decode()
    assert f"/editor/pages/{other.lesson.pk}/" not in found
    assert client.get("/editor/choose-page/chosen-multiple/", {"id": [other.lesson.pk]}).status_code == 404
    assert client.get("/editor/choose-page/chosen-multiple/", {"id": [a.lesson.pk]}).status_code == 200


@pytest.mark.parametrize(("address", "taken"), [("https://example.org/", True), ("http://example.org/", False)])
def test_link_elsewhere_begins_with_https(a, address, taken):
    sent = {"external-link-chooser-url": address, "external-link-chooser-link_text": "词"}
    answer = signed_in(a.trainer).post("/editor/choose-external-link/", sent).json()
    assert (answer["step"] == "external_link_chosen") is taken
    assert taken or "https://" in answer["html"]
