"""Gates as Gating-ML 2.0 defines them: transforms, dimensions, gates, the strategy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.model.events import Spillover

__all__ = [
    "Asinh",
    "BooleanGate",
    "Dimension",
    "Gate",
    "GatingStrategy",
    "Linear",
    "Logicle",
    "Operand",
    "PolygonGate",
    "Population",
    "RectangleGate",
    "Transform",
]

UNCOMPENSATED = "uncompensated"
FROM_FILE = "FCS"


@dataclass(frozen=True, slots=True)
class Linear:
    """flin(x, T, A) = (x + A) / (T + A). Gating-ML 2.0, section 6.2.1."""

    T: float
    A: float


@dataclass(frozen=True, slots=True)
class Asinh:
    """fasinh(x, T, M, A). Gating-ML 2.0, section 6.2.3."""

    T: float
    M: float
    A: float


@dataclass(frozen=True, slots=True)
class Logicle:
    """logicle(x, T, W, M, A). Moore and Parks 2012; Gating-ML 2.0, section 6.2.4."""

    T: float
    W: float
    M: float
    A: float


Transform: TypeAlias = Linear | Asinh | Logicle


@dataclass(frozen=True, slots=True)
class Dimension:
    """One axis of a gate.

    Parameters
    ----------
    channel : str
        ``$PnN``.
    compensation : str
        ``"uncompensated"``, ``"FCS"`` (the file's own matrix) or the id of a matrix of the strategy.
    transform : str or None
        Id of a transform of the strategy; None: scale values.
    low, high : float or None
        Bounds of a rectangle gate, ``low <= x < high``, on the transformed scale.
    """

    channel: str
    compensation: str
    transform: str | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class RectangleGate:
    """A box in one or more dimensions, half-open: low <= x < high."""

    id: str
    parent: str | None
    dimensions: tuple[Dimension, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PolygonGate:
    """A polygon in two dimensions; the boundary belongs to the gate (Gating-ML 2.0, section 5.3).

    Parameters
    ----------
    vertices : (n, 2) float
        On the transformed scale, not closed.
    """

    id: str
    parent: str | None
    dimensions: tuple[Dimension, Dimension]
    vertices: NDArray[np.float64]


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


Gate: TypeAlias = RectangleGate | PolygonGate | BooleanGate


@dataclass(frozen=True, slots=True)
class GatingStrategy:
    """Gates in file order with the transforms and matrices that they name.

    Ids are unique, parents and operands exist, and neither forms a cycle: a reader guarantees it.
    """

    gates: tuple[Gate, ...]
    transforms: Mapping[str, Transform] = field(default_factory=dict)
    matrices: Mapping[str, Spillover] = field(default_factory=dict)


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
