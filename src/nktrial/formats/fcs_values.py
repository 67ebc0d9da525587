"""Values of DATA: a view on the file's bytes where the layout allows it.

Definition
    Columns of one type and machine width (8, 16, 32, 64 bits) are viewed in place. Others are gathered into the
    smallest unsigned type that holds them, integers mixed with floats into doubles. Integers keep only the bits that
    ``$PnR`` needs. Values of 64 MiB or more that cannot be viewed, and all values of a mapped file of that size, stay
    in the file and are decoded by blocks (`nktrial.formats.fcs_stored`).

Not decided here
    Gain, logarithm, compensation.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

import numpy as np

from nktrial.core.errors import SourceError
from nktrial.formats.fcs_columns import Array, Data, stored_columns
from nktrial.formats.fcs_layout import Column, Layout
from nktrial.formats.fcs_log import FcsLog
from nktrial.formats.fcs_stored import BLOCK_ROWS, StoredValues
from nktrial.formats.window import Window
from nktrial.model.events import EventValues

Values: TypeAlias = EventValues
Forget: TypeAlias = Callable[[int, int], None]

__all__ = ["count_not_finite", "implausible_share", "read_values", "sum_of_values"]

STORED_BYTES: Final = 64 * 1024**2
DECODED_BYTES: Final = 512 * 1024
LEAST_ROWS: Final = 2048  # enough that what a block costs beyond its values does not count
LEAST_PACKED_ROWS: Final = 8192
LEAST_VALUES: Final = 4_000_000
SAMPLE_ROWS: Final = 2000
SAMPLE_VALUES: Final = 4_000_000
MACHINE_WIDTHS: Final = (1, 2, 4, 8)
EXACT_INTEGER: Final = 2**53
HUGE: Final = 1e9  # [unverified] beyond any cytometer's scale; used only to tell sensible floats from shifted ones
TINY: Final = 1e-12  # [unverified] as HUGE


def read_values(window: Window, data: Data, log: FcsLog) -> Values:
    """Return the events as (n_events, n_channels), masked to ``$PnR``.

    Raises
    ------
    SourceError
        NK-FCS-30 wide integers beside floats; NK-FCS-35 text that is no integer.
    """
    viewed = _viewed(data)
    if viewed is None:
        return _gathered(window, data, log)
    masks = [column.mask for column in data.layout.columns]
    if any(mask is not None for mask in masks):
        return _masked(window, data, viewed, masks, log)
    if window.is_mapped and viewed.nbytes >= STORED_BYTES:
        return _stored(window, data, viewed.shape, viewed.dtype, lambda start, stop: viewed[start:stop])
    return viewed


def count_not_finite(values: Values) -> int:
    """Return the number of events with a NaN or infinite value."""
    if values.dtype.kind != "f":
        return 0
    count = 0
    with np.errstate(all="ignore"):
        for block in _blocks(values):
            if not math.isfinite(float(np.add.reduce(block, axis=None))):  # an overflow is looked at more closely too
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


def implausible_share(data: Data) -> float:
    """Return the share of values, among the first and last events, that cannot be meant.

    An integer is implausible at or above ``$PnR``, or beyond the bits that it declares; a float where it is not
    finite, huge or denormally small.
    """
    rows = min(data.events, SAMPLE_ROWS, SAMPLE_VALUES // len(data.layout.columns))
    if not rows:
        return 0.0
    bad = 0
    for first in (0, data.events - rows):
        try:
            columns = stored_columns(data, first, rows)
        except SourceError:  # text that is no number
            return 1.0
        bad += sum(_implausible(column, values) for column, values in zip(data.layout.columns, columns, strict=True))
    return bad / (2 * rows * len(data.layout.columns))


def _implausible(column: Column, values: Array) -> int:
    """Return how many values of a column cannot be meant."""
    if column.kind in "FD":
        size = np.abs(values)
        return int(np.count_nonzero(~np.isfinite(size) | (size > HUGE) | ((size < TINY) & (size > 0))))
    beyond = values >= column.top if column.top else np.zeros(values.shape, np.bool_)
    if column.kind == "I" and column.bits < 8 * column.width:
        beyond |= values >= values.dtype.type(1 << column.bits)
    return int(np.count_nonzero(beyond))


def _blocks(values: Values) -> Iterator[Array]:
    for start in range(0, values.shape[0], BLOCK_ROWS):
        yield values[start : start + BLOCK_ROWS]


def _viewed(data: Data) -> Array | None:
    """Return a view of columns of one machine type, None where they differ."""
    layout = data.layout
    machine = layout.columns[0].machine
    if layout.storage != "words" or machine is None or any(column.machine != machine for column in layout.columns):
        return None
    return np.frombuffer(data.content, machine).reshape(data.events, len(layout.columns))


def _forget(window: Window, data: Data) -> Forget:
    """Return a function that gives back the memory of rows of a mapped file."""
    layout = data.layout

    def forget(start: int, stop: int) -> None:
        if layout.storage != "text":
            first = layout.bytes_of(start)
            window.forget(data.begin + first, layout.bytes_of(stop) - first)

    return forget


def _stored(
    window: Window, data: Data, shape: tuple[int, int], kind: np.dtype[Any], decode: Callable[[int, int], Array]
) -> StoredValues:
    """Return values that stay in the file; a file that was shortened meanwhile is refused, not read beyond its end."""

    def checked(start: int, stop: int) -> Array:
        window.require_whole()
        return decode(start, stop)

    return StoredValues(shape, kind, checked, _forget(window, data))


def _gathered(window: Window, data: Data, log: FcsLog) -> Values:
    """Copy columns of different types into one matrix, by blocks that fit a processor's cache."""
    kind = _common_type(data, log)
    masks = _masks(data.layout)
    least = LEAST_PACKED_ROWS if data.layout.storage == "bits" else LEAST_ROWS
    step = max(DECODED_BYTES // (kind.itemsize * len(masks)), min(least, LEAST_VALUES // len(masks)))

    def decode(start: int, stop: int) -> Array:
        block = np.empty((stop - start, len(masks)), kind)
        for low in range(start, stop, step):
            part = block[low - start : low - start + step]
            for index, found in enumerate(stored_columns(data, low, part.shape[0])):
                mask = masks[index]
                part[:, index] = found if mask is None else found & found.dtype.type(mask)
        return block

    if data.layout.storage != "text":
        _note_masked(_check(window, data, masks, step), log)
    stored = _stored(window, data, (data.events, len(masks)), kind, decode)
    return stored if stored.nbytes >= STORED_BYTES else np.asarray(stored)


def _masks(layout: Layout) -> list[int | None]:
    """Return the mask of each column, None where the bits that are stored cannot exceed it."""
    masks = [column.mask for column in layout.columns]
    if layout.storage != "bits":
        return masks
    stored = [(1 << column.bits) - 1 for column in layout.columns]
    return [mask if mask is not None and mask < most else None for mask, most in zip(masks, stored, strict=True)]


def _check(window: Window, data: Data, masks: list[int | None], step: int) -> int:
    """Read what a mask may change or what may be no number once; return how many integers exceed their masks."""
    columns = data.layout.columns
    if all(mask is None for mask in masks) and all(column.kind != "A" for column in columns):
        return 0
    changed = 0
    forget = _forget(window, data)
    for start in range(0, data.events, step):
        window.require_whole()
        rows = min(step, data.events - start)
        for mask, found in zip(masks, stored_columns(data, start, rows), strict=True):
            changed += 0 if mask is None else int(np.count_nonzero(found > mask))
        forget(start, start + rows)
    return changed


def _common_type(data: Data, log: FcsLog) -> np.dtype[Any]:
    """Return the smallest type that holds every column exactly."""
    columns = data.layout.columns
    integers = [column for column in columns if column.kind in "IA"]
    if len(integers) == len(columns):
        largest = max(column.largest for column in columns) if data.text is None else data.text.largest
        return np.dtype(f"u{next(width for width in MACHINE_WIDTHS if largest < 1 << 8 * width)}")
    wide = [column for column in integers if column.largest >= EXACT_INTEGER]
    if wide:
        raise log.refusal(
            "NK-FCS-30",
            f"integers of {wide[0].bits} {'characters' if wide[0].kind == 'A' else 'bits'} stand beside floats and "
            "cannot be kept exact.",
            place="TEXT ($PnDATATYPE)",
            remedy="Export the file again with floating-point data.",
        )
    return np.dtype(np.float64)


def _masked(window: Window, data: Data, viewed: Array, masks: list[int | None], log: FcsLog) -> Values:
    """Mask integers; the view itself is returned where no other bits are set."""
    full = (1 << 8 * data.layout.columns[0].width) - 1
    limits = np.array([full if mask is None else mask for mask in masks], viewed.dtype.newbyteorder("="))
    large = window.is_mapped and viewed.nbytes >= STORED_BYTES
    values = _stored(window, data, viewed.shape, viewed.dtype, lambda start, stop: viewed[start:stop])
    changed = sum(int(np.count_nonzero(block > limits)) for block in _blocks(values))
    _note_masked(changed, log)
    if changed and viewed.nbytes >= STORED_BYTES:
        return _stored(window, data, viewed.shape, limits.dtype, lambda start, stop: viewed[start:stop] & limits)
    if changed:
        masked: Array = np.bitwise_and(viewed, limits)
        return masked
    return values if large else viewed


def _note_masked(changed: int, log: FcsLog) -> None:
    if changed:
        log.note(
            "NK-FCS-58",
            f"{changed:,} integers had bits set beyond their $PnR; these bits were dropped, as the standard says.",
            evidence={"values": changed},
        )
