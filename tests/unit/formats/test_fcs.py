"""The FCS reader on small files whose bytes are written out by hand."""

import struct

import numpy as np
import pytest

from nktrial.core.errors import SourceError
from nktrial.formats.fcs import raw_sum, read_fcs
from nktrial.formats.window import Window
from nktrial.model.events import EventMatrix


def fcs(keywords: str, data: bytes, *, version: str = "FCS3.0") -> bytes:
    """Make a file whose TEXT ends at byte 1023 and whose DATA begin at byte 1024."""
    text = f"/$BEGINDATA/1024/$ENDDATA/{1023 + len(data)}/$MODE/L/$NEXTDATA/0/{keywords}/".encode().ljust(966)
    offsets = "".join(f"{offset:8}" for offset in (58, 1023, 1024, 1023 + len(data), 0, 0))
    return f"{version}    {offsets}".encode() + text + data


def columns(*widths_and_ranges: tuple[int, int]) -> str:
    parts = [f"$PAR/{len(widths_and_ranges)}"]
    for number, (bits, top) in enumerate(widths_and_ranges, start=1):
        parts.append(f"$P{number}B/{bits}/$P{number}R/{top}/$P{number}N/C{number}/$P{number}E/0,0")
    return "/".join(parts)


def read(keywords: str, data: bytes, *, version: str = "FCS3.0") -> EventMatrix:
    return read_fcs(Window(fcs(keywords, data, version=version), "a.fcs"))


def rows(matrix: EventMatrix) -> list[list[float]]:
    listed: list[list[float]] = np.asarray(matrix.values).tolist()
    return listed


@pytest.mark.parametrize(("order", "mark"), [("1,2,3,4", "<"), ("4,3,2,1", ">"), ("1,2", "<"), ("2,1", ">")])
def test_integers_of_24_bits(order: str, mark: str) -> None:
    data = b"".join(value.to_bytes(3, "little" if mark == "<" else "big") for value in (1, 65536, 16777215, 66051))
    matrix = read(f"$DATATYPE/I/$BYTEORD/{order}/$TOT/2/{columns((24, 16777216), (24, 16777216))}", data)
    assert rows(matrix) == [[1, 65536], [16777215, 66051]]
    assert raw_sum(matrix) == 1 + 65536 + 16777215 + 66051


def test_widths_that_differ() -> None:
    data = struct.pack("<HIB", 500, 4_000_000_000, 200) + struct.pack("<HIB", 1, 2, 3)
    matrix = read(f"$DATATYPE/I/$BYTEORD/1,2,3,4/$TOT/2/{columns((16, 65536), (32, 4294967296), (8, 256))}", data)
    assert rows(matrix) == [[500, 4_000_000_000, 200], [1, 2, 3]]
    assert matrix.values.dtype == np.uint32


def test_integers_of_64_bits_sum_exactly() -> None:
    data = struct.pack(">4Q", 2**63, 2**63, 2**40, 1)
    matrix = read(f"$DATATYPE/I/$BYTEORD/4,3,2,1/$TOT/4/{columns((64, 2**64))}", data)
    assert raw_sum(matrix) == float(2**64 + 2**40 + 1)


def test_doubles_are_viewed_in_place() -> None:
    data = struct.pack(">4d", 1.5, -2.25, 1e300, 0.0)
    content = fcs(f"$DATATYPE/D/$BYTEORD/4,3,2,1/$TOT/2/{columns((64, 1024), (64, 1024))}", data)
    matrix = read_fcs(Window(content, "a.fcs"))
    assert rows(matrix) == [[1.5, -2.25], [1e300, 0.0]]
    assert np.shares_memory(matrix.values, np.frombuffer(content, np.uint8))
    assert not np.asarray(matrix.values).flags.writeable


@pytest.mark.parametrize(
    ("top", "bits_kept"), [(1024, 10), (1000, 10), (1025, 11), (65536, 16), (65535, 16), (256, 8), (2, 1)]
)
def test_a_range_masks_the_bits_above_it(top: int, bits_kept: int) -> None:
    stored = [0, 1, top - 1, 0xFFFF, 0xFC01]
    data = struct.pack("<5H", *stored)
    matrix = read(f"$DATATYPE/I/$BYTEORD/1,2/$TOT/5/{columns((16, top))}", data)
    assert np.ravel(matrix.values).tolist() == [value % 2**bits_kept for value in stored]
    changed = [finding.evidence["values"] for finding in matrix.findings if finding.code == "NK-FCS-58"]
    assert changed == ([] if bits_kept == 16 else [sum(value >= 2**bits_kept for value in stored)])


def test_types_that_differ_by_channel_in_fcs_3_2() -> None:
    data = struct.pack("<fH", 0.5, 7) + struct.pack("<fH", 1.5, 65535)
    keywords = f"$DATATYPE/F/$P2DATATYPE/I/$BYTEORD/1,2,3,4/$TOT/2/{columns((32, 1024), (16, 1024))}"
    assert read(keywords, data, version="FCS3.2").values[:].tolist() == [[0.5, 7.0], [1.5, 1023.0]]
    with pytest.raises(SourceError):  # before 3.2 the keyword means nothing, and a float has 32 bits
        read(keywords, data, version="FCS3.1")


def test_channels_keep_gain_and_logarithm() -> None:
    keywords = (
        "$DATATYPE/I/$BYTEORD/1,2/$TOT/1/$PAR/3/$P1B/16/$P1R/1024/$P1N/FSC-H/$P1E/0,0/$P1G/4.0"
        "/$P2B/16/$P2R/1024/$P2N/FL1-H/$P2S/CD3/$P2E/4.0,0.1/$P3B/16/$P3R/1024/$P3N/FL2-H/$P3E/4,0"
    )
    first, second, third = read(keywords, struct.pack("<3H", 1, 2, 3)).channels
    assert (first.name, first.gain, first.decades, first.offset) == ("FSC-H", 4.0, 0.0, 0.0)
    assert (second.marker, second.decades, second.offset, second.top, second.bits) == ("CD3", 4.0, 0.1, 1024.0, 16)
    assert (third.decades, third.offset) == (4.0, 1.0)


def test_a_spillover_matrix_is_read_by_rows() -> None:
    data = struct.pack("<4f", 1, 2, 3, 4)
    keywords = f"$DATATYPE/F/$BYTEORD/1,2,3,4/$TOT/2/{columns((32, 1024), (32, 1024))}/SPILL/2,C2,C1,1,0.25,0.5,1"
    spillover = read(keywords, data).spillover
    assert spillover is not None
    assert spillover.channels == ("C2", "C1")
    assert spillover.matrix.tolist() == [[1.0, 0.25], [0.5, 1.0]]


def test_supplemental_text_is_part_of_text() -> None:
    data = struct.pack("<2f", 1, 2)
    content = fcs(
        f"$DATATYPE/F/$BYTEORD/1,2,3,4/$TOT/1/{columns((32, 1024), (32, 1024))}/$BEGINSTEXT/1032/$ENDSTEXT/1049", data
    )
    matrix = read_fcs(Window(content + b"/$CYT/x//y/A/b/   ", "a.fcs"))
    assert (matrix.keywords["$CYT"], matrix.keywords["A"]) == ("x/y", "b")
    assert [extent.what for extent in matrix.extents] == ["HEADER", "TEXT", "supplemental TEXT", "DATA"]
    assert (matrix.extents[-1].start, matrix.extents[-1].stop) == (1024, 1032)


def test_values_decide_where_two_places_fit() -> None:
    """HEADER points at noise beyond $PnR, TEXT at the events; both have the right length."""
    noise, events = struct.pack("<8H", *[60000] * 8), struct.pack("<8H", *range(8))
    text = (
        (
            f"/$BEGINDATA/1040/$ENDDATA/1055/$MODE/L/$NEXTDATA/0/$DATATYPE/I/$BYTEORD/1,2/$TOT/4"
            f"/{columns((16, 1024), (16, 1024))}/"
        )
        .encode()
        .ljust(966)
    )
    offsets = "".join(f"{offset:8}" for offset in (58, 1023, 1024, 1039, 0, 0))
    matrix = read_fcs(Window(f"FCS3.0    {offsets}".encode() + text + noise + events, "a.fcs"))
    assert rows(matrix) == [[0, 1], [2, 3], [4, 5], [6, 7]]
    assert [finding.evidence["chosen"] for finding in matrix.findings] == ["TEXT"]


def test_a_file_that_is_not_fcs() -> None:
    with pytest.raises(SourceError) as caught:
        read_fcs(Window(b"PK\x03\x04" + bytes(100), "d14.fcs"))
    assert caught.value.code == "NK-FCS-01"
    assert "ZIP archive" in str(caught.value)


def test_an_error_names_file_byte_and_remedy() -> None:
    content = fcs(f"$DATATYPE/F/$BYTEORD/1,2,3,4/$TOT/2/{columns((32, 1024))}", struct.pack("<2f", 1, 2))
    with pytest.raises(SourceError) as caught:
        read_fcs(Window(content[:-4], "raw/d14.fcs"))
    assert str(caught.value) == (
        "NK-FCS-23 raw/d14.fcs, byte 1024 (DATA, HEADER): DATA would end at byte 1,031 but the file has 1,028; 1 of 2 "
        "events are complete. The file is truncated; export it again, or tolerate NK-FCS-23 to read the complete "
        "events."
    )
