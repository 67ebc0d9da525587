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

from nktrial.formats.fcs_ascii import FreeText
from nktrial.formats.fcs_claims import Claim, clearly_better, stated_claim
from nktrial.formats.fcs_columns import Data
from nktrial.formats.fcs_free import free_text
from nktrial.formats.fcs_header import HEADER_BYTES, Header, Segment
from nktrial.formats.fcs_layout import Layout
from nktrial.formats.fcs_log import FcsLog
from nktrial.formats.fcs_storage import decide_storage
from nktrial.formats.fcs_values import implausible_share
from nktrial.formats.window import Window

__all__ = ["locate_data"]

PADDING: Final = frozenset(b" \t\r\n")


@dataclass(frozen=True, slots=True)
class _File:
    """Everything a decision may look at."""

    window: Window
    header: Header
    layout: Layout
    log: FcsLog

    def data(self, begin: int, events: int) -> Data:
        """Return events at a place inside the file."""
        length = self.layout.bytes_of(events)
        taken = self.window.take(begin, length, "DATA")
        return Data(taken, events, self.layout, self.window.name, begin)

    def share(self, begin: int, events: int) -> float:
        """Return the share of implausible values at a place."""
        return implausible_share(self.data(begin, events))


def locate_data(window: Window, header: Header, stated: Segment | None, layout: Layout, log: FcsLog) -> Data:
    """Decide where DATA lies, how many events it holds and how they are stored.

    Parameters
    ----------
    window : Window
        The data set.
    header : Header
        With the offsets of HEADER.
    stated : Segment or None
        ``$BEGINDATA`` and ``$ENDDATA``.
    layout : Layout
        Bits of an event and ``$TOT``.
    log : FcsLog
        Takes the findings.

    Raises
    ------
    SourceError
        NK-FCS-18 to NK-FCS-25, NK-FCS-35, see docs/errors.
    """
    segments = [(origin, one) for origin, one in (("HEADER", header.data), ("TEXT", stated)) if one is not None]
    if not segments:
        return _no_offsets(window, layout, log)
    if layout.storage == "text":
        return free_text(window, header, segments, layout, log)

    def claims_of(reading: Layout) -> list[Claim]:
        return [stated_claim(origin, segment, window, header, reading) for origin, segment in segments]

    def share_of(claim: Claim, reading: Layout) -> float:
        return _File(window, header, reading, log).share(claim.segment.begin, claim.events)

    file = _File(window, header, decide_storage(layout, claims_of, share_of, log), log)
    claims = claims_of(file.layout)
    fitting = [claim for claim in claims if not claim.against]
    if not fitting:
        return _diagnosed(claims, file)
    exact = [claim for claim in fitting if not claim.slack] or fitting
    chosen = exact[0]
    if len(exact) == 2 and exact[0].segment.begin != exact[1].segment.begin:
        chosen = _better(exact[0], exact[1], file)
    _note_choice(chosen, claims, layout, log)
    _require_alignment(chosen, file)
    return file.data(chosen.segment.begin, chosen.events)


def _better(one: Claim, other: Claim, file: _File) -> Claim:
    """Choose between two places that both fit."""
    shares = [file.share(claim.segment.begin, claim.events) for claim in (one, other)]
    if clearly_better(shares[0], shares[1]):
        return one
    if clearly_better(shares[1], shares[0]):
        return other
    early, late = sorted((one, other), key=lambda claim: claim.segment.begin)
    gap = file.window.take(early.segment.begin, late.segment.begin - early.segment.begin, "DATA")
    if set(gap) <= PADDING:
        return late
    if early.segment.begin == file.header.text.end + 1 and any(gap):
        return early
    file.log.refuse(
        "NK-FCS-25",
        f"HEADER places DATA at byte {one.segment.begin:,} and TEXT at byte {other.segment.begin:,}; both fit and "
        "the values do not tell which is right.",
        place="byte 26 (HEADER) against $BEGINDATA",
        remedy="Export the file again; to read it by HEADER all the same, tolerate NK-FCS-25.",
    )
    return one


def _require_alignment(chosen: Claim, file: _File) -> None:
    """Refuse a place whose last byte is off by one where the first byte may be the wrong one instead."""
    if not chosen.slack or not chosen.events:
        return
    begin = chosen.segment.begin
    shifted = begin + chosen.slack
    if shifted < HEADER_BYTES or shifted + file.layout.bytes_of(chosen.events) > file.window.size:
        return
    if clearly_better(file.share(shifted, chosen.events), file.share(begin, chosen.events)):
        file.log.refuse(
            "NK-FCS-19",
            f"DATA is stated one byte too {'long' if chosen.slack > 0 else 'short'}, and its values are sensible only "
            f"where they begin at byte {shifted:,} in place of {begin:,}.",
            place=f"byte {begin} (DATA)",
            remedy="Export the file again; its offsets are wrong.",
        )


def _note_choice(chosen: Claim, claims: list[Claim], layout: Layout, log: FcsLog) -> None:
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


def _no_offsets(window: Window, layout: Layout, log: FcsLog) -> Data:
    """Deal with a file that names no place of DATA."""
    if layout.total == 0:
        empty = FreeText(memoryview(b""), 0, 0, ((0, 0),)) if layout.storage == "text" else None
        return Data(memoryview(b""), 0, layout, window.name, HEADER_BYTES, empty)
    raise log.refusal(
        "NK-FCS-20",
        "neither HEADER nor TEXT says where DATA lies.",
        place="byte 26 (DATA offsets)",
        remedy="Export the file again; its offsets are missing.",
    )


def _diagnosed(claims: list[Claim], file: _File) -> Data:
    """Say what is wrong with DATA; return a place where the caller tolerates it."""
    claim = min(claims, key=lambda one: ("beyond", "length", "overlap", "reversed").index(one.against))
    segment, layout, log = claim.segment, file.layout, file.log
    place = f"byte {segment.begin} (DATA, {claim.origin})"
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
            f"{file.header.text.end:,}.",
            place=place,
            remedy="The offsets are wrong; export the file again.",
        )
    readable = layout.events_in(max(min(segment.length, file.window.size - segment.begin), 0))
    events = readable if layout.total is None else min(readable, layout.total)
    if claim.against == "beyond":
        last = max(segment.end, segment.begin + layout.bytes_of(claim.events) - 1)
        log.refuse(
            "NK-FCS-23",
            f"DATA would end at byte {last:,} but the file has {file.window.size:,}; {events:,} of {claim.events:,} "
            "events are complete.",
            place=place,
            remedy="The file is truncated; export it again, or tolerate NK-FCS-23 to read the complete events.",
        )
    else:
        stated = "missing" if layout.total is None else f"{layout.total:,}"
        log.refuse(
            "NK-FCS-24",
            f"$TOT is {stated}, but DATA of {segment.length:,} bytes holds {8 * segment.length / layout.row_bits:,.2f} "
            f"events of {layout.row_bits / 8:,.6g} bytes.",
            place=place,
            remedy=f"Export the file again, or tolerate NK-FCS-24 to read {events:,} events.",
        )
    return file.data(segment.begin, events)
