"""A demo study that was run once, for all tests that only look at it."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nktrial.cli.execute import run_folder
from nktrial.model.results import StudyResults
from nktrial.simulate.study import write_demo_study


@dataclass(frozen=True)
class Ran:
    """A study folder with its results."""

    folder: Path
    results: StudyResults
    document: dict[str, Any]
    truth: dict[str, Any]


@pytest.fixture(scope="session")
def demo_raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a simulated study that nobody has run; copy it before changing it."""
    folder = tmp_path_factory.mktemp("raw") / "study"
    write_demo_study(folder)
    return folder


@pytest.fixture(scope="session")
def demo(demo_raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Return the simulated study after one run."""
    folder = tmp_path_factory.mktemp("ran") / "study"
    shutil.copytree(demo_raw, folder)
    results, place = run_folder(folder)
    document = json.loads((place / "results.json").read_text())
    return Ran(folder, results, document, json.loads((folder / "truth.json").read_text()))
