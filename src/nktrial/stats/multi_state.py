"""Aalen-Johansen estimate of a multi-state model: the probabilities of states, from a state at a time.

Definition
    Each row is a stay in a state: from ``entry`` to ``time``, then a move to another state, or censoring. The hazard of
    g to h at t is d / n, d the moves at t, n those in g just before t: entry < t <= time (who enters late is counted
    from then). P(s, t) is the product over times in (s, t] of I + dA, dA the matrix of hazards. Its variance is
    Greenwood's: moves out of a state at one time are multinomial, d (n - d) / n^3, by the delta method.

Not decided here
    Whether the future depends on the state alone (Markov). Where nobody is left in a state its hazards are 0, and the
    probability stays as it was: read ``n_risk``.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from nktrial.core.errors import MethodError
from nktrial.model.method import Method
from nktrial.stats.at_risk import FloatArray, IntArray, checked_causes, checked_entry, checked_times, risk_by_group

__all__ = ["METHOD", "MultiState", "multi_state"]

METHOD: Final = Method(
    name="stats.multi_state",
    version=1,
    source="Aalen & Johansen 1978, Scand J Stat 5:141; Putter, Fiocco & Geskus 2007, Stat Med 26:2389",
)
CENSORED: Final = -1


@dataclass(frozen=True, slots=True)
class MultiState:
    """Probabilities of S states at the distinct times of moves after ``start``.

    Parameters
    ----------
    start : float
        The time s from which probabilities run.
    time : (k,) float
        Distinct times of moves, after the start.
    n_risk : (k, S) int
        Patients in each state just before.
    n_move : (k, S, S) int
        Moves from (second axis) to (third axis).
    probability : (k, S, S) float
        P(start, time): from the state of the second axis to that of the third.
    variance : (k, S, S) float
        Greenwood's, of each probability.
    moves : (S, S) int
        Moves from and to over all times, those before the start too.
    censored : (S,) int
        Stays that ended without a move, over all times.
    """

    start: float
    time: FloatArray
    n_risk: IntArray
    n_move: IntArray
    probability: FloatArray
    variance: FloatArray
    moves: IntArray
    censored: IntArray

    def at(self, times: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return P(start, t) and its standard errors at times from the start on: (m, S, S) each.

        Raises
        ------
        MethodError
            NK-STA-04 a time before the start, or missing.
        """
        asked = checked_times(times)
        if np.any(asked < self.start):
            raise MethodError("NK-STA-04", f"time {asked.min():g} lies before the start {self.start:g}.")
        size = self.moves.shape[0]
        place = np.searchsorted(self.time, asked, side="right")
        probability = np.concatenate((np.eye(size)[None], self.probability))
        variance = np.concatenate((np.zeros((1, size, size)), self.variance))
        return probability[place], np.sqrt(variance[place])


def multi_state(
    entry: ArrayLike, time: ArrayLike, state: ArrayLike, move: ArrayLike, *, states: int, start: float = 0.0
) -> MultiState:
    """Estimate transition probabilities from a time on.

    Parameters
    ----------
    entry, time : (n,) float
        When each stay comes under observation, and when it ends.
    state : (n,) int
        The state of the stay, from 0.
    move : (n,) int
        The state that follows, -1 where none was seen (censored).
    states : int
        How many states there are.
    start : float
        The time from which probabilities run.

    Returns
    -------
    MultiState
        Probabilities, variances, counts. Without a move after the start: no times, and everybody stays.

    Raises
    ------
    MethodError
        NK-STA-02 fewer than two states, or a start that is negative or after the last time; NK-STA-03 to NK-STA-07 the
        data: NK-STA-06 also a state that is none of the states, or a move to the same state.
    """
    times = checked_times(time)
    entries = checked_entry(entry, times)
    if entries is None:
        raise MethodError("NK-STA-07", "entry is missing.", remedy="Write 0 where a stay begins at the beginning.")
    if states < 2:
        raise MethodError("NK-STA-02", f"there are {states} states, expected two or more.")
    if not 0.0 <= start <= float(times.max()):
        raise MethodError("NK-STA-02", f"the start is {start}, expected from 0 to the last time {times.max():g}.")
    here = checked_causes(state, times.size)
    there = checked_causes(_from_zero(move), times.size) + CENSORED
    _check_states(here, there, states)
    moved = there != CENSORED
    moves = np.bincount(here[moved] * states + there[moved], minlength=states**2).reshape(states, states)
    late = moved & (times > start)
    distinct, place = np.unique(times[late], return_inverse=True)
    cell = (place * states + here[late]) * states + there[late]
    number = np.bincount(cell, minlength=distinct.size * states**2).reshape(-1, states, states)
    risk = risk_by_group(times, here, states, distinct) - risk_by_group(entries, here, states, distinct)
    probability, variance = _product(number.astype(np.float64), risk)
    censored = np.bincount(here[~moved], minlength=states)
    return MultiState(
        float(start), distinct, risk.astype(np.int64), number.astype(np.int64), probability, variance,
        moves.astype(np.int64), censored.astype(np.int64),
    )  # fmt: skip


def _from_zero(move: ArrayLike) -> FloatArray:
    """Return moves with censored as 0, so that they are checked as causes are."""
    return np.asarray(np.asarray(move, dtype=np.float64) - CENSORED)


def _check_states(here: IntArray, there: IntArray, states: int) -> None:
    bad = np.flatnonzero((here >= states) | (there >= states) | (here == there))
    if bad.size:
        first = int(bad[0])
        raise MethodError(
            "NK-STA-06",
            f"state {here[first]} with move {there[first]} at index {first}, expected two of 0 to {states - 1}.",
            remedy="Write -1 for a stay that ended without a move.",
        )


def _product(number: FloatArray, risk: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return P and its variance after each time; for each starting state one covariance of all states is carried."""
    times, states = risk.shape
    hazard = np.divide(number, risk[:, :, None], out=np.zeros_like(number), where=risk[:, :, None] > 0)
    step = hazard.copy()
    places = np.arange(states)
    step[:, places, places] = 1.0 - hazard.sum(axis=2)
    # Covariance of the row g of I + dA: a multinomial share, its diagonal being what is left.
    share = np.divide(1.0, risk, out=np.zeros_like(risk), where=risk > 0)
    probability, variance = np.empty((times, states, states)), np.empty((times, states, states))
    p, c = np.eye(states), np.zeros((states, states, states))
    for k in range(times):
        a, weight = step[k], p**2 * share[k]
        c = a.T @ c @ a - (a.T * weight[:, None, :]) @ a
        c[:, places, places] += weight @ a
        p = p @ a
        probability[k], variance[k] = p, np.maximum(c[:, places, places], 0.0)
    return probability, variance
