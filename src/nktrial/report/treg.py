"""One patient's activated Treg and systemic IL-2 as the page shows them. Formatting only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nktrial.figures.catalog import PlannedFigure
from nktrial.figures.wording import day_text
from nktrial.model.patient_results import TregAt, TregResult
from nktrial.model.results import SubjectResults
from nktrial.report.number import Measured, Number, Numbers
from nktrial.report.placed_figures import names_of
from nktrial.report.trail import Note, notes

__all__ = ["Il2Line", "TregBlock", "TregRow", "il2_line", "treg_block"]

IL2_WORDS: Final = {
    "none_given": "none given",
    "given": "given",
    "table_absent": "not known",
    "not_evaluable": "not evaluable",
}


@dataclass(frozen=True, slots=True)
class TregRow:
    """One sample: counts, per microlitre, of CD4+; ``role`` is before, after or empty."""

    role: str
    day: str
    sample_id: str
    events: Number
    cd4_events: Number
    per_ul: Measured | None
    of_cd4: Measured
    below_loq: bool
    reason: str
    record: str


@dataclass(frozen=True, slots=True)
class TregBlock:
    """Activated Treg of one patient: the answer in a sentence, both ratios, samples, origin."""

    reason: str
    verdict: str
    ratio: Measured | None
    ratio_limits: tuple[Number, Number] | None
    of_cd4_ratio: Measured | None
    rows: tuple[TregRow, ...]
    origin: str
    origin_reason: str
    figures: tuple[str, ...]
    notes: tuple[Note, ...]
    record: str


@dataclass(frozen=True, slots=True)
class Il2Line:
    """Whether systemic IL-2 was given, in a line."""

    word: str
    reason: str
    window: str
    given: tuple[str, ...]
    record: str


def treg_block(subject: SubjectResults, plan: Sequence[PlannedFigure], numbers: Numbers) -> TregBlock | None:
    """Return one patient's activated Treg; None where the study does not ask for them."""
    tregs = subject.tregs
    if tregs is None:
        return None
    limits = None
    if tregs.ratio is None and tregs.ratio_low is not None and tregs.ratio_high is not None:
        limits = (numbers.ratio(tregs.ratio_low, tregs.record), numbers.ratio(tregs.ratio_high, tregs.record))
    return TregBlock(
        reason=tregs.reason,
        verdict=_verdict(tregs),
        ratio=_ratio(tregs.ratio, tregs.ratio_low, tregs.ratio_high, tregs.record, numbers),
        ratio_limits=limits,
        of_cd4_ratio=_ratio(tregs.of_cd4_ratio, tregs.of_cd4_ratio_low, tregs.of_cd4_ratio_high, tregs.record, numbers),
        rows=tuple(_row(one, tregs, numbers) for one in tregs.series),
        origin=tregs.origin,
        origin_reason=tregs.origin_reason,
        figures=names_of(plan, "treg"),
        notes=notes(tregs.findings),
        record=numbers.known(tregs.record),
    )


def il2_line(subject: SubjectResults, numbers: Numbers) -> Il2Line | None:
    """Return whether one patient had systemic IL-2; None where the study does not ask."""
    il2 = subject.il2
    if il2 is None:
        return None
    first, last = (day_text(day) for day in il2.window)
    return Il2Line(IL2_WORDS[il2.status], il2.reason, f"day {first} to {last}", il2.given, numbers.known(il2.record))


def _verdict(tregs: TregResult) -> str:
    """Return what can be said of the change per microlitre."""
    if tregs.rose is not None:
        return "rose" if tregs.rose else "fell"
    if tregs.before is None or tregs.after is None:
        return ""
    if tregs.before.below_loq or tregs.after.below_loq:
        return "cannot be said: a sample has fewer than 50 activated events"
    if tregs.ratio_low is None:
        return "cannot be said: there is no count per µL"
    return "no change shown: the interval holds 1"


def _ratio(
    value: float | None, low: float | None, high: float | None, record: str, numbers: Numbers
) -> Measured | None:
    if value is None or low is None or high is None:
        return None
    return Measured(*(numbers.ratio(number, record) for number in (value, low, high)))


def _row(one: TregAt, tregs: TregResult, numbers: Numbers) -> TregRow:
    roles = {item.sample_id: role for role, item in (("before", tregs.before), ("after", tregs.after)) if item}
    per_ul = None
    if one.per_ul is not None and one.per_ul_low is not None and one.per_ul_high is not None:
        per_ul = numbers.measured_per_ul(one.per_ul, one.per_ul_low, one.per_ul_high, one.record)
    return TregRow(
        role=roles.get(one.sample_id, ""),
        day=day_text(one.day),
        sample_id=one.sample_id,
        events=numbers.count(one.events, one.record),
        cd4_events=numbers.count(one.cd4_events, one.record),
        per_ul=per_ul,
        of_cd4=numbers.measured_percent(one.of_cd4, one.of_cd4_low, one.of_cd4_high, one.record),
        below_loq=one.below_loq,
        reason=one.reason,
        record=one.record,
    )
