"""Expansion of donor NK cells: the study's primary endpoint of one patient.

Definition
    Success: more than 100 donor NK cells/uL of blood on day 14 after NK infusion, donor NK/uL = ALC/uL x share of
    lymphocytes that are CD56+ CD3- x donor share by STR (Bachanova 2014, Fig. 1 legend). Threshold, comparison, day,
    window, pick, order of typed cells and the rules for missing values and values below a limit are the protocol's.
    Success is decided by the point value alone; a value whose probability of success lies in 0.05 to 0.95 is marked
    borderline. Without a usable sample the patient is not evaluable; where the protocol calls that a failure, success
    is False and the state of measurement stays "not evaluable".

Not decided here
    Whether systemic IL-2 was given, whether the cells persist, and what the study concludes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nktrial.endpoints.baseline import BaselineValue, NoBaseline, derive_baseline
from nktrial.endpoints.cautions import is_borderline, value_cautions
from nktrial.endpoints.confirmed import reference_confirmation
from nktrial.endpoints.factors import Missing, SampleFactors
from nktrial.endpoints.impossible import contradiction
from nktrial.endpoints.origin import NkOrigin
from nktrial.endpoints.product import DonorNkEstimate, donor_nk
from nktrial.endpoints.sensitivity import sensitivity_rows, would_have_been
from nktrial.endpoints.threshold import check_rule, meets
from nktrial.endpoints.window import ChosenSample, choose_sample
from nktrial.model.method import Method
from nktrial.model.origin import Finding
from nktrial.model.plan import ExpansionRule
from nktrial.model.results import Origin, Sensitivity

__all__ = ["METHOD", "Evaluable", "NotEvaluable", "derive_expansion"]

METHOD: Final = Method(name="endpoints.expansion", version=1, source="Bachanova 2014, Blood 123:3855, Fig. 1 legend")
BELOW_LOD: Final = "NK-EXP-14"


@dataclass(frozen=True, slots=True)
class Evaluable:
    """The endpoint of a patient with a usable sample.

    Parameters
    ----------
    value : DonorNkEstimate
        Value, interval, probability, success, and the three factors.
    origin : {"nk_donor", "nk_or_hsct_donor"}
        Whose cells are counted.
    borderline : bool
        Probability of success in 0.05 to 0.95.
    baseline : BaselineValue | NoBaseline
        Before the infusion.
    sensitivity : tuple of Sensitivity
        Other choices.
    cautions : tuple of Finding
        What the reader must be told.
    """

    value: DonorNkEstimate
    origin: Origin
    borderline: bool
    baseline: BaselineValue | NoBaseline
    sensitivity: tuple[Sensitivity, ...]
    cautions: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class NotEvaluable:
    """The endpoint of a patient without a usable sample.

    Parameters
    ----------
    reason, code : str
        Why.
    success : bool or None
        False where the protocol counts a missing endpoint as failure, else None.
    sample_id, day : str, int or None
        The sample that the window's rule points to, where there is one.
    origin : Origin or None
        Whose cells would have been counted.
    upper_per_ul : float or None
        A limit that the donor NK cells lie below, where one is known [cells/uL].
    cautions : tuple of Finding
        What the reader must be told.
    sensitivity : tuple of Sensitivity
        What other choices would have given; none of them is the protocol's answer.
    """

    reason: str
    code: str
    success: bool | None
    sample_id: str | None = None
    day: int | None = None
    origin: Origin | None = None
    upper_per_ul: float | None = None
    cautions: tuple[Finding, ...] = ()
    sensitivity: tuple[Sensitivity, ...] = ()


def derive_expansion(
    samples: Sequence[SampleFactors],
    rule: ExpansionRule,
    origin: NkOrigin | Missing,
    *,
    age_days: int | None = None,
) -> Evaluable | NotEvaluable:
    """Derive the expansion endpoint of one patient.

    Parameters
    ----------
    samples : sequence of SampleFactors
        All samples of the patient, in any order.
    rule : ExpansionRule
        The protocol's rule.
    origin : NkOrigin or Missing
        From `derive_origin`.
    age_days : int or None
        Age on day 0; None where unknown.

    Returns
    -------
    Evaluable | NotEvaluable
        ``NotEvaluable``: NK-EXP-10 no sample in the window, NK-EXP-11 ALC, NK-EXP-12 NK fraction, NK-EXP-13 chimerism,
        NK-EXP-14 below LOD, NK-EXP-15 and NK-EXP-16 donor roles, NK-EXP-37 and NK-EXP-38 what cannot be.

    Raises
    ------
    MethodError
        NK-EXP-01 a factor outside its range; NK-EXP-03 a rule that cannot be applied.
    """
    check_rule(rule)
    if isinstance(origin, Missing):
        return _not_evaluable(origin, rule, None, None)
    impossible = contradiction(samples, origin)
    if impossible is not None:
        return _not_evaluable(impossible, rule, origin, None)
    chosen = choose_sample(samples, rule)
    if isinstance(chosen, Missing):
        return _not_evaluable(chosen, rule, origin, None)
    value = donor_nk(chosen.sample, rule)
    confirmation = reference_confirmation(samples, chosen.sample, rule, origin)
    if isinstance(value, Missing):
        told = confirmation if value.code == BELOW_LOD else ()
        return _not_evaluable(value, rule, origin, chosen, told)
    baseline = derive_baseline(samples, rule, value)
    rows = sensitivity_rows(chosen, value, rule, origin.origin)
    cautions = (
        *origin.findings,
        *chosen.findings,
        *value.findings,
        *value_cautions(value, rule, age_days=age_days),
        *confirmation,
        *_of_the_baseline(baseline, value),
        *_overturned(rows, value),
    )
    return Evaluable(value, origin.origin, is_borderline(value.p_success), baseline, rows, cautions)


def _not_evaluable(
    gap: Missing,
    rule: ExpansionRule,
    origin: NkOrigin | None,
    chosen: ChosenSample | None,
    told: tuple[Finding, ...] = (),
) -> NotEvaluable:
    """State why there is no endpoint, and what the protocol makes of that."""
    cautions: list[Finding] = []
    if origin is not None:
        cautions += origin.findings
    if chosen is not None:
        cautions += chosen.findings
    if gap.upper is not None and not meets(gap.upper, rule.threshold_per_ul, rule.comparison):
        subject = chosen.sample.sample_id if chosen is not None else ""
        message = (
            f"The endpoint could not have been reached: the donor NK cells lie below {gap.upper:g}/uL, the threshold "
            f"is {rule.comparison} {rule.threshold_per_ul:g}/uL."
        )
        cautions.append(Finding("NK-EXP-27", "warning", subject, message, {"upper_per_ul": gap.upper}))
    cautions += told
    return NotEvaluable(
        reason=gap.reason,
        code=gap.code,
        success=False if rule.missing == "failure" else None,
        sample_id=chosen.sample.sample_id if chosen is not None else None,
        day=chosen.sample.day if chosen is not None else None,
        origin=origin.origin if origin is not None else None,
        upper_per_ul=gap.upper,
        cautions=tuple(cautions),
        sensitivity=would_have_been(chosen, rule) if chosen is not None else (),
    )


def _of_the_baseline(baseline: BaselineValue | NoBaseline, value: DonorNkEstimate) -> tuple[Finding, ...]:
    """Say that there is no baseline (NK-EXP-23), or carry its findings."""
    if isinstance(baseline, BaselineValue):
        return baseline.findings
    message = f"No value before the infusion, so no change can be given: {baseline.reason}"
    if baseline.upper_per_ul is not None:
        message += f" They were not more than {baseline.upper_per_ul:.4g}/uL ({baseline.sample_id})."
    return (Finding("NK-EXP-23", "warning", value.sample_id, message, {"upper_per_ul": baseline.upper_per_ul}),)


def _overturned(rows: tuple[Sensitivity, ...], value: DonorNkEstimate) -> tuple[Finding, ...]:
    """Name the choices that would decide otherwise (NK-EXP-36)."""
    choices = [row.choice for row in rows if row.success is not None and row.success != value.success]
    if not choices:
        return ()
    message = f"Another choice would decide otherwise: {'; '.join(choices)}."
    return (Finding("NK-EXP-36", "warning", value.sample_id, message, {"choices": list(choices)}),)
