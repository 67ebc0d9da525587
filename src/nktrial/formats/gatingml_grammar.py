"""The elements and attributes of Gating-ML 2.0 that nktrial reads.

Definition
    ``GRAMMAR`` lists for every element its children and attributes, after the schema of Gating-ML 2.0 (version
    2.0.121207). Anything else is listed by name and line and the file is refused: a gate that is skipped, or a bound
    that is overlooked, gives wrong counts.

Not decided here
    How often an element must occur and what it means.
"""

from collections.abc import Iterator
from itertools import islice
from types import MappingProxyType
from typing import Final

from lxml import etree

from nktrial.core.errors import SourceError
from nktrial.formats.gatingml_text import CUSTOM_INFO, DATA_TYPE, GATING, TRANSFORMS, local_name
from nktrial.formats.window import printable

__all__ = ["GRAMMAR", "refuse_unsupported"]


def _names(namespace: str, *names: str) -> frozenset[str]:
    return frozenset(f"{{{namespace}}}{name}" for name in names)


MOST_LISTED: Final = 20
NONE: Final[frozenset[str]] = frozenset()
GATE_ATTRIBUTES: Final = _names(GATING, "id", "parent_id")
DIMENSION_ATTRIBUTES: Final = _names(GATING, "compensation-ref", "transformation-ref")
DIMENSION_CHILDREN: Final = _names(DATA_TYPE, "fcs-dimension", "new-dimension")
SCALES: Final = ("flin", "fratio", "flog", "fasinh", "hyperlog", "logicle")
GATES: Final = ("RectangleGate", "PolygonGate", "EllipsoidGate", "BooleanGate", "QuadrantGate")

GRAMMAR: Final = MappingProxyType(
    {
        (GATING, "Gating-ML"): (_names(GATING, *GATES) | _names(TRANSFORMS, "transformation", "spectrumMatrix"), NONE),
        (GATING, "RectangleGate"): (_names(GATING, "dimension"), GATE_ATTRIBUTES),
        (GATING, "PolygonGate"): (_names(GATING, "dimension", "vertex"), GATE_ATTRIBUTES),
        (GATING, "EllipsoidGate"): (
            _names(GATING, "dimension", "mean", "covarianceMatrix", "distanceSquare"),
            GATE_ATTRIBUTES,
        ),
        (GATING, "BooleanGate"): (_names(GATING, "and", "or", "not"), GATE_ATTRIBUTES),
        (GATING, "QuadrantGate"): (_names(GATING, "divider", "Quadrant"), GATE_ATTRIBUTES),
        (GATING, "dimension"): (DIMENSION_CHILDREN, DIMENSION_ATTRIBUTES | _names(GATING, "min", "max")),
        (GATING, "divider"): (
            DIMENSION_CHILDREN | _names(GATING, "value"),
            DIMENSION_ATTRIBUTES | _names(GATING, "id"),
        ),
        (GATING, "value"): (NONE, NONE),
        (GATING, "Quadrant"): (_names(GATING, "position"), _names(GATING, "id")),
        (GATING, "position"): (NONE, _names(GATING, "divider_ref", "location")),
        (GATING, "vertex"): (_names(GATING, "coordinate"), NONE),
        (GATING, "mean"): (_names(GATING, "coordinate"), NONE),
        (GATING, "coordinate"): (NONE, _names(DATA_TYPE, "value")),
        (GATING, "covarianceMatrix"): (_names(GATING, "row"), NONE),
        (GATING, "row"): (_names(GATING, "entry"), NONE),
        (GATING, "entry"): (NONE, _names(DATA_TYPE, "value")),
        (GATING, "distanceSquare"): (NONE, _names(DATA_TYPE, "value")),
        (GATING, "and"): (_names(GATING, "gateReference"), NONE),
        (GATING, "or"): (_names(GATING, "gateReference"), NONE),
        (GATING, "not"): (_names(GATING, "gateReference"), NONE),
        (GATING, "gateReference"): (NONE, _names(GATING, "ref", "use-as-complement")),
        (DATA_TYPE, "fcs-dimension"): (NONE, _names(DATA_TYPE, "name")),
        (DATA_TYPE, "new-dimension"): (NONE, _names(DATA_TYPE, "transformation-ref")),
        (TRANSFORMS, "transformation"): (_names(TRANSFORMS, *SCALES), _names(TRANSFORMS, "id", "boundMin", "boundMax")),
        (TRANSFORMS, "flin"): (NONE, _names(TRANSFORMS, "T", "A")),
        (TRANSFORMS, "flog"): (NONE, _names(TRANSFORMS, "T", "M")),
        (TRANSFORMS, "fasinh"): (NONE, _names(TRANSFORMS, "T", "M", "A")),
        (TRANSFORMS, "logicle"): (NONE, _names(TRANSFORMS, "T", "W", "M", "A")),
        (TRANSFORMS, "hyperlog"): (NONE, _names(TRANSFORMS, "T", "W", "M", "A")),
        (TRANSFORMS, "fratio"): (_names(DATA_TYPE, "fcs-dimension"), _names(TRANSFORMS, "A", "B", "C")),
        (TRANSFORMS, "spectrumMatrix"): (
            _names(TRANSFORMS, "fluorochromes", "detectors", "spectrum"),
            _names(TRANSFORMS, "id", "matrix-inverted-already"),
        ),
        (TRANSFORMS, "fluorochromes"): (_names(DATA_TYPE, "fcs-dimension"), NONE),
        (TRANSFORMS, "detectors"): (_names(DATA_TYPE, "fcs-dimension"), NONE),
        (TRANSFORMS, "spectrum"): (_names(TRANSFORMS, "coefficient"), NONE),
        (TRANSFORMS, "coefficient"): (NONE, _names(TRANSFORMS, "value")),
    }
)
FREE_ATTRIBUTES: Final = frozenset(
    {
        "http://www.w3.org/2001/XMLSchema-instance",
        "http://www.w3.org/XML/1998/namespace",
    }
)
OPEN: Final = frozenset((*GATES, *SCALES, "transformation", "spectrumMatrix"))  # the schema's anyAttribute
MEANINGFUL: Final = frozenset(
    {"boundMin", "boundMax", "id", "parent_id", "matrix-inverted-already", "T", "W", "M", "A", "B", "C"}
)


def refuse_unsupported(root: etree._Element, file: str) -> None:
    """Refuse a tree that holds anything outside the grammar.

    Raises
    ------
    SourceError
        NK-GML-05 with the name and line of every such element and attribute.
    """
    every = _unsupported(root)
    found = list(islice(every, MOST_LISTED))
    if found:
        rest = sum(1 for _ in every)
        more = f" and {rest} more" if rest else ""
        raise SourceError(
            "NK-GML-05",
            f"the file uses what nktrial does not read: {'; '.join(found)}{more}.",
            where=file,
            remedy="Export Gating-ML 2.0 without these elements; none is skipped, because the counts would be wrong.",
        )


def _unsupported(root: etree._Element) -> Iterator[str]:
    """Yield every element and attribute outside the grammar; an unknown element's content is not searched."""
    walker = etree.iterwalk(root, events=("start",))
    for _, element in walker:
        parent = element.getparent()
        if element.tag == CUSTOM_INFO:
            walker.skip_subtree()
            continue
        if parent is not None and element.tag not in _entry(parent)[0]:
            walker.skip_subtree()
            yield f"{local_name(element)} in {local_name(parent)} (line {element.sourceline})"
            continue
        yield from _unsupported_attributes(element, _entry(element)[1])


def _entry(element: etree._Element) -> tuple[frozenset[str], frozenset[str]]:
    """Return the children and attributes that a known element may have."""
    namespace, _, name = str(element.tag).removeprefix("{").partition("}")
    return GRAMMAR[(namespace, name)]


def _unsupported_attributes(element: etree._Element, known: frozenset[str]) -> Iterator[str]:
    """Yield the attributes that are unknown and would change the meaning, or stand in the wrong namespace."""
    is_open = etree.QName(element).localname in OPEN
    for attribute in element.attrib:
        name = etree.QName(attribute)
        if attribute in known or name.namespace in FREE_ATTRIBUTES:
            continue
        if not is_open or name.localname in MEANINGFUL:
            yield f"attribute {printable(str(name.localname), 60)} of {local_name(element)} (line {element.sourceline})"
