"""The directory of an ABIF file: which tags it has and where their bytes stand.

Definition
    ABIF 1.01 (Applied Biosystems Genetic Analysis Data File Format, 2006), big-endian. Bytes 0-3 are ``ABIF``, 4-5
    the version times 100. At byte 6 stands one directory record whose data are the directory: records of 28 bytes
    with name, number, element type, element size, number of elements, data size, data offset, data handle. Data of
    4 bytes or fewer stand in the offset field itself. The header takes 128 bytes.

Not decided here
    What a tag means for a lane (``abif``).
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import SourceError
from nktrial.formats.window import Window, printable
from nktrial.model.origin import Extent, Finding

__all__ = ["ENCIPHERED_TYPES", "Directory", "Tag", "read_directory"]

MAGIC: Final = b"ABIF"
HEADER_BYTES: Final = 128
RECORD: Final = struct.Struct(">4sIhhIII")
RECORD_BYTES: Final = 28
MAX_ENTRIES: Final = 10_000
MAX_STRING_BYTES: Final = 4096  # what is shown of a string is shorter still
VERSIONS: Final = range(100, 400)
CHECK_EXPORT: Final = "The file is damaged; export it again from the instrument's software."

# Element types of the specification and their width [bytes]; 18 and 19 are strings of one-byte elements.
WIDTHS: Final = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 7: 4, 8: 8, 10: 4, 11: 4, 12: 4, 13: 1, 18: 1, 19: 1}
NUMBERS: Final = {1: ">u1", 3: ">u2", 4: ">i2", 5: ">i4", 7: ">f4", 8: ">f8", 13: ">u1"}
FIRST_USER_TYPE: Final = 1024
# Types of the 3500's .hid files: the same kinds of value with enciphered bytes.
ENCIPHERED_TYPES: Final = frozenset({28, 30, 31, 32, 33, 34})


@dataclass(frozen=True, slots=True)
class Tag:
    """One entry of the directory.

    Parameters
    ----------
    name, number : str, int
        ``DATA`` 1.
    element_type, element_size, count : int
        As the entry says; ``count * element_size`` is the length of the data.
    start, stop : int
        Byte range of the data, inside the file.
    """

    name: str
    number: int
    element_type: int
    element_size: int
    count: int
    start: int
    stop: int

    @property
    def key(self) -> str:
        """Return name and number in one word, ``DATA1``."""
        return f"{self.name}{self.number}"

    @property
    def extent(self) -> Extent:
        """Return the byte range."""
        return Extent(self.key, self.start, self.stop)


@dataclass(frozen=True, slots=True)
class Directory:
    """All tags of a file, and the values of those that are asked for."""

    window: Window
    version: int
    tags: tuple[Tag, ...]
    findings: tuple[Finding, ...]
    by_key: Mapping[str, Sequence[Tag]]

    def find(self, key: str) -> Tag | None:
        """Return the tag ``DATA1``, or None.

        Raises
        ------
        SourceError
            NK-ABI-11 the tag stands there twice with different data.
        """
        same = self.by_key.get(key, ())
        if not same:
            return None
        if len(same) == 1:
            return same[0]
        if len(same) > 2 or bytes(self.data(same[0])) != bytes(self.data(same[-1])):
            raise SourceError(
                "NK-ABI-11",
                f"tag {key} stands in the directory {len(same)} times with different data, expected once.",
                where=f"{self.window.name} ({key})",
                remedy=CHECK_EXPORT,
            )
        return same[0]

    def data(self, tag: Tag) -> memoryview:
        """Return the bytes of a tag."""
        return self.window.take(tag.start, tag.stop - tag.start, tag.key)

    def numbers(self, key: str) -> NDArray[np.generic] | None:
        """Return the numbers of a tag in native byte order, or None where the tag is absent.

        Raises
        ------
        SourceError
            NK-ABI-09 the tag does not hold numbers.
        """
        tag = self.find(key)
        if tag is None:
            return None
        kind = NUMBERS.get(tag.element_type)
        if kind is None:
            raise SourceError(
                "NK-ABI-09",
                f"tag {key} has element type {tag.element_type}, expected numbers.",
                where=f"{self.window.name} ({key})",
                remedy=CHECK_EXPORT,
            )
        values = np.frombuffer(self.data(tag), dtype=kind)
        return values.astype(values.dtype.newbyteorder("="))

    def text(self, key: str) -> str:
        """Return the text of a tag without surrounding blanks, empty where it is absent or enciphered.

        Raises
        ------
        SourceError
            NK-ABI-07 a Pascal string is longer than its field.
        """
        tag = self.find(key)
        if tag is None or tag.element_type not in (2, 18, 19):
            return ""
        data = bytes(self.data(tag)[:MAX_STRING_BYTES])
        if tag.element_type == 18:
            length = data[0] if data else 0
            if length > len(data) - 1:
                raise SourceError(
                    "NK-ABI-07",
                    f"a string of {length} characters is claimed in a field of {len(data)} bytes.",
                    where=f"{self.window.name}, byte {tag.start:,} ({key})",
                    remedy=CHECK_EXPORT,
                )
            data = data[1 : 1 + length]
        return printable(data.split(b"\0", 1)[0].decode("latin-1").strip())


def read_directory(window: Window) -> Directory:
    """Read the header and the directory of an ABIF file.

    Parameters
    ----------
    window : Window
        The file.

    Returns
    -------
    Directory
        Tags in file order; every byte range lies inside the file.

    Raises
    ------
    SourceError
        NK-ABI-01 no ABIF file; NK-ABI-02 wrong byte order; NK-ABI-03 unknown version; NK-ABI-04 impossible
        directory; NK-ABI-05 impossible entry; NK-ABI-06 an entry contradicts itself; NK-WIN-01 data beyond the end.
    """
    version = _version(window)
    name, _, _, entry_bytes, count, size, offset = RECORD.unpack_from(window.take(6, RECORD_BYTES, "header"))
    if (
        name != b"tdir"
        or entry_bytes != RECORD_BYTES
        or not 1 <= count <= MAX_ENTRIES
        or offset < HEADER_BYTES
        or size < count * RECORD_BYTES
    ):
        raise SourceError(
            "NK-ABI-04",
            f"the directory record says {name!r}, {count:,} entries of {entry_bytes} bytes in {size:,} bytes from byte "
            f"{offset:,}; expected 'tdir', 1 to {MAX_ENTRIES:,} entries of 28 bytes from byte 128 on.",
            where=f"{window.name}, byte 6 (tdir)",
            remedy=CHECK_EXPORT,
        )
    table = window.take(offset, count * RECORD_BYTES, "directory")
    tags: list[Tag] = []
    findings: list[Finding] = []
    by_key: dict[str, list[Tag]] = {}
    for position in range(0, count * RECORD_BYTES, RECORD_BYTES):
        tag = _entry(window, table, position, offset)
        if tag.element_type not in WIDTHS and tag.element_type < FIRST_USER_TYPE and not _enciphered(tag):
            findings.append(_unknown_type(window, tag))
            continue
        same = by_key.setdefault(tag.key, [])
        if same:
            findings.append(_duplicate(window, tag))
        same.append(tag)
        tags.append(tag)
    return Directory(window, version, tuple(tags), tuple(findings), by_key)


def _version(window: Window) -> int:
    """Check the magic bytes and the version."""
    head = bytes(window.take(0, min(6, window.size), "header"))
    magic, word = head[:4], head[4:6]
    if magic == MAGIC[::-1] or (len(word) == 2 and magic == MAGIC and _plausible_little_endian(word)):
        raise SourceError(
            "NK-ABI-02",
            "the header is little-endian, expected big-endian as ABIF requires.",
            where=f"{window.name}, byte 0 (header)",
            remedy="The file was byte-swapped by another program; take the instrument's own file.",
        )
    if magic != MAGIC or window.size < HEADER_BYTES:
        raise SourceError(
            "NK-ABI-01",
            f"the file begins with {head!r} and has {window.size:,} bytes, expected 'ABIF' and at least 128 bytes.",
            where=f"{window.name}, byte 0 (header)",
            remedy="Give the .fsa file of a fragment analysis.",
        )
    version = int.from_bytes(word, "big")
    if version not in VERSIONS:
        raise SourceError(
            "NK-ABI-03",
            f"the version is {version / 100:.2f}, expected 1.00 to 3.99.",
            where=f"{window.name}, byte 4 (version)",
            remedy=CHECK_EXPORT,
        )
    return version


def _plausible_little_endian(word: bytes) -> bool:
    """Tell whether the version makes sense only when its bytes are swapped."""
    return int.from_bytes(word, "big") not in VERSIONS and int.from_bytes(word, "little") in VERSIONS


def _enciphered(tag: Tag) -> bool:
    """Tell whether the tag's type is one of the enciphered ones."""
    return tag.element_type in ENCIPHERED_TYPES


def _entry(window: Window, table: memoryview, position: int, offset: int) -> Tag:
    """Read and check one directory entry."""
    name, number, kind, width, count, size, place = RECORD.unpack_from(table, position)
    label = printable(name.decode("latin-1"))
    where = f"{window.name}, byte {offset + position:,} ({label}{number})"
    expected = WIDTHS.get(kind)
    if width < 1 or (expected is not None and width != expected):
        raise SourceError(
            "NK-ABI-05",
            f"elements of type {kind} have {width} bytes, expected {expected or 'at least 1'}.",
            where=where,
            remedy=CHECK_EXPORT,
        )
    if count * width != size:
        raise SourceError(
            "NK-ABI-06",
            f"{count:,} elements of {width} bytes are claimed to take {size:,} bytes.",
            where=where,
            remedy=CHECK_EXPORT,
        )
    start = place if size > 4 else offset + position + 20
    window.take(start, size, f"{label}{number}")
    return Tag(label, number, kind, width, count, start, start + size)


def _unknown_type(window: Window, tag: Tag) -> Finding:
    """Note a tag that is skipped."""
    return Finding(
        "NK-ABI-08",
        "warning",
        window.name,
        f"Tag {tag.key} has element type {tag.element_type}, which ABIF does not define; it is skipped.",
        {"tag": tag.key, "element_type": tag.element_type},
    )


def _duplicate(window: Window, tag: Tag) -> Finding:
    """Note a tag that stands in the directory twice."""
    return Finding(
        "NK-ABI-10",
        "warning",
        window.name,
        f"Tag {tag.key} stands in the directory more than once.",
        {"tag": tag.key},
    )
