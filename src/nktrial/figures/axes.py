"""Axes that several figures share: the log axis of cell concentrations and the axis of days."""

import math
from collections.abc import Iterable, Sequence
from typing import Final

from nktrial.figures.theme import Spec

__all__ = ["FOOT_GAP", "day_axis", "day_domain", "log_axis", "log_foot", "log_top"]

LOWEST_FOOT_PER_UL: Final = 0.01
FOOT_GAP: Final = 1.7
AXIS_TITLE: Final = "Donor NK cells / µL blood"


def log_foot(values_per_ul: Iterable[float], threshold_per_ul: float) -> float:
    """Return the decade at or below the lowest value and a tenth of the threshold, never below 0.01."""
    candidates = [threshold_per_ul / 10.0, *values_per_ul]
    lowest = min((value for value in candidates if value >= LOWEST_FOOT_PER_UL), default=LOWEST_FOOT_PER_UL)
    return float(10.0 ** math.floor(math.log10(lowest)))


def log_top(values_per_ul: Iterable[float], threshold_per_ul: float) -> float:
    """Return the decade above the highest value and the threshold, with room for its label."""
    return float(10.0 ** math.ceil(math.log10(max([threshold_per_ul, *values_per_ul]) * 1.15)))


def log_axis(foot: float, top: float) -> Spec:
    """Return the encoding of a log axis of donor NK cells over the field ``shown``."""
    powers = range(round(math.log10(foot)), round(math.log10(top)) + 1)
    return {
        "field": "shown",
        "type": "quantitative",
        "scale": {"type": "log", "domain": [foot / FOOT_GAP, top], "nice": False},
        "axis": {"title": AXIS_TITLE, "values": [10.0**power for power in powers], "format": "~g"},
    }


def day_domain(days: Sequence[int], window: tuple[int, int]) -> tuple[int, int]:
    """Return first and last day of the axis, with a day of air on both sides."""
    return min([*days, 0]) - 1, max([*days, window[1]]) + 1


def day_axis(days: tuple[int, int], title: str) -> Spec:
    """Return the encoding of the axis of days over the field ``day``."""
    return {
        "field": "day",
        "type": "quantitative",
        "scale": {"domain": list(days), "nice": False},
        "axis": {"title": title, "grid": False, "tickMinStep": 1, "tickCount": 10},
    }
