"""An 8-bit indexed PNG, written by hand.

Definition
    PNG (Third Edition), W3C 2025: signature, IHDR, PLTE, tRNS where asked, IDAT, IEND; colour type 3, bit depth 8,
    filter 0 on every row, zlib level 6 (9 takes three times as long for 2 % less). The same pixels give the same bytes.
"""

import struct
import zlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["indexed_png"]

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
INDEXED: Final = 3


def indexed_png(pixels: NDArray[np.uint8], palette: NDArray[np.uint8], *, transparent: bool = False) -> bytes:
    """Write an indexed picture.

    Parameters
    ----------
    pixels : (rows, columns) uint8
        Palette index of each pixel, top row first.
    palette : (n <= 256, 3) uint8
        Red, green, blue.
    transparent : bool
        The palette's first colour is not painted (tRNS).

    Returns
    -------
    bytes
        The PNG file.
    """
    rows, columns = pixels.shape
    header = struct.pack(">IIBBBBB", columns, rows, 8, INDEXED, 0, 0, 0)
    filtered = np.zeros((rows, columns + 1), dtype=np.uint8)
    filtered[:, 1:] = pixels
    data = zlib.compress(filtered.tobytes(), 6)
    clear = ((b"tRNS", b"\x00"),) if transparent else ()
    chunks = ((b"IHDR", header), (b"PLTE", palette.tobytes()), *clear, (b"IDAT", data), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
