"""How the DATA segment is laid out: type, byte order, columns.

Definition
    Events are rows of ``$PAR`` values, each of ``$PnB`` bits: unsigned integers ($DATATYPE I), IEEE floats (F, 32
    bits) or doubles (D, 64 bits), without padding; or ``$PnB`` characters of text (A), or text of any length where
    ``$PnB`` is ``*`` (FCS 3.0, section 3.2.20, $DATATYPE and $PnB). FCS 3.2 lets ``$PnDATATYPE`` differ by column.
    Integers are masked to the bits that ``$PnR`` needs (FCS 3.0, section 3.3).

Not decided here
    Where DATA lies, and whether integers of widths that are no whole bytes are packed or stand in words
    (`nktrial.formats.fcs_storage`). Histograms ($MODE C, U; deprecated since FCS 3.1) are refused.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from nktrial.core.errors import SourceError
from nktrial.formats.fcs_ascii import MAX_DIGITS
from nktrial.formats.fcs_keywords import Keywords, real_number
from nktrial.formats.fcs_log import FcsLog
from nktrial.formats.fcs_order import ByteOrder, read_byte_order

__all__ = ["Column", "Layout", "Storage", "read_layout"]

Storage: TypeAlias = Literal["words", "bits", "text"]

MAX_CHANNELS: Final = 10_000
MAX_INTEGER_BITS: Final = 64
MACHINE_WIDTHS: Final = (1, 2, 4, 8)
FLOAT_BITS: Final = {"F": 32, "D": 64}
MAX_TEXT_CHARACTERS: Final = 64
KINDS: Final = ("I", "F", "D", "A")
UNORDERED: Final = ByteOrder((0,))


@dataclass(frozen=True, slots=True)
class Column:
    """One column of DATA.

    Parameters
    ----------
    kind : str
        ``I``, ``F``, ``D`` or ``A``.
    bits : int
        ``$PnB`` as stated: bits, for text characters; 0 for text of any length.
    width : int
        Bytes that a value takes where values stand in whole bytes.
    top : float
        ``$PnR``; 0.0 where the file has none.
    ranks : tuple of int
        Rank of each byte in the order of writing, 0 = least significant.
    """

    kind: str
    bits: int
    width: int
    top: float
    ranks: tuple[int, ...] = ()

    @property
    def mask(self) -> int | None:
        """Bits of an integer that ``$PnR`` needs, None where all bits of the width count."""
        if self.kind != "I" or self.top < 2:
            return None
        needed = (-int(-self.top // 1) - 1).bit_length()
        return None if needed >= 8 * self.width else (1 << needed) - 1

    @property
    def largest(self) -> int:
        """Largest value that an integer or a text can have."""
        if self.kind == "A":
            return int(10 ** min(self.width or MAX_DIGITS, MAX_DIGITS)) - 1
        return self.mask or (1 << 8 * self.width) - 1

    @property
    def machine(self) -> str | None:
        """Type of numpy that reads the value in place, None where it must be put together."""
        rising = tuple(range(self.width))
        if self.kind == "A" or self.width not in MACHINE_WIDTHS or self.ranks not in (rising, rising[::-1]):
            return None
        return f"{'<' if self.ranks == rising else '>'}{'u' if self.kind == 'I' else 'f'}{self.width}"


@dataclass(frozen=True, slots=True)
class Layout:
    """All columns, how they are stored, the byte order and ``$TOT``.

    Parameters
    ----------
    columns : tuple of Column
        In the file's order.
    order : ByteOrder
        ``$BYTEORD``.
    total : int or None
        ``$TOT``.
    storage : {"words", "bits", "text"}
        Whole bytes; a stream of bits; text of any length.
    """

    columns: tuple[Column, ...]
    order: ByteOrder
    total: int | None
    storage: Storage = "words"

    @property
    def row_bits(self) -> int:
        """Bits of one event."""
        if self.storage == "bits":
            return sum(column.bits for column in self.columns)
        return 8 * sum(column.width for column in self.columns)

    @property
    def has_odd_widths(self) -> bool:
        """Whether a width is no whole number of bytes."""
        return any(column.kind == "I" and column.bits % 8 for column in self.columns)

    @property
    def can_be_packed(self) -> bool:
        """Whether the values can be a stream of bits: integers only, in an order that a stream can have."""
        return self.order.mark != "" and all(column.kind == "I" for column in self.columns)

    def bytes_of(self, events: int) -> int:
        """Return the bytes that events take, the last one filled up."""
        return -(-events * self.row_bits // 8)

    def events_in(self, length: int) -> int:
        """Return how many whole events so many bytes hold."""
        return max(8 * length // self.row_bits, 0)


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
            f"{len(rangeless)} channels of floats or text have no range ($PnR), the first is channel {rangeless[0]}.",
        )
    order = _byte_order(columns, keywords, log)
    return Layout(
        tuple(_ordered(number, column, order, keywords, log) for number, column in enumerate(columns, start=1)),
        order,
        keywords.integer("$TOT"),
        _storage(columns, log),
    )


def _storage(columns: tuple[Column, ...], log: FcsLog) -> Storage:
    """Tell free text from fixed widths; whether bits are packed is decided where DATA is known."""
    free = [column.kind == "A" and not column.bits for column in columns]
    if any(free) and not all(free):
        raise log.refusal(
            "NK-FCS-16",
            f"expected * for all channels or for none, found it for {sum(free)} of {len(columns)}.",
            place=f"TEXT ($P{free.index(False) + 1}B)",
            remedy="Export the file again with floating-point data.",
        )
    return "text" if all(free) else "words"


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


def _byte_order(columns: tuple[Column, ...], keywords: Keywords, log: FcsLog) -> ByteOrder:
    """Return the byte order; one is not needed where every value is a single byte or text."""
    if not keywords.text("$BYTEORD") and all(column.kind == "A" or column.bits <= 8 for column in columns):
        return UNORDERED
    stated = keywords.required("$BYTEORD")
    order = read_byte_order(stated)
    if order is None:
        raise _refused_order(f"expected the bytes 1 to n in some order, found {log.shown(stated)}", log)
    if not order.mark and len(order.ranks) > 1:
        log.note(
            "NK-FCS-79",
            f"the byte order {log.shown(stated)} is neither little- nor big-endian; every value was read in it.",
            severity="warning",
        )
    return order


def _ordered(number: int, column: Column, order: ByteOrder, keywords: Keywords, log: FcsLog) -> Column:
    """Give a column the order of its bytes."""
    if column.kind == "A":
        return column
    ranks = order.of_width(column.width)
    if ranks is None:
        stated = log.shown(keywords.text("$BYTEORD"))
        raise _refused_order(
            f"the order {stated} does not tell how a value of {column.width} bytes, as of channel {number}, is written",
            log,
        )
    return Column(column.kind, column.bits, column.width, column.top, ranks)


def _refused_order(problem: str, log: FcsLog) -> SourceError:
    return log.refusal("NK-FCS-15", f"{problem}.", place="TEXT ($BYTEORD)", remedy="Export the file again as FCS 3.1.")


def _column(number: int, default: str, version: str, keywords: Keywords, log: FcsLog) -> Column:
    """Read one column."""
    key = f"$P{number}DATATYPE"
    kind = (keywords.text(key).upper() or default) if version == "FCS3.2" else default
    if kind not in KINDS:
        raise log.refusal(
            "NK-FCS-14",
            f"expected data type I, F, D or A, found {log.shown(kind)}.",
            place=f"TEXT ($DATATYPE of channel {number})",
            remedy="Export the file again with floating-point data.",
        )
    key = f"$P{number}B"
    stated = keywords.required(key)
    top = _top(number, kind, keywords, log)
    if kind == "A" and stated == "*":
        return Column(kind, 0, 0, top)
    bits = keywords.integer(key) or 0
    most = MAX_TEXT_CHARACTERS if kind == "A" else MAX_INTEGER_BITS
    if not 1 <= bits <= most or bits != FLOAT_BITS.get(kind, bits):
        expected = FLOAT_BITS.get(kind, f"1 to {most}")
        raise log.refusal(
            "NK-FCS-16",
            f"expected {expected} {'characters' if kind == 'A' else 'bits'} for data type {kind}, found {stated}.",
            place=f"TEXT ({key})",
            remedy="The keyword is damaged; export the file again.",
        )
    if kind == "A":
        return Column(kind, bits, bits, top)
    # Widths that are no whole bytes occur as words too: 10 bits declared, 16 stored.
    width = bits // 8 if bits % 8 == 0 else next(size for size in MACHINE_WIDTHS if 8 * size > bits)
    return Column(kind, bits, width, top)


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
