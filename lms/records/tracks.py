"""What a training may be for, by the words that files use: each issuer of certificates adds those of its levels."""

from collections.abc import Callable

from lms.people.models import Organisation

_SOURCES: list[Callable[[Organisation], dict[str, str]]] = []


def add(source: Callable[[Organisation], dict[str, str]]) -> None:
    """Ask this function, too, which words stand for which tracks at a unit."""
    _SOURCES.append(source)


def words(organisation: Organisation) -> dict[str, str]:
    """Every word that stands for a track at a unit, and that track; any other word is a track by itself."""
    return {word: track for source in _SOURCES for word, track in source(organisation).items()}
