"""How dose-finding designs behave at true rates of toxicity: 3+3 counted exactly, BOIN by seeded simulation.

Definition
    3+3: three patients at a dose. No toxicity: the next dose. One: three more, and the next dose where it stays at 1 of
    6. Two or more: stop; the dose below is chosen. With ``confirm`` that dose needs six patients with at most one
    toxicity: with three patients it gets three more, and where two or more of six have it the dose below is looked at
    in the same way. All courses are counted, so the chances are exact.
    BOIN: cohorts as the table of ``boin`` says, the dose of its ``boin_choice``; many trials are drawn from a generator
    that is passed in, and each chance carries its Monte Carlo error.

Not decided here
    What is dose-limiting; the true rates.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from nktrial.core.errors import MethodError
from nktrial.model.method import Method
from nktrial.stats.boin import BoinRule, boin_choice, boin_table

__all__ = ["METHOD", "BoinTrial", "DoseChances", "boin_chances", "three_plus_three_chances"]

METHOD: Final = Method(
    name="stats.dose_finding", version=1, source="Storer 1989, Biometrics 45:925; Lin & Shih 2001; Liu & Yuan 2015"
)
COHORT: Final = 3
MOST_DOSES: Final = 12


@dataclass(frozen=True, slots=True)
class DoseChances:
    """How a design behaves at true rates.

    Parameters
    ----------
    chosen : (d,) tuple of float
        Probability that each dose is chosen.
    none : float
        Probability that no dose is.
    patients, toxicities : (d,) tuple of float
        Expected patients and dose-limiting toxicities at each dose.
    counted : {"exact", "simulated"}
        How.
    trials : int or None
        Trials simulated.
    error : float or None
        Largest Monte Carlo standard error of the probabilities.
    """

    chosen: tuple[float, ...]
    none: float
    patients: tuple[float, ...]
    toxicities: tuple[float, ...]
    counted: Literal["exact", "simulated"]
    trials: int | None = None
    error: float | None = None


@dataclass(frozen=True, slots=True)
class BoinTrial:
    """A trial by BOIN: boundaries, cohorts, patients a cohort, index of the first dose."""

    rule: BoinRule
    cohorts: int
    cohort_size: int
    start: int = 0


def three_plus_three_chances(rates: Sequence[float], *, confirm: bool = False) -> DoseChances:
    """Return how the 3+3 design behaves; exact.

    Parameters
    ----------
    rates : (d,) float
        True rate of dose-limiting toxicity of each dose, 1 to 12 doses.
    confirm : bool
        Whether the dose chosen must have had six patients.

    Returns
    -------
    DoseChances
        Chances and expected numbers; at the highest dose the trial ends there.

    Raises
    ------
    MethodError
        NK-DSN-07 the rates are none.
    """
    _check(rates)
    chosen, patients = [0.0] * len(rates), [0.0] * len(rates)
    none = 0.0
    for chance, treated, dose in _courses(tuple(rates), confirm=confirm):
        if dose is None:
            none += chance
        else:
            chosen[dose] += chance
        for place, number in enumerate(treated):
            patients[place] += chance * number
    toxicities = tuple(rate * number for rate, number in zip(rates, patients, strict=True))
    return DoseChances(tuple(chosen), none, tuple(patients), toxicities, "exact")


def boin_chances(
    trial: BoinTrial, rates: Sequence[float], *, trials: int, generator: np.random.Generator
) -> DoseChances:
    """Return how a trial by BOIN behaves; simulated.

    Parameters
    ----------
    trial : BoinTrial
        The design.
    rates : (d,) float
        True rate of dose-limiting toxicity of each dose, 1 to 12 doses.
    trials : int
        Trials to draw, 100 to 1,000,000.
    generator : numpy.random.Generator
        Seeded by the caller.

    Returns
    -------
    DoseChances
        Chances with their largest Monte Carlo standard error.

    Raises
    ------
    MethodError
        NK-DSN-05 cohorts; NK-DSN-07 the rates, the first dose or the number of trials.
    """
    _check(rates)
    if not 0 <= trial.start < len(rates) or not 100 <= trials <= 1_000_000:
        raise MethodError(
            "NK-DSN-07",
            f"first dose {trial.start + 1} of {len(rates)} with {trials} trials; expected one of the doses and 100 to "
            "1,000,000 trials.",
        )
    if trial.cohorts < 1 or trial.cohort_size < 1:
        raise MethodError("NK-DSN-05", f"{trial.cohorts} cohorts of {trial.cohort_size}; expected at least 1 of 1.")
    x, n = _simulated(trial, np.asarray(rates, dtype=np.float64), trials, generator)
    choices, counts = np.unique(np.concatenate((x, n), axis=1), axis=0, return_counts=True)
    chosen, none, doses = np.zeros(len(rates)), 0, len(rates)
    for row, count in zip(choices.tolist(), counts.tolist(), strict=True):
        dose = boin_choice(trial.rule, row[:doses], row[doses:])
        if dose is None:
            none += count
        else:
            chosen[dose] += count
    shares = np.append(chosen, none) / trials
    error = float(np.sqrt(shares * (1.0 - shares) / trials).max())
    return DoseChances(
        tuple(shares[:-1].tolist()),
        float(shares[-1]),
        tuple(n.mean(axis=0).tolist()),
        tuple(x.mean(axis=0).tolist()),
        "simulated",
        trials,
        error,
    )


def _courses(rates: tuple[float, ...], *, confirm: bool) -> Iterator[tuple[float, list[int], int | None]]:
    """Yield the probability of every course of 3+3, the patients at each dose, and the dose chosen."""
    going: list[tuple[float, list[int]]] = [(1.0, [])]  # by the patients at the doses that were passed
    for dose, rate in enumerate(rates):
        rest = len(rates) - dose - 1
        none_of_3, one_of_3 = (1.0 - rate) ** 3, 3.0 * rate * (1.0 - rate) ** 2
        onward: list[tuple[float, list[int]]] = []
        for chance, below in going:
            onward += [(chance * none_of_3, [*below, 3]), (chance * one_of_3 * none_of_3, [*below, 6])]
            for share, number in ((1.0 - none_of_3 - one_of_3, 3), (one_of_3 * (1.0 - none_of_3), 6)):
                yield from _stopped(chance * share, [*below, number, *[0] * rest], dose - 1, rates, confirm=confirm)
        going = onward
    for chance, treated in going:
        yield from _stopped(chance, treated, len(rates) - 1, rates, confirm=confirm)


def _stopped(
    chance: float, treated: list[int], dose: int, rates: tuple[float, ...], *, confirm: bool
) -> Iterator[tuple[float, list[int], int | None]]:
    """Yield what follows once escalation has ended and ``dose`` is the highest that may be chosen."""
    while confirm and dose >= 0 and treated[dose] == COHORT:  # none of three had a toxicity here
        treated = [*treated[:dose], 2 * COHORT, *treated[dose + 1 :]]
        passed = (1.0 - rates[dose]) ** 3 + 3.0 * rates[dose] * (1.0 - rates[dose]) ** 2
        yield chance * passed, treated, dose
        chance, dose = chance * (1.0 - passed), dose - 1
    yield chance, treated, dose if dose >= 0 else None


def _simulated(
    trial: BoinTrial, rates: np.ndarray, trials: int, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return toxicities and patients, (trials, d) each."""
    steps = boin_table(trial.rule, trial.cohorts * trial.cohort_size)
    never = trial.cohorts * trial.cohort_size + 1
    up = np.array([-1, *(step.escalate for step in steps)])
    down = np.array([never, *(step.deescalate for step in steps)])
    out = np.array([never, *(never if step.eliminate is None else step.eliminate for step in steps)])
    doses = rates.size
    x, n = np.zeros((trials, doses), dtype=np.int64), np.zeros((trials, doses), dtype=np.int64)
    dose = np.full(trials, trial.start)
    usable = np.full(trials, doses)  # doses below this one are not given up
    everyone = np.arange(trials)
    for _ in range(trial.cohorts):
        here = everyone[usable > 0]
        at = dose[here]
        x[here, at] += generator.binomial(trial.cohort_size, rates[at])
        n[here, at] += trial.cohort_size
        seen, of = x[here, at], n[here, at]
        usable[here] = np.where(seen >= out[of], at, usable[here])
        step = np.where(seen <= up[of], 1, np.where(seen >= down[of], -1, 0))
        dose[here] = np.clip(np.minimum(at + step, usable[here] - 1), 0, doses - 1)
    return x, n


def _check(rates: Sequence[float]) -> None:
    """Refuse what are no true rates of doses (NK-DSN-07)."""
    if not 1 <= len(rates) <= MOST_DOSES or any(not 0.0 <= rate <= 1.0 for rate in rates):
        raise MethodError(
            "NK-DSN-07", f"true rates {list(rates)}; expected 1 to {MOST_DOSES} rates from 0 to 1, one a dose."
        )
