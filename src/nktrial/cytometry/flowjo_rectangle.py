"""FlowJo's rectangles: compared in scale values, with events beyond an axis moved onto its end.

Definition
    An event below the first step of a biex table, below the offset of a logarithmic axis or beyond either end of a
    linear one is compared as if it lay at that end: a bound at or beyond the end takes all such events in. Above a
    biex table events keep their values. Measured by the GateLab project on public workspaces (david-priest/GateLab,
    flowjoWorkspace.ts: 20 of 21 rectangles that the biex table's end decides) [unverified]; it does not apply to
    compensated linear axes and to time, where it was not measured.

Not decided here
    Bounds where FlowJo is not followed: they are taken as they stand.
"""

from typing import Final, TypeAlias

from nktrial.cytometry.biex import biex_table
from nktrial.model.gates import Biex, OffsetLog, Range, Transform
from nktrial.model.method import Method

__all__ = ["METHOD", "moved_bounds"]

METHOD: Final = Method(name="cytometry.flowjo_rectangle", version=1, source="david-priest/GateLab, flowjoWorkspace.ts")
Bounds: TypeAlias = tuple[float | None, float | None]

NOWHERE: Final[Bounds] = (float("inf"), None)


def moved_bounds(scale: Transform | None, low: float | None, high: float | None, *, compensated: bool) -> Bounds:
    """Return the bounds that give FlowJo's events without moving any.

    Parameters
    ----------
    scale : Transform or None
        Of the axis; None for time and for axes without one.
    low, high : float or None
        As the workspace states them, in scale values.
    compensated : bool
        Whether the channel is compensated.
    """
    bottom = top = None
    match scale:
        case Biex():
            bottom = float(biex_table(scale)[0])
        case OffsetLog(offset, _):
            bottom = offset
        case Range(first, last) if not compensated:
            bottom, top = first, last
    if bottom is not None and high is not None and high <= bottom:
        return NOWHERE
    if top is not None and low is not None and low > top:
        return NOWHERE
    return (
        None if bottom is not None and low is not None and low <= bottom else low,
        None if top is not None and high is not None and high >= top else high,
    )
