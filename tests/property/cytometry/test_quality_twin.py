"""Twins of the parts of quality control, in plain words: bins, isolation tree, outliers, drift."""

import math
import statistics

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nktrial.cytometry.quality.bins import events_in, overlapping_bins, runs
from nktrial.cytometry.quality.drift import drift
from nktrial.cytometry.quality.isolation import largest_leaf
from nktrial.cytometry.quality.outliers import extreme_deviates
from nktrial.cytometry.quality.spline import smoothing_matrix
from nktrial.cytometry.quality.stability import Limits, unstable_bins


def spread(values: list[float]) -> float:
    return statistics.stdev(values) if len(values) > 1 else 0.0


def plain_leaf(table: list[list[float]], limit: float) -> list[int]:
    """Return the rows of the largest leaf, one node at a time."""
    deepest = math.ceil(math.log2(len(table)))
    waiting = [(list(range(len(table))), 0)]
    best: list[int] = []
    while waiting:
        node, depth = waiting.pop(0)
        chosen = None
        if len(node) > 3 and depth < deepest:
            for column in range(len(table[0])):
                x = sorted(table[row][column] for row in node)
                if x[0] == x[-1]:
                    continue
                whole = spread(x)
                gains = [(whole - (spread(x[:i]) + spread(x[i:])) / 2) / whole for i in range(1, len(x))]
                if max(gains) > limit + 1e-12:
                    limit = max(gains)
                    last = max(i for i, gain in enumerate(gains) if gain >= limit - 1e-12)
                    chosen = (column, x[last])
        left = [] if chosen is None else [row for row in node if table[row][chosen[0]] <= chosen[1]]
        if chosen is None or len(left) == len(node):
            best = node if len(node) > len(best) else best
        else:
            waiting += [(left, depth + 1), ([row for row in node if row not in left], depth + 1)]
    return best


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 60), st.integers(1, 4), st.integers(0, 2**32 - 1), st.sampled_from([0.3, 0.55, 0.6]))
def test_the_isolation_tree(bins: int, tracks: int, seed: int, limit: float) -> None:
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(bins, tracks))
    table[rng.random(bins) < 0.15] += rng.normal(0.0, 20.0, tracks)
    kept, _ = largest_leaf(table, limit)
    assert np.flatnonzero(kept).tolist() == plain_leaf(table.tolist(), limit)


@given(st.lists(st.integers(-50, 50).map(float), min_size=3, max_size=40))
def test_extreme_deviates(values: list[float]) -> None:
    most = len(values) - 2
    left = list(values)
    for deviate, position in zip(*extreme_deviates(np.array(values), most), strict=True):
        mean = statistics.fmean(left)
        largest = max(abs(x - mean) for x in left)
        expected = largest / statistics.stdev(left) if len(set(left)) > 1 else 0.0
        assert math.isclose(deviate, expected, rel_tol=1e-6, abs_tol=1e-9)
        assert math.isclose(abs(values[position] - mean), largest, abs_tol=1e-9)
        left.remove(values[position])


@given(st.integers(0, 300), st.integers(2, 60), st.integers(0, 2**32 - 1))
def test_bins_cover_every_event_and_mark_their_own(events: int, size: int, seed: int) -> None:
    bins = overlapping_bins(events, size=size)
    assert events_in(bins, np.ones(bins.count, dtype=bool)).all()
    chosen = np.random.default_rng(seed).random(bins.count) < 0.3
    expected = np.zeros(events, dtype=bool)
    for start, stop, bad in zip(bins.starts, bins.stops, chosen, strict=True):
        if bad:
            expected[start:stop] = True
    assert events_in(bins, chosen).tolist() == expected.tolist()


@given(st.lists(st.booleans(), max_size=60))
def test_runs_rebuild_the_flags(flags: list[bool]) -> None:
    rebuilt = np.zeros(len(flags), dtype=bool)
    for start, stop in runs(np.array(flags, dtype=bool)):
        rebuilt[start:stop] = True
    assert rebuilt.tolist() == flags


@given(st.integers(100, 200), st.integers(0, 2**32 - 1), st.floats(0.0, 0.2))
def test_drift(bins: int, seed: int, slope: float) -> None:
    medians = np.random.default_rng(seed).normal(size=bins) + slope * np.arange(bins)
    smoothed = [float(np.mean(medians[max(0, i - 25) : i + 26])) for i in range(bins)]
    up = sum(smoothed[i] == max(smoothed[: i + 1]) for i in range(bins))
    down = sum(smoothed[i] == min(smoothed[: i + 1]) for i in range(bins))
    expected = "rising" if up > 0.75 * bins else "falling" if down > 0.75 * bins else None
    assert drift(medians) == expected


@settings(deadline=None, max_examples=40)
@given(st.integers(20, 260), st.integers(0, 2**32 - 1))
def test_stability_takes_what_each_step_says(bins: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(bins, 2))
    table[5:9] += 40.0
    place = overlapping_bins(bins * 75 - 40, size=150)
    table = table[: place.count]
    found = unstable_bins({"a": table[:, :1], "b": table[:, 1:]}, place, Limits())
    assert found.tree_used == (place.count >= 150)
    assert not (found.by_tree & found.by_mad).any()
    assert not (found.by_run & (found.by_tree | found.by_mad)).any()
    assert (found.bad == (found.by_tree | found.by_mad | found.by_run)).all()
    good = ~found.by_tree
    smoothed = smoothing_matrix(int(good.sum()), 0.5) @ table[good]
    for column in smoothed.T:
        middle = np.median(column)
        far = np.abs(column - middle) > 6 * 1.4826 * np.median(np.abs(column - middle))
        assert found.by_mad[good][far].all()
    assert all(stop - start >= 5 for start, stop in runs(~found.bad))
