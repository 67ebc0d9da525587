"""Columns that several response criteria read, each with its unit and its bounds."""

from nktrial.model.rule import Column

__all__ = ["level_column", "per_ul", "percent", "times_1e9_per_l", "weeks", "yes_no"]


def percent(name: str, meaning: str) -> Column:
    """Return a column of percent, 0 to 100."""
    return Column(name, "number", f"{meaning} [%]", low=0.0, high=100.0)


def yes_no(name: str, meaning: str, *, needed: bool = True) -> Column:
    """Return a column of Y and N."""
    return Column(name, "yes_no", meaning, needed=needed)


def per_ul(name: str, meaning: str) -> Column:
    """Return a column of a blood count in cells/uL."""
    return Column(name, "number", f"{meaning} [/uL]", low=0.0, high=2e5 if name.startswith("anc") else 1e7)


def times_1e9_per_l(name: str, meaning: str) -> Column:
    """Return a column of a blood count in 10^9/L; a count in /uL by mistake lies above its bound."""
    high = 200.0 if name.startswith("anc") else 1e4  # [unverified] no blood holds more neutrophils
    return Column(name, "number", f"{meaning} [10^9/L]", low=0.0, high=high)


def weeks(name: str, meaning: str) -> Column:
    """Return a column of weeks."""
    return Column(name, "number", f"{meaning} [weeks]", low=0.0, high=5_000.0)


def level_column(name: str, meaning: str, *levels: str) -> Column:
    """Return a result column; NE, not evaluable, is always one of its words."""
    return Column(name, "choice", meaning, choices=(*levels, "NE"))
