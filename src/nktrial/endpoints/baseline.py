"""Donor NK cells before the infusion, and the change from them.

Definition
    The last usable blood sample before the infusion (day below 0, or day 0 and stated to be drawn before) with all
    three factors. DNA of the same cells as at the endpoint's sample is preferred. A donor share that was not measured
    is never assumed: without it there is no baseline value, but ALC x NK fraction of any origin bounds it from above.
    The change is endpoint minus baseline; its interval takes the two as independent.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nktrial.core.lattice import lattice
from nktrial.endpoints.factors import Missing, SampleFactors
from nktrial.endpoints.product import DonorNkEstimate, donor_nk, widened
from nktrial.endpoints.window import is_blood
from nktrial.model.origin import Finding
from nktrial.model.plan import ExpansionRule
from nktrial.model.uncertainty import PROBABILITIES, Uncertain

__all__ = ["BaselineValue", "NoBaseline", "derive_baseline"]


@dataclass(frozen=True, slots=True)
class BaselineValue:
    """Donor NK cells before the infusion.

    Parameters
    ----------
    estimate : DonorNkEstimate
        Of the baseline sample.
    change : Uncertain
        Endpoint minus baseline [cells/uL].
    change_ci95 : (float, float)
        95 % interval of the change, containing its point value.
    findings : tuple of Finding
        What limits the comparison.
    """

    estimate: DonorNkEstimate
    change: Uncertain
    change_ci95: tuple[float, float]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class NoBaseline:
    """No baseline value, and why.

    Parameters
    ----------
    reason : str
        One sentence.
    sample_id, day : str, int or None
        The sample that bounds it, where there is one.
    upper_per_ul : float or None
        The donor NK cells were not more than that: NK cells of any origin in that sample, or the limit below which a
        factor was measured [cells/uL].
    """

    reason: str
    sample_id: str | None = None
    day: int | None = None
    upper_per_ul: float | None = None


def derive_baseline(
    samples: Sequence[SampleFactors], rule: ExpansionRule, endpoint: DonorNkEstimate
) -> BaselineValue | NoBaseline:
    """Return the donor NK cells before the infusion and the change to the endpoint.

    Parameters
    ----------
    samples : sequence of SampleFactors
        All samples of one patient, in any order.
    rule : ExpansionRule
        As for the endpoint.
    endpoint : DonorNkEstimate
        The endpoint's value.

    Returns
    -------
    BaselineValue | NoBaseline
        Finding NK-EXP-35 where baseline and endpoint rest on DNA of different cells.
    """
    before = sorted((s for s in samples if is_blood(s) and _is_before(s)), key=lambda s: (-s.day, s.sample_id))
    if not before:
        return NoBaseline("no usable blood sample before the infusion.")
    order = (endpoint.fraction_typed, *rule.chimerism)
    gaps: list[Missing] = []
    for sample in before:
        estimate = donor_nk(sample, rule, order=order)
        if isinstance(estimate, DonorNkEstimate):
            return _with_change(estimate, endpoint)
        if estimate.upper is not None:
            return NoBaseline(estimate.reason, sample.sample_id, sample.day, estimate.upper)
        gaps.append(estimate)
    for sample, gap in zip(before, gaps, strict=True):
        if not isinstance(sample.alc, Missing) and not isinstance(sample.nk, Missing):
            upper = sample.alc.value * sample.nk.fraction.value
            return NoBaseline(gap.reason, sample.sample_id, sample.day, upper)
    return NoBaseline(gaps[0].reason)


def _is_before(sample: SampleFactors) -> bool:
    """Tell whether a sample was drawn before the first infusion; on day 0 only where that is stated."""
    return sample.day < 0 or (sample.day == 0 and sample.before_infusion is True)


def _with_change(estimate: DonorNkEstimate, endpoint: DonorNkEstimate) -> BaselineValue:
    """Add the change from baseline to endpoint and its interval."""
    points = lattice(2)
    draws = endpoint.per_ul.quantile(points[:, 0]) - estimate.per_ul.quantile(points[:, 1])
    value = endpoint.per_ul.value - estimate.per_ul.value
    change = Uncertain(value, tuple(np.quantile(draws, PROBABILITIES, method="hazen").tolist()))
    interval, notes = widened(change, estimate.sample_id)
    notes = estimate.findings + notes
    if estimate.fraction_typed.casefold() != endpoint.fraction_typed.casefold():
        message = (
            f"The baseline rests on DNA of {estimate.fraction_typed}, the endpoint on DNA of "
            f"{endpoint.fraction_typed}: the change mixes two cell populations."
        )
        notes += (Finding("NK-EXP-35", "warning", estimate.sample_id, message),)
    return BaselineValue(estimate, change, interval, notes)
