"""Intake: every raw file opened once, hashed, compared with what files.csv says of it.

A file that cannot be used is a fault, never a stop: what depends on it is not evaluable, and the fault is named first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nktrial.core.errors import NkTrialError, SourceError
from nktrial.formats.paths import leaves_folder
from nktrial.formats.raw_files import stand_for_several
from nktrial.formats.window import open_source
from nktrial.model.clinic import FileEntry
from nktrial.model.origin import Source
from nktrial.model.plan import Study
from nktrial.model.results import FileFault
from nktrial.pipeline.kits import KitFile, kit_files

__all__ = ["Intake", "RawFile", "take_in"]


@dataclass(frozen=True, slots=True)
class RawFile:
    """A raw file that can be used: its row in files.csv, its bytes' identity, its place, its kit."""

    entry: FileEntry
    source: Source
    path: Path
    kit: KitFile | None


@dataclass(frozen=True, slots=True)
class Intake:
    """All raw files of a study.

    Parameters
    ----------
    files : tuple of RawFile
        Those that can be read.
    faults : tuple of FileFault
        Those that cannot.
    """

    files: tuple[RawFile, ...]
    faults: tuple[FileFault, ...]


def take_in(folder: Path, study: Study) -> Intake:
    """Open and hash every file that files.csv names."""
    files: list[RawFile] = []
    faults: list[FileFault] = []
    kits = kit_files(folder, study)
    for entry in study.files:
        try:
            files.append(_open(folder, entry, kits.get(entry.kit)))
        except NkTrialError as error:
            message = " ".join(part for part in (error.problem, error.remedy) if part)
            faults.append(fault_of(entry, study, error.code, message))
    copies = _copies(files)
    faults += [
        fault_of(raw.entry, study, "NK-RUN-16", copies[raw.entry.path]) for raw in files if raw.entry.path in copies
    ]
    return Intake(tuple(raw for raw in files if raw.entry.path not in copies), tuple(faults))


def _copies(files: Sequence[RawFile]) -> dict[str, str]:
    """Return path -> why, for files with the same bytes that stand for different samples or persons (NK-RUN-16)."""
    same: dict[str, list[FileEntry]] = {}
    for raw in files:
        same.setdefault(raw.source.sha256, []).append(raw.entry)
    found: dict[str, str] = {}
    for entries in same.values():
        if not stand_for_several(entries):
            continue
        for entry in entries:
            others = ", ".join(other.path for other in entries if other.path != entry.path)
            found[entry.path] = (
                f"it holds the same bytes as {others}, which stands for something else: one is a wrong copy."
            )
    return found


def fault_of(entry: FileEntry, study: Study, code: str, message: str) -> FileFault:
    """State that a file cannot be used and whose answer it takes away."""
    subject_of = {sample.sample_id: sample.subject_id for sample in study.samples}
    subject_of |= {subject.subject_id: subject.subject_id for subject in study.subjects}
    subject_of |= {donor.donor_id: donor.subject_id for donor in study.donors}
    subject = subject_of.get(entry.sample_id or entry.person_id, "")
    return FileFault(entry.path, subject, entry.sample_id, code, message)


def _open(folder: Path, entry: FileEntry, kit: KitFile | None) -> RawFile:
    path = folder / entry.path
    if leaves_folder(folder, entry.path):
        raise SourceError(
            "NK-PATH-03",
            "it lies outside the study folder, behind a symbolic link, and is not read.",
            where=entry.path,
            remedy="Copy the file into raw/.",
        )
    source, _ = open_source(path, name=entry.path, kind=entry.kind)
    if entry.sha256 and entry.sha256.lower() != source.sha256:
        raise SourceError(
            "NK-RUN-01",
            f"its sha256 is {source.sha256[:12]}..., files.csv says {entry.sha256[:12]}....",
            where=entry.path,
            remedy="Restore the file that was registered, or correct files.csv if this one is right.",
        )
    return RawFile(entry, source, path, kit)
