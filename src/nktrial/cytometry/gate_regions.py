"""Which dimensions make a population, and on which side of its parents' events their regions lie.

Definition
    A population is made by its gate, the gate's ancestors, and the operands of boolean gates with their ancestors; the
    outside of an operand's region counts where the operand is complemented. Of the events beside a region along one
    dimension (below its lower bound, at or above its upper one; a polygon's or ellipse's bounds are those of its box)
    80 % or more lie below a high region, and above a low one. Where fewer than 1 % of the events lie beside it, a
    region with only a lower bound is high, one with only an upper bound is low. All else is open.

Not decided here
    Which marker a dimension stands for (``marker_names``).
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.cytometry.inside import gate_box
from nktrial.model.gates import BooleanGate, Dimension, Gate, GatingStrategy

__all__ = ["Region", "Side", "region_side", "regions_between"]

Side: TypeAlias = Literal["high", "low", "open"]

BESIDE: Final = 0.01  # [unverified]
ONE_SIDED: Final = 0.8  # [unverified]
OTHER_SIDE: Final[dict[Side, Side]] = {"high": "low", "low": "high", "open": "open"}


@dataclass(frozen=True, slots=True)
class Region:
    """One dimension of a gate: its bounds on the display scale, and whether the events outside them are meant."""

    dimension: Dimension
    low: float | None
    high: float | None
    complement: bool = False


def regions_between(strategy: GatingStrategy, gate: str, stop: str) -> tuple[Region, ...]:
    """Return the dimensions that make a population out of another.

    Parameters
    ----------
    strategy : GatingStrategy
        The gates.
    gate, stop : str
        Ids of the population's gate and of the ancestor that is not looked at any more.

    Returns
    -------
    tuple of Region
        Without ratios, which are no channel's.
    """
    gates = {item.id: item for item in strategy.gates}
    found: list[Region] = []
    seen: set[tuple[str, bool]] = set()
    waiting: list[tuple[str | None, bool]] = [(gate, False)]
    while waiting:
        name, complement = waiting.pop()
        if name is None or name == stop or (name, complement) in seen:
            continue
        seen.add((name, complement))
        item = gates[name]
        found += _regions(item, complement=complement)
        waiting.append((item.parent, complement))
        if isinstance(item, BooleanGate):
            turned = complement != (item.operator == "not")
            waiting += [(operand.gate, turned != operand.complement) for operand in item.operands]
    return tuple(found)


def region_side(region: Region, values: NDArray[np.float64]) -> Side:
    """Return where a region lies among events.

    Parameters
    ----------
    region : Region
        The region.
    values : (n,) float
        The events along the region's dimension, on its display scale.
    """
    below = 0.0 if region.low is None else _share(values < region.low)
    above = 0.0 if region.high is None else _share(values >= region.high)
    side: Side = "open"
    if below + above < BESIDE:
        if region.high is None and region.low is not None:
            side = "high"
        elif region.low is None and region.high is not None:
            side = "low"
    elif below >= ONE_SIDED * (below + above):
        side = "high"
    elif above >= ONE_SIDED * (below + above):
        side = "low"
    return OTHER_SIDE[side] if region.complement else side


def _share(flags: NDArray[np.bool_]) -> float:
    return float(np.mean(flags)) if flags.size else 0.0


def _regions(gate: Gate, *, complement: bool) -> list[Region]:
    if isinstance(gate, BooleanGate):
        return []
    boxes = zip(gate.dimensions, gate_box(gate), strict=True)
    return [Region(dimension, low, high, complement) for dimension, (low, high) in boxes if dimension.ratio is None]
