"""Comparison with a published limit, where the last bit of binary arithmetic must not decide.

Definition
    A value within one part in 10^9 of the limit is equal to it: 1.5 x 40 U/L, 0.30 x 10^9/L or half of 60.2 % are not
    exact in binary arithmetic, and a grade must not depend on that.
"""

from typing import Final

__all__ = ["EQUAL", "above", "at_least", "at_most", "below"]

EQUAL: Final = 1e-9


def at_least(value: float, limit: float) -> bool:
    """Tell whether the value is the limit or more."""
    return value >= limit - EQUAL * abs(limit)


def above(value: float, limit: float) -> bool:
    """Tell whether the value is more than the limit."""
    return value > limit + EQUAL * abs(limit)


def at_most(value: float, limit: float) -> bool:
    """Tell whether the value is the limit or less."""
    return not above(value, limit)


def below(value: float, limit: float) -> bool:
    """Tell whether the value is less than the limit."""
    return not at_least(value, limit)
