"""What every XML file from outside is kept to: no DOCTYPE, known encodings, finite numbers.

Definition
    A document has no DOCTYPE and so no entities but the five of XML; nothing is ever fetched. An encoding that could
    hide a DOCTYPE from the search is refused. Numbers are finite xs:double literals in ASCII.

Not decided here
    How large and how deep a document may be, and the codes of its errors: each kind has its own.
"""

import re
from dataclasses import dataclass
from typing import Final

from lxml import etree

from nktrial.core.errors import SourceError
from nktrial.formats.window import printable

__all__ = ["NODE_BYTES", "PARSING", "Refusal", "XmlRules", "finite_number"]

PARSING: Final = {  # of lxml's parsers
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
    "remove_blank_text": True,
}
NODE_BYTES: Final = 128  # of libxml2's tree: an element one node, an attribute with its text two
ENCODINGS: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin1", "windows-1252", "utf-16"})
DECLARED: Final = re.compile(rb"""^<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
DOCTYPE: Final = re.compile(  # in either case, in one byte a letter or in two
    rb"<\x00?!\x00?[Dd]\x00?[Oo]\x00?[Cc]\x00?[Tt]\x00?[Yy]\x00?[Pp]\x00?[Ee]"
)
NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
HEAD_BYTES: Final = 1000
MOST_DIGITS: Final = 400


@dataclass(frozen=True, slots=True)
class Refusal:
    """How one kind of file refuses one thing: the code, and what the user can do."""

    code: str
    remedy: str


@dataclass(frozen=True, slots=True)
class XmlRules:
    """The rules that every kind of XML file keeps, each with the kind's own code.

    Parameters
    ----------
    malformed, doctype, encoding : Refusal
        Of a file that is not well-formed, has a DOCTYPE, or declares an encoding that is not read.
    """

    malformed: Refusal
    doctype: Refusal
    encoding: Refusal

    def check_declarations(self, data: bytes | memoryview, where: str) -> None:
        """Refuse an encoding that would hide a DOCTYPE from the search, then any DOCTYPE."""
        encoding = _declared_encoding(bytes(data[:HEAD_BYTES]))
        if encoding not in ENCODINGS:
            raise _error(
                self.encoding,
                f"the file declares the encoding {encoding!r}, expected UTF-8, UTF-16, ISO-8859-1 or Windows-1252.",
                where,
            )
        if DOCTYPE.search(data):
            raise self._doctype_error(where)

    def check_root(self, root: etree._Element, where: str) -> None:
        """Refuse a DOCTYPE that the parser found."""
        if root.getroottree().docinfo.internalDTD is not None:
            raise self._doctype_error(where)

    def parse_error(self, error: Exception, where: str) -> SourceError:
        """Return the refusal of what the parser did not accept."""
        return _error(self.malformed, f"expected well-formed XML, found: {printable(str(error))}.", where)

    def _doctype_error(self, where: str) -> SourceError:
        return _error(self.doctype, "the file has a DOCTYPE; entities and external definitions are never read.", where)


def finite_number(text: str) -> float | None:
    """Return a finite number, None where the text is none."""
    value = float(text) if len(text) <= MOST_DIGITS and NUMBER.fullmatch(text) else float("inf")
    return value if abs(value) < float("inf") else None


def _error(refusal: Refusal, problem: str, where: str) -> SourceError:
    return SourceError(refusal.code, problem, where=where, remedy=refusal.remedy)


def _declared_encoding(head: bytes) -> str:
    """Return the encoding that a document declares, in lower case; ``"utf-8"`` where it declares none."""
    declared = DECLARED.match(head.removeprefix(b"\xef\xbb\xbf").lstrip())
    return declared.group(1).decode("ascii").lower() if declared else "utf-8"
