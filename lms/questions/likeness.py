"""Which questions are too alike to stand in one bank."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

ALIKE = 0.5


def twins(stems: Mapping[str, str], among: Iterable[str]) -> list[tuple[str, str]]:
    """The pairs of names in `stems` (name → stem) that are alike and of which at least one is in `among`, each pair
    once, in the order of `stems`.

    Alike: the same letters and figures, or at least half of the pairs of neighbouring letters that either stem has
    stand in both.
    """
    names = list(stems)
    grams = [_bigrams(stems[name]) for name in names]
    asked_for = set(among)
    holding: dict[str, list[int]] = defaultdict(list)
    found = []
    for place, gram in enumerate(grams):
        shared = Counter(earlier for each in gram for earlier in holding[each])
        for earlier in sorted(shared):
            both = shared[earlier]
            either = len(gram) + len(grams[earlier]) - both
            if both >= ALIKE * either and asked_for & {names[earlier], names[place]}:
                found.append((names[earlier], names[place]))
        for each in gram:
            holding[each].append(place)
    return found


def beside(stem: str, stems: Mapping[str, str]) -> list[str]:
    """The names in `stems` (name → stem) whose stems are alike to this one, in their order: `twins` for one stem, in a
    time that grows with the number of stems alone."""
    asked = _bigrams(stem)
    return [name for name, other in stems.items() if _are_alike(asked, _bigrams(other))]


def _are_alike(one: frozenset[str], other: frozenset[str]) -> bool:
    both = len(one & other)
    return both > 0 and both >= ALIKE * (len(one) + len(other) - both)


def _bigrams(stem: str) -> frozenset[str]:
    text = "".join(each for each in unicodedata.normalize("NFKC", stem).casefold() if each.isalnum())
    return frozenset(text[place : place + 2] for place in range(max(1, len(text) - 1)))
