"""The spillover matrix of an FCS file.

Definition
    ``$SPILLOVER`` of FCS 3.1: ``n, name_1 .. name_n, s_11, s_12 .. s_nn`` by rows, row = dye, column = detector,
    names as in ``$PnN``. The same form is read under the vendors' names SPILL, SPILLOVER and $SPILL, and under $COMP
    where it names channels. Channel numbers in place of names are understood, with a finding.

Not decided here
    Whether to compensate. A matrix of FCS 3.0's $COMP without names is noted and not used: which way it points
    differs among instruments.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from nktrial.formats.fcs_keywords import real_number
from nktrial.formats.fcs_log import FcsLog
from nktrial.model.events import Channel, Spillover

__all__ = ["read_spillover"]

KEYS: Final = ("$SPILLOVER", "$SPILL", "SPILLOVER", "SPILL", "$COMP", "COMP")
MAX_DETECTORS: Final = 512
MAX_CONDITION: Final = 1e6
STRANGER: Final = "is not a channel of the file"
REMEDY: Final = (
    "Correct the matrix in the cytometer's software and export again, or tolerate this code to read without it."
)


def read_spillover(keywords: Mapping[str, str], channels: tuple[Channel, ...], log: FcsLog) -> Spillover | None:
    """Return the file's matrix, None where it has none.

    Raises
    ------
    SourceError
        NK-FCS-27 the matrix is malformed; NK-FCS-28 it cannot be inverted safely.
    """
    found = [(key, keywords[key]) for key in KEYS if keywords.get(key)]
    if not found:
        return None
    if len({value for _, value in found}) > 1:
        log.note(
            "NK-FCS-72",
            f"{' and '.join(key for key, _ in found)} hold different matrices; {found[0][0]} was read.",
            severity="warning",
        )
    key, text = found[0]
    tokens = [token.strip() for token in text.split(",")]
    tokens = _named(tokens, channels, log, key)
    problem, matrix = _parsed(tokens, channels)
    if key in {"$COMP", "COMP"} and problem and len(tokens) > 1 and real_number(tokens[1]) is not None:
        log.note(
            "NK-FCS-73",
            f"{key} holds a matrix without channel names, whose direction is not certain; it is not used.",
            severity="warning",
        )
        return None
    if matrix is None and problem.endswith(STRANGER):
        log.note("NK-FCS-76", f"the spillover matrix is not used: {problem}.", severity="error")
        return None
    if matrix is None:
        log.refuse(
            "NK-FCS-27", f"the spillover matrix cannot be read: {problem}.", place=f"TEXT ({key})", remedy=REMEDY
        )
        return None
    condition = float(np.linalg.cond(matrix.matrix))
    if not condition <= MAX_CONDITION:
        log.refuse(
            "NK-FCS-28",
            f"the spillover matrix cannot be inverted safely: condition {condition:.3g}, expected at most "
            f"{MAX_CONDITION:.0e}.",
            place=f"TEXT ({key})",
            remedy=REMEDY,
        )
        return None
    return matrix


def _named(tokens: list[str], channels: tuple[Channel, ...], log: FcsLog, key: str) -> list[str]:
    """Replace channel numbers by names where the matrix is written with numbers throughout."""
    size = int(tokens[0]) if _is_count(tokens[0]) else 0
    given = tokens[1 : 1 + min(size, MAX_DETECTORS)]
    numbers = [int(token) for token in given if _is_count(token)]
    known = {channel.name for channel in channels}
    if not given or len(numbers) < len(given) or known & set(given):
        return tokens
    if not all(1 <= number <= len(channels) for number in numbers):
        return tokens
    log.note("NK-FCS-77", f"{key} names channels by number; read as $PnN of these numbers.", severity="warning")
    return [tokens[0], *(channels[number - 1].name for number in numbers), *tokens[1 + len(numbers) :]]


def _is_count(token: str) -> bool:
    return token.isascii() and token.isdecimal() and len(token) < 10


def _parsed(tokens: list[str], channels: tuple[Channel, ...]) -> tuple[str, Spillover | None]:
    """Return what is wrong, or the matrix."""
    size = int(tokens[0]) if _is_count(tokens[0]) else 0
    if not 1 <= size <= min(MAX_DETECTORS, len(channels)):
        return f"its size should be 1 to {min(MAX_DETECTORS, len(channels))}, not {FcsLog.shown(tokens[0])}", None
    if tokens[-1] == "":
        tokens = tokens[:-1]
    if len(tokens) != 1 + size + size * size:
        return f"{size} detectors need {size * size} numbers, found {len(tokens) - 1 - size}", None
    names = tuple(tokens[1 : 1 + size])
    known = {channel.name for channel in channels}
    unknown = [name for name in names if name not in known]
    if unknown:
        return f"{FcsLog.shown(unknown[0])} {STRANGER}", None
    if len(set(names)) < size:
        return "it names a channel twice", None
    numbers = [real_number(token) for token in tokens[1 + size :]]
    wrong = [token for token, number in zip(tokens[1 + size :], numbers, strict=True) if number is None]
    if wrong:
        return f"{FcsLog.shown(wrong[0])} is not a number", None
    matrix = np.array(numbers, np.float64).reshape(size, size)
    matrix.setflags(write=False)
    return "", Spillover(names, matrix)
