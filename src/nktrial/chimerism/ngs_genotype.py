"""A person's genotype from reads at markers with two alleles.

Definition
    The exact 99 % interval (Clopper and Pearson 1934) of the proportion of the rarer allele decides. Homozygous: the
    proportion is 0.05 or less and the interval ends below 0.20. Heterozygous: the interval lies between 0.20 and 0.80.
    Else the marker is ambiguous (too few reads, or the reference is a mixture) and is left out.

Not decided here
    Who the person is.
"""

from dataclasses import dataclass
from typing import Final

from scipy.special import betaincinv

from nktrial.model.marker_counts import MarkerCounts, MarkerReads
from nktrial.model.method import Method
from nktrial.model.origin import Finding, Severity

__all__ = ["METHOD", "CountGenotype", "count_genotype"]

METHOD: Final = Method("chimerism.ngs_genotype", 1, "exact interval: Clopper CJ, Pearson ES 1934, Biometrika 26:404")
TAIL: Final = 0.005
HOMOZYGOUS_UP_TO: Final = 0.05  # [unverified]
HETEROZYGOUS_FROM: Final = 0.20  # [unverified] a bias of 1 to 4 on the odds stays inside
OFTEN: Final = 0.1  # [unverified]


@dataclass(frozen=True, slots=True)
class CountGenotype:
    """Copies of the alternative allele (0, 1, 2) by marker; why other markers have none; what was noticed."""

    person: str
    copies: dict[str, int]
    left_out: dict[str, str]
    findings: tuple[Finding, ...] = ()


def count_genotype(counts: MarkerCounts) -> CountGenotype:
    """Return the genotype of a person's reference.

    Parameters
    ----------
    counts : MarkerCounts
        Reads of DNA that is the person's alone; ``sample`` is the person.
    """
    copies: dict[str, int] = {}
    left_out: dict[str, str] = {}
    for marker, reads in counts.reads.items():
        called = _copies(reads)
        if called is not None:
            copies[marker] = called
        else:
            left_out[marker] = f"{reads.alt} of {reads.depth} reads: neither homozygous nor heterozygous"
    findings: tuple[Finding, ...] = ()
    if left_out:
        names = ", ".join(list(left_out)[:8]) + (" ..." if len(left_out) > 8 else "")
        severity: Severity = "warning" if len(left_out) > OFTEN * len(counts.reads) else "info"
        message = f"{counts.sample}: no certain genotype at {len(left_out)} markers ({names}); they are left out."
        findings = (Finding("NK-NGS-23", severity, counts.sample, message, {"count": len(left_out)}),)
    return CountGenotype(counts.sample, copies, left_out, findings)


def _copies(reads: MarkerReads) -> int | None:
    """Return 0, 1 or 2 copies of the alternative allele, None where the reads leave it open."""
    rarer, depth = min(reads.ref, reads.alt), reads.depth
    if depth == 0:
        return None
    low = float(betaincinv(rarer, depth - rarer + 1, TAIL)) if rarer else 0.0
    high = float(betaincinv(rarer + 1, depth - rarer, 1.0 - TAIL))
    if rarer <= HOMOZYGOUS_UP_TO * depth and high < HETEROZYGOUS_FROM:
        return 0 if reads.alt < reads.ref else 2
    return 1 if low > HETEROZYGOUS_FROM and high < 1.0 - HETEROZYGOUS_FROM else None
