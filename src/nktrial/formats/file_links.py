"""files.csv against the protocol and the other tables: what each raw file is bound to.

Definition
    A file of role sample names its sample; a reference names a person of the study, a recipient reference a patient
    and a donor reference a donor. An FCS file names a panel of study.toml, a trace its kit. DNA of a sample names the
    cell fraction that was typed: chimerism of whole blood and of sorted NK cells are different numbers.

Not decided here
    Whether the file is there (``raw_files``).
"""

from collections.abc import Collection, Mapping

from nktrial.formats.draft import Draft, note_orphan
from nktrial.formats.issues import IssueLog, suggestion
from nktrial.formats.kits import kit_ids
from nktrial.formats.plan_rules import kit_fault
from nktrial.formats.rows import FRACTIONS
from nktrial.model.clinic import FileEntry
from nktrial.model.plan import StudyPlan

__all__ = ["note_file_problems"]


def note_file_problems(draft: Draft, plan: StudyPlan | None, own_kits: Collection[str], log: IssueLog) -> None:
    """Note what files.csv contradicts: NK-PLAN-20, NK-PLAN-33 to NK-PLAN-37, NK-PLAN-42, NK-PLAN-43."""
    samples = {sample.sample_id for sample in draft.samples}
    patients = {subject.subject_id for subject in draft.subjects}
    donors = {donor.donor_id for donor in draft.donors}
    for entry in draft.files:
        if entry.sample_id:
            if entry.sample_id not in samples and "samples.csv" in draft.complete:
                note_orphan(log, entry.row, "sample_id", entry.sample_id, samples, "samples.csv")
        elif entry.role == "sample":
            _note(
                log, "NK-PLAN-35", entry, "sample_id", "a file of role sample names no sample.", "Write its sample_id."
            )
        if {"subjects.csv", "donors.csv"} <= draft.complete:
            _note_person(entry, {"recipient_reference": patients, "donor_reference": donors}, patients | donors, log)
        _note_panel(entry, plan, log)
        _note_kit(entry, own_kits, log)
        _note_fraction(entry.kind, entry.role, entry, log)


def _note(log: IssueLog, code: str, entry: FileEntry, column: str, message: str, hint: str, value: str = "") -> None:
    log.add(code, entry.row.table, message, hint, row=entry.row.line, column=column, value=value)


def _note_person(
    entry: FileEntry, by_role: Mapping[str, Collection[str]], persons: Collection[str], log: IssueLog
) -> None:
    """Check the person of a reference (NK-PLAN-36 none, NK-PLAN-20 unknown, NK-PLAN-43 of the other kind)."""
    wanted = by_role.get(entry.role)
    if not entry.person_id:
        if wanted is not None:
            _note(log, "NK-PLAN-36", entry, "person_id", "a reference names no person.", "Write the person's id.")
    elif entry.person_id not in persons:
        note_orphan(log, entry.row, "person_id", entry.person_id, persons, "subjects.csv or donors.csv")
    elif wanted is not None and entry.person_id not in wanted:
        kind = "a patient" if entry.role == "recipient_reference" else "a donor"
        message = f"the role {entry.role} needs {kind}, and {entry.person_id} is not one."
        _note(log, "NK-PLAN-43", entry, "person_id", message, "Correct the role or the person.", entry.person_id)


def _note_panel(entry: FileEntry, plan: StudyPlan | None, log: IssueLog) -> None:
    """Check the panel of an FCS file (NK-PLAN-33)."""
    if plan is None or (entry.kind != "fcs" and not entry.panel) or entry.panel in plan.panels:
        return
    if entry.kind == "fcs" and not entry.panel and entry.role != "sample":
        return
    meant = suggestion(entry.panel, plan.panels)
    hint = f"Did you mean {meant}?" if meant else f"Name a panel of study.toml: {', '.join(plan.panels) or 'none yet'}."
    problem = f"{entry.panel!r} is not a panel of study.toml." if entry.panel else "an FCS file names no panel."
    _note(log, "NK-PLAN-33", entry, "panel", problem, hint, entry.panel)


def _note_kit(entry: FileEntry, own_kits: Collection[str], log: IssueLog) -> None:
    """Check the kit of a trace (NK-PLAN-34 none; NK-PLAN-12 unknown)."""
    if entry.kit and entry.kit not in kit_ids() and entry.kit not in own_kits:
        fault = kit_fault(entry.kit)
        _note(log, fault.code, entry, "kit", fault.message, fault.hint, entry.kit)
    elif entry.kind == "abif" and not entry.kit:
        _note(log, "NK-PLAN-34", entry, "kit", "a trace names no kit.", f"Write one of: {', '.join(kit_ids())}.")


def _note_fraction(kind: str, role: str, entry: FileEntry, log: IssueLog) -> None:
    """Check the cell fraction whose DNA was typed (NK-PLAN-37 none, NK-PLAN-42 a name of its own)."""
    if kind == "fcs" or role != "sample":
        return
    if not entry.fraction:
        message = "it is not said which cells' DNA was typed."
        _note(log, "NK-PLAN-37", entry, "fraction", message, f"Write one of: {', '.join(FRACTIONS)}.")
    elif entry.fraction not in FRACTIONS:
        meant = suggestion(entry.fraction, FRACTIONS)
        hint = f"Did you mean {meant}?" if meant else f"Known: {', '.join(FRACTIONS)}."
        message = f"{entry.fraction!r} is not a cell fraction that nktrial knows."
        _note(log, "NK-PLAN-42", entry, "fraction", message, hint, entry.fraction)
