"""Shares from digital PCR: partitions with and without a signal.

Definition
    Molecules fall into partitions by a Poisson law: with x of n partitions positive there are lambda = -ln(1 - x/n)
    copies a partition. An assay of a person counts lambda/c genomes (c copies of its target in one of the person's
    genomes), the assay of a gene that everybody has lambda/2. A person's share is the person's genomes over all
    genomes: those of the common gene where it was run, else the sum over all persons' assays. The proportion of
    positive partitions has the mid-p confidence distribution of a binomial proportion (half of its weight at 0 where
    nothing is positive; Lancaster 1961); the distributions of independent assays are combined quantile by quantile.

Not decided here
    False positive partitions: they need blanks. The limit of detection is that of counting alone.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincinv

from nktrial.core.errors import MethodError
from nktrial.model.method import Method
from nktrial.model.origin import Finding
from nktrial.model.partitions import Partitions
from nktrial.model.shares import PersonShare, ShareMeasurement
from nktrial.model.uncertainty import PROBABILITIES, Uncertain

__all__ = ["METHOD", "copies_per_partition", "partition_shares"]

FloatArray = NDArray[np.float64]
METHOD: Final = Method(
    "chimerism.dpcr", 1, "Poisson: Dube S et al. 2008, PLoS One 3:e2876; mid-p: Lancaster HO 1961, JASA 56:223"
)
FEW_PARTITIONS: Final = 1000  # [unverified]
CROWDED: Final = 0.99  # [unverified] positive partitions beyond which lambda rests on a few negative ones
COPIES_FOUND_IN_95: Final = -float(np.log(0.05))


def copies_per_partition(assay: Partitions) -> Uncertain:
    """Return lambda, copies of the target a partition, with its distribution.

    Raises
    ------
    MethodError
        NK-DPC-10 no partition, or more positive ones than there are; NK-DPC-11 every partition is positive.
    """
    name = assay.person or "the common gene"
    if not 0 <= assay.positive <= assay.total or assay.total == 0:
        raise MethodError(
            "NK-DPC-10",
            f"{assay.positive} of {assay.total} partitions are positive.",
            where=name,
            remedy="Correct the table.",
        )
    if assay.positive == assay.total:
        raise MethodError(
            "NK-DPC-11",
            f"all {assay.total} partitions are positive: the copies cannot be counted.",
            where=name,
            remedy="Dilute the sample and run it again.",
        )
    quantiles = np.abs(np.log1p(-_proportion(assay.positive, assay.total)))
    return Uncertain(float(np.log(assay.total / (assay.total - assay.positive))), tuple(quantiles.tolist()))


def partition_shares(sample: str, assays: Sequence[Partitions]) -> tuple[ShareMeasurement, tuple[Finding, ...]]:
    """Return the shares of the persons whose assays were run on one sample, and cautions.

    Raises
    ------
    MethodError
        NK-DPC-10, NK-DPC-11 as in `copies_per_partition`; NK-DPC-12 fewer than two assays, an assay twice, or no
        person's; NK-DPC-13 no DNA in the sample.
    """
    persons = [assay.person for assay in assays]
    if len(assays) < 2 or len(set(persons)) < len(persons):
        raise MethodError(
            "NK-DPC-12",
            "expected one assay of each person and one of the common gene, or two persons' assays.",
            where=sample,
            remedy="Add the missing assay; wells of one assay are added up.",
        )
    genomes = {assay.person: _scaled(copies_per_partition(assay), assay.copies) for assay in assays}
    common = genomes.get("")
    total = sum(item.value for item in genomes.values()) if common is None else common.value
    if total <= 0.0:
        raise MethodError("NK-DPC-13", "no partition is positive: there is no DNA.", where=sample, remedy="Repeat it.")
    shares: list[PersonShare] = []
    for assay in assays:
        if assay.person:
            own = genomes[assay.person]
            other = _sum([item for person, item in genomes.items() if person not in {"", assay.person}])
            share = _over_sum(own, other) if common is None else _over(own, common)
            least = COPIES_FOUND_IN_95 / assay.total / assay.copies / total
            shares.append(PersonShare(assay.person, share, lob=None, lod=min(1.0, least)))
    measured = ShareMeasurement(sample, "dpcr", tuple(shares))
    return measured, tuple(_cautions(sample, assays, genomes))


def _proportion(positive: int, total: int) -> FloatArray:
    """Return the quantiles of the mid-p confidence distribution of a proportion."""
    grid = np.unique(
        np.concatenate(
            [
                betaincinv(positive + shift, total - positive + 1 - shift, np.linspace(1e-4, 1.0 - 1e-4, 1000))
                for shift in ((0, 1) if positive else (1,))
            ]
            + [np.zeros(1)]
        )
    )
    lower = betainc(positive, total - positive + 1, grid) if positive else np.ones(grid.size)
    probability = 0.5 * (lower + betainc(positive + 1, total - positive, grid))
    return np.asarray(np.interp(PROBABILITIES, probability, grid))


def _scaled(uncertain: Uncertain, divisor: float) -> Uncertain:
    return Uncertain(uncertain.value / divisor, tuple((np.asarray(uncertain.quantiles) / divisor).tolist()))


def _sum(items: Sequence[Uncertain]) -> Uncertain:
    """Return the sum of independent numbers."""
    total = Uncertain(0.0, (0.0,) * PROBABILITIES.size)
    for item in items:
        every = np.sort(np.add.outer(np.asarray(total.quantiles), np.asarray(item.quantiles)), axis=None)
        total = Uncertain(total.value + item.value, _quantiles(every))
    return total


def _over_sum(own: Uncertain, other: Uncertain) -> Uncertain:
    """Return own / (own + other)."""
    a, b = np.asarray(own.quantiles)[:, None], np.asarray(other.quantiles)[None, :]
    every = np.sort(a / np.maximum(a + b, np.finfo(np.float64).tiny), axis=None)
    return Uncertain(own.value / (own.value + other.value), _quantiles(every))


def _over(own: Uncertain, common: Uncertain) -> Uncertain:
    """Return own / common, cut off at 1."""
    a, b = np.asarray(own.quantiles)[:, None], np.asarray(common.quantiles)[None, :]
    every = np.sort(np.minimum(1.0, a / np.maximum(b, np.finfo(np.float64).tiny)), axis=None)
    return Uncertain(min(1.0, own.value / common.value), _quantiles(every))


def _quantiles(every: FloatArray) -> tuple[float, ...]:
    """Return the quantiles of equally likely, sorted values."""
    place = (np.arange(every.size) + 0.5) / every.size
    return tuple(np.interp(PROBABILITIES, place, every).tolist())


def _cautions(sample: str, assays: Sequence[Partitions], genomes: dict[str, Uncertain]) -> list[Finding]:
    """Return few or crowded partitions (NK-DPC-20), persons that do not make up the common gene (NK-DPC-21)."""
    found: list[Finding] = []
    for assay in assays:
        if assay.total < FEW_PARTITIONS or assay.positive > CROWDED * assay.total:
            message = (
                f"{assay.positive:,} of {assay.total:,} partitions of {assay.person or 'the common gene'} are "
                "positive: few partitions, or hardly a negative one; the count is uncertain."
            )
            found.append(Finding("NK-DPC-20", "warning", sample, message))
    own = [item for person, item in genomes.items() if person]
    if "" in genomes:
        low, high = _sum(own).interval(0.99)
        bottom, top = genomes[""].interval(0.99)
        if low > top or (high < bottom and len(own) > 1):
            ratio = sum(item.value for item in own) / genomes[""].value
            message = (
                f"The persons' assays add up to {ratio:.1%} of the common gene: an assay amplifies badly, or another "
                "person's DNA."
            )
            found.append(Finding("NK-DPC-21", "warning", sample, message, {"ratio": ratio}))
    return found
