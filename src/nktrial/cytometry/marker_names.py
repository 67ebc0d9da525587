"""Which channel of a file carries a marker, by the names that laboratories write.

Definition
    A name is cut into its letters and digits: ``"CD3e | FITC-A"`` holds cd3e, fitc and a. It carries a marker where
    one of these words is a name of the marker; in ``"CD16+56"`` a bare number after a CD name is read as CD56. The
    marker's name ($PnS) is asked first, the detector's ($PnN) where no $PnS of the file answers.

Not decided here
    What the events look like. CD335 (NKp46) is another marker than CD56 and never stands in for it.
"""

import re
from collections.abc import Sequence
from typing import Final

from nktrial.model.events import Channel

__all__ = ["CD3", "CD56", "carries", "marked_channels"]

CD56: Final = frozenset({"cd56", "ncam", "ncam1"})
CD3: Final = frozenset({"cd3", "cd3e", "cd3ε", "cd3epsilon"})
WORD: Final = re.compile(r"[0-9a-zε]+")


def carries(name: str, marker: frozenset[str]) -> bool:
    """Tell whether a channel's name holds one of a marker's names."""
    words = WORD.findall(name.casefold())
    named_cd = False
    for word in words:
        if word in marker or (named_cd and word.isdecimal() and f"cd{word}" in marker):
            return True
        named_cd = named_cd or word.startswith("cd")
    return False


def marked_channels(channels: Sequence[Channel], marker: frozenset[str]) -> tuple[str, ...]:
    """Return the detectors ($PnN) that carry a marker, areas first, then in file order; empty where none does."""
    found = [channel.name for channel in channels if carries(channel.marker, marker)]
    found = found or [channel.name for channel in channels if carries(channel.name, marker)]
    return tuple(sorted(found, key=lambda name: not name.upper().endswith("-A")))
