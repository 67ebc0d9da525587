"""Gates of a Gating-ML document, one element a function.

Definition
    Section numbers are those of Gating-ML 2.0: rectangle 5.1, polygon 5.2, ellipsoid 5.3, quadrant 5.4, boolean 5.5. A
    quadrant gate becomes one rectangle gate a quadrant, under the quadrant gate's parent: a position lies between the
    nearest divider values, the lower one included.

Not decided here
    Whether parents, operands and transforms exist: see ``gatingml``.
"""

from typing import Literal

import numpy as np

from nktrial.formats.gatingml_text import DATA_TYPE, GATING, Place, child_elements
from nktrial.formats.window import printable
from nktrial.model.gates import BooleanGate, Dimension, EllipsoidGate, Gate, Operand, PolygonGate, RectangleGate

__all__ = ["read_gate"]


def read_gate(place: Place) -> tuple[Gate, ...]:
    """Read one gate element; a quadrant gate gives several gates.

    Raises
    ------
    SourceError
        NK-GML-17 a polygon with fewer than 3 vertices; NK-GML-19 a wrong number of elements; NK-GML-20 a dimension
        without room; NK-GML-21 the covariance; NK-GML-23 an unknown divider.
    """
    match str(place.element.tag).rpartition("}")[2]:
        case "RectangleGate":
            return (_rectangle(place),)
        case "PolygonGate":
            return (_polygon(place),)
        case "EllipsoidGate":
            return (_ellipsoid(place),)
        case "QuadrantGate":
            return _quadrants(place)
        case _:
            return (_boolean(place),)


def _parent(place: Place) -> str | None:
    """Read the parent's id."""
    return None if place.optional(GATING, "parent_id") is None else place.text(GATING, "parent_id")


def _dimension(place: Place, low: float | None = None, high: float | None = None) -> Dimension:
    """Read one dimension or divider; its bounds are the caller's."""
    compensation = place.text(GATING, "compensation-ref")
    has_transform = place.optional(GATING, "transformation-ref") is not None
    transform = place.text(GATING, "transformation-ref") if has_transform else None
    channels = place.children(DATA_TYPE, "fcs-dimension", 0, 1)
    ratios = place.children(DATA_TYPE, "new-dimension", 0, 1)
    if len(channels) + len(ratios) != 1:
        raise place.error(
            "NK-GML-19", f"found {len(channels) + len(ratios)} channels or new dimensions in a dimension, expected 1."
        )
    if ratios:
        return Dimension("", compensation, transform, low, high, ratio=ratios[0].text(DATA_TYPE, "transformation-ref"))
    return Dimension(channels[0].text(DATA_TYPE, "name"), compensation, transform, low, high)


def _bounded_dimension(place: Place) -> Dimension:
    """Read a dimension of a rectangle: low <= x < high."""
    low, high = place.optional_number(GATING, "min"), place.optional_number(GATING, "max")
    if low is not None and high is not None and not low < high:
        raise place.error("NK-GML-20", f"min is {low:g} and max is {high:g}: no event can lie between.")
    return _dimension(place, low, high)


def _free_dimension(place: Place) -> Dimension:
    """Read a dimension of a polygon or ellipsoid, which has no bounds."""
    for name in ("min", "max"):
        if place.optional(GATING, name) is not None:
            raise place.error("NK-GML-25", f"attribute gating:{name} stands on a gate that is not a rectangle.")
    return _dimension(place)


def _rectangle(place: Place) -> RectangleGate:
    dimensions = tuple(_bounded_dimension(child) for child in place.children(GATING, "dimension", 1))
    return RectangleGate(place.identity(GATING), _parent(place), dimensions)


def _polygon(place: Place) -> PolygonGate:
    first, second = (_free_dimension(child) for child in place.children(GATING, "dimension", 2, 2))
    vertices = [_coordinates(vertex, 2) for vertex in place.children(GATING, "vertex", 0)]
    if len(vertices) < 3:
        raise place.error("NK-GML-17", f"the polygon has {len(vertices)} vertices, expected at least 3.")
    return PolygonGate(place.identity(GATING), _parent(place), (first, second), np.array(vertices, dtype=np.float64))


def _ellipsoid(place: Place) -> EllipsoidGate:
    dimensions = tuple(_free_dimension(child) for child in place.children(GATING, "dimension", 2))
    size = len(dimensions)
    mean = _coordinates(place.children(GATING, "mean", 1, 1)[0], size)
    table = place.children(GATING, "covarianceMatrix", 1, 1)[0]
    covariance = tuple(
        tuple(entry.number(DATA_TYPE, "value") for entry in row.children(GATING, "entry", size, size))
        for row in table.children(GATING, "row", size, size)
    )
    distance = place.children(GATING, "distanceSquare", 1, 1)[0].number(DATA_TYPE, "value")
    values = np.array(covariance)
    definite = np.allclose(values, values.T) and bool(np.all(np.linalg.eigvalsh(values) > 0))
    if not definite or distance < 0:
        raise place.error(
            "NK-GML-21",
            "the covariance is not symmetric and positive definite, or the squared distance is below 0.",
        )
    return EllipsoidGate(place.identity(GATING), _parent(place), dimensions, mean, covariance, distance)


def _quadrants(place: Place) -> tuple[Gate, ...]:
    place.identity(GATING)
    dividers = {child.identity(GATING): child for child in place.children(GATING, "divider", 1)}
    values = {name: _divider_values(divider) for name, divider in dividers.items()}
    gates = []
    for quadrant in place.children(GATING, "Quadrant", 1):
        dimensions = []
        for position in quadrant.children(GATING, "position", 1):
            name, location = position.text(GATING, "divider_ref"), position.number(GATING, "location")
            if name not in dividers:
                raise position.error("NK-GML-23", f"divider {printable(name, 60)!r} is not one of the quadrant gate's.")
            low = max((value for value in values[name] if value <= location), default=None)
            high = min((value for value in values[name] if value > location), default=None)
            dimensions.append(_dimension(dividers[name], low, high))
        gates.append(RectangleGate(quadrant.identity(GATING), _parent(place), tuple(dimensions)))
    return tuple(gates)


def _divider_values(divider: Place) -> tuple[float, ...]:
    """Read the values of a divider, each the text of an element."""
    return tuple(
        value.finite((value.element.text or "").strip(" \t\r\n"), "gating:value")
        for value in divider.children(GATING, "value", 1)
    )


def _boolean(place: Place) -> BooleanGate:
    operations = [Place(child, place.file) for child in child_elements(place.element)]
    if len(operations) != 1:
        raise place.error("NK-GML-19", f"found {len(operations)} operations in a boolean gate, expected 1.")
    operator = _operator(operations[0])
    low, high = (1, 1) if operator == "not" else (2, None)
    operands = tuple(
        Operand(reference.text(GATING, "ref"), reference.flag(GATING, "use-as-complement"))
        for reference in operations[0].children(GATING, "gateReference", low, high)
    )
    return BooleanGate(place.identity(GATING), _parent(place), operator, operands)


def _operator(place: Place) -> Literal["and", "or", "not"]:
    match str(place.element.tag).rpartition("}")[2]:
        case "and":
            return "and"
        case "or":
            return "or"
        case _:
            return "not"


def _coordinates(place: Place, size: int) -> tuple[float, ...]:
    """Read a point."""
    return tuple(point.number(DATA_TYPE, "value") for point in place.children(GATING, "coordinate", size, size))
