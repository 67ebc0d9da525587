"""The text of a Gating-ML file: bytes to a bounded XML tree, attributes to checked values.

Definition
    A document has no DOCTYPE and so no entities but the five of XML; nothing is ever fetched; its size, depth and
    number of elements are bounded. Numbers are finite xs:double literals in ASCII.

Not decided here
    What the elements mean: see ``gatingml``.
"""

from typing import Final

from lxml import etree

from nktrial.core.errors import SourceError
from nktrial.formats.window import Window, printable
from nktrial.formats.xml_safety import NODE_BYTES, PARSING, Refusal, XmlRules, finite_number

__all__ = ["CUSTOM_INFO", "DATA_TYPE", "GATING", "TRANSFORMS", "Place", "child_elements", "load_tree", "local_name"]

GATING: Final = "http://www.isac-net.org/std/Gating-ML/v2.0/gating"
DATA_TYPE: Final = "http://www.isac-net.org/std/Gating-ML/v2.0/datatypes"
TRANSFORMS: Final = "http://www.isac-net.org/std/Gating-ML/v2.0/transformations"
CUSTOM_INFO: Final = f"{{{DATA_TYPE}}}custom_info"
PREFIXES: Final = {GATING: "gating", DATA_TYPE: "data-type", TRANSFORMS: "transforms"}

MOST_BYTES: Final = 16 * 1024 * 1024  # own limits: the largest real files seen have 3.4 MB
MOST_DEPTH: Final = 64
MOST_ID: Final = 120
MOST_ATTRIBUTES: Final = 200
TREE_BYTES: Final = 40_000_000
TREE_BYTES_A_BYTE: Final = 3
FORBIDDEN_START: Final = "=+-@"  # a spreadsheet would run it
RULES: Final = XmlRules(
    malformed=Refusal("NK-GML-01", "Export the gates again as Gating-ML 2.0."),
    doctype=Refusal("NK-GML-02", "Remove the DOCTYPE: Gating-ML 2.0 needs none."),
    encoding=Refusal("NK-GML-04", "Export the gates again in UTF-8."),
)


def load_tree(window: Window) -> etree._Element:
    """Parse a whole file into a bounded tree.

    Raises
    ------
    SourceError
        NK-GML-01 not well-formed XML; NK-GML-02 a DOCTYPE; NK-GML-03 too large, deep or long; NK-GML-04 the encoding.
    """
    if window.size > MOST_BYTES:
        raise SourceError(
            "NK-GML-03",
            f"the file has {window.size:,} bytes, expected at most {MOST_BYTES:,} for a gating file.",
            where=window.name,
        )
    data = bytes(window.take(0, window.size, "Gating-ML document"))
    RULES.check_declarations(data, window.name)
    _refuse_crowds(data, window.name)
    try:
        root = etree.fromstring(data, etree.XMLParser(**PARSING))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise RULES.parse_error(error, window.name) from error
    RULES.check_root(root, window.name)
    _refuse_depth(root, window.name)
    return root


def local_name(element: etree._Element) -> str:
    """Return an element's name with the usual prefix, as messages show it."""
    name = etree.QName(element)
    prefix = PREFIXES.get(name.namespace or "", "")
    return printable(f"{prefix}:{name.localname}" if prefix else name.localname)


def child_elements(element: etree._Element) -> list[etree._Element]:
    """Return the child elements, without custom_info, whose content is free."""
    return [child for child in element if child.tag != CUSTOM_INFO]


class Place:
    """One element of one file: reads its attributes and names its line in every error."""

    __slots__ = ("element", "file")

    def __init__(self, element: etree._Element, file: str) -> None:
        self.element = element
        self.file = file

    @property
    def where(self) -> str:
        """File, line and element."""
        return f"{self.file}, line {self.element.sourceline} ({local_name(self.element)})"

    def error(self, code: str, problem: str, remedy: str = "") -> SourceError:
        """Return an error that names this place."""
        return SourceError(code, problem, where=self.where, remedy=remedy)

    def optional(self, namespace: str, name: str) -> str | None:
        """Return an attribute's text without surrounding white space, None where it is absent."""
        text = self.element.get(f"{{{namespace}}}{name}")
        return None if text is None else str(text).strip(" \t\r\n")

    def text(self, namespace: str, name: str) -> str:
        """Return an attribute's text; NK-GML-07 where it is absent or empty."""
        text = self.optional(namespace, name)
        if not text:
            raise self.error("NK-GML-07", f"attribute {PREFIXES[namespace]}:{name} is required: missing or empty.")
        return text

    def identity(self, namespace: str) -> str:
        """Return an id; NK-GML-08 where it cannot stand in a path or a table's head."""
        text = self.text(namespace, "id")
        if "/" in text or not text.isprintable() or text[0] in FORBIDDEN_START or len(text) > MOST_ID:
            raise self.error(
                "NK-GML-08",
                f"id {printable(text, 60)!r} has a slash, a control character, more than {MOST_ID} characters, or "
                "begins with one of = + - @.",
                "Give the gate an id of letters, digits, underscore, hyphen and full stop.",
            )
        return text

    def children(self, namespace: str, name: str, low: int, high: int | None = None) -> "list[Place]":
        """Return the children of one name; NK-GML-19 where they are fewer than ``low`` or more than ``high``."""
        tag = f"{{{namespace}}}{name}"
        found = [Place(child, self.file) for child in self.element if child.tag == tag]
        if len(found) < low or (high is not None and len(found) > high):
            expected = f"{low}" if low == high else f"at least {low}" if high is None else f"{low} to {high}"
            full = f"{PREFIXES[namespace]}:{name}"
            raise self.error("NK-GML-19", f"found {len(found)} elements {full}, expected {expected}.")
        return found

    def number(self, namespace: str, name: str) -> float:
        """Return an attribute as a finite number."""
        return self.finite(self.text(namespace, name), f"{PREFIXES[namespace]}:{name}")

    def optional_number(self, namespace: str, name: str) -> float | None:
        """Return an attribute as a finite number, None where it is absent."""
        return None if self.optional(namespace, name) is None else self.number(namespace, name)

    def finite(self, text: str, name: str) -> float:
        """Read a finite number; NK-GML-09 where it is none."""
        value = finite_number(text)
        if value is None:
            raise self.error("NK-GML-09", f"{name} is {printable(text, 60)!r}, expected a finite number.")
        return value

    def flag(self, namespace: str, name: str) -> bool:
        """Return an xs:boolean, False where it is absent; NK-GML-10 where it is none."""
        text = self.optional(namespace, name)
        if text not in (None, "true", "1", "false", "0"):
            shown = printable(text or "", 60)
            raise self.error("NK-GML-10", f"{PREFIXES[namespace]}:{name} is {shown!r}, expected true or false.")
        return text in ("true", "1")


def _refuse_crowds(data: bytes, name: str) -> None:
    """Refuse so many elements and attributes that their tree would be far larger than the file, before it is built."""
    elements, attributes = data.count(b"<") - data.count(b"</"), data.count(b"=")
    if NODE_BYTES * (elements + 2 * attributes) > TREE_BYTES + TREE_BYTES_A_BYTE * len(data):
        raise SourceError(
            "NK-GML-03",
            f"about {elements:,} elements and {attributes:,} attributes stand in {len(data):,} bytes, more than "
            "any gating file has.",
            where=name,
        )


def _refuse_depth(root: etree._Element, name: str) -> None:
    """Refuse a tree that is deeper than any gating file, or has more attributes on one element."""
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MOST_DEPTH or len(element.attrib) > MOST_ATTRIBUTES:
            raise SourceError(
                "NK-GML-03",
                f"elements are nested deeper than {MOST_DEPTH}, or one has more than {MOST_ATTRIBUTES} attributes.",
                where=f"{name}, line {element.sourceline}",
            )
