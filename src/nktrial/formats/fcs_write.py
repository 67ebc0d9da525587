"""Write FCS 3.1: one data set of 32-bit little-endian floats, the same bytes for the same input.

Definition
    HEADER, primary TEXT, DATA; no supplement, no ANALYSIS. Offsets in TEXT have a fixed width; HEADER's are 0 where
    DATA ends beyond byte 99,999,999 (FCS 3.1, section 3.1). The delimiter is a character that occurs nowhere in
    TEXT, so that nothing needs doubling and the simplest reader splits it rightly.

Not decided here
    Dates and program names: what a caller wants in the file it passes as keywords.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import MethodError
from nktrial.formats.fcs_header import HEADER_BYTES
from nktrial.model.events import Channel, Spillover

__all__ = ["write_fcs"]

OFFSET_DIGITS: Final = 14
LARGEST_HEADER_OFFSET: Final = 99_999_999
DELIMITERS: Final = "\x0c|\x1e!/\\~^"
RESERVED: Final = frozenset({"$BYTEORD", "$DATATYPE", "$MODE", "$NEXTDATA", "$TOT", "$SPILLOVER", "SPILL", "SPILLOVER"})
NO_KEYWORDS: Final[Mapping[str, str]] = MappingProxyType({})


def write_fcs(
    values: NDArray[Any],
    channels: Sequence[Channel],
    *,
    spillover: Spillover | None = None,
    keywords: Mapping[str, str] = NO_KEYWORDS,
) -> bytes:
    """Return the bytes of an FCS 3.1 file.

    Parameters
    ----------
    values : (n_events, n_channels) number
        Written as float32: what float32 cannot hold exactly is rounded.
    channels : sequence of Channel
        Name, marker, range and gain of each column; linear, since the standard forbids a logarithm of floats.
    spillover : Spillover or None
        Written as ``$SPILLOVER``.
    keywords : mapping
        Further keywords, e.g. ``$CYT``. They cannot replace those that describe the data.

    Raises
    ------
    MethodError
        NK-FCS-40 values and channels do not fit together or cannot be written; NK-FCS-41 a keyword cannot be written.
    """
    data = _float_bytes(values, channels)
    entries = {**_channel_entries(channels), **_further_entries(keywords)}
    if spillover is not None:
        entries["$SPILLOVER"] = _spillover_text(spillover, channels)
    entries |= {
        "$BYTEORD": "1,2,3,4",
        "$DATATYPE": "F",
        "$MODE": "L",
        "$NEXTDATA": "0",
        "$PAR": str(len(channels)),
        "$TOT": str(values.shape[0]),
        **dict.fromkeys(("$BEGINANALYSIS", "$ENDANALYSIS", "$BEGINSTEXT", "$ENDSTEXT"), "0"),
        **dict.fromkeys(("$BEGINDATA", "$ENDDATA"), "0" * OFFSET_DIGITS),
    }
    begin = HEADER_BYTES + len(_text(entries))
    end = begin + len(data) - 1
    if data:
        entries |= {"$BEGINDATA": f"{begin:0{OFFSET_DIGITS}}", "$ENDDATA": f"{end:0{OFFSET_DIGITS}}"}
    stated = (begin, end) if data and end <= LARGEST_HEADER_OFFSET else (0, 0)
    offsets = "".join(f"{offset:8}" for offset in (HEADER_BYTES, begin - 1, *stated, 0, 0))
    return b"".join((b"FCS3.1    ", offsets.encode("ascii"), _text(entries), data))


def _float_bytes(values: NDArray[Any], channels: Sequence[Channel]) -> bytes:
    """Return DATA after checking that the values can be written."""
    if values.ndim != 2 or values.shape[1] != len(channels) or not channels:
        raise MethodError("NK-FCS-40", f"values of shape {values.shape} do not fit {len(channels)} channels.")
    with np.errstate(over="ignore"):
        floats = np.ascontiguousarray(values, "<f4")
    if not np.isfinite(floats).all():
        raise MethodError("NK-FCS-40", "values that are not finite 32-bit floats cannot be written.")
    return floats.tobytes()


def _channel_entries(channels: Sequence[Channel]) -> dict[str, str]:
    """Return the keywords of each channel."""
    entries: dict[str, str] = {}
    names = [channel.name for channel in channels]
    for number, channel in enumerate(channels, start=1):
        name = channel.name
        if not name or name != name.strip() or "," in name or names.count(name) > 1 or channel.decades:
            raise MethodError(
                "NK-FCS-40",
                f"channel {number} needs a name of its own, without comma or outer blanks, and no logarithm.",
            )
        if not (np.isfinite(channel.top) and channel.top > 0 and np.isfinite(channel.gain) and channel.gain > 0):
            raise MethodError("NK-FCS-40", f"channel {number} needs a range and a gain above 0.")
        entries |= {
            f"$P{number}B": "32",
            f"$P{number}E": "0,0",
            f"$P{number}N": name,
            f"$P{number}R": _number(channel.top),
        }
        if channel.marker:
            entries[f"$P{number}S"] = channel.marker
        if channel.gain != 1.0:
            entries[f"$P{number}G"] = _number(channel.gain)
    return entries


def _further_entries(keywords: Mapping[str, str]) -> dict[str, str]:
    """Check the caller's keywords."""
    entries: dict[str, str] = {}
    for key, value in keywords.items():
        name = key.strip().upper()
        plain = name.isascii() and name.isprintable() and name != "" and value.strip() == value != ""
        if not plain or name in entries or name.startswith(("$P", "$BEGIN", "$END")) or name in RESERVED:
            raise MethodError("NK-FCS-41", f"the keyword {key!r} cannot be written: empty, repeated or reserved.")
        entries[name] = value
    return entries


def _spillover_text(spillover: Spillover, channels: Sequence[Channel]) -> str:
    """Return the matrix in the form of ``$SPILLOVER``."""
    names = {channel.name for channel in channels}
    size = len(spillover.channels)
    if not set(spillover.channels) <= names or spillover.matrix.shape != (size, size):
        raise MethodError("NK-FCS-40", "the spillover matrix names other channels than the file has.")
    return ",".join([str(size), *spillover.channels, *(_number(float(one)) for one in spillover.matrix.ravel())])


def _number(value: float) -> str:
    """Return a number in its shortest exact form."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


def _text(entries: Mapping[str, str]) -> bytes:
    """Return TEXT, keywords in order."""
    everything = "".join(entries) + "".join(entries.values())
    delimiter = next((char for char in DELIMITERS if char not in everything), None)
    if delimiter is None:
        raise MethodError("NK-FCS-41", "the keywords use every character that could delimit them.")
    pairs = "".join(f"{key}{delimiter}{entries[key]}{delimiter}" for key in sorted(entries))
    return f"{delimiter}{pairs}".encode()
