"""Activated regulatory T cells before and after the NK infusion: change with its interval, and whose cells they are.

Definition
    Compared are two blood samples with status ok: one of the protocol's days before the infusion, closest to day 0, and
    one of the days after it, closest to the target day; ties and other orders as the protocol's pick says. The ratio is
    after / before, per microlitre and as a fraction of CD4+ T cells. Its distribution is that of the quotient of two
    independent quantities, computed on a deterministic lattice of 2^14 points through their quantile functions; the
    95 % interval is equal-tailed, which is the same on the scale of the log ratio. They rose, or fell, where the
    interval of the ratio per microlitre leaves 1 out, and only where both samples have at least 50 activated events.

    Whose cells: from the recipient's share of the DNA of sorted Treg, or else of sorted CD4+ cells, of the sample after
    the infusion. Recipient where the whole 95 % interval lies at or above 0.95, donor where it lies at or below 0.05,
    both where it lies between; else not determined.

Not decided here
    The counts and what the gates hold (``cytometry``). A change within a patient is no effect of the NK cells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import numpy as np

from nktrial.core.lattice import lattice
from nktrial.endpoints.factors import Missing, TypedDna
from nktrial.endpoints.typed_fraction import find_typed
from nktrial.model.method import Method
from nktrial.model.origin import Finding
from nktrial.model.plan import Pick, TregRule
from nktrial.model.uncertainty import PROBABILITIES, Uncertain

__all__ = ["LOQ_EVENTS", "METHOD", "Ratio", "TregChange", "TregOrigin", "TregSample", "change_ratio", "derive_treg"]

METHOD: Final = Method(
    name="endpoints.activated_treg",
    version=1,
    source="Bjorklund et al. 2018, Clin Cancer Res 24:1834 (phenotype, recipient origin); limits by events PMC5291958",
)

TregOrigin: TypeAlias = Literal["recipient", "donor", "recipient and donor", "not determined"]

LOQ_EVENTS: Final = 50
PURE: Final = 0.95  # [unverified] what a sorted population can be told to be by standard STR and a usual sort purity
SORTED: Final = ("Treg", "CD4")


@dataclass(frozen=True, slots=True)
class TregSample:
    """One sample with its activated Treg.

    Parameters
    ----------
    sample_id, day, specimen, status
        As in samples.csv.
    events, cd4_events : int
        Activated Treg and CD4+ T cells.
    per_ul : Uncertain or Missing
        [cells/uL].
    of_cd4 : Uncertain
        Fraction of CD4+ T cells, 0 to 1.
    typed : mapping
        Cell fraction typed -> its chimerism, or why it has none.
    """

    sample_id: str
    day: int
    specimen: str
    status: str
    events: int
    cd4_events: int
    per_ul: Uncertain | Missing
    of_cd4: Uncertain
    typed: Mapping[str, TypedDna | Missing] = field(default_factory=dict)

    @property
    def below_loq(self) -> bool:
        """Tell whether there are too few events to be quantified."""
        return self.events < LOQ_EVENTS


@dataclass(frozen=True, slots=True)
class Ratio:
    """After / before with its 95 % interval; ``value`` is None where there was none before."""

    value: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class TregChange:
    """What became of a patient's activated Treg.

    Parameters
    ----------
    reason : str
        Why the change is not evaluable; empty where it is.
    before, after : TregSample or None
        The samples that are compared.
    per_ul, of_cd4 : Ratio or None
        None where a sample or its count per microlitre is missing.
    rose : bool or None
        None where the interval holds 1, or a sample is below the limit of quantification.
    origin, origin_reason : TregOrigin, str
        Whose cells, and what that rests on.
    findings : tuple of Finding
        NK-TRG-01 a tie, -02 below the limit of quantification, -03 no count per microlitre, -04 the two ratios point to
        different sides, -05 the origin rests on CD4+ cells.
    """

    reason: str
    before: TregSample | None
    after: TregSample | None
    per_ul: Ratio | None
    of_cd4: Ratio | None
    rose: bool | None
    origin: TregOrigin
    origin_reason: str
    findings: tuple[Finding, ...]


def derive_treg(subject_id: str, samples: Sequence[TregSample], rule: TregRule) -> TregChange:
    """Return the change of activated Treg of one patient.

    Parameters
    ----------
    subject_id : str
        For the findings.
    samples : sequence of TregSample
        Those whose activated Treg were counted, in any order.
    rule : TregRule
        Days and pick.

    Returns
    -------
    TregChange
        With ``reason`` where it is not evaluable.
    """
    findings: list[Finding] = []
    before = _choose(samples, rule.before, 0, rule.pick, findings)
    after = _choose(samples, rule.after, rule.target, rule.pick, findings)
    origin, why, notes = _origin(after)
    findings += notes
    if before is None or after is None:
        lost = [_nothing(name, days) for name, days, one in _asked(rule, before, after) if one is None]
        return TregChange(" ".join(lost), before, after, None, None, None, origin, why, tuple(findings))
    of_cd4 = change_ratio(before.of_cd4, after.of_cd4)
    findings += _below_loq(before, after)
    if isinstance(before.per_ul, Missing) or isinstance(after.per_ul, Missing):
        for one in (before, after):
            if isinstance(one.per_ul, Missing):
                message = f"{one.sample_id} has no activated Treg per microlitre: {one.per_ul.reason}"
                findings.append(Finding("NK-TRG-03", "warning", one.sample_id, message))
        return TregChange("", before, after, None, of_cd4, None, origin, why, tuple(findings))
    per_ul = change_ratio(before.per_ul, after.per_ul)
    quantified = not (before.below_loq or after.below_loq)
    rose = _side(per_ul) if quantified else None
    if quantified and rose is not None and _side(of_cd4) not in {rose, None}:
        word = "rose" if rose else "fell"
        message = f"Activated Treg {word} per microlitre, while their fraction of CD4+ T cells went the other way."
        findings.append(Finding("NK-TRG-04", "warning", subject_id, message))
    return TregChange("", before, after, per_ul, of_cd4, rose, origin, why, tuple(findings))


def change_ratio(before: Uncertain, after: Uncertain) -> Ratio:
    """Return after / before of two independent quantities; the interval always contains the point value."""
    points = lattice(2)
    low_end = np.finfo(np.float64).tiny
    draws = after.quantile(points[:, 0]) / np.maximum(before.quantile(points[:, 1]), low_end)
    low, high = Uncertain(0.0, tuple(np.quantile(draws, PROBABILITIES, method="hazen").tolist())).interval(0.95)
    if before.value <= 0.0:
        return Ratio(None, low, high)
    value = after.value / before.value
    return Ratio(value, min(low, value), max(high, value))


def _side(ratio: Ratio) -> bool | None:
    """Tell on which side of 1 the interval lies; None where it holds 1."""
    if ratio.low > 1.0:
        return True
    return False if ratio.high < 1.0 else None


def _choose(
    samples: Sequence[TregSample], days: tuple[int, int], target: int, pick: Pick, findings: list[Finding]
) -> TregSample | None:
    """Return the sample that the pick puts first (NK-TRG-01: another of the same day could have been)."""
    usable = [one for one in samples if days[0] <= one.day <= days[1] and _is_blood(one)]
    usable.sort(key=lambda one: (*_rank(one.day, target, pick), one.sample_id))
    if not usable:
        return None
    first = usable[0]
    twins = [one.sample_id for one in usable[1:] if one.day == first.day]
    if twins:
        message = f"{', '.join(twins)} of the same day could have been taken too; {first.sample_id} sorts first."
        findings.append(Finding("NK-TRG-01", "warning", first.sample_id, message))
    return first


def _is_blood(sample: TregSample) -> bool:
    return sample.specimen.strip().upper() == "PB" and sample.status.strip().lower() == "ok"


def _rank(day: int, target: int, pick: Pick) -> tuple[int, int]:
    """Return what the pick sorts by, smallest first."""
    ranks = {
        "closest_then_earlier": (abs(day - target), day),
        "closest_then_later": (abs(day - target), -day),
        "first": (day, 0),
        "last": (-day, 0),
    }
    return ranks[pick]


def _asked(
    rule: TregRule, before: TregSample | None, after: TregSample | None
) -> tuple[tuple[str, tuple[int, int], TregSample | None], ...]:
    return ("before", rule.before, before), ("after", rule.after, after)


def _nothing(name: str, days: tuple[int, int]) -> str:
    return (
        f"There is no usable blood sample {name} the infusion (day {days[0]} to {days[1]}) whose activated Treg were "
        "counted."
    )


def _below_loq(before: TregSample, after: TregSample) -> list[Finding]:
    """Note samples with too few events (NK-TRG-02)."""
    return [
        Finding(
            "NK-TRG-02",
            "warning",
            one.sample_id,
            f"{one.events} activated Treg events are below the limit of quantification of {LOQ_EVENTS}: whether they "
            "rose cannot be said.",
            {"events": one.events, "loq_events": LOQ_EVENTS},
        )
        for one in (before, after)
        if one.below_loq
    ]


def _origin(sample: TregSample | None) -> tuple[TregOrigin, str, tuple[Finding, ...]]:
    """Return whose cells, by the first sorted fraction that was typed with a recipient's share (NK-TRG-05 CD4+)."""
    if sample is None:
        return "not determined", "There is no sample after the infusion.", ()
    lost: list[str] = []
    for fraction in SORTED:
        dna = find_typed(sample.typed, fraction)
        if isinstance(dna, Missing):
            lost += [f"{fraction}: {dna.reason}"] if dna.code else []
            continue
        if dna.any_donor is None:
            lost.append(f"{fraction}: the recipient's share of its DNA is not given.")
            continue
        origin, why = _whose(dna.any_donor, fraction, sample.sample_id)
        stands = fraction == "Treg" or origin == "not determined"
        return origin, why, () if stands else (_of_all_cd4(sample),)
    known = " ".join(lost) or f"DNA of sorted Treg or CD4+ cells of {sample.sample_id} was not typed."
    return "not determined", known, ()


def _whose(any_donor: Uncertain, fraction: str, sample_id: str) -> tuple[TregOrigin, str]:
    """Return whose cells a fraction is, by the 95 % interval of the recipient's share."""
    donor_low, donor_high = any_donor.interval(0.95)
    low, high = 1.0 - donor_high, 1.0 - donor_low
    share = (
        f"The recipient's share of the DNA of sorted {fraction} of {sample_id} is {1.0 - any_donor.value:.1%} "
        f"({low:.1%} to {high:.1%})"
    )
    if low >= PURE:
        return "recipient", f"{share}, all of it at or above {PURE:.0%} [unverified]."
    if high <= 1.0 - PURE:
        return "donor", f"{share}, all of it at or below {1.0 - PURE:.0%} [unverified]."
    if low > 1.0 - PURE and high < PURE:
        return "recipient and donor", f"{share}, between {1.0 - PURE:.0%} and {PURE:.0%} [unverified]."
    return "not determined", f"{share}, which does not lie on one side of {1.0 - PURE:.0%} and {PURE:.0%} [unverified]."


def _of_all_cd4(sample: TregSample) -> Finding:
    """Say that the origin rests on cells of which activated Treg are a small part."""
    message = (
        f"The origin is that of CD4+ cells, of which activated Treg are {sample.of_cd4.value:.1%}: it says little of "
        "them. Type DNA of sorted Treg."
    )
    return Finding("NK-TRG-05", "warning", sample.sample_id, message)
