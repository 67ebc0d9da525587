"""Quantiles far out: those of numpy, to the last bit."""

import numpy as np
import pytest
from numpy.typing import NDArray

from nktrial.cytometry.tails import outer_quantiles


def drawn(rng: np.random.Generator, kind: str, size: int) -> NDArray[np.float64]:
    values = rng.standard_cauchy(size)
    if kind == "ties":
        return np.round(values)
    if kind == "rising":
        return np.sort(values)
    if kind == "every 64th far out":
        values[::64] += 1e9
    if kind == "one differs":
        values[:] = 0.0
        values[size // 2] = 5.0
    return values


@pytest.mark.parametrize("kind", ["any", "ties", "rising", "every 64th far out", "one differs"])
@pytest.mark.parametrize("size", [1, 2, 63, 999, 1000, 1001, 2001, 50_000])
def test_they_are_numpys(rng: np.random.Generator, kind: str, size: int) -> None:
    values = drawn(rng, kind, size)
    for cut in (0, 1, size // 3, size):
        parts = [part for part in (values[:cut], values[cut:]) if part.size]
        for low, high in ((0.001, 0.999), (0.02, 0.9), (0.3, 0.5)):
            assert outer_quantiles(parts, low, high) == tuple(np.quantile(values, (low, high)).tolist())
