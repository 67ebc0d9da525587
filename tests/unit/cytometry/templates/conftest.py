"""A tube whose cells are known: T, NK and B cells, dead cells, debris."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from nktrial.model.events import Channel, EventMatrix

NAMES = ("FSC-A", "FSC-H", "SSC-A", "A-A", "B-A", "C-A")
MARKERS = ("", "", "", "CD3", "CD56", "Zombie NIR")
Tube = Callable[..., tuple[EventMatrix, NDArray[np.intp]]]


@pytest.fixture
def tube(rng: np.random.Generator) -> Tube:
    """Return a function that mixes a tube: events, and the kind of each (0 T, 1 NK, 2 B, 3 dead)."""

    def mix(t: int = 3000, nk: int = 400, b: int = 800, dead: int = 500) -> tuple[EventMatrix, NDArray[np.intp]]:
        kind = np.repeat([0, 1, 2, 3], [t, nk, b, dead])
        size = kind.size
        area = rng.normal(80_000.0, 6_000.0, size)
        area[kind == 3] -= 20_000.0
        values = np.column_stack(
            [
                area,
                0.8 * area + rng.normal(0.0, 800.0, size),
                rng.normal(30_000.0, 3_000.0, size),
                np.where(kind == 0, 1.0, 0.0) * rng.lognormal(9.2, 0.25, size) + rng.normal(0.0, 150.0, size),
                np.where(kind == 1, 1.0, 0.0) * rng.lognormal(9.0, 0.35, size) + rng.normal(0.0, 120.0, size),
                np.where(kind == 3, 1.0, 0.0) * rng.lognormal(10.0, 0.3, size) + rng.normal(0.0, 200.0, size),
            ]
        ).astype(np.float32)
        order = rng.permutation(size)
        channels = tuple(
            Channel(i, name, marker, 32, 262144.0) for i, (name, marker) in enumerate(zip(NAMES, MARKERS, strict=True))
        )
        return EventMatrix(values[order], channels, None, {}, "FCS3.1"), kind[order]

    return mix
