"""PNG bytes, density levels, packed arrays."""

import base64
import struct
import zlib

import numpy as np
import pytest

from nktrial.core.errors import MethodError
from nktrial.figures.density_picture import PALETTE, density_levels, density_png
from nktrial.figures.packed import unpacked_counts, unpacked_heights
from nktrial.figures.png import indexed_png


def decoded_png(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Read an indexed PNG by the standard: chunks with checksums, filter type 0 on every row."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length) == (zlib.crc32(kind + content),)
        chunks[kind] = content
        at += 12 + length
    assert list(chunks) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    width, height, depth, colour, *rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, colour, rest) == (8, 3, [0, 0, 0])
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), dtype=np.uint8).reshape(height, width + 1)
    assert not rows[:, 0].any()
    return rows[:, 1:], np.frombuffer(chunks[b"PLTE"], dtype=np.uint8).reshape(-1, 3)


def test_a_png_decodes_to_its_pixels(rng: np.random.Generator) -> None:
    pixels = rng.integers(0, 65, size=(7, 13), dtype=np.uint8)
    found, palette = decoded_png(indexed_png(pixels, PALETTE))
    assert np.array_equal(found, pixels)
    assert np.array_equal(palette, PALETTE)


def test_a_density_png_has_the_lowest_row_at_the_bottom() -> None:
    counts = np.zeros((5, 5), dtype=np.uint32)
    counts[0, 4] = 50
    pixels, _ = decoded_png(density_png(counts))
    assert pixels[4, 4] == pixels.max() == 64
    assert not pixels[:3].any()


def test_empty_bins_are_white_and_a_single_event_is_seen() -> None:
    counts = np.zeros((9, 9), dtype=np.uint32)
    assert not density_levels(counts).any()
    counts[1, 1], counts[6, 6] = 1, 1000
    levels = density_levels(counts)
    assert levels[1, 1] > 0
    assert levels[1, 5] == 0
    assert PALETTE[0].tolist() == [255, 255, 255]


def test_the_palette_darkens_steadily() -> None:
    luminance = PALETTE.astype(np.float64) @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(luminance) < 0).all()


def test_packed_arrays_come_back() -> None:
    counts = np.array([[1, 70_000], [0, 5]], dtype="<u4")
    text = base64.b64encode(zlib.compress(counts.tobytes())).decode("ascii")
    assert np.array_equal(unpacked_counts(text, (2, 2), where="gate"), counts)
    heights = np.array([-5, 32_000], dtype="<i2")
    text = base64.b64encode(zlib.compress(heights.tobytes())).decode("ascii")
    assert unpacked_heights(text, 2, where="dye").tolist() == [-5, 32_000]


@pytest.mark.parametrize(
    "data", [b"", zlib.compress(b"\0" * 15), zlib.compress(b"\0" * 17), zlib.compress(b"\0" * 16)[:-3]]
)
def test_nk_fig_02_a_packed_array_of_another_length_is_refused(data: bytes) -> None:
    with pytest.raises(MethodError, match="NK-FIG-02"):
        unpacked_counts(base64.b64encode(data).decode("ascii"), (2, 2), where="gate")


@pytest.mark.parametrize("text", ["***", base64.b64encode(b"not zlib").decode("ascii")])
def test_nk_fig_02_text_that_is_not_packed_is_refused(text: str) -> None:
    with pytest.raises(MethodError, match="NK-FIG-02"):
        unpacked_heights(text, 2, where="dye")
