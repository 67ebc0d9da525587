"""How many mutants a fuzz test tries: its own share, or as many as NKTRIAL_FUZZ says, for a night."""

import os
from collections.abc import Callable

import pytest

Mutants = Callable[[int], int]


@pytest.fixture(scope="session")
def mutants() -> Mutants:
    """Return a function that returns ``n``, or the number of the environment variable NKTRIAL_FUZZ where it is set."""
    nightly = os.environ.get("NKTRIAL_FUZZ", "")

    def number(share: int) -> int:
        return int(nightly) if nightly else share

    return number
