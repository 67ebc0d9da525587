"""Integers packed into bits, FCS 2.0 and 3.0.

Definition
    DATA is a continuous stream of bits without delimiters; a value takes ``$PnB`` of them, events follow one another
    without padding (FCS 3.0, section 3.2.20, $DATATYPE and $PnB: "tight bit packing"). FCS 3.2 deprecates widths that
    are no multiples of 8.
    The standard does not say in which order a byte's bits are filled. It is taken from $BYTEORD: little-endian, the
    first value begins at the least significant bit of the first byte; big-endian, at the most significant. Either
    way the stream is one long binary number, whose bytes stand in the order that $BYTEORD names. [unverified]: no
    published file was found to confirm it, and a finding says so.

Not decided here
    Whether values are packed or stand in whole words (`nktrial.formats.fcs_storage`).
"""

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

__all__ = ["unpacked"]

PERIOD: Final = 8  # rows after which a row begins at a byte's border again, whatever its length


def unpacked(data: memoryview, first: int, rows: int, widths: Sequence[int], *, big: bool) -> list[Array]:
    """Return columns of ``rows`` events from event ``first``, each (rows,) uint64.

    Parameters
    ----------
    data : memoryview
        DATA, whole: as many bytes as all events need.
    first, rows : int
        Events wanted; they lie inside DATA.
    widths : sequence of int
        Bits of each value, 1 to 64.
    big : bool
        Whether the most significant bit comes first.
    """
    length = sum(widths)
    skipped = first % PERIOD
    start = (first - skipped) * length // 8
    wanted = rows + skipped
    part = data[start : start + -(-wanted * length // 8)]
    columns: list[Array] = []
    offset = 0
    for width in widths:
        column = np.empty(wanted, np.uint64)
        for phase in range(min(PERIOD, wanted)):
            bit = phase * length + offset
            count = -(-(wanted - phase) // PERIOD)
            column[phase::PERIOD] = _assembled(part, bit, count, length, width, big=big)
        columns.append(column[skipped:])
        offset += width
    return columns


def _assembled(part: memoryview, bit: int, count: int, stride: int, width: int, *, big: bool) -> Array:
    """Return ``count`` values whose bits begin at ``bit`` and then every ``stride`` bytes."""
    byte, shift = divmod(bit, 8)
    size = -(-(shift + width) // 8)
    word = np.dtype(np.uint32 if 8 * size <= 32 else np.uint64).type
    value = np.zeros(count, word)
    for place in range(size):
        found = np.ndarray((count,), np.uint8, buffer=part, offset=byte + place, strides=(stride,)).astype(word)
        left = 8 * (size - 1 - place) - (8 * size - shift - width) if big else 8 * place - shift
        value |= found << word(left) if left >= 0 else found >> word(-left)
    return value & word((1 << width) - 1) if width < 64 else value
