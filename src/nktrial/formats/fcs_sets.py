"""The data sets of an FCS file.

Definition
    A file holds one or more data sets, each with a HEADER of its own; ``$NEXTDATA`` gives the distance from the first
    byte of a data set to that of the next, 0 in the last (FCS 3.0, sections 2.2.1, 2.2.13 and 3.2.20, $NEXTDATA; FCS
    3.1 and 3.2 discourage more than one). Data sets are numbered from 1.

Not decided here
    Which of them is meant: the first, unless the caller names another.
"""

from dataclasses import dataclass
from typing import Final

from nktrial.core.errors import SourceError
from nktrial.formats.fcs_header import HEADER_BYTES, read_header
from nktrial.formats.fcs_keywords import Keywords
from nktrial.formats.fcs_log import FcsLog
from nktrial.formats.fcs_text import split_text
from nktrial.formats.window import Window

__all__ = ["DataSet", "data_set_start", "list_data_sets", "note_data_sets"]

MAX_DATA_SETS: Final = 64


@dataclass(frozen=True, slots=True)
class DataSet:
    """One data set as its HEADER and TEXT announce it; what cannot be read is None.

    Parameters
    ----------
    number : int
        From 1.
    start : int
        First byte in the file.
    version : str or None
        Of its HEADER.
    events, channels : int or None
        ``$TOT``, ``$PAR``.
    """

    number: int
    start: int
    version: str | None
    events: int | None
    channels: int | None


def list_data_sets(window: Window, *, tolerate: frozenset[str] = frozenset()) -> tuple[DataSet, ...]:
    """Return what the file's data sets announce.

    Raises
    ------
    SourceError
        NK-FCS-26 the chain of ``$NEXTDATA`` leads nowhere and this is not tolerated.
    """
    found, broken = _chain(window, FcsLog(window.name, tolerate))
    if broken is not None and broken.code not in tolerate:
        raise broken
    return tuple(data_set for data_set, _ in found)


def data_set_start(window: Window, number: int, log: FcsLog) -> int:
    """Return the first byte of a data set.

    Raises
    ------
    SourceError
        NK-FCS-26 the chain of ``$NEXTDATA`` breaks before it; NK-FCS-34 the file has no such data set.
    """
    found, broken = _chain(window, log)
    if 1 <= number <= len(found):
        return found[number - 1][0].start
    if broken is not None:
        raise broken
    raise log.refusal(
        "NK-FCS-34",
        f"data set {number} is asked for, but the file holds {len(found)}.",
        place="TEXT ($NEXTDATA)",
        remedy=f"Ask for a data set from 1 to {len(found)}.",
    )


def note_data_sets(window: Window, read: int, log: FcsLog) -> None:
    """Record that the file holds other data sets than the one that was read.

    Raises
    ------
    SourceError
        NK-FCS-26 the chain of ``$NEXTDATA`` leads nowhere and this is not tolerated.
    """
    found, broken = _chain(window, log)
    if broken is not None:
        if broken.code not in log.tolerate:
            raise broken
        log.note(broken.code, f"Tolerated on request: {broken.problem}", severity="warning")
        if read == 1:
            return
    offsets = [data_set.start for data_set, _ in found[1:]]
    if offsets:
        log.note(
            "NK-FCS-65",
            f"the file holds {len(offsets)} further data sets, at bytes {', '.join(f'{at:,}' for at in offsets)}; "
            f"{'the first one' if read == 1 else f'data set {read}'} was read.",
            severity="warning",
            evidence={"offsets": list(offsets), "read": read},
        )


def _chain(window: Window, log: FcsLog) -> tuple[list[tuple[DataSet, int]], SourceError | None]:
    """Follow ``$NEXTDATA``; return the data sets that are there, and what is wrong behind the last of them."""
    found = [_announced(window, 1, 0, FcsLog(log.name))]
    step = found[-1][1]
    while step:
        start = found[-1][0].start + step
        if step < 0:
            return found, _broken(log, "it is not an offset")
        if len(found) > MAX_DATA_SETS or start + HEADER_BYTES > window.size:
            return found, _broken(log, f"byte {start:,} lies outside the file or beyond {MAX_DATA_SETS} data sets")
        if bytes(window.take(start, 3, "HEADER")) != b"FCS":
            return found, _broken(log, f"no data set begins at byte {start:,}")
        found.append(_announced(window.tail(start, log.name), len(found) + 1, start, FcsLog(log.name)))
        step = found[-1][1]
    return found, None


def _announced(rest: Window, number: int, start: int, log: FcsLog) -> tuple[DataSet, int]:
    """Return what a data set announces and its ``$NEXTDATA``: 0 where TEXT cannot be read, -1 where it is no number."""
    try:
        header = read_header(rest, log)
        text = bytes(rest.take(header.text.begin, header.text.length, "TEXT"))
        keywords: dict[str, str] = {}
        for key, value in split_text(text, FcsLog(log.name, frozenset({"NK-FCS-33"})), "TEXT"):
            keywords.setdefault(key, value)
    except SourceError:
        return DataSet(number, start, None, None, None), 0
    known = Keywords(keywords, log)
    step = _number(known, "$NEXTDATA")
    stated = -1 if step is None and known.text("$NEXTDATA") else step or 0
    return DataSet(number, start, header.version, _number(known, "$TOT"), _number(known, "$PAR")), stated


def _number(keywords: Keywords, key: str) -> int | None:
    try:
        return keywords.integer(key)
    except SourceError:
        return None


def _broken(log: FcsLog, problem: str) -> SourceError:
    return log.refusal(
        "NK-FCS-26",
        f"$NEXTDATA leads nowhere: {problem}.",
        place="TEXT ($NEXTDATA)",
        remedy="Export the file again; to read its first data set all the same, tolerate NK-FCS-26.",
    )
