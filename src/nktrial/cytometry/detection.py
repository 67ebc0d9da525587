"""Detection by numbers of events: 20 are detected, 50 quantifiable.

Definition
    Fewer than 20 events: not detected; 20 to 49: detected below the limit of quantification; from 50: quantifiable.
    Counting alone has a coefficient of variation of 1 / sqrt(20) = 22 % and 1 / sqrt(50) = 14 % there.

Not decided here
    Whether the events are a cluster: the gate must say so.
"""

from typing import Final

from nktrial.cytometry.fraction import LLOQ_EVENTS, LOD_EVENTS
from nktrial.model.rare import Detection

__all__ = ["detection"]

LOD: Final = LOD_EVENTS
LOQ: Final = LLOQ_EVENTS


def detection(events: int) -> Detection:
    """Return the status of a number of events."""
    if events < LOD:
        return "not_detected"
    return "detected_below_loq" if events < LOQ else "quantifiable"
