"""Records to the three factors of each sample.

A factor's record holds its value, or null with the reason as a finding; `SampleFactors` is the same for the endpoint.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from nktrial.blood.lymphocytes import METHOD as LYMPHOCYTES
from nktrial.blood.lymphocytes import LymphocyteCount, absolute_lymphocytes
from nktrial.chimerism.reported import METHOD as REPORTED
from nktrial.chimerism.reported import reported_share
from nktrial.core.digest import Json
from nktrial.endpoints.factors import Missing, NkFraction, SampleFactors, TypedDna
from nktrial.model.clinic import Count, Sample
from nktrial.model.method import Method
from nktrial.model.origin import Finding, Record
from nktrial.model.plan import Study
from nktrial.model.uncertainty import Uncertain
from nktrial.pipeline.encode import uncertain_of, uncertain_value
from nktrial.pipeline.flow import fraction_step
from nktrial.pipeline.ledger import Ledger, Measured, Step
from nktrial.pipeline.measure import MeasuredDna, MeasuredFlow, Measurements, refusal
from nktrial.pipeline.persons import nk_donor_of
from nktrial.pipeline.quality import quality_cautions
from nktrial.pipeline.rows import row_step

__all__ = ["METHOD", "SampleRecords", "sample_records"]

METHOD: Final = Method("pipeline.donor_share", 1, "nktrial: the NK donor's share of the fitted contributors")


@dataclass(frozen=True, slots=True)
class SampleRecords:
    """One sample's factors with their records.

    Parameters
    ----------
    sample : Sample
        The tube.
    factors : SampleFactors
        For the endpoint.
    alc, nk : Record or None
        Of the count and of the NK fraction; None where nothing was measured.
    nk_gate : Record or None
        What the NK gate of that fraction holds.
    quality : Record or None
        Quality of its FCS file, where the answer must tell of it.
    donor : mapping
        Cell fraction typed -> record of the NK donor's share.
    """

    sample: Sample
    factors: SampleFactors
    alc: Record | None
    nk: Record | None
    nk_gate: Record | None = None
    quality: Record | None = None
    donor: Mapping[str, Record] = field(default_factory=dict)


def sample_records(study: Study, sample: Sample, measured: Measurements, ledger: Ledger) -> SampleRecords:
    """Bring together what one sample has."""
    alc_record, alc = _alc(study, sample, ledger)
    panels = study.plan.nk_panels
    files = [file for file in measured.flow.get(sample.sample_id, []) if file.entry.panel in panels]
    nk_record, nk = _nk(study, files, ledger)
    nk_gate = files[0].nk_gate if len(files) == 1 else None
    quality = files[0].quality if len(files) == 1 and quality_cautions(files[0].quality) else None
    donor, typed = _typed(study, sample, measured.dna.get(sample.sample_id, []), ledger)
    value: Any = alc_record.value if alc_record is not None else None
    factors = SampleFactors(
        sample_id=sample.sample_id,
        day=sample.day,
        specimen=sample.specimen,
        status=sample.status,
        alc=alc,
        nk=nk,
        typed=typed,
        alc_basis=value["basis"] if value else "",
        alc_other=uncertain_of(value["other"]) if value and value["other"] else None,
        alc_other_basis=value["other_basis"] if value else "",
    )
    return SampleRecords(sample, factors, alc_record, nk_record, nk_gate, quality, donor)


def _alc(study: Study, sample: Sample, ledger: Ledger) -> tuple[Record | None, Uncertain | Missing]:
    rows = tuple(count for count in study.counts if count.sample_id == sample.sample_id)
    if not rows:
        return None, Missing("counts.csv has no row for the sample.", "NK-BLD-01")
    parents = tuple(record.id for record in ledger.take_all("", [row_step(study, row) for row in rows]))
    cv = study.plan.expansion.alc_cv
    step = Step("alc", LYMPHOCYTES, {"alc_cv": cv}, parents, measure_alc, (rows, cv), sample.sample_id)
    record = ledger.take(step)
    if record.value is None:
        error = next(item for item in record.findings if item.severity == "error")
        upper = error.evidence.get("upper_per_ul")
        return record, Missing(error.message, error.code, upper if isinstance(upper, float) else None)
    return record, uncertain_of(record.value)


def measure_alc(rows: Sequence[Count], alc_cv: float) -> Measured:
    """Return the absolute lymphocyte count of one sample's rows."""
    outcome = absolute_lymphocytes(rows, alc_cv=alc_cv)
    if not isinstance(outcome, LymphocyteCount):
        evidence: dict[str, Json] = {"upper_per_ul": outcome.upper_per_ul}
        return Measured(None, (Finding(outcome.code, "error", rows[0].sample_id, outcome.reason, evidence),))
    value = uncertain_value(outcome.alc) | {
        "basis": outcome.basis,
        "other": uncertain_value(outcome.other) if outcome.other else None,
        "other_basis": outcome.other_basis,
    }
    return Measured(value, outcome.findings)


def _nk(study: Study, files: Sequence[MeasuredFlow], ledger: Ledger) -> tuple[Record | None, NkFraction | Missing]:
    rule = study.plan.expansion
    if not files:
        return None, Missing("files.csv has no FCS file for the sample.", "NK-RUN-08")
    if len(files) > 1:
        names = ", ".join(file.entry.path for file in files)
        return None, Missing(f"several FCS files stand for the sample ({names}); none is chosen for you.", "NK-RUN-09")
    counts = files[0].counts
    if isinstance(counts, Missing):
        return None, Missing(f"{files[0].entry.path}: {counts.reason}", counts.code)
    record = ledger.take(fraction_step(counts, rule.nk_cells, rule.lymphocytes))
    missing = refusal(record)
    if missing is not None:
        return record, missing
    gate = files[0].nk_gate
    refused = refusal(gate) if gate is not None else None
    if refused is not None:
        return None, Missing(f"{files[0].entry.path}: {refused.reason}", refused.code)
    value: Any = record.value
    basis = f"{rule.nk_cells} of {rule.lymphocytes}"
    noticed = (*(gate.findings if gate is not None else ()), *quality_cautions(files[0].quality))
    return record, NkFraction(uncertain_of(value), value["count"], value["parent_count"], basis, noticed)


def _typed(
    study: Study, sample: Sample, files: Sequence[MeasuredDna], ledger: Ledger
) -> tuple[dict[str, Record], dict[str, TypedDna | Missing]]:
    records: dict[str, Record] = {}
    typed: dict[str, TypedDna | Missing] = {}
    nk_donor = nk_donor_of(study, sample.subject_id)
    for file in files:
        fraction = file.entry.fraction
        if fraction in typed:
            typed[fraction] = Missing(
                f"DNA of {fraction} was typed several times; none is chosen for you.", "NK-RUN-10"
            )
            records.pop(fraction, None)
            continue
        if isinstance(file.mixture, Missing) or isinstance(nk_donor, Missing):
            reason = file.mixture if isinstance(file.mixture, Missing) else nk_donor
            typed[fraction] = reason if isinstance(reason, Missing) else Missing("not fitted.", "NK-RUN-10")
            continue
        record = _share_record(file.mixture, nk_donor, file.entry.purity, sample, ledger)
        records[fraction] = record
        typed[fraction] = _typed_dna(record, file, sample, nk_donor)
    if isinstance(nk_donor, str):
        _add_called(study, sample, nk_donor, ledger, records, typed)
    return records, typed


def _add_called(
    study: Study,
    sample: Sample,
    nk_donor: str,
    ledger: Ledger,
    records: dict[str, Record],
    typed: dict[str, TypedDna | Missing],
) -> None:
    """Add shares that were called elsewhere, for cell fractions of which no raw file gave one."""
    for call in study.chimerism_calls:
        fraction = call.fraction_typed
        if call.sample_id != sample.sample_id or call.person_id != nk_donor or fraction in records:
            continue
        if call.sd is None:
            typed[fraction] = Missing(
                f"{call.row.table}, line {call.row.line}: the reported share has no standard deviation.", "NK-RUN-13"
            )
            continue
        row = ledger.take(row_step(study, call))
        arguments = (call.share, call.sd, nk_donor)
        step = Step("donor_fraction", REPORTED, {}, (row.id,), measure_called, arguments, sample.sample_id)
        record = ledger.take(step)
        missing = refusal(record)
        if missing is not None:
            typed[fraction] = missing
            continue
        records[fraction] = record
        typed[fraction] = TypedDna(nk_donor=uncertain_of(record.value))


def measure_called(share: float, sd: float, person: str) -> Measured:
    """Return a share that was called elsewhere."""
    return Measured(uncertain_value(reported_share(share, sd)) | {"person": person, "lod": None})


def _share_record(mixture: Record, nk_donor: str, purity: float | None, sample: Sample, ledger: Ledger) -> Record:
    parameters: dict[str, Json] = {"person": nk_donor} | ({} if purity is None else {"purity": purity})
    arguments = (mixture.value, nk_donor, purity)
    step = Step("donor_fraction", METHOD, parameters, (mixture.id,), measure_share, arguments, sample.sample_id)
    return ledger.take(step)


def measure_share(fit: Any, nk_donor: str, purity: float | None = None) -> Measured:
    """Return one person's share of a fit, as observed, and the purity of the sort where it is stated."""
    value: dict[str, Json] = dict(fit["shares"][nk_donor]) | {"person": nk_donor, "lod": fit["lod"].get(nk_donor)}
    if purity is not None:
        value["purity"] = purity
    if "technique" in fit:
        value["technique"] = fit["technique"]
    return Measured(value)


def _typed_dna(record: Record, file: MeasuredDna, sample: Sample, nk_donor: str) -> TypedDna:
    value: Any = record.value
    mixture: Any = file.mixture
    fit: Any = mixture.value
    recipient = uncertain_of(fit["shares"][sample.subject_id])
    others = Uncertain(1.0 - recipient.value, tuple(float(q) for q in np.flip(1.0 - np.asarray(recipient.quantiles))))
    return TypedDna(
        nk_donor=uncertain_of(value),
        any_donor=others,
        lod=fit["lod"].get(nk_donor),
        classical=fit["classical_share"],
        purity=file.entry.purity,
        findings=mixture.findings,
    )
