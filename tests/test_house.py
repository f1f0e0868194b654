"""The rules of the house that no library checks: who may write, who may be imported, words, jobs, translations."""

import ast
import re
import tomllib
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import pytest
from celery import current_app
from django.apps import apps
from packaging.version import Version

from lms.lib import catalogues
from lms.schedule import SCHEDULE

ROOT = Path(__file__).resolve().parent.parent
OURS = ("lms", "cms", "exams", "certs")
WRITING = {"create", "save", "update", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
DOORWAYS = {"views", "urls", "jobs", "api", "admin", "receivers", "wagtail_hooks", "editor"}
# Objects whose `update`, `delete` or `save` is not the database's: hashes, dicts, sessions, caches.
NOT_ROWS = {"digest", "context", "environment", "facts", "session", "cache", "hash", "sha", "counts", "params", "query"}


def sources(*folders):
    for folder in folders or OURS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in file.parts:
                yield file, ast.parse(file.read_text())


def module_of(file):
    return ".".join(file.relative_to(ROOT).with_suffix("").parts)


def acts_imported(tree):
    """The names under which a file imports modules of ours: `hearing.save(…)` there is an act, not a row."""
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    return {
        alias.asname or alias.name
        for node in imports
        for alias in node.names
        if (ROOT.joinpath(*node.module.split("."), f"{alias.name}.py")).exists()
    }


def is_doorway(name):
    return any(part in DOORWAYS for part in name.split(".")) or ".management." in name


def test_doorways_and_queries_write_nothing():
    """Rows are written by acts. A view, job or query that writes has taken a rule out of its act."""
    found = []
    for file, tree in sources():
        name = module_of(file)
        if not (is_doorway(name) or name.endswith(".queries")):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITING:
                owner = ast.unparse(node.func.value).split(".")[-1].split("(")[0].split("[")[0]
                if owner.lstrip("_") not in NOT_ROWS | acts_imported(tree):
                    found.append(f"{file.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node.func)}")
    assert found == []


def test_nobody_imports_a_doorway():
    found = []
    for file, tree in sources():
        name = module_of(file)
        if is_doorway(name) or name in {"lms.urls", "lms.schedule", "lms.celery"}:
            continue
        for node in ast.walk(tree):
            names = []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            found += [f"{name} imports {each}" for each in names if each.startswith(OURS) and is_doorway(each)]
    assert found == []


def test_only_the_clock_reads_the_time():
    """Doorways ask lms.lib.clock; an act that read the time itself could not be rehearsed or replayed."""
    found = []
    for file, tree in sources():
        name = module_of(file)
        if name == "lms.lib.clock" or name.startswith("lms.demo"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if called in {"timezone.now", "datetime.now", "dt.datetime.now", "date.today", "dt.date.today", "now"}:
                    found.append(f"{file.relative_to(ROOT)}:{node.lineno}: {called}")
                if called == "clock.now" and not is_doorway(name) and not _may_ask_the_clock(name):
                    found.append(f"{file.relative_to(ROOT)}:{node.lineno}: {called} below a doorway")
    assert found == []


def _may_ask_the_clock(name):
    """Tasks are run by the queue, context processors, adapters, backends and the session store by the framework: there
    moments begin."""
    return name.endswith(
        (".tasks", ".navigation", ".adapters", ".backends", ".middleware", ".delivering", ".session_store")
    )


def test_every_module_says_in_one_sentence_what_it_is():
    missing = [
        str(file.relative_to(ROOT)) for file, tree in sources() if tree.body and not ast.get_docstring(tree, clean=True)
    ]
    assert missing == []


def test_every_model_is_in_the_glossary():
    glossary = (ROOT / "docs" / "glossary.md").read_text()
    names = {model.__name__ for model in apps.get_models() if model.__module__.startswith(OURS)}
    assert {name for name in names if f"`{name}`" not in glossary} == set()


def test_the_schedule_names_tasks_that_exist():
    current_app.loader.import_default_modules()
    assert {entry["task"] for entry in SCHEDULE.values()} <= set(current_app.tasks)


def test_every_text_has_chinese_words():
    assert catalogues.untranslated() == []


def test_no_text_has_chinese_words_twice():
    """Of two entries of one text one would count and the other mislead whoever mends it; a second meaning takes a
    context."""
    name = re.compile(r'^((?:msgctxt (?:".*"\n)+)?msgid (?:".*"\n)+)', re.MULTILINE)
    names = Counter(name.findall(catalogues.catalogue_path().read_text(encoding="utf-8")))
    assert [text for text, times in names.items() if times > 1] == []


def test_no_chinese_word_equals_its_english_one():
    """Except names and signs that are the same in both languages."""
    same = {"English", "QR", "PDF", "CSV", "{number}", "A", "B", "C", "D", "–", "·"}
    assert {entry.id for entry in catalogues.read() if entry.id and entry.id == entry.string} - same == set()


def test_placeholders_survive_translation():
    """A Chinese sentence that lost {name} or %(name)s would hide what it is about; one that invented one would fail."""
    holes = re.compile(r"\{\w*\}|%\(\w+\)[sd]|%[sd]")
    broken = []
    for entry in catalogues.read():
        *_singular, said = [entry.id] if isinstance(entry.id, str) else entry.id
        told = [entry.string] if isinstance(entry.string, str) else entry.string
        broken += [(said, each) for each in told if said and sorted(holes.findall(said)) != sorted(holes.findall(each))]
    assert broken == []


def test_installed_versions_are_at_or_above_the_security_floor():
    floor = tomllib.loads((ROOT / "tests" / "security-floor.toml").read_text())["floor"]
    assert {name: version(name) for name, least in floor.items() if Version(version(name)) < Version(least)} == {}


@pytest.mark.parametrize(
    "pattern", [r"cache_page", r"mark_safe\(", r"\|safe\b", r"csrf_exempt", r"\.extra\(", r"RawSQL"]
)
def test_dangerous_shortcuts_are_absent(pattern):
    files = [file for folder in (*OURS, "templates") for file in (ROOT / folder).rglob("*")]
    texts = [file for file in files if file.suffix in {".py", ".html"}]
    assert [str(file.relative_to(ROOT)) for file in texts if re.search(pattern, file.read_text())] == []


def test_the_project_knows_no_machine():
    """No path of one machine and no host of a package index stands in a tracked text, the lock file apart."""
    found = []
    for file in ROOT.rglob("*"):
        if file.suffix in {".py", ".md", ".toml", ".html", ".typ", ".css", ".js", ".sh"} and not (
            {".venv", ".git", ".data"} & set(file.parts)
        ):
            text = file.read_text(errors="ignore")
            if re.search(r"/(work|root)/|/home/[a-z]+/|pypi\.org|pythonhosted", text) and file.name != "test_house.py":
                found.append(str(file.relative_to(ROOT)))
    assert found == []
