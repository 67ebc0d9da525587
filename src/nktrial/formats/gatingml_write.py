"""Gating-ML 2.0: from a strategy to the bytes of a gating file.

Definition
    Elements and attributes in the order of the schema; numbers in the shortest form that reads back as the same double.

Not decided here
    Where the bytes go.
"""

from typing import Final, TypeAlias

from lxml import etree

from nktrial.core.errors import MethodError
from nktrial.formats.gatingml_text import DATA_TYPE, GATING, TRANSFORMS
from nktrial.model.flowjo_scales import FlowJoScale
from nktrial.model.gates import (
    Asinh,
    BooleanGate,
    Bounded,
    Dimension,
    EllipsoidGate,
    Gate,
    GatingStrategy,
    Hyperlog,
    Linear,
    Log,
    Logicle,
    PolygonGate,
    Ratio,
    RectangleGate,
    SpectrumMatrix,
    Transform,
)

__all__ = ["write_gating_ml"]

Element: TypeAlias = etree._Element  # noqa: SLF001

NAMESPACES: Final = {"gating": GATING, "data-type": DATA_TYPE, "transforms": TRANSFORMS}
SCALE_ELEMENTS: Final = {Linear: "flin", Log: "flog", Asinh: "fasinh", Logicle: "logicle", Hyperlog: "hyperlog"}
GATE_ELEMENTS: Final = {
    RectangleGate: "RectangleGate",
    PolygonGate: "PolygonGate",
    EllipsoidGate: "EllipsoidGate",
    BooleanGate: "BooleanGate",
}


def write_gating_ml(strategy: GatingStrategy) -> bytes:
    """Return a strategy as a Gating-ML 2.0 document in UTF-8; reading it gives an equal strategy.

    Raises
    ------
    MethodError
        NK-GML-26 the strategy holds something of FlowJo's that Gating-ML does not have.
    """
    _refuse_flowjo(strategy)
    root = etree.Element(f"{{{GATING}}}Gating-ML", nsmap=NAMESPACES)
    for name, matrix in strategy.matrices.items():
        _write_matrix(root, name, matrix)
    for name, transform in (*strategy.transforms.items(), *strategy.ratios.items()):
        _write_transformation(root, name, transform)
    for gate in strategy.gates:
        _write_gate(root, gate)
    document: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return document


def _refuse_flowjo(strategy: GatingStrategy) -> None:
    """Refuse what Gating-ML cannot hold, rather than write another gate."""
    problems = [
        f"scale {name!r}: {type(scale).__name__} is no scale of it"
        for name, scale in strategy.transforms.items()
        if isinstance(scale, FlowJoScale)
    ]
    for gate in strategy.gates:
        if gate.name:
            problems.append(f"gate {gate.id!r}: it has no names beside ids")
        if not isinstance(gate, BooleanGate) and gate.outside:
            problems.append(f"gate {gate.id!r}: it has no events outside a shape")
        if isinstance(gate, PolygonGate) and gate.bin_vertices is not None:
            problems.append(f"gate {gate.id!r}: it has no bins")
    if problems:
        raise MethodError(
            "NK-GML-26",
            f"the gates cannot be written as Gating-ML 2.0: {'; '.join(problems[:5])}.",
            remedy="Write the gates as a FlowJo workspace instead.",
        )


def _add(
    parent: Element, namespace: str, name: str, attributes: dict[tuple[str, str], str | float] | None = None
) -> Element:
    """Append an element with qualified attributes."""
    element = etree.SubElement(parent, f"{{{namespace}}}{name}")
    for (space, attribute), value in (attributes or {}).items():
        element.set(f"{{{space}}}{attribute}", value if isinstance(value, str) else repr(float(value)))
    return element


def _write_matrix(root: Element, name: str, matrix: SpectrumMatrix) -> None:
    element = _add(root, TRANSFORMS, "spectrumMatrix", {(TRANSFORMS, "id"): name})
    if matrix.inverted:
        element.set(f"{{{TRANSFORMS}}}matrix-inverted-already", "true")
    for heading, labels in (("fluorochromes", matrix.fluorochromes), ("detectors", matrix.detectors)):
        names = _add(element, TRANSFORMS, heading)
        for label in labels:
            _add(names, DATA_TYPE, "fcs-dimension", {(DATA_TYPE, "name"): label})
    for row in matrix.rows:
        spectrum = _add(element, TRANSFORMS, "spectrum")
        for value in row:
            _add(spectrum, TRANSFORMS, "coefficient", {(TRANSFORMS, "value"): value})


def _write_transformation(root: Element, name: str, transform: Transform | Ratio) -> None:
    attributes: dict[tuple[str, str], str | float] = {(TRANSFORMS, "id"): name}
    if isinstance(transform, Ratio | Bounded):
        bounds = {"boundMin": transform.low, "boundMax": transform.high}
        attributes |= {(TRANSFORMS, key): bound for key, bound in bounds.items() if bound is not None}
    element = _add(root, TRANSFORMS, "transformation", attributes)
    if isinstance(transform, Ratio):
        parameters = {(TRANSFORMS, key): getattr(transform, key) for key in "ABC"}
        scale = _add(element, TRANSFORMS, "fratio", parameters)
        for channel in (transform.numerator, transform.denominator):
            _add(scale, DATA_TYPE, "fcs-dimension", {(DATA_TYPE, "name"): channel})
        return
    bare = transform.scale if isinstance(transform, Bounded) else transform
    parameters = {(TRANSFORMS, key): getattr(bare, key) for key in "TWMA" if hasattr(bare, key)}
    _add(element, TRANSFORMS, SCALE_ELEMENTS[type(bare)], parameters)


def _write_gate(root: Element, gate: Gate) -> None:
    identity: dict[tuple[str, str], str | float] = {(GATING, "id"): gate.id}
    if gate.parent is not None:
        identity[GATING, "parent_id"] = gate.parent
    element = _add(root, GATING, GATE_ELEMENTS[type(gate)], identity)
    if isinstance(gate, BooleanGate):
        operation = _add(element, GATING, gate.operator)
        for operand in gate.operands:
            reference = _add(operation, GATING, "gateReference", {(GATING, "ref"): operand.gate})
            if operand.complement:
                reference.set(f"{{{GATING}}}use-as-complement", "true")
        return
    for dimension in gate.dimensions:
        _write_dimension(element, dimension)
    if isinstance(gate, PolygonGate):
        for vertex in gate.vertices:
            _write_point(_add(element, GATING, "vertex"), (float(vertex[0]), float(vertex[1])))
    elif isinstance(gate, EllipsoidGate):
        _write_ellipsoid(element, gate)


def _write_ellipsoid(element: Element, gate: EllipsoidGate) -> None:
    _write_point(_add(element, GATING, "mean"), gate.mean)
    table = _add(element, GATING, "covarianceMatrix")
    for row in gate.covariance:
        cells = _add(table, GATING, "row")
        for value in row:
            _add(cells, GATING, "entry", {(DATA_TYPE, "value"): value})
    _add(element, GATING, "distanceSquare", {(DATA_TYPE, "value"): gate.distance_square})


def _write_dimension(gate: Element, dimension: Dimension) -> None:
    attributes: dict[tuple[str, str], str | float] = {(GATING, "compensation-ref"): dimension.compensation}
    if dimension.transform is not None:
        attributes[GATING, "transformation-ref"] = dimension.transform
    if dimension.low is not None:
        attributes[GATING, "min"] = dimension.low
    if dimension.high is not None:
        attributes[GATING, "max"] = dimension.high
    element = _add(gate, GATING, "dimension", attributes)
    if dimension.ratio is None:
        _add(element, DATA_TYPE, "fcs-dimension", {(DATA_TYPE, "name"): dimension.channel})
    else:
        _add(element, DATA_TYPE, "new-dimension", {(DATA_TYPE, "transformation-ref"): dimension.ratio})


def _write_point(element: Element, values: tuple[float, ...]) -> None:
    for value in values:
        _add(element, GATING, "coordinate", {(DATA_TYPE, "value"): value})
