"""What a gate reads of an event: one number a dimension.

Definition
    A dimension names a channel and a compensation, or a ratio of two channels. Its scale value is a channel's scale
    value, a weighted sum of channels (compensated), or A (x - B) / (y - C), cut off
    at the ratio's bounds. The display value is its transform.

Not decided here
    Which events are inside.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import MethodError
from nktrial.cytometry.compensation import Mixture, compensation, file_matrix
from nktrial.cytometry.scale import EventBlock
from nktrial.cytometry.transforms import clipped
from nktrial.model.events import EventMatrix
from nktrial.model.gates import (
    FROM_FILE,
    UNCOMPENSATED,
    BooleanGate,
    Dimension,
    GatingStrategy,
    Ratio,
    SpectrumMatrix,
    Transform,
)

__all__ = ["Readings", "Readout", "asked_matrices", "read_column", "readings", "readout"]

FloatArray: TypeAlias = NDArray[np.float64]

NO_NAMES: Final = ""


@dataclass(frozen=True, slots=True)
class Readout:
    """Where a dimension's scale value comes from: a mixture of channels, or the ratio of two mixtures."""

    mixture: Mixture
    over: Mixture | None = None
    ratio: Ratio | None = None

    @property
    def channels(self) -> tuple[int, ...]:
        """Columns of the file that the value depends on."""
        return self.mixture.channels + (self.over.channels if self.over else ())


@dataclass(frozen=True, slots=True)
class Readings:
    """Everything that turns the dimensions of one strategy into numbers of one file."""

    positions: Mapping[str, int]
    markers: Mapping[str, str]
    mixtures: Mapping[str, Mapping[str, Mixture]]
    transforms: Mapping[str, Transform]
    ratios: Mapping[str, Ratio]


def asked_matrices(strategy: GatingStrategy, matrix: EventMatrix) -> dict[str, SpectrumMatrix | None]:
    """Return the matrices that the gates ask for, None where the file has no matrix of its own.

    Raises
    ------
    MethodError
        NK-CYT-09 a gate names a compensation that the strategy does not define.
    """
    asked: dict[str, SpectrumMatrix | None] = {}
    for gate in strategy.gates:
        for dimension in () if isinstance(gate, BooleanGate) else gate.dimensions:
            name = dimension.compensation
            if name == FROM_FILE:
                asked[name] = file_matrix(matrix)
            elif name in strategy.matrices:
                asked[name] = strategy.matrices[name]
            elif name != UNCOMPENSATED:
                raise MethodError("NK-CYT-09", f"gate {gate.id!r} names compensation {name!r}, which is not defined.")
    return asked


def readings(strategy: GatingStrategy, matrix: EventMatrix) -> Readings:
    """Prepare the readouts of a strategy for a file; errors of ``asked_matrices`` and ``compensation``."""
    positions: dict[str, int] = {}
    for channel in matrix.channels:
        positions.setdefault(channel.name, channel.index)
    mixtures = {
        name: compensation(spectrum, positions, name)
        for name, spectrum in asked_matrices(strategy, matrix).items()
        if spectrum is not None
    }
    markers = {channel.marker: channel.name for channel in matrix.channels if channel.marker}
    return Readings(positions, markers, mixtures, strategy.transforms, strategy.ratios)


def readout(dimension: Dimension, known: Readings, gate: str) -> tuple[Readout, Transform | None]:
    """Return where a dimension's value comes from and its transform.

    Raises
    ------
    MethodError
        NK-CYT-10 the file has no such channel; NK-CYT-11 the transform or ratio is not defined.
    """
    transform = None
    if dimension.transform is not None:
        transform = known.transforms.get(dimension.transform)
        if transform is None:
            raise MethodError(
                "NK-CYT-11", f"gate {gate!r} names transform {dimension.transform!r}, which is not defined."
            )
    if dimension.ratio is None:
        return Readout(_mixture(dimension.channel, dimension.compensation, known, gate)), transform
    ratio = known.ratios.get(dimension.ratio)
    if ratio is None:
        raise MethodError("NK-CYT-11", f"gate {gate!r} names ratio {dimension.ratio!r}, which is not defined.")
    upper = _mixture(ratio.numerator, dimension.compensation, known, gate)
    lower = _mixture(ratio.denominator, dimension.compensation, known, gate)
    return Readout(upper, lower, ratio), transform


def read_column(source: Readout, block: EventBlock) -> FloatArray:
    """Return the scale values of a readout for all events of a block, (n,) float."""
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        value = _mixed(source.mixture, block)
        if source.ratio is None or source.over is None:
            return value
        quotient = source.ratio.A * ((value - source.ratio.B) / (_mixed(source.over, block) - source.ratio.C))
    finite = np.where(np.isfinite(quotient), quotient, np.nan)
    return clipped(finite, source.ratio.low, source.ratio.high)


def _mixed(mixture: Mixture, block: EventBlock) -> FloatArray:
    """Return a weighted sum of columns, always added in the same order."""
    first, *others = zip(mixture.channels, mixture.weights, strict=True)
    value = block.scale(first[0])
    if first[1] != 1.0:
        value = value * first[1]
    for channel, weight in others:
        value = value + block.scale(channel) * weight
    return value


def _mixture(name: str, compensated_by: str, known: Readings, gate: str) -> Mixture:
    """Find a channel, or a dye of a matrix, by its name."""
    mixture = known.mixtures.get(compensated_by, {}).get(name)
    if mixture is not None:
        return mixture
    position = known.positions.get(name)
    if position is None:
        raise MethodError(
            "NK-CYT-10",
            f"gate {gate!r} needs channel {name!r}, which the file does not have.{_nearest(name, known)}",
            remedy="Use the gates of this file's panel, or name the channel as the file's $PnN does.",
        )
    return Mixture((position,), (1.0,))


def _nearest(name: str, known: Readings) -> str:
    """Suggest the channel that was probably meant."""
    if name in known.markers:
        return f" {name!r} is the marker of channel {known.markers[name]!r}."
    import difflib  # noqa: PLC0415 (for an error only)

    folded = {position.casefold(): position for position in known.positions}
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.4)
    return f" The nearest name is {folded[close[0]]!r}." if close else NO_NAMES
