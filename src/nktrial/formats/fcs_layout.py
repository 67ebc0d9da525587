"""How the DATA segment is laid out: type, byte order, columns.

Definition
    Events are rows of ``$PAR`` values, each of ``$PnB`` bits: unsigned integers ($DATATYPE I), IEEE floats (F, 32
    bits) or doubles (D, 64 bits), without padding. FCS 3.2 lets ``$PnDATATYPE`` differ by column. Integers are
    masked to the bits that ``$PnR`` needs (FCS 3.1, keyword $PnR).

Not decided here
    Where DATA lies. ASCII data ($DATATYPE A), histograms ($MODE C, U) and bit-packed integers are refused.
"""

import re
from dataclasses import dataclass
from typing import Final

from nktrial.formats.fcs_keywords import Keywords, real_number
from nktrial.formats.fcs_log import FcsLog

__all__ = ["Column", "Layout", "read_layout"]

MAX_CHANNELS: Final = 10_000
MAX_INTEGER_BITS: Final = 64
FLOAT_BITS: Final = {"F": 32, "D": 64}
LITTLE: Final = re.compile(r"1,2(,3,4(,5,6,7,8)?)?")
BIG: Final = re.compile(r"((8,7,6,5,)?4,3,)?2,1")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of DATA.

    Parameters
    ----------
    kind : str
        ``I``, ``F`` or ``D``.
    bits : int
        ``$PnB`` as stated.
    width : int
        Bytes that a value takes.
    top : float
        ``$PnR``; 0.0 where the file has none.
    """

    kind: str
    bits: int
    width: int
    top: float

    @property
    def mask(self) -> int | None:
        """Bits of an integer that ``$PnR`` needs, None where all bits of the width count."""
        if self.kind != "I" or self.top < 2:
            return None
        needed = (-int(-self.top // 1) - 1).bit_length()
        return None if needed >= 8 * self.width else (1 << needed) - 1


@dataclass(frozen=True, slots=True)
class Layout:
    """All columns, the byte order (``<`` or ``>``) and ``$TOT``."""

    columns: tuple[Column, ...]
    order: str
    total: int | None

    @property
    def row_bytes(self) -> int:
        """Bytes of one event."""
        return sum(column.width for column in self.columns)

    @property
    def has_odd_widths(self) -> bool:
        """Whether a width is no whole number of bytes."""
        return any(column.bits % 8 for column in self.columns)


def read_layout(keywords: Keywords, version: str, log: FcsLog) -> Layout:
    """Read what the keywords say about DATA.

    Raises
    ------
    SourceError
        NK-FCS-10 to NK-FCS-17, see docs/errors.
    """
    _require_list_mode(keywords, log)
    n_channels = keywords.integer("$PAR")
    if n_channels is None:
        keywords.required("$PAR")
    if not n_channels or n_channels > MAX_CHANNELS:
        raise log.refusal(
            "NK-FCS-12",
            f"expected 1 to {MAX_CHANNELS:,} channels, found {keywords.text('$PAR')}.",
            place="TEXT ($PAR)",
            remedy="The keyword is damaged; export the file again.",
        )
    default = keywords.required("$DATATYPE").upper()
    keywords.required(f"$P{n_channels}B")  # a wrong $PAR fails here, before any loop
    columns = tuple(_column(number, default, version, keywords, log) for number in range(1, n_channels + 1))
    rangeless = [number for number, column in enumerate(columns, start=1) if column.kind != "I" and not column.top]
    if rangeless:
        log.note(
            "NK-FCS-69",
            f"{len(rangeless)} floating-point channels have no range ($PnR), the first is channel {rangeless[0]}.",
        )
    return Layout(columns, _byte_order(columns, keywords, log), keywords.integer("$TOT"))


def _require_list_mode(keywords: Keywords, log: FcsLog) -> None:
    """Refuse histograms; assume list mode where nothing is said."""
    mode = keywords.text("$MODE").upper()
    if not mode:
        log.note("NK-FCS-68", "$MODE is missing; the data were read as a list of events.")
    elif mode != "L":
        raise log.refusal(
            "NK-FCS-13",
            f"expected $MODE L (a list of events), found {log.shown(mode)}.",
            place="TEXT ($MODE)",
            remedy="Export the events as a list; histograms cannot be gated.",
        )


def _byte_order(columns: tuple[Column, ...], keywords: Keywords, log: FcsLog) -> str:
    """Return ``<`` or ``>``."""
    order = keywords.text("$BYTEORD").replace(" ", "")
    if not order and all(column.width == 1 for column in columns):
        return "<"
    keywords.required("$BYTEORD")
    if LITTLE.fullmatch(order):
        return "<"
    if BIG.fullmatch(order):
        return ">"
    raise log.refusal(
        "NK-FCS-15",
        f"expected $BYTEORD 1,2,3,4 or 4,3,2,1, found {log.shown(order)}.",
        place="TEXT ($BYTEORD)",
        remedy="Export the file again as FCS 3.1.",
    )


def _column(number: int, default: str, version: str, keywords: Keywords, log: FcsLog) -> Column:
    """Read one column."""
    key = f"$P{number}DATATYPE"
    kind = (keywords.text(key).upper() or default) if version == "FCS3.2" else default
    if kind not in {"I", "F", "D"}:
        raise log.refusal(
            "NK-FCS-14",
            f"expected data type I, F or D, found {log.shown(kind)}.",
            place=f"TEXT ($DATATYPE of channel {number})",
            remedy="Export the file again with floating-point data.",
        )
    key = f"$P{number}B"
    keywords.required(key)
    bits = keywords.integer(key) or 0
    if not 1 <= bits <= MAX_INTEGER_BITS or bits != FLOAT_BITS.get(kind, bits):
        expected = FLOAT_BITS.get(kind, f"1 to {MAX_INTEGER_BITS}")
        raise log.refusal(
            "NK-FCS-16",
            f"expected {expected} bits for data type {kind}, found {keywords.text(key)}.",
            place=f"TEXT ({key})",
            remedy="The keyword is damaged; export the file again.",
        )
    # Widths that are no whole bytes occur as words (10 bits declared, 16 stored); `fcs_locate` compares the length.
    width = bits // 8 if bits % 8 == 0 else next(size for size in (1, 2, 4, 8) if 8 * size > bits)
    return Column(kind, bits, width, _top(number, kind, keywords, log))


def _top(number: int, kind: str, keywords: Keywords, log: FcsLog) -> float:
    """Read ``$PnR``; floats can do without it, integers cannot."""
    key = f"$P{number}R"
    text = keywords.text(key)
    value = real_number(text)
    if value is not None and value >= 2:
        return value
    if value is not None and value > 0 and kind != "I":
        return value
    if kind == "I" or (text and value != 0):
        log.refuse(
            "NK-FCS-17",
            f"expected a range of at least {2 if kind == 'I' else 0}, found {log.shown(text) if text else 'none'}.",
            place=f"TEXT ({key})",
            remedy="Export the file again; without its range a channel's values cannot be read safely.",
        )
    return 0.0
