"""One patient's part of the page: verdict, product, course, gates, chimerism, findings. Formatting only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nktrial.figures.catalog import PlannedFigure
from nktrial.figures.wording import day_text
from nktrial.model.results import ExpansionResult, FactorValue, StudyResults, SubjectResults
from nktrial.report.chimerism import ChimerismBlock, chimerism_blocks
from nktrial.report.clinical import ResponseBlock, SafetyBlock, TimeRow, response_block, safety_block, time_rows
from nktrial.report.gating import GateBlock, gate_blocks
from nktrial.report.number import Measured, Number, Numbers
from nktrial.report.placed_figures import names_of
from nktrial.report.samples import SampleRow, sample_row
from nktrial.report.trail import Note, NoteGroup, grouped, notes
from nktrial.report.treg import Il2Line, TregBlock, il2_line, treg_block

__all__ = ["Alternative", "Before", "Factor", "Patient", "Verdict", "patient_of"]

ORIGIN_WORDS: Final = {
    "nk_donor": "NK donor: told apart from patient and graft",
    "nk_or_hsct_donor": "NK donor or graft: one donor gave both, the cells cannot be told apart",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who succeeded, in a word, a class for the colour, a sign that needs no colour."""

    word: str
    css: str
    sign: str
    borderline: bool
    aside: str


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor of the product: its name, value with interval (or without), and how it was had."""

    name: str
    value: Number
    low: Number | None
    high: Number | None
    basis: str


@dataclass(frozen=True, slots=True)
class Before:
    """The value before the infusion and the change from it."""

    day: str
    sample_id: str
    measured: Measured
    change: Number
    change_low: Number | None
    change_high: Number | None


@dataclass(frozen=True, slots=True)
class Alternative:
    """The endpoint with one choice made otherwise."""

    choice: str
    value: Number | None
    verdict: str
    note: str


@dataclass(frozen=True, slots=True)
class Patient:
    """One patient's part of the page."""

    subject_id: str
    anchor: str
    diagnosis: str
    facts: tuple[tuple[str, str], ...]
    verdict: Verdict
    value: Measured | None
    p_success: Number | None
    sample: str
    origin: str
    reason: str
    doubts: tuple[Note, ...]
    remarks: tuple[Note, ...]
    factors: tuple[Factor, ...]
    before: Before | None
    alternatives: tuple[Alternative, ...]
    timeline_figures: tuple[str, ...]
    course_figures: tuple[str, ...]
    samples: tuple[SampleRow, ...]
    safety: SafetyBlock | None
    response: ResponseBlock | None
    times: tuple[TimeRow, ...]
    times_reason: str
    treg: TregBlock | None
    il2: Il2Line | None
    gates: tuple[GateBlock, ...]
    contributor_figures: tuple[str, ...]
    chimerism: tuple[ChimerismBlock, ...]
    findings: tuple[NoteGroup, ...]
    record: str


def patient_of(results: StudyResults, index: int, plan: Sequence[PlannedFigure], numbers: Numbers) -> Patient:
    """Return one patient's part of the page.

    Parameters
    ----------
    results : StudyResults
        The study.
    index : int
        Which patient.
    plan : sequence of PlannedFigure
        The patient's figures.
    numbers : Numbers
        Writes numbers.

    Returns
    -------
    Patient
        Text and numbers as the page shows them.

    Raises
    ------
    MethodError
        NK-REP-01 a number's record is not among the results.
    """
    subject = results.subjects[index]
    expansion = subject.expansion
    said = notes(expansion.cautions, numbers.known(expansion.record))
    return Patient(
        subject_id=subject.subject_id,
        anchor=f"patient-{index + 1}",
        diagnosis=subject.diagnosis,
        facts=subject.facts,
        verdict=_verdict(expansion),
        value=_endpoint(expansion, numbers),
        p_success=_optional_probability(expansion, numbers),
        sample="" if expansion.day is None else f"day {day_text(expansion.day)}, sample {expansion.sample_id}",
        origin=ORIGIN_WORDS.get(expansion.origin or "", ""),
        reason=expansion.reason,
        doubts=tuple(note for note in said if note.severity != "info"),
        remarks=tuple(note for note in said if note.severity == "info"),
        factors=_factors(subject, numbers),
        before=_before(expansion, numbers),
        alternatives=_alternatives(expansion, numbers),
        timeline_figures=names_of(plan, "timeline"),
        course_figures=names_of(plan, "donor_nk") + names_of(plan, "factors"),
        samples=tuple(sample_row(point, numbers) for point in subject.series),
        safety=safety_block(subject, numbers),
        response=response_block(subject, numbers),
        times=time_rows(subject.times, numbers),
        times_reason="" if subject.times is None else subject.times.reason,
        treg=treg_block(subject, plan, numbers),
        il2=il2_line(subject, numbers),
        gates=gate_blocks(subject, plan, numbers),
        contributor_figures=names_of(plan, "contributors"),
        chimerism=chimerism_blocks(subject, plan, numbers),
        findings=grouped(notes(subject.findings)),
        record=expansion.record,
    )


def _verdict(expansion: ExpansionResult) -> Verdict:
    """Return the protocol's decision in a word."""
    if expansion.status == "not_evaluable":
        aside = "counted as no success, as the protocol says" if expansion.success is False else ""
        return Verdict("Not evaluable", "none", "?", borderline=False, aside=aside)
    borderline = bool(expansion.borderline)
    if expansion.success:
        return Verdict("Success", "yes", "✓", borderline, "")
    return Verdict("No success", "no", "✕", borderline, "")


def _endpoint(expansion: ExpansionResult, numbers: Numbers) -> Measured | None:
    if expansion.value_per_ul is None or expansion.ci95 is None:
        return None
    return numbers.measured_per_ul(expansion.value_per_ul, *expansion.ci95, expansion.record)


def _optional_probability(expansion: ExpansionResult, numbers: Numbers) -> Number | None:
    return None if expansion.p_success is None else numbers.probability(expansion.p_success, expansion.record)


def _factors(subject: SubjectResults, numbers: Numbers) -> tuple[Factor, ...]:
    """Return the product's factors: those of the chosen sample, else what the endpoint's own record holds."""
    expansion = subject.expansion
    point = next((item for item in subject.series if item.chosen), None)
    named = (
        ("Lymphocytes per µL", None if point is None else point.alc, expansion.alc_per_ul, False),
        ("NK cells of lymphocytes", None if point is None else point.nk_fraction, expansion.nk_fraction, True),
        ("NK donor's share", None if point is None else point.donor_fraction, expansion.donor_fraction, True),
    )
    return tuple(
        _factor(name, found, value, expansion.record, numbers, percent=percent)
        for name, found, value, percent in named
        if value is not None
    )


def _factor(
    name: str, found: FactorValue | None, value: float, record: str, numbers: Numbers, *, percent: bool
) -> Factor:
    write = numbers.percent if percent else numbers.per_ul
    if found is None:
        return Factor(name, write(value, record), None, None, "")
    low, high = write(found.low, found.record), write(found.high, found.record)
    return Factor(name, write(found.value, found.record), low, high, found.basis)


def _before(expansion: ExpansionResult, numbers: Numbers) -> Before | None:
    before = expansion.baseline
    if before is None:
        return None
    measured = numbers.measured_per_ul(before.value_per_ul, before.low, before.high, before.record)
    change = numbers.change_per_ul(before.change_per_ul, before.record)
    low, high = (
        None if value is None else numbers.change_per_ul(value, before.record)
        for value in (before.change_low, before.change_high)
    )
    return Before(day_text(before.day), before.sample_id, measured, change, low, high)


def _alternatives(expansion: ExpansionResult, numbers: Numbers) -> tuple[Alternative, ...]:
    would = "" if expansion.status == "evaluable" else "would have been "
    words = {True: f"{would}success", False: f"{would}no success", None: "no answer"}
    return tuple(
        Alternative(
            choice=item.choice,
            value=None if item.value_per_ul is None else numbers.per_ul(item.value_per_ul, expansion.record),
            verdict=words[item.success],
            note=item.note,
        )
        for item in expansion.sensitivity
    )
