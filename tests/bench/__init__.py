"""Figures judged beside their limit in the same run: `make bench`, or `make bench ONLY=people` for some."""
