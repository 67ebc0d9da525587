"""From a trace to called peaks.

Definition
    A lane is baselined, sized and compared with the ladder of its run. Every peak from the detection threshold
    on is kept and carries its flags: ``below-threshold`` (analytical), ``saturated``, ``pull-up``, ``spike``,
    ``blob``, ``stutter``, ``off-ladder``, ``no-ladder``, ``misfit``. Without a ladder alleles are named by the
    nominal lengths. With or without one no allele is named when fewer than nine tenths of the sample's main
    peaks (half of the tallest of their locus) lie in a bin.

Not decided here
    Whose alleles they are (``genotype``, ``mixture``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nktrial.chimerism.alleles import ARTEFACTS, OFF_LADDER, allele_name, locus_alleles, stutter_flags
from nktrial.chimerism.artefacts import pull_up_flags, saturation_flags, width_flags
from nktrial.chimerism.baseline import analytical_threshold_rfu
from nktrial.chimerism.electropherogram import Electropherogram, electropherogram
from nktrial.chimerism.ladder import LadderBins, LocusBins, align_ladder, nominal_bins
from nktrial.chimerism.lane import SizedLane, sized_lane
from nktrial.chimerism.lane_findings import adenylation_findings, holding_findings, lane_findings, looks_like_a_ladder
from nktrial.chimerism.size_standard import StandardFit
from nktrial.core.digest import Json
from nktrial.core.errors import MethodError
from nktrial.model.kit import Kit
from nktrial.model.method import Method
from nktrial.model.origin import Finding
from nktrial.model.trace import Peak, PeakProfile, Trace

__all__ = ["METHOD", "TraceCalls", "call_trace"]

METHOD: Final = Method(name="chimerism.calls", version=2, source="nktrial; ladder-relative calling: Butler 2015, ch. 5")
# [unverified] of the lanes at hand, the right kit and ladder give 1.00, a wrong one 0.21 to 0.82
LEAST_FITTING_SHARE: Final = 0.9
FEWEST_MAIN_PEAKS: Final = 8
IMBALANCE: Final = 0.6  # [unverified] customary lower limit for the two alleles of one person
MOST_ALLELES: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class TraceCalls:
    """The calls of one lane.

    Parameters
    ----------
    profile : PeakProfile
        All peaks, by dye and length, with marker, allele and flags.
    size_standard : StandardFit
        ``.name``, ``.rms_bp``, ``.found``, ``.expected``.
    alleles : mapping
        Marker -> alleles of a sample of one person, in the kit's order; empty where the locus has none.
    findings : tuple of Finding
        What was noticed, the trace's own included.
    electropherogram : Electropherogram
        For drawing.
    """

    profile: PeakProfile
    size_standard: StandardFit
    alleles: Mapping[str, tuple[str, ...]]
    findings: tuple[Finding, ...]
    electropherogram: Electropherogram


def call_trace(trace: Trace, kit: Kit, *, ladder: Trace | LadderBins | None) -> TraceCalls:
    """Call the peaks of one lane.

    Parameters
    ----------
    trace : Trace
        The sample's lane.
    kit : Kit
        The kit that was run.
    ladder : Trace or LadderBins or None
        Ladder lane of the same run, or its bins where several lanes share it; None: nominal lengths, marked.

    Returns
    -------
    TraceCalls
        Peaks with flags, and the alleles per locus.

    Raises
    ------
    MethodError
        NK-ALL-04 the ladder is another kit's; and those of `nktrial.chimerism.lane.sized_lane` and
        `nktrial.chimerism.ladder.align_ladder`.
    """
    bins = _bins(ladder, kit)
    if bins.kit_id != kit.id:
        raise MethodError(
            "NK-ALL-04",
            f"the ladder's bins are those of {bins.kit_id}, the sample's kit is {kit.id}.",
            where=trace.sample_name,
            remedy="Take the ladder of the sample's run.",
        )
    lane = sized_lane(trace, kit)
    saturated = saturation_flags(trace, lane.peaks)
    peaks = _peaks(kit, lane, bins, saturated)
    findings = [*trace.findings, *lane_findings(trace, kit, lane, saturated)]
    peaks, doubts = _doubted(trace.sample_name, peaks, bins)
    findings += doubts
    alleles, more = _alleles(trace.sample_name, kit, peaks)
    findings += more
    profile = PeakProfile(trace.sample_name, peaks, trace.extents, tuple(findings))
    return TraceCalls(profile, lane.standard, alleles, tuple(findings), electropherogram(lane))


def _bins(ladder: Trace | LadderBins | None, kit: Kit) -> LadderBins:
    """Return the run's bins."""
    if ladder is None:
        return nominal_bins(kit)
    return ladder if isinstance(ladder, LadderBins) else align_ladder(ladder, kit)


def _peaks(kit: Kit, lane: SizedLane, bins: LadderBins, saturated: Sequence[NDArray[np.bool_]]) -> tuple[Peak, ...]:
    """Return all sized peaks with marker, allele and flags."""
    pulled = pull_up_flags(lane.peaks, saturated)
    odd = width_flags(lane.peaks, float(lane.standard.scan[0]), float(lane.standard.scan[-1]))
    peaks: list[Peak] = []
    for dye, sizes in enumerate(lane.sizes):
        loci = [locus for locus in bins.loci if locus.locus.dye == dye]
        found = lane.peaks[dye]
        owner = _owner(sizes, loci)
        stutter = np.zeros(sizes.size, dtype=bool)
        for place, locus in enumerate(loci):
            mine = np.flatnonzero((owner == place) & (odd[dye] == "") & ~pulled[dye])
            stutter[mine] = stutter_flags(sizes[mine], found.height_rfu[mine], saturated[dye][mine], locus)
        threshold = analytical_threshold_rfu(float(lane.base.noise_sd_rfu[dye]))
        for k in np.flatnonzero(np.isfinite(sizes)):
            # A spike or blob in a locus has no allele's shape: it keeps its place and flag, and gets no name.
            nameless = owner[k] < 0 or odd[dye][k] != ""
            name, in_bin = ("", True) if nameless else allele_name(float(sizes[k]), loci[owner[k]])
            told = (
                ("below-threshold", found.height_rfu[k] < threshold),
                ("saturated", saturated[dye][k]),
                ("pull-up", pulled[dye][k]),
                (str(odd[dye][k]), odd[dye][k] != ""),
                ("stutter", stutter[k]),
                ("off-ladder", not in_bin),
            )
            marker = "" if owner[k] < 0 else loci[owner[k]].locus.name
            flags = tuple(flag for flag, holds in told if holds)
            peaks.append(
                Peak(
                    marker=marker,
                    allele=name,
                    size_bp=float(sizes[k]),
                    height_rfu=float(found.height_rfu[k]),
                    area=float(found.area[k]),
                    dye=kit.dyes[dye],
                    scan=round(float(found.apex[k])),
                    flags=flags,
                )
            )
    return tuple(peaks)


def _owner(sizes: NDArray[np.float64], loci: list[LocusBins]) -> NDArray[np.intp]:
    """Return the locus of each size, -1 where it lies in none."""
    owner = np.full(sizes.size, -1, dtype=np.intp)
    for place, locus in enumerate(loci):
        owner[(sizes >= locus.min_bp) & (sizes < locus.max_bp)] = place
    return owner


def _doubted(sample: str, peaks: tuple[Peak, ...], bins: LadderBins) -> tuple[tuple[Peak, ...], list[Finding]]:
    """Mark calls made without a ladder, and take the names away where the lengths do not fit the bins."""
    main = _main_peaks(peaks)
    fitting = sum("off-ladder" not in peak.flags for peak in main)
    named = bool(main) and fitting >= LEAST_FITTING_SHARE * len(main)
    evidence: dict[str, Json] = {"in_bins": fitting, "peaks": len(main)}
    if bins.aligned:
        if named or len(main) < FEWEST_MAIN_PEAKS:
            return peaks, []
        message = (
            f"Only {fitting} of {len(main)} main peaks lie in a bin of the ladder: "
            "another kit, or the ladder of another run. Alleles are not called."
        )
        return _marked(peaks, "misfit", named=False), [Finding("NK-ALL-11", "error", sample, message, evidence)]
    message = f"No ladder of the run: {fitting} of {len(main)} main peaks lie in a bin of nominal length. " + (
        "Alleles may be wrong by a repeat." if named else "Alleles are not called; give the ladder of the run."
    )
    found = Finding("NK-ALL-05", "warning" if named else "error", sample, message, evidence)
    return _marked(peaks, "no-ladder", named=named), [found]


def _marked(peaks: tuple[Peak, ...], flag: str, *, named: bool) -> tuple[Peak, ...]:
    """Give every peak of a locus a flag, and take its name away unless ``named``."""
    return tuple(
        replace(peak, allele=peak.allele if named else "", flags=(*peak.flags, flag)) if peak.marker else peak
        for peak in peaks
    )


def _main_peaks(peaks: tuple[Peak, ...]) -> list[Peak]:
    """Return the peaks without artefact flag that reach half of the tallest of their locus."""
    real = [peak for peak in peaks if peak.marker and not ARTEFACTS & set(peak.flags)]
    tallest: dict[str, float] = {}
    for peak in real:
        tallest[peak.marker] = max(peak.height_rfu, tallest.get(peak.marker, 0.0))
    return [peak for peak in real if peak.height_rfu >= tallest[peak.marker] / 2.0]


def _alleles(sample: str, kit: Kit, peaks: tuple[Peak, ...]) -> tuple[dict[str, tuple[str, ...]], list[Finding]]:
    """Return the alleles of each locus and what is odd about them."""
    of_locus = {locus.name: [peak for peak in peaks if peak.marker == locus.name] for locus in kit.loci}
    told = {marker: locus_alleles(mine) for marker, mine in of_locus.items()}
    alleles = {marker: names for marker, (names, _) in told.items()}
    findings = holding_findings(sample, kit, alleles)
    if not looks_like_a_ladder(kit, alleles):
        findings += adenylation_findings(sample, kit, peaks)
        crowded = [marker for marker, names in alleles.items() if len(names) > MOST_ALLELES]
        for marker, mine in of_locus.items():
            findings += _locus_findings(sample, marker, told[marker], mine, alone=crowded == [marker])
    pulled = [peak for peak in peaks if "pull-up" in peak.flags and "below-threshold" not in peak.flags]
    if pulled:
        loci = list(dict.fromkeys(peak.marker for peak in pulled if peak.marker))
        at = f" at {', '.join(loci)}" if loci else ""
        message = f"{len(pulled)} peaks{at} are pull-up of taller peaks in another dye; they are not called."
        evidence: dict[str, Json] = {"peaks": len(pulled), "loci": list(loci)}
        findings.append(Finding("NK-ALL-09", "info", sample, message, evidence))
    if not _main_peaks(peaks):
        message = "No allele reaches the analytical threshold at any locus."
        findings.append(Finding("NK-ALL-10", "warning", sample, message))
    return alleles, findings


def _locus_findings(
    sample: str, marker: str, told: tuple[tuple[str, ...], float], peaks: list[Peak], *, alone: bool
) -> list[Finding]:
    """Note off-ladder alleles, saturation, more than two alleles and imbalance of one locus."""
    names, balance = told
    findings = []
    called = [peak for peak in peaks if peak.allele in names and not ARTEFACTS & set(peak.flags)]
    strange = sorted({peak.allele for peak in called if "off-ladder" in peak.flags})
    if strange:
        shown = ", ".join("unnamed" if name == OFF_LADDER else name for name in strange)
        message = f"{marker}: allele {shown} lies outside every bin of the ladder."
        findings.append(Finding("NK-ALL-06", "warning", sample, message, {"marker": marker, "alleles": strange}))
    if any("saturated" in peak.flags for peak in called):
        message = f"{marker} is off scale: its heights are cut off and unfit for shares."
        findings.append(Finding("NK-ALL-07", "warning", sample, message, {"marker": marker}))
    if len(names) > MOST_ALLELES or balance < IMBALANCE:
        # A duplication or a mosaic gives one person three alleles at one locus; two persons show more at many.
        why = (
            "no other locus has more than two: a three-allele pattern of one person, or an artefact."
            if alone and len(names) == MOST_ALLELES + 1
            else "more than one person, or an unbalanced locus."
        )
        message = f"{marker} has {len(names)} alleles, the lowest at {balance:.2f} of the tallest: {why}"
        evidence: dict[str, Json] = {"marker": marker, "alleles": list(names), "balance": round(balance, 3)}
        findings.append(Finding("NK-ALL-08", "warning", sample, message, evidence))
    return findings
