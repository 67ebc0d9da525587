"""Which channels quality control looks at, and on which scale.

Definition
    Looked at are scatter and fluorescence channels: not time, event numbers, or the height and width of a signal whose
    area is there. Fluorescence is compensated with the file's own matrix and shown on a logicle scale with
    T = $PnR, M = 4.5 decades, A = 0 and W = (M - log10(T / |r|)) / 2, r the 5th percentile of the negative values, W
    limited to 0..M/2; without negative values W = 0.5. Scatter stays linear. A file whose fluorescence already lies on
    a display scale (no absolute value above 10 in a range above 1,000) is taken as it is.

Not decided here
    Gates; these scales serve quality control alone.
"""

import re
from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import MethodError
from nktrial.cytometry.compensation import Mixture, compensation, file_matrix
from nktrial.cytometry.logicle import logicle
from nktrial.cytometry.readout import Readout, read_column
from nktrial.cytometry.scale import EventBlock, time_step
from nktrial.cytometry.strategy import BLOCK_EVENTS
from nktrial.model.events import Channel, EventMatrix

__all__ = [
    "DECADES",
    "Scales",
    "estimated_width",
    "find_channel",
    "judged_channels",
    "time_channel",
    "viability_channel",
]

FloatArray: TypeAlias = NDArray[np.float64]

DECADES: Final = 4.5
DEFAULT_WIDTH: Final = 0.5
NEGATIVE_QUANTILE: Final = 0.05  # flowCore's estimateLogicle; Parks, Roederer and Moore 2006, Cytometry A 69A:541
DISPLAYED_BELOW: Final = 10.0  # [unverified] own choice: display scales run to 4.5 decades or to 1
RAW_TOP: Final = 1000.0
SCATTER: Final = re.compile(r"^(FSC|SSC|FS|SS|BSC)\b|^(FSC|SSC|BSC)", re.IGNORECASE)
NO_SIGNAL: Final = re.compile(
    r"^(time|hdr-t|event.?(number|length|#|no)?|.*original_?id|cell.?length|index)$", re.IGNORECASE
)
TIME: Final = re.compile(r"^(time|hdr-t)$", re.IGNORECASE)
VIABILITY: Final = re.compile(
    r"viab|live|dead|zombie|aqua|l/d|\bld\b|fvs|\bfvd\b|vivid|7-?aad|\bpi\b|\bdapi\b|sytox|cisplatin|\bz uv\b|draq",
    re.IGNORECASE,
)
COMPENSATED: Final = re.compile(r"^(fj)?comp-", re.IGNORECASE)


def time_channel(channels: Sequence[Channel]) -> Channel | None:
    """Return the time channel, or None."""
    return next((channel for channel in channels if TIME.match(channel.name.strip())), None)


def viability_channel(channels: Sequence[Channel]) -> Channel | None:
    """Return the channel whose marker is that of a viability dye, or None where none or several are."""
    found = [channel for channel in channels if VIABILITY.search(channel.marker)]
    return found[0] if len(found) == 1 else None


def find_channel(channels: Sequence[Channel], name: str) -> Channel:
    """Return a channel by its name or its marker.

    Raises
    ------
    MethodError
        NK-QCF-02 there is no such channel.
    """
    found = [channel for channel in channels if channel.name == name]
    found += [channel for channel in channels if channel.marker == name]
    if found:
        return found[0]
    known = ", ".join(channel.name for channel in channels)
    raise MethodError(
        "NK-QCF-02",
        f"the file has no channel {name[:60]!r} among {known[:400]}.",
        remedy="Name a channel as the file's $PnN or $PnS does.",
    )


def judged_channels(channels: Sequence[Channel], names: Sequence[str] = ()) -> tuple[Channel, ...]:
    """Return the channels that quality control looks at.

    Parameters
    ----------
    channels : sequence of Channel
        Of the file.
    names : sequence of str
        Names or markers; empty for the rule of the module.

    Raises
    ------
    MethodError
        NK-QCF-01 none is left; NK-QCF-02 a name is not in the file.
    """
    if names:
        chosen = list(dict.fromkeys(find_channel(channels, name) for name in names))
    else:
        areas = {channel.name[:-2] for channel in channels if channel.name.upper().endswith("-A")}
        chosen = [
            channel
            for channel in channels
            if not NO_SIGNAL.match(channel.name.strip())
            and not (channel.name.upper().endswith(("-H", "-W")) and channel.name[:-2] in areas)
        ]
    if not chosen:
        raise MethodError(
            "NK-QCF-01",
            "the file has no channel that quality control could look at.",
            remedy="Name channels with --channels.",
        )
    return tuple(chosen)


def estimated_width(values: FloatArray, top: float) -> float:
    """Return the width W of a logicle scale [decades] from the negative values of a channel.

    Parameters
    ----------
    values : (n,) float
        Compensated scale values.
    top : float
        Top of the scale, T.
    """
    negative = values[values < 0.0]
    if not negative.size:
        return DEFAULT_WIDTH
    reference = abs(float(np.quantile(negative, NEGATIVE_QUANTILE)))
    return float(np.clip((DECADES - np.log10(top / reference)) / 2.0, 0.0, DECADES / 2.0))


class Scales:
    """The display values of a file's channels, one channel at a time.

    Parameters
    ----------
    matrix : EventMatrix
        The events.

    Raises
    ------
    MethodError
        As ``compensation`` and ``time_step``.
    """

    def __init__(self, matrix: EventMatrix) -> None:
        self._matrix = matrix
        self._step = time_step(matrix)
        self.displayed = _is_displayed(matrix)
        spectrum = None if self.displayed or _is_compensated(matrix) else file_matrix(matrix)
        positions = {channel.name: channel.index for channel in reversed(matrix.channels)}
        self._mixtures: dict[str, Mixture] = {} if spectrum is None else compensation(spectrum, positions, "FCS")
        self.compensated = bool(self._mixtures)

    def scale_values(self, channel: Channel) -> FloatArray:
        """Return a channel's compensated scale values, (n,) float."""
        source = Readout(self._mixtures.get(channel.name, Mixture((channel.index,), (1.0,))))
        values = self._matrix.values
        parts = [
            read_column(source, EventBlock(values[start : start + BLOCK_EVENTS], self._matrix.channels, self._step))
            for start in range(0, values.shape[0], BLOCK_EVENTS)
        ]
        return np.concatenate(parts) if parts else np.zeros(0)

    def display_values(self, channel: Channel) -> FloatArray:
        """Return a channel's display values, (n,) float: decades for fluorescence, scale values for scatter."""
        values = self.scale_values(channel)
        if self.displayed or SCATTER.match(channel.name) or channel.top <= RAW_TOP:
            return values
        finite = np.isfinite(values)
        width = estimated_width(values[finite], channel.top)
        shown = np.full(values.size, np.nan)
        shown[finite] = logicle(values[finite], channel.top, width, DECADES, 0.0) * DECADES
        return shown


def _is_displayed(matrix: EventMatrix) -> bool:
    """Tell whether the file's fluorescence already lies on a display scale."""
    columns = [
        channel.index
        for channel in judged_channels(matrix.channels)
        if not SCATTER.match(channel.name) and channel.top > RAW_TOP and not channel.decades
    ]
    if not columns or not matrix.values.shape[0] or matrix.values.dtype.kind in "iu":
        return False
    largest = []
    for column in columns:
        values = matrix.values[:, column].astype(np.float64)
        finite = np.abs(values[np.isfinite(values)])
        if finite.size:
            largest.append(float(np.quantile(finite, 0.999)))
    return bool(largest) and float(np.median(largest)) < DISPLAYED_BELOW


def _is_compensated(matrix: EventMatrix) -> bool:
    """Tell whether the channels' names say that they are compensated."""
    return any(COMPENSATED.match(channel.name) for channel in matrix.channels)
