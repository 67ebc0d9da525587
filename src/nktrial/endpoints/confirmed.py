"""Whether a sample confirms whose the NK donor's reference is.

Definition
    A wrong reference of a person with almost no DNA in the sample cannot be seen: the fit gives that person next to
    nothing either way. Where the NK donor's share lies below its limit of detection, or its 95 % interval reaches 0,
    the sample does not confirm the reference (NK-EXP-40). Where another usable sample or cell fraction of the patient
    surely holds that person's DNA (`surely_present`), the reference is confirmed there, and it is named (NK-EXP-41).

Not decided here
    Whose the reference is, and shares that were called elsewhere: they rest on no reference of this study.
"""

from collections.abc import Sequence

from nktrial.endpoints.factors import Missing, SampleFactors, TypedDna
from nktrial.endpoints.impossible import surely_present
from nktrial.endpoints.origin import NkOrigin
from nktrial.endpoints.typed_fraction import ChosenDna, choose_typed
from nktrial.model.origin import Finding
from nktrial.model.plan import ExpansionRule

__all__ = ["reference_confirmation"]


def reference_confirmation(
    samples: Sequence[SampleFactors], chosen: SampleFactors, rule: ExpansionRule, origin: NkOrigin
) -> tuple[Finding, ...]:
    """Say that the endpoint's sample does not confirm the NK donor's reference, or which one does in its place.

    Parameters
    ----------
    samples : sequence of SampleFactors
        All samples of one patient.
    chosen : SampleFactors
        The endpoint's.
    rule : ExpansionRule
        Order of typed fractions.
    origin : NkOrigin
        From `derive_origin`.

    Returns
    -------
    tuple of Finding
        NK-EXP-40 not confirmed, NK-EXP-41 confirmed elsewhere; empty where the sample itself shows the person.
    """
    used = choose_typed(chosen.typed, rule.chimerism)
    if not isinstance(used, ChosenDna) or not _is_fitted(used.dna):
        return ()
    why = _almost_nothing(used.dna)
    if not why:
        return ()
    donor = ", ".join(origin.nk_donors)
    told = f"The share of NK donor {donor} in the DNA of {chosen.sample_id} ({used.fraction}) {why}"
    elsewhere = _confirmed_by(samples)
    if elsewhere:
        message = f"{told}, so that a wrong reference would not show here; {elsewhere} confirms the reference."
        return (Finding("NK-EXP-41", "info", chosen.sample_id, message, {"confirmed_by": elsewhere}),)
    message = (
        f"{told}: this sample does not confirm that the reference of {donor} is that person's, and neither does any "
        "other. With a wrong reference the result would look the same."
    )
    return (Finding("NK-EXP-40", "warning", chosen.sample_id, message),)


def _almost_nothing(dna: TypedDna) -> str:
    """Return in what way a share is next to nothing, or an empty text."""
    low, _ = dna.nk_donor.interval()
    if dna.lod is not None and dna.nk_donor.value < dna.lod:
        return "lies below its limit of detection"
    return "has a 95 % interval that reaches 0" if low <= 0.0 else ""


def _confirmed_by(samples: Sequence[SampleFactors]) -> str:
    """Return the typed cell fraction with the largest sure share, or an empty text."""
    sure = [
        (-dna.nk_donor.interval()[0], sample.day, f"{sample.sample_id} ({fraction}, day {sample.day})")
        for sample in samples
        for fraction, dna in sample.typed.items()
        if sample.status.strip().lower() == "ok" and not isinstance(dna, Missing)
        if _is_fitted(dna) and surely_present(dna)
    ]
    return min(sure)[2] if sure else ""


def _is_fitted(dna: TypedDna) -> bool:
    return dna.lod is not None or dna.any_donor is not None
