"""What the patients of a study say together: proportions with exact limits and their denominators."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["CohortResults", "LeftOut", "Monitoring", "Proportion"]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A patient who is not in a denominator, and why."""

    subject_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Proportion:
    """x of n patients, with the exact two-sided 95 % limits (Clopper-Pearson).

    Parameters
    ----------
    name : str
        ``expansion``, ``any_event``, ``grade_3``, ``serious``, ``related``, ``dlt``, ``complete_remission``,
        ``cytological_remission``, ``mrd_negative``, ``treg_rose``, ``no_systemic_il2``.
    title : str
        In words.
    x, n : int
        Patients with it, and patients in whom it could be said.
    low, high : float or None
        Limits as fractions; None where n is 0.
    who : tuple of str
        The x patients.
    left_out : tuple of LeftOut
        Patients of the study who are not among the n.
    record : str
        Of the proportion.
    """

    name: str
    title: str
    x: int
    n: int
    low: float | None
    high: float | None
    who: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    record: str


@dataclass(frozen=True, slots=True)
class Monitoring:
    """Where the study stands against a rule for stopping.

    Parameters
    ----------
    endpoint : {"dlt", "expansion"}
        What is watched; the proportion of this name.
    direction : {"toxicity", "futility"}
        Whether many stop the study, or few.
    rule : str
        The rule in words.
    x, n : int
        Patients with it, and patients in whom it could be said.
    probability_wrong : float
        That the rate is on the wrong side of the limit.
    stop : int or None
        Boundary at ``n``: so many or more (toxicity), or fewer (futility), stop; None where no number does.
    next_stop : int or None
        Boundary at ``n + 1``.
    status : {"stop", "continue", "before_first_look", "complete", "not_evaluable"}
        What the rule says; ``complete``: the planned patients are there and the boundary is not crossed.
    says : str
        The same in a sentence.
    left_out : tuple of LeftOut
        Patients who are not among the n.
    worst_stops : bool or None
        Whether the rule would stop if all who are left out counted against going on; None where nobody is, or where
        it stops already.
    table : tuple of (int, int or None)
        Boundary at every number of patients from the first look on.
    record : str
        Of this comparison.
    """

    endpoint: Literal["dlt", "expansion"]
    direction: Literal["toxicity", "futility"]
    rule: str
    x: int
    n: int
    probability_wrong: float
    stop: int | None
    next_stop: int | None
    status: Literal["stop", "continue", "before_first_look", "complete", "not_evaluable"]
    says: str
    left_out: tuple[LeftOut, ...]
    worst_stops: bool | None
    table: tuple[tuple[int, int | None], ...]
    record: str


@dataclass(frozen=True, slots=True)
class CohortResults:
    """The cohort: patients in the tables, those with an infusion, the proportions asked for, rules for stopping."""

    enrolled: int
    infused: int
    proportions: tuple[Proportion, ...]
    monitoring: tuple[Monitoring, ...] = ()
