"""Array of a large file, which stay in the file until a block of them is asked for.

Definition
    ``StoredValues`` looks like a two-dimensional array: ``shape``, ``dtype``, ``values[a:b]``, ``values[a:b, k]``,
    ``numpy.asarray(values)``. Each block is decoded when it is asked for. Blocks that were asked for before the last
    32 MiB are given back to the operating system, so that a file larger than memory can be read from its first to its
    last event, by several threads too.

Not decided here
    How a block is decoded.
"""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array: TypeAlias = NDArray[Any]

__all__ = ["BLOCK_ROWS", "StoredValues"]

BLOCK_ROWS: Final = 65536
KEPT_BYTES: Final = 32 * 1024**2


class StoredValues:
    """A matrix of events that is decoded by blocks of rows.

    Parameters
    ----------
    shape : (int, int)
        Events, channels.
    dtype : dtype
        Of every block.
    decode : callable
        ``decode(start, stop)`` returns these rows, (stop - start, n_channels).
    forget : callable
        ``forget(start, stop)`` gives the memory of these rows back; they can be decoded again.
    """

    __slots__ = ("_decode", "_forget", "_recent", "dtype", "shape")

    def __init__(
        self,
        shape: tuple[int, int],
        dtype: DTypeLike,
        decode: Callable[[int, int], Array],
        forget: Callable[[int, int], None],
    ) -> None:
        self.shape = shape
        self.dtype: np.dtype[Any] = np.dtype(dtype)
        self._decode = decode
        self._forget = forget
        self._recent: list[tuple[int, int]] = []

    @property
    def ndim(self) -> int:
        """Number of dimensions: two."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of values."""
        return self.shape[0] * self.shape[1]

    @property
    def nbytes(self) -> int:
        """Bytes that all values would take in memory."""
        return self.size * self.dtype.itemsize

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: object) -> Array:
        """Return rows, or columns of rows; the first index is an integer or a slice.

        Raises
        ------
        IndexError
            The first index is another thing, or outside.
        """
        rows, *others = key if isinstance(key, tuple) else (key,)
        columns: Any = others[0] if others else slice(None)
        if isinstance(rows, int | np.integer):
            row = range(self.shape[0])[int(rows)]
            one: Array = self._rows(row, row + 1)[0][columns]
            return one
        if not isinstance(rows, slice):
            raise IndexError(f"events of a large file are asked for by slices of rows, not by {type(rows).__name__}.")
        wanted = range(*rows.indices(self.shape[0]))
        low, high = (min(wanted[0], wanted[-1]), max(wanted[0], wanted[-1]) + 1) if wanted else (0, 0)
        if not others or high - low <= BLOCK_ROWS:
            return self._rows(low, high)[:: wanted.step, columns]
        starts = range(low, high, BLOCK_ROWS)
        parts = [self._rows(start, min(start + BLOCK_ROWS, high))[:, columns].copy() for start in starts]
        return np.concatenate(parts)[:: wanted.step]

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Array:  # noqa: FBT001
        """Return all values in memory."""
        values = self._decode(0, self.shape[0])
        if dtype is not None and np.dtype(dtype) != values.dtype:
            return values.astype(dtype)
        return values.copy() if copy else values

    def _rows(self, start: int, stop: int) -> Array:
        """Return a block; older ones than the last few are given back."""
        recent = [*self._recent, (start, stop)]
        kept = KEPT_BYTES // max(1, self.shape[1] * self.dtype.itemsize)
        while len(recent) > 1 and sum(last - first for first, last in recent[:-1]) > kept:
            self._forget(*recent.pop(0))
        self._recent = recent  # where threads cross, a block may be given back later, or read again; never wrongly
        return self._decode(start, stop)
