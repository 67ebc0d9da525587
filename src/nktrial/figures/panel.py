"""One panel over two channels: heading, frame, ticks, names of channels; what gate pictures and overlays share.

Definition
    A panel's plot is a square. A tick with a label is long, one without is short. Labels that would touch the one
    before are left out.

Not decided here
    What is drawn inside the frame.
"""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from nktrial.figures import theme

__all__ = [
    "LEFT",
    "LETTER",
    "PANEL_HEIGHT",
    "PANEL_STYLE",
    "PANEL_WIDTH",
    "PLOT",
    "TOP",
    "along",
    "clip",
    "frame",
    "heading",
    "x_axis",
    "y_axis",
]

PLOT: Final = 208.0
LEFT: Final = 46.0
TOP: Final = 40.0
PANEL_WIDTH: Final = 272.0
PANEL_HEIGHT: Final = 298.0
LETTER: Final = 0.56  # mean width of a letter, of its size
HEADING_LETTERS: Final = 38
LABEL_LETTERS: Final = 34
EDGE: Final = "#8c99a5"
PANEL_STYLE: Final = f"font-family='{theme.FONT}' font-size='11' fill='{theme.MUTED}'"


def along(position: float, limits: tuple[float, float]) -> float:
    """Return where a position lies between the limits, 0 to 1."""
    return (position - limits[0]) / (limits[1] - limits[0])


def heading(title: str, note: str) -> Iterator[str]:
    """Yield a panel's title (its end, where it is long) and the line below it."""
    shown = title if len(title) <= HEADING_LETTERS else f"…{title[-HEADING_LETTERS + 1 :]}"
    yield f'<text x="{LEFT:g}" y="16" font-size="12" font-weight="bold" fill="{theme.INK}">{escape(shown)}</text>'
    yield f'<text x="{LEFT:g}" y="31">{escape(note)}</text>'


def frame() -> str:
    """Return the frame, to be drawn above what it frames."""
    return f'<rect {_place()} fill="none" stroke="{EDGE}"/>'


def clip(name: str) -> str:
    """Return the clip path of the plot."""
    return f'<clipPath id="{name}-clip"><rect {_place()}/></clipPath>'


def x_axis(ticks: Sequence[tuple[float, str]], limits: tuple[float, float], label: str) -> Iterator[str]:
    """Yield the ticks below the plot, their labels and the channel's name."""
    bottom, taken, places = TOP + PLOT, -1e9, _inside(ticks, limits)
    yield _tick_path((f"M{LEFT + PLOT * at:.1f} {bottom:g}v{5 if text else 3}" for at, text in places))
    for at, text in places:
        x, half = LEFT + PLOT * at, 5.5 * LETTER * len(text)
        if text and x - half > taken + 4:
            yield f'<text x="{x:.1f}" y="{bottom + 16:g}" text-anchor="middle" font-size="10">{escape(text)}</text>'
            taken = x + half
    yield (
        f'<text x="{LEFT + PLOT / 2:g}" y="{bottom + 33:g}" text-anchor="middle" fill="{theme.INK}">'
        f"{escape(_shortened(label))}</text>"
    )


def y_axis(ticks: Sequence[tuple[float, str]], limits: tuple[float, float], label: str) -> Iterator[str]:
    """Yield the ticks beside the plot, their labels and the channel's name."""
    bottom, taken, places = TOP + PLOT, 1e9, _inside(ticks, limits)
    yield _tick_path((f"M{LEFT:g} {bottom - PLOT * at:.1f}h{-5 if text else -3}" for at, text in places))
    for at, text in places:
        y = bottom - PLOT * at
        if text and y < taken - 11:
            yield f'<text x="{LEFT - 7:g}" y="{y + 3.5:.1f}" text-anchor="end" font-size="10">{escape(text)}</text>'
            taken = y
    turned = f'transform="translate(10 {TOP + PLOT / 2:g}) rotate(-90)"'
    yield f'<text {turned} text-anchor="middle" fill="{theme.INK}">{escape(_shortened(label))}</text>'


def _inside(ticks: Sequence[tuple[float, str]], limits: tuple[float, float]) -> list[tuple[float, str]]:
    """Return the ticks of the axis as (0 to 1, label), in order."""
    places = sorted((along(position, limits), text) for position, text in ticks)
    return [(at, text) for at, text in places if -1e-4 <= at <= 1.0 + 1e-4]


def _tick_path(moves: Iterator[str]) -> str:
    return f'<path d="{"".join(moves)}" stroke="{EDGE}" fill="none"/>'


def _place() -> str:
    return f'x="{LEFT:g}" y="{TOP:g}" width="{PLOT:g}" height="{PLOT:g}"'


def _shortened(label: str) -> str:
    return label if len(label) <= LABEL_LETTERS else f"{label[: LABEL_LETTERS - 1]}…"
