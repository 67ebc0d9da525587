"""Numbers among the keywords of an FCS data set.

Definition
    An integer is one to twenty ASCII digits, a real number a plain decimal with an optional exponent; blanks
    around them are dropped. Nothing else is a number: no sign before an integer, no underscore, no comma, no NaN.

Not decided here
    Which keywords a reader asks for.
"""

import math
import re
from collections.abc import Mapping
from typing import Final

from nktrial.formats.fcs_log import FcsLog

__all__ = ["Keywords", "real_number"]

INTEGER: Final = re.compile(r"[0-9]{1,20}")
REAL: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
MAX_REAL_CHARACTERS: Final = 64


def real_number(text: str) -> float | None:
    """Return a finite decimal number, None where the text is none."""
    text = text.strip()
    if len(text) > MAX_REAL_CHARACTERS or not REAL.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


class Keywords:
    """The keywords of one data set, asked for by type.

    Parameters
    ----------
    values : mapping
        Upper-cased keywords.
    log : FcsLog
        Names the file in errors.
    """

    __slots__ = ("_log", "values")

    def __init__(self, values: Mapping[str, str], log: FcsLog) -> None:
        self.values = values
        self._log = log

    def text(self, key: str) -> str:
        """Return a value, empty where the keyword is absent."""
        return self.values.get(key, "")

    def required(self, key: str) -> str:
        """Return a value.

        Raises
        ------
        SourceError
            NK-FCS-10 the keyword is absent or empty.
        """
        value = self.text(key)
        if not value:
            raise self._log.refusal(
                "NK-FCS-10",
                f"the required keyword {key} is missing.",
                place=f"TEXT ({key})",
                remedy="Export the file again from the cytometer's software as FCS 3.1.",
            )
        return value

    def integer(self, key: str) -> int | None:
        """Return an integer, None where the keyword is absent or empty.

        Raises
        ------
        SourceError
            NK-FCS-11 the value is not a decimal integer.
        """
        value = self.text(key)
        if not value:
            return None
        if not INTEGER.fullmatch(value):
            raise self._log.refusal(
                "NK-FCS-11",
                f"expected a decimal integer, found {self._log.shown(value)}.",
                place=f"TEXT ({key})",
                remedy="The keyword is damaged; export the file again.",
            )
        return int(value)
