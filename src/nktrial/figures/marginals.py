"""Overlays of one channel at a time: what two dimensions show, seen from below and from the left.

Definition
    A view in two dimensions becomes two views along x: of its x channel, and of its y channel turned to lie along x. A
    gate's outline becomes the range that it spans on that channel. Views in one dimension stay as they are.

Not decided here
    How a view is drawn.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from nktrial.model.pictures import OverlayView

__all__ = ["marginal_views"]


def marginal_views(views: Sequence[OverlayView]) -> tuple[OverlayView, ...]:
    """Return views whose samples are compared along one channel each, in the order of the views."""
    return tuple(each for view in views for each in ([view] if view.histogram else _both(view)))


def _both(view: OverlayView) -> Iterator[OverlayView]:
    """Yield the view's two sides."""
    yield _spanned(view)
    turned = replace(
        view,
        x_label=view.y_label,
        y_label=view.x_label,
        x_range=view.y_range,
        y_range=view.x_range,
        x_ticks=view.y_ticks,
        y_ticks=view.x_ticks,
        counts=(view.counts[0].T, view.counts[1].T),
        gates=tuple(replace(gate, outline=tuple((y, x) for x, y in gate.outline)) for gate in view.gates),
    )
    yield _spanned(turned)


def _spanned(view: OverlayView) -> OverlayView:
    """Return a view as histogram, each gate as the range that it spans along x."""
    low, high = view.y_range
    gates = []
    for gate in view.gates:
        places = [x for x, _ in gate.outline]
        span = (min(places), max(places)) if places else ()
        outline = tuple((x, y) for x, y in zip((*span, *span[::-1]), (low, low, high, high), strict=False))
        gates.append(replace(gate, outline=outline))
    return replace(view, gates=tuple(gates), histogram=True)
