"""The translation catalogue: what the code and the templates say, and whether Chinese words for it are there."""

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation.template import templatize

_ROOTS = ("lms", "cms", "exams", "certs", "templates")
_KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def catalogue_path() -> Path:
    return Path(settings.LOCALE_PATHS[0]) / "zh_Hans" / "LC_MESSAGES" / "django.po"


def read() -> Catalog:
    """The Chinese catalogue."""
    with catalogue_path().open("rb") as file:
        return read_po(file, locale="zh_Hans")


def compile_all() -> Path:
    """Write the binary catalogues that gettext reads, with no tool but Babel; returns the main one's path. Beside it
    stand the editor's (cms/locale): what Wagtail has no Chinese words for."""
    for source in [catalogue_path(), *sorted((settings.BASE_DIR / "cms" / "locale").rglob("*.po"))]:
        with source.open("rb") as words, source.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, read_po(words, locale="zh_Hans"))
    return catalogue_path().with_suffix(".mo")


def said() -> Iterator[tuple[Path, int, tuple[str, ...], str | None]]:
    """Every text marked for translation: file, line, the message (singular and plural), its context."""
    for root in _ROOTS:
        for file in sorted((settings.BASE_DIR / root).rglob("*")):
            if file.suffix not in {".py", ".html", ".txt"} or "migrations" in file.parts:
                continue
            source = file.read_text()
            if file.suffix != ".py":
                source = templatize(source)
            found = extract("python", io.BytesIO(source.encode()), keywords=_KEYWORDS, options={"encoding": "utf-8"})
            for line, message, _comments, context in found:
                yield file, line, message if isinstance(message, tuple) else (message,), context


def untranslated() -> list[str]:
    """What has no Chinese words yet, each as "file:line: message"."""
    catalogue = read()
    missing: dict[tuple[str, str | None], str] = {}
    for file, line, message, context in said():
        entry = catalogue.get(message[0], context)
        words = entry.string if entry else ""
        is_plural = isinstance(words, tuple | list)
        # A text that counts finds only words that count: an entry without a plural is not looked at for it.
        complete = all(words) if is_plural else bool(words) and len(message) == 1
        if not complete:
            missing.setdefault((message[0], context), f"{file.relative_to(settings.BASE_DIR)}:{line}: {message[0]}")
    return list(missing.values())


def unused() -> list[str]:
    """Entries of the catalogue that nothing says any more."""
    in_use = {(message[0], context) for _file, _line, message, context in said()}
    return [
        entry.id if isinstance(entry.id, str) else entry.id[0]
        for entry in read()
        if entry.id and ((entry.id if isinstance(entry.id, str) else entry.id[0]), entry.context) not in in_use
    ]
