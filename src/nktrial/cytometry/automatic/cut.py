"""What an automatic method returns: a cut, an outline or an ellipse, with its quality and its evidence.

All positions are on the display scale of the channel. A method that finds nothing says so in ``problem`` and returns no
position; it never falls back silently to an end of the range.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import MethodError

__all__ = ["ALL_EQUAL", "NO_EVENTS", "TOO_FEW", "Cut", "Ellipse", "Outline", "demand"]

FloatArray: TypeAlias = NDArray[np.float64]

NO_EVENTS: Final = "no events"
TOO_FEW: Final = "too few events"
ALL_EQUAL: Final = "all values are equal"


@dataclass(frozen=True, slots=True)
class Cut:
    """A threshold in one channel.

    Parameters
    ----------
    value : float or None
        Display value; None where there is no cut.
    quality : float
        0 (worthless) to 1; each method's page says what it measures.
    problem : str
        Empty, or why there is no cut.
    evidence : mapping
        Named numbers that led to the cut.
    """

    value: float | None
    quality: float
    problem: str = ""
    evidence: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A polygon in two channels.

    Parameters
    ----------
    vertices : (n, 2) float
        Display values, clockwise; (0, 2) where there is no outline.
    quality, problem, evidence
        As of a `Cut`.
    """

    vertices: FloatArray
    quality: float
    problem: str = ""
    evidence: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Ellipse:
    """An ellipse in two channels: the points whose squared Mahalanobis distance is at most ``distance_square``.

    Parameters
    ----------
    mean : (2,) float
        Centre, display values; NaN where there is no ellipse.
    covariance : (2, 2) float
        Of the population; NaN where there is no ellipse.
    distance_square : float
        0 where there is no ellipse.
    quality, problem, evidence
        As of a `Cut`.
    """

    mean: FloatArray
    covariance: FloatArray
    distance_square: float
    quality: float
    problem: str = ""
    evidence: Mapping[str, float] = field(default_factory=dict)


def demand(name: str, value: object, *, kept: bool, expected: str) -> None:
    """Raise NK-CYT-72 unless an option keeps to its definition.

    Parameters
    ----------
    name : str
        Name of the option.
    value : object
        What was given.
    kept : bool
        Whether it is allowed.
    expected : str
        What is allowed, in words.

    Raises
    ------
    MethodError
        NK-CYT-72 it is not allowed.
    """
    if not kept:
        raise MethodError("NK-CYT-72", f"{name} is {value}, expected {expected}.", where="automatic gating")
