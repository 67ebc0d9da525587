"""How many mutants a fuzz test makes."""

import os
from collections.abc import Callable

import pytest

IN_CI = 3_000  # over all fuzz tests of FCS, Gating-ML and .wsp; nightly: NKTRIAL_FUZZ=20000


@pytest.fixture(scope="session")
def mutants() -> Callable[[int], int]:
    """Return a function that turns a test's share of the CI's mutants into its share of ``NKTRIAL_FUZZ``."""
    wanted = int(os.environ.get("NKTRIAL_FUZZ", IN_CI))
    return lambda share: max(1, share * wanted // IN_CI)
