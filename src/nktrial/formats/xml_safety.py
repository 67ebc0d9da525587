"""What every XML file from outside is kept to: no DOCTYPE, known encodings, finite numbers.

Definition
    A document has no DOCTYPE and so no entities but the five of XML; nothing is ever fetched. An encoding that could
    hide a DOCTYPE from the search is refused. Numbers are finite xs:double literals in ASCII.

Not decided here
    How large and how deep a document may be, and the codes of its errors: each kind has its own.
"""

import re
from typing import Final

__all__ = ["ENCODINGS", "PARSING", "declared_encoding", "finite_number", "has_doctype"]

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
ENCODINGS: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin1", "windows-1252", "utf-16"})
DECLARED: Final = re.compile(rb"""^<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
HEAD_BYTES: Final = 1000
MOST_DIGITS: Final = 400


def declared_encoding(data: bytes) -> str:
    """Return the encoding that a document declares, in lower case; ``"utf-8"`` where it declares none."""
    declared = DECLARED.match(data[:HEAD_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip())
    return declared.group(1).decode("ascii").lower() if declared else "utf-8"


def has_doctype(data: bytes) -> bool:
    """Tell whether a document type declaration stands anywhere, in any encoding that is read."""
    upper = data.upper()
    return any("<!DOCTYPE".encode(code) in upper for code in ("ascii", "utf-16-le", "utf-16-be"))


def finite_number(text: str) -> float | None:
    """Return a finite number, None where the text is none."""
    value = float(text) if len(text) <= MOST_DIGITS and NUMBER.fullmatch(text) else float("inf")
    return value if abs(value) < float("inf") else None
