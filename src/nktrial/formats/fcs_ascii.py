"""Numbers written as text, $DATATYPE A.

Definition
    Fixed format: a value takes ``$PnB`` characters, without delimiters. Free format (``$PnB`` is ``*``): values are
    separated by blank, tab, comma, carriage return or line feed, and a run of these counts as one (FCS 3.0, section
    3.2.20, $DATATYPE). Values are unsigned decimal integers; blanks may surround the digits of a fixed field, and a
    field of blanks alone is no value: "zero values must be explicitly specified". Deprecated since FCS 3.1.

Not decided here
    A mask: ``$PnR`` masks binary integers (FCS 3.0, section 3.3), not decimal ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

__all__ = ["MAX_DIGITS", "FreeText", "fixed_numbers", "index_free_text"]

MAX_DIGITS: Final = 19  # what 64 bits hold for certain
BLANK: Final = 32
ZERO: Final = 48
DELIMITERS: Final = b" \t,\r\n"
CHUNK_BYTES: Final = 256 * 1024
MAX_FIELD_CHARACTERS: Final = 64
DIGITS: Final = b"0123456789"
POWERS: Final = np.array([*(10**place for place in range(MAX_DIGITS)), 0], np.uint64)  # zeros before a number count 0


def fixed_numbers(text: NDArray[np.uint8]) -> Array | None:
    """Return the numbers of fixed fields.

    Parameters
    ----------
    text : (n, width) uint8
        One field a row; any strides.

    Returns
    -------
    (n,) uint64 or None
        None where a field is no unsigned integer of at most 19 digits, zeros before it not counted.
    """
    rows, width = text.shape
    value = np.zeros(rows, np.uint64)
    starts = np.zeros(rows, np.uint8)
    significant = np.zeros(rows, np.uint8)
    before = np.zeros(rows, np.bool_)
    good = np.ones(rows, np.bool_)
    for place in range(width):
        character = text[:, place]
        digit = (character >= ZERO) & (character < ZERO + 10)
        good &= digit | (character == BLANK)
        starts += digit & ~before
        number = np.where(digit, character - ZERO, 0).astype(np.uint64)
        significant += digit & ((value > 0) | (number > 0))
        with np.errstate(over="ignore"):
            value = np.where(digit & (significant <= MAX_DIGITS), value * np.uint64(10) + number, value)
        before = digit
    if not (good & (starts == 1) & (significant <= MAX_DIGITS)).all():
        return None
    return value


@dataclass(frozen=True, slots=True)
class FreeText:
    """Where the values of a free-format DATA stand.

    Parameters
    ----------
    data : memoryview
        DATA.
    count : int
        Number of values.
    largest : int
        Largest value.
    marks : tuple of (int, int)
        Number of values before a byte at which a value or a delimiter begins, rising, from (0, 0).
    """

    data: memoryview
    count: int
    largest: int
    marks: tuple[tuple[int, int], ...]

    def numbers(self, first: int, count: int) -> Array:
        """Return ``count`` values from value ``first``, (count,) uint64."""
        at = max(index for index, (before, _) in enumerate(self.marks) if before <= first)
        before, byte = self.marks[at]
        parts: list[Array] = []
        have = 0
        for chunk in _chunks(self.data, byte):
            numbers = _numbers(chunk.text)
            if numbers is None:  # the index was made of these very bytes
                break
            parts.append(numbers)
            have += numbers.size
            if have >= first - before + count:
                break
        found = np.concatenate(parts) if parts else np.zeros(0, np.uint64)
        return found[first - before : first - before + count]


def index_free_text(data: memoryview) -> FreeText | None:
    """Read a free-format DATA once and return where its values stand, None where it holds anything else."""
    marks = [(0, 0)]
    count = largest = 0
    for chunk in _chunks(data, 0):
        numbers = _numbers(chunk.text)
        if numbers is None:
            return None
        count += numbers.size
        largest = max(largest, int(numbers.max())) if numbers.size else largest
        marks.append((count, chunk.stop))
    return FreeText(data, count, largest, tuple(marks))


@dataclass(frozen=True, slots=True)
class _Chunk:
    text: bytes
    stop: int


def _chunks(data: memoryview, start: int) -> Iterator[_Chunk]:
    """Cut DATA behind delimiters into pieces; a run of digits as long as a piece is cut, and refused for its length."""
    while start < len(data):
        stop = min(start + CHUNK_BYTES, len(data))
        text = bytes(data[start:stop])
        if stop < len(data):
            cut = max(text.rfind(delimiter) for delimiter in (b" ", b"\t", b",", b"\r", b"\n"))
            text = text[: cut + 1] if cut >= 0 else text
        start += len(text)
        yield _Chunk(text, start)


def _numbers(text: bytes) -> Array | None:
    """Return the integers of a text, (n,) uint64, None where it holds anything else."""
    if text.translate(None, DELIMITERS + DIGITS):
        return None
    characters = np.frombuffer(text, np.uint8)
    digits = np.flatnonzero(characters >= ZERO)  # every delimiter stands below the digits
    if not digits.size:
        return np.zeros(0, np.uint64)
    first = np.flatnonzero(np.diff(digits, prepend=-2) > 1)
    lengths = np.diff(first, append=digits.size)
    if lengths.max() > MAX_FIELD_CHARACTERS:
        return None
    place = np.repeat(first + lengths, lengths) - 1 - np.arange(digits.size)
    figures = characters[digits] - ZERO
    if figures[place >= MAX_DIGITS].any():
        return None
    weights = POWERS[np.minimum(place, MAX_DIGITS)]
    return np.add.reduceat(figures * weights, first)
