"""Values that stay in the file are the values that are read at once."""

import mmap
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nktrial.core.errors import SourceError
from nktrial.cytometry.density import gate_densities
from nktrial.cytometry.strategy import gate_events
from nktrial.formats import fcs_stored, fcs_values
from nktrial.formats import window as window_module
from nktrial.formats.fcs import raw_sum, read_fcs
from nktrial.formats.fcs_stored import StoredValues
from nktrial.formats.fcs_write import write_fcs
from nktrial.formats.window import Window
from nktrial.model.events import Channel
from nktrial.model.gates import Dimension, GatingStrategy, RectangleGate

EVENTS = 70_000  # more than a block
SHAPES: dict[str, tuple[str, str, list[tuple[int | str, int]]]] = {
    "mixed widths": ("I", "1,2,3,4", [(16, 1024), (32, 2**32), (24, 2**20)]),
    "masked": ("I", "1,2,3,4", [(16, 1024), (16, 256), (16, 65536)]),
    "mixed order": ("I", "3,4,1,2", [(32, 2**32), (32, 2**20), (32, 1000)]),
    "packed": ("I", "4,3,2,1", [(10, 1024), (12, 4096), (7, 100)]),
    "fixed text": ("A", "1,2,3,4", [(3, 1000), (5, 100_000), (2, 100)]),
    "free text": ("A", "1,2,3,4", [("*", 1000), ("*", 1000), ("*", 1000)]),
    "one type": ("F", "1,2,3,4", [(32, 1024), (32, 1024), (32, 1024)]),
}


def content(kind: str, order: str, columns: list[tuple[int | str, int]], rng: np.random.Generator) -> bytes:
    if kind == "A" and columns[0][0] == "*":
        data = " ".join(map(str, rng.integers(0, 1000, EVENTS * 3))).encode()
    elif kind == "A":
        rows = rng.integers(0, 100, (EVENTS, 3))
        data = b"".join(b"%3d%5d%2d" % (row[0], row[1], row[2]) for row in rows)
    elif kind == "F":
        data = rng.normal(500, 100, (EVENTS, 3)).astype("<f4").tobytes()
    else:
        bits = sum(int(width) for width, _ in columns)
        data = rng.bytes(-(-EVENTS * bits // 8))
    channels = "".join(
        f"$P{n}B/{width}/$P{n}N/C{n}/$P{n}E/0,0/$P{n}R/{top}/" for n, (width, top) in enumerate(columns, start=1)
    )
    text = f"/$BYTEORD/{order}/$DATATYPE/{kind}/$MODE/L/$NEXTDATA/0/$PAR/3/$TOT/{EVENTS}/{channels}"
    head = f"FCS3.0    {58:8}{57 + len(text):8}{1000:8}{999 + len(data):8}{0:8}{0:8}"
    return (head + text).encode().ljust(1000) + data


@contextmanager
def mapped(path: Path) -> Iterator[Window]:
    with path.open("rb") as file:
        yield Window(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), path.name)


@pytest.mark.parametrize("name", SHAPES)
def test_stored_and_read_at_once(
    name: str, tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.fcs"
    path.write_bytes(content(*SHAPES[name], rng))
    at_once = read_fcs(Window(path.read_bytes(), "a.fcs"))
    assert isinstance(at_once.values, np.ndarray)
    everything = np.asarray(at_once.values)
    monkeypatch.setattr(fcs_values, "STORED_BYTES", 0)
    with mapped(path) as window:
        matrix = read_fcs(window)
        values = matrix.values
        assert isinstance(values, StoredValues)
        assert (values.shape, len(values), values.ndim) == ((EVENTS, 3), EVENTS, 2)
        assert (values.dtype.newbyteorder("="), values.nbytes) == (
            everything.dtype.newbyteorder("="),
            everything.nbytes,
        )
        np.testing.assert_array_equal(np.asarray(values), everything)
        slices: list[Any] = [slice(0, 10), slice(65_000, 67_001), slice(5, 3), slice(None, None, 1000), slice(9, 2, -3)]
        for key in (*slices, slice(-7, None), 12, -1):
            np.testing.assert_array_equal(values[key], everything[key])
            np.testing.assert_array_equal(values[key, 1], everything[key, 1])
            np.testing.assert_array_equal(values[key, [2, 0]], everything[key, [2, 0]])
        np.testing.assert_array_equal(values[:, 2], everything[:, 2])
        np.testing.assert_array_equal(values[::-1, 0:2], everything[::-1, 0:2])
        assert raw_sum(matrix) == raw_sum(at_once) == float(everything.astype(object).sum()) or name == "one type"
        assert matrix.findings == at_once.findings
        high = float(np.median(everything[:, 0]))
        strategy = GatingStrategy((RectangleGate("A", None, (Dimension("C1", "uncompensated", None, None, high),)),))
        gated = gate_events(matrix, strategy, membership=True, threads=2)
        assert gated.populations == gate_events(at_once, strategy).populations
        assert gated.populations[0].count == int((everything[:, 0] < high).sum())
        (picture,) = gate_densities(matrix, strategy, gated)
        assert int(picture.counts.sum()) > 0


def test_rows_are_asked_for_by_slices_only() -> None:
    stored = StoredValues((4, 2), "u2", lambda a, b: np.arange(8).reshape(4, 2)[a:b], lambda _a, _b: None)
    assert stored.size == 8
    assert np.asarray(stored, np.float64).dtype == np.float64
    with pytest.raises(IndexError):
        stored[np.array([1, 2])]
    with pytest.raises(IndexError):
        stored[4]


def test_older_blocks_are_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcs_stored, "KEPT_BYTES", 5)
    log: list[tuple[str, int, int]] = []

    def decode(start: int, stop: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        log.append(("decode", start, stop))
        return np.zeros((stop - start, 1), np.uint8)

    stored = StoredValues((10, 1), "u1", decode, lambda start, stop: log.append(("forget", start, stop)))
    for start in (0, 4, 8, 6):
        stored[start : start + 4]
    read = [
        ("decode", 0, 4),
        ("decode", 4, 8),
        ("forget", 0, 4),
        ("decode", 8, 10),
        ("forget", 0, 8),
        ("decode", 6, 10),
    ]
    assert log == read


def test_what_is_given_back_can_be_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window_module, "KEPT_BYTES", 0)
    path = tmp_path / "a.bin"
    path.write_bytes(struct.pack("<50000I", *range(50_000)))
    with mapped(path) as window:
        part = window.tail(40_000, "part")
        before = bytes(part.take(0, 160_000, "all"))
        part.forget(1000, 100_000)
        part.forget(0, 10**9)
        assert bytes(part.take(0, 160_000, "all")) == before == path.read_bytes()[40_000:]
        assert part.is_mapped
    Window(b"abc", "b").forget(0, 3)
    assert not Window(b"abc", "b").is_mapped


@pytest.mark.parametrize("name", ["one type", "mixed widths"])
def test_a_mapped_file_that_is_shortened_is_refused(
    name: str, tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a look at the size, to read a page that is gone would end the process (SIGBUS)."""
    path = tmp_path / "a.fcs"
    path.write_bytes(content(*SHAPES[name], rng))
    monkeypatch.setattr(fcs_values, "STORED_BYTES", 0)
    with mapped(path) as window:
        matrix = read_fcs(window)
        os.truncate(path, 5000)
        with pytest.raises(SourceError) as caught:
            matrix.values[60_000:61_000]
        assert caught.value.code == "NK-WIN-06"


def test_a_small_file_is_an_array() -> None:
    channel = Channel(0, "A", "", 32, 1024.0)
    matrix = read_fcs(Window(write_fcs(np.ones((5, 1)), (channel,)), "a.fcs"))
    assert isinstance(matrix.values, np.ndarray)
