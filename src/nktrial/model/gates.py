"""Gates as Gating-ML 2.0 defines them, and as FlowJo does: transforms, dimensions, gates, the strategy."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.model.flowjo_scales import Biex, FlowJoScale, OffsetLog, Range, flowjo_problem
from nktrial.model.origin import Finding

__all__ = [
    "FROM_FILE",
    "UNCOMPENSATED",
    "Asinh",
    "Biex",
    "BooleanGate",
    "Bounded",
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
    "Scale",
    "SpectrumMatrix",
    "Transform",
    "parameter_problem",
]

UNCOMPENSATED: Final = "uncompensated"
FROM_FILE: Final = "FCS"


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


@dataclass(frozen=True, slots=True)
class Hyperlog:
    """hyperlog(x, T, W, M, A). Bagwell 2005; Gating-ML 2.0."""

    T: float
    W: float
    M: float
    A: float


@dataclass(frozen=True, slots=True)
class Log:
    """flog(x, T, M) = log10(x / T) / M + 1. Gating-ML 2.0."""

    T: float
    M: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """fratio(x, y, A, B, C) = A (x - B) / (y - C) of two channels, cut off at low and high. Gating-ML 2.0."""

    numerator: str
    denominator: str
    A: float
    B: float
    C: float
    low: float | None = None
    high: float | None = None


Scale: TypeAlias = Linear | Asinh | Logicle | Hyperlog | Log


@dataclass(frozen=True, slots=True)
class Bounded:
    """A scale whose display values are cut off at low and high (boundMin, boundMax). Gating-ML 2.0, section 6."""

    scale: Scale
    low: float | None = None
    high: float | None = None


Transform: TypeAlias = Scale | Bounded | FlowJoScale

MOST_DECADES: Final = 100.0  # own limit: e^(M + A) ln 10 must stay a finite double


SMALLEST_TOP: Final = 1e-6  # [unverified] beyond these no instrument reads, and the arithmetic of a scale overflows
LARGEST_TOP: Final = 1e15  # [unverified]


def parameter_problem(transform: Transform) -> str:
    """Say what is wrong with a transform's parameters; empty where nothing is.

    The ranges are those of Gating-ML 2.0, and for the logicle those of Moore and Parks 2012.
    """
    if isinstance(transform, FlowJoScale):
        return flowjo_problem(transform)
    if isinstance(transform, Bounded):
        ordered = transform.low is None or transform.high is None or transform.low < transform.high
        text = "" if ordered else f"boundMin is {transform.low:g}, must be below boundMax = {transform.high:g}"
        return text or parameter_problem(transform.scale)
    T, M, A = transform.T, getattr(transform, "M", 1.0), getattr(transform, "A", 0.0)
    W = getattr(transform, "W", 0.0)
    biexponential = isinstance(transform, Logicle | Hyperlog)
    rules = (
        (not all(map(math.isfinite, (T, W, M, A))), "a parameter is not a finite number"),
        (T <= 0, f"T is {T:g}, must be above 0"),
        (
            T > 0 and not SMALLEST_TOP <= T <= LARGEST_TOP,
            f"T is {T:g}, must lie in {SMALLEST_TOP:g} to {LARGEST_TOP:g}",
        ),
        (M <= 0, f"M is {M:g}, must be above 0"),
        (W < 0, f"W is {W:g}, must not be below 0"),
        (isinstance(transform, Hyperlog) and W == 0, "W is 0, must be above 0 for a hyperlog"),
        (2 * W > M, f"W is {W:g}, must not exceed M/2 = {M / 2:g}"),
        (biexponential and A < -W, f"A is {A:g}, must not be below -W = {-W:g}"),
        (biexponential and A > M - 2 * W, f"A is {A:g}, must not exceed M - 2W = {M - 2 * W:g}"),
        (not biexponential and A < 0, f"A is {A:g}, must not be below 0"),
        (isinstance(transform, Linear) and A > T, f"A is {A:g}, must not exceed T = {T:g}"),
        (isinstance(transform, Asinh) and A > M, f"A is {A:g}, must not exceed M = {M:g}"),
        (
            not isinstance(transform, Linear) and M + A > MOST_DECADES,
            f"M + A is {M + A:g}, must not exceed {MOST_DECADES:g}",
        ),
    )
    return next((text for broken, text in rules if broken), "")


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
        Fraction of each dye's signal that each detector sees; of an inverted matrix (n, m), the weight of each
        detector in each dye.
    inverted : bool
        The rows are the (pseudo-)inverse already (matrix-inverted-already, Gating-ML 2.0, section 7).
    """

    fluorochromes: tuple[str, ...]
    detectors: tuple[str, ...]
    rows: tuple[tuple[float, ...], ...]
    inverted: bool = False


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
    bin_vertices : tuple of (int, int), or None
        The corners in FlowJo's bins where the gate is to be evaluated on them, see ``cytometry.flowjo_bins``.
    """

    id: str
    parent: str | None
    dimensions: tuple[Dimension, Dimension]
    vertices: NDArray[np.float64]
    name: str = ""
    outside: bool = False
    bin_vertices: tuple[tuple[int, int], ...] | None = None

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
        return self.id, self.parent, self.dimensions, self.name, self.outside, self.bin_vertices


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
