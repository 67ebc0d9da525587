"""FlowJo workspaces: from samples and groups to the bytes of a .wsp file.

Definition
    Elements and attributes as FlowJo 10 writes them, without its windows and layouts; numbers in the shortest form
    that reads back as the same double. All samples stand in the group "All Samples".

Not decided here
    Where the bytes go. Whether FlowJo itself opens the file could not be tried; FlowKit does.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from lxml import etree

from nktrial.formats.gatingml_text import DATA_TYPE, GATING, TRANSFORMS
from nktrial.model.gates import Asinh, Biex, Logicle, OffsetLog, Range, SpectrumMatrix, Transform
from nktrial.model.workspace import DrawnBoolean, DrawnGate, DrawnPopulation, WorkspaceSample

__all__ = ["write_flowjo"]

Element: TypeAlias = etree._Element  # noqa: SLF001
Attributes: TypeAlias = Mapping[str, str | float]

NAMESPACES: Final = {"gating": GATING, "transforms": TRANSFORMS, "data-type": DATA_TYPE}
VERSION: Final = "20.0"
FLOWJO: Final = "10.7.1"
PREFIX: Final = "Comp-"
GROUP: Final = "All Samples"
NODES: Final = {"and": "AndNode", "or": "OrNode", "not": "NotNode"}
GATES: Final = {"rectangle": "RectangleGate", "polygon": "PolygonGate", "ellipse": "EllipsoidGate"}
BIEX_LENGTH: Final = "256"


def write_flowjo(samples: Sequence[WorkspaceSample]) -> bytes:
    """Return a workspace in UTF-8; reading it gives equal samples."""
    root = etree.Element("Workspace", nsmap=NAMESPACES)
    root.set("version", VERSION)
    root.set("flowJoVersion", FLOWJO)
    root.set("curGroup", GROUP)
    etree.SubElement(root, "Matrices")
    groups = etree.SubElement(root, "Groups")
    _write_group(groups, samples)
    listed = etree.SubElement(root, "SampleList")
    ids = itertools.count(1)
    for sample in samples:
        _write_sample(listed, sample, ids)
    document: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return document


def _add(parent: Element, name: str, attributes: Attributes | None = None) -> Element:
    """Append an element; a name or attribute with a prefix is qualified."""
    element = etree.SubElement(parent, _qualified(name))
    for key, value in (attributes or {}).items():
        element.set(_qualified(key), value if isinstance(value, str) else repr(float(value)))
    return element


def _qualified(name: str) -> str:
    prefix, colon, local = name.rpartition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if colon else name


def _write_group(parent: Element, samples: Sequence[WorkspaceSample]) -> None:
    node = _add(parent, "GroupNode", {"name": GROUP, "annotation": "", "owningGroup": GROUP, "count": "-1"})
    group = _add(node, "Group", {"name": GROUP, "live": "1", "role": "ws.group.dlog.test"})
    _add(group, "Criteria")
    refs = _add(group, "SampleRefs")
    for sample in samples:
        _add(refs, "SampleRef", {"sampleID": sample.sample_id})


def _write_sample(parent: Element, sample: WorkspaceSample, ids: Iterator[int]) -> None:
    element = _add(parent, "Sample")
    _add(element, "DataSet", {"uri": f"file:{sample.file_name}", "sampleID": sample.sample_id})
    if sample.matrix is not None and sample.matrix.rows:
        _write_matrix(element, sample.matrix)
    scales = _add(element, "Transformations")
    for channel, scale in sample.scales.items():
        if not isinstance(scale, str):
            _write_scale(scales, channel, scale)
    keywords = _add(element, "Keywords")
    if sample.fil:
        _add(keywords, "Keyword", {"name": "$FIL", "value": sample.fil})
    node = _add(
        element,
        "SampleNode",
        {
            "name": sample.name,
            "annotation": "",
            "owningGroup": "",
            "count": str(-1 if sample.events is None else sample.events),
            "sampleID": sample.sample_id,
        },
    )
    _write_populations(node, None, sample.populations, ids, {})


def _write_populations(
    node: Element,
    parent: str | None,
    populations: Sequence[DrawnPopulation],
    ids: Iterator[int],
    known: dict[str, str],
) -> None:
    """Write the populations below one, and theirs."""
    children = [population for population in populations if population.parent == parent]
    if not children:
        return
    holder = _add(node, "Subpopulations")
    for population in children:
        name = NODES[population.gate.operator] if isinstance(population.gate, DrawnBoolean) else "Population"
        count = str(-1 if population.count is None else population.count)
        element = _add(
            holder,
            name,
            {"name": population.name, "annotation": "", "owningGroup": "", "expanded": "1", "count": count},
        )
        if isinstance(population.gate, DrawnBoolean):
            dependents = _add(element, "Dependents")
            for path in population.gate.paths:
                _add(dependents, "Dependent", {"name": path})
        elif isinstance(population.gate, DrawnGate):
            known[population.path] = f"ID{next(ids)}"
            _write_gate(element, population.gate, known[population.path], known.get(parent or ""))
        _write_populations(element, population.path, populations, ids, known)


def _write_gate(parent: Element, gate: DrawnGate, gate_id: str, parent_id: str | None) -> None:
    identity = {"gating:id": gate_id} | ({} if parent_id is None else {"gating:parent_id": parent_id})
    holder = _add(parent, "Gate", identity)
    attributes: dict[str, str | float] = {"eventsInside": "0" if gate.outside else "1", "userDefined": "1"}
    if gate.kind == "polygon":
        attributes |= {"quadId": "-1", "gateResolution": str(gate.bins or 256)}
    if gate.distance is not None:
        attributes["gating:distance"] = gate.distance
    element = _add(holder, f"gating:{GATES[gate.kind]}", attributes)
    for axis in gate.axes:
        bounds = {"gating:min": axis.low, "gating:max": axis.high}
        stated = {key: value for key, value in bounds.items() if value is not None}
        _add(_add(element, "gating:dimension", stated), "data-type:fcs-dimension", {"data-type:name": axis.name})
    _write_points(element, gate.points)
    for name, points in (("foci", gate.foci), ("edge", gate.edge)):
        if points:
            _write_points(_add(element, f"gating:{name}"), points)


def _write_points(parent: Element, points: Sequence[tuple[float, float]]) -> None:
    for point in points:
        vertex = _add(parent, "gating:vertex")
        for value in point:
            _add(vertex, "gating:coordinate", {"data-type:value": value})


def _write_scale(parent: Element, channel: str, scale: Transform) -> None:
    """Write the scale of one channel; ``flowjo_drawing`` lets only FlowJo's through."""
    values: dict[str, str | float]
    match scale:
        case Biex(T, width, positive, negative):
            name, values = (
                "biex",
                {"length": BIEX_LENGTH, "maxRange": T, "neg": negative, "width": width, "pos": positive},
            )
        case OffsetLog(offset, decades):
            name, values = "log", {"offset": offset, "decades": decades}
        case Range(low, high):
            name, values = "linear", {"minRange": low, "maxRange": high}
        case Logicle(T, W, M, A):
            name, values = "logicle", {"length": BIEX_LENGTH, "T": T, "A": A, "W": W, "M": M}
        case Asinh(T, M, A):
            name, values = "fasinh", {"length": BIEX_LENGTH, "maxRange": T, "T": T, "A": A, "M": M}
        case _:
            return
    element = _add(parent, f"transforms:{name}", {f"transforms:{key}": value for key, value in values.items()})
    if name == "linear":
        element.set("gain", "1")
    _add(element, "data-type:parameter", {"data-type:name": channel})


def _write_matrix(parent: Element, matrix: SpectrumMatrix) -> None:
    element = _add(
        parent,
        "transforms:spilloverMatrix",
        {"spectral": "0", "prefix": PREFIX, "suffix": "", "name": "Matrix", "editable": "1", "transforms:id": "matrix"},
    )
    parameters = _add(element, "data-type:parameters")
    for detector in matrix.detectors:
        _add(
            parameters, "data-type:parameter", {"data-type:name": detector, "userProvidedCompInfix": PREFIX + detector}
        )
    for detector, row in zip(matrix.detectors, matrix.rows, strict=True):
        spillover = _add(element, "transforms:spillover", {"data-type:parameter": detector})
        for other, value in zip(matrix.detectors, row, strict=True):
            _add(
                spillover,
                "transforms:coefficient",
                {"data-type:parameter": other, "transforms:value": value},
            )
