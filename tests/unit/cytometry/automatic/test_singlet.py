"""Outline of single cells in area and height."""

import math
import statistics

import numpy as np
import pytest
from scipy.stats import t as student

from nktrial.core.errors import MethodError
from nktrial.cytometry.automatic.singlet import huber_line, singlet_outline


def cells(rng: np.random.Generator, singlets: int, doublets: int) -> tuple[np.ndarray, np.ndarray]:
    """Return areas and heights: a doublet has twice the area and about the height of a single cell."""
    area = rng.lognormal(math.log(60_000), 0.25, singlets + doublets)
    height = 2000.0 + 0.8 * area + rng.normal(0.0, 1500.0, area.size)
    area[singlets:] *= 2.0
    return area, height


def plain_huber(x: list[float], y: list[float]) -> tuple[float, float]:
    """Reweight by hand, a hundred times."""
    weight = [1.0] * len(x)
    intercept = slope = 0.0
    for _ in range(100):
        sw = sum(weight)
        sx = sum(w * a for w, a in zip(weight, x, strict=True))
        sy = sum(w * b for w, b in zip(weight, y, strict=True))
        sxx = sum(w * a * a for w, a in zip(weight, x, strict=True))
        sxy = sum(w * a * b for w, a, b in zip(weight, x, y, strict=True))
        slope = (sw * sxy - sx * sy) / (sw * sxx - sx * sx)
        intercept = (sy - slope * sx) / sw
        residual = [abs(b - intercept - slope * a) for a, b in zip(x, y, strict=True)]
        limit = 1.345 * statistics.median(residual) / 0.67448975
        weight = [1.0 if r <= limit else limit / r for r in residual]
    return intercept, slope


def test_line_equals_reweighting_by_hand(rng: np.random.Generator) -> None:
    x = rng.uniform(1.0, 3.0, 200)
    y = 0.5 + 2.0 * x + rng.standard_t(2, 200) * 0.1
    line = huber_line(x, y)
    intercept, slope = plain_huber(x.tolist(), y.tolist())
    assert line.intercept == pytest.approx(intercept, rel=1e-6)
    assert line.slope == pytest.approx(slope, rel=1e-6)


def test_line_solves_hubers_equations(rng: np.random.Generator) -> None:
    x = rng.uniform(0.0, 1.0, 1000)
    y = 1.0 - 0.3 * x + rng.standard_cauchy(1000) * 0.05
    line = huber_line(x, y)
    residual = y - line.intercept - line.slope * x
    scale = float(np.median(np.abs(residual))) / 0.67448975
    psi = np.clip(residual / scale, -1.345, 1.345)
    assert abs(psi.sum()) < 1e-4
    assert abs((psi * x).sum()) < 1e-4


def test_band_is_the_prediction_interval_of_a_line() -> None:
    # Residuals +-1 in equal number at every x: none is downweighted (1 < 1.345 / 0.6745), the line is y = 10 + x.
    x = np.repeat(np.arange(100.0), 2)
    y = 10.0 + x + np.tile([-1.0, 1.0], 100)
    outline = singlet_outline(x, y, level=0.95)
    scale, n = 1.0 / 0.6744897501960817, 200
    squares = float(((x - x.mean()) ** 2).sum())
    half = student.ppf(0.975, n - 2) * scale * math.sqrt(1 + 1 / n + 49.5**2 / squares)
    expected = [(0, 10 - half), (0, 10 + half), (99, 109 + half), (99, 109 - half)]
    assert outline.vertices == pytest.approx(np.array(expected))
    assert outline.evidence["inside_share"] == 1.0


def test_singlets_are_inside_and_doublets_outside(rng: np.random.Generator) -> None:
    area, height = cells(rng, 20_000, 1500)
    outline = singlet_outline(area, height)
    low = np.interp(area, outline.vertices[[0, 3], 0], outline.vertices[[0, 3], 1])
    high = np.interp(area, outline.vertices[[1, 2], 0], outline.vertices[[1, 2], 1])
    inside = (height >= low) & (height <= high)
    assert inside[:20_000].mean() > 0.97
    assert inside[20_000:].mean() < 0.03
    assert outline.quality > 0.8


def test_vertices_run_clockwise(rng: np.random.Generator) -> None:
    x, y = singlet_outline(*cells(rng, 1000, 0)).vertices.T
    assert float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) < 0.0


def test_order_of_events_changes_no_bit_and_the_seed_fixes_the_draw(rng: np.random.Generator) -> None:
    area, height = cells(rng, 60_000, 0)
    order = rng.permutation(area.size)
    first, second = singlet_outline(area, height), singlet_outline(area[order], height[order])
    assert np.array_equal(first.vertices, second.vertices)
    assert dict(first.evidence) == dict(second.evidence)
    assert not np.array_equal(first.vertices, singlet_outline(area, height, seed=1).vertices)


def test_outline_moves_with_the_values(rng: np.random.Generator) -> None:
    area, height = cells(rng, 2000, 50)
    here, there = singlet_outline(area, height), singlet_outline(area / 1000.0 - 3.0, height / 500.0 + 7.0)
    assert there.vertices == pytest.approx(here.vertices / (1000.0, 500.0) + (-3.0, 7.0), rel=1e-6)


@pytest.mark.parametrize(
    ("area", "height", "problem"),
    [
        ([], [], "no events"),
        ([np.nan] * 90, [1.0] * 90, "no events"),
        (np.arange(49.0), np.arange(49.0), "too few events"),
        ([1.0] * 90, np.arange(90.0), "all values are equal"),
        (np.arange(90.0), [1.0] * 90, "all values are equal"),
        (np.arange(90.0), 2.0 * np.arange(90.0), "most events lie exactly on a line"),
        (np.arange(90.0), np.tile([0.0, 3.0], 45) - np.arange(90.0), "the height does not rise with the area"),
    ],
)
def test_what_has_no_outline_is_a_problem(area: list[float], height: list[float], problem: str) -> None:
    outline = singlet_outline(area, height)
    assert (outline.problem, outline.vertices.shape, outline.quality) == (problem, (0, 2), 0.0)


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(MethodError, match="NK-CYT-70"):
        singlet_outline([1.0], [1.0, 2.0])
    with pytest.raises(MethodError, match="NK-CYT-72"):
        singlet_outline([1.0], [1.0], level=1.0)
