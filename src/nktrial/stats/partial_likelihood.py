"""Cox's partial likelihood: its value, gradient and information at a coefficient.

Definition
    The patients at risk at t entered before t and have a time of t or later, within a stratum. With d events at t the
    k-th of them (k from 0) has the denominator S0 - (k / d) E0, S0 the sum of exp(z'b) at risk, E0 of those with an
    event at t (Efron); Breslow leaves out the second term. With hazards 1 / denominator summed over a patient's time
    at risk, each sum over risk sets becomes one sum over patients: O(n p^2) after a sort.

Not decided here
    Where the maximum lies, and whether there is one.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.core.errors import MethodError
from nktrial.stats.at_risk import FloatArray, IntArray

__all__ = ["Likelihood", "RiskSets", "climbed", "constant_covariate", "likelihood", "no_estimate", "risk_sets"]

MOST_HALVINGS: Final = 50
ROUNDING: Final = 1e-13
POOR: Final = 1e-6  # a difference of sums left of them: less is summed directly


@dataclass(frozen=True, slots=True)
class RiskSets:
    """Who is at risk at which of the K distinct event times, counted stratum after stratum.

    Parameters
    ----------
    z : (n, p) float
        Covariates, centred within the stratum and scaled.
    scale : (p,) float
        What they were divided by.
    stratum : (n,) int
        Stratum of each patient, from 0.
    event : (n,) bool
        Who has the event.
    enters, leaves : (n,) int
        At risk at the event times enters <= k < leaves.
    late : bool
        Whether anyone enters after the first event time.
    starts : (s + 1,) int
        Where each stratum's event times begin; last K.
    time : (K,) float
        The event times.
    d : (K,) int
        Events at each.
    """

    z: FloatArray
    scale: FloatArray
    stratum: IntArray
    event: NDArray[np.bool_]
    enters: IntArray
    leaves: IntArray
    late: bool
    starts: IntArray
    time: FloatArray
    d: IntArray

    def at_risk(self, value: FloatArray) -> FloatArray:
        """Sum (n,) or (n, p) values over those at risk at each event time."""
        total = self._from(self.leaves - 1, self.leaves > self.starts[self.stratum], value)
        if self.late:
            total = total - self._from(self.enters - 1, self.enters > self.starts[self.stratum], value)
        return total

    def poor(self, r: FloatArray, s0: FloatArray) -> list[tuple[int, NDArray[np.bool_]]]:
        """Return the event times whose sum of late entries lost its digits in a difference, with those at risk."""
        if not self.late:
            return []
        whole = self._from(self.leaves - 1, self.leaves > self.starts[self.stratum], r)
        return [(int(k), (self.enters <= k) & (k < self.leaves)) for k in np.flatnonzero(s0 < POOR * whole)]

    def with_event(self, value: FloatArray) -> FloatArray:
        """Sum (n,) or (n, p) values over those with the event at each event time."""
        return _by_place(value[self.event], self.leaves[self.event] - 1, self.d.size)

    def while_at_risk(self, value: FloatArray) -> FloatArray:
        """Sum (K,) values over the event times at which each patient is at risk: (n,)."""
        running = np.zeros(value.size + self.starts.size - 1)  # a 0 before each stratum
        for stratum in range(self.starts.size - 1):
            start, stop = self.starts[stratum], self.starts[stratum + 1]
            np.cumsum(value[start:stop], out=running[start + stratum + 1 : stop + stratum + 1])
        total = running[self.leaves + self.stratum]
        if self.late:
            whole = total
            total = whole - running[self.enters + self.stratum]
            for i in np.flatnonzero((total < POOR * whole) & (self.leaves > self.enters)):
                total[i] = value[self.enters[i] : self.leaves[i]].sum()
        return np.asarray(total)

    def _from(self, last: IntArray, chosen: NDArray[np.bool_], value: FloatArray) -> FloatArray:
        """Sum at each event time the values whose last event time is this or a later one."""
        if not chosen.all():
            last, value = last[chosen], value[chosen]
        total = _by_place(value, last, self.d.size)
        for start, stop in zip(self.starts[:-1], self.starts[1:], strict=True):
            part = total[start:stop][::-1]
            np.cumsum(part, axis=0, out=part)
        return total


@dataclass(frozen=True, slots=True)
class Likelihood:
    """The partial likelihood at one coefficient; one row a term, that is an event.

    Parameters
    ----------
    value : float
        Its logarithm.
    gradient, information : (p,), (p, p) float
        First derivative, and the negative second.
    r : (n,) float
        exp(z'b), up to a factor of the stratum.
    place, part : (E,)
        Event time of each term; k / d.
    hazard, mean : (E,), (E, p) float
        1 / denominator; mean covariate at risk.
    """

    value: float
    gradient: FloatArray
    information: FloatArray
    r: FloatArray
    place: IntArray
    part: FloatArray
    hazard: FloatArray
    mean: FloatArray


def risk_sets(
    time: FloatArray, event: NDArray[np.bool_], entry: FloatArray | None, stratum: IntArray, covariates: FloatArray
) -> RiskSets:
    """Sort patients into risk sets; covariates must vary within a stratum among those ever at risk at an event."""
    key = np.empty(int(event.sum()), dtype=[("stratum", np.int64), ("time", np.float64)])
    key["stratum"], key["time"] = stratum[event], time[event]
    order = np.lexsort((key["time"], key["stratum"]))
    ordered = key[order]
    fresh = np.concatenate(([True], ordered[1:] != ordered[:-1]))
    distinct, d = ordered[fresh], np.diff(np.append(np.flatnonzero(fresh), ordered.size))
    number = int(stratum.max()) + 1
    starts = np.searchsorted(distinct["stratum"], np.arange(number + 1))
    leaves = _place(distinct["time"], starts, stratum, time)
    enters = starts[stratum] if entry is None else _place(distinct["time"], starts, stratum, entry)
    z, scale = _standardised(covariates, stratum, leaves > enters, number)
    late = bool(np.any(enters > starts[stratum]))
    return RiskSets(z, scale, stratum, event, enters, leaves, late, starts, distinct["time"], d.astype(np.int64))


def constant_covariate(sets: RiskSets) -> int | None:
    """Return the first covariate that is the same in all who are at risk together; None where there is none."""
    none = np.flatnonzero(sets.scale == 0.0)
    return int(none[0]) if none.size else None


def likelihood(sets: RiskSets, beta: FloatArray, *, efron: bool, weight: FloatArray | None = None) -> Likelihood:
    """Return value, gradient and information; ``weight`` (K,) multiplies the terms of each event time."""
    eta = sets.z @ beta
    top = np.full(sets.starts.size - 1, -np.inf)
    np.maximum.at(top, sets.stratum, eta)
    eta = eta - top[sets.stratum]
    r = np.exp(eta)
    s0, s1 = sets.at_risk(r), sets.at_risk(sets.z * r[:, None])
    for k, members in sets.poor(r, s0):
        s0[k], s1[k] = r[members].sum(), r[members] @ sets.z[members]
    place = np.repeat(np.arange(sets.d.size), sets.d)
    first = np.concatenate(([0], np.cumsum(sets.d)[:-1]))
    rank = np.arange(place.size) - first[place]
    e0, e1 = sets.with_event(r), sets.with_event(sets.z * r[:, None])
    s0 = np.maximum(s0, e0)  # a difference of sums for late entry: rounding must not leave less than the events
    part = rank / sets.d[place] if efron else np.zeros(place.size)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        below = s0[place] - part * e0[place]
        hazard = 1.0 / below
        mean = (s1[place] - part[:, None] * e1[place]) * hazard[:, None]
        times = np.ones(place.size) if weight is None else weight[place]
        value = float((eta[sets.event]).sum() - np.log(below).sum())
        summed = np.bincount(place, times * hazard, minlength=sets.d.size)
        own = np.bincount(place, times * hazard * part, minlength=sets.d.size)
        a = sets.while_at_risk(summed.astype(np.float64))
        a[sets.event] -= own[sets.leaves[sets.event] - 1]
        carried = r * a
        events = sets.z[sets.event] * (1.0 if weight is None else weight[sets.leaves[sets.event] - 1][:, None])
        gradient = events.sum(axis=0) - carried @ sets.z
        information = (sets.z * carried[:, None]).T @ sets.z - (mean * times[:, None]).T @ mean
    return Likelihood(value, gradient, information, r, place, part, hazard, mean)


def climbed(
    sets: RiskSets, beta: FloatArray, step: FloatArray, here: Likelihood, *, efron: bool
) -> tuple[FloatArray, Likelihood]:
    """Return the next coefficient, no lower than this one; a step that goes down is halved."""
    least = here.value - ROUNDING * (abs(here.value) + float(np.abs(sets.z @ beta).sum()))
    for _ in range(MOST_HALVINGS):
        tried = likelihood(sets, beta + step, efron=efron)
        if np.isfinite(tried.value) and np.isfinite(tried.information).all() and tried.value >= least:
            return beta + step, tried
        step = step / 2.0
    return beta, here


def no_estimate(why: str) -> MethodError:
    """Return the error of a regression without a finite, single maximum."""
    return MethodError("NK-STA-12", f"there is no estimate: {why}.", remedy="Take fewer or other covariates.")


def _place(event_time: FloatArray, starts: IntArray, stratum: IntArray, time: FloatArray) -> IntArray:
    """Return the number of event times, of earlier strata or up to ``time`` in one's own."""
    layer = np.concatenate((np.repeat(np.arange(starts.size - 1), np.diff(starts)), stratum))
    after_event = np.concatenate((np.zeros(event_time.size), np.ones(time.size)))
    ordered = np.lexsort((after_event, np.concatenate((event_time, time)), layer))
    is_event = ordered < event_time.size
    count = np.cumsum(is_event)
    place = np.empty(time.size, dtype=np.int64)
    place[ordered[~is_event] - event_time.size] = count[~is_event]
    return place


def _by_place(value: FloatArray, place: IntArray, size: int) -> FloatArray:
    if value.ndim == 1:
        return np.bincount(place, value, minlength=size).astype(np.float64)
    return np.stack([np.bincount(place, column, minlength=size) for column in value.T], axis=1)


def _standardised(
    covariates: FloatArray, stratum: IntArray, counts: NDArray[np.bool_], number: int
) -> tuple[FloatArray, FloatArray]:
    """Return covariates centred within strata and scaled, and the scale: 0 where none varies."""
    people = np.maximum(np.bincount(stratum[counts], minlength=number), 1)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = _by_place(covariates[counts], stratum[counts], number) / people[:, None]
        z = covariates - mean[stratum]
        scale: FloatArray = np.sqrt((z[counts] ** 2).sum(axis=0) / max(int(counts.sum()), 1)).astype(np.float64)
        largest = np.abs(covariates[counts]).max(axis=0, initial=0.0)
        constant = np.abs(z[counts]).max(axis=0, initial=0.0) <= 1e-12 * largest
    if not (np.isfinite(scale).all() and np.isfinite(z).all()):
        raise MethodError("NK-STA-13", "a covariate is too large to be squared.", remedy="Choose another unit.")
    scale[constant] = 0.0
    z = np.where(counts[:, None], z, 0.0)  # who is never at risk at an event says nothing
    return z / np.where(constant, 1.0, scale), scale
