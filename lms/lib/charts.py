"""The geometry of charts: plain data in, numbers for SVG attributes out, as text that no language changes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 620, 322
_LEFT, _TOP, _BOTTOM = 30.0, 46.0, 284.0
_LINES = 4
_STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Distribution:
    """A histogram with a line: bars, rules across, ticks below, and where the line stands (None without one)."""

    bars: list[dict]
    rules: list[dict]
    ticks: list[dict]
    cut: str | None
    labels_left: bool


def share(part: float, whole: float) -> str:
    """`part` of `whole` in per cent with one decimal, between 0 and 100: "35.0"; nothing of nothing is "0.0"."""
    return f"{min(100.0, max(0.0, 100 * float(part) / float(whole))):.1f}" if whole else "0.0"


def distribution(bins: Sequence[Mapping], cut: float | str | None = None) -> Distribution:
    """Lay out `bins` ({"low", "high", "count"}, in order, of equal width) in a box of WIDTH × HEIGHT. A bin that lies
    below `cut` is `off`; a bin that the line runs through is divided in neither, so choose bins that end at it."""
    cut = None if cut == "" else cut  # a template has no cut to give
    if not bins:
        return Distribution([], [], [], None, labels_left=False)
    low, high = float(bins[0]["low"]), float(bins[-1]["high"])
    scale = (WIDTH - _LEFT) / (high - low)
    step = _rule_step(max(each["count"] for each in bins))
    top = step * _LINES

    def across(value: float) -> float:
        return _LEFT + (float(value) - low) * scale

    def up(count: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * count / top

    bars = [
        {
            "x": _text(across(each["low"]) + 1.5),
            "y": _text(up(each["count"])),
            "width": _text(max(across(each["high"]) - across(each["low"]) - 3, 1)),
            "height": _text(_BOTTOM - up(each["count"])),
            "off": cut is not None and float(each["high"]) <= float(cut),
        }
        for each in bins
        if each["count"]
    ]
    rules = [{"y": _text(up(n * step)), "label": str(n * step)} for n in range(_LINES + 1)]
    every = max(1, -(-len(bins) // 10))
    edges = [bins[0]["low"], *(each["high"] for each in bins)]
    ticks = [{"x": _text(across(edge)), "label": f"{float(edge):g}"} for edge in edges[::every]]
    line = None if cut is None else min(max(across(cut), _LEFT), float(WIDTH))
    return Distribution(
        bars, rules, ticks, None if line is None else _text(line), labels_left=bool(line and line > WIDTH / 2)
    )


def _rule_step(most: int) -> int:
    size = 1
    while True:
        for each in _STEPS:
            if each * size * _LINES >= most:
                return each * size
        size *= 10


def _text(number: float) -> str:
    return f"{number:.1f}"


def dots(rows: Sequence[Mapping], line: float | None = None) -> dict:
    """Lay out `rows` ({"label", "value", "low", "high", "text", "off"}; low and high may be missing) as dots with their
    spans over one axis that holds them all and `line`: places in per cent of the width, as text."""
    ends = [float(each[name]) for each in rows for name in ("low", "value", "high") if each.get(name) is not None]
    ends += [] if line is None else [float(line)]
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    pad = (high - low) * 0.06 or 0.5
    low, high = low - pad, high + pad

    def across(value: object) -> str:
        return _text(100 * (float(str(value)) - low) / (high - low))

    laid = [
        {
            **each,
            "at": across(each["value"]),
            "from": across(each["low"] if each.get("low") is not None else each["value"]),
            "to": across(each["high"] if each.get("high") is not None else each["value"]),
        }
        for each in rows
    ]
    return {"rows": laid, "line": None if line is None else across(line)}


def scatter(points: Sequence[Mapping]) -> dict:
    """Lay out `points` ({"x" 0 to 1, "y" −1 to 1, "label", "off"}) in a box of WIDTH × HEIGHT; the box begins at the
    lowest y there is, never above 0."""
    low = math.floor(10 * min([0.0, *(float(each["y"]) for each in points)])) / 10

    def across(value: float) -> float:
        return _LEFT + 8 + (WIDTH - _LEFT - 16) * value

    def up(value: float) -> float:
        return _BOTTOM - (_BOTTOM - 16) * (value - low) / (1 - low)

    marks = [each / 5 for each in range(6)]
    return {
        "points": [{**each, "x": _text(across(float(each["x"]))), "y": _text(up(float(each["y"])))} for each in points],
        "across": [{"x": _text(across(each)), "label": f"{each:.1f}"} for each in marks],
        "up": [{"y": _text(up(each)), "label": f"{each:.1f}"} for each in marks],
        "nought": _text(up(0.0)),
    }
