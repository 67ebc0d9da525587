"""Events of a flow cytometer: channels, spillover, the event matrix."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from nktrial.model.origin import Extent, Finding

__all__ = ["Channel", "EventMatrix", "EventValues", "Spillover"]


@dataclass(frozen=True, slots=True)
class Channel:
    """One parameter of an FCS file.

    Parameters
    ----------
    index : int
        Position, from 0.
    name : str
        ``$PnN``, the detector.
    marker : str
        ``$PnS``, empty where the file gives none.
    bits : int
        ``$PnB``.
    top : float
        ``$PnR``: values run from 0 to below it.
    gain : float
        ``$PnG``; scale value = raw value / gain. 1.0 where absent.
    decades, offset : float
        ``$PnE``; both 0 for a linear channel, else scale value = offset * 10^(decades * raw / top).
    """

    index: int
    name: str
    marker: str
    bits: int
    top: float
    gain: float = 1.0
    decades: float = 0.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Spillover:
    """A spillover matrix: row = dye, column = detector, diagonal 1.

    Parameters
    ----------
    channels : tuple of str
        ``$PnN`` of the n detectors.
    matrix : (n, n) float
        Fraction of each dye's signal that each detector sees.
    """

    channels: tuple[str, ...]
    matrix: NDArray[np.float64]


class EventValues(Protocol):
    """Events x channels: an array, or a file's values that are decoded by blocks of rows.

    ``values[a:b]`` and ``values[a:b, k]`` are arrays; ``numpy.asarray(values)`` takes all of them into memory.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """Events, channels."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of every block."""

    @property
    def size(self) -> int:
        """Number of values."""

    @property
    def nbytes(self) -> int:
        """Bytes that all values take in memory."""

    def __getitem__(self, key: Any, /) -> Any:
        """Return a block of rows."""

    def __array__(self) -> NDArray[Any]:
        """Return all values."""


@dataclass(frozen=True, slots=True, eq=False)
class EventMatrix:
    """The events of one data set as they stand in the file.

    Parameters
    ----------
    values : (n_events, n_channels) integer or float
        Raw values after the ``$PnR`` bit mask, not scaled by gain or log; any strides and byte order. Those of a
        large file stay in it: ask for blocks of rows.
    channels : tuple of Channel
        In column order.
    spillover : Spillover or None
        ``$SPILLOVER`` (or SPILL, $COMP) of the file.
    keywords : mapping
        TEXT keywords, upper-cased keys.
    version : str
        ``FCS2.0``, ``FCS3.0``, ``FCS3.1``, ``FCS3.2``.
    extents : tuple of Extent
        Byte ranges of HEADER, TEXT, DATA.
    findings : tuple of Finding
        Tolerated oddities.
    """

    values: EventValues
    channels: tuple[Channel, ...]
    spillover: Spillover | None
    keywords: Mapping[str, str]
    version: str
    extents: tuple[Extent, ...] = ()
    findings: tuple[Finding, ...] = field(default=())
