"""Axes of a gate's picture: label, range and ticks on the display scale.

Definition
    The range covers 99.8 % of the events, the others as far as an eighth of that span beyond, the gates' bounds as far
    as half of it, plus 3 % on each side. Labelled ticks stand at 0 and powers of ten on logarithmic scales, at round
    numbers on linear ones, in scale units; ticks without a label stand at the multiples between.

Not decided here
    Colours, sizes, fonts.
"""

import math
from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.cytometry.transforms import displayed
from nktrial.model.events import Channel
from nktrial.model.gates import Bounded, Dimension, Linear, Log, OffsetLog, Range, Ratio, Transform

__all__ = ["Ticks", "axis_label", "axis_range", "axis_ticks"]

FloatArray: TypeAlias = NDArray[np.float64]
Ticks: TypeAlias = tuple[tuple[float, str], ...]

COVERED: Final = (0.001, 0.999)
REACH: Final = 0.5
OUTLIER_REACH: Final = 0.125
PADDING: Final = 0.03
NEAREST_TICKS: Final = 0.055  # of the axis
NEAREST_MINOR: Final = 0.011
LINEAR_TICKS: Final = 5
SUPERSCRIPTS: Final = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def axis_label(dimension: Dimension, channels: Sequence[Channel], ratio: Ratio | None) -> str:
    """Return ``"CD56 (BV605-A)"``, the channel alone where it has no marker, or a ratio of two channels."""
    if ratio is not None:
        return f"{ratio.numerator} / {ratio.denominator}"
    marker = next((channel.marker for channel in channels if channel.name == dimension.channel), "")
    return f"{marker} ({dimension.channel})" if marker and marker != dimension.channel else dimension.channel


def axis_range(values: FloatArray, bounds: Sequence[float]) -> tuple[float, float]:
    """Return an axis's limits.

    Parameters
    ----------
    values : (n,) float
        Display values of the events; those that are not finite are left out.
    bounds : sequence of float
        The gate's finite bounds on the display scale.

    Returns
    -------
    (low, high) : float
        low < high.
    """
    finite = values[np.isfinite(values)]
    if finite.size:
        low, high = (float(value) for value in np.quantile(finite, COVERED))
    else:
        low, high = min(bounds, default=0.0), max(bounds, default=1.0)
    span = high - low or max(abs(high), 1.0) * 0.1
    if finite.size:
        low = max(low - OUTLIER_REACH * span, float(finite.min()))
        high = min(high + OUTLIER_REACH * span, float(finite.max()))
    reach = [min(max(bound, low - REACH * span), high + REACH * span) for bound in bounds]
    low, high = min([low, *reach]), max([high, *reach])
    padding = PADDING * (high - low) or 0.05 * max(abs(high), 1.0)
    return low - padding, high + padding


def axis_ticks(transform: Transform | None, low: float, high: float, *, about: int = LINEAR_TICKS) -> Ticks:
    """Return (position on the display scale, label in scale units or nothing), from low to high.

    On a linear scale at most ``about`` labels stand, give or take one.
    """
    scale = transform.scale if isinstance(transform, Bounded) else transform
    if isinstance(scale, Range):
        scale = Linear(scale.high, -scale.low)  # the same formula
    if scale is None or isinstance(scale, Linear):
        return _linear_ticks(scale, low, high, about)
    return _decade_ticks(scale, low, high)


def _decade_ticks(scale: Transform, low: float, high: float) -> Ticks:
    """Return 0 and powers of ten where they have room, and 2 to 9 times a power between them."""
    positive = isinstance(scale, Log | OffsetLog)
    decades = [10.0**power for power in range(15, -4 if positive else -1, -1)]
    wanted = decades if positive else [0.0, *(s * d for d in decades for s in (1.0, -1.0))]
    room = NEAREST_TICKS * (high - low)
    major: dict[float, float] = {}
    for value, position in zip(wanted, displayed(scale, np.array(wanted)).tolist(), strict=True):
        if low <= position <= high and not any(abs(position - other) < room for other in major.values()):
            major[value] = position
    powers = [value for value in major if value]
    between = [value * part / 10.0 for value in powers for part in range(1, 10)]
    beyond = [value * part for value in powers for part in range(2, 10) if value * 10.0 not in major]
    minor = sorted(set(between + beyond) - set(major))
    places = displayed(scale, np.array(minor)).tolist() if minor else []
    ticks = {position: _power_label(value) for value, position in major.items()}
    for place in places:
        if low <= place <= high and all(abs(place - other) >= NEAREST_MINOR * (high - low) for other in ticks):
            ticks[place] = ""
    return tuple(sorted(ticks.items()))


def _linear_ticks(transform: Linear | None, low: float, high: float, about: int) -> Ticks:
    """Return round numbers, and what divides the steps between them into 4 or 5."""
    offset, width = (0.0, 1.0) if transform is None else (transform.A, transform.T + transform.A)
    start, stop = low * width - offset, high * width - offset
    raw = (stop - start) / about
    power = 10.0 ** math.floor(math.log10(raw))
    factor = next(factor for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= raw * 0.999)
    step, parts = factor * power, 4 if factor == 2.0 else 5
    first, last = math.ceil(start / step * parts), math.floor(stop / step * parts)
    return tuple(
        ((k * step / parts + offset) / width, "" if k % parts else _plain_label(k // parts * step, step))
        for k in range(first, last + 1)
    )


def _power_label(value: float) -> str:
    """Return 0, 10³, -10³."""
    if value == 0.0:
        return "0"
    exponent = round(math.log10(abs(value)))
    return ("−" if value < 0 else "") + "10" + str(exponent).translate(SUPERSCRIPTS)


def _plain_label(value: float, step: float) -> str:
    """Return 0, 50k, 1.5M."""
    size = max(abs(value), step)
    for unit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if size >= unit and value:
            return f"{value / unit:.6g}{letter}"
    return f"{value:.6g}"
