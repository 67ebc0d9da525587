"""What a gate of activated regulatory T cells looks at: Ki-67+ CD127- FoxP3+ CD25hi CD4+.

Definition
    On the way from the lymphocytes to the gate each marker must be bounded on its own side: CD127 low, the other four
    high. The side is that of the gate's region among the lymphocytes (``gate_regions``). A marker on the wrong side
    contradicts the phenotype; one that is not used, or has no clear side, leaves it in doubt.

Not decided here
    Whether a cut stands where it should: FMO controls and the laboratory say that.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

import numpy as np

from nktrial.cytometry.gate_regions import region_side, regions_between
from nktrial.cytometry.marker_names import marked_channels, reads_marker
from nktrial.cytometry.nk_gate import shown_values
from nktrial.cytometry.strategy import Gated
from nktrial.model.events import EventMatrix
from nktrial.model.gates import GatingStrategy
from nktrial.model.method import Method

__all__ = ["METHOD", "PHENOTYPE", "MarkerUse", "treg_markers"]

METHOD: Final = Method(
    name="cytometry.treg_gate",
    version=1,
    source="Bjorklund et al. 2018, Clin Cancer Res 24:1834 (phenotype); sides as cytometry.nk_gate",
)

MarkerUse: TypeAlias = Literal["as it should", "wrong side", "no clear side", "not used"]

PHENOTYPE: Final[Mapping[str, Literal["high", "low"]]] = MappingProxyType(
    {"CD4": "high", "CD25": "high", "CD127": "low", "FoxP3": "high", "Ki-67": "high"}
)
MOST_EVENTS: Final = 20_000


def treg_markers(
    matrix: EventMatrix, strategy: GatingStrategy, gated: Gated, *, activated: str, lymphocytes: str
) -> Mapping[str, MarkerUse]:
    """Return how a gate uses each of the five markers.

    Parameters
    ----------
    matrix : EventMatrix
        The events.
    strategy : GatingStrategy
        The gates.
    gated : Gated
        Result of ``gate_events`` on both, with membership.
    activated, lymphocytes : str
        Gate paths of the population and of the lymphocytes above it.

    Raises
    ------
    MethodError
        NK-CYT-13 there is no such population.
    """
    inside, above = gated.population(activated), gated.population(lymphocytes)
    regions = regions_between(strategy, inside.gate, above.gate)
    rows = np.flatnonzero(gated.membership[above.path])
    rows = rows[:: max(1, -(-rows.size // MOST_EVENTS))]
    uses: dict[str, MarkerUse] = {}
    for marker, wanted in PHENOTYPE.items():
        channels = marked_channels(matrix.channels, marker)
        mine = [region for region in regions if reads_marker(region.dimension, channels, marker, strategy)]
        sides = {region_side(region, shown_values(region.dimension, matrix, strategy, rows)) for region in mine}
        if not sides:
            uses[marker] = "not used"
        elif wanted in sides:
            uses[marker] = "as it should" if sides <= {wanted, "open"} else "wrong side"
        else:
            uses[marker] = "no clear side" if "open" in sides else "wrong side"
    return uses
