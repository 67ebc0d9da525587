"""ABIF 1.01 from a trace: for simulated lanes and for tests.

Definition
    The inverse of ``abif``: what is written reads back as the same trace. Tags are sorted by name and number, data
    come first and the directory last; the same trace gives the same bytes.

Not decided here
    What the trace holds.
"""

import struct
from typing import Final, NamedTuple

import numpy as np

from nktrial.core.errors import MethodError
from nktrial.formats.abif import FACT_TAGS, NUMBER_FACT_TAGS
from nktrial.model.trace import Trace

__all__ = ["write_abif"]

VERSION: Final = 101
HEADER_BYTES: Final = 128
LOW_RFU: Final = -32768
HIGH_RFU: Final = 32767


class _Item(NamedTuple):
    """One tag with its encoded data."""

    name: str
    number: int
    kind: int
    width: int
    data: bytes


def write_abif(trace: Trace) -> bytes:
    """Encode a lane as ABIF 1.01.

    Parameters
    ----------
    trace : Trace
        Two to six dyes, the size standard last; heights in the range of int16.

    Returns
    -------
    bytes
        The file.

    Raises
    ------
    MethodError
        NK-ABI-19 a number of dyes or a height that the format cannot hold; NK-ABI-20 a text that it cannot hold.
    """
    count = trace.scans.shape[1]
    if not 2 <= count <= 6 or len(trace.dyes) != count:
        raise MethodError("NK-ABI-19", f"a lane of {count} dyes and {len(trace.dyes)} names, expected 2 to 6 of both.")
    if trace.scans.size and not LOW_RFU <= int(trace.scans.min()) <= int(trace.scans.max()) <= HIGH_RFU:
        raise MethodError("NK-ABI-19", f"heights run from {trace.scans.min()} to {trace.scans.max()}, expected int16.")
    items = [_Item("Dye#", 1, 4, 2, struct.pack(">h", count)), *_dye_items(trace), *_fact_items(trace)]
    items += [_text("SpNm", 1, trace.sample_name), _text("StdF", 1, trace.size_standard)]
    items += [_Item("Scan", 1, 5, 4, struct.pack(">i", trace.scans.shape[0]))]
    if trace.saturated.size:
        items.append(_Item("Satd", 1, 5, 4, trace.saturated.astype(">i4").tobytes()))
    return _file(sorted(items, key=lambda item: (item.name, item.number)))


def _dye_items(trace: Trace) -> list[_Item]:
    """Encode the channels: columns to DATA1-4, 105 (the size standard of 5 or 6 dyes) and 106."""
    count = trace.scans.shape[1]
    standard = min(count, 5) - 1
    places = [*(dye for dye in range(count) if dye != standard), standard]
    items = []
    for column, dye in enumerate(places):
        number = dye + 1 if dye < 4 else dye + 101
        items.append(_Item("DATA", number, 4, 2, np.ascontiguousarray(trace.scans[:, column]).astype(">i2").tobytes()))
        items.append(_text("DyeN", dye + 1, trace.dyes[column]))
        items.append(_Item("DyeB", dye + 1, 2, 1, b"S" if dye == standard else b" "))
    return items


def _fact_items(trace: Trace) -> list[_Item]:
    """Encode the run facts that are there."""
    facts = trace.facts
    items = [_text(key[:4], 1, facts[name]) for name, key in FACT_TAGS if name in facts]
    items += [
        _Item(key[:4], 1, 4, 2, struct.pack(">h", int(facts[name]))) for name, key in NUMBER_FACT_TAGS if name in facts
    ]
    if "run_date" in facts:
        year, month, day = (int(part) for part in facts["run_date"].split("-"))
        items += [_Item("RUND", number, 10, 4, struct.pack(">hBB", year, month, day)) for number in (1, 2)]
    if "run_time" in facts:
        hour, minute, second = (int(part) for part in facts["run_time"].split(":"))
        items += [_Item("RUNT", number, 11, 4, bytes((hour, minute, second, 0))) for number in (1, 2)]
    return items


def _text(name: str, number: int, text: str) -> _Item:
    """Encode a Pascal string."""
    data = text.encode("latin-1", "replace")
    if len(data) > 255:
        raise MethodError(
            "NK-ABI-20", f"the text of tag {name}{number} has {len(data)} characters, expected at most 255."
        )
    return _Item(name, number, 18, 1, bytes((len(data),)) + data)


def _file(items: list[_Item]) -> bytes:
    """Lay out header, data and directory."""
    data, directory = bytearray(), bytearray()
    for name, number, kind, width, content in items:
        if len(content) <= 4:
            place = content.ljust(4, b"\0")
        else:
            place = struct.pack(">I", HEADER_BYTES + len(data))
            data += content + b"\0" * (len(content) % 2)
        directory += struct.pack(">4sIhhII", name.encode(), number, kind, width, len(content) // width, len(content))
        directory += place + b"\0" * 4
    header = struct.pack(
        ">4sH4sIhhIIII", b"ABIF", VERSION, b"tdir", 1, 1023, 28, len(items), len(directory), HEADER_BYTES + len(data), 0
    )
    return header.ljust(HEADER_BYTES, b"\0") + bytes(data) + bytes(directory)
