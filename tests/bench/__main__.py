"""Measures every figure whose name holds the word given, and prints one JSON object a line; 1 where one misses."""

import importlib
import json
import pkgutil
import sys

from tests import bench


def main(only: str = "") -> int:
    """Each module `figure_….py` offers NAME and `measure()`, which yields its lines."""
    missed = 0
    for found in sorted(module.name for module in pkgutil.iter_modules(bench.__path__)):
        if not found.startswith("figure_"):
            continue
        figure = importlib.import_module(f"tests.bench.{found}")
        if only not in figure.NAME:
            continue
        for line in figure.measure():
            print(json.dumps(line, ensure_ascii=False), flush=True)  # noqa: T201
            missed += not line["ok"]
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
