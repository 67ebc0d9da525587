"""Cautions that travel with a fit into the report.

Definition
    One finding a problem, named by its code: undeclared alleles, loci that disagree, a locus that contradicts all
    others, a classical mean far from the fit, hidden stutter, telling alleles in stutter positions, shares below the
    limit of detection, limits that a reference raised, references that taught nothing.

Not decided here
    What is refused outright (``mixture``, ``separability``).
"""

from collections.abc import Mapping, Sequence
from typing import Final

from nktrial.chimerism.classical import ClassicalShare
from nktrial.chimerism.foreign import ForeignAlleles
from nktrial.chimerism.marker import allele_length
from nktrial.chimerism.mixture_loci import Loci, Locus
from nktrial.chimerism.reference_evidence import ReferenceEvidence
from nktrial.model.origin import Finding

__all__ = ["findings_of", "reference_findings"]

CLASSICAL_DIFFERENCE: Final = 0.05
LOCI_DISAGREE: Final = 0.15
MIN_FOREIGN_LOCI: Final = 2


def findings_of(
    sample: str,
    loci: Loci,
    strange: ForeignAlleles,
    *,
    classical: ClassicalShare | None,
    share: float,
    below: Mapping[str, float],
    outlying: Sequence[str],
    full: Mapping[str, float],
) -> tuple[Finding, ...]:
    """Return the cautions of one fit.

    Parameters
    ----------
    sample : str
        Sample label.
    loci : Loci
        The sample's loci, outlying ones marked.
    strange : ForeignAlleles
        Alleles that nobody has.
    classical : ClassicalShare or None
        The classical result of the person of interest.
    share : float
        The fit's share of that person.
    below : mapping
        Person -> limit of detection, of those whose share lies below it.
    outlying : sequence of str
        Loci left out for contradicting all others.
    full : mapping
        Person -> share of the fit with all loci.
    """
    found = [
        *_foreign(sample, strange),
        *_outlying(sample, outlying, full),
        *_classical(sample, classical, share),
        *_stutter(sample, loci),
    ]
    found.extend(
        Finding("NK-MIX-26", "info", sample, f"The share of {person} lies below its limit of detection ({limit:.1%}).",
                {"person": person, "lod": limit})
        for person, limit in below.items()
    )  # fmt: skip
    return tuple(found)


def _foreign(sample: str, strange: ForeignAlleles) -> list[Finding]:
    """Report alleles that no contributor has."""
    if len(strange.alleles) < MIN_FOREIGN_LOCI:
        return []
    message = (
        f"Alleles that no declared contributor has, at {len(strange.alleles)} loci: {strange.listed}. "
        "Contamination, a swap, or an undeclared genome."
    )
    return [Finding("NK-MIX-20", "warning", sample, message, {"mean_share": strange.mean_share})]


def reference_findings(
    sample: str, evidence: ReferenceEvidence, model_lod: Mapping[str, float], lod: Mapping[str, float]
) -> tuple[Finding, ...]:
    """Report limits of detection that references raised, and references that could not teach."""
    found = []
    raised = {person: limit for person, limit in lod.items() if limit > model_lod[person]}
    if raised:
        listed = "; ".join(
            f"{person} {limit:.3f} (model {model_lod[person]:.3f}; found in the reference of "
            + ", ".join(f"{other} {share:.3f}" for other, share in evidence.blanks[person].items())
            + ")"
            for person, limit in raised.items()
        )
        message = f"References in which a person is not raise the person's limit of detection: {listed}."
        found.append(Finding("NK-MIX-27", "info", sample, message, {"lod": raised}))
    if evidence.unused:
        listed = "; ".join(f"{person} ({reason})" for person, reason in evidence.unused.items())
        message = f"References that taught no stutter or gave no blank: {listed}."
        found.append(Finding("NK-MIX-28", "info", sample, message, {"persons": list(evidence.unused)}))
    return tuple(found)


def _outlying(sample: str, outlying: Sequence[str], full: Mapping[str, float]) -> list[Finding]:
    """Report loci that were left out, and what the fit says with them."""
    if not outlying:
        return []
    shares = ", ".join(f"{person} {share:.3f}" for person, share in full.items())
    message = f"Left out because they contradict all other loci: {', '.join(outlying)}. With them: {shares}."
    return [Finding("NK-MIX-21", "warning", sample, message, {"loci": list(outlying), "with_all": dict(full)})]


def _classical(sample: str, classical: ClassicalShare | None, share: float) -> list[Finding]:
    """Report a classical mean far from the fit, and loci that disagree."""
    if classical is None or classical.mean is None:
        return []
    found = []
    if abs(classical.mean - share) > CLASSICAL_DIFFERENCE:
        message = f"The classical locus mean of {classical.person} is {classical.mean:.3f}, the joint fit {share:.3f}."
        found.append(Finding("NK-MIX-22", "warning", sample, message, {"classical": classical.mean, "fit": share}))
    far = {
        row.marker: row.share
        for row in classical.loci
        if row.used and row.share is not None and abs(row.share - share) > LOCI_DISAGREE
    }
    if far:
        listed = ", ".join(f"{marker} {value:.2f}" for marker, value in far.items())
        message = f"Over 15 points from the fit's {share:.2f} of {classical.person}: {listed}."
        found.append(Finding("NK-MIX-23", "warning", sample, message, {"loci": dict(far)}))
    return found


def _stutter(sample: str, loci: Loci) -> list[Finding]:
    """Report hidden stutter, and loci whose telling alleles all stand in stutter positions."""
    found = []
    if loci.stutter_filtered:
        message = (
            "The export hides stutter peaks: alleles of a minor contributor in stutter positions may be missing; they "
            "were taken as hidden, not as absent."
        )
        found.append(Finding("NK-MIX-24", "warning", sample, message))
    masked = [locus.marker for locus in loci.used if _masked(locus)]
    if masked:
        message = f"Telling alleles stand one repeat from another person's allele (stutter): {', '.join(masked)}."
        found.append(Finding("NK-MIX-25", "info", sample, message, {"loci": masked}))
    return found


def _masked(locus: Locus) -> bool:
    """Tell whether every allele that not all persons share stands one repeat from another's allele."""
    everybody = set.intersection(*(set(pair) for pair in locus.pairs))
    telling = [allele for allele in locus.alleles if allele not in everybody]
    lengths = {allele: allele_length(allele) for allele in locus.alleles}
    return bool(telling) and all(
        any(
            round(abs(lengths[allele] - lengths[other]), 2) == 1.0
            for pair in locus.pairs
            if allele not in pair
            for other in pair
        )
        for allele in telling
    )
