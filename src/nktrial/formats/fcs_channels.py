"""Channels of an FCS data set: names, markers, ranges, gain, logarithm.

Definition
    ``$PnN`` and ``$PnS`` without surrounding blanks; ``$PnE`` = decades, offset; ``$PnG`` = gain. ``$PnE`` with decades
    but offset 0 means offset 1 (FCS 3.1, keyword $PnE). A gain of 0 means none.

Not decided here
    Which channel carries which marker of a panel, and whether a floating-point channel that claims a logarithm was
    already made linear (the standard says that it must be, and a finding points to it).
"""

from collections import Counter
from collections.abc import Iterable

from nktrial.formats.fcs_keywords import Keywords, real_number
from nktrial.formats.fcs_layout import Column, Layout
from nktrial.formats.fcs_log import FcsLog
from nktrial.model.events import Channel
from nktrial.model.origin import Severity

__all__ = ["read_channels"]


def read_channels(keywords: Keywords, layout: Layout, log: FcsLog) -> tuple[Channel, ...]:
    """Read all channels, in column order.

    Raises
    ------
    SourceError
        NK-FCS-31 ``$PnE`` or NK-FCS-32 ``$PnG`` is not what it must be.
    """
    channels = tuple(_channel(number, column, keywords, log) for number, column in enumerate(layout.columns, start=1))
    _note_assumptions(channels, keywords, log)
    repeated = _repeated(channel.name for channel in channels)
    if repeated:
        shown = ", ".join(log.shown(name) for name in repeated[:5])
        log.note(
            "NK-FCS-63",
            f"several channels share a name: {shown}; a gate on this name is ambiguous.",
            severity="warning",
        )
    markers = _repeated(channel.marker for channel in channels if channel.marker)
    if markers:
        shown = ", ".join(log.shown(marker) for marker in markers[:5])
        log.note("NK-FCS-82", f"several channels share a marker ($PnS): {shown}; gates name channels, not markers.")
    _note_logarithms(channels, layout, log)
    return channels


def _repeated(names: Iterable[str]) -> list[str]:
    """Return what stands more than once."""
    return sorted(name for name, count in Counter(names).items() if count > 1)


def _note_assumptions(channels: tuple[Channel, ...], keywords: Keywords, log: FcsLog) -> None:
    """Record what was put in place of a keyword that is missing or not sensible."""
    numbers = range(1, len(channels) + 1)
    unnamed = [number for number in numbers if not keywords.text(f"$P{number}N")]
    unscaled = [number for number in numbers if not keywords.text(f"$P{number}E")]
    no_gain = [number for number in numbers if real_number(keywords.text(f"$P{number}G")) == 0]
    offset_0 = [
        number
        for number, channel in zip(numbers, channels, strict=True)
        if channel.decades and real_number(keywords.text(f"$P{number}E").rpartition(",")[2]) == 0
    ]
    assumptions: tuple[tuple[str, list[int], str, Severity], ...] = (
        ("NK-FCS-62", unnamed, "have no name ($PnN); named P1, P2 and so on", "warning"),
        ("NK-FCS-70", unscaled, "do not say how they were amplified ($PnE); read as linear", "info"),
        ("NK-FCS-60", offset_0, "give $PnE with an offset of 0; read as 1, as the standard says", "info"),
        ("NK-FCS-61", no_gain, "give a gain ($PnG) of 0; read as none", "info"),
    )
    for code, found, message, severity in assumptions:
        if found:
            shown = ", ".join(str(number) for number in found[:8])
            log.note(code, f"{len(found)} channels {message} (channels {shown}).", severity=severity)


def _channel(number: int, column: Column, keywords: Keywords, log: FcsLog) -> Channel:
    decades, offset = _amplification(number, column, keywords, log)
    return Channel(
        index=number - 1,
        name=keywords.text(f"$P{number}N") or f"P{number}",
        marker=keywords.text(f"$P{number}S"),
        bits=column.bits,
        top=column.top,
        gain=_gain(number, keywords, log),
        decades=decades,
        offset=offset,
    )


def _amplification(number: int, column: Column, keywords: Keywords, log: FcsLog) -> tuple[float, float]:
    """Read ``$PnE``."""
    key = f"$P{number}E"
    text = keywords.text(key)
    if not text:
        return 0.0, 0.0
    numbers = [real_number(part) for part in text.split(",")]
    decades, offset = numbers if len(numbers) == 2 else (None, None)
    if decades is None or offset is None or decades < 0 or offset < 0 or (decades > 0 and column.top <= 0):
        raise log.refusal(
            "NK-FCS-31",
            f"expected decades and offset of a channel with a range, found {log.shown(text)}.",
            place=f"TEXT ({key})",
            remedy="The keyword is damaged; export the file again.",
        )
    if decades == 0:
        return 0.0, 0.0
    return decades, offset or 1.0


def _gain(number: int, keywords: Keywords, log: FcsLog) -> float:
    """Read ``$PnG``."""
    key = f"$P{number}G"
    text = keywords.text(key)
    if not text:
        return 1.0
    gain = real_number(text)
    if gain is None or gain < 0:
        raise log.refusal(
            "NK-FCS-32",
            f"expected a gain above 0, found {log.shown(text)}.",
            place=f"TEXT ({key})",
            remedy="The keyword is damaged; export the file again.",
        )
    return gain or 1.0


def _note_logarithms(channels: tuple[Channel, ...], layout: Layout, log: FcsLog) -> None:
    """Point to logarithms that the standard forbids."""
    floats = [channel for channel in channels if channel.decades and layout.columns[channel.index].kind in "FD"]
    if floats:
        log.note(
            "NK-FCS-71",
            f"{len(floats)} floating-point channels claim a logarithmic scale ($PnE), the first is "
            f"{log.shown(floats[0].name)}; the standard demands 0,0 for floats.",
            severity="warning",
        )
    both = [channel for channel in channels if channel.decades and channel.gain != 1.0]
    if both:
        log.note(
            "NK-FCS-74",
            f"{len(both)} channels state both a logarithm and a gain, the first is {log.shown(both[0].name)}; the "
            "standard knows a gain of linear channels only.",
            severity="warning",
        )
