"""The label inside a raw file against the row of files.csv that binds it.

Definition
    An FCS file calls itself by ``$FIL``, ``TUBE NAME`` and ``$SMNO``, a trace by its sample name. Compared without
    case, folder and extension. A label that is the name of another listed file, or the id of a sample or person that
    the file is not bound to, is a warning (NK-RUN-35): files that changed places give a number that looks like any
    other. A label is the file's own where it is its name, its sample, its person, the patient of its sample, for a
    reference a sample of that person, or the name of a file of another kind with the same binding.

Not decided here
    Which of the two is wrong. Labels that are nothing listed, or digits alone, say nothing. A file that cannot be read
    is its reader's matter.
"""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Final

from nktrial.core.errors import SourceError
from nktrial.formats.draft import Draft
from nktrial.formats.issues import IssueLog
from nktrial.formats.paths import leaves_folder
from nktrial.formats.window import open_mapped
from nktrial.model.clinic import FileEntry

__all__ = ["note_labels"]

LABEL_KEYWORDS: Final = ("$FIL", "TUBE NAME", "$SMNO")
EXTENSIONS: Final = (".fcs", ".lmd", ".fsa", ".hid")
BOUND: Final = frozenset({"sample", "recipient_reference", "donor_reference"})


def note_labels(folder: Path, draft: Draft, log: IssueLog) -> None:
    """Note FCS files and traces whose own label is another file's, sample's or person's (NK-RUN-35).

    Parameters
    ----------
    folder : Path
        The study folder.
    draft : Draft
        Its rows.
    log : IssueLog
        Takes the warnings.
    """
    names = _Names(draft)
    for entry in draft.files:
        if entry.role not in BOUND or entry.kind not in ("fcs", "abif"):
            continue
        own = names.own(entry)
        for label in _labels(folder, entry):
            meant = names.listed.get(label)
            if meant is not None and label not in own:
                _note(entry, label, meant, log)
                break


class _Names:
    """What labels may name: each listed name with what it is, and which of them are a file's own."""

    def __init__(self, draft: Draft) -> None:
        persons = [item.subject_id for item in draft.subjects] + [item.donor_id for item in draft.donors]
        self.listed = {_stem(entry.path): f"the name of {entry.path}" for entry in draft.files}
        self.listed |= {_bare(person): f"the id of {person}" for person in persons}
        self.listed |= {_bare(item.sample_id): f"the sample {item.sample_id}" for item in draft.samples}
        self._patient = {item.sample_id: item.subject_id for item in draft.samples}
        self._samples: dict[str, list[str]] = {}
        for item in draft.samples:
            self._samples.setdefault(item.subject_id, []).append(item.sample_id)
        self._stems: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for entry in draft.files:
            self._stems.setdefault((entry.sample_id, entry.person_id), []).append((entry.kind, _stem(entry.path)))

    def own(self, entry: FileEntry) -> frozenset[str]:
        """Return the labels under which a file may go."""
        ids = [entry.sample_id, entry.person_id, self._patient.get(entry.sample_id, "")]
        ids += self._samples.get(entry.person_id, [])
        beside = self._stems[entry.sample_id, entry.person_id]
        return frozenset(
            {_stem(entry.path), *(_bare(name) for name in ids), *(stem for kind, stem in beside if kind != entry.kind)}
        )


def _stem(path: str) -> str:
    return PurePosixPath(path).stem.casefold()


def _bare(label: str) -> str:
    """Return a label without case, folder and extension."""
    name = label.replace("\\", "/").rpartition("/")[2].strip().casefold()
    return next((name.removesuffix(end) for end in EXTENSIONS if name.endswith(end)), name)


def _labels(folder: Path, entry: FileEntry) -> list[str]:
    """Return what a file calls itself, nothing where it cannot be read."""
    if leaves_folder(folder, entry.path):
        return []
    try:
        bare = [_bare(label) for label in _written(folder / entry.path, entry)]
    except SourceError:  # noted by the reading of raw files, or by the file's own reader
        return []
    return [label for label in bare if label and not label.isdigit()]


def _written(path: Path, entry: FileEntry) -> Iterable[str]:
    """Return the labels as they stand in the file."""
    from nktrial.formats.abif import outline_abif  # noqa: PLC0415 (numpy only where a raw file is listed)
    from nktrial.formats.fcs import outline_fcs  # noqa: PLC0415

    window = open_mapped(path, name=entry.path)
    if entry.kind == "abif":
        return (outline_abif(window).sample_name,)
    keywords = outline_fcs(window).keywords
    return tuple(keywords.get(name, "") for name in LABEL_KEYWORDS)


def _note(entry: FileEntry, label: str, meant: str, log: IssueLog) -> None:
    log.add(
        "NK-RUN-35",
        entry.row.table,
        f"{entry.path} is bound to {entry.sample_id or entry.person_id}, but calls itself {label!r}: {meant}.",
        "Look whether two files changed places or names, or the row names the wrong sample or person; nothing is to "
        "be done where the label was mistyped at the instrument.",
        row=entry.row.line,
        column="path",
        value=entry.path,
        severity="warning",
    )
