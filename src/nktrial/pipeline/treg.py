"""Activated Treg as records: each sample's counts, and the change of a patient."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from nktrial.core.digest import Json
from nktrial.cytometry.absolute import BeadTube, bead_count, dual_platform_count
from nktrial.cytometry.activated_treg import METHOD as COUNT
from nktrial.cytometry.activated_treg import activated_treg
from nktrial.cytometry.fraction import population_fraction
from nktrial.endpoints.factors import Missing
from nktrial.endpoints.treg import METHOD as CHANGE
from nktrial.endpoints.treg import Ratio, TregSample, derive_treg
from nktrial.model.clinic import Sample, Subject
from nktrial.model.origin import Finding, Record
from nktrial.model.patient_results import TregAt, TregResult
from nktrial.model.plan import Study, TregRule
from nktrial.model.uncertainty import Uncertain
from nktrial.pipeline.encode import uncertain_of, uncertain_value
from nktrial.pipeline.factors import SampleRecords
from nktrial.pipeline.flow import count_of
from nktrial.pipeline.ledger import Ledger, Measured, Step
from nktrial.pipeline.measure import MeasuredFlow, Measurements, refusal
from nktrial.pipeline.rows import row_step

__all__ = ["treg_result"]

LOST: Final = "NK-TRG-08"


@dataclass(frozen=True, slots=True)
class _Counted:
    """One sample with its record."""

    sample: Sample
    record: Record
    noun: TregSample


def treg_result(
    study: Study, subject: Subject, samples: Sequence[SampleRecords], measured: Measurements, ledger: Ledger
) -> TregResult | None:
    """Return the activated Treg of one patient; None where study.toml does not ask for them."""
    rule = study.plan.treg
    if rule is None:
        return None
    counted: list[_Counted] = []
    lost: list[Finding] = []
    for item in samples:
        files = [file for file in measured.flow.get(item.sample.sample_id, []) if file.entry.panel == rule.panel]
        found = _counted(study, item, files, rule, ledger) if files else None
        if isinstance(found, Missing):
            lost.append(
                Finding(LOST, "warning", item.sample.sample_id, f"No activated Treg are counted: {found.reason}")
            )
        elif found is not None:
            counted.append(found)
    typed = [item.donor[name] for item in samples for name in item.donor if name.casefold() in {"treg", "cd4"}]
    rows = ledger.take_all("", [row_step(study, subject)])
    parents = (*(record.id for record in (*(one.record for one in counted), *typed, *rows)), _plan(study))
    parameters: dict[str, Json] = {
        "subject_id": subject.subject_id,
        "rule": _rule_value(rule),
        "lost": [finding.message for finding in lost],
    }
    nouns = tuple(one.noun for one in counted)
    arguments = (subject.subject_id, nouns, rule, tuple(lost))
    step = Step("activated_treg", CHANGE, parameters, parents, measure_change, arguments, subject.subject_id)
    return _result(ledger.take(step), counted)


def _plan(study: Study) -> str:
    return study.sources["study.toml"].sha256


def _rule_value(rule: TregRule) -> dict[str, Json]:
    plain: dict[str, Any] = asdict(rule)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}


def _counted(
    study: Study, item: SampleRecords, files: Sequence[MeasuredFlow], rule: TregRule, ledger: Ledger
) -> _Counted | Missing:
    """Count one sample, or say why it cannot be counted."""
    if len(files) > 1:
        names = ", ".join(file.entry.path for file in files)
        return Missing(f"several FCS files of the panel stand for the sample ({names}); none is chosen for you.", LOST)
    file = files[0]
    if isinstance(file.counts, Missing):
        return Missing(f"{file.entry.path}: {file.counts.reason}", file.counts.code)
    gate = file.treg_gate
    refused = refusal(gate) if gate is not None else None
    if refused is not None:
        return Missing(f"{file.entry.path}: {refused.reason}", refused.code)
    alc = item.factors.alc
    row = ledger.take(row_step(study, item.sample))
    basis = (file.counts, gate, item.alc if rule.beads is None else None, row)
    parents = (*(record.id for record in basis if record is not None), _plan(study))
    parameters: dict[str, Json] = {"rule": _rule_value(rule), "alc_cv": study.plan.expansion.alc_cv}
    point = alc.reason if isinstance(alc, Missing) else alc.value
    parameters |= {"alc": point if rule.beads is None else None}
    noted = gate.findings if gate is not None else ()
    arguments = (file.counts.value, rule, point, study.plan.expansion.alc_cv, noted)
    record = ledger.take(
        Step("activated_treg.sample", COUNT, parameters, parents, measure_sample, arguments, item.sample.sample_id)
    )
    missing = refusal(record)
    return missing if missing is not None else _Counted(item.sample, record, _noun(item, record))


def measure_sample(
    counts: Any, rule: TregRule, alc_per_ul: float | str, alc_cv: float, noted: tuple[Finding, ...]
) -> Measured:
    """Return the activated Treg of one file; per microlitre null with the reason where there is no count of blood.

    ``alc_per_ul`` is the reason, where there is no lymphocyte count.
    """
    cells, cd4 = count_of(counts, rule.activated), count_of(counts, rule.cd4)
    per_ul: Uncertain | None = None
    reason, denominator = "", rule.lymphocytes
    if rule.beads is not None:
        tube = BeadTube(rule.beads.added, rule.beads.volume_ul, rule.beads.dilution)
        denominator = rule.beads.gate
        count = bead_count(cells, count_of(counts, denominator), tube, bead_gate=denominator)
        found = activated_treg(count, cd4)
        per_ul, of_cd4 = found.count.per_ul, found.share_of_cd4
    elif isinstance(alc_per_ul, str):
        reason, of_cd4 = alc_per_ul, population_fraction(cells, cd4)
    else:
        lymphocytes = count_of(counts, denominator)
        count = dual_platform_count(cells, lymphocytes, alc_per_ul, lymphocyte_gate=denominator, alc_cv=alc_cv)
        found = activated_treg(count, cd4)
        per_ul, of_cd4 = found.count.per_ul, found.share_of_cd4
    value: dict[str, Json] = {
        "events": cells,
        "cd4_events": cd4,
        "denominator": denominator,
        "denominator_events": count_of(counts, denominator),
        "per_ul": None if per_ul is None else uncertain_value(per_ul),
        "of_cd4": uncertain_value(of_cd4),
        "reason": reason,
    }
    return Measured(value, noted)


def _noun(item: SampleRecords, record: Record) -> TregSample:
    value: Any = record.value
    sample = item.sample
    per_ul = value["per_ul"]
    return TregSample(
        sample_id=sample.sample_id,
        day=sample.day,
        specimen=sample.specimen,
        status=sample.status,
        events=value["events"],
        cd4_events=value["cd4_events"],
        per_ul=Missing(value["reason"], "NK-TRG-03") if per_ul is None else uncertain_of(per_ul),
        of_cd4=uncertain_of(value["of_cd4"]),
        typed=item.factors.typed,
    )


def measure_change(
    subject_id: str, samples: Sequence[TregSample], rule: TregRule, lost: tuple[Finding, ...]
) -> Measured:
    """Return the change of one patient."""
    found = derive_treg(subject_id, samples, rule)
    value: dict[str, Json] = {
        "status": "not_evaluable" if found.reason else "evaluable",
        "reason": found.reason,
        "before": None if found.before is None else found.before.sample_id,
        "after": None if found.after is None else found.after.sample_id,
        "ratio": _ratio_value(found.per_ul),
        "of_cd4_ratio": _ratio_value(found.of_cd4),
        "rose": found.rose,
        "origin": found.origin,
        "origin_reason": found.origin_reason,
    }
    return Measured(value, (*lost, *found.findings))


def _ratio_value(ratio: Ratio | None) -> list[Json] | None:
    return None if ratio is None else [ratio.value, ratio.low, ratio.high]


def _result(record: Record, counted: Sequence[_Counted]) -> TregResult:
    value: Any = record.value
    series = {one.sample.sample_id: _at(one) for one in counted}
    ratio, of_cd4 = (value[name] or [None, None, None] for name in ("ratio", "of_cd4_ratio"))
    noted = {(item.code, item.subject, item.message): item for one in counted for item in one.record.findings}
    noted |= {(item.code, item.subject, item.message): item for item in record.findings}
    return TregResult(
        status=value["status"],
        reason=value["reason"],
        series=tuple(series.values()),
        before=_one(series, value["before"]),
        after=_one(series, value["after"]),
        ratio=ratio[0],
        ratio_low=ratio[1],
        ratio_high=ratio[2],
        of_cd4_ratio=of_cd4[0],
        of_cd4_ratio_low=of_cd4[1],
        of_cd4_ratio_high=of_cd4[2],
        rose=value["rose"],
        origin=value["origin"],
        origin_reason=value["origin_reason"],
        findings=tuple(noted.values()),
        record=record.id,
    )


def _one(series: Mapping[str, TregAt], sample_id: str | None) -> TregAt | None:
    return None if sample_id is None else series[sample_id]


def _at(one: _Counted) -> TregAt:
    value: Any = one.record.value
    per_ul, of_cd4 = value["per_ul"], value["of_cd4"]
    low, high = (None, None) if per_ul is None else per_ul["ci95"]
    return TregAt(
        sample_id=one.sample.sample_id,
        day=one.sample.day,
        events=value["events"],
        cd4_events=value["cd4_events"],
        per_ul=None if per_ul is None else per_ul["value"],
        per_ul_low=low,
        per_ul_high=high,
        of_cd4=of_cd4["value"],
        of_cd4_low=of_cd4["ci95"][0],
        of_cd4_high=of_cd4["ci95"][1],
        below_loq=one.noun.below_loq,
        reason=value["reason"],
        record=one.record.id,
    )
