"""What each locus says by itself: the classical share of every person with an interval from the locus' own peaks.

Definition
    The point is the classical share (``classical``). The interval is that of the one-locus likelihood (``likelihood``):
    the shares that lie within 3.84 / 2 of its maximum, with the height model's own parameters held where the joint fit
    has them, the locus' level integrated out, and the other persons' shares at their best for each value (95 % by
    the chi-squared distribution of one degree of freedom; Wilks 1938). An allele below the limit of detection counts
    as censored, so that a locus without a person's allele has an upper end, not the point 0. A share is read from a
    lattice of the simplex: 101 values a person, closer towards 0 and 1; the others' split as the joint fit has it and
    in steps of 1/10 (three persons), 1/4 (four) or 1/3. Ends are rounded outwards to the lattice.

Not decided here
    The joint share: what preparations differ by is in its interval, not in that of a locus.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.chimerism.classical import ClassicalLocus, classical_share
from nktrial.chimerism.likelihood import LocusData, Nuisance, log_likelihood
from nktrial.chimerism.mixture import OUTLYING, MixtureFit
from nktrial.chimerism.mixture_loci import Loci, locus_data, usable_loci, without_locus
from nktrial.model.kit import Kit
from nktrial.model.method import Method
from nktrial.model.shares import LocusShare, LocusState
from nktrial.model.trace import Genotype, PeakProfile

__all__ = ["METHOD", "locus_intervals", "with_locus_shares"]

METHOD: Final = Method(
    name="chimerism.locus_share",
    version=1,
    source="profile likelihood: Wilks SS 1938, Ann Math Stat 9:60; shares: see chimerism.classical",
)
HALF_CHI2: Final = 0.5 * 3.841458820694124  # 95 % of chi-squared with one degree of freedom
VALUES: Final = 101
SPLITS: Final = {2: 1, 3: 10, 4: 4}
FEWEST_SPLITS: Final = 3
NOT_INFORMATIVE: Final = "not informative"  # as `classical` says it
FloatArray = NDArray[np.float64]


def with_locus_shares(
    fit: MixtureFit, profile: PeakProfile, genotypes: Sequence[Genotype], *, kit: Kit | None = None
) -> MixtureFit:
    """Return the fit with every person's share at every locus.

    Parameters
    ----------
    fit : MixtureFit
        The joint fit.
    profile, genotypes, kit
        What was fitted.
    """
    persons = [share.person for share in fit.shares]
    if len(persons) < 2:
        return fit
    loci = usable_loci(profile, genotypes, fit.limit_rfu)
    contradict = {row.marker for row in fit.loci if OUTLYING in row.note}
    kept = loci
    for locus in loci.loci:
        kept = without_locus(kept, locus.key, OUTLYING) if locus.marker in contradict else kept
    joint = np.array([share.share.value for share in fit.shares])
    ends = locus_intervals(locus_data(loci, kit), _nuisance(fit), joint)
    rows = {locus.marker: row for row, locus in enumerate(loci.used)}
    found: dict[str, list[LocusShare]] = {locus.marker: [] for locus in loci.loci}
    for index, person in enumerate(persons):
        for item in _of_person(loci, kept, persons, person):
            at = rows.get(item.marker)
            shown = item.share if at is not None else None
            low, high = ends[at, index].tolist() if shown is not None else (None, None)
            found[item.marker].append(LocusShare(person, shown, low, high, _state(item), item.note))
    return replace(fit, loci=tuple(replace(row, shares=tuple(found.get(row.marker, ()))) for row in fit.loci))


def locus_intervals(data: LocusData, nuisance: Nuisance, joint: FloatArray) -> FloatArray:
    """Return, for each of L loci and K persons, the ends of the 95 % interval of the locus' own likelihood, (L, K, 2).

    Parameters
    ----------
    data : LocusData
        L loci of K persons, K > 1.
    nuisance : Nuisance
        One set: the height model's parameters.
    joint : (K,) float
        The joint fit's shares.
    """
    persons, loci = data.copies.shape[0], data.seen.shape[0]
    values = np.sin(0.5 * np.pi * np.linspace(0.0, 1.0, VALUES)) ** 2
    ends = np.empty((loci, persons, 2))
    for person in range(persons):
        rest = np.delete(joint, person)
        splits = _splits(persons - 1) if rest.sum() <= 0.0 else [rest / rest.sum(), *_splits(persons - 1)]
        best = np.full((VALUES, loci), -np.inf)
        for others in splits:
            shares = np.insert((1.0 - values)[:, None] * others, person, values, axis=1)
            best = np.maximum(best, log_likelihood(data, shares, _repeated(nuisance, VALUES)))
        within = best >= best.max(axis=0) - HALF_CHI2
        first = np.maximum(within.argmax(axis=0) - 1, 0)
        last = np.minimum(VALUES - within[::-1].argmax(axis=0), VALUES - 1)
        ends[:, person] = np.stack([values[first], values[last]], axis=1)
    return ends


def _splits(parts: int) -> FloatArray:
    """Return every split of one whole among some parts in equal steps, (n, parts)."""
    steps = SPLITS.get(parts + 1, FEWEST_SPLITS)
    bars = [(-1, *where, steps + parts - 1) for where in combinations(range(steps + parts - 1), parts - 1)]
    return np.unique((np.diff(np.array(bars), axis=1) - 1.0) / steps, axis=0)


def _repeated(nuisance: Nuisance, times: int) -> Nuisance:
    """Return one parameter set a number of times."""
    return Nuisance(*(np.repeat(getattr(nuisance, item.name), times) for item in fields(nuisance)))


def _nuisance(fit: MixtureFit) -> Nuisance:
    """Return the height model's parameters of a fit as one set."""
    found = fit.parameters
    values = (
        math.log(found["amplitude_rfu"]),
        found["slope_per_100_bp"],
        found["height_cv"],
        found["height_cv_one_copy"],
        found["back_stutter"],
        found["forward_stutter"],
        found["locus_sd"],
    )
    return Nuisance(*(np.array([value]) for value in values))


def _of_person(loci: Loci, kept: Loci, persons: Sequence[str], person: str) -> Iterator[ClassicalLocus]:
    """Yield the classical share at each locus; of a locus that contradicts the others its share, and that it does."""
    every = classical_share(loci, persons, person).loci
    for own, chosen in zip(every, classical_share(kept, persons, person).loci, strict=True):
        yield replace(own, used=False, note=OUTLYING) if chosen.note == OUTLYING else chosen


def _state(row: ClassicalLocus) -> LocusState:
    """Return how a locus stands to the fit and to the classical mean."""
    if row.note == OUTLYING:
        return "outlying"
    if row.used:
        return "used"
    if row.share is not None:
        return "not_in_mean"
    return "uninformative" if row.note == NOT_INFORMATIVE else "left_out"
