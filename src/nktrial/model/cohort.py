"""What the patients of a study say together: proportions with exact limits and their denominators."""

from dataclasses import dataclass

__all__ = ["CohortResults", "LeftOut", "Proportion"]


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
class CohortResults:
    """The cohort: patients in the tables, those with an infusion, and the proportions that could be asked for."""

    enrolled: int
    infused: int
    proportions: tuple[Proportion, ...]
