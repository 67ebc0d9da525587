"""Gates as Gating-ML 2.0 and FlowJo define them: dimensions, gates, the strategy; scales stand in ``scales``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.model.origin import Finding
from nktrial.model.scales import (
    Asinh,
    Biex,
    Hyperlog,
    Linear,
    Log,
    Logicle,
    OffsetLog,
    Range,
    Ratio,
    Transform,
    parameter_problem,
)

__all__ = [
    "FROM_FILE",
    "UNCOMPENSATED",
    "Asinh",
    "Biex",
    "BooleanGate",
    "Dimension",
    "EllipsoidGate",
    "Gate",
    "GatingStrategy",
    "Hyperlog",
    "Linear",
    "Log",
    "Logicle",
    "OffsetLog",
    "Operand",
    "PolygonGate",
    "Population",
    "Range",
    "Ratio",
    "RectangleGate",
    "SpectrumMatrix",
    "Transform",
    "parameter_problem",
]

UNCOMPENSATED: Final = "uncompensated"
FROM_FILE: Final = "FCS"


@dataclass(frozen=True, slots=True)
class SpectrumMatrix:
    """A spillover matrix of the strategy itself: row = dye, column = detector.

    Parameters
    ----------
    fluorochromes : tuple of str
        Names of the m rows; a dimension that is compensated by this matrix may name a dye in place of a detector.
    detectors : tuple of str
        ``$PnN`` of the n columns, n >= m.
    rows : (m, n) tuples of float
        Fraction of each dye's signal that each detector sees.
    """

    fluorochromes: tuple[str, ...]
    detectors: tuple[str, ...]
    rows: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Dimension:
    """One axis of a gate.

    Parameters
    ----------
    channel : str
        ``$PnN``; empty for a ratio.
    compensation : str
        ``"uncompensated"``, ``"FCS"`` (the file's own matrix) or the id of a matrix of the strategy.
    transform : str or None
        Id of a transform of the strategy; None: scale values.
    low, high : float or None
        Bounds of a rectangle gate, ``low <= x < high``, on the transformed scale.
    ratio : str or None
        Id of a ratio of the strategy, in place of a channel.
    shown : str or None
        Id of the transform whose scale a picture of the gate has where the gate itself is in scale values.
    """

    channel: str
    compensation: str
    transform: str | None = None
    low: float | None = None
    high: float | None = None
    ratio: str | None = None
    shown: str | None = None


@dataclass(frozen=True, slots=True)
class RectangleGate:
    """A box in one or more dimensions, half-open: low <= x < high.

    ``name`` stands in the gate's path in place of its id; ``outside`` turns the gate into its complement within the
    parent. Both are so in every gate.
    """

    id: str
    parent: str | None
    dimensions: tuple[Dimension, ...]
    name: str = ""
    outside: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class PolygonGate:
    """A polygon in two dimensions; crossing edges make holes (even-odd rule).

    Parameters
    ----------
    vertices : (n, 2) float
        On the transformed scale, not closed.
    bins : int or None
        Bins of each axis on which FlowJo evaluates the gate, None where it states none.
    """

    id: str
    parent: str | None
    dimensions: tuple[Dimension, Dimension]
    vertices: NDArray[np.float64]
    name: str = ""
    outside: bool = False
    bins: int | None = None

    def __eq__(self, other: object) -> bool:
        """Compare all fields, the vertices exactly."""
        if not isinstance(other, PolygonGate):
            return NotImplemented
        return self._facts == other._facts and np.array_equal(self.vertices, other.vertices)

    def __hash__(self) -> int:
        """Hash what is hashable."""
        return hash(self._facts)

    @property
    def _facts(self) -> tuple[object, ...]:
        """All fields but the vertices."""
        return self.id, self.parent, self.dimensions, self.name, self.outside, self.bins


@dataclass(frozen=True, slots=True)
class EllipsoidGate:
    """An ellipsoid in two or more dimensions; the boundary belongs to the gate.

    Parameters
    ----------
    mean : (n,) tuple of float
        Centre on the transformed scale.
    covariance : (n, n) tuples of float
        Symmetric, positive definite.
    distance_square : float
        Largest squared Mahalanobis distance inside the gate.
    """

    id: str
    parent: str | None
    dimensions: tuple[Dimension, ...]
    mean: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    distance_square: float
    name: str = ""
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Operand:
    """A gate that a boolean gate refers to, or its complement."""

    gate: str
    complement: bool = False


@dataclass(frozen=True, slots=True)
class BooleanGate:
    """And, or, not of other gates."""

    id: str
    parent: str | None
    operator: Literal["and", "or", "not"]
    operands: tuple[Operand, ...]
    name: str = ""


Gate: TypeAlias = RectangleGate | PolygonGate | EllipsoidGate | BooleanGate


@dataclass(frozen=True, slots=True)
class GatingStrategy:
    """Gates in file order with the transforms and matrices that they name.

    Ids are unique, parents and operands exist, and neither forms a cycle: a reader guarantees it. A quadrant gate of
    Gating-ML is one rectangle gate a quadrant.
    """

    gates: tuple[Gate, ...]
    transforms: Mapping[str, Transform] = field(default_factory=dict)
    matrices: Mapping[str, SpectrumMatrix] = field(default_factory=dict)
    ratios: Mapping[str, Ratio] = field(default_factory=dict)
    findings: tuple[Finding, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Population:
    """One gate's events in one sample.

    Parameters
    ----------
    path : str
        Ids from the root, joined by ``/``: ``Singlets/Lymphocytes/Live/NK``.
    gate : str
        The gate's id.
    count : int
        Events inside the gate and all its ancestors.
    parent_count : int
        Events inside the parent (all events for a root gate).
    """

    path: str
    gate: str
    count: int
    parent_count: int
