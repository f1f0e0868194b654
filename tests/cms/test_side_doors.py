"""No side door of the editor, and none of the files, shows or changes what belongs to somebody else's institution.

The walk goes through every address below /editor/ that Django knows, whichever release of Wagtail brought it, with the
numbers of institution A in it and in what the request carries along.
"""

import datetime as dt
import gc
import itertools
import json
import re
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Group
from django.core.cache import caches
from django.db.models import Q
from django.urls import reverse
from wagtail.images.models import Filter
from wagtail.models import Collection, Page, Revision, Site, TaskState, UploadedFile, WorkflowState

from cms import doors, drawing, editor, granting
from cms.models import AnnouncementPage, CourseFile, CourseImage, LessonPage, Review
from lms.people.models import Appointment, User
from tests.factories import courses, files, people

# Wagtail leaves it to the garbage collector to close the temporary files in which it makes pictures smaller.
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]
Office = Appointment.Office

# Stands in every word of A that somebody wrote: titles, texts, file names, comments, names.
SECRET = "秘甲"
SEARCHED = "quince"  # a word beside it, by which it can be searched for without being typed
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def private_files(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path
    caches["renditions"].clear()
    yield
    gc.collect()  # here, where what is left open is forgiven


def secret(words):
    return f"{SECRET}{words} {SEARCHED}"


@pytest.fixture
def at():
    """Today: the editor asks the clock."""
    return dt.datetime.now(dt.UTC)


@pytest.fixture
def a(search_tables, tree, at):
    """Institution A with one of everything: live and draft, in review and returned, with its files."""
    unit = people.organisation(f"{SECRET}培训中心", parent=tree.county)
    w = SimpleNamespace(unit=unit, room=courses.institution(unit, at=at))
    w.trainer = people.officer(Office.TRAINER, unit, f"{SECRET}训员")
    w.reviewer = people.officer(Office.CONTENT_REVIEWER, unit, f"{SECRET}审员")
    w.picture = files.kept_picture(w.room.collection, secret("图"), f"{SECRET}.png")
    w.draft_picture = files.kept_picture(w.room.collection, secret("草图"), f"{SECRET}-draft.png")
    w.paper = files.kept_file(w.room.collection, secret("讲义"), f"{SECRET}.pdf")
    drawing.draw(w.paper.pk)
    w.slide = w.paper.slides.get()
    w.size = w.picture.get_rendition(Filter("max-165x165"))
    w.course = courses.course(w.room, secret("课程"), summary=secret("简介"))
    w.module = courses.module(w.course, secret("模块"))
    body = [
        courses.block("text", f"<p>{secret('正文')}</p>"),
        courses.block("picture", {"image": w.picture.pk, "alt": secret("图意"), "caption": ""}),
        courses.block("slides", {"file": w.paper.pk, "title": secret("课件"), "may_download": True}),
    ]
    w.lesson = courses.lesson(w.module, secret("课"), body=body, owner=w.trainer)
    w.draft = courses.lesson(w.module, secret("草稿"), owner=w.trainer)
    w.draft.unpublish()
    for page in (w.lesson, w.draft):
        page.body[0].value.source = f"<p>{secret('改过')}</p>"
        page.save_revision(user=w.trainer, log_action=True)
    w.programme = courses.programme(unit, title=secret("项目"), at=at)
    w.page = courses.programme_page(w.room, w.programme, [w.course])
    w.period = courses.period(w.programme, at=at)
    w.notice = AnnouncementPage(title=secret("通知"), slug="notice-a", body=f"<p>{secret('通知正文')}</p>")
    w.room.add_child(instance=w.notice)
    for person in (w.trainer, w.reviewer):
        granting.grant(person, at)
    w.returned = w.lesson.get_workflow().start(w.lesson, w.trainer)
    w.returned.current_task_state.reject(user=w.reviewer, comment=secret("意见"))
    w.waiting = w.draft.get_workflow().start(w.draft, w.trainer)
    w.upload = UploadedFile.objects.create(uploaded_by_user=w.trainer, file=files.upload(f"{SECRET}.txt", secret("")))
    return w


@pytest.fixture
def b(search_tables, tree, at):
    w = courses.world(tree.neighbour, lessons=1, at=at)
    w.picture = files.kept_picture(w.room.collection)
    w.paper = files.kept_file(w.room.collection)
    return w


@pytest.fixture
def who(tree, a, b, at):
    """Those who look, and may see none of it in the editor."""
    today = at.astimezone(dt.timezone(dt.timedelta(hours=8))).date()
    enrolled = people.teacher("在学", school=tree.school)
    courses.enrolled(enrolled, a.period, at=at)
    former, moved = people.user("前任"), people.user("调走")
    people.appointment(former, Office.TRAINER, a.unit, until_on=today - DAY)
    people.appointment(moved, Office.TRAINER, a.unit, until_on=today - DAY)
    people.appointment(moved, Office.CONTENT_REVIEWER, tree.neighbour)
    for person in (former, moved):
        granting.grant(person, at - 2 * DAY)  # when she came last, she was one of A's
        Page.objects.filter(pk=a.draft.pk).update(owner=person)
        a.draft.save_revision(user=person, log_action=True)
    return {
        "anonymous": None,
        "not enrolled": people.teacher("无关", school=tree.school).user,
        "enrolled": enrolled.user,
        "officer": people.officer(Office.BUREAU_OFFICER, tree.county, "局干部"),
        "auditor": people.officer(Office.AUDITOR, tree.city, "审计"),
        "former trainer": former,
        "trainer of B": people.officer(Office.TRAINER, tree.neighbour, "乙训员"),
        "reviewer of B": people.officer(Office.CONTENT_REVIEWER, tree.neighbour, "乙审员"),
        "reviewer of B who was a trainer of A": moved,
    }


OUTSIDERS = ("anonymous", "enrolled", "officer", "former trainer")
OF_B = ("trainer of B", "reviewer of B who was a trainer of A")


# The addresses

SEARCHES = (
    "/editor/pages/search/",
    "/editor/pages/search/results/",
    "/editor/choose-page/search/",
    "/editor/documents/",
    "/editor/documents/results/",
    "/editor/documents/chooser/",
    "/editor/documents/chooser/results/",
    "/editor/images/",
    "/editor/images/results/",
    "/editor/images/chooser/",
    "/editor/images/chooser/results/",
)


def patterns(found, before="", space=""):
    """Every address with the names in it: its pattern's parts, its name and its converters."""
    for each in found:
        if hasattr(each, "url_patterns"):
            inner = ":".join(part for part in (space, each.namespace) if part)
            yield from patterns(each.url_patterns, [*before, each.pattern], inner)
        else:
            yield [*before, each.pattern], space


def ids(rows):
    return [row.pk for row in rows]


def numbers_of(a):
    """What of A may stand in an address, by the name that the address gives it."""
    pages = ids([a.lesson, a.draft, a.course, a.room, a.page, a.notice])
    revisions = ids(Revision.objects.filter(object_id__in=[str(a.lesson.pk), str(a.draft.pk)]).order_by("-pk")[:2])
    states = ids([a.returned, a.waiting])
    tasks = ids(TaskState.objects.filter(workflow_state__in=states).order_by("pk"))
    by_space = {
        "wagtailadmin_collections": [a.room.collection_id],
        "wagtailadmin_workflows": ids([a.waiting.workflow, Review.objects.get(institution=a.room)]),
        "wagtailusers_users": ids([a.trainer]),
        "wagtailusers_groups": ids(Group.objects.filter(name__contains=str(a.room.pk))),
        "wagtailsites": ids(Site.objects.all()),
        "wagtaildocs_chooser": ids([a.paper]),
        "wagtailimages_chooser": ids([a.picture]),
        "wagtailadmin_api:documents": ids([a.paper]),
        "wagtailadmin_api:images": ids([a.picture]),
    }
    by_name = {
        **dict.fromkeys(("page_id", "parent_page_id", "page_to_move_id", "object_id", "page_pk"), pages),
        "destination_id": ids([a.module, a.room]),
        "revision_id": revisions,
        "task_state_id": tasks,
        "workflow_state_id": states,
        "workflow_pk": ids([a.waiting.workflow]),
        "task_id": ids([Review.objects.get(institution=a.room)]),
        "document_id": ids([a.paper]),
        "doc_id": ids([a.paper]),
        "image_id": ids([a.picture]),
        "uploaded_file_id": ids([a.upload]),
        "collection_id": [a.room.collection_id],
        "session_id": [1],
        "action_name": ["approve"],
        "action": ["delete"],
        "filter_spec": ["max-165x165"],
        "uidb64": ["MQ"],
        "token": ["x"],
    }
    return by_space, by_name, pages


# Names of models stand in some addresses: those under which ours are found.
MODELS = {
    "wagtail_bulk_action": [("wagtailcore", "page"), ("cms", "coursefile"), ("cms", "courseimage")],
    "wagtailadmin_editing_sessions:ping": [("wagtailcore", "page")],
    "wagtailadmin_workflows:add_task": [("cms", "review")],
    "wagtailadmin_tag_model_autocomplete": [("taggit", "tag")],
}
OTHER_MODELS = [("cms", "lessonpage"), ("cms", "coursepage")]


def addresses(a, b):
    """Every address below /editor/ with A's numbers in it, and where it has several, with A's beside B's own; each
    once for each pattern that leads to it."""
    by_space, by_name, pages = numbers_of(a)
    own = {name: [b.lesson.pk] for name in ("page_id", "page_to_move_id", "destination_id", "parent_page_id")}
    for parts, space in patterns(editor.urlpatterns, []):
        route = "".join(str(part) for part in parts)
        names = [name for part in parts for name in part.converters]
        if "(live|earliest" in route:
            revisions = by_name["revision_id"]
            for page in (a.lesson.pk, b.lesson.pk):
                yield f"/editor/pages/{page}/revisions/compare/{revisions[0]}...{revisions[1]}/"
                yield f"/editor/pages/{page}/revisions/compare/live...latest/"
            continue
        if ".*" in route:
            yield "/editor/nothing/"
            continue
        name = f"{space}:{parts[-1].name}" if space else parts[-1].name
        kinds = MODELS.get(name, OTHER_MODELS)
        choices = [_choices(each, space, by_space, by_name, own, pages) for each in names if not _is_model(each)]
        for kind in kinds if any(_is_model(each) for each in names) else [()]:
            for chosen in itertools.product(*choices):
                values, model = iter(chosen), iter(kind)
                filled = {each: next(model) if _is_model(each) else next(values) for each in names}
                yield "/editor/" + _fill(route, filled)


def _is_model(name):
    return name in ("app_label", "model_name", "app_name", "content_type_app_name", "content_type_model_name")


def _choices(name, space, by_space, by_name, own, pages):
    if name == "pk":
        return by_space.get(space, pages)[:2]
    return by_name[name][:2] + own.get(name, [])


def _fill(route, filled):
    for name, value in filled.items():
        route = re.sub(rf"<([a-z]+:)?{name}>", str(value), route)
    return route.replace("^", "").replace("$", "")


def query(a):
    """What a request may carry in its query to get at A."""
    return {
        "q": SEARCHED,
        "search_all": "true",
        "id": [str(a.lesson.pk), str(a.paper.pk), str(a.picture.pk), "all"],
        "collection_id": a.room.collection_id,
        "page_type": "cms.CoursePage",
        "target_pages[]": a.lesson.pk,
        "childOf": a.course.pk,
        "child_of": a.course.pk,
        "fields": "*",
        "owner": a.trainer.pk,
        "content_type": "cms.lessonpage",
        "next": reverse("wagtailadmin_pages:edit", args=[a.lesson.pk]),
    }


def form(a):
    """What a request may carry in its body to change A."""
    return {
        "title": "hacked",
        "slug": "hacked",
        "name": "hacked",
        "new_title": "hacked",
        "new_slug": "hacked",
        "parent_page": a.course.pk,
        "collection": a.room.collection_id,
        "comment": "hacked",
        "position": 0,
        "id": [a.lesson.pk, a.paper.pk],
        "workflow-action-name": "approve",
        "action-workflow-action": "1",
        "restriction_type": "none",
        "include_descendants": "on",
        "file": files.upload("hacked.pdf", files.pdf(1)),
        "files[]": files.upload("hacked.pdf", files.pdf(1)),
    }


def shows(response):
    """Whether an answer says a word of A, in any way of writing it."""
    if getattr(response, "streaming", False):
        return True
    text = response.content.decode(errors="replace")
    escaped = json.dumps(SECRET)[1:-1]
    return SECRET in text or escaped in text.lower() or "%e7%a7%98%e7%94%b2" in text.lower()


def everything_of(a):
    """All rows of A, as they stand."""
    pages = Page.objects.descendant_of(a.room, inclusive=True).order_by("path")
    about = Q(object_id__in=[str(each.pk) for each in pages])
    return {
        "pages": list(pages.values()),
        "texts": [
            page.specific.body.get_prep_value() for page in pages if page.specific_class.__name__ == "LessonPage"
        ],
        "revisions": list(Revision.objects.filter(about).order_by("pk").values()),
        "reviews": list(WorkflowState.objects.filter(about).order_by("pk").values()),
        "steps": list(TaskState.objects.filter(workflow_state__workflow=a.waiting.workflow).order_by("pk").values()),
        "files": list(CourseFile.objects.filter(collection=a.room.collection).order_by("pk").values()),
        "pictures": list(CourseImage.objects.filter(collection=a.room.collection).order_by("pk").values()),
        "collections": list(Collection.objects.order_by("pk").values()),
        "workflows": list(Review.objects.order_by("pk").values()),
        "groups": list(Group.objects.order_by("pk").values()),
        "people": list(User.objects.order_by("pk").values("pk", "username", "full_name", "is_superuser", "password")),
        "uploads": list(UploadedFile.objects.order_by("pk").values()),
    }


@pytest.fixture
def visitor(client):
    client.raise_request_exception = False

    def come(user):
        client.logout()
        if user is not None:
            client.force_login(user)
        return client

    return come


def walk(client, a, b, requests, *, once=False):
    """Every request to every address, or to one for each pattern: (address, how, answer). First all that look, then
    all that change."""
    found = list(dict.fromkeys(addresses(a, b)))
    if once:
        found = list({re.sub(r"\d+", "0", each): each for each in reversed(found)}.values())
    for how, send in requests.items():
        for address in found:
            yield address, how, send(client, address)


def _is_absent(address, answer):
    """404; an address that does not end in a slash is first led to the one that does."""
    return answer.status_code == 404 or (answer.status_code == 301 and not address.endswith("/"))


def requests_to(a):
    return {
        "GET": lambda client, address: client.get(address),
        "GET with a query": lambda client, address: client.get(address, query(a)),
        "POST": lambda client, address: client.post(address, form(a)),
    }


def test_the_walk_finds_the_leaks_of_wagtail_when_the_doors_are_off(visitor, a, b, who, monkeypatch):
    """By its own rights alone Wagtail shows B the words of A at many an address: the walk would find a leak."""
    monkeypatch.setattr(doors, "opens", lambda room, request: True)
    client, requests = visitor(who["trainer of B"]), {"GET": requests_to(a)["GET"]}
    shown = {address for address, _how, answer in walk(client, a, b, requests) if shows(answer)}
    assert len(shown) > 10
    assert {"/editor/api/main/documents/", "/editor/reports/site-history/"} <= shown


def test_search_finds_what_is_searched_for_when_a_trainer_of_a_searches(visitor, a):
    client = visitor(a.trainer)
    for address in SEARCHES:
        assert shows(client.get(address, {"q": SEARCHED})), address


def test_search_finds_nothing_of_a_when_somebody_of_b_searches(visitor, a, b, who):
    for name in OF_B:
        client = visitor(who[name])
        for address in SEARCHES:
            answer = client.get(address, {"q": SEARCHED})
            assert answer.status_code == 200
            assert not shows(answer), (name, address)


@pytest.mark.parametrize("outsider", OUTSIDERS)
def test_no_address_of_the_editor_is_there_for_outsiders(visitor, a, b, who, outsider):
    client, before = visitor(who[outsider]), everything_of(a)
    requests = {"GET": requests_to(a)["GET"], "POST": requests_to(a)["POST"]}
    met = [
        (address, how, answer.status_code)
        for address, how, answer in walk(client, a, b, requests, once=True)
        if not _is_absent(address, answer) or shows(answer)
    ]
    assert met == []
    assert everything_of(a) == before


@pytest.mark.parametrize("of_b", OF_B)
def test_no_address_of_the_editor_shows_or_changes_a_when_somebody_of_b_walks(visitor, a, b, who, of_b):
    client, before = visitor(who[of_b]), everything_of(a)
    met = [
        (address, how, answer.status_code)
        for address, how, answer in walk(client, a, b, requests_to(a))
        if shows(answer)
    ]
    assert met == []
    assert everything_of(a) == before


def test_page_goes_neither_from_b_to_a_nor_from_a_to_b(visitor, a, b, who):
    """Copying and moving, with the one page in the address and the other in what is sent."""
    client = visitor(who["reviewer of B who was a trainer of A"])
    before = everything_of(a)
    for name in ("copy", "move"):
        for page, parent in ((a.lesson, b.module), (b.lesson, a.module), (b.lesson, a.room)):
            address = reverse(f"wagtailadmin_pages:{name}", args=[page.pk])
            sent = {"new_title": "x", "new_slug": "x", "new_parent_page": parent.pk, "copy_subpages": "on"}
            answer = client.post(address, sent)
            assert (answer.status_code, shows(answer)) == (404, False)
        confirm = reverse("wagtailadmin_pages:move_confirm", args=[b.lesson.pk, a.module.pk])
        assert client.post(confirm).status_code == 404
    assert client.get("/editor/choose-external-link/", {"parent_page_id": a.course.pk}).status_code == 404
    assert everything_of(a) == before
    assert list(b.module.get_children()) == [Page.objects.get(pk=b.lesson.pk)]
    sent = {"new_title": "x", "new_slug": "x", "new_parent_page": b.module.pk}
    copy = reverse("wagtailadmin_pages:copy", args=[b.lesson.pk])
    assert client.post(copy, sent).status_code == 302  # so it was not the rest of the form


# What is typed into one's own pages


def typed(page, **more):
    """The form of a lesson as the editor sends it, with one text block, and what else is named."""
    sent = {
        "title": page.title,
        "minutes": page.minutes,
        "ask": 0,
        "pass_percent": 60,
        "sources": "",
        "title_en": "",
        "body-count": "1",
        "body-0-deleted": "",
        "body-0-order": "0",
        "body-0-id": "",
        "body-0-type": "text",
        "body-0-value": text("正文"),
    }
    return {**sent, **more}


def text(words, *entities):
    """What the editor's field of text sends: words, and entities that span them."""
    ranges = [{"offset": 0, "length": len(words), "key": key} for key in range(len(entities))]
    block = {"key": "abcde", "type": "unstyled", "text": words, "depth": 0, "inlineStyleRanges": [], "data": {}}
    return json.dumps({"blocks": [{**block, "entityRanges": ranges}], "entityMap": dict(enumerate(entities))})


def written(page):
    """The body as it was kept last."""
    return LessonPage.objects.get(pk=page.pk).get_latest_revision_as_object().body


def link(**data):
    return {"type": "LINK", "mutability": "MUTABLE", "data": data}


def block_of(kind, **values):
    return {"body-0-type": kind, **{f"body-0-value-{name}": value for name, value in values.items()}}


def foreign(a):
    """Ways to point at A from a page of B's, each beside something else that is wrong or right."""
    return {
        "a picture": block_of("picture", image=a.picture.pk, alt="x", caption=""),
        "a picture, and nothing else right": block_of("picture", image=a.picture.pk, alt="", caption=""),
        "a poster": block_of("video", file="", captions="", poster=a.picture.pk, transcript=""),
        "a file": block_of("download", file=a.paper.pk, title="x", note=""),
        "slides": block_of("slides", file=a.paper.pk, title="", may_download="on"),
        "a link": {"body-0-value": text("正文", link(id=a.lesson.pk, url="/", parentId=a.module.pk))},
    }


def test_page_of_b_cannot_point_at_anything_of_a(visitor, a, b, who):
    client, before = visitor(who["trainer of B"]), written(b.lesson).get_prep_value()
    edit = reverse("wagtailadmin_pages:edit", args=[b.lesson.pk])
    preview = reverse("wagtailadmin_pages:preview_on_edit", args=[b.lesson.pk])
    add = reverse("wagtailadmin_pages:add", args=["cms", "lessonpage", b.module.pk])
    for way, sent in foreign(a).items():
        for address in (edit, preview, add):
            answer = client.post(address, typed(b.lesson, **sent))
            assert answer.status_code == 404, (way, address)
            assert not shows(answer)
            json_answer = client.post(address, typed(b.lesson, **sent), headers={"Accept": "application/json"})
            assert json_answer.status_code == 404, (way, address)
    assert written(b.lesson).get_prep_value() == before
    assert b.module.get_children().count() == 1
    assert client.post(edit, typed(b.lesson)).status_code == 302  # so it was not the rest of the form


def test_programme_of_b_cannot_use_a_course_of_a(visitor, a, b, who):
    client = visitor(who["trainer of B"])
    sent = {
        "title": "项目",
        "programme": b.programme.pk,
        "introduction": text("x"),
        "courses-TOTAL_FORMS": "1",
        "courses-INITIAL_FORMS": "0",
        "courses-MIN_NUM_FORMS": "0",
        "courses-MAX_NUM_FORMS": "1000",
        "courses-0-course": a.course.pk,
        "courses-0-id": "",
        "courses-0-ORDER": "1",
        "courses-0-DELETE": "",
    }
    edit = reverse("wagtailadmin_pages:edit", args=[b.page.pk])
    assert client.post(edit, sent).status_code == 404
    answer = client.get(edit)
    assert answer.status_code == 200
    assert not shows(answer)  # among the programmes to choose from there is none of A's unit


def test_page_of_b_keeps_what_somebody_above_put_into_it(visitor, a, b, who):
    """A superuser may use a picture of A on a page of B; B's trainer can still work on that page."""
    b.lesson.body = [("picture", {"image": a.picture, "alt": "图", "caption": ""})]
    b.lesson.save_revision().publish()
    client = visitor(who["trainer of B"])
    edit = reverse("wagtailadmin_pages:edit", args=[b.lesson.pk])
    sent = typed(b.lesson, **block_of("picture", image=a.picture.pk, alt="改", caption=""))
    assert client.post(edit, sent).status_code == 302
    assert client.post(edit, {**sent, "body-0-value-image": a.draft_picture.pk}).status_code == 404


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        ("data:text/html,<script>alert(1)</script>", False),
        ("http://example.org/", False),
        ("//example.org/", False),
        ("mailto:somebody@example.org", False),
        ("tel:10086", False),
        ("https:", False),
        ("https://example.org/a?b=c", True),
    ],
)
def test_text_leads_only_to_https_addresses(visitor, b, who, address, kept):
    client = visitor(who["trainer of B"])
    edit = reverse("wagtailadmin_pages:edit", args=[b.lesson.pk])
    sent = typed(b.lesson, **{"body-0-value": text("正文", link(url=address))})
    assert client.post(edit, sent).status_code == 302
    source = written(b.lesson)[0].value.source
    assert ("<a " in source) is kept
    assert "正文" in source


@pytest.mark.parametrize(
    "entity",
    [
        {"type": "EMBED", "mutability": "IMMUTABLE", "data": {"url": "https://example.org/video", "html": "<iframe>"}},
        {"type": "IMAGE", "mutability": "IMMUTABLE", "data": {"id": "1", "src": "https://example.org/x.png"}},
        {"type": "DOCUMENT", "mutability": "MUTABLE", "data": {"id": "1", "url": "/"}},
        {"type": "SCRIPT", "mutability": "IMMUTABLE", "data": {"html": "<script>alert(1)</script>"}},
    ],
)
def test_text_takes_no_embed_no_picture_and_no_markup(visitor, b, who, entity):
    client = visitor(who["trainer of B"])
    edit = reverse("wagtailadmin_pages:edit", args=[b.lesson.pk])
    sent = typed(b.lesson, **{"body-0-value": text("<b onclick=alert(1)>正文</b>", entity)})
    client.post(edit, sent)
    source = written(b.lesson)[0].value.source
    for word in ("<iframe", "<embed", "<img", "<script", "<b onclick", "example.org"):
        assert word not in source


def test_blocks_of_a_lesson_hold_no_raw_markup_and_no_embed():
    names = {type(each).__name__ for each in LessonPage._meta.get_field("body").stream_block.child_blocks.values()}
    assert not names & {"RawHTMLBlock", "EmbedBlock", "StaticBlock"}


# The door of the files

ENTITLED = ("enrolled", "officer", "auditor")


def test_files_of_a_are_fetched_by_the_enrolled_and_those_above_and_by_nobody_else(visitor, a, b, who):
    shown = [a.picture.file.name, a.paper.file.name, a.slide.file.name, a.size.file.name]
    hidden = [a.draft_picture.file.name]
    for name in (*who, "trainer", "reviewer"):
        client = visitor(getattr(a, name) if name in ("trainer", "reviewer") else who[name])
        works_here = name in ("trainer", "reviewer", "officer", "auditor")
        for file in shown:
            assert_door(client, file, opens=works_here or name in ENTITLED, whose=name)
        for file in hidden:
            assert_door(client, file, opens=works_here, whose=name)


def assert_door(client, file, *, opens, whose):
    """The door stands open in every way of asking, or in none; and there is no other."""
    address = reverse("cms:file", args=[file])
    wanted = {200, 206, 304} if opens else {404}
    ways = [
        client.get(address),
        client.head(address),
        client.get(address, headers={"Range": "bytes=0-9"}),
        client.get(address, headers={"Range": "bytes=-5"}),
        client.get(address, headers={"If-None-Match": "*"}),
        client.get(address, headers={"If-Modified-Since": "Sat, 01 Jan 2050 00:00:00 GMT"}),
        client.get(address, {"download": "1", "token": "x"}),
    ]
    for answer in ways:
        assert answer.status_code in wanted, (whose, file)
        if opens:
            b"".join(answer.streaming_content)
            assert answer["Cache-Control"] == "no-store, private"
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in answer["Content-Security-Policy"]
        else:
            assert SEARCHED not in answer.content.decode()
            assert "Content-Disposition" not in answer
    assert client.post(address).status_code in (404, 405)
    for other in (
        f"/media-not-served/{file}",
        f"/media/{file}",
        f"/static/{file}",
        f"/documents/1/{file}",
        f"/images/x/1/original/{file}",
        f"/courses/file/../{file}",
        f"/courses/file/./{file}",
    ):
        assert client.get(other).status_code == 404, (whose, other)


def test_pdf_is_only_ever_a_download(visitor, a):
    answer = visitor(a.trainer).get(reverse("cms:file", args=[a.paper.file.name]))
    assert answer["Content-Disposition"].startswith("attachment")
    b"".join(answer.streaming_content)


def test_door_of_the_files_leads_nowhere_else(visitor, a, settings):
    (settings.PRIVATE_ROOT / "photos").mkdir()
    (settings.PRIVATE_ROOT / "photos" / "x.jpg").write_bytes(b"private")
    client = visitor(a.trainer)
    for name in (
        "../photos/x.jpg",
        "files/../../photos/x.jpg",
        "/etc/passwd",
        "files/",
        "files",
        "%2e%2e/photos/x.jpg",
    ):
        assert client.get(f"/courses/file/{name}").status_code == 404
