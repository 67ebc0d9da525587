"""A study folder looked at from all sides, without computing anything.

Definition
    All issues of reading the folder, with faults of single raw files as errors, as they are what has to be sent
    back; and, by the first bytes of each raw file, whether it is the kind that files.csv says; and whether the gate
    paths of the protocol exist in the gates of every panel.

Not decided here
    Whether a raw file is sound to its last byte: its reader says so when the study is run.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final

from nktrial.core.errors import SourceError
from nktrial.formats.issues import IssueLog, suggestion
from nktrial.formats.paths import leaves_folder
from nktrial.formats.plan import PLAN_FILE
from nktrial.formats.raw_files import QUARANTINE_CODES
from nktrial.formats.sniff import HEAD_BYTES, looks_like, sniff
from nktrial.formats.study import GatheredStudy, gather_study
from nktrial.formats.window import open_source
from nktrial.model.clinic import FileEntry
from nktrial.model.gates import GatingStrategy
from nktrial.model.issue import Issue
from nktrial.model.plan import StudyPlan

__all__ = ["check_study"]

# What each kind of files.csv may look like; a genotype table may stand for a person's reference.
CONTENTS: Final = {"fcs": {"fcs"}, "abif": {"abif"}, "peaks": {"peaks", "genotypes"}, "ngs": {"ngs"}}


def check_study(folder: Path) -> tuple[Issue, ...]:
    """Return every input problem of a study folder.

    Parameters
    ----------
    folder : Path
        The folder that holds study.toml.

    Raises
    ------
    PlanError
        NK-PLAN-01 there is no such folder, or it is not a study folder.
    """
    log = IssueLog()
    gathered = gather_study(folder, log)
    for entry in gathered.draft.files:
        _note_content(folder, entry, log)
    if gathered.plan is not None:
        _note_gates(folder, gathered, gathered.plan, log)
    return tuple(
        replace(issue, severity="error") if issue.code in QUARANTINE_CODES else issue for issue in log.sorted_issues()
    )


def _note_content(folder: Path, entry: FileEntry, log: IssueLog) -> None:
    """Compare a raw file's first bytes with its kind (NK-PATH-15)."""
    path = folder / entry.path
    if leaves_folder(folder, entry.path) or not path.is_file():
        return
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:  # noted by the reading as NK-PATH-09
        return
    if sniff(head) not in CONTENTS[entry.kind]:
        log.add(
            "NK-PATH-15",
            entry.row.table,
            f"files.csv says {entry.kind}, the content is {looks_like(head)}.",
            "Correct the kind, or get the file again. It will be quarantined when the study is run.",
            row=entry.row.line,
            column="kind",
            value=entry.path,
        )


def _note_gates(folder: Path, gathered: GatheredStudy, plan: StudyPlan, log: IssueLog) -> None:
    """Read each panel's Gating-ML and look for the protocol's gate paths."""
    from nktrial.formats.gatingml import read_gating_ml  # noqa: PLC0415  (lxml only where there are gates to read)

    for panel in plan.panels.values():
        if panel.gates not in gathered.sources:
            continue
        try:
            _, window = open_source(folder / panel.gates, name=panel.gates, kind="gatingml")
            if sniff(bytes(window.take(0, min(window.size, HEAD_BYTES), "head"))) == "wsp":
                continue
            strategy = read_gating_ml(window)
        except SourceError as error:
            log.add_error(error, panel.gates)
            continue
        _note_absent_gates(strategy, panel.gates, plan, log)


def _note_absent_gates(strategy: GatingStrategy, file: str, plan: StudyPlan, log: IssueLog) -> None:
    """Note gate paths of the protocol that the gates file does not have (NK-PLAN-15)."""
    parents = {gate.id: gate.parent for gate in strategy.gates}
    paths = {_path(gate, parents) for gate in parents}
    for key in ("lymphocytes", "nk_cells"):
        wanted = getattr(plan.expansion, key)
        if wanted in paths:
            continue
        meant = suggestion(wanted, paths)
        log.add(
            "NK-PLAN-15",
            PLAN_FILE,
            f"{file} has no gate {wanted!r}.",
            f"Did you mean {meant}?" if meant else "Write the path of gate ids from the root, joined by /.",
            column=f"endpoint.expansion.{key}",
            value=wanted,
        )


def _path(gate: str, parents: dict[str, str | None]) -> str:
    """Return the ids from the root to a gate; the reader guarantees that there is no cycle."""
    parts = [gate]
    while (parent := parents.get(parts[-1])) is not None:
        parts.append(parent)
    return "/".join(reversed(parts))
