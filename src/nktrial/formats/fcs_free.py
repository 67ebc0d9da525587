"""Where DATA lies when its values are text of any length.

Definition
    An event has no length, so the number of values tells: a segment fits when it lies inside the file, touches
    neither HEADER nor TEXT, holds unsigned integers and delimiters only, and as many of them as ``$TOT`` events
    have. Without ``$TOT`` (optional in FCS 2.0), DATA is read to its end and must hold whole events.

Not decided here
    How the values are written (`nktrial.formats.fcs_ascii`).
"""

from nktrial.core.errors import SourceError
from nktrial.formats.fcs_ascii import DELIMITERS, FreeText, index_free_text
from nktrial.formats.fcs_claims import misplaced
from nktrial.formats.fcs_columns import Data
from nktrial.formats.fcs_header import Header, Segment
from nktrial.formats.fcs_layout import Layout
from nktrial.formats.fcs_log import FcsLog
from nktrial.formats.window import Window

__all__ = ["free_text"]


def free_text(window: Window, header: Header, segments: list[tuple[str, Segment]], layout: Layout, log: FcsLog) -> Data:
    """Return DATA of free text.

    Raises
    ------
    SourceError
        NK-FCS-21 to NK-FCS-25 as for other data; NK-FCS-35 DATA holds something else than numbers.
    """
    placed = [(origin, one) for origin, one in segments if not misplaced(one, one.end, window, header)]
    if not placed:
        raise _misplaced(segments[0], window, header, log)
    texts = [(origin, one, _read(window, one)) for origin, one in placed]
    good = [(origin, one, text) for origin, one, text in texts if text is not None and _whole(text, layout)]
    if not good:
        origin, segment, text = next((one for one in texts if one[2] is not None), texts[0])
        fewer, events = _fewer(segment, origin, text, layout, log)
        return Data(fewer.data, events, layout, window.name, segment.begin, fewer)
    origin, segment, text = good[0]
    if len(good) == 2 and not _same(window, good[0][1], good[1][1]):
        log.refuse(
            "NK-FCS-25",
            f"HEADER places DATA at byte {segment.begin:,} and TEXT at byte {good[1][1].begin:,}; both hold "
            f"{text.count:,} numbers.",
            place="byte 26 (HEADER) against $BEGINDATA",
            remedy="Export the file again; to read it by HEADER all the same, tolerate NK-FCS-25.",
        )
    for other, one in segments:
        if one != segment:
            log.note(
                "NK-FCS-50",
                f"HEADER and TEXT disagree about DATA; {origin} (bytes {segment.begin:,} to {segment.end:,}) fits the "
                f"file, {other} says {one.begin:,} to {one.end:,}.",
                severity="warning",
                evidence={"chosen": origin, "begin": segment.begin},
            )
    events = text.count // len(layout.columns)
    if layout.total is None:
        log.note(
            "NK-FCS-52",
            f"$TOT is missing; {events:,} events follow from the numbers of DATA.",
            severity="warning",
        )
    return Data(text.data, events, layout, window.name, segment.begin, text)


def _read(window: Window, segment: Segment) -> FreeText | None:
    """Read the numbers of a segment; a last byte beyond the file is left out."""
    length = min(segment.length, window.size - segment.begin)
    return index_free_text(window.take(segment.begin, length, "DATA"))


def _whole(text: FreeText, layout: Layout) -> bool:
    """Tell whether the numbers are those of ``$TOT`` events, or of whole events where it is missing."""
    if layout.total is None:
        return text.count % len(layout.columns) == 0
    return text.count == layout.total * len(layout.columns)


def _same(window: Window, one: Segment, other: Segment) -> bool:
    """Tell whether two segments with as many numbers begin at the same number."""
    low, high = sorted((one.begin, other.begin))
    return not bytes(window.take(low, high - low, "DATA")).strip(DELIMITERS)


def _misplaced(stated: tuple[str, Segment], window: Window, header: Header, log: FcsLog) -> SourceError:
    """Return the error for segments that cannot be DATA."""
    origin, segment = stated
    against = misplaced(segment, segment.end, window, header)
    code, problem = {
        "reversed": ("NK-FCS-21", "ends before it begins"),
        "overlap": ("NK-FCS-22", f"overlaps HEADER or TEXT, which ends at byte {header.text.end:,}"),
        "beyond": ("NK-FCS-23", f"ends beyond the file, which has {window.size:,} bytes"),
    }[against]
    return log.refusal(
        code,
        f"DATA at bytes {segment.begin:,} to {segment.end:,} {problem}.",
        place=f"byte {segment.begin} (DATA, {origin})",
        remedy="The offsets are wrong or the file is truncated; export it again.",
    )


def _fewer(segment: Segment, origin: str, text: FreeText | None, layout: Layout, log: FcsLog) -> tuple[FreeText, int]:
    """Refuse text that is not as many numbers as it should be, or read the events that it holds."""
    place = f"byte {segment.begin} (DATA, {origin})"
    count = len(layout.columns)
    if text is None:
        raise log.refusal(
            "NK-FCS-35",
            "expected unsigned integers between blanks, tabs, commas or ends of line, found something else.",
            place=place,
            remedy="The offsets of DATA are wrong, or the file is damaged; export it again.",
        )
    events = text.count // count if layout.total is None else min(text.count // count, layout.total)
    stated = "missing" if layout.total is None else f"{layout.total:,}"
    log.refuse(
        "NK-FCS-24",
        f"$TOT is {stated}, but DATA holds {text.count:,} numbers for {count:,} channels.",
        place=place,
        remedy=f"Export the file again, or tolerate NK-FCS-24 to read {events:,} events.",
    )
    return text, events
