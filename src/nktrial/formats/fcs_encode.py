"""Events as the bytes of DATA: unsigned integers, floats, doubles, little-endian.

Definition
    A row is the values of an event without padding: ``I`` as ``Channel.bits`` / 8 bytes, ``F`` as 4, ``D`` as 8. What
    a reader would mask away is refused: an integer is whole and keeps to the bits that its range needs.

Not decided here
    HEADER and TEXT (`nktrial.formats.fcs_write`).
"""

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import MethodError
from nktrial.formats.fcs_layout import Column
from nktrial.model.events import Channel

Array: TypeAlias = NDArray[Any]

__all__ = ["column_types", "encode_events", "stored_bits"]

FLOAT_BITS: Final = {"F": 32, "D": 64}
FLOAT_TYPES: Final = {"F": "<f4", "D": "<f8"}
EXACT_INTEGER: Final = 2**53


def column_types(types: str | Sequence[str], channels: Sequence[Channel], version: str) -> tuple[str, ...]:
    """Return ``I``, ``F`` or ``D`` for each channel.

    Raises
    ------
    MethodError
        NK-FCS-40 other letters, as many as there are no channels, or types that differ before FCS 3.2.
    """
    letters = tuple(types) * len(channels) if isinstance(types, str) and len(types) == 1 else tuple(types)
    if len(letters) != len(channels) or not set(letters) <= {"I", "F", "D"}:
        raise MethodError("NK-FCS-40", f"types must be I, F or D, one for all or one a channel, not {types!r}.")
    if len(set(letters)) > 1 and version != "FCS3.2":
        raise MethodError("NK-FCS-40", f"types that differ by channel need FCS 3.2, not {version}.")
    for channel, letter in zip(channels, letters, strict=True):
        column = Column("I", channel.bits, channel.bits // 8, channel.top)
        if letter == "I" and (not 8 <= channel.bits <= 64 or channel.bits % 8 or channel.top < 2):
            raise MethodError("NK-FCS-40", f"channel {channel.name!r} needs 8, 16 .. 64 bits and a range of 2 or more.")
        if letter == "I" and len(set(letters)) > 1 and set(letters) != {"I"} and column.largest >= EXACT_INTEGER:
            raise MethodError("NK-FCS-40", f"integers of channel {channel.name!r} are too wide to stand beside floats.")
    return letters


def stored_bits(channel: Channel, letter: str) -> int:
    """Return ``$PnB``."""
    return FLOAT_BITS.get(letter, channel.bits)


def encode_events(values: Array, channels: Sequence[Channel], letters: Sequence[str]) -> bytes:
    """Return DATA.

    Raises
    ------
    MethodError
        NK-FCS-40 values and channels do not fit together, or a value cannot be written.
    """
    if values.ndim != 2 or values.shape[1] != len(channels) or not channels:
        raise MethodError("NK-FCS-40", f"values of shape {values.shape} do not fit {len(channels)} channels.")
    if set(letters) <= {"F"}:
        return _floats(values, "F").tobytes()
    widths = [stored_bits(channel, letter) // 8 for channel, letter in zip(channels, letters, strict=True)]
    rows = np.empty((values.shape[0], sum(widths)), np.uint8)
    offset = 0
    for index, (channel, letter, width) in enumerate(zip(channels, letters, widths, strict=True)):
        column = _integers(values[:, index], channel) if letter == "I" else _floats(values[:, index], letter)
        rows[:, offset : offset + width] = column.view(np.uint8).reshape(len(column), column.itemsize)[:, :width]
        offset += width
    return rows.tobytes()


def _floats(values: Array, letter: str) -> Array:
    with np.errstate(over="ignore"):
        floats = np.ascontiguousarray(values, FLOAT_TYPES[letter])
    if not np.isfinite(floats).all():
        bits = FLOAT_BITS[letter]
        raise MethodError("NK-FCS-40", f"values that are not finite {bits}-bit floats cannot be written.")
    return floats


def _integers(values: Array, channel: Channel) -> Array:
    largest = Column("I", channel.bits, channel.bits // 8, channel.top).largest
    if values.dtype.kind not in "iu" and not (values == np.floor(values)).all():
        raise MethodError("NK-FCS-40", f"channel {channel.name!r} holds values that are no whole numbers.")
    if values.size and not 0 <= int(values.min()) <= int(values.max()) <= largest:
        raise MethodError("NK-FCS-40", f"channel {channel.name!r} holds values outside 0 to {largest:,}.")
    return np.ascontiguousarray(values, "<u8")
