"""The endpoint with one choice made otherwise, each choice by itself.

Definition
    Other typed cell fractions (each makes a named formula), other samples of the window, the lymphocyte count had the
    other way, the classical donor share, all donors' DNA in place of the NK donor's, other denominators of the NK
    fraction, the other rule for a donor share below its limit of detection, and the share corrected for the purity of
    the sort. All other choices stay the protocol's. A choice without an answer says why.

    Where the patient is not evaluable: what other typed cells, other samples of the window and the other rules for a
    share below its limit of detection would have given, only where that is a value, and nothing where references
    contradict each other or the NK gate holds other cells: then no choice can mend it.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from nktrial.core.errors import MethodError
from nktrial.endpoints.factors import Missing, SampleFactors, TypedDna
from nktrial.endpoints.product import DonorNkEstimate, donor_nk
from nktrial.endpoints.purity import purity_bounds, purity_corrected_share
from nktrial.endpoints.typed_fraction import ChosenDna, choose_typed, find_typed, formula_of
from nktrial.endpoints.window import ChosenSample
from nktrial.model.plan import ExpansionRule
from nktrial.model.results import Origin, Sensitivity
from nktrial.model.uncertainty import certain

__all__ = ["sensitivity_rows", "would_have_been"]

NOT_THE_ANSWER: Final = "not the protocol's answer: "
BEYOND_REPAIR: Final = frozenset({"NK-MIX-06", "NK-RUN-18", "NK-RUN-30"})

WORDS = {
    "published_whole_blood": "the formula as published (unseparated blood)",
    "sorted_nk": "DNA of sorted NK cells",
    "lymphocytes": "DNA of lymphocytes",
    "other_cells": "DNA of other cells",
}


def sensitivity_rows(
    chosen: ChosenSample, used: DonorNkEstimate, rule: ExpansionRule, origin: Origin
) -> tuple[Sensitivity, ...]:
    """Return the endpoint under each other choice that the data or the protocol offer.

    Parameters
    ----------
    chosen : ChosenSample
        The endpoint's sample and the other candidates.
    used : DonorNkEstimate
        The endpoint's value, as the protocol says.
    rule : ExpansionRule
        The protocol's rule.
    origin : {"nk_donor", "nk_or_hsct_donor"}
        Whose cells are counted.

    Returns
    -------
    tuple of Sensitivity
        In a fixed order.
    """
    sample = chosen.sample
    rows = [*_typed(sample, used.fraction_typed, rule), *_samples(chosen, rule), *_counts(sample, used, rule)]
    dna = find_typed(sample.typed, used.fraction_typed)
    if isinstance(dna, TypedDna):
        rows += _shares(sample, dna, used, rule, origin)
    return tuple(rows)


def would_have_been(chosen: ChosenSample, rule: ExpansionRule) -> tuple[Sensitivity, ...]:
    """Return what other choices would have given a patient who is not evaluable.

    Parameters
    ----------
    chosen : ChosenSample
        The sample that the window's rule points to, and the other candidates.
    rule : ExpansionRule
        The protocol's rule, under which there is no answer.

    Returns
    -------
    tuple of Sensitivity
        Only choices that give a value; each note says that it is not the protocol's answer.
    """
    if any(_is_beyond_repair(candidate) for candidate in (chosen.sample, *chosen.others)):
        return ()
    preferred = choose_typed(chosen.sample.typed, rule.chimerism)
    used = preferred.fraction if isinstance(preferred, ChosenDna) else ""
    rows = (*_typed(chosen.sample, used, rule), *_samples(chosen, rule), *_lod_rules(chosen.sample, rule))
    return tuple(replace(row, note=NOT_THE_ANSWER + row.note) for row in rows if row.value_per_ul is not None)


def _is_beyond_repair(sample: SampleFactors) -> bool:
    """Tell whether a factor of a sample was refused because inputs contradict each other."""
    parts = (sample.nk, *sample.typed.values())
    return any(isinstance(part, Missing) and part.code in BEYOND_REPAIR for part in parts)


def _lod_rules(sample: SampleFactors, rule: ExpansionRule) -> Iterator[Sensitivity]:
    """Give the two other rules where the share lies below its limit and the protocol calls that not evaluable."""
    if rule.below_lod != "not_evaluable":
        return
    for other in (replace(rule, below_lod="report_estimate"), replace(rule, below_lod="zero")):
        estimate = donor_nk(sample, other)
        if isinstance(estimate, DonorNkEstimate) and estimate.below_lod:
            limit = f"LOD {estimate.lod_per_ul:.4g} donor NK cells/uL"
            yield _row(f"below LOD: {other.below_lod}", estimate, limit)


def _row(choice: str, estimate: DonorNkEstimate | Missing, note: str) -> Sensitivity:
    """Write one row; a choice without an answer carries the reason."""
    if isinstance(estimate, Missing):
        return Sensitivity(choice, None, None, estimate.reason)
    return Sensitivity(choice, estimate.per_ul.value, estimate.success, note)


def _typed(sample: SampleFactors, used: str, rule: ExpansionRule) -> Iterator[Sensitivity]:
    """Give each other cell fraction of the protocol, then other typed fractions that make a named formula."""
    listed = {name.casefold() for name in rule.chimerism}
    extra = [name for name in sorted(sample.typed) if name.casefold() not in listed]
    known = [name for name in extra if formula_of(name) != "other_cells"]
    for fraction in (*rule.chimerism, *known):
        if fraction.casefold() == used.casefold():
            continue
        found = find_typed(sample.typed, fraction)
        estimate = found if isinstance(found, Missing) else donor_nk(sample, rule, order=(fraction,))
        formula = formula_of(fraction)
        yield _row(f"chimerism of {fraction}", estimate, f"{formula}: {WORDS[formula]}")


def _samples(chosen: ChosenSample, rule: ExpansionRule) -> Iterator[Sensitivity]:
    """Give the other samples of the window."""
    for other in chosen.others:
        yield _row(f"sample {other.sample_id}", donor_nk(other, rule), f"day {other.day}, also in the window")


def _counts(sample: SampleFactors, used: DonorNkEstimate, rule: ExpansionRule) -> Iterator[Sensitivity]:
    """Give the lymphocyte count had the other way and the other denominators of the NK fraction."""
    order = (used.fraction_typed,)
    if sample.alc_other is not None:
        way = sample.alc_other_basis or "the other way"
        changed = replace(sample, alc=sample.alc_other)
        yield _row(f"ALC from {way}", donor_nk(changed, rule, order=order), f"{sample.alc_other.value:.6g} cells/uL")
    for nk in sample.nk_other:
        changed = replace(sample, nk=nk)
        note = f"{nk.nk_events} of {nk.lymphocyte_events} events"
        yield _row(f"NK fraction: {nk.basis}", donor_nk(changed, rule, order=order), note)


def _shares(
    sample: SampleFactors, dna: TypedDna, used: DonorNkEstimate, rule: ExpansionRule, origin: Origin
) -> Iterator[Sensitivity]:
    """Give the donor share had otherwise from the same DNA."""
    alone = replace(rule, below_lod="report_estimate")

    def with_share(other: TypedDna) -> DonorNkEstimate | Missing:
        changed = replace(sample, typed={used.fraction_typed: other})
        return donor_nk(changed, alone, order=(used.fraction_typed,))

    if dna.classical is not None:
        classical = replace(dna, nk_donor=certain(dna.classical))
        yield _row("classical donor share", with_share(classical), f"mean over informative loci {dna.classical:.4f}")
    if origin == "nk_donor" and dna.any_donor is not None:
        every = replace(dna, nk_donor=dna.any_donor)
        yield _row("all donors' DNA", with_share(every), f"NK donor and HSCT donor together {dna.any_donor.value:.4f}")
    if used.below_lod:
        other = "zero" if rule.below_lod == "report_estimate" else "report_estimate"
        changed = replace(rule, below_lod="zero" if other == "zero" else "report_estimate")
        estimate = donor_nk(sample, changed, order=(used.fraction_typed,))
        yield _row(f"below LOD: {other}", estimate, f"LOD of the donor share {dna.lod}")
    if dna.purity is not None:
        yield _corrected(sample, dna, dna.purity, used, with_share)


def _corrected(
    sample: SampleFactors,
    dna: TypedDna,
    purity: float,
    used: DonorNkEstimate,
    with_share: Callable[[TypedDna], DonorNkEstimate | Missing],
) -> Sensitivity:
    """Correct the share for the purity of the sort, with whole blood standing for the contaminants."""
    choice = f"corrected for a purity of {purity:g}"
    blood = next((name for name in sorted(sample.typed) if formula_of(name) == "published_whole_blood"), "WB")
    rest = find_typed(sample.typed, blood)
    try:
        if isinstance(rest, Missing) or used.formula == "published_whole_blood":
            low, high = purity_bounds(dna.nk_donor, purity)
            why = "no whole-blood chimerism that could stand for the contaminants; whatever they are, the donor share "
            return Sensitivity(choice, None, None, f"{why}lies between {low:.4f} and {high:.4f}.")
        share = purity_corrected_share(dna.nk_donor, purity, rest.nk_donor)
    except MethodError as error:
        return Sensitivity(choice, None, None, str(error))
    low, high = share.interval()
    told = f"donor share {share.value:.4f}, 95 % {low:.4f} to {high:.4f}, {blood} as contaminant"
    return _row(choice, with_share(replace(dna, nk_donor=share)), told)
