"""Byte orders of an FCS data set.

Definition
    ``$BYTEORD`` lists, byte by byte as written, the numerical rank of each byte of a word: 1 = least significant.
    ``1,2,3,4`` is little-endian, ``4,3,2,1`` big-endian, ``3,4,1,2`` the order of a PDP-11: the more significant
    16-bit word first, each with its less significant byte first (FCS 3.0, section 3.2.20, $BYTEORD). FCS 3.1 and 3.2
    allow the first two only.
    A rising or falling order holds for values of any width. Another order holds for words of its own length, and for
    shorter values where every part of the word that is as long as a value has the same order: of ``3,4,1,2``, values
    of 16 bits are little-endian.

Not decided here
    What the order of another length means for a value: it is refused.
"""

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["ByteOrder", "read_byte_order"]

FORM: Final = re.compile(r"[1-8](?:,[1-8]){0,7}")


@dataclass(frozen=True, slots=True)
class ByteOrder:
    """The rank of each byte of a word in the order of writing, 0 = least significant."""

    ranks: tuple[int, ...]

    @property
    def mark(self) -> str:
        """``<`` little-endian, ``>`` big-endian, empty for another order or a single byte."""
        if len(self.ranks) < 2:
            return ""
        if self.ranks == tuple(range(len(self.ranks))):
            return "<"
        return ">" if self.ranks == tuple(reversed(range(len(self.ranks)))) else ""

    def of_width(self, width: int) -> tuple[int, ...] | None:
        """Return the rank of each byte of a value of ``width`` bytes, None where the order does not tell it."""
        if width == 1:
            return (0,)
        if self.mark:
            ranks = tuple(range(width))
            return ranks if self.mark == "<" else ranks[::-1]
        if len(self.ranks) % width:
            return None
        parts = [self.ranks[start : start + width] for start in range(0, len(self.ranks), width)]
        orders = {tuple(rank - min(part) for rank in part) for part in parts}
        order = orders.pop()
        return order if not orders and sorted(order) == list(range(width)) else None


def read_byte_order(text: str) -> ByteOrder | None:
    """Return the order that ``$BYTEORD`` states, None where it is no order of 1 to 8 bytes."""
    text = text.replace(" ", "")
    if not FORM.fullmatch(text):
        return None
    ranks = tuple(int(number) - 1 for number in text.split(","))
    return ByteOrder(ranks) if sorted(ranks) == list(range(len(ranks))) else None
