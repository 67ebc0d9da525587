"""Packed or in words: what the length of DATA and its values tell."""

import struct

import numpy as np
import pytest

from nktrial.core.errors import SourceError
from nktrial.formats.fcs import read_fcs
from nktrial.formats.window import Window
from nktrial.model.events import EventMatrix


def read(
    data: bytes, bits: int, *, events: int | None, top: int = 1024, order: str = "1,2,3,4", tolerate: str = ""
) -> EventMatrix:
    total = "" if events is None else f"/$TOT/{events}"
    text = (
        f"/$BYTEORD/{order}/$DATATYPE/I/$MODE/L/$NEXTDATA/0/$PAR/2{total}/$P1B/{bits}/$P1N/A/$P1R/{top}/$P1E/0,0"
        f"/$P2B/{bits}/$P2N/B/$P2R/{top}/$P2E/0,0/"
    )
    head = f"FCS2.0    {58:8}{57 + len(text):8}{400:8}{399 + len(data):8}{0:8}{0:8}{text}"
    return read_fcs(Window(head.encode().ljust(400) + data, "odd.fcs"), tolerate=frozenset({tolerate}))


def packed(*values: int, bits: int) -> bytes:
    number = sum(value << bits * place for place, value in enumerate(values))
    return number.to_bytes(-(-len(values) * bits // 8), "little")


def codes(matrix: EventMatrix) -> list[str]:
    return [finding.code for finding in matrix.findings]


VALUES = (1, 2, 300, 1023, 512, 77, 5, 6, 900, 901)


def test_the_length_of_packed_values() -> None:
    matrix = read(packed(*VALUES, bits=10), 10, events=5)
    assert np.ravel(matrix.values).tolist() == list(VALUES)
    assert codes(matrix) == ["NK-FCS-80"]
    assert matrix.extents[-1].stop - matrix.extents[-1].start == 13  # 100 bits


def test_the_length_of_words() -> None:
    matrix = read(struct.pack("<10H", *VALUES), 10, events=5)
    assert np.ravel(matrix.values).tolist() == list(VALUES)
    assert codes(matrix) == ["NK-FCS-59"]


def test_words_in_a_mixed_order() -> None:
    matrix = read(struct.pack(">10H", *VALUES), 10, events=5, order="2,1,4,3")
    assert np.ravel(matrix.values).tolist() == list(VALUES)
    assert codes(matrix) == ["NK-FCS-79", "NK-FCS-59"]


@pytest.mark.parametrize("values", [(1, 7), (1023, 1001), (0, 1)])
def test_values_decide_where_both_lengths_fit(values: tuple[int, int]) -> None:
    """Two values of 15 bits take four bytes, packed or not; an odd second one sets a 16th bit of the first word."""
    matrix = read(packed(*values, bits=15), 15, events=1)
    assert np.ravel(matrix.values).tolist() == list(values)
    assert codes(matrix) == ["NK-FCS-80"]


def test_nothing_tells() -> None:
    with pytest.raises(SourceError) as caught:
        read(struct.pack("<2H", 3, 4), 15, events=1, top=32768)
    assert caught.value.code == "NK-FCS-18"
    matrix = read(struct.pack("<2H", 3, 4), 15, events=1, top=32768, tolerate="NK-FCS-18")
    assert np.ravel(matrix.values).tolist() == [3, 8]  # bit 15 begins the second value, so that 4 counts twice
    assert codes(matrix) == ["NK-FCS-18", "NK-FCS-80"]


def test_no_events_need_no_decision() -> None:
    assert read(b"", 10, events=0).values.shape == (0, 2)


def test_without_a_number_of_events_only_one_length_is_whole() -> None:
    """25 bytes are 10 events of 20 bits, and no whole number of four bytes."""
    values = tuple(range(100, 120))
    matrix = read(packed(*values, bits=10), 10, events=None)
    assert np.ravel(matrix.values).tolist() == list(values)


def test_a_length_that_fits_neither() -> None:
    with pytest.raises(SourceError) as caught:
        read(bytes(40), 10, events=5)
    assert caught.value.code == "NK-FCS-18"
    with pytest.raises(SourceError) as caught:
        read(bytes(40), 10, events=5, tolerate="NK-FCS-18")
    assert caught.value.code == "NK-FCS-24"
