"""A virtual PCR: DNA of several persons becomes fragments of known length and height.

Definition
    Preparations of the same cells (selection, extraction, pipetting) differ in the odds of two persons' DNA by a
    log-normal factor with a standard deviation of 0.2 (``PREPARATION_SD``), the spread that mixtures of known
    persons show beyond the peaks' own noise (docs/methods/chimerism.joint_fit.md).

    At a locus with amplification A, the height of an allele of length s is gamma distributed with mean
    ``A exp(-d (s - 100) / 100) sum_k w_k n_k`` (w: share of each person's DNA, n: copies of the allele, d:
    degradation per 100 bp) and variance ``cv^2 A`` times that mean: the model of Cowell 2015, in which the peak of one
    copy in pure DNA has a coefficient of variation ``cv`` and a small share varies relatively more. Heterozygote
    imbalance follows from it. Each allele throws a peak one repeat shorter (back stutter) and one longer (forward
    stutter): the kit's typical ratio times a log-normal factor. A is log-normal over loci.

Not decided here
    How fragments appear on the instrument (``lane``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from nktrial.model.kit import Kit, Locus
from nktrial.model.trace import Genotype
from nktrial.simulate.streams import lognormal_factor

__all__ = ["PREPARATION_SD", "Amplification", "Fragment", "amplify", "ladder_fragments", "prepare"]

PREPARATION_SD: Final = 0.2  # of the log odds, as the joint fit assumes [unverified]
LADDER_RFU: Final = 900.0
LADDER_CV: Final = 0.25
SQRT2: Final = 2.0**0.5


@dataclass(frozen=True, slots=True)
class Fragment:
    """Amplified DNA of one length: dye index, locus, length [bp], height [RFU]."""

    dye: int
    locus: str
    size_bp: float
    height_rfu: float


@dataclass(frozen=True, slots=True)
class Amplification:
    """How a PCR behaves.

    Parameters
    ----------
    rfu_per_copy : float
        Height of one allele copy of pure DNA at 100 bp [RFU].
    peak_cv : float
        Coefficient of variation of that height between PCRs.
    locus_cv : float
        Coefficient of variation of the amplification between loci.
    degradation_per_100_bp : float
        Rate at which longer fragments lose height.
    back_stutter_cv, forward_stutter_cv : float
        Coefficients of variation of the stutter ratios.
    """

    rfu_per_copy: float = 1800.0
    peak_cv: float = 0.1
    locus_cv: float = 0.25
    degradation_per_100_bp: float = 0.15
    back_stutter_cv: float = 0.15
    forward_stutter_cv: float = 0.3


def prepare(
    rng: np.random.Generator, shares: Mapping[str, float], *, preparation_sd: float = PREPARATION_SD
) -> dict[str, float]:
    """Return the shares in one DNA preparation of cells.

    Parameters
    ----------
    rng : numpy.random.Generator
        Of this preparation.
    shares : mapping
        Person -> share of the cells, sum 1.
    preparation_sd : float
        Standard deviation of the log odds of two persons between preparations.
    """
    taken = {person: share * float(np.exp(rng.normal(0.0, preparation_sd / SQRT2))) for person, share in shares.items()}
    return {person: share / sum(taken.values()) for person, share in taken.items()}


def amplify(
    rng: np.random.Generator,
    kit: Kit,
    shares: Mapping[str, float],
    genotypes: Mapping[str, Genotype],
    amplification: Amplification,
) -> tuple[Fragment, ...]:
    """Amplify a mixture of persons' DNA.

    Parameters
    ----------
    rng : numpy.random.Generator
        Of this PCR.
    kit : Kit
        Loci, ladder lengths and typical stutter.
    shares : mapping
        Person -> share of the DNA, sum 1.
    genotypes : mapping
        Person -> genotype.
    amplification : Amplification
        How the PCR behaves.

    Returns
    -------
    tuple of Fragment
        Alleles and stutter, in the kit's order; fragments of equal length are not merged.
    """
    fragments: list[Fragment] = []
    for locus in kit.loci:
        locus_rfu = amplification.rfu_per_copy * lognormal_factor(rng, amplification.locus_cv)
        for rung in locus.ladder:
            dose = sum(
                share * genotypes[person].alleles[locus.name].count(rung.name) for person, share in shares.items()
            )
            if dose <= 0.0:
                continue
            fading = np.exp(-amplification.degradation_per_100_bp * (rung.size_bp - 100.0) / 100.0)
            scale = amplification.peak_cv**2 * locus_rfu
            height = float(rng.gamma(dose * locus_rfu * fading / scale, scale))
            fragments.append(Fragment(locus.dye, locus.name, rung.size_bp, height))
            fragments.extend(stutter(rng, locus, rung.size_bp, height, amplification))
    return tuple(fragments)


def ladder_fragments(rng: np.random.Generator, kit: Kit) -> tuple[Fragment, ...]:
    """Return the kit's allelic ladder: every rung of every locus, of uneven height."""
    return tuple(
        Fragment(locus.dye, locus.name, rung.size_bp, LADDER_RFU * lognormal_factor(rng, LADDER_CV))
        for locus in kit.loci
        for rung in locus.ladder
    )


def stutter(
    rng: np.random.Generator, locus: Locus, size_bp: float, height_rfu: float, amplification: Amplification
) -> tuple[Fragment, ...]:
    """Return the stutter peaks of one allele; none at a locus without repeats."""
    if locus.repeat_bp == 0:
        return ()
    back = height_rfu * locus.back_stutter * lognormal_factor(rng, amplification.back_stutter_cv)
    forward = height_rfu * locus.forward_stutter * lognormal_factor(rng, amplification.forward_stutter_cv)
    return (
        Fragment(locus.dye, locus.name, size_bp - locus.repeat_bp, back),
        Fragment(locus.dye, locus.name, size_bp + locus.repeat_bp, forward),
    )
