"""Columns of DATA as they are stored: viewed in place, or put together from bytes, bits or characters.

Definition
    A column of a machine width in a machine's byte order is viewed in place, with the row's length as its stride.
    Others (24 bits, the byte order of a PDP-11) are put together byte by byte, a byte of rank r counting 256^r;
    floats are put together as their bits. Text and packed bits: `fcs_ascii`, `fcs_bits`.

Not decided here
    The mask of ``$PnR``, and into which type columns of different types are gathered.
"""

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import SourceError
from nktrial.formats.fcs_ascii import FreeText, fixed_numbers
from nktrial.formats.fcs_bits import unpacked
from nktrial.formats.fcs_layout import Column, Layout

Array: TypeAlias = NDArray[Any]  # unsigned integers or floats, by the file's layout

__all__ = ["Array", "Data", "stored_columns"]

FLOATS: Final = {4: "f4", 8: "f8"}


@dataclass(frozen=True, slots=True)
class Data:
    """DATA of one data set.

    Parameters
    ----------
    content : memoryview
        As many bytes as the events need.
    events : int
        Number of events.
    layout : Layout
        How they are stored.
    name : str
        The file, for messages.
    begin : int
        First byte of DATA in the data set.
    text : FreeText or None
        Where the values of free text stand.
    """

    content: memoryview
    events: int
    layout: Layout
    name: str
    begin: int
    text: FreeText | None = None


def stored_columns(data: Data, first: int, rows: int) -> list[Array]:
    """Return each column of ``rows`` events from event ``first``, (rows,) each.

    Raises
    ------
    SourceError
        NK-FCS-35 a field of text is no unsigned integer.
    """
    layout = data.layout
    if layout.storage == "bits":
        widths = [column.bits for column in layout.columns]
        return unpacked(data.content, first, rows, widths, big=layout.order.mark == ">")
    if layout.storage == "text":
        count = len(layout.columns)
        numbers = data.text.numbers(first * count, rows * count) if data.text else np.zeros(0, np.uint64)
        return list(numbers.reshape(rows, count).T)
    row = layout.row_bits // 8
    part = data.content[first * row : (first + rows) * row]
    columns: list[Array] = []
    offset = 0
    for number, column in enumerate(layout.columns, start=1):
        if column.kind == "A":
            fields = np.ndarray((rows, column.width), np.uint8, buffer=part, offset=offset, strides=(row, 1))
            columns.append(_text(fields, number, data))
        else:
            columns.append(_binary(part, rows, row, offset, column))
        offset += column.width
    return columns


def _binary(part: memoryview, rows: int, row: int, offset: int, column: Column) -> Array:
    """Return a binary column."""
    machine = column.machine
    if machine is not None:
        return np.ndarray((rows,), machine, buffer=part, offset=offset, strides=(row,))
    value: Array = np.zeros(rows, np.uint32 if column.width <= 4 else np.uint64)
    for place, rank in enumerate(column.ranks):
        byte = np.ndarray((rows,), np.uint8, buffer=part, offset=offset + place, strides=(row,))
        value |= byte.astype(value.dtype) << value.dtype.type(8 * rank)
    return value if column.kind == "I" else value.view(FLOATS[column.width])


def _text(fields: NDArray[np.uint8], number: int, data: Data) -> Array:
    """Return a column of fixed text."""
    numbers = fixed_numbers(fields)
    if numbers is None:
        raise SourceError(
            "NK-FCS-35",
            f"expected unsigned integers of {fields.shape[1]} characters in channel {number}, found something else.",
            where=f"{data.name}, byte {data.begin} (DATA)",
            remedy="The offsets of DATA are wrong, or the file is damaged; export it again.",
        )
    return numbers
