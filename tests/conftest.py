"""What every test may use: the real data's folder, a seeded generator, a limited process."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("NKTRIAL_DATA", ROOT.parent / "shared" / "data"))
RunLimited = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Return the folder of real instrument files, or skip with the one reason."""
    if not DATA.is_dir():
        pytest.skip("real data absent: set NKTRIAL_DATA to the folder that holds study-nk, cytometry, chimerism")
    return DATA


@pytest.fixture
def rng() -> np.random.Generator:
    """Return a seeded generator."""
    return np.random.default_rng(20261123)


@pytest.fixture(scope="session")
def run_limited() -> RunLimited:
    """Return a function that runs ``nktrial ARGS`` in a process with limits on memory and time."""

    def run(*arguments: str | Path, memory_mb: int = 3000, seconds: float = 20.0) -> subprocess.CompletedProcess[str]:
        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_AS, (memory_mb * 1_000_000, memory_mb * 1_000_000))

        command = [sys.executable, "-m", "nktrial", *map(str, arguments)]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            preexec_fn=limit,  # noqa: PLW1509
        )

    return run
