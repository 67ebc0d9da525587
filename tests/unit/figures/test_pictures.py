"""PNG bytes, density levels, packed arrays."""

import base64
import zlib
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pytest

from nktrial.core.errors import MethodError
from nktrial.figures.density_picture import PALETTE, density_picture, density_png, smoothed
from nktrial.figures.packed import unpacked_counts, unpacked_heights
from nktrial.figures.png import indexed_png

Make: TypeAlias = Callable[..., Any]


def test_a_png_decodes_to_its_pixels(rng: np.random.Generator, decoded_png: Make) -> None:
    pixels = rng.integers(0, 65, size=(7, 13), dtype=np.uint8)
    found, palette = decoded_png(indexed_png(pixels, PALETTE))
    assert np.array_equal(found, pixels)
    assert np.array_equal(palette, PALETTE)


def test_a_density_png_has_the_lowest_row_at_the_bottom_and_clear_paper(decoded_png: Make) -> None:
    levels = np.zeros((5, 5), dtype=np.uint8)
    levels[0, 4] = 7
    data = density_png(levels)
    pixels, _ = decoded_png(data)
    assert pixels[4, 4] == 7
    assert pixels.sum() == 7
    assert b"tRNS\x00" in data


def test_empty_cells_stay_empty_and_events_are_dots_or_pixels(rng: np.random.Generator) -> None:
    nothing = density_picture(np.zeros((64, 64), dtype=np.uint32))
    assert not nothing.levels.any()
    assert not nothing.dots.size
    counts = rng.poisson(np.exp(-((np.arange(64) - 20) ** 2)[:, None] / 50 - ((np.arange(64) - 30) ** 2) / 50) * 20)
    counts[60, 5] = 1
    picture = density_picture(counts.astype(np.uint32))
    pixels = picture.levels.reshape(64, 2, 64, 2).max(axis=(1, 3))
    dots = {(row, column) for column, row in picture.dots.tolist()}
    assert (60, 5) in dots
    occupied = set(zip(*(index.tolist() for index in np.nonzero(counts)), strict=True))
    assert dots <= occupied
    assert all(pixels[place] > 0 for place in occupied - dots)
    assert pixels[20, 30] > pixels[20, 36] > 0  # the denser place has the lighter colour


def test_smoothing_keeps_the_events_and_narrows_with_their_number() -> None:
    few, many = np.zeros((256, 256), dtype=np.uint32), np.zeros((256, 256), dtype=np.uint32)
    few[128, 128], many[128, 128] = 1, 1_000_000
    (spread, wide), (dense, narrow) = smoothed(few), smoothed(many)
    assert spread.sum() == pytest.approx(1.0, abs=1e-3)
    assert dense.sum() == pytest.approx(1e6, rel=1e-6)
    assert wide > narrow
    along = spread.sum(axis=0)
    variance = float((along * (np.arange(256) - 128) ** 2).sum() / along.sum())
    assert variance == pytest.approx(wide**2, rel=0.05)  # cut at three standard deviations


def test_the_palette_lightens_steadily() -> None:
    luminance = PALETTE[1:].astype(np.float64) @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(luminance) > 0).all()
    assert PALETTE[0].tolist() == [255, 255, 255]


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
