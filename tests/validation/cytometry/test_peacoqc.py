"""Signal stability against PeacoQC: its published R functions, and the file that its package ships as a result."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from nktrial.cytometry.quality.bins import events_in, overlapping_bins, runs
from nktrial.cytometry.quality.channels import Scales
from nktrial.cytometry.quality.control import flow_quality
from nktrial.cytometry.quality.stability import Limits, unstable_bins
from nktrial.cytometry.quality.tracks import peak_tracks
from nktrial.formats.fcs import read_fcs
from nktrial.formats.window import open_source
from nktrial.model.events import EventMatrix

# The channels of the package's example: c(1, 3, 5:14, 18, 21), counted from 1.
CHANNELS = [0, 2, *range(4, 14), 17, 20]
# Events are the same events where these untransformed channels and the time agree.
UNTOUCHED = [0, 1, 3, 14, 21]


def read(data_dir: Path, name: str) -> EventMatrix:
    path = data_dir / "cytometry" / "time-qc" / name
    return read_fcs(open_source(path, name=name, kind="fcs")[1])


def places(matrix: EventMatrix, whole: EventMatrix) -> np.ndarray:
    """Return where a file's events stand in the whole file."""
    index = {tuple(row): i for i, row in enumerate(np.asarray(whole.values)[:, UNTOUCHED].tolist())}
    return np.array([index[tuple(row)] for row in np.asarray(matrix.values)[:, UNTOUCHED].tolist()])


def kept(values: np.ndarray, size: int | None, limits: Limits) -> np.ndarray:
    bins = overlapping_bins(len(values), size=size)
    tracks = {str(k): peak_tracks(column, bins) for k, column in enumerate(values.T)}
    return ~events_in(bins, unstable_bins(tracks, bins, limits).bad)


def kappa(first: np.ndarray, second: np.ndarray) -> float:
    chance = first.mean() * second.mean() + (1 - first.mean()) * (1 - second.mean())
    return float(((first == second).mean() - chance) / (1 - chance))


def forced(limit: float, mads: float = 6.0) -> Limits:
    return Limits(tree_gain=limit, tree_bins=1, mads=mads)


@pytest.mark.parametrize(
    ("size", "limits", "removed"),
    # The functions of the released package (R/PeacoQC_helper_functions.R) run in R 4.2.2 on 111_Comp_Trans.fcs:
    # bins, and from them half-open ranges of removed events.
    [
        (None, Limits(), [(0, 1_000), (9_500, 9_617)]),  # bins 1-3 and 39; 11.61485 %
        (194, forced(0.55, 10.0), [(0, 679)]),  # bins 1-6; 7.060414 %
        (194, Limits(), [(0, 776), (9_603, 9_617)]),  # bins 1-7 and 100, no tree; 8.21462 %
        (150, forced(0.55), [(0, 750), (9_600, 9_617)]),  # bins 1-9 and 129; 7.97546 %
        (100, Limits(), [(0, 700)]),  # 193 bins, the tree splits nothing; bins 1-13; 7.278777 %
    ],
)
def test_equal_to_the_released_package(
    data_dir: Path, size: int | None, limits: Limits, removed: list[tuple[int, int]]
) -> None:
    values = np.asarray(read(data_dir, "111_Comp_Trans.fcs").values[:, CHANNELS], dtype=np.float64)
    assert list(runs(~kept(values, size, limits))) == removed


@pytest.fixture(scope="module")
def shipped(data_dir: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return display values of the 9,619 events that PeacoQC judged, and which it kept (111_QC.fcs)."""
    raw, result = read(data_dir, "111.fcs"), read(data_dir, "111_QC.fcs")
    # RemoveMargins after flowCore had cut values off at -111 while reading
    values = np.asarray(raw.values, dtype=np.float64)
    low = np.maximum(-111.0, values.min(axis=0))
    low[:3] = values[:, :3].min(axis=0)
    high = np.minimum(262144.0, values.max(axis=0))
    judged = ((values > low) & (values < high))[:, CHANNELS].all(axis=1)
    part = EventMatrix(raw.values[judged], raw.channels, raw.spillover, raw.keywords, raw.version)
    scales = Scales(part)
    display = np.column_stack([scales.display_values(raw.channels[k]) for k in CHANNELS])
    return display, np.isin(np.flatnonzero(judged), places(result, raw))


def test_the_scale_equals_that_of_the_shipped_file(data_dir: Path, shipped: tuple[np.ndarray, np.ndarray]) -> None:
    # margins, compensation and estimateLogicle in one: every value of every kept event, to single precision
    display, kept_there = shipped
    assert display.shape[0] == 9_619  # as the package's report says
    stored = np.asarray(read(data_dir, "111_QC.fcs").values[:, CHANNELS], dtype=np.float64)
    assert np.abs(display[kept_there] - stored).max() < 1e-6


def test_the_pre_release_rules_give_the_shipped_file(shipped: tuple[np.ndarray, np.ndarray]) -> None:
    path = Path(__file__).with_name("peacoqc_prerelease.py")
    spec = importlib.util.spec_from_file_location("peacoqc_prerelease", path)
    assert spec is not None
    assert spec.loader is not None
    rules = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(rules)
    display, kept_there = shipped
    # vignettes/PeacoQC_results/PeacoQC_report.txt: 9,619 events, 13.2758 % removed, 194 a bin, limit 0.55, MAD 10
    found = rules.kept_events(display, 194, 0.55, 10.0)
    assert 100 * (1 - found.mean()) == pytest.approx(13.2758082960807)
    assert bool((found == kept_there).all())


@pytest.mark.parametrize(
    ("size", "limits", "agreement", "least_kappa"), [(194, forced(0.55, 10.0), 0.92, 0.5), (None, Limits(), 0.89, 0.45)]
)
def test_agreement_of_the_released_rules_with_the_shipped_file(
    shipped: tuple[np.ndarray, np.ndarray], size: int | None, limits: Limits, agreement: float, least_kappa: float
) -> None:
    display, kept_there = shipped
    found = kept(display, size, limits)
    assert (found == kept_there).mean() > agreement
    assert kappa(found, kept_there) > least_kappa
    # the unstable start of the run is found by both
    assert not found[:480].any()
    assert not kept_there[:480].any()


def test_margins_of_the_raw_file(data_dir: Path) -> None:
    # Counted apart: 262,143 is the largest value that this instrument writes.
    raw = read(data_dir, "111.fcs")
    looked_at = [channel.index for channel in raw.channels if channel.name not in {"FSC-H", "Time"}]
    at_the_top = (np.asarray(raw.values)[:, looked_at] == 262143.0).any(axis=1)
    margins = flow_quality(raw).steps[1]
    assert margins.name == "margins"
    assert margins.removed == int(at_the_top.sum()) == 73
