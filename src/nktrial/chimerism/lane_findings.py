"""What is odd about a lane as a whole: its size standard, the instrument's own sizes, its dyes, what it holds.

Definition
    A standard is weak when the median of its fragments is below 200 RFU, overloaded when three or more of them are
    saturated. The instrument software's sizes, where the file holds ten or more of peaks that are found here too,
    differ when the median of our size minus its size is more than 0.25 bp away from 0, or 95 % of the absolute
    differences do not lie within 0.5 bp. A dye leaks when 0.05 of its light or more is left in another. A lane
    looks like an allelic ladder when at three quarters of the loci four fifths of the rungs are called; it is nearly
    empty when fewer than half of the loci have an allele. Adenylation is incomplete when at three loci or more every
    allele (0.3 of the tallest) has a peak 0.7 to 1.3 bp before it of 0.05 to 0.5 of its height: the polymerase's last A
    is missing, as where too much DNA was amplified.

Not decided here
    Single loci and peaks (``calls``).
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.chimerism.alleles import ARTEFACTS, BALANCE
from nktrial.chimerism.lane import SizedLane
from nktrial.chimerism.separation import leakage
from nktrial.model.kit import Kit
from nktrial.model.origin import Finding
from nktrial.model.trace import Peak, Trace

__all__ = ["adenylation_findings", "holding_findings", "lane_findings", "looks_like_a_ladder"]

WEAK_STANDARD_RFU: Final = 200.0  # [unverified] OSIRIS's curators call 184 RFU too low
OVERLOADED_FRAGMENTS: Final = 3  # [unverified]
FEWEST_TOLD: Final = 10
LEAST_TOLD_RFU: Final = 50.0
SAME_PEAK_SCANS: Final = 3.0
MOST_BIAS_BP: Final = 0.25  # half of a bin
MOST_SPREAD_BP: Final = 0.5  # a bin
LEAST_LEAK: Final = 0.05  # [unverified] good runs leave at most 0.035, one old run 0.06 to 0.10 of blue in green
LADDER_LOCI: Final = 0.75  # [unverified]
LADDER_RUNGS: Final = 0.8  # [unverified] real ladders show 0.9 to 1 of their rungs
FEWEST_LOCI: Final = 0.5  # [unverified]
MINUS_A_LOCI: Final = 3  # [unverified]
MINUS_A_BP: Final = (0.7, 1.3)
MINUS_A_SHARE: Final = (0.05, 0.5)  # [unverified]


def lane_findings(trace: Trace, kit: Kit, lane: SizedLane, saturated: Sequence[NDArray[np.bool_]]) -> list[Finding]:
    """Return what is odd about a lane before any allele is named.

    Parameters
    ----------
    trace : Trace
        The raw lane.
    kit : Kit
        The kit that was run.
    lane : SizedLane
        Its peaks and sizes.
    saturated : sequence of (n,) bool
        Which peaks are saturated, one array a dye.
    """
    sample = trace.sample_name
    return [
        *_fragments(sample, kit, lane),
        *_standard_heights(sample, lane, saturated[-1]),
        *_instrument_sizes(trace, lane),
        *_leaks(sample, kit, lane, saturated),
    ]


def looks_like_a_ladder(kit: Kit, alleles: Mapping[str, Sequence[str]]) -> bool:
    """Tell whether most rungs of the kit's ladder are called in one lane."""
    full = sum(len(alleles[locus.name]) >= LADDER_RUNGS * len(locus.ladder) for locus in kit.loci if locus.repeat_bp)
    return full >= LADDER_LOCI * sum(locus.repeat_bp > 0 for locus in kit.loci)


def holding_findings(sample: str, kit: Kit, alleles: Mapping[str, Sequence[str]]) -> list[Finding]:
    """Note a lane that holds a ladder, and one that is nearly empty.

    Parameters
    ----------
    sample : str
        Label.
    kit : Kit
        The kit.
    alleles : mapping
        Marker -> alleles called.
    """
    if looks_like_a_ladder(kit, alleles):
        message = "The lane looks like the kit's allelic ladder: nearly every rung is called. It is no sample."
        return [Finding("NK-ALL-13", "warning", sample, message)]
    with_alleles = [marker for marker, names in alleles.items() if names]
    if not 0 < len(with_alleles) < FEWEST_LOCI * len(kit.loci):
        return []
    message = (
        f"Only {len(with_alleles)} of {len(kit.loci)} loci have a peak: {', '.join(with_alleles)}. "
        "A blank with peaks, or a sample of which most is lost."
    )
    return [Finding("NK-ALL-14", "warning", sample, message, {"loci": list(with_alleles)})]


def adenylation_findings(sample: str, kit: Kit, peaks: Sequence[Peak]) -> list[Finding]:
    """Note incomplete adenylation.

    Parameters
    ----------
    sample : str
        Label.
    kit : Kit
        The kit.
    peaks : sequence of Peak
        The lane's peaks with marker, allele and flags.
    """
    short = []
    for locus in kit.loci:
        mine = [peak for peak in peaks if peak.marker == locus.name and "pull-up" not in peak.flags]
        real = [peak for peak in mine if peak.allele and not ARTEFACTS & set(peak.flags)]
        tallest = max((peak.height_rfu for peak in real), default=0.0)
        alleles = [peak for peak in real if peak.height_rfu >= BALANCE * tallest]
        if alleles and all(any(_lacks_an_a(peak, allele) for peak in mine) for allele in alleles):
            short.append(locus.name)
    if len(short) < MINUS_A_LOCI:
        return []
    message = (
        f"Adenylation is incomplete: at {', '.join(short)} every allele has a small peak one base pair before it. "
        "Too much DNA was amplified; those peaks are no alleles."
    )
    return [Finding("NK-ALL-15", "warning", sample, message, {"loci": list(short)})]


def _lacks_an_a(peak: Peak, allele: Peak) -> bool:
    """Tell whether a peak may be the allele's product without its last A."""
    shorter, share = allele.size_bp - peak.size_bp, peak.height_rfu / allele.height_rfu
    return MINUS_A_BP[0] <= shorter <= MINUS_A_BP[1] and MINUS_A_SHARE[0] <= share <= MINUS_A_SHARE[1]


def _fragments(sample: str, kit: Kit, lane: SizedLane) -> list[Finding]:
    """Note missing fragments, and loci beyond the standard."""
    standard = lane.standard
    findings = []
    if standard.found < standard.expected:
        message = (
            f"{standard.found} of {standard.expected} fragments of {standard.name} were found, "
            f"{standard.size_bp[0]:g} to {standard.size_bp[-1]:g} bp."
        )
        evidence = {"found": standard.found, "expected": standard.expected}
        findings.append(Finding("NK-SIZ-05", "info", sample, message, evidence))
    beyond = [
        locus.name
        for locus in kit.loci
        if locus.ladder[-1].size_bp > standard.size_bp[-1] or locus.ladder[0].size_bp < standard.size_bp[0]
    ]
    if beyond:
        message = f"Alleles of {', '.join(beyond)} lie outside the size standard and cannot be sized there."
        findings.append(Finding("NK-SIZ-06", "warning", sample, message, {"loci": list(beyond)}))
    return findings


def _standard_heights(sample: str, lane: SizedLane, saturated: NDArray[np.bool_]) -> list[Finding]:
    """Note a weak and an overloaded size standard."""
    standard = lane.standard
    findings = []
    if standard.height_rfu < WEAK_STANDARD_RFU:
        message = (
            f"The size standard is weak: its fragments have a median of {standard.height_rfu:.0f} RFU, usual are "
            f"{WEAK_STANDARD_RFU:.0f} and more."
        )
        evidence = {"height_rfu": round(standard.height_rfu)}
        findings.append(Finding("NK-SIZ-07", "warning", sample, message, evidence))
    cut = int(np.isin(lane.peaks[-1].apex[saturated], standard.scan).sum())
    if cut >= OVERLOADED_FRAGMENTS:
        message = (
            f"The size standard is overloaded: {cut} of its {standard.found} fragments are off scale. Its light shows "
            "in the other dyes as pull-up."
        )
        findings.append(Finding("NK-SIZ-08", "warning", sample, message, {"fragments": cut}))
    return findings


def _instrument_sizes(trace: Trace, lane: SizedLane) -> list[Finding]:
    """Compare the sizes with those that the instrument's software left in the file."""
    differences = []
    for told in trace.vendor_peaks:
        if told.dye >= len(lane.sizes) or told.size_bp <= 0 or told.height_rfu < LEAST_TOLD_RFU:
            continue
        apex = lane.peaks[told.dye].apex
        if not apex.size:
            continue
        nearest = int(np.argmin(np.abs(apex - told.scan)))
        size = float(lane.sizes[told.dye][nearest])
        if abs(apex[nearest] - told.scan) < SAME_PEAK_SCANS and np.isfinite(size):
            differences.append(size - told.size_bp)
    if len(differences) < FEWEST_TOLD:
        return []
    bias, spread = float(np.median(differences)), float(np.quantile(np.abs(differences), 0.95))
    if abs(bias) <= MOST_BIAS_BP and spread <= MOST_SPREAD_BP:
        return []
    message = (
        f"The sizes that the instrument's software left in the file differ: median {bias:+.2f} bp, 95 % within "
        f"{spread:.2f} bp, over {len(differences)} peaks. It may have used another size standard."
    )
    evidence = {"median_bp": round(bias, 3), "q95_bp": round(spread, 3), "peaks": len(differences)}
    return [Finding("NK-SIZ-09", "warning", trace.sample_name, message, evidence)]


def _leaks(sample: str, kit: Kit, lane: SizedLane, saturated: Sequence[NDArray[np.bool_]]) -> list[Finding]:
    """Note each dye of which too much is left in another."""
    first, last = float(lane.standard.scan[0]), float(lane.standard.scan[-1])
    matrix = leakage(lane.base.signal, lane.peaks, saturated, first_scan=first, last_scan=last)
    return [
        Finding(
            "NK-ALL-12",
            "warning",
            sample,
            f"{matrix[dye, other]:.0%} of the light of {kit.dyes[dye]} is left in {kit.dyes[other]}: the spectral "
            "calibration does not fit the run, and small peaks there may be pull-up.",
            {"dye": kit.dyes[dye], "other": kit.dyes[other], "share": round(float(matrix[dye, other]), 3)},
        )
        for dye, other in np.argwhere(np.nan_to_num(matrix) >= LEAST_LEAK)
    ]
