"""Candidates of a load: each with fresh cookies, one kept connection, and a ledger of what was acknowledged.

Plain sockets of the standard library, so that the driver takes little of the two cores that it shares with the site.
"""

import http.client
import json
import re
import socket
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')


class Wrong(Exception):  # noqa: N818 - it names what came back
    """An answer that no candidate should see."""


@dataclass
class Browser:
    """Cookies and one connection. `took` holds the seconds of each request by the name it was given."""

    host: str
    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    requests: int = 0
    line: http.client.HTTPConnection | None = None

    def ask(
        self, name: str, method: str, address: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, bytes, str]:
        """Status, body and Location of one request; one more try on a new line where the kept one had been closed."""
        sent = {"Cookie": "; ".join(f"{key}={value}" for key, value in self.cookies.items()), **(headers or {})}
        began = time.perf_counter()
        try:
            answer, content = self._once(method, address, body, sent)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self.close()
            answer, content = self._once(method, address, body, sent)
        self.took[name].append(time.perf_counter() - began)
        self.requests += 1
        for each in answer.headers.get_all("Set-Cookie") or ():
            key, _, rest = each.partition("=")
            self.cookies[key] = rest.partition(";")[0]
        return answer.status, content, answer.headers.get("Location", "")

    def _once(self, method: str, address: str, body: bytes, headers: dict[str, str]):
        if self.line is None:
            self.line = http.client.HTTPConnection(self.host, self.port, timeout=60)
            self.line.connect()
            self.line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.line.request(method, address, body, headers)
        answer = self.line.getresponse()
        return answer, answer.read()

    def close(self) -> None:
        if self.line is not None:
            self.line.close()
            self.line = None

    def page(self, name: str, address: str) -> bytes:
        """A page, wherever it leads."""
        for _hop in range(5):
            status, content, to = self.ask(name, "GET", address)
            if status == 200:
                return content
            if status not in (301, 302):
                raise Wrong(f"GET {address}: {status}")
            address = to
        raise Wrong(f"GET {address}: no end")

    def form(self, name: str, address: str, page: bytes, **fields: str) -> str:
        """Send a form of a page with its token; the address that it leads to."""
        found = _TOKEN.search(page)
        if not found:
            raise Wrong(f"{address} has no form")
        body = urlencode({"csrfmiddlewaretoken": found[1].decode(), **fields}).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Referer": f"http://{self.host}:{self.port}{address}",
        }
        status, content, to = self.ask(name, "POST", address, body, headers)
        if status != 302:
            raise Wrong(f"POST {address}: {status} {content[:300]!r}")
        return to

    def save(self, name: str, address: str, saves: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
        """Send answers as the page's script does."""
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "X-CSRFToken": self.cookies.get("csrftoken", ""),
        }
        status, content, _to = self.ask(name, "POST", address, json.dumps({"saves": saves}).encode(), headers)
        return status, json.loads(content) if content[:1] == b"{" else {}


@dataclass
class Candidate:
    """One candidate of the load: her account, her entry, and the ledger of acknowledged answers by item."""

    browser: Browser
    username: str
    password: str
    entry: int
    ledger: dict[str, tuple[int, Any]] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    attempt: str = ""

    def come_in(self) -> bytes:
        """From the exam's address to the sign-in page, and back to the exam."""
        door = f"/exams/entries/{self.entry}/sit/"
        asked = self.browser.page("sign in", door)
        to = self.browser.form(
            "sign in",
            f"/account/login/?{urlencode({'next': door})}",
            asked,
            login=self.username,
            password=self.password,
        )
        return self.browser.page("view", to)

    def start(self, door_page: bytes) -> bytes:
        """Open the paper; its page."""
        self.attempt = self.browser.form("start", f"/exams/entries/{self.entry}/sit/", door_page)
        return self.browser.page("view", self.attempt)

    def answer(self, responses: dict[str, Any]) -> None:
        """Save answers, each with its next version, and enter into the ledger what was acknowledged."""
        saves = []
        for item, response in responses.items():
            self.versions[item] = self.versions.get(item, 0) + 1
            saves.append({"item": item, "version": self.versions[item], "response": response})
        status, said = self.browser.save("save", self.attempt + "answers/", saves)
        if status != 200:
            raise Wrong(f"save: {status} {said}")
        self.note(saves, said)

    def note(self, saves: list[dict[str, Any]], said: dict[str, Any]) -> None:
        """Enter acknowledged saves into the ledger."""
        acknowledged = {(each["item"], each["version"]) for each in said["saved"]}
        for each in saves:
            if (each["item"], each["version"]) in acknowledged:
                self.ledger[each["item"]] = (each["version"], each["response"])

    def hand_in(self) -> bytes:
        """The summary, the hand-in, and the receipt with every answer."""
        summary = self.browser.page("view", self.attempt + "hand-in/")
        return self.browser.page("view", self.browser.form("submit", self.attempt + "hand-in/", summary))
