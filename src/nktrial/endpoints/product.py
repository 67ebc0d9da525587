"""Donor NK cells per microlitre of one sample.

Definition
    donor NK/uL = ALC/uL x NK fraction of lymphocytes x donor fraction. The point value is the product of the three
    point values, in this order. Its distribution is that of the product of three independent quantities, computed on a
    deterministic lattice of 2^14 points through their quantile functions. Where the central 95 % do not contain the
    point value (a share of 1 lies at the end of its distribution), the interval is widened to it and says so.

    A donor share below its limit of detection is used as estimated, set to zero, or makes the sample not evaluable, as
    the protocol says.

Not decided here
    Which sample counts (window), and success (expansion).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from nktrial.core.lattice import lattice
from nktrial.endpoints.factors import Missing, NkFraction, SampleFactors
from nktrial.endpoints.threshold import meets, probability_beyond
from nktrial.endpoints.typed_fraction import ChosenDna, Formula, choose_typed, formula_of
from nktrial.model.method import Method
from nktrial.model.origin import Finding
from nktrial.model.plan import ExpansionRule
from nktrial.model.uncertainty import PROBABILITIES, Uncertain

__all__ = ["METHOD", "DonorNkEstimate", "donor_nk", "missing_factor", "widened"]

METHOD: Final = Method(
    name="endpoints.donor_nk",
    version=1,
    source="Bachanova 2014, Blood 123:3855; independent factors, quasi-random product",
)
CODES: Final = {"ALC": "NK-EXP-11", "NK fraction": "NK-EXP-12"}


@dataclass(frozen=True, slots=True)
class DonorNkEstimate:
    """Donor NK cells of one sample.

    Parameters
    ----------
    sample_id, day
        The sample.
    per_ul : Uncertain
        Point value and distribution [cells/uL].
    ci95 : (float, float)
        95 % interval, always containing the point value [cells/uL].
    p_success : float
        Probability to lie beyond the threshold.
    success : bool
        Whether the point value does.
    alc : Uncertain
        [cells/uL].
    nk : NkFraction
        With its counts.
    donor_fraction : Uncertain
        As it entered the product (after the LOD rule).
    fraction_typed : str
        Whose DNA.
    formula : str
        Which published formula that makes.
    any_origin_per_ul : float
        ALC x NK fraction: the most that the donor share could give [cells/uL].
    below_lod : bool
        The donor share lies below its limit of detection.
    lod_per_ul : float or None
        The donor share's limit of detection in the product's unit: ALC x NK fraction x LOD.
    could_succeed : bool
        False where the ALC alone does not reach the threshold.
    findings : tuple of Finding
        About this value.
    """

    sample_id: str
    day: int
    per_ul: Uncertain
    ci95: tuple[float, float]
    p_success: float
    success: bool
    alc: Uncertain
    nk: NkFraction
    donor_fraction: Uncertain
    fraction_typed: str
    formula: Formula
    any_origin_per_ul: float
    below_lod: bool
    lod_per_ul: float | None
    could_succeed: bool
    findings: tuple[Finding, ...]


def missing_factor(sample: SampleFactors, rule: ExpansionRule) -> Missing | None:
    """Return the first factor that a sample lacks, or None.

    NK-EXP-11 ALC, NK-EXP-12 NK fraction, NK-EXP-13 chimerism. ``upper`` is then a bound of the product [cells/uL],
    where the factor was measured and lies below a limit.
    """
    most = sample.alc.value if isinstance(sample.alc, Uncertain) else None
    for name, factor, scale in (("ALC", sample.alc, 1.0), ("NK fraction", sample.nk, most)):
        if isinstance(factor, Missing):
            upper = None if factor.upper is None or scale is None else factor.upper * scale
            cause = f" [{factor.code}]" if factor.code else ""
            return Missing(f"{name} of {sample.sample_id} is missing: {factor.reason}{cause}", CODES[name], upper)
    chosen = choose_typed(sample.typed, rule.chimerism)
    if isinstance(chosen, Missing):
        return Missing(f"donor fraction of {sample.sample_id} is missing: {chosen.reason}", chosen.code, chosen.upper)
    return None


def donor_nk(
    sample: SampleFactors, rule: ExpansionRule, *, order: tuple[str, ...] | None = None
) -> DonorNkEstimate | Missing:
    """Return the donor NK cells of one sample, or which factor is missing.

    Parameters
    ----------
    sample : SampleFactors
        Any sample of the series, in the window or not.
    rule : ExpansionRule
        Threshold, comparison, order of typed fractions, LOD rule.
    order : tuple of str or None
        Another order of typed fractions than the rule's.

    Returns
    -------
    DonorNkEstimate | Missing
        ``Missing``: NK-EXP-11 ALC, NK-EXP-12 NK fraction, NK-EXP-13 chimerism, NK-EXP-14 donor share below its limit of
        detection where the rule calls that not evaluable.
    """
    chosen = choose_typed(sample.typed, order or rule.chimerism)
    if isinstance(sample.alc, Missing) or isinstance(sample.nk, Missing) or isinstance(chosen, Missing):
        gap = missing_factor(sample, rule)
        return gap if gap is not None else Missing(f"{sample.sample_id} has no such donor fraction.", "NK-EXP-13")
    alc, nk = sample.alc, sample.nk
    donor, below = _after_lod_rule(chosen, rule)
    any_origin = alc.value * nk.fraction.value
    lod_per_ul = None if chosen.dna.lod is None else any_origin * chosen.dna.lod
    if isinstance(donor, Missing):
        return Missing(f"{sample.sample_id}: {donor.reason}", donor.code, lod_per_ul)
    points = lattice(3)
    draws = alc.quantile(points[:, 0]) * nk.fraction.quantile(points[:, 1]) * chosen.dna.nk_donor.quantile(points[:, 2])
    value = any_origin * donor.value
    per_ul = Uncertain(value, tuple(np.quantile(draws, PROBABILITIES, method="hazen").tolist()))
    ci95, notes = widened(per_ul, sample.sample_id)
    return DonorNkEstimate(
        sample_id=sample.sample_id,
        day=sample.day,
        per_ul=per_ul,
        ci95=ci95,
        p_success=probability_beyond(draws, rule.threshold_per_ul, rule.comparison),
        success=meets(value, rule.threshold_per_ul, rule.comparison),
        alc=alc,
        nk=nk,
        donor_fraction=donor,
        fraction_typed=chosen.fraction,
        formula=formula_of(chosen.fraction),
        any_origin_per_ul=any_origin,
        below_lod=below,
        lod_per_ul=lod_per_ul,
        could_succeed=meets(alc.value, rule.threshold_per_ul, rule.comparison),
        findings=notes + nk.findings + _of_the_typing(chosen, sample.sample_id),
    )


def widened(value: Uncertain, subject: str) -> tuple[tuple[float, float], tuple[Finding, ...]]:
    """Return the 95 % interval, widened to contain the point value; NK-EXP-32 where that changed it."""
    low, high = value.interval(0.95)
    if low <= value.value <= high:
        return (low, high), ()
    message = (
        f"The point value {value.value:.4g} lies outside the central 95 % of its distribution ({low:.4g} to "
        f"{high:.4g}); the interval is widened to contain it."
    )
    interval = (min(low, value.value), max(high, value.value))
    return interval, (Finding("NK-EXP-32", "info", subject, message, {"low": low, "high": high}),)


def _after_lod_rule(chosen: ChosenDna, rule: ExpansionRule) -> tuple[Uncertain | Missing, bool]:
    """Apply the protocol's rule to a donor share below its limit of detection (NK-EXP-14)."""
    share, lod = chosen.dna.nk_donor, chosen.dna.lod
    if lod is None or share.value >= lod:
        return share, False
    match rule.below_lod:
        case "report_estimate":
            return share, True
        case "zero":
            return Uncertain(0.0, share.quantiles), True
        case "not_evaluable":
            reason = f"the donor share {share.value:.4f} lies below its limit of detection {lod:.4f}"
            return Missing(f"{reason}; the protocol calls that not evaluable.", "NK-EXP-14", lod), True


def _of_the_typing(chosen: ChosenDna, sample_id: str) -> tuple[Finding, ...]:
    """Carry the typing's findings on, and name preferred fractions that gave no value (NK-EXP-29)."""
    notes = chosen.dna.findings
    for fraction, missing in chosen.passed_over:
        if missing.code:
            message = f"Chimerism of {fraction} failed ({missing.reason}); {chosen.fraction} is used in its place."
            notes += (Finding("NK-EXP-29", "warning", sample_id, message),)
    return notes
