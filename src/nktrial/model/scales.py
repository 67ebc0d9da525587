"""Display scales as Gating-ML 2.0 and FlowJo define them, and the ranges of their parameters."""

import math
from dataclasses import dataclass, fields
from typing import Final, TypeAlias

__all__ = [
    "Asinh",
    "Biex",
    "Hyperlog",
    "Linear",
    "Log",
    "Logicle",
    "OffsetLog",
    "Range",
    "Ratio",
    "Transform",
    "parameter_problem",
]


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
    """fratio(x, y, A, B, C) = A (x - B) / (y - C) of two channels. Gating-ML 2.0."""

    numerator: str
    denominator: str
    A: float
    B: float
    C: float


@dataclass(frozen=True, slots=True)
class Biex:
    """FlowJo's biexponential scale: its table of 4,096 steps, see ``nktrial.cytometry.biex``.

    Parameters
    ----------
    T : float
        Top of the scale (``maxRange``).
    width : float
        ``width``, below 0: minus the value up to which the scale is about linear.
    positive, negative : float
        Decades above (``pos``) and additional decades below 0 (``neg``).
    """

    T: float
    width: float
    positive: float
    negative: float


@dataclass(frozen=True, slots=True)
class OffsetLog:
    """FlowJo's logarithmic scale: log10(x / offset) / decades, 0 at ``offset`` and below it."""

    offset: float
    decades: float


@dataclass(frozen=True, slots=True)
class Range:
    """FlowJo's linear scale: (x - low) / (high - low)."""

    low: float
    high: float


Transform: TypeAlias = Linear | Asinh | Logicle | Hyperlog | Log | Biex | OffsetLog | Range

MOST_DECADES: Final = 100.0  # own limit: e^(M + A) ln 10 must stay a finite double


SMALLEST_TOP: Final = 1e-6  # [unverified] beyond these no instrument reads, and the arithmetic of a scale overflows
LARGEST_TOP: Final = 1e15  # [unverified]


def parameter_problem(transform: Transform) -> str:
    """Say what is wrong with a transform's parameters; empty where nothing is.

    The ranges are those of Gating-ML 2.0, and for the logicle those of Moore and Parks 2012.
    """
    if isinstance(transform, Biex | OffsetLog | Range):
        return _flowjo_problem(transform)
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


def _flowjo_problem(transform: Biex | OffsetLog | Range) -> str:
    """Say what is wrong with the parameters of one of FlowJo's scales; empty where nothing is."""
    numbers = tuple(getattr(transform, item.name) for item in fields(transform))
    if not all(map(math.isfinite, numbers)):
        return "a parameter is not a finite number"
    match transform:
        case Biex(T, width, positive, negative):
            rules = (
                (not SMALLEST_TOP <= T <= LARGEST_TOP, f"maxRange is {T:g}, must lie in 1e-06 to 1e+15"),
                (width >= -1.0, f"width is {width:g}, must be below -1"),
                (not 0 < positive <= MOST_DECADES, f"pos is {positive:g}, must lie in 0 to {MOST_DECADES:g}"),
                (not 0 <= negative <= MOST_DECADES, f"neg is {negative:g}, must lie in 0 to {MOST_DECADES:g}"),
                (width < -1.0 and math.log10(-width) / 2 >= positive, "width leaves no positive decades"),
            )
        case OffsetLog(offset, decades):
            rules = (
                (offset <= 0, f"offset is {offset:g}, must be above 0"),
                (not 0 < decades <= MOST_DECADES, f"decades is {decades:g}, must lie in 0 to {MOST_DECADES:g}"),
            )
        case Range(low, high):
            rules = ((low >= high, f"the range runs from {low:g} to {high:g}, must increase"),)
    return next((text for broken, text in rules if broken), "")
