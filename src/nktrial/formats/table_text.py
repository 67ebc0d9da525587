"""From the bytes of a table to its text: encoding and kind, decided or refused by name.

Definition
    A table is UTF-8 text, with or without a byte order mark. Whatever else it is (UTF-16, a code page, a workbook)
    is named and refused: a wrong guess of the encoding would change an id without a trace.

Not decided here
    Columns and cells.
"""

import re
from typing import Final

from nktrial.formats.issues import CellError

__all__ = ["line_of_byte", "table_text"]

RESAVE: Final = "Save it again as 'CSV UTF-8 (comma delimited)'."
SIGNATURES: Final[tuple[tuple[bytes, str], ...]] = (
    (b"PK\x03\x04", "an Excel workbook (.xlsx, .xlsm) or another ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls) or an encrypted one"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a PNG picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"FCS", "a flow cytometry file"),
    (b"ABIF", "a trace of a capillary sequencer"),
)
WIDE_MARKS: Final = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
CYRILLIC: Final = re.compile("[А-яЁё]{2}")
HEAD_BYTES: Final = 4096


def table_text(data: bytes) -> tuple[str, int]:
    """Decode a table or study.toml.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    (str, int)
        The text without its byte order mark, and the number of bytes of that mark.

    Raises
    ------
    CellError
        NK-TAB-02 empty; NK-TAB-04 another kind of file; NK-TAB-05 UTF-16 or UTF-32; NK-TAB-06 a code page;
        NK-TAB-07 a NUL byte.
    """
    _refuse_other_kinds(data[:HEAD_BYTES])
    mark = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    if not data[mark:].strip():
        raise CellError("NK-TAB-02", "the file is empty, expected a header line.", "Fill it in or remove it.")
    nul = data.find(b"\0")
    if nul >= 0:
        raise CellError(
            "NK-TAB-07", f"a NUL byte stands on line {line_of_byte(data, nul)}.", f"The file is damaged. {RESAVE}"
        )
    try:
        return data[mark:].decode("utf-8"), mark
    except UnicodeDecodeError as error:
        place = mark + error.start
        raise CellError(
            "NK-TAB-06",
            f"byte 0x{data[place]:02X} on line {line_of_byte(data, place)} is not UTF-8; "
            f"the file looks like {_code_page(data)}.",
            RESAVE,
        ) from error


def line_of_byte(data: bytes, place: int) -> int:
    """Return the line number, from 1, of a byte."""
    before = data[:place]
    return 1 + before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n")


def _refuse_other_kinds(head: bytes) -> None:
    """Name workbooks, archives and wide encodings."""
    for signature, kind in SIGNATURES:
        if head.startswith(signature):
            raise CellError("NK-TAB-04", f"expected a CSV table, found {kind}.", RESAVE)
    wide = next((name for mark, name in WIDE_MARKS if head.startswith(mark)), "")
    if not wide and len(head) >= 8 and max(head[0::2].count(0), head[1::2].count(0)) > len(head) // 4:
        wide = "UTF-16 without a byte order mark"
    if wide:
        raise CellError("NK-TAB-05", f"the file is {wide}, expected UTF-8.", RESAVE)


def _code_page(data: bytes) -> str:
    """Name the code page that the bytes look like; for the message only, never used to read."""
    letters = data.decode("cp1251", "replace")
    if CYRILLIC.search(letters):
        return "Windows-1251"
    if any(0x80 <= byte <= 0x9F for byte in data):
        return "Windows-1252"
    return "Latin-1 or Windows-1252"
