"""Reference genotype: at most two alleles a locus out of one person's peak profile.

Definition
    At each locus the peaks at or above the analytical threshold are compared with the tallest. Two called alleles
    with a height ratio of at least 0.6 are a heterozygote; whatever else stands there below half of the lower one is
    removed. One called allele with nothing else above 0.3 of its height is a homozygote, where it is tall enough
    that a lost sister allele can be excluded. Everything else is left out with the reason: an off-ladder peak that
    may be an allele, an unbalanced pair, three alleles. A removed peak is named for what explains it: back, forward
    or double-back stutter, pull-up of a taller peak in another dye, off ladder, or extra.

Not decided here
    AMEL is kept as a check of sex and never enters a fraction.
"""

from collections.abc import Sequence
from typing import Final

from nktrial.chimerism.marker import AMELOGENIN, allele_length, is_autosomal, marker_key, step
from nktrial.core.errors import MethodError
from nktrial.model.kit import Kit
from nktrial.model.method import Method
from nktrial.model.origin import Finding
from nktrial.model.trace import Genotype, Peak, PeakProfile

__all__ = ["METHOD", "explanation", "reference_genotype"]

METHOD: Final = Method(
    name="chimerism.reference_genotype",
    version=1,
    source="nktrial; heterozygote balance after Butler JM 2015, Advanced Topics in Forensic DNA Typing: Interpretation",
)
THRESHOLD_RFU: Final = 50.0
MIN_BALANCE: Final = 0.6  # customary lower limit of the heterozygote balance at full template
EXTRA_SHARE: Final = 0.3  # [unverified] a second peak below this share of the tallest is no allele of a pure sample
THIRD_SHARE: Final = 0.5  # [unverified] beside two balanced alleles, a third below this share of the lower is none
HOMOZYGOTE_RFU: Final = 300.0  # [unverified] twice a stochastic threshold of 150 RFU
STUTTER_LIMITS: Final = ((1, 0.25, "back stutter"), (-1, 0.10, "forward stutter"), (2, 0.06, "double-back stutter"))
PULL_UP_BP: Final = 0.6  # [unverified] the apex of a saturated peak shifts by up to this
PULL_UP_SHARE: Final = 0.5  # [unverified] of a saturated peak; 0.1 is usual
OFF_LADDER: Final = "OL"


def reference_genotype(
    profile: PeakProfile, *, person: str, kit: Kit | None = None, threshold_rfu: float = THRESHOLD_RFU
) -> Genotype:
    """Return the genotype of the one person whose DNA a profile shows.

    Parameters
    ----------
    profile : PeakProfile
        Peaks of a pure sample (before transplantation, or of a donor), heights [RFU].
    person : str
        Study id.
    kit : Kit or None
        Where given, its loci without a peak are named among those left out.
    threshold_rfu : float
        Analytical threshold [RFU].

    Returns
    -------
    Genotype
        Two alleles a locus, loci left out with the reason, findings NK-GEN-02 (removed peaks), NK-GEN-03 (loci left
        out).

    Raises
    ------
    MethodError
        NK-GEN-01 no locus has a genotype.
    """
    loci: dict[str, list[Peak]] = {}
    names: dict[str, str] = {}
    for peak in profile.peaks:
        if not peak.marker:
            continue
        key = marker_key(peak.marker)
        names.setdefault(key, peak.marker)
        loci.setdefault(key, [])
        if peak.height_rfu >= threshold_rfu:
            loci[key].append(peak)
    for locus in kit.loci if kit is not None else ():
        loci.setdefault(marker_key(locus.name), [])
        names.setdefault(marker_key(locus.name), locus.name)
    alleles: dict[str, tuple[str, str]] = {}
    left_out: dict[str, str] = {}
    findings: list[Finding] = []
    for key, peaks in loci.items():
        pair, reason, removed = _call(key, peaks, profile.peaks)
        if pair is None:
            left_out[names[key]] = reason
        else:
            alleles[names[key]] = pair
        if pair is not None and removed:
            findings.append(Finding("NK-GEN-02", "info", person, f"{names[key]}: removed {'; '.join(removed)}."))
    if not any(is_autosomal(marker) for marker in alleles):
        reasons = "; ".join(f"{marker}: {reason}" for marker, reason in left_out.items())
        raise MethodError(
            "NK-GEN-01",
            f"no locus of the reference has a genotype ({reasons or 'no called peak'}).",
            where=person,
            remedy="Type the reference again, or give its genotype as a table.",
        )
    if left_out:
        message = "Loci without a genotype: " + "; ".join(f"{m} ({r})" for m, r in left_out.items()) + "."
        findings.append(Finding("NK-GEN-03", "warning", person, message, {"count": len(left_out)}))
    return Genotype(person, alleles, left_out, tuple(findings))


def explanation(peak: Peak, locus: Sequence[Peak], everything: Sequence[Peak]) -> str:
    """Return what explains a peak that is no allele: stutter of a peak of its locus, pull-up, or nothing (empty)."""
    for repeats, limit, word in STUTTER_LIMITS:
        parent = step(peak.allele, repeats)
        for other in locus:
            if allele_length(other.allele) == parent and peak.height_rfu <= limit * other.height_rfu:
                return f"{word} of {other.allele}"
    for other in everything:
        near = abs(other.size_bp - peak.size_bp) <= PULL_UP_BP
        if near and other.dye != peak.dye and peak.height_rfu <= PULL_UP_SHARE * other.height_rfu:
            return f"pull-up of {other.height_rfu:.0f} RFU in dye {other.dye}"
    return ""


def _call(
    key: str, peaks: Sequence[Peak], everything: Sequence[Peak]
) -> tuple[tuple[str, str] | None, str, tuple[str, ...]]:
    """Return the locus' alleles or None, the reason for None, and the removed peaks in words."""
    ranked = _ranked(peaks)
    reason = _not_usable(key, ranked) or _not_two(ranked)
    if reason:
        return None, reason, ()
    if _balance(ranked) < EXTRA_SHARE:
        return (ranked[0].allele, ranked[0].allele), "", _removed(ranked[1:], ranked, everything)
    low, high = sorted((peak.allele for peak in ranked[:2]), key=lambda name: (allele_length(name), name))
    return (low, high), "", _removed(ranked[2:], ranked, everything)


def _not_usable(key: str, ranked: Sequence[Peak]) -> str:
    """Return why a locus has no first allele; empty where it has."""
    if not is_autosomal(key) and key != AMELOGENIN:
        return "not autosomal"
    if not ranked:
        return "no allele above the threshold"
    if "saturated" in ranked[0].flags:
        return f"allele {ranked[0].allele} is off scale"
    if ranked[0].allele == OFF_LADDER:
        return f"the tallest peak ({ranked[0].height_rfu:.0f} RFU) is off the ladder"
    return ""


def _not_two(ranked: Sequence[Peak]) -> str:
    """Return why the peaks are neither a homozygote nor a heterozygote; empty where they are."""
    first, balance = ranked[0], _balance(ranked)
    if balance < EXTRA_SHARE:
        lost = first.height_rfu < HOMOZYGOTE_RFU
        return f"one allele of {first.height_rfu:.0f} RFU: a second may be lost" if lost else ""
    if ranked[1].allele == OFF_LADDER:
        return f"an off-ladder peak has {balance:.2f} of the height of allele {first.allele}"
    if balance < MIN_BALANCE:
        return f"alleles {first.allele} and {ranked[1].allele} are unbalanced ({balance:.2f})"
    if len(ranked) > 2 and ranked[2].height_rfu >= THIRD_SHARE * ranked[1].height_rfu:
        return f"three alleles: {first.allele}, {ranked[1].allele}, {ranked[2].allele}"
    return ""


def _balance(ranked: Sequence[Peak]) -> float:
    """Return the height of the second peak as a share of the tallest; 0 where there is none."""
    return ranked[1].height_rfu / ranked[0].height_rfu if len(ranked) > 1 else 0.0


def _ranked(peaks: Sequence[Peak]) -> list[Peak]:
    """Return labelled peaks, the tallest first, one a called allele; off-ladder peaks each for itself."""
    best: dict[str, Peak] = {}
    for index, peak in enumerate(peaks):
        if not peak.allele:
            continue
        name = f"{OFF_LADDER} {index}" if peak.allele == OFF_LADDER else peak.allele
        if name not in best or peak.height_rfu > best[name].height_rfu:
            best[name] = peak
    return sorted(best.values(), key=lambda peak: -peak.height_rfu)


def _removed(peaks: Sequence[Peak], locus: Sequence[Peak], everything: Sequence[Peak]) -> tuple[str, ...]:
    """Describe removed peaks."""
    words = []
    for peak in peaks:
        reason = explanation(peak, locus, everything) or ("off ladder" if peak.allele == OFF_LADDER else "extra peak")
        words.append(f"{peak.allele} ({peak.height_rfu:.0f} RFU, {reason})")
    return tuple(words)
