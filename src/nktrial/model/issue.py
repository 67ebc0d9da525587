"""Issue: one problem of the input, as the data manager needs to see it."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Issue"]


@dataclass(frozen=True, slots=True)
class Issue:
    """One input problem.

    Parameters
    ----------
    code : str
        Permanent code, ``NK-TAB-..``, ``NK-PLAN-..``, ``NK-PATH-..``.
    severity : {"error", "warning"}
        An error stops the study, a warning does not.
    file : str
        Path relative to the study folder.
    row : int or None
        Line number of the file as an editor shows it (the header is line 1).
    column : str
        Column or key, empty where the whole row or file is meant.
    value : str
        The text found, made safe for a terminal.
    message : str
        What was found against what was expected.
    hint : str
        What to do.
    """

    code: str
    severity: Literal["error", "warning"]
    file: str
    row: int | None
    column: str
    value: str
    message: str
    hint: str
