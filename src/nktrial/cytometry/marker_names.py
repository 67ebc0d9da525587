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

from nktrial.cytometry.templates.markers import label_markers
from nktrial.model.events import Channel

__all__ = ["CD3", "CD56", "carries", "marked_channels"]

CD56: Final = "CD56"
CD3: Final = "CD3"


@lru_cache(maxsize=4096)
def carries(label: str, marker: str) -> bool:
    """Tell whether a channel's label names a marker."""
    return marker in label_markers(label)


def marked_channels(channels: Sequence[Channel], marker: str) -> tuple[str, ...]:
    """Return the detectors ($PnN) that carry a marker, areas first, then in file order; empty where none does."""
    found = [channel.name for channel in channels if carries(channel.marker, marker)]
    found = found or [channel.name for channel in channels if carries(channel.name, marker)]
    return tuple(sorted(found, key=lambda name: not name.upper().endswith("-A")))
