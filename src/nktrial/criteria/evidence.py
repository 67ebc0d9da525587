"""Evidence of three values: yes, no, not known; and the verdict that a rule gives from it.

Definition
    A conjunction is no as soon as one part is no, and not known while none is no and one is not known; a disjunction
    the other way round. A verdict is ``Evaluable`` or ``NotEvaluable``: a missing input can change none into a level.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from nktrial.core.check import in_range
from nktrial.model.rule import Outcome

__all__ = [
    "Evaluable",
    "Flag",
    "NotEvaluable",
    "Rung",
    "Verdict",
    "all_of",
    "any_of",
    "first_of",
    "held",
    "inverse",
    "lacking",
    "stated",
]


Flag: TypeAlias = bool | None  # None: not known


@dataclass(frozen=True, slots=True)
class Evaluable:
    """A level, the clause that decided, and the threshold that decided and was not read in a source."""

    level: str
    clause: str
    unverified: str = ""


@dataclass(frozen=True, slots=True)
class NotEvaluable:
    """Why no level can be given, and the threshold that decided and was not read in a source."""

    reason: str
    unverified: str = ""


Verdict: TypeAlias = Evaluable | NotEvaluable


@dataclass(frozen=True, slots=True)
class Rung:
    """One level of a ladder and whether its conditions hold."""

    holds: bool | None
    verdict: Evaluable


def all_of(*flags: bool | None) -> bool | None:
    """Tell whether all hold; None where that depends on one that is not known."""
    if any(flag is False for flag in flags):
        return False
    return None if any(flag is None for flag in flags) else True


def any_of(*flags: bool | None) -> bool | None:
    """Tell whether one holds; None where that depends on one that is not known."""
    if any(flag is True for flag in flags):
        return True
    return None if any(flag is None for flag in flags) else False


def inverse(flag: Flag) -> Flag:
    """Return the opposite; None stays None."""
    return None if flag is None else not flag


def held(test: Callable[[float, float], bool], value: float | None, limit: float | None) -> bool | None:
    """Apply a comparison of ``core.compare``; None where a value is not known."""
    if value is None or limit is None:
        return None
    in_range("a value", value, float("-inf"), float("inf"))  # what is no number is no value
    return test(value, limit)


def lacking(inputs: Mapping[str, object]) -> str:
    """Name the inputs that are not given."""
    return "not given: " + ", ".join(name for name, value in inputs.items() if value is None)


def first_of(rungs: Sequence[Rung], inputs: Mapping[str, object]) -> Verdict | None:
    """Return the first level that holds, or why it is not known whether it does; None where no level holds."""
    for rung in rungs:
        if rung.holds is None:
            return NotEvaluable(f"{rung.verdict.level} cannot be told, {lacking(inputs)}")
        if rung.holds:
            return rung.verdict
    return None


def stated(column: str, verdict: Verdict) -> Outcome:
    """Return a verdict as the outcome of one result column."""
    if isinstance(verdict, NotEvaluable):
        return Outcome({column: "NE"}, not_evaluable=verdict.reason, unverified=verdict.unverified)
    return Outcome({column: verdict.level}, verdict.clause, unverified=verdict.unverified)
