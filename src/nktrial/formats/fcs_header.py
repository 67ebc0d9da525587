"""HEADER of an FCS data set: the version and the offsets of TEXT and DATA.

Definition
    Six bytes of version, four spaces, then right-justified decimal offsets of eight bytes each: first and last
    byte of TEXT, DATA and ANALYSIS. 0 or blanks for DATA mean that TEXT holds the offsets (FCS 3.0 and later,
    where a segment ends beyond byte 99,999,999). FCS 3.1, section 3.1; FCS 3.2, section 3.1.

Not decided here
    Whether the offsets are right (`nktrial.formats.fcs_locate`). ANALYSIS and OTHER segments are not read.
"""

from dataclasses import dataclass
from typing import Final

from nktrial.formats.fcs_log import FcsLog
from nktrial.formats.sniff import looks_like
from nktrial.formats.window import Window, printable

__all__ = ["HEADER_BYTES", "MAX_TEXT_BYTES", "VERSIONS", "Header", "Segment", "read_header"]

HEADER_BYTES: Final = 58
MAX_TEXT_BYTES: Final = 16 * 1024**2
VERSIONS: Final = ("FCS2.0", "FCS3.0", "FCS3.1", "FCS3.2")


@dataclass(frozen=True, slots=True)
class Segment:
    """First and last byte of a segment, as the file states them."""

    begin: int
    end: int

    @property
    def length(self) -> int:
        """Length [bytes]; zero or negative where the offsets are reversed."""
        return self.end - self.begin + 1


@dataclass(frozen=True, slots=True)
class Header:
    """Version, TEXT and DATA; DATA is None where TEXT must be asked."""

    version: str
    text: Segment
    data: Segment | None


def read_header(window: Window, log: FcsLog) -> Header:
    """Read the HEADER segment.

    Raises
    ------
    SourceError
        NK-FCS-01 not an FCS file; NK-FCS-02 unknown version; NK-FCS-03 shorter than a HEADER; NK-FCS-04 an offset
        is not a number; NK-FCS-05 the offsets of TEXT are impossible.
    """
    head = bytes(window.take(0, min(window.size, HEADER_BYTES), "HEADER"))
    if not head.startswith(b"FCS"):
        raise log.refusal(
            "NK-FCS-01",
            f"expected an FCS file, which begins with FCS, found {looks_like(head)}.",
            place="byte 0",
            remedy="Give the file that the cytometer exported.",
        )
    if len(head) < HEADER_BYTES:
        raise log.refusal(
            "NK-FCS-03",
            f"the file ends after {len(head)} bytes, within the HEADER of {HEADER_BYTES}.",
            place="byte 0 (HEADER)",
            remedy="The file is truncated; export it again.",
        )
    version = head[:6].decode("latin-1")
    if version not in VERSIONS:
        raise log.refusal(
            "NK-FCS-02",
            f"expected one of {', '.join(VERSIONS)}, found {printable(version)}.",
            place="byte 0 (version)",
            remedy="Export the file as FCS 3.1.",
        )
    fields = [_offset(head, 10 + 8 * index, log) for index in range(4)]
    text_begin, text_end, data_begin, data_end = fields
    text = Segment(text_begin or 0, text_end or 0)
    if text.begin < HEADER_BYTES or not 2 <= text.length <= MAX_TEXT_BYTES:
        raise log.refusal(
            "NK-FCS-05",
            f"TEXT cannot lie at bytes {text.begin:,} to {text.end:,}: expected at least byte {HEADER_BYTES} and a "
            f"length of 2 to {MAX_TEXT_BYTES:,} bytes.",
            place="byte 10 (TEXT offsets)",
            remedy="The HEADER is damaged; export the file again.",
        )
    data = Segment(data_begin, data_end) if data_begin and data_end else None
    return Header(version, text, data)


def _offset(head: bytes, start: int, log: FcsLog) -> int | None:
    """Return one offset, None for blanks."""
    field = head[start : start + 8].strip(b" \0")
    if not field:
        return None
    if not field.isdigit():
        raise log.refusal(
            "NK-FCS-04",
            f"expected a decimal offset, found {log.shown(field.decode('latin-1'))}.",
            place=f"byte {start} (HEADER)",
            remedy="The HEADER is damaged; export the file again.",
        )
    return int(field)
