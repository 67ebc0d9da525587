"""What the reader of an endpoint must be told unasked.

Definition
    One finding a circumstance: DNA of whole blood, borderline, another day than the nominal one, few NK events, donor
    share below its limit of detection, a lymphocyte count that rules success out, the NK cells a healthy child has.
"""

from typing import Final

from nktrial.endpoints.normal_nk import normal_nk_per_ul
from nktrial.endpoints.product import DonorNkEstimate
from nktrial.model.origin import Finding
from nktrial.model.plan import ExpansionRule

__all__ = ["is_borderline", "value_cautions"]

FEW_EVENTS: Final = (
    50  # the coefficient of variation of 50 events is 14 %: the usual limit of quantification of rare cells
)
BORDERLINE: Final = (0.05, 0.95)


def is_borderline(p_success: float) -> bool:
    """Tell whether the probability of success leaves the decision open: 0.05 to 0.95, ends included."""
    return BORDERLINE[0] <= p_success <= BORDERLINE[1]


def value_cautions(value: DonorNkEstimate, rule: ExpansionRule, *, age_days: int | None = None) -> tuple[Finding, ...]:
    """Return the cautions that belong to a value.

    Parameters
    ----------
    value : DonorNkEstimate
        The endpoint's value.
    rule : ExpansionRule
        The protocol's rule.
    age_days : int or None
        Age on day 0; None where unknown.

    Returns
    -------
    tuple of Finding
        NK-EXP-20 whole blood, NK-EXP-22 borderline, NK-EXP-24 day, NK-EXP-25 few events, NK-EXP-26 below LOD,
        NK-EXP-27 could not have succeeded, NK-EXP-28 own NK cells of a child.
    """
    said = (
        _whole_blood(value),
        _borderline(value, rule),
        _day(value, rule),
        _few_events(value),
        _below_lod(value, rule),
        _could_not(value, rule),
        _own_nk(value, rule, age_days),
    )
    return tuple(finding for finding in said if finding is not None)


def _whole_blood(value: DonorNkEstimate) -> Finding | None:
    if value.formula != "published_whole_blood":
        return None
    message = (
        "The donor share is that of whole blood: granulocytes and T cells of donor or recipient enter an NK count. The "
        "formula was published so; DNA of sorted NK cells would be exact."
    )
    return Finding("NK-EXP-20", "warning", value.sample_id, message, {"fraction_typed": value.fraction_typed})


def _borderline(value: DonorNkEstimate, rule: ExpansionRule) -> Finding | None:
    if not is_borderline(value.p_success):
        return None
    verdict = "success" if value.success else "no success"
    message = (
        f"Borderline: the point value decides for {verdict}, but the probability of {rule.comparison} "
        f"{rule.threshold_per_ul:g}/uL is {value.p_success:.2f}."
    )
    return Finding("NK-EXP-22", "warning", value.sample_id, message, {"p_success": value.p_success})


def _day(value: DonorNkEstimate, rule: ExpansionRule) -> Finding | None:
    if value.day == rule.day:
        return None
    low, high = rule.day + rule.window[0], rule.day + rule.window[1]
    message = f"The sample is of day {value.day}, not of day {rule.day}; the window is day {low} to {high}."
    return Finding("NK-EXP-24", "info", value.sample_id, message, {"day": value.day})


def _few_events(value: DonorNkEstimate) -> Finding | None:
    if value.nk.nk_events >= FEW_EVENTS:
        return None
    message = f"The NK fraction rests on {value.nk.nk_events} NK events; below {FEW_EVENTS} it is poorly quantified."
    return Finding("NK-EXP-25", "warning", value.sample_id, message, {"nk_events": value.nk.nk_events})


def _below_lod(value: DonorNkEstimate, rule: ExpansionRule) -> Finding | None:
    if not value.below_lod or value.lod_per_ul is None:
        return None
    way = "set to zero" if rule.below_lod == "zero" else "used as estimated"
    message = (
        f"The donor share lies below its limit of detection, which is {value.lod_per_ul:.3g} donor NK cells/uL here; "
        f"it is {way}, as the protocol says."
    )
    return Finding("NK-EXP-26", "warning", value.sample_id, message, {"lod_per_ul": value.lod_per_ul})


def _could_not(value: DonorNkEstimate, rule: ExpansionRule) -> Finding | None:
    if value.could_succeed:
        return None
    message = (
        f"The endpoint could not have been reached: with {value.alc.value:g} lymphocytes/uL, NK cells "
        f"{rule.comparison} {rule.threshold_per_ul:g}/uL are impossible."
    )
    return Finding("NK-EXP-27", "warning", value.sample_id, message, {"alc_per_ul": value.alc.value})


def _own_nk(value: DonorNkEstimate, rule: ExpansionRule, age_days: int | None) -> Finding | None:
    span = None if age_days is None else normal_nk_per_ul(age_days + value.day)
    if span is None:
        return None
    low, high = span
    message = (
        f"Healthy children of this age have {low:g} to {high:g} NK cells/uL of their own (10th to 90th percentile, "
        f"Shearer 2003), against a threshold of {rule.threshold_per_ul:g}: only the donor share tells donor NK cells "
        "from them."
    )
    return Finding("NK-EXP-28", "info", value.sample_id, message, {"low_per_ul": low, "high_per_ul": high})
