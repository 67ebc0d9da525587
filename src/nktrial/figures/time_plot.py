"""An acquisition along time: event rate above, the median of each channel below, bad stretches shaded.

Definition
    All rows share the time axis. A row's axis spans its own values, so that a drift is seen whatever the channel's
    size; a stretch without events leaves a gap. Shaded is what quality control would leave out.

Not decided here
    What is bad.
"""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.cytometry.axes import axis_ticks
from nktrial.figures import theme
from nktrial.figures.panel import PANEL_STYLE, along
from nktrial.figures.render import opening_tag
from nktrial.figures.wording import count_text
from nktrial.model.pictures import TimeCourse

__all__ = ["time_plot_svg"]

FloatArray: TypeAlias = NDArray[np.float64]

WIDTH: Final = 920.0
LEFT: Final = 200.0
RIGHT: Final = 14.0
PLOT: Final = WIDTH - LEFT - RIGHT
HEAD: Final = 46.0
FIRST_ROW: Final = 92.0
ROW: Final = 46.0
GAP: Final = 8.0
FOOT: Final = 44.0
BAD_FILL: Final = "#f6d9cd"
AIR: Final = 0.08
NAME_LETTERS: Final = 24


def time_plot_svg(course: TimeCourse, *, name: str) -> str:
    """Draw one file's course.

    Parameters
    ----------
    course : TimeCourse
        Rate, medians, bad stretches.
    name : str
        Prefix of every id: letters, digits, ``-``, ``_``, ``.``.

    Returns
    -------
    str
        An ``svg`` element.
    """
    rows = [("events / " + ("s" if course.unit == "s" else "tick"), course.rate, FIRST_ROW)]
    rows += [(label, course.medians[:, column], ROW) for column, label in enumerate(course.labels)]
    height = HEAD + sum(size + GAP for *_, size in rows) + FOOT
    limits = (float(course.edges[0]), float(course.edges[-1]))
    told = "; ".join(f"{bad.start:g} to {bad.stop:g} ({bad.reason})" for bad in course.bad) or "none"
    about = f"Event rate and channel medians along time; bad stretches: {told}."
    parts = [
        opening_tag(name, WIDTH, height, f"{course.file}: acquisition along time", about),
        f"<g {PANEL_STYLE}>",
        *_head(course),
        *_shaded(course, limits, height),
    ]
    top = HEAD
    for place, (label, values, size) in enumerate(rows):
        parts += _row(course.edges, values, label, (top, size), limits, filled=place == 0)
        top += size + GAP
    parts += _time_axis(limits, top - GAP, course.unit)
    return "".join([*parts, "</g></svg>"])


def _head(course: TimeCourse) -> Iterator[str]:
    """Yield the file's name and what the shade means."""
    yield f'<text x="{LEFT:g}" y="16" font-size="12" font-weight="bold" fill="{theme.INK}">{escape(course.file)}</text>'
    lasts = float(course.edges[-1] - course.edges[0])
    duration = count_text(round(lasts)) if lasts >= 100 else f"{lasts:.3g}"
    events = count_text(round(float((course.rate * np.diff(course.edges)).sum())))
    yield f'<text x="{LEFT:g}" y="32">{events} events in {duration} {course.unit}</text>'
    reasons = ", ".join(dict.fromkeys(bad.reason for bad in course.bad))
    if reasons:
        square = f'<tspan fill="{theme.THRESHOLD}">■</tspan>'
        yield f'<text x="{LEFT + PLOT:g}" y="32" text-anchor="end">{square} {escape(reasons)}</text>'


def _shaded(course: TimeCourse, limits: tuple[float, float], height: float) -> Iterator[str]:
    """Yield the bad stretches behind all rows, each wide enough to be seen."""
    for bad in course.bad:
        start, stop = (min(max(along(place, limits), 0.0), 1.0) for place in (bad.start, bad.stop))
        yield (
            f'<rect class="bad" x="{LEFT + PLOT * start:.1f}" y="{HEAD - 4:g}" '
            f'width="{max(PLOT * (stop - start), 2.0):.1f}" height="{height - HEAD - FOOT + 4:g}" fill="{BAD_FILL}">'
            f"<title>{escape(bad.reason)}</title></rect>"
        )


def _row(
    edges: FloatArray,
    values: FloatArray,
    label: str,
    place: tuple[float, float],
    limits: tuple[float, float],
    *,
    filled: bool,
) -> Iterator[str]:
    """Yield one row: its frame, its ticks, its name, its line."""
    top, size = place
    low, high = _span(values, from_zero=filled)
    bottom = top + size
    yield f'<rect x="{LEFT:g}" y="{top:g}" width="{PLOT:g}" height="{size:g}" fill="none" stroke="{theme.GRID}"/>'
    shown = label if len(label) <= NAME_LETTERS else f"{label[: NAME_LETTERS - 1]}…"
    middle = top + size / 2 + 4
    yield f'<text x="{LEFT - 48:g}" y="{middle:g}" text-anchor="end" fill="{theme.INK}">{escape(shown)}</text>'
    for position, text in _two_ticks(low, high):
        y = bottom - size * along(position, (low, high))
        yield f'<path d="M{LEFT:g} {y:.1f}h-4" stroke="#8c99a5"/>'
        yield f'<text x="{LEFT - 7:g}" y="{y + 3.5:.1f}" text-anchor="end" font-size="10">{escape(text)}</text>'
    middles = (edges[:-1] + edges[1:]) / 2.0
    for start, stop in _stretches(values):
        points = [
            f"{LEFT + PLOT * along(at, limits):.1f} {bottom - size * along(value, (low, high)):.1f}"
            for at, value in zip(middles[start:stop].tolist(), values[start:stop].tolist(), strict=True)
        ]
        line = f"M{'L'.join(points)}" if len(points) > 1 else f"M{points[0]}h.1"
        width = 1.5 if filled else 1.2
        yield (
            f'<path class="course" d="{line}" fill="none" stroke="{theme.ACCENT}" stroke-width="{width:g}" '
            'stroke-linejoin="round" stroke-linecap="round"/>'
        )


def _time_axis(limits: tuple[float, float], bottom: float, unit: str) -> Iterator[str]:
    """Yield the ticks and the name of the time axis."""
    for position, text in axis_ticks(None, *limits, about=10):
        x = LEFT + PLOT * along(position, limits)
        yield f'<path d="M{x:.1f} {bottom:g}v{5 if text else 3}" stroke="#8c99a5"/>'
        if text:
            yield f'<text x="{x:.1f}" y="{bottom + 17:g}" text-anchor="middle" font-size="10">{escape(text)}</text>'
    middle = LEFT + PLOT / 2
    yield f'<text x="{middle:g}" y="{bottom + 35:g}" text-anchor="middle" fill="{theme.INK}">time [{unit}]</text>'


def _span(values: FloatArray, *, from_zero: bool) -> tuple[float, float]:
    """Return the row's limits, with air above and below."""
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    low = min(low, 0.0) if from_zero else low
    span = high - low or max(abs(high), 1.0) * 0.1
    return low - (0.0 if from_zero else AIR * span), high + AIR * span


def _two_ticks(low: float, high: float) -> Sequence[tuple[float, str]]:
    """Return the lowest and the highest labelled tick."""
    named = [tick for tick in axis_ticks(None, low, high) if tick[1]]
    return [named[0], named[-1]] if len(named) > 1 else named


def _stretches(values: FloatArray) -> Iterator[tuple[int, int]]:
    """Yield the runs of known values."""
    known = np.concatenate([[False], np.isfinite(values), [False]])
    turns = np.flatnonzero(known[1:] != known[:-1])
    yield from zip(turns[::2].tolist(), turns[1::2].tolist(), strict=True)
