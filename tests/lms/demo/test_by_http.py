"""The rehearsal's candidates keep an honest ledger: what was acknowledged and nothing else, whatever the line does."""

import datetime as dt
import io
import json
import re
import threading
from collections import Counter
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs

import pytest
from django.core.management import CommandError

from lms.demo.by_http import ByHttp, Client, Person, UnexpectedAnswer
from lms.demo.course import Script
from lms.demo.management.commands import rehearse
from lms.demo.rehearsal import Report
from tests.factories import rehearsal

FORM = '<form><input type="hidden" name="csrfmiddlewaretoken" value="token-of-{path}"></form>'
ATTEMPT = "/exams/attempts/1/"
BELL = dt.datetime(2024, 3, 5, 9, 0, tzinfo=dt.UTC)


class Site(ThreadingHTTPServer):
    """A server that answers as it is told and keeps what it was asked. `answers` maps method and path to a function
    of the request's body, which returns (status, text) or (303, where to); without one, GET shows a form."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Told)
        self.answers = {}
        self.received = []
        self.arrived = threading.Condition()

    @property
    def base(self):
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        """A client that hangs up is what these tests are about."""

    def posted(self, path):
        return [body for method, at, body, _headers in self.received if (method, at) == ("POST", path)]

    def wait_for(self, count):
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.received) >= count, timeout=10)


class Told(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self._answer("GET", None)

    def do_POST(self):
        raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = "json" not in self.headers["Content-Type"]
        self._answer("POST", {key: each[0] for key, each in parse_qs(raw).items()} if form else json.loads(raw))

    def _answer(self, method, body):
        with self.server.arrived:
            self.server.received.append(
                (method, self.path, body, {key.lower(): value for key, value in self.headers.items()})
            )
            self.server.arrived.notify_all()
        told = self.server.answers.get((method, self.path), self.server.answers.get((method, "*")))
        status, text = told(body) if told else (200, FORM.format(path=self.path))
        content = text.encode() if isinstance(text, str) else text
        self.send_response(status)
        if status == 303:
            self.send_header("Location", text)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def site():
    with Site() as site:
        thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield site
        site.shutdown()
        thread.join()


@pytest.fixture
def client(site):
    with closing(Client(site.base).http) as http:
        client = Client(site.base)
        client.http.close()
        client.http = http
        yield client


@pytest.fixture
def person(client):
    return Person(7, client, attempt_address=ATTEMPT)


def acknowledging(saves, only=None):
    """The answer of a server that saved these, or only those items."""
    saved = [{"item": each["item"], "version": each["version"]} for each in saves]
    return 200, json.dumps({"saved": [each for each in saved if only is None or each["item"] in only]})


def save_address(site, answer):
    site.answers["POST", ATTEMPT + "answers/"] = lambda body: answer(body["saves"])


# The ledger


def test_save_enters_what_the_server_acknowledged(site, person):
    save_address(site, acknowledging)

    person.save({"1": "B", "2": ["A", "C"]})
    person.save({"1": "D"})

    assert person.ledger == {"1": (2, "D"), "2": (1, ["A", "C"])}
    assert person.queue == []
    assert person.sent == {"1": ["B", "D"], "2": [["A", "C"]]}
    assert site.posted(ATTEMPT + "answers/")[1] == {"saves": [{"item": "1", "version": 2, "response": "D"}]}


def test_flush_enters_only_acknowledged_versions_and_keeps_the_rest_waiting(site, person):
    save_address(site, lambda saves: acknowledging(saves, only={"2"}))

    person.save({"1": "B", "2": "C"})

    assert person.ledger == {"2": (1, "C")}
    assert person.queue == [{"item": "1", "version": 1, "response": "B"}]


def test_flush_enters_nothing_when_another_version_is_acknowledged(site, person):
    """An acknowledgement of some other version says nothing about this one."""
    save_address(site, lambda saves: (200, json.dumps({"saved": [{"item": "1", "version": 9}]})))

    person.save({"1": "B"})

    assert person.ledger == {}
    assert person.queue == [{"item": "1", "version": 1, "response": "B"}]


@pytest.mark.parametrize("status", [401, 409, 410, 500])
def test_flush_raises_and_enters_nothing_when_saving_is_refused(site, person, status):
    save_address(site, lambda saves: (status, json.dumps({"saved": [{"item": "1", "version": 1}]})))

    with pytest.raises(UnexpectedAnswer, match=f"candidate 7: saving gave {status}"):
        person.save({"1": "B"})

    assert person.ledger == {}
    assert len(person.queue) == 1


def test_flush_sends_nothing_when_nothing_waits(site, person):
    person.flush()

    assert site.received == []


def test_save_offline_waits_and_is_replayed_in_order_when_the_line_is_back(site, person):
    save_address(site, acknowledging)

    person.save({"1": "A", "2": "B"}, offline=True)
    person.save({"1": "C"}, offline=True)
    assert (site.received, person.ledger, len(person.queue)) == ([], {}, 3)
    person.save({"3": "D"})

    assert site.posted(ATTEMPT + "answers/") == [
        {
            "saves": [
                {"item": "1", "version": 1, "response": "A"},
                {"item": "2", "version": 1, "response": "B"},
                {"item": "1", "version": 2, "response": "C"},
                {"item": "3", "version": 1, "response": "D"},
            ]
        }
    ]
    assert person.ledger == {"1": (2, "C"), "2": (1, "B"), "3": (1, "D")}
    assert person.queue == []


def test_save_that_vanishes_arrives_but_is_neither_entered_nor_forgotten(site, person):
    """Whether it counted she cannot know: it stays in the queue and goes again, the same version."""
    person.client.http.cookies.set("csrftoken", "secret")
    save_address(site, acknowledging)

    person.save({"1": "B"}, vanish=True)
    site.wait_for(1)
    assert person.ledger == {}
    assert person.queue == [{"item": "1", "version": 1, "response": "B"}]
    person.flush()

    first, again = site.posted(ATTEMPT + "answers/")
    assert first == again == {"saves": [{"item": "1", "version": 1, "response": "B"}]}
    assert person.ledger == {"1": (1, "B")}
    headers = site.received[0][3]
    assert headers["x-csrftoken"] == "secret"
    assert "csrftoken=secret" in headers["cookie"]


# Pages and forms


def test_post_form_sends_the_token_of_the_page_and_where_it_comes_from(site, client):
    client.post_form("/people/activate/", code="K7")

    method, path, body, headers = site.received[-1]
    assert (method, path) == ("POST", "/people/activate/")
    assert body == {"csrfmiddlewaretoken": "token-of-/people/activate/", "code": "K7"}
    assert headers["referer"] == site.base + "/people/activate/"


def test_post_form_raises_when_the_page_has_no_form(site, client):
    site.answers["GET", "/x/"] = lambda body: (200, "<p>nothing</p>")

    with pytest.raises(UnexpectedAnswer, match="/x/ has no form"):
        client.post_form("/x/")


@pytest.mark.parametrize("status", [403, 404, 500])
def test_get_raises_what_no_candidate_should_see(site, client, status):
    site.answers["GET", "/x/"] = lambda body: (status, "")

    with pytest.raises(UnexpectedAnswer, match=f"GET {site.base}/x/: {status}"):
        client.get("/x/")


# A whole sitting


@pytest.fixture
def candidates(site):
    played = ByHttp(site.base, "seed", lambda line: None)
    yield played
    for each in played.people.values():
        each.client.http.close()


def entry(number):
    user = SimpleNamespace(username=f"teacher{number}")
    return SimpleNamespace(pk=number, candidate=SimpleNamespace(teacher=SimpleNamespace(user=user)))


def responses():
    return {str(item): ["A", "C"] if item % 5 == 0 else "B" for item in range(1, 61)}


def an_exam(site, numbers, clock):
    """Pages of activation, ticket, sign-in, start, saving and hand-in for these candidates; what was saved, when."""
    kept: dict[int, list[tuple[int, str, int]]] = {number: [] for number in numbers}
    site.answers["POST", "/people/activate/"] = lambda body: (303, "/home/")
    site.answers["POST", "/account/login/"] = lambda body: (303, "/home/")

    def saving(number):
        def save(body):
            kept[number] += [(clock["minute"], each["item"], each["version"]) for each in body["saves"]]
            return acknowledging(body["saves"])

        return save

    receipt = "".join(f"<span>{n:08x}</span>" for n in range(8))
    for number in numbers:
        attempt = f"/exams/attempts/{number}/"
        site.answers["GET", f"/exams/entries/{number}/ticket.pdf"] = lambda body: (200, b"%PDF-1.7")
        site.answers["POST", f"/exams/entries/{number}/sit/"] = lambda body, to=attempt: (303, to)
        site.answers["POST", attempt + "answers/"] = saving(number)
        site.answers["POST", attempt + "hand-in/"] = lambda body: (200, receipt)
    return kept


def test_sit_leaves_every_answer_acknowledged_whatever_befell_the_line(site, candidates):
    scripts = {
        1: Script(entry(1), responses(), None, hands_in=True),
        2: Script(entry(2), responses(), (33, 52), hands_in=True),
        3: Script(entry(3), responses(), (12, 15), hands_in=False),
        4: Script(entry(4), responses(), (60, 108), hands_in=False),
    }
    clock = {"minute": -1}
    kept = an_exam(site, scripts, clock)
    moments = []

    def at_minute(minute):
        clock["minute"] = minute
        moments.append(minute)
        return BELL + dt.timedelta(minutes=minute)

    candidates.come_in({n: f"K{n}" for n in scripts}, dict.fromkeys(scripts, "123X"))
    assert candidates.fetch_tickets({n: script.entry for n, script in scripts.items()}) == 4
    candidates.sit(scripts, at_minute)

    for number, script in scripts.items():
        person = candidates.people[number]
        assert {item: said for item, (_version, said) in person.ledger.items()} == script.responses
        assert person.queue == []
        # Everything that stands was sent last; a second thought has a second version.
        assert all(person.sent[item][-1] == said for item, (_version, said) in person.ledger.items())
        assert {len(person.sent[item]) for item in person.sent} == {1, 2}
        assert len(site.posted(f"/exams/attempts/{number}/hand-in/")) == script.hands_in
        assert bool(person.receipt) == script.hands_in
    assert moments == sorted(moments)
    assert moments[-1] < 120
    assert candidates.ledger[2] is candidates.people[2].ledger
    assert _twice(kept[1]) == []
    # The save that vanished came twice: when the line broke, and when it was back.
    assert len(_twice(kept[2])) > 0
    minutes = {minute for minute, item, version in kept[2] if (item, version) in _twice(kept[2])}
    assert minutes == {40, 60}
    assert not [minute for minute, *_ in kept[2] if minute == 50]
    # Nobody else sends what candidate 4 has left to say when the line is back.
    assert max(minute for minute, *_ in kept[4]) == 110


def _twice(saves):
    return [save for save, count in Counter((item, version) for _minute, item, version in saves).items() if count > 1]


def test_come_in_raises_with_the_complaint_of_the_page(site, candidates):
    site.answers["POST", "/people/activate/"] = lambda body: (
        200,
        '<span class="err" id="e"><svg></svg><span>验证码不正确</span></span>',
    )

    with pytest.raises(UnexpectedAnswer, match="candidate 3 could not come in: 验证码不正确"):
        candidates.come_in({3: "K"}, {3: "0000"})


def test_fetch_tickets_raises_when_something_else_than_a_document_comes(site, candidates):
    an_exam(site, [3], {"minute": 0})
    candidates.come_in({3: "K"}, {3: "0000"})
    site.answers["GET", "/exams/entries/3/ticket.pdf"] = lambda body: (200, "<html>not yet</html>")

    with pytest.raises(UnexpectedAnswer, match="candidate 3 got no ticket"):
        candidates.fetch_tickets({3: entry(3)})


def test_sit_raises_when_somebody_gets_no_receipt(site, candidates):
    an_exam(site, [3], {"minute": 0})
    candidates.come_in({3: "K"}, {3: "0000"})
    candidates.fetch_tickets({3: entry(3)})
    site.answers["POST", "/exams/attempts/3/hand-in/"] = lambda body: (200, "<p>late</p>")

    with pytest.raises(UnexpectedAnswer, match="candidate 3 handed in and got no receipt"):
        candidates.sit({3: Script(entry(3), responses(), None, hands_in=True)}, lambda minute: BELL)


def test_sit_raises_with_the_complaint_of_the_page_when_somebody_cannot_sign_in(site, candidates):
    an_exam(site, [3], {"minute": 0})
    candidates.come_in({3: "K"}, {3: "0000"})
    site.answers["POST", "/account/login/"] = lambda body: (200, '<span class="err"><span>请稍后再试</span></span>')

    with pytest.raises(UnexpectedAnswer, match="candidate 3 could not sign in: 请稍后再试"):
        candidates.sit({3: Script(entry(3), responses(), None, hands_in=True)}, lambda minute: BELL)


def test_fetch_certificates_raises_when_something_else_than_a_document_comes(site, candidates):
    an_exam(site, [3], {"minute": 0})
    candidates.come_in({3: "K"}, {3: "0000"})

    with pytest.raises(UnexpectedAnswer, match="candidate 3 got no certificate"):
        candidates.fetch_certificates({3: SimpleNamespace(pk=3)})


@pytest.mark.parametrize(("verdict", "valid"), [("valid", 2), ("revoked", 1)])
def test_fetch_certificates_counts_those_that_both_strangers_find_valid(site, candidates, verdict, valid):
    """By token both are valid; by number and name the one of candidate 260 says what it is told."""
    an_exam(site, [3, 260], {"minute": 0})
    candidates.come_in({3: "K", 260: "L"}, {3: "0000", 260: "0000"})
    credentials = {
        n: SimpleNamespace(pk=n, token=f"t{n}", number=f"N{n}", facts={"holder": "林知微"}) for n in candidates.people
    }
    for n in credentials:
        site.answers["GET", f"/certificates/{n}/download/"] = lambda body, n=n: (200, f"%PDF {n}".encode())
        site.answers["GET", f"/certificates/verify/t/t{n}/"] = lambda body: (200, '<main data-verdict="valid">')
    site.answers["POST", "/certificates/verify/"] = lambda body: (
        200,
        f'<main data-verdict="{verdict if body["number"] == "N260" else "valid"}">',
    )

    assert candidates.fetch_certificates(credentials) == valid
    assert candidates.documents == {3: b"%PDF 3", 260: b"%PDF 260"}


def test_candidates_act_a_few_at_a_time(candidates):
    """Eight at once, never the whole roster."""
    eight, counting, acting = threading.Barrier(8), threading.Lock(), []

    def act(number):
        with counting:
            acting.append(number)
            assert len(acting) <= 8
        eight.wait(timeout=10)
        with counting:
            acting.remove(number)
        eight.wait(timeout=10)

    candidates._all(act, range(40), "acted")

    assert acting == []


# The command


BROKEN = Report(
    steps=[{"step": "sit", "seconds": 1.25, "sat": 11}],
    invariants={"everyone_has_one_seat": [], "no_acknowledged_answer_is_lost": ["candidate 5, item 1"]},
    figures={"certified": 7},
)


def command():
    return rehearse.Command(stdout=io.StringIO(), stderr=io.StringIO())


@pytest.mark.parametrize("as_json", [True, False])
def test_rehearse_fails_and_names_the_invariant_when_one_is_broken(as_json):
    told = command()

    with pytest.raises(CommandError, match=r"^Broken: no_acknowledged_answer_is_lost$") as failure:
        told.conclude(BROKEN, as_json=as_json)

    assert failure.value.returncode == 1
    printed = told.stdout.getvalue()
    assert "candidate 5, item 1" in printed
    if as_json:
        assert json.loads(printed)["ok"] is False
    else:
        assert re.search(r"^broken  no_acknowledged_answer_is_lost$", printed, re.M)
        assert re.search(r"^holds   everyone_has_one_seat$", printed, re.M)
        assert re.search(r"^ *1\.25 s  sit +sat 11$", printed, re.M)


def test_rehearse_ends_well_when_every_invariant_holds():
    told = command()

    told.conclude(Report(invariants={"everyone_has_one_seat": []}, figures={"certified": 7}), as_json=True)

    printed = json.loads(told.stdout.getvalue())
    assert (printed["ok"], printed["figures"], printed["invariants"]) == (
        True,
        {"certified": 7},
        {"everyone_has_one_seat": []},
    )


@pytest.mark.parametrize("name", ["plan.toml", "roster.xlsx", "questions.xlsx"])
def test_rehearse_exits_with_one_before_it_builds_anything_when_a_file_is_missing(tmp_path, name):
    given = rehearsal.folder(tmp_path, (5,))
    (given / name).unlink()
    told = command()

    with pytest.raises(SystemExit) as ending:
        told.run_from_argv(["manage.py", "rehearse", "--skip-checks", "--input", str(given)])

    assert ending.value.code == 1
    assert f"{name} is missing" in told.stderr.getvalue()
