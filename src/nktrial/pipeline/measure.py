"""Measure: every raw file of a study to its populations or its contributor shares.

All FCS files and all profiles first, then the genotypes that rest on profiles, then the fits that rest on genotypes;
each group as one batch, so that a pool of processes is kept busy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nktrial.core.errors import NkTrialError, SourceError
from nktrial.endpoints.factors import Missing
from nktrial.formats.paths import leaves_folder
from nktrial.formats.window import Window, open_source
from nktrial.model.clinic import FileEntry
from nktrial.model.origin import Finding, Record, Source
from nktrial.model.plan import Panel, Study, StudyPlan
from nktrial.model.results import FileFault
from nktrial.pipeline.flow import FlowFile, PanelGates, gating_steps
from nktrial.pipeline.gates import gating_method, read_gates
from nktrial.pipeline.intake import Intake, RawFile, fault_of
from nktrial.pipeline.ledger import Ledger, Step
from nktrial.pipeline.ngs import counts_step, reads_step
from nktrial.pipeline.persons import (
    donors_of,
    genotype_records,
    ladder_for,
    nk_donor_of,
    reference_profiles,
    unusable_ladder,
)
from nktrial.pipeline.quality import quality_step
from nktrial.pipeline.strs import ladder_step, mixture_step, profile_step
from nktrial.pipeline.treg_gate import treg_gate_step

__all__ = ["MeasuredDna", "MeasuredFlow", "Measurements", "measure_study", "refusal"]


@dataclass(frozen=True, slots=True)
class MeasuredFlow:
    """One FCS file of a sample: counts, pictures, what the gates of its endpoint hold, quality, or why it has none."""

    entry: FileEntry
    counts: Record | Missing
    densities: Record | None
    nk_gate: Record | None = None
    quality: Record | None = None
    treg_gate: Record | None = None


@dataclass(frozen=True, slots=True)
class MeasuredDna:
    """One typed cell fraction of a sample: its peaks and its fit, or why it has none."""

    entry: FileEntry
    profile: Record | Missing
    mixture: Record | Missing


@dataclass(slots=True)
class Measurements:
    """What the raw files gave, by sample id.

    Parameters
    ----------
    flow, dna : mapping
        Sample id -> its files, in the order of files.csv.
    genotypes : mapping
        Person -> genotype, or why there is none.
    faults : list of FileFault
        Files that could not be used.
    findings : list of Finding
        About the study's files as a whole.
    """

    flow: dict[str, list[MeasuredFlow]] = field(default_factory=dict)
    dna: dict[str, list[MeasuredDna]] = field(default_factory=dict)
    genotypes: dict[str, Record | Missing] = field(default_factory=dict)
    faults: list[FileFault] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def refusal(record: Record) -> Missing | None:
    """Return why a record has no value, or None where it has one."""
    if record.value is not None:
        return None
    error = next(item for item in record.findings if item.severity == "error")
    return Missing(error.message, error.code)


def measure_study(folder: Path, study: Study, intake: Intake, ledger: Ledger) -> Measurements:
    """Measure every sample file of a study."""
    measured = Measurements(faults=list(intake.faults))
    _note_lost_files(study, intake, measured)
    _measure_flow(folder, study, intake, ledger, measured)
    _measure_dna(study, intake, ledger, measured)
    _measure_reads(study, intake, ledger, measured)
    return measured


def _note_lost_files(study: Study, intake: Intake, measured: Measurements) -> None:
    """Give each sample file that could not be opened a place with its reason."""
    reasons = {fault.file: Missing(fault.message, fault.code) for fault in intake.faults}
    for entry in study.files:
        if entry.path in reasons and entry.role == "sample":
            reason = reasons[entry.path]
            if entry.kind == "fcs":
                measured.flow.setdefault(entry.sample_id, []).append(MeasuredFlow(entry, reason, None))
            else:
                measured.dna.setdefault(entry.sample_id, []).append(MeasuredDna(entry, reason, reason))


def _measure_flow(folder: Path, study: Study, intake: Intake, ledger: Ledger, measured: Measurements) -> None:
    gates = {panel.id: _open_gates(folder, panel, measured) for panel in study.plan.panels.values()}
    todo: list[tuple[RawFile, FlowFile]] = []
    for raw in intake.files:
        if raw.entry.kind != "fcs" or raw.entry.role != "sample":
            continue
        panel = gates[raw.entry.panel]
        if isinstance(panel, Missing):
            measured.flow.setdefault(raw.entry.sample_id, []).append(MeasuredFlow(raw.entry, panel, None))
            continue
        todo.append((raw, FlowFile(raw.entry.sample_id, raw.source, raw.path, panel)))
    per_file = [_flow_steps(study.plan, raw, file) for raw, file in todo]
    records = iter(ledger.take_all("gating", [step for steps in per_file for step in steps.values()]))
    for (raw, _), steps in zip(todo, per_file, strict=True):
        found = {name: next(records) for name in steps}
        counts = found["counts"]
        reason = refusal(counts)
        if reason is not None:
            measured.faults.append(fault_of(raw.entry, study, reason.code, reason.reason))
        gates_held = found.get("nk_gate"), found["quality"], found.get("treg_gate")
        result = MeasuredFlow(raw.entry, reason or counts, found["densities"], *gates_held)
        measured.flow.setdefault(raw.entry.sample_id, []).append(result)


def _flow_steps(plan: StudyPlan, raw: RawFile, file: FlowFile) -> dict[str, Step]:
    """Return a file's steps by name: the gates of an endpoint are looked at in the files that it counts."""
    counts, densities, nk_gate = gating_steps(file, plan.expansion)
    steps = {"counts": counts, "densities": densities}
    if raw.entry.panel in plan.nk_panels:
        steps["nk_gate"] = nk_gate
    if plan.treg is not None and raw.entry.panel == plan.treg.panel:
        steps["treg_gate"] = treg_gate_step(file, plan.treg)
    return steps | {"quality": quality_step(file)}


def _open_gates(folder: Path, panel: Panel, measured: Measurements) -> PanelGates | Missing:
    """Open and parse a panel's files once, so that a broken one is named once."""
    opened: dict[str, tuple[Source, Window]] = {}
    name = panel.gates
    try:
        for key, name in panel.files.items():
            opened[key] = _open_inside(folder, name)
        name = panel.gates
        windows = {key: window for key, (_, window) in opened.items()}
        gates = read_gates(windows["gates"], markers=windows.get("markers"), overrides=windows.get("overrides"))
    except NkTrialError as error:
        fault = FileFault(name, "", "", error.code, str(error))
        if fault not in measured.faults:
            measured.faults.append(fault)
        return Missing(f"the gates file cannot be used. {error}", error.code)
    files = tuple((key, source, folder / panel.files[key]) for key, (source, _) in opened.items())
    return PanelGates(gating_method(gates, as_flowjo=panel.compat == "flowjo"), panel.compat, files)


def _open_inside(folder: Path, name: str) -> tuple[Source, Window]:
    """Open a file of the study's gates; NK-PATH-03 where a link leads out of the study."""
    if leaves_folder(folder, name):
        raise SourceError(
            "NK-PATH-03",
            "the file lies outside the study folder, behind a symbolic link, and is not read.",
            where=name,
            remedy="Copy the file into gating/.",
        )
    return open_source(folder / name, name=name, kind="gatingml")


def _measure_dna(study: Study, intake: Intake, ledger: Ledger, measured: Measurements) -> None:
    files = {raw.entry.path: raw for raw in intake.files}
    typed = [
        raw
        for raw in intake.files
        if raw.entry.kind in {"abif", "peaks"} and raw.entry.role not in {"ladder", "control"}
    ]
    profiles: dict[str, Record | Missing] = {}
    todo: list[tuple[RawFile, Step]] = []
    ladders = {raw.entry.path: ladder_for(raw, study, files) for raw in typed}
    broken = _broken_ladders([ladder for ladder in ladders.values() if isinstance(ladder, RawFile)], ledger)
    measured.faults += [fault_of(files[path].entry, study, why.code, why.reason) for path, why in broken.items()]
    for raw in typed:
        ladder = ladders[raw.entry.path]
        if isinstance(ladder, RawFile) and ladder.entry.path in broken:
            ladder = unusable_ladder(ladder.entry.path)
        if isinstance(ladder, Missing):
            profiles[raw.entry.path] = ladder
        else:
            todo.append((raw, profile_step(raw, ladder)))
    records = ledger.take_all("STR profiles", [step for _, step in todo])
    for (raw, _), record in zip(todo, records, strict=True):
        reason = refusal(record)
        if reason is not None:
            measured.faults.append(fault_of(raw.entry, study, reason.code, reason.reason))
        profiles[raw.entry.path] = reason or record
    genotypes = genotype_records(study, typed, profiles, ledger, measured.findings)
    measured.genotypes.update(genotypes)
    _fit(study, typed, profiles, genotypes, ledger, measured)


def _broken_ladders(ladders: Sequence[RawFile], ledger: Ledger) -> dict[str, Missing]:
    """Return path -> why, for ladders that can be opened and not aligned: they are at fault, not their lanes."""
    used = list({ladder.entry.path: ladder for ladder in ladders}.values())
    records = ledger.take_all("ladders", [ladder_step(ladder) for ladder in used])
    reasons = {ladder.entry.path: refusal(record) for ladder, record in zip(used, records, strict=True)}
    return {path: reason for path, reason in reasons.items() if reason is not None}


def _fit(
    study: Study,
    typed: list[RawFile],
    profiles: Mapping[str, Record | Missing],
    genotypes: Mapping[str, Record | Missing],
    ledger: Ledger,
    measured: Measurements,
) -> None:
    subject_of = {sample.sample_id: sample.subject_id for sample in study.samples}
    steps = []
    waiting: list[tuple[RawFile, Record]] = []
    references = {kit: reference_profiles(typed, profiles, genotypes, kit) for kit in {raw.entry.kit for raw in typed}}
    for raw in (raw for raw in typed if raw.entry.role == "sample"):
        subject = subject_of[raw.entry.sample_id]
        profile = profiles[raw.entry.path]
        persons = [subject, *donors_of(study, subject)]
        known = [genotypes.get(person, Missing(f"{person} has no reference.", "NK-RUN-05")) for person in persons]
        lost = [item for item in (profile, *known) if isinstance(item, Missing)]
        nk_donor = nk_donor_of(study, subject)
        if isinstance(nk_donor, Missing):
            lost.append(nk_donor)
        if lost or isinstance(profile, Missing) or isinstance(nk_donor, Missing):
            measured.dna.setdefault(raw.entry.sample_id, []).append(MeasuredDna(raw.entry, profile, lost[0]))
            continue
        records = [item for item in known if isinstance(item, Record)]
        own = {person: references[raw.entry.kit][person] for person in persons if person in references[raw.entry.kit]}
        steps.append(mixture_step(profile, records, own, raw.kit, nk_donor, raw.entry.path))
        waiting.append((raw, profile))
    for (raw, profile), record in zip(waiting, ledger.take_all("chimerism", steps), strict=True):
        result = MeasuredDna(raw.entry, profile, refusal(record) or record)
        measured.dna.setdefault(raw.entry.sample_id, []).append(result)


def _measure_reads(study: Study, intake: Intake, ledger: Ledger, measured: Measurements) -> None:
    """Measure the samples whose alleles a sequencer counted, against references of the same kind."""
    counted = [raw for raw in intake.files if raw.entry.kind == "ngs" and raw.entry.role not in {"ladder", "control"}]
    counts: dict[str, Record | Missing] = {}
    records = ledger.take_all("marker counts", [counts_step(raw) for raw in counted])
    for raw, record in zip(counted, records, strict=True):
        reason = refusal(record)
        if reason is not None:
            measured.faults.append(fault_of(raw.entry, study, reason.code, reason.reason))
        counts[raw.entry.path] = reason or record
    references = _read_references(counted, counts, measured)
    subject_of = {sample.sample_id: sample.subject_id for sample in study.samples}
    steps: list[Step] = []
    waiting: list[tuple[RawFile, Record]] = []
    for raw in counted:
        if raw.entry.role != "sample":
            continue
        own, subject = counts[raw.entry.path], subject_of[raw.entry.sample_id]
        persons = [subject, *donors_of(study, subject)]
        known = [references.get(p, Missing(f"{p} has no reference of kind ngs.", "NK-RUN-05")) for p in persons]
        nk_donor = nk_donor_of(study, subject)
        lost = [item for item in (own, *known, nk_donor) if isinstance(item, Missing)]
        if lost or isinstance(own, Missing) or isinstance(nk_donor, Missing):
            measured.dna.setdefault(raw.entry.sample_id, []).append(MeasuredDna(raw.entry, own, lost[0]))
            continue
        found = [item for item in known if isinstance(item, Record)]
        steps.append(reads_step(own, found, nk_donor, raw.entry.path))
        waiting.append((raw, own))
    for (raw, own), record in zip(waiting, ledger.take_all("chimerism by reads", steps), strict=True):
        result = MeasuredDna(raw.entry, own, refusal(record) or record)
        measured.dna.setdefault(raw.entry.sample_id, []).append(result)


def _read_references(
    counted: Sequence[RawFile], counts: Mapping[str, Record | Missing], measured: Measurements
) -> dict[str, Record | Missing]:
    """Return each person's counts: the first reference that can be used, which a finding says where there are more."""
    found: dict[str, Record | Missing] = {}
    for raw in counted:
        if raw.entry.role not in {"recipient_reference", "donor_reference"}:
            continue
        person, own = raw.entry.person_id, counts[raw.entry.path]
        if isinstance(found.get(person), Record):
            message = f"{person} has several references; the first that can be used stands for the genotype."
            measured.findings.append(Finding("NK-RUN-07", "info", raw.entry.path, message))
        elif isinstance(own, Missing):
            found.setdefault(person, Missing(f"{raw.entry.path}: {own.reason}", own.code))
        else:
            found[person] = own
    return found
