"""What a file says about the place of DATA, held against the file.

Definition
    HEADER and TEXT each name the first and the last byte. Against a claim may speak that it ends before it begins,
    that it touches HEADER or TEXT, that it leaves the file, or that its length is not that of ``$TOT`` events. A last
    byte that is one too high or too low speaks against nothing; the claim's slack tells it.

Not decided here
    Which claim is taken (`nktrial.formats.fcs_locate`).
"""

from dataclasses import dataclass
from typing import Final

from nktrial.formats.fcs_header import HEADER_BYTES, Header, Segment
from nktrial.formats.fcs_layout import Layout
from nktrial.formats.window import Window

__all__ = ["Claim", "clearly_better", "misplaced", "stated_claim"]

PLAUSIBLE_RATIO: Final = 10.0  # [unverified] decides between reading and refusing, never between two numbers alone
IMPLAUSIBLE_SHARE: Final = 0.01  # [unverified]


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of the file about DATA and what speaks against it.

    Parameters
    ----------
    origin : str
        ``HEADER`` or ``TEXT``.
    segment : Segment
        As stated.
    events : int
        ``$TOT``, or what the length holds where it is missing.
    against : str
        Empty, ``reversed``, ``overlap``, ``beyond`` or ``length``.
    slack : int
        Stated length minus needed length [bytes].
    """

    origin: str
    segment: Segment
    events: int
    against: str
    slack: int


def clearly_better(share: float, against: float) -> bool:
    """Tell whether a share of implausible values is so much lower than another that it decides."""
    return against >= IMPLAUSIBLE_SHARE and share * PLAUSIBLE_RATIO <= against


def misplaced(segment: Segment, last: int, window: Window, header: Header) -> str:
    """Return what speaks against a segment's place, whose values end at byte ``last``."""
    if segment.length < 0:
        return "reversed"
    empty = last < segment.begin
    before_text = segment.begin > header.text.end or last < header.text.begin
    if not empty and (segment.begin < HEADER_BYTES or not before_text):
        return "overlap"
    return "beyond" if segment.end > window.size else ""


def stated_claim(origin: str, segment: Segment, window: Window, header: Header, layout: Layout) -> Claim:
    """Hold one statement against the file."""
    length = max(segment.length, 0)
    events = layout.total if layout.total is not None else layout.events_in(length)
    need = layout.bytes_of(events)
    slack = segment.length - need
    against = misplaced(segment, segment.begin + need - 1, window, header)
    if not against and slack and (abs(slack) > 1 or layout.row_bits <= 8):
        against = "length"
    elif not against and segment.begin + need > window.size:
        against = "beyond"
    return Claim(origin, segment, events, against, slack)
