"""Visitors of the served demo in headless Chromium. No test here touches a database: what a browser sees counts."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.served import build, served

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE, TABLET, PC = (360, 740), (820, 1180), (1280, 900)
_AS_BUILT = "as-built.sqlite3"
_PATIENCE = 15_000  # ms: two cores may be shared with much else

expect.set_options(timeout=_PATIENCE)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium. Without one these tests are skipped, but where a landing is checked they fail."""
    path = shutil.which("chromium")
    if path is None:
        missing = "no chromium on this machine: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def world_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the small demo world, built for these tests alone. LMS_BROWSER_WORLD may name the data folder
    of a world built earlier today: then a copy of it is taken, and one test alone starts sooner."""
    folder = tmp_path_factory.mktemp("world")
    if ready := os.environ.get("LMS_BROWSER_WORLD"):
        shutil.copytree(Path(ready), folder, dirs_exist_ok=True)
    else:
        build(folder)
    _back_up(folder / "db.sqlite3", folder / _AS_BUILT)
    return folder


def _back_up(there: Path, here: Path) -> None:
    with closing(sqlite3.connect(there)) as source, closing(sqlite3.connect(here)) as target:
        source.backup(target)


@pytest.fixture(scope="session")
def site(chromium: Browser, world_folder: Path) -> Iterator[str]:
    """The address of the small demo world."""
    with watched(world_folder) as base:
        yield base


@pytest.fixture(scope="session")
def districts_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a world with the districts; its database may be read from outside."""
    folder = tmp_path_factory.mktemp("districts")
    if ready := os.environ.get("LMS_BROWSER_DISTRICTS"):
        shutil.copytree(Path(ready), folder, dirs_exist_ok=True)
    else:
        build(folder, "--districts")
    return folder


@pytest.fixture(scope="session")
def districts_site(chromium: Browser, districts_folder: Path) -> Iterator[str]:
    """The address of the world with the districts."""
    with watched(districts_folder) as base:
        yield base


@pytest.fixture(scope="module")
def folder(world_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the small world as it was built, whatever other modules did to it since: for a module that moves its
    clock or changes what others look for."""
    copy = tmp_path_factory.mktemp("copy") / "world"
    shutil.copytree(world_folder, copy, ignore=shutil.ignore_patterns("db.sqlite3*", _AS_BUILT, "log"))
    _back_up(world_folder / _AS_BUILT, copy / "db.sqlite3")
    return copy


@pytest.fixture(scope="module")
def base(folder: Path, chromium: Browser) -> Iterator[str]:
    """The address of that copy."""
    with watched(folder) as address:
        yield address


def pass_time(folder: Path, seconds: float) -> None:
    """Let so many seconds pass for the site on a copy."""
    clock = folder / "clock"
    clock.write_text(str(float(clock.read_text()) + seconds))


@pytest.fixture
def visit_copy(base: str, chromium: Browser) -> Iterator:
    """`visit` in that copy."""
    yield from visits(base, chromium)


@contextmanager
def watched(folder: Path) -> Iterator[str]:
    with served(folder) as base:
        yield base
    log = (folder / "log").read_text()
    assert "Traceback" not in log, log[-3000:]


class Visitor:
    """Someone at a browser of her own. Whatever goes wrong in its console is held against the test, unless `excused`
    names a part of it: a page refused, a connection cut on purpose."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.context, self.base = context, base
        self.excused: list[str] = []
        self.complaints: list[str] = []
        context.set_default_timeout(_PATIENCE)
        context.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))
        context.on("weberror", lambda wrong: self.complaints.append(str(wrong.error)))
        self.page: Page = context.new_page()

    def go(self, address: str) -> None:
        """Open an address of the site; the page must come and fit the width."""
        response = self.page.goto(self.base + address)
        assert response is not None
        assert response.ok, f"{address}: {response.status}"
        self.fits()

    def enter(self, name: str) -> None:
        """Sign in as a demo person by the one click that the sign-in page offers."""
        self.go("/account/login/")
        self.page.get_by_role("button", name=name).click()
        self.page.wait_for_url(lambda address: "/account/login/" not in address)
        self.fits()

    def follow(self, link: str) -> None:
        """Click the one link or button of this name that leads on; the page it leads to must fit the width."""
        self.page.get_by_role("link", name=link).or_(self.page.get_by_role("button", name=link)).click()
        self.page.wait_for_load_state()
        self.fits()

    def sees(self, *texts: str) -> None:
        """Each text stands visibly on the page, or comes to stand there."""
        for text in texts:
            expect(self.page.get_by_text(text).locator("visible=true").first).to_be_visible()

    def fits(self) -> None:
        """Nothing sticks out sideways."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0, f"{self.page.url}: {wide} px too wide"

    def unexcused(self) -> list[str]:
        return [each for each in self.complaints if not any(part in each for part in self.excused)]


@pytest.fixture
def visit(site: str, chromium: Browser):
    """`visit("林知微", PHONE)` is she, signed in at a phone; `visit()` is anybody, not signed in."""
    yield from visits(site, chromium)


@pytest.fixture
def visit_district(districts_site: str, chromium: Browser):
    """The same in the world with the districts."""
    yield from visits(districts_site, chromium)


def visits(site: str, chromium: Browser):
    visitors: list[Visitor] = []

    def come(name: str = "", size: tuple[int, int] = PC, locale: str = "zh-CN", dark: bool = False) -> Visitor:
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale=locale,
            timezone_id="Asia/Shanghai",
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        visitors.append(Visitor(context, site))
        if name:
            visitors[-1].enter(name)
        return visitors[-1]

    yield come
    for visitor in visitors:
        visitor.context.close()
    assert [each for visitor in visitors for each in visitor.unexcused()] == []
