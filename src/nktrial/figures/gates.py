"""Gating hierarchy: density pictures under vector gates, one panel for each parent and pair of channels.

Definition
    Gates of the same parent and the same axes share a panel, as a cytometrist draws them. A gate's label is its name
    and its percentage of the parent's events. The panel is headed by the parent's path and its events.

Not decided here
    Counts, densities and outlines: they come with the results. The SVG is composed here and not by Vega-Lite because
    a page has dozens of panels; see docs/decisions/0003-gate-pictures.md.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from nktrial.figures import theme
from nktrial.figures.density_picture import density_png
from nktrial.figures.packed import unpacked_counts
from nktrial.figures.render import opening_tag
from nktrial.figures.wording import count_text, percent_text
from nktrial.model.results import GateView

__all__ = ["PANELS_A_SHEET", "GatePanel", "gate_panels", "gate_sheet_svg"]

PANELS_A_SHEET: Final = 12
COLUMNS: Final = 4
PLOT: Final = 204.0
LEFT: Final = 44.0
TOP: Final = 40.0
PANEL_WIDTH: Final = 268.0
PANEL_HEIGHT: Final = 292.0
LABEL_SIZE: Final = 12.0
LETTER: Final = 0.56
HEADING_LETTERS: Final = 38

_STYLE: Final = (
    f"font-family='{theme.FONT}' font-size='11' fill='{theme.MUTED}'",
    f"fill='none' stroke='{theme.THRESHOLD}' stroke-width='1.8' stroke-linejoin='round'",
)


@dataclass(frozen=True, slots=True)
class GatePanel:
    """Gates of one parent over one pair of channels, in gate order; the first one's density is drawn."""

    gates: tuple[GateView, ...]

    @property
    def first(self) -> GateView:
        """Return the gate whose density and axes the panel shows."""
        return self.gates[0]


@dataclass(frozen=True, slots=True)
class Box:
    """A label's place inside the plot: left, top, width, height."""

    left: float
    top: float
    width: float
    height: float

    def overlaps(self, other: "Box") -> bool:
        """Tell whether two boxes share any point."""
        return (
            self.left < other.left + other.width
            and other.left < self.left + self.width
            and self.top < other.top + other.height
            and other.top < self.top + self.height
        )


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


def gate_sheet_svg(panels: Sequence[GatePanel], *, name: str, title: str) -> str:
    """Draw panels, four in a row.

    Parameters
    ----------
    panels : sequence of GatePanel
        At most ``PANELS_A_SHEET``, so that a sheet fits a page.
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
        NK-FIG-02 a grid does not fit its stated shape.
    """
    columns = min(COLUMNS, len(panels))
    rows = -(-len(panels) // COLUMNS)
    shares = "; ".join(f"{gate.path} {_share_words(gate)}" for panel in panels for gate in panel.gates)
    parts = [
        opening_tag(name, columns * PANEL_WIDTH, rows * PANEL_HEIGHT, title, f"Gates over density plots: {shares}."),
        f"<g {_STYLE[0]}>",
    ]
    for place, panel in enumerate(panels):
        row, column = divmod(place, COLUMNS)
        parts.append(f'<g transform="translate({column * PANEL_WIDTH:g} {row * PANEL_HEIGHT:g})">')
        parts += [*_heading(panel), *_picture(panel.first, f"{name}-p{place}"), *_axes(panel.first)]
        parts += [*_outlines(panel, f"{name}-p{place}"), "</g>"]
    return "".join([*parts, "</g></svg>"])


def _heading(panel: GatePanel) -> list[str]:
    """Return the parent's path and its events above the plot."""
    parent = panel.first.parent_path or "all events"
    shown = parent if len(parent) <= HEADING_LETTERS else f"…{parent[-HEADING_LETTERS + 1 :]}"
    events = f"{count_text(panel.first.parent_count)} events"
    return [
        f'<text x="{LEFT:g}" y="16" font-size="12" font-weight="bold" fill="{theme.INK}">{escape(shown)}</text>',
        f'<text x="{LEFT:g}" y="31">{events}</text>',
    ]


def _picture(gate: GateView, name: str) -> list[str]:
    """Return the density, its frame, and the clip that outlines need."""
    counts = unpacked_counts(gate.grid, gate.grid_shape, where=f"{gate.file}, gate {gate.path}")
    data = base64.b64encode(density_png(counts)).decode("ascii")
    frame = f'x="{LEFT:g}" y="{TOP:g}" width="{PLOT:g}" height="{PLOT:g}"'
    return [
        f'<image {frame} preserveAspectRatio="none" href="data:image/png;base64,{data}"/>',
        f'<rect {frame} fill="none" stroke="#b8c3cd"/>',
        f'<clipPath id="{name}-clip"><rect {frame}/></clipPath>',
    ]


def _axes(gate: GateView) -> list[str]:
    """Return ticks, their labels and the channels' names."""
    bottom, parts, taken = TOP + PLOT, [], -1e9
    for position, label in sorted(gate.x_ticks):
        x = LEFT + PLOT * _along(position, gate.x_range)
        if not LEFT - 0.01 <= x <= LEFT + PLOT + 0.01:
            continue
        parts.append(f'<path d="M{x:.1f} {bottom:g}v4" stroke="#b8c3cd"/>')
        half = 5.5 * LETTER * len(label)
        if label and x - half > taken + 4:
            parts.append(
                f'<text x="{x:.1f}" y="{bottom + 15:g}" text-anchor="middle" font-size="10">{escape(label)}</text>'
            )
            taken = x + half
    taken = 1e9
    for position, label in sorted(gate.y_ticks):
        y = bottom - PLOT * _along(position, gate.y_range)
        if not TOP - 0.01 <= y <= bottom + 0.01:
            continue
        parts.append(f'<path d="M{LEFT:g} {y:.1f}h-4" stroke="#b8c3cd"/>')
        if label and y < taken - 11:
            parts.append(
                f'<text x="{LEFT - 6:g}" y="{y + 3.5:.1f}" text-anchor="end" font-size="10">{escape(label)}</text>'
            )
            taken = y
    middle, half_way = LEFT + PLOT / 2.0, TOP + PLOT / 2.0
    parts.append(f'<text x="{middle:g}" y="{bottom + 31:g}" text-anchor="middle">{escape(gate.x_label)}</text>')
    turned = f'transform="translate(10 {half_way:g}) rotate(-90)"'
    return [*parts, f'<text {turned} text-anchor="middle">{escape(gate.y_label)}</text>']


def _outlines(panel: GatePanel, name: str) -> list[str]:
    """Return the gates and their labels, each label where it covers no other."""
    parts: list[str] = []
    taken: list[Box] = []
    for gate in panel.gates:
        corners = [
            (LEFT + PLOT * _along(x, gate.x_range), TOP + PLOT * (1.0 - _along(y, gate.y_range)))
            for x, y in gate.outline
        ]
        if corners:
            path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners) + "Z"
            parts.append(f'<path clip-path="url(#{name}-clip)" d="{path}" {_STYLE[1]}/>')
        leaf = gate.path.rsplit("/", 1)[-1]
        words = f"{leaf} {_share_words(gate)}"
        box = _free_place(corners, len(words) * LABEL_SIZE * LETTER, taken)
        taken.append(box)
        middle, base = box.left + box.width / 2.0, box.top + box.height - 3.0
        parts.append(
            f'<text class="gate" data-record="{escape(gate.record)}" x="{middle:.1f}" y="{base:.1f}" '
            f'text-anchor="middle" font-size="{LABEL_SIZE:g}" font-weight="bold" fill="{theme.INK}" '
            f'stroke="#ffffff" stroke-width="3.5" stroke-linejoin="round" paint-order="stroke">{escape(words)}</text>'
        )
    return parts


def _free_place(corners: list[tuple[float, float]], width: float, taken: list[Box]) -> Box:
    """Return a box above, inside or below the gate's bounds that stays in the plot and off other labels."""
    xs, ys = [x for x, _ in corners] or [LEFT + PLOT / 2.0], [y for _, y in corners] or [TOP]
    height = LABEL_SIZE + 4.0
    middle = (min(xs) + max(xs)) / 2.0
    left = min(max(middle - width / 2.0, LEFT + 2.0), LEFT + PLOT - width - 2.0)
    tops = (min(ys) - height - 2.0, min(ys) + 3.0, max(ys) - height - 3.0, max(ys) + 3.0)
    inside = [top for top in tops if TOP <= top <= TOP + PLOT - height]
    steps = [TOP + 2.0 + step * height for step in range(int(PLOT // height))]
    boxes = [Box(left, top, width, height) for top in [*inside, *steps]]
    return next((box for box in boxes if not any(box.overlaps(other) for other in taken)), boxes[0])


def _share_words(gate: GateView) -> str:
    """Return the gate's percentage of its parent; words where the parent has no event."""
    return percent_text(gate.count / gate.parent_count) if gate.parent_count else "of no events"


def _along(position: float, limits: tuple[float, float]) -> float:
    """Return where a position lies between the limits, 0 to 1."""
    return (position - limits[0]) / (limits[1] - limits[0])
