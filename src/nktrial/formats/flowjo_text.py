"""The text of a FlowJo workspace: bytes to elements, one sample at a time; attributes to checked values.

Definition
    A workspace is read in one pass that keeps one sample (or group) at a time, so that memory does not grow with the
    number of samples. There is no DOCTYPE, no entity, nothing is fetched; sizes, depth and numbers of elements are
    bounded. FlowJo writes some attributes with a namespace and some without: an attribute is found either way.

Not decided here
    What the elements mean: see ``flowjo``.
"""

import io
from collections.abc import Iterator
from typing import Final, TypeAlias

from lxml import etree

from nktrial.core.errors import SourceError
from nktrial.formats.window import Window, printable
from nktrial.formats.xml_safety import ENCODINGS, PARSING, declared_encoding, finite_number, has_doctype

__all__ = ["Node", "workspace_parts"]

Element: TypeAlias = etree._Element  # noqa: SLF001

GATING_ML: Final = "isac-net.org/std/Gating-ML/"
GATING_ML_2: Final = "isac-net.org/std/Gating-ML/v2.0/"
MOST_BYTES: Final = 512 * 1024 * 1024  # own limits: the largest real workspace seen has 3.4 MB
MOST_DEPTH: Final = 200
MOST_PART_ELEMENTS: Final = 200_000
PARTS: Final = ("GroupNode", "Sample")
REMEDY: Final = "Save the workspace again in FlowJo 10."


class Node:
    """One element of a workspace: reads its attributes and names its line in every error."""

    __slots__ = ("element", "file")

    def __init__(self, element: Element, file: str) -> None:
        self.element = element
        self.file = file

    @property
    def tag(self) -> str:
        """Local name of the element."""
        return local_part(str(self.element.tag))

    def error(self, code: str, problem: str) -> SourceError:
        """Return an error that names this element."""
        where = f"{self.file}, line {self.element.sourceline} ({printable(self.tag, 60)})"
        return SourceError(code, problem, where=where, remedy=REMEDY)

    def children(self, *tags: str) -> "list[Node]":
        """Return the child elements, of the given local names where there are any."""
        elements = self.element.iterchildren("*")
        return [Node(child, self.file) for child in elements if not tags or child.tag.rpartition("}")[2] in tags]

    def child(self, tag: str) -> "Node | None":
        """Return the first child of a name, None where there is none."""
        found = self.children(tag)
        return found[0] if found else None

    def text(self, name: str, default: str = "") -> str:
        """Return an attribute's text by its local name."""
        value = self.element.get(name)
        if value is None:
            ending = f"}}{name}"
            value = next((text for key, text in self.element.items() if key.endswith(ending)), default)
        return str(value)

    def number(self, name: str) -> float:
        """Return an attribute as a finite number; NK-WSP-05 where it is none."""
        text = self.text(name).strip()
        value = finite_number(text)
        if value is None:
            raise self.error("NK-WSP-05", f"attribute {name} is {printable(text, 60)!r}, expected a finite number.")
        return value

    def optional_number(self, name: str) -> float | None:
        """Return an attribute as a finite number, None where it is absent or empty."""
        return self.number(name) if self.text(name).strip() else None

    def count(self, name: str) -> int | None:
        """Return a number of events, None where FlowJo had not counted (-1) or states none."""
        value = self.optional_number(name)
        return int(value) if value is not None and value >= 0 and value.is_integer() else None


def local_part(name: str) -> str:
    """Return a name without its namespace."""
    return name.rpartition("}")[2]


def workspace_parts(window: Window) -> Iterator[Node]:
    """Yield the root (its attributes only), then each group and each sample; a part is gone once the next is asked for.

    Raises
    ------
    SourceError
        NK-WSP-01 not well-formed XML; NK-WSP-02 a DOCTYPE; NK-WSP-03 too large, deep or long; NK-WSP-04 not a
        workspace of FlowJo 10; NK-WSP-21 the encoding.
    """
    if window.size > MOST_BYTES:
        raise _too_large(window, f"the file has {window.size:,} bytes, expected at most {MOST_BYTES:,}")
    data = bytes(window.take(0, window.size, "FlowJo workspace"))
    _refuse_declarations(data, window.name)
    steps = etree.iterparse(io.BytesIO(data), events=("start", "end"), **PARSING)
    try:
        yield from _parts(steps, window)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SourceError(
            "NK-WSP-01",
            f"expected well-formed XML, found: {printable(str(error))}.",
            where=window.name,
            remedy=REMEDY,
        ) from error


def _parts(steps: Iterator[tuple[str, Element]], window: Window) -> Iterator[Node]:
    """Walk the parser's events."""
    depth = inside = elements = 0
    for event, element in steps:
        part = element.tag.endswith(PARTS) and local_part(element.tag) in PARTS
        if event == "start":
            depth += 1
            inside += part
            elements += bool(inside)
            if depth == 1:
                yield _checked_root(element, window.name)
            if depth > MOST_DEPTH or elements > MOST_PART_ELEMENTS:
                raise _too_large(
                    window,
                    f"elements are nested deeper than {MOST_DEPTH}, or one sample has more than {MOST_PART_ELEMENTS:,}",
                )
            continue
        depth -= 1
        inside -= part
        if part and not inside:
            yield Node(element, window.name)
            elements = 0
        if not inside:
            element.clear()
            _forget_siblings(element)


def _forget_siblings(element: Element) -> None:
    """Remove what was read before an element, so that the tree does not grow."""
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _checked_root(element: Element, file: str) -> Node:
    """Return the root where it is a workspace of FlowJo 10; NK-WSP-04 else."""
    if element.getroottree().docinfo.internalDTD is not None:
        raise _doctype_error(file)
    found = ""
    if local_part(str(element.tag)) != "Workspace":
        found = f"the root element {printable(local_part(str(element.tag)), 60)!r}"
    others = [uri for uri in element.nsmap.values() if GATING_ML in (uri or "") and GATING_ML_2 not in (uri or "")]
    if others:
        found = f"gates in the namespace {printable(others[0], 80)!r}, as FlowJo before version 10 wrote them"
    if found:
        raise SourceError(
            "NK-WSP-04",
            f"expected a workspace of FlowJo 10 (Gating-ML 2.0), found {found}.",
            where=file,
            remedy=REMEDY,
        )
    return Node(element, file)


def _refuse_declarations(data: bytes, name: str) -> None:
    """Refuse an encoding that would hide a DOCTYPE from the search, then search for it."""
    encoding = declared_encoding(data)
    if encoding not in ENCODINGS:
        raise SourceError(
            "NK-WSP-21",
            f"the file declares the encoding {encoding!r}, expected UTF-8, UTF-16, ISO-8859-1 or Windows-1252.",
            where=name,
            remedy=REMEDY,
        )
    if has_doctype(data):
        raise _doctype_error(name)


def _doctype_error(name: str) -> SourceError:
    """Return the refusal of any document type declaration."""
    return SourceError(
        "NK-WSP-02",
        "the file has a DOCTYPE; entities and external definitions are never read.",
        where=name,
        remedy="Remove the DOCTYPE: FlowJo writes none.",
    )


def _too_large(window: Window, problem: str) -> SourceError:
    return SourceError("NK-WSP-03", f"{problem}.", where=window.name, remedy="Save the samples in several workspaces.")
