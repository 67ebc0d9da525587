"""Shares of known persons from reads at markers with two alleles.

Definition
    Genotypes are called from each person's reference (``ngs_genotype``), bias is learnt from heterozygotes
    (``ngs_bias``), all markers are fitted together (``ngs_likelihood``, ``ngs_fit``) without those that contradict all
    others (``ngs_outliers``). Each share carries its distribution (``ngs_interval``) and its limits of blank and
    detection (``ngs_detection``), raised to what another person's pure reference shows of it.

Not decided here
    Which persons may be in the sample, and which share an endpoint uses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from nktrial.chimerism.ngs_bias import marker_bias
from nktrial.chimerism.ngs_detection import count_limits
from nktrial.chimerism.ngs_fit import fit_counts
from nktrial.chimerism.ngs_genotype import CountGenotype, count_genotype
from nktrial.chimerism.ngs_interval import count_distributions
from nktrial.chimerism.ngs_likelihood import MarkerData
from nktrial.chimerism.ngs_markers import MarkerView, PlainMean, marker_views, plain_mean
from nktrial.chimerism.ngs_outliers import OutlyingMarkers, fit_without_outlying
from nktrial.chimerism.separability import MIN_INFORMATIVE_LOCI, require_separable
from nktrial.core.errors import MethodError
from nktrial.model.marker_counts import MarkerCounts
from nktrial.model.method import Method
from nktrial.model.origin import Finding
from nktrial.model.shares import PersonShare, ShareMeasurement

__all__ = ["METHOD", "NgsFit", "fit_marker_counts", "marker_data"]

METHOD: Final = Method(
    name="chimerism.ngs_counts",
    version=1,
    source="nktrial; beta-binomial: Skellam JG 1948, J R Stat Soc B 10:257; marker bias: Vynck M et al. 2023",
)
MOST_RHO: Final = 0.02  # [unverified] a hundred times what panels show
HIGH_RHO: Final = 1e-3  # [unverified]
HIGH_EPSILON: Final = 3e-3  # [unverified]


@dataclass(frozen=True, slots=True)
class NgsFit:
    """What the reads say of one sample.

    Parameters
    ----------
    measurement : ShareMeasurement
        The shares, in the order of the references, with their limits; they sum to 1.
    markers : tuple of MarkerView
        Those of the fit, then those left out.
    of_interest : str
        Whose own shares the markers carry.
    plain : PlainMean or None
        Their unweighted mean; None for a single person.
    parameters : mapping
        ``rho``, ``epsilon``.
    findings : tuple of Finding
        Cautions.
    """

    measurement: ShareMeasurement
    markers: tuple[MarkerView, ...]
    of_interest: str
    plain: PlainMean | None
    parameters: Mapping[str, float] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def markers_used(self) -> int:
        """Markers that entered the fit."""
        return sum(view.used for view in self.markers)


def fit_marker_counts(
    sample: MarkerCounts, references: Sequence[MarkerCounts], *, of_interest: str | None = None
) -> NgsFit:
    """Fit the shares of known persons in one sample.

    Parameters
    ----------
    sample : MarkerCounts
        Reads of the sample.
    references : sequence of MarkerCounts
        Reads of each person's own DNA; ``sample`` is the person. One to five persons, or more.
    of_interest : str, optional
        Whose own share the markers carry; the first person by default.

    Raises
    ------
    MethodError
        NK-MIX-01 to NK-MIX-03 persons that cannot be told apart; NK-NGS-10 no person, or one twice; NK-NGS-11 fewer
        than three markers; NK-NGS-12 no mixture of the persons fits; NK-NGS-28 a person of interest who is none.
    """
    persons = [reference.sample for reference in references]
    if not persons or len(set(persons)) < len(persons):
        raise MethodError(
            "NK-NGS-10",
            "no person is declared, or one twice.",
            where=sample.sample,
            remedy="Give the reference of every person whose DNA may be in the sample, once.",
        )
    genotypes = [count_genotype(reference) for reference in references]
    data = marker_data(sample, references, genotypes)
    if len(persons) > 1:
        require_separable(np.stack([2.0 - data.copies, data.copies], axis=2), persons, sample=sample.sample)
    found = fit_without_outlying(data)
    if found.fit.rho >= MOST_RHO:
        raise MethodError(
            "NK-NGS-12",
            f"the reads vary more from marker to marker than in any mixture of {', '.join(persons)} "
            f"(rho {found.fit.rho:.3f}, expected below {MOST_RHO}).",
            where=sample.sample,
            remedy="Look for a swapped sample or reference, or declare the missing person.",
        )
    interest = persons[0] if of_interest is None else of_interest
    blanks, carried = _blanks(references, genotypes, found.data)
    shares = _person_shares(found, persons, blanks)
    measurement = ShareMeasurement(sample.sample, "ngs", shares)
    measurement.of(interest)
    views = marker_views(found.data, found.fit, persons.index(interest))
    left_out = _left_out(sample, genotypes, found.outlying)
    findings = [finding for genotype in genotypes for finding in genotype.findings]
    absent = sorted({marker for item in genotypes for marker in item.copies} - set(sample.reads))
    findings += [*carried, *_cautions(measurement, found, left_out, absent)]
    return NgsFit(
        measurement=measurement,
        markers=(*views, *left_out),
        of_interest=interest,
        plain=plain_mean(views, interest) if len(persons) > 1 else None,
        parameters={"rho": found.fit.rho, "epsilon": found.fit.epsilon},
        findings=tuple(findings),
    )


def marker_data(
    sample: MarkerCounts, references: Sequence[MarkerCounts], genotypes: Sequence[CountGenotype]
) -> MarkerData:
    """Return the markers that the sample and all persons have, with their bias (NK-NGS-11 fewer than three)."""
    markers = tuple(
        marker
        for marker, reads in sample.reads.items()
        if reads.depth and all(marker in genotype.copies for genotype in genotypes)
    )
    if len(markers) < MIN_INFORMATIVE_LOCI:
        raise MethodError(
            "NK-NGS-11",
            f"{len(markers)} markers have reads in the sample and a genotype of every person, expected "
            f"{MIN_INFORMATIVE_LOCI} or more.",
            where=sample.sample,
            remedy="Check that sample and references come from the same panel and name its markers alike.",
        )
    copies = np.array([[genotype.copies[marker] for marker in markers] for genotype in genotypes], dtype=np.float64)
    tables = [*references, sample]
    alt = np.array([[table.reads[marker].alt for marker in markers] for table in tables], dtype=np.float64)
    ref = np.array([[table.reads[marker].ref for marker in markers] for table in tables], dtype=np.float64)
    heterozygous = np.vstack([copies == 1.0, (copies == 1.0).all(axis=0)])
    bias, bias_sd = marker_bias(alt, ref, heterozygous)
    return MarkerData(markers, copies, alt[-1], alt[-1] + ref[-1], bias, bias_sd)


def _blanks(
    references: Sequence[MarkerCounts], genotypes: Sequence[CountGenotype], data: MarkerData
) -> tuple[dict[str, float], list[Finding]]:
    """Return the share of each person that another's pure reference certainly holds, and say so (NK-NGS-24)."""
    blanks: dict[str, float] = {}
    findings: list[Finding] = []
    if len(references) < 2:
        return blanks, findings
    for reference in references:
        alt = np.array([reference.reads[marker].alt for marker in data.markers], dtype=np.float64)
        depth = np.array([reference.reads[marker].depth for marker in data.markers], dtype=np.float64)
        own = replace(data, alt=alt, depth=depth)
        fit = fit_counts(own)
        for genotype, share in zip(genotypes, count_distributions(own, fit), strict=True):
            low = share.interval()[0]
            if genotype.person == reference.sample or low <= 0.0:
                continue
            blanks[genotype.person] = max(blanks.get(genotype.person, 0.0), share.value)
            message = (
                f"The reference of {reference.sample} holds {share.value:.2%} of {genotype.person} "
                f"(at least {low:.2%}): a mixed or contaminated reference; it counts as a blank."
            )
            findings.append(Finding("NK-NGS-24", "warning", reference.sample, message, {"share": share.value}))
    return blanks, findings


def _person_shares(
    found: OutlyingMarkers, persons: Sequence[str], blanks: Mapping[str, float]
) -> tuple[PersonShare, ...]:
    """Return shares, distributions and limits."""
    shares = count_distributions(found.data, found.fit)
    if len(persons) == 1:
        return (PersonShare(persons[0], shares[0]),)
    result: list[PersonShare] = []
    for index, (person, share) in enumerate(zip(persons, shares, strict=True)):
        blank, detection = count_limits(found.data, found.fit, index)
        raised = max(0.0, blanks.get(person, 0.0) - blank)
        result.append(PersonShare(person, share, lob=blank + raised, lod=min(1.0, detection + raised)))
    return tuple(result)


def _left_out(
    sample: MarkerCounts, genotypes: Sequence[CountGenotype], outlying: Mapping[str, float]
) -> list[MarkerView]:
    """Return the markers that did not enter the fit, with the reason."""
    views: list[MarkerView] = []
    for marker, reads in sample.reads.items():
        lacking = [genotype.person for genotype in genotypes if marker not in genotype.copies]
        if reads.depth and not lacking and marker not in outlying:
            continue
        copies = () if lacking else tuple(genotype.copies[marker] for genotype in genotypes)
        reason = "no reads in the sample" if not reads.depth else f"no certain genotype of {', '.join(lacking)}"
        note = f"contradicts all others (p = {outlying[marker]:.1g})" if marker in outlying else reason
        views.append(
            MarkerView(marker, "", copies, reads.alt, reads.depth, None, None, None, 0.0, None, used=False, note=note)
        )
    return views


def _cautions(
    measurement: ShareMeasurement, found: OutlyingMarkers, left_out: Sequence[MarkerView], absent: Sequence[str]
) -> list[Finding]:
    """Return what a reader must know of the fit."""
    name = measurement.sample
    findings: list[Finding] = []
    missing = [*(view.marker for view in left_out if not view.copies or not view.depth), *absent]
    if missing:
        more = f" and {len(missing) - 8} more" if len(missing) > 8 else ""
        message = f"Markers that the sample and the references do not all have: {', '.join(missing[:8])}{more}."
        findings.append(Finding("NK-NGS-25", "info", name, message, {"count": len(missing)}))
    for marker, probability in found.outlying.items():
        message = f"{marker} contradicts all other markers (p = {probability:.1g}) and is left out."
        findings.append(Finding("NK-NGS-26", "warning", name, message, {"p": probability}))
    if found.fit.rho > HIGH_RHO or found.fit.epsilon > HIGH_EPSILON:
        message = (
            f"The reads fit a mixture of these persons badly (rho {found.fit.rho:.2g}, misreads "
            f"{found.fit.epsilon:.2g}): another person's DNA, a wrong reference, or a poor run."
        )
        evidence = {"rho": found.fit.rho, "epsilon": found.fit.epsilon}
        findings.append(Finding("NK-NGS-27", "warning", name, message, evidence))
    for person in measurement.persons:
        if person.below_lod and person.lod is not None:
            message = f"The share of {person.person} lies below its limit of detection, {person.lod:.3%}."
            findings.append(Finding("NK-NGS-29", "info", name, message, {"lod": person.lod}))
    return findings
