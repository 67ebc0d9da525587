"""Summarise: records to `StudyResults`, the only thing that views receive."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import nktrial
from nktrial.core.digest import digest
from nktrial.endpoints.factors import Missing
from nktrial.endpoints.window import in_window
from nktrial.model.clinic import Subject
from nktrial.model.cohort import CohortResults
from nktrial.model.origin import Record, Source
from nktrial.model.plan import ExpansionRule, Study
from nktrial.model.results import (
    ChimerismView,
    DonorNk,
    ExpansionResult,
    FactorValue,
    GateView,
    PopulationCount,
    QualityView,
    SeriesPoint,
    StudyResults,
    SubjectResults,
)
from nktrial.pipeline.cohort import cohort_results
from nktrial.pipeline.course import course_items
from nktrial.pipeline.derive import PatientRecords, chosen_fraction, expansion_result
from nktrial.pipeline.design import crossed_boundaries, monitoring_results
from nktrial.pipeline.encode import genotype_of
from nktrial.pipeline.factors import SampleRecords
from nktrial.pipeline.flow import population_steps
from nktrial.pipeline.il2 import il2_result
from nktrial.pipeline.ledger import Ledger
from nktrial.pipeline.measure import Measurements
from nktrial.pipeline.persons import nk_donor_of, roles_of
from nktrial.pipeline.quality import quality_view
from nktrial.pipeline.response import response_result
from nktrial.pipeline.safety import safety_result
from nktrial.pipeline.times import times_result
from nktrial.pipeline.treg import treg_result
from nktrial.pipeline.views import chimerism_view, gate_views

__all__ = ["study_results"]


def study_results(
    study: Study,
    patients: Sequence[tuple[Subject, PatientRecords]],
    measured: Measurements,
    sources: Sequence[Source],
    ledger: Ledger,
) -> StudyResults:
    """Bring a study's records together."""
    subjects = tuple(_subject(study, subject, patient, measured, ledger) for subject, patient in patients)
    rule = study.plan.expansion
    cohort = cohort_results(subjects, ledger)
    cohort = replace(cohort, monitoring=monitoring_results(study.plan.monitoring, cohort.proportions, ledger))
    return StudyResults(
        study_id=study.plan.study_id,
        title=study.plan.title,
        rule=_rule_in_words(rule),
        window=(rule.day + rule.window[0], rule.day + rule.window[1]),
        threshold_per_ul=rule.threshold_per_ul,
        subjects=subjects,
        quarantine=tuple(measured.faults),
        findings=(*measured.findings, *crossed_boundaries(cohort.monitoring)),
        records=dict(sorted(ledger.records.items())),
        sources=tuple(sources),
        root=_root(patients, subjects, cohort),
        version=nktrial.__version__,
        comparison=rule.comparison,
        cohort=cohort,
    )


def _root(
    patients: Sequence[tuple[Subject, PatientRecords]], subjects: Sequence[SubjectResults], cohort: CohortResults
) -> str:
    """Return one digest over the ids of all results."""
    ids = {patient.expansion.id for _, patient in patients}
    ids |= {record.id for _, patient in patients for record in patient.donor_nk.values()}
    ids |= {view.record for subject in subjects for view in subject.chimerism}
    ids |= {view.record for subject in subjects for view in subject.populations}
    ids |= {item.record for subject in subjects for item in subject.course}
    ids |= {item.record for subject in subjects for item in (subject.tregs, subject.il2) if item is not None}
    clinical = [part for subject in subjects for part in (subject.safety, subject.response) if part is not None]
    ids |= {part.record for part in clinical}
    ids |= {item.record for subject in subjects if subject.times is not None for item in subject.times.outcomes}
    ids |= {item.record for subject in subjects if subject.safety is not None for item in subject.safety.laboratory}
    ids |= {proportion.record for proportion in cohort.proportions}
    ids |= {item.record for item in cohort.monitoring}
    return digest(sorted(ids))


def _subject(
    study: Study, subject: Subject, patient: PatientRecords, measured: Measurements, ledger: Ledger
) -> SubjectResults:
    expansion = expansion_result(patient.expansion)
    gates, populations = _flow(patient, measured, ledger)
    return SubjectResults(
        subject_id=subject.subject_id,
        diagnosis=subject.diagnosis,
        facts=_facts(study, subject),
        expansion=expansion,
        series=tuple(
            _point(item, patient, expansion, study.plan.expansion)
            for item in patient.samples
            if not _is_for_laboratory_alone(study, item)
        ),
        gates=gates,
        chimerism=_chimerism(study, subject, patient, measured),
        findings=_findings(patient, measured),
        populations=populations,
        quality=_quality(patient, measured),
        course=course_items(study, subject.subject_id, ledger),
        tregs=treg_result(study, subject, patient.samples, measured, ledger),
        il2=il2_result(study, subject, ledger),
        safety=safety_result(study, subject.subject_id, ledger),
        response=response_result(study, subject, ledger),
        times=times_result(study, subject, ledger),
    )


def _is_for_laboratory_alone(study: Study, item: SampleRecords) -> bool:
    """Tell whether a sample has counts and nothing else, and was not to decide the endpoint: no point of its course."""
    sample = item.sample
    bound = {entry.sample_id for entry in study.files} | {call.sample_id for call in study.chimerism_calls}
    return sample.sample_id not in bound and not in_window(sample.day, study.plan.expansion)


def _point(
    item: SampleRecords, patient: PatientRecords, expansion: ExpansionResult, rule: ExpansionRule
) -> SeriesPoint:
    sample = item.sample
    record = patient.donor_nk[sample.sample_id]
    fraction = chosen_fraction(item, rule)
    factors = item.factors
    missing = [value.reason for value in (factors.alc, factors.nk) if isinstance(value, Missing)]
    reason = "" if record.value is not None else next(f.message for f in record.findings if f.severity == "error")
    return SeriesPoint(
        sample_id=sample.sample_id,
        day=sample.day,
        specimen=sample.specimen,
        alc=_factor(item.alc, _alc_basis(factors.alc_basis)),
        nk_fraction=_factor(item.nk, "flow cytometry"),
        donor_fraction=_donor_share(item, fraction),
        donor_nk=_donor_nk(record),
        reason=reason or " ".join(missing),
        in_window=in_window(sample.day, rule),
        chosen=sample.sample_id == expansion.sample_id and expansion.status == "evaluable",
    )


def _alc_basis(basis: str) -> str:
    return "WBC × lymphocyte %" if basis.startswith("WBC") else "as the laboratory gave it"


def _factor(record: Record | None, basis: str) -> FactorValue | None:
    if record is None or record.value is None:
        return None
    value: Any = record.value
    return FactorValue(value["value"], value["ci95"][0], value["ci95"][1], basis, record.id)


def _donor_share(item: SampleRecords, fraction: str | None) -> FactorValue | None:
    """Return the NK donor's share of the chosen cell fraction, with the technique that gave it."""
    record = item.donor.get(fraction) if fraction else None
    value: Any = record.value if record is not None else None
    technique = "NGS" if value is not None and value.get("technique") == "ngs" else "STR"
    return _factor(record, f"{technique} on {fraction}")


def _donor_nk(record: Record) -> DonorNk | None:
    if record.value is None:
        return None
    value: Any = record.value
    low, high = value["ci95"]
    return DonorNk(value["value"], low, high, value["p_success"], value["below_lod"], value["lod_per_ul"], record.id)


def _flow(
    patient: PatientRecords, measured: Measurements, ledger: Ledger
) -> tuple[tuple[GateView, ...], tuple[PopulationCount, ...]]:
    """Return the pictures and the counts of all gates, each with the record of its count."""
    views: list[GateView] = []
    counts: list[PopulationCount] = []
    for item in patient.samples:
        for file in measured.flow.get(item.sample.sample_id, []):
            if isinstance(file.counts, Missing) or file.densities is None:
                continue
            steps = population_steps(file.counts)
            populations = dict(zip(steps, ledger.take_all("", list(steps.values())), strict=True))
            views += gate_views(item.sample, file.entry, file.densities, populations)
            counts += [_population(item, file.entry.path, record) for record in populations.values()]
    return tuple(views), tuple(counts)


def _quality(patient: PatientRecords, measured: Measurements) -> tuple[QualityView, ...]:
    return tuple(
        quality_view(item.sample, file.entry, file.quality)
        for item in patient.samples
        for file in measured.flow.get(item.sample.sample_id, [])
        if file.quality is not None
    )


def _population(item: SampleRecords, file: str, record: Record) -> PopulationCount:
    value: Any = record.value
    return PopulationCount(item.sample.sample_id, file, value["path"], value["count"], value["parent_count"], record.id)


def _chimerism(
    study: Study, subject: Subject, patient: PatientRecords, measured: Measurements
) -> tuple[ChimerismView, ...]:
    nk_donor = nk_donor_of(study, subject.subject_id)
    roles = roles_of(study, subject.subject_id)
    typed = [measured.genotypes.get(person) for person in roles]
    persons = [genotype_of(one.value) for one in typed if isinstance(one, Record) and _is_genotype(one)]
    views: list[ChimerismView] = []
    for item in patient.samples:
        chosen = chosen_fraction(item, study.plan.expansion)
        for file in measured.dna.get(item.sample.sample_id, []):
            if isinstance(file.profile, Missing) or isinstance(file.mixture, Missing) or isinstance(nk_donor, Missing):
                continue
            view = chimerism_view(item.sample, file.entry, file.profile, file.mixture, roles, nk_donor, persons)
            if view is not None:
                views.append(replace(view, chosen=file.entry.fraction == chosen))
    return tuple(views)


def _is_genotype(record: Record) -> bool:
    """Tell whether a reference gave alleles by name: counts of reads do not."""
    value: Any = record.value
    return isinstance(value, dict) and "alleles" in value


def _findings(patient: PatientRecords, measured: Measurements) -> tuple[Any, ...]:
    """Collect what was noticed about a patient's files and values, each once, the endpoint's cautions apart."""
    records: list[Record] = []
    for item in patient.samples:
        records += [record for record in (item.alc, item.nk, item.nk_gate) if record is not None]
        for flow in measured.flow.get(item.sample.sample_id, []):
            records += [flow.counts] if isinstance(flow.counts, Record) else []
            records += [flow.quality] if isinstance(flow.counts, Record) and flow.quality is not None else []
        for dna in measured.dna.get(item.sample.sample_id, []):
            records += [part for part in (dna.profile, dna.mixture) if isinstance(part, Record)]
    unique = {(f.code, f.subject, f.message): f for record in records for f in record.findings}
    return tuple(unique.values())


def _facts(study: Study, subject: Subject) -> tuple[tuple[str, str], ...]:
    own = subject.subject_id
    facts = [("Diagnosis", f"{subject.diagnosis}, {subject.status_at_entry}".strip(", "))]
    if subject.age_days_at_hsct is not None:
        facts.append(("Age at transplantation", f"{subject.age_days_at_hsct} days"))
    facts.append(("Sex", subject.sex))
    relations = {donor.donor_id: donor for donor in study.donors if donor.subject_id == own}
    facts += [
        ("Transplantation", f"day {_signed(row.day)}, {row.graft_source} of {_donor(relations, row.donor_id)}")
        for row in study.transplants
        if row.subject_id == own
    ]
    for infusion in study.infusions:
        if infusion.subject_id == own:
            dose = "" if infusion.nk_cells_per_kg is None else f", {infusion.nk_cells_per_kg / 1e6:g} × 10⁶ NK/kg"
            facts.append(
                ("NK infusion", f"day {_signed(infusion.day)}{dose}, cells of {_donor(relations, infusion.donor_id)}")
            )
    return tuple(facts)


def _signed(day: int) -> str:
    return str(day).replace("-", "−")


def _shift(days: int) -> str:
    return f"{days:+d}".replace("-", "−")


def _donor(donors: Mapping[str, Any], donor_id: str) -> str:
    donor = donors.get(donor_id)
    if donor is None:
        return donor_id
    relation = donor.relation.replace("_", " ")
    return f"{donor_id} ({relation}, {donor.hla_match})" if donor.hla_match else f"{donor_id} ({relation})"


def _rule_in_words(rule: ExpansionRule) -> tuple[tuple[str, str], ...]:
    picks = {
        "closest_then_earlier": "the sample closest to the day, the earlier of two as close",
        "closest_then_later": "the sample closest to the day, the later of two as close",
        "first": "the first sample of the window",
        "last": "the last sample of the window",
    }
    missing = {"not_evaluable": "not evaluable", "failure": "not evaluable, counted as failure"}
    lod = {
        "report_estimate": "used as estimated, and marked",
        "zero": "set to zero, and marked",
        "not_evaluable": "not evaluable",
    }
    return (
        ("Endpoint", "donor NK cells/µL = ALC/µL × NK fraction of lymphocytes × NK donor's share of the DNA"),
        ("Success", f"{rule.comparison} {rule.threshold_per_ul:g}/µL, decided by the point value"),
        (
            "Day and window",
            f"day {rule.day} ({_shift(rule.window[0])} to {_shift(rule.window[1])}) after the first NK infusion",
        ),
        ("Sample", picks[rule.pick]),
        ("NK fraction", f"{rule.nk_cells} of {rule.lymphocytes}"),
        ("DNA typed", " before ".join(rule.chimerism)),
        ("Missing value", missing[rule.missing]),
        ("Donor share below its limit of detection", lod[rule.below_lod]),
    )
