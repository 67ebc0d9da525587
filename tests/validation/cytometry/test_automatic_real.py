"""Automatic cuts and ellipses on real files, against labels that experts set event by event."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import gaussian_kde

from nktrial.cytometry.automatic.cut import Cut
from nktrial.cytometry.automatic.mixture import mixture_cut, mixture_ellipse
from nktrial.cytometry.automatic.singlet import singlet_outline
from nktrial.cytometry.automatic.tail import mad_cut, tail_cut
from nktrial.cytometry.automatic.valley import valley_cut
from nktrial.cytometry.logicle import logicle
from nktrial.formats.fcs import read_fcs
from nktrial.formats.window import Window

Columns = dict[str, np.ndarray]


def columns(path: Path) -> Columns:
    """Return compensated values by marker, else by channel name."""
    matrix = read_fcs(Window(path.read_bytes(), path.name))
    values = np.array(matrix.values, dtype=np.float64)
    names = [channel.name for channel in matrix.channels]
    if matrix.spillover is not None:
        places = [names.index(name) for name in matrix.spillover.channels]
        values[:, places] = values[:, places] @ np.linalg.inv(matrix.spillover.matrix)
    return {channel.marker or channel.name: values[:, channel.index] for channel in matrix.channels}


def display(values: np.ndarray) -> np.ndarray:
    return logicle(values, 262144.0, 0.5, 4.5, 0.0)


def gvhd(data_dir: Path, number: str) -> tuple[Columns, np.ndarray]:
    folder = data_dir / "cytometry" / "gvhd-flowcap"
    return columns(folder / f"{number}.fcs"), np.genfromtxt(folder / f"{number}.csv", skip_header=1)


def f1(found: np.ndarray, true: np.ndarray) -> float:
    return 2.0 * float((found & true).sum()) / float(found.sum() + true.sum())


@pytest.mark.parametrize(
    ("number", "channel", "above", "below"),
    [
        ("001", "FL1.H", (1,), (2, 3, 4)),
        ("001", "FL3.H", (1, 3), (2, 4)),
        ("001", "FL4.H", (3,), (1, 2, 4)),
        ("003", "FL1.H", (3,), (1, 2, 4)),
        ("003", "FL3.H", (3, 4), (1, 2)),
        ("004", "FL1.H", (1,), (2, 3, 4)),
        ("004", "FL3.H", (1, 3), (2, 4)),
        ("004", "FL4.H", (3,), (1, 2, 4)),
        ("008", "FL4.H", (4,), (1, 2, 3)),
    ],
)
def test_valleys_part_the_experts_clusters(
    data_dir: Path, number: str, channel: str, above: tuple[int, ...], below: tuple[int, ...]
) -> None:
    values, label = gvhd(data_dir, number)
    cut = valley_cut(values[channel])
    assert cut.value is not None
    for cluster in above:
        assert (values[channel][label == cluster] > cut.value).mean() > 0.93
    for cluster in below:
        assert (values[channel][label == cluster] <= cut.value).mean() > 0.93


@pytest.mark.parametrize(("number", "channel"), [("005", "FL4.H"), ("006", "FL4.H"), ("005", "FL2.H")])
def test_tails_clipped_at_the_axis_are_not_parted(data_dir: Path, number: str, channel: str) -> None:
    # One broad population whose left tail is clipped to 0: 4-14 % of the events are exactly 0.
    cut = valley_cut(gvhd(data_dir, number)[0][channel])
    assert cut.evidence["pile_up_low"] > 900
    assert cut.problem == "no valley"


def test_cd19_is_cut_about_as_the_experts_gate(data_dir: Path) -> None:
    folder = data_dir / "cytometry" / "ball-mrd-labelled"
    labels = np.genfromtxt(folder / "494_labels.csv", delimiter=",", names=True)
    intact, cd19 = labels["intact"] == 1, labels["cd19"] == 1
    values = display(columns(folder / "494.fcs")["CD19"])[intact]
    for cut in (valley_cut(values), mixture_cut(values, components=(1, 4))):
        assert cut.value is not None
        assert f1(values > cut.value, cd19[intact]) > 0.9


@pytest.mark.parametrize(
    ("number", "cluster", "channel"), [("001", 1, "FL1.H"), ("001", 3, "FL4.H"), ("004", 1, "FL1.H")]
)
def test_ellipses_hold_the_experts_clusters(data_dir: Path, number: str, cluster: int, channel: str) -> None:
    values, label = gvhd(data_dir, number)
    points = np.column_stack((values[channel], values["FL3.H"]))
    middle = np.median(points[label == cluster], axis=0)
    ellipse = mixture_ellipse(*points.T, components=(2, 6), target=(float(middle[0]), float(middle[1])), level=0.95)
    offset = points - ellipse.mean
    inside = np.sum(offset @ np.linalg.inv(ellipse.covariance) * offset, axis=1) <= ellipse.distance_square
    assert f1(inside, label == cluster) > 0.85


@pytest.mark.parametrize("method", [tail_cut, mad_cut])
@pytest.mark.parametrize("marker", ["KI67", "CD45RO", "CD8"])
def test_like_samples_are_cut_alike_and_the_stated_error_is_true(
    data_dir: Path, rng: np.random.Generator, method: Callable[[np.ndarray], Cut], marker: str
) -> None:
    values = display(columns(data_dir / "cytometry" / "ki67-cd127-tcell" / "100715.fcs")[marker])
    cuts = [method(rng.choice(values, 5000)) for _ in range(20)]
    found = np.array([np.nan if cut.value is None else cut.value for cut in cuts])
    assert np.isfinite(found).all()
    spread = float(np.median([cut.evidence["spread"] for cut in cuts]))
    stated = float(np.median([cut.evidence["standard_error"] for cut in cuts]))
    assert found.std() < 0.3 * spread
    assert 0.5 < stated / found.std() < 2.0


def test_standard_error_of_a_valley_is_true(data_dir: Path, rng: np.random.Generator) -> None:
    values = display(columns(data_dir / "cytometry" / "treg-tissue-flowjo" / "390C_BM_027.fcs")["CD4"])
    cuts = [valley_cut(rng.choice(values, 5000)) for _ in range(20)]
    found = np.array([np.nan if cut.value is None else cut.value for cut in cuts])
    assert found.std() < 0.01
    assert 0.5 < float(np.median([cut.evidence["standard_error"] for cut in cuts])) / found.std() < 2.0


def test_most_cells_of_a_real_file_are_singlets(data_dir: Path) -> None:
    values = columns(data_dir / "cytometry" / "ki67-cd127-tcell" / "100715.fcs")
    outline = singlet_outline(values["FSC-A"], values["FSC-H"])
    assert 0.9 < outline.evidence["inside_share"] < 0.99
    assert outline.quality > 0.8


def plain_tailgate(values: np.ndarray) -> float:
    """Return the first point beyond the steepest slope where the slope is 1 % of it, h = nrd0."""
    spread = min(values.std(ddof=1), float(np.subtract(*np.percentile(values, [75, 25]))) / 1.34)
    grid = np.linspace(values.min(), values.max(), 1000)
    height = gaussian_kde(values, bw_method=0.9 * spread * values.size**-0.2 / values.std(ddof=1))(grid)
    slope = np.gradient(height, grid)
    steepest = int(np.argmax(height)) + int(np.argmin(slope[np.argmax(height) :]))
    flat = np.flatnonzero(np.abs(slope[steepest:]) < 0.01 * np.abs(slope).max())
    return float(grid[steepest + flat[0]])


def test_tail_cuts_are_steadier_than_tailgates(data_dir: Path, rng: np.random.Generator) -> None:
    values = display(columns(data_dir / "cytometry" / "ki67-cd127-tcell" / "100715.fcs")["KI67"])
    samples = [rng.choice(values, 5000) for _ in range(15)]
    ours = np.std([tail_cut(sample).value or np.nan for sample in samples])
    assert ours < 0.7 * np.std([plain_tailgate(sample) for sample in samples])


def plain_mindensity(values: np.ndarray, bandwidth: float) -> float:
    """Return the lowest point between the two highest of all local maxima, on a grid of 1,000 points."""
    grid = np.linspace(values.min(), values.max(), 1000)
    height = gaussian_kde(values, bw_method=bandwidth / values.std(ddof=1))(grid)
    peaks = [i for i in range(1, 999) if height[i - 1] < height[i] > height[i + 1]]
    left, right = sorted(sorted(peaks, key=lambda i: -height[i])[:2])
    return float(grid[left + int(np.argmin(height[left:right]))])


@pytest.mark.parametrize("marker", ["CD3", "CD4", "CD8"])
def test_valleys_are_mindensitys_where_it_has_two_populations(data_dir: Path, marker: str) -> None:
    values = display(columns(data_dir / "cytometry" / "treg-tissue-flowjo" / "390C_BM_027.fcs")[marker])[:5000]
    cut = valley_cut(values)
    step = float(np.ptp(values)) / 999
    assert cut.value == pytest.approx(plain_mindensity(values, cut.evidence["bandwidth"]), abs=1.5 * step)
