"""Everybody knocks at every door: the table of personas × addresses (tests/personas.py), walked through the client."""

import hashlib
import io
import json
import re
import zipfile
from collections import Counter
from urllib.parse import quote

import pypdf
import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, get_resolver, resolve, reverse
from wagtail.blocks import StreamValue

from lms.journal.models import Line
from lms.people import noting
from tests.factories import courses, exams, people
from tests.factories import world as made
from tests.personas import ABSENT, ACCOUNT, ENTITLED, MEMBERS, PERSONAS, TABLE

OURS = ("people", "journal", "inbox", "scoring", "certs", "exams", "cms", "records", "training", "audits")
# What a GET may leave behind: a message read, a verification counted, a certificate drawn once, and a line of the
# journal that says who read whose record.
LEFT_BY_READING = {"inbox.message", "certs.verification", "certs.credential", "journal.line"}
ROWS = [(name, row) for name, rows in TABLE.items() for row in rows]
POSTS = [(name, row) for name, row in ROWS if row.sends]
# Whose pages have links to follow, and how many to pages of one name.
FOLLOWERS = ("anonymous", "teacher", "bureau", "school_officer", "officer", "clerk", "marker", "judge", "signatory")
FOLLOWERS += ("auditor",)
OF_A_KIND = 1
OUTSIDERS = ("other_school_officer", "stranger", "neighbour", "foreign", "ended", "idle_marker", "other_judge")
SIGN_IN = "/account/login/"


@pytest.fixture
def world(db, settings, tmp_path, caplog):
    caplog.set_level("CRITICAL", "django")
    settings.PRIVATE_ROOT = tmp_path
    return made.build()


@pytest.fixture
def clients(world):
    """A browser for every persona, signed in; refusing to raise, so that a crash is seen as the 500 that it is."""
    found = {name: Client(raise_request_exception=False) for name in PERSONAS}
    for name in MEMBERS:
        found[name].force_login(world.users[name])
    return found


def fingerprint():
    """Model → digest of all its rows."""
    found = {}
    for label in OURS:
        for model in apps.get_app_config(label).get_models():
            rows = [[plain(each) for each in row] for row in model._base_manager.order_by("pk").values_list()]
            found[model._meta.label_lower] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return found


def plain(value):
    """A value of a row; the blocks of a page as they lie in the database."""
    return value.get_prep_value() if isinstance(value, StreamValue) else value


def changed(before, after):
    return {label for label in before if before[label] != after[label]}


def text_of(response):
    """What a person can read in an answer: a page with its data, a workbook's or a document's words."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    kind = response.headers.get("Content-Type", "")
    if "spreadsheet" in kind:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
    if kind == "application/pdf":
        return "".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(content)).pages)
    if kind.startswith("image/"):
        return ""
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)), content.decode())


def bare(response, path):
    """Status, headers and body without what differs between any two answers: token, nonce, its own address."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"|nonce="[^"]*"', "", text_of(response))
    headers = {name: value.replace(quote(path), "") for name, value in response.headers.items()}
    headers.pop("Content-Length", None)  # follows from the text, which holds the address
    headers["Content-Security-Policy"] = re.sub(r"'nonce-[^']*'", "", headers.get("Content-Security-Policy", ""))
    return response.status_code, headers, text.replace(path, "")


def send(client, path, row, world, **more):
    data = row.sends(world)
    if row.kind:
        return client.post(path, json.dumps(data), content_type=row.kind, **more)
    return client.post(path, data, **more)


# Every address has its row


def addresses(resolver=None, namespace=""):
    """Every URL name of the site, the editor's apart."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if str(pattern.pattern).startswith("editor"):
            continue
        if hasattr(pattern, "url_patterns"):
            yield from addresses(pattern, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace)
        else:
            yield f"{namespace}{pattern.name}"


def test_every_address_has_its_row():
    """A new address fails here until tests/personas.py says who may open it."""
    named = set(addresses())
    assert named - set(TABLE) - set(ACCOUNT) == set()
    assert {*TABLE, *ACCOUNT} - named == set()
    assert set(ENTITLED) >= {"identity number", "key"}


# Looking: who is let in, and what she may read there


def canaries(w):
    """What must be read only where `ENTITLED` says."""
    return {
        "stem": made.STEM,
        "option": made.OPTION,
        "guide": made.GUIDE,
        "key": made.KEY,
        "bank stem": made.BANK_STEM,
        "bank key": made.BANK_KEY,
        "answer": made.ANSWER,
        "open answer": made.OPEN_ANSWER,
        "name": made.NAME,
        "identity number": w.holder.id_number,
        "phone": made.PHONE,
        "score": made.SCORE,
        "sheet": made.SHEET_TOTAL,
        "review": made.REVIEW_REASON,
        "change": made.CHANGE_REASON,
        "journal": made.CITY_REASON,
        "message": made.MESSAGE,
        "roster": made.ROSTER_NAME,
        "topic": made.TOPIC,
        "elsewhere": made.ELSEWHERE,
        "training": made.TRAINING,
        "lesson": made.LESSON,
        "explanation": courses.EXPLANATION,
        "course": made.COURSE,
        "withdrawal": made.WITHDRAWAL,
        "hours": made.HOURS,
        "claim": made.CLAIM,
        "number": w.credential.number,
        "token": w.credential.token,
    }


class Visit:
    """One persona's walk: every address of the table, then links that she was shown, a few of every kind."""

    def __init__(self, persona, client, world):
        self.persona, self.client, self.world = persona, client, world
        self.opened, self.links, self.followed = set(), [], Counter()
        self.wrong, self.flaws, self.read = [], [], set()

    def walk(self):
        for name, row in ROWS:
            # A public page without a record, or what only takes POST, answers everyone alike: three stand for all.
            is_alike = row.posts_only or (row.public and row.of is None)
            if self.persona in ("anonymous", "stranger", "officer") or not is_alike:
                self.open(name, reverse(name, args=row.args(self.world)), {row.status(self.persona)})
        for path in self.links if self.persona in FOLLOWERS else ():  # grows while it is walked
            bare_path = path.split("?")[0]
            name = resolve(bare_path).view_name
            if bare_path not in self.opened and self.followed[name] < OF_A_KIND:
                self.followed[name] += 1
                self.open(name, path, {200, 302})
        return self

    def open(self, name, path, expected):
        response = self.client.get(path)
        self.opened.add(path.split("?")[0])
        if response.status_code not in expected:
            self.wrong.append((self.persona, name, path, response.status_code))
        if response.status_code != 200:
            return
        text = text_of(response)
        self.read |= {(canary, name) for canary, word in canaries(self.world).items() if word in text.replace(path, "")}
        self.flaws += [(self.persona, name, flaw) for flaw in flaws_of(response, text, self.persona)]
        for link in re.findall(r'(?:href|src)="(/[^"#]*)', text) if "html" in response["Content-Type"] else ():
            if not link.startswith(("/static/", "/account/", "/style/")):
                self.links.append(link.replace("&amp;", "&"))


def flaws_of(response, text, persona):
    """What is wrong with the headers of an answer, or with a page that its policy would break."""
    if persona != "anonymous" and "no-store" not in response.headers.get("Cache-Control", ""):
        yield f"may be stored: {response.headers.get('Cache-Control')}"
    if "html" not in response["Content-Type"]:
        return
    directives = [each.split() for each in response.headers.get("Content-Security-Policy", "").split(";")]
    policy = {name: set(sources) for name, *sources in directives}
    for directive in ("script-src", "style-src"):
        nonces = {each for each in policy.get(directive, ()) if each.startswith("'nonce-")}
        if policy.get(directive, set()) - nonces != {"'self'"}:
            yield f"{directive} {policy.get(directive)}"
    if policy.get("object-src") != {"'none'"} or policy.get("frame-ancestors") != {"'none'"}:
        yield f"policy {policy}"
    if response.headers.get("X-Content-Type-Options") != "nosniff":
        yield "may be sniffed"
    if re.search(r"<[a-z][^>]*\s(on[a-z]+|style)=", text):
        yield "a handler or a style in an attribute"
    if re.search(r"<(script|style)(?![^>]*(nonce=|application/json))", text):
        yield "a script or a style without nonce"


@pytest.mark.parametrize("some", [PERSONAS[::2], PERSONAS[1::2]], ids=["one half", "the other"])
def test_doors_open_for_whom_the_table_says_and_show_what_each_may_read(world, clients, some):
    before, last = fingerprint(), Line.objects.order_by("pk").last().pk
    visits = [Visit(persona, clients[persona], world).walk() for persona in some]
    assert [each for visit in visits for each in visit.wrong] == []
    assert [each for visit in visits for each in visit.flaws] == []
    assert changed(before, fingerprint()) - LEFT_BY_READING == set(), "a look changed something"
    assert set(Line.objects.filter(pk__gt=last).values_list("act", flat=True)) <= {noting.READ}
    read = {(canary, name, visit.persona) for visit in visits for canary, name in visit.read}
    entitled = {
        (canary, name, who)
        for canary, names in ENTITLED.items()
        for name, allowed in names.items()
        for who in allowed
        if who in some
    }
    assert {each for each in read - entitled if each[::2] != ("name", "teacher")} == set(), "read by whom it is not for"
    # And the canaries sing: whoever is entitled to one has met it.
    assert {each[::2] for each in entitled} - {each[::2] for each in read} == set()


def test_what_is_another_persons_is_answered_like_what_does_not_exist(world, clients):
    told = []
    for name, row in ROWS:
        absent = row.absent(world)
        if absent is None or row.public:
            continue
        here, nowhere = reverse(name, args=row.args(world)), reverse(name, args=absent)
        for persona in [each for each in OUTSIDERS if each not in {*row.sees, *row.acts, *row.answers}][:2]:
            client = clients[persona]
            answers = [(client.get(here), client.get(nowhere))]
            if row.sends:
                answers.append((send(client, here, row, world), send(client, nowhere, row, world)))
            told += [(name, persona) for one, other in answers if bare(one, here) != bare(other, nowhere)]
    assert told == []


def test_outcomes_and_counts_stay_with_those_whose_they_are(world, clients):
    """Until the list opens a clerk and a county's officer see that a stage is decided, not who passed nor how many."""
    rooms = reverse("exams:rooms", args=[exams.stage(world.unlisted).pk])
    assert "不合格" in clients["officer"].get(rooms).text
    assert "不合格" not in clients["clerk"].get(rooms).text
    exam = reverse("exams:exam", args=[world.unlisted.pk])
    for persona, sees in {"officer": True, "auditor": True, "clerk": False, "bureau": False}.items():
        page = clients[persona].get(exam).text
        assert ("2人中合格1人" in page, "各步人数" in page) == (sees, sees), persona
    # The open exam has two registrations that wait, one of each county: each reviewer's counts are of her own.
    waiting = {
        persona: re.search(r"待审核</dt><dd>(\d+)", clients[persona].get(f"/exams/{world.open.pk}/").text)[1]
        for persona in ("officer", "bureau", "neighbour")
    }
    assert waiting == {"officer": "2", "bureau": "1", "neighbour": "1"}


# Acting: nobody else's deed is done, and everybody's own is


# With the page as it was typed, with the page before, or with a page of its own.
REFUSED = (200, 302, 403, 409, 422)
WRITING = re.compile(r'(?:WITH \w+ AS \()?(INSERT INTO|UPDATE|DELETE FROM) (?!"?(?:django_|cache_))')


def writes(captured):
    """The tables that were written to, sessions and counted attempts apart."""
    return {each["sql"][:60] for each in captured if WRITING.match(each["sql"])}


def test_deeds_are_done_by_those_whom_the_table_names_and_by_nobody_else(world, clients):
    before, wrong = fingerprint(), []
    for name, row in POSTS:
        path = reverse(name, args=row.args(world))
        connection.queries_log.clear()  # it holds 9,000 queries and warns of more
        with CaptureQueriesContext(connection) as captured:
            for persona, client in clients.items():
                if persona not in row.acts:
                    response = send(client, path, row, world)
                    wrong += [] if is_refused(response, persona, row) else [(name, persona, response.status_code)]
        wrong += [(name, written) for written in writes(captured)]
    assert wrong == []
    assert changed(before, fingerprint()) == set()
    undone = []
    for name, row in POSTS:
        for persona in row.acts[:1] if row.slow else row.acts:
            undone += [(name, persona, told) for told in tried(clients[persona], name, row, world)]
    assert undone == []


def is_refused(response, persona, row):
    if persona == "anonymous":
        return response.status_code == 401 or response.headers.get("Location", "").startswith(SIGN_IN)
    return response.status_code in (REFUSED if persona in row.sees else (404,))


def tried(client, name, row, world):
    """Do a deed and take it back; gives the answer where nothing was done."""
    connection.queries_log.clear()
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        response = send(client, reverse(name, args=row.args(world)), row, world)
        transaction.set_rollback(True)
    if response.status_code >= 400 or not writes(captured):
        yield response.status_code, re.sub(r"<[^>]+>|\s+", " ", text_of(response))[-1500:]


def test_forms_from_elsewhere_are_refused(world):
    """Without the token of one of our pages no POST is heard, whoever is signed in."""
    heard = []
    strict = {name: Client(enforce_csrf_checks=True, raise_request_exception=False) for name in PERSONAS}
    for name in MEMBERS:
        strict[name].force_login(world.users[name])
    before = fingerprint()
    for name, row in POSTS:
        persona = (*row.acts, *row.sees, "officer")[0]
        response = send(strict[persona], reverse(name, args=row.args(world)), row, world)
        heard += [(name, persona, response.status_code)] if response.status_code != 403 else []
    for name in ("desks:language", "inbox:read_all", "demo:enter", "people:activate", "certs:verify"):
        heard += [(name, code) for code in [strict["teacher"].post(reverse(name)).status_code] if code != 403]
    for name in ("account_login", "account_logout", "account_change_password", "account_reset_password"):
        heard += [(name, code) for code in [strict["teacher"].post(reverse(name)).status_code] if code != 403]
    assert heard == []
    assert changed(before, fingerprint()) == set()


# The editor and the sign-in pages


def editor_addresses():
    """Every address of the editor that needs no record."""

    def walk(resolver, namespace=""):
        for pattern in resolver.url_patterns:
            if hasattr(pattern, "url_patterns"):
                yield from walk(pattern, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace)
            elif pattern.name:
                yield f"{namespace}{pattern.name}"

    for part in get_resolver().url_patterns:
        if str(part.pattern) == "editor/":
            for name in sorted(set(walk(part))):
                try:
                    yield reverse(name)
                except NoReverseMatch:
                    continue


def test_editor_is_there_for_nobody_but_its_keepers(db, tree, caplog):
    caplog.set_level("CRITICAL", "django")
    found = sorted({path for path in editor_addresses() if path.startswith("/editor/")})
    assert len(found) > 40
    clients = [Client() for _ in range(4)]
    everybody = (people.officer("exam_officer", tree.city), people.teacher().user, people.user(is_staff=True))
    for client, user in zip(clients[1:], everybody, strict=True):
        client.force_login(user)
    for client in clients:
        nothing = bare(client.get("/editor/nothing-here/"), "/editor/nothing-here/")
        for path in found if client is clients[1] else found[:5]:
            assert bare(client.get(path), path) == nothing, path
        assert nothing[0] == 404


def test_sign_in_pages_answer_as_listed(db):
    visitor, member = Client(), Client()
    member.force_login(people.user("某人", password=made.PASSWORD))
    args = {
        "account_confirm_email": ["no-such-key"],
        "account_reset_password_from_key": ["0", "no-such-key"],
        "mfa_remove_webauthn": [ABSENT],
        "mfa_edit_webauthn": [ABSENT],
    }
    paths = {name: reverse(name, args=args.get(name, [])) for name in ACCOUNT}
    found = {name: tuple(each.get(path).status_code for each in (visitor, member)) for name, path in paths.items()}
    assert found == ACCOUNT


# Addresses that were tampered with

ELSEWHERE = [
    "//e.example",
    "///e.example",
    "////e.example",
    "/\\e.example",
    "\\\\e.example",
    "\\/e.example",
    "/\\/e.example",
    "\t//e.example",
    "/\t/e.example",
    "/\n/e.example",
    "\r\n//e.example",
    " //e.example",
    "\x00//e.example",
    "http://e.example",
    "https://e.example/",
    "HTTPS://e.example",
    "https:e.example",
    "https:/e.example",
    "https:///e.example",
    "http:\\\\e.example",
    "https:/\\e.example",
    "http://testserver@e.example/",
    "http://testserver:80@e.example/",
    "http://testserver.e.example/",
    "http://e.example#@testserver/",
    "http://e.example?testserver",
    "http://e.example\\@testserver",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "ftp://e.example",
    "//[::1]/",
    "http://[e.example",
    "/\\\\e.example",
    "//e%E3%80%82example",
]


@pytest.mark.parametrize("where", ELSEWHERE)
def test_nobody_is_sent_elsewhere(where, db, client, caplog):
    """After signing in or out or changing the language one stays on this site, whatever the address asked for."""
    caplog.set_level("CRITICAL", "django")
    user = people.user("某人", password=made.PASSWORD)
    typed = {"login": user.username, "password": made.PASSWORD, "next": where}
    answers = [
        client.post(reverse("desks:language"), {"language": "en", "next": where}),
        client.post(f"{reverse('desks:language')}?next={quote(where)}", {"language": "zh-hans"}),
        client.post(SIGN_IN, typed),
        client.get(f"{SIGN_IN}?next={quote(where)}"),
        client.post(reverse("account_logout"), {"next": where}),
        client.post(f"{SIGN_IN}?next={quote(where)}", {**typed, "next": ""}),
        client.post(
            f"{reverse('account_reauthenticate')}?next={quote(where)}", {"password": made.PASSWORD, "next": where}
        ),
        client.post(f"{reverse('account_logout')}?next={quote(where)}"),
    ]
    for number, answer in enumerate(answers):
        assert answer.status_code == 302, (number, answer.status_code)
        assert re.match(r"/(?![/\\])[\w/.%-]*$", answer["Location"]), (number, answer["Location"])


def test_a_refused_form_leads_back_to_this_site_only(world, clients):
    """A refusal goes to the page before; a page elsewhere is not gone back to."""
    path = reverse("exams:hearing_step", args=[world.scheduled.pk, "finish"])
    for where in ELSEWHERE:
        if not set(where) & set("\n\r\x00"):
            assert clients["clerk"].post(path, headers={"referer": where}).status_code == 409, where
    back = clients["clerk"].post(path, headers={"referer": "http://testserver/home/"})
    assert (back.status_code, back["Location"]) == (302, "http://testserver/home/")


NONSENSE = ["\x00", "-1", "9" * 24, "²", "x" * 5000, "NaN", "'\"<b>", "0020009999999", "\ud800"]
ASKED = {
    "people:units": ("q", "page"),
    "people:unit": ("q", "page"),
    "people:search": ("q", "page"),
    "people:merge": ("q", "page"),
    "people:days_off": ("year",),
    "people:figures": ("year", "state", "page"),
    "people:figures_reminder": ("year",),
    "audits:home": ("on", "by", "within"),
    "audits:coverage": ("on", "q", "stage", "sort", "short", "units", "page"),
    "audits:lacking": ("on", "page"),
    "desks:journal": ("act", "unit", "day", "before"),
    "exams:bank": ("bank", "state", "kind", "topic", "level", "difficulty", "used", "q", "sort", "page"),
    "exams:bank_alike": ("page",),
    "exams:papers": ("page",),
    "exams:list": ("page",),
    "exams:candidates": ("state", "unit", "q", "page"),
    "exams:results": ("state", "unit", "q", "sort", "page"),
    "exams:cut_score": ("value",),
    "exams:line_units": ("value",),
    "exams:invigilate": ("room",),
    "exams:roster_run": ("row", "column", "page"),
    "exams:propose_publicity": ("opens_on",),
    "exams:new_module": ("kind",),
    "exams:marking": ("page",),
    "certs:register": ("q", "state", "page"),
    "records:mine": ("year", "page"),
    "certs:batch": ("page",),
    "inbox:messages": ("page",),
    "cms:announcements": ("page",),
}


def test_nonsense_in_an_address_is_answered_and_not_stumbled_over(world, clients):
    client, crashed = clients["officer"], []
    for name, row in ROWS:
        args = row.absent(world)
        if args and args[0] == ABSENT:
            status = client.get(reverse(name, args=["9" * 30, *args[1:]])).status_code
            crashed += [(name, "a long id", status)] if status not in (404, 405) else []
    for name, asked in ASKED.items():
        for row in TABLE[name]:
            path = reverse(name, args=row.args(world))
            for value in NONSENSE:
                query = "&".join(f"{each}={quote(value, errors='surrogatepass')}" for each in asked)
                status = client.get(f"{path}?{query}").status_code
                crashed += [(name, value[:20], status)] if status >= 500 or status in (301, 302) else []
    assert crashed == []


def test_filters_never_widen_what_one_sees(world, clients):
    """A unit of another county in the address shows nobody of it."""
    unit = quote(world.other_county.path)
    pages = [
        f"/exams/{world.open.pk}/candidates/?unit={unit}",
        f"/exams/{world.open.pk}/candidates/?q=邻县考生",
        "/people/?q=青屏",
        f"/journal/?unit={quote(world.city.path)}",
    ]
    for path in pages:
        page = clients["bureau"].get(path).text
        assert "邻县考生" not in page.replace('value="邻县考生"', ""), path
        assert "青屏县第一小学" not in page, path
        assert made.CITY_REASON not in page, path
    assert "邻县考生" in clients["neighbour"].get(pages[0]).text


def test_cookies_are_closed_to_scripts_and_to_other_sites(db, client):
    user = people.user("某人", password=made.PASSWORD)
    client.post(SIGN_IN, {"login": user.username, "password": made.PASSWORD})
    session, token = client.cookies["sessionid"], client.cookies["csrftoken"]
    assert (session["httponly"], session["samesite"], token["samesite"]) == (True, "Lax", "Lax")
