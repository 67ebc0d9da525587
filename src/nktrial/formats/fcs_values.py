"""Values of DATA: a view on the file's bytes where the layout allows it.

Definition
    Columns of one type and machine width (8, 16, 32, 64 bits) are viewed in place. Mixed or other widths (24 bits)
    are gathered into the smallest unsigned type that holds them, integers mixed with floats into doubles. Integers
    keep only the bits that ``$PnR`` needs; a copy is made only where other bits are set.

Not decided here
    Gain, logarithm, compensation.
"""

import math
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.formats.fcs_layout import Column, Layout
from nktrial.formats.fcs_log import FcsLog
from nktrial.formats.window import Window

Values: TypeAlias = NDArray[Any]  # unsigned integers or floats, by the file's layout

__all__ = ["Values", "count_not_finite", "implausible_share", "read_values", "sum_of_values"]

BLOCK_ROWS: Final = 65536
SAMPLE_ROWS: Final = 2000
MACHINE_WIDTHS: Final = (1, 2, 4, 8)
EXACT_INTEGER_BITS: Final = 53
HUGE: Final = 1e9  # [unverified] beyond any cytometer's scale; used only to tell sensible floats from shifted ones
TINY: Final = 1e-12  # [unverified] as HUGE


def read_values(window: Window, begin: int, events: int, layout: Layout, log: FcsLog) -> Values:
    """Return the events as (n_events, n_channels), masked to ``$PnR``.

    Raises
    ------
    SourceError
        NK-WIN-01 outside the file; NK-FCS-30 wide integers beside floats.
    """
    row = layout.row_bytes
    data = window.take(begin, events * row, "DATA")
    viewed = _viewed(data, events, layout)
    if viewed is None:
        return _gathered(data, events, layout, log)
    masks = [column.mask for column in layout.columns]
    if all(mask is None for mask in masks):
        return viewed
    return _masked(viewed, masks, layout, log)


def count_not_finite(values: Values) -> int:
    """Return the number of events with a NaN or infinite value."""
    if values.dtype.kind != "f":
        return 0
    count = 0
    with np.errstate(all="ignore"):
        for block in _blocks(values):
            if not math.isfinite(float(np.add.reduce(block, axis=None, dtype=np.float64))):
                count += int(np.count_nonzero(~np.isfinite(block).all(axis=1)))
    return count


def sum_of_values(values: Values) -> float:
    """Return the sum of all values, exact for integers, by blocks in double precision for floats."""
    if values.dtype.kind == "f":
        with np.errstate(all="ignore"):
            sums = [float(np.add.reduce(block, axis=None, dtype=np.float64)) for block in _blocks(values)]
        return math.fsum(sums) if all(map(math.isfinite, sums)) else math.nan
    total = 0
    for block in _blocks(values):
        if block.dtype.itemsize < 8:
            total += int(np.add.reduce(block, axis=None, dtype=np.uint64))
        else:
            halves = (block & np.uint64(0xFFFFFFFF), block >> np.uint64(32))
            low, high = (int(np.add.reduce(half, axis=None, dtype=np.uint64)) for half in halves)
            total += low + (high << 32)
    return float(total)


def implausible_share(window: Window, begin: int, events: int, layout: Layout) -> float:
    """Return the share of values, among the first and last events, that cannot be meant.

    An integer is implausible at or above ``$PnR``; a float where it is not finite, huge or denormally small.
    """
    row = layout.row_bytes
    rows = min(events, SAMPLE_ROWS)
    if not rows:
        return 0.0
    bad = 0
    for start in (begin, begin + (events - rows) * row):
        data = window.take(start, rows * row, "DATA")
        for column, values in zip(layout.columns, _columns(data, rows, layout), strict=True):
            if column.kind == "I":
                bad += int(np.count_nonzero(values >= column.top)) if column.top else 0
                continue
            size = np.abs(values)
            bad += int(np.count_nonzero(~np.isfinite(size) | (size > HUGE) | ((size < TINY) & (size > 0))))
    return bad / (2 * rows * len(layout.columns))


def _blocks(values: Values) -> list[Values]:
    return [values[start : start + BLOCK_ROWS] for start in range(0, values.shape[0], BLOCK_ROWS)]


def _viewed(data: memoryview, events: int, layout: Layout) -> Values | None:
    """Return a view of columns of one machine type, None where they differ."""
    first = layout.columns[0]
    if first.width not in MACHINE_WIDTHS or any(
        (column.kind, column.width) != (first.kind, first.width) for column in layout.columns
    ):
        return None
    return np.frombuffer(data, _machine_type(first, layout)).reshape(events, len(layout.columns))


def _machine_type(column: Column, layout: Layout) -> np.dtype[Any]:
    return np.dtype(f"{layout.order}{'u' if column.kind == 'I' else 'f'}{column.width}")


def _columns(data: memoryview, events: int, layout: Layout) -> list[Values]:
    """Return each column as a strided view, or assembled from its bytes where its width is no machine width."""
    row = layout.row_bytes
    columns: list[Values] = []
    offset = 0
    for column in layout.columns:
        if column.width in MACHINE_WIDTHS:
            columns.append(
                np.ndarray((events,), _machine_type(column, layout), buffer=data, offset=offset, strides=(row,))
            )
        else:
            columns.append(_assembled(data, events, row, offset, column.width, layout.order))
        offset += column.width
    return columns


def _assembled(data: memoryview, events: int, row: int, offset: int, width: int, order: str) -> Values:
    """Put integers of 3, 5, 6 or 7 bytes together."""
    values: Values = np.zeros(events, np.uint32 if width < 4 else np.uint64)
    places = range(width) if order == ">" else reversed(range(width))
    for place in places:
        part = np.ndarray((events,), np.uint8, buffer=data, offset=offset + place, strides=(row,))
        values = (values << values.dtype.type(8)) | part
    return values


def _gathered(data: memoryview, events: int, layout: Layout, log: FcsLog) -> Values:
    """Copy columns of different types into one matrix."""
    widest = max(column.width for column in layout.columns)
    mixed = {column.kind for column in layout.columns}
    kind = np.dtype(f"u{next(width for width in MACHINE_WIDTHS if width >= widest)}")
    if mixed != {"I"}:
        wide = [c for c in layout.columns if c.kind == "I" and (c.mask or (1 << 8 * c.width) - 1) >> EXACT_INTEGER_BITS]
        if wide:
            raise log.refusal(
                "NK-FCS-30",
                f"integers of {wide[0].bits} bits stand beside floats and cannot be kept exact.",
                place="TEXT ($PnDATATYPE)",
                remedy="Export the file again with floating-point data.",
            )
        kind = np.dtype(np.float64)
    values = np.empty((events, len(layout.columns)), kind)
    changed = 0
    for index, (column, found) in enumerate(zip(layout.columns, _columns(data, events, layout), strict=True)):
        mask = column.mask
        if mask is not None:
            changed += int(np.count_nonzero(found > mask))
            found = found & found.dtype.type(mask)  # noqa: PLW2901
        values[:, index] = found
    _note_masked(changed, log)
    return values


def _masked(values: Values, masks: list[int | None], layout: Layout, log: FcsLog) -> Values:
    """Mask integers; the view itself is returned where no other bits are set."""
    full = (1 << 8 * layout.columns[0].width) - 1
    limits = np.array([full if mask is None else mask for mask in masks], values.dtype.newbyteorder("="))
    changed = sum(int(np.count_nonzero(block > limits)) for block in _blocks(values))
    _note_masked(changed, log)
    return np.bitwise_and(values, limits) if changed else values


def _note_masked(changed: int, log: FcsLog) -> None:
    if changed:
        log.note(
            "NK-FCS-58",
            f"{changed:,} integers had bits set beyond their $PnR; these bits were dropped, as the standard says.",
            evidence={"values": changed},
        )
