"""What the tests of faults share with those of races."""

from tests.races.conftest import two_connections

__all__ = ["two_connections"]
