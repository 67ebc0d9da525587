"""What the references of a patient's persons teach: how much stutter there is, and what a blank shows.

Definition
    Each reference is one person's pure DNA. (1) Stutter: the reference is fitted alone, with wide priors and the
    positions one repeat before and after its alleles laid out; log xi and log phi come with their variance (inverse
    curvature). A reference teaches where its table does not hide stutter and shows five stutter peaks or more. The
    prior of the sample is the mean of the references and of the typical level, each weighted by its precision, with
    the variation between lanes added (0.05 back, 0.15 forward). (2) Blanks: the reference of q is fitted with all
    persons of the sample; the share found of p, who is not in it, is a blank value of p. The largest of them is the
    references' limit of blank; their limit of detection lies above it by what the model's lies above its own.

Not decided here
    Whether a reference is the person's (``genotype``), and which of the two limits counts (``mixture``: the larger).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.chimerism.likelihood import TYPICAL_STUTTER, LocusData, StutterPrior
from nktrial.chimerism.mixture_fit import FitPoint, best_fit, objective
from nktrial.chimerism.mixture_loci import detection_limit_rfu, locus_data, usable_loci
from nktrial.chimerism.mixture_outliers import fit_without_outliers
from nktrial.chimerism.separability import require_separable
from nktrial.core.errors import MethodError
from nktrial.model.kit import Kit
from nktrial.model.trace import Genotype, PeakProfile

__all__ = ["NO_EVIDENCE", "ReferenceEvidence", "reference_evidence"]

FloatArray = NDArray[np.float64]
# Spread of log xi 0.03 and of log phi 0.15 over 8 replicates of an ESX 17 control (strvalidator, set1).
BETWEEN_LANES_BACK: Final = 0.05
BETWEEN_LANES_FORWARD: Final = 0.15
WIDE: Final = StutterPrior(TYPICAL_STUTTER.back, TYPICAL_STUTTER.forward, 1.5, 1.5)
LEAST_STUTTER_PEAKS: Final = 5  # [unverified] fewer seen: an export that hides them, or a weak lane
LEAST_LOCI: Final = 5  # [unverified]
STEP: Final = 1e-3
BACK, FORWARD = 4, 5


@dataclass(frozen=True, slots=True)
class ReferenceEvidence:
    """What a sample's references teach.

    Parameters
    ----------
    stutter : StutterPrior
        Of the sample; typical where no reference teaches.
    taught_by : tuple of str
        Persons whose references taught stutter.
    blanks : mapping
        Person -> (person whose reference it is -> share found of the first in it).
    unused : mapping
        Person -> why the person's reference taught no stutter or is no blank.
    """

    stutter: StutterPrior = TYPICAL_STUTTER
    taught_by: tuple[str, ...] = ()
    blanks: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: MappingProxyType({}))
    unused: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def limit_of_blank(self, person: str) -> float | None:
        """Return the largest share of a person found where there is none; None without a blank."""
        return max(self.blanks.get(person, {}).values(), default=None)


NO_EVIDENCE: Final = ReferenceEvidence()


def reference_evidence(
    references: Mapping[str, PeakProfile], genotypes: Sequence[Genotype], kit: Kit | None = None
) -> ReferenceEvidence:
    """Learn from the references of a sample's persons.

    Parameters
    ----------
    references : mapping
        Person -> the peaks of the person's pure DNA; persons without genotype are passed over.
    genotypes : sequence of Genotype
        Every person whose DNA may be in the sample.
    kit : Kit or None
        Where given, its stutter per locus is used.
    """
    own = {genotype.person: genotype for genotype in genotypes}
    given = {person: profile for person, profile in references.items() if person in own}
    levels, taught, unused = [], [], {}
    for person, profile in given.items():
        found = _stutter_of(profile, own[person], kit)
        if isinstance(found, str):
            unused[person] = found
        else:
            levels.append(found)
            taught.append(person)
    stutter = _prior(np.array(levels)) if levels else TYPICAL_STUTTER
    blanks: dict[str, dict[str, float]] = {}
    for person, profile in given.items() if len(genotypes) > 1 else ():
        try:
            shares = _shares_in(profile, genotypes, kit, stutter)
        except MethodError as error:
            unused[person] = "; ".join(filter(None, (unused.get(person, ""), f"no blank: {error.problem}")))
            continue
        for other, share in shares.items():
            if other != person:
                blanks.setdefault(other, {})[person] = share
    return ReferenceEvidence(stutter, tuple(taught), blanks, unused)


def _stutter_of(profile: PeakProfile, genotype: Genotype, kit: Kit | None) -> tuple[float, float, float, float] | str:
    """Return log xi, log phi and their variances in one reference, or why it teaches none."""
    loci = usable_loci(profile, [genotype], detection_limit_rfu(profile))
    if loci.stutter_filtered:
        return "its table hides stutter"
    if len(loci.used) < LEAST_LOCI:
        return f"{len(loci.used)} usable loci"
    data = locus_data(loci, kit, WIDE, both_sides=True)
    seen = int((data.seen & (data.copies[0] == 0.0) & (data.back[0] > 0.0)).sum())
    if seen < LEAST_STUTTER_PEAKS:
        return f"{seen} stutter peaks seen, expected {LEAST_STUTTER_PEAKS} or more"
    best = best_fit(data)
    variance = np.diag(_inverse_curvature(data, best))
    if not np.all(variance[[BACK, FORWARD]] > 0.0):
        return "its fit has no inverse curvature"
    return (
        float(best.nuisance[BACK]),
        float(best.nuisance[FORWARD]),
        float(variance[BACK]),
        float(variance[FORWARD]),
    )


def _inverse_curvature(data: LocusData, best: FitPoint) -> FloatArray:
    """Return the inverse second derivatives (7, 7) of a single person's loss by the nuisance parameters."""
    size = best.nuisance.size
    unit = np.eye(size) * STEP
    pairs = [(i, j) for i in range(size) for j in range(size)]
    signs = ((1, 1), (1, -1), (-1, 1), (-1, -1))
    around = np.array([best.nuisance + a * unit[i] + b * unit[j] for i, j in pairs for a, b in signs])
    loss = objective(data, np.zeros((around.shape[0], 0)), around).reshape(size, size, 4)
    curvature = (loss[..., 0] - loss[..., 1] - loss[..., 2] + loss[..., 3]) / (4.0 * STEP**2)
    return np.asarray(np.linalg.pinv(curvature))


def _prior(levels: FloatArray) -> StutterPrior:
    """Combine the references' levels (n, 4) with the typical ones."""
    back, back_sd = _combined(
        levels[:, 0], levels[:, 2], BETWEEN_LANES_BACK, TYPICAL_STUTTER.back, TYPICAL_STUTTER.back_sd
    )
    forward, forward_sd = _combined(
        levels[:, 1], levels[:, 3], BETWEEN_LANES_FORWARD, TYPICAL_STUTTER.forward, TYPICAL_STUTTER.forward_sd
    )
    return StutterPrior(back, forward, back_sd, forward_sd)


def _combined(
    logs: FloatArray, variances: FloatArray, between: float, typical: float, typical_sd: float
) -> tuple[float, float]:
    """Return centre and width of a level in a further lane: normal means, precision-weighted."""
    precision = 1.0 / (variances + between**2)
    total = float(precision.sum()) + typical_sd**-2
    mean = (float((precision * logs).sum()) + np.log(typical) * typical_sd**-2) / total
    return float(np.exp(mean)), float(np.sqrt(1.0 / total + between**2))


def _shares_in(
    profile: PeakProfile, genotypes: Sequence[Genotype], kit: Kit | None, stutter: StutterPrior
) -> dict[str, float]:
    """Return every person's share as the fit finds it in one person's reference."""
    persons = [genotype.person for genotype in genotypes]
    loci = usable_loci(profile, genotypes, detection_limit_rfu(profile))
    if len(loci.used) < LEAST_LOCI:
        raise MethodError("NK-MIX-05", f"{len(loci.used)} usable loci.", where=profile.sample)
    data = locus_data(loci, kit, stutter)
    require_separable(data.copies, persons, sample=profile.sample)
    shares = fit_without_outliers(data).best.shares
    return dict(zip(persons, shares.tolist(), strict=True))
