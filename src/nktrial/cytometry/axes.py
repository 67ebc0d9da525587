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

from nktrial.cytometry.tails import outer_quantiles
from nktrial.cytometry.transforms import displayed, scale_of
from nktrial.model.events import Channel
from nktrial.model.gates import Bounded, Dimension, Ratio, Transform

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
STRAIGHT: Final = 1e-9
TOLD_APART: Final = 0.02
SUPERSCRIPTS: Final = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def axis_label(dimension: Dimension, channels: Sequence[Channel], ratio: Ratio | None) -> str:
    """Return ``"CD56 (BV605-A)"``, the channel alone where it has no marker, or a ratio of two channels."""
    if ratio is not None:
        return f"{ratio.numerator} / {ratio.denominator}"
    marker = next((channel.marker for channel in channels if channel.name == dimension.channel), "")
    return f"{marker} ({dimension.channel})" if marker and marker != dimension.channel else dimension.channel


def axis_range(values: Sequence[FloatArray], bounds: Sequence[float]) -> tuple[float, float]:
    """Return an axis's limits.

    Parameters
    ----------
    values : sequence of (n,) float
        Finite display values of each sample's events.
    bounds : sequence of float
        The gate's finite bounds on the display scale.

    Returns
    -------
    (low, high) : float
        low < high.
    """
    filled = [part for part in values if part.size]
    if filled:
        low, high = outer_quantiles(filled, *COVERED)
    else:
        low, high = min(bounds, default=0.0), max(bounds, default=1.0)
    span = high - low or max(abs(high), 1.0) * 0.1
    if filled:
        low = max(low - OUTLIER_REACH * span, min(float(part.min()) for part in filled))
        high = min(high + OUTLIER_REACH * span, max(float(part.max()) for part in filled))
    reach = [min(max(bound, low - REACH * span), high + REACH * span) for bound in bounds]
    low, high = min([low, *reach]), max([high, *reach])
    padding = PADDING * (high - low) or 0.05 * max(abs(high), 1.0)
    return low - padding, high + padding


def axis_ticks(transform: Transform | None, low: float, high: float, *, about: int = LINEAR_TICKS) -> Ticks:
    """Return (position on the display scale, label in scale units or nothing), from low to high.

    On a linear scale at most ``about`` labels stand, give or take one.
    """
    scale = transform.scale if isinstance(transform, Bounded) else transform
    start, middle, stop = scale_of(scale, np.linspace(low, high, 3)).tolist()
    if scale is None or abs(start + stop - 2.0 * middle) <= STRAIGHT * abs(stop - start):
        return _linear_ticks(scale, start, stop, about)
    return _decade_ticks(scale, low, high)


def _decade_ticks(scale: Transform | None, low: float, high: float) -> Ticks:
    """Return 0 and powers of ten where they have room, and 2 to 9 times a power between them."""
    below, zero = displayed(scale, np.array([-1.0, 0.0])).tolist()
    decades = [10.0**power for power in range(15, -1 if below < zero else -4, -1)]
    wanted = [0.0, *(s * d for d in decades for s in (1.0, -1.0))] if below < zero else decades
    room = NEAREST_TICKS * (high - low)
    major: dict[float, float] = {}
    for value, position in _places(scale, wanted):
        if low <= position <= high and not any(abs(position - other) < room for other in major.values()):
            major[value] = position
    powers = [value for value in major if value]
    between = [value * part / 10.0 for value in powers for part in range(1, 10)]
    beyond = [value * part for value in powers for part in range(2, 10) if value * 10.0 not in major]
    minor = sorted(set(between + beyond) - set(major))
    ticks = {position: _power_label(value) for value, position in major.items()}
    for _, place in _places(scale, minor):
        if low <= place <= high and all(abs(place - other) >= NEAREST_MINOR * (high - low) for other in ticks):
            ticks[place] = ""
    return tuple(sorted(ticks.items()))


def _places(scale: Transform | None, values: Sequence[float]) -> list[tuple[float, float]]:
    """Return values with their places, without those beyond the end of a scale, which it shows all alike."""
    wanted = np.array(values, dtype=np.float64)
    places = displayed(scale, wanted)
    told = np.abs(scale_of(scale, places) - wanted) <= TOLD_APART * np.abs(wanted) + TOLD_APART
    return list(zip(wanted[told].tolist(), places[told].tolist(), strict=True))


def _linear_ticks(scale: Transform | None, start: float, stop: float, about: int) -> Ticks:
    """Return round numbers, and what divides the steps between them into 4 or 5."""
    raw = (stop - start) / about
    power = 10.0 ** math.floor(math.log10(raw))
    factor = next(factor for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= raw * 0.999)
    step, parts = factor * power, 4 if factor == 2.0 else 5
    steps = range(math.ceil(start / step * parts), math.floor(stop / step * parts) + 1)
    places = displayed(scale, np.array([k * step / parts for k in steps])).tolist()
    return tuple(
        (place, "" if k % parts else _plain_label(k // parts * step, step))
        for k, place in zip(steps, places, strict=True)
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
