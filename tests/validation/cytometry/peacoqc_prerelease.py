"""The rules by which PeacoQC 0.0.0.9000 wrote 111_QC.fcs, in plain words and with no code of nktrial.

Densities are smoothed once more by a spline (spar 0.6); a channel with a peak below 0 is left out; tracks are clusters
of peaks (k-means from the medians), only those nearest to a peak of the whole channel; the tree's limit does not rise;
the tracks are smoothed by a running mean. Each departs from the released package.
"""

import math
from functools import lru_cache

import numpy as np
from scipy.interpolate import BSpline


def r_density(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return R's density(values): 512 points, bandwidth nrd0, 3 bandwidths beyond the ends."""
    low, high = np.quantile(values, [0.25, 0.75])
    deviation = float(np.std(values, ddof=1))
    width = 0.9 * (min(deviation, (high - low) / 1.34) or deviation or 1.0) * values.size**-0.2
    grid = np.linspace(values.min() - 3 * width, values.max() + 3 * width, 512)
    height = np.exp(-0.5 * ((grid[:, None] - values) / width) ** 2).sum(axis=1)
    return grid, height / (values.size * width * math.sqrt(2 * math.pi))


@lru_cache
def smooth_spline(n: int, spar: float) -> np.ndarray:
    """Return the matrix of R's smooth.spline, with 0.3330 for 1/3 as its Fortran has it, by dense algebra."""
    x = np.arange(n) / (n - 1)
    count = n if n < 50 else int(2 ** np.interp(n, [50, 200, 800, 3200], np.log2([50, 100, 140, 200])))
    inner = x[np.linspace(0, n - 1, count).astype(int)]
    knots = np.r_[[inner[0]] * 3, inner, [inner[-1]] * 3]
    functions = count + 2
    basis = np.column_stack([BSpline(knots, np.eye(functions)[k], 3)(x) for k in range(functions)])
    second = [BSpline(knots, np.eye(functions)[k], 3).derivative(2) for k in range(functions)]
    left = np.array([f(inner[:-1]) for f in second])
    rise = 2 * (np.array([f((inner[1:] + inner[:-1]) / 2) for f in second]) - left)
    step = np.diff(inner)
    bend = (left * step) @ left.T + 0.5 * ((left * step) @ rise.T + (rise * step) @ left.T)
    bend += 0.3330 * (rise * step) @ rise.T
    fit = basis.T @ basis
    ratio = sum(fit[i, i] for i in range(2, functions - 3)) / sum(bend[i, i] for i in range(2, functions - 3))
    weight = ratio * 256 ** (3 * spar - 1)
    return np.asarray(basis @ np.linalg.solve(fit + weight * bend, basis.T))


def peaks(values: np.ndarray) -> list[float]:
    """Return a bin's peaks; none where one is negative."""
    if values.size < 3:
        return []
    grid, height = r_density(values)
    height = np.maximum(smooth_spline(512, 0.6) @ height, 0.0)
    found = [
        float(grid[i])
        for i in range(1, 511)
        if height[i] > height[i - 1] and height[i] > height[i + 1] and height[i] > height.max() / 3
    ]
    found = found or [float(grid[np.argmax(height)])]
    return [] if min(found) < 0 else found


def clusters(points: list[float], centres: list[float]) -> tuple[list[int], list[float]]:
    """Return k-means in one dimension from given centres."""
    while True:
        joined = [min(range(len(centres)), key=lambda k: abs(p - centres[k])) for p in points]
        moved = [
            float(np.mean([p for p, j in zip(points, joined, strict=True) if j == k])) for k in range(len(centres))
        ]
        if moved == centres:
            return joined, centres
        centres = moved


def tracks(values: np.ndarray, bins: list[tuple[int, int]]) -> list[np.ndarray]:
    """Return the tracks of one channel."""
    whole = peaks(values)
    if not whole:
        return []
    by_bin = {i: found for i, (start, stop) in enumerate(bins) if (found := peaks(values[start:stop]))}
    lengths = [len(found) for found in by_bin.values()]
    number = max(k for k in set(lengths) if lengths.count(k) > 0.2 * len(lengths))
    medians = [float(m) for m in np.median([found for found in by_bin.values() if len(found) == number], axis=0)]
    rows = [(i, p) for i, found in by_bin.items() for p in found]
    joined, centres = clusters([p for _, p in rows], medians) if number > 1 else ([0] * len(rows), medians)
    used = {min(range(len(centres)), key=lambda k: abs(p - centres[k])) for p in whole}
    kept = [(i, p, k) for (i, p), k in zip(rows, joined, strict=True) if k in used]
    result = []
    for k in sorted(used):
        own: dict[int, float] = {}
        for i, p, cluster in kept:
            if cluster == k and (i not in own or abs(p - medians[k]) < abs(own[i] - medians[k])):
                own[i] = p
        if len(own) >= len({i for i, _, _ in kept}) * 2 / 3:
            track = np.full(len(bins), np.median(list(own.values())))
            track[list(own)] = list(own.values())
            result.append(track)
    return result


def sd(values: np.ndarray) -> float:
    return float(np.std(values, ddof=1)) if values.size > 1 else 0.0


def largest_leaf(table: np.ndarray, limit: float) -> np.ndarray:
    """Return the bins of the largest leaf; the limit stays."""
    deepest = math.ceil(math.log2(len(table)))
    waiting, best = [(np.ones(len(table), bool), 0)], np.zeros(len(table), bool)
    while waiting:
        node, depth = waiting.pop(0)
        split = None
        if node.sum() > 3 and depth < deepest:
            most = limit
            for column in range(table.shape[1]):
                x = np.sort(table[node, column])
                if sd(x) == 0:
                    continue
                gains = [(sd(x) - (sd(x[:i]) + sd(x[i:])) / 2) / sd(x) for i in range(1, len(x))]
                top = max(gains)
                if top > most:
                    most = top
                    split = (column, x[max(i for i, gain in enumerate(gains) if gain == top)])
        if split is None or (table[node, split[0]] <= split[1]).all():
            best = node if node.sum() > best.sum() else best
            continue
        left = node & (table[:, split[0]] <= split[1])
        waiting += [(left, depth + 1), (node & ~left, depth + 1)]
    return best


def kept_events(values: np.ndarray, size: int, tree_limit: float, mads: float) -> np.ndarray:
    """Return which events the pre-release keeps; values (n, channels) on the display scale."""
    n = len(values)
    bins = [(start, min(start + size, n)) for start in range(0, n, size - math.ceil(size / 2))]
    table = np.column_stack([track for column in values.T for track in tracks(column, bins)])
    good = largest_leaf(table, tree_limit)
    place = np.flatnonzero(good)
    for column in table[good].T:
        mean = np.array([column[max(i - 25, 0) : i + 26].mean() for i in range(column.size)])
        distance = np.abs(mean - np.median(mean))
        good[place[distance > mads * 1.4826 * np.median(distance)]] = False
    keep = np.ones(n, bool)
    for run in np.split(np.arange(len(bins)), np.flatnonzero(np.diff(good.astype(int))) + 1):
        if not good[run[0]] or run.size < 5:
            keep[bins[run[0]][0] : bins[run[-1]][1]] = False
    return keep
