"""PowerPlex Fusion 6C mixture traces of the NFI with per-scan labels: the standard WEN 500, and peaks of alleles."""

import csv
import gzip
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from nktrial.chimerism.lane import SizedLane, sized_lane
from nktrial.formats.kits import load_kit
from nktrial.model.trace import Trace

DYES = range(1, 7)


@cache
def labelled(path: Path) -> tuple[SizedLane, NDArray[np.bool_]]:
    """Return the sized lane and the labels (scans, dyes) that came with it; the last dye is the size standard."""
    with gzip.open(path, "rt") as file:
        rows = list(csv.DictReader(file))
    scans = np.rint([[float(row[f"dye{dye}"]) for dye in DYES] for row in rows]).astype(np.int32)
    labels = np.array([[row[f"dye{dye}GT"] == "True" for dye in DYES] for row in rows])
    kit = load_kit("fusion6c")
    trace = Trace(scans, kit.dyes, path.name, "", np.zeros(0, dtype=np.int64), {"instrument": "3500"})
    return sized_lane(trace, kit), labels


def stretches(label: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the runs of labelled scans, first and last plus one."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], label.astype(int), [0]])))
    return [(int(a), int(b)) for a, b in list(pairwise(edges))[::2]]


@pytest.fixture(scope="module")
def paths(data_dir: Path) -> list[Path]:
    found = sorted((data_dir / "chimerism" / "nfi-ppf6c-traces").glob("*.csv.gz"))
    assert len(found) == 8
    return found


def test_every_fragment_of_the_standard_is_where_it_is_labelled(paths: list[Path]) -> None:
    for path in paths:
        lane, labels = labelled(path)
        places = stretches(labels[:, 5])
        assert len(places) == lane.standard.found == 21
        for scan, (first, stop) in zip(lane.standard.scan, places, strict=True):
            assert first <= round(float(scan)) < stop


def test_labelled_alleles_have_a_peak(paths: list[Path]) -> None:
    total = seen = 0
    for path in paths:
        lane, labels = labelled(path)
        for dye in range(5):
            apex = np.rint(lane.peaks[dye].apex)
            places = stretches(labels[:, dye])
            total += len(places)
            seen += sum(bool(np.any((apex >= first) & (apex < stop))) for first, stop in places)
    assert total > 500
    assert seen / total >= 0.99
