"""Byte orders: little, big and those in between, against the standard's words and against struct."""

import struct

import numpy as np
import pytest

from nktrial.core.errors import SourceError
from nktrial.formats.fcs import read_fcs
from nktrial.formats.fcs_order import read_byte_order
from nktrial.formats.window import Window
from nktrial.model.events import EventMatrix

NUMBER = 0x0A0B0C0D


def fcs(order: str, kind: str, bits: int, data: bytes, *, events: int, version: str = "FCS3.0") -> EventMatrix:
    text = (
        f"/$BYTEORD/{order}/$DATATYPE/{kind}/$MODE/L/$NEXTDATA/0/$PAR/1/$TOT/{events}/$P1B/{bits}/$P1N/A/$P1E/0,0"
        f"/$P1R/{2**bits}/$BEGINDATA/300/$ENDDATA/{299 + len(data)}/"
    )
    head = f"{version}    {58:8}{57 + len(text):8}{300:8}{299 + len(data):8}{0:8}{0:8}"
    return read_fcs(Window((head + text).encode().ljust(300) + data, "order.fcs"))


def written(order: tuple[int, ...], value: int) -> bytes:
    """Write a value byte by byte: the byte of rank r, 1 = least significant, is its r-th from the right."""
    return bytes(value >> 8 * (rank - 1) & 0xFF for rank in order)


@pytest.mark.parametrize(
    ("order", "as_written"),
    [
        ((1, 2, 3, 4), "0d0c0b0a"),
        ((4, 3, 2, 1), "0a0b0c0d"),
        ((3, 4, 1, 2), "0b0a0d0c"),  # the PDP-11: high word first, each with its low byte first
        ((2, 1, 4, 3), "0c0d0a0b"),
        ((1, 3, 2, 4), "0d0b0c0a"),
    ],
)
def test_words_of_four_bytes(order: tuple[int, ...], as_written: str) -> None:
    assert written(order, NUMBER).hex() == as_written
    values = (NUMBER, 1, 2**32 - 1, 2**31)
    data = b"".join(written(order, value) for value in values)
    matrix = fcs(",".join(map(str, order)), "I", 32, data, events=4)
    assert np.ravel(matrix.values).tolist() == list(values)
    codes = [finding.code for finding in matrix.findings]
    assert codes == ([] if order in {(1, 2, 3, 4), (4, 3, 2, 1)} else ["NK-FCS-79"])


@pytest.mark.parametrize(("order", "mark"), [("3,4,1,2", "<"), ("2,1,4,3", ">"), ("4,3,2,1", ">"), ("1,2", "<")])
def test_shorter_values_of_a_longer_word(order: str, mark: str) -> None:
    values = (1, 515, 65535)
    matrix = fcs(order, "I", 16, struct.pack(f"{mark}3H", *values), events=3)
    assert np.ravel(matrix.values).tolist() == list(values)


def test_floats_and_doubles_in_a_mixed_order() -> None:
    (bits,) = struct.unpack("<I", struct.pack("<f", 1234.5))
    assert np.ravel(fcs("3,4,1,2", "F", 32, written((3, 4, 1, 2), bits), events=1).values).tolist() == [1234.5]
    (bits,) = struct.unpack("<Q", struct.pack("<d", -1e100))
    order = (7, 8, 5, 6, 3, 4, 1, 2)
    matrix = fcs(",".join(map(str, order)), "D", 64, written(order, bits), events=1)
    assert np.ravel(matrix.values).tolist() == [-1e100]


@pytest.mark.parametrize(
    ("order", "bits"), [("3,4,1,2", 64), ("2,1,4,3", 24), ("1,3,2,4", 16), ("1", 16), ("1,2,3,5", 32), ("1,1", 16)]
)
def test_an_order_that_does_not_tell(order: str, bits: int) -> None:
    with pytest.raises(SourceError) as caught:
        fcs(order, "I", bits, bytes(8), events=64 // bits)
    assert caught.value.code == "NK-FCS-15"


@pytest.mark.parametrize("text", ["", "4", "0,1", "1,2,3,4,5,6,7,8,9", "1;2", "a", "2,3"])
def test_what_is_no_order(text: str) -> None:
    order = read_byte_order(text)
    assert order is None
