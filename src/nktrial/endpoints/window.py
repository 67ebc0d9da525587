"""Which sample of a patient is the endpoint's.

Definition
    Candidates are blood samples (PB) with status ok, drawn from ``day + window[0]`` to ``day + window[1]``, both
    included. The protocol's pick orders them: closest to the target day with ties to the earlier or the later, the
    first, or the last. The first candidate with all three factors is used; one passed over because a factor is missing
    is named. A candidate with a factor below a limit is measured, not missing: it is not passed over, since a choice
    by outcome would bias the endpoint. Two samples of equal rank: the one whose id sorts first, named as a finding.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from nktrial.endpoints.factors import Missing, SampleFactors
from nktrial.endpoints.product import missing_factor
from nktrial.model.origin import Finding
from nktrial.model.plan import ExpansionRule

__all__ = ["ChosenSample", "choose_sample", "in_window", "is_blood", "is_candidate"]


@dataclass(frozen=True, slots=True)
class ChosenSample:
    """The endpoint's sample, the other candidates in the protocol's order, and what was noticed."""

    sample: SampleFactors
    others: tuple[SampleFactors, ...]
    findings: tuple[Finding, ...]


def in_window(day: int, rule: ExpansionRule) -> bool:
    """Tell whether a day lies in the protocol's window, ends included."""
    return rule.day + rule.window[0] <= day <= rule.day + rule.window[1]


def is_blood(sample: SampleFactors) -> bool:
    """Tell whether a sample is usable peripheral blood."""
    return sample.specimen.strip().upper() == "PB" and sample.status.strip().lower() == "ok"


def is_candidate(sample: SampleFactors, rule: ExpansionRule) -> bool:
    """Tell whether a sample may become the endpoint's."""
    return is_blood(sample) and in_window(sample.day, rule)


def choose_sample(samples: Sequence[SampleFactors], rule: ExpansionRule) -> ChosenSample | Missing:
    """Return the endpoint's sample.

    Parameters
    ----------
    samples : sequence of SampleFactors
        All samples of one patient, in any order.
    rule : ExpansionRule
        Day, window, pick.

    Returns
    -------
    ChosenSample | Missing
        ``Missing`` (NK-EXP-10) where no blood sample lies in the window. Where no candidate is complete, the one that
        the protocol's pick puts first. Findings: NK-EXP-30 passed over, NK-EXP-31 equal rank.
    """
    ordered = sorted((s for s in samples if is_candidate(s, rule)), key=lambda s: (*_rank(s.day, rule), s.sample_id))
    if not ordered:
        return Missing(_nothing(samples, rule), "NK-EXP-10")
    findings: list[Finding] = []
    chosen = None
    for sample in ordered:
        gap = missing_factor(sample, rule)
        if gap is None or gap.upper is not None:
            chosen = sample
            break
        message = f"{sample.sample_id} (day {sample.day}) comes first in the window but cannot be used: {gap.reason}"
        findings.append(Finding("NK-EXP-30", "warning", sample.sample_id, message))
    if chosen is None:
        chosen, findings = ordered[0], []
    same_day = [s.sample_id for s in ordered if s.day == chosen.day and s.sample_id != chosen.sample_id]
    if same_day:
        message = f"{', '.join(same_day)} of the same day could have been taken too; {chosen.sample_id} sorts first."
        findings.append(Finding("NK-EXP-31", "warning", chosen.sample_id, message))
    return ChosenSample(chosen, tuple(s for s in ordered if s is not chosen), tuple(findings))


def _rank(day: int, rule: ExpansionRule) -> tuple[int, int]:
    """Return what the protocol's pick sorts by, smallest first."""
    match rule.pick:
        case "closest_then_earlier":
            return abs(day - rule.day), day
        case "closest_then_later":
            return abs(day - rule.day), -day
        case "first":
            return day, 0
        case "last":
            return -day, 0


def _nothing(samples: Sequence[SampleFactors], rule: ExpansionRule) -> str:
    """Say why no sample lies in the window, and what there is instead."""
    low, high = rule.day + rule.window[0], rule.day + rule.window[1]
    text = f"no usable blood sample between day {low} and day {high}"
    unusable = [f"{s.sample_id} ({s.specimen}, status {s.status})" for s in samples if in_window(s.day, rule)]
    if unusable:
        return f"{text}; in the window: {', '.join(sorted(unusable))}."
    blood = sorted((abs(s.day - rule.day), s.day, s.sample_id) for s in samples if is_blood(s))
    return f"{text}; the nearest is {blood[0][2]} of day {blood[0][1]}." if blood else f"{text}; there is none at all."
