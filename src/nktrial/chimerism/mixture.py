"""The joint fit: the shares of known persons in one sample, over all loci at once.

Definition
    Peak heights of all loci are fitted together (``likelihood``): the shares are free on the simplex, so that they
    sum to 1; loci that contradict all others are found, left out and named (``mixture_outliers``); each share carries
    its distribution (``mixture_interval``) and its limits of blank and detection: the model's (``detection``) or what
    the references of the other persons show (``reference_evidence``), whichever is larger. The classical locus mean
    stands beside it.

Not decided here
    Which persons may be in the sample, and which share the endpoint uses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from nktrial.chimerism.classical import ClassicalShare, classical_share
from nktrial.chimerism.detection import detection_limits
from nktrial.chimerism.foreign import ForeignAlleles, foreign_alleles
from nktrial.chimerism.informative import informative_class, unique_alleles
from nktrial.chimerism.mixture_findings import findings_of, reference_findings
from nktrial.chimerism.mixture_heights import expected_heights_rfu
from nktrial.chimerism.mixture_interval import PREPARATION_SD, over_dispersion, share_distributions
from nktrial.chimerism.mixture_loci import Loci, detection_limit_rfu, locus_data, usable_loci, without_locus
from nktrial.chimerism.mixture_outliers import OutlyingLoci, fit_without_outliers
from nktrial.chimerism.reference_evidence import NO_EVIDENCE, ReferenceEvidence
from nktrial.chimerism.separability import require_separable
from nktrial.core.errors import MethodError
from nktrial.model.kit import Kit
from nktrial.model.method import Method
from nktrial.model.origin import Finding
from nktrial.model.results import LocusView
from nktrial.model.trace import Genotype, PeakProfile
from nktrial.model.uncertainty import Uncertain

__all__ = ["METHOD", "MixtureFit", "Share", "fit_mixture"]

METHOD: Final = Method(
    name="chimerism.joint_fit",
    version=3,
    source="nktrial; peak-height model after Cowell RG et al. 2015, J R Stat Soc C 64:1, with log-normal heights",
)
MIN_SEEN_LOCI: Final = 3
OUTLYING: Final = "contradicts all other loci"


@dataclass(frozen=True, slots=True)
class Share:
    """One person's share of the DNA, with its distribution."""

    person: str
    share: Uncertain


@dataclass(frozen=True, slots=True)
class MixtureFit:
    """What the joint fit says of one sample.

    Parameters
    ----------
    sample : str
        Sample label.
    shares : tuple of Share
        In the order of the genotypes; the values sum to 1.
    loci : tuple of LocusView
        Every locus: heights seen and expected, the classical share of the person of interest, used or why not.
    loci_used : int
        Loci that entered the fit.
    of_interest : str
        Whose classical shares the loci carry.
    classical : ClassicalShare or None
        The classical result for that person; None for a single contributor.
    lob, lod : mapping
        Person -> limit of blank, limit of detection, as shares: those that decide.
    model_lod : mapping
        Person -> limit of detection by the model alone.
    evidence : ReferenceEvidence
        What the references taught.
    limit_rfu : float
        Height below which a peak counts as not seen [RFU].
    parameters : mapping
        The fitted nuisance parameters, for the record.
    findings : tuple of Finding
        Cautions.
    """

    sample: str
    shares: tuple[Share, ...]
    loci: tuple[LocusView, ...]
    loci_used: int
    of_interest: str
    classical: ClassicalShare | None
    lob: Mapping[str, float]
    lod: Mapping[str, float]
    limit_rfu: float
    model_lod: Mapping[str, float] = field(default_factory=dict)
    evidence: ReferenceEvidence = NO_EVIDENCE
    parameters: Mapping[str, float] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def share_of(self, person: str) -> Uncertain:
        """Return one person's share.

        Raises
        ------
        MethodError
            NK-MIX-08 the person is not among the contributors.
        """
        for item in self.shares:
            if item.person == person:
                return item.share
        raise MethodError("NK-MIX-08", f"{person} is not a declared contributor of {self.sample}.", where=self.sample)

    def below_lod(self, person: str) -> bool:
        """Tell whether a person's share lies below the person's limit of detection."""
        return self.share_of(person).value < self.lod.get(person, 0.0)


def fit_mixture(
    profile: PeakProfile,
    genotypes: Sequence[Genotype],
    *,
    kit: Kit | None = None,
    of_interest: str | None = None,
    limit_rfu: float | None = None,
    preparation_sd: float = PREPARATION_SD,
    evidence: ReferenceEvidence = NO_EVIDENCE,
) -> MixtureFit:
    """Fit the shares of known persons to a sample's peaks.

    Parameters
    ----------
    profile : PeakProfile
        The sample's peaks, heights [RFU].
    genotypes : sequence of Genotype
        Every person whose DNA may be in the sample, 1 to 5 or more.
    kit : Kit or None
        Where given, its stutter per locus is used.
    of_interest : str or None
        Person whose classical share stands beside the fit; None: the last.
    limit_rfu : float or None
        Height below which a peak counts as not seen [RFU]; None: from the table.
    preparation_sd : float
        Standard deviation of the log odds between preparations of the same cells, see ``mixture_interval``.
    evidence : ReferenceEvidence
        What the persons' references taught: stutter, and blanks.

    Returns
    -------
    MixtureFit

    Raises
    ------
    MethodError
        NK-MIX-01 to NK-MIX-03 contributors that cannot be told apart; NK-MIX-04 no usable loci; NK-MIX-05 fewer than
        three loci with a seen allele; NK-MIX-06 the sample shows other persons; NK-MIX-07 no genotype, or a person
        twice; NK-MIX-08 the person of interest is not a contributor.
    """
    persons = [genotype.person for genotype in genotypes]
    _require_persons(persons, of_interest, profile.sample)
    interest = of_interest if of_interest is not None else persons[-1]
    limit = limit_rfu if limit_rfu is not None else detection_limit_rfu(profile)
    loci = usable_loci(profile, genotypes, limit)
    if not loci.used:
        reasons = "; ".join(f"{locus.marker}: {locus.reason}" for locus in loci.loci) or "no autosomal locus"
        raise MethodError(
            "NK-MIX-04",
            f"no locus can be used ({reasons}).",
            where=profile.sample,
            remedy="Check that sample and references were typed with the same kit.",
        )
    data = locus_data(loci, kit, evidence.stutter)
    require_separable(data.copies, persons, sample=profile.sample)
    strange = foreign_alleles(profile, loci)
    _require_own(strange, persons, profile.sample)
    _require_seen(loci, profile.sample)
    fitted = fit_without_outliers(data)
    used = loci.used
    for row in fitted.rows:
        loci = without_locus(loci, used[row].key, OUTLYING)
    distributions = share_distributions(fitted.data, fitted.best, preparation_sd=preparation_sd)
    dispersion = over_dispersion(fitted.data, fitted.best) if len(persons) > 1 else 1.0
    blank, detection = detection_limits(fitted.data, fitted.best, dispersion=dispersion)
    several = len(persons) > 1
    lob, model_lod = (
        dict(zip(persons, limits.tolist() if several else (), strict=several)) for limits in (blank, detection)
    )
    lod = _larger_limits(lob, model_lod, evidence)
    classical = classical_share(loci, persons, interest) if len(persons) > 1 else None
    fit = MixtureFit(
        sample=profile.sample,
        shares=tuple(Share(person, share) for person, share in zip(persons, distributions, strict=True)),
        loci=_views(loci, fitted, classical, persons),
        loci_used=len(loci.used),
        of_interest=interest,
        classical=classical,
        lob={person: max(lob[person], evidence.limit_of_blank(person) or 0.0) for person in lob},
        lod=lod,
        limit_rfu=limit,
        model_lod=model_lod,
        evidence=evidence,
        parameters=_parameters(fitted, dispersion, preparation_sd),
    )
    return _with_findings(fit, loci, fitted, strange)


def _larger_limits(lob: Mapping[str, float], lod: Mapping[str, float], evidence: ReferenceEvidence) -> dict[str, float]:
    """Return each person's limit of detection: the model's, or the references' where that is larger."""
    own = {person: evidence.limit_of_blank(person) or 0.0 for person in lod}
    return {person: min(1.0, lod[person] + max(0.0, own[person] - lob[person])) for person in lod}


def _require_persons(persons: Sequence[str], of_interest: str | None, sample: str) -> None:
    """Refuse an empty or repeated list of contributors."""
    if not persons or len(set(persons)) < len(persons):
        raise MethodError(
            "NK-MIX-07",
            "expected at least one contributor, each once.",
            where=sample,
            remedy="Declare every person whose DNA may be in the sample, once.",
        )
    if of_interest is not None and of_interest not in persons:
        raise MethodError("NK-MIX-08", f"{of_interest} is not a declared contributor of {sample}.", where=sample)


def _require_own(strange: ForeignAlleles, persons: Sequence[str], sample: str) -> None:
    """Refuse a sample that shows another person than the declared."""
    if strange.overwhelming:
        raise MethodError(
            "NK-MIX-06",
            f"alleles that none of {', '.join(persons)} has, at {len(strange.alleles)} of {strange.loci_used} loci "
            f"({strange.listed}), with {strange.mean_share:.0%} of the height; expected at most stray peaks.",
            where=sample,
            remedy="The sample or a reference is swapped, or a person is not declared.",
        )


def _require_seen(loci: Loci, sample: str) -> None:
    """Refuse a sample that shows too little."""
    seen = sum(bool(set(locus.heights_rfu) & set(locus.alleles)) for locus in loci.used)
    if seen < MIN_SEEN_LOCI:
        raise MethodError(
            "NK-MIX-05",
            f"{seen} of {len(loci.used)} usable loci show a contributor's allele above {loci.limit_rfu:.0f} RFU, "
            f"expected {MIN_SEEN_LOCI} or more.",
            where=sample,
            remedy="Amplify the sample again with more DNA.",
        )


def _views(
    loci: Loci, fitted: OutlyingLoci, classical: ClassicalShare | None, persons: Sequence[str]
) -> tuple[LocusView, ...]:
    """Return every locus for the report."""
    expected = expected_heights_rfu(loci, fitted)
    by_marker = {row.marker: row for row in classical.loci} if classical is not None else {}
    views = []
    for locus in loci.loci:
        row = by_marker.get(locus.marker)
        notes = [locus.reason] if locus.reason else [row.note] if row is not None and row.note else []
        views.append(
            LocusView(
                marker=locus.marker,
                informative=_class(locus.pairs, persons),
                alleles=locus.alleles,
                observed_rfu=tuple(locus.heights_rfu.get(allele, 0.0) for allele in locus.alleles),
                expected_rfu=expected.get(locus.key, tuple(0.0 for _ in locus.alleles)),
                classical_share=row.share if row is not None else None,
                used=not locus.reason,
                note="; ".join(notes),
            )
        )
    return tuple(views)


def _class(pairs: Sequence[tuple[str, str]], persons: Sequence[str]) -> str:
    """Return the class of a locus: of the pair, or how many of several persons have an allele of their own."""
    if len(pairs) < 2:
        return "none"
    if len(pairs) == 2:
        return informative_class(pairs[0], pairs[1])
    own = unique_alleles(dict(zip(persons, pairs, strict=True)))
    return f"{sum(bool(alleles) for alleles in own.values())} of {len(pairs)}"


def _parameters(fitted: OutlyingLoci, dispersion: float, preparation_sd: float) -> dict[str, float]:
    """Return the fitted nuisance parameters by name."""
    amplitude, slope, *logs = fitted.best.nuisance.tolist()
    tau, kappa, back, forward, locus_sd = np.exp(logs).tolist()
    return {
        "amplitude_rfu": float(np.exp(amplitude)),
        "slope_per_100_bp": slope,
        "height_cv": tau,
        "height_cv_one_copy": kappa,
        "back_stutter": back,
        "forward_stutter": forward,
        "locus_sd": locus_sd,
        "over_dispersion": dispersion,
        "preparation_sd": preparation_sd,
    }


def _with_findings(fit: MixtureFit, loci: Loci, fitted: OutlyingLoci, strange: ForeignAlleles) -> MixtureFit:
    """Return the fit with its cautions."""
    persons = [share.person for share in fit.shares]
    values = {share.person: share.share.value for share in fit.shares}
    found = findings_of(
        fit.sample,
        loci,
        strange,
        classical=fit.classical,
        share=values[fit.of_interest],
        below={person: fit.lod[person] for person in fit.lod if values[person] < fit.lod[person]},
        outlying=[locus.marker for locus in loci.loci if locus.reason == OUTLYING],
        full=dict(zip(persons, fitted.full.shares.tolist(), strict=True)),
    ) + reference_findings(fit.sample, fit.evidence, fit.model_lod, fit.lod)
    return replace(fit, findings=found)
