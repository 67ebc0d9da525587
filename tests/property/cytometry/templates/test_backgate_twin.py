"""The back-gated ellipse against its definition, written out event by event."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nktrial.cytometry.templates.backgate import backgate_ellipse

LIMIT = -2.0 * math.log(0.025)


def median(values: list[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2.0


def twin(x: list[float], y: list[float]) -> tuple[float, float, float, float, float, float]:
    """Return centre, variances, covariance and the share of events used."""
    mx, my = median(x), median(y)
    vx = (1.4826 * median([abs(a - mx) for a in x])) ** 2
    vy = (1.4826 * median([abs(b - my) for b in y])) ** 2
    c = 0.0
    inside: list[int] = []
    for _ in range(50):
        det = vx * vy - c * c
        now = [
            i
            for i, (a, b) in enumerate(zip(x, y, strict=True))
            if ((a - mx) ** 2 * vy - 2 * (a - mx) * (b - my) * c + (b - my) ** 2 * vx) / det <= LIMIT
        ]
        if now == inside or len(now) < 50:
            break
        inside = now
        n = len(inside)
        mx, my = sum(x[i] for i in inside) / n, sum(y[i] for i in inside) / n
        tail = math.exp(-LIMIT / 2)
        factor = 1.0 / (1.0 - (LIMIT / 2) * tail / (1.0 - tail))
        vx = factor * sum((x[i] - mx) ** 2 for i in inside) / (n - 1)
        vy = factor * sum((y[i] - my) ** 2 for i in inside) / (n - 1)
        c = factor * sum((x[i] - mx) * (y[i] - my) for i in inside) / (n - 1)
    return mx, my, vx, vy, c, len(inside) / len(x)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(60, 300), st.floats(-0.9, 0.9), st.integers(0, 40))
def test_equals_the_definition(seed: int, size: int, correlation: float, strays: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.multivariate_normal([5.0, 3.0], [[1.0, correlation], [correlation, 1.0]], size)
    points = np.concatenate([points, rng.uniform(-20.0, 20.0, (strays, 2))])
    ellipse = backgate_ellipse(points[:, 0], points[:, 1])
    mx, my, vx, vy, c, share = twin(points[:, 0].tolist(), points[:, 1].tolist())
    assert ellipse.mean == pytest.approx([mx, my], rel=1e-9, abs=1e-9)
    assert ellipse.covariance == pytest.approx(np.array([[vx, c], [c, vy]]), rel=1e-8, abs=1e-9)
    assert ellipse.evidence["kept_share"] == pytest.approx(share)
