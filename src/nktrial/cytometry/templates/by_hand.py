"""Gates that were set by hand: placed under the template's parent, compared with the gate that was drawn.

Definition
    Two gates are the same where their dimensions, bounds and display scales are; ids of scales do not count.

Not decided here
    Who may set a gate.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

from nktrial.core.digest import Json
from nktrial.model.gates import Dimension, EllipsoidGate, Gate, PolygonGate, RectangleGate, Transform

__all__ = ["Drawable", "gate_bounds", "placed_gate", "same_gate"]

Drawable: TypeAlias = RectangleGate | PolygonGate | EllipsoidGate


def placed_gate(
    gate: Drawable, transforms: Mapping[str, Transform], parent: str | None, name: str
) -> tuple[Drawable, dict[str, Transform]]:
    """Return a gate under another parent, and the transforms that it names, under names of their own."""
    renamed = {old: f"{name}.{old}" for old in transforms}
    dimensions = tuple(
        replace(item, transform=None if item.transform is None else renamed[item.transform]) for item in gate.dimensions
    )
    named = {item.transform for item in dimensions}
    own = {renamed[old]: scale for old, scale in transforms.items() if renamed[old] in named}
    return _with(gate, parent, dimensions), own


def same_gate(
    gate: Drawable, transforms: Mapping[str, Transform], drawn: Gate, drawn_transforms: Mapping[str, Transform]
) -> bool:
    """Tell whether two gates under one parent hold the same events by definition."""
    if not isinstance(drawn, RectangleGate | PolygonGate | EllipsoidGate):
        return False
    return _plain(gate) == _plain(drawn) and _scales(gate, transforms) == _scales(drawn, drawn_transforms)


def gate_bounds(gate: Gate) -> Json:
    """Return a gate's bounds as JSON: on the display scale, by channel."""
    if isinstance(gate, RectangleGate):
        return {item.channel: [item.low, item.high] for item in gate.dimensions}
    if isinstance(gate, PolygonGate):
        channels: list[Json] = [item.channel for item in gate.dimensions]
        return {"channels": channels, "vertices": [[float(x), float(y)] for x, y in gate.vertices]}
    if isinstance(gate, EllipsoidGate):
        covariance: list[Json] = [list(row) for row in gate.covariance]
        return {"mean": list(gate.mean), "covariance": covariance, "distance_square": gate.distance_square}
    return {gate.operator: [operand.gate for operand in gate.operands]}


def _with(gate: Drawable, parent: str | None, dimensions: tuple[Dimension, ...]) -> Drawable:
    if isinstance(gate, PolygonGate):
        return replace(gate, parent=parent, dimensions=(dimensions[0], dimensions[1]))
    return replace(gate, parent=parent, dimensions=dimensions)


def _plain(gate: Drawable) -> Drawable:
    """Return a gate without parent and names of scales."""
    return _with(gate, None, tuple(replace(item, transform=None) for item in gate.dimensions))


def _scales(gate: Drawable, transforms: Mapping[str, Transform]) -> list[Transform | None]:
    return [None if item.transform is None else transforms[item.transform] for item in gate.dimensions]
