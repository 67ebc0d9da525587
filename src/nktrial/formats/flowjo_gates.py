"""Populations of a FlowJo workspace: the tree of drawn gates as it stands in the file.

Definition
    A population is a Population with a drawn gate, or an AndNode, OrNode or NotNode that names others by their paths.
    What cannot be read is kept with the reason in place of the gate, so that it can be listed by name.

Not decided here
    What a gate means on which scale: see ``nktrial.cytometry.flowjo_strategy``.
"""

from collections.abc import Iterator
from typing import Final, Literal

from nktrial.formats.flowjo_text import Node
from nktrial.formats.window import printable
from nktrial.model.workspace import DrawnAxis, DrawnBoolean, DrawnGate, DrawnPopulation

__all__ = ["read_populations"]

BOOLEANS: Final[dict[str, Literal["and", "or", "not"]]] = {"AndNode": "and", "OrNode": "or", "NotNode": "not"}
FEWEST_CORNERS: Final = 3


def read_populations(node: Node) -> tuple[DrawnPopulation, ...]:
    """Return the populations below a sample or group, parents first.

    Raises
    ------
    SourceError
        NK-WSP-05 a coordinate is not a number; NK-WSP-06 a gate has a wrong number of axes or points.
    """
    taken: dict[str, int] = {}
    return tuple(_walk(node, None, taken))


def _walk(node: Node, parent: str | None, taken: dict[str, int]) -> Iterator[DrawnPopulation]:
    """Read the children of a node and theirs."""
    holder = node.child("Subpopulations")
    for child in [] if holder is None else holder.children():
        if child.tag != "Population" and child.tag not in BOOLEANS:
            continue
        name = printable(child.text("name"), 200) or "(no name)"
        path = name if parent is None else f"{parent}/{name}"
        taken[path] = taken.get(path, 0) + 1
        if taken[path] > 1:  # two populations of one name under one parent
            name = f"{name} ({taken[path]})"
            path = name if parent is None else f"{parent}/{name}"
        gate = _boolean(child) if child.tag in BOOLEANS else _gate(child)
        yield DrawnPopulation(path, parent, name, gate, child.count("count"))
        yield from _walk(child, path, taken)


def _boolean(node: Node) -> DrawnBoolean | str:
    """Read a population made of others."""
    holder = node.child("Dependents")
    paths = tuple(one.text("name") for one in ([] if holder is None else holder.children("Dependent")))
    operator = BOOLEANS[node.tag]
    if not paths or (operator == "not" and len(paths) > 1):
        return f"a {operator} of {len(paths)} populations"
    return DrawnBoolean(operator, paths)


def _gate(node: Node) -> DrawnGate | str:
    """Read a drawn gate."""
    holder = node.child("Gate")
    drawn = [] if holder is None else holder.children()
    if len(drawn) != 1:
        return f"it has {len(drawn)} gates, expected 1"
    gate = drawn[0]
    axes = tuple(_axis(dimension) for dimension in gate.children("dimension"))
    outside = gate.text("eventsInside", "1").strip() == "0"
    match gate.tag:
        case "RectangleGate":
            if not 1 <= len(axes) <= 2:
                raise gate.error("NK-WSP-06", f"the rectangle has {len(axes)} axes, expected 1 or 2.")
            return DrawnGate("rectangle", axes, outside=outside)
        case "PolygonGate":
            return _polygon(gate, axes, outside=outside)
        case "EllipsoidGate":
            return _ellipse(gate, axes, outside=outside)
        case "CurlyQuad":
            return _curly(gate, axes, outside=outside)
        case other:
            return f"the gate {printable(other, 40)!r} is not supported"


def _axis(dimension: Node) -> DrawnAxis:
    """Read one axis with its bounds."""
    channel = dimension.child("fcs-dimension")
    if channel is None or not channel.text("name"):
        raise dimension.error("NK-WSP-06", "a dimension names no channel.")
    return DrawnAxis(channel.text("name"), dimension.optional_number("min"), dimension.optional_number("max"))


def _polygon(gate: Node, axes: tuple[DrawnAxis, ...], *, outside: bool) -> DrawnGate:
    points = _points(gate)
    if len(axes) != 2 or len(points) < FEWEST_CORNERS:
        raise gate.error(
            "NK-WSP-06", f"the polygon has {len(axes)} axes and {len(points)} corners, expected 2 and at least 3."
        )
    bins = gate.optional_number("gateResolution")
    quadrant = gate.text("quadId", "-1").strip() in {"0", "1", "2", "3"}
    whole = int(bins) if bins is not None and bins.is_integer() else None
    return DrawnGate("polygon", axes, points, outside=outside, bins=whole, quadrant=quadrant)


def _ellipse(gate: Node, axes: tuple[DrawnAxis, ...], *, outside: bool) -> DrawnGate:
    foci, edge = (_points(part) if part else () for part in (gate.child("foci"), gate.child("edge")))
    distance = gate.optional_number("distance")
    if len(axes) != 2 or len(foci) != 2 or (len(edge) != 4 and distance is None):
        raise gate.error(
            "NK-WSP-06",
            f"the ellipse has {len(axes)} axes, {len(foci)} foci and {len(edge)} points of its edge, expected 2, 2, 4.",
        )
    return DrawnGate("ellipse", axes, foci=foci, edge=edge, distance=distance, outside=outside)


def _curly(gate: Node, axes: tuple[DrawnAxis, ...], *, outside: bool) -> DrawnGate | str:
    if len(axes) != 2 or any((axis.low is None) == (axis.high is None) for axis in axes):
        raise gate.error("NK-WSP-06", "a curly quadrant needs two axes with one bound each.")
    bends = (gate.optional_number("percentX"), gate.optional_number("percentY"))
    if any(bends):
        return "a curly quadrant with percentX or percentY is not supported"
    return DrawnGate("curly quadrant", axes, outside=outside)


def _points(node: Node) -> tuple[tuple[float, float], ...]:
    """Read the vertices below a node."""
    points = []
    for vertex in node.children("vertex"):
        values = [one.number("value") for one in vertex.children("coordinate")]
        if len(values) != 2:
            raise vertex.error("NK-WSP-06", f"a point has {len(values)} coordinates, expected 2.")
        points.append((values[0], values[1]))
    return tuple(points)
