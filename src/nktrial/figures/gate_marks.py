"""Outlines and labels of gates over a plot, each label where it covers no other.

Definition
    A gate is a dark line on a white one, seen on any colour. Its label stands above, inside or below the gate, within
    the plot; where all of these places are taken, at the first free line of the plot.

Not decided here
    What a label says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from nktrial.figures import theme
from nktrial.figures.panel import LEFT, LETTER, PLOT, TOP, along, frame

__all__ = ["GateMark", "gate_marks"]

LABEL_SIZE: Final = 12.0
LINE: Final = "stroke-linejoin='round' fill='none'"


@dataclass(frozen=True, slots=True)
class GateMark:
    """A gate to be drawn: its outline on the display scale, what is written beside it, and the count's record."""

    outline: Sequence[tuple[float, float]]
    words: str
    record: str


@dataclass(frozen=True, slots=True)
class Box:
    """A label's place: left, top, width, height."""

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


def gate_marks(
    gates: Sequence[GateMark], x_range: tuple[float, float], y_range: tuple[float, float], name: str
) -> list[str]:
    """Return the gates' outlines, the frame of the plot above them, and then the labels.

    Parameters
    ----------
    gates : sequence of GateMark
        In gate order.
    x_range, y_range : (low, high)
        Of the panel.
    name : str
        The panel's, whose clip path keeps the outlines inside.
    """
    lines: list[str] = []
    labels: list[str] = []
    taken: list[Box] = []
    for gate in gates:
        corners = [(LEFT + PLOT * along(x, x_range), TOP + PLOT * (1.0 - along(y, y_range))) for x, y in gate.outline]
        if corners:
            path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners) + "Z"
            shape = f'<path clip-path="url(#{name}-clip)" d="{path}" {LINE}'
            lines.append(f"{shape} stroke='#ffffff' stroke-width='3.2'/>")
            lines.append(f"{shape} class='outline' stroke='{theme.INK}' stroke-width='1.3'/>")
        box = _free_place(corners, len(gate.words) * LABEL_SIZE * LETTER, taken)
        taken.append(box)
        middle, foot = box.left + box.width / 2.0, box.top + box.height - 3.0
        record = f' data-record="{escape(gate.record)}"' if gate.record else ""
        labels.append(
            f'<text class="gate"{record} x="{middle:.1f}" y="{foot:.1f}" text-anchor="middle" '
            f'font-size="{LABEL_SIZE:g}" font-weight="bold" fill="{theme.INK}" stroke="#ffffff" '
            f'stroke-width="3.5" stroke-linejoin="round" paint-order="stroke">{escape(gate.words)}</text>'
        )
    return [*lines, frame(), *labels]


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
