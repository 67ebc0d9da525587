"""Write FCS 3.1 and 3.2: one data set, little-endian, the same bytes for the same input.

Definition
    HEADER, primary TEXT, DATA; no supplement, no ANALYSIS. Integers, floats or doubles; by channel in FCS 3.2
    ($PnDATATYPE). Offsets in TEXT have a fixed width; HEADER's are 0 where DATA ends beyond byte 99,999,999 (FCS 3.0,
    section 3.1.1). The delimiter is a character that occurs nowhere in TEXT, so that nothing needs doubling and the
    simplest reader splits it rightly. FCS 3.2 requires $CYT.

Not decided here
    Dates and program names: what a caller wants in the file it passes as keywords.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import MethodError
from nktrial.formats.fcs_encode import column_types, encode_events, stored_bits
from nktrial.formats.fcs_header import HEADER_BYTES
from nktrial.model.events import Channel, EventValues, Spillover

__all__ = ["write_fcs"]

WRITTEN: Final = ("FCS3.1", "FCS3.2")
OFFSET_DIGITS: Final = 14
LARGEST_HEADER_OFFSET: Final = 99_999_999
DELIMITERS: Final = "\x0c|\x1e!/\\~^"
RESERVED: Final = frozenset({"$BYTEORD", "$DATATYPE", "$MODE", "$NEXTDATA", "$TOT", "$SPILLOVER", "SPILL", "SPILLOVER"})
NO_KEYWORDS: Final[Mapping[str, str]] = MappingProxyType({})


def write_fcs(
    values: EventValues | NDArray[Any],
    channels: Sequence[Channel],
    *,
    version: str = "FCS3.1",
    types: str | Sequence[str] = "F",
    spillover: Spillover | None = None,
    keywords: Mapping[str, str] = NO_KEYWORDS,
) -> bytes:
    """Return the bytes of an FCS file.

    Parameters
    ----------
    values : (n_events, n_channels) number
        Raw values. As floats they are rounded to what 32 or 64 bits hold.
    channels : sequence of Channel
        Name, marker, range, gain or logarithm of each column; ``bits`` counts for integers only. Floats are linear,
        and a logarithm excludes a gain, as the standard says.
    version : {"FCS3.1", "FCS3.2"}
        Of the standard.
    types : str or sequence of str
        ``I``, ``F`` or ``D`` for all channels, or one for each (FCS 3.2 where they differ).
    spillover : Spillover or None
        Written as ``$SPILLOVER``.
    keywords : mapping
        Further keywords, e.g. ``$CYT``. They cannot replace those that describe the data.

    Raises
    ------
    MethodError
        NK-FCS-40 values, channels, types and version do not fit together or cannot be written; NK-FCS-41 a keyword
        cannot be written.
    """
    if version not in WRITTEN:
        raise MethodError("NK-FCS-40", f"expected a version of {' or '.join(WRITTEN)}, not {version!r}.")
    letters = column_types(types, channels, version)
    events = np.asarray(values)
    data = encode_events(events, channels, letters)
    entries = {**_channel_entries(channels, letters), **_further_entries(keywords)}
    if version == "FCS3.2" and "$CYT" not in entries:
        raise MethodError("NK-FCS-40", "FCS 3.2 requires the keyword $CYT, the cytometer.")
    if spillover is not None:
        entries["$SPILLOVER"] = _spillover_text(spillover, channels)
    entries |= {
        "$BYTEORD": "1,2,3,4",
        "$DATATYPE": letters[0],
        "$MODE": "L",
        "$NEXTDATA": "0",
        "$PAR": str(len(channels)),
        "$TOT": str(events.shape[0]),
        **dict.fromkeys(("$BEGINANALYSIS", "$ENDANALYSIS", "$BEGINSTEXT", "$ENDSTEXT"), "0"),
        **dict.fromkeys(("$BEGINDATA", "$ENDDATA"), "0" * OFFSET_DIGITS),
    }
    begin = HEADER_BYTES + len(_text(entries))
    end = begin + len(data) - 1
    if data:
        entries |= {"$BEGINDATA": f"{begin:0{OFFSET_DIGITS}}", "$ENDDATA": f"{end:0{OFFSET_DIGITS}}"}
    stated = (begin, end) if data and end <= LARGEST_HEADER_OFFSET else (0, 0)
    offsets = "".join(f"{offset:8}" for offset in (HEADER_BYTES, begin - 1, *stated, 0, 0))
    return b"".join((f"{version:<10}".encode("ascii"), offsets.encode("ascii"), _text(entries), data))


def _channel_entries(channels: Sequence[Channel], letters: Sequence[str]) -> dict[str, str]:
    """Return the keywords of each channel."""
    entries: dict[str, str] = {}
    names = [channel.name for channel in channels]
    for number, (channel, letter) in enumerate(zip(channels, letters, strict=True), start=1):
        name = channel.name
        if not name or name != name.strip() or "," in name or names.count(name) > 1:
            raise MethodError("NK-FCS-40", f"channel {number} needs a name of its own, without comma or outer blanks.")
        if not (np.isfinite(channel.top) and channel.top > 0 and np.isfinite(channel.gain) and channel.gain > 0):
            raise MethodError("NK-FCS-40", f"channel {number} needs a range and a gain above 0.")
        if channel.decades and (letter != "I" or channel.gain != 1.0 or min(channel.decades, channel.offset) <= 0):
            raise MethodError(
                "NK-FCS-40",
                f"channel {number}: only integers without a gain have a logarithm, of decades and offset above 0.",
            )
        entries |= {
            f"$P{number}B": str(stored_bits(channel, letter)),
            f"$P{number}E": f"{_number(channel.decades)},{_number(channel.offset)}" if channel.decades else "0,0",
            f"$P{number}N": name,
            f"$P{number}R": _number(channel.top),
        }
        if letter != letters[0]:
            entries[f"$P{number}DATATYPE"] = letter
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
    return str(int(value)) if value == int(value) and abs(value) < 1e20 else repr(float(value))


def _text(entries: Mapping[str, str]) -> bytes:
    """Return TEXT, keywords in order."""
    everything = "".join(entries) + "".join(entries.values())
    delimiter = next((char for char in DELIMITERS if char not in everything), None)
    if delimiter is None:
        raise MethodError("NK-FCS-41", "the keywords use every character that could delimit them.")
    pairs = "".join(f"{key}{delimiter}{entries[key]}{delimiter}" for key in sorted(entries))
    return f"{delimiter}{pairs}".encode()
