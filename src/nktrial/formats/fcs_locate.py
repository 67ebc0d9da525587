"""Where DATA lies: HEADER and TEXT each name a place, and the evidence decides.

Definition
    A place fits when it lies inside the file, does not touch HEADER or TEXT, and its length is ``$TOT`` times the
    bytes of an event. A last byte stated one too high or one too low is read as meant and noted; a place of the
    exact length goes before it. Of two fitting places that differ, the one whose values keep to ``$PnR`` is taken;
    failing that, the later one where only blanks lie between, or the one that begins at the byte after TEXT where
    something else than blanks and zeros does. What stays open is refused. Public files with wrong offsets are common
    (Bras and van der Velden 2020, PMC7754493).

Not decided here
    What the values are.
"""

from dataclasses import dataclass
from typing import Final

from nktrial.formats.fcs_header import HEADER_BYTES, Header, Segment
from nktrial.formats.fcs_layout import Layout
from nktrial.formats.fcs_log import FcsLog
from nktrial.formats.fcs_values import implausible_share
from nktrial.formats.window import Window

__all__ = ["Place", "locate_data"]

PLAUSIBLE_RATIO: Final = 10.0  # [unverified] decides between reading and refusing, never between two numbers alone
IMPLAUSIBLE_SHARE: Final = 0.01  # [unverified]
PADDING: Final = b" \t\r\n"
BLOCK_BYTES: Final = 1024**2


@dataclass(frozen=True, slots=True)
class Place:
    """First byte of DATA and number of events that are read there."""

    begin: int
    events: int


@dataclass(frozen=True, slots=True)
class _Claim:
    """One statement of the file about DATA and what speaks against it."""

    origin: str
    segment: Segment
    events: int
    against: str  # "", "reversed", "overlap", "beyond" or "length"
    slack: int  # stated length minus needed length


def locate_data(window: Window, header: Header, stated: Segment | None, layout: Layout, log: FcsLog) -> Place:
    """Decide where DATA lies and how many events it holds.

    Parameters
    ----------
    window : Window
        The data set.
    header : Header
        With the offsets of HEADER.
    stated : Segment or None
        ``$BEGINDATA`` and ``$ENDDATA``.
    layout : Layout
        Bytes of an event and ``$TOT``.
    log : FcsLog
        Takes the findings.

    Raises
    ------
    SourceError
        NK-FCS-18, NK-FCS-20 to NK-FCS-25, see docs/errors.
    """
    if layout.total is None:
        _require_whole_bytes(layout, log)
    claims = [
        _claim(origin, segment, window, header, layout)
        for origin, segment in (("HEADER", header.data), ("TEXT", stated))
        if segment is not None
    ]
    if not claims:
        return _no_offsets(layout, log)
    fitting = [claim for claim in claims if not claim.against]
    if not fitting:
        return _diagnosed(claims, window, header, layout, log)
    exact = [claim for claim in fitting if not claim.slack] or fitting
    chosen = exact[0]
    if len(exact) == 2 and exact[0].segment.begin != exact[1].segment.begin:
        chosen = _better(exact[0], exact[1], window, header, layout, log)
    _note_choice(chosen, claims, layout, log)
    _require_alignment(chosen, window, layout, log)
    return Place(chosen.segment.begin, chosen.events)


def _claim(origin: str, segment: Segment, window: Window, header: Header, layout: Layout) -> _Claim:
    """Hold one statement against the file."""
    row = layout.row_bytes
    events = layout.total if layout.total is not None else max(segment.length, 0) // row
    need = events * row
    slack = segment.length - need
    last = segment.begin + need - 1
    against = ""
    if segment.length < 0:
        against = "reversed"
    elif need and (segment.begin < HEADER_BYTES or (segment.begin <= header.text.end and header.text.begin <= last)):
        against = "overlap"
    elif segment.end > window.size:
        against = "beyond"
    elif slack and (abs(slack) > 1 or row == 1):
        against = "length"
    elif segment.begin + need > window.size:
        against = "beyond"
    return _Claim(origin, segment, events, against, slack)


def _better(one: _Claim, other: _Claim, window: Window, header: Header, layout: Layout, log: FcsLog) -> _Claim:
    """Choose between two places that both fit."""
    shares = [implausible_share(window, claim.segment.begin, claim.events, layout) for claim in (one, other)]
    if _clearly_better(shares[0], shares[1]):
        return one
    if _clearly_better(shares[1], shares[0]):
        return other
    early, late = sorted((one, other), key=lambda claim: claim.segment.begin)
    gap = window.take(early.segment.begin, late.segment.begin - early.segment.begin, "DATA")
    if _holds_only(gap, PADDING):
        return late
    if early.segment.begin == header.text.end + 1 and not _holds_only(gap, b"\0"):
        return early
    log.refuse(
        "NK-FCS-25",
        f"HEADER places DATA at byte {one.segment.begin:,} and TEXT at byte {other.segment.begin:,}; both fit and "
        "the values do not tell which is right.",
        place="byte 26 (HEADER) against $BEGINDATA",
        remedy="Export the file again; to read it by HEADER all the same, tolerate NK-FCS-25.",
    )
    return one


def _holds_only(gap: memoryview, filling: bytes) -> bool:
    """Tell whether a stretch of the file holds nothing else; by blocks, since it may be as long as the file."""
    blocks = range(0, len(gap), BLOCK_BYTES)
    return not any(bytes(gap[start : start + BLOCK_BYTES]).strip(filling) for start in blocks)


def _clearly_better(share: float, against: float) -> bool:
    return against >= IMPLAUSIBLE_SHARE and share * PLAUSIBLE_RATIO <= against


def _require_alignment(chosen: _Claim, window: Window, layout: Layout, log: FcsLog) -> None:
    """Refuse a place whose last byte is off by one where the first byte may be the wrong one instead."""
    if not chosen.slack or not chosen.events:
        return
    begin = chosen.segment.begin
    shifted = begin + chosen.slack
    if shifted < HEADER_BYTES or shifted + chosen.events * layout.row_bytes > window.size:
        return
    share = implausible_share(window, begin, chosen.events, layout)
    if _clearly_better(implausible_share(window, shifted, chosen.events, layout), share):
        log.refuse(
            "NK-FCS-19",
            f"DATA is stated one byte too {'long' if chosen.slack > 0 else 'short'}, and its values are sensible only "
            f"where they begin at byte {shifted:,} in place of {begin:,}.",
            place=f"byte {begin} (DATA)",
            remedy="Export the file again; its offsets are wrong.",
        )


def _note_choice(chosen: _Claim, claims: list[_Claim], layout: Layout, log: FcsLog) -> None:
    """Record disagreement and ends that are off by one."""
    if chosen.slack and chosen.events:
        log.note(
            "NK-FCS-51",
            f"DATA is stated one byte too {'long' if chosen.slack > 0 else 'short'}; {chosen.events:,} events were "
            "read from its first byte.",
        )
    others = [claim for claim in claims if claim.segment != chosen.segment]
    for claim in others:
        log.note(
            "NK-FCS-50",
            f"HEADER and TEXT disagree about DATA; {chosen.origin} (bytes {chosen.segment.begin:,} to "
            f"{chosen.segment.end:,}) fits the file, {claim.origin} says {claim.segment.begin:,} to "
            f"{claim.segment.end:,}.",
            severity="warning",
            evidence={"chosen": chosen.origin, "begin": chosen.segment.begin},
        )
    if layout.total is None:
        log.note(
            "NK-FCS-52",
            f"$TOT is missing; {chosen.events:,} events follow from the length of DATA.",
            severity="warning",
        )
    if layout.has_odd_widths:
        log.note(
            "NK-FCS-59",
            "bit widths that are no whole bytes are declared, but the length of DATA shows that values stand in "
            "whole words; read so.",
            severity="warning",
        )


def _no_offsets(layout: Layout, log: FcsLog) -> Place:
    """Deal with a file that names no place of DATA."""
    if layout.total == 0:
        return Place(HEADER_BYTES, 0)
    raise log.refusal(
        "NK-FCS-20",
        "neither HEADER nor TEXT says where DATA lies.",
        place="byte 26 (DATA offsets)",
        remedy="Export the file again; its offsets are missing.",
    )


def _diagnosed(claims: list[_Claim], window: Window, header: Header, layout: Layout, log: FcsLog) -> Place:
    """Say what is wrong with DATA; return a place where the caller tolerates it."""
    claim = min(claims, key=lambda one: ("beyond", "length", "overlap", "reversed").index(one.against))
    segment = claim.segment
    place = f"byte {segment.begin} (DATA, {claim.origin})"
    row = layout.row_bytes
    if claim.against == "reversed":
        raise log.refusal(
            "NK-FCS-21",
            f"DATA would end at byte {segment.end:,}, before it begins at byte {segment.begin:,}.",
            place=place,
            remedy="The offsets are wrong; export the file again.",
        )
    if claim.against == "overlap":
        raise log.refusal(
            "NK-FCS-22",
            f"DATA at bytes {segment.begin:,} to {segment.end:,} overlaps HEADER or TEXT, which ends at byte "
            f"{header.text.end:,}.",
            place=place,
            remedy="The offsets are wrong; export the file again.",
        )
    if claim.against == "length" and layout.has_odd_widths:
        _require_whole_bytes(layout, log)
    readable = max(min(segment.length, window.size - segment.begin), 0) // row
    events = readable if layout.total is None else min(readable, layout.total)
    if claim.against == "beyond":
        log.refuse(
            "NK-FCS-23",
            f"DATA would end at byte {max(segment.end, segment.begin + claim.events * row - 1):,} but the file has "
            f"{window.size:,}; {events:,} of {claim.events:,} events are complete.",
            place=place,
            remedy="The file is truncated; export it again, or tolerate NK-FCS-23 to read the complete events.",
        )
    else:
        stated = "missing" if layout.total is None else f"{layout.total:,}"
        log.refuse(
            "NK-FCS-24",
            f"$TOT is {stated}, but DATA of {segment.length:,} bytes holds {segment.length / row:,.2f} events of "
            f"{row:,} bytes.",
            place=place,
            remedy=f"Export the file again, or tolerate NK-FCS-24 to read {events:,} events.",
        )
    return Place(segment.begin, events)


def _require_whole_bytes(layout: Layout, log: FcsLog) -> None:
    """Refuse integers that may be packed into bits."""
    if layout.has_odd_widths:
        raise log.refusal(
            "NK-FCS-18",
            "values of widths that are no whole bytes are packed into bits, or may be; they are not read.",
            place="TEXT ($PnB)",
            remedy="Export the file again with 16 or 32 bits a value.",
        )
