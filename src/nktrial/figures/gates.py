"""Gating hierarchy: density pictures under vector gates, one panel for each parent and pair of channels.

Definition
    Gates of the same parent and the same axes share a panel, as a cytometrist draws them. A gate's label is its name
    and its percentage of the parent's events. The panel is headed by the parent's path and its events. Events that
    stand alone are vector dots over the pixels of the others (see ``density_picture``).

Not decided here
    Counts, densities and outlines: they come with the results. The SVG is composed here and not by Vega-Lite because
    a page has dozens of panels; see docs/decisions/0003-gate-pictures.md.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nktrial.core.errors import MethodError
from nktrial.figures.density_picture import DOT_COLOUR, density_picture, density_png
from nktrial.figures.gate_marks import GateMark, gate_marks
from nktrial.figures.packed import unpacked_counts
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
from nktrial.figures.wording import count_text, percent_text
from nktrial.model.results import GateView

__all__ = [
    "COLUMNS",
    "PANELS_A_SHEET",
    "GatePanel",
    "dot_path",
    "gate_panels",
    "gate_sheet_svg",
    "require_panels",
    "share_words",
]

PANELS_A_SHEET: Final = 9
COLUMNS: Final = 3  # on paper, labels of four would be too small to read
DOT_WIDTH: Final = 1.7


@dataclass(frozen=True, slots=True)
class GatePanel:
    """Gates of one parent over one pair of channels, in gate order; the first one's density is drawn."""

    gates: tuple[GateView, ...]

    @property
    def first(self) -> GateView:
        """Return the gate whose density and axes the panel shows."""
        return self.gates[0]


def gate_panels(gates: Sequence[GateView]) -> tuple[GatePanel, ...]:
    """Group the gates of one sample into panels.

    Parameters
    ----------
    gates : sequence of GateView
        In gate order, parents before children.

    Returns
    -------
    tuple of GatePanel
        In the order of each panel's first gate.
    """
    groups: dict[tuple[object, ...], list[GateView]] = {}
    for gate in gates:
        axes = (gate.x_label, gate.y_label, gate.x_range, gate.y_range)
        groups.setdefault((gate.file, gate.parent_path, *axes, gate.grid), []).append(gate)
    return tuple(GatePanel(tuple(group)) for group in groups.values())


def gate_sheet_svg(panels: Sequence[GatePanel], *, name: str, title: str, columns: int = COLUMNS) -> str:
    """Draw panels, row by row.

    Parameters
    ----------
    panels : sequence of GatePanel
        At most ``PANELS_A_SHEET`` where the sheet shall fit a page.
    name : str
        Prefix of every id: letters, digits, ``-``, ``_``, ``.``.
    title : str
        Title of the figure.
    columns : int
        Panels in a row.

    Returns
    -------
    str
        An ``svg`` element.

    Raises
    ------
    MethodError
        NK-FIG-02 a grid does not fit its stated shape; NK-FIG-03 there is no panel.
    """
    require_panels(panels, title)
    columns = min(columns, len(panels))
    rows = -(-len(panels) // columns)
    shares = "; ".join(
        f"{gate.path} {share_words(gate.count, gate.parent_count)}" for panel in panels for gate in panel.gates
    )
    width, height = columns * PANEL_WIDTH, rows * PANEL_HEIGHT
    parts = [opening_tag(name, width, height, title, f"Gates over density plots: {shares}."), f"<g {PANEL_STYLE}>"]
    for place, panel in enumerate(panels):
        row, column = divmod(place, columns)
        parts.append(f'<g transform="translate({column * PANEL_WIDTH:g} {row * PANEL_HEIGHT:g})">')
        parts += [*_panel(panel, f"{name}-p{place}"), "</g>"]
    return "".join([*parts, "</g></svg>"])


def require_panels(panels: Sequence[object], where: str) -> None:
    """Refuse a sheet without a panel; NK-FIG-03."""
    if not panels:
        raise MethodError(
            "NK-FIG-03",
            "there is no gate of one or two dimensions, so that there is nothing to draw.",
            where=where,
            remedy="Draw gates of one or two dimensions; boolean gates and gates of three or more have no picture.",
        )


def share_words(count: int, parent_count: int) -> str:
    """Return a count as percentage of its parent; words where the parent has no event."""
    return percent_text(count / parent_count) if parent_count else "of no events"


def dot_path(dots: Sequence[tuple[int, int]], rows: int, columns: int, *, colour: str = DOT_COLOUR) -> str:
    """Return the path of dots, one a cell: the way from each to the next, in cells.

    Parameters
    ----------
    dots : sequence of (column, row)
        Row 0 lowest.
    rows, columns : int
        Of the grid that fills the plot.
    colour : str
        Of the dots.
    """
    here, moves = (0, 0), []
    for column, row in dots:
        x, y = column, rows - 1 - row
        moves.append(f"m{x - here[0]} {y - here[1]}h0")
        here = (x, y)
    scale = f"translate({LEFT:g} {TOP:g}) scale({PLOT / columns:.6g} {PLOT / rows:.6g}) translate(.5 .5)"
    return (
        f'<path class="dots" transform="{scale}" d="M0 0{"".join(moves)}" fill="none" stroke="{colour}" '
        f'stroke-width="{DOT_WIDTH * columns / PLOT:.3g}" stroke-linecap="round"/>'
    )


def _panel(panel: GatePanel, name: str) -> list[str]:
    """Return heading, density, axes, outlines and labels."""
    gate = panel.first
    counts = unpacked_counts(gate.grid, gate.grid_shape, where=f"{gate.file}, gate {gate.path}")
    picture = density_picture(counts)
    data = base64.b64encode(density_png(picture.levels)).decode("ascii")
    place = f'x="{LEFT:g}" y="{TOP:g}" width="{PLOT:g}" height="{PLOT:g}"'
    dots = [(int(column), int(row)) for column, row in picture.dots]
    marks = [
        GateMark(
            item.outline,
            f"{item.path.rsplit('/', 1)[-1]} {share_words(item.count, item.parent_count)}",
            item.record,
        )
        for item in panel.gates
    ]
    return [
        *heading(gate.parent_path or "all events", f"{count_text(gate.parent_count)} events"),
        clip(name),
        f'<image {place} preserveAspectRatio="none" href="data:image/png;base64,{data}"/>',
        *([dot_path(dots, *gate.grid_shape)] if dots else []),
        *x_axis(gate.x_ticks, gate.x_range, gate.x_label),
        *y_axis(gate.y_ticks, gate.y_range, gate.y_label),
        *gate_marks(marks, gate.x_range, gate.y_range, name),
    ]
