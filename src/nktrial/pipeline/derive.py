"""Derive: donor NK cells of every sample, and the expansion endpoint of a patient, as records."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from nktrial.core.digest import Json
from nktrial.endpoints.baseline import BaselineValue
from nktrial.endpoints.expansion import METHOD as EXPANSION
from nktrial.endpoints.expansion import Evaluable, NotEvaluable, derive_expansion
from nktrial.endpoints.factors import Missing, SampleFactors
from nktrial.endpoints.origin import NkOrigin
from nktrial.endpoints.product import METHOD as DONOR_NK
from nktrial.endpoints.product import donor_nk
from nktrial.endpoints.typed_fraction import ChosenDna, choose_typed
from nktrial.model.clinic import Subject
from nktrial.model.origin import Finding, Record
from nktrial.model.plan import ExpansionRule, Study
from nktrial.model.results import Baseline, ExpansionResult, Sensitivity
from nktrial.pipeline.encode import uncertain_value
from nktrial.pipeline.factors import SampleRecords
from nktrial.pipeline.ledger import Ledger, Measured, Step
from nktrial.pipeline.persons import nk_donor_of, origin_of
from nktrial.pipeline.rows import row_step

__all__ = ["PatientRecords", "chosen_fraction", "derive_patient", "expansion_result"]


@dataclass(frozen=True, slots=True)
class PatientRecords:
    """The records of one patient's endpoint.

    Parameters
    ----------
    samples : tuple of SampleRecords
        In order of day.
    donor_nk : mapping
        Sample id -> record of its donor NK/uL (null with the reason where it could not be had).
    expansion : Record
        The endpoint.
    """

    samples: tuple[SampleRecords, ...]
    donor_nk: Mapping[str, Record]
    expansion: Record


def derive_patient(
    study: Study, subject: Subject, samples: Sequence[SampleRecords], notes: Sequence[Finding], ledger: Ledger
) -> PatientRecords:
    """Derive the endpoint of one patient from the factors of all samples; ``notes`` join its cautions."""
    rule = study.plan.expansion
    steps = [_donor_nk_step(study, item, rule, ledger) for item in samples]
    records = dict(zip((item.sample.sample_id for item in samples), ledger.take_all("", steps), strict=True))
    donors = [row_step(study, row) for row in study.donors if row.subject_id == subject.subject_id]
    infusions = [row_step(study, row) for row in study.infusions if row.subject_id == subject.subject_id]
    rows = ledger.take_all("", [row_step(study, subject), *donors, *infusions])
    typed = [record for item in samples for record in item.donor.values()]  # other fractions make sensitivity rows
    parents = (*(record.id for record in (*records.values(), *typed, *rows)), study.sources["study.toml"].sha256)
    age = _age_on_day_0(study, subject)
    parameters: dict[str, Json] = {"subject_id": subject.subject_id, "rule": rule_value(rule), "age_days": age}
    factors = tuple(item.factors for item in samples)
    notes = (*notes, *(finding for item in samples if item.alc is not None for finding in item.alc.findings))
    days = tuple(row.day for row in study.infusions if row.subject_id == subject.subject_id)
    parameters |= {"notes": [finding.message for finding in notes]}
    nk_donor = nk_donor_of(study, subject.subject_id)  # why no one donor's cells can be counted is the reason itself
    origin = nk_donor if isinstance(nk_donor, Missing) else origin_of(study, subject.subject_id)
    arguments = (factors, rule, origin, age, dict(_ids(records)), notes, days)
    step = Step("expansion", EXPANSION, parameters, parents, measure_expansion, arguments, subject.subject_id)
    return PatientRecords(tuple(samples), records, ledger.take(step))


def rule_value(rule: ExpansionRule) -> dict[str, Json]:
    """Write the protocol's rule; a panel only where the protocol names one."""
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(rule).items()}
    return {name: value for name, value in plain.items() if (name, value) != ("panel", "")}


def chosen_fraction(item: SampleRecords, rule: ExpansionRule) -> str | None:
    """Return the typed cell fraction that enters a sample's product."""
    chosen = choose_typed(item.factors.typed, rule.chimerism)
    return chosen.fraction if isinstance(chosen, ChosenDna) else None


def _ids(records: Mapping[str, Record]) -> Mapping[str, str]:
    return {sample_id: record.id for sample_id, record in records.items()}


def _age_on_day_0(study: Study, subject: Subject) -> int | None:
    days = [row.day for row in study.transplants if row.subject_id == subject.subject_id]
    if subject.age_days_at_hsct is None or not days:
        return None
    return subject.age_days_at_hsct - max(days)


def _donor_nk_step(study: Study, item: SampleRecords, rule: ExpansionRule, ledger: Ledger) -> Step:
    fraction = chosen_fraction(item, rule)
    donor = item.donor.get(fraction) if fraction is not None else None
    row = ledger.take(row_step(study, item.sample))
    parents = tuple(
        record.id for record in (item.alc, item.nk, item.nk_gate, item.quality, donor, row) if record is not None
    )
    parameters: dict[str, Json] = {
        "threshold_per_ul": rule.threshold_per_ul,
        "comparison": rule.comparison,
        "chimerism": list(rule.chimerism),
        "below_lod": rule.below_lod,
        "missing": _missing_factors(item.factors),
    }
    return Step(
        "donor_nk", DONOR_NK, parameters, parents, measure_donor_nk, (item.factors, rule), item.sample.sample_id
    )


def _missing_factors(factors: SampleFactors) -> dict[str, Json]:
    """Name what is missing, so that a sample without records still has an identity of its own."""
    named: dict[str, object] = {"alc": factors.alc, "nk_fraction": factors.nk} | dict(factors.typed)
    return {name: value.reason for name, value in named.items() if isinstance(value, Missing)}


def measure_donor_nk(factors: SampleFactors, rule: ExpansionRule) -> Measured:
    """Return the donor NK cells of one sample."""
    outcome = donor_nk(factors, rule)
    if isinstance(outcome, Missing):
        evidence: dict[str, Json] = {"upper_per_ul": outcome.upper}
        return Measured(None, (Finding(outcome.code, "error", factors.sample_id, outcome.reason, evidence),))
    value = uncertain_value(outcome.per_ul) | {
        "ci95": list(outcome.ci95),
        "p_success": outcome.p_success,
        "success": outcome.success,
        "fraction_typed": outcome.fraction_typed,
        "formula": outcome.formula,
        "any_origin_per_ul": outcome.any_origin_per_ul,
        "below_lod": outcome.below_lod,
        "lod_per_ul": outcome.lod_per_ul,
        "could_succeed": outcome.could_succeed,
        "donor_fraction": outcome.donor_fraction.value,
    }
    return Measured(value, outcome.findings)


def measure_expansion(
    samples: Sequence[SampleFactors],
    rule: ExpansionRule,
    origin: NkOrigin | Missing,
    age_days: int | None,
    records: Mapping[str, str],
    notes: Sequence[Finding],
    infusion_days: Sequence[int],
) -> Measured:
    """Return the endpoint of one patient."""
    outcome = derive_expansion(samples, rule, origin, age_days=age_days)
    others = {item.sample_id for item in samples}
    if isinstance(outcome, NotEvaluable):
        value: dict[str, Json] = {
            "status": "not_evaluable",
            "reason": outcome.reason,
            "code": outcome.code,
            "success": outcome.success,
            "sample_id": outcome.sample_id,
            "day": outcome.day,
            "origin": outcome.origin,
            "upper_per_ul": outcome.upper_per_ul,
            "sensitivity": [asdict(row) for row in outcome.sensitivity],
        }
        told = [item for item in notes if item.severity != "error" and item.subject not in others - {outcome.sample_id}]
        return Measured(value, (*outcome.cautions, *told))
    value_of = outcome.value
    told = [item for item in notes if item.severity != "error" and item.subject not in others - {value_of.sample_id}]
    told += _infused_again(value_of.sample_id, value_of.day, infusion_days)
    return Measured(_evaluable_value(outcome, records), (*outcome.cautions, *told))


def _infused_again(sample_id: str, day: int, infusion_days: Sequence[int]) -> list[Finding]:
    """Note infusions between the first one and the endpoint's sample (NK-EXP-39)."""
    later = sorted(infused for infused in infusion_days if 0 < infused <= day)
    if not later:
        return []
    message = (
        f"NK cells were infused again on day {', '.join(map(str, later))}; the sample of day {day} may hold cells "
        "that were just infused and have not expanded."
    )
    return [Finding("NK-EXP-39", "warning", sample_id, message, {"days": list(later)})]


def _evaluable_value(outcome: Evaluable, records: Mapping[str, str]) -> dict[str, Json]:
    estimate = outcome.value
    return {
        "status": "evaluable",
        "reason": "",
        "value_per_ul": estimate.per_ul.value,
        "ci95": list(estimate.ci95),
        "p_success": estimate.p_success,
        "success": estimate.success,
        "borderline": outcome.borderline,
        "sample_id": estimate.sample_id,
        "day": estimate.day,
        "origin": outcome.origin,
        "alc_per_ul": estimate.alc.value,
        "nk_fraction": estimate.nk.fraction.value,
        "donor_fraction": estimate.donor_fraction.value,
        "fraction_typed": estimate.fraction_typed,
        "formula": estimate.formula,
        "baseline": _baseline_value(outcome, records),
        "sensitivity": [asdict(row) for row in outcome.sensitivity],
    }


def _baseline_value(outcome: Evaluable, records: Mapping[str, str]) -> dict[str, Json] | None:
    if not isinstance(outcome.baseline, BaselineValue):
        return None
    before = outcome.baseline.estimate
    return {
        "sample_id": before.sample_id,
        "day": before.day,
        "value_per_ul": before.per_ul.value,
        "low": before.ci95[0],
        "high": before.ci95[1],
        "change_per_ul": outcome.baseline.change.value,
        "change_low": outcome.baseline.change_ci95[0],
        "change_high": outcome.baseline.change_ci95[1],
        "record": records[before.sample_id],
    }


def expansion_result(record: Record) -> ExpansionResult:
    """Read the endpoint from its record."""
    value: Any = record.value
    if value is None:
        reason = next(f"{item.message} [{item.code}]" for item in record.findings if item.severity == "error")
        value = {"status": "not_evaluable", "reason": reason} | dict.fromkeys(("success", "sample_id", "day", "origin"))
    baseline = value.get("baseline")
    return ExpansionResult(
        status=value["status"],
        reason=value["reason"],
        value_per_ul=value.get("value_per_ul"),
        ci95=(value["ci95"][0], value["ci95"][1]) if value.get("ci95") else None,
        p_success=value.get("p_success"),
        success=value["success"],
        borderline=value.get("borderline"),
        sample_id=value["sample_id"],
        day=value["day"],
        origin=value["origin"],
        alc_per_ul=value.get("alc_per_ul"),
        nk_fraction=value.get("nk_fraction"),
        donor_fraction=value.get("donor_fraction"),
        baseline=Baseline(**baseline) if baseline else None,
        sensitivity=tuple(Sensitivity(**row) for row in value.get("sensitivity", ())),
        cautions=record.findings,
        record=record.id,
    )
