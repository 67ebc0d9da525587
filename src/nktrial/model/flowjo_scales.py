"""Display scales of FlowJo that Gating-ML 2.0 does not have."""

import math
from dataclasses import dataclass, fields
from typing import Final, TypeAlias

__all__ = ["Biex", "FlowJoScale", "OffsetLog", "Range", "flowjo_problem"]

MOST_DECADES: Final = 100.0  # own limits, as those of the Gating-ML scales
SMALLEST_TOP: Final = 1e-6  # [unverified]
LARGEST_TOP: Final = 1e15  # [unverified]


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


FlowJoScale: TypeAlias = Biex | OffsetLog | Range


def flowjo_problem(scale: FlowJoScale) -> str:
    """Say what is wrong with the parameters of one of FlowJo's scales; empty where nothing is."""
    numbers = tuple(getattr(scale, item.name) for item in fields(scale))
    if not all(map(math.isfinite, numbers)):
        return "a parameter is not a finite number"
    rules: tuple[tuple[bool, str], ...]
    match scale:
        case Biex(T, width, positive, negative):
            rules = (
                (
                    not SMALLEST_TOP <= T <= LARGEST_TOP,
                    f"maxRange is {T:g}, must lie in {SMALLEST_TOP:g} to {LARGEST_TOP:g}",
                ),
                (width > -1.0, f"width is {width:g}, must be -1 or below"),
                (not 0 < positive <= MOST_DECADES, f"pos is {positive:g}, must lie in 0 to {MOST_DECADES:g}"),
                (not 0 <= negative <= MOST_DECADES, f"neg is {negative:g}, must lie in 0 to {MOST_DECADES:g}"),
                (width <= -1.0 and math.log10(-width) / 2 >= positive, "width leaves no positive decades"),
            )
        case OffsetLog(offset, decades):
            rules = (
                (offset <= 0, f"offset is {offset:g}, must be above 0"),
                (not 0 < decades <= MOST_DECADES, f"decades is {decades:g}, must lie in 0 to {MOST_DECADES:g}"),
            )
        case Range(low, high):
            rules = ((low >= high, f"the range runs from {low:g} to {high:g}, must increase"),)
    return next((text for broken, text in rules if broken), "")
