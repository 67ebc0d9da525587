"""Arrays that travel in results as text: base64 of zlib-compressed little-endian integers."""

import base64
import binascii
import zlib

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import MethodError

__all__ = ["unpacked_counts", "unpacked_heights"]


def unpacked_counts(text: str, shape: tuple[int, int], *, where: str) -> NDArray[np.uint32]:
    """Return the (rows, columns) counts of a density grid; raise NK-FIG-02 where the text holds anything else."""
    return np.frombuffer(_bytes(text, shape[0] * shape[1] * 4, where), dtype="<u4").reshape(shape).astype(np.uint32)


def unpacked_heights(text: str, count: int, *, where: str) -> NDArray[np.int16]:
    """Return the (count,) heights of a trace; raise NK-FIG-02 where the text holds anything else."""
    return np.frombuffer(_bytes(text, count * 2, where), dtype="<i2").astype(np.int16)


def _bytes(text: str, size: int, where: str) -> bytes:
    """Decompress exactly ``size`` bytes, never more."""
    inflate = zlib.decompressobj()
    try:
        data = inflate.decompress(base64.b64decode(text, validate=True), size + 1)
    except (binascii.Error, zlib.error) as error:
        raise _refused(where, f"{error}") from error
    if len(data) != size or not inflate.eof:
        raise _refused(where, f"it holds {'more than ' if len(data) > size else ''}{min(len(data), size)} bytes")
    return data


def _refused(where: str, found: str) -> MethodError:
    return MethodError(
        "NK-FIG-02",
        f"the packed array of a picture does not fit its stated shape: {found}.",
        where=where,
        remedy="The results are damaged: run the study again.",
    )
