"""Two samples laid over each other, one panel for each parent and pair of channels.

Definition
    Gates in two dimensions: contour lines that hold 95, 80, 60, 40 and 20 % of the parent's events, and a dot for each
    cell with events outside the outermost line; fewer than 100 events are all dots. Gates in one dimension: smoothed
    histograms, each to its own mode. The sample is drawn in colour, what it is laid over in grey beneath it. A gate's
    label is its name and the percentage of the parent in both.

Not decided here
    What a difference means.
"""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.figures import theme
from nktrial.figures.contour import contour_lines, share_levels
from nktrial.figures.density_picture import smoothed
from nktrial.figures.gate_marks import GateMark, gate_marks
from nktrial.figures.gates import dot_path, require_panels, share_words
from nktrial.figures.panel import (
    LEFT,
    PANEL_HEIGHT,
    PANEL_STYLE,
    PANEL_WIDTH,
    PLOT,
    TOP,
    clip,
    heading,
    x_axis,
    y_axis,
)
from nktrial.figures.render import opening_tag
from nktrial.figures.wording import count_text
from nktrial.model.pictures import OverlayView

__all__ = ["overlay_svg"]

SHARES: Final = (0.95, 0.8, 0.6, 0.4, 0.2)
FEWEST: Final = 100  # events; a contour of fewer would circle single ones
EVERY: Final = 2  # a contour is drawn on every second cell
LEGEND: Final = 30.0
COLOURS: Final = (theme.ACCENT, "#8793a0")
FILLS: Final = (0.0, 0.16)
COLUMNS: Final = 4
MODE_TICKS: Final = ((0.0, "0"), (0.25, ""), (0.5, "50 %"), (0.75, ""), (1.0, "mode"))
HEADROOM: Final = 1.18  # room for labels above the mode


def overlay_svg(views: Sequence[OverlayView], *, name: str, title: str) -> str:
    """Draw overlays, four in a row, under one legend.

    Parameters
    ----------
    views : sequence of OverlayView
        Of the same two samples.
    name : str
        Prefix of every id: letters, digits, ``-``, ``_``, ``.``.
    title : str
        Title of the figure.

    Returns
    -------
    str
        An ``svg`` element.

    Raises
    ------
    MethodError
        NK-FIG-03 there is no view.
    """
    require_panels(views, title)
    columns, rows = min(COLUMNS, len(views)), -(-len(views) // COLUMNS)
    told = "; ".join(f"{gate.path} {_both(gate.counts, gate.parent_counts)}" for view in views for gate in view.gates)
    names = views[0].names
    about = f"{names[0]} laid over {names[1]}. {told}."
    parts = [
        opening_tag(name, columns * PANEL_WIDTH, LEGEND + rows * PANEL_HEIGHT, title, about),
        f"<g {PANEL_STYLE}>",
        *_legend(names),
    ]
    for place, view in enumerate(views):
        row, column = divmod(place, COLUMNS)
        parts.append(f'<g transform="translate({column * PANEL_WIDTH:g} {LEGEND + row * PANEL_HEIGHT:g})">')
        parts += [*_panel(view, f"{name}-p{place}"), "</g>"]
    return "".join([*parts, "</g></svg>"])


def _legend(names: tuple[str, str]) -> Iterator[str]:
    """Yield both samples' names, one below the other's colour."""
    for place, (sample, colour) in enumerate(zip(names, COLOURS, strict=True)):
        x = LEFT + 300.0 * place
        shown = sample if len(sample) <= 46 else f"…{sample[-45:]}"
        yield f'<path d="M{x:g} 16h18" stroke="{colour}" stroke-width="4"/>'
        yield f'<text x="{x + 25:g}" y="20" font-size="12" fill="{theme.INK}">{escape(shown)}</text>'


def _panel(view: OverlayView, name: str) -> Iterator[str]:
    """Yield heading, both samples, axes and gates."""
    first = view.gates[0]
    events = " and ".join(count_text(count) for count in first.parent_counts)
    yield from heading(view.parent_path or "all events", f"{events} events")
    yield clip(name)
    for which in (1, 0):
        yield from _histogram(view.counts[which], which) if view.histogram else _contours(view.counts[which], which)
    yield from x_axis(view.x_ticks, view.x_range, view.x_label)
    if view.histogram:
        yield from y_axis(MODE_TICKS, (0.0, HEADROOM), "events")
    else:
        yield from y_axis(view.y_ticks, view.y_range, view.y_label)
    marks = [
        GateMark(gate.outline, f"{gate.path.rsplit('/', 1)[-1]} {_both(gate.counts, gate.parent_counts)}", "")
        for gate in view.gates
    ]
    yield from gate_marks(marks, view.x_range, view.y_range, name)


def _contours(counts: NDArray[np.uint32], which: int) -> Iterator[str]:
    """Yield a sample's contour lines, and its dots outside the outermost one."""
    spread, _ = smoothed(counts)
    levels = share_levels(spread, SHARES) if counts.sum() >= FEWEST else ()
    rows, columns = counts.shape
    outside = np.argwhere((counts > 0) & (spread < (levels[0] if levels else np.inf)))
    if outside.size:
        dots = [(column, row) for row, column in outside.tolist()]
        yield dot_path(dots, rows, columns, colour=COLOURS[which])
    for level in dict.fromkeys(level for level in levels if level > 0):
        path = "".join(
            "M" + "L".join(_points(line, rows, columns)) + "Z"
            for line in contour_lines(spread[::EVERY, ::EVERY], level)
        )
        yield (
            f'<path class="contour" d="{path}" fill="{COLOURS[which] if FILLS[which] else "none"}" '
            f'fill-opacity="{FILLS[which]:g}" fill-rule="evenodd" stroke="{COLOURS[which]}" stroke-width="1"/>'
        )


def _points(line: NDArray[np.float64], rows: int, columns: int) -> list[str]:
    """Return a contour's points in the plot: the grid's points are the middles of cells."""
    x = LEFT + PLOT * (EVERY * line[:, 0] + 0.5) / columns
    y = TOP + PLOT * (1.0 - (EVERY * line[:, 1] + 0.5) / rows)
    x, y = np.clip(x, LEFT, LEFT + PLOT), np.clip(y, TOP, TOP + PLOT)
    return [f"{across:.1f} {down:.1f}" for across, down in zip(x.tolist(), y.tolist(), strict=True)]


def _histogram(counts: NDArray[np.uint32], which: int) -> Iterator[str]:
    """Yield a sample's smoothed histogram along x; nothing where it has no events."""
    spread, _ = smoothed(counts)
    along_x = spread.sum(axis=0)
    highest = float(along_x.max(initial=0.0))
    if not highest > 0:
        return
    bottom, step = TOP + PLOT, PLOT / along_x.size
    points = "L".join(
        f"{LEFT + step * (place + 0.5):.1f} {bottom - PLOT * value / highest / HEADROOM:.1f}"
        for place, value in enumerate(along_x.tolist())
    )
    yield (
        f'<path class="histogram" d="M{LEFT:g} {bottom:g}L{points}L{LEFT + PLOT:g} {bottom:g}" fill="{COLOURS[which]}" '
        f'fill-opacity="{0.12 if which == 0 else 0.3}" stroke="{COLOURS[which]}" stroke-width="1.4"/>'
    )


def _both(counts: tuple[int, int], parents: tuple[int, int]) -> str:
    """Return the percentage in the sample and, in brackets, in what it is laid over."""
    return f"{share_words(counts[0], parents[0])} ({share_words(counts[1], parents[1])})"
