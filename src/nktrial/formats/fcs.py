"""FCS 2.0 to 3.2, list mode: from a file's bytes to an event matrix.

Definition
    HEADER gives the version and the place of TEXT; TEXT gives the layout; DATA is viewed in place. Where the file
    contradicts itself, the evidence decides and a finding says so; what stays ambiguous is refused, unless the
    caller tolerates the error's code, which is then a finding. Data File Standard for Flow Cytometry: Spidlen 2010
    (3.1), Spidlen 2021 (3.2).

Not decided here
    Scaling, compensation, gating. ANALYSIS is not read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from nktrial.core.errors import SourceError
from nktrial.formats.fcs_channels import read_channels
from nktrial.formats.fcs_header import HEADER_BYTES, MAX_TEXT_BYTES, Header, Segment, read_header
from nktrial.formats.fcs_keywords import Keywords
from nktrial.formats.fcs_layout import Layout, read_layout
from nktrial.formats.fcs_locate import Place, locate_data
from nktrial.formats.fcs_log import FcsLog
from nktrial.formats.fcs_people import note_personal_keywords
from nktrial.formats.fcs_spillover import read_spillover
from nktrial.formats.fcs_text import merge_text, split_text
from nktrial.formats.fcs_values import count_not_finite, read_values, sum_of_values
from nktrial.formats.window import Window
from nktrial.model.events import Channel, EventMatrix, Spillover
from nktrial.model.origin import Extent

__all__ = ["FcsOutline", "data_set_offsets", "outline_fcs", "raw_sum", "read_fcs"]

MAX_DATA_SETS: Final = 64
MAX_NOT_FINITE: Final = 0.01


@dataclass(frozen=True, slots=True)
class FcsOutline:
    """What an FCS file says before its events are looked at."""

    events: int
    channels: tuple[Channel, ...]
    keywords: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Located:
    """HEADER and TEXT as read, and where DATA lies."""

    version: str
    keywords: Keywords
    layout: Layout
    place: Place
    extents: tuple[Extent, ...]


def read_fcs(window: Window, *, tolerate: frozenset[str] = frozenset()) -> EventMatrix:
    """Read the first data set of an FCS file.

    Parameters
    ----------
    window : Window
        The file.
    tolerate : frozenset of str
        Codes of errors that become findings: NK-FCS-09, -17, -19, -23, -24, -25, -26, -27, -28, -29, -33.

    Returns
    -------
    EventMatrix
        Its values are a view on the window's bytes wherever the layout allows it.

    Raises
    ------
    SourceError
        NK-WIN-01, NK-FCS-01 to NK-FCS-33, see docs/errors.
    """
    log = FcsLog(window.name, tolerate)
    found = _located(window, log)
    keywords, layout, place = found.keywords, found.layout, found.place
    values = read_values(window, place.begin, place.events, layout, log)
    channels = read_channels(keywords, layout, log)
    spillover = read_spillover(keywords.values, channels, log)
    _note_contents(place.events, count_not_finite(values), channels, spillover, log)
    note_personal_keywords(keywords.values, log)
    _note_data_sets(window, keywords, log)
    return EventMatrix(values, channels, spillover, keywords.values, found.version, found.extents, tuple(log.findings))


def outline_fcs(window: Window) -> FcsOutline:
    """Read an FCS file as far as it can be refused without a pass over its events.

    Raises
    ------
    SourceError
        As `read_fcs`, but for NK-FCS-29, which counts events.
    """
    log = FcsLog(window.name)
    found = _located(window, log)
    channels = read_channels(found.keywords, found.layout, log)
    read_spillover(found.keywords.values, channels, log)
    _note_data_sets(window, found.keywords, log)
    return FcsOutline(found.place.events, channels, found.keywords.values)


def _located(window: Window, log: FcsLog) -> _Located:
    """Read HEADER and TEXT, and find DATA."""
    header = read_header(window, log)
    primary = bytes(window.take(header.text.begin, header.text.length, "TEXT"))
    pairs = split_text(primary, log, "TEXT")
    extents = [
        Extent("HEADER", 0, HEADER_BYTES),
        Extent("TEXT", header.text.begin, header.text.end + 1),
    ]
    merged = dict(pairs)
    supplement = _supplement(window, Keywords(merged, log), primary[:1], header, log)
    if supplement is not None:
        segment, more = supplement
        pairs += more
        extents.append(Extent("supplemental TEXT", segment.begin, segment.end + 1))
    keywords = Keywords(merge_text(pairs, log), log)
    layout = read_layout(keywords, header.version, log)
    place = locate_data(window, header, _stated_data(keywords), layout, log)
    extents.append(Extent("DATA", place.begin, place.begin + place.events * layout.row_bytes))
    return _Located(header.version, keywords, layout, place, tuple(extents))


def raw_sum(matrix: EventMatrix) -> float:
    """Return the sum of all raw values: exact for integers, NaN where a float is not finite."""
    return sum_of_values(matrix.values)


def data_set_offsets(window: Window, first: int, log: FcsLog) -> tuple[int, ...]:
    """Follow ``$NEXTDATA`` from the first data set and return where the further ones begin.

    Raises
    ------
    SourceError
        NK-FCS-26 the chain leaves the file, does not lead to a data set, or has more than 64 links.
    """
    offsets: list[int] = []
    step = first
    while step:
        offset = (offsets[-1] if offsets else 0) + step
        if len(offsets) == MAX_DATA_SETS or offset + HEADER_BYTES > window.size:
            raise _broken_chain(log, f"byte {offset:,} lies outside the file or beyond {MAX_DATA_SETS} data sets")
        rest = Window(window.take(offset, window.size - offset, "data set"), window.name)
        if bytes(rest.take(0, 3, "HEADER")) != b"FCS":
            raise _broken_chain(log, f"no data set begins at byte {offset:,}")
        offsets.append(offset)
        step = _next_step(rest, log)
    return tuple(offsets)


def _next_step(rest: Window, log: FcsLog) -> int:
    """Return ``$NEXTDATA`` of a further data set, 0 where it cannot be read: it is listed and not used."""
    try:
        header = read_header(rest, log)
        text = bytes(rest.take(header.text.begin, header.text.length, "TEXT"))
        pairs = dict(split_text(text, FcsLog(log.name), "TEXT"))
        return Keywords(pairs, log).integer("$NEXTDATA") or 0
    except SourceError:
        return 0


def _broken_chain(log: FcsLog, problem: str) -> SourceError:
    return log.refusal(
        "NK-FCS-26",
        f"$NEXTDATA leads nowhere: {problem}.",
        place="TEXT ($NEXTDATA)",
        remedy="Export the file again; to read its first data set all the same, tolerate NK-FCS-26.",
    )


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


def _note_data_sets(window: Window, keywords: Keywords, log: FcsLog) -> None:
    """List further data sets."""
    text = keywords.text("$NEXTDATA")
    try:
        if text and not (text.isascii() and text.isdigit() and len(text) <= 20):
            raise _broken_chain(log, f"{log.shown(text)} is not an offset")
        further = data_set_offsets(window, int(text or 0), log)
    except SourceError as error:
        if error.code not in log.tolerate:
            raise
        log.note(error.code, f"Tolerated on request: {error.problem}", severity="warning")
        return
    if further:
        log.note(
            "NK-FCS-65",
            f"the file holds {len(further)} further data sets, at bytes {', '.join(f'{at:,}' for at in further)}; "
            "the first one was read.",
            severity="warning",
            evidence={"offsets": list(further)},
        )
