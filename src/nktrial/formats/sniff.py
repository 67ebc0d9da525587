"""What a file is, told by its first bytes and never by its name.

Definition
    ``sniff`` returns a kind that nktrial reads (``fcs``, ``abif``, ``gatingml``, ``wsp``, ``peaks``, ``genotypes``,
    ``ngs``), a kind that is often given by mistake (``zip``, ``png`` ...), ``empty``, or ``unknown``. A table with a
    marker (or locus) and an allele column holds peaks where it also has a height column, else genotypes; one with
    REF_HITS and ALT_HITS holds marker counts of a sequencer.

Not decided here
    Whether the file is valid: the kind's own reader says so.
"""

import re
from types import MappingProxyType
from typing import Final

__all__ = ["HEAD_BYTES", "looks_like", "sniff"]

HEAD_BYTES: Final = 65536
SIGNATURES: Final = (
    (b"FCS", "fcs"),
    (b"ABIF", "abif"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"%PDF", "pdf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"\x89HDF\r\n\x1a\n", "hdf5"),
    (b"SQLite format 3\0", "sqlite"),
    (b"{\\rtf", "rtf"),
)
DESCRIPTIONS: Final = MappingProxyType(
    {
        "fcs": "an FCS file",
        "abif": "an ABIF file",
        "gatingml": "a Gating-ML document",
        "wsp": "a FlowJo workspace",
        "peaks": "a peak table",
        "genotypes": "a genotype table",
        "ngs": "a table of sequencing counts",
        "zip": "what looks like a ZIP archive (also .xlsx, .docx, .acs)",
        "gzip": "what looks like a gzip file",
        "7z": "what looks like a 7-Zip archive",
        "png": "what looks like a PNG image",
        "jpeg": "what looks like a JPEG image",
        "gif": "what looks like a GIF image",
        "tiff": "what looks like a TIFF image",
        "pdf": "what looks like a PDF document",
        "ole": "what looks like an old Office document",
        "hdf5": "what looks like an HDF5 file",
        "sqlite": "what looks like an SQLite database",
        "rtf": "what looks like an RTF document",
        "html": "what looks like an HTML page (a download gone wrong?)",
        "xml": "an XML document that is neither Gating-ML nor a FlowJo workspace",
        "table": "a text table without marker and allele columns",
        "text": "plain text",
        "empty": "an empty file",
        "unknown": "bytes of no known kind",
    }
)
MARKER_COLUMN: Final = re.compile(r"marker|locus", re.IGNORECASE)
ALLELE_COLUMN: Final = re.compile(r"allele", re.IGNORECASE)
HEIGHT_COLUMN: Final = re.compile(r"height", re.IGNORECASE)
NGS_COLUMNS: Final = frozenset({"REF_HITS", "ALT_HITS"})
TABLE_LINES: Final = 30


def sniff(head: bytes) -> str:
    """Return the kind of a file from its first bytes (`HEAD_BYTES` are enough)."""
    if not head:
        return "empty"
    for signature, kind in SIGNATURES:
        if head.startswith(signature):
            return kind
    text = _as_text(head[:HEAD_BYTES])
    if text is None:
        return "unknown"
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith("<"):
        return _markup_kind(start)
    return _table_kind(start)


def looks_like(head: bytes) -> str:
    """Return the same in words, to stand after "found"."""
    return DESCRIPTIONS[sniff(head)]


def _as_text(head: bytes) -> str | None:
    """Decode bytes that can be text; None for binary ones."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[: len(head) // 2 * 2].decode("utf-16", errors="replace")
    if any(byte < 9 or 13 < byte < 32 for byte in head[:4096]):
        return None
    return head.decode("utf-8", errors="replace")


def _markup_kind(start: str) -> str:
    """Tell XML dialects and HTML apart by their root element."""
    lowered = start[:8192].lower()
    if re.search(r"<(?:[\w-]+:)?gating-ml[\s>]", lowered):
        return "gatingml"
    if re.search(r"<workspace[\s>]", lowered):
        return "wsp"
    if re.match(r"<(?:!doctype\s+html|html)[\s>]", lowered) or re.search(r"<html[\s>]", lowered):
        return "html"
    return "xml" if re.match(r"<(?:\?xml|!--|!doctype|[a-z_])", lowered) else "text"


def _table_kind(text: str) -> str:
    """Tell tables apart by the column names among their first lines."""
    table = False
    for line in text.splitlines()[:TABLE_LINES]:
        cells = [cell.strip().strip('"') for cell in re.split(r"[\t,;]", line)]
        if len(cells) < 2:
            continue
        table = True
        if set(cells) >= NGS_COLUMNS:
            return "ngs"
        marker = any(MARKER_COLUMN.fullmatch(cell) for cell in cells)
        if marker and any(ALLELE_COLUMN.match(cell) for cell in cells):
            return "peaks" if any(HEIGHT_COLUMN.match(cell) for cell in cells) else "genotypes"
    return "table" if table else "text"
