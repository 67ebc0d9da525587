"""Packed integers and numbers as text, against twins that write bits and characters out as strings."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nktrial.formats.fcs import raw_sum, read_fcs
from nktrial.formats.fcs_ascii import index_free_text
from nktrial.formats.fcs_bits import unpacked
from nktrial.formats.window import Window
from nktrial.model.events import EventMatrix

BIG = "4,3,2,1"
ORDERS = st.sampled_from(["1,2,3,4", BIG])
WIDTHS = st.lists(st.integers(1, 64), min_size=1, max_size=5)


def stream(rows: Sequence[Sequence[int]], widths: Sequence[int], *, big: bool) -> bytes:
    """Write the bits as text and the text as bytes."""
    bits = [format(value, f"0{width}b") for row in rows for value, width in zip(row, widths, strict=True)]
    if big:
        joined = "".join(bits)
        joined += "0" * (-len(joined) % 8)
        return bytes(int(joined[at : at + 8], 2) for at in range(0, len(joined), 8))
    joined = "".join(reversed(bits))  # the first value stands at the right, the low end of one long number
    joined = "0" * (-len(joined) % 8) + joined
    return bytes(int(joined[at : at + 8], 2) for at in range(len(joined) - 8, -1, -8))


def file(kind: str, order: str, widths: Sequence[int], tops: Sequence[int], events: int, data: bytes) -> EventMatrix:
    channels = "".join(
        f"$P{n}B/{width or '*'}/$P{n}N/C{n}/$P{n}E/0,0/$P{n}R/{top}/"
        for n, (width, top) in enumerate(zip(widths, tops, strict=True), start=1)
    )
    text = f"/$BYTEORD/{order}/$DATATYPE/{kind}/$MODE/L/$NEXTDATA/0/$PAR/{len(widths)}/$TOT/{events}/{channels}"
    head = f"FCS2.0    {58:8}{57 + len(text):8}{2000:8}{1999 + len(data):8}{0:8}{0:8}"
    return read_fcs(Window((head + text).encode().ljust(2000) + data, "twin.fcs"), tolerate=frozenset({"NK-FCS-18"}))


@given(WIDTHS, st.integers(0, 40), ORDERS, st.data())
@settings(max_examples=150, deadline=None)
def test_every_row_of_a_packed_stream(widths: list[int], events: int, order: str, data: st.DataObject) -> None:
    rows = [[data.draw(st.integers(0, 2**width - 1)) for width in widths] for _ in range(events)]
    content = memoryview(stream(rows, widths, big=order == BIG))
    assert len(content) == -(-events * sum(widths) // 8)
    first = data.draw(st.integers(0, events))
    count = data.draw(st.integers(0, events - first))
    columns = unpacked(content, first, count, widths, big=order == BIG)
    assert [[int(column[at]) for column in columns] for at in range(count)] == rows[first : first + count]


@given(st.lists(st.tuples(st.integers(0, 1023), st.integers(0, 4095), st.integers(0, 31)), max_size=60), ORDERS)
@settings(max_examples=60, deadline=None)
def test_a_packed_file(rows: list[tuple[int, int, int]], order: str) -> None:
    """Ten, twelve and five bits: 27 bits an event, across the borders of bytes."""
    content = stream(rows, (10, 12, 5), big=order == BIG)
    matrix = file("I", order, (10, 12, 5), (1024, 4096, 32), len(rows), content)
    assert np.asarray(matrix.values).tolist() == [list(row) for row in rows]
    assert raw_sum(matrix) == float(sum(map(sum, rows)))


@given(st.lists(st.tuples(st.integers(0, 1023), st.integers(0, 4095)), min_size=1, max_size=60), ORDERS)
@settings(max_examples=40, deadline=None)
def test_the_range_masks_packed_values_too(rows: list[tuple[int, int]], order: str) -> None:
    matrix = file("I", order, (10, 12), (1000, 200), len(rows), stream(rows, (10, 12), big=order == BIG))
    assert np.asarray(matrix.values).tolist() == [[a, b % 256] for a, b in rows]


@given(
    st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 10**18)), max_size=40), st.sampled_from(["<", ">", "0>"])
)
@settings(max_examples=60, deadline=None)
def test_fixed_text(rows: list[tuple[int, int]], fill: str) -> None:
    """Blanks behind or before the digits, or zeros before them."""
    written = "".join(f"{a:{fill}4}{b:{fill}19}" for a, b in rows).encode()
    matrix = file("A", "1,2", (4, 19), (10000, 2**63), len(rows), written)
    assert np.asarray(matrix.values).tolist() == [list(row) for row in rows]


@given(
    st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 10**19 - 1)), max_size=40),
    st.text(" ,\t\r\n", min_size=1, max_size=3),
)
@settings(max_examples=60, deadline=None)
def test_free_text(rows: list[tuple[int, int]], between: str) -> None:
    written = between.join(str(value) for row in rows for value in row).encode()
    matrix = file("A", "1,2", (0, 0), (10000, 2**63), len(rows), written) if rows else None
    assert matrix is None or np.asarray(matrix.values).tolist() == [list(row) for row in rows]


def test_free_text_of_many_pieces(rng: np.random.Generator) -> None:
    """Read from any number, across the pieces in which it is indexed."""
    numbers = rng.integers(0, 10**7, 200_000)
    text = index_free_text(memoryview(" \n".join(map(str, numbers)).encode()))
    assert text is not None
    assert len(text.marks) > 4
    assert (text.count, text.largest) == (numbers.size, numbers.max())
    for first, count in ((0, 10), (33_333, 50_000), (199_990, 10), (150_000, 0)):
        np.testing.assert_array_equal(text.numbers(first, count), numbers[first : first + count].astype(np.uint64))
