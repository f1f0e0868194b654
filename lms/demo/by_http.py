"""Candidates as separate HTTP clients over sockets, each with cookies, a connection and a ledger of her own."""

import datetime as dt
import random
import re
import socket
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

_AT_ONCE = 8
_PASSWORD = "renshi-{number}-huiyi"  # noqa: S105 - an invented password for an invented candidate
_STEP = 10  # minutes of the sitting between two looks at the clock


class UnexpectedAnswer(Exception):  # noqa: N818 - it names what came back
    """The site answered something that no candidate should see."""


@dataclass
class Client:
    """One person's browser: cookies, a kept connection, and her forms' tokens."""

    base: str
    address: str = "127.0.0.1"
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        transport = httpx.HTTPTransport(local_address=self.address)
        self.http = httpx.Client(base_url=self.base, transport=transport, timeout=60, follow_redirects=True)
        self.http.cookies.set("django_language", "zh-hans")

    def get(self, address: str) -> httpx.Response:
        return self._expect(self.http.get(address))

    def post_form(self, address: str, **fields: str) -> httpx.Response:
        """Open the page of the form, then send it with its token."""
        page = self.get(address)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        if not token:
            raise UnexpectedAnswer(f"{address} has no form")
        return self._expect(
            self.http.post(
                address,
                data={"csrfmiddlewaretoken": token.group(1), **fields},
                headers={"Referer": self.base + address},
            )
        )

    def post_json(self, address: str, body: dict) -> httpx.Response:
        return self.http.post(address, json=body, headers=self._script_headers())

    def post_and_vanish(self, address: str, body: dict) -> None:
        """Send a request and cut the connection before the answer: whether it counted, the client cannot know."""
        request = self.http.build_request("POST", address, json=body, headers=self._script_headers())
        where = urlsplit(self.base)
        head = f"POST {address} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in request.headers.items()) + "\r\n"
        with socket.create_connection((where.hostname, where.port)) as line:
            line.sendall(head.encode() + request.read())

    def _script_headers(self) -> dict[str, str]:
        token = self.http.cookies.get("csrftoken") or ""
        return {"X-CSRFToken": token, "Referer": self.base + "/", "Accept": "application/json"}

    @staticmethod
    def _expect(response: httpx.Response) -> httpx.Response:
        if response.status_code >= 400:
            raise UnexpectedAnswer(f"{response.request.method} {response.url}: {response.status_code}")
        return response


@dataclass
class Person:
    """A candidate at her browser. `ledger` holds what the server acknowledged, by item: (version, response); `sent`
    everything she ever sent. The ledger is the oracle: what it holds must stand in the database afterwards."""

    number: int
    client: Client
    ledger: dict[str, tuple[int, Any]] = field(default_factory=dict)
    sent: dict[str, list[Any]] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    queue: list[dict] = field(default_factory=list)
    attempt_address: str = ""
    username: str = ""
    receipt: str = ""

    @property
    def password(self) -> str:
        return _PASSWORD.format(number=self.number)

    def save(self, batch: dict[str, Any], *, vanish: bool = False, offline: bool = False) -> None:
        """Save answers as the page does: each with its next version; offline they wait in a queue of her own."""
        for item, response in batch.items():
            self.versions[item] = self.versions.get(item, 0) + 1
            self.sent.setdefault(item, []).append(response)
            self.queue.append({"item": item, "version": self.versions[item], "response": response})
        if vanish:
            self.client.post_and_vanish(self.attempt_address + "answers/", {"saves": self.queue})
        elif not offline:
            self.flush()

    def flush(self) -> None:
        """Send what waits and enter into the ledger what was acknowledged."""
        if not self.queue:
            return
        answer = self.client.post_json(self.attempt_address + "answers/", {"saves": self.queue})
        if answer.status_code != 200:
            raise UnexpectedAnswer(f"candidate {self.number}: saving gave {answer.status_code} {answer.text[:200]}")
        acknowledged = {(each["item"], each["version"]) for each in answer.json()["saved"]}
        for save in self.queue:
            if (save["item"], save["version"]) in acknowledged:
                self.ledger[save["item"]] = (save["version"], save["response"])
        self.queue = [each for each in self.queue if (each["item"], each["version"]) not in acknowledged]


class ByHttp:
    """All candidates of a rehearsal."""

    def __init__(self, base: str, seed: str, progress: Callable[[str], None]) -> None:
        self.base, self.seed, self.progress = base, seed, progress
        self.people: dict[int, Person] = {}
        self.saves = 0
        self.documents: dict[int, bytes] = {}

    @property
    def ledger(self) -> dict[int, dict[str, tuple[int, Any]]]:
        return {number: person.ledger for number, person in self.people.items()}

    @property
    def sent(self) -> dict[int, dict[str, list[Any]]]:
        return {number: person.sent for number, person in self.people.items()}

    def come_in(self, codes: dict[int, str], last_four: dict[int, str]) -> None:
        def enter(number: int) -> None:
            person = self.people[number] = Person(number, Client(self.base))
            page = person.client.post_form(
                "/people/activate/",
                code=codes[number],
                id_last_four=last_four[number],
                password1=person.password,
                password2=person.password,
            )
            if "/people/activate/" in str(page.url):
                raise UnexpectedAnswer(f"candidate {number} could not come in: {_complaints(page.text)}")

        self._all(enter, codes, "came in")

    def fetch_tickets(self, entries: dict[int, Any]) -> int:
        def fetch(number: int) -> None:
            self.people[number].username = entries[number].candidate.teacher.user.username
            ticket = self.people[number].client.get(f"/exams/entries/{entries[number].pk}/ticket.pdf")
            if not ticket.content.startswith(b"%PDF"):
                raise UnexpectedAnswer(f"candidate {number} got no ticket")

        self._all(fetch, entries, "tickets")
        return len(entries)

    def sit(self, scripts: dict[int, Any], at_minute: Callable[[int], dt.datetime]) -> None:
        """Sign in at the bell with the password, start, then work through the paper minute by minute."""
        at_minute(0)
        self._all(lambda number: self._start(number, scripts[number]), scripts, "started")
        plans = {number: self._timetable(number, script) for number, script in scripts.items()}
        last = max(minute for plan in plans.values() for minute in plan)
        for minute in range(_STEP, last + _STEP, _STEP):
            at_minute(min(minute, last))
            due = {n: [plan[m] for m in sorted(plan) if minute - _STEP < m <= minute] for n, plan in plans.items()}
            busy = [number for number, acts in due.items() if acts]
            self._all(lambda number, due=due: [act() for act in due[number]], busy, f"minute {minute}")

    def _start(self, number: int, script: Any) -> None:
        person = self.people[number]
        person.client.http.close()
        person.client = Client(self.base)
        page = person.client.post_form("/account/login/", login=person.username, password=person.password)
        if "/account/login/" in str(page.url):
            raise UnexpectedAnswer(f"candidate {number} could not sign in: {_complaints(page.text)}")
        page = person.client.post_form(f"/exams/entries/{script.entry.pk}/sit/")
        person.attempt_address = page.url.path

    def _timetable(self, number: int, script: Any) -> dict[int, Callable[[], None]]:
        """What one candidate does at which minute: answers in small batches, one in eight changed once more; with the
        connection gone she goes on offline; hand-in between minutes 95 and 118."""
        dice = random.Random(f"{self.seed}|{number}|sitting")
        person = self.people[number]
        items = list(script.responses.items())
        plan: dict[int, Callable[[], None]] = {}
        minute, first_lost = dice.randint(1, 8), True
        while items:
            size = dice.randint(3, 7)
            batch, items = dict(items[:size]), items[size:]
            offline = bool(script.lost) and script.lost[0] <= minute < script.lost[1]
            vanish, first_lost = offline and first_lost, first_lost and not offline
            changed = {item: response for item, response in batch.items() if dice.random() < 0.125}
            plan[minute] = self._saving(person, changed, batch, vanish, offline)
            minute = min(minute + dice.randint(3, 8), 93)
            while minute in plan:
                minute += 1
        if script.lost:
            plan[max(script.lost[1], 1) + 0] = self._then(plan.get(script.lost[1]), person.flush)
        if script.hands_in:
            plan[max([dice.randint(95, 118), *plan]) + 1] = lambda: self._hand_in(person)
        return plan

    @staticmethod
    def _then(first: Callable[[], None] | None, second: Callable[[], None]) -> Callable[[], None]:
        def both() -> None:
            second()
            if first:
                first()

        return both

    def _saving(
        self, person: Person, changed: dict[str, Any], batch: dict[str, Any], vanish: bool, offline: bool
    ) -> Callable[[], None]:
        def act() -> None:
            if changed and not offline:
                first_thought = {item: self._other(response) for item, response in changed.items()}
                person.save(first_thought)
                self.saves += 1
            person.save(batch, vanish=vanish, offline=offline)
            self.saves += 1

        return act

    @staticmethod
    def _other(response: Any) -> Any:
        """A first thought of the same shape, changed a moment later."""
        if isinstance(response, bool):
            return not response
        if isinstance(response, list):
            return response[:1] if all(each in "ABCDEF" for each in response) else [""] * len(response)
        return "A" if len(response) == 1 else response[: len(response) // 2]

    def _hand_in(self, person: Person) -> None:
        person.flush()
        page = person.client.post_form(person.attempt_address + "hand-in/")
        blocks = re.findall(r"<span>([0-9a-f]{8})</span>", page.text)
        if len(blocks) != 8:
            raise UnexpectedAnswer(f"candidate {person.number} handed in and got no receipt")
        person.receipt = "".join(blocks)

    def fetch_certificates(self, credentials: dict[int, Any]) -> int:
        """Each holder downloads hers; then two strangers, each from an address of her own, verify it: one by the
        token of the QR code, one by number and name."""
        valid: list[int] = []

        def fetch(number: int) -> None:
            credential = credentials[number]
            document = self.people[number].client.get(f"/certificates/{credential.pk}/download/")
            if not document.content.startswith(b"%PDF"):
                raise UnexpectedAnswer(f"candidate {number} got no certificate")
            self.documents[number] = document.content
            high, low = divmod(number, 250)
            stranger = Client(self.base, address=f"127.0.{high + 1}.{low + 1}")
            by_token = stranger.get(f"/certificates/verify/t/{credential.token}/")
            by_number = stranger.post_form(
                "/certificates/verify/", number=credential.number, name=credential.facts["holder"]
            )
            stranger.http.close()
            if all('data-verdict="valid"' in page.text for page in (by_token, by_number)):
                valid.append(number)

        self._all(fetch, credentials, "certificates")
        return len(valid)

    def _all(self, act: Callable[[int], Any], numbers: Iterable[int], what: str) -> None:
        """Let everyone act, a few at a time; the first thing that goes wrong ends the rehearsal."""
        numbers = list(numbers)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for _ in pool.map(act, numbers):
                pass
        self.progress(f"{what}: {len(numbers)}")


def _complaints(page: str) -> str:
    """What the page says went wrong, for the report."""
    told = re.search(r'<div class="errsum".*?</div>', page, re.S) or re.search(r"<main.*?</main>", page, re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", told.group(0) if told else page).split())[:300]
