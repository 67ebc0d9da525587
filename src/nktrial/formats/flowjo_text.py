"""The text of a FlowJo workspace: bytes to elements, one sample at a time; attributes to checked values.

Definition
    A workspace is read in one pass that keeps one sample (or group) at a time, so that memory does not grow with the
    number of samples. The parser tells of the beginning and end of samples and groups only; what lies between them is
    forgotten unseen. There is no DOCTYPE, no entity, nothing is fetched; sizes, depth and numbers of elements are
    bounded, and so is the time. FlowJo writes some attributes with a namespace and some without: an attribute is found
    either way.

Not decided here
    What the elements mean: see ``flowjo``.
"""

from collections import deque
from collections.abc import Iterator
from typing import Final, TypeAlias

from lxml import etree

from nktrial.core.errors import SourceError
from nktrial.formats.window import Window, printable
from nktrial.formats.xml_safety import NODE_BYTES, PARSING, Refusal, XmlRules, finite_number

__all__ = ["Node", "workspace_parts"]

Element: TypeAlias = etree._Element  # noqa: SLF001

GATING_ML: Final = "isac-net.org/std/Gating-ML/"
GATING_ML_2: Final = "isac-net.org/std/Gating-ML/v2.0/"
MOST_BYTES: Final = 512 * 1024 * 1024  # own limits: the largest real workspace seen has 3.4 MB
MOST_PART_ELEMENTS: Final = 200_000
PART_BYTES: Final = 40_000_000  # of one part's tree
PART_BYTES_A_BYTE: Final = 2  # of the file
MOST_ELEMENTS: Final = 1_000_000  # of the file, and one for every FEWEST_BYTES; real ones have 104 to 118 bytes each
FEWEST_BYTES: Final = 30
BLOCK_BYTES: Final = 64 * 1024
PARTS: Final = ("GroupNode", "Sample")
ROOT: Final = "Workspace"
REMEDY: Final = "Save the workspace again in FlowJo 10."
RULES: Final = XmlRules(
    malformed=Refusal("NK-WSP-01", REMEDY),
    doctype=Refusal("NK-WSP-02", "Remove the DOCTYPE: FlowJo writes none."),
    encoding=Refusal("NK-WSP-21", REMEDY),
)


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
        names = [f"{{*}}{tag}" for tag in tags] or ["*"]
        return [Node(child, self.file) for child in self.element.iterchildren(*names)]

    def child(self, tag: str) -> "Node | None":
        """Return the first child of a name, None where there is none."""
        found = next(self.element.iterchildren(f"{{*}}{tag}"), None)
        return None if found is None else Node(found, self.file)

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


class Crowd:
    """Elements and attributes of a file and of the part that is being read, counted before they become a tree."""

    __slots__ = ("attributes", "block", "elements", "file_elements", "window")

    def __init__(self, window: Window) -> None:
        self.window = window
        self.file_elements = self.elements = self.attributes = 0
        self.block = (0, 0)

    def add(self, block: bytes, *, within: bool) -> None:
        """Count a block that is about to be parsed; NK-WSP-03 where file or part (``within``) holds too many."""
        found = block.count(b"<") - block.count(b"</") - block.count(b"<\0/")
        self.block = (found, block.count(b"="))
        self.file_elements += found
        if self.file_elements > MOST_ELEMENTS + self.window.size / FEWEST_BYTES:
            raise _too_large(self.window, f"more than {self.file_elements:,} elements in {self.window.size:,} bytes")
        if not within:
            return
        self.elements += self.block[0]
        self.attributes += self.block[1]
        tree = NODE_BYTES * (self.elements + 2 * self.attributes)
        if self.elements > MOST_PART_ELEMENTS or tree > PART_BYTES + PART_BYTES_A_BYTE * self.window.size:
            raise _too_large(
                self.window, f"one sample has more than {self.elements:,} elements and {self.attributes:,} attributes"
            )

    def begin_part(self) -> None:
        """Count anew, from the block that is being read: a part began or ended in it."""
        self.elements, self.attributes = self.block


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
    data = window.take(0, window.size, "FlowJo workspace")
    RULES.check_declarations(data, window.name)
    try:
        _checked_root(_first_element(data), window.name)
        yield from _parts(data, window)
    except (etree.XMLSyntaxError, ValueError) as error:
        if "Excessive depth" in str(error):  # 256, the parser's own limit
            raise _too_large(window, "elements are nested deeper than 256") from error
        raise RULES.parse_error(error, window.name) from error


def _blocks(data: memoryview) -> Iterator[bytes]:
    """Yield a file's bytes, a block at a time."""
    return (bytes(data[start : start + BLOCK_BYTES]) for start in range(0, len(data), BLOCK_BYTES))


def _first_element(data: memoryview) -> Element:
    """Return the root as it stands once its tag has been read."""
    parser = etree.XMLPullParser(events=("start",), **PARSING)
    for block in _blocks(data):
        parser.feed(block)
        for _, element in parser.read_events():
            return element
    root: Element = parser.close()  # raises: there is none
    return root


def _parts(data: memoryview, window: Window) -> Iterator[Node]:
    """Feed a parser block by block, and yield the root and each part that ends."""
    names = tuple(f"{{*}}{name}" for name in (ROOT, *PARTS))
    parser = etree.XMLPullParser(events=("start", "end"), tag=names, **PARSING)
    root: Element | None = None
    crowd = Crowd(window)
    depth = 0
    for block in _blocks(data):
        crowd.add(block, within=depth > 0)
        parser.feed(block)
        events = deque(parser.read_events())  # a queue that lets go: a tree is freed slowly while its elements are held
        while events:
            event, element = events.popleft()
            if root is None:
                root = element
                yield Node(root, window.name)
            if local_part(str(element.tag)) == ROOT:
                continue
            crowd.begin_part()
            depth += 1 if event == "start" else -1
            if not depth:
                yield Node(element, window.name)
                element.clear()
        if root is not None:
            _forget_read(root)
    parser.close()


def _forget_read(root: Element) -> None:
    """Remove what stands before the element that is being read, and before those around it, but nothing of a part."""
    holder: Element | None = root
    while holder is not None and local_part(str(holder.tag)) not in PARTS:
        del holder[:-1]
        holder = next(holder.iterchildren(reversed=True), None)


def _checked_root(element: Element, file: str) -> Node:
    """Return the root where it is a workspace of FlowJo 10; NK-WSP-04 else."""
    RULES.check_root(element, file)
    found = ""
    if local_part(str(element.tag)) != ROOT:
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


def _too_large(window: Window, problem: str) -> SourceError:
    return SourceError("NK-WSP-03", f"{problem}.", where=window.name, remedy="Save the samples in several workspaces.")
