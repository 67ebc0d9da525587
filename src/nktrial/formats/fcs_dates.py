"""The day on which an FCS data set was acquired.

Definition
    ``$BEGINDATETIME`` of FCS 3.2 (ISO 8601), else ``$DATE``: ``dd-mmm-yyyy`` with the month's English name (FCS 3.0,
    section 3.2.20, $DATE), also with blanks and with the year first, as instruments write it, and with a year of two
    digits, as FCS 2.0 had it (3.0, Appendix A, 7). Two digits are the only year from 1984, when FCS was first published
    (Murphy and Chused 1984), to 2083 that ends in them. A month as a number is understood where only one order of day
    and month gives a day.

Not decided here
    Whether it is the day on which the sample was taken.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

__all__ = ["acquisition_day"]

MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
FIRST_YEAR: Final = 1984
ISO: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T.*)?", re.ASCII)
NAMED: Final = re.compile(r"(\d{1,2})[- ]([A-Z]{3})[- ](\d{4}|\d\d)|(\d{4})[- ]([A-Z]{3})[- ](\d{1,2})", re.ASCII)
NUMBERED: Final = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})", re.ASCII)


def acquisition_day(keywords: Mapping[str, str]) -> date | None:
    """Return the day of acquisition, None where the keywords do not tell it.

    Parameters
    ----------
    keywords : mapping
        TEXT keywords, upper-cased keys.
    """
    for key in ("$BEGINDATETIME", "$DATE"):
        text = keywords.get(key, "").strip().upper()
        if text:
            return _day(text)
    return None


def _day(text: str) -> date | None:
    iso = ISO.fullmatch(text)
    if iso:
        return _valid(int(iso[1]), int(iso[2]), int(iso[3]))
    named = NAMED.fullmatch(text)
    if named:
        day, month, year = (named[1], named[2], named[3]) if named[1] else (named[6], named[5], named[4])
        return _valid(_year(year), MONTHS.index(month) + 1, int(day)) if month in MONTHS else None
    numbered = NUMBERED.fullmatch(text)
    if numbered:
        first, second, year = map(int, numbered.groups())
        found = {_valid(year, second, first), _valid(year, first, second)} - {None}
        return found.pop() if len(found) == 1 else None
    return None


def _year(digits: str) -> int:
    """Complete a year of two digits."""
    number = int(digits)
    return number if len(digits) == 4 else FIRST_YEAR + (number - FIRST_YEAR) % 100


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
