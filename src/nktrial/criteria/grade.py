"""Grades by the worst of several domains, where a missing domain may or may not matter.

Definition
    Each domain (blood pressure, oxygen, one organ) gives the lowest and the highest grade that it allows: equal where
    it is known, apart where it is not. The grade is the worst of the domains. Where the unknown domains cannot change
    the worst, it is known; otherwise it is not, and the lowest possible grade is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from nktrial.model.rule import Outcome

__all__ = ["Domain", "Grade", "Graded", "NotGraded", "as_outcome", "worst_of"]


@dataclass(frozen=True, slots=True)
class Graded:
    """A grade or stage, the clause that decided, what to beware of, and the threshold that was not read in a source."""

    grade: int | str
    clause: str
    caution: str = ""
    unverified: str = ""


@dataclass(frozen=True, slots=True)
class NotGraded:
    """Why no grade can be told."""

    reason: str


Grade: TypeAlias = Graded | NotGraded


@dataclass(frozen=True, slots=True)
class Domain:
    """One domain: the grades that it allows, the clause where it is known, and what is missing where it is not."""

    lowest: int
    highest: int
    clause: str
    missing: str = ""


def worst_of(domains: Sequence[Domain], names: Sequence[str] = ()) -> Grade:
    """Return the worst grade of the domains, or why it cannot be told.

    Parameters
    ----------
    domains : sequence of Domain
        In any order; the clauses are told in it.
    names : sequence of str
        What each grade is called, where it is not its number.
    """
    lowest = max((domain.lowest for domain in domains), default=0)
    open_ones = [domain for domain in domains if domain.highest > lowest]
    if open_ones or not domains:
        missing = "; ".join(dict.fromkeys(domain.missing for domain in open_ones)) or "nothing is given"
        return NotGraded(f"{missing} (at least {names[lowest] if names else lowest})" if lowest else missing)
    deciding = [domain for domain in domains if domain.lowest == lowest]
    clause = "; ".join(dict.fromkeys(domain.clause for domain in deciding if domain.clause))
    return Graded(names[lowest] if names else lowest, clause)


def as_outcome(found: Grade, column: str, version: str, *, caution: bool = False) -> Outcome:
    """Return what a table shows: the grade or NE, the version of the criteria, and a caution where the rule has any."""
    if isinstance(found, NotGraded):
        values: dict[str, float | int | str | None] = {column: "NE", "criteria_version": version}
        return Outcome(values | ({"caution": None} if caution else {}), not_evaluable=found.reason)
    values = {column: found.grade, "criteria_version": version}
    return Outcome(
        values | ({"caution": found.caution or None} if caution else {}), found.clause, unverified=found.unverified
    )
