"""The line of success, and what lies beyond it.

Definition
    ``>`` or ``>=`` as the protocol says, by the point value. A value within one part in 10^9 of the threshold is equal
    to it: a product of decimal fractions in binary arithmetic is not exact (120 x 50/51 x 0.85 falls short of 100), and
    the last bit must not decide a patient's outcome.
"""

from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import MethodError
from nktrial.model.plan import ExpansionRule

__all__ = ["check_rule", "meets", "probability_beyond"]

Comparison: TypeAlias = Literal[">", ">="]

EQUAL: Final = 1e-9


def meets(value_per_ul: float, threshold_per_ul: float, comparison: Comparison) -> bool:
    """Tell whether a value lies beyond the threshold."""
    slack = EQUAL * threshold_per_ul
    return value_per_ul > threshold_per_ul + slack if comparison == ">" else value_per_ul >= threshold_per_ul - slack


def probability_beyond(draws: NDArray[np.float64], threshold_per_ul: float, comparison: Comparison) -> float:
    """Return the share of (n,) equally likely values that lie beyond the threshold, compared as `meets` does."""
    slack = EQUAL * threshold_per_ul
    beyond = draws > threshold_per_ul + slack if comparison == ">" else draws >= threshold_per_ul - slack
    return float(np.mean(beyond))


def check_rule(rule: ExpansionRule) -> None:
    """Raise NK-EXP-03 where the rule cannot be applied."""
    low, high = rule.window
    if low > 0 or high < 0:
        raise MethodError("NK-EXP-03", f"the window {low} to {high} does not contain the target day (0).")
    if not rule.threshold_per_ul > 0.0:
        raise MethodError("NK-EXP-03", f"the threshold is {rule.threshold_per_ul} cells/uL, expected more than 0.")
    if not rule.chimerism:
        raise MethodError("NK-EXP-03", "the rule names no cell fraction whose chimerism enters the product.")
