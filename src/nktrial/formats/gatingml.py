"""Gating-ML 2.0: from the bytes of a gating file to a strategy.

Definition
    All gates, transforms, ratios and spectrum matrices of Gating-ML 2.0 (Spidlen et al. 2015, Cytometry A 87A:683) are
    read. The strategy is sound: ids are unique, what is referred to exists, and no gate depends on itself.

Not decided here
    Whether a file of events has the channels that the gates name.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from lxml import etree

from nktrial.core.errors import SourceError
from nktrial.formats.gatingml_gates import read_gate
from nktrial.formats.gatingml_grammar import refuse_unsupported
from nktrial.formats.gatingml_scales import read_matrix, read_transformation
from nktrial.formats.gatingml_text import GATING, TRANSFORMS, Place, load_tree
from nktrial.formats.window import Window, printable
from nktrial.model.gate_tree import dependency_order, gate_paths
from nktrial.model.gates import (
    FROM_FILE,
    UNCOMPENSATED,
    BooleanGate,
    Gate,
    GatingStrategy,
    PolygonGate,
    Ratio,
    SpectrumMatrix,
    Transform,
)
from nktrial.model.origin import Finding

__all__ = ["read_gating_ml"]

ROOT: Final = f"{{{GATING}}}Gating-ML"
MOST_GATES: Final = 5_000
MOST_GENERATIONS: Final = 100
MOST_EDGES_CHECKED: Final = 500


class _Document:
    """What was read so far, and where each id stands."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.places: dict[str, Place] = {}
        self.gates: list[Gate] = []
        self.transforms: dict[str, Transform] = {}
        self.ratios: dict[str, Ratio] = {}
        self.matrices: dict[str, SpectrumMatrix] = {}

    def claim(self, name: str, place: Place) -> None:
        """Register an id; NK-GML-11 where it is taken."""
        if name in self.places or name in (FROM_FILE, UNCOMPENSATED):
            taken = f"on line {self.places[name].element.sourceline}" if name in self.places else "by Gating-ML itself"
            raise place.error(
                "NK-GML-11", f"id {printable(name, 60)!r} is already used {taken}.", "Give each element its own id."
            )
        self.places[name] = place


def read_gating_ml(window: Window) -> GatingStrategy:
    """Read a Gating-ML 2.0 document.

    Parameters
    ----------
    window : Window
        The file's bytes.

    Returns
    -------
    GatingStrategy
        In file order; ``findings`` names polygons whose sides cross.

    Raises
    ------
    SourceError
        NK-GML-01 .. NK-GML-25, see the error catalogue: one problem a code, with the line.
    """
    root = load_tree(window)
    if root.tag != ROOT:
        raise _root_error(root, window.name)
    refuse_unsupported(root, window.name)
    document = _Document(window.name)
    for element in root:
        _read_element(Place(element, window.name), document)
    _check_references(document)
    _check_tree(document)
    return GatingStrategy(
        tuple(document.gates),
        document.transforms,
        document.matrices,
        document.ratios,
        findings=tuple(_crossing_findings(document.gates, window.name)),
    )


def _read_element(place: Place, document: _Document) -> None:
    """Read one child of the root."""
    tag = str(place.element.tag)
    if tag == f"{{{TRANSFORMS}}}transformation":
        name, transform = read_transformation(place)
        document.claim(name, place)
        if isinstance(transform, Ratio):
            document.ratios[name] = transform
        else:
            document.transforms[name] = transform
    elif tag == f"{{{TRANSFORMS}}}spectrumMatrix":
        name, matrix = read_matrix(place)
        document.claim(name, place)
        document.matrices[name] = matrix
    elif tag.startswith(f"{{{GATING}}}"):
        gates = read_gate(place)
        for gate in gates:
            document.claim(gate.id, place)
        document.gates.extend(gates)
        if len(document.gates) > MOST_GATES:
            raise place.error("NK-GML-03", f"the file has more than {MOST_GATES:,} gates.")


def _root_error(root: etree._Element, file: str) -> SourceError:
    """Say what the file is instead."""
    name = etree.QName(root)
    if name.localname == "Workspace":
        found = "a FlowJo workspace"
    elif name.localname == "Gating-ML":
        found = f"Gating-ML of another version (namespace {printable(str(name.namespace), 80)!r})"
    else:
        found = f"the root element {printable(str(name.localname), 60)!r}"
    return SourceError(
        "NK-GML-06",
        f"expected Gating-ML 2.0, found {found}.",
        where=file,
        remedy="Export the gates as Gating-ML 2.0.",
    )


def _check_references(document: _Document) -> None:
    """Refuse what is referred to and does not exist."""
    gates = {gate.id for gate in document.gates}
    for gate in document.gates:
        place = document.places[gate.id]
        if gate.parent is not None and gate.parent not in gates:
            raise _unknown(place, "NK-GML-12", "parent", gate.parent, gates)
        if isinstance(gate, BooleanGate):
            for operand in gate.operands:
                if operand.gate not in gates:
                    raise _unknown(place, "NK-GML-15", "operand", operand.gate, gates)
            continue
        for dimension in gate.dimensions:
            if dimension.transform is not None and dimension.transform not in document.transforms:
                raise _unknown(place, "NK-GML-13", "transform", dimension.transform, document.transforms)
            if dimension.ratio is not None and dimension.ratio not in document.ratios:
                raise _unknown(place, "NK-GML-13", "ratio", dimension.ratio, document.ratios)
            if dimension.compensation not in (FROM_FILE, UNCOMPENSATED, *document.matrices):
                raise _unknown(place, "NK-GML-14", "compensation", dimension.compensation, document.matrices)


def _unknown(place: Place, code: str, what: str, name: str, known: Iterable[str]) -> SourceError:
    """Return the error of a reference that leads nowhere."""
    some = ", ".join(repr(printable(item, 40)) for item in sorted(known)[:8]) or "none"
    return place.error(
        code,
        f"{what} {printable(name, 60)!r} is not defined; the file defines {some}.",
        "Correct the reference; of a quadrant gate only its quadrants can be referred to.",
    )


def _check_tree(document: _Document) -> None:
    """Refuse gates that depend on themselves and trees deeper than any real one."""
    stuck = dependency_order(document.gates)[1]
    if stuck:
        names = ", ".join(repr(printable(name, 40)) for name in stuck[:5])
        raise document.places[stuck[0]].error(
            "NK-GML-16", f"gates {names} depend on themselves through parents or operands.", "Break the circle."
        )
    parents: Mapping[str, str | None] = {gate.id: gate.parent for gate in document.gates}
    depth: dict[str, int] = {}
    for gate in dependency_order(document.gates)[0]:
        parent = parents[gate.id]
        depth[gate.id] = 1 if parent is None else depth[parent] + 1
        if depth[gate.id] > MOST_GENERATIONS:
            raise document.places[gate.id].error(
                "NK-GML-03", f"gates are nested deeper than {MOST_GENERATIONS} generations."
            )


def _crossing_findings(gates: Iterable[Gate], file: str) -> Iterable[Finding]:
    """Report polygons whose sides cross: they have holes by the even-odd rule."""
    polygons = [gate for gate in gates if isinstance(gate, PolygonGate)]
    paths = gate_paths(list(gates)) if polygons else {}
    for gate in polygons:
        if gate.vertices.shape[0] <= MOST_EDGES_CHECKED and _crosses(gate):
            yield Finding(
                "NK-GML-24",
                "warning",
                file,
                f"The sides of polygon {paths[gate.id]!r} cross: what is enclosed twice lies outside the gate.",
            )


def _crosses(gate: PolygonGate) -> bool:
    """Tell whether two sides of a polygon cross in their interiors."""
    points = [(float(x), float(y)) for x, y in gate.vertices]
    sides = list(zip(points, points[1:] + points[:1], strict=True))
    return any(
        _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0
        for i, (a, b) in enumerate(sides)
        for c, d in sides[i + 2 :]
    )


def _side(a: tuple[float, float], b: tuple[float, float], p: tuple[float, float]) -> int:
    """Return on which side of the line through a and b a point lies: 1, 0, -1."""
    turn = (b[0] - a[0]) * (p[1] - a[1]) - (p[0] - a[0]) * (b[1] - a[1])
    return (turn > 0) - (turn < 0)
