"""Small parts of results, made by hand."""

import base64
import re
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest

from nktrial.model.results import DonorNk, ExpansionResult, FactorValue, GateView, SeriesPoint, SubjectResults

MakeGate = Callable[..., GateView]
MakePoint = Callable[..., SeriesPoint]
MakeSubject = Callable[..., SubjectResults]
COUNTS = np.array([[0, 1, 2], [3, 0, 900]], dtype=np.uint32)


def packed(array: np.ndarray, dtype: str) -> str:
    return base64.b64encode(zlib.compress(array.astype(dtype).tobytes())).decode("ascii")


@pytest.fixture
def pack() -> Callable[[np.ndarray, str], str]:
    """Return the function that packs an array as results do."""
    return packed


@pytest.fixture
def gate() -> MakeGate:
    """Return a function that makes a gate over a 2 x 3 grid."""

    def make(path: str = "Lymphocytes/NK", *, count: int = 439, parent_count: int = 3077, **other: object) -> GateView:
        parts: dict[str, object] = {
            "sample_id": "S01-D14",
            "file": "raw/a.fcs",
            "path": path,
            "parent_path": path.rpartition("/")[0],
            "x_label": "CD3 (BV510-A)",
            "y_label": "CD56 (BV605-A)",
            "x_range": (0.0, 1.0),
            "y_range": (0.0, 2.0),
            "x_ticks": ((0.0, "0"), (0.5, "10³"), (1.0, "10⁵")),
            "y_ticks": ((0.0, "0"), (2.0, "10⁵")),
            "grid": packed(COUNTS, "<u4"),
            "grid_shape": (2, 3),
            "outline": ((0.25, 0.5), (0.75, 0.5), (0.75, 1.0), (0.25, 1.0)),
            "count": count,
            "parent_count": parent_count,
            "record": "ab" * 32,
        }
        return GateView(**{**parts, **other})  # type: ignore[arg-type]

    return make


@pytest.fixture
def point() -> MakePoint:
    """Return a function that makes one sample; ``value`` None: there is no value."""

    def make(
        day: int, value: float | None, *, chosen: bool = False, lod: float | None = None, specimen: str = "PB"
    ) -> SeriesPoint:
        factor = None if value is None else FactorValue(0.5, 0.4, 0.6, "", "f" * 64)
        nk = None
        if value is not None:
            nk = DonorNk(value, 0.8 * value, 1.2 * value, 0.5, lod is not None, lod, "d" * 64)
        return SeriesPoint(f"d{day}", day, specimen, factor, factor, factor, nk, "", in_window=False, chosen=chosen)

    return make


@pytest.fixture
def subject() -> MakeSubject:
    """Return a function that makes a patient of these samples; ``value`` is the endpoint's."""

    def make(
        *series: SeriesPoint, subject_id: str = "S01", value: float | None = None, success: bool | None = None
    ) -> SubjectResults:
        interval = None if value is None else (0.8 * value, 1.2 * value)
        status = "not_evaluable" if value is None else "evaluable"
        expansion = ExpansionResult(
            status, "", value, interval, 0.5, success, None, "d14", 14, None, None, None, None, None, (), (), "e" * 64  # type: ignore[arg-type]
        )  # fmt: skip
        return SubjectResults(subject_id, "AML", (), expansion, series, (), (), ())

    return make


def read_png(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Read an indexed PNG by the standard: chunks with checksums, filter type 0 on every row."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length) == (zlib.crc32(kind + content),)
        chunks[kind] = content
        at += 12 + length
    assert [kind for kind in chunks if kind != b"tRNS"] == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    width, height, depth, colour, *rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, colour, rest) == (8, 3, [0, 0, 0])
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), dtype=np.uint8).reshape(height, width + 1)
    assert not rows[:, 0].any()
    return rows[:, 1:], np.frombuffer(chunks[b"PLTE"], dtype=np.uint8).reshape(-1, 3)


def walk_dots(path: str) -> list[tuple[int, int]]:
    """Return the (column, row from the top) of each dot of a path of relative moves."""
    x = y = 0
    places = []
    for right, down in re.findall(r"m(-?\d+) (-?\d+)h0", path):
        x, y = x + int(right), y + int(down)
        places.append((x, y))
    return places


@pytest.fixture
def decoded_png() -> Callable[[bytes], tuple[np.ndarray, np.ndarray]]:
    """Return the function that reads an indexed PNG."""
    return read_png


@pytest.fixture
def walked() -> Callable[[str], list[tuple[int, int]]]:
    """Return the function that reads the places of dots."""
    return walk_dots
