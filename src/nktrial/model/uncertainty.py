"""A number and what else it could be: its distribution as quantiles on one fixed grid of probabilities."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import MethodError

__all__ = ["GRID_SIZE", "PROBABILITIES", "Uncertain", "certain"]

GRID_SIZE: Final = 400
PROBABILITIES: Final[NDArray[np.float64]] = (np.arange(GRID_SIZE) + 0.5) / GRID_SIZE


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A point value with its distribution.

    Parameters
    ----------
    value : float
        The point estimate that the protocol's decision uses.
    quantiles : (400,) tuple of float
        Quantiles at ``PROBABILITIES`` = (i + 0.5) / 400, non-decreasing.
    """

    value: float
    quantiles: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse a grid of another length or one that decreases (NK-COR-07)."""
        grid = np.asarray(self.quantiles)
        if grid.shape != (GRID_SIZE,) or not np.isfinite(grid).all() or bool(np.any(np.diff(grid) < 0)):
            raise MethodError("NK-COR-07", f"a distribution needs {GRID_SIZE} finite quantiles that do not decrease.")

    def quantile(self, probability: float | NDArray[np.float64]) -> NDArray[np.float64]:
        """Interpolate the quantile function; flat beyond the outermost grid points."""
        return np.asarray(np.interp(probability, PROBABILITIES, np.asarray(self.quantiles)))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the equal-tailed interval of the given level."""
        tail = (1.0 - level) / 2.0
        low, high = self.quantile(np.array([tail, 1.0 - tail]))
        return float(low), float(high)


def certain(value: float) -> Uncertain:
    """Return a value without uncertainty."""
    return Uncertain(value, (value,) * GRID_SIZE)
