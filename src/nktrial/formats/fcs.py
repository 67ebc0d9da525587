"""FCS 2.0 to 3.2, list mode: from a file's bytes to an event matrix.

Definition
    HEADER gives the version and the place of TEXT; TEXT gives the layout; DATA is viewed in place. Where the file
    contradicts itself, the evidence decides and a finding says so; what stays ambiguous is refused, unless the
    caller tolerates the error's code, which is then a finding. Data File Standard for Flow Cytometry: Spidlen 2010
    (3.1), Spidlen 2021 (3.2).

Not decided here
    Scaling, compensation, gating. ANALYSIS is not read.
"""

from typing import Final

import numpy as np

from nktrial.formats.fcs_channels import read_channels
from nktrial.formats.fcs_header import HEADER_BYTES, MAX_TEXT_BYTES, Header, Segment, read_header
from nktrial.formats.fcs_keywords import Keywords
from nktrial.formats.fcs_layout import read_layout
from nktrial.formats.fcs_locate import locate_data
from nktrial.formats.fcs_log import FcsLog
from nktrial.formats.fcs_people import note_personal_keywords
from nktrial.formats.fcs_sets import data_set_start, note_data_sets
from nktrial.formats.fcs_spillover import read_spillover
from nktrial.formats.fcs_text import merge_text, split_text
from nktrial.formats.fcs_time import note_time
from nktrial.formats.fcs_values import count_not_finite, read_values, sum_of_values
from nktrial.formats.window import Window
from nktrial.model.events import Channel, EventMatrix, Spillover
from nktrial.model.origin import Extent

__all__ = ["TOLERABLE", "raw_sum", "read_fcs"]

MAX_NOT_FINITE: Final = 0.01
TOLERABLE: Final = frozenset(f"NK-FCS-{number:02}" for number in (9, 17, 18, 19, 23, 24, 25, 26, 27, 28, 29, 33))


def read_fcs(window: Window, *, data_set: int = 1, tolerate: frozenset[str] = frozenset()) -> EventMatrix:
    """Read a data set of an FCS file.

    Parameters
    ----------
    window : Window
        The file.
    data_set : int
        Which of its data sets, from 1.
    tolerate : frozenset of str
        Codes of errors that become findings, out of `TOLERABLE`.

    Returns
    -------
    EventMatrix
        Its values are a view on the window's bytes wherever the layout allows it; those of a large file stay in it.
        Its extents count from the first byte of the file.

    Raises
    ------
    SourceError
        NK-WIN-01, NK-FCS-01 to NK-FCS-35, see docs/errors.
    """
    if data_set == 1:
        return _read_set(window, window, 0, 1, FcsLog(window.name, tolerate))
    start = data_set_start(window, data_set, FcsLog(window.name, tolerate))
    part = window.tail(start, f"{window.name}, data set {data_set} from byte {start}")
    return _read_set(window, part, start, data_set, FcsLog(part.name, tolerate))


def raw_sum(matrix: EventMatrix) -> float:
    """Return the sum of all raw values: exact for integers, NaN where a float is not finite."""
    return sum_of_values(matrix.values)


def _read_set(file: Window, window: Window, start: int, number: int, log: FcsLog) -> EventMatrix:
    """Read one data set, which begins at byte ``start`` of the file."""
    header = read_header(window, log)
    primary = bytes(window.take(header.text.begin, header.text.length, "TEXT"))
    pairs = split_text(primary, log, "TEXT")
    extents = [
        Extent("HEADER", start, start + HEADER_BYTES),
        Extent("TEXT", start + header.text.begin, start + header.text.end + 1),
    ]
    merged = dict(pairs)
    supplement = _supplement(window, Keywords(merged, log), primary[:1], header, log)
    if supplement is not None:
        segment, more = supplement
        pairs += more
        extents.append(Extent("supplemental TEXT", start + segment.begin, start + segment.end + 1))
    values_of = merge_text(pairs, log)
    keywords = Keywords(values_of, log)
    layout = read_layout(keywords, header.version, log)
    data = locate_data(window, header, _stated_data(keywords), layout, log)
    values = read_values(window, data, log)
    extents.append(Extent("DATA", start + data.begin, start + data.begin + data.content.nbytes))
    channels = read_channels(keywords, layout, log)
    spillover = read_spillover(values_of, channels, log)
    _note_contents(data.events, count_not_finite(values), channels, spillover, log)
    note_time(values, channels, log)
    note_personal_keywords(values_of, log)
    note_data_sets(file, number, log)
    return EventMatrix(values, channels, spillover, values_of, header.version, tuple(extents), tuple(log.findings))


def _supplement(
    window: Window, keywords: Keywords, delimiter: bytes, header: Header, log: FcsLog
) -> tuple[Segment, list[tuple[str, str]]] | None:
    """Read supplemental TEXT where it is what it claims to be."""
    begin, end = keywords.integer("$BEGINSTEXT"), keywords.integer("$ENDSTEXT")
    if not begin or not end:
        return None
    segment = Segment(begin, end)
    inside = begin >= HEADER_BYTES and 2 <= segment.length <= MAX_TEXT_BYTES and end < window.size
    apart = begin > header.text.end or end < header.text.begin
    if inside and apart and bytes(window.take(begin, 1, "supplemental TEXT")) == delimiter:
        text = bytes(window.take(begin, segment.length, "supplemental TEXT"))
        return segment, split_text(text, log, "supplemental TEXT")
    within = begin >= header.text.begin and end <= header.text.end
    log.note(
        "NK-FCS-66",
        f"supplemental TEXT at bytes {begin:,} to {end:,} is not a TEXT segment of its own; it was not read.",
        severity="info" if within else "warning",
    )
    return None


def _stated_data(keywords: Keywords) -> Segment | None:
    """Return what TEXT says about DATA."""
    begin, end = keywords.integer("$BEGINDATA"), keywords.integer("$ENDDATA")
    return Segment(begin, end) if begin and end else None


def _note_contents(
    events: int, not_finite: int, channels: tuple[Channel, ...], spillover: Spillover | None, log: FcsLog
) -> None:
    """Record what a reader of the report should know about the events."""
    if events == 0:
        log.note("NK-FCS-53", "the file holds no events.", severity="warning")
    if not_finite > MAX_NOT_FINITE * events:
        log.refuse(
            "NK-FCS-29",
            f"{not_finite:,} of {events:,} events hold a value that is not a number, expected at most "
            f"{MAX_NOT_FINITE:.0%}.",
            place="DATA",
            remedy="Export the file again, or tolerate NK-FCS-29; such events lie in no gate.",
        )
    elif not_finite:
        log.note(
            "NK-FCS-57",
            f"{not_finite:,} of {events:,} events hold a value that is not a number; they lie in no gate.",
            severity="warning",
            evidence={"events": not_finite},
        )
    compensated = [channel.name for channel in channels if channel.name.lower().startswith("comp-")]
    if compensated and spillover is not None and not np.array_equal(spillover.matrix, np.eye(len(spillover.channels))):
        log.note(
            "NK-FCS-64",
            f"channel {log.shown(compensated[0])} looks compensated already, and the file holds a spillover matrix; "
            "compensating again would be wrong.",
            severity="warning",
        )
