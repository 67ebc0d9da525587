"""Which channels of a file carry a marker.

Definition
    A label carries a marker where it names it (``templates.markers``), alone or beside another: in ``"CD16+56"`` stands
    CD56. The marker's name ($PnS) is asked first, the detector's ($PnN) where no $PnS of the file answers.

Not decided here
    What the events look like. CD335 (NKp46) is another marker than CD56 and never stands in for it.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from nktrial.cytometry.templates.markers import label_markers
from nktrial.model.events import Channel
from nktrial.model.gates import Dimension, GatingStrategy

__all__ = ["CD3", "CD45", "CD56", "carries", "marked_channels", "reads_marker"]

CD56: Final = "CD56"
CD3: Final = "CD3"
CD45: Final = "CD45"


@lru_cache(maxsize=4096)
def carries(label: str, marker: str) -> bool:
    """Tell whether a channel's label names a marker."""
    return marker in label_markers(label)


def marked_channels(channels: Sequence[Channel], marker: str) -> tuple[str, ...]:
    """Return the detectors ($PnN) that carry a marker, areas first, then in file order; empty where none does."""
    found = [channel.name for channel in channels if carries(channel.marker, marker)]
    found = found or [channel.name for channel in channels if carries(channel.name, marker)]
    return tuple(sorted(found, key=lambda name: not name.upper().endswith("-A")))


def reads_marker(dimension: Dimension, channels: Sequence[str], marker: str, strategy: GatingStrategy) -> bool:
    """Tell whether a dimension reads a marker: its channel, or a dye of a matrix that this channel sees most.

    Parameters
    ----------
    dimension : Dimension
        Of a gate.
    channels : sequence of str
        The detectors that carry the marker (``marked_channels``).
    marker : str
        E.g. ``"CD56"``.
    strategy : GatingStrategy
        The gates with their matrices.
    """
    if dimension.channel in channels or carries(dimension.channel, marker):
        return True
    spectrum = strategy.matrices.get(dimension.compensation)
    if spectrum is None or dimension.channel not in spectrum.fluorochromes:
        return False
    row = spectrum.rows[spectrum.fluorochromes.index(dimension.channel)]
    return spectrum.detectors[int(np.argmax(row))] in channels
