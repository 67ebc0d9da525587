"""Whether a gate that is called the NK gate holds CD56+ CD3- cells.

Definition
    Looked at for CD56 and for CD3: the regions between the lymphocytes and the gate (``gate_regions``), and which
    share of the gate's events is positive, where the lymphocytes fall into two groups (``two_groups``).

    contradicted: more than half of the events are CD3+; or the region lies on the wrong side and the events do not say
    otherwise; or neither marker is used; or CD56 is not used and more than half of the events are CD56-.
    doubtful: a marker is not used, its region has no clear side, events and region disagree, more than 10 % CD3+.
    unchecked: no channel carries the marker by its name. confirmed: nothing of this.

Not decided here
    Whether the gate's bounds are well placed, and what becomes of a count whose gate is in doubt.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.cytometry.gate_regions import Region, Side, region_side, regions_between
from nktrial.cytometry.marker_names import CD3, CD56, marked_channels, reads_marker
from nktrial.cytometry.readout import read_column, readings, readout
from nktrial.cytometry.scale import EventBlock, time_step
from nktrial.cytometry.strategy import Gated
from nktrial.cytometry.transforms import displayed
from nktrial.cytometry.two_groups import group_cut
from nktrial.model.events import EventMatrix
from nktrial.model.gates import (
    FROM_FILE,
    UNCOMPENSATED,
    BooleanGate,
    Dimension,
    GatingStrategy,
    Linear,
    Log,
    Logicle,
    RectangleGate,
)
from nktrial.model.method import Method

__all__ = ["METHOD", "GateCheck", "GateState", "MarkerCheck", "check_nk_gate", "shown_values"]

METHOD: Final = Method(
    name="cytometry.nk_gate",
    version=1,
    source="Bachanova 2014, Blood 123:3855 (CD56+ CD3-); Otsu 1979, IEEE Trans Syst Man Cybern 9:62",
)
FloatArray: TypeAlias = NDArray[np.float64]
Rows: TypeAlias = NDArray[np.intp]
GateState: TypeAlias = Literal["confirmed", "doubtful", "contradicted", "unchecked"]

MOST_EVENTS: Final = 20_000  # of each population, drawn evenly, so that the check costs little
FEWEST_EVENTS: Final = 20  # [unverified] of the gate, before a share of them says anything
PLAINLY: Final = 0.5  # [unverified] of the gate's events on the wrong side of the cut
MORE_THAN_A_FEW: Final = 0.1  # [unverified] of the gate's events CD3+
WORST_FIRST: Final[tuple[GateState, ...]] = ("contradicted", "doubtful", "unchecked", "confirmed")
W, M, A = 0.5, 4.5, 0.0  # Moore and Parks 2012: the customary logicle, where the gates show no fluorescence scale


@dataclass(frozen=True, slots=True)
class MarkerCheck:
    """One marker of a gate.

    Parameters
    ----------
    marker : str
        ``"CD56"`` or ``"CD3"``.
    channel : str
        The channel that was looked at; empty where none carries the marker.
    side : {"high", "low", "open"} or None
        Where the gate's region lies; None where no gate on the way looks at the marker.
    positive : float or None
        Share of the gate's events above the cut between negative and positive lymphocytes, 0..1; None where the
        lymphocytes are one group or the gate has fewer than 20 events.
    """

    marker: str
    channel: str
    side: Side | None
    positive: float | None


@dataclass(frozen=True, slots=True)
class GateCheck:
    """What a gate holds: the state, why (empty where confirmed), and both markers."""

    state: GateState
    reason: str
    cd56: MarkerCheck
    cd3: MarkerCheck


def check_nk_gate(
    matrix: EventMatrix, strategy: GatingStrategy, gated: Gated, *, nk_cells: str, lymphocytes: str
) -> GateCheck:
    """Look whether a population is CD56+ CD3-.

    Parameters
    ----------
    matrix : EventMatrix
        The events.
    strategy : GatingStrategy
        The gates.
    gated : Gated
        Result of ``gate_events`` on both, with membership.
    nk_cells, lymphocytes : str
        Gate paths of the population and of the lymphocytes above it.

    Returns
    -------
    GateCheck
        The state with its reason.

    Raises
    ------
    MethodError
        NK-CYT-13 there is no such population; else as ``readings`` and ``readout``.
    """
    inside, above = gated.population(nk_cells), gated.population(lymphocytes)
    regions = regions_between(strategy, inside.gate, above.gate)
    rows = _some(gated.membership[above.path]), _some(gated.membership[inside.path])
    cd56 = _marker("CD56", CD56, matrix, strategy, regions, rows)
    cd3 = _marker("CD3", CD3, matrix, strategy, regions, rows)
    return _verdict(cd56, cd3)


def _some(flags: NDArray[np.bool_]) -> Rows:
    """Return the rows of a population, thinned evenly where there are very many."""
    rows = np.flatnonzero(flags)
    return rows[:: max(1, -(-rows.size // MOST_EVENTS))]


def _marker(
    marker: str,
    names: str,
    matrix: EventMatrix,
    strategy: GatingStrategy,
    regions: Sequence[Region],
    rows: tuple[Rows, Rows],
) -> MarkerCheck:
    """Look at one marker among (lymphocytes, gate)."""
    channels = marked_channels(matrix.channels, names)
    mine = [region for region in regions if reads_marker(region.dimension, channels, names, strategy)]
    if not mine and not channels:
        return MarkerCheck(marker, "", None, None)
    side: Side | None = None
    if mine:
        sides = {region_side(region, shown_values(region.dimension, matrix, strategy, rows[0])) for region in mine}
        side = sides.pop() if len(sides) == 1 else "open"
    dimension = mine[0].dimension if mine else _elsewhere(channels, names, matrix, strategy)
    cut = group_cut(shown_values(dimension, matrix, strategy, rows[0], spread=True))
    positive = None
    if cut is not None and rows[1].size >= FEWEST_EVENTS:
        positive = float(np.mean(shown_values(dimension, matrix, strategy, rows[1], spread=True) > cut))
    return MarkerCheck(marker, dimension.channel, side, positive)


def _elsewhere(channels: Sequence[str], names: str, matrix: EventMatrix, strategy: GatingStrategy) -> Dimension:
    """Return how any other gate of the strategy reads the marker; else its channel, compensated if the file can."""
    for gate in strategy.gates:
        for dimension in () if isinstance(gate, BooleanGate) else gate.dimensions:
            if dimension.ratio is None and reads_marker(dimension, channels, names, strategy):
                return dimension
    own = matrix.spillover.channels if matrix.spillover is not None else ()
    return Dimension(channels[0], FROM_FILE if channels[0] in own else UNCOMPENSATED)


def shown_values(
    dimension: Dimension, matrix: EventMatrix, strategy: GatingStrategy, rows: Rows, *, spread: bool = False
) -> FloatArray:
    """Return display values of some rows; ``spread``: on a scale on which negative and positive events are groups."""
    asking = replace(strategy, gates=(RectangleGate("", None, (dimension,)),))
    source, transform = readout(dimension, readings(asking, matrix), "")
    block = EventBlock(matrix.values[rows], matrix.channels, time_step(matrix))
    values = read_column(source, block)
    if spread and (transform is None or isinstance(transform, Linear | Log)):
        top = max((matrix.channels[channel].top for channel in source.channels), default=1.0)
        transform = Logicle(T=max(top, 1.0), W=W, M=M, A=A)
    return displayed(transform, values)


def _verdict(cd56: MarkerCheck, cd3: MarkerCheck) -> GateCheck:
    """Weigh both markers."""
    if cd56.channel and cd3.channel and cd56.side is None and cd3.side is None:
        return GateCheck("contradicted", "it uses neither CD56 nor CD3", cd56, cd3)
    said = (_of_cd3(cd3), _of_cd56(cd56))
    state = next(state for state in WORST_FIRST if any(found == state for found, _ in said))
    return GateCheck(state, "; ".join(reason for _, reason in said if reason), cd56, cd3)


def _of_cd3(cd3: MarkerCheck) -> tuple[GateState, str]:
    """Judge CD3, which must be low; T cells are bright, so the share of positive events outweighs the region."""
    share = cd3.positive
    known = share is not None
    shown = f"{_percent(share)} of its events are CD3+"
    rules: tuple[tuple[bool, GateState, str], ...] = (
        (not cd3.channel, "unchecked", "no channel of the file is named CD3"),
        (share is not None and share > PLAINLY, "contradicted", shown),
        (cd3.side == "high" and not known, "contradicted", "its region lies on the high side of CD3"),
        (share is not None and share > MORE_THAN_A_FEW, "doubtful", shown),
        (cd3.side is None, "doubtful", "it does not use CD3"),
        (cd3.side == "high", "doubtful", "its region lies on the high side of CD3"),
        (cd3.side == "open" and not known, "doubtful", "its region has no clear side of CD3"),
    )
    return next(((state, reason) for applies, state, reason in rules if applies), ("confirmed", ""))


def _of_cd56(cd56: MarkerCheck) -> tuple[GateState, str]:
    """Judge CD56, which must be high; CD56dim cells lie near the cut, so the region outweighs the share."""
    negative = None if cd56.positive is None else 1.0 - cd56.positive
    known = negative is not None
    mostly = negative is not None and negative > PLAINLY
    shown = f"{_percent(negative)} of its events are CD56-"
    rules: tuple[tuple[bool, GateState, str], ...] = (
        (not cd56.channel, "unchecked", "no channel of the file is named CD56"),
        (mostly and cd56.side != "high", "contradicted", shown),
        (cd56.side == "low" and not known, "contradicted", "its region lies on the low side of CD56"),
        (mostly, "doubtful", shown),
        (cd56.side is None, "doubtful", "it does not use CD56"),
        (cd56.side == "low", "doubtful", "its region lies on the low side of CD56"),
        (cd56.side == "open" and not known, "doubtful", "its region has no clear side of CD56"),
    )
    return next(((state, reason) for applies, state, reason in rules if applies), ("confirmed", ""))


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100.0 * share:.0f} %"
