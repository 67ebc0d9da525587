"""The study folder, read as one: protocol, tables, bindings, and every problem at once.

Definition
    A folder with study.toml and the tables of docs/study-folder.md. Everything that is wrong is collected as issues;
    where one of them is an error there is no ``Study``. Only files.csv binds a raw file to a sample or a person, and
    a fault of one raw file never stops the study.

Not decided here
    What a raw file holds, and every number of the study.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from nktrial.core.errors import PlanError, SourceError
from nktrial.formats.acquired import note_acquisition_days
from nktrial.formats.course_links import note_course_problems
from nktrial.formats.disease_links import note_without_criteria
from nktrial.formats.draft import Draft
from nktrial.formats.file_links import note_file_problems
from nktrial.formats.issues import IssueLog, suggestion
from nktrial.formats.kits import read_kit
from nktrial.formats.labels import note_labels
from nktrial.formats.links import note_link_problems
from nktrial.formats.lymphocyte_counts import note_lymphocyte_doubts
from nktrial.formats.nouns import draft_of
from nktrial.formats.panel_gates import UNUSABLE, PanelGates, read_panel_gates
from nktrial.formats.paths import leaves_folder, relative_path
from nktrial.formats.plan import MAX_PLAN_BYTES, PLAN_FILE, read_plan
from nktrial.formats.raw_files import note_raw_file_problems, note_unlisted
from nktrial.formats.row_tables import CheckedTable, checked_table
from nktrial.formats.rows import TABLES
from nktrial.formats.table import MAX_TABLE_BYTES
from nktrial.formats.window import Window, open_source, printable
from nktrial.model.issue import Issue
from nktrial.model.origin import Source
from nktrial.model.plan import Panel, Study, StudyPlan

__all__ = ["KITS", "GatheredStudy", "StudyReading", "gather_study", "gather_tables", "read_study"]

KITS: Final = "kits"
MAX_GATES_BYTES: Final = 512 * 1024**2  # their readers have limits of their own
PROPOSED_FILES: Final = re.compile(r"files\.proposed(-\d+)?\.csv")  # of nktrial init --scan; read once it is renamed


@dataclass(frozen=True, slots=True)
class StudyReading:
    """What was read: the study, or None where an issue is an error; and all issues."""

    study: Study | None
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True)
class GatheredStudy:
    """Whatever of a folder could be read, before it is known to be consistent; ``strategies``: the gates by panel."""

    plan: StudyPlan | None
    draft: Draft
    sources: dict[str, Source]
    strategies: Mapping[str, PanelGates]


class _Reader:
    """Opens the folder's files once, and keeps their sources."""

    def __init__(self, folder: Path, log: IssueLog) -> None:
        self.folder = folder
        self.log = log
        self.sources: dict[str, Source] = {}

    def read(
        self, name: str, kind: str, max_bytes: int, *, severity: Literal["error", "warning"] = "error"
    ) -> bytes | None:
        """Return a file's bytes, or None with an issue."""
        try:
            source, window = open_source(self.folder / name, name=name, kind=kind, max_bytes=max_bytes)
        except SourceError as error:
            self.log.add(error.code, name, error.problem, error.remedy, severity=severity)
            return None
        self.sources[name] = source
        return bytes(window.take(0, window.size, "table"))


def read_study(folder: Path) -> StudyReading:
    """Read a study folder.

    Parameters
    ----------
    folder : Path
        The folder that holds study.toml.

    Returns
    -------
    StudyReading
        ``study`` is None where any issue is an error. Faults of single raw files (`QUARANTINE_CODES`) and of
        gates files that cannot be read are warnings.

    Raises
    ------
    PlanError
        NK-PLAN-01 there is no such folder, or it is not a study folder.
    """
    log = IssueLog()
    gathered = gather_study(folder, log)
    plan, draft = gathered.plan, gathered.draft
    study = None if plan is None or log.has_errors else _study(plan, draft, gathered.sources)
    return StudyReading(study, log.sorted_issues())


def gather_study(folder: Path, log: IssueLog) -> GatheredStudy:
    """Read whatever of a study folder can be read, and look at its raw files.

    Parameters
    ----------
    folder : Path
        The folder that holds study.toml.
    log : IssueLog
        Takes every problem.

    Raises
    ------
    PlanError
        NK-PLAN-01 there is no such folder, or it is not a study folder.
    """
    gathered = gather_tables(folder, log)
    note_raw_file_problems(folder, gathered.draft.files, log)
    note_acquisition_days(folder, gathered.draft, log)
    note_labels(folder, gathered.draft, log)
    if "files.csv" in gathered.draft.complete:
        note_unlisted(folder, gathered.draft.files, log)
    if gathered.plan is None:
        return gathered
    return replace(gathered, strategies=read_panel_gates(folder, gathered.plan, gathered.sources, log))


def gather_tables(folder: Path, log: IssueLog) -> GatheredStudy:
    """Read protocol, tables and kits of a study folder, without a look at its raw files and gates.

    Parameters
    ----------
    folder, log
        As in `gather_study`.

    Raises
    ------
    PlanError
        NK-PLAN-01 there is no such folder, or it is not a study folder.
    """
    _require_study(folder)
    reader = _Reader(folder, log)
    own_kits = _own_kits(folder)
    plan = _read_protocol(reader, own_kits)
    checked = _read_tables(reader)
    _note_strange_tables(folder, log)
    draft = draft_of(checked, log)
    note_link_problems(draft, log)
    note_course_problems(draft, log)
    note_lymphocyte_doubts(draft, log)
    note_file_problems(draft, plan, own_kits, log)
    note_without_criteria(draft, plan, log)
    _read_kits(reader, plan, draft, own_kits)
    return GatheredStudy(plan, draft, reader.sources, {})


def _require_study(folder: Path) -> None:
    """Raise NK-PLAN-01 unless the folder holds study.toml."""
    if not folder.is_dir():
        raise PlanError(
            "NK-PLAN-01",
            "there is no such folder.",
            where=printable(str(folder)),
            remedy="Give the folder that holds study.toml; nktrial init DIR writes a new one.",
        )
    if not (folder / PLAN_FILE).exists():
        raise PlanError(
            "NK-PLAN-01",
            f"the folder has no {PLAN_FILE}; it is not a study folder.",
            where=printable(str(folder)),
            remedy="Give the folder that holds study.toml; nktrial init DIR writes a new one.",
        )


def _own_kits(folder: Path) -> frozenset[str]:
    """Return the ids of the kits that the folder brings itself."""
    return frozenset(path.stem for path in (folder / KITS).glob("*.toml"))


def _read_protocol(reader: _Reader, own_kits: frozenset[str]) -> StudyPlan | None:
    """Read study.toml and hash the gates files that it names (NK-PLAN-11, NK-PATH-03)."""
    data = reader.read(PLAN_FILE, "plan", MAX_PLAN_BYTES)
    plan = None if data is None else read_plan(data, reader.log, own_kits)
    if plan is None:
        return None
    panels: dict[str, Panel] = {}
    for name, panel in plan.panels.items():
        paths = {key: relative_path(path) for key, path in panel.files.items()}
        panels[name] = replace(
            panel, gates=paths["gates"], markers=paths.get("markers", ""), overrides=paths.get("overrides", "")
        )
        for key, path in paths.items():
            if path not in reader.sources:
                _read_gates(reader, f"panels.{name}.{key}", path)
    return replace(plan, panels=panels)


def _read_gates(reader: _Reader, key: str, path: str) -> None:
    """Hash a file of a panel; one that cannot be had is a warning, as what rests on it alone is lost."""
    if leaves_folder(reader.folder, path):
        message = f"the file of {key} lies outside the study folder, behind a link."
        hint = f"Copy the file into gating/. {UNUSABLE}"
        reader.log.add("NK-PATH-03", PLAN_FILE, message, hint, column=key, value=path, severity="warning")
    elif not (reader.folder / path).is_file():
        message = f"the file of {key} is not there."
        hint = f"Copy the file to this path, or correct the path. {UNUSABLE}"
        reader.log.add("NK-PLAN-11", PLAN_FILE, message, hint, column=key, value=path, severity="warning")
    else:
        reader.read(path, "gatingml", MAX_GATES_BYTES, severity="warning")


def _read_tables(reader: _Reader) -> dict[str, CheckedTable]:
    """Read every table that is there; one that could not be opened has no rows and is not complete."""
    checked: dict[str, CheckedTable] = {}
    for spec in TABLES:
        if not (reader.folder / spec.file).exists():
            if spec.required:
                reader.log.add("NK-TAB-01", spec.file, "the table is missing.", "Add it; nktrial init writes a blank.")
            continue
        if leaves_folder(reader.folder, spec.file):
            hint = "Copy the table into the folder."
            reader.log.add("NK-PATH-03", spec.file, "the table is a link out of the study folder.", hint)
            continue
        data = reader.read(spec.file, "table", MAX_TABLE_BYTES)
        if data is not None:
            checked[spec.file] = checked_table(data, spec, reader.log)
    return checked


def _note_strange_tables(folder: Path, log: IssueLog) -> None:
    """Note tables beside the known ones (NK-TAB-41): a misspelt optional table would be left out unseen."""
    known = tuple(spec.file for spec in TABLES)
    for path in sorted(folder.glob("*.csv")):
        if path.name not in known and not PROPOSED_FILES.fullmatch(path.name):
            meant = suggestion(path.name, known)
            hint = f"Did you mean {meant}?" if meant else f"Known: {', '.join(known)}."
            log.add("NK-TAB-41", path.name, "the table is not known and is not read.", hint, severity="warning")


def _read_kits(reader: _Reader, plan: StudyPlan | None, draft: Draft, own_kits: frozenset[str]) -> None:
    """Hash the study's own kit files that are used; what their reader refuses is a warning, as for gates."""
    used = {entry.kit for entry in draft.files} | (set(plan.kits) if plan else set())
    for kit in sorted(used & own_kits):
        name = f"{KITS}/{kit}.toml"
        if leaves_folder(reader.folder, name):
            reader.log.add("NK-PATH-03", name, "the kit is a link out of the study folder.", "Copy it into kits/.")
            continue
        data = reader.read(name, "kit", MAX_PLAN_BYTES)
        try:
            if data is not None:
                read_kit(Window(data, name))
        except SourceError as error:
            hint = f"{error.remedy} {UNUSABLE}".strip()
            reader.log.add(error.code, name, error.problem, hint, severity="warning")


def _study(plan: StudyPlan, draft: Draft, sources: dict[str, Source]) -> Study:
    """Put the study together."""
    return Study(
        plan=plan,
        subjects=draft.subjects,
        donors=draft.donors,
        transplants=draft.transplants,
        infusions=draft.infusions,
        samples=draft.samples,
        files=draft.files,
        counts=draft.counts,
        genotypes=draft.genotypes,
        chimerism_calls=draft.chimerism_calls,
        medications=draft.medications,
        adverse_events=draft.adverse_events,
        gvhd=draft.gvhd,
        assessments=draft.assessments,
        followup=draft.followup,
        sources=sources,
    )
